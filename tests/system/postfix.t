#!/usr/bin/python3
"""postfix.t - `usher run` as the milter and the delivery of a real Postfix, and `usher deliver` as its pipe

Mail goes into Postfix by SMTP; what is asserted on is what comes out of Postfix, what Postfix answers, and the record. One Postfix serves all parts;
each part leaves behind a daemon that is at work and has nothing in hand.
"""
import collections
import contextlib
import datetime
import email.utils
import os
import resource
import shutil
import signal
import smtplib
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lib")]
import postfix  # noqa: E402
import ushertest  # noqa: E402
from ushertest import *  # noqa: E402,F403

ENQUIRIES = "enquiries@hartleyfinch.example"
COLLEAGUE = "reception@hartleyfinch.example"
PIPED = "piped@hartleyfinch.example"
LATER = "2026-03-02T10:45:00Z"
BUSY = {"pat12@client12.example": "450 4.2.0 mailbox busy"}
TRACE = ("Return-Path", "X-Original-To", "Delivered-To", "Received")
PEAK_MB = 60

FORM = """\
From: Hartley Finch <wordpress@hartleyfinch.example>
To: enquiries@hartleyfinch.example
Reply-To: d.okafor@riverside-foods.example
Subject: Hartley Finch "Audit for the coming year"
Date: Mon, 02 Mar 2026 09:26:40 +0000
Message-ID: <form-1@www.hartleyfinch.example>
X-Mailer: PHPMailer 6.9.1 (https://github.com/PHPMailer/PHPMailer)
X-Usher-Lead: 999
x-usher-tier: platinum
X-Usher-Tier: platinum
X-Usher-Approved: yes
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: 8bit

From: David Okafor <d.okafor@riverside-foods.example>
Subject: Audit for the coming year

Message Body:
Hello,

we have outgrown our present auditors and would like to change within the
next three months. Riverside Foods plc, turnover about \u00a312m.
You can reach me on 020 7946 0733.

David Okafor

-- 
This e-mail was sent from a contact form on Hartley Finch (https://www.hartleyfinch.example)
"""

AWAY = """\
From: Ann Customer <ann@customer.example>
To: enquiries@hartleyfinch.example
Subject: Out of office: Your enquiry
Date: Mon, 02 Mar 2026 09:31:00 +0000
Message-ID: <away-1@customer.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

I am out of the office until Monday 16 March. Please ring 020 7946 0111.
"""

# What must come through as it is: bytes that are no UTF-8, blanks at line ends, dots, a long line, headers in a shape of their own.
PRIVATE = (b"Received: from a.example (a.example [192.0.2.1]) by b.example; Mon, 02 Mar 2026 09:00:00 +0000\n"
           b"Received: from home.example by a.example; Mon, 02 Mar 2026 08:59:58 +0000\n"
           b"From: Sam Friend <sam@friend.example>\n"
           b"To: reception@hartleyfinch.example\n"
           b"SUBJECT:   lunch,\n\t and  the   key\n"
           b"Date: Mon, 02 Mar 2026 08:59:57 +0000\n"
           b"Message-ID: <private-1@friend.example>\n"
           b"X-Empty:\n"
           b"\n"
           b"Caf\xe9 at one?  \n.\n..two dots\n\ttab\n" + b"long " * 180 + b"\n\n\nSam\n\n")


class Firm:
    """A Postfix, and an instance whose daemon is its milter and sends through it."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="usher-firm-")
        os.chmod(self.folder, 0o755)
        self.socket = self.make_socket_folder() + "/sock"
        self.pipe = Pipe(os.path.join(self.folder, "pipe"))
        self.server = postfix.Postfix(milters="unix:" + self.socket, users={"usher": "s3cret pass"}, recipients=BUSY, transports=self.pipe.transport,
                                      settings={"transport_maps": "inline:{%s=piped:}" % PIPED, "non_smtpd_milters": "$smtpd_milters"})
        intake = f"  milter: unix:{self.socket}\n  milter_wait_ms: 3000\n"
        self.instance = Instance(delivery=self.smtp("plain"), intake=intake)
        self.began = time.monotonic()
        self.start()

    def make_socket_folder(self):
        """A folder whose files belong to Postfix's group: what INSTALL has the administrator see to."""
        folder = os.path.join(self.folder, "milter")
        os.mkdir(folder)
        shutil.chown(folder, group="postfix")
        os.chmod(folder, 0o2750)
        return folder

    def smtp(self, port, extra="tls: none"):
        return f"  smtp: {{host: localhost, port: {self.server.ports[port]}, {extra}}}\n"

    def start(self, **options):
        """Starts the daemon; its clock goes on from that of the one before, or what that one left would not be due yet."""
        now = datetime.datetime.fromisoformat(NOW) + datetime.timedelta(seconds=int(time.monotonic() - self.began) + 1)
        self.daemon = Daemon(self.instance, now=now.isoformat(), **options)

    def use_delivery(self, before, after):
        """Another delivery, by SIGHUP."""
        with open(self.instance.path("usher.yaml"), encoding="utf-8") as file:
            text = file.read()
        self.instance.write("usher.yaml", text.replace(before, after))
        mark = len(self.daemon.read_log())
        self.daemon.process.send_signal(signal.SIGHUP)
        return wait_for(lambda: b" in force" in self.daemon.read_log(mark))

    def send(self, data, to=(ENQUIRIES,), sender="someone@client.example"):
        self.server.send(sender, list(to), data)

    def is_settled(self):
        status = self.instance.status()
        return status["undecided"] == 0 and status["mails_pending"] == 0 and status

    def settle(self, seconds=30):
        """Waits until all is decided and sent; gives the counts."""
        return wait_for(self.is_settled, seconds) or self.instance.status()

    def lead_of(self, address):
        found = [lead for lead in self.instance.json("leads") if lead["fields"].get("email", {}).get("value") == address]
        return found[0] if len(found) == 1 else {"found": len(found), "id": 0, "owner": None}

    def outbox_of(self, lead):
        return {mail["purpose"]: mail for mail in self.instance.json("outbox", "--lead", str(lead["id"]))}

    def close(self):
        self.server.stop()
        self.instance.close()
        self.pipe.instance.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Pipe:
    """An instance that Postfix hands mail to by pipe(8): installed as INSTALL says, and run as a user who may do little."""

    USER = "nobody"

    def __init__(self, prefix):
        build = os.path.dirname(os.path.abspath(USHER))
        subprocess.run([os.path.join(TOP, "tools", "install-files"), "", prefix, build], cwd=TOP, check=True)
        self.instance = Instance()
        with open(self.instance.path("usher.yaml"), encoding="utf-8") as file:
            text = file.read()
        self.instance.write("usher.yaml", text.replace(f"{{address: {ENQUIRIES}}}", f"{{address: {PIPED}}}"))
        self.instance.run("status")  # makes the store
        for name in ("", *os.listdir(self.instance.directory)):
            shutil.chown(self.instance.path(name), self.USER)
        self.transport = ("piped unix - n n - 4 pipe\n"
                          f"  flags=Rq user={self.USER} argv={prefix}/sbin/usher -C {self.instance.directory} --now {NOW}"
                          " deliver --from ${sender} --to ${recipient}\n")


@contextlib.contextmanager
def locked(instance):
    """Another process holds the store."""
    lock = sqlite3.connect(instance.path("usher.db"), isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        lock.execute("ROLLBACK")
        lock.close()


def refusal(firm, *arguments, **options):
    """What Postfix answers instead of taking the mail; "" when it takes it."""
    try:
        firm.send(*arguments, **options)
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
    except smtplib.SMTPResponseException as error:
        code, text = error.smtp_code, error.smtp_error
    else:
        return ""
    return f"{code} {text.decode()}"


def without_trace(data):
    """A delivered mail without what Postfix wrote on top of it."""
    lines = data.split(b"\n")
    while lines[0].split(b":")[0].decode() in TRACE[:3]:
        lines.pop(0)
    if lines[0].startswith(b"Received:"):
        lines.pop(0)
        while lines[0][:1] in (b" ", b"\t"):
            lines.pop(0)
    return b"\n".join(lines)


def addresses(message, name):
    return [address for _, address in email.utils.getaddresses(message.get_all(name, []))]


# ---- the parts ----

def check_copy(firm, lead):
    """The copy in the firm's own mailbox."""
    copies = firm.server.mails(ENQUIRIES, wait=1)
    equal(len(copies), 1, "form: delivered to the mailbox as ever")
    copy = copies[0].message
    added = {name: copy.get_all(name) for name in ("X-Usher-Lead", "X-Usher-Tier", "X-Usher-Owner")}
    equal(added, {"X-Usher-Lead": [str(lead["id"])], "X-Usher-Tier": [lead["tier"]], "X-Usher-Owner": [lead["owner"]]},
          "form: the copy says lead, tier and owner, and what came from outside under these names is gone")
    ok(b"\nX-Usher-Lead: %d\n" % lead["id"] in copies[0].bytes, "form: written as any header, with a blank after the colon", copies[0].bytes[:1500])
    equal(copy["X-Usher-Approved"], None, "form: other X-Usher headers from outside are gone too")
    equal(copies[0].bytes.split(b"\n\n", 1)[1], FORM.encode().split(b"\n\n", 1)[1], "form: its body is as it was")


def check_mail_of_ours(what, delivered, outbox, sender="enquiries@hartleyfinch.example"):
    """What holds for every mail that Usher writes."""
    message = delivered.message
    ok(delivered.bytes.startswith(b"Return-Path: <>\n"), f"{what}: null envelope sender", delivered.bytes[:200])
    equal(addresses(message, "From"), [sender], f"{what}: From is the firm")
    equal(addresses(message, "To"), [outbox["to"]], f"{what}: To is one person")
    equal([message[name] for name in ("Cc", "Bcc", "X-Usher-Lead")], [None] * 3, f"{what}: no Cc, no Bcc, nothing of the milter's")
    equal(message.get_all("Message-ID"), [f"<{outbox['message_id']}>"], f"{what}: Message-ID is that of the record")
    equal(message["Date"].datetime.astimezone().strftime("%Y-%m-%d"), NOW[:10], f"{what}: Date is the day of the daemon's clock")
    equal(message["MIME-Version"], "1.0", f"{what}: MIME")


def check_ack(firm, outbox):
    acks = firm.server.mails("d.okafor@riverside-foods.example", wait=1)
    equal(len(acks), 1, "ack: one comes out of Postfix, to the person in the form")
    check_mail_of_ours("ack", acks[0], outbox["ack"])
    message = acks[0].message
    equal(message["Auto-Submitted"], "auto-replied", "ack: says that it is automatic (RFC 3834)")
    equal(message.get_content_type(), "multipart/alternative", "ack: text and HTML")
    equal([part.get_content_type() for part in message.iter_parts()], ["text/plain", "text/html"], "ack: the text first")
    ok("David" in message.get_body(("plain",)).get_content(), "ack: speaks to the person by name", acks[0].bytes.decode())
    # The person has never seen the mail that the web server wrote.
    equal((message["In-Reply-To"], message["References"]), (None, None), "ack: is no answer to a mail that its reader does not have")
    ok(not message["Subject"].lower().startswith("re:"), "ack: nor does its subject say so", message["Subject"])
    return acks[0]


def check_brief(firm, lead, outbox):
    owner = {"jane": "jane@hartleyfinch.example", "tom": "tom@hartleyfinch.example"}.get(lead["owner"])
    briefs = firm.server.mails(owner, wait=1)
    equal(len(briefs), 1, "brief: one to the owner")
    check_mail_of_ours("brief", briefs[0], outbox["brief"])
    message = briefs[0].message
    equal(message["Auto-Submitted"], "auto-generated", "brief: says that it is automatic")
    ok("d.okafor@riverside-foods.example" in message.get_body(("plain",)).get_content(), "brief: says who it is", briefs[0].bytes.decode())
    originals = [part.get_content() for part in message.walk() if part.get_content_type() == "message/rfc822"]
    equal([part["Message-ID"] for part in originals], ["<form-1@www.hartleyfinch.example>"], "brief: with the original attached")
    equal(originals[0].get_content() if originals else "", FORM.split("\n\n", 1)[1], "brief: whole")


def test_form(firm):
    equal(refusal(firm, FORM.encode(), sender="wordpress@hartleyfinch.example"), "", "form: Postfix takes it")
    status = firm.settle()
    equal((status["messages"], status["leads"]), (1, 1), "form: one message, one lead on record")
    lead = firm.lead_of("d.okafor@riverside-foods.example")
    equal((lead.get("channel"), lead.get("track")), ("contact-form-7", "inbound"), "form: known for what it is")
    equal(lead["fields"]["phone"]["value"], "+442079460733", "form: its fields are read")
    check_copy(firm, lead)
    outbox = firm.outbox_of(lead)
    equal({purpose: mail["state"] for purpose, mail in outbox.items()}, {"ack": "sent", "brief": "sent"}, "form: outbox: both sent")
    ok(all(mail["last_answer"].startswith("250 ") for mail in outbox.values()), "form: with Postfix's answer on record", outbox)
    ack = check_ack(firm, outbox)
    check_brief(firm, lead, outbox)
    shown = firm.instance.json("show", str(lead["id"]))
    kept = {promise["kind"]: bool(promise["kept"]) for promise in shown["promises"]}
    equal((kept.get("ack"), kept.get("brief"), kept.get("qualify")), (True, True, True), "form: the promises ack, brief and qualify are kept")
    equal(kept.get("first-contact"), False, "form: the promise of first contact is open")
    return ack


def test_private(firm):
    before = firm.instance.status()
    firm.send(PRIVATE, to=[COLLEAGUE], sender="sam@friend.example")
    mails = firm.server.mails(COLLEAGUE, wait=1)
    equal([without_trace(mail.bytes) for mail in mails], [PRIVATE], "not ours: every byte of it comes through")
    equal(len(mails[0].message.get_all("Received")), 3, "not ours: with all its Received")
    equal(firm.instance.status(), before, "not ours: and nothing is on record")


def test_two_recipients(firm):
    before = firm.instance.status()
    firm.send(mail(2, to=f"{ENQUIRIES}, {COLLEAGUE}"), to=[COLLEAGUE, ENQUIRIES])
    status = firm.settle()
    equal((status["messages"] - before["messages"], status["leads"] - before["leads"]), (1, 1), "two recipients: one message, one lead")
    copies = [mails[-1] for mails in (firm.server.mails(COLLEAGUE, wait=2), firm.server.mails(ENQUIRIES, wait=2))]
    equal([copy.message["Message-ID"] for copy in copies], ["<test-2@client.example>"] * 2, "two recipients: both have it")
    equal(len(firm.server.mails("pat2@client2.example", wait=1)), 1, "two recipients: one acknowledgement")


def test_again(firm):
    before = firm.instance.status()
    firm.send(FORM.encode(), sender="wordpress@hartleyfinch.example")
    equal(len(firm.server.mails(ENQUIRIES, wait=3)), 3, "again: the mailbox has it twice")
    equal({**firm.settle(), "newest_message": before["newest_message"]}, before, "again: nothing more is on record")
    shown = firm.instance.json("show", str(firm.lead_of("d.okafor@riverside-foods.example")["id"]))
    equal([message["doors"] for message in shown["messages"]], ["milter, milter"], "again: one message with two deliveries")
    equal(len(firm.server.mails("d.okafor@riverside-foods.example")), 1, "again: no second acknowledgement")


def test_own(firm, ack):
    before = firm.instance.status()
    firm.send(ack.bytes, sender="")
    copy = firm.server.mails(ENQUIRIES, wait=4)[-1]
    equal(copy.message["Message-ID"], ack.message["Message-ID"], "our own: what we wrote comes back to us and is delivered")
    equal((firm.settle(), copy.message["X-Usher-Lead"]), (before, None), "our own: but is not captured")


def test_away(firm):
    before = firm.instance.status()
    firm.send(AWAY.encode(), sender="")
    status = firm.settle()
    equal(status["messages"] - before["messages"], 1, "out of office: is on record")
    equal((status["leads"], status["mails_sent"]), (before["leads"], before["mails_sent"]), "out of office: is no lead, and answered to nobody")
    equal(firm.server.mails("ann@customer.example"), [], "out of office: least of all to the absent")


def staff_mail(number, writer, to, headers=""):
    return (f"From: {writer}\nTo: {to}\nSubject: Between us {number}\nDate: Mon, 02 Mar 2026 09:40:00 +0000\nMessage-ID: <staff-{number}@client.example>\n{headers}"
            "\nWhat it says is nobody else's business.\n").encode()


def test_interactions(firm):
    prospect, jane = "d.okafor@riverside-foods.example", "jane@hartleyfinch.example"
    lead = str(firm.lead_of(prospect)["id"])
    before = firm.instance.status()
    firm.send(staff_mail(1, f"Jane Mills <{jane}>", prospect), to=[prospect], sender=jane)
    firm.send(staff_mail(2, f"David <{prospect}>", jane, "In-Reply-To: <staff-1@client.example>\n"), to=[jane], sender=prospect)
    # Of nobody on a lead, and between colleagues.
    firm.send(staff_mail(3, "Sam <sam@friend.example>", jane), to=[jane], sender="sam@friend.example")
    firm.send(staff_mail(4, f"Jane Mills <{jane}>", "tom@hartleyfinch.example", "References: <form-1@www.hartleyfinch.example>\n"), to=["tom@hartleyfinch.example"], sender=jane)
    status = firm.settle()
    equal(status["messages"] - before["messages"], 2, "staff mail: of four mails two are on record")
    equal((status["leads"], status["mails_sent"]), (before["leads"], before["mails_sent"]), "staff mail: opens no lead, and nobody is written to")
    shown = firm.instance.json("show", lead)
    lines = [(m["kind"], m["headers_only"]) for m in shown["messages"] if m["message_id"].startswith("staff-")]
    equal(lines, [("sent", True), ("reply", True)], "staff mail: what she wrote and what he answered, headers only")
    equal(shown["status"], "contacted", "staff mail: it is the first contact")
    kept = {p["kind"]: bool(p["kept"]) for p in shown["promises"]}
    equal(kept.get("first-contact"), True, "staff mail: whose promise is kept")
    with open(firm.instance.path("usher.db"), "rb") as database, open(firm.instance.path("usher.db-wal"), "rb") as log:
        ok(b"nobody else's business" not in database.read() + log.read(), "staff mail: nothing of what it says is in the store")
    bodies = [m.bytes for m in firm.server.mails(jane) + firm.server.mails(prospect) if "Between us" in str(m.message["Subject"])]
    ok(len(bodies) == 3 and all(b"nobody else's business" in body for body in bodies), "staff mail: and it came to whom it was for", bodies)


def test_interactions_locked(firm):
    prospect, jane = "d.okafor@riverside-foods.example", "jane@hartleyfinch.example"
    before = firm.instance.status()["messages"]
    with locked(firm.instance):
        firm.send(staff_mail(5, f"Jane Mills <{jane}>", prospect), to=[prospect], sender=jane)
        found = lambda: [m for m in firm.server.mails(prospect) if m.message["Message-ID"] == "<staff-5@client.example>"]
        ok(wait_for(found), "staff mail, store locked: goes its way")
    equal(firm.instance.status()["messages"], before, "staff mail, store locked: and is not on record")
    ok(b"cannot be put on record" in firm.daemon.read_log(), "staff mail, store locked: which the log tells", firm.daemon.read_log())


def submit(firm, data):
    """As a program on the mail server's own machine does: a web form, for one."""
    command = ["sendmail", "-C", firm.server.path("etc"), "-i", "-f", "www-data@mx.hartleyfinch.example", "--", ENQUIRIES]
    return subprocess.run(command, input=data, capture_output=True, check=False)


def test_local(firm):
    before = firm.instance.status()
    given = submit(firm, mail(135))
    ok(given.returncode == 0, "by sendmail(1): Postfix takes it", given.stderr.decode())
    copies = lambda: [m for m in firm.server.mails(ENQUIRIES) if m.message["Message-ID"] == "<test-135@client.example>"]
    wait_for(copies)
    status = firm.settle()
    equal((status["messages"] - before["messages"], status["leads"] - before["leads"]), (1, 1), "by sendmail(1): and it is a lead")
    equal([str(m.message["X-Usher-Lead"]) for m in copies()], [str(firm.lead_of("pat135@client135.example")["id"])], "by sendmail(1): its copy says which")


def test_down(firm):
    before = firm.instance.status()["messages"]
    equal(firm.daemon.stop(), 0, "down: it ends well")
    answer = refusal(firm, mail(7))
    ok(answer.startswith("451 4."), "down: Postfix answers 451", answer)
    equal(firm.server.count_queued(), 0, "down: and keeps nothing")
    submit(firm, mail(70))
    firm.start()
    equal(refusal(firm, mail(7)), "", "up again: it is taken")
    firm.server.flush()
    wait_for(lambda: firm.instance.status()["messages"] == before + 2)
    equal(firm.settle()["messages"] - before, 2, "up again: and on record, once, as is what a program of the machine gave meanwhile")


def test_locked(firm):
    pipe = firm.pipe.instance
    with locked(firm.instance), locked(pipe):
        firm.send(mail(80, to=PIPED), to=[PIPED])
        answer = refusal(firm, mail(8))
        ok(answer.startswith("451 4.3.0"), "store locked: 451 4.3.0", answer)
        wait_for(lambda: "status=deferred" in firm.server.log())
    ok("status=deferred (temporary failure" in firm.server.log(), "pipe, store locked: Postfix keeps it", firm.server.log())
    equal((firm.server.count_queued(), pipe.json("leads")), (1, []), "pipe, store locked: in its queue, and nothing is half on record")
    firm.server.flush()
    equal(refusal(firm, mail(8)), "", "store free: it is taken")
    firm.settle()
    equal(len(firm.server.mails("pat8@client8.example", wait=1)), 1, "store free: and answered, once")
    wait_for(lambda: firm.server.count_queued() == 0)
    leads = pipe.json("leads")
    equal([lead["fields"]["email"]["value"] for lead in leads], ["pat80@client80.example"], "pipe, store free: the mail from the queue is a lead")
    shown = pipe.json("show", str(leads[0]["id"])) if leads else {"messages": []}
    equal([message["doors"] for message in shown["messages"]], ["deliver"], "pipe: taken by that door")


def test_login(firm):
    firm.instance.write("secret", "s3cret pass\n")
    login = f"user: usher@localhost, password_file: secret, ca_file: {firm.server.ca_file}"
    before = firm.smtp("plain")
    for number, (port, tls) in enumerate((("starttls", "starttls"), ("implicit", "implicit")), 91):
        after = firm.smtp(port, f"tls: {tls}, {login}")
        ok(firm.use_delivery(before, after), f"{tls}: taken up by SIGHUP")
        mark = len(firm.server.log())
        firm.send(mail(number))
        firm.settle()
        mails = firm.server.mails(f"pat{number}@client{number}.example", wait=1)
        ok(len(mails) == 1 and "with ESMTPSA" in str(mails[0].message["Received"]), f"{tls}: the acknowledgement goes by TLS and login", mails)
        ok("sasl_username=usher@localhost" in firm.server.log()[mark:], f"{tls}: Postfix saw the login")
        before = after
    firm.instance.write("secret", "guess\n")
    firm.use_delivery(before, before + "  shadow: false\n")
    firm.send(mail(93))
    wait_for(lambda: "authentication failed" in firm.server.log())
    states = {m["purpose"]: (m["state"], m["attempts"] < 2) for m in firm.outbox_of(firm.lead_of("pat93@client93.example")).values()}
    equal(states, {"ack": ("pending", True), "brief": ("pending", True)}, "wrong password: the mails wait, and none is blamed")
    firm.instance.write("secret", "s3cret pass\n")
    firm.use_delivery(before + "  shadow: false\n", firm.smtp("plain"))
    firm.instance.run("tick", now=LATER)
    equal(len(firm.server.mails("pat93@client93.example", wait=1)), 1, "right password: they go")


def send_until_refused(firm, numbers, accepted):
    """Sends, one session for all, until Postfix does not take one."""
    with contextlib.suppress(smtplib.SMTPException, OSError), smtplib.SMTP("127.0.0.1", firm.server.ports["plain"], timeout=60) as client:
        for number in numbers:
            client.sendmail("someone@client.example", [ENQUIRIES], mail(number))
            accepted.append(number)


def test_stop_in_flight(firm):
    accepted = []
    senders = [threading.Thread(target=send_until_refused, args=(firm, range(start, start + 1000), accepted)) for start in (1000, 2000, 3000)]
    for sender in senders:
        sender.start()
    wait_for(lambda: len(accepted) >= 30)
    equal(firm.daemon.stop(), 0, "SIGTERM in flight: it ends well")
    for sender in senders:
        sender.join()
    firm.start()
    equal(firm.settle()["mails_pending"], 0, "SIGTERM in flight: the next start sends at once what waits")
    found = collections.Counter(lead["fields"].get("email", {}).get("value") for lead in firm.instance.json("leads"))
    equal([n for n in accepted if found[f"pat{n}@client{n}.example"] != 1], [], f"SIGTERM in flight: each of {len(accepted)} accepted mails is one lead")
    acks = collections.Counter(m["to"] for m in firm.instance.json("outbox") if m["purpose"] == "ack" and m["state"] == "sent")
    equal([n for n in accepted if acks[f"pat{n}@client{n}.example"] != 1], [], "SIGTERM in flight: with one acknowledgement each")
    wait_for(lambda: firm.server.count_queued() == 0)
    out = collections.Counter(delivered.recipient for delivered in firm.server.mails())
    equal([n for n in accepted if out[f"pat{n}@client{n}.example"] != 1], [], "SIGTERM in flight: that came out of Postfix, once")


def send_each(firm, numbers, accepted, is_over):
    """Sends each in a session of its own until it is over; what Postfix does not take now is left."""
    for number in numbers:
        if is_over.is_set():
            return
        with contextlib.suppress(smtplib.SMTPException, OSError), smtplib.SMTP("127.0.0.1", firm.server.ports["plain"], timeout=60) as client:
            client.sendmail("someone@client.example", [ENQUIRIES], mail(number))
            accepted.append(number)


def test_kill_in_flight(firm):
    """kill -9 of the processes, one after the other, while the milter takes mail."""
    accepted, is_over = [], threading.Event()
    senders = [threading.Thread(target=send_each, args=(firm, range(start, start + 1000), accepted, is_over)) for start in (5000, 6000, 7000)]
    for sender in senders:
        sender.start()
    for kills in range(1, 6):
        taken = len(accepted)
        wait_for(lambda: len(accepted) >= taken + 6 and len(firm.daemon.children()) == 2)
        os.kill(firm.daemon.children()[kills % 2], signal.SIGKILL)
    wait_for(lambda: len(accepted) >= taken + 12)
    is_over.set()
    for sender in senders:
        sender.join()
    wait_for(lambda: firm.instance.status()["undecided"] == 0)
    # What met a Postfix whose milter was gone waits for its next try.
    firm.instance.run("tick", now=LATER)
    found = collections.Counter(lead["fields"].get("email", {}).get("value") for lead in firm.instance.json("leads"))
    unread = sum(lead["exception"] == "undecided" for lead in firm.instance.json("leads"))
    missing = [n for n in accepted if found[f"pat{n}@client{n}.example"] != 1]
    ok(len(accepted) >= 30, f"kill -9 in flight: {kills} kills, {len(accepted)} mails accepted")
    ok(len(missing) <= unread, f"kill -9 in flight: each accepted mail is one lead ({unread} in quarantine)", missing)
    equal([a for a, times in found.items() if a and times > 1], [], "kill -9 in flight: none is two")


def test_full_disk(firm):
    """A disk that is full, as a limit on the size of files: Postfix answers 451, and takes the mail when there is room."""
    firm.daemon.stop()
    limit = 1024 * 1024  # new mail goes into the log beside the database, which begins anew
    firm.start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    large = mail(8001) + (b"y" * 76 + b"\n") * 40000
    answer = refusal(firm, large)
    ok(answer.startswith("451 4.3.0"), "full disk: Postfix answers 451 4.3.0", answer)
    firm.daemon.stop()
    firm.start()
    equal(refusal(firm, large), "", "full disk: taken when there is room")
    firm.settle()
    equal(len([lead for lead in firm.instance.json("leads") if lead["fields"].get("email", {}).get("value") == "pat8001@client8001.example"]), 1,
          "full disk: and is one lead")


def peak_mb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM:")) / 1024


def test_large(firm):
    line = b"a line of an attachment, over and over again, to make a mail that is long enough to hurt\n"
    large = mail(11) + b"\n" + line * (40 * 1024 * 1024 // len(line))
    equal(refusal(firm, large), "", "40 MB: Postfix takes it")
    firm.settle()
    equal(len(firm.server.mails("pat11@client11.example", wait=1)), 1, "40 MB: and it is answered")
    peaks = [round(peak_mb(pid)) for pid in firm.daemon.children()]
    ok(max(peaks) < PEAK_MB, f"40 MB: no process grows beyond {PEAK_MB} MB (peaks: {peaks} MB)", peaks)


def test_later(firm):
    firm.send(mail(12))
    wait_for(lambda: firm.instance.status()["mails_pending"] == 1)
    lead = firm.lead_of("pat12@client12.example")
    wait_for(lambda: firm.outbox_of(lead)["ack"]["last_answer"])
    outbox = firm.outbox_of(lead)
    equal({purpose: m["state"] for purpose, m in outbox.items()}, {"ack": "pending", "brief": "sent"}, "450: the acknowledgement waits, the brief is out")
    ok("450 4.2.0" in str(outbox["ack"]["last_answer"]), "450: and the record says why", outbox["ack"])
    firm.server.answer({})
    firm.instance.run("tick", now=LATER)
    equal(firm.outbox_of(lead)["ack"]["state"], "sent", "450: it goes at the next try")
    equal(len(firm.server.mails("pat12@client12.example", wait=1)), 1, "450: once")


def test_one_session(firm):
    before = firm.instance.status()
    with smtplib.SMTP("127.0.0.1", firm.server.ports["plain"], timeout=60) as client:
        client.sendmail("someone@client.example", [ENQUIRIES], mail(131))
        client.sendmail("someone@client.example", [COLLEAGUE], PRIVATE)
        client.sendmail("someone@client.example", [ENQUIRIES], mail(132))
    status = firm.settle()
    equal((status["messages"] - before["messages"], status["leads"] - before["leads"]), (2, 2), "one session: two of three mails are ours, and leads")
    lead = firm.lead_of("pat132@client132.example")
    copies = {str(m.message["Message-ID"]): m.message["X-Usher-Lead"] for m in firm.server.mails(ENQUIRIES)}
    equal(copies.get("<test-132@client.example>"), str(lead["id"]), "one session: each copy has its own lead")


def test_pipelined(firm):
    def envelope():
        return f"MAIL FROM:<someone@client.example>\r\nRCPT TO:<{ENQUIRIES}>\r\nDATA\r\n".encode()

    def body(number):
        return mail(number).replace(b"\n", b"\r\n") + b".\r\n"

    before = firm.instance.status()
    with socket.create_connection(("127.0.0.1", firm.server.ports["plain"]), timeout=60) as connection:
        answers = connection.makefile("rb")
        answers.readline()
        connection.sendall(b"EHLO client.example\r\n")
        while answers.readline()[3:4] == b"-":
            pass
        connection.sendall(envelope())
        codes = [answers.readline()[:3] for _ in range(3)]
        connection.sendall(body(133) + envelope())
        codes += [answers.readline()[:3] for _ in range(4)]
        connection.sendall(body(134) + b"QUIT\r\n")
        codes += [answers.readline()[:3] for _ in range(2)]
    equal(b" ".join(codes), b"250 250 354 250 250 250 354 250 221", "pipelined: both are taken")
    status = firm.settle()
    equal((status["messages"] - before["messages"], status["leads"] - before["leads"]), (2, 2), "pipelined: two leads")


def main():
    postfix.skip_unless_possible()
    firm = Firm()
    try:
        ack = test_form(firm)
        test_private(firm)
        test_two_recipients(firm)
        test_again(firm)
        test_own(firm, ack)
        test_away(firm)
        test_interactions(firm)
        test_interactions_locked(firm)
        test_one_session(firm)
        test_pipelined(firm)
        test_local(firm)
        test_down(firm)
        test_locked(firm)
        test_login(firm)
        test_stop_in_flight(firm)
        test_kill_in_flight(firm)
        test_full_disk(firm)
        test_large(firm)
        test_later(firm)
        equal(firm.daemon.stop(), 0, "at the end: it ends well")
    finally:
        if ushertest._failed:
            lines = firm.daemon.read_log().decode().splitlines() + firm.server.log().splitlines()[-60:]
            print("".join(f"# {line}\n" for line in lines))
        firm.daemon.kill()
        firm.close()
    done()


main()
