#!/usr/bin/python3
"""kill.t - kill -9 at any moment of capture, decision or sending

1. `deliver` and `tick` are killed before one of their lasting acts (write, sync, rename, send), then done again: there is one lead, and
   every mail went out once; only a mail whose answer was lost may come twice, with the same Message-ID. Of the hundreds of acts POINTS are taken, spread evenly
   from where SEED says; with POINTS=0 every one.
2. The daemon is killed whole at ROUNDS random moments while mail comes in by two doors; once with one session of the sender, once with several. At the end: no
   accepted mail without a lead, no lead without its mails, none sent twice but those whose answer was lost: one a session and kill.

However busy the machine is, each part ends after LIMIT_S seconds, with what it has got through by then.
"""
import collections
import os
import random
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from ushertest import *  # noqa: E402,F403

ROUNDS = int(os.environ.get("ROUNDS", "8"))
POINTS = int(os.environ.get("POINTS", "24"))
LIMIT_S = int(os.environ.get("LIMIT_S", "60"))
SEED = int(os.environ.get("SEED", "1"))


def smtp_delivery(port, sessions=1):
    return f"  smtp: {{host: 127.0.0.1, port: {port}, tls: none}}\n  sessions: {sessions}\n"


def killed_run(instance, at, *arguments, data=None, **environment):
    environment = dict(os.environ, LD_PRELOAD=SHIM, KILL_AT=str(at), **environment)
    return instance.run(*arguments, data=data, env=environment).returncode


def count_acts(what, sink):
    """How many lasting acts the command has when nobody kills it."""
    instance = Instance(delivery=smtp_delivery(sink.port))
    counted = instance.path("acts")
    if what == "deliver":
        killed_run(instance, 0, "deliver", "--to", "enquiries@hartleyfinch.example", data=mail(0), KILL_COUNT=counted)
    else:
        instance.deliver(mail(0))
        killed_run(instance, 0, "tick", KILL_COUNT=counted)
    with open(counted, encoding="ascii") as file:
        acts = int(file.read())
    instance.close()
    return acts


def choose_points(acts):
    step = max(1, acts // POINTS) if POINTS else 1
    return range(1 + SEED % step, acts + 1, step)


def kill_everywhere(what, sink):
    """One mail at each killing point."""
    lost, doubled, leadless, killed = [], [], [], 0
    acts, end = count_acts(what, sink), time.monotonic() + LIMIT_S
    for at in choose_points(acts):
        if POINTS and time.monotonic() > end:
            break
        instance = Instance(delivery=smtp_delivery(sink.port))
        before = len(sink.message_ids())
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
        killed += status != 0
    ok(killed >= 5, f"{what}: killed at {killed} of its {acts} lasting acts")
    equal(leadless, [], f"{what}: exactly one lead at each of them")
    equal(lost, [], f"{what}: every mail went out")
    points = collections.Counter(at for at, _, _ in doubled)
    ok(all(times == 2 for _, _, times in doubled) and all(count == 1 for count in points.values()) and (what == "tick" or not doubled),
       f"{what}: only a mail whose answer was lost came again (at {len(points)} of {killed} points)", doubled)


def kill_daemon(sink, sessions):
    name = f"daemon, {sessions} session{'s' if sessions > 1 else ''}"
    random.seed(SEED)
    instance = Instance(delivery=smtp_delivery(sink.port, sessions), intake="  maildirs: [intake]\n")
    instance.loosen()
    before = len(sink.message_ids())
    accepted, number, kills = [], 0, 0
    limit = time.monotonic() + LIMIT_S
    while kills < ROUNDS and (time.monotonic() < limit or ROUNDS > 8):
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
    ok(wait_for(settled, 2 * LIMIT_S, 0.2), f"{name}: after {kills} kills everything is decided and sent", instance.run("status", now=None).stdout.decode())
    equal(daemon.stop(), 0, f"{name}: ends well on SIGTERM")
    leads = instance.json("leads")
    addresses = collections.Counter(lead["fields"].get("email", {}).get("value") for lead in leads)
    wanted = {f"pat{n}@client{n}.example" for n in accepted}
    # A mail on which the program was killed twice in a row is a lead of the exception queue, without fields.
    unread = [lead for lead in leads if lead["exception"] == "undecided"]
    equal(len(leads), len(accepted), f"{name}: each of {len(accepted)} accepted mails has a lead")
    ok(len(wanted - set(addresses)) == len(unread) <= 2, f"{name}: and each is read, but {len(unread)} in quarantine", wanted - set(addresses))
    equal([a for a, times in addresses.items() if a and times > 1], [], f"{name}: none has two")
    outbox = instance.json("outbox")
    counts = collections.Counter(sink.message_ids()[before:])
    equal([m["key"] if "key" in m else m["purpose"] for m in outbox if counts[m["message_id"]] == 0], [], f"{name}: every mail went out")
    twice = [i for i, times in counts.items() if times > 1]
    ok(len(twice) <= sessions * kills and all(counts[i] <= 1 + kills for i in twice),
       f"{name}: at most one mail a session and kill went out again, with its Message-ID ({len(twice)} in {kills} kills)", twice)
    instance.close()


def main():
    build_shim()
    sink = MailSink()
    kill_everywhere("deliver", sink)
    kill_everywhere("tick", sink)
    kill_daemon(sink, 1)
    kill_daemon(sink, 4)
    done()


main()
