#!/usr/bin/python3
"""leaver.t - somebody goes out of usher.yaml while the daemon runs: at the reload their leads go to others, and who is new gets leads"""
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import ushertest as u  # noqa: E402

FLOW = os.path.join(u.TOP, "tests", "flows", "somebody-leaves")


def read_flow(*parts):
    with open(os.path.join(FLOW, *parts), encoding="utf-8") as file:
        return file.read()


instance = u.Instance()
instance.write("usher.yaml", read_flow("instance", "usher.yaml"))
for number in range(6):
    instance.deliver(u.mail(number), sender=f"pat{number}@client{number}.example")
for lead in instance.json("leads"):
    if lead["owner"] != "jane":
        instance.run("act", str(lead["id"]), "reassign", "jane")
u.equal({lead["owner"] for lead in instance.json("leads")}, {"jane"}, "all six are jane's")

daemon = u.Daemon(instance, now=u.NOW)
instance.write("usher.yaml", read_flow("without-jane.yaml"))
daemon.process.send_signal(signal.SIGHUP)
owners = u.wait_for(lambda: (found := [lead["owner"] for lead in instance.json("leads")]) and "jane" not in found and sorted(found))
u.equal(owners, ["nia"] * 3 + ["tom"] * 3, "after the reload they are others', in equal shares, and some whoever is new has")
handovers = u.wait_for(lambda: len([mail for mail in instance.json("outbox") if mail["purpose"] == "handover" and mail["state"] == "sent"
                                    and not mail["to"].startswith("jane")]) == 6)
u.ok(handovers, "each new owner is told")
u.ok(b"no longer in usher.yaml were given to others" in daemon.read_log(), "the log says so", daemon.read_log().decode())
u.ok(all(not person["id"] == "jane" for person in instance.status()["people"]), "status knows jane no more")
daemon.stop()
instance.close()
u.done()
