/*
 * base/party_name.c - names of people and companies, made comparable
 *
 * A text is split where it goes from one name to another ("t/a", "formerly"), each name into folded words, and the words that say nothing of who it is
 * are taken out. The words in alphabetical order are the key, so that their order does not matter; the same in one piece is a second one, so
 * that blanks do not matter either.
 *
 * This is the one home of the legal forms. Those that are words of their own in many a name ("co", "as", "spa") count only at its end, and "spa" only
 * when it is written as the form is. Nothing is taken out that would leave no word.
 */
#include "usher/base/party_name.h"

#include <string.h>

#include "usher/base/text.h"

#define MAX_NAME_CHARS 400
#define MAX_NAMES 8
#define MAX_WORDS 12
#define MAX_INITIALLED_WORDS 3
#define LEAST_FUZZY_CHARS 3  /* of the shorter one of two words that differ in a letter */
#define LEAST_FUZZY_LONGER 4 /* and of the longer: "Jon" may be John, "Tim" is not Tom */
#define LEAST_LONE_CHARS 4   /* of a word that stands for a name by itself when a word like "group" is left out */

/* ---- words that are no name ---- */

/* Wherever they stand. */
static const char *const forms[] = {"ltd",
                                    "limited",
                                    "plc",
                                    "llp",
                                    "llc",
                                    "lllp",
                                    "gmbh",
                                    "ggmbh",
                                    "mbh",
                                    "kgaa",
                                    "cyf",
                                    "cyfyngedig",
                                    "sarl",
                                    "sasu",
                                    "eurl",
                                    "srl",
                                    "srls",
                                    "sprl",
                                    "bvba",
                                    "asbl",
                                    "incorporated",
                                    "pty",
                                    "pte",
                                    "sdn",
                                    "bhd",
                                    "pvt",
                                    "scio",
                                    "cic",
                                    "cio",
                                    "ltda",
                                    "unipessoal",
                                    "eood",
                                    "teoranta",
                                    "haftungsbeschrankt",
                                    "aktiengesellschaft",
                                    "aktiebolag",
                                    "osakeyhtio",
                                    "pjsc",
                                    "uab",
                                    "ehf",
                                    "kft",
                                    "zrt",
                                    "dac",
                                    "pllc",
                                    "zoo",
                                    NULL};

/* At the end of a name only. */
static const char *const end_forms[] = {
    "co",  "company", "inc", "corp", "corporation", "sa",  "sas", "snc", "sci", "sca",     "sl",        "slu", "sau", "lda", "ag",
    "kg",  "ohg",     "gbr", "ug",   "eg",          "ev",  "ek",  "se",  "bv",  "nv",      "vof",       "cv",  "vzw", "ab",  "asa",
    "as",  "aps",     "is",  "oy",   "oyj",         "ou",  "hf",  "sro", "doo", "dd",      "ood",       "ad",  "kk",  "lp",  "pc",
    "ulc", "clg",     "teo", "ccc",  "pac",         "cbc", "jsc", "ooo", "zao", "pao",     "oao",       "ao",  "tov", "tbk", "ltee",
    "fze", "fzco",    "wll", "sia",  "ae",          "epe", "bt",  "sp",  "sti", "private", "unlimited", "rt",  "pt",  "sp",  NULL};

/* At its beginning: countries where the form comes first. */
static const char *const start_forms[] = {"sas", "sci", "snc", "ooo",   "zao",       "oao",    "pao", "tov",
                                          "pt",  "sia", "ou",  "firma", "stichting", "messrs", NULL};

/* Only when it is written with points or as "SpA": else it is a place with baths. */
#define DOTTED_FORM "spa"

static const char *const titles[] = {"mr",  "mrs",  "ms",   "miss", "mx",  "dr",   "prof",     "professor",
                                     "sir", "dame", "lord", "lady", "rev", "revd", "reverend", NULL};
static const char *const articles[] = {"the", "y", "yr", NULL};
static const char *const ands[] = {"and", "und", "et", "ac", NULL};

/* Words that a name is often said without; by themselves they are nobody. */
static const char *const common_words[] = {
    "group",       "holdings",   "holding",    "services",   "service",      "solutions",   "international",
    "global",      "uk",         "gb",         "wales",      "cymru",        "england",     "scotland",
    "ireland",     "europe",     "london",     "consulting", "consultants",  "consultancy", "partners",
    "partnership", "associates", "properties", "property",   "developments", "development", "enterprises",
    "industries",  "trading",    "management", "capital",    "ventures",     "investments", "technologies",
    "technology",  "systems",    "sons",       "son",        "brothers",     "bros",        "grwp",
    "north",       "south",      "east",       "west",       "northern",     "southern",    NULL};

static gboolean is_in(const char *const *list, const char *word)
{
    return g_strv_contains(list, word);
}

static gboolean is_form_at_end(const char *word)
{
    return is_in(forms, word) || is_in(end_forms, word);
}

gboolean party_word_is_legal_form(const char *word)
{
    g_autofree char *folded = text_fold(word);
    char *to = folded;
    for (const char *from = folded; *from; from++) {
        if (*from != '.' && *from != '/') {
            *to++ = *from;
        }
    }
    *to = '\0';
    return is_form_at_end(folded) || strcmp(folded, DOTTED_FORM) == 0;
}

/* ---- one name and the next ---- */

/* What stands between two names of one party, longest first where one begins with another. */
static const char *const joints[] = {"yn masnachu fel",
                                     "now trading as",
                                     "trading as",
                                     "doing business as",
                                     "also known as",
                                     "formerly known as",
                                     "formerly called",
                                     "previously known as",
                                     "previously called",
                                     "now known as",
                                     "now called",
                                     "formerly",
                                     "previously",
                                     "gynt",
                                     "(now",
                                     "t/a",
                                     "d/b/a",
                                     "f/k/a",
                                     "a/k/a",
                                     "dba",
                                     "fka",
                                     "aka",
                                     "n\xc3\xa9"
                                     "e",
                                     "nee",
                                     NULL};

static gboolean is_edge(const char *text, const char *at)
{
    return at == text || g_ascii_isspace(at[-1]) || strchr("([,;:-", at[-1]) != NULL;
}

/* The joint that stands at `at`, and where it ends; NULL. */
static const char *find_joint_end(const char *text, const char *at)
{
    if (!is_edge(text, at)) {
        return NULL;
    }
    for (const char *const *joint = joints; *joint; joint++) {
        gsize length = strlen(*joint);
        if (g_ascii_strncasecmp(at, *joint, length) == 0 && (g_ascii_isspace(at[length]) || at[length] == ':')) {
            return at + length + 1;
        }
    }
    return NULL;
}

static gboolean has_ink(const char *text, gsize length)
{
    for (const char *at = text; at < text + length; at = g_utf8_next_char(at)) {
        if (g_unichar_isalnum(g_utf8_get_char(at))) {
            return TRUE;
        }
    }
    return FALSE;
}

/* "Nee" may be somebody's surname: there is a joint only between two names. */
static GPtrArray *split_names(const char *text)
{
    GPtrArray *pieces = g_ptr_array_new_with_free_func(g_free);
    const char *start = text;
    for (const char *at = text; *at && pieces->len + 1 < MAX_NAMES; at = g_utf8_next_char(at)) {
        const char *end = find_joint_end(text, at);
        if (end && has_ink(start, (gsize)(at - start)) && has_ink(end, strlen(end))) {
            g_ptr_array_add(pieces, g_strndup(start, (gsize)(at - start)));
            start = end;
            at = end - 1;
        }
    }
    if (has_ink(start, strlen(start))) {
        g_ptr_array_add(pieces, g_strdup(start));
    }
    return pieces;
}

/* Brackets, commas and the like that belonged to the joint. A bracket that has its other half stays. */
static char *trim_name(const char *piece)
{
    g_autofree char *trimmed = g_strdup(piece);
    g_strstrip(trimmed);
    gsize length = strlen(trimmed);
    while (length > 0 && (strchr(" ,;:([-", trimmed[length - 1]) || (trimmed[length - 1] == ')' && !strchr(trimmed, '(')))) {
        trimmed[--length] = '\0';
    }
    gsize start = strspn(trimmed, " ,;:)]-");
    return g_strdup(trimmed + start);
}

/* ---- words ---- */

typedef struct {
    GString *text;
    gboolean is_dotted; /* every letter of it is one of an abbreviation: "S.A.", "J." */
} Token;

static void token_free(Token *token)
{
    g_string_free(token->text, TRUE);
    g_free(token);
}

/* Letters that Unicode knows no accent of, as others write them. */
static const char *find_plain_letter(gunichar c)
{
    switch (c) {
    case 0xF8:
        return "o";
    case 0xE6:
        return "ae";
    case 0x153:
        return "oe";
    case 0x142:
        return "l";
    case 0x111:
    case 0xF0:
        return "d";
    case 0xFE:
        return "th";
    case 0x131:
        return "i";
    case 0x127:
        return "h";
    default:
        return NULL;
    }
}

static gboolean is_apostrophe(gunichar c)
{
    return c == '\'' || c == 0x2019 || c == 0x2018 || c == 0x2BC || c == '`' || c == 0xB4;
}

static void add_letter(GString *text, gunichar c)
{
    const char *plain = find_plain_letter(c);
    if (plain) {
        g_string_append(text, plain);
    } else {
        g_string_append_unichar(text, c);
    }
}

/* TRUE for "s.p.a", "j.", "j": single letters with points between or after them. */
static gboolean is_letters(const char *raw, gsize length)
{
    gsize letters = 0;
    gboolean was_letter = FALSE;
    for (const char *at = raw; at < raw + length; at = g_utf8_next_char(at)) {
        gboolean is_letter = *at != '.';
        if (is_letter && was_letter) {
            return FALSE;
        }
        letters += is_letter;
        was_letter = is_letter;
    }
    return letters > 0;
}

static void add_token(GPtrArray *tokens, const char *raw, gsize length)
{
    Token *token = g_new0(Token, 1);
    token->text = g_string_new(NULL);
    for (const char *at = raw; at < raw + length; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (c != '.' && !is_apostrophe(c)) {
            add_letter(token->text, c);
        }
    }
    token->is_dotted = is_letters(raw, length);
    if (token->text->len > 0) {
        g_ptr_array_add(tokens, token);
    } else {
        token_free(token);
    }
}

static gboolean is_word_character(gunichar c)
{
    return g_unichar_isalnum(c) || c == '.' || is_apostrophe(c);
}

static GPtrArray *split_words(const char *folded)
{
    GPtrArray *tokens = g_ptr_array_new_with_free_func((GDestroyNotify)token_free);
    const char *at = folded;
    while (*at && tokens->len < MAX_WORDS) {
        const char *start = at;
        while (*at && is_word_character(g_utf8_get_char(at))) {
            at = g_utf8_next_char(at);
        }
        if (at > start) {
            add_token(tokens, start, (gsize)(at - start));
        }
        while (*at && !is_word_character(g_utf8_get_char(at))) {
            at = g_utf8_next_char(at);
        }
    }
    return tokens;
}

static const char *get_token(const GPtrArray *tokens, guint index)
{
    return ((const Token *)g_ptr_array_index(tokens, index))->text->str;
}

static gboolean is_spa(const GPtrArray *tokens, guint index, gboolean has_spa)
{
    const Token *token = g_ptr_array_index(tokens, index);
    return strcmp(token->text->str, DOTTED_FORM) == 0 && (has_spa || token->is_dotted);
}

/* Legal forms go, from both ends and from within; one word always stays. */
static gboolean drop_forms(GPtrArray *tokens, gboolean has_spa)
{
    guint before = tokens->len;
    while (tokens->len > 1 && (is_form_at_end(get_token(tokens, tokens->len - 1)) || is_spa(tokens, tokens->len - 1, has_spa))) {
        g_ptr_array_remove_index(tokens, tokens->len - 1);
    }
    while (tokens->len > 1 && is_in(start_forms, get_token(tokens, 0))) {
        g_ptr_array_remove_index(tokens, 0);
    }
    for (guint i = tokens->len; i-- > 0 && tokens->len > 1;) {
        if (is_in(forms, get_token(tokens, i))) {
            g_ptr_array_remove_index(tokens, i);
        }
    }
    return tokens->len < before;
}

static void drop_small_words(GPtrArray *tokens)
{
    while (tokens->len > 1 && is_in(articles, get_token(tokens, 0))) {
        g_ptr_array_remove_index(tokens, 0);
    }
    /* "Black Horse, The" */
    if (tokens->len > 1 && strcmp(get_token(tokens, tokens->len - 1), articles[0]) == 0) {
        g_ptr_array_remove_index(tokens, tokens->len - 1);
    }
    for (guint i = tokens->len; i-- > 0;) {
        if ((i > 0 && is_in(ands, get_token(tokens, i))) || (tokens->len > 2 && is_in(titles, get_token(tokens, i)))) {
            g_ptr_array_remove_index(tokens, i);
        }
    }
}

static PartyWord *word_new(const char *text, gboolean is_initials)
{
    PartyWord *word = g_new0(PartyWord, 1);
    word->text = g_strdup(text);
    word->is_initials = is_initials;
    return word;
}

static void word_free(PartyWord *word)
{
    g_free(word->text);
    g_free(word);
}

/* Single letters side by side are one word: "J. P. Morgan", "J P Morgan" and "JP Morgan". */
static void join_letters(GPtrArray *tokens)
{
    for (guint i = 0; i + 1 < tokens->len;) {
        Token *token = g_ptr_array_index(tokens, i);
        const Token *next = g_ptr_array_index(tokens, i + 1);
        if (token->is_dotted && next->is_dotted) {
            g_string_append(token->text, next->text->str);
            g_ptr_array_remove_index(tokens, i + 1);
        } else {
            i++;
        }
    }
}

static gboolean is_written_spa(const char *said)
{
    return strstr(said, "SpA") != NULL || strstr(said, "S.p.A") != NULL;
}

/* What is left of a name when all that says nothing of who it is has gone. PartyWord. */
static GPtrArray *read_words(const char *said, gboolean *is_company)
{
    g_autofree char *folded = text_fold(said);
    /* text_fold cuts what stands at the ends: "S.A." must keep its points to be read as letters. */
    g_autofree char *ended = g_strconcat(folded, g_str_has_suffix(said, ".") ? "." : "", NULL);
    g_autoptr(GPtrArray) tokens = split_words(ended);
    gboolean has_spa = is_written_spa(said);
    gboolean has_form = drop_forms(tokens, has_spa);
    drop_small_words(tokens);
    join_letters(tokens);
    has_form |= drop_forms(tokens, has_spa);
    drop_small_words(tokens);
    GPtrArray *words = g_ptr_array_new_with_free_func((GDestroyNotify)word_free);
    for (guint i = 0; i < tokens->len; i++) {
        const Token *token = g_ptr_array_index(tokens, i);
        g_ptr_array_add(words, word_new(token->text->str, token->is_dotted));
    }
    *is_company = has_form;
    return words;
}

/* As they are written where there is no key for them: "Mueller", "Soerensen". NULL when there is nothing to spell out. */
static char *spell_out(const char *said)
{
    static const struct {
        gunichar letter;
        const char *spelt;
    } letters[] = {{0xE4, "ae"}, {0xF6, "oe"}, {0xFC, "ue"}, {0xF8, "oe"}, {0xE5, "aa"},
                   {0xC4, "Ae"}, {0xD6, "Oe"}, {0xDC, "Ue"}, {0xD8, "Oe"}, {0xC5, "Aa"}};
    g_autofree char *composed = g_utf8_normalize(said, -1, G_NORMALIZE_NFC);
    GString *spelt = g_string_new(NULL);
    gboolean is_spelt = FALSE;
    for (const char *at = composed; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        guint i = 0;
        while (i < G_N_ELEMENTS(letters) && letters[i].letter != c) {
            i++;
        }
        if (i < G_N_ELEMENTS(letters)) {
            g_string_append(spelt, letters[i].spelt);
            is_spelt = TRUE;
        } else {
            g_string_append_unichar(spelt, c);
        }
    }
    return g_string_free(spelt, !is_spelt);
}

static PartyName *read_name(const char *piece)
{
    PartyName *name = g_new0(PartyName, 1);
    name->said = trim_name(piece);
    name->words = read_words(name->said, &name->is_company);
    g_autofree char *spelt = spell_out(name->said);
    if (spelt) {
        gboolean is_company;
        name->spelt = read_words(spelt, &is_company);
    }
    return name;
}

void party_name_free(PartyName *name)
{
    if (!name) {
        return;
    }
    g_free(name->said);
    g_ptr_array_unref(name->words);
    g_clear_pointer(&name->spelt, g_ptr_array_unref);
    g_free(name);
}

GPtrArray *party_names_read(const char *text)
{
    GPtrArray *names = g_ptr_array_new_with_free_func((GDestroyNotify)party_name_free);
    g_autofree char *line = text_to_line(text, MAX_NAME_CHARS);
    g_autoptr(GPtrArray) pieces = split_names(line);
    for (guint i = 0; i < pieces->len; i++) {
        PartyName *name = read_name(g_ptr_array_index(pieces, i));
        name->is_other = names->len > 0;
        if (name->words->len > 0) {
            g_ptr_array_add(names, name);
        } else {
            party_name_free(name);
        }
    }
    return names;
}

/* ---- keys ---- */

void party_key_free(PartyKey *key)
{
    g_free(key->text);
    g_free(key);
}

void party_probe_free(PartyProbe *probe)
{
    g_free(probe->text);
    g_free(probe);
}

static gint compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The words in alphabetical order, without the one at `without` (G_MAXUINT: all of them), `with` (may be NULL) in its place. */
static char *make_sorted_key(const GPtrArray *words, guint without, const char *with)
{
    g_autoptr(GPtrArray) sorted = g_ptr_array_new();
    for (guint i = 0; i < words->len; i++) {
        const PartyWord *word = g_ptr_array_index(words, i);
        const char *text = i != without ? word->text : with;
        if (text) {
            g_ptr_array_add(sorted, (gpointer)(guintptr)text);
        }
    }
    g_ptr_array_sort(sorted, compare_texts);
    g_ptr_array_add(sorted, NULL);
    return g_strjoinv(" ", (char **)sorted->pdata);
}

static char *make_compact_key(const GPtrArray *words)
{
    GString *key = g_string_new(NULL);
    for (guint i = 0; i < words->len; i++) {
        g_string_append(key, ((const PartyWord *)g_ptr_array_index(words, i))->text);
    }
    return g_string_free(key, FALSE);
}

char *party_name_make_key_with(const PartyName *name, guint index, const char *word)
{
    return make_sorted_key(name->words, index, word);
}

static void take_text(GPtrArray *texts, char *take_text)
{
    if (g_ptr_array_find_with_equal_func(texts, take_text, g_str_equal, NULL)) {
        g_free(take_text);
    } else {
        g_ptr_array_add(texts, take_text);
    }
}

static GPtrArray *list_exact(const PartyName *name)
{
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
    const GPtrArray *spellings[] = {name->words, name->spelt};
    for (guint i = 0; i < G_N_ELEMENTS(spellings) && spellings[i]; i++) {
        take_text(texts, make_sorted_key(spellings[i], G_MAXUINT, NULL));
        take_text(texts, make_compact_key(spellings[i]));
    }
    return texts;
}

static gboolean is_common(const PartyWord *word)
{
    return is_in(common_words, word->text);
}

/* TRUE when what is left without that word still says who it is. */
static gboolean can_do_without(const GPtrArray *words, guint index)
{
    guint telling = 0;
    gsize longest = 0;
    for (guint i = 0; i < words->len; i++) {
        const PartyWord *word = g_ptr_array_index(words, i);
        if (i != index && !is_common(word)) {
            telling++;
            longest = MAX(longest, strlen(word->text));
        }
    }
    gboolean is_filler = is_common(g_ptr_array_index(words, index));
    return longest >= LEAST_LONE_CHARS && telling > 0 && (words->len > 2 || is_filler);
}

static GPtrArray *list_shorter(const PartyName *name)
{
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < name->words->len && name->words->len > 1; i++) {
        if (can_do_without(name->words, i)) {
            take_text(texts, make_sorted_key(name->words, i, NULL));
        }
    }
    return texts;
}

static gint compare_letters(gconstpointer a, gconstpointer b)
{
    return *(const char *)a - *(const char *)b;
}

/* "smith|jm": what is written out, and the letters of what is not. */
static char *make_initials_key(const GPtrArray *full, const char *letters)
{
    g_autofree char *sorted = g_strdup(letters);
    qsort(sorted, strlen(sorted), 1, compare_letters);
    g_autofree char *words = make_sorted_key(full, G_MAXUINT, NULL);
    return g_strconcat(words, "|", sorted, NULL);
}

static gboolean has_initials(const PartyName *name)
{
    for (guint i = 0; i < name->words->len; i++) {
        if (((const PartyWord *)g_ptr_array_index(name->words, i))->is_initials) {
            return TRUE;
        }
    }
    return FALSE;
}

/* Of "J. M. Smith": with both letters and with each of them, since others write one. */
static void list_of_initials(const PartyName *name, GPtrArray *texts)
{
    g_autoptr(GPtrArray) full = g_ptr_array_new();
    g_autoptr(GString) letters = g_string_new(NULL);
    for (guint i = 0; i < name->words->len; i++) {
        const PartyWord *word = g_ptr_array_index(name->words, i);
        if (word->is_initials) {
            g_string_append(letters, word->text);
        } else {
            g_ptr_array_add(full, (gpointer)(guintptr)word);
        }
    }
    if (full->len == 0 || !g_str_is_ascii(letters->str)) {
        return;
    }
    take_text(texts, make_initials_key(full, letters->str));
    for (gsize i = 0; i < letters->len && letters->len > 1; i++) {
        const char one[] = {letters->str[i], '\0'};
        take_text(texts, make_initials_key(full, one));
    }
}

/* Of "John Michael Smith": as it would be with the words of `mask` as letters. */
static void add_abbreviated(const PartyName *name, guint mask, GPtrArray *texts)
{
    g_autoptr(GPtrArray) full = g_ptr_array_new();
    g_autoptr(GString) letters = g_string_new(NULL);
    for (guint i = 0; i < name->words->len; i++) {
        const PartyWord *word = g_ptr_array_index(name->words, i);
        if (!(mask & (1u << i))) {
            g_ptr_array_add(full, (gpointer)(guintptr)word);
        } else if (g_ascii_isalpha(word->text[0])) {
            g_string_append_c(letters, word->text[0]);
        } else {
            return;
        }
    }
    take_text(texts, make_initials_key(full, letters->str));
}

/*
 * People shorten their names so, companies hardly. Every way of it, and of three words also those that leave one out altogether: "J Smith" may be
 * John Michael Smith.
 */
static void list_abbreviations(const PartyName *name, GPtrArray *texts)
{
    guint count = name->words->len;
    if (name->is_company || count < 2 || count > MAX_INITIALLED_WORDS) {
        return;
    }
    for (guint mask = 1; mask < (1u << count) - 1; mask++) {
        add_abbreviated(name, mask, texts);
    }
}

static void add_keys(GPtrArray *keys, PartyKeyKind kind, GPtrArray *take_texts)
{
    for (guint i = 0; i < take_texts->len; i++) {
        PartyKey *key = g_new0(PartyKey, 1);
        key->kind = kind;
        key->text = g_strdup(g_ptr_array_index(take_texts, i));
        g_ptr_array_add(keys, key);
    }
    g_ptr_array_unref(take_texts);
}

static GPtrArray *list_initials(const PartyName *name)
{
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
    if (has_initials(name)) {
        list_of_initials(name, texts);
    } else {
        list_abbreviations(name, texts);
    }
    return texts;
}

GPtrArray *party_name_list_keys(const PartyName *name)
{
    GPtrArray *keys = g_ptr_array_new_with_free_func((GDestroyNotify)party_key_free);
    add_keys(keys, PARTY_KEY_EXACT, list_exact(name));
    add_keys(keys, PARTY_KEY_SHORTER, list_shorter(name));
    add_keys(keys, has_initials(name) ? PARTY_KEY_INITIALLED : PARTY_KEY_INITIALS, list_initials(name));
    return keys;
}

static void add_probes(GPtrArray *probes, PartyKeyKind kind, const char *why, const GPtrArray *texts)
{
    for (guint i = 0; i < texts->len; i++) {
        PartyProbe *probe = g_new0(PartyProbe, 1);
        probe->kind = kind;
        probe->text = g_strdup(g_ptr_array_index(texts, i));
        probe->why = why;
        g_ptr_array_add(probes, probe);
    }
}

GPtrArray *party_name_list_probes(const PartyName *name)
{
    GPtrArray *probes = g_ptr_array_new_with_free_func((GDestroyNotify)party_probe_free);
    g_autoptr(GPtrArray) exact = list_exact(name);
    g_autoptr(GPtrArray) shorter = list_shorter(name);
    g_autoptr(GPtrArray) initials = list_initials(name);
    add_probes(probes, PARTY_KEY_EXACT, NULL, exact);
    add_probes(probes, PARTY_KEY_SHORTER, "one word more", exact);
    add_probes(probes, PARTY_KEY_EXACT, "one word fewer", shorter);
    add_probes(probes, PARTY_KEY_INITIALLED, "initials", initials);
    if (has_initials(name)) {
        add_probes(probes, PARTY_KEY_INITIALS, "initials", initials);
    }
    return probes;
}

/* ---- one letter ---- */

static gboolean is_fuzzy(const char *word)
{
    for (const char *at = word; *at; at++) {
        if (g_ascii_isdigit(*at)) {
            return FALSE;
        }
    }
    return g_utf8_strlen(word, -1) >= LEAST_FUZZY_CHARS;
}

GPtrArray *party_word_list_neighbours(const char *word)
{
    GPtrArray *neighbours = g_ptr_array_new_with_free_func(g_free);
    if (!is_fuzzy(word)) {
        return neighbours;
    }
    g_ptr_array_add(neighbours, g_strdup(word));
    for (const char *at = word; *at; at = g_utf8_next_char(at)) {
        g_autofree char *head = g_strndup(word, (gsize)(at - word));
        take_text(neighbours, g_strconcat(head, g_utf8_next_char(at), NULL));
    }
    return neighbours;
}

/* One letter wrong, missing, too much, or two swapped. */
static gboolean differs_in_one(const char *word, const char *other)
{
    const char *a = word, *b = other;
    while (*a && g_utf8_get_char(a) == g_utf8_get_char(b)) {
        a = g_utf8_next_char(a);
        b = g_utf8_next_char(b);
    }
    if (!*a && !*b) {
        return FALSE;
    }
    const char *after_a = *a ? g_utf8_next_char(a) : a, *after_b = *b ? g_utf8_next_char(b) : b;
    if (strcmp(after_a, after_b) == 0 || strcmp(after_a, b) == 0 || strcmp(a, after_b) == 0) {
        return TRUE;
    }
    return *a && *b && *after_a && *after_b && g_utf8_get_char(a) == g_utf8_get_char(after_b) &&
           g_utf8_get_char(b) == g_utf8_get_char(after_a) && strcmp(g_utf8_next_char(after_a), g_utf8_next_char(after_b)) == 0;
}

gboolean party_word_is_near(const char *word, const char *other)
{
    glong length = g_utf8_strlen(word, -1), other_length = g_utf8_strlen(other, -1);
    return MIN(length, other_length) >= LEAST_FUZZY_CHARS && MAX(length, other_length) >= LEAST_FUZZY_LONGER &&
           differs_in_one(word, other);
}
