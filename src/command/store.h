/*
 * command/store.h - from a door to the record: the CaptureStore that every door of a process uses
 */
#ifndef USHER_COMMAND_STORE_H
#define USHER_COMMAND_STORE_H

#include "usher/capture.h"
#include "usher/record.h"

/* Where captured mails go: the recorder of a daemon process, or the record of a command. */
typedef struct {
    Record *record;
    Recorder *recorder;
} StoreTarget;

/* Makes a mail durable in `target`; parameters as in CaptureStore, *is_new says whether it was known. */
gboolean store_mail(const StoreTarget *target, CapturedMail *mail, UsherTime now, gint64 *id, gboolean *is_new, GError **error);

#endif
