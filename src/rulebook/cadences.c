/*
 * rulebook/cadences.c - rules/cadences.yaml and rules/targets.yaml: what follows without anybody asking, and what we want to reach
 *
 * Takes the files; gives the sequences of follow-up steps with their templates, and the targets of the metrics.
 */
#include <math.h>
#include <string.h>

#include "read.h"
#include "reader.h"
#include "usher/base/token.h"

#define MAX_TARGET 1e9

static void cadence_step_free(CadenceStep *step)
{
    condition_rule_clear(&step->when);
    g_free(step->after_said);
    g_free(step->channel);
    g_free(step->template_name);
    g_free(step->guidance);
    g_free(step);
}

Cadence *cadence_new(const char *name, const char *version, gboolean is_marketing)
{
    Cadence *cadence = g_new0(Cadence, 1);
    cadence->name = g_strdup(name);
    cadence->version = g_strdup(version);
    cadence->is_marketing = is_marketing;
    cadence->steps = g_ptr_array_new_with_free_func((GDestroyNotify)cadence_step_free);
    return cadence;
}

void cadence_free(Cadence *cadence)
{
    if (cadence == NULL)
        return;
    g_ptr_array_unref(cadence->steps);
    g_clear_pointer(&cadence->templates, g_ptr_array_unref);
    g_free(cadence->name);
    g_free(cadence->version);
    g_free(cadence->place);
    g_free(cadence);
}

void enrol_rule_free(EnrolRule *rule)
{
    condition_rule_clear(&rule->when);
    g_free(rule->cadence);
    g_free(rule);
}

void target_free(Target *target)
{
    g_free(target->name);
    g_free(target);
}

const Cadence *rulebook_find_cadence(const Rulebook *rulebook, const char *name)
{
    for (guint i = 0; i < rulebook->cadences->len; i++) {
        const Cadence *cadence = g_ptr_array_index(rulebook->cadences, i);
        if (strcmp(cadence->name, name) == 0)
            return cadence;
    }
    return NULL;
}

/* ---- versions ---- */

const Cadence *rulebook_find_former(const Rulebook *rulebook, const char *name, const char *version)
{
    for (guint i = 0; i < rulebook->former->len; i++) {
        const Cadence *cadence = g_ptr_array_index(rulebook->former, i);
        if (strcmp(cadence->name, name) == 0 && strcmp(cadence->version, version) == 0)
            return cadence;
    }
    return NULL;
}

const Cadence *rulebook_find_version(const Rulebook *rulebook, const char *name, const char *version)
{
    const Cadence *present = rulebook_find_cadence(rulebook, name);
    return present != NULL && strcmp(present->version, version) == 0 ? present : rulebook_find_former(rulebook, name, version);
}

void rulebook_take_former(const Rulebook *rulebook, Cadence *take_cadence)
{
    g_ptr_array_add(rulebook->former, take_cadence);
}

/* The lengths part one text from the next. */
static void digest_text(TokenDigest *digest, const char *text)
{
    g_autofree char *length = g_strdup_printf("%" G_GSIZE_FORMAT ":", text != NULL ? strlen(text) : 0);
    token_digest_add(digest, length, strlen(length));
    if (text != NULL)
        token_digest_add(digest, text, strlen(text));
}

#define VERSION_CHARS 12

static char *find_version(const Cadence *cadence)
{
    TokenDigest *digest = token_digest_new();
    digest_text(digest, cadence->is_marketing ? "marketing" : "");
    for (guint i = 0; i < cadence->steps->len; i++) {
        const CadenceStep *step = g_ptr_array_index(cadence->steps, i);
        digest_text(digest, step->after_said);
        digest_text(digest, step->channel);
        digest_text(digest, step->when.condition != NULL ? condition_get_text(step->when.condition) : NULL);
        digest_text(digest, step->guidance);
        digest_text(digest, step->template_name);
        digest_text(digest, step->template != NULL ? template_get_wording(step->template) : NULL);
    }
    char *version = token_digest_finish(digest);
    version[VERSION_CHARS] = '\0';
    return version;
}

/* Its conditions stay with the rulebook's set until that is freed: whoever revives versions keeps what they have got. */
static gboolean revive_condition(CadenceStep *step, const char *condition, const Rulebook *rulebook, GError **error)
{
    gsize offset = 0;
    if (condition == NULL)
        return TRUE;
    step->when.condition = condition_compile(rulebook->conditions, condition, &offset, error);
    return step->when.condition != NULL;
}

static gboolean revive_template(Cadence *cadence, CadenceStep *step, const char *wording, GError **error)
{
    if (wording == NULL)
        return TRUE;
    if (cadence->templates == NULL)
        cadence->templates = g_ptr_array_new_with_free_func((GDestroyNotify)template_free);
    step->template = template_revive(step->template_name, wording, error);
    if (step->template != NULL)
        g_ptr_array_add(cadence->templates, step->template);
    return step->template != NULL;
}

gboolean cadence_add_step(Cadence *cadence, const CadenceStep *kept, const char *condition, const char *wording,
                          const Rulebook *rulebook, GError **error)
{
    CadenceStep *step = g_new0(CadenceStep, 1);
    g_ptr_array_add(cadence->steps, step);
    step->after_said = g_strdup(kept->after_said);
    step->channel = g_strdup(kept->channel);
    step->template_name = g_strdup(kept->template_name);
    step->guidance = g_strdup(kept->guidance);
    return span_parse(kept->after_said, &step->after, error) && revive_condition(step, condition, rulebook, error) &&
           revive_template(cadence, step, wording, error);
}

/* ---- cadences ---- */

/* A mail has a template; what people do has guidance. */
static void read_step_content(RulebookReader *reader, CadenceStep *step, const YamlNode *node)
{
    const YamlNode *template = yaml_find(node, "template"), *guidance = yaml_find(node, "guidance");
    gboolean is_mail = strcmp(step->channel, "mail") == 0;
    if (is_mail && template == NULL)
        yaml_problem(node, "a mail needs its wording: add template: with the name of a file in templates/");
    if (is_mail && template != NULL) {
        step->template = reader_read_template(reader, template);
        step->template_name = g_strdup(yaml_is_scalar(template) ? yaml_get_text(template) : NULL);
    }
    if (!is_mail && template != NULL)
        yaml_problem(template, "only a step of channel mail has a template: write channel: mail, or guidance: in place of it");
    if (!is_mail && guidance == NULL)
        yaml_problem(node, "somebody has to know what to do: add guidance: in a sentence");
    step->guidance = g_strdup(read_text(node, "guidance"));
}

static void read_step(RulebookReader *reader, Cadence *cadence, const YamlNode *node)
{
    static const char *const keys[] = {"after", "channel", "template", "guidance", "when", NULL};
    static const char *const channels[] = {"mail", "call", "linkedin", "task", NULL};
    if (!yaml_check_keys(node, keys))
        return;
    CadenceStep *step = g_new0(CadenceStep, 1);
    const YamlNode *after = read_required(node, "after", "say how long after the start: after: 2 business days");
    const YamlNode *channel = read_required(node, "channel", "say how: channel: mail, call, linkedin or task");
    int found = channel != NULL ? read_word(channel, channels) : -1;
    if (after != NULL)
        read_span(after, &step->after);
    step->after_said = g_strdup(read_text(node, "after"));
    reader_read_condition(reader, yaml_find(node, "when"), &step->when);
    if (found >= 0) {
        step->channel = g_strdup(channels[found]);
        read_step_content(reader, step, node);
    }
    g_ptr_array_add(cadence->steps, step);
}

/* Steps alone, or {marketing: true, steps: [...]}. */
static const YamlNode *find_steps(const YamlNode *node)
{
    static const char *const keys[] = {"marketing", "own_mail", "steps", NULL};
    if (yaml_is_sequence(node) || yaml_is_scalar(node) || yaml_is_empty(node))
        return node;
    return yaml_check_keys(node, keys) ? read_required(node, "steps", "say what is done: steps: [...]") : NULL;
}

static void read_cadence_keys(Cadence *cadence, const YamlNode *node)
{
    static const char *const ways[] = {"ends", "pauses", NULL};
    const YamlNode *own_mail = yaml_find(node, "own_mail");
    read_boolean(node, "marketing", &cadence->is_marketing);
    cadence->outlasts_own_mail = own_mail != NULL && read_word(own_mail, ways) == 1;
}

/* Whoever gets marketing must be able to be rid of it (RFC 8058; PECR regulation 22). */
static void check_ways_out(const Cadence *cadence, const YamlNode *steps)
{
    for (guint i = 0; cadence->is_marketing && i < cadence->steps->len; i++) {
        const CadenceStep *step = g_ptr_array_index(cadence->steps, i);
        if (step->template != NULL && strstr(template_get_wording(step->template), "unsubscribe") == NULL)
            yaml_problem(yaml_get_item(steps, i),
                         "templates/%s gives no way to unsubscribe, and this cadence is marketing: let it end with {{> leave}}",
                         step->template_name);
    }
}

static void read_cadence(RulebookReader *reader, const char *name, const YamlNode *node)
{
    Cadence *cadence = cadence_new(name, NULL, FALSE);
    const YamlNode *steps = find_steps(node);
    guint length = yaml_get_length(steps);
    cadence->place = read_place(node);
    if (steps != node)
        read_cadence_keys(cadence, node);
    g_ptr_array_add(reader->rulebook->cadences, cadence);
    for (guint i = 0; i < length; i++)
        read_step(reader, cadence, yaml_get_item(steps, i));
    if (steps != NULL && length == 0 && (yaml_is_sequence(steps) || yaml_is_empty(steps)))
        yaml_problem(
            steps, "the cadence \"%s\" has no step: add {after: 2 business days, channel: call, guidance: Ask how it goes.}", name);
    check_ways_out(cadence, steps);
    cadence->version = find_version(cadence);
}

/* ---- who is put into which ---- */

/* The name of a cadence that there is. */
static char *read_cadence_name(const RulebookReader *reader, const YamlNode *node)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    const char *name = yaml_get_text(node);
    if (name == NULL || rulebook_find_cadence(reader->rulebook, name) != NULL)
        return g_strdup(name);
    for (guint i = 0; i < reader->rulebook->cadences->len; i++)
        g_ptr_array_add(names, ((const Cadence *)g_ptr_array_index(reader->rulebook->cadences, i))->name);
    g_ptr_array_add(names, NULL);
    const char *const *all = (const char *const *)(gconstpointer)names->pdata;
    const char *near = yaml_find_nearest(name, all);
    g_autofree char *list = yaml_join_words(all);
    if (near != NULL)
        yaml_problem(node, "there is no cadence \"%s\" in rules/cadences.yaml; did you mean \"%s\"?", name, near);
    else
        yaml_problem(node, "there is no cadence \"%.60s\" in rules/cadences.yaml; there are: %s", name, list);
    return NULL;
}

static void read_enrol(RulebookReader *reader, const YamlNode *node, const YamlNode **always)
{
    static const char *const keys[] = {"cadence", "when", NULL};
    if (!yaml_check_keys(node, keys))
        return;
    EnrolRule *rule = g_new0(EnrolRule, 1);
    const YamlNode *name = read_required(node, "cadence", "name the cadence: cadence: nurture");
    g_ptr_array_add(reader->rulebook->enrols, rule);
    rule->cadence = name != NULL ? read_cadence_name(reader, name) : NULL;
    reader_read_condition(reader, yaml_find(node, "when"), &rule->when);
    reader_check_reached(node, &rule->when, always);
}

static void read_manners(RulebookReader *reader, const YamlNode *node)
{
    static const char *const keys[] = {"most_a_day",   "late_after",     "late_at_once", "out_of_office",
                                       "after_return", "after_own_mail", "one_click",    NULL};
    CadenceManners *manners = &reader->rulebook->manners;
    const YamlNode *late = yaml_find(node, "late_after"), *away = yaml_find(node, "out_of_office");
    const YamlNode *back = yaml_find(node, "after_return"), *own = yaml_find(node, "after_own_mail");
    const YamlNode *click = yaml_find(node, "one_click");
    Span late_after = {SPAN_ELAPSED, 2 * 3600};
    *manners = (CadenceManners){.most_a_day = 30,
                                .late_at_once = 5,
                                .out_of_office = {SPAN_ELAPSED, 5 * 86400},
                                .after_return = {SPAN_BUSINESS_DAYS, 1},
                                .after_own_mail = {SPAN_BUSINESS_DAYS, 5},
                                .one_click = SCOPE_MARKETING};
    if (!yaml_is_empty(node))
        yaml_check_keys(node, keys);
    read_number(node, "most_a_day", 1, 10000, &manners->most_a_day);
    read_number(node, "late_at_once", 0, 10000, &manners->late_at_once);
    if (late != NULL && read_span(late, &late_after) && late_after.unit != SPAN_ELAPSED)
        yaml_problem(late, "must be a plain length of time, as 2 hours: business hours are counted elsewhere");
    if (away != NULL)
        read_span(away, &manners->out_of_office);
    if (back != NULL)
        read_span(back, &manners->after_return);
    if (own != NULL)
        read_span(own, &manners->after_own_mail);
    manners->late_after_s = late_after.amount;
    if (click != NULL && !scope_find(yaml_get_text(click), &manners->one_click))
        yaml_problem(click, "must be one of: sequence, marketing, all");
}

void rulebook_read_cadences(RulebookReader *reader)
{
    static const char *const keys[] = {"cadences", "enrol", "manners", NULL};
    const YamlNode *top = reader_open(reader, "rules/cadences.yaml"), *always = NULL;
    if (top == NULL)
        return;
    yaml_check_keys(top, keys);
    const YamlNode *cadences = yaml_find(top, "cadences"), *enrol = yaml_find(top, "enrol");
    for (guint i = 0, pairs = yaml_get_pairs(cadences); i < pairs; i++)
        read_cadence(reader, yaml_get_key(cadences, i), yaml_get_value(cadences, i));
    for (guint i = 0, length = yaml_get_length(enrol); i < length; i++)
        read_enrol(reader, yaml_get_item(enrol, i), &always);
    read_manners(reader, yaml_find(top, "manners"));
}

/* ---- targets ---- */

static void read_target(Rulebook *rulebook, const char *name, const YamlNode *node)
{
    const char *text = yaml_get_text(node);
    char *end = NULL;
    double value = text != NULL ? g_ascii_strtod(text, &end) : 0;
    if (text == NULL)
        return;
    if (!g_ascii_isdigit(*text) || *end != '\0' || !isfinite(value) || value > MAX_TARGET) {
        g_autofree char *shown = yaml_dup_shown(node);
        yaml_problem(node, "\"%s\" must be a number, as 30 or 7.5, not %s", name, shown);
        return;
    }
    Target *target = g_new0(Target, 1);
    target->name = g_strdup(name);
    target->value = value;
    g_ptr_array_add(rulebook->targets, target);
}

void rulebook_read_targets(RulebookReader *reader)
{
    static const char *const keys[] = {"targets", NULL};
    static const char *const names[] = {"inbound_conversion", "outbound_response", "outbound_rewrite",
                                        "referral_close",     "exceptions",        "first_contact_hours",
                                        "qualify_hours",      "cost_per_lead",     NULL};
    const YamlNode *top = reader_open(reader, "rules/targets.yaml");
    const YamlNode *targets = top != NULL ? yaml_find(top, "targets") : NULL;
    if (top != NULL)
        yaml_check_keys(top, keys);
    if (yaml_is_empty(targets) || !yaml_check_keys(targets, names))
        return;
    for (guint i = 0; names[i] != NULL; i++)
        if (yaml_find(targets, names[i]) != NULL)
            read_target(reader->rulebook, names[i], yaml_find(targets, names[i]));
}
