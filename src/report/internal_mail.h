/*
 * report/internal_mail.h - a mail to a colleague that is about no lead
 */
#ifndef USHER_REPORT_INTERNAL_MAIL_H
#define USHER_REPORT_INTERNAL_MAIL_H

#include "usher/report.h"

/* From the firm, without template, role, subject and texts. The caller owns it. */
OutgoingMail *internal_mail_start(const char *purpose, const char *key, const Person *person, const Settings *settings,
                                  const char *secret, UsherTime now);

#endif
