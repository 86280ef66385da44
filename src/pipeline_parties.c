/*
 * pipeline_parties.c - the firm's clients and conflicts: what a lead says that they may be found by, and what of it goes into a decision
 *
 * Everybody a mail names may be a party to be careful of: the prospect, whoever introduced them, the other side of their matter. A client of ours is only
 * the prospect.
 */
#include "pipeline_parties.h"

#include <string.h>

#include "usher/base/domain.h"
#include "usher/base/text.h"

#define MAX_ASKS 40

/* The fields that name people and companies. */
static const struct {
    const char *field;
    PartyHow how;
    gboolean is_other;
} asked_fields[] = {
    {"email", PARTY_BY_ADDRESS, FALSE},         {"company", PARTY_BY_NAME, FALSE},      {"name", PARTY_BY_NAME, FALSE},
    {"referrer_email", PARTY_BY_ADDRESS, TRUE}, {"referrer_name", PARTY_BY_NAME, TRUE}, {"other_party", PARTY_BY_NAME, TRUE},
};

static gboolean has_ask(const GPtrArray *asks, PartyHow how, const char *text)
{
    for (guint i = 0; i < asks->len; i++) {
        const PartyAsk *ask = g_ptr_array_index(asks, i);
        if (ask->how == how && strcmp(ask->text, text) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

static void add_ask(GPtrArray *asks, PartyHow how, const char *what, const char *text, gboolean is_other)
{
    if (*text && asks->len < MAX_ASKS && !has_ask(asks, how, text)) {
        PartyAsk *ask = party_ask_new(how, what, text);
        ask->is_other = is_other;
        g_ptr_array_add(asks, ask);
    }
}

/* The domain, and those above it down to the one that was registered. */
static void ask_domains(GPtrArray *asks, const char *what, const char *domain, gboolean is_other)
{
    g_autofree char *registrable = domain_get_registrable(domain);
    for (const char *at = domain; at && domain_is_within(at, registrable); at = strchr(at, '.')) {
        at += *at == '.';
        add_ask(asks, PARTY_BY_DOMAIN, what, at, is_other);
    }
}

void parties_ask_address(GPtrArray *asks, const char *what, const char *address, gboolean is_other, const Rulebook *rulebook)
{
    if (!address || !text_is_address(address) || settings_is_own_address(rulebook->settings, address)) {
        return;
    }
    g_autofree char *folded = text_fold_address(address);
    g_autofree char *domain = text_address_domain(folded);
    add_ask(asks, PARTY_BY_ADDRESS, what, folded, is_other);
    if (domain && !rulebook_is_free_mail(rulebook, domain)) {
        ask_domains(asks, what, domain, is_other);
    }
}

void parties_ask_fields(GPtrArray *asks, const GPtrArray *fields, const Rulebook *rulebook)
{
    for (guint i = 0; i < G_N_ELEMENTS(asked_fields); i++) {
        const char *value = field_find_value(fields, asked_fields[i].field);
        if (value && asked_fields[i].how == PARTY_BY_ADDRESS) {
            parties_ask_address(asks, asked_fields[i].field, value, asked_fields[i].is_other, rulebook);
        } else if (value) {
            add_ask(asks, PARTY_BY_NAME, asked_fields[i].field, value, asked_fields[i].is_other);
        }
    }
}

GPtrArray *pipeline_get_lead_asks(const Lead *lead, const Rulebook *rulebook)
{
    GPtrArray *asks = g_ptr_array_new_with_free_func((GDestroyNotify)party_ask_free);
    parties_ask_fields(asks, lead->fields, rulebook);
    return asks;
}

static void copy_matches(GPtrArray *into, const GPtrArray *matches)
{
    g_ptr_array_set_size(into, 0);
    for (guint i = 0; i < matches->len; i++) {
        g_ptr_array_add(into, party_match_dup(g_ptr_array_index(matches, i)));
    }
}

static void tell_client(Decision *decision, const Settings *settings)
{
    const PartyMatch *client = decision_find_client(decision);
    if (!client) {
        return;
    }
    const Person *owner = settings_find_person(settings, client->party->owner);
    g_autofree char *because = party_match_describe(client);
    decision_add_event(decision, "usher", "client", "%s%s%s: %s", client->party->name, owner ? ", looked after by " : "",
                       owner ? owner->id : "", because);
}

static void tell_conflicts(Decision *decision)
{
    for (guint i = 0; i < decision->conflicts->len; i++) {
        const PartyMatch *match = g_ptr_array_index(decision->conflicts, i);
        g_autofree char *because = party_match_describe(match);
        const char *matter = match->party->matter;
        decision_add_event(decision, "usher", "conflict", "%s%s%s%s: %s", match->party->name, *matter ? " (" : "", matter,
                           *matter ? ")" : "", because);
    }
}

/* Who has a lead that is held for a conflict is held in every other matter, too. */
static void add_held(Decision *decision, const Past *past)
{
    for (guint i = 0; i < past->matches->len; i++) {
        const LeadMatch *match = g_ptr_array_index(past->matches, i);
        if (match->how != MATCH_PERSON || match->lead->id == decision->lead ||
            g_strcmp0(match->lead->exception, "conflict-check") != 0) {
            continue;
        }
        PartyMatch *held = g_new0(PartyMatch, 1);
        g_autofree char *name = g_strdup_printf("lead %" G_GINT64_FORMAT ", which is held", match->lead->id);
        held->party = party_new(PARTY_CONFLICT, name);
        held->how = PARTY_BY_ADDRESS;
        held->what = g_strdup("email");
        held->said = g_strdup(match->evidence);
        held->matched = g_strdup(match->evidence);
        g_ptr_array_add(decision->conflicts, held);
    }
}

void parties_take(Decision *decision, const Past *past, const Rulebook *rulebook)
{
    copy_matches(decision->clients, past->clients);
    copy_matches(decision->conflicts, past->conflicts);
    add_held(decision, past);
    tell_client(decision, rulebook->settings);
    if (!decision_is_cleared(decision, "conflict-check")) {
        tell_conflicts(decision);
    }
}
