/*
 * rulebook/reader.h - what the readers of the single rule files share while a rulebook is loaded
 *
 * Each rulebook_read_* function reads one file (or folder) of rules into the Rulebook and tells every mistake in it. They are called in the order
 * they stand in here: what a later file refers to has been read by then.
 */
#ifndef USHER_RULEBOOK_READER_H
#define USHER_RULEBOOK_READER_H

#include "usher/rulebook/rulebook.h"

typedef struct {
    Rulebook *rulebook;    /* being filled */
    const char *directory; /* of the instance */
    const char *shared;    /* of what ships; NULL: was not found */
    Problems *problems;
    GPtrArray *files;        /* YamlFile: kept until the end, nodes are referred to */
    GTree *sources;          /* char* name -> char* path of every file that made the rulebook, in the order of the names */
    GHashTable *templates;   /* char* name -> Template, NULL for one that is wrong */
    GHashTable *told;        /* char*: template problems told already; a part that many include is wrong once */
    char *unknown_name;      /* the last name a template asked for in vain; NULL */
    GPtrArray *conditions;   /* YamlNode: the texts of all conditions */
    GHashTable *parts;       /* of fields.yaml while it is read: char* name -> char* text */
    const char *const *late; /* columns that are not known yet where the present rules are judged, NULL-terminated; NULL: all are */
    gboolean knows_firm;     /* usher.yaml could be read, so its services are known */
    /* What could be read; without it, all that refers to it would seem wrong. */
    gboolean knows_fields; /* fields.yaml */
    gboolean knows_named;  /* the named conditions of qualify.yaml */
    gboolean knows_mails;  /* the mails of routes.yaml */
} RulebookReader;

/* ---- files ---- */

/* The path of a file of the instance, else of what ships; NULL when there is neither. "rules/fields.yaml". Owned by the caller. */
char *reader_find_file(const RulebookReader *reader, const char *name);
/* TRUE when the instance has a file of its own under that name. */
gboolean reader_is_own(const RulebookReader *reader, const char *name);
/* Names in that folder of the instance and of what ships, each once, sorted. char*, owned by the caller. */
GPtrArray *reader_list_folder(const RulebookReader *reader, const char *folder);
/* Notes a file as one that made the rulebook. */
void reader_add_source(RulebookReader *reader, const char *name, const char *path);
/* The top of a YAML file, or NULL with a problem. */
const YamlNode *reader_open(RulebookReader *reader, const char *name);

/* ---- parts of rules ---- */

/* A pattern; NULL with a problem at the very character. */
PatternRule *reader_read_pattern(const YamlNode *node);
/* The same with parts in it ({money}); `parts` may be NULL: none are known, and braces mean what they mean to PCRE2. */
PatternRule *reader_read_pattern_with(const YamlNode *node, GHashTable *parts);
/* Patterns of a list, never NULL. */
GPtrArray *reader_read_patterns(const YamlNode *list, GHashTable *parts);
void pattern_rule_free(PatternRule *rule);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PatternRule, pattern_rule_free)

/* Named parts of patterns (char* name -> char* text), owned by the caller, never NULL. (parts.c) */
GHashTable *parts_read(const YamlNode *mapping);
/* The pattern with its parts put in, owned by the caller; NULL with a problem at a part that is not there. */
char *parts_fill(GHashTable *parts, const YamlNode *node, const char *text);
/* Where in the text as written a byte of the filled one comes from. */
gsize parts_find_offset(GHashTable *parts, const char *text, gsize offset);

/* The condition at `node`; without a node the rule always holds. */
void reader_read_condition(RulebookReader *reader, const YamlNode *node, ConditionRule *rule);
void condition_rule_clear(ConditionRule *rule);
/* Tells every use of a column that is not known yet. (words.c) */
void reader_check_late(const YamlNode *condition, const char *const *late);
/* Checks the words in all conditions read so far against what their columns can hold. (words.c) */
void reader_check_words(const RulebookReader *reader);

/* A duty (fallback, exceptions, conflicts, manager) as text, owned by the caller; NULL when absent or wrong. */
char *reader_read_duty(const YamlNode *node);
/* The template of that name, loaded once, borrowed; NULL with a problem at the node or in the template. */
Template *reader_read_template(RulebookReader *reader, const YamlNode *node);
/* The template of that name, whoever needs it; NULL (a problem) when it is not there or wrong. Borrowed. */
Template *reader_load_template(RulebookReader *reader, const char *name);

/* TRUE when routes.yaml has a mail of that purpose; else a problem at the node. (routes.c) */
gboolean reader_check_purpose(const RulebookReader *reader, const YamlNode *node, const char *purpose);

/* Warns that this entry comes behind one that always holds. `always` is where that stands; set by the first entry without a condition. */
void reader_check_reached(const YamlNode *entry, const ConditionRule *when, const YamlNode **always);

/* TRUE when a fact, threshold or dimension may have this name; else a problem at the key. (qualify.c) */
gboolean reader_check_column_name(const RulebookReader *reader, const YamlNode *key, const char *name);

/* A template or condition name that is one of ours: fields cannot be called so. */
gboolean reader_is_taken(const char *name);

/* ---- the files ---- */

void rulebook_read_fields(RulebookReader *reader);
void rulebook_read_channels(RulebookReader *reader);
void rulebook_read_qualify(RulebookReader *reader);
void dimensions_add_columns(RulebookReader *reader, const YamlNode *mapping); /* (dimensions.c) */
void dimensions_read(RulebookReader *reader, const YamlNode *mapping);
void rulebook_read_cadences(RulebookReader *reader);
void rulebook_read_routes(RulebookReader *reader);
void rulebook_read_promises(RulebookReader *reader);
void rulebook_read_tasks(RulebookReader *reader);
void rulebook_read_targets(RulebookReader *reader);
void rulebook_read_free_mail(RulebookReader *reader);

void field_rule_free(FieldRule *field);
void channel_free(Channel *channel);
void score_rule_free(ScoreRule *rule);
void named_condition_free(NamedCondition *named);
void dimension_free(Dimension *dimension);
void tier_rule_free(TierRule *tier);
void bant_rule_clear(BantRule *rule);
void contradiction_rule_free(ContradictionRule *rule);
void route_rule_free(RouteRule *route);
void action_rule_free(ActionRule *action);
void mail_rule_free(MailRule *mail);
void promise_rule_free(PromiseRule *promise);
void promise_defaults_init(PromiseDefaults *defaults);
void promise_defaults_clear(PromiseDefaults *defaults);
void digest_rule_free(DigestRule *digest);
void enrol_rule_free(EnrolRule *rule);
void task_rule_free(TaskRule *task);
void target_free(Target *target);

#endif
