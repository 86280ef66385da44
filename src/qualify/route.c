/*
 * qualify/route.c - the first route whose condition holds, and what to do first
 *
 * Takes a judged Decision with its row in place; sets route, exception, status, action and cadence. Where no route holds, nothing is
 * guessed: the lead is the exception "undecided", the holder of the fallback duty gets it, and the history says so.
 */
#include "usher/qualify.h"

#include <string.h>

/* What becomes of a lead that no route takes. */
static const RouteRule undecided = {
    .name = (char *)"exception",
    .exception = (char *)"undecided",
    .status = STATUS_EXCEPTION,
    .owner = (char *)"fallback",
    .action = (char *)"No route of rules/routes.yaml took this lead: decide by hand, and add a last route without a condition.",
    .place = (char *)"no route",
};

static const RouteRule *find_route(const Decision *decision, const Rulebook *rulebook)
{
    for (guint i = 0; i < rulebook->routes->len; i++) {
        const RouteRule *route = g_ptr_array_index(rulebook->routes, i);
        if (!decision_is_cleared(decision, route->exception) && condition_rule_holds(&route->when)) {
            return route;
        }
    }
    return NULL;
}

static char *explain_route(const RouteRule *route)
{
    if (!route->when.condition) {
        return g_strdup(route->place);
    }
    g_autofree char *values = condition_explain(route->when.condition);
    return g_strdup_printf("%s: %s", route->place, values);
}

/* What goes before the route's own action, and that. */
static char *find_action(const Rulebook *rulebook, const RouteRule *route)
{
    const char *own = route->action ? route->action : "";
    for (guint i = 0; i < rulebook->actions->len; i++) {
        const ActionRule *rule = g_ptr_array_index(rulebook->actions, i);
        if (condition_rule_holds(&rule->when)) {
            return g_strdup_printf("%s%s%s", rule->text, *own ? " " : "", own);
        }
    }
    return g_strdup(own);
}

static void replace(char **place, char *take_value)
{
    g_free(*place);
    *place = take_value;
}

void qualify_take_route(Decision *decision, const RouteRule *route, char *take_because, const Rulebook *rulebook)
{
    replace(&decision->route, g_strdup(route->name));
    replace(&decision->route_because, take_because);
    replace(&decision->exception, g_strdup(route->exception));
    decision->status = route->status;
    condition_set_put(rulebook->conditions, "route", decision->route);
    condition_set_put(rulebook->conditions, "exception", decision->exception);
    condition_set_put(rulebook->conditions, "status", status_get_name(decision->status));
    replace(&decision->action, find_action(rulebook, route));
}

const RouteRule *qualify_find_route(Decision *decision, const Rulebook *rulebook)
{
    const RouteRule *route = find_route(decision, rulebook);
    if (!route) {
        route = &undecided;
        decision_add_event(decision, "usher", "undecided", "no route of the rules takes this lead; it goes to the fallback owner");
    }
    qualify_take_route(decision, route, explain_route(route), rulebook);
    return route;
}
