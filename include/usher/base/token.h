/*
 * base/token.h - digests, keyed marks and random names (libsodium)
 *
 * The one home of libsodium. Digests are BLAKE2b (RFC 7693) written in lower-case hexadecimal.
 */
#ifndef USHER_BASE_TOKEN_H
#define USHER_BASE_TOKEN_H

#include <glib.h>

#define TOKEN_DIGEST_CHARS 64 /* 256 bits in hexadecimal */
#define TOKEN_SECRET_BYTES 32
#define TOKEN_MARK_CHARS 20 /* 100 bits in base32 */

/* Must be called once in a process before anything else here. Aborts when the machine has no random source. */
void token_open(void);

/* A digest that is fed piece by piece. */
typedef struct TokenDigest TokenDigest;
TokenDigest *token_digest_new(void);
void token_digest_add(TokenDigest *digest, const void *bytes, gsize length);
char *token_digest_finish(TokenDigest *digest); /* takes the digest; the caller owns the text */
void token_digest_free(TokenDigest *digest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TokenDigest, token_digest_free)

/* The digest of one piece. The caller owns the text. */
char *token_digest_bytes(const void *bytes, gsize length);

/* TOKEN_SECRET_BYTES random bytes in hexadecimal: a secret as it is stored. The caller owns the text. */
char *token_make_secret(void);

/*
 * A keyed mark over a text: TOKEN_MARK_CHARS characters of a-z and 2-7 that only somebody with the secret can make.
 * The caller owns the text.
 */
char *token_make_mark(const char *secret, const char *text);

/* TRUE when `mark` is the mark of `text`; takes the same time whether it is or not. */
gboolean token_check_mark(const char *secret, const char *text, const char *mark);

#endif
