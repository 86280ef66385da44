/*
 * milter_client.h - the mail server's side of the milter protocol, for tests and benches
 *
 * Speaks version 6 of the protocol over a unix-domain socket as Postfix 3.7 does: offers all steps, keeps to what the milter
 * negotiated, and writes what needs no answer together with what does. One connection, one thread. A lost connection or a milter
 * that says nothing for 30 s is the reply MILTER_LOST, for this and all later calls.
 */
#ifndef USHER_TESTS_MILTER_CLIENT_H
#define USHER_TESTS_MILTER_CLIENT_H

#include <glib.h>

typedef struct MilterClient MilterClient;

/* The letters of the protocol. */
typedef enum {
    MILTER_LOST = 0,
    MILTER_ACCEPT = 'a',
    MILTER_CONTINUE = 'c',
    MILTER_TEMPFAIL = 't',
    MILTER_REPLY_CODE = 'y',
} MilterReply;

/* NULL when nobody answers there. */
MilterClient *milter_client_open(const char *socket_path);
void milter_client_close(MilterClient *client);   /* says goodbye; NULL is fine */
void milter_client_abandon(MilterClient *client); /* hangs up */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MilterClient, milter_client_close)

/* What the milter negotiated: SMFIP_... */
guint32 milter_client_get_steps(const MilterClient *client);

void milter_client_mail(MilterClient *client, const char *from);
void milter_client_recipient(MilterClient *client, const char *to);
void milter_client_header(MilterClient *client, const char *name, const char *value);
MilterReply milter_client_end_header(MilterClient *client);
void milter_client_body(MilterClient *client, const char *bytes, gsize length);
MilterReply milter_client_end_message(MilterClient *client, const char *queue_id);
void milter_client_abort(MilterClient *client);

/* A whole mail: `headers` are names and values in turn, NULL at the end. The reply that ended it. */
MilterReply milter_client_send(MilterClient *client, const char *from, const char *to, const char *const *headers, const char *body,
                               gsize length);

/* With MILTER_REPLY_CODE: what it says, "451 4.3.0 ...". Borrowed until the next mail. */
const char *milter_client_get_text(const MilterClient *client);
/*
 * The header changes that came at the end of the last message: "add NAME: VALUE", "change NAME INDEX: VALUE" (an empty value
 * removes). Borrowed until the next mail.
 */
const GPtrArray *milter_client_get_changes(const MilterClient *client);

#endif
