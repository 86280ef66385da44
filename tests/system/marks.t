#!/usr/bin/python3
"""marks.t - signed marks in our own addresses: what comes back finds its mail, what is answered finds its lead, and nobody can forge it"""
import email
import email.policy
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from ushertest import *  # noqa: E402,F403

PLUS = "  maildir: outgoing\n  plus_addresses: true\n"
ENQUIRIES = "enquiries@hartleyfinch.example"


def sent_to(instance, address):
    mails = [email.message_from_bytes(raw, policy=email.policy.default) for raw in instance.outgoing()]
    found = [one for one in mails if one["Delivered-To"] == address]
    return found[-1] if found else None


def envelope_sender(message):
    return message["Return-Path"].strip("<> ")


def report(to, recipient, status="5.1.1"):
    """What a server says that returns nothing of the mail."""
    return f"""Return-Path: <>
Date: Mon, 02 Mar 2026 09:31:30 +0000
From: MAILER-DAEMON@mx.client1.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {to}
Auto-Submitted: auto-replied
Message-Id: <report-{abs(hash((to, recipient, status)))}@mx.client1.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain; charset=us-ascii

Your mail could not be delivered.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.client1.example

Final-Recipient: rfc822; {recipient}
Action: failed
Status: {status}
Diagnostic-Code: smtp; 550 {status} no such user

--b1--
""".encode()


def bounce(instance, to, recipient):
    instance.deliver(report(to, recipient), to=to, sender="<>")
    instance.run("tick")


def lead(instance, number):
    return next(one for one in instance.json("leads") if one["id"] == number)


def mail_of(instance, number, purpose="ack"):
    return next(one for one in instance.json("outbox", "--lead", str(number)) if one["purpose"] == purpose)


def test_returned():
    instance = Instance(delivery=PLUS)
    for number in (1, 2):
        instance.deliver(mail(number))
    instance.run("tick")
    ack = sent_to(instance, "pat1@client1.example")
    sender = envelope_sender(ack)
    ok(sender.startswith("enquiries+b") and sender.endswith("@hartleyfinch.example"), "an acknowledgement has an envelope sender of its own", sender)
    equal(envelope_sender(sent_to(instance, "jane@hartleyfinch.example") or sent_to(instance, "tom@hartleyfinch.example")), "", "mail to a colleague has the null sender")
    forged = sender.replace("+b", "+b9", 1)
    bounce(instance, forged, "pat1@client1.example")
    bounce(instance, sender[:-len("x@hartleyfinch.example")] + ("a" if sender.split("@")[0][-1] != "a" else "b") + "@hartleyfinch.example", "pat1@client1.example")
    equal((lead(instance, 1)["exception"], mail_of(instance, 1)["state"]), (None, "sent"), "a report to an address that is not signed changes nothing")
    bounce(instance, sender, "somebody-behind-an-alias@client1.example")
    equal((lead(instance, 1)["exception"], mail_of(instance, 1)["state"]), ("bounced", "failed"), "one to the mail's own sender finds it, though nothing of it is returned")
    equal(mail_of(instance, 1)["last_answer"], "it came back", "the mail says what became of it")
    equal((lead(instance, 2)["exception"], mail_of(instance, 2)["state"]), (None, "sent"), "and no other is touched")
    ok(sent_to(instance, "pat1@client1.example")["Message-ID"] == ack["Message-ID"], "nothing more goes there")
    instance.close()


def test_answered():
    instance = Instance(delivery=PLUS)
    instance.deliver(mail(1))
    instance.run("tick")
    to = email.utils.parseaddr(sent_to(instance, "pat1@client1.example")["Reply-To"])[1]
    ok(to.startswith("enquiries+l1-"), "answers come to an address that is marked for the lead", to)
    answer = mail(7, sender="pat1@client1.example", subject="What you asked", body="Tuesday suits me well.", to=to)
    instance.deliver(answer, to=to, sender="pat1@client1.example")
    equal(len(instance.json("leads")), 1, "an answer there joins the lead without any other sign")
    stranger = mail(8, sender="sam@elsewhere.example", subject="What you asked", body="Pat asked me to say that Tuesday is fine.", to=to.upper())
    instance.deliver(stranger, to=to.upper(), sender="sam@elsewhere.example")
    found = {one["id"]: one["exception"] for one in instance.json("leads")}
    ok(len(found) == 2 and "review" in found.values(), "a stranger's goes to review, whatever the case of the address", found)
    forged = to.replace("+l1-", "+l2-")
    instance.deliver(mail(9, sender="kim@elsewhere.example", to=forged), to=forged, sender="kim@elsewhere.example")
    equal([one["exception"] for one in instance.json("leads") if one["fields"].get("email", {}).get("value") == "kim@elsewhere.example"], [None],
          "who writes to a mark that is not ours has made an enquiry")
    instance.close()


def test_without():
    instance = Instance()
    instance.deliver(mail(1))
    instance.run("tick")
    ack = sent_to(instance, "pat1@client1.example")
    equal((envelope_sender(ack), email.utils.parseaddr(ack["Reply-To"])[1]), ("", ENQUIRIES), "a server that takes no such addresses: the null sender, and the plain address")
    instance.close()


def test_from_owner():
    instance = Instance(delivery=PLUS)
    with open(os.path.join(TOP, "rules", "routes.yaml"), encoding="utf-8") as file:
        text = file.read()
    instance.write("rules/routes.yaml", text.replace("{purpose: ack, to: prospect, template: ack,", "{purpose: ack, to: prospect, template: ack, from: owner,"))
    instance.deliver(mail(1))
    instance.run("tick")
    ack = sent_to(instance, "pat1@client1.example")
    owner = {"jane": "Jane Mills", "tom": "Tom Reid"}[lead(instance, 1)["owner"]]
    equal(ack["From"], f"{owner} <{lead(instance, 1)['owner']}@hartleyfinch.example>", "a mail of the rules is from the owner")
    ok(ack["Reply-To"].startswith(f"{owner} <enquiries+l1-"), "and answers come where they are seen", ack["Reply-To"])
    with open(instance.path("usher.yaml"), encoding="utf-8") as file:
        firm = file.read()
    for person in ("jane", "tom"):
        firm = firm.replace(f"email: {person}@hartleyfinch.example", f"email: {person}@other.example")
    instance.write("usher.yaml", firm)
    instance.deliver(mail(2))
    instance.run("tick")
    ack = sent_to(instance, "pat2@client2.example")
    owner = {"jane": "Jane Mills", "tom": "Tom Reid"}[lead(instance, 2)["owner"]]
    equal(ack["From"], f"{owner} <{ENQUIRIES}>", "an owner with an address elsewhere writes under their name from the firm's")
    instance.close()


test_returned()
test_answered()
test_without()
test_from_owner()
done()
