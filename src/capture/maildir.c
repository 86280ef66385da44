/*
 * capture/maildir.c - the door that is a directory
 *
 * Takes the path of a Maildir; each read captures what lies in its `new`, oldest name first, and moves what is committed to `cur`
 * with the suffix ":2,". It creates nothing and deletes nothing. inotify only says that it is worth looking: the directory is
 * what counts, so a lost, doubled or overflowing event does no harm.
 *
 * Between commit and move the process may die. Then the file is captured again, with the same digest: one message, two
 * deliveries.
 *
 * A file that only a person can put right (a symbolic link, no regular file, empty, unreadable, one that cannot be moved) is told
 * once and left where it is; when it has been put right, a later read takes it. A failure that passes (a full disk, a locked
 * database) leaves the file for the next read; after MAX_FAILURES of them the read ends, for the rest would fail alike.
 */
#include "usher/capture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "usher/base/error.h"

#define MAX_FAILURES 3
#define MAX_AT_ONCE 500 /* then whoever reads looks around, whether it is time to end */
#define READ_BYTES 65536

/* What has to be remembered of a file that stays in `new`. */
typedef enum {
    FILE_FRESH,
    FILE_LEFT,     /* told; for a person to look at */
    FILE_CAPTURED, /* told; captured, but it could not be moved */
} FileState;

/* What became of one file. */
typedef enum { OUTCOME_CAPTURED, OUTCOME_PASSED, OUTCOME_FAILED } Outcome;

struct MaildirWatcher {
    char *path;
    char *spool_directory;
    gint64 max_bytes;
    const CaptureSink *sink;
    int inotify;
    int new_directory;
    int cur_directory;
    gboolean is_lost;   /* told that the directories cannot be read */
    GHashTable *states; /* name -> FileState, of those that are not fresh */
};

/* ---- open, close ---- */

static void close_descriptor(int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
    *descriptor = -1;
}

static int open_directory(const char *path, GError **error)
{
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0 && faccessat(descriptor, ".", R_OK | W_OK | X_OK, AT_EACCESS) == 0)
        return descriptor;
    g_set_error(error, USHER_ERROR, USHER_ERROR_CONFIG,
                "cannot use \"%s\" as part of a Maildir: %s; it must be a directory that Usher may read and write", path,
                g_strerror(errno));
    close_descriptor(&descriptor);
    return -1;
}

static gboolean watch(const MaildirWatcher *watcher, const char *directory, GError **error)
{
    if (inotify_add_watch(watcher->inotify, directory, IN_MOVED_TO | IN_CREATE | IN_CLOSE_WRITE | IN_ATTRIB | IN_ONLYDIR) >= 0)
        return TRUE;
    g_set_error(error, USHER_ERROR, USHER_ERROR_CONFIG, "cannot watch \"%s\": %s; see fs.inotify.max_user_watches", directory,
                g_strerror(errno));
    return FALSE;
}

/* Opens the directories by their names, each time anew: somebody may have put others in their place. */
static gboolean open_directories(MaildirWatcher *watcher, GError **error)
{
    g_autofree char *new_path = g_build_filename(watcher->path, "new", NULL);
    g_autofree char *cur_path = g_build_filename(watcher->path, "cur", NULL);
    close_descriptor(&watcher->new_directory);
    close_descriptor(&watcher->cur_directory);
    watcher->new_directory = open_directory(new_path, error);
    if (watcher->new_directory < 0)
        return FALSE;
    watcher->cur_directory = open_directory(cur_path, error);
    return watcher->cur_directory >= 0 && watch(watcher, new_path, error);
}

MaildirWatcher *maildir_watcher_new(const char *path, const Settings *settings, const CaptureSink *sink, GError **error)
{
    MaildirWatcher *watcher = g_new0(MaildirWatcher, 1);
    watcher->path = g_strdup(path);
    watcher->spool_directory = g_path_get_dirname(settings->store);
    watcher->max_bytes = settings->max_message_bytes;
    watcher->sink = sink;
    watcher->new_directory = watcher->cur_directory = -1;
    watcher->states = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    watcher->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (watcher->inotify < 0)
        g_set_error(error, USHER_ERROR, USHER_ERROR_CONFIG, "cannot watch \"%s\": %s; see fs.inotify.max_user_instances", path,
                    g_strerror(errno));
    else if (open_directories(watcher, error))
        return watcher;
    maildir_watcher_free(watcher);
    return NULL;
}

void maildir_watcher_free(MaildirWatcher *watcher)
{
    if (watcher == NULL)
        return;
    close_descriptor(&watcher->inotify);
    close_descriptor(&watcher->new_directory);
    close_descriptor(&watcher->cur_directory);
    g_hash_table_unref(watcher->states);
    g_free(watcher->path);
    g_free(watcher->spool_directory);
    g_free(watcher);
}

int maildir_watcher_get_fd(const MaildirWatcher *watcher)
{
    return watcher->inotify;
}

/* ---- one file ---- */

static FileState get_state(const MaildirWatcher *watcher, const char *name)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(watcher->states, name));
}

/* Leaves the file to a person, and says so the one time. */
static Outcome leave(MaildirWatcher *watcher, const char *name, FileState state, const char *why)
{
    if (get_state(watcher, name) != state)
        g_warning("maildir: \"%s/new/%s\" %s; it is left there", watcher->path, name, why);
    g_hash_table_insert(watcher->states, g_strdup(name), GUINT_TO_POINTER(state));
    return OUTCOME_PASSED;
}

/* Not every file system (NFS is one) can refuse to replace; there a second name does. */
static gboolean rename_to_cur(const MaildirWatcher *watcher, const char *name, const char *target)
{
    if (renameat2(watcher->new_directory, name, watcher->cur_directory, target, RENAME_NOREPLACE) == 0)
        return TRUE;
    return (errno == EINVAL || errno == ENOSYS) && linkat(watcher->new_directory, name, watcher->cur_directory, target, 0) == 0 &&
           unlinkat(watcher->new_directory, name, 0) == 0;
}

/* Moves a captured file to `cur`. It never takes the place of another. */
static Outcome move_to_cur(MaildirWatcher *watcher, const char *name)
{
    g_autofree char *target = strstr(name, ":2,") != NULL ? g_strdup(name) : g_strconcat(name, ":2,", NULL);
    if (rename_to_cur(watcher, name, target) || errno == ENOENT) {
        g_hash_table_remove(watcher->states, name);
        return OUTCOME_PASSED;
    }
    g_autofree char *why = g_strdup_printf("was captured, but cannot be moved to \"cur\": %s", g_strerror(errno));
    return leave(watcher, name, FILE_CAPTURED, why);
}

/* FALSE with an error: USHER_ERROR_INPUT when the file cannot be read, USHER_ERROR_RETRY when it cannot be kept. */
static gboolean read_file(int file, CapturedMail *mail, GError **error)
{
    g_autofree char *buffer = g_malloc(READ_BYTES);
    for (;;) {
        gssize got = read(file, buffer, READ_BYTES);
        if (got == 0)
            break;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "cannot be read: %s", g_strerror(errno));
            return FALSE;
        }
        if (!captured_mail_append(mail, buffer, (gsize)got, error))
            return FALSE;
    }
    captured_mail_finish(mail);
    captured_mail_read_envelope(mail);
    return TRUE;
}

static Outcome capture_file(MaildirWatcher *watcher, const char *name, int file)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CapturedMail) mail = captured_mail_new("maildir", watcher->spool_directory, watcher->max_bytes);
    const CaptureSink *sink = watcher->sink;
    gint64 id;
    gboolean is_read = read_file(file, mail, &error);
    if (!is_read && g_error_matches(error, USHER_ERROR, USHER_ERROR_INPUT))
        return leave(watcher, name, FILE_LEFT, error->message);
    gboolean is_own = is_read && captured_mail_is_own(mail, sink->secret);
    if (is_read && (is_own || sink->store(mail, sink->now(sink->data), &id, sink->data, &error))) {
        move_to_cur(watcher, name);
        return is_own ? OUTCOME_PASSED : OUTCOME_CAPTURED;
    }
    g_warning("maildir: \"%s/new/%s\" was not taken and will be tried again: %s", watcher->path, name, error->message);
    return OUTCOME_FAILED;
}

/* NULL when it is a mail that can be read, else what is wrong with it. */
static const char *find_fault(int file)
{
    struct stat state;
    if (file < 0)
        return errno == ELOOP ? "is a symbolic link" : g_strerror(errno);
    if (fstat(file, &state) != 0)
        return g_strerror(errno);
    if (!S_ISREG(state.st_mode))
        return "is no regular file";
    return state.st_size == 0 ? "is empty" : NULL;
}

static Outcome take_file(MaildirWatcher *watcher, const char *name)
{
    if (get_state(watcher, name) == FILE_CAPTURED)
        return move_to_cur(watcher, name);
    /* O_NONBLOCK: a pipe in the directory must not stop us. */
    int file = openat(watcher->new_directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (file < 0 && errno == ENOENT)
        return OUTCOME_PASSED;
    const char *fault = find_fault(file);
    Outcome outcome = fault != NULL ? leave(watcher, name, FILE_LEFT, fault) : capture_file(watcher, name, file);
    close_descriptor(&file);
    return outcome;
}

/* ---- the directory ---- */

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in `new`, oldest first as Maildir names go. NULL with an error when it cannot be read. */
static GPtrArray *list_names(const MaildirWatcher *watcher, GError **error)
{
    int descriptor = openat(watcher->new_directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = descriptor < 0 ? NULL : fdopendir(descriptor);
    if (directory == NULL) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_RETRY, "cannot list \"%s/new\": %s", watcher->path, g_strerror(errno));
        close_descriptor(&descriptor);
        return NULL;
    }
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    for (const struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory))
        if (entry->d_name[0] != '.')
            g_ptr_array_add(names, g_strdup(entry->d_name));
    closedir(directory);
    g_ptr_array_sort(names, compare_names);
    return names;
}

/* The same, looking anew where the directories are. That it cannot be done is told once. */
static GPtrArray *find_names(MaildirWatcher *watcher)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *names = open_directories(watcher, &error) ? list_names(watcher, &error) : NULL;
    if (error != NULL && !watcher->is_lost)
        g_warning("maildir: %s", error->message);
    watcher->is_lost = names == NULL;
    return names;
}

static gboolean is_gone(gpointer name, gpointer state G_GNUC_UNUSED, gpointer names)
{
    return bsearch(&name, ((GPtrArray *)names)->pdata, ((GPtrArray *)names)->len, sizeof(gpointer), compare_names) == NULL;
}

/* What they say does not matter; an overflow says the same as any other. */
static void discard_events(int inotify)
{
    char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    while (read(inotify, buffer, sizeof buffer) > 0)
        continue;
}

guint maildir_watcher_read(MaildirWatcher *watcher)
{
    /* Events first: a mail that comes while the directory is read wakes us again. */
    discard_events(watcher->inotify);
    g_autoptr(GPtrArray) names = find_names(watcher);
    if (names == NULL)
        return 0;
    g_hash_table_foreach_remove(watcher->states, is_gone, names);
    guint captured = 0, failures = 0;
    for (guint i = 0; i < names->len && failures < MAX_FAILURES && captured < MAX_AT_ONCE; i++) {
        Outcome outcome = take_file(watcher, names->pdata[i]);
        captured += outcome == OUTCOME_CAPTURED;
        failures += outcome == OUTCOME_FAILED;
    }
    return captured;
}
