/*
 * rulebook/template.h - the firm's wording: Mustache templates
 *
 * A template NAME is templates/NAME.txt (a first line "Subject: ...", an empty line, the plain text) and
 * templates/NAME.html (the HTML part; may be absent). Values are escaped for the place they stand in: nothing in
 * plain text, HTML in HTML, one line in the subject. Raw tags ({{{x}}}, {{&x}}) and changed delimiters are refused.
 * In HTML a value stands in the text or in a quoted attribute, never in a style or script; an address to go to (href,
 * src) is a whole value whose name ends in _url. Partials {{> name}} are read from templates/_name.txt and
 * _name.html; cycles are refused.
 */
#ifndef USHER_RULEBOOK_TEMPLATE_H
#define USHER_RULEBOOK_TEMPLATE_H

#include <glib.h>

typedef struct Template Template;

/* Values for a template: a tree of names. */
typedef struct TemplateValues TemplateValues;
TemplateValues *template_values_new(void);
void template_values_free(TemplateValues *values);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TemplateValues, template_values_free)
void template_values_put(TemplateValues *values, const char *name,
                         const char *value); /* NULL or "": the section {{#name}} is off */
void template_values_put_flag(TemplateValues *values, const char *name, gboolean is_true);
/* Adds one item to the list `name` and returns its values, borrowed, to be filled. */
TemplateValues *template_values_add_item(TemplateValues *values, const char *name);

/*
 * Says which names templates may use: a plain name, the name of a list ("field") for its section, or "list.item"
 * ("field.value") for what stands inside that section as {{value}}.
 */
typedef gboolean (*TemplateKnowsName)(const char *name, gpointer data);

/* What is wrong at a place of a template file. */
typedef void (*TemplateProblem)(const char *file, guint line, guint column, const char *what, gpointer data);

/*
 * Reads template NAME: DIRECTORY/NAME.txt and .html, where `find` (below) says which directory a file comes from.
 * Reports each problem and gives NULL when there was any. `find_file` maps a file name ("ack.txt") to a path, or NULL
 * when there is none; the caller owns the path.
 */
typedef char *(*TemplateFindFile)(const char *file_name, gpointer data);

Template *template_load(const char *name, TemplateFindFile find_file, gpointer find_data, TemplateKnowsName knows_name,
                        gpointer knows_data, TemplateProblem problem, gpointer problem_data);
/*
 * The files that the template was read from, as one text, and the template back from it: for a wording that is to outlive its files. Names that
 * are not known any more stay empty. template_revive gives NULL with USHER_ERROR_INPUT when the text is none of ours.
 */
const char *template_get_wording(const Template *template);
Template *template_revive(const char *name, const char *wording, GError **error);
void template_free(Template *template);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Template, template_free)

/*
 * Renders. Each output is owned by the caller; html is NULL when the template has no HTML part. FALSE with USHER_ERROR_INPUT when
 * the result would exceed 512 KiB.
 */
gboolean template_render(const Template *template, const TemplateValues *values, char **subject, char **text, char **html,
                         GError **error);

#endif
