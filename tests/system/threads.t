#!/usr/bin/python3
"""threads.t - the sender's sessions and the first thread at once: many mails, with reloads between, and an end in the middle of it

Every mail goes out once, and nothing is written by two threads without a lock between them: with `make tsan` the thread sanitizer says so (GLib's own locks are
told to it by tests/tools/tsanlocks.c). With a plain build it is the same test without that.
"""
import collections
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from ushertest import *  # noqa: E402,F403

MAILS = int(os.environ.get("MAILS", "120"))
SESSIONS = 6
LOCKS = os.environ.get("LOCKS")  # what tells the sanitizer of GLib's locks; none: a plain build


def sanitizer_environment():
    """GLib is not built with the sanitizer: what it does inside says nothing of us."""
    suppressions = os.path.join(TOP, "tests", "tools", "tsan.supp")
    return dict(os.environ, LD_PRELOAD=LOCKS, TSAN_OPTIONS=f"suppressions={suppressions}")


def send_all(instance, sink, options):
    """Mails come in while the daemon runs; it is told to read its rules again now and then."""
    for number in range(1, MAILS // 2):
        instance.drop(f"m{number}", mail(number))
    daemon = Daemon(instance, **options)
    for number in range(MAILS // 2, MAILS + 1):
        instance.drop(f"m{number}", mail(number))
        if number % 20 == 0:
            daemon.process.send_signal(signal.SIGHUP)
        time.sleep(0.01)
    # Two for each: the acknowledgement and the brief.
    ok(wait_for(lambda: len(sink.message_ids()) >= MAILS, 120, 0.1), "half of the mails are out")
    equal(daemon.stop(), 0, "ended in the middle of it, well")
    again = Daemon(instance, **options)
    settled = lambda: (lambda s: s["undecided"] == 0 and s["mails_pending"] == 0 and s["messages"] >= MAILS)(instance.status())
    ok(wait_for(settled, 120, 0.2), "started again, all goes out", instance.run("status", now=None).stdout.decode())
    equal(again.stop(), 0, "and it ends well")


def main():
    sink = MailSink()
    instance = Instance(delivery=f"  smtp: {{host: 127.0.0.1, port: {sink.port}, tls: none}}\n  sessions: {SESSIONS}\n",
                        intake="  maildirs: [intake]\n")
    instance.loosen()
    options = {"env": sanitizer_environment()} if LOCKS else {}
    send_all(instance, sink, options)
    counts = collections.Counter(sink.message_ids())
    sent = instance.status()["mails_sent"]
    ok(sent >= 2 * MAILS, f"{sent} mails by {SESSIONS} sessions")
    equal(len(counts), sent, "each has gone out")
    equal([i for i, times in counts.items() if times > 1], [], "and once")
    with open(instance.path("usher.log"), encoding="utf-8", errors="replace") as file:
        log = file.read()
    races = [line for line in log.splitlines() if line.startswith("SUMMARY: ThreadSanitizer")]
    ok(not races, "the thread sanitizer found nothing" if options else "a plain build: nothing looked for races", log if races else "")
    instance.close()
    sink.close()
    done()


main()
