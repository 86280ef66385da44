/*
 * command/init.c - usher init DIR: a starter instance that passes check
 *
 * Writes usher.yaml with every key explained, and the folders a new instance needs. Nothing that is there is overwritten. The rules and templates that ship are used from
 * where they are installed; the firm puts its own beside usher.yaml, file by file.
 */
#include "rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "usher/base/token.h"

static int fail_to_write(const char *path)
{
    fprintf(stderr, "usher: \"%s\" cannot be written: %s\n", path, g_strerror(errno));
    return EX_CANTCREAT;
}

static int make_directories(const char *directory)
{
    static const char *const names[] = {"rules/channels", "templates",    "intake/new",   "intake/cur",
                                        "intake/tmp",     "outgoing/new", "outgoing/cur", "outgoing/tmp"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(directory, names[i], NULL);
        if (g_mkdir_with_parents(path, 0750) != 0) {
            return fail_to_write(path);
        }
    }
    return 0;
}

static int write_starter(const Instance *instance, const char *path)
{
    g_autofree char *starter = instance->shared ? g_build_filename(instance->shared, "rules", "starter", "usher.yaml", NULL) : NULL;
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    if (!starter || !g_file_get_contents(starter, &text, NULL, &error)) {
        fprintf(stderr, "usher: the starter that ships cannot be read: %s\n",
                error ? error->message : "rules/ was not found near the program");
        return EX_UNAVAILABLE;
    }
    if (!g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0640, &error)) {
        fprintf(stderr, "usher: %s\n", error->message);
        return EX_CANTCREAT;
    }
    return 0;
}

int command_init(Instance *instance, int argc, char **argv)
{
    instance_read_options(command_find("init"), argc, &argv, NULL, 1, 1);
    const char *directory = argv[1];
    g_autofree char *path = g_build_filename(directory, "usher.yaml", NULL);
    if (access(path, F_OK) == 0) {
        fprintf(stderr, "usher: \"%s\" is there already and stays as it is; take it away first, or name another directory\n", path);
        return EX_CANTCREAT;
    }
    int status = make_directories(directory);
    status = status ? status : write_starter(instance, path);
    if (status) {
        return status;
    }
    printf("Made an instance in %s. Next:\n"
           "  1. Write your firm, people and addresses into %s (every key is explained there).\n"
           "  2. usher -C %s check\n"
           "  3. usher -C %s explain < some-enquiry.eml\n"
           "  4. usher -C %s run\n",
           directory, path, directory, directory, directory);
    return 0;
}
