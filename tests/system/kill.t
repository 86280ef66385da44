#!/usr/bin/python3
"""kill.t - kill -9 at any moment of capture, decision or sending

1. `deliver` and `tick` are killed before each of their lasting acts in turn (every write, sync, rename, send), then done again: there is one lead, and
   every mail went out once; only a mail whose answer was lost may come twice, with the same Message-ID.
2. The daemon is killed whole at ROUNDS random moments while mail comes in by two doors. At the end: no accepted mail without a lead,
   no lead without its mails, none sent twice but those whose answer was lost: one a session and kill.
"""
import collections
import os
import random
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from ushertest import *  # noqa: E402,F403

ROUNDS = int(os.environ.get("ROUNDS", "8"))
SESSIONS = 4  # of the sender, as usher.yaml has them by itself for a server on this machine
SEED = int(os.environ.get("SEED", "1"))


def smtp_delivery(port):
    return f"  smtp: {{host: 127.0.0.1, port: {port}, tls: none}}\n"


def kill_everywhere(what, sink):
    """One mail at each killing point, until a run gets through untouched."""
    lost, doubled, leadless, at = [], [], [], 0
    while at < 2000:
        at += 1
        instance = Instance(delivery=smtp_delivery(sink.port))
        before = len(sink.message_ids())
        status = 0
        if what == "deliver":
            status = killed_run(instance, at, "deliver", "--to", "enquiries@hartleyfinch.example", data=mail(at))
            if status != 0:
                instance.deliver(mail(at))
            instance.run("tick")
        else:
            instance.deliver(mail(at))
            status = killed_run(instance, at, "tick")
            instance.run("tick", now="2026-03-02T10:30:00Z")
        leads = instance.json("leads")
        mails = instance.json("outbox")
        if len(leads) != 1:
            leadless.append((at, len(leads)))
        ids = collections.Counter(sink.message_ids()[before:])
        for sent in mails:
            times = ids.get(sent["message_id"], 0)
            if times == 0 or sent["state"] != "sent":
                lost.append((at, sent["purpose"], sent["state"]))
            elif times > 1:
                doubled.append((at, sent["purpose"], times))
        if set(ids) - {sent["message_id"] for sent in mails}:
            lost.append((at, "a mail that is not on record", ids))
        instance.close()
        if status == 0:
            break
    ok(at > 10, f"{what}: killed at {at - 1} points")
    equal(leadless, [], f"{what}: exactly one lead at each of them")
    equal(lost, [], f"{what}: every mail went out")
    points = collections.Counter(at for at, _, _ in doubled)
    ok(all(times == 2 for _, _, times in doubled) and all(count == 1 for count in points.values()) and (what == "tick" or not doubled),
       f"{what}: only a mail whose answer was lost came again (at {len(points)} of {at - 1} points)", doubled)


def kill_daemon(sink):
    random.seed(SEED)
    instance = Instance(delivery=smtp_delivery(sink.port), intake="  maildirs: [intake]\n")
    instance.loosen()
    before = len(sink.message_ids())
    accepted, number, kills = [], 0, 0
    for _ in range(ROUNDS):
        daemon = Daemon(instance)
        end = time.monotonic() + random.uniform(0.02, 0.6)
        while time.monotonic() < end:
            number += 1
            instance.drop(f"m{number}", mail(number))
            accepted.append(number)
            if random.random() < 0.15:
                number += 1
                if instance.deliver(mail(number), now=None).returncode == 0:
                    accepted.append(number)
        daemon.kill()
        kills += 1
    daemon = Daemon(instance)
    settled = lambda: (lambda s: s["undecided"] == 0 and s["mails_pending"] == 0 and s["messages"] >= len(accepted) and not os.listdir(instance.path("intake", "new")))(instance.status())
    ok(wait_for(settled, 60, 0.2), f"daemon: after {kills} kills everything is decided and sent", instance.run("status", now=None).stdout.decode())
    equal(daemon.stop(), 0, "daemon: ends well on SIGTERM")
    leads = instance.json("leads")
    addresses = collections.Counter(lead["fields"].get("email", {}).get("value") for lead in leads)
    wanted = {f"pat{n}@client{n}.example" for n in accepted}
    # A mail on which the program was killed twice in a row is a lead of the exception queue, without fields.
    unread = [lead for lead in leads if lead["exception"] == "undecided"]
    equal(len(leads), len(accepted), f"daemon: each of {len(accepted)} accepted mails has a lead")
    ok(len(wanted - set(addresses)) == len(unread) <= 2, f"daemon: and each is read, but {len(unread)} in quarantine", wanted - set(addresses))
    equal([a for a, times in addresses.items() if a and times > 1], [], "daemon: none has two")
    outbox = instance.json("outbox")
    counts = collections.Counter(sink.message_ids()[before:])
    equal([m["key"] if "key" in m else m["purpose"] for m in outbox if counts[m["message_id"]] == 0], [], "daemon: every mail went out")
    twice = [i for i, times in counts.items() if times > 1]
    ok(len(twice) <= SESSIONS * kills and all(counts[i] <= 1 + kills for i in twice),
       f"daemon: at most one mail a session and kill went out again, with its Message-ID ({len(twice)} in {kills} kills)", twice)
    instance.close()


def main():
    build_shim()
    sink = MailSink()
    kill_everywhere("deliver", sink)
    kill_everywhere("tick", sink)
    kill_daemon(sink)
    done()


main()
