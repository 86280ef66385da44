/*
 * rulebook/untold.c - what would happen under these rules without anybody hearing of it
 *
 * Takes a rulebook that is good; gives warnings. A firm with a routes.yaml or promises.yaml of its own, written for an older Usher perhaps, has only the mails that
 * stand in it: nothing says at run time that one was left out, so `check` does.
 */
#include "usher/rulebook/rulebook.h"

static gboolean has_mail(const Rulebook *rulebook, MailOccasion occasion)
{
    for (guint i = 0; i < rulebook->mails->len; i++) {
        const MailRule *mail = g_ptr_array_index(rulebook->mails, i);
        if (mail->on == occasion)
            return TRUE;
    }
    return FALSE;
}

static gboolean is_escalated(const PromiseRule *promise, const Rulebook *rulebook)
{
    const GArray *steps = promise->escalate != NULL ? promise->escalate : rulebook->promise_defaults.escalate;
    return !promise->can_lapse && steps->len > 0;
}

static void warn_of_promises(const Rulebook *rulebook, Problems *problems)
{
    gboolean are_escalated = FALSE, are_warned = FALSE;
    for (guint i = 0; i < rulebook->promises->len; i++) {
        const PromiseRule *promise = g_ptr_array_index(rulebook->promises, i);
        are_escalated |= is_escalated(promise, rulebook);
        are_warned |= promise->has_warning;
    }
    if (!are_escalated)
        problems_add_warning(problems, "rules/promises.yaml", 1, 1,
                             "no promise is escalated: nobody would be told of any that is broken; add escalate: [{to: owner}, "
                             "{to: manager, after: 4 business hours}] under all:");
    if (are_escalated && !has_mail(rulebook, ON_BROKEN))
        problems_add_warning(problems, "rules/routes.yaml", 1, 1,
                             "no mail is \"on: broken\": nobody would be told of a broken promise; add {purpose: escalation, to: "
                             "answerable, template: escalation, on: broken} to the mails");
    if (are_warned && !has_mail(rulebook, ON_WARNED))
        problems_add_warning(problems, "rules/routes.yaml", 1, 1,
                             "no mail is \"on: warned\": nobody would be reminded of a promise (warn:) before it is due; add "
                             "{purpose: promise-due, to: answerable, template: promise-due, on: warned} to the mails");
}

void rulebook_warn_of_untold(const Rulebook *rulebook, Problems *problems)
{
    if (!has_mail(rulebook, ON_FUSE))
        problems_add_warning(problems, "rules/routes.yaml", 1, 1,
                             "no mail is \"on: fuse\": nobody would be told when the fuse is open and no mail goes outside any "
                             "more; add {purpose: fuse, to: manager, template: fuse, on: fuse} to the mails");
    warn_of_promises(rulebook, problems);
}
