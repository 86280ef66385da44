/*
 * test_log.c - base/log: one line a message, whatever is in it
 */
#include <string.h>

#include "usher/base/error.h"
#include "usher/base/log.h"

static void log_quietly(void)
{
    log_open("supervisor", TRUE);
    log_open("engine", FALSE);
    g_message("from \"a\nusher: forged\r\x1b[31m\xc2\x9b\xff Zo\xc3\xab\"");
    g_warning("careful");
    g_debug("not to be seen");
}

static void log_verbosely(void)
{
    log_open(NULL, TRUE);
    g_debug("to be seen");
}

/* Warnings are not fatal in this child: it is the program's log that is looked at. */
static void run_in_child(void (*work)(void))
{
    g_log_set_always_fatal(G_LOG_FATAL_MASK);
    work();
}

static void test_lines(void)
{
    if (g_test_subprocess()) {
        run_in_child(log_quietly);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
    g_test_trap_assert_stderr("usher/engine: from \"a\\x0Ausher: forged\\x0D\\x1B[31m\\xC2\\x9B\\xFF Zo\xc3\xab\"\n"
                              "usher/engine: warning: careful\n");
}

static void test_verbose(void)
{
    if (g_test_subprocess()) {
        run_in_child(log_verbosely);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
    g_test_trap_assert_stderr("usher: debug: to be seen\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/log/lines", test_lines);
    g_test_add_func("/log/verbose", test_verbose);
    return g_test_run();
}
