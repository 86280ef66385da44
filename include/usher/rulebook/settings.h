/*
 * rulebook/settings.h - the firm's own file, usher.yaml, as a value
 */
#ifndef USHER_RULEBOOK_SETTINGS_H
#define USHER_RULEBOOK_SETTINGS_H

#include "usher/base/calendar.h"
#include "usher/model/names.h"
#include "usher/rulebook/yaml.h"

typedef struct {
    UsherTime from;  /* start of the first day, in the firm's zone */
    UsherTime until; /* end of the last day */
    char *said;      /* "2026-12-24 to 2027-01-02" */
} Absence;

typedef struct {
    char *id;
    char *name;
    char *email;         /* folded */
    GPtrArray *services; /* char*; empty: none in particular, takes any */
    guint capacity;      /* open leads; 0: takes none by rotation */
    guint weight;        /* share of new leads, 1 by default */
    char *role;          /* what they are in the firm, for people to read: "Partner"; NULL */
    char *deputy;        /* id; NULL */
    GPtrArray *away;     /* Absence */
    Calendar *calendar;  /* own hours or time zone; the firm's when NULL */
    GPtrArray *not_for;  /* char*: addresses, domains and names of parties whose leads they must not have */
} Person;

/* One of the files that `holidays` names. */
typedef struct {
    char *name;         /* as it is written */
    Calendar *calendar; /* always open, but for its days */
    guint line, column; /* where usher.yaml names it */
} HolidayFile;

typedef struct {
    char *address; /* folded */
    gboolean has_track;
    Track track;
    gboolean has_kind;
    MessageKind kind;
} IntakeAddress;

typedef enum { DELIVERY_SMTP, DELIVERY_MAILDIR } DeliveryMethod;
#define MOST_SESSIONS 16

typedef enum { TLS_NONE, TLS_STARTTLS, TLS_IMPLICIT } TlsMode;

typedef struct {
    DeliveryMethod method;
    char *maildir; /* path; NULL with SMTP */
    char *smtp_host;
    guint smtp_port;
    TlsMode tls;
    char *user;          /* NULL: no AUTH */
    char *password_file; /* path; read when a session is opened, never kept in the settings */
    char *ca_file;       /* NULL: the system's */
    char *from;          /* folded address */
    guint sessions;      /* at the server at once */
    gboolean has_plus;   /* plus_addresses: mail to name+anything@ comes to name@, so that our own marks may stand there */
    gboolean is_shadow;
} Delivery;

typedef struct Settings {
    char *directory; /* of the instance */
    /* firm */
    char *firm_name;
    GPtrArray *domains;   /* char*, lower case */
    Calendar *calendar;   /* zone, hours, holidays */
    GPtrArray *holidays;  /* HolidayFile */
    char *phone_region;   /* "GB" */
    GPtrArray *services;  /* char* */
    char *booking_url;    /* NULL */
    char *postal_address; /* "" */
    /* intake */
    GPtrArray *intake;              /* IntakeAddress */
    GPtrArray *partners;            /* char*: folded addresses and domains of who may pass leads on to us */
    char *milter;                   /* libmilter address, "unix:/run/usher/milter.sock"; NULL: none */
    guint milter_wait_ms;           /* how long the end of a mail may wait for the decision's headers */
    GPtrArray *maildirs;            /* char*: paths */
    char *authserv_id;              /* NULL */
    gboolean captures_interactions; /* the milter records mail between colleagues and people on open leads, headers only */
    gint64 max_message_bytes;       /* larger mails are captured up to here */
    /* delivery */
    Delivery delivery;
    /* people and duties (ids; never NULL after loading) */
    GPtrArray *people; /* Person */
    char *duty_fallback, *duty_exceptions, *duty_conflicts, *duty_manager;
    char *store;      /* path of the database */
    char *web_listen; /* NULL */
    char *web_url;    /* NULL */
} Settings;

/*
 * Reads DIRECTORY/usher.yaml. Holiday files are looked for in DIRECTORY/rules/holidays, then in `shared_rules`/holidays. Relative paths are relative to the instance, but for
 * /etc/usher the state is under /var/lib/usher. NULL when there was any error, all of which are in `problems`.
 */
Settings *settings_load(const char *directory, const char *shared_rules, Problems *problems);
void settings_free(Settings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Settings, settings_free)

const Person *settings_find_person(const Settings *settings, const char *id);
const Person *settings_find_person_by_email(const Settings *settings, const char *address);
/* The person who holds a duty: "fallback", "exceptions", "conflicts", "manager"; NULL for another word. */
const Person *settings_find_duty(const Settings *settings, const char *duty);
/* With delivery.plus_addresses, name+anything@ is name@. */
const IntakeAddress *settings_find_intake(const Settings *settings, const char *address);
/* Where colleagues tell of leads that came another way: the first intake address of kind log; NULL. Borrowed. */
const char *settings_find_log_address(const Settings *settings);
/* TRUE for an address in one of the firm's domains (or below), of a person, or an intake address. */
gboolean settings_is_own_address(const Settings *settings, const char *address);

/* TRUE for an address that intake.partners names, by itself or by its domain (and those below). */
gboolean settings_is_partner(const Settings *settings, const char *address);

/* The hours a person keeps: their own, or the firm's. Borrowed. */
const Calendar *settings_get_calendar(const Settings *settings, const Person *person);

/* Whether what colleagues write to people on open leads is noticed by itself: a milter is set, and not told to leave it. */
gboolean settings_sees_colleagues(const Settings *settings);

/*
 * A warning for each holiday file that has no day in the present year or in the one that the next months reach into: deadlines there would be counted as if
 * there were no holidays.
 */
void settings_warn_of_years(const Settings *settings, UsherTime now, Problems *problems);

/* TRUE for the holder of the duty and for everybody in the line of deputies. */
gboolean settings_is_on_duty(const Settings *settings, const char *person, const char *duty);

/* The first in a person's line of deputies who is present; the person when all of them are away (or stand in for each other). */
const Person *settings_find_present(const Settings *settings, const Person *person, UsherTime now);

/* Away at `now`; NULL when present. Borrowed. */
const Absence *person_find_absence(const Person *person, UsherTime now);

#endif
