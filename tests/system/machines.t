#!/usr/bin/python3
"""machines.t - machines that do not say that they are machines, and forms under attack

Robots that answer whatever we send, each time from another address: with and without marks, on one domain and on many, quoting us or not, with
new ticket numbers. Each ends after a number of mails that is counted here. Then a form that somebody fills in with strangers' addresses, and
a busy Monday, on which everybody must be answered.
"""
import email
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from ushertest import *  # noqa: E402,F403

FIRM_ADDRESS = "enquiries@hartleyfinch.example"
WORDS = ("oak", "brick", "slate", "river", "lantern", "copper", "meadow", "harbour", "gable", "orchard", "pepper", "anvil", "saddle", "quarry",
         "thimble", "walnut", "beacon", "cobble", "ferry", "hazel")
# Words by which nobody would know a machine: what names itself a ticket or a receipt is known as one before any limit.
ROBOT = ("Good to hear from you about tax. Your note lies with the right people at our house now, and they look at it in turn.\n"
         "It is the pile of {n}7431. Expect a word from one of them within two working days.\n\nRobot Brothers\n")


def spell(number):
    """A text of its own for each number, without digits."""
    return " ".join(WORDS[(number // 20 ** place + place * 7) % 20] for place in range(3))


def count_to_outside(instance):
    return len([m for m in instance.json("outbox") if not m["to"].endswith("@hartleyfinch.example")])


def limit(instance, **limits):
    with open(os.path.join(TOP, "rules", "routes.yaml"), encoding="utf-8") as file:
        text = file.read()
    for name, value in limits.items():
        text, count = re.subn(rf"(?m)^  {name}: \d+", f"  {name}: {value}", text)
        assert count == 1, name
    instance.write("rules/routes.yaml", text)


def make_answer(number, ours, domain="robot{n}.example", text=ROBOT, subject="Your note of {n}7431", quotes=None, refers=False, marks="", name="Robot Brothers", address="desk-{n}@{domain}"):
    """What a robot says to `ours` (a mail of ours as bytes, None at first), as (sender, bytes)."""
    fill = lambda words: words.replace("{n}", str(number)).replace("{words}", spell(number))
    mail_of_ours = email.message_from_bytes(ours) if ours else None
    body = fill(text)
    if ours and quotes:
        said = [part for part in mail_of_ours.walk() if part.get_content_type() == "text/plain"][0].get_payload(decode=True).decode()
        body += quotes + "".join(f"> {line}\n" if quotes.startswith("\nOn ") else line + "\n" for line in said.splitlines())
    sender = fill(address.replace("{domain}", domain))
    lines = [f"From: {fill(name)} <{sender}>", f"To: {FIRM_ADDRESS}", f"Subject: {mail_of_ours['Subject'] if ours and not subject else fill(subject or 'Hello')}",
             "Date: Mon, 02 Mar 2026 09:00:00 +0000", f"Message-ID: <{number}.{domain.count('.')}@robot.example>", "MIME-Version: 1.0",
             "Content-Type: text/plain; charset=utf-8"]
    if ours and refers:
        lines += [f"In-Reply-To: {mail_of_ours['Message-ID']}", f"References: {mail_of_ours['Message-ID']}"]
    return sender, ("\n".join(lines) + "\n" + marks + "\n" + body).encode()


def talk(instance, rounds, **manner):
    """A robot that begins, and answers every mail of ours from another address. How many of ours it got when both were silent."""
    ours, seen = None, 0
    for number in range(1, rounds + 1):
        sender, data = make_answer(number, ours, **manner)
        instance.deliver(data, sender=sender)
        instance.run("tick")
        got = [raw for raw in instance.outgoing() if not email.message_from_bytes(raw)["Delivered-To"].endswith("@hartleyfinch.example")]
        if len(got) == seen:
            return seen
        seen = len(got)
        ours = [raw for raw in got if email.message_from_bytes(raw)["Delivered-To"] == sender]
        ours = ours[0] if ours else None
    return seen


def test_robots():
    cases = (
        ("on many domains", 20, {}),
        ("on one domain", 6, {"domain": "robot.example"}),
        ("quoting us below, without references", 6, {"quotes": "\nOn Mon, 2 Mar 2026 at 09:30, Hartley Finch LLP wrote:\n", "subject": None}),
        ("repeating us without a mark, so that its first words are others", 7, {"quotes": "\nThis is what you wrote to us.\n\n"}),
        ("with a few words and our own subject", 6, {"text": "Received, thank you. Case {n}.\n", "subject": None}),
        ("with nothing but a subject", 6, {"text": "\n", "subject": "Ticket {n} has been opened"}),
        ("in the thread", 1, {"refers": True}),
        ("that marks its mails", 0, {"marks": "Auto-Submitted: auto-replied\n"}),
        ("whose mails a list server marks", 0, {"marks": "Precedence: bulk\n"}),
    )
    for what, most, manner in cases:
        instance = Instance()
        if most != 20:
            limit(instance, answers_per_text=6)
        equal(talk(instance, most + 6, **manner), most, f"a robot {what}: {most} mails of ours and no more")
        instance.close()


def test_robot_of_many_words():
    """Other words each time: the domain is what stays the same, and hosts below it do not help."""
    for domain in ("robot.example", "host{n}.robot.example"):
        instance = Instance()
        limit(instance, answers_per_domain=6)
        equal(talk(instance, 12, domain=domain, text="We thank you for the {words} and will see to your tax.\n", name="{words}"), 6,
              f"a robot with other words each time at {domain}: the domain's limit")
        instance.close()
    instance = Instance()
    limit(instance, answers_per_domain=3, answers_per_free_mail=8)
    equal(talk(instance, 12, domain="gmail.com", text="We thank you for the {words} and will see to your tax.\n"), 8,
          "a provider of mail for everybody has a limit of its own")
    instance.close()


def test_kept():
    """What came after the limit is on record, with a reason, with a person; one mail tells of it, not one for each."""
    instance = Instance()
    limit(instance, answers_per_text=5)
    for number in range(1, 41):
        sender, data = make_answer(number, None)
        instance.deliver(data, sender=sender)
    instance.run("tick")
    leads = instance.json("leads")
    equal(len(leads), 40, "kept: every mail is a lead")
    equal([(lead["exception"], lead["owner"]) for lead in leads[:35]], [("review", "tom")] * 35, "kept: those after the limit wait for a person")
    purposes = [m["purpose"] for m in instance.json("outbox")]
    equal((purposes.count("ack"), purposes.count("guard"), len(purposes)), (5, 1, 11), "kept: five answers, five briefs, one notice")
    shown = instance.json("show", str(leads[0]["id"]))
    ok(any(line["what"] == "guarded" and "same words" in line["detail"] for line in shown["history"]), "kept: its history says why", str(shown["history"]))
    sender, data = make_answer(99, None)
    instance.deliver(data, sender=sender, now="2026-03-03T10:00:00Z")
    equal(instance.json("leads")[0]["exception"], None, "kept: a day later such a mail is an enquiry again")
    instance.close()


def test_storm_on_a_lead():
    """A robot that goes on and on in its thread gets nothing, and its mails are not passed on without end."""
    instance = Instance()
    limit(instance, notices_per_lead=10)
    instance.deliver(mail(1), sender="pat1@client1.example")
    instance.run("tick")
    ours = [raw for raw in instance.outgoing() if email.message_from_bytes(raw)["Delivered-To"] == "pat1@client1.example"][0]
    for number in range(2, 32):
        sender, data = make_answer(number, ours, refers=True, address="pat1@client1.example")
        instance.deliver(data, sender=sender)
    instance.run("tick")
    purposes = [m["purpose"] for m in instance.json("outbox")]
    # The brief is one of the ten.
    equal((purposes.count("ack"), purposes.count("reply"), purposes.count("guard")), (1, 9, 1), "a storm on a lead: its owner is told until it is one")
    equal(len(instance.json("leads")), 1, "a storm on a lead: all of it is on the lead")
    instance.close()


def form(number, typed="visitor{n}@visitor{n}.example"):
    typed = typed.replace("{n}", str(number))
    text = (f"From: Vera {spell(number).split()[0].title()} <{typed}>\nSubject: Tax\n\nMessage Body:\nI would like to speak to somebody about a tax return.\n\n--\n"
            "This e-mail was sent from a contact form on Hartley Finch LLP (http://www.hartleyfinch.example)\n")
    return (f"From: Hartley Finch LLP <wordpress@www.hartleyfinch.example>\nTo: {FIRM_ADDRESS}\nReply-To: <{typed}>\nSubject: [Hartley Finch LLP] \"Tax\"\n"
            f"Date: Mon, 2 Mar 2026 09:00:00 +0000\nMessage-ID: <form-{number}@www.hartleyfinch.example>\nX-Mailer: PHPMailer 6.9\nMIME-Version: 1.0\n"
            f"Content-Type: text/plain; charset=UTF-8\n\n{text}").encode()


def fill_in(instance, numbers, now, **options):
    for number in numbers:
        instance.deliver(form(number, **options), sender="wordpress@www.hartleyfinch.example", now=now)


def test_forms():
    """All come from one sender: everybody is thanked, and somebody is told when they become many."""
    instance = Instance()
    limit(instance, form_answers_per_hour=210)
    fill_in(instance, range(1, 201), "2026-03-02T09:30:00Z")
    instance.run("tick")
    purposes = [m["purpose"] for m in instance.json("outbox")]
    equal((len(instance.json("leads")), purposes.count("ack"), purposes.count("brief")), (200, 200, 200), "200 forms in an hour: leads, all thanked")
    equal((purposes.count("form-alarm"), purposes.count("guard")), (1, 0), "200 forms in an hour: one alarm")
    alarm = [m for m in instance.json("outbox") if m["purpose"] == "form-alarm"][0]
    equal(alarm["to"], "ada@hartleyfinch.example", "200 forms in an hour: to the manager")
    fill_in(instance, range(201, 231), "2026-03-02T10:05:00Z")
    purposes = [m["purpose"] for m in instance.json("outbox")]
    equal((purposes.count("ack"), purposes.count("form-alarm"), purposes.count("guard")), (210, 2, 1), "more: from the higher limit on nobody is thanked")
    equal(len(instance.json("leads")), 230, "more: and all are kept")
    fill_in(instance, range(231, 233), "2026-03-02T12:30:00Z")
    purposes = [m["purpose"] for m in instance.json("outbox")]
    equal((purposes.count("ack"), purposes.count("form-alarm")), (212, 2), "later: it is over")
    instance.close()


def test_victims():
    """Somebody types one stranger's address again and again, or many of one firm's."""
    instance = Instance()
    limit(instance, answers_per_domain=6)
    fill_in(instance, range(1, 11), NOW, typed="victim@victims.example")
    ok(count_to_outside(instance) <= 3, "a typed address has its limit", str(count_to_outside(instance)))
    fill_in(instance, range(11, 31), NOW, typed="victim{n}@victims.example")
    equal(count_to_outside(instance), 6, "and so has its domain")
    instance.close()


def test_monday():
    """Forty people, by form and by mail, most of them with the same providers: every one is answered."""
    instance = Instance()
    providers = ("gmail.com", "hotmail.co.uk", "btinternet.com", "outlook.com", "client{n}.example")
    for number in range(1, 41):
        address = f"person{number}@" + providers[number % 5].replace("{n}", str(number))
        if number % 2:
            fill_in(instance, [number], NOW, typed=address)
        else:
            text = f"Hello,\n\nwe are {spell(number).title()} and need help with our VAT return next month.\n\nKind regards\nSam {spell(number + 9).split()[1].title()}"
            instance.deliver(mail(number, sender=address, body=text), sender=address)
    instance.run("tick")
    outbox = instance.json("outbox")
    equal(len({m["to"] for m in outbox if m["purpose"] == "ack"}), 40, "a busy Monday: forty people, forty answers")
    equal({m["purpose"] for m in outbox}, {"ack", "brief"}, "a busy Monday: and nothing to be told of")
    instance.close()


test_robots()
test_robot_of_many_words()
test_kept()
test_storm_on_a_lead()
test_forms()
test_victims()
test_monday()
done()
