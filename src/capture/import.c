/*
 * capture/import.c - where old mail lies and when it came: the index over all sources
 *
 * Takes paths; looks into each file once and keeps, of each mail, its file, its place in it and its moment: some fifty bytes, and a
 * name for each file. The mails are read one by one afterwards (import_read.c).
 *
 * A mail came when the firm's server says so (top Received), else when its sender says so (Date), else when the mbox or the
 * file says so; a moment in the future, or before there was such mail, is none.
 *
 * Faults stop nothing. A symbolic link in a directory is a fault: following it could lead round in circles, and to mail that nobody meant.
 */
#include "usher/capture/import.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "import_index.h"
#include "usher/base/error.h"

#define MAX_DEPTH 32
#define MAX_HEADER_LINES 5000
#define FIRST_MAIL 378691200 /* 1982-01-01: mail has had the form of RFC 822 since that year */
#define DAY_S 86400
#define LOOK_EVERY 500
#define SNIFFED_BYTES 512

ImportIndex *import_index_new(const ImportOptions *options)
{
    ImportIndex *index = g_new0(ImportIndex, 1);
    index->options = *options;
    index->directories = g_ptr_array_new_with_free_func(g_free);
    index->names = g_string_chunk_new(64 * 1024);
    index->sources = g_array_new(FALSE, FALSE, sizeof(ImportSource));
    index->items = g_array_new(FALSE, FALSE, sizeof(ImportItem));
    index->faults = g_ptr_array_new_with_free_func(import_remark_free);
    index->notes = g_ptr_array_new_with_free_func(import_remark_free);
    index->reader = line_reader_new();
    index->file = -1;
    return index;
}

void import_index_free(ImportIndex *index)
{
    if (index == NULL)
        return;
    if (index->file >= 0)
        close(index->file);
    g_ptr_array_unref(index->directories);
    g_string_chunk_free(index->names);
    g_array_unref(index->sources);
    g_array_unref(index->items);
    g_ptr_array_unref(index->faults);
    g_ptr_array_unref(index->notes);
    line_reader_free(index->reader);
    g_free(index);
}

/* ---- remarks ---- */

void import_remark_free(gpointer data)
{
    ImportRemark *remark = data;
    g_free(remark->path);
    g_free(remark->why);
    g_free(remark);
}

void import_index_remark(GPtrArray *remarks, const char *path, const char *why)
{
    ImportRemark *remark = g_new0(ImportRemark, 1);
    remark->path = g_filename_display_name(path);
    remark->why = g_strdup(why);
    g_ptr_array_add(remarks, remark);
}

static void add_fault(ImportIndex *index, const char *path, const char *why)
{
    import_index_remark(index->faults, path, why);
}

const ImportCounts *import_index_get_counts(const ImportIndex *index)
{
    return &index->counts;
}

const GPtrArray *import_index_get_faults(const ImportIndex *index)
{
    return index->faults;
}

const GPtrArray *import_index_get_notes(const ImportIndex *index)
{
    return index->notes;
}

/* ---- one mail ---- */

static gboolean is_possible(const ImportIndex *index, UsherTime moment)
{
    return moment >= FIRST_MAIL && moment <= index->options.now + DAY_S;
}

static UsherTime choose_moment(const ImportIndex *index, const ImportHeader *header, UsherTime postmark, UsherTime file_time)
{
    const UsherTime candidates[] = {header->received, header->date, postmark, file_time};
    for (guint i = 0; i < G_N_ELEMENTS(candidates); i++)
        if (is_possible(index, candidates[i]))
            return MIN(candidates[i], index->options.now);
    return index->options.now;
}

/* FALSE when whoever looks wants it to end. */
static gboolean add_item(ImportIndex *index, const ImportItem *item)
{
    if (item->came < index->options.since) {
        index->counts.older++;
    } else {
        g_array_append_val(index->items, *item);
        index->counts.found++;
    }
    guint seen = index->counts.found + index->counts.older + index->counts.deleted;
    if (seen % LOOK_EVERY == 0 && index->options.look != NULL && index->options.look(index->counts.found, index->options.data))
        index->is_stopped = TRUE;
    return !index->is_stopped;
}

/* The present file becomes a source when its first mail is found. */
static guint add_source(ImportIndex *index, const char *directory, const char *name, gint64 size)
{
    const char *last = index->directories->len > 0 ? g_ptr_array_index(index->directories, index->directories->len - 1) : NULL;
    if (g_strcmp0(last, directory) != 0)
        g_ptr_array_add(index->directories, g_strdup(directory));
    ImportSource source = {index->directories->len - 1, g_string_chunk_insert(index->names, name), size};
    g_array_append_val(index->sources, source);
    return index->sources->len - 1;
}

char *import_index_make_path(const ImportIndex *index, guint source)
{
    const ImportSource *found = &g_array_index(index->sources, ImportSource, source);
    return g_build_filename(g_ptr_array_index(index->directories, found->directory), found->name, NULL);
}

/* ---- one file ---- */

typedef struct {
    ImportIndex *index;
    guint source;
    UsherTime file_time;
} MboxVisit;

static gboolean take_mbox_mail(const MboxMail *mail, gpointer data)
{
    const MboxVisit *visit = data;
    if (mail->header->is_internal)
        return TRUE;
    if (mail->header->is_deleted) {
        visit->index->counts.deleted++;
        return TRUE;
    }
    ImportItem item = {
        .came = choose_moment(visit->index, mail->header, mail->postmark, visit->file_time),
        .offset = mail->offset,
        .length = mail->length,
        .source = visit->source,
        .is_quoted = !mail->is_verbatim,
    };
    return add_item(visit->index, &item);
}

static void add_mbox(ImportIndex *index, int file, const struct stat *state, const char *directory, const char *name, gint64 offset)
{
    MboxVisit visit = {index, add_source(index, directory, name, state->st_size), state->st_mtime};
    int failure = 0;
    if (!mbox_split(index->reader, file, offset, take_mbox_mail, &visit, &failure) && failure != 0) {
        g_autofree char *path = g_build_filename(directory, name, NULL);
        g_autofree char *why = g_strdup_printf("cannot be read to its end: %s", g_strerror(failure));
        add_fault(index, path, why);
    }
}

static void add_single(ImportIndex *index, int file, const struct stat *state, const char *directory, const char *name,
                       gint64 offset)
{
    ImportHeader header = {0};
    Line line;
    UsherTime postmark = 0;
    import_header_start(&header);
    line_reader_start(index->reader, file, offset);
    for (guint i = 0; i < MAX_HEADER_LINES && line_reader_next(index->reader, &line) && line.length > 0; i++) {
        if (i > 0 || !g_str_has_prefix(line.text, "From ") || !import_read_postmark(line.text, &postmark))
            import_header_take(&header, line.text);
    }
    import_header_end(&header);
    ImportItem item = {
        .came = choose_moment(index, &header, postmark, state->st_mtime),
        .offset = offset,
        .length = state->st_size - offset,
        .source = add_source(index, directory, name, state->st_size),
    };
    import_header_clear(&header);
    add_item(index, &item);
}

static const struct {
    const char *bytes;
    gsize length;
    const char *why;
} foreign_forms[] = {
    {"\x1f\x8b", 2, "is compressed (gzip): uncompress it first"},
    {"\x1f\x9d", 2, "is compressed (compress): uncompress it first"},
    {"BZh", 3, "is compressed (bzip2): uncompress it first"},
    {"\xfd"
     "7zXZ",
     5, "is compressed (xz): uncompress it first"},
    {"\x28\xb5\x2f\xfd", 4, "is compressed (zstd): uncompress it first"},
    {"PK\x03\x04", 4, "is a zip archive: unpack it first"},
    {"7z\xbc\xaf", 4, "is a 7z archive: unpack it first"},
    {"!BDN", 4, "is an Outlook data file (.pst): export it as mbox first, readpst(1) does that"},
    {"\xd0\xcf\x11\xe0", 4, "is an Outlook message (.msg): save it as .eml first"},
    {"SQLite format 3", 15, "is a database and no mail"},
};

static const char *find_foreign_form(const char *bytes, gsize length)
{
    for (guint i = 0; i < G_N_ELEMENTS(foreign_forms); i++)
        if (length >= foreign_forms[i].length && memcmp(bytes, foreign_forms[i].bytes, foreign_forms[i].length) == 0)
            return foreign_forms[i].why;
    return NULL;
}

/* What a file that is not of a Maildir holds, by how it begins. Gives what is wrong with it, or NULL. */
static const char *add_by_form(ImportIndex *index, int file, const struct stat *state, const char *directory, const char *name)
{
    char bytes[SNIFFED_BYTES + 1];
    gssize got = pread(file, bytes, SNIFFED_BYTES, 0);
    if (got < 0)
        return g_strerror(errno);
    bytes[got] = '\0';
    const char *foreign = find_foreign_form(bytes, (gsize)got);
    if (foreign != NULL)
        return foreign;
    const char *start = bytes + (g_str_has_prefix(bytes, "\xef\xbb\xbf") ? 3 : 0);
    start += strspn(start, "\r\n");
    gint64 offset = start - bytes;
    if (g_str_has_prefix(start, "From "))
        add_mbox(index, file, state, directory, name, offset);
    else if (import_is_header_line(start))
        add_single(index, file, state, directory, name, offset);
    else
        return "is no mail: neither an mbox, nor does it begin with a header";
    return NULL;
}

static gboolean has_flag(const char *name, char flag)
{
    const char *flags = strstr(name, ":2,");
    return flags != NULL && strchr(flags + 3, flag) != NULL;
}

static const char *add_opened(ImportIndex *index, int file, const char *directory, const char *name, gboolean is_of_maildir)
{
    struct stat state;
    if (fstat(file, &state) != 0)
        return g_strerror(errno);
    if (!S_ISREG(state.st_mode))
        return S_ISDIR(state.st_mode) ? "is a directory among the mails of a Maildir" : "is no regular file";
    if (state.st_size == 0 && !is_of_maildir && !g_str_has_suffix(name, ".eml"))
        return NULL; /* a folder with no mail in it is an mbox of no bytes */
    if (state.st_size == 0)
        return "is empty";
    if (!is_of_maildir)
        return add_by_form(index, file, &state, directory, name);
    if (has_flag(name, 'T') || has_flag(name, 'D'))
        index->counts.deleted++;
    else
        add_single(index, file, &state, directory, name, 0);
    return NULL;
}

static void add_file(ImportIndex *index, const char *directory, const char *name, gboolean is_of_maildir, gboolean is_given)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (is_given ? 0 : O_NOFOLLOW);
    int file = open(path, flags);
    const char *why = NULL;
    if (file < 0)
        why = errno == ELOOP && !is_given ? "is a symbolic link: give the path it leads to" : g_strerror(errno);
    else
        why = add_opened(index, file, directory, name, is_of_maildir);
    if (why != NULL)
        add_fault(index, path, why);
    if (file >= 0)
        close(file);
}

/* ---- directories ---- */

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* NULL, with a fault, when it cannot be listed. */
static GPtrArray *list_names(ImportIndex *index, const char *path)
{
    DIR *directory = opendir(path);
    if (directory == NULL) {
        add_fault(index, path, g_strerror(errno));
        return NULL;
    }
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    for (const struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            g_ptr_array_add(names, g_strdup(entry->d_name));
    closedir(directory);
    g_ptr_array_sort(names, compare_names);
    return names;
}

static gboolean is_maildir(const char *path)
{
    g_autofree char *cur = g_build_filename(path, "cur", NULL), *new = g_build_filename(path, "new", NULL);
    return g_file_test(cur, G_FILE_TEST_IS_DIR) && g_file_test(new, G_FILE_TEST_IS_DIR);
}

/* What mail programs call the folders of what is no correspondence; ".INBOX.Trash" and "Junk.mbox" too. */
static gboolean is_no_correspondence(const char *name)
{
    static const char *const words[] = {"drafts",           "trash",           "junk",      "spam",       "bulk mail",
                                        "templates",        "junk e-mail",     "bin",       "junk email", "deleted items",
                                        "deleted messages", "unsent messages", "junk mail", NULL};
    g_autofree char *folder = g_ascii_strdown(name, -1);
    for (guint i = 0; words[i] != NULL; i++) {
        gsize length = strlen(words[i]);
        const char *found = g_strrstr(folder, words[i]);
        if (found == NULL || (found > folder && found[-1] != '.'))
            continue;
        const char *rest = found + length;
        if (*rest == '\0' || strcmp(rest, ".mbox") == 0 || strcmp(rest, ".mbx") == 0 || strcmp(rest, ".sbd") == 0)
            return TRUE;
    }
    return FALSE;
}

static gboolean is_left_out(ImportIndex *index, const char *path, const char *name)
{
    if (!is_no_correspondence(name))
        return FALSE;
    import_index_remark(index->notes, path, "is left out for its name: give its own path to have it read");
    return TRUE;
}

static gboolean is_own_intake(const ImportIndex *index, const char *path)
{
    g_autofree char *real = realpath(path, NULL);
    for (guint i = 0; index->options.own_intake != NULL && i < index->options.own_intake->len; i++) {
        g_autofree char *own = realpath(g_ptr_array_index(index->options.own_intake, i), NULL);
        if (own != NULL && g_strcmp0(real, own) == 0)
            return TRUE;
    }
    return FALSE;
}

static void add_mails(ImportIndex *index, const char *maildir, const char *part)
{
    g_autofree char *path = g_build_filename(maildir, part, NULL);
    g_autoptr(GPtrArray) names = list_names(index, path);
    for (guint i = 0; names != NULL && i < names->len && !index->is_stopped; i++) {
        const char *name = g_ptr_array_index(names, i);
        if (*name != '.')
            add_file(index, path, name, TRUE, FALSE);
    }
}

static void add_directory(ImportIndex *index, const char *path, guint depth);

/* Its folders; what else lies on top of a Maildir are the mail server's own files. */
static void add_subfolders(ImportIndex *index, const char *path, guint depth)
{
    static const char *const own[] = {"cur", "new", "tmp", NULL};
    g_autoptr(GPtrArray) names = list_names(index, path);
    for (guint i = 0; names != NULL && i < names->len && !index->is_stopped; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *folder = g_build_filename(path, name, NULL);
        if (g_strv_contains(own, name) || !is_maildir(folder))
            continue;
        if (g_file_test(folder, G_FILE_TEST_IS_SYMLINK))
            add_fault(index, folder, "is a symbolic link: give the path it leads to");
        else if (!is_left_out(index, folder, name))
            add_directory(index, folder, depth + 1);
    }
}

static void add_maildir(ImportIndex *index, const char *path, guint depth)
{
    add_mails(index, path, "cur");
    if (is_own_intake(index, path)) {
        g_autofree char *new = g_build_filename(path, "new", NULL);
        import_index_remark(index->notes, new,
                            "is left to the daemon: usher.yaml names this Maildir, and what is new in it has to be answered");
    } else {
        add_mails(index, path, "new");
    }
    add_subfolders(index, path, depth);
}

/* Files that mail programs keep beside their mail. */
static gboolean is_companion(const char *name)
{
    return *name == '.' || g_str_has_suffix(name, ".msf") || g_str_has_prefix(name, "dovecot");
}

static void add_entry(ImportIndex *index, const char *directory, const char *name, guint depth)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    struct stat state;
    if (is_companion(name) || is_left_out(index, path, name))
        return;
    if (lstat(path, &state) == 0 && S_ISDIR(state.st_mode))
        add_directory(index, path, depth + 1);
    else
        add_file(index, directory, name, FALSE, FALSE);
}

static void add_directory(ImportIndex *index, const char *path, guint depth)
{
    if (depth > MAX_DEPTH) {
        add_fault(index, path, "lies too deep: give its own path");
        return;
    }
    if (is_maildir(path)) {
        add_maildir(index, path, depth);
        return;
    }
    g_autoptr(GPtrArray) names = list_names(index, path);
    for (guint i = 0; names != NULL && i < names->len && !index->is_stopped; i++)
        add_entry(index, path, g_ptr_array_index(names, i), depth);
}

void import_index_add(ImportIndex *index, const char *path)
{
    struct stat state;
    if (stat(path, &state) != 0) {
        add_fault(index, path, g_strerror(errno));
        return;
    }
    if (S_ISDIR(state.st_mode)) {
        add_directory(index, path, 0);
        return;
    }
    g_autofree char *directory = g_path_get_dirname(path), *name = g_path_get_basename(path);
    add_file(index, directory, name, FALSE, TRUE);
}

/* ---- order ---- */

static int compare_items(gconstpointer a, gconstpointer b)
{
    const ImportItem *first = a, *second = b;
    if (first->came != second->came)
        return first->came < second->came ? -1 : 1;
    if (first->source != second->source)
        return first->source < second->source ? -1 : 1;
    return first->offset < second->offset ? -1 : first->offset > second->offset;
}

void import_index_sort(ImportIndex *index)
{
    g_array_sort(index->items, compare_items);
}
