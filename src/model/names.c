/*
 * model/names.c - the words of the field
 */
#include "usher/model/names.h"

#include "words.h"

static const char *const kind_words[] = {
    [KIND_ENQUIRY] = "enquiry",
    [KIND_FORM] = "form",
    [KIND_REFERRAL] = "referral",
    [KIND_CHAT] = "chat",
    [KIND_SOCIAL] = "social",
    [KIND_DOWNLOAD] = "download",
    [KIND_BOOKING] = "booking",
    [KIND_LOG] = "log",
    [KIND_REPLY] = "reply",
    [KIND_SENT] = "sent",
    [KIND_COMMAND] = "command",
    [KIND_BOUNCE] = "bounce",
    [KIND_AUTO_REPLY] = "auto-reply",
    [KIND_UNSUBSCRIBE] = "unsubscribe",
    [KIND_CALENDAR] = "calendar",
    [KIND_RECEIPT] = "receipt",
    [KIND_BULK] = "bulk",
    [KIND_SPAM] = "spam",
};
G_STATIC_ASSERT(G_N_ELEMENTS(kind_words) == KIND_COUNT);

static const char *const disposition_words[] = {
    [DISPOSITION_LEAD] = "lead",         [DISPOSITION_JOINED] = "joined",   [DISPOSITION_REPLY] = "reply",
    [DISPOSITION_RECORDED] = "recorded", [DISPOSITION_IGNORED] = "ignored", [DISPOSITION_QUARANTINED] = "quarantined",
};
G_STATIC_ASSERT(G_N_ELEMENTS(disposition_words) == DISPOSITION_COUNT);

static const char *const track_words[] = {
    [TRACK_INBOUND] = "inbound",
    [TRACK_REFERRAL] = "referral",
    [TRACK_OUTBOUND] = "outbound",
};
G_STATIC_ASSERT(G_N_ELEMENTS(track_words) == TRACK_COUNT);

static const char *const status_words[] = {
    [STATUS_NEW] = "new",
    [STATUS_CONTACTED] = "contacted",
    [STATUS_ENGAGED] = "engaged",
    [STATUS_MEETING] = "meeting",
    [STATUS_PROPOSAL] = "proposal",
    [STATUS_WON] = "won",
    [STATUS_LOST] = "lost",
    [STATUS_NURTURE] = "nurture",
    [STATUS_EXCEPTION] = "exception",
    [STATUS_NOT_QUALIFIED] = "not-qualified",
    [STATUS_INSUFFICIENT_DATA] = "insufficient-data",
    [STATUS_REFERRED_ON] = "referred-on",
};
G_STATIC_ASSERT(G_N_ELEMENTS(status_words) == STATUS_COUNT);

static const char *const bant_words[] = {
    [BANT_BUDGET] = "budget",
    [BANT_AUTHORITY] = "authority",
    [BANT_NEED] = "need",
    [BANT_TIMING] = "timing",
};
G_STATIC_ASSERT(G_N_ELEMENTS(bant_words) == BANT_COUNT);

const char *kind_get_name(MessageKind kind)
{
    g_return_val_if_fail(kind < KIND_COUNT, "");
    return kind_words[kind];
}

const char *disposition_get_name(Disposition disposition)
{
    g_return_val_if_fail(disposition < DISPOSITION_COUNT, "");
    return disposition_words[disposition];
}

const char *track_get_name(Track track)
{
    g_return_val_if_fail(track < TRACK_COUNT, "");
    return track_words[track];
}

const char *status_get_name(LeadStatus status)
{
    g_return_val_if_fail(status < STATUS_COUNT, "");
    return status_words[status];
}

const char *bant_get_name(BantDimension dimension)
{
    g_return_val_if_fail(dimension < BANT_COUNT, "");
    return bant_words[dimension];
}

gboolean kind_find(const char *name, MessageKind *kind)
{
    int found = words_find(kind_words, KIND_COUNT, name);
    if (found >= 0)
        *kind = (MessageKind)found;
    return found >= 0;
}

gboolean disposition_find(const char *name, Disposition *disposition)
{
    int found = words_find(disposition_words, DISPOSITION_COUNT, name);
    if (found >= 0)
        *disposition = (Disposition)found;
    return found >= 0;
}

gboolean track_find(const char *name, Track *track)
{
    int found = words_find(track_words, TRACK_COUNT, name);
    if (found >= 0)
        *track = (Track)found;
    return found >= 0;
}

gboolean status_find(const char *name, LeadStatus *status)
{
    int found = words_find(status_words, STATUS_COUNT, name);
    if (found >= 0)
        *status = (LeadStatus)found;
    return found >= 0;
}

gboolean status_is_live(LeadStatus status)
{
    switch (status) {
    case STATUS_WON:
    case STATUS_LOST:
    case STATUS_NOT_QUALIFIED:
    case STATUS_INSUFFICIENT_DATA:
    case STATUS_REFERRED_ON:
        return FALSE;
    default:
        return TRUE;
    }
}

gboolean status_is_work(LeadStatus status)
{
    return status_is_live(status) && status != STATUS_NURTURE;
}

gboolean kind_is_automatic(MessageKind kind)
{
    switch (kind) {
    case KIND_BOUNCE:
    case KIND_AUTO_REPLY:
    case KIND_CALENDAR:
    case KIND_RECEIPT:
    case KIND_BULK:
    case KIND_SPAM:
        return TRUE;
    default:
        return FALSE;
    }
}

gboolean kind_is_notification(MessageKind kind)
{
    return kind == KIND_FORM || kind == KIND_CHAT || kind == KIND_SOCIAL || kind == KIND_DOWNLOAD || kind == KIND_BOOKING;
}
