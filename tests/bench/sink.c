/*
 * sink.c - an SMTP server that says yes to everything as fast as it can, in a process of its own, another for each connection
 *
 * Lines come in together or not; an answer goes out when all that has come is answered.
 */
#include "sink.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define BUFFER_BYTES (1 << 20)

typedef struct {
    gboolean is_pipelining;
    gboolean in_content;
} Talk;

static void put(int fd, const char *text)
{
    if (write(fd, text, strlen(text)) < 0) {
        _exit(1);
    }
}

static const char *answer_line(Talk *talk, const char *line, gsize length)
{
    if (talk->in_content) {
        talk->in_content = !(line[0] == '.' && length == 2);
        return talk->in_content ? "" : "250 2.0.0 Ok: queued\r\n";
    }
    switch (line[0]) {
    case 'D':
        talk->in_content = TRUE;
        return "354 go on\r\n";
    case 'E':
        return talk->is_pipelining ? "250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n" : "250-sink\r\n250 8BITMIME\r\n";
    case 'Q':
        return "221 bye\r\n";
    default:
        return "250 2.1.0 Ok\r\n";
    }
}

static void serve(int fd, gboolean is_pipelining)
{
    g_autofree char *buffer = g_malloc(BUFFER_BYTES);
    gsize length = 0;
    Talk talk = {.is_pipelining = is_pipelining};
    put(fd, "220 sink\r\n");
    for (ssize_t count; (count = read(fd, buffer + length, BUFFER_BYTES - length)) > 0;) {
        length += (gsize)count;
        g_autoptr(GString) answers = g_string_new(NULL);
        char *line = buffer;
        for (char *end; (end = memchr(line, '\n', length - (gsize)(line - buffer))); line = end + 1) {
            g_string_append(answers, answer_line(&talk, line, (gsize)(end - line)));
        }
        length -= (gsize)(line - buffer);
        memmove(buffer, line, length);
        if (answers->len > 0) {
            put(fd, answers->str);
        }
    }
}

static void serve_all(int listener, gboolean is_pipelining)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        int one = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            serve(fd, is_pipelining);
            _exit(0);
        }
        close(fd);
    }
}

pid_t sink_start(gboolean is_pipelining, guint *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 16) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0) {
        g_error("no sink");
    }
    *port = ntohs(address.sin_port);
    pid_t pid = fork();
    if (pid == 0) {
        serve_all(listener, is_pipelining);
    }
    close(listener);
    return pid;
}

void sink_stop(pid_t sink)
{
    kill(sink, SIGKILL);
    waitpid(sink, NULL, 0);
}
