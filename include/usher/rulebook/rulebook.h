/*
 * rulebook/rulebook.h - the firm's written process, compiled once
 *
 * Files under rules/ and templates/ of the instance, over those that ship: an instance overrides file by file. Read and checked as a
 * whole; a rulebook that has any error is not given out, so a bad one never replaces a good one. Its hash (of all files
 * that made it) stands on every decision made under it. A value after loading: the stages read it, nobody changes it. It belongs to
 * one thread (its conditions do).
 */
#ifndef USHER_RULEBOOK_RULEBOOK_H
#define USHER_RULEBOOK_RULEBOOK_H

#include "usher/model/past.h"
#include "usher/model/promise_count.h"
#include "usher/model/suppression.h"
#include "usher/rulebook/condition.h"
#include "usher/rulebook/pattern.h"
#include "usher/rulebook/settings.h"
#include "usher/rulebook/template.h"

/* A pattern with the place it was written at: "channels/wpforms.yaml:12". */
typedef struct {
    Pattern *pattern;
    char *place;
} PatternRule;

/* A condition with its place. `condition` is NULL where the rule names none: it always holds then. */
typedef struct {
    Condition *condition;
    char *place;
} ConditionRule;

typedef enum {
    FIELD_TEXT,
    FIELD_NAME,
    FIELD_EMAIL,
    FIELD_PHONE,
    FIELD_MONEY,
    FIELD_NUMBER,
    FIELD_DATE,
    FIELD_URL,
    FIELD_POSTCODE,
    FIELD_CHOICE
} FieldType;

typedef struct {
    char *value;
    GPtrArray *patterns; /* PatternRule */
    GPtrArray *asked; /* PatternRule: a service asked for by its own name, which outranks all words that only point to one; empty */
    guint days;       /* a day that is named, at most so many days off, stands for this choice; 0: none does */
} FieldChoice;

/* rules/fields.yaml */
typedef struct {
    char *name;
    FieldType type;
    char *ask;           /* how it is called when a person is asked for it: "a telephone number" */
    GPtrArray *labels;   /* char*, folded */
    GPtrArray *patterns; /* PatternRule: free text; of FIELD_CHOICE those that find a day (see FieldChoice.days) */
    GPtrArray *told;     /* PatternRule: what a colleague's note tells of somebody, before `patterns`; the subject first */
    GPtrArray *choices;  /* FieldChoice; for FIELD_CHOICE */
    GPtrArray *others;   /* FieldChoice: of is_service, words for services that the firm does not have; NULL */
    char *days_of;       /* field of type date whose day tells the choice where nothing else does; NULL */
    gboolean is_coming;  /* FIELD_DATE: a day gone by when the mail was written is none */
    gboolean is_service; /* choice whose values are the firm's services */
    gboolean is_changed; /* `changes`: what the prospect says of it later takes the place of what they said first */
    gboolean required[TRACK_COUNT];
    char *place;
} FieldRule;

/* One way to recognise a channel: all that are given must hold. */
typedef struct {
    GPtrArray *tests; /* RecogniseTest */
} RecogniseRule;

typedef enum {
    TEST_FROM,
    TEST_REPLY_TO,
    TEST_SUBJECT,
    TEST_BODY,
    TEST_HEADER,
    TEST_LABELS,
    TEST_OTHER_PARTY,
    TEST_FORWARD,
    TEST_MACHINE
} TestKind;

typedef struct {
    TestKind kind;
    char *header;         /* for TEST_HEADER */
    PatternRule *pattern; /* for those that match text; NULL else */
    guint least;          /* TEST_LABELS: so many known fields on labelled lines, one of them email or phone;
                              TEST_OTHER_PARTY: so many addresses of outsiders beside the sender */
    gboolean
        is_wanted; /* TEST_FORWARD (is it a forward), TEST_MACHINE (is the From address the firm's own, a no-reply, or another than the labelled or Reply-To one) */
} RecogniseTest;

/* Where a channel's pattern is looked for. `IN_FROM`: the sender as "Name <address>". */
typedef enum { IN_BODY, IN_SUBJECT, IN_FROM } FieldPlace;

typedef struct {
    char *field; /* NULL: the named groups of the pattern are the fields */
    PatternRule *pattern;
    FieldPlace in;
} ChannelField;

/* rules/channels/NAME.yaml */
typedef struct {
    char *name;
    gint64 order; /* lower is tried first */
    MessageKind kind;
    gboolean has_track;
    Track track;
    char *source;
    GPtrArray *recognise;     /* RecogniseRule: any */
    GPtrArray *fields;        /* ChannelField, before the labels */
    gboolean reads_labels;    /* labelled lines are fields */
    GPtrArray *ends;          /* PatternRule: from its match on the text is boilerplate, not the person's */
    gboolean reads_need_only; /* free text is read of the `need` that was found, not of all that the service wrote round it */
    GPtrArray *relays;        /* PatternRule: addresses of the service itself, behind which nobody is written to */
    char *place;
} Channel;

/* rules/qualify.yaml */
typedef struct {
    char *name;
    gint points;
    char *because;
    ConditionRule when;
} ScoreRule;

typedef struct {
    char *name; /* "urgent": a flag of the Decision and a section of the templates */
    ConditionRule when;
} NamedCondition;

/* What the firm calls so on one dimension: "large". */
typedef struct {
    char *name;
    ConditionRule when;
    char *because;
    char *said;          /* a short sentence for the brief; NULL */
    gint64 likely_value; /* whole pounds; 0: none is said */
    char *likely_field;  /* a field of type money or number that says it; NULL */
    char *place;
} VerdictRule;

/* One of the questions that a lead is judged by, and a column of the conditions: "value_band". */
typedef struct {
    char *name;
    GPtrArray *verdicts; /* VerdictRule, first match wins */
} Dimension;

typedef struct {
    char *name; /* "hot" */
    ConditionRule when;
} TierRule;

typedef struct {
    ConditionRule met;
    ConditionRule known; /* condition NULL: known exactly when `met` is not unknown */
    char *because;
    gboolean is_defined;
} BantRule;

/* Where something is said of the person. */
typedef enum { SAID_ON_LABEL = 1, SAID_IN_TEXT = 2, SAID_IN_SIGNATURE = 4 } ContradictionPlace;

typedef struct {
    char *name;
    char *because;
    char *ask; /* what the prospect is asked about it, a sentence; NULL */
    ConditionRule when;
    char *differs; /* a field that the mail gives two values of; NULL: only `when` counts */
    guint by;      /* how much they differ at least: so many times (money, number), so many choices apart; 1: at all */
    guint places;  /* ContradictionPlace: where the values are looked for */
} ContradictionRule;

/* rules/routes.yaml */
typedef struct {
    char *name; /* "sales", "nurture", "exception", "referred-on", "not-qualified" */
    ConditionRule when;
    char *exception; /* NULL; for route "exception": "missing-data", ... */
    LeadStatus status;
    char *owner;            /* NULL: assign by rotation; else a duty: "exceptions", "conflicts", "manager", "fallback" */
    GPtrArray *mails;       /* char*: purposes that may be sent; NULL: all */
    gboolean offers_slots;  /* `slots`: two times for a call are offered */
    char *action;           /* recommended first action, plain text */
    gboolean wants_partner; /* `partner`: the lead is to be passed on, to a partner who is named */
    char *place;
} RouteRule;

/* rules/routes.yaml, `actions`: a recommended first action that goes before the route's own where its condition holds. */
typedef struct {
    ConditionRule when;
    char *text;
} ActionRule;

/* TO_LINKED: the owners of other open leads of the same person, each but the lead's own. TO_PARTNER: whom the lead is passed on to. TO_ACTOR: who acted by mail. */
/* TO_ANSWERABLE: who answers for a promise, or whom it is escalated to. */
typedef enum {
    TO_PROSPECT,
    TO_REFERRER,
    TO_OWNER,
    TO_EXCEPTIONS,
    TO_CONFLICTS,
    TO_MANAGER,
    TO_LINKED,
    TO_PARTNER,
    TO_ACTOR,
    TO_ANSWERABLE
} MailTo;

/*
 * When a mail is owed: for a new lead, when something joins an open one, when a lead is given to another owner, when a promise is broken or falls due soon, when a
 * colleague who is not its owner tells of it, when a limit stops the answers, when a form's alarm rings, when an answer did not come in time, when
 * the prospect cannot be reached at their address, when somebody has acted by mail, when the fuse has opened.
 */
typedef enum {
    ON_LEAD,
    ON_REPLY,
    ON_OWNER,
    ON_BROKEN,
    ON_NOTE,
    ON_GUARD,
    ON_ALARM,
    ON_LAPSED,
    ON_BOUNCED,
    ON_STATUS,
    ON_UNDELIVERED,
    ON_COMMAND,
    ON_FUSE,
    ON_WARNED
} MailOccasion;

/* rules/routes.yaml, `mails` */
typedef struct {
    char *purpose;
    MailTo to;
    char *template_name;
    Template *template; /* borrowed from Rulebook.templates */
    ConditionRule when;
    MailOccasion on;
    char *promise; /* ON_BROKEN, ON_WARNED, ON_LAPSED: the kind of promise; NULL: any */
    char *daily;   /* a field: one such mail a day to a person for each value of it, whatever the lead; NULL */
    gboolean attaches_original;
    gboolean is_from_owner; /* `from: owner`: From is the lead's owner; else the firm */
    char *place;
} MailRule;

/* rules/routes.yaml, `limits` */
typedef struct {
    guint answers_per_address;      /* automatic mails to one outside address in 24 hours */
    guint answers_per_domain;       /* to one registrable domain */
    guint answers_per_free_mail;    /* to the domain of a provider of mail for everybody */
    guint answers_per_conversation; /* to outsiders about one lead */
    guint answers_per_text;         /* mails with the same words that are answered in 24 hours, whoever sends them */
    guint notices_per_lead;         /* mails to colleagues about what joins one lead in 24 hours */
    guint form_alarm_per_hour;      /* mails of one channel of forms in an hour at which a person is told */
    guint form_answers_per_hour;    /* ... and at which nobody is answered any more */
    guint attempts;                 /* tries of one mail to a server before it is given up */
    guint mails_per_hour;           /* mails to outsiders in an hour; more open the fuse */
    guint domain_per_minute;        /* mails that go to one registrable domain in a minute; more wait */
    guint free_mail_per_minute;     /* to the domain of a provider of mail for everybody */
    gint64
        quiet_from_s; /* local time, seconds since midnight: from then to quiet_until_s nobody is written to who has not just asked */
    gint64 quiet_until_s; /* the same as quiet_from_s: there are no quiet hours */
} Limits;

/* rules/routes.yaml, `slots`: which times of the owner's are offered for a call */
typedef struct {
    Span first_after; /* no sooner */
    gint64 length_s;
    GArray *times_s; /* gint64: local times of day, seconds since midnight */
} SlotRules;

/* rules/promises.yaml, `escalate`: whoever answers for it, who stands in for them, or the holder of a duty, so long after it was found broken */
typedef struct {
    char *to; /* "owner", "deputy", or a duty */
    Span after;
} EscalationStep;

/* rules/promises.yaml */
typedef struct {
    char *kind;
    Span due;
    gboolean has_cap;
    Span cap;              /* never later than */
    gboolean in_own_hours; /* `hours: owner`: counted in the own hours of whoever answers for it; else in the firm's */
    char *owner;           /* NULL: the lead's owner; else a duty */
    char *kept_by;         /* "mail:PURPOSE", "decision", "verb:VERB[,VERB]" */
    gboolean is_stated;    /* the acknowledgement states this one to the prospect */
    gboolean
        can_lapse; /* `lapses_to`: it is the prospect's to keep; when they do not, the lead goes there and nobody has broken anything */
    LeadStatus lapses_to;
    gboolean is_on_reply; /* `on: reply`: owed when the prospect writes on a lead on record, in place of when it is judged */
    gboolean is_repeated; /* `again`: made anew each time the lead comes to owe it; else once on a lead */
    gboolean runs_always; /* `runs`: it may fall due while business is closed; else when it opens again */
    gboolean has_warning;
    Span warning;     /* `warn`: so long before it is due */
    GArray *escalate; /* EscalationStep, in order; NULL: those of all */
    ConditionRule when;
    char *place;
} PromiseRule;

/* rules/promises.yaml, `all`: what holds where a promise does not say otherwise */
typedef struct {
    gboolean people_run_always;   /* what a verb keeps */
    gboolean machines_run_always; /* what a mail or the decision keeps */
    GArray *escalate;             /* EscalationStep; never NULL */
    GPtrArray *at_any_hour;       /* char*: tiers of which people are told out of their hours, too */
    guint alone;                  /* more than so many that one person is told of at once come in one mail */
    char *template_name;          /* ... of this wording */
    Template *template;           /* borrowed from Rulebook.templates; NULL: there is none, each comes alone */
} PromiseDefaults;

/* rules/promises.yaml, `digests`: a list that somebody gets by mail at a time of day */
typedef struct {
    char *purpose;
    char *duty; /* whose holder gets it, about the exception queue; NULL: `owners`, everybody gets the list of their own day */
    char *template_name;
    Template *template;      /* borrowed from Rulebook.templates */
    gboolean is_at_start;    /* `start of hours`: when whoever gets it begins to work; else: */
    gint64 at_s;             /* local time, seconds since midnight: the firm's of a duty, else the person's own */
    gboolean is_end_of_week; /* on the last business day of the week only; else on every business day */
    char *place;
} DigestRule;

/* On which days of a person's: each business day; a day of the week, or the first business day after it in that week; ... */
typedef enum { EVERY_BUSINESS_DAY, EVERY_WEEKDAY, EVERY_LAST_OF_WEEK, EVERY_FIRST_OF_MONTH, EVERY_LAST_OF_MONTH } TaskRecurrence;

/* rules/tasks.yaml: what somebody is to do again and again */
typedef struct {
    char *name;
    char *duty;   /* whose holder is to do it; NULL: */
    char *person; /* ... who is, an id; NULL */
    TaskRecurrence every;
    guint weekday; /* of EVERY_WEEKDAY: 1 is Monday */
    gint64 at_s;   /* by then: their local time, seconds since midnight */
    char *said;    /* what is to be done; NULL: the subject of ... */
    char *guidance;
    Template *template; /* ... this wording, whose text is the guidance; borrowed from Rulebook.templates; NULL */
    char *place;
} TaskRule;

/* rules/tasks.yaml, `quiet`: when the owner of a live lead is asked that nothing else would remind them of */
typedef struct {
    gboolean is_on;
    Span after;         /* so long after anything last happened */
    Span nurture_after; /* the same of a lead in nurture */
    guint most_a_day;   /* for one person */
    char *guidance;
} QuietRule;

/* rules/cadences.yaml */
typedef struct {
    Span after;          /* after the enrolment */
    char *after_said;    /* as it is written: "2 business days" */
    char *channel;       /* "mail", "call", "linkedin", "task" */
    ConditionRule when;  /* looked at when the step is due; the step is left out when it does not hold */
    char *template_name; /* for mail; NULL */
    Template *template;  /* borrowed from Rulebook.templates; NULL */
    char *guidance;      /* for what people do; NULL */
} CadenceStep;

typedef struct Cadence {
    char *name;
    char *version;              /* a digest of all that makes it, its wordings included */
    gboolean is_marketing;      /* it is about no matter that the person has open with us: they may be rid of it by a click */
    gboolean outlasts_own_mail; /* `own_mail: pauses`: a mail of one of us to the person only delays it; it ends else */
    GPtrArray *steps;           /* CadenceStep */
    GPtrArray *templates;       /* Template: its own, of a version that is not in the rules any more; NULL */
    char *place;                /* NULL for such a version */
} Cadence;

/* rules/cadences.yaml, `enrol`: which cadence a lead is put into */
typedef struct {
    char *cadence;
    ConditionRule when;
} EnrolRule;

/* The pages that strangers may open: templates/unsubscribe-page, -done, -unknown. */
typedef enum { PAGE_LEAVE, PAGE_DONE, PAGE_UNKNOWN, PAGE_COUNT } PageKind;

/* rules/cadences.yaml, `manners` */
typedef struct {
    guint most_a_day;    /* cadence mails in one person's name on one day */
    gint64 late_after_s; /* a step that is later than this is late; ... */
    guint
        late_at_once; /* ... of late ones so many go as soon as business is open; when there are more they are spread over the day */
    Span out_of_office;         /* how long an absence without a date is taken to be */
    Span after_own_mail;        /* how long after a mail of one of us a cadence goes on that outlasts it */
    Span after_return;          /* how long after the day of return it goes on */
    SuppressionScope one_click; /* what the one click of a mail program, or a mail with a mark, stands for */
} CadenceManners;

/* rules/targets.yaml */
typedef struct {
    char *name;   /* "inbound_conversion" */
    double value; /* per cent, hours or pounds, as its name says */
} Target;

typedef struct Rulebook {
    char *hash;   /* of all files, usher.yaml and the holidays included */
    char *source; /* the text of all those files, each under its name */
    Settings *settings;
    ConditionSet *conditions;
    GPtrArray *fields;     /* FieldRule, in order */
    GHashTable *free_mail; /* char*: registrable domains of providers of mail for everybody, lower case */
    GHashTable *labels;    /* folded label (char*) -> FieldRule, borrowed */
    GPtrArray *channels;   /* Channel, in order */
    GPtrArray *facts;      /* NamedCondition: judged first; a column and a flag each */
    GPtrArray *named;      /* NamedCondition: judged last; a flag each */
    GPtrArray *score;      /* ScoreRule */
    GPtrArray *tiers;      /* TierRule, first match wins */
    BantRule bant[BANT_COUNT];
    GPtrArray *dimensions;     /* Dimension */
    GPtrArray *contradictions; /* ContradictionRule */
    GPtrArray *routes;         /* RouteRule, first match wins */
    GPtrArray *actions;        /* ActionRule, first match wins */
    GPtrArray *mails;          /* MailRule */
    Limits limits;
    gboolean shares_contact; /* routes.yaml, `partners`: the partner is told who was sent to them, and how to reach them */
    SlotRules slots;
    GPtrArray *promises; /* PromiseRule */
    PromiseDefaults promise_defaults;
    GPtrArray *digests;  /* DigestRule */
    GPtrArray *cadences; /* Cadence */
    GPtrArray *enrols;   /* EnrolRule, first match wins */
    CadenceManners manners;
    Template *pages[PAGE_COUNT]; /* borrowed from `templates`; NULL without web pages */
    GPtrArray *tasks;            /* TaskRule */
    QuietRule quiet;
    GPtrArray *former;    /* Cadence: versions that were read from the record since */
    GPtrArray *targets;   /* Target */
    GPtrArray *templates; /* Template, owner of all */
} Rulebook;

/*
 * Reads the instance `directory` with everything that ships in `shared` (a directory with rules/ and templates/) below it. NULL when there
 * was any error; every problem, warnings too, is in `problems` in any case.
 */
Rulebook *rulebook_load(const char *directory, const char *shared, Problems *problems);
void rulebook_free(Rulebook *rulebook);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rulebook, rulebook_free)

/*
 * A warning for each thing that would happen without anybody being told of it: no mail on: fuse, on: broken or on: warned, no promise that is escalated.
 */
void rulebook_warn_of_untold(const Rulebook *rulebook, Problems *problems);

/* What a value of the field looks like, in words: "an amount like 25000 or £25k". The caller owns it. */
char *rulebook_describe_type(const FieldRule *field);

const FieldRule *rulebook_find_field(const Rulebook *rulebook, const char *name);
const Channel *rulebook_find_channel(const Rulebook *rulebook, const char *name);
/* The first rule for promises of that kind; NULL. */
const PromiseRule *rulebook_find_promise(const Rulebook *rulebook, const char *kind);
/* How a promise by that rule is counted that is made at that moment, in the firm's hours. The place is the rule's, borrowed. */
PromiseCount promise_rule_get_count(const PromiseRule *rule, UsherTime made);
/* The rule by which that promise was made: of those of its kind the one that says the same, else the first. NULL. */
const PromiseRule *rulebook_find_promise_rule(const Rulebook *rulebook, const PromiseState *promise);
/* TRUE for a domain of rules/free-mail.yaml, or a host below it: its addresses have nothing to do with each other. Case does not matter. */
gboolean rulebook_is_free_mail(const Rulebook *rulebook, const char *domain);
const Cadence *rulebook_find_cadence(const Rulebook *rulebook, const char *name);

/* ---- a cadence that leads go through still, though the rules have another by now (cadences.c) ---- */

/* Those that were taken in so far; NULL. Borrowed. The rulebook keeps what it takes. */
const Cadence *rulebook_find_former(const Rulebook *rulebook, const char *name, const char *version);
void rulebook_take_former(const Rulebook *rulebook, Cadence *take_cadence);
/* That version: the present one, or one that was taken in; NULL. Borrowed. */
const Cadence *rulebook_find_version(const Rulebook *rulebook, const char *name, const char *version);

Cadence *cadence_new(const char *name, const char *version, gboolean is_marketing);
void cadence_free(Cadence *cadence);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Cadence, cadence_free)
/*
 * Adds a step as it was kept. FALSE with USHER_ERROR_INPUT when it cannot be used any more: a condition about what the rules do not know now.
 */
gboolean cadence_add_step(Cadence *cadence, const CadenceStep *kept, const char *condition, const char *wording,
                          const Rulebook *rulebook, GError **error);

/*
 * Columns of the conditions beside one for each field, as doc/rules.md lists them, NULL-terminated.
 */
extern const char *const rulebook_column_names[];

/*
 * Names that every template may use, beside one for each field, one for the verdict on each dimension, and one section for each fact and named condition:
 *   lead tier score status route exception owner_name owner_first_name owner_email     the lead
 *   name first_name email company words subject received channel source                what came in (source: absent when it is the channel; phones, days and sums as people write them; name falls back to "there" only in first_name)
 *   referrer_name referrer_first_name referrer_email forwarded_by
 *   firm_name postal_address booking_url promise_said action                           promise_said: the stated promise's time in words
 *   to_name to_first_name                                                              whom this mail goes to
 *   reply_subject                                                                      "Re: ..." where the mail answers one that its recipient has; absent else
 *   email_url phone_url                                                                links to write or to call; absent when there is nothing safe to link to
 *   unsubscribe_url unsubscribe_mailto_url                                             where the recipient of a marketing mail asks to be left alone: a page (absent without web pages), a mail; absent else
 *   leave_address leave_sequence left_sequence left_marketing left_all                 on the pages of unsubscribing: whose mail it is about (masked), sections: the mail was of a cadence; what was left
 *   written_by                                                                         who wrote on a lead, when it was not the prospect; absent else
 *   stranger_email                                                                     who wrote on a lead that does not know the address; absent else
 *   moved_from                                                                         route and exception that the lead left because of what was said; absent else
 *   client_name client_owner_name client_evidence                                      the client of ours that the prospect is, who looks after them, what shows it; absent else
 *   slot_1 slot_2                                                                      two times that are offered for a call
 *   commands                                                                           a section: who gets the mail may act on the lead by mail
 *   seen_by_milter                                                                     a section: what colleagues write to the lead's people themselves is noticed (intake.milter, intake.interactions)
 *   answerable                                                                         a section: who gets the mail answers for the promise it is about
 *   clear_url claim_url contacted_url meeting_url won_url lost_url nurture_url not_qualified_url insufficient_data_url    links to do so
 *   log_address                                                                        where colleagues log what came another way; absent without an intake address of kind log
 *   slot_taken                                                                         the one of them that a reply takes
 *   colleague colleague_why                                                            whose mail came back, and what was said: in mails on: undelivered
 *   unreachable                                                                        the address that takes no mail, and why: in mails on: bounced
 *   partner_name partner_contact partner_email partner_phone partner_share            the partner the lead is, or is to be, referred on to; absent else
 *   partner_because from_partner partner_wanted shares_contact                         why they; the partner it came from; sections: one is wanted, the rules let us tell them who it is
 *   queue_count                                                                        how many wait in the exception queue (of digests)
 *   fuse_reason fuse_waiting fuse_limit                                                why the fuse has opened, how many mails wait, how many may go in an hour: in mails on: fuse
 *   guard_reason                                                                       why answers were stopped, or what the alarm is about: in mails on: guard and on: alarm
 *   original_attached                                                                  a section: the original mail is attached to this one
 *   likely_value                                                                       what the lead is likely to be worth, "£12,000"; absent when not known
 *   in_short                                                                           what the verdicts say of it in one line; absent when they say nothing
 *   lists: dimension.name dimension.verdict dimension.because,
 *          field.name field.value field.evidence, score_part.points score_part.rule score_part.because,
 *          linked.lead linked.service linked.status linked.owner_name,
 *          conflict.party conflict.matter conflict.because conflict.note,
 *          missing.name missing.ask, contradiction.because contradiction.ask, broken_promise.kind broken_promise.due, due_promise.kind due_promise.due (on: warned); both have .said, the kind in words, and .owner; attachment.filename, bant.name bant.verdict, words_line.text (the words, line by line)
 *          double.lead double.service double.status double.owner_name double.because double.this_lead
 *          order.said order.result order.done (in mails on: command)
 *          overdue.lead overdue.name overdue.said overdue.due overdue.owner, the same of due_soon, and promise_count, more_promises (of the mail of many promises)
 *          of a person's own list, whose counts are tasks_count promises_count mails_count leads_count, and its day `today`; by_mail: a section, lines may be acted on by mail:
 *          task.number task.said task.guidance task.lead task.name task.phone task.phone_url task.due task.overdue task.done_url task.skip_url,
 *          owed.what owed.lead owed.name owed.phone owed.phone_url owed.due owed.late owed.contacted_url,
 *          coming.lead coming.name coming.at coming.subject coming.text coming.hold_url coming.skip_url,
 *          fresh.lead fresh.name fresh.service fresh.tier fresh.phone fresh.phone_url fresh.email fresh.email_url
 *          queued.lead queued.name queued.exception queued.since queued.due queued.owner queued.action queued.overdue (of digests)
 * The name of a list ("field") is one of them too, for its section.
 */
extern const char *const rulebook_template_names[];

/* When the quiet hours end in which `now` falls, in the calendar's zone; 0 when it falls in none. */
UsherTime limits_find_quiet_end(const Limits *limits, const Calendar *calendar, UsherTime now);

/* The verdicts of that name's dimension; NULL when there is no such dimension. */
const Dimension *rulebook_find_dimension(const Rulebook *rulebook, const char *name);
/* The fact of that name, of so many bytes; NULL. */
const NamedCondition *rulebook_find_fact(const Rulebook *rulebook, const char *name, gsize length);
/* Judges the facts on the present row and puts them into it. What each came to, in their order; the caller owns it. */
ConditionResult *rulebook_put_facts(const Rulebook *rulebook);

/* TRUE when the rule has no condition or its condition holds on the present row. */
gboolean condition_rule_holds(const ConditionRule *rule);

#endif
