/*
 * base/party_name.h - names of people and companies, made comparable
 *
 * Two names are the same when they differ in nothing but case, accents ("Müller", "Muller" and "Mueller"), punctuation, blanks, "and" and "&", "The",
 * titles, the legal form (also those of other countries, and Welsh ones), or the order of the words. What was written with a trading name or a
 * former one ("X Ltd t/a Y", "X (formerly Y)", "X (now Z)") is several names.
 *
 * Names are found by equal keys, so that a list of any length is looked up in an index: a name is kept under its keys, and looked for by its probes. A
 * near miss is a name with one word more or fewer, with initials in place of words, or with one letter wrong in one word; for the last one the words
 * of all names are kept too (party_word_list_neighbours).
 *
 * Pure; nothing fails. What is longer than any name is cut.
 */
#ifndef USHER_BASE_PARTY_NAME_H
#define USHER_BASE_PARTY_NAME_H

#include <glib.h>

/* One word of a name, folded. */
typedef struct {
    char *text;
    gboolean is_initials; /* "jm" of "J. M." */
} PartyWord;

typedef struct {
    char *said;          /* as it was written, on one line */
    GPtrArray *words;    /* PartyWord in their order, without legal form, "the", "and", titles */
    GPtrArray *spelt;    /* the same with umlauts spelt out ("mueller"); NULL when there are none */
    gboolean is_company; /* it has a legal form */
    gboolean is_other;   /* not the first name of the text: a trading name, a former or a later one */
} PartyName;

void party_name_free(PartyName *name);

/* The names that a text gives; none when it has no letter and no digit. PartyName, owned by the caller. */
GPtrArray *party_names_read(const char *text);

/* How a key was made; the record keeps the number. */
typedef enum {
    PARTY_KEY_EXACT = 1,     /* the name */
    PARTY_KEY_SHORTER = 2,   /* the name without one of its words */
    PARTY_KEY_INITIALS = 3,  /* a name written out, as it would be with initials */
    PARTY_KEY_INITIALLED = 4 /* a name that has initials */
} PartyKeyKind;

typedef struct {
    PartyKeyKind kind;
    char *text;
} PartyKey;

void party_key_free(PartyKey *key);

/* The keys a name is kept under. PartyKey, each once, owned by the caller. */
GPtrArray *party_name_list_keys(const PartyName *name);

/* What to look for among the kept keys, and how the names so found are related to this one. */
typedef struct {
    PartyKeyKind kind;
    char *text;
    const char *why; /* NULL: it is the same name; else in words what differs */
} PartyProbe;

void party_probe_free(PartyProbe *probe);

/* PartyProbe, the exact ones first, each once; owned by the caller. */
GPtrArray *party_name_list_probes(const PartyName *name);

/*
 * A word and what it becomes when any one letter is left out: two words that differ in one letter (wrong, missing, too much, or two swapped) have one of
 * these in common. None for words that are too short or have a digit: there another letter is another name. char*, owned by the caller.
 */
GPtrArray *party_word_list_neighbours(const char *word);
/* TRUE for two words long enough with just one such difference. */
gboolean party_word_is_near(const char *word, const char *other);
/* The exact key of the name with another word in place of that one. Owned by the caller. */
char *party_name_make_key_with(const PartyName *name, guint index, const char *word);

/* TRUE for a word that says what kind of a company it is: "ltd", "Limited", "GmbH", "Cyf". Points and case do not matter. */
gboolean party_word_is_legal_form(const char *word);

#endif
