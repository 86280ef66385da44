/*
 * extract/people.c - who is the prospect, who introduced them, who passed the mail on
 *
 * The one rule above all: nobody is written to because of a guess. Where it is not certain who the prospect is, the likeliest is named and
 * person_is_certain is FALSE, and a person looks first.
 *
 *   a form              the address in the text, else Reply-To; never the From address, behind which a machine sits
 *   an introduction     the one outsider in To or Cc; the writer is the referrer
 *   a referral told     the address the text names; believed of a colleague only
 *   a forward           who wrote the original (forward.c has told whose mail it is); believed when a person of the firm or a partner passed it on
 *                       (unless our own mail server found that the sender is forged), or an outsider introduces who has attached it whole
 *   a note of our own   whoever the text names, never the colleague; nobody where it tells of several people
 *   an appointment      whoever outside asks for it, else the one who is asked; when, and what for
 *   all else            the sender, at the address where they want to be answered (RFC 5322 section 3.6.2); of a desk ("Accounts Dept") or without
 *                       a name in the header, whoever signs
 */
#include "parts.h"

#include <string.h>

#include "usher/base/text.h"

#define MAX_INTRODUCTION_CHARS 500
#define MAX_FAREWELL_BYTES 30
#define MAX_SIGNED_WORDS 3

static gboolean is_usable(const Extracting *work, const Mailbox *mailbox)
{
    return mailbox && *mailbox->address && !settings_is_own_address(work->settings, mailbox->address) &&
           !extract_is_robot(mailbox->address) && !extract_is_relay(work->channel, mailbox->address);
}

/* `rule` is where the mailbox stood: "header From", "original Cc". */
static void set_person(Extracting *work, const Mailbox *mailbox, gboolean is_certain, const char *rule)
{
    Extraction *extraction = work->extraction;
    g_autofree char *name = extract_normalise_name(mailbox->name);
    g_autofree char *where = g_ascii_strdown(strchr(rule, ' ') + 1, -1);
    mailbox_free(extraction->person);
    extraction->person = mailbox_new(name ? name : "", mailbox->address);
    extraction->person_is_certain = is_certain;
    extract_add_fact(work, "email", mailbox->address, where, rule);
    extract_add_fact(work, "name", mailbox->name, where, rule);
}

static void set_referrer(Extracting *work, const Mailbox *mailbox, const char *words)
{
    if (!mailbox || !*mailbox->address) {
        return;
    }
    mailbox_free(work->extraction->referrer);
    work->extraction->referrer = mailbox_dup(mailbox);
    extract_add_fact(work, "referrer_email", mailbox->address, "from", "header From");
    extract_add_fact(work, "referrer_name", mailbox->name, "from", "header From");
    g_autofree char *said = text_to_line(words, MAX_INTRODUCTION_CHARS);
    extract_add_fact(work, "introduction", said, "text", "what the referrer wrote");
}

/* The person whose address the text names. */
static gboolean set_person_from_fields(Extracting *work, gboolean is_certain)
{
    const Field *email = field_find(work->extraction->fields, "email");
    if (!email) {
        return FALSE;
    }
    const char *name = field_find_value(work->extraction->fields, "name");
    work->extraction->person = mailbox_new(name ? name : "", email->value);
    work->extraction->person_is_certain = is_certain;
    return TRUE;
}

/* A colleague is believed unless our own mail server found the address forged. */
static gboolean is_trusted_colleague(const Extracting *work)
{
    return work->is_own_sender && work->message->authentication != AUTHENTICATION_FAIL;
}

static void read_notification(Extracting *work)
{
    const Message *message = work->message;
    if (work->is_passed_on) {
        work->extraction->forwarded_by = mailbox_dup(message->from);
    }
    gboolean is_certain = !work->is_passed_on || is_trusted_colleague(work);
    if (!set_person_from_fields(work, is_certain) && !work->is_passed_on && is_usable(work, message->reply_to)) {
        set_person(work, message->reply_to, TRUE, "header Reply-To");
    }
}

static void read_introduction(Extracting *work, const GPtrArray *others)
{
    const Message *message = work->message;
    gboolean reads_original = message->original && extract_may_pass_on(message, work->settings);
    if (reads_original) {
        work->extraction->forwarded_by = mailbox_dup(message->from);
    }
    set_referrer(work, reads_original ? message->original->from : message->from, work->text);
    gboolean is_certain = others->len == 1 && (!work->is_own_sender || is_trusted_colleague(work)) &&
                          (!reads_original || message->original->is_certain);
    const Mailbox *prospect = g_ptr_array_index(others, 0);
    set_person(work, prospect, is_certain, reads_original ? "original Cc" : "header Cc");
}

/* The words name somebody else, or nobody: then whoever came to the referral address speaks for themselves. */
static void read_told_referral(Extracting *work)
{
    const Message *message = work->message;
    const Field *email = field_find(work->extraction->fields, "email");
    gboolean is_about_sender = !email || (message->from && strcmp(email->value, message->from->address) == 0);
    if (is_about_sender && is_usable(work, message->from)) {
        set_person(work, message->from, TRUE, "header From");
        return;
    }
    set_referrer(work, message->from, work->text);
    if (!is_about_sender) {
        set_person_from_fields(work, is_trusted_colleague(work));
    }
}

/* A colleague passed on a mail that one of us had sent: the prospect is to whom it went, if anybody. */
static void read_own_original(Extracting *work)
{
    g_autoptr(GPtrArray) others = extract_list_others(work->message, work->settings);
    if (others->len > 0) {
        set_person(work, g_ptr_array_index(others, 0), FALSE, "original To");
    }
}

/* Whose number is whose nobody can tell then: the words are kept, and a person reads them. */
static void forget_identity(Extracting *work)
{
    static const char *const identity[] = {"name", "given_name", "family_name", "email", "phone", "company", "role", "profile_url"};
    for (guint i = 0; i < G_N_ELEMENTS(identity); i++) {
        Field *field = field_find(work->extraction->fields, identity[i]);
        if (field) {
            g_ptr_array_remove(work->extraction->fields, field);
        }
    }
}

/*
 * Whether the writer of the original may be written to. Our colleagues and partners say who it is, unless their address is forged. What a stranger has
 * typed may say anything; a mail that is carried whole is an introduction as good as a copy to the person.
 */
static gboolean is_original_believed(const Extracting *work)
{
    const Message *message = work->message;
    if (extract_may_pass_on(message, work->settings)) {
        return message->authentication != AUTHENTICATION_FAIL;
    }
    return work->extraction->track == TRACK_REFERRAL && strcmp(message->original->how, "message/rfc822") == 0;
}

static void read_forward(Extracting *work)
{
    const Message *message = work->message;
    const ForwardedOriginal *original = message->original;
    gboolean is_referral = work->extraction->track == TRACK_REFERRAL;
    work->extraction->forwarded_by = mailbox_dup(message->from);
    if (is_referral) {
        set_referrer(work, original->passed_by ? original->passed_by : message->from, original->note);
    }
    if (original->count > 1) {
        forget_identity(work);
    } else if (is_usable(work, original->from)) {
        set_person(work, original->from, is_original_believed(work) && original->is_certain, "original From");
    } else {
        read_own_original(work);
    }
}

/* An address in passing is believed where notes of leads are sent to; elsewhere it may be a supplier's below the colleague's own name. */
static gboolean names_prospect(const Extracting *work)
{
    const Field *email = field_find(work->extraction->fields, "email");
    return work->verdict->kind == KIND_LOG || (email && g_str_has_suffix(email->rule, " label"));
}

/* Whoever a colleague says has recommended us; they may have told no address. */
static void set_told_referrer(Extracting *work)
{
    const char *name = field_find_value(work->extraction->fields, "referrer_name");
    const char *address = field_find_value(work->extraction->fields, "referrer_email");
    if (name || address) {
        mailbox_free(work->extraction->referrer);
        work->extraction->referrer = mailbox_new(name ? name : "", address ? address : "");
    }
}

static void read_own_note(Extracting *work)
{
    work->extraction->forwarded_by = mailbox_dup(work->message->from);
    if (work->extraction->people_told > 1) {
        forget_identity(work);
        return;
    }
    set_person_from_fields(work, is_trusted_colleague(work) && names_prospect(work));
    if (work->is_note && work->extraction->track == TRACK_REFERRAL) {
        set_told_referrer(work);
    }
}

static void read_sent(Extracting *work)
{
    g_autoptr(GPtrArray) others = extract_list_others(work->message, work->settings);
    if (others->len > 0) {
        set_person(work, g_ptr_array_index(others, 0), TRUE, "header To");
    }
}

/* ---- who signs ---- */

/* TRUE for the name of a desk at which many sit: "Accounts Dept", "The Office", "Info". */
static gboolean is_department(const char *name)
{
    static const char *const words[] = {
        "the",    "account", "accounts",  "accounting", "dept",      "department", "team",     "desk",    "office",   "reception",
        "admin",  "info",    "enquiries", "sales",      "support",   "finance",    "payroll",  "hr",      "purchase", "purchasing",
        "credit", "control", "billing",   "payments",   "contact",   "mail",       "customer", "service", "services", "help",
        "legal",  "ledger",  "main",      "general",    "marketing", "it",         "and",      NULL};
    g_autofree char *folded = text_fold(name);
    g_auto(GStrv) said = g_strsplit_set(folded, " .&-", -1);
    guint known = 0;
    for (guint i = 0; said[i]; i++) {
        if (*said[i] && !g_strv_contains(words, said[i])) {
            return FALSE;
        }
        known += *said[i] != '\0';
    }
    return known > 0;
}

static gboolean is_farewell(const char *line)
{
    static const char *const begins[] = {"thanks",       "many thanks",     "thank you",       "regards",     "kind regards",
                                         "best regards", "warm regards",    "kindest regards", "best wishes", "all the best",
                                         "cheers",       "yours sincerely", "yours faithfully"};
    g_autofree char *folded = text_fold(line);
    for (guint i = 0; strlen(folded) <= MAX_FAREWELL_BYTES && i < G_N_ELEMENTS(begins); i++) {
        if (g_str_has_prefix(folded, begins[i])) {
            return TRUE;
        }
    }
    return FALSE;
}

/* The name in a line that is nothing but two or three words; NULL when it is none. Owned by the caller. */
static char *read_name_line(const char *line)
{
    g_auto(GStrv) words = g_strsplit(line, " ", MAX_SIGNED_WORDS + 2);
    guint count = g_strv_length(words);
    if (count < 2 || count > MAX_SIGNED_WORDS || strpbrk(line, "0123456789@:;,?!/<>()") || is_farewell(line) ||
        is_department(line)) {
        return NULL;
    }
    return extract_normalise_name(line);
}

/* The name below a farewell, where no header tells one: "thanks / bob jones". NULL; owned by the caller. */
static char *find_signed_name(const Extracting *work)
{
    g_autofree char *said = g_strconcat(work->message->new_text, "\n", work->message->signature, NULL);
    g_auto(GStrv) lines = g_strsplit(said, "\n", -1);
    gboolean is_below = FALSE;
    for (guint i = 0; lines[i]; i++) {
        const char *line = g_strstrip(lines[i]);
        if (is_below && *line) {
            char *name = read_name_line(line);
            if (name) {
                return name;
            }
        }
        is_below = is_farewell(line) || strcmp(line, "--") == 0 || (is_below && !*line);
    }
    return NULL;
}

/* A desk is no person: whoever signs is, else nobody is called by name. */
static Mailbox *name_sender(Extracting *work, const Mailbox *mailbox)
{
    if (*mailbox->name && !is_department(mailbox->name)) {
        return mailbox_dup(mailbox);
    }
    g_autofree char *name = find_signed_name(work);
    extract_add_fact(work, "name", name, "text", "signed by name");
    return mailbox_new(name ? name : "", mailbox->address);
}

/* Who wants to be answered elsewhere than where they write from keeps their name there. */
static void read_sender(Extracting *work)
{
    const Mailbox *from = is_usable(work, work->message->from) ? work->message->from : NULL;
    const Mailbox *reply_to = is_usable(work, work->message->reply_to) ? work->message->reply_to : NULL;
    if (reply_to && (!from || strcmp(reply_to->address, from->address) != 0)) {
        g_autoptr(Mailbox) answered = mailbox_new(from && !*reply_to->name ? from->name : reply_to->name, reply_to->address);
        g_autoptr(Mailbox) named = name_sender(work, answered);
        set_person(work, named, TRUE, "header Reply-To");
        work->extraction->wrote_from = mailbox_dup(from);
    } else if (from) {
        g_autoptr(Mailbox) named = name_sender(work, from);
        set_person(work, named, TRUE, "header From");
    }
}

static const Mailbox *find_invited(const Extracting *work, const Invitation *invitation)
{
    if (is_usable(work, invitation->organizer)) {
        return invitation->organizer;
    }
    for (guint i = 0; i < invitation->attendees->len; i++) {
        if (is_usable(work, g_ptr_array_index(invitation->attendees, i))) {
            return g_ptr_array_index(invitation->attendees, i);
        }
    }
    return NULL;
}

/* The address of who sent it may be that of a tool for bookings, behind which nobody reads. */
static void read_invitation(Extracting *work)
{
    const Invitation *invitation = work->message->invitation;
    const Mailbox *person = find_invited(work, invitation);
    g_autofree char *when = invitation->start ? calendar_say(work->settings->calendar, invitation->start, 0) : NULL;
    if (person) {
        set_person(work, person, TRUE, "calendar Invitation");
    }
    extract_add_fact(work, "booked_for", when ? when : invitation->start_said, "calendar", "calendar DTSTART");
    extract_add_fact(work, "need", invitation->summary, "summary", "calendar SUMMARY");
}

/* How we came to know of them. */
static void say_method(Extracting *work)
{
    const Extraction *extraction = work->extraction;
    gboolean has_referrer = extraction->referrer || field_find(extraction->fields, "referrer_name");
    const char *method = work->is_note ? "log" : work->is_introduction ? "copy" : work->is_passed_on ? "forwarded" : "told";
    if (extraction->track == TRACK_REFERRAL && has_referrer) {
        extract_add_fact(work, "introduced_how", method, "mail", "how it came");
    }
}

static void find_people(Extracting *work)
{
    g_autoptr(GPtrArray) others = extract_list_others(work->message, work->settings);
    gboolean is_referral = work->extraction->track == TRACK_REFERRAL;
    if (work->verdict->kind == KIND_SENT) {
        read_sent(work);
    } else if (work->is_invitation) {
        read_invitation(work);
    } else if (work->is_notification) {
        read_notification(work);
    } else if (work->is_introduction && others->len > 0) {
        read_introduction(work, others);
    } else if (work->is_passed_on) {
        read_forward(work);
    } else if (is_referral && !work->is_note) {
        read_told_referral(work);
    } else if (work->is_own_sender) {
        read_own_note(work);
    } else {
        read_sender(work);
    }
}

void extract_people(Extracting *work)
{
    find_people(work);
    say_method(work);
}
