/*
 * model/arrival.c - how a mail came to us
 */
#include "usher/model/arrival.h"

Arrival *arrival_new(const char *door, UsherTime received)
{
    Arrival *arrival = g_new0(Arrival, 1);
    arrival->door = g_strdup(door);
    arrival->received = received;
    arrival->envelope_to = g_ptr_array_new_with_free_func(g_free);
    return arrival;
}

gboolean arrival_is_history(const Arrival *arrival)
{
    return g_strcmp0(arrival->door, DOOR_IMPORT) == 0;
}

UsherTime arrival_find_moment(const Arrival *arrival, UsherTime now)
{
    return arrival_is_history(arrival) ? MIN(arrival->received, now) : now;
}

Arrival *arrival_dup(const Arrival *arrival)
{
    Arrival *copy = arrival_new(arrival->door, arrival->received);
    copy->id = arrival->id;
    copy->digest = g_strdup(arrival->digest);
    copy->envelope_from = g_strdup(arrival->envelope_from);
    for (guint i = 0; i < arrival->envelope_to->len; i++)
        g_ptr_array_add(copy->envelope_to, g_strdup(g_ptr_array_index(arrival->envelope_to, i)));
    copy->size_bytes = arrival->size_bytes;
    copy->attempts = arrival->attempts;
    return copy;
}

void arrival_free(Arrival *arrival)
{
    if (!arrival)
        return;
    g_free(arrival->digest);
    g_free(arrival->door);
    g_free(arrival->envelope_from);
    g_ptr_array_unref(arrival->envelope_to);
    g_free(arrival);
}
