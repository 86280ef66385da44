/*
 * test_qualify.c - what a lead is worth and where it goes, by the shipped rules: the numbers of the design, each with its reason
 */
#include "shipped.h"

#include "usher/assign.h"
#include "usher/followup.h"
#include "usher/qualify.h"

static Rulebook *rulebook;

/* ---- leads as their fields ---- */

typedef struct {
    Track track;
    MessageKind kind;
    const char *text;
    gboolean is_person_unknown;
    gboolean is_own_forward;
    gboolean is_full; /* nobody has room */
} Facts;

/* `fields`: name, value, ..., NULL. */
static Decision *judge(const Facts *facts, const char *const *fields)
{
    Decision *decision = decision_new(SHIPPED_NOW, "hash");
    decision->track = facts->track;
    decision->kind = facts->kind;
    decision->channel = g_strdup("email");
    decision->source = g_strdup("email");
    for (guint i = 0; fields[i]; i += 2) {
        g_ptr_array_add(decision->fields, field_new(fields[i], fields[i + 1]));
    }
    g_autoptr(Past) past = past_new();
    for (guint i = 0; facts->is_full && i < rulebook->settings->people->len; i++) {
        const Person *person = g_ptr_array_index(rulebook->settings->people, i);
        g_ptr_array_add(past->loads, person_load_new(person->id, 1000, 0));
    }
    QualifyFacts row = {
        .text = facts->text ? facts->text : "",
        .subject = "",
        .has_person = !facts->is_person_unknown,
        .is_own_forward = facts->is_own_forward,
        .free_people = assign_count_free(decision, past, rulebook->settings),
    };
    qualify_judge(decision, &row, rulebook);
    const RouteRule *route = qualify_find_route(decision, rulebook);
    assign_owner(decision, route, NULL, past, rulebook->settings);
    followup_plan(decision, rulebook);
    return decision;
}

#define JUDGE(facts, ...) judge(&(facts), (const char *const[]){__VA_ARGS__, NULL})
#define PERSON "name", "Ann Lee", "email", "ann@example.org"

static const Facts ENQUIRY = {.track = TRACK_INBOUND, .kind = KIND_ENQUIRY};
static const Facts REFERRAL = {.track = TRACK_REFERRAL, .kind = KIND_REFERRAL};

static gint find_points(const Decision *decision, const char *part)
{
    for (guint i = 0; i < decision->score_parts->len; i++) {
        const ScorePart *found = g_ptr_array_index(decision->score_parts, i);
        if (strcmp(found->rule, part) == 0) {
            return found->points;
        }
    }
    return 0;
}

static gboolean holds(GPtrArray *words, const char *word)
{
    return g_ptr_array_find_with_equal_func(words, word, g_str_equal, NULL);
}

static const Promise *find_promise(const Decision *decision, const char *kind)
{
    for (guint i = 0; i < decision->promises->len; i++) {
        const Promise *promise = g_ptr_array_index(decision->promises, i);
        if (strcmp(promise->kind, kind) == 0) {
            return promise;
        }
    }
    return NULL;
}

static void assert_due(const Decision *decision, const char *kind, const char *expected)
{
    const Promise *promise = find_promise(decision, kind);
    g_assert_nonnull(promise);
    g_autofree char *due = clock_format(promise->due);
    g_assert_cmpstr(due, ==, expected);
}

static void assert_route(const Decision *decision, const char *route, const char *exception, LeadStatus status)
{
    g_assert_cmpstr(decision->route, ==, route);
    g_assert_cmpstr(decision->exception, ==, exception);
    g_assert_cmpint(decision->status, ==, status);
    g_assert_nonnull(decision->route_because);
    g_assert_nonnull(decision->owner);
    g_assert_cmpstr(decision->action, !=, "");
}

/* The score is the sum of its parts, and every part says why. */
static void assert_sum(const Decision *decision)
{
    gint sum = 0;
    for (guint i = 0; i < decision->score_parts->len; i++) {
        const ScorePart *part = g_ptr_array_index(decision->score_parts, i);
        g_assert_cmpstr(part->because, !=, "");
        sum += part->points;
    }
    g_assert_cmpint(sum, ==, decision->score);
}

/* ---- scores, tiers, routes ---- */

static void test_good_enquiry(void)
{
    g_autoptr(Decision) decision = JUDGE(ENQUIRY, PERSON, "service", "tax", "phone", "+442079460111", "timeline", "1-3 months");
    g_assert_cmpint(decision->score, >=, 50);
    assert_sum(decision);
    assert_route(decision, "sales", NULL, STATUS_NEW);
    g_assert_cmpstr(decision->tier, ==, "warm");
    g_assert_cmpstr(decision->owner, ==, "jane");
    g_assert_cmpuint(decision->missing->len, ==, 0);
    assert_due(decision, "ack", "2026-03-02T10:05:00Z");
    assert_due(decision, "brief", "2026-03-02T10:05:00Z");
    assert_due(decision, "qualify", "2026-03-02T11:00:00Z");
    assert_due(decision, "first-contact", "2026-03-03T10:00:00Z");
    g_assert_cmpint(find_promise(decision, "qualify")->kept, ==, SHIPPED_NOW);
    g_assert_cmpstr(decision_find_stated(decision)->kind, ==, "first-contact");
    g_assert_null(find_promise(decision, "referrer-ack"));
}

static void test_hot(void)
{
    g_autoptr(Decision) decision =
        JUDGE(ENQUIRY, PERSON, "service", "tax", "phone", "+442079460111", "timeline", "immediate", "company", "A Ltd");
    g_assert_cmpstr(decision->tier, ==, "hot");
    g_assert_true(holds(decision->flags, "urgent"));
    assert_due(decision, "first-contact", "2026-03-02T17:30:00Z");
    g_assert_true(g_str_has_prefix(decision->action, "Telephone today"));
}

/* ---- dimensions ---- */

static const DimensionVerdict *find_verdict(const Decision *decision, const char *dimension)
{
    for (guint i = 0; i < decision->dimensions->len; i++) {
        const DimensionVerdict *verdict = g_ptr_array_index(decision->dimensions, i);
        if (strcmp(verdict->dimension, dimension) == 0) {
            return verdict;
        }
    }
    return NULL;
}

static void assert_verdicts(const Decision *decision, const char *requirement, const char *value_band, const char *urgency_level,
                            const char *position)
{
    g_assert_cmpuint(decision->dimensions->len, ==, 4);
    g_assert_cmpstr(find_verdict(decision, "requirement")->verdict, ==, requirement);
    g_assert_cmpstr(find_verdict(decision, "value_band")->verdict, ==, value_band);
    g_assert_cmpstr(find_verdict(decision, "urgency_level")->verdict, ==, urgency_level);
    g_assert_cmpstr(find_verdict(decision, "position")->verdict, ==, position);
    for (guint i = 0; i < decision->dimensions->len; i++) {
        const DimensionVerdict *verdict = g_ptr_array_index(decision->dimensions, i);
        g_assert_cmpstr(verdict->because, !=, "");
        g_assert_true(g_str_has_prefix(verdict->rule, "qualify.yaml:"));
    }
}

/* ---- the numbers of the design, over a grid of leads ---- */

typedef struct {
    const char *timeline, *budget, *service, *phone, *role;
    gboolean is_full;
} GridPoint;

static gboolean is_soon(const char *timeline)
{
    return !timeline || strcmp(timeline, "immediate") == 0 || strcmp(timeline, "1-3 months") == 0;
}

static Decision *judge_point(const GridPoint *point, Track track, MessageKind kind)
{
    const char *all[] = {"timeline",     point->timeline, "budget",     point->budget, "service",
                         point->service, "phone",         point->phone, "role",        point->role};
    const char *fields[20] = {"name", "Ann Lee", "email", "ann@example.org", "need", "help with our books", NULL};
    guint count = 6;
    for (guint i = 0; i < G_N_ELEMENTS(all); i += 2) {
        if (all[i + 1]) {
            fields[count++] = all[i];
            fields[count++] = all[i + 1];
        }
    }
    fields[count] = NULL;
    Facts facts = {.track = track, .kind = kind, .is_full = point->is_full};
    return judge(&facts, fields);
}

/* The score said once more, as a sum of what the design and the rules promise. */
static gint sum_points(const GridPoint *point)
{
    static const struct {
        const char *timeline;
        gint points;
    } times[] = {{"immediate", 20}, {"1-3 months", 15}, {"3-6 months", 5}};
    gint points = 20 + 5 + (point->service ? 15 : 0) + (point->phone ? 10 : 0) + (point->role ? 10 : 0);
    gint64 budget = point->budget ? g_ascii_strtoll(point->budget, NULL, 10) : 0;
    points += (budget >= 1000 ? 10 : 0) + (budget >= 25000 ? 10 : 0);
    for (guint i = 0; i < G_N_ELEMENTS(times); i++) {
        points += g_strcmp0(point->timeline, times[i].timeline) == 0 ? times[i].points : 0;
    }
    return points;
}

/* Sales at 50 with a fitting timeline and value; nurture 20 to 49, or later, or exploring. Hot is never for later. */
static void assert_inbound(const GridPoint *point, const Decision *decision)
{
    gint64 budget = point->budget ? g_ascii_strtoll(point->budget, NULL, 10) : 1000;
    gint score = sum_points(point);
    gboolean fits = score >= 50 && is_soon(point->timeline) && budget >= 1000;
    g_assert_cmpint(decision->score, ==, score);
    g_assert_cmpstr(decision->route, ==, fits ? "sales" : "nurture");
    g_assert_cmpstr(decision->exception, ==, NULL);
    if (g_strcmp0(decision->tier, "hot") == 0) {
        g_assert_cmpint(score, >=, 70);
        g_assert_true(is_soon(point->timeline));
    }
    if (!fits && find_promise(decision, "first-contact")) {
        g_assert_cmpint(find_promise(decision, "first-contact")->due, >, SHIPPED_NOW + 12 * 60 * 60);
    }
}

/* BANT: three of four sales, two nurture, fewer not qualified. */
static void assert_outbound(const GridPoint *point, const Decision *decision)
{
    gint64 budget = point->budget ? g_ascii_strtoll(point->budget, NULL, 10) : 0;
    guint met = (budget >= 1000) + (point->role != NULL) + 1 + (point->timeline && is_soon(point->timeline));
    g_assert_cmpstr(decision->route, ==, met >= 3 ? "sales" : met == 2 ? "nurture" : "not-qualified");
}

static void test_grid(void)
{
    static const char *const timelines[] = {NULL, "immediate", "1-3 months", "3-6 months", "exploring"};
    static const char *const budgets[] = {NULL, "999", "1000", "24999", "25000"};
    for (guint i = 0; i < G_N_ELEMENTS(timelines) * G_N_ELEMENTS(budgets) * 8; i++) {
        GridPoint point = {.timeline = timelines[i / 8 % G_N_ELEMENTS(timelines)],
                           .budget = budgets[i / 8 / G_N_ELEMENTS(timelines)],
                           .service = i & 1 ? "tax" : NULL,
                           .phone = i & 2 ? "+442079460111" : NULL,
                           .role = i & 4 ? "managing director" : NULL};
        g_autoptr(Decision) inbound = judge_point(&point, TRACK_INBOUND, KIND_ENQUIRY);
        g_autoptr(Decision) outbound = judge_point(&point, TRACK_OUTBOUND, KIND_ENQUIRY);
        g_autoptr(Decision) referral = judge_point(&point, TRACK_REFERRAL, KIND_REFERRAL);
        g_autoptr(Decision) download = judge_point(&point, TRACK_INBOUND, KIND_DOWNLOAD);
        assert_inbound(&point, inbound);
        assert_outbound(&point, outbound);
        g_assert_cmpint(referral->score, ==, inbound->score + 10);
        g_assert_cmpint(download->score, ==, inbound->score - 20 + 5);
    }
}

static void test_dimensions(void)
{
    g_autoptr(Decision) bare = JUDGE(ENQUIRY, PERSON);
    assert_verdicts(bare, "unclear", "not known", "not known", "not known");
    g_assert_cmpint(bare->likely_value, ==, 0);
    g_assert_cmpuint(bare->completeness, ==, 40); /* name and address, of these, telephone, service and time */
    g_autoptr(Decision) good = JUDGE(ENQUIRY, PERSON, "service", "tax", "need", "help with VAT", "phone", "+442079460111",
                                     "timeline", "immediate", "budget", "12000", "role", "managing director");
    assert_verdicts(good, "clear", "medium", "immediate", "decides");
    g_assert_cmpint(good->likely_value, ==, 12000);
    g_assert_cmpuint(good->completeness, ==, 100);
    g_assert_true(holds(good->flags, "decides"));
    g_assert_cmpstr(find_verdict(good, "position")->because, ==, "is in a position to decide: role managing director");
    g_autoptr(Decision) foreign = JUDGE(ENQUIRY, PERSON, "budget", "EUR 10000", "role", "office manager", "timeline", "exploring");
    assert_verdicts(foreign, "unclear", "not known", "exploring", "influences");
    g_assert_cmpint(foreign->likely_value, ==, 0);
    g_autoptr(Decision) company = JUDGE(ENQUIRY, PERSON, "employees", "80", "timeline", "3-6 months", "role", "trainee");
    assert_verdicts(company, "unclear", "medium", "later", "for another");
    g_assert_cmpint(company->likely_value, ==, 12000);
}

/* The edges of the bands are the firm's thresholds. */
static void test_value_bands(void)
{
    static const char *const bands[][2] = {{"999", "too small"}, {"1000", "small"},   {"4999", "small"},
                                           {"5000", "medium"},   {"24999", "medium"}, {"25000", "large"}};
    for (guint i = 0; i < G_N_ELEMENTS(bands); i++) {
        g_autoptr(Decision) decision = JUDGE(ENQUIRY, PERSON, "budget", bands[i][0]);
        g_assert_cmpstr(find_verdict(decision, "value_band")->verdict, ==, bands[i][1]);
        g_assert_cmpint(decision->likely_value, ==, g_ascii_strtoll(bands[i][0], NULL, 10));
    }
}

static void test_vague_enquiry(void)
{
    g_autoptr(Decision) bare = JUDGE(ENQUIRY, PERSON, "timeline", "exploring");
    g_assert_cmpint(bare->score, >=, 20);
    g_assert_cmpint(bare->score, <=, 49);
    assert_route(bare, "nurture", NULL, STATUS_NURTURE);
    g_assert_true(holds(bare->flags, "exploring"));
    /* However much is known: who only explores, or starts in half a year, is no sales lead. */
    g_autoptr(Decision) rich = JUDGE(ENQUIRY, PERSON, "service", "tax", "phone", "+442079460111", "timeline", "3-6 months",
                                     "company", "A Ltd", "role", "managing director", "budget", "30000");
    g_assert_cmpint(rich->score, >=, 50);
    assert_route(rich, "nurture", NULL, STATUS_NURTURE);
    g_assert_cmpstr(rich->tier, ==, "warm");
    assert_due(rich, "first-contact", "2026-03-03T10:00:00Z");
}

static void test_value_and_capacity(void)
{
    g_autoptr(Decision) small =
        JUDGE(ENQUIRY, PERSON, "service", "tax", "phone", "+442079460111", "timeline", "immediate", "budget", "200");
    assert_route(small, "nurture", NULL, STATUS_NURTURE);
    Facts full = {.track = TRACK_INBOUND, .kind = KIND_ENQUIRY, .is_full = TRUE};
    g_autoptr(Decision) nobody = JUDGE(full, PERSON, "service", "tax", "phone", "+442079460111", "timeline", "immediate");
    assert_route(nobody, "sales", NULL, STATUS_NEW);
    g_assert_cmpstr(nobody->owner, ==, "jane");
    g_assert_nonnull(strstr(nobody->action, "full or away"));
    g_autoptr(Decision) other_money =
        JUDGE(ENQUIRY, PERSON, "service", "tax", "phone", "+442079460111", "timeline", "immediate", "budget", "EUR 200");
    assert_route(other_money, "sales", NULL, STATUS_NEW);
}

static void test_named_points(void)
{
    g_autoptr(Decision) referral = JUDGE(REFERRAL, PERSON, "referrer_email", "anna@reyes.example");
    g_assert_cmpint(find_points(referral, "referral"), ==, 10);
    Facts download = {.track = TRACK_INBOUND, .kind = KIND_DOWNLOAD};
    g_autoptr(Decision) downloaded = JUDGE(download, PERSON, "asset", "VAT guide");
    g_assert_cmpint(find_points(downloaded, "download"), ==, 5);
    assert_route(downloaded, "nurture", NULL, STATUS_NURTURE);
}

static void test_bant(void)
{
    g_autoptr(Decision) all =
        JUDGE(ENQUIRY, PERSON, "service", "tax", "budget", "5000", "role", "Managing Director", "timeline", "immediate");
    for (guint i = 0; i < BANT_COUNT; i++) {
        g_assert_true(all->bant[i].is_known);
        g_assert_true(all->bant[i].is_met);
        g_assert_cmpstr(all->bant[i].because, !=, "");
    }
    g_autoptr(Decision) some = JUDGE(ENQUIRY, PERSON, "budget", "50", "timeline", "exploring");
    g_assert_true(some->bant[BANT_BUDGET].is_known);
    g_assert_false(some->bant[BANT_BUDGET].is_met);
    g_assert_false(some->bant[BANT_AUTHORITY].is_known);
    g_assert_false(some->bant[BANT_TIMING].is_met);
}

static void test_outbound_by_bant(void)
{
    Facts outbound = {.track = TRACK_OUTBOUND, .kind = KIND_ENQUIRY};
    g_autoptr(Decision) three = JUDGE(outbound, PERSON, "service", "tax", "budget", "5000", "timeline", "immediate");
    assert_route(three, "sales", NULL, STATUS_NEW);
    g_autoptr(Decision) two = JUDGE(outbound, PERSON, "service", "tax", "timeline", "immediate");
    assert_route(two, "nurture", NULL, STATUS_NURTURE);
    g_autoptr(Decision) one = JUDGE(outbound, PERSON, "service", "tax");
    assert_route(one, "not-qualified", NULL, STATUS_NOT_QUALIFIED);
    g_assert_null(find_promise(one, "ack"));
}

static void test_referrals(void)
{
    g_autoptr(Decision) fit = JUDGE(REFERRAL, PERSON);
    assert_route(fit, "sales", NULL, STATUS_NEW);
    g_assert_cmpint(fit->score, <, 50);
    assert_due(fit, "referrer-ack", "2026-03-02T14:00:00Z");
    assert_due(fit, "referral-contact", "2026-03-03T10:00:00Z");
    g_assert_cmpstr(find_promise(fit, "referral-contact")->kept_by, ==, "mail:introduction");
    g_autoptr(Decision) unfit = JUDGE(REFERRAL, PERSON, "budget", "100");
    assert_route(unfit, "referred-on", NULL, STATUS_NEW);
    assert_due(unfit, "refer-on", "2026-03-03T10:00:00Z");
    g_autoptr(Decision) later = JUDGE(REFERRAL, PERSON, "timeline", "3-6 months");
    assert_route(later, "nurture", NULL, STATUS_NURTURE);
}

static void test_exceptions(void)
{
    Facts unsure = {.track = TRACK_REFERRAL, .kind = KIND_REFERRAL, .is_person_unknown = TRUE};
    g_autoptr(Decision) review = JUDGE(unsure, PERSON);
    assert_route(review, "exception", "review", STATUS_EXCEPTION);
    g_assert_cmpstr(review->owner, ==, "tom");
    g_assert_null(find_promise(review, "first-contact"));
    g_assert_nonnull(find_promise(review, "exception-review"));
    Facts unknown = {.track = TRACK_INBOUND, .kind = KIND_FORM, .is_person_unknown = TRUE};
    g_autoptr(Decision) nobody = JUDGE(unknown, "name", "Ann Lee");
    assert_route(nobody, "exception", "missing-data", STATUS_EXCEPTION);
    g_autoptr(Decision) by_phone = JUDGE(unknown, "phone", "+442079460111", "service", "tax");
    assert_route(by_phone, "nurture", NULL, STATUS_NURTURE);
    g_assert_null(find_promise(by_phone, "ack"));
    g_autoptr(Decision) thin = JUDGE(ENQUIRY, PERSON);
    assert_route(thin, "exception", "missing-data", STATUS_EXCEPTION);
    g_assert_true(holds(thin->missing, "phone"));
    g_assert_null(find_promise(thin, "first-contact"));
    Facts job = {.track = TRACK_INBOUND, .kind = KIND_ENQUIRY, .text = "please find my CV, I am applying for the role of clerk"};
    g_autoptr(Decision) scope = JUDGE(job, PERSON);
    assert_route(scope, "exception", "out-of-scope", STATUS_EXCEPTION);
    Facts both = {.track = TRACK_INBOUND, .kind = KIND_ENQUIRY, .text = "urgent, though there is no rush"};
    g_autoptr(Decision) conflict = JUDGE(both, PERSON, "service", "tax", "timeline", "immediate", "phone", "+442079460111");
    assert_route(conflict, "exception", "conflicting-info", STATUS_EXCEPTION);
    g_assert_cmpuint(conflict->contradictions->len, ==, 1);
    Facts call = {.track = TRACK_INBOUND, .kind = KIND_ENQUIRY, .text = "urgent. Please don't call me"};
    g_autoptr(Decision) no_call = JUDGE(call, PERSON, "service", "tax", "timeline", "immediate");
    assert_route(no_call, "exception", "conflicting-info", STATUS_EXCEPTION);
}

static void test_no_route(void)
{
    GPtrArray *routes = rulebook->routes;
    rulebook->routes = g_ptr_array_new();
    g_autoptr(Decision) decision = JUDGE(ENQUIRY, PERSON);
    assert_route(decision, "exception", "undecided", STATUS_EXCEPTION);
    g_assert_cmpstr(decision->owner, ==, "jane");
    g_assert_cmpstr(((const Event *)g_ptr_array_index(decision->events, 0))->what, ==, "undecided");
    g_ptr_array_unref(rulebook->routes);
    rulebook->routes = routes;
}

/* ---- reasons ---- */

static void test_because_quotes_the_mail(void)
{
    g_autoptr(ReadMail) mail = read_mail(rulebook, "From: Ann Lee <ann@example.org>\nSubject: hello\n",
                                         "We need help with VAT. There is a budget of £6k.\n");
    Decision *decision = decision_new(SHIPPED_NOW, "hash");
    decision->channel = g_strdup("email");
    decision->source = g_strdup("email");
    g_ptr_array_unref(decision->fields);
    decision->fields = g_ptr_array_ref(mail->extraction->fields);
    QualifyFacts facts = {.text = mail->message->new_text, .subject = "hello", .has_person = TRUE, .free_people = 1};
    qualify_judge(decision, &facts, rulebook);
    gboolean is_said = FALSE;
    for (guint i = 0; i < decision->score_parts->len; i++) {
        const ScorePart *part = g_ptr_array_index(decision->score_parts, i);
        is_said |=
            strstr(part->because, "has named a budget: budget 6000 (\"We need help with VAT. There is a budget of £6k.\")") != NULL;
    }
    g_assert_true(is_said);
    decision_free(decision);
}

/* The same lead gets the same answer, whatever was judged in between. */
static void test_same_answer(void)
{
    g_autoptr(Decision) first = JUDGE(ENQUIRY, PERSON, "service", "tax", "timeline", "immediate");
    g_autoptr(Decision) other = JUDGE(REFERRAL, PERSON, "budget", "900000", "phone", "+442079460111", "role", "owner");
    g_autoptr(Decision) again = JUDGE(ENQUIRY, PERSON, "service", "tax", "timeline", "immediate");
    g_assert_cmpint(first->score, ==, again->score);
    g_assert_cmpstr(first->route_because, ==, again->route_because);
    g_assert_cmpuint(first->promises->len, ==, again->promises->len);
    g_assert_cmpint(first->score, !=, other->score);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    parse_open();
    rulebook = load_shipped();
    g_test_add_func("/qualify/good", test_good_enquiry);
    g_test_add_func("/qualify/grid", test_grid);
    g_test_add_func("/qualify/dimensions", test_dimensions);
    g_test_add_func("/qualify/value-bands", test_value_bands);
    g_test_add_func("/qualify/hot", test_hot);
    g_test_add_func("/qualify/vague", test_vague_enquiry);
    g_test_add_func("/qualify/value-and-capacity", test_value_and_capacity);
    g_test_add_func("/qualify/points", test_named_points);
    g_test_add_func("/qualify/bant", test_bant);
    g_test_add_func("/qualify/outbound", test_outbound_by_bant);
    g_test_add_func("/qualify/referrals", test_referrals);
    g_test_add_func("/qualify/exceptions", test_exceptions);
    g_test_add_func("/qualify/no-route", test_no_route);
    g_test_add_func("/qualify/because", test_because_quotes_the_mail);
    g_test_add_func("/qualify/same", test_same_answer);
    int result = g_test_run();
    rulebook_free(rulebook);
    return result;
}
