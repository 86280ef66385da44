#!/usr/bin/python3
"""cadence.t - the steps of cadences when all goes wrong around them: each is done once, none is lost, and none goes that must not

1. `tick` is killed before each of its lasting acts in turn while steps are due, then done again.
2. The daemon is killed whole at ROUNDS random moments; it is stopped for a while; two work on one database, and so do two ticks.
3. The same tick twice; the clock set back an hour; a night and a week without anybody: what is late goes once, spread, in hours.
4. A mail that waits in the outbox when they answer is held, of the last step too.
5. A store of before there were cadences: nobody is put into one by surprise.
"""
import collections
import glob
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from ushertest import *  # noqa: E402,F403

ROUNDS = int(os.environ.get("ROUNDS", "6"))
SEED = int(os.environ.get("SEED", "1"))
START = "2026-03-02T09:30:00Z"  # a Monday
DUE = "2026-03-04T12:00:00Z"  # the two calls are due by then, and the mails within the day
EVENING = "2026-03-04T17:20:00Z"
RULES = """cadences:
  chase:
    steps:
      - {after: 2 business days, channel: mail, template: follow-up}
      - {after: 2 business days, channel: call, guidance: Ask how it goes.}
      - {after: 4 business days, channel: mail, template: follow-up-last}
enrol:
  - {cadence: chase, when: "route = 'sales' AND status IN ('new', 'contacted')"}
manners: {late_at_once: 3}
"""
CALM = RULES.replace("late_at_once: 3", "late_at_once: 1000")
FIRST, CALL, LAST = 0, 1, 2


def make(leads, rules=CALM, delivery="  maildir: outgoing\n", intake=""):
    """An instance with so many leads in the cadence, what was owed at once being sent."""
    instance = Instance(delivery=delivery, intake=intake)
    instance.write("rules/cadences.yaml", rules)
    for number in range(1, leads + 1):
        instance.deliver(mail(number), sender=f"pat{number}@client{number}.example", now=START)
    instance.run("tick", now=START)
    return instance


def copy(instance):
    other = Instance()
    shutil.rmtree(other.directory)
    shutil.copytree(instance.directory, other.directory)
    return other


def ask(instance, sql):
    with sqlite3.connect(f"file:{instance.path('usher.db')}?mode=ro", uri=True) as store:
        return store.execute(sql).fetchall()


def touches(instance, step=None):
    return ask(instance, "SELECT lead, step, outcome, at FROM touch" + (f" WHERE step = {step}" if step is not None else "") + " ORDER BY at, lead, step")


def mails(instance):
    return ask(instance, "SELECT lead, key, state, sent, message_id FROM outbox WHERE enrolment IS NOT NULL ORDER BY id")


def copies(instance):
    """How often each mail lies in the outgoing Maildir, by Message-ID."""
    found = [re.search(rb"(?mi)^Message-ID:\s*<(.*?)>", raw)[1].decode() for raw in instance.outgoing()]
    return collections.Counter(found)


def flaws(instance, leads, steps):
    """What is not as it must be when those steps of so many leads were to be done, each once."""
    found = []
    done = collections.Counter((lead, step) for lead, step, _, _ in touches(instance))
    if done != collections.Counter((lead, step) for lead in range(1, leads + 1) for step in steps):
        found.append(("touches", done))
    written, there = mails(instance), copies(instance)
    if len(written) != leads * len([s for s in steps if s != CALL]):
        found.append(("mails", written))
    found += [("not sent", row) for row in written if row[2] != "sent"]
    found += [("not there once", row, there[row[4]]) for row in written if there[row[4]] != 1]
    tasks = ask(instance, "SELECT COUNT(*) FROM task WHERE key LIKE 'step:%'")[0][0]
    if tasks != (leads if CALL in steps else 0):
        found.append(("tasks", tasks))
    return found


def local_hour(at):
    """Of London in winter."""
    return at % 86400 / 3600


def kill_everywhere():
    start, bad, at = make(1), [], 0
    while at < 1000:
        at += 1
        instance = copy(start)
        status = killed_run(instance, at, "tick", now=EVENING)
        # What had been claimed is free again when its process is gone.
        instance.run("tick", now=EVENING)
        bad += [(at, flaw) for flaw in flaws(instance, 1, (FIRST, CALL))]
        instance.close()
        if status == 0:
            break
    ok(at > 20, f"tick: killed at {at - 1} points while steps were due")
    equal(bad, [], "tick: each step has one touch, one mail or task, and each mail lies there once")
    start.close()


def kill_daemon():
    random.seed(SEED)
    instance = make(20)
    for _ in range(ROUNDS):
        daemon = Daemon(instance, now=EVENING)
        time.sleep(random.uniform(0.0, 0.4))
        daemon.kill()
    daemon = Daemon(instance, now=EVENING)
    ok(wait_for(lambda: len(touches(instance)) >= 40 and all(row[2] == "sent" for row in mails(instance)), 60, 0.2),
       f"daemon: after {ROUNDS} kills the steps are done", touches(instance))
    equal(daemon.stop(), 0, "daemon: and it ends well")
    equal(flaws(instance, 20, (FIRST, CALL)), [], "daemon: each step once")
    instance.close()


def two_at_once():
    instance = make(20)
    ticks = [subprocess.Popen([USHER, "-C", instance.directory, "--now", EVENING, "tick"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(3)]
    equal([tick.wait(60) for tick in ticks], [0, 0, 0], "three ticks at once end well")
    equal(flaws(instance, 20, (FIRST, CALL)), [], "three ticks at once: each step once")
    instance.run("tick", now=EVENING)
    equal(flaws(instance, 20, (FIRST, CALL)), [], "the same tick again: nothing more")
    instance.run("tick", now="2026-03-04T16:20:00Z")
    equal(flaws(instance, 20, (FIRST, CALL)), [], "a clock set back by an hour: nothing more")
    instance.run("tick", now="2026-03-06T16:20:00Z")
    instance.run("tick", now="2026-03-06T15:20:00Z")
    instance.run("tick", now="2026-03-06T17:20:00Z")
    equal(flaws(instance, 20, (FIRST, CALL, LAST)), [], "and the steps after it come, each once")
    instance.close()


def two_daemons():
    instance = make(20)
    # The second daemon knows the same store by another directory.
    other = copy(instance)
    with open(other.path("usher.yaml"), encoding="utf-8") as file:
        text = file.read()
    other.write("usher.yaml", text.replace("store: usher.db", "store: " + instance.path("usher.db")).replace("maildir: outgoing", "maildir: " + instance.path("outgoing")))
    daemons = [Daemon(instance, now=EVENING)]
    try:
        daemons.append(Daemon(other, now=EVENING))
        ok(True, "two daemons on one database")
    except AssertionError as refused:
        ok("already" in str(refused) or "another" in str(refused), "two daemons on one database: the second says that there is one", refused)
    ok(wait_for(lambda: len(touches(instance)) >= 40 and all(row[2] == "sent" for row in mails(instance)), 60, 0.2), "two daemons: the steps are done")
    for daemon in daemons:
        daemon.stop()
    equal(flaws(instance, 20, (FIRST, CALL)), [], "two daemons: each step once")
    instance.close()
    other.close()


def suspended():
    """The moment at which steps are due passes while the daemon stands still."""
    instance = make(5)
    with sqlite3.connect(instance.path("usher.db")) as store:
        store.execute("UPDATE enrolment SET due = strftime('%s', '2026-03-04 10:00:03')")
    daemon = Daemon(instance, now="2026-03-04T10:00:00Z")
    for pid in daemon.children():
        os.kill(pid, signal.SIGSTOP)
    time.sleep(4)
    for pid in daemon.children():
        os.kill(pid, signal.SIGCONT)
    ok(wait_for(lambda: len(touches(instance)) >= 10 and all(row[2] == "sent" for row in mails(instance)), 60, 0.2), "suspended: what was due meanwhile is done after it")
    equal(daemon.stop(), 0, "suspended: the daemon ends well")
    # Its clock jumps: to the end of the day, and back to the morning.
    for now in ("2026-03-04T17:29:00Z", "2026-03-04T09:00:00Z"):
        daemon = Daemon(instance, now=now)
        time.sleep(0.5)
        daemon.stop()
    equal(flaws(instance, 5, (FIRST, CALL)), [], "suspended: each step once")
    instance.close()


def downtime():
    leads = 24
    instance = make(leads, RULES)
    before = ask(instance, "SELECT MIN(due), MAX(due) FROM enrolment")[0]
    ok(before[1] - before[0] > 4 * 3600, "what is due on one day is spread over it", before)
    # Nobody was there since Monday; it is Thursday, before business. Then every quarter of an hour until the end of business.
    instance.run("tick", now="2026-03-05T03:00:00Z")
    equal(touches(instance), [], "downtime: at night no step that is a mail goes")
    sizes = []
    for quarter in range(36, 71):
        seen = len(touches(instance, FIRST))
        instance.run("tick", now=f"2026-03-05T{quarter // 4:02}:{quarter % 4 * 15:02}:00Z")
        sizes.append(len(touches(instance, FIRST)) - seen)
    equal(len(touches(instance, FIRST)), leads, "downtime: all went on that day")
    ok(max(sizes) <= 5, "downtime: never many at once", sizes)
    ok(all(9 <= local_hour(at) < 17.5 for _, _, _, at in touches(instance, FIRST)), "downtime: in hours")
    # A week without anybody; it comes back in the middle of a morning.
    sizes, back = [], "2026-03-18T10:00:00Z"
    instance.run("tick", now=back)
    ok(len(touches(instance, LAST)) <= 3, "a week: at once go only as many as may", touches(instance, LAST))
    for quarter in range(41, 71):
        seen = len(touches(instance, LAST))
        instance.run("tick", now=f"2026-03-18T{quarter // 4:02}:{quarter % 4 * 15:02}:00Z")
        sizes.append(len(touches(instance, LAST)) - seen)
    instance.run("tick", now="2026-03-19T17:20:00Z")
    ok(max(sizes) <= 6, "a week: never many at once", sizes)
    equal(flaws(instance, leads, (FIRST, CALL, LAST)), [], "a week: each step once")
    broken = [promise for promise in instance.json("promises", now=back) if promise.get("broken")]
    ok(len(broken) >= leads, f"a week: promises that were broken meanwhile are told as broken ({len(broken)})")
    instance.close()


def answer(number):
    return mail(f"{number}1", sender=f"pat{number}@client{number}.example", subject=f"Re: Enquiry {number}", body="Thank you, ring me tomorrow.\n\nPat")


def waiting_mail():
    calm = []
    sink = MailSink(lambda session, verb, line: None if calm else "451 4.3.0 later" if verb == "DATA" else None)
    calm.append(1)
    instance = make(2, delivery=f"  smtp: {{host: 127.0.0.1, port: {sink.port}, tls: none}}\n")
    before = len(sink.message_ids())
    calm.clear()
    instance.run("tick", now=EVENING)
    equal([row[2] for row in mails(instance)], ["pending", "pending"], "a mail waits for the server")
    instance.deliver(answer(1), sender="pat1@client1.example", now=EVENING)
    calm.append(1)
    instance.run("tick", now="2026-03-05T12:00:00Z")
    equal([row[2] for row in mails(instance)], ["held", "sent"], "they answer: it is held, and the other lead's goes")
    # The same with the last step, after which the cadence is finished.
    calm.clear()
    instance.run("tick", now="2026-03-09T17:20:00Z")
    equal(mails(instance)[2][:1] + mails(instance)[2][2:3], (2, "pending"), "the last mail of a cadence waits")
    instance.deliver(answer(2), sender="pat2@client2.example", now="2026-03-09T17:20:00Z")
    calm.append(1)
    instance.run("tick", now="2026-03-10T12:00:00Z")
    equal(mails(instance)[2][2], "held", "they answer: the last mail is held, too")
    recipients = [recipient for recipient, _, _ in sink.mails[before:] if recipient.startswith("pat")]
    equal(recipients, ["pat2@client2.example"], "only what was to go has left")
    instance.close()
    sink.close()


def old_store():
    """A store of version 12, with leads on it: made by the files that made it then, filled from one of today."""
    today = make(3)
    old = today.path("old.db")
    with sqlite3.connect(old) as store:
        names = ["schema.sql"] + [f"schema-{n}.sql" for n in range(2, 13)]
        for name in names:
            with open(os.path.join(TOP, "src", "record", name), encoding="utf-8") as file:
                store.executescript(file.read())
        store.execute("ATTACH ? AS today", (today.path("usher.db"),))
        for table, in store.execute("SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").fetchall():
            has = {row[1] for row in store.execute(f"PRAGMA today.table_info({table})")}
            columns = ", ".join(row[1] for row in store.execute(f"PRAGMA main.table_info({table})") if row[1] in has)
            store.execute(f"INSERT OR IGNORE INTO main.{table} ({columns}) SELECT {columns} FROM today.{table}")
        store.commit()
        store.execute("DETACH today")
        store.execute("PRAGMA user_version = 12")
    for name in glob.glob(today.path("usher.db*")):
        os.remove(name)
    os.rename(old, today.path("usher.db"))
    equal(len(today.json("leads", now=DUE)), 3, "a store of version 12: its leads are there")
    result = today.run("tick", now=DUE)
    equal(result.returncode, 0, "a store of version 12: tick does its work")
    today.run("tick", now="2026-03-20T12:00:00Z")
    equal((ask(today, "SELECT COUNT(*) FROM enrolment"), touches(today), mails(today)), ([(0,)], [], []), "nobody is put into a cadence by surprise")
    today.deliver(mail(9), sender="pat9@client9.example", now="2026-03-20T12:00:00Z")
    equal(ask(today, "SELECT lead FROM enrolment"), [(4,)] if ask(today, "SELECT MAX(id) FROM lead") == [(4,)] else ask(today, "SELECT MAX(id) FROM lead"), "a new lead is")
    equal((ask(today, "PRAGMA integrity_check"), ask(today, "PRAGMA foreign_key_check")), ([("ok",)], []), "and the store is whole")
    today.close()


def main():
    build_shim()
    only = sys.argv[1:]
    for part in (kill_everywhere, kill_daemon, two_at_once, two_daemons, suspended, downtime, waiting_mail, old_store):
        if not only or part.__name__ in only:
            part()
    done()


main()
