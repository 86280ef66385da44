/*
 * model/party.c - who the firm knows already
 */
#include "usher/model/party.h"

static PartnerTerms *terms_new(void)
{
    PartnerTerms *terms = g_new0(PartnerTerms, 1);
    terms->contact = g_strdup("");
    terms->phone = g_strdup("");
    terms->services = g_ptr_array_new_with_free_func(g_free);
    terms->areas = g_ptr_array_new_with_free_func(g_free);
    terms->reciprocity = g_strdup("");
    terms->share = g_strdup("");
    return terms;
}

static void terms_free(PartnerTerms *terms)
{
    if (!terms) {
        return;
    }
    g_free(terms->contact);
    g_free(terms->phone);
    g_ptr_array_unref(terms->services);
    g_ptr_array_unref(terms->areas);
    g_free(terms->reciprocity);
    g_free(terms->share);
    g_free(terms);
}

Party *party_new(PartyList list, const char *name)
{
    Party *party = g_new0(Party, 1);
    party->list = list;
    party->name = g_strdup(name);
    party->names = g_ptr_array_new_with_free_func(g_free);
    party->addresses = g_ptr_array_new_with_free_func(g_free);
    party->domains = g_ptr_array_new_with_free_func(g_free);
    party->owner = g_strdup("");
    party->matter = g_strdup("");
    party->note = g_strdup("");
    party->terms = list == PARTY_PARTNER ? terms_new() : NULL;
    return party;
}

void party_free(Party *party)
{
    if (!party) {
        return;
    }
    g_free(party->name);
    g_ptr_array_unref(party->names);
    g_ptr_array_unref(party->addresses);
    g_ptr_array_unref(party->domains);
    g_free(party->owner);
    g_free(party->matter);
    g_free(party->note);
    terms_free(party->terms);
    g_free(party);
}

const char *party_how_get_name(PartyHow how)
{
    static const char *const names[] = {
        [PARTY_BY_ADDRESS] = "address", [PARTY_BY_DOMAIN] = "domain", [PARTY_BY_NAME] = "name", [PARTY_BY_NEAR_NAME] = "near name"};
    return names[how];
}

PartyAsk *party_ask_new(PartyHow how, const char *what, const char *text)
{
    PartyAsk *ask = g_new0(PartyAsk, 1);
    ask->how = how;
    ask->what = g_strdup(what);
    ask->text = g_strdup(text);
    return ask;
}

void party_ask_free(PartyAsk *ask)
{
    g_free(ask->what);
    g_free(ask->text);
    g_free(ask);
}

/* With the party's own words, and not with all that it is known by. */
PartyMatch *party_match_dup(const PartyMatch *match)
{
    PartyMatch *copy = g_new0(PartyMatch, 1);
    copy->party = party_new(match->party->list, match->party->name);
    copy->party->id = match->party->id;
    g_free(copy->party->owner);
    g_free(copy->party->matter);
    g_free(copy->party->note);
    copy->party->owner = g_strdup(match->party->owner);
    copy->party->matter = g_strdup(match->party->matter);
    copy->party->note = g_strdup(match->party->note);
    copy->how = match->how;
    copy->what = g_strdup(match->what);
    copy->said = g_strdup(match->said);
    copy->matched = g_strdup(match->matched);
    copy->why = g_strdup(match->why);
    return copy;
}

void party_match_free(PartyMatch *match)
{
    party_free(match->party);
    g_free(match->what);
    g_free(match->said);
    g_free(match->matched);
    g_free(match->why);
    g_free(match);
}

char *party_match_describe(const PartyMatch *match)
{
    switch (match->how) {
    case PARTY_BY_ADDRESS:
        return g_strdup_printf("%s is theirs", match->said);
    case PARTY_BY_DOMAIN:
        return g_strdup_printf("%s is their domain", match->matched);
    case PARTY_BY_NAME:
        return g_strdup_printf("\"%s\" is \"%s\"", match->said, match->matched);
    case PARTY_BY_NEAR_NAME:
        break;
    }
    return g_strdup_printf("\"%s\" is close to \"%s\": %s", match->said, match->matched, match->why);
}
