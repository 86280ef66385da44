/*
 * send/maildir.h - bytes -> a file in a Maildir
 */
#ifndef USHER_SEND_MAILDIR_H
#define USHER_SEND_MAILDIR_H

#include <glib.h>

/*
 * Puts a mail into the Maildir `path`, made if it is not there, durably. The same mail (Message-ID and recipient) put twice is there once, even if somebody
 * has moved it to `cur` meanwhile. *answer (owned by the caller) says what happened. FALSE with USHER_ERROR_RETRY.
 */
gboolean maildir_deliver(const char *path, const char *from, const char *to, const char *message_id, GBytes *mail, char **answer,
                         GError **error);

#endif
