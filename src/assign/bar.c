/*
 * assign/bar.c - whether somebody must not have the leads of a party
 *
 * Takes a person and what is known of the lead; compares each entry of the person's not_for with the lead's addresses, their domains and the names of the
 * prospect and the company, as the firm's other lists of parties are compared (base/party_name.h), but without near misses.
 */
#include "usher/assign.h"

#include <string.h>

#include "usher/base/domain.h"
#include "usher/base/party_name.h"
#include "usher/base/text.h"

static gboolean is_address_of(const char *entry, const char *address)
{
    if (!address) {
        return FALSE;
    }
    g_autofree char *folded = text_fold_address(entry);
    g_autofree char *domain = text_address_domain(address);
    return strcmp(folded, address) == 0 || (domain && domain_is_within(domain, entry));
}

static gboolean share_key(const GPtrArray *some, const GPtrArray *others)
{
    for (guint i = 0; i < some->len; i++) {
        const PartyKey *key = g_ptr_array_index(some, i);
        for (guint j = 0; key->kind == PARTY_KEY_EXACT && j < others->len; j++) {
            const PartyKey *other = g_ptr_array_index(others, j);
            if (other->kind == PARTY_KEY_EXACT && strcmp(key->text, other->text) == 0) {
                return TRUE;
            }
        }
    }
    return FALSE;
}

/* Any name that one text gives is any name that the other gives. */
static gboolean is_same_party(const char *entry, const char *said)
{
    g_autoptr(GPtrArray) some = party_names_read(entry);
    g_autoptr(GPtrArray) others = party_names_read(said);
    for (guint i = 0; i < some->len; i++) {
        g_autoptr(GPtrArray) keys = party_name_list_keys(g_ptr_array_index(some, i));
        for (guint j = 0; j < others->len; j++) {
            g_autoptr(GPtrArray) other_keys = party_name_list_keys(g_ptr_array_index(others, j));
            if (share_key(keys, other_keys)) {
                return TRUE;
            }
        }
    }
    return FALSE;
}

static gboolean is_about(const char *entry, const Decision *decision)
{
    const char *const fields[] = {"company", "name"};
    for (guint i = 0; i < G_N_ELEMENTS(fields); i++) {
        const char *said = field_find_value(decision->fields, fields[i]);
        if (said && is_same_party(entry, said)) {
            return TRUE;
        }
    }
    for (guint i = 0; i < decision->people->len; i++) {
        const Mailbox *mailbox = g_ptr_array_index(decision->people, i);
        if (is_address_of(entry, mailbox->address)) {
            return TRUE;
        }
    }
    return is_address_of(entry, field_find_value(decision->fields, "email"));
}

gboolean assign_is_barred(const Person *person, const Decision *decision, const char **which)
{
    for (guint i = 0; i < person->not_for->len; i++) {
        const char *entry = g_ptr_array_index(person->not_for, i);
        if (is_about(entry, decision)) {
            if (which) {
                *which = entry;
            }
            return TRUE;
        }
    }
    return FALSE;
}
