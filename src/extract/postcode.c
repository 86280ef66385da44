/*
 * extract/postcode.c - postcodes of the United Kingdom -> "SW10 0BQ", and where they lie
 *
 * Takes any case and spacing, "Sw10 0bq" and "sw100bq" alike, and the letters O and I where only a digit can stand. NULL when the shape is none of the
 * six, when there is no such area, or when a letter stands that is not used there (Royal Mail's Programmers' Guide to PAF; BS 7666-2).
 */
#include "parts.h"

#include <string.h>

#define INCODE_CHARS 3
#define MAX_CHARS 7

static const struct {
    const char *area;
    const char *place;
} areas[] = {{"AB", "Aberdeen"},
             {"AL", "St Albans"},
             {"B", "Birmingham"},
             {"BA", "Bath"},
             {"BB", "Blackburn"},
             {"BD", "Bradford"},
             {"BH", "Bournemouth"},
             {"BL", "Bolton"},
             {"BN", "Brighton"},
             {"BR", "Bromley"},
             {"BS", "Bristol"},
             {"BT", "Northern Ireland"},
             {"CA", "Carlisle"},
             {"CB", "Cambridge"},
             {"CF", "Cardiff"},
             {"CH", "Chester"},
             {"CM", "Chelmsford"},
             {"CO", "Colchester"},
             {"CR", "Croydon"},
             {"CT", "Canterbury"},
             {"CV", "Coventry"},
             {"CW", "Crewe"},
             {"DA", "Dartford"},
             {"DD", "Dundee"},
             {"DE", "Derby"},
             {"DG", "Dumfries and Galloway"},
             {"DH", "Durham"},
             {"DL", "Darlington"},
             {"DN", "Doncaster"},
             {"DT", "Dorchester"},
             {"DY", "Dudley"},
             {"E", "East London"},
             {"EC", "Central London"},
             {"EH", "Edinburgh"},
             {"EN", "Enfield"},
             {"EX", "Exeter"},
             {"FK", "Falkirk"},
             {"FY", "Blackpool"},
             {"G", "Glasgow"},
             {"GL", "Gloucester"},
             {"GU", "Guildford"},
             {"GY", "Guernsey"},
             {"HA", "Harrow"},
             {"HD", "Huddersfield"},
             {"HG", "Harrogate"},
             {"HP", "Hemel Hempstead"},
             {"HR", "Hereford"},
             {"HS", "Outer Hebrides"},
             {"HU", "Hull"},
             {"HX", "Halifax"},
             {"IG", "Ilford"},
             {"IM", "Isle of Man"},
             {"IP", "Ipswich"},
             {"IV", "Inverness"},
             {"JE", "Jersey"},
             {"KA", "Kilmarnock"},
             {"KT", "Kingston upon Thames"},
             {"KW", "Kirkwall"},
             {"KY", "Kirkcaldy"},
             {"L", "Liverpool"},
             {"LA", "Lancaster"},
             {"LD", "Llandrindod Wells"},
             {"LE", "Leicester"},
             {"LL", "Llandudno"},
             {"LN", "Lincoln"},
             {"LS", "Leeds"},
             {"LU", "Luton"},
             {"M", "Manchester"},
             {"ME", "Medway"},
             {"MK", "Milton Keynes"},
             {"ML", "Motherwell"},
             {"N", "North London"},
             {"NE", "Newcastle upon Tyne"},
             {"NG", "Nottingham"},
             {"NN", "Northampton"},
             {"NP", "Newport"},
             {"NR", "Norwich"},
             {"NW", "North West London"},
             {"OL", "Oldham"},
             {"OX", "Oxford"},
             {"PA", "Paisley"},
             {"PE", "Peterborough"},
             {"PH", "Perth"},
             {"PL", "Plymouth"},
             {"PO", "Portsmouth"},
             {"PR", "Preston"},
             {"RG", "Reading"},
             {"RH", "Redhill"},
             {"RM", "Romford"},
             {"S", "Sheffield"},
             {"SA", "Swansea"},
             {"SE", "South East London"},
             {"SG", "Stevenage"},
             {"SK", "Stockport"},
             {"SL", "Slough"},
             {"SM", "Sutton"},
             {"SN", "Swindon"},
             {"SO", "Southampton"},
             {"SP", "Salisbury"},
             {"SR", "Sunderland"},
             {"SS", "Southend-on-Sea"},
             {"ST", "Stoke-on-Trent"},
             {"SW", "South West London"},
             {"SY", "Shrewsbury"},
             {"TA", "Taunton"},
             {"TD", "Galashiels"},
             {"TF", "Telford"},
             {"TN", "Tonbridge"},
             {"TQ", "Torquay"},
             {"TR", "Truro"},
             {"TS", "Cleveland"},
             {"TW", "Twickenham"},
             {"UB", "Southall"},
             {"W", "West London"},
             {"WA", "Warrington"},
             {"WC", "Central London"},
             {"WD", "Watford"},
             {"WF", "Wakefield"},
             {"WN", "Wigan"},
             {"WR", "Worcester"},
             {"WS", "Walsall"},
             {"WV", "Wolverhampton"},
             {"YO", "York"},
             {"ZE", "Lerwick"}};

/* The letters and digits of a postcode, in capitals. NULL when there is anything else, or too much. */
static char *make_compact(const char *raw)
{
    g_autoptr(GString) compact = g_string_new(NULL);
    for (const char *at = raw; *at; at++) {
        gboolean is_gap = *at == ' ' || *at == '-' || *at == '\t' || (guchar)*at == 0xC2 || (guchar)*at == 0xA0;
        if (!g_ascii_isalnum(*at) && !is_gap) {
            return NULL;
        }
        if (!is_gap) {
            g_string_append_c(compact, g_ascii_toupper(*at));
        }
        if (compact->len > MAX_CHARS) {
            return NULL;
        }
    }
    return g_strdup(compact->str);
}

static gsize count_letters(const char *text)
{
    gsize letters = 0;
    while (g_ascii_isupper(text[letters])) {
        letters++;
    }
    return letters;
}

static const char *find_area(const char *compact)
{
    gsize letters = count_letters(compact);
    for (guint i = 0; i < G_N_ELEMENTS(areas); i++) {
        if (strlen(areas[i].area) == letters && strncmp(areas[i].area, compact, letters) == 0) {
            return areas[i].place;
        }
    }
    return NULL;
}

/* A9, A99, A9A, AA9, AA99, AA9A; what stands behind the area. */
static gboolean is_district(const char *district, gsize length)
{
    if (length < 1 || length > 2 || !g_ascii_isdigit(district[0])) {
        return FALSE;
    }
    return length == 1 || g_ascii_isdigit(district[1]) || strchr("ABCDEFGHJKMNPRSTUVWXY", district[1]);
}

static gboolean is_incode(const char *incode)
{
    static const char letters[] = "ABDEFGHJLNPQRSTUWXYZ";
    return g_ascii_isdigit(incode[0]) && strchr(letters, incode[1]) && strchr(letters, incode[2]);
}

char *extract_normalise_postcode(const char *raw)
{
    g_autofree char *compact = make_compact(raw);
    gsize length = compact ? strlen(compact) : 0;
    if (length < 2 + INCODE_CHARS) {
        return NULL;
    }
    char *incode = compact + length - INCODE_CHARS;
    gsize area = 0;
    *incode = *incode == 'O' ? '0' : *incode == 'I' ? '1' : *incode;
    area = count_letters(compact);
    if (area + 1 > length - INCODE_CHARS || !find_area(compact) || !is_incode(incode) ||
        !is_district(compact + area, length - INCODE_CHARS - area)) {
        return NULL;
    }
    return g_strdup_printf("%.*s %s", (int)(length - INCODE_CHARS), compact, incode);
}

const char *extract_find_postal_area(const char *postcode)
{
    return find_area(postcode);
}
