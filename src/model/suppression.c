/*
 * model/suppression.c - who asked to be left alone, and by what
 */
#include "usher/model/suppression.h"

#include <string.h>

#include "words.h"

static const char *const scope_words[] = {
    [SCOPE_SEQUENCE] = "sequence",
    [SCOPE_MARKETING] = "marketing",
    [SCOPE_ALL] = "all",
};
G_STATIC_ASSERT(G_N_ELEMENTS(scope_words) == SCOPE_COUNT);

const char *scope_get_name(SuppressionScope scope)
{
    g_return_val_if_fail(scope < SCOPE_COUNT, "");
    return scope_words[scope];
}

gboolean scope_find(const char *name, SuppressionScope *scope)
{
    int found = words_find(scope_words, SCOPE_COUNT, name);
    if (found >= 0)
        *scope = (SuppressionScope)found;
    return found >= 0;
}

Suppression *suppression_new(const char *address, SuppressionScope scope, const char *cadence, const char *why, UsherTime at)
{
    Suppression *suppression = g_new0(Suppression, 1);
    suppression->address = g_strdup(address);
    suppression->scope = scope;
    suppression->cadence = g_strdup(scope == SCOPE_SEQUENCE && cadence != NULL ? cadence : "");
    suppression->why = g_strdup(why != NULL ? why : "");
    suppression->at = at;
    return suppression;
}

void suppression_free(Suppression *suppression)
{
    if (suppression == NULL)
        return;
    g_free(suppression->address);
    g_free(suppression->cadence);
    g_free(suppression->why);
    g_free(suppression);
}

char *suppression_describe(const Suppression *suppression)
{
    switch (suppression->scope) {
    case SCOPE_SEQUENCE:
        return g_strdup_printf("the sequence %s", suppression->cadence);
    case SCOPE_MARKETING:
        return g_strdup("all marketing");
    default:
        return g_strdup("everything automatic");
    }
}

gboolean suppression_covers(const Suppression *suppression, gboolean is_marketing, const char *cadence, UsherTime lead_created)
{
    switch (suppression->scope) {
    case SCOPE_SEQUENCE:
        return g_strcmp0(suppression->cadence, cadence) == 0;
    case SCOPE_MARKETING:
        return is_marketing;
    default:
        return is_marketing || suppression->at >= lead_created;
    }
}

const Suppression *suppression_find(const GPtrArray *suppressions, const char *address, gboolean is_marketing, const char *cadence,
                                    UsherTime lead_created)
{
    for (guint i = 0; i < suppressions->len; i++) {
        const Suppression *suppression = g_ptr_array_index(suppressions, i);
        if (strcmp(suppression->address, address) == 0 && suppression_covers(suppression, is_marketing, cadence, lead_created))
            return suppression;
    }
    return NULL;
}

void leave_mark_free(LeaveMark *mark)
{
    if (mark == NULL)
        return;
    g_free(mark->address);
    g_free(mark->cadence);
    g_free(mark->purpose);
    g_free(mark);
}
