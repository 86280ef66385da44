/*
 * rulebook/pattern.h - the firm's regular expressions (the one home of PCRE2)
 *
 * Patterns are PCRE2 with UTF and UCP, case ignored unless the pattern says (?-i), ^ and $ at every line; a pattern
 * has at most 15 groups. They are compiled once, with JIT where the machine has it. Matching is bounded: match limit
 * 10,000 a start, the text looked through in slices with a monotonic deadline of 50 ms a pattern, subjects of at most
 * 64 KiB (the rest is not looked at). A pattern that hits a bound has failed, which is something else than "no
 * match".
 */
#ifndef USHER_RULEBOOK_PATTERN_H
#define USHER_RULEBOOK_PATTERN_H

#include <glib.h>

typedef struct Pattern Pattern;

typedef enum { PATTERN_NO_MATCH, PATTERN_MATCH, PATTERN_LIMIT } PatternResult;

#define PATTERN_MAX_GROUPS 16

typedef struct {
    gsize start[PATTERN_MAX_GROUPS]; /* in bytes; group 0 is the whole match; G_MAXSIZE for a group that is unset */
    gsize end[PATTERN_MAX_GROUPS];
    guint groups;
} PatternMatch;

/*
 * Compiles `text`. NULL with USHER_ERROR_CONFIG and the byte offset of the mistake in *error_offset. Thread-safe to
 * use once compiled.
 */
Pattern *pattern_compile(const char *text, gsize *error_offset, GError **error);
void pattern_free(Pattern *pattern);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pattern, pattern_free)

/* Looks for the pattern in `subject` (valid UTF-8, `length` bytes) from the byte `start` on. */
PatternResult pattern_match(const Pattern *pattern, const char *subject, gsize length, gsize start, PatternMatch *match);

/*
 * A text that many patterns are looked for in. Most patterns cannot match without certain words; a PatternText knows quickly whether and where these
 * stand, so that only there is looked. The answers are those of pattern_match. The text is borrowed.
 */
typedef struct PatternText PatternText;
PatternText *pattern_text_new(const char *subject, gsize length);
void pattern_text_free(PatternText *text);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PatternText, pattern_text_free)
PatternResult pattern_match_text(const Pattern *pattern, const PatternText *text, gsize start, PatternMatch *match);

/* The number of the group of that name, or -1. With one name on several groups, the first set one in `match` (NULL: the first). */
int pattern_find_group(const Pattern *pattern, const PatternMatch *match, const char *name);

/* Names of the groups, NULL-terminated, borrowed. */
const char *const *pattern_get_group_names(const Pattern *pattern);

/* The group that carries the value: the one named "value", else group 1, else the whole match. Never one that is unset. */
guint pattern_get_value_group(const Pattern *pattern, const PatternMatch *match);

#endif
