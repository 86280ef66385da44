/*
 * rulebook/settings_read.c - usher.yaml -> Settings
 *
 * Takes the directory of an instance; gives what its usher.yaml says, every default filled in, every path made absolute. All mistakes
 * are told at their place and reading goes on behind each.
 *
 * What the daemon writes (the store, mail it delivers) lies beside usher.yaml, except that an instance in /etc/usher has it
 * under /var/lib/usher, where packages keep such things.
 */
#include "settings_read.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>
#include <unistd.h>

#include "read.h"
#include "source.h"
#include "usher/base/error.h"
#include "usher/base/text.h"

#define SYSTEM_DIRECTORY "/etc/usher"
#define SYSTEM_STATE_DIRECTORY "/var/lib/usher"
#define DEFAULT_ZONE "Europe/London"
#define DEFAULT_HOURS "mon-fri 09:00-17:30"
#define DEFAULT_REGION "GB"
#define DEFAULT_STORE "usher.db"
#define DEFAULT_MILTER_WAIT_MS 200
#define MAX_MILTER_WAIT_MS 10000
#define DEFAULT_MESSAGE_BYTES ((gint64)64 * 1024 * 1024)
#define LEAST_MESSAGE_BYTES ((gint64)64 * 1024)
#define MOST_MESSAGE_BYTES ((gint64)1024 * 1024 * 1024)
#define OWN_SESSIONS 4
#define MOST_PLUS_BYTES 24  /* of the 64 of RFC 5321 section 4.5.3.1.1; the rest is +, a letter, a number and a mark */
#define MAX_SOCKET_PATH 107 /* sun_path of a unix-domain socket, less its NUL */

typedef struct {
    Settings *settings;
    const char *shared_rules;
    const char *state; /* where relative paths of what is written start */
    char *zone;        /* a zone that exists */
    const char *hours; /* the firm's, as they are written */
    GPtrArray *paths;  /* char*: where the holidays were read */
} SettingsReader;

/* ---- values ---- */

char *settings_read_address(const YamlNode *mapping, const char *key, const char *remedy)
{
    const char *text = read_required_text(mapping, key, remedy);
    if (text == NULL)
        return NULL;
    if (!text_is_address(text)) {
        const YamlNode *node = yaml_find(mapping, key);
        g_autofree char *shown = yaml_dup_shown(node);
        yaml_problem(node, "%s is no mail address: write it as jane@example.org", shown);
        return NULL;
    }
    return text_fold_address(text);
}

static char *dup_path(const char *base, const char *path)
{
    return path == NULL ? NULL : g_canonicalize_filename(path, base);
}

/* A web address, for links in mails; NULL when absent or (a problem) no such thing. Owned by the caller. */
static char *read_url(const YamlNode *mapping, const char *key)
{
    const YamlNode *node = yaml_find(mapping, key);
    const char *text = yaml_get_text(node);
    if (text == NULL)
        return NULL;
    g_autoptr(GUri) uri = g_uri_parse(text, G_URI_FLAGS_NONE, NULL);
    gboolean is_web = uri != NULL && (strcmp(g_uri_get_scheme(uri), "https") == 0 || strcmp(g_uri_get_scheme(uri), "http") == 0);
    if (!is_web || g_uri_get_host(uri) == NULL || *g_uri_get_host(uri) == '\0') {
        g_autofree char *shown = yaml_dup_shown(node);
        yaml_problem(node, "%s is no web address: write it as https://book.example.org/", shown);
        return NULL;
    }
    return g_strdup(text);
}

/* ---- firm ---- */

static gboolean is_domain(const char *text)
{
    g_autofree char *address = g_strconcat("x@", text, NULL);
    return strchr(text, '@') == NULL && text_is_address(address);
}

static void read_domains(SettingsReader *reader, const YamlNode *firm)
{
    const YamlNode *list = read_required(firm, "domains", "name the firm's mail domains: domains: [example.org]");
    guint length = yaml_get_length(list);
    if (list != NULL && length == 0 && (yaml_is_sequence(list) || yaml_is_empty(list)))
        yaml_problem(list, "\"domains\" is empty: name the firm's mail domains: domains: [example.org]");
    for (guint i = 0; i < length; i++) {
        const YamlNode *item = yaml_get_item(list, i);
        const char *text = yaml_get_text(item);
        if (text != NULL && is_domain(text)) {
            g_ptr_array_add(reader->settings->domains, g_utf8_strdown(text, -1));
        } else if (text != NULL) {
            g_autofree char *shown = yaml_dup_shown(item);
            yaml_problem(item, "%s is no domain: write what stands behind the @, as example.org", shown);
        }
    }
}

static gboolean is_service_name(const char *text)
{
    g_autofree char *line = text_to_line(text, 60);
    return *text != '\0' && strcmp(line, text) == 0 && strpbrk(text, ",\\") == NULL;
}

static void read_services(SettingsReader *reader, const YamlNode *list)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0, length = yaml_get_length(list); i < length; i++) {
        const YamlNode *item = yaml_get_item(list, i);
        const char *text = yaml_get_text(item);
        if (text == NULL)
            continue;
        if (!is_service_name(text)) {
            g_autofree char *shown = yaml_dup_shown(item);
            yaml_problem(item, "%s cannot name a service: write at most 60 characters on one line, without commas and backslashes",
                         shown);
        } else if (!read_is_twice(seen, text, item)) {
            g_ptr_array_add(reader->settings->services, g_strdup(text));
        }
    }
}

static void read_region(SettingsReader *reader, const YamlNode *node)
{
    const char *text = yaml_get_text(node);
    if (text == NULL)
        return;
    if (strlen(text) == 2 && g_ascii_isupper(text[0]) && g_ascii_isupper(text[1])) {
        g_free(reader->settings->phone_region);
        reader->settings->phone_region = g_strdup(text);
        return;
    }
    g_autofree char *shown = yaml_dup_shown(node);
    yaml_problem(node, "%s is no country code: write two capital letters, as GB", shown);
}

/* ---- time ---- */

Calendar *settings_make_calendar(const YamlNode *hours_node, const char *zone, const char *hours, const GPtrArray *holidays)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Calendar) calendar = calendar_new(zone, hours, &error);
    if (calendar == NULL) {
        if (hours_node != NULL)
            yaml_problem(hours_node, "%s", error->message);
        return NULL;
    }
    for (guint i = 0; i < holidays->len; i++)
        calendar_join_holidays(calendar, ((const HolidayFile *)g_ptr_array_index(holidays, i))->calendar);
    return g_steal_pointer(&calendar);
}

static void read_zone(SettingsReader *reader, const YamlNode *node)
{
    g_autoptr(GError) error = NULL;
    const char *text = yaml_get_text(node);
    reader->zone = g_strdup(text != NULL ? text : DEFAULT_ZONE);
    g_autoptr(Calendar) probe = calendar_new(reader->zone, DEFAULT_HOURS, &error);
    if (probe != NULL)
        return;
    if (node != NULL)
        yaml_problem(node, "%s", error->message);
    g_free(reader->zone);
    reader->zone = g_strdup("UTC");
}

/* Names of the holiday files in a directory, without ".ics", added to `names`. */
static void list_holidays(const char *rules, GPtrArray *names)
{
    g_autofree char *path = g_build_filename(rules, "holidays", NULL);
    g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
    for (const char *name; directory != NULL && (name = g_dir_read_name(directory)) != NULL;)
        if (g_str_has_suffix(name, ".ics"))
            g_ptr_array_add(names, g_strndup(name, strlen(name) - strlen(".ics")));
}

static void tell_missing_holidays(const SettingsReader *reader, const YamlNode *node, const char *name)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *own = g_build_filename(reader->settings->directory, "rules", NULL);
    list_holidays(own, names);
    list_holidays(reader->shared_rules, names);
    g_ptr_array_add(names, NULL);
    const char *const *all = (const char *const *)(gconstpointer)names->pdata;
    const char *near = yaml_find_nearest(name, all);
    g_autofree char *shown = yaml_dup_shown(node);
    if (near != NULL)
        yaml_problem(node, "there is no holiday file for %s; did you mean \"%s\"?", shown, near);
    else
        yaml_problem(node, "there is no holiday file for %s: put it into rules/holidays/, with .ics behind the name", shown);
}

static char *find_holidays(const char *directory, const char *shared_rules, const char *name)
{
    g_autofree char *file = g_strconcat(name, ".ics", NULL);
    g_autofree char *own = g_build_filename(directory, "rules", "holidays", file, NULL);
    g_autofree char *shared = g_build_filename(shared_rules, "holidays", file, NULL);
    if (strchr(name, '/') != NULL)
        return NULL;
    if (g_file_test(own, G_FILE_TEST_EXISTS))
        return g_steal_pointer(&own);
    return g_file_test(shared, G_FILE_TEST_EXISTS) ? g_steal_pointer(&shared) : NULL;
}

static void read_holiday_file(SettingsReader *reader, const YamlNode *node)
{
    g_autoptr(GError) error = NULL;
    gsize length;
    const char *name = yaml_get_text(node);
    if (name == NULL)
        return;
    g_autofree char *path = find_holidays(reader->settings->directory, reader->shared_rules, name);
    if (path == NULL) {
        tell_missing_holidays(reader, node, name);
        return;
    }
    g_autofree char *text = source_read(path, &length, &error);
    g_autoptr(Calendar) probe = calendar_new("UTC", DEFAULT_HOURS, NULL);
    if (text == NULL || (probe != NULL && !calendar_add_holidays(probe, text, &error))) {
        yaml_problem(node, "the holiday file %s: %s", path, error->message);
    } else {
        HolidayFile *file = g_new0(HolidayFile, 1);
        *file = (HolidayFile){g_strdup(name), g_steal_pointer(&probe), yaml_get_line(node), yaml_get_column(node)};
        g_ptr_array_add(reader->settings->holidays, file);
        g_ptr_array_add(reader->paths, g_steal_pointer(&path));
    }
}

static void read_holidays(SettingsReader *reader, const YamlNode *node)
{
    if (yaml_is_scalar(node) && !yaml_is_empty(node)) {
        read_holiday_file(reader, node);
        return;
    }
    for (guint i = 0, length = yaml_get_length(node); i < length; i++)
        read_holiday_file(reader, yaml_get_item(node, i));
}

static void read_time(SettingsReader *reader, const YamlNode *firm)
{
    const YamlNode *hours = yaml_find(firm, "hours");
    const char *text = yaml_get_text(hours);
    read_zone(reader, yaml_find(firm, "timezone"));
    read_holidays(reader, yaml_find(firm, "holidays"));
    reader->hours = text != NULL ? text : DEFAULT_HOURS;
    reader->settings->calendar = settings_make_calendar(hours, reader->zone, reader->hours, reader->settings->holidays);
}

static void read_firm(SettingsReader *reader, const YamlNode *top)
{
    static const char *const keys[] = {"name",     "domains",     "timezone",       "hours",        "holidays",
                                       "services", "booking_url", "postal_address", "phone_region", NULL};
    Settings *settings = reader->settings;
    const YamlNode *firm =
        read_required(top, "firm", "say who you are: firm: {name: Hartley Finch LLP, domains: [hartleyfinch.example]}");
    if (yaml_check_keys(firm, keys)) {
        settings->firm_name = g_strdup(read_required_text(firm, "name", "write name: Hartley Finch LLP"));
        read_domains(reader, firm);
    }
    read_time(reader, firm);
    read_services(reader, yaml_find(firm, "services"));
    read_region(reader, yaml_find(firm, "phone_region"));
    settings->booking_url = read_url(firm, "booking_url");
    const char *address = read_text(firm, "postal_address");
    settings->postal_address = g_strdup(address != NULL ? address : "");
}

/* ---- intake ---- */

static void read_intake_address(SettingsReader *reader, const YamlNode *node, GHashTable *seen)
{
    static const char *const keys[] = {"address", "track", "kind", NULL};
    if (yaml_is_scalar(node) && !yaml_is_empty(node)) {
        yaml_problem(node, "write an intake address as {address: %s}", yaml_get_text(node));
        return;
    }
    if (!yaml_check_keys(node, keys))
        return;
    IntakeAddress *intake = g_new0(IntakeAddress, 1);
    const YamlNode *track = yaml_find(node, "track"), *kind = yaml_find(node, "kind");
    intake->address = settings_read_address(node, "address", "write {address: enquiries@example.org}");
    intake->has_track = track != NULL && read_track(track, &intake->track);
    intake->has_kind = kind != NULL && read_kind(kind, KIND_LOG, &intake->kind);
    if (intake->address == NULL || read_is_twice(seen, intake->address, yaml_find(node, "address")))
        intake_address_free(intake);
    else
        g_ptr_array_add(reader->settings->intake, intake);
}

static char *read_socket_path(const SettingsReader *reader, const YamlNode *node, const char *path)
{
    g_autofree char *whole = dup_path(reader->state, path);
    if (strlen(whole) <= MAX_SOCKET_PATH)
        return g_strconcat("unix:", whole, NULL);
    yaml_problem(node, "the path of the socket is longer than %d bytes (%s): take a shorter one", MAX_SOCKET_PATH, whole);
    return NULL;
}

/* "port@host" with a port from 1 to 65535. */
static gboolean is_port_at_host(const char *text)
{
    const char *at = strchr(text, '@');
    guint64 port;
    g_autofree char *number = g_strndup(text, at != NULL ? (gsize)(at - text) : strlen(text));
    return at != NULL && at[1] != '\0' && g_ascii_string_to_unsigned(number, 10, 1, 65535, &port, NULL);
}

static char *read_milter(const SettingsReader *reader, const YamlNode *node)
{
    const char *text = yaml_get_text(node);
    if (text == NULL)
        return NULL;
    const char *rest = strchr(text, ':') != NULL ? strchr(text, ':') + 1 : "";
    gboolean is_unix = g_str_has_prefix(text, "unix:") || g_str_has_prefix(text, "local:");
    gboolean is_inet = g_str_has_prefix(text, "inet:") || g_str_has_prefix(text, "inet6:");
    if (is_unix && *rest != '\0')
        return read_socket_path(reader, node, rest);
    if (is_inet && is_port_at_host(rest))
        return g_strdup(text);
    g_autofree char *shown = yaml_dup_shown(node);
    yaml_problem(node, "%s is no place for a milter: write unix:/run/usher/milter.sock, or inet:8891@127.0.0.1", shown);
    return NULL;
}

static void read_maildirs(SettingsReader *reader, const YamlNode *node)
{
    for (guint i = 0, length = yaml_get_length(node); i < length; i++) {
        const YamlNode *item = yaml_get_item(node, i);
        char *path = dup_path(reader->state, yaml_get_text(item));
        if (path == NULL)
            continue;
        g_ptr_array_add(reader->settings->maildirs, path);
        g_autofree char *new = g_build_filename(path, "new", NULL);
        if (access(new, F_OK) != 0)
            yaml_warning(item, "there is no Maildir here: %s: %s", new, g_strerror(errno));
    }
}

/* An address or a domain; one of ours would be a colleague, who may pass on mail anyhow. */
static void read_partner(SettingsReader *reader, const YamlNode *node, const char *text)
{
    Settings *settings = reader->settings;
    g_autofree char *shown = yaml_dup_shown(node);
    gboolean is_address = strchr(text, '@') != NULL;
    if (is_address ? !text_is_address(text) : !is_domain(text)) {
        yaml_problem(
            node,
            "%s is neither an address nor a domain: write pat@partner.example, or partner.example for all who write from there",
            shown);
        return;
    }
    g_autofree char *probe = is_address ? g_strdup(text) : g_strconcat("anybody@", text, NULL);
    if (settings_is_own_address(settings, probe)) {
        yaml_problem(node, "%s is the firm's own: the people of the firm pass mail on without being named here", shown);
        return;
    }
    g_ptr_array_add(settings->partners, is_address ? text_fold_address(text) : g_utf8_strdown(text, -1));
}

static void read_partners(SettingsReader *reader, const YamlNode *list)
{
    for (guint i = 0, length = yaml_get_length(list); i < length; i++) {
        const YamlNode *item = yaml_get_item(list, i);
        const char *text = yaml_get_text(item);
        if (text != NULL)
            read_partner(reader, item, text);
    }
}

static void read_intake(SettingsReader *reader, const YamlNode *intake)
{
    static const char *const keys[] = {"addresses",    "partners",          "milter", "milter_wait_ms", "maildirs", "authserv_id",
                                       "interactions", "max_message_bytes", NULL};
    Settings *settings = reader->settings;
    if (yaml_is_empty(intake) || !yaml_check_keys(intake, keys))
        return;
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const YamlNode *addresses = yaml_find(intake, "addresses"), *most = yaml_find(intake, "max_message_bytes");
    for (guint i = 0, length = yaml_get_length(addresses); i < length; i++)
        read_intake_address(reader, yaml_get_item(addresses, i), seen);
    read_partners(reader, yaml_find(intake, "partners"));
    settings->milter = read_milter(reader, yaml_find(intake, "milter"));
    read_number(intake, "milter_wait_ms", 0, MAX_MILTER_WAIT_MS, &settings->milter_wait_ms);
    read_maildirs(reader, yaml_find(intake, "maildirs"));
    read_boolean(intake, "interactions", &settings->captures_interactions);
    settings->authserv_id = g_strdup(read_text(intake, "authserv_id"));
    if (most != NULL)
        yaml_get_integer(most, LEAST_MESSAGE_BYTES, MOST_MESSAGE_BYTES, &settings->max_message_bytes);
    if (settings->milter != NULL && yaml_is_empty(addresses))
        yaml_problem(yaml_find(intake, "milter"),
                     "the milter takes only mail to an intake address: add addresses: [{address: enquiries@example.org}]");
}

/* ---- delivery ---- */

static gboolean is_loopback(const char *host)
{
    g_autoptr(GInetAddress) address = host != NULL ? g_inet_address_new_from_string(host) : NULL;
    return address != NULL ? g_inet_address_get_is_loopback(address) : g_strcmp0(host, "localhost") == 0;
}

/* A file named in the settings that somebody else makes: its absence is only a warning, for a check may run on another machine. */
static char *read_file_path(const SettingsReader *reader, const YamlNode *mapping, const char *key)
{
    const YamlNode *node = yaml_find(mapping, key);
    const char *text = yaml_get_text(node);
    char *path = dup_path(reader->settings->directory, text);
    if (path != NULL && access(path, R_OK) != 0)
        yaml_warning(node, "%s cannot be read here: %s", path, g_strerror(errno));
    return path;
}

static void check_login(const Delivery *delivery, const YamlNode *smtp)
{
    const YamlNode *user = yaml_find(smtp, "user"), *password = yaml_find(smtp, "password_file"), *tls = yaml_find(smtp, "tls");
    if (user != NULL && password == NULL)
        yaml_problem(user, "\"user\" needs a password: add password_file: with the path of a file that holds it");
    if (password != NULL && user == NULL)
        yaml_problem(password, "\"password_file\" needs a user: add user:");
    if (user != NULL && delivery->tls == TLS_NONE && delivery->smtp_host != NULL && !is_loopback(delivery->smtp_host))
        yaml_problem(tls != NULL ? tls : smtp, "a password goes over TLS only: write tls: starttls or tls: implicit");
}

static void read_smtp(SettingsReader *reader, const YamlNode *smtp)
{
    static const char *const keys[] = {"host", "port", "tls", "user", "password_file", "ca_file", NULL};
    static const char *const modes[] = {"none", "starttls", "implicit", NULL};
    static const guint ports[] = {25, 587, 465};
    Delivery *delivery = &reader->settings->delivery;
    if (!yaml_check_keys(smtp, keys))
        return;
    delivery->smtp_host = g_strdup(read_required_text(smtp, "host", "name the mail server: host: 127.0.0.1"));
    const YamlNode *tls = yaml_find(smtp, "tls");
    int mode = tls != NULL ? read_word(tls, modes) : -1;
    delivery->tls = mode >= 0 ? (TlsMode)mode : is_loopback(delivery->smtp_host) ? TLS_NONE : TLS_STARTTLS;
    delivery->smtp_port = ports[delivery->tls];
    read_number(smtp, "port", 1, 65535, &delivery->smtp_port);
    delivery->user = g_strdup(read_text(smtp, "user"));
    delivery->password_file = read_file_path(reader, smtp, "password_file");
    delivery->ca_file = read_file_path(reader, smtp, "ca_file");
    check_login(delivery, smtp);
}

/* Our marks stand in the local part of the address that answers come to. */
static void check_plus(const SettingsReader *reader, const YamlNode *node)
{
    Delivery *delivery = &reader->settings->delivery;
    if (!delivery->has_plus || delivery->from == NULL)
        return;
    if (settings_find_intake(reader->settings, delivery->from) == NULL)
        yaml_problem(yaml_find(node, "plus_addresses"),
                     "answers and bounces would come to \"%s\", which is no intake address: add it to intake.addresses",
                     delivery->from);
    else if (strcspn(delivery->from, "@") > MOST_PLUS_BYTES)
        yaml_problem(yaml_find(node, "plus_addresses"),
                     "the name before the @ of \"%s\" leaves no room for a mark: %d letters at most", delivery->from,
                     MOST_PLUS_BYTES);
}

static void read_delivery(SettingsReader *reader, const YamlNode *top)
{
    static const char *const keys[] = {"smtp", "maildir", "from", "shadow", "sessions", "plus_addresses", NULL};
    Delivery *delivery = &reader->settings->delivery;
    const YamlNode *node =
        read_required(top, "delivery", "say how mail goes out: delivery: {smtp: {host: 127.0.0.1}, from: enquiries@example.org}");
    if (!yaml_check_keys(node, keys))
        return;
    const YamlNode *smtp = yaml_find(node, "smtp"), *maildir = yaml_find(node, "maildir");
    if (smtp != NULL && maildir != NULL)
        yaml_problem(maildir, "smtp: and maildir: stand here both: keep one of them");
    if (smtp == NULL && maildir == NULL)
        yaml_problem(node, "says nowhere to: add smtp: {host: 127.0.0.1}, or maildir: outgoing");
    delivery->method = smtp != NULL ? DELIVERY_SMTP : DELIVERY_MAILDIR;
    delivery->maildir = dup_path(reader->state, yaml_get_text(maildir));
    read_smtp(reader, smtp);
    delivery->from = settings_read_address(node, "from", "say whom our mail is from: from: enquiries@example.org");
    read_boolean(node, "shadow", &delivery->is_shadow);
    read_boolean(node, "plus_addresses", &delivery->has_plus);
    /* Who lends out servers allows few connections; our own takes as many as help. */
    gboolean is_own_server = smtp == NULL || delivery->smtp_host == NULL || is_loopback(delivery->smtp_host);
    delivery->sessions = is_own_server ? OWN_SESSIONS : 1;
    read_number(node, "sessions", 1, MOST_SESSIONS, &delivery->sessions);
    check_plus(reader, node);
    if (delivery->from != NULL && reader->settings->domains->len > 0 && !settings_is_own_address(reader->settings, delivery->from))
        yaml_warning(yaml_find(node, "from"),
                     "\"%s\" is in none of the firm's domains: other servers will take our mail for forged", delivery->from);
    else if (delivery->from != NULL && reader->settings->intake->len > 0 &&
             settings_find_intake(reader->settings, delivery->from) == NULL)
        yaml_warning(yaml_find(node, "from"), "\"%s\" is no intake address: answers to our mail would not be seen", delivery->from);
}

/* ---- store and web ---- */

static char *read_store(const SettingsReader *reader, const YamlNode *node)
{
    const char *text = yaml_get_text(node);
    if (text != NULL && strstr(text, "://") != NULL) {
        yaml_problem(node, "the store must be a file, as usher.db: other stores are not in this version");
        return NULL;
    }
    return dup_path(reader->state, text != NULL ? text : DEFAULT_STORE);
}

static char *read_listen(const YamlNode *node)
{
    guint64 port;
    const char *text = yaml_get_text(node);
    const char *colon = text != NULL ? strrchr(text, ':') : NULL;
    if (text == NULL)
        return NULL;
    if (g_str_has_prefix(text, "unix:/") && strlen(text) < 100)
        return g_strdup(text);
    if (colon != NULL && colon > text && g_ascii_string_to_unsigned(colon + 1, 10, 0, 65535, &port, NULL))
        return g_strdup(text);
    g_autofree char *shown = yaml_dup_shown(node);
    yaml_problem(node, "%s is no place to listen at: write 127.0.0.1:8025 or unix:/run/usher/web.sock", shown);
    return NULL;
}

static void read_web(SettingsReader *reader, const YamlNode *web)
{
    static const char *const keys[] = {"listen", "url", NULL};
    if (yaml_is_empty(web) || !yaml_check_keys(web, keys))
        return;
    reader->settings->web_listen = read_listen(yaml_find(web, "listen"));
    reader->settings->web_url = read_url(web, "url");
}

/* ---- the file ---- */

static Settings *settings_new(const char *directory)
{
    Settings *settings = g_new0(Settings, 1);
    settings->directory = g_canonicalize_filename(directory, NULL);
    settings->domains = g_ptr_array_new_with_free_func(g_free);
    settings->services = g_ptr_array_new_with_free_func(g_free);
    settings->holidays = g_ptr_array_new_with_free_func((GDestroyNotify)holiday_file_free);
    settings->intake = g_ptr_array_new_with_free_func((GDestroyNotify)intake_address_free);
    settings->partners = g_ptr_array_new_with_free_func(g_free);
    settings->maildirs = g_ptr_array_new_with_free_func(g_free);
    settings->people = g_ptr_array_new_with_free_func((GDestroyNotify)person_free);
    settings->phone_region = g_strdup(DEFAULT_REGION);
    settings->milter_wait_ms = DEFAULT_MILTER_WAIT_MS;
    settings->captures_interactions = TRUE;
    settings->max_message_bytes = DEFAULT_MESSAGE_BYTES;
    return settings;
}

static void read_file(SettingsReader *reader, const YamlNode *top)
{
    static const char *const keys[] = {"firm", "intake", "delivery", "people", "duties", "store", "web", NULL};
    yaml_check_keys(top, keys);
    read_firm(reader, top);
    read_intake(reader, yaml_find(top, "intake"));
    read_delivery(reader, top);
    settings_read_people(reader->settings, top, reader->zone, reader->hours);
    reader->settings->store = read_store(reader, yaml_find(top, "store"));
    read_web(reader, yaml_find(top, "web"));
}

Settings *settings_read(const char *directory, const char *shared_rules, GPtrArray *holiday_paths, Problems *problems)
{
    g_autoptr(Settings) settings = settings_new(directory);
    g_autofree char *path = g_build_filename(settings->directory, "usher.yaml", NULL);
    if (access(path, F_OK) != 0 && errno != ENOENT && errno != ENOTDIR) {
        problems_add(problems, "usher.yaml", 1, 1, "%s cannot be read: %s", path, g_strerror(errno));
        return NULL;
    }
    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        problems_add(problems, "usher.yaml", 1, 1, "there is no %s: \"usher init %s\" writes one", path, directory);
        return NULL;
    }
    g_autoptr(YamlFile) file = yaml_read(path, "usher.yaml", problems);
    const YamlNode *top = file != NULL ? yaml_get_top(file) : NULL;
    if (top == NULL)
        return NULL;
    gboolean is_system = strcmp(settings->directory, SYSTEM_DIRECTORY) == 0;
    SettingsReader reader = {
        .settings = settings,
        .shared_rules = shared_rules,
        .state = is_system ? SYSTEM_STATE_DIRECTORY : settings->directory,
        .paths = holiday_paths,
    };
    read_file(&reader, top);
    g_free(reader.zone);
    return g_steal_pointer(&settings);
}
