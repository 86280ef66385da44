/*
 * base/phone.cc - telephone numbers (libphonenumber)
 *
 * The one home of libphonenumber, behind C functions that never throw. Its tables (some 10 MB) are built at the first
 * question, so a process that asks none does not carry them.
 *
 * Its matcher takes milliseconds for a page of text. So only windows around stretches with enough digits are shown to it, and a
 * mail without digits costs nothing; how many windows one question looks into has a limit.
 */
#include <glib.h>
#include <phonenumbers/phonenumbermatch.h>
#include <phonenumbers/phonenumbermatcher.h>
#include <phonenumbers/phonenumberutil.h>

#include <cstring>
#include <string>

extern "C" {
#include "usher/base/phone.h"
}

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberMatch;
using i18n::phonenumbers::PhoneNumberMatcher;
using i18n::phonenumbers::PhoneNumberUtil;

namespace
{

constexpr gsize number_max_bytes = 250;
constexpr gsize number_min_digits = 7;
constexpr gsize window_max_bytes = 1000;
constexpr gsize context_before_bytes = 8; /* a currency sign or a letter in front makes it something else */
constexpr gsize context_after_bytes = 24; /* an extension */
constexpr int max_windows = 100;
constexpr int max_tries = 10; /* in one window */

struct Span {
    gsize from;
    gsize to;
};

std::string upper_region(const char *region)
{
    std::string upper(region ? region : "ZZ");
    for (char &c : upper)
        c = g_ascii_toupper(c);
    return upper;
}

char *write_number(const PhoneNumberUtil &util, const PhoneNumber &number)
{
    std::string written;
    util.Format(number, PhoneNumberUtil::E164, &written);
    if (number.has_extension() && !number.extension().empty())
        written += ";ext=" + number.extension();
    return g_strdup(written.c_str());
}

/* What may stand between the digits of one number; anything beyond ASCII may (hard blanks, dashes). */
bool may_be_inside(char c)
{
    if (g_ascii_isalpha(c) || !c)
        return false;
    return (guchar)c >= 0x80 || std::strchr("+-().,/[]~ \t", c);
}

/* The next stretch at or after `start` with enough digits for a number; it ends at the end of the text, or where nothing of a number stands. */
bool find_stretch(const char *text, gsize start, Span *stretch)
{
    gsize digits = 0;
    stretch->from = start;
    for (gsize at = start;; at++) {
        bool is_digit = g_ascii_isdigit(text[at]);
        digits += is_digit;
        if ((is_digit || may_be_inside(text[at])) && at - stretch->from < window_max_bytes)
            continue;
        stretch->to = at;
        if (digits >= number_min_digits)
            return true;
        if (!text[at])
            return false;
        stretch->from = at + 1;
        digits = 0;
    }
}

bool is_inside_character(char c)
{
    return ((guchar)c & 0xC0) == 0x80;
}

/* The stretch with what stands around it, cut between characters, and never before `start`. */
Span widen(const char *text, gsize start, Span stretch)
{
    gsize from = stretch.from - MIN(stretch.from - start, context_before_bytes);
    while (from < stretch.from && is_inside_character(text[from]))
        from++;
    gsize to = stretch.to + strnlen(text + stretch.to, context_after_bytes);
    while (is_inside_character(text[to]))
        to++;
    return Span{from, to};
}

/*
 * Ofcom's mobile and no-area numbers for drama, which are assigned to nobody and so not valid, are what demonstrations and manuals are
 * written with.
 */
bool is_for_drama(const PhoneNumber &number)
{
    return number.country_code() == 44 &&
           (number.national_number() / 1000 == 7700900 || number.national_number() / 1000 == 1632960);
}

/*
 * British numbers have ten digits behind the 0, some of 01 and 0800 nine, and never begin with 00, 010, 04 or 06. "Possible" alone takes dates and
 * references ("01-05-2025 09"), and local numbers without their area.
 */
bool may_be_dialled(const PhoneNumber &number)
{
    if (number.country_code() != 44)
        return true;
    const std::string digits = std::to_string(number.national_number());
    bool is_short =
        digits.size() == 9 && (digits[0] == '1' || digits.compare(0, 3, "800") == 0 || digits.compare(0, 3, "500") == 0);
    return !number.italian_leading_zero() && (digits.size() == 10 || is_short) && !std::strchr("046", digits[0]) &&
           digits.compare(0, 2, "10") != 0;
}

bool may_hold_drama(const std::string &window)
{
    std::string digits;
    for (char c : window)
        if (g_ascii_isdigit(c))
            digits += c;
    return digits.find("7700900") != std::string::npos || digits.find("1632960") != std::string::npos;
}

/* The first number in the window that begins before `end`: what begins behind the stretch may be cut off, and has a window of its own. */
bool match_window(const std::string &window, gsize end, const std::string &home, bool is_drama, PhoneNumberMatch *match)
{
    const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
    PhoneNumberMatcher matcher(util, window, home, is_drama ? PhoneNumberMatcher::POSSIBLE : PhoneNumberMatcher::VALID, max_tries);
    while (matcher.HasNext() && matcher.Next(match) && (gsize)match->start() < end)
        if (!is_drama || is_for_drama(match->number()))
            return true;
    return false;
}

bool find_in_stretch(const char *text, gsize start, Span stretch, const std::string &home, Span *found, char **number)
{
    Span window = widen(text, start, stretch);
    const std::string part(text + window.from, window.to - window.from);
    PhoneNumberMatch valid, drama;
    bool has_valid = match_window(part, stretch.to - window.from, home, false, &valid);
    bool has_drama = may_hold_drama(part) && match_window(part, stretch.to - window.from, home, true, &drama);
    if (!has_valid && !has_drama)
        return false;
    const PhoneNumberMatch &first = !has_valid || (has_drama && drama.start() < valid.start()) ? drama : valid;
    *found = Span{window.from + (gsize)first.start(), window.from + (gsize)first.end()};
    *number = write_number(*PhoneNumberUtil::GetInstance(), first.number());
    return true;
}

bool find_number(const char *text, gsize start, const std::string &home, Span *found, char **number)
{
    Span stretch;
    gsize at = start;
    for (int i = 0; i < max_windows && find_stretch(text, at, &stretch); i++) {
        if (find_in_stretch(text, start, stretch, home, found, number))
            return true;
        at = stretch.to;
    }
    return false;
}

}  // namespace

char *phone_normalise(const char *text, const char *region)
{
    if (!text || std::strlen(text) > number_max_bytes)
        return nullptr;
    try {
        const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
        PhoneNumber number;
        if (util.Parse(text, upper_region(region), &number) != PhoneNumberUtil::NO_PARSING_ERROR)
            return nullptr;
        return util.IsPossibleNumber(number) && may_be_dialled(number) ? write_number(util, number) : nullptr;
    } catch (...) {
        return nullptr;
    }
}

char *phone_say(const char *number, const char *region)
{
    if (number[0] != '+' || std::strlen(number) > number_max_bytes)
        return g_strdup(number);
    try {
        const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
        PhoneNumber read;
        std::string written;
        if (util.Parse(number, "ZZ", &read) != PhoneNumberUtil::NO_PARSING_ERROR)
            return g_strdup(number);
        bool is_home = util.GetCountryCodeForRegion(upper_region(region)) == read.country_code();
        util.Format(read, is_home ? PhoneNumberUtil::NATIONAL : PhoneNumberUtil::INTERNATIONAL, &written);
        return g_strdup(written.c_str());
    } catch (...) {
        return g_strdup(number);
    }
}

gboolean phone_find(const char *text, gsize start, const char *region, gsize *from, gsize *to, char **number)
{
    Span found;
    if (!text || start >= std::strlen(text))
        return FALSE;
    try {
        if (!find_number(text, start, upper_region(region), &found, number))
            return FALSE;
    } catch (...) {
        return FALSE;
    }
    *from = found.from;
    *to = found.to;
    return TRUE;
}
