/*
 * milter_client.c - the mail server's side of the milter protocol, for tests and benches
 */
#include "milter_client.h"

#include <arpa/inet.h>
#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE_S 30
#define OFFERED_ACTIONS (SMFI_CURR_ACTS)
#define OFFERED_STEPS (SMFI_CURR_PROT)
#define MAX_PACKET_BYTES (1024 * 1024)

struct MilterClient {
    int socket; /* -1 once lost */
    guint32 steps;
    GByteArray *out; /* not yet written */
    GByteArray *in;  /* the packet that was read last, its letter first */
    char *text;
    GPtrArray *changes;
};

/* ---- packets ---- */

static void lose(MilterClient *client)
{
    if (client->socket >= 0)
        close(client->socket);
    client->socket = -1;
}

static void put_packet(MilterClient *client, char command, const void *bytes, gsize length)
{
    guint32 size = htonl((guint32)length + 1);
    g_byte_array_append(client->out, (const guint8 *)&size, sizeof size);
    g_byte_array_append(client->out, (const guint8 *)&command, 1);
    if (length > 0)
        g_byte_array_append(client->out, bytes, (guint)length);
}

static void flush(MilterClient *client)
{
    for (gsize from = 0; client->socket >= 0 && from < client->out->len;) {
        gssize written = send(client->socket, client->out->data + from, client->out->len - from, MSG_NOSIGNAL);
        if (written <= 0)
            lose(client);
        else
            from += (gsize)written;
    }
    g_byte_array_set_size(client->out, 0);
}

static gboolean read_exactly(MilterClient *client, void *buffer, gsize length)
{
    if (client->socket >= 0 && recv(client->socket, buffer, length, MSG_WAITALL) == (gssize)length)
        return TRUE;
    lose(client);
    return FALSE;
}

/* Gives the letter of the next packet; 0 when the connection is lost. */
static char read_packet(MilterClient *client)
{
    guint32 size;
    flush(client);
    if (!read_exactly(client, &size, sizeof size))
        return 0;
    size = ntohl(size);
    g_assert_cmpuint(size, >, 0);
    g_assert_cmpuint(size, <=, MAX_PACKET_BYTES);
    g_byte_array_set_size(client->in, size);
    return read_exactly(client, client->in->data, size) ? (char)client->in->data[0] : 0;
}

static guint32 get_number(const MilterClient *client, gsize offset)
{
    guint32 number;
    g_assert_cmpuint(offset + sizeof number, <=, client->in->len);
    memcpy(&number, client->in->data + offset, sizeof number);
    return ntohl(number);
}

/* The text at offset in the last packet; it has its NUL there. */
static const char *get_text(const MilterClient *client, gsize offset)
{
    g_assert_nonnull(memchr(client->in->data + offset, '\0', client->in->len - offset));
    return (const char *)client->in->data + offset;
}

/* ---- connection ---- */

static void negotiate(MilterClient *client)
{
    guint32 offer[] = {htonl(6), htonl(OFFERED_ACTIONS), htonl(OFFERED_STEPS)};
    put_packet(client, SMFIC_OPTNEG, offer, sizeof offer);
    if (read_packet(client) != SMFIC_OPTNEG) {
        lose(client);
        return;
    }
    client->steps = get_number(client, 1 + 2 * sizeof(guint32));
}

MilterClient *milter_client_open(const char *socket_path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    g_assert_cmpuint(g_strlcpy(address.sun_path, socket_path, sizeof address.sun_path), <, sizeof address.sun_path);
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0 || connect(descriptor, (const struct sockaddr *)&address, sizeof address) != 0) {
        close(descriptor);
        return NULL;
    }
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    MilterClient *client = g_new0(MilterClient, 1);
    client->socket = descriptor;
    client->out = g_byte_array_new();
    client->in = g_byte_array_new();
    client->changes = g_ptr_array_new_with_free_func(g_free);
    negotiate(client);
    return client;
}

void milter_client_abandon(MilterClient *client)
{
    lose(client);
    g_byte_array_unref(client->out);
    g_byte_array_unref(client->in);
    g_ptr_array_unref(client->changes);
    g_free(client->text);
    g_free(client);
}

void milter_client_close(MilterClient *client)
{
    if (client == NULL)
        return;
    put_packet(client, SMFIC_QUIT, NULL, 0);
    flush(client);
    milter_client_abandon(client);
}

guint32 milter_client_get_steps(const MilterClient *client)
{
    return client->steps;
}

/* ---- a mail ---- */

/* Reads up to an answer; what comes before it are changes. */
static MilterReply read_reply(MilterClient *client)
{
    for (;;) {
        char letter = read_packet(client);
        switch (letter) {
        case SMFIR_ADDHEADER: {
            const char *name = get_text(client, 1);
            const char *blank = client->steps & SMFIP_HDR_LEADSPC ? "" : " "; /* as Postfix does */
            g_ptr_array_add(client->changes, g_strdup_printf("add %s:%s%s", name, blank, get_text(client, strlen(name) + 2)));
            break;
        }
        case SMFIR_CHGHEADER: {
            const char *name = get_text(client, 1 + sizeof(guint32));
            const char *value = get_text(client, strlen(name) + 2 + sizeof(guint32));
            g_ptr_array_add(client->changes, g_strdup_printf("change %s %u: %s", name, get_number(client, 1), value));
            break;
        }
        case SMFIR_PROGRESS:
            break;
        case SMFIR_REPLYCODE:
            g_free(client->text);
            client->text = g_strdup(get_text(client, 1));
            return MILTER_REPLY_CODE;
        default:
            return (MilterReply)letter;
        }
    }
}

/* A step whose answer, when it was not negotiated away, must be to go on. */
static void take_step(MilterClient *client, guint32 unanswered)
{
    if ((client->steps & unanswered) == 0)
        g_assert_cmpint(read_reply(client), ==, MILTER_CONTINUE);
}

void milter_client_mail(MilterClient *client, const char *from)
{
    g_ptr_array_set_size(client->changes, 0);
    g_clear_pointer(&client->text, g_free);
    put_packet(client, SMFIC_MAIL, from, strlen(from) + 1);
    take_step(client, SMFIP_NR_MAIL);
}

void milter_client_recipient(MilterClient *client, const char *to)
{
    put_packet(client, SMFIC_RCPT, to, strlen(to) + 1);
    take_step(client, SMFIP_NR_RCPT);
}

void milter_client_header(MilterClient *client, const char *name, const char *value)
{
    g_autoptr(GString) packet = g_string_new(name);
    g_string_append_c(packet, '\0');
    if (client->steps & SMFIP_HDR_LEADSPC)
        g_string_append_c(packet, ' ');
    g_string_append_len(packet, value, (gssize)strlen(value) + 1);
    put_packet(client, SMFIC_HEADER, packet->str, packet->len);
    take_step(client, SMFIP_NR_HDR);
}

MilterReply milter_client_end_header(MilterClient *client)
{
    put_packet(client, SMFIC_EOH, NULL, 0);
    return (client->steps & SMFIP_NR_EOH) ? MILTER_CONTINUE : read_reply(client);
}

void milter_client_body(MilterClient *client, const char *bytes, gsize length)
{
    for (gsize from = 0; from < length; from += MILTER_CHUNK_SIZE) {
        put_packet(client, SMFIC_BODY, bytes + from, MIN(length - from, MILTER_CHUNK_SIZE));
        if (client->out->len > MILTER_CHUNK_SIZE)
            flush(client);
        take_step(client, SMFIP_NR_BODY);
    }
}

MilterReply milter_client_end_message(MilterClient *client, const char *queue_id)
{
    g_autoptr(GString) macros = g_string_new_len("Ei\0", 3);
    if (queue_id != NULL) {
        g_string_append_len(macros, queue_id, (gssize)strlen(queue_id) + 1);
        put_packet(client, SMFIC_MACRO, macros->str, macros->len);
    }
    put_packet(client, SMFIC_BODYEOB, NULL, 0);
    return read_reply(client);
}

void milter_client_abort(MilterClient *client)
{
    put_packet(client, SMFIC_ABORT, NULL, 0);
    flush(client);
}

MilterReply milter_client_send(MilterClient *client, const char *from, const char *to, const char *const *headers, const char *body,
                               gsize length)
{
    milter_client_mail(client, from);
    milter_client_recipient(client, to);
    for (gsize i = 0; headers[i] != NULL; i += 2)
        milter_client_header(client, headers[i], headers[i + 1]);
    MilterReply reply = milter_client_end_header(client);
    if (reply != MILTER_CONTINUE)
        return reply;
    milter_client_body(client, body, length);
    return milter_client_end_message(client, NULL);
}

const char *milter_client_get_text(const MilterClient *client)
{
    return client->text;
}

const GPtrArray *milter_client_get_changes(const MilterClient *client)
{
    return client->changes;
}
