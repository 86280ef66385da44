/*
 * command/lists_csv.c - the rows of a list of clients, conflict parties or partners -> Party, each bad one told with its line
 *
 * A list comes out of whatever program a firm keeps it in, and nobody tidies it before: headings under many names, several addresses in one field, a
 * client once for each of its people. What cannot be meant is told; what can is taken.
 */
#include "lists.h"

#include <string.h>

#include "usher/base/domain.h"
#include "usher/base/party_name.h"
#include "usher/base/text.h"

#define MAX_NAME_CHARS 400
#define MAX_NOTE_CHARS 2000

/* The places of the columns: the first are those of all lists, then those of clients and conflicts, or those of partners. */
typedef enum {
    COLUMN_NAME,
    COLUMN_FORMER,
    COLUMN_EMAIL,
    COLUMN_DOMAIN,
    COLUMN_NOTE,
    COLUMN_OWNER,
    COLUMN_MATTER,
    COLUMN_CONTACT = COLUMN_OWNER,
    COLUMN_PHONE,
    COLUMN_SERVICES,
    COLUMN_AREAS,
    COLUMN_RECIPROCITY,
    COLUMN_SHARE,
} PartyColumn;

static const char *const name_aliases[] = {"client",       "client name", "company",      "company name", "organisation",
                                           "organization", "party",       "party name",   "full name",    "account",
                                           "account name", "contact",     "contact name", "names",        NULL};
static const char *const former_aliases[] = {
    "former name", "previous names", "previous name", "other names", "other name", "also known as", "aka", "aliases",
    "alias",       "trading name",   "trading names", "trading as",  "formerly",   "t/a",           NULL};
static const char *const email_aliases[] = {"e mail",         "emails", "e mails", "email address", "email addresses",
                                            "e mail address", "mail",   "address", "addresses",     NULL};
static const char *const domain_aliases[] = {"domains", "web", "website", "web site", "url", "email domain", "internet", NULL};
static const char *const owner_aliases[] = {"partner",
                                            "client partner",
                                            "relationship partner",
                                            "relationship owner",
                                            "relationship manager",
                                            "account manager",
                                            "responsible",
                                            "person",
                                            "fee earner",
                                            "looked after by",
                                            NULL};
static const char *const matter_aliases[] = {"case",        "matter name", "matter number", "file",
                                             "file number", "reference",   "ref",           NULL};
static const char *const note_aliases[] = {"notes", "comment", "comments", "remark", "remarks", "details", NULL};

static const char *const partner_aliases[] = {"partner",      "partner name", "firm",         "firm name", "company",
                                              "company name", "organisation", "organization", "practice",  NULL};
static const char *const contact_aliases[] = {"contact name", "contact person", "person", "who", "full name", NULL};
static const char *const phone_aliases[] = {"telephone", "tel", "phone number", "telephone number", "mobile", NULL};
static const char *const service_aliases[] = {"service",     "does",      "what they do",   "specialism",
                                              "specialisms", "expertise", "practice areas", NULL};
static const char *const area_aliases[] = {"area", "region", "regions",   "location", "locations",
                                           "town", "towns",  "postcodes", "covers",   NULL};
static const char *const reciprocity_aliases[] = {"reciprocity note", "reciprocal", "agreement", "arrangement", NULL};
static const char *const share_aliases[] = {"fee", "referral fee", "commission", "fee share", NULL};

static const CsvColumn partner_columns[] = {
    [COLUMN_NAME] = {"name", partner_aliases}, [COLUMN_FORMER] = {"former names", former_aliases},
    [COLUMN_EMAIL] = {"email", email_aliases}, [COLUMN_DOMAIN] = {"domain", domain_aliases},
    [COLUMN_NOTE] = {"note", note_aliases},    [COLUMN_CONTACT] = {"contact", contact_aliases},
    [COLUMN_PHONE] = {"phone", phone_aliases}, [COLUMN_SERVICES] = {"services", service_aliases},
    [COLUMN_AREAS] = {"areas", area_aliases},  [COLUMN_RECIPROCITY] = {"reciprocity", reciprocity_aliases},
    [COLUMN_SHARE] = {"share", share_aliases}, {NULL, NULL},
};

static const CsvColumn columns[] = {
    [COLUMN_NAME] = {"name", name_aliases},       [COLUMN_FORMER] = {"former names", former_aliases},
    [COLUMN_EMAIL] = {"email", email_aliases},    [COLUMN_DOMAIN] = {"domain", domain_aliases},
    [COLUMN_NOTE] = {"note", note_aliases},       [COLUMN_OWNER] = {"owner", owner_aliases},
    [COLUMN_MATTER] = {"matter", matter_aliases}, {NULL, NULL},
};

typedef struct {
    PartyList list;
    const Rulebook *rulebook;
    const CsvTable *table;
    guint row;
    PartyFile *file;
    GHashTable *known; /* identity (char*) -> Party, borrowed */
} Reading;

static void bad_row_free(BadRow *bad)
{
    g_free(bad->what);
    g_free(bad);
}

G_GNUC_PRINTF(3, 4)
static gboolean refuse(PartyFile *file, guint line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    BadRow *bad = g_new0(BadRow, 1);
    bad->line = line;
    bad->what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_ptr_array_add(file->bad, bad);
    return FALSE;
}

static const char *get(const Reading *reading, PartyColumn column)
{
    return csv_table_get(reading->table, reading->row, column);
}

static guint get_line(const Reading *reading)
{
    return csv_table_get_line(reading->table, reading->row);
}

static void add_once(GPtrArray *texts, const char *text)
{
    if (*text && !g_ptr_array_find_with_equal_func(texts, text, g_str_equal, NULL)) {
        g_ptr_array_add(texts, g_strdup(text));
    }
}

/* ---- what a field may hold ---- */

/* "Acme Ltd, Bolt Ltd" are two names, "Smith, John" is one: a comma parts names only behind a legal form. Semicolons, bars and lines always do. */
static void add_names(GPtrArray *names, const char *text)
{
    g_auto(GStrv) pieces = g_strsplit_set(text, ";|\n\r", -1);
    for (char **piece = pieces; *piece; piece++) {
        const char *start = *piece;
        for (const char *comma = strchr(start, ','); comma; comma = strchr(comma + 1, ',')) {
            g_autofree char *head = g_strndup(start, (gsize)(comma - start));
            g_strchomp(head);
            const char *last = strrchr(head, ' ');
            if (last && party_word_is_legal_form(last + 1)) {
                add_once(names, g_strstrip(head));
                start = comma + 1;
            }
        }
        g_autofree char *rest = g_strdup(start);
        g_strstrip(rest);
        if (!party_word_is_legal_form(rest)) {
            add_once(names, rest);
        }
    }
}

static gboolean read_names(const Reading *reading, Party *party)
{
    g_autoptr(GPtrArray) names = party_names_read(party->name);
    if (names->len == 0) {
        return refuse(reading->file, get_line(reading), *party->name ? "\"%s\" is no name" : "the name is missing%s", party->name);
    }
    add_names(party->names, get(reading, COLUMN_FORMER));
    return TRUE;
}

static gboolean read_addresses(const Reading *reading, Party *party)
{
    g_auto(GStrv) pieces = g_strsplit_set(get(reading, COLUMN_EMAIL), " ,;|\n\r\t<>", -1);
    for (char **piece = pieces; *piece; piece++) {
        const char *text = g_str_has_prefix(*piece, "mailto:") ? *piece + strlen("mailto:") : *piece;
        if (!*text) {
            continue;
        }
        if (!text_is_address(text)) {
            return refuse(reading->file, get_line(reading), "\"%s\" is no email address", text);
        }
        g_autofree char *folded = text_fold_address(text);
        if (settings_is_own_address(reading->rulebook->settings, folded)) {
            return refuse(reading->file, get_line(reading), "\"%s\" is an address of the firm's own", text);
        }
        add_once(party->addresses, folded);
    }
    return TRUE;
}

/* "https://www.tranter.example/about" -> "tranter.example" */
static char *trim_domain(const char *text)
{
    const char *start = strstr(text, "://");
    start = start ? start + strlen("://") : text;
    start += *start == '@';
    if (g_ascii_strncasecmp(start, "www.", 4) == 0) {
        start += 4;
    }
    g_autofree char *host = g_strndup(start, strcspn(start, "/?#:"));
    return g_utf8_strdown(host, -1);
}

static gboolean read_domains(const Reading *reading, Party *party)
{
    g_auto(GStrv) pieces = g_strsplit_set(get(reading, COLUMN_DOMAIN), " ,;|\n\r\t", -1);
    for (char **piece = pieces; *piece; piece++) {
        g_autofree char *domain = trim_domain(*piece);
        g_autofree char *address = g_strconcat("name@", domain, NULL);
        if (!**piece) {
            continue;
        }
        if (!text_is_address(address)) {
            return refuse(reading->file, get_line(reading), "\"%s\" is no domain", *piece);
        }
        if (settings_is_own_address(reading->rulebook->settings, address)) {
            return refuse(reading->file, get_line(reading), "\"%s\" is the firm's own domain", *piece);
        }
        if (rulebook_is_free_mail(reading->rulebook, domain)) {
            return refuse(reading->file, get_line(reading),
                          "\"%s\" is a provider of mail for everybody: write the party's own address there, not the domain",
                          *piece);
        }
        add_once(party->domains, domain);
    }
    return TRUE;
}

static const Person *find_person(const Settings *settings, const char *text)
{
    const Person *person = settings_find_person(settings, text);
    if (person || strchr(text, '@')) {
        g_autofree char *folded = text_fold_address(text);
        return person ? person : settings_find_person_by_email(settings, folded);
    }
    for (guint i = 0; i < settings->people->len; i++) {
        const Person *other = g_ptr_array_index(settings->people, i);
        g_autofree char *name = text_fold(other->name);
        g_autofree char *id = text_fold(other->id);
        g_autofree char *asked = text_fold(text);
        if (strcmp(name, asked) == 0 || strcmp(id, asked) == 0) {
            return other;
        }
    }
    return NULL;
}

static gboolean read_owner(const Reading *reading, Party *party)
{
    const char *text = get(reading, COLUMN_OWNER);
    const Person *person = *text ? find_person(reading->rulebook->settings, text) : NULL;
    if (*text && !person) {
        return refuse(reading->file, get_line(reading),
                      "there is no person \"%s\" in usher.yaml: an id, name or address of one is needed", text);
    }
    g_free(party->owner);
    party->owner = g_strdup(person ? person->id : "");
    return TRUE;
}

static void read_list(GPtrArray *texts, const char *field)
{
    g_auto(GStrv) pieces = g_strsplit_set(field, ",;|\n\r", -1);
    for (char **piece = pieces; *piece; piece++) {
        g_autofree char *line = text_to_line(*piece, MAX_NAME_CHARS);
        add_once(texts, g_strstrip(line));
    }
}

static void take_line(const Reading *reading, PartyColumn column, char **into)
{
    g_free(*into);
    *into = text_to_line(get(reading, column), MAX_NAME_CHARS);
}

/* Who is passed on to a partner must be able to reach them. */
static gboolean read_terms(const Reading *reading, Party *party)
{
    PartnerTerms *terms = party->terms;
    take_line(reading, COLUMN_CONTACT, &terms->contact);
    take_line(reading, COLUMN_PHONE, &terms->phone);
    take_line(reading, COLUMN_RECIPROCITY, &terms->reciprocity);
    take_line(reading, COLUMN_SHARE, &terms->share);
    read_list(terms->services, get(reading, COLUMN_SERVICES));
    read_list(terms->areas, get(reading, COLUMN_AREAS));
    return party->addresses->len > 0 || *terms->phone ||
           refuse(reading->file, get_line(reading),
                  "\"%s\" has neither an email address nor a telephone number: nobody could reach them", party->name);
}

/* ---- rows ---- */

static gboolean check_width(const Reading *reading)
{
    guint surplus = csv_table_count_surplus(reading->table, reading->row);
    return surplus == 0 ||
           refuse(reading->file, get_line(reading),
                  "%u field%s more than the first line has columns; a text with a separator in it must stand in quotes", surplus,
                  surplus > 1 ? "s" : "");
}

static Party *read_party(const Reading *reading)
{
    g_autofree char *name = text_to_line(get(reading, COLUMN_NAME), MAX_NAME_CHARS);
    g_autoptr(Party) party = party_new(reading->list, name);
    gboolean is_client = reading->list == PARTY_CLIENT;
    if (!check_width(reading) || !read_names(reading, party) || !read_addresses(reading, party) || !read_domains(reading, party) ||
        (is_client && !read_owner(reading, party)) || (party->terms && !read_terms(reading, party))) {
        return NULL;
    }
    g_free(party->note);
    party->note = text_to_block(get(reading, COLUMN_NOTE), MAX_NOTE_CHARS);
    if (reading->list == PARTY_CONFLICT) {
        g_free(party->matter);
        party->matter = text_to_line(get(reading, COLUMN_MATTER), MAX_NAME_CHARS);
    }
    return g_steal_pointer(&party);
}

static void add_all(GPtrArray *texts, const GPtrArray *more)
{
    for (guint i = 0; i < more->len; i++) {
        add_once(texts, g_ptr_array_index(more, i));
    }
}

static void fill_line(char **known, const char *said)
{
    if (!**known) {
        g_free(*known);
        *known = g_strdup(said);
    }
}

/* The first of a partner's people is who answers there. */
static void join_terms(PartnerTerms *known, const PartnerTerms *terms)
{
    fill_line(&known->contact, terms->contact);
    fill_line(&known->phone, terms->phone);
    fill_line(&known->reciprocity, terms->reciprocity);
    fill_line(&known->share, terms->share);
    add_all(known->services, terms->services);
    add_all(known->areas, terms->areas);
}

/* A client stands there once for each of its people. */
static gboolean join_party(const Reading *reading, Party *known, const Party *party)
{
    if (*known->owner && *party->owner && strcmp(known->owner, party->owner) != 0) {
        return refuse(reading->file, get_line(reading), "\"%s\" is looked after by %s on a line above, by %s here", party->name,
                      known->owner, party->owner);
    }
    if (!*known->owner) {
        g_free(known->owner);
        known->owner = g_strdup(party->owner);
    }
    if (*party->note && strcmp(known->note, party->note) != 0) {
        g_autofree char *note = known->note;
        known->note = *note ? g_strconcat(note, "\n", party->note, NULL) : g_strdup(party->note);
    }
    add_all(known->names, party->names);
    add_all(known->addresses, party->addresses);
    add_all(known->domains, party->domains);
    if (known->terms) {
        join_terms(known->terms, party->terms);
    }
    return TRUE;
}

static void read_row(const Reading *reading)
{
    g_autoptr(Party) party = read_party(reading);
    if (!party) {
        return;
    }
    g_autofree char *folded = text_fold(party->name);
    g_autofree char *identity = g_strconcat(folded, "\n", party->matter, NULL);
    Party *known = g_hash_table_lookup(reading->known, identity);
    if (known) {
        join_party(reading, known, party);
        return;
    }
    g_hash_table_insert(reading->known, g_steal_pointer(&identity), party);
    g_ptr_array_add(reading->file->parties, g_steal_pointer(&party));
}

PartyFile *party_file_read(PartyList list, const char *bytes, gsize length, const Rulebook *rulebook, GError **error)
{
    g_autoptr(CsvTable) table = csv_table_read(bytes, length, list == PARTY_PARTNER ? partner_columns : columns, error);
    if (!table) {
        return NULL;
    }
    PartyFile *file = g_new0(PartyFile, 1);
    file->parties = g_ptr_array_new_with_free_func((GDestroyNotify)party_free);
    file->bad = g_ptr_array_new_with_free_func((GDestroyNotify)bad_row_free);
    file->unknown =
        g_ptr_array_copy((GPtrArray *)(guintptr)csv_table_get_unknown(table), (GCopyFunc)(void (*)(void))g_strdup, NULL);
    g_ptr_array_set_free_func(file->unknown, g_free);
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Reading reading = {.list = list, .rulebook = rulebook, .table = table, .file = file, .known = known};
    if (!csv_table_has_column(table, COLUMN_NAME)) {
        refuse(file, 1, "no column is called \"name\", nor anything that is known to mean it");
        return file;
    }
    for (; reading.row < csv_table_count_rows(table); reading.row++) {
        read_row(&reading);
    }
    if (csv_table_get_break(table)) {
        refuse(file, 0, "%s; nothing from there on was read", csv_table_get_break(table));
    }
    return file;
}

void party_file_free(PartyFile *file)
{
    if (!file) {
        return;
    }
    g_ptr_array_unref(file->parties);
    g_ptr_array_unref(file->bad);
    g_ptr_array_unref(file->unknown);
    g_free(file);
}
