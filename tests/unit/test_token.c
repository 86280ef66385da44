/*
 * test_token.c - base/token: digests, secrets, keyed marks
 */
#include <string.h>

#include "usher/base/token.h"

static void test_digest(void)
{
    /* BLAKE2b-256 of the empty text and of "abc", as b2sum -l 256 prints them */
    g_autofree char *empty = token_digest_bytes("", 0);
    g_assert_cmpstr(empty, ==, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
    g_autofree char *abc = token_digest_bytes("abc", 3);
    g_assert_cmpstr(abc, ==, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    g_assert_cmpuint(strlen(abc), ==, TOKEN_DIGEST_CHARS);
    TokenDigest *digest = token_digest_new();
    token_digest_add(digest, "a", 1);
    token_digest_add(digest, "", 0);
    token_digest_add(digest, "bc", 2);
    g_autofree char *pieces = token_digest_finish(digest);
    g_assert_cmpstr(pieces, ==, abc);
    g_autoptr(TokenDigest) unfinished = token_digest_new();
    token_digest_add(unfinished, "x", 1);
}

static void test_secret(void)
{
    g_autofree char *one = token_make_secret();
    g_autofree char *other = token_make_secret();
    g_assert_cmpuint(strlen(one), ==, TOKEN_SECRET_BYTES * 2);
    g_assert_cmpuint(strspn(one, "0123456789abcdef"), ==, strlen(one));
    g_assert_cmpstr(one, !=, other);
}

static void test_mark(void)
{
    g_autofree char *secret = token_make_secret();
    g_autofree char *other_secret = token_make_secret();
    g_autofree char *mark = token_make_mark(secret, "lead:17");
    g_autofree char *again = token_make_mark(secret, "lead:17");
    g_assert_cmpstr(mark, ==, again);
    g_assert_cmpuint(strlen(mark), ==, TOKEN_MARK_CHARS);
    g_assert_cmpuint(strspn(mark, "abcdefghijklmnopqrstuvwxyz234567"), ==, TOKEN_MARK_CHARS);
    g_assert_true(token_check_mark(secret, "lead:17", mark));
    g_assert_false(token_check_mark(secret, "lead:18", mark));
    g_assert_false(token_check_mark(other_secret, "lead:17", mark));
    g_assert_false(token_check_mark(secret, "lead:17", ""));
    g_assert_false(token_check_mark(secret, "lead:17", NULL));
    g_autofree char *longer = g_strconcat(mark, "a", NULL);
    g_assert_false(token_check_mark(secret, "lead:17", longer));
    g_autofree char *shorter = g_strndup(mark, TOKEN_MARK_CHARS - 1);
    g_assert_false(token_check_mark(secret, "lead:17", shorter));
}

/* Each character of a mark counts. */
static void test_forged_mark(void)
{
    for (gsize i = 0; i < TOKEN_MARK_CHARS; i++) {
        g_autofree char *mark = token_make_mark("secret", "text");
        mark[i] = mark[i] == 'a' ? 'b' : 'a';
        g_assert_false(token_check_mark("secret", "text", mark));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    token_open();
    g_test_add_func("/token/digest", test_digest);
    g_test_add_func("/token/secret", test_secret);
    g_test_add_func("/token/mark", test_mark);
    g_test_add_func("/token/mark/forged", test_forged_mark);
    return g_test_run();
}
