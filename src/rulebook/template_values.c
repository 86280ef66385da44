/*
 * rulebook/template_values.c - the tree of names and values that a template is rendered with
 *
 * A list stays a list: a plain value of the same name that comes later is passed over. Under a name that ends in _url
 * nothing is kept that would do more than open a page, a mail or a call.
 */
#include "template_values.h"

#include <string.h>

#define MOST_LOOKED_THROUGH 8

/* The items of a list have two or three names each, and a mail has dozens of items: only many names are worth a table. */
struct TemplateValues {
    GPtrArray *all;      /* TemplateValue */
    GHashTable *by_name; /* name -> TemplateValue, borrowed; NULL while there are few */
};

static void template_value_free(gpointer data)
{
    TemplateValue *value = data;

    g_free(value->text);
    if (value->items != NULL)
        g_ptr_array_unref(value->items);
    g_free(value);
}

TemplateValues *template_values_new(void)
{
    TemplateValues *values = g_new0(TemplateValues, 1);

    values->all = g_ptr_array_new_with_free_func(template_value_free);
    return values;
}

void template_values_free(TemplateValues *values)
{
    if (values == NULL)
        return;
    if (values->by_name != NULL)
        g_hash_table_unref(values->by_name);
    g_ptr_array_unref(values->all);
    g_free(values);
}

static void free_item(gpointer data)
{
    template_values_free(data);
}

static TemplateValue *find_value(const TemplateValues *values, const char *name)
{
    if (values->by_name != NULL)
        return g_hash_table_lookup(values->by_name, name);
    for (guint i = 0; i < values->all->len; i++) {
        TemplateValue *value = values->all->pdata[i];

        if (strcmp(value->name, name) == 0)
            return value;
    }
    return NULL;
}

const TemplateValue *template_values_find(const TemplateValues *values, const char *name)
{
    return find_value(values, name);
}

static void make_table(TemplateValues *values)
{
    values->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < values->all->len; i++) {
        TemplateValue *value = values->all->pdata[i];

        g_hash_table_insert(values->by_name, value->name, value);
    }
}

static TemplateValue *add_value(TemplateValues *values, const char *name)
{
    gsize size = strlen(name) + 1;
    TemplateValue *value = g_malloc0(sizeof *value + size);

    memcpy(value->name, name, size);
    g_ptr_array_add(values->all, value);
    if (values->by_name != NULL)
        g_hash_table_insert(values->by_name, value->name, value);
    else if (values->all->len > MOST_LOOKED_THROUGH)
        make_table(values);
    return value;
}

/* The empty value under that name; NULL when a list is there. */
static TemplateValue *reset_value(TemplateValues *values, const char *name)
{
    TemplateValue *value = find_value(values, name);

    if (value == NULL)
        value = add_value(values, name);
    if (value->items != NULL)
        return NULL;
    g_clear_pointer(&value->text, g_free);
    value->is_true = FALSE;
    return value;
}

static gboolean is_safe_url(const char *url)
{
    return g_str_has_prefix(url, "https://") || g_str_has_prefix(url, "http://") || g_str_has_prefix(url, "mailto:") ||
           g_str_has_prefix(url, "tel:");
}

void template_values_put(TemplateValues *values, const char *name, const char *text)
{
    TemplateValue *value = reset_value(values, name);

    if (value == NULL || text == NULL || *text == '\0')
        return;
    if (g_str_has_suffix(name, "_url") && !is_safe_url(text))
        return;
    value->text = g_strdup(text);
    value->is_true = TRUE;
}

void template_values_put_flag(TemplateValues *values, const char *name, gboolean is_true)
{
    TemplateValue *value = reset_value(values, name);

    if (value != NULL)
        value->is_true = is_true;
}

TemplateValues *template_values_add_item(TemplateValues *values, const char *name)
{
    TemplateValue *value = reset_value(values, name);
    TemplateValues *item = template_values_new();

    if (value == NULL)
        value = find_value(values, name);
    if (value->items == NULL)
        value->items = g_ptr_array_new_with_free_func(free_item);
    value->is_true = TRUE;
    g_ptr_array_add(value->items, item);
    return item;
}
