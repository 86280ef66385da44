/*
 * rulebook/read.h - values out of YAML nodes, as the readers of all files need them
 *
 * Each function tells what is wrong at the node's place and gives NULL or FALSE then; outputs are untouched. An absent key is no
 * mistake unless the name of the function says so.
 */
#ifndef USHER_RULEBOOK_READ_H
#define USHER_RULEBOOK_READ_H

#include "usher/base/calendar.h"
#include "usher/model/names.h"
#include "usher/rulebook/yaml.h"

/* The node under a key that must be there; `remedy` is what to write: "write name: Jane Mills". */
const YamlNode *read_required(const YamlNode *mapping, const char *key, const char *remedy);

/* The text under a key, borrowed; NULL when it is absent. */
const char *read_text(const YamlNode *mapping, const char *key);
/* The same for a key that must be there and must not be blank. */
const char *read_required_text(const YamlNode *mapping, const char *key, const char *remedy);

/* The number under a key into *value, which keeps its default when the key is absent or wrong. */
void read_number(const YamlNode *mapping, const char *key, guint least, guint most, guint *value);
void read_boolean(const YamlNode *mapping, const char *key, gboolean *value);

/* Texts of a list (char*), never NULL. `node` may be NULL. */
GPtrArray *read_texts(const YamlNode *node);

/* One of some words (NULL-terminated): its index, or -1. */
int read_word(const YamlNode *node, const char *const *words);
gboolean read_track(const YamlNode *node, Track *track);
gboolean read_status(const YamlNode *node, LeadStatus *status);
/* A kind of mail out of those up to and with `last`. */
gboolean read_kind(const YamlNode *node, MessageKind last, MessageKind *kind);
/* "10:00" as seconds since midnight; 0 with a problem. */
gint64 read_clock(const YamlNode *node);
/* The same of a text; FALSE, told to nobody, when it is none. */
gboolean read_clock_text(const char *text, gint64 *second_s);
gboolean read_span(const YamlNode *node, Span *span);

/* A name of letters a-z, digits and `_-` as it is used in rules, or NULL with a problem. Borrowed. */
const char *read_name(const YamlNode *mapping, const char *key);

/* TRUE, with a problem at the node, when `name` is in `seen` already (name -> node); else it is put there. */
gboolean read_is_twice(GHashTable *seen, const char *name, const YamlNode *node);

/* "routes.yaml:12": where a rule stands, without "rules/" in front. Owned by the caller. */
char *read_place(const YamlNode *node);

#endif
