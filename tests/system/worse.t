#!/usr/bin/python3
"""worse.t - what goes wrong more rarely, and costs more

A reader that dies on a mail; a full disk between a mail that went out and the note of it, and between a claim and its decision; a server that
refuses the original in a brief; many reloads while the mail server is down; a store that is moved under the daemon; the settings gone at a reload; a
Maildir on a file system that cannot rename as we like; forged delivery reports; two firms with Usher that write to each other; addresses beyond ASCII
on the command line.
"""
import os
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from ushertest import *  # noqa: E402,F403

LATER = "2026-03-02T11:30:00Z"
FAULTS = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <string.h>

/* A parser with a hole. */
void *g_mime_stream_mem_new_with_byte_array(GByteArray *bytes)
{
    void *(*next)(GByteArray *) = (void *(*)(GByteArray *))dlsym(RTLD_NEXT, "g_mime_stream_mem_new_with_byte_array");
    if (memmem(bytes->data, bytes->len, "POISON-MARKER", 13)) {
        signal(SIGSEGV, SIG_DFL);
        raise(SIGSEGV);
    }
    return next(bytes);
}

/* A file system that knows no flags of renameat2, as NFS. */
int renameat2(int a, const char *b, int c, const char *d, unsigned e)
{
    (void)a; (void)b; (void)c; (void)d; (void)e;
    errno = EINVAL;
    return -1;
}
"""
MAILDIR = "  maildirs: [intake]\n"


def smtp_delivery(port):
    return f"  smtp: {{host: 127.0.0.1, port: {port}, tls: none}}\n"


def make_faults():
    folder = tempfile.mkdtemp(prefix="usher-faults-")
    source, library = os.path.join(folder, "faults.c"), os.path.join(folder, "faults.so")
    with open(source, "w", encoding="utf-8") as file:
        file.write(FAULTS)
    flags = subprocess.run(["pkg-config", "--cflags", "glib-2.0"], capture_output=True, check=True, text=True).stdout.split()
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, *flags, "-ldl"], check=True)
    return folder, dict(os.environ, LD_PRELOAD=library)


def engine_of(daemon):
    """The child that listens on the wake socket is the engine; it is started last."""
    return max(daemon.children())


def reload(daemon):
    mark = len(daemon.read_log())
    daemon.process.send_signal(signal.SIGHUP)
    return wait_for(lambda: b"in force" in daemon.read_log(mark))


def test_poison(environment):
    """Ten mails in one batch, one of which kills whoever reads it: it goes to a person, the others are leads."""
    instance = Instance(intake=MAILDIR)
    for number in range(1, 11):
        instance.drop(f"m{number:02}", mail(number, body="We need help with VAT. POISON-MARKER" if number == 4 else None))
    daemon = Daemon(instance, env=environment)
    ok(wait_for(lambda: instance.status()["undecided"] == 0 and instance.status()["messages"] == 10, 60), "poison: all ten are decided",
       daemon.read_log().decode())
    equal((instance.status()["quarantined"], instance.status()["leads"]), (1, 10), "poison: one is quarantined, and every mail is a lead")
    leads = [lead for lead in instance.json("leads") if lead["exception"] == "undecided"]
    equal(len(leads), 1, "poison: it is an exception with an owner")
    ok(wait_for(lambda: len(instance.outgoing()) == 19), "poison: nine acknowledgements and ten briefs", str(len(instance.outgoing())))
    attached = [raw for raw in instance.outgoing() if b"POISON-MARKER" in raw]
    equal(len(attached), 1, "poison: its brief carries the original")
    equal(daemon.stop(), 0, "poison: ends well")
    instance.close()


def test_rename(environment):
    instance = Instance(intake=MAILDIR)
    daemon = Daemon(instance, env=environment)
    instance.drop("m1", mail(1))
    ok(wait_for(lambda: os.listdir(instance.path("intake", "cur")) == ["m1:2,"] and not os.listdir(instance.path("intake", "new"))),
       "a file system that knows no RENAME_NOREPLACE: the mail is moved all the same", daemon.read_log().decode())
    equal(daemon.stop(), 0, "rename: ends well")
    instance.close()


def test_full_after_send():
    """The mail is out, and then the disk is full: the note of it waits, and the mail does not go again."""
    full = threading.Event()
    sink = MailSink()
    instance = Instance(delivery=smtp_delivery(sink.port), intake=MAILDIR)
    daemon = Daemon(instance)
    engine = engine_of(daemon)
    def behave(session, verb, line):
        if verb == "DOT" and not full.is_set():
            full.set()
            resource.prlimit(engine, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        return None
    sink.behave = behave
    instance.drop("m1", mail(1))
    ok(wait_for(full.is_set), "full disk after a sending: the first mail is out")
    time.sleep(3)
    equal(len(sink.mails), 1, "full disk after a sending: nothing more goes meanwhile")
    resource.prlimit(engine, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    ok(wait_for(lambda: {m["state"] for m in instance.json("outbox")} == {"sent"}, 20), "full disk after a sending: all is noted when there is room",
       daemon.read_log().decode())
    equal(sorted(set(sink.message_ids())), sorted(sink.message_ids()), "full disk after a sending: each mail went once")
    equal(daemon.stop(), 0, "full disk after a sending: ends well")
    sink.close()
    instance.close()


def test_full_before_decision():
    """There is room for a claim but not for a decision, again and again: that is no fault of the mail."""
    instance = Instance()
    instance.deliver(mail(1))
    keeper = sqlite3.connect(instance.path("usher.db"), isolation_level=None)
    keeper.execute("PRAGMA wal_autocheckpoint=0")
    keeper.execute("CREATE TABLE room (bytes BLOB)")
    keeper.execute("INSERT INTO room VALUES (zeroblob(3000000))")
    log = instance.path("usher.db-wal")

    def limit(pages):
        size = os.path.getsize(log) + pages * 4120
        def set_limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        return set_limit

    keeper.execute("INSERT INTO message (digest, received, size_bytes, is_cut) VALUES ('d2', 1772443800, 1, 0)")
    keeper.execute("INSERT INTO message_raw VALUES (2, 0, ?)", (mail(2),))
    keeper.execute("INSERT INTO delivery (message, at, door, envelope_to) VALUES (2, 1772443800, 'deliver', 'enquiries@hartleyfinch.example\n')")
    for minute in range(30, 50, 4):
        result = instance.run("tick", now=f"2026-03-02T09:{minute}:00Z", preexec_fn=limit(4))
        equal(result.returncode, 75, "full disk before a decision: to be tried again")
    equal(keeper.execute("SELECT attempts, claimed_until FROM message WHERE id = 2").fetchone(), (0, 0),
          "full disk before a decision: the tries are not counted, and the mail is free")
    equal(instance.run("tick", now=LATER).returncode, 0, "full disk before a decision: then there is room")
    equal((instance.status()["quarantined"], instance.status()["leads"]), (0, 2), "full disk before a decision: the mail is a lead as any other")
    keeper.close()
    instance.close()


def test_original_refused():
    """A filter of the server refuses what a stranger wrote: the brief goes without it."""
    seen = []
    def behave(session, verb, line):
        if verb == "DOT":
            seen.append(line)
            return "554 5.7.1 virus found" if line.startswith("jane") and seen.count(line) == 1 else None
        return None
    sink = MailSink(behave)
    instance = Instance(delivery=smtp_delivery(sink.port))
    instance.deliver(mail(1))
    instance.run("tick")
    brief = [m for m in instance.json("outbox") if m["purpose"] == "brief"][0]
    equal(brief["state"], "sent", "refused original: the brief went")
    ok("virus found" in brief["last_answer"], "refused original: it stands on record why", brief["last_answer"])
    bodies = [data for recipient, _, data in sink.mails if recipient.startswith("jane")]
    equal([b"message/rfc822" in data for data in bodies], [False], "refused original: and without it")
    sink.close()
    instance.close()


def test_reload_storm():
    """Each reload is a try at what waits; it must not use up the tries of a mail."""
    instance = Instance(delivery=smtp_delivery(free_port()), intake=MAILDIR)
    with open(os.path.join(TOP, "rules", "routes.yaml"), encoding="utf-8") as file:
        text = file.read()
    instance.write("rules/routes.yaml", re.sub(r"attempts: \d+", "attempts: 3", text))
    daemon = Daemon(instance)
    instance.drop("m1", mail(1))
    ok(wait_for(lambda: any(m["attempts"] for m in instance.json("outbox"))), "reloads: the server is down")
    for _ in range(6):
        reload(daemon)
        time.sleep(0.3)
    equal({m["state"] for m in instance.json("outbox")}, {"pending"}, "reloads: six of them give up no mail of three tries")
    for _ in range(300):
        daemon.process.send_signal(signal.SIGHUP)
    instance.drop("m2", mail(2))
    ok(wait_for(lambda: instance.status()["leads"] == 2), "reloads: in a storm of them the daemon works on")
    equal(daemon.stop(), 0, "reloads: ends well")
    instance.close()


def test_moved_store():
    """A reload changes the store, then processes are started again: all of them stay with the old one."""
    instance = Instance(intake=MAILDIR)
    daemon = Daemon(instance)
    with open(instance.path("usher.yaml"), encoding="utf-8") as file:
        settings = file.read()
    moved = re.sub(r"(?m)^store:.*$", "", settings) + "\nstore: other.db\n"
    instance.write("usher.yaml", moved)
    ok(reload(daemon), "moved store: the reload is done")
    for pid in daemon.children():
        os.kill(pid, signal.SIGKILL)
    instance.drop("m1", mail(1))
    instance.write("usher.yaml", settings)
    ok(wait_for(lambda: instance.status()["leads"] == 1), "moved store: what comes in goes where the others look", daemon.read_log().decode())
    ok(not os.path.exists(instance.path("other.db")), "moved store: the new one is not begun")
    equal(daemon.stop(), 0, "moved store: ends well")
    instance.close()


def test_settings_gone():
    instance = Instance(intake=MAILDIR)
    daemon = Daemon(instance)
    os.rename(instance.path("usher.yaml"), instance.path("away.yaml"))
    mark = len(daemon.read_log())
    daemon.process.send_signal(signal.SIGHUP)
    ok(wait_for(lambda: b"the old one stays in force" in daemon.read_log(mark)), "no settings at a reload: it says that the old ones stay")
    instance.drop("m1", mail(1))
    ok(wait_for(lambda: len(instance.outgoing()) == 2), "no settings at a reload: the daemon works on")
    os.rename(instance.path("away.yaml"), instance.path("usher.yaml"))
    equal(daemon.stop(), 0, "no settings at a reload: ends well")
    instance.close()


def report(number, recipient, returned=""):
    return (f"From: MAILER-DAEMON@mx.example\nTo: enquiries@hartleyfinch.example\nSubject: Undelivered Mail Returned to Sender\n"
            f"Message-ID: <report-{number}@mx.example>\nDate: Mon, 02 Mar 2026 09:10:00 +0000\nMIME-Version: 1.0\n"
            "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain\n\nIt failed.\n\n"
            "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
            f"Final-Recipient: rfc822; {recipient}\nAction: failed\nStatus: 5.1.1\n\n"
            f"--b\nContent-Type: text/rfc822-headers\n\n{returned}Subject: Re: Enquiry\n\n--b--\n").encode()


def test_forged_report():
    """Anybody can write a delivery report: only one that returns a mail of ours counts, and only for that mail's lead."""
    instance = Instance()
    instance.deliver(mail(1))
    instance.deliver(report(1, "pat1@client1.example"), sender="<>")
    instance.deliver(report(2, "pat2@client2.example"), sender="<>")
    instance.deliver(report(3, "pat2@client2.example", "Message-ID: <test-1@client.example>\n"), sender="<>")
    equal(instance.json("leads")[0]["exception"], None, "forged report: the lead it names is as it was")
    instance.deliver(mail(2))
    instance.run("tick")
    equal(sorted(m["to"] for m in instance.json("outbox") if m["purpose"] == "ack" and m["state"] == "sent"),
          ["pat1@client1.example", "pat2@client2.example"], "forged report: both are answered")
    ack = [m for m in instance.json("outbox", "--full") if m["to"] == "pat1@client1.example"][0]
    instance.deliver(report(4, "pat2@client2.example", f"Message-ID: <{ack['message_id']}>\n"), sender="<>")
    instance.deliver(report(5, "pat1@client1.example", f"Message-ID: <{ack['message_id']}>\n"), sender="<>")
    leads = {lead["id"]: lead["exception"] for lead in instance.json("leads")}
    equal(leads, {1: "bounced", max(leads): None}, "true report: its lead is an exception, another is not")
    marks = sqlite3.connect(instance.path("usher.db")).execute("SELECT address FROM address_mark").fetchall()
    equal(marks, [("pat1@client1.example",)], "true report: the address that we wrote to is marked, and no other")
    instance.close()


def strip(raw, names):
    """As a gateway does that takes headers away."""
    head, body = raw.split(b"\n\n", 1)
    head = re.sub(rb"\n[ \t]+", b" ", head)
    return b"\n".join(line for line in head.split(b"\n") if line.split(b":")[0].decode() not in names) + b"\n\n" + body


def test_two_firms(what, stripped, expected):
    """Two firms with Usher, each an enquirer at the other: one acknowledgement, and that is not answered, whatever a gateway takes away."""
    firms = [Instance(), Instance()]
    addresses = ["enquiries@hartleyfinch.example", "enquiries@otherfirm.example"]
    with open(firms[1].path("usher.yaml"), encoding="utf-8") as file:
        text = file.read()
    firms[1].write("usher.yaml", text.replace("hartleyfinch", "otherfirm"))
    seen = [set(), set()]
    firms[0].deliver(mail(1, sender=addresses[1]), to=addresses[0], sender=addresses[1])
    rounds = []
    for number in range(5):
        passed = 0
        for here, there in ((0, 1), (1, 0)):
            firms[here].run("tick", now=f"2026-03-02T1{number}:30:00Z")
            for raw in firms[here].outgoing():
                head = raw.replace(b"\r\n", b"\n").split(b"\n\n")[0].decode()
                delivered_to = re.search(r"(?m)^Delivered-To: (.*)$", head)[1]
                if delivered_to == addresses[there] and head not in seen[here]:
                    seen[here].add(head)
                    passed += 1
                    # Some doors keep the null sender, and some lose it.
                    for sender in (("<>",) if not stripped else ()) + (addresses[here],):
                        firms[there].deliver(strip(raw.replace(b"\r\n", b"\n").split(b"\n", 2)[2], stripped), to=addresses[there], sender=sender, now=f"2026-03-02T1{number}:30:00Z")
        rounds.append(passed)
    equal(rounds, expected, f"two firms, {what}: one acknowledgement each at most, and silence")
    for firm in firms:
        firm.close()


def test_addresses():
    instance = Instance()
    for locale in ("C", "C.UTF-8"):
        result = instance.deliver(mail(locale), sender="jürgen@münchen.example", env=dict(os.environ, LC_ALL=locale))
        equal(result.returncode, 0, f"an address beyond ASCII in the envelope ({locale}): taken")
    result = instance.run("deliver", "--from", b"caf\xe9@client.example", "--to", "enquiries@hartleyfinch.example", data=mail(3))
    equal(result.returncode, 0, "an address that is no UTF-8 in the envelope: taken")
    equal(instance.status()["leads"], 3, "addresses beyond ASCII: a lead each")
    instance.close()


def main():
    folder, environment = make_faults()
    test_poison(environment)
    test_rename(environment)
    shutil.rmtree(folder)
    test_full_after_send()
    test_full_before_decision()
    test_original_refused()
    test_reload_storm()
    test_moved_store()
    test_settings_gone()
    test_forged_report()
    marks = ("Auto-Submitted", "X-Auto-Response-Suppress")
    test_two_firms("as sent", (), [1, 0, 0, 0, 0])
    test_two_firms("their marks taken away", marks, [2, 0, 0, 0, 0])
    test_two_firms("marks and references taken away", marks + ("In-Reply-To", "References"), [2, 0, 0, 0, 0])
    test_addresses()
    done()


main()
