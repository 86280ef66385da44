/*
 * parse/encoded.c - encoded words in headers (RFC 2047)
 *
 * Takes the raw value of a header; gives it with its encoded words read, each in the charset it names as text_from_bytes understands it: what is
 * called iso-8859-1 is windows-1252, as mail programs mean it, and bytes of an unknown or wrong charset are guessed at and never lost. GMime, which
 * would do this too, drops them. Words of one charset side by side are joined before they are read, since some programs cut in the midst of
 * a character.
 */
#include "parts.h"

#include <string.h>

#include "usher/base/text.h"

enum { MAX_CHARSET_BYTES = 60 };

/* An encoded word: "=?charset?B?text?=". */
typedef struct {
    const char *charset, *text, *end;
    gsize charset_length, text_length;
    char encoding;
} EncodedWord;

static gboolean read_word(const char *at, EncodedWord *word)
{
    if (at[0] != '=' || at[1] != '?')
        return FALSE;
    word->charset = at + 2;
    word->charset_length = strcspn(word->charset, "?* \r\n");
    const char *mark = word->charset + strcspn(word->charset, "? \r\n"); /* behind the language of RFC 2231 */
    if (*mark != '?' || word->charset_length == 0 || word->charset_length > MAX_CHARSET_BYTES || strchr("BbQq", mark[1]) == NULL ||
        mark[1] == '\0' || mark[2] != '?')
        return FALSE;
    word->encoding = (char)g_ascii_toupper(mark[1]);
    word->text = mark + 3;
    const char *close = strstr(word->text, "?=");
    if (close == NULL || memchr(word->text, '\n', (gsize)(close - word->text)) != NULL)
        return FALSE;
    word->text_length = (gsize)(close - word->text);
    word->end = close + 2;
    return TRUE;
}

static void decode_q(const EncodedWord *word, GString *into)
{
    for (gsize i = 0; i < word->text_length; i++) {
        char c = word->text[i];
        gboolean is_code =
            c == '=' && i + 2 < word->text_length && g_ascii_isxdigit(word->text[i + 1]) && g_ascii_isxdigit(word->text[i + 2]);
        if (is_code) {
            c = (char)(g_ascii_xdigit_value(word->text[i + 1]) << 4 | g_ascii_xdigit_value(word->text[i + 2]));
            i += 2;
        } else if (c == '_') {
            c = ' ';
        }
        g_string_append_c(into, c);
    }
}

static void decode_word(const EncodedWord *word, GString *into)
{
    if (word->encoding == 'Q') {
        decode_q(word, into);
        return;
    }
    g_autofree char *text = g_strndup(word->text, word->text_length);
    gsize length = 0;
    g_autofree guchar *bytes = g_base64_decode(text, &length);
    g_string_append_len(into, (const char *)bytes, (gssize)length);
}

/* The words from `word` on that belong together, as text; gives where they end. */
static const char *take_words(EncodedWord word, GString *out)
{
    g_autoptr(GString) bytes = g_string_new(NULL);
    g_autofree char *charset = g_strndup(word.charset, word.charset_length);
    const char *end = word.end;
    decode_word(&word, bytes);
    while (read_word(end + strspn(end, " \t\r\n"), &word) && word.charset_length == strlen(charset) &&
           g_ascii_strncasecmp(word.charset, charset, word.charset_length) == 0) {
        decode_word(&word, bytes);
        end = word.end;
    }
    g_autofree char *text = text_from_bytes(bytes->str, bytes->len, charset, NULL);
    g_string_append(out, text);
    return end;
}

char *encoded_read(const char *raw)
{
    GString *out = g_string_sized_new(strlen(raw));
    EncodedWord word;
    while (*raw != '\0') {
        const char *next = strstr(raw, "=?");
        if (next == NULL || !read_word(next, &word)) {
            gsize plain = next == NULL ? strlen(raw) : (gsize)(next - raw) + 2;
            g_string_append_len(out, raw, (gssize)plain);
            raw += plain;
            continue;
        }
        g_string_append_len(out, raw, next - raw);
        raw = take_words(word, out);
        const char *following = raw + strspn(raw, " \t\r\n");
        if (read_word(following, &word))
            raw = following; /* blanks between encoded words are none */
    }
    return g_string_free(out, FALSE);
}
