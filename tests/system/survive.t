#!/usr/bin/python3
"""survive.t - what goes wrong around Usher, and what hostile mail does to it

A mail server that is absent, slow, drops after DATA, answers 421, 452, 550; a database that another process holds; a full disk; a mail of 40 MB;
garbage; a header of 1 MB; 10,000 nested parts; CR, LF and bidirectional characters in every field that reaches a header; an unreadable
file in the Maildir; a rulebook broken during SIGHUP.
"""
import email
import email.policy
import os
import re
import resource
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


def smtp_delivery(port):
    return f"  smtp: {{host: 127.0.0.1, port: {port}, tls: none}}\n"


def states(instance):
    return sorted((m["purpose"], m["state"]) for m in instance.json("outbox"))


def with_server(behave):
    sink = MailSink(behave)
    instance = Instance(delivery=smtp_delivery(sink.port))
    instance.deliver(mail(1))
    return sink, instance


def answers_at(verb, answer):
    """Answers so at that verb until `calm` is set."""
    calm = threading.Event()
    return (lambda session, seen, line: answer if seen == verb and not calm.is_set() else None), calm


def test_trouble(name, verb, answer):
    """A temporary trouble: nothing is lost, and all goes out once when it is over."""
    behave, calm = answers_at(verb, answer)
    sink, instance = with_server(behave)
    instance.run("tick")
    equal({state for _, state in states(instance)}, {"pending"}, f"{name}: the mails wait")
    calm.set()
    instance.run("tick", now=LATER)
    equal({state for _, state in states(instance)}, {"sent"}, f"{name}: they go when it is over")
    equal(len(sink.message_ids()), len(set(sink.message_ids())), f"{name}: each once")
    sink.close()
    instance.close()


def test_absent():
    instance = Instance(delivery=smtp_delivery(free_port()))
    instance.deliver(mail(1))
    instance.run("tick")
    mails = instance.json("outbox")
    ok(all(m["state"] == "pending" and m["last_answer"] for m in mails if m["attempts"]) and any(m["attempts"] for m in mails),
       "absent server: the mails wait and say why", mails)
    tries = []
    for minute in range(0, 240, 2):
        now = f"2026-03-02T{10 + minute // 60:02}:{minute % 60:02}:00Z"
        tries.append(max(m["attempts"] for m in instance.json("outbox")))
        instance.run("tick", now=now)
    ok(tries[-1] < 12, f"absent server: the pauses grow ({tries[-1]} tries in four hours)")
    instance.close()


def test_lost_answer():
    """The server took the mail, the answer was lost: it is sent again, and is the same mail."""
    cut = []
    def behave(session, verb, line):
        if verb == "DOT" and not cut:
            cut.append(line)
            return "close"
        return None
    sink, instance = with_server(behave)
    instance.run("tick")
    instance.run("tick", now=LATER)
    equal({state for _, state in states(instance)}, {"sent"}, "lost answer: all is sent in the end")
    ids = sink.message_ids()
    twice = [i for i in set(ids) if ids.count(i) > 1]
    equal(len(twice), 1, "lost answer: just that mail came again, with the same Message-ID")
    bodies = {data for _, message_id, data in sink.mails if message_id in twice}
    equal(len(bodies), 1, "lost answer: and is the same to the byte")
    sink.close()
    instance.close()


def test_refused():
    behave = lambda session, verb, line: "550 5.1.1 no such user" if verb == "RCPT" and "client" in line else None
    sink, instance = with_server(behave)
    instance.run("tick")
    outbox = {m["purpose"]: m for m in instance.json("outbox")}
    equal(outbox["ack"]["state"], "failed", "550: final")
    ok("550" in (outbox["ack"]["last_answer"] or ""), "550: the answer is kept", outbox["ack"])
    lead = instance.json("leads")[0]
    equal((lead["status"], lead["exception"]), ("exception", "bounced"), "550 to the prospect: the lead is an exception")
    tried = len(sink.message_ids())
    instance.run("tick", now=LATER)
    equal(len([r for r, _, _ in sink.mails if "client" in r]), 0, "550: nothing more goes to that address")
    ok(tried >= 1 and outbox["brief"]["state"] == "sent", "550: the brief went out all the same")
    sink.close()
    instance.close()


def test_slow():
    def behave(session, verb, line):
        time.sleep(0.3)
        return None
    sink, instance = with_server(behave)
    instance.run("tick")
    equal({state for _, state in states(instance)}, {"sent"}, "slow server: the mails go")
    sink.close()
    instance.close()


def test_locked():
    instance = Instance()
    instance.deliver(mail(1))
    lock = sqlite3.connect(instance.path("usher.db"), isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    equal(instance.deliver(mail(2)).returncode, 75, "locked database: the mail is given back (75)")
    lock.execute("ROLLBACK")
    equal(instance.deliver(mail(2)).returncode, 0, "locked database: taken when the lock is gone")
    equal(len(instance.json("leads")), 2, "locked database: one lead each")
    lock.close()
    instance.close()


def test_full_disk():
    """A disk that is full, as a limit on the size of files: the mail is not lost but given back."""
    instance = Instance()
    instance.deliver(mail(1))
    size = max(os.path.getsize(instance.path(n)) for n in os.listdir(instance.directory) if n.startswith("usher.db"))
    body = "We need help with our tax.\n" + "x" * 70 + "\n"
    big = mail(2, body=body + ("y" * 70 + "\n") * 60000)

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 65536, size + 65536))
    result = instance.deliver(big, preexec_fn=limit)
    equal(result.returncode, 75, "full disk: the mail is given back (75)")
    equal(len(instance.json("leads")), 1, "full disk: nothing is half on record")
    equal(instance.deliver(big).returncode, 0, "full disk: taken when there is room")
    equal(len(instance.json("leads")), 2, "full disk: and is a lead")
    instance.close()


def one_lead(name, data, seconds=20):
    """A mail that must become exactly one lead, within a time."""
    instance = Instance()
    began = time.monotonic()
    result = instance.deliver(data, timeout=120)
    took = time.monotonic() - began
    leads = instance.json("leads")
    ok(result.returncode == 0 and len(leads) == 1, f"{name}: taken, one lead", result.stderr.decode() + str(leads))
    ok(took < seconds, f"{name}: within {seconds} s ({took:.2f} s)")
    return instance, (leads or [None])[0]


def test_hostile():
    forty = mail(1) + b"\n" + b"attached line of text, over and over again, to make it long\n" * (40 * 1024 * 1024 // 60)
    instance, lead = one_lead("a mail of 40 MB", forty)
    instance.close()
    garbage = bytes((i * 7919 + i // 13) % 256 for i in range(20000))
    instance, lead = one_lead("garbage bytes", garbage)
    equal(instance.json("outbox", "--state", "pending") and {m["purpose"] for m in instance.json("outbox")}, {"brief"}, "garbage bytes: nobody outside is written to")
    instance.close()
    instance, lead = one_lead("a header of 1 MB", mail(1, headers="X-Long: " + "a" * (1 << 20) + "\n"))
    equal(lead["fields"]["email"]["value"], "pat1@client1.example", "a header of 1 MB: the enquiry is read all the same")
    instance.close()
    groups = mail(1, to="a:" * 50000 + "enquiries@hartleyfinch.example;")
    instance, lead = one_lead("an address header of nested groups", groups)
    instance.close()
    nested = mail(1, headers="").split(b"\n\n")[0].replace(b"text/plain; charset=utf-8", b"multipart/mixed; boundary=b0") + b"\n\n"
    for i in range(10000):
        nested += b"--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (i, i + 1)
    nested += b"--b10000\nContent-Type: text/plain\n\nWe need help with tax.\n"
    instance, lead = one_lead("10,000 nested parts", nested)
    instance.close()


def check_headers(instance, what):
    """No header of ours carries what a stranger smuggled in."""
    for raw in instance.outgoing():
        head = raw.split(b"\r\n\r\n")[0] if b"\r\n\r\n" in raw else raw.split(b"\n\n")[0]
        parsed = email.message_from_bytes(raw, policy=email.policy.default)
        ok("X-Evil" not in parsed and b"\nX-Evil" not in head, f"{what}: no header injected into {parsed['Subject']!r}")
        text = " ".join(str(value) for value in parsed.values())
        bad = [c for c in text if ord(c) in (0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069, 0x200E, 0x200F) or
               (ord(c) < 32 and c not in "\r\n\t ")]
        equal(bad, [], f"{what}: no control or bidirectional character in its headers")
        external = re.findall(r"[\w.+-]+@[\w.-]+", " ".join(parsed.get_all("To", []) + parsed.get_all("Cc", []) + parsed.get_all("Bcc", [])))
        equal(len(external), 1, f"{what}: exactly one recipient")


def test_injection():
    evil = "=?utf-8?Q?Pat=0D=0AX-Evil:_yes=E2=80=AEtxt?="
    form = ("From: Pat\u202eX <pat@client.example>\r\nSubject: Hi\u2066there\r\n\r\nMessage Body:\r\nWe need tax help next month\r\n\r\n"
            "-- \r\nThis e-mail was sent from a contact form on Us (https://hartleyfinch.example)\r\n")
    mails = [
        f"From: {evil} <pat@client.example>\r\nTo: enquiries@hartleyfinch.example\r\nSubject: =?utf-8?B?SGVscA0KWC1FdmlsOiB5ZXM=?=\r\n"
        f"Message-ID: <evil-1@client.example>\r\nReply-To: {evil} <pat@client.example>\r\n\r\nWe need tax help.\r\n",
        "From: \u202ePat\u200f <pat@client.example>\r\nTo: enquiries@hartleyfinch.example\r\nSubject: \u202etax\u2069\x07\r\n"
        "Message-ID: <evil\u202e-2@client.example>\r\n\r\nWe need tax help.\r\n",
        "From: us <wordpress@hartleyfinch.example>\r\nTo: enquiries@hartleyfinch.example\r\nSubject: form\r\n"
        "Message-ID: <evil-3@client.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + form,
    ]
    for number, text in enumerate(mails, 1):
        instance = Instance()
        result = instance.deliver(text.encode())
        equal(result.returncode, 0, f"injection {number}: taken")
        instance.run("tick")
        ok(len(instance.outgoing()) >= 1, f"injection {number}: something was written")
        check_headers(instance, f"injection {number}")
        instance.close()


def test_unreadable():
    instance = Instance(intake="  maildirs: [intake]\n")
    os.mkfifo(instance.path("intake", "new", "pipe"))
    os.symlink("/etc/passwd", instance.path("intake", "new", "link"))
    os.mkdir(instance.path("intake", "new", "folder"))
    daemon = Daemon(instance)
    instance.drop("good", mail(1))
    ok(wait_for(lambda: instance.status()["leads"] == 1), "unreadable files in the Maildir: the good mail beside them is taken")
    time.sleep(0.3)
    log = daemon.read_log().decode()
    counts = {name: log.count(f"new/{name}") for name in ("pipe", "link", "folder")}
    ok(all(count == 1 for count in counts.values()), f"unreadable files: each is told once {counts}", log)
    equal(instance.status()["messages"], 1, "unreadable files: none of them is mail")
    equal(daemon.stop(), 0, "unreadable files: ends well")
    instance.close()


def test_broken_reload():
    instance = Instance(intake="  maildirs: [intake]\n")
    daemon = Daemon(instance)
    instance.write("rules/promises.yaml", "promises:\n  - {kind: ack, deu: 5 minutes}\n")
    mark = len(daemon.read_log())
    daemon.process.send_signal(signal.SIGHUP)
    ok(wait_for(lambda: b"the old one stays in force" in daemon.read_log(mark)), "broken rulebook at SIGHUP: it says the old one stays")
    ok(b"rules/promises.yaml:2:" in daemon.read_log(mark), "broken rulebook: the place is told", daemon.read_log(mark).decode())
    instance.drop("m1", mail(1))
    # The command line reads the broken rulebook and says so; the daemon's work is seen in the outgoing Maildir.
    ok(wait_for(lambda: len(instance.outgoing()) >= 2), "broken rulebook: the daemon works on by the old one")
    os.unlink(instance.path("rules/promises.yaml"))
    mark = len(daemon.read_log())
    daemon.process.send_signal(signal.SIGHUP)
    ok(wait_for(lambda: b"in force" in daemon.read_log(mark)), "a good one at the next SIGHUP is taken")
    instance.drop("m2", mail(2))
    ok(wait_for(lambda: instance.status()["leads"] == 2), "and the daemon works by it")
    equal(daemon.stop(), 0, "ends well")
    instance.close()


def test_crashing_engine():
    """An engine that dies in the middle is started again, and nobody notices but the log."""
    instance = Instance(intake="  maildirs: [intake]\n")
    daemon = Daemon(instance)
    for pid in daemon.children():
        os.kill(pid, signal.SIGKILL)
    instance.drop("m1", mail(1))
    ok(wait_for(lambda: instance.status()["leads"] == 1), "killed processes are started again and work")
    equal(daemon.stop(), 0, "ends well")
    instance.close()


test_absent()
test_trouble("421 at connect", "CONNECT", "421 4.3.2 not now")
test_trouble("421 at RCPT", "RCPT", "421 4.3.2 closing")
test_trouble("452 at RCPT", "RCPT", "452 4.2.2 full")
test_trouble("451 after the dot", "DOT", "451 4.3.0 try again")
test_trouble("a connection cut after DATA", "DATA", "close")
test_trouble("a connection cut at once", "CONNECT", "close")
test_lost_answer()
test_refused()
test_slow()
test_locked()
test_full_disk()
test_hostile()
test_injection()
test_unreadable()
test_broken_reload()
test_crashing_engine()
done()
