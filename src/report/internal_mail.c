/*
 * report/internal_mail.c - a mail to a colleague that is about no lead
 */
#include "internal_mail.h"

#include "usher/base/text.h"

OutgoingMail *internal_mail_start(const char *purpose, const char *key, const Person *person, const Settings *settings,
                                  const char *secret, UsherTime now)
{
    OutgoingMail *mail = outgoing_mail_new();
    g_autofree char *domain = text_address_domain(settings->delivery.from);
    mail->purpose = g_strdup(purpose);
    mail->key = g_strdup(key);
    mail->is_internal = TRUE;
    mail->to = mailbox_new(person->name, person->email);
    mail->from = mailbox_new(settings->firm_name, settings->delivery.from);
    mail->due = now;
    mail->date = now;
    mail->message_id = message_id_make(secret, key, domain ? domain : "localhost");
    return mail;
}
