/*
 * base/phone.h - telephone numbers (libphonenumber behind a C shim)
 */
#ifndef USHER_BASE_PHONE_H
#define USHER_BASE_PHONE_H

#include <glib.h>

/*
 * The number in E.164 form ("+442079460345", an extension as ";ext=12"), read as somebody in `region` ("GB") would dial it.
 * NULL when the text is no possible number there. The caller owns the text.
 */
char *phone_normalise(const char *text, const char *region);

/*
 * A number in E.164 form as somebody in `region` writes it: "020 7946 0345", with its country in front when it is of another one
 * ("+353 1 496 0345"). Text that is no such number as it is. The caller owns the text.
 */
char *phone_say(const char *number, const char *region);

/*
 * The next telephone number in `text` at or after the byte `start`. TRUE gives its span in bytes and its E.164 form (owned
 * by the caller). Dates, prices and references are not numbers: only what is valid in its region counts.
 */
gboolean phone_find(const char *text, gsize start, const char *region, gsize *from, gsize *to, char **number);

#endif
