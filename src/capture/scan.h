/*
 * capture/scan.h - the digest and the few header values of a mail, read as it streams by
 *
 * Private to capture. A MailScan sees every byte of a mail once, in pieces cut anywhere, and keeps almost nothing of it: the
 * values of the headers below (each up to MAIL_SCAN_VALUE_BYTES) and the state of a digest.
 */
#ifndef USHER_CAPTURE_SCAN_H
#define USHER_CAPTURE_SCAN_H

#include <glib.h>

#define MAIL_SCAN_VALUE_BYTES 8192 /* what is beyond is neither kept nor digested */
#define MAIL_SCAN_NAME_BYTES 256   /* a longer word before a colon is no header name */

typedef enum {
    SCAN_MESSAGE_ID, /* these four, in this order, are part of the digest */
    SCAN_FROM,
    SCAN_DATE,
    SCAN_SUBJECT,
    SCAN_IN_REPLY_TO,
    SCAN_REFERENCES,
    SCAN_RETURN_PATH, /* the envelope, as the server that delivered the mail noted it: only above the first Received */
    SCAN_ORIGINAL_TO,
    SCAN_DELIVERED_TO,
    SCAN_FIELD_COUNT
} ScanField;

typedef struct MailScan MailScan;

MailScan *mail_scan_new(void);
void mail_scan_free(MailScan *scan); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MailScan, mail_scan_free)

void mail_scan_feed(MailScan *scan, const char *bytes, gsize length);

/* TRUE once the header block has ended; from then on its values are known. */
gboolean mail_scan_is_past_header(const MailScan *scan);

/* The first value of the field, unfolded, without outer blanks, in the bytes of its sender; NULL when there is none. Borrowed. */
const char *mail_scan_get(const MailScan *scan, ScanField field);

/* Ends the mail. The caller owns the digest. Once. */
char *mail_scan_finish(MailScan *scan);

#endif
