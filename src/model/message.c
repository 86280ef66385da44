/*
 * model/message.c - a mail after reading
 */
#include "usher/model/message.h"

#include "usher/base/text.h"

static char *dup_or_empty(const char *text)
{
    return g_strdup(text ? text : "");
}

static GPtrArray *new_list(GDestroyNotify free_element)
{
    return g_ptr_array_new_with_free_func(free_element);
}

Message *message_new(void)
{
    Message *message = g_new0(Message, 1);
    message->references = new_list(g_free);
    message->subject = g_strdup("");
    message->to = new_list((GDestroyNotify)mailbox_free);
    message->cc = new_list((GDestroyNotify)mailbox_free);
    message->headers = new_list((GDestroyNotify)header_line_free);
    message->attachments = new_list((GDestroyNotify)attachment_free);
    message->text = g_strdup("");
    message->new_text = g_strdup("");
    message->signature = g_strdup("");
    message->labelled = new_list((GDestroyNotify)labelled_line_free);
    message->bounced = new_list((GDestroyNotify)bounce_recipient_free);
    message->automatic = new_list((GDestroyNotify)automatic_mark_free);
    message->notes = new_list(g_free);
    return message;
}

void message_free(Message *message)
{
    if (!message)
        return;
    g_free(message->message_id);
    g_ptr_array_unref(message->references);
    g_free(message->subject);
    mailbox_free(message->from);
    mailbox_free(message->sender);
    mailbox_free(message->reply_to);
    g_ptr_array_unref(message->to);
    g_ptr_array_unref(message->cc);
    g_ptr_array_unref(message->headers);
    g_ptr_array_unref(message->attachments);
    g_free(message->text);
    g_free(message->new_text);
    g_free(message->signature);
    g_free(message->back_on);
    g_ptr_array_unref(message->labelled);
    forwarded_original_free(message->original);
    invitation_free(message->invitation);
    g_ptr_array_unref(message->bounced);
    g_ptr_array_unref(message->automatic);
    g_ptr_array_unref(message->notes);
    g_free(message);
}

Invitation *invitation_new(void)
{
    Invitation *invitation = g_new0(Invitation, 1);
    invitation->method = g_strdup("");
    invitation->uid = g_strdup("");
    invitation->summary = g_strdup("");
    invitation->attendees = g_ptr_array_new_with_free_func((GDestroyNotify)mailbox_free);
    return invitation;
}

void invitation_free(Invitation *invitation)
{
    if (!invitation)
        return;
    g_free(invitation->method);
    g_free(invitation->uid);
    g_free(invitation->summary);
    g_free(invitation->start_said);
    mailbox_free(invitation->organizer);
    g_ptr_array_unref(invitation->attendees);
    g_free(invitation);
}

Mailbox *mailbox_new(const char *name, const char *address)
{
    Mailbox *mailbox = g_new0(Mailbox, 1);
    mailbox->name = dup_or_empty(name);
    mailbox->address = text_fold_address(address ? address : "");
    return mailbox;
}

Mailbox *mailbox_dup(const Mailbox *mailbox)
{
    return mailbox ? mailbox_new(mailbox->name, mailbox->address) : NULL;
}

void mailbox_free(Mailbox *mailbox)
{
    if (!mailbox)
        return;
    g_free(mailbox->name);
    g_free(mailbox->address);
    g_free(mailbox);
}

HeaderLine *header_line_new(const char *name, const char *value)
{
    HeaderLine *line = g_new0(HeaderLine, 1);
    line->name = dup_or_empty(name);
    line->value = dup_or_empty(value);
    return line;
}

void header_line_free(HeaderLine *line)
{
    if (!line)
        return;
    g_free(line->name);
    g_free(line->value);
    g_free(line);
}

const char *message_find_header(const Message *message, const char *name)
{
    for (guint i = 0; i < message->headers->len; i++) {
        const HeaderLine *line = g_ptr_array_index(message->headers, i);
        if (g_ascii_strcasecmp(line->name, name) == 0)
            return line->value;
    }
    return NULL;
}

Attachment *attachment_new(const char *filename, const char *content_type, gsize size_bytes)
{
    Attachment *attachment = g_new0(Attachment, 1);
    attachment->filename = dup_or_empty(filename);
    attachment->content_type = dup_or_empty(content_type);
    attachment->size_bytes = size_bytes;
    return attachment;
}

void attachment_free(Attachment *attachment)
{
    if (!attachment)
        return;
    g_free(attachment->filename);
    g_free(attachment->content_type);
    g_free(attachment);
}

ForwardedOriginal *forwarded_original_new(void)
{
    ForwardedOriginal *original = g_new0(ForwardedOriginal, 1);
    original->to = new_list((GDestroyNotify)mailbox_free);
    original->cc = new_list((GDestroyNotify)mailbox_free);
    original->subject = g_strdup("");
    original->body = g_strdup("");
    original->text = g_strdup("");
    original->note = g_strdup("");
    original->ids = new_list(g_free);
    original->count = 1;
    return original;
}

void forwarded_original_free(ForwardedOriginal *original)
{
    if (!original)
        return;
    mailbox_free(original->from);
    g_ptr_array_unref(original->to);
    g_ptr_array_unref(original->cc);
    g_free(original->subject);
    g_free(original->date);
    g_free(original->body);
    g_free(original->text);
    g_free(original->note);
    g_free(original->how);
    mailbox_free(original->passed_by);
    g_ptr_array_unref(original->ids);
    g_free(original);
}

BounceRecipient *bounce_recipient_new(const char *address, const char *status, gboolean is_permanent, const char *diagnostic)
{
    BounceRecipient *recipient = g_new0(BounceRecipient, 1);
    recipient->address = dup_or_empty(address);
    recipient->status = g_strdup(status);
    recipient->is_permanent = is_permanent;
    recipient->diagnostic = g_strdup(diagnostic);
    return recipient;
}

void bounce_recipient_free(BounceRecipient *recipient)
{
    if (!recipient)
        return;
    g_free(recipient->address);
    g_free(recipient->status);
    g_free(recipient->diagnostic);
    g_free(recipient);
}

AutomaticMark *automatic_mark_new(MessageKind kind, const char *rule, const char *evidence, gboolean is_weak)
{
    AutomaticMark *mark = g_new0(AutomaticMark, 1);
    mark->kind = kind;
    mark->rule = dup_or_empty(rule);
    mark->evidence = dup_or_empty(evidence);
    mark->is_weak = is_weak;
    return mark;
}

void automatic_mark_free(AutomaticMark *mark)
{
    if (!mark)
        return;
    g_free(mark->rule);
    g_free(mark->evidence);
    g_free(mark);
}

LabelledLine *labelled_line_new(const char *label, const char *value, gsize start, gsize length)
{
    LabelledLine *line = g_new0(LabelledLine, 1);
    line->label = dup_or_empty(label);
    line->value = dup_or_empty(value);
    line->start = start;
    line->length = length;
    return line;
}

void labelled_line_free(LabelledLine *line)
{
    if (!line)
        return;
    g_free(line->label);
    g_free(line->value);
    g_free(line);
}
