#!/usr/bin/env python3
"""
smtp.t - mails to a real Postfix: plain, STARTTLS, implicit TLS, login, refusals, and every certificate that must not do

Sends by the program of test_send.c, which takes what to do from its environment.
"""
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import postfix

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
SENDER = os.path.join(ROOT, os.environ.get("BUILD", "build"), "tests", "test_send")
count = 0
failed = 0


def check(is_good, what, *seen):
    """One line of TAP."""
    global count, failed
    count += 1
    failed += not is_good
    print(("ok" if is_good else "not ok") + " %d - %s" % (count, what), flush=True)
    if not is_good:
        for text in seen:
            print("# " + str(text).replace("\n", "\n# "), flush=True)


class Sender:
    """Sends to one server; each call gives the lines that the program wrote."""

    def __init__(self, server):
        self.server = server
        self.number = 0

    def send(self, port, host="localhost", **options):
        self.number += 1
        environment = dict(os.environ, USHER_SEND_HOST=host, USHER_SEND_PORT=str(self.server.ports.get(port, port)),
                           USHER_SEND_ID="%d" % self.number)
        for name, value in options.items():
            environment["USHER_SEND_" + name.upper()] = str(value)
        done = subprocess.run([SENDER], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False)
        return done.stdout.decode(errors="replace")


def write_secret(server, name, password):
    path = server.path(name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(password + "\n")
    return path


def check_plain(sender, server):
    said = sender.send("plain", to="ann@customer.example", count=3)
    lines = said.splitlines()
    check(len(lines) == 3 and all(re.match(r"delivered: 250 2\.0\.0 Ok: queued as", line) for line in lines), "three mails are taken in plain SMTP", said)
    mails = server.mails("ann@customer.example", wait=3)
    check(len(mails) == 3, "and delivered, each once", len(mails))
    mail = mails[0]
    check(mail.sender == "" and mail.recipient == "ann@customer.example", "with the envelope that was given", mail.bytes)
    check(mail.bytes.endswith(b"\n\nHello.\n.\n"), "with its body as it was, the dot too, and no line more", mail.bytes)
    sessions = [line for line in server.log().splitlines() if "disconnect from" in line and "mail=3" in line]
    check(len(sessions) == 1 and "quit=1" in sessions[0] and "rset" not in sessions[0], "in one session that ended with QUIT", server.log())


def check_tls(sender, server):
    ca = server.ca_file
    for port, mode in (("starttls", "starttls"), ("implicit", "implicit")):
        said = sender.send(port, tls=mode, ca_file=ca, count=2)
        check(len(re.findall("^delivered: 250", said, re.M)) == 2, "two mails are taken by TLS, " + mode, said)
    said = sender.send("starttls", host="127.0.0.1", tls="starttls", ca_file=ca)
    check(said.startswith("delivered: 250"), "a certificate for the address does", said)


def check_certificates(sender, server):
    other = postfix.Authority(server.path("otherca"))
    ca = server.ca_file
    good = dict(tls="starttls", ca_file=ca, to="secret@customer.example")
    for what, port, options, answer in (
            ("of an authority that is not ours", "starttls", dict(good, ca_file=other.ca_file), "not signed by an authority we know"),
            ("of an authority the system does not know", "starttls", dict(tls="starttls", to=good["to"]), "not signed by an authority we know"),
            ("that has expired", "expired", good, "it has expired"),
            ("for another name", "othername", good, "it is for another name"),
            ("of an authority that is not ours, implicit TLS", "implicit", dict(good, tls="implicit", ca_file=other.ca_file), "not signed by an authority we know")):
        said = sender.send(port, **options)
        check(said.startswith("later down: ") and answer in said, "a certificate %s is refused" % what, said)
    said = sender.send("starttls", **dict(good, ca_file=server.path("nothing.pem")))
    check(said.startswith("later down: ") and "nothing.pem" in said, "an authority file that is not there is named", said)
    said = sender.send("plain", **good)
    check(said.startswith("later down: ") and "does not offer STARTTLS" in said, "a server without STARTTLS gets nothing", said)
    said = sender.send("plain", **dict(good, tls="implicit"))
    check(said.startswith("later down: ") and "no TLS with" in said, "nor does a plain server that should speak TLS", said)
    check("secret@" not in server.log(), "and none of these servers was told of the mail", server.log())


def check_login(sender, server):
    ca = server.ca_file
    right = write_secret(server, "right", "s3cret pass")
    wrong = write_secret(server, "wrong", "guess")
    for port, mode in (("starttls", "starttls"), ("implicit", "implicit"), ("login", "none")):
        said = sender.send(port, tls=mode, ca_file=ca, user="usher@localhost", password_file=right, count=2)
        check(len(re.findall("^delivered: 250", said, re.M)) == 2, "a login is accepted, " + mode, said)
        said = sender.send(port, tls=mode, ca_file=ca, user="usher@localhost", password_file=wrong)
        check(said.startswith("later down: ") and "535 5.7.8" in said and "guess" not in said, "a wrong password is our fault, not the mail's, " + mode, said)
    said = sender.send("login")
    check(said.startswith("refused: 554 5.7.1"), "a server that wants a login is told of the mail without one", said)
    said = sender.send("plain", user="usher@localhost", password_file=right)
    check(said.startswith("later down: ") and "offers no login" in said, "a login where there is none", said)
    check("sasl_method=PLAIN, sasl_username=usher@localhost" in server.log(), "Postfix saw the login")


def check_refusals(sender, server):
    said = sender.send("plain", to="nobody@customer.example", count=2)
    check(len(re.findall("^refused: 550 5.1.1", said, re.M)) == 2, "550 is final", said)
    said = sender.send("plain", to="full@customer.example")
    check(said.startswith("later: 452 4.2.2"), "452 is for later", said)
    said = sender.send("plain", to="big@customer.example")
    check(said.startswith("refused: 552"), "552 is final", said)
    said = sender.send("plain", to="busy@customer.example", count=2)
    check(len(re.findall("^later down: 421 4.3.2", said, re.M)) == 2, "421 ends the session, not the mail", said)
    said = sender.send("plain", to="j\u00f6rg@customer.example")
    check(said.startswith("delivered"), "an international address goes by SMTPUTF8", said)
    said = sender.send("plain", to="a@customer.example> SIZE=1")
    check(said.startswith("refused: the address cannot be written"), "an address that would be a command is refused", said)


def check_restart(sender, server):
    server.pause()
    said = sender.send("plain")
    check(said.startswith("later down: no connection"), "a server that is not there is for later", said)
    server.resume()
    said = sender.send("plain", to="late@customer.example")
    check(said.startswith("delivered") and len(server.mails("late@customer.example", wait=1)) == 1, "and gets the mail when it is back", said)


def main():
    postfix.skip_unless_possible()
    recipients = {"nobody@customer.example": "550 5.1.1 no such person", "full@customer.example": "452 4.2.2 mailbox full",
                  "big@customer.example": "552 5.2.2 mailbox full", "busy@customer.example": "421 4.3.2 not now"}
    with postfix.Postfix(users={"usher": "s3cret pass"}, recipients=recipients) as server:
        sender = Sender(server)
        for part in (check_plain, check_tls, check_certificates, check_login, check_refusals, check_restart):
            part(sender, server)
        if failed:
            print("# " + server.log().replace("\n", "\n# "))
    print("1..%d" % count)
    return 1 if failed else 0


sys.exit(main())
