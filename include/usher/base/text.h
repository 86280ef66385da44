/*
 * base/text.h - small certainties about text that strangers wrote
 *
 * All text inside Usher is valid UTF-8 without NUL; these functions make it so.
 */
#ifndef USHER_BASE_TEXT_H
#define USHER_BASE_TEXT_H

#include <glib.h>

/*
 * Turns bytes into valid UTF-8. `charset` (may be NULL) is what the sender declared. Order: declared charset (with
 * iso-8859-1 and us-ascii read as windows-1252 where they hold its bytes), then UTF-8, then windows-1252, then replacement
 * characters. Text that is UTF-8 for the most part (cut in the middle of a character, a footer in another charset) stays UTF-8, with
 * replacement characters. NUL bytes and a byte order mark are dropped. `is_guess` (may be NULL) is set TRUE when the declared charset was
 * absent, unknown or wrong (pure ASCII without a declaration is no guess: RFC 2045 section 5.2), else FALSE. Never fails; the caller owns the text.
 */
char *text_from_bytes(const char *bytes, gsize length, const char *charset, gboolean *is_guess);

/*
 * A copy that may stand in a header or on one line of a mail: CR, LF, tabs and runs of blanks become one blank, other control
 * characters, bidirectional controls (U+202A-202E, U+2066-2069, U+200E, U+200F, U+061C) and zero-width
 * characters go, blanks at both ends too, and it is cut at a character so that it has at most max_chars characters, with an ellipsis in
 * place of the rest.
 * Takes any bytes. The caller owns the text.
 */
char *text_to_line(const char *text, gsize max_chars);

/*
 * A copy that may stand in the body of a mail or page: line ends become LF, control and bidirectional characters other than LF
 * and TAB go, at most max_chars characters. The caller owns the text.
 */
char *text_to_block(const char *text, gsize max_chars);

/* Case-folded, accents removed (NFKD), blanks collapsed, punctuation at both ends cut: for comparing labels and names. */
char *text_fold(const char *text);

/*
 * An address by RFC 5321 section 4.1.2 that it is safe to hand to SMTP: local-part@domain, no control characters, blanks, angle
 * brackets, quotes or commas, a domain of at least two labels, at most 254 bytes; UTF-8 local parts (RFC 6531) pass. Address
 * literals do not.
 */
gboolean text_is_address(const char *text);

/* The part after the last @, lower case; NULL when there is none. The caller owns the text. */
char *text_address_domain(const char *address);

/* An address for comparing: domain in lower case, and the local part too. The caller owns the text. */
char *text_fold_address(const char *address);

/* A sum of whole pounds as people read it: "£12,000". Owned by the caller. */
char *text_from_pounds(gint64 pounds);

#endif
