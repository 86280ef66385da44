/*
 * parse/spoken_by.c - does a text speak like a person who wants something of us, or like a mailbox that answers by itself
 *
 * Takes what was newly said. A text speaks to us when one of its sentences asks, or tells what the writer needs, unless that sentence only says what
 * others are to do meanwhile ("if it is urgent, ring my secretary"). It is only an absence when one sentence tells of being away and none says
 * anything else but that, a greeting, or whom to turn to. Both are read sentence by sentence, so that one clear sentence is not drowned by the rest.
 *
 * Where this errs it errs towards the person: what is not understood is "something else".
 */
#include "parts.h"

#include <string.h>

enum { MAX_SAID_BYTES = 4 * 1024, MAX_SENTENCES = 40, COURTESY_WORDS = 4 };

/* What a sentence holds that asks something of us. */
static const char *const wants[] = {"can you",
                                    "could you",
                                    "would you",
                                    "are you able",
                                    "do you ",
                                    "i need",
                                    "we need",
                                    "i want",
                                    "we want",
                                    "i would like",
                                    "we would like",
                                    "i'd like",
                                    "we'd like",
                                    "i am looking for",
                                    "we are looking for",
                                    "looking for advice",
                                    "help needed",
                                    "need help",
                                    "help me",
                                    "help us",
                                    "please help",
                                    "please advise",
                                    "advise me",
                                    "advise us",
                                    "need advice",
                                    "advice on",
                                    "advice about",
                                    "a quote",
                                    "instruct you",
                                    "call me",
                                    "ring me",
                                    "phone me",
                                    "call my",
                                    "ring my mobile",
                                    "phone my",
                                    "on my mobile",
                                    "go ahead",
                                    "happy to proceed",
                                    "please proceed",
                                    "i accept",
                                    "see attached",
                                    ", so ",
                                    "suits",
                                    "works for me",
                                    "works for us",
                                    "let's ",
                                    "speak to you",
                                    "see you",
                                    NULL};

/* In a sentence with one of these the rest is what others do meanwhile. */
static const char *const meanwhile[] = {
    "urgent", "emergenc", "immediate assistance", "immediate attention", "if you ", "in the meantime", "if your ", NULL};

/* Being away, in the words of those who are; folded, in the languages of automatic.c. */
static const char *const absences[] = {"out of the office",
                                       "out of office",
                                       "not in the office",
                                       "away from the office",
                                       "away from my desk",
                                       "on annual leave",
                                       "on leave",
                                       "maternity leave",
                                       "paternity leave",
                                       "parental leave",
                                       "sick leave",
                                       "on holiday",
                                       "on vacation",
                                       "i am away",
                                       "i'm away",
                                       "i will be away",
                                       "away until",
                                       "away from",
                                       "away for",
                                       "away on",
                                       "away this",
                                       "back on",
                                       "in my absence",
                                       "during my absence",
                                       "limited access to",
                                       "no access to e",
                                       "not be able to respond",
                                       "unable to respond",
                                       "unable to reply",
                                       "not be able to reply",
                                       "not be checking",
                                       "not checking my",
                                       "my working days",
                                       "my working hours",
                                       "i work part",
                                       "outside of these",
                                       "no longer with",
                                       "no longer work",
                                       "office is closed",
                                       "office will be closed",
                                       "offices are closed",
                                       "nicht im buro",
                                       "abwesend",
                                       "im urlaub",
                                       "absent",
                                       "en conge",
                                       "hors du bureau",
                                       "fuera de la oficina",
                                       "ausente",
                                       "de vacaciones",
                                       "assente",
                                       "fuori ufficio",
                                       "fuori sede",
                                       "fora do escritorio",
                                       "afwezig",
                                       "niet aanwezig",
                                       "met verlof",
                                       "franvarande",
                                       "semester",
                                       "fravær",
                                       "ikke pa kontoret",
                                       "poza biurem",
                                       "na urlopie",
                                       "nieobecn",
                                       "allan o'r swyddfa",
                                       "ar wyliau",
                                       "i ffwrdd",
                                       "as an oifig",
                                       "in concediu",
                                       "atostog",
                                       "mimo kancelar",
                                       "отпуск",
                                       "отсутству",
                                       "не в офисе",
                                       "відпуст",
                                       "休暇",
                                       "不在",
                                       "休假",
                                       "부재",
                                       NULL};
/* What stands beside it: the day of return, who is there instead, thanks, what happens to the mail. */
static const char *const besides[] = {"return",          "be back",
                                      "back on",         "back in",
                                      "contact",         "urgent",
                                      "emergenc",        "thank you for your",
                                      "thanks for your", "respond to",
                                      "reply to",        "respond when",
                                      "reply when",      "will respond",
                                      "will reply",      "get back to you",
                                      "automat",         "be dealt with",
                                      "colleague",       "secretary",
                                      "please note",     "apologies for any",
                                      "monitored",       "forwarded",
                                      "until ",          NULL};

static gboolean holds_one(const char *text, const char *const *words)
{
    for (guint i = 0; words[i] != NULL; i++)
        if (strstr(text, words[i]) != NULL)
            return TRUE;
    return FALSE;
}

/* Lower case without accents, curly apostrophes straight, line ends kept. Owned. */
static char *fold(const char *text)
{
    g_autofree char *start = g_strndup(text, strnlen(text, MAX_SAID_BYTES));
    g_autofree char *valid = g_utf8_make_valid(start, -1);
    g_autofree char *cased = g_utf8_casefold(valid, -1);
    g_autofree char *parted = g_utf8_normalize(cased, -1, G_NORMALIZE_DEFAULT);
    g_autoptr(GString) bare = g_string_sized_new(strlen(parted));
    for (const char *at = parted; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar letter = g_utf8_get_char(at);
        if (letter == 0x2019 || letter == 0x2018)
            g_string_append_c(bare, '\'');
        else if (!g_unichar_ismark(letter))
            g_string_append_unichar(bare, letter);
    }
    return g_utf8_normalize(bare->str, -1, G_NORMALIZE_DEFAULT_COMPOSE);
}

static gboolean is_end(const char *text)
{
    if (*text == '\n')
        return text[1] == '\n';
    return strchr(".!?", *text) != NULL && (text[1] == '\0' || g_ascii_isspace(text[1]));
}

/* The sentences with their marks at the end. Owned, of char*. */
static GPtrArray *split(const char *folded)
{
    GPtrArray *sentences = g_ptr_array_new_with_free_func(g_free);
    const char *start = folded;
    for (const char *at = folded; sentences->len < MAX_SENTENCES; at++) {
        if (*at != '\0' && !is_end(at))
            continue;
        char *sentence = g_strndup(start, (gsize)(at - start) + (*at != '\0'));
        g_strdelimit(sentence, "\n\t", ' ');
        g_ptr_array_add(sentences, g_strstrip(sentence));
        if (*at == '\0')
            break;
        start = at + 1;
    }
    return sentences;
}

static gboolean wants_something(const char *sentence)
{
    if (holds_one(sentence, meanwhile))
        return FALSE;
    return g_str_has_suffix(sentence, "?") || holds_one(sentence, wants);
}

gboolean spoken_by_person(const char *said)
{
    g_autofree char *folded = fold(said);
    g_autoptr(GPtrArray) sentences = split(folded);
    for (guint i = 0; i < sentences->len; i++)
        if (wants_something(g_ptr_array_index(sentences, i)))
            return TRUE;
    return FALSE;
}

gboolean spoken_of_absence(const char *said)
{
    g_autofree char *folded = fold(said);
    return holds_one(folded, absences);
}

/* "Hi", "Kind regards", "Sam Bird". */
static gboolean is_courtesy(const char *sentence)
{
    guint words = 0;
    for (const char *at = sentence; *at != '\0'; at++)
        words += g_ascii_isalnum(*at) && (at == sentence || at[-1] == ' ');
    return words < COURTESY_WORDS;
}

gboolean spoken_only_of_absence(const char *said)
{
    g_autofree char *folded = fold(said);
    g_autoptr(GPtrArray) sentences = split(folded);
    gboolean is_away = FALSE;
    for (guint i = 0; i < sentences->len; i++) {
        const char *sentence = g_ptr_array_index(sentences, i);
        gboolean tells_away = holds_one(sentence, absences);
        if (wants_something(sentence) || (!tells_away && !is_courtesy(sentence) && !holds_one(sentence, besides)))
            return FALSE;
        is_away = is_away || tells_away;
    }
    return is_away && strlen(said) < MAX_SAID_BYTES;
}
