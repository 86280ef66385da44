#!/usr/bin/python3
"""verp.t - a bounce of Postfix's own making finds its mail by the envelope sender that only this mail had

Postfix takes the acknowledgement and gives it up afterwards, so what tells of it is a mail to enquiries+b1-MARK@. With the null sender there would
be no report at all. (marks.t has reports that return nothing of the mail.)
"""
import os
import shutil
import sys
import tempfile

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"), os.path.dirname(os.path.abspath(__file__))]
from ushertest import *  # noqa: E402,F403
import postfix  # noqa: E402
import ushertest  # noqa: E402

ENQUIRIES = "enquiries@hartleyfinch.example"
DEAD = "pat1@client1.example"


class Firm:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="usher-verp-")
        os.chmod(self.folder, 0o755)
        milter = os.path.join(self.folder, "milter")
        os.mkdir(milter)
        shutil.chown(milter, group="postfix")
        os.chmod(milter, 0o2750)
        refuser = os.path.join(self.folder, "no-such-user")
        with open(refuser, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\ncat > /dev/null\necho 'no such user here'\nexit 67\n")
        os.chmod(refuser, 0o755)
        self.server = postfix.Postfix(milters=f"unix:{milter}/sock", transports=f"dead unix - n n - - pipe\n  user=nobody argv={refuser}\n",
                                      settings={"recipient_delimiter": "+", "internal_mail_filter_classes": "bounce", "non_smtpd_milters": "$smtpd_milters",
                                                "transport_maps": "inline:{%s=dead:}" % DEAD})
        self.instance = Instance(delivery=f"  smtp: {{host: localhost, port: {self.server.ports['plain']}, tls: none}}\n  plus_addresses: true\n",
                                 intake=f"  milter: unix:{milter}/sock\n")
        self.daemon = Daemon(self.instance)

    def close(self):
        self.daemon.kill()
        self.server.stop()
        self.instance.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def ack_of(firm, number):
    found = [mail for mail in firm.instance.json("outbox", "--lead", str(number), now=None) if mail["purpose"] == "ack"]
    return found[0] if found else {"state": None, "last_answer": None}


def main():
    postfix.skip_unless_possible()
    firm = Firm()
    try:
        for number in (1, 2):
            firm.server.send(f"pat{number}@client{number}.example", [ENQUIRIES], mail(number))
        ok(wait_for(lambda: ack_of(firm, 1)["state"] == "failed", 30), "what Postfix could not deliver is marked", ack_of(firm, 1))
        leads = {lead["id"]: lead for lead in firm.instance.json("leads", now=None)}
        equal((leads[1]["status"], leads[1]["exception"]), ("exception", "bounced"), "its lead is an exception")
        ok(wait_for(lambda: ack_of(firm, 2)["state"] == "sent", 30), "the other acknowledgement has arrived", ack_of(firm, 2))
        arrived = firm.server.mails("pat2@client2.example", wait=1)[0].message
        ok(arrived["Return-Path"].startswith("<enquiries+b") and arrived["Return-Path"].endswith("@hartleyfinch.example>"),
           "with an envelope sender of its own", arrived["Return-Path"])
        equal((leads[2]["exception"], len(leads)), (None, 2), "and its lead goes on; the report is no lead")
        equal(firm.daemon.stop(), 0, "it ends well")
    finally:
        if ushertest._failed:
            print("".join(f"# {line}\n" for line in firm.daemon.read_log().decode().splitlines()[-40:] + firm.server.log().splitlines()[-40:]))
        firm.close()
    done()


main()
