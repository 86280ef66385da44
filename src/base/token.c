/*
 * base/token.c - digests, keyed marks and random names (libsodium)
 *
 * A secret is a text of any length: it is hashed to the key, so that neither its form nor its length matters to the marks.
 */
#include "usher/base/token.h"

#include <sodium.h>
#include <string.h>

#define DIGEST_BYTES (TOKEN_DIGEST_CHARS / 2)
#define MARK_BYTES 16 /* the least BLAKE2b gives; the mark shows 100 of its 128 bits */

struct TokenDigest {
    crypto_generichash_state state;
};

void token_open(void)
{
    if (sodium_init() < 0)
        g_error("this machine gives no random bytes: see that /dev/urandom or getrandom(2) works");
}

/* The state wants an alignment of 64, which malloc does not promise. */
TokenDigest *token_digest_new(void)
{
    TokenDigest *digest = g_aligned_alloc(1, sizeof *digest, 64);
    crypto_generichash_init(&digest->state, NULL, 0, DIGEST_BYTES);
    return digest;
}

void token_digest_free(TokenDigest *digest)
{
    g_aligned_free(digest);
}

void token_digest_add(TokenDigest *digest, const void *bytes, gsize length)
{
    crypto_generichash_update(&digest->state, bytes, length);
}

static char *write_hex(const unsigned char *bytes, gsize length)
{
    char *hex = g_malloc(length * 2 + 1);
    return sodium_bin2hex(hex, length * 2 + 1, bytes, length);
}

char *token_digest_finish(TokenDigest *digest)
{
    unsigned char hash[DIGEST_BYTES];
    crypto_generichash_final(&digest->state, hash, sizeof hash);
    token_digest_free(digest);
    return write_hex(hash, sizeof hash);
}

char *token_digest_bytes(const void *bytes, gsize length)
{
    unsigned char hash[DIGEST_BYTES];
    crypto_generichash(hash, sizeof hash, bytes, length, NULL, 0);
    return write_hex(hash, sizeof hash);
}

char *token_make_secret(void)
{
    unsigned char bytes[TOKEN_SECRET_BYTES];
    randombytes_buf(bytes, sizeof bytes);
    char *secret = write_hex(bytes, sizeof bytes);
    sodium_memzero(bytes, sizeof bytes);
    return secret;
}

/* RFC 4648 section 6 in lower case, without padding: the first `count` characters. */
static void write_base32(const unsigned char *bytes, char *text, gsize count)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
    for (gsize i = 0; i < count; i++) {
        gsize bit = i * 5;
        guint window = (guint)bytes[bit / 8] << 8 | bytes[bit / 8 + 1];
        text[i] = alphabet[window >> (11 - bit % 8) & 31];
    }
    text[count] = '\0';
}

char *token_make_mark(const char *secret, const char *text)
{
    unsigned char key[crypto_generichash_KEYBYTES];
    unsigned char hash[MARK_BYTES];
    crypto_generichash(key, sizeof key, (const unsigned char *)secret, strlen(secret), NULL, 0);
    crypto_generichash(hash, sizeof hash, (const unsigned char *)text, strlen(text), key, sizeof key);
    sodium_memzero(key, sizeof key);
    char *mark = g_malloc(TOKEN_MARK_CHARS + 1);
    write_base32(hash, mark, TOKEN_MARK_CHARS);
    return mark;
}

gboolean token_check_mark(const char *secret, const char *text, const char *mark)
{
    g_autofree char *right = token_make_mark(secret, text);
    return mark && strlen(mark) == TOKEN_MARK_CHARS && sodium_memcmp(mark, right, TOKEN_MARK_CHARS) == 0;
}
