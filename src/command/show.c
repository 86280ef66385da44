/*
 * command/show.c - usher show: everything about one lead
 */
#include "rows.h"

#include <stdlib.h>
#include <sysexits.h>

int command_show(Instance *instance, int argc, char **argv)
{
    instance_read_options(command_find("show"), argc, &argv, NULL, 1, 1);
    gint64 lead = 0;
    if (!instance_read_lead(argv[1], &lead)) {
        return EX_USAGE;
    }
    if (!instance_open(instance)) {
        return EX_CONFIG;
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(LeadFile) file = record_read_lead(instance->record, lead, &error);
    if (!file) {
        return instance_fail(error);
    }
    if (instance->is_json) {
        json_print(json_from_lead_file(file));
    } else {
        print_lead_file(file, instance->rulebook, stdout);
    }
    return 0;
}
