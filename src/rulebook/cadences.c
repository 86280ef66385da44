/*
 * rulebook/cadences.c - rules/cadences.yaml and rules/targets.yaml: what follows without anybody asking, and what we want to reach
 *
 * Takes the files; gives the sequences of follow-up steps with their templates, and the targets of the metrics.
 */
#include <math.h>
#include <string.h>

#include "read.h"
#include "reader.h"

#define MAX_TARGET 1e9

static void cadence_step_free(CadenceStep *step)
{
    g_free(step->channel);
    g_free(step->template_name);
    g_free(step->guidance);
    g_free(step);
}

void cadence_free(Cadence *cadence)
{
    g_ptr_array_unref(cadence->steps);
    g_free(cadence->name);
    g_free(cadence->place);
    g_free(cadence);
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
    static const char *const keys[] = {"after", "channel", "template", "guidance", NULL};
    static const char *const channels[] = {"mail", "call", "linkedin", "task", NULL};
    if (!yaml_check_keys(node, keys))
        return;
    CadenceStep *step = g_new0(CadenceStep, 1);
    const YamlNode *after = read_required(node, "after", "say how long after the start: after: 2 business days");
    const YamlNode *channel = read_required(node, "channel", "say how: channel: mail, call, linkedin or task");
    int found = channel != NULL ? read_word(channel, channels) : -1;
    if (after != NULL)
        read_span(after, &step->after);
    if (found >= 0) {
        step->channel = g_strdup(channels[found]);
        read_step_content(reader, step, node);
    }
    g_ptr_array_add(cadence->steps, step);
}

static void read_cadence(RulebookReader *reader, const char *name, const YamlNode *steps)
{
    Cadence *cadence = g_new0(Cadence, 1);
    guint length = yaml_get_length(steps);
    cadence->name = g_strdup(name);
    cadence->place = read_place(steps);
    cadence->steps = g_ptr_array_new_with_free_func((GDestroyNotify)cadence_step_free);
    g_ptr_array_add(reader->rulebook->cadences, cadence);
    for (guint i = 0; i < length; i++)
        read_step(reader, cadence, yaml_get_item(steps, i));
    if (length == 0 && (yaml_is_sequence(steps) || yaml_is_empty(steps)))
        yaml_problem(
            steps, "the cadence \"%s\" has no step: add {after: 2 business days, channel: call, guidance: Ask how it goes.}", name);
}

void rulebook_read_cadences(RulebookReader *reader)
{
    static const char *const keys[] = {"cadences", NULL};
    const YamlNode *top = reader_open(reader, "rules/cadences.yaml");
    if (top == NULL)
        return;
    yaml_check_keys(top, keys);
    reader->knows_cadences = TRUE;
    const YamlNode *cadences = yaml_find(top, "cadences");
    for (guint i = 0, pairs = yaml_get_pairs(cadences); i < pairs; i++)
        read_cadence(reader, yaml_get_key(cadences, i), yaml_get_value(cadences, i));
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
