#!/usr/bin/python3
"""import.t - old mail becomes history: recorded whole, and nothing follows from it

An inbox (mbox), sent mail (Maildir) and single files of the same firm are read together. Then: nothing in the outbox, no promises, nobody's load; a second
run adds nothing; an answer in an old thread wakes its lead and tells the owner; a new enquiry from a known address is a new lead. The command is killed
before its lasting acts, and interrupted; the same command then goes on.
"""
import os
import signal
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from ushertest import *  # noqa: E402,F403

SHIM = os.path.join(TOP, "build", "tests", "killat.so")
MARK = "From pat@client.example Mon Jan  5 09:15:00 2026\n"


def build_shim():
    os.makedirs(os.path.dirname(SHIM), exist_ok=True)
    source = os.path.join(TOP, "tests", "tools", "killat.c")
    subprocess.run(["gcc", "-D_GNU_SOURCE", "-O1", "-fPIC", "-shared", "-o", SHIM, source, "-ldl"], check=True)


def letter(identity, sender, to, date, text, headers="", subject="Our VAT return"):
    return (f"From: {sender}\nTo: {to}\nSubject: {subject}\nDate: {date}\nMessage-ID: <{identity}@mail.example>\n{headers}"
            f"\n{text}\n")


FIRM_ADDRESS = "enquiries@hartleyfinch.example"
PAT = "Pat Lane <pat@lane.example>"
ENQUIRY = letter("p1", PAT, FIRM_ADDRESS, "Mon, 5 Jan 2026 09:15:00 +0000",
                 "Good morning,\n\nwe need help with our VAT return within the next month. Ring me on 020 7946 0123.\n\nFrom here on we are open.\n\nPat Lane")
SENT = letter("j1", "Jane Mills <jane@hartleyfinch.example>", PAT, "Mon, 5 Jan 2026 11:00:00 +0000", "Dear Pat,\n\nhow about Thursday?\n\nJane",
              "In-Reply-To: <p1@mail.example>\nReferences: <p1@mail.example>\n", "Re: Our VAT return")
REPLY = letter("p2", PAT, "jane@hartleyfinch.example", "Tue, 6 Jan 2026 08:00:00 +0000", "Thursday is fine.\n\nPat",
               "In-Reply-To: <j1@mail.example>\nReferences: <p1@mail.example> <j1@mail.example>\n", "Re: Our VAT return")
AGAIN = letter("p3", PAT, FIRM_ADDRESS, "Wed, 14 Jan 2026 10:00:00 +0000", "One more thing about our VAT: we have a second shop.\n\nPat")
OTHER = letter("o1", "Olu Okafor <olu@riverside.example>", FIRM_ADDRESS, "Thu, 8 Jan 2026 10:00:00 +0000",
               "Dear all,\n\nplease quote for an audit of our accounts, we would start in three months.\n\nOlu Okafor\nRiverside Ltd")
NEWS = letter("n1", "News <news@shop.example>", FIRM_ADDRESS, "Fri, 9 Jan 2026 10:00:00 +0000", "Buy now.", "List-Id: <news.shop.example>\nPrecedence: list\n")


def quote(text):
    return "\n".join(">" + line if line.lstrip(">").startswith("From ") else line for line in text.split("\n"))


def write_sources(instance):
    """Reply and second mail stand before the enquiry that they follow, and what was sent lies elsewhere."""
    instance.write("old/inbox.mbox", "".join(MARK + quote(text) + "\n" for text in (AGAIN, REPLY, ENQUIRY, NEWS)))
    for name in ("cur", "new", "tmp"):
        os.makedirs(instance.path("old/mail/.Sent", name))
        os.makedirs(instance.path("old/mail", name))
    instance.write("old/mail/.Sent/cur/1767610800.1.host:2,S", SENT)
    instance.write("old/mail/dovecot-uidlist", "3 V1 N2\n")
    instance.write("old/single/olu.eml", OTHER)


def read_tree(instance):
    return sorted(os.path.join(folder, name) for folder, _, names in os.walk(instance.path("old")) for name in names)


def address(mail):
    return mail["to"].split("<")[-1].rstrip(">") if isinstance(mail["to"], str) else mail["to"]["address"]


def run_import(instance, *arguments, **options):
    return instance.json("import", *arguments, instance.path("old"), **options)


def tell_history(instance):
    before = read_tree(instance)
    dry = run_import(instance, "--dry-run")
    ok(dry["new"] == 6 and dry["dry_run"] and not os.path.exists(instance.path("usher.db")), "a dry run counts and leaves no trace", dry)
    counts = run_import(instance)
    wanted = {"read": 6, "new": 6, "known": 0, "leads": 2, "joined": 1, "replies": 1, "recorded": 1, "ignored": 1, "quarantined": 0, "faults": 0}
    equal({name: counts[name] for name in wanted}, wanted, "mbox, Maildir and single files in the order of their dates")
    equal(read_tree(instance), before, "the sources are as they were")
    leads = {lead["fields"]["email"]["value"]: lead for lead in instance.json("leads")}
    pat = leads["pat@lane.example"]
    shown = instance.json("show", str(pat["id"]))
    ok(pat["is_history"] and shown["is_history"] and pat["created"] == "2026-01-05T09:15:00Z", "the lead is of the day on which it came", pat)
    equal([message["kind"] for message in shown["messages"]], ["enquiry", "sent", "reply", "enquiry"], "all of the conversation is on it")
    equal([line["at"] for line in shown["history"] if line["what"] in ("captured", "contact", "reply", "wrote again")],
          ["2026-01-05T09:15:00Z", "2026-01-05T11:00:00Z", "2026-01-06T08:00:00Z", "2026-01-14T10:00:00Z"], "each event at its own moment")
    ok(pat["status"] == "contacted" and pat["score"] > 0 and pat["owner"], "it is judged, owned, and was contacted", pat)
    ok(shown["promises"] == [] and shown["mails"] == [] and instance.json("outbox") == [], "nothing is promised and nothing is written")
    status = instance.status()
    ok(status["leads"] == 2 and status["live_leads"] == 0 and status["exceptions"] == 0 and status["undecided"] == 0, "it is nobody's load", status)
    equal(len(instance.json("leads", "history = 1")), 2, "\"history\" is a column of conditions")
    ok(b"(history)" in instance.run("leads").stdout, "and stands in the list")
    instance.run("tick", now="2026-04-02T09:30:00Z")
    equal(instance.outgoing(), [], "nothing ever goes out")
    return pat


def import_again(instance):
    again = run_import(instance)
    ok(again["known"] == 6 and again["new"] == 0 and again["leads"] == 0, "a second run adds nothing", again)
    equal(len(instance.json("leads")), 2, "and no leads")
    delivered = instance.deliver(ENQUIRY.encode().replace(b"\n", b"\r\n"))
    ok(delivered.returncode == 0 and instance.status()["messages"] == 6 and not instance.json("outbox"), "the same mail by another door is that mail")
    some = run_import(instance, "--since", "2026-01-08", "--dry-run")
    ok(some["older"] == 3 and some["read"] == 3, "--since leaves out what is older", some)
    equal(instance.run("import", "--since", "yesterday", "x").returncode, 64, "a date that is none is said")


def go_on_with_it(instance, pat):
    fresh = letter("p9", PAT, FIRM_ADDRESS, "Mon, 2 Mar 2026 09:00:00 +0000", "Good morning,\n\nwe need help with our VAT return within the next month.\n\nPat Lane")
    instance.deliver(fresh.encode(), sender="pat@lane.example")
    live = instance.json("leads", "history = 0")
    shown = instance.json("show", str(live[0]["id"]))
    ok(len(live) == 1 and any(line["what"] == "linked" and f"lead {pat['id']} " in line["detail"] for line in shown["history"]),
       "a new enquiry is a new lead, linked with the old one", shown["history"])
    ok({mail["purpose"] for mail in shown["mails"]} >= {"ack", "brief"}, "and is answered")
    answer = letter("p10", PAT, FIRM_ADDRESS, "Mon, 2 Mar 2026 09:10:00 +0000", "We never heard of it again. Is it done?\n\nPat",
                    "References: <p1@mail.example> <j1@mail.example>\n", "Re: Our VAT return")
    instance.deliver(answer.encode(), sender="pat@lane.example")
    woken = instance.json("show", str(pat["id"]))
    ok(not woken["is_history"] and any(line["what"] == "woken" for line in woken["history"]), "an answer in the old thread wakes its lead")
    equal([(mail["purpose"], address(mail)) for mail in woken["mails"]], [("reply", f"{pat['owner']}@hartleyfinch.example")], "and its owner is told")
    equal(instance.status()["live_leads"], 2, "from there on it is somebody's load")


def name_faults():
    instance = Instance()
    write_sources(instance)
    instance.write("old/single/empty.eml", "")
    with open(instance.path("old/single/box.gz"), "wb") as file:
        file.write(b"\x1f\x8b\x08\x00")
    os.symlink("round", instance.path("old/single/round"))
    result = instance.run("import", instance.path("old"), instance.path("nothing"))
    said = result.stderr.decode()
    ok(result.returncode == 1 and b"6  new" in result.stdout and b"4  files could not be taken" in result.stdout, "what cannot be read stops nothing, and exit 1 says so",
       result.stdout.decode())
    ok(all(word in said for word in ("empty.eml\" is empty", "box.gz\" is compressed", "round\" is a symbolic link", "nothing\" No such file")), "each is named", said)
    instance.close()


def cut_large_mails():
    instance = Instance(intake="  max_message_bytes: 1000000\n")
    big = ENQUIRY + "x" * 70 + ("\n" + "x" * 70) * 20000 + "\n"
    instance.write("old/box", MARK + quote(big))
    counts = run_import(instance)
    instance.deliver(big.encode())
    with sqlite3.connect(instance.path("usher.db")) as db:
        cut, size, kept = db.execute("SELECT is_cut, size_bytes, (SELECT SUM(LENGTH(bytes)) FROM message_raw) FROM message").fetchone()
    equal((cut, size, kept), (1, len(big), 1000000), "a mail over the limit is cut")
    ok(counts["new"] == 1 and instance.status()["messages"] == 1, "a large mail has the digest that it has at every door", counts)
    instance.close()


def kill_everywhere():
    """Killed before every seventh lasting act in turn, then given again: the same history, once."""
    at, killed, wrong = -6, 0, []
    while at < 2000:
        at += 7
        instance = Instance()
        instance.run("tick")
        write_sources(instance)
        environment = dict(os.environ, LD_PRELOAD=SHIM, KILL_AT=str(at))
        status = instance.run("import", instance.path("old"), env=environment).returncode
        counts = run_import(instance)
        found = instance.status()
        shown = [len(instance.json("show", str(lead["id"]))["messages"]) for lead in instance.json("leads")]
        if (found["messages"], found["leads"], found["undecided"], sorted(shown), counts["complete"]) != (6, 2, 0, [1, 4], True) or instance.json("outbox"):
            wrong.append((at, status, found, shown))
        instance.close()
        if status == 0:
            break
        killed += 1
    ok(killed > 3, f"killed at {killed} points")
    equal(wrong, [], "and the same command goes on from there, at each of them")


def count_messages(instance):
    with sqlite3.connect(instance.path("usher.db"), timeout=10) as db:
        return db.execute("SELECT COUNT(*) FROM message").fetchone()[0]


def interrupt():
    instance = Instance()
    instance.run("tick")
    count = 3000
    instance.write("old/box", "".join(MARK + letter(f"m{n}", f"Pat <pat{n}@client{n}.example>", FIRM_ADDRESS, "Mon, 5 Jan 2026 09:15:00 +0000",
                                                      "we need help with our VAT return.\n\nPat") + "\n" for n in range(count)))
    command = [USHER, "-C", instance.directory, "--now", NOW, "--json", "import", instance.path("old")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for(lambda: count_messages(instance) > 0, 30, 0.01)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    stopped = json.loads(out)
    ok(process.returncode == 75 and not stopped["complete"] and 0 < stopped["read"] < count, "SIGINT ends it after the batch in hand", stopped)
    ok(f"after {stopped['read']} of {count} mails; the same command goes on from there".encode() in err, "and it says how far it came", err.decode())
    rest = run_import(instance)
    ok(rest["complete"] and rest["known"] == stopped["new"] and rest["new"] == count - stopped["new"], "the same command goes on from there", rest)
    equal(instance.status()["leads"], count, "to the end")
    instance.close()


def beside_the_daemon():
    instance = Instance(intake="  maildirs: [intake]\n")
    write_sources(instance)
    daemon = Daemon(instance, now=NOW)
    instance.drop("live", mail(1))
    instance.drop("waiting", mail(2))
    run_import(instance)
    counts = instance.json("import", instance.path("intake"))
    ok(wait_for(lambda: instance.status()["live_leads"] == 2), "what comes in beside it is live", instance.status())
    ok(counts["leads"] == 0 and len(instance.json("leads", "history = 1")) == 2, "and what is old is history, whoever decides it", counts)
    equal(daemon.stop(), 0, "the daemon ends well")
    equal({address(m) for m in instance.json("outbox") if m["role"] == "prospect"}, {"pat1@client1.example", "pat2@client2.example"},
          "only the living are written to")
    instance.close()


def main():
    build_shim()
    instance = Instance()
    write_sources(instance)
    pat = tell_history(instance)
    import_again(instance)
    go_on_with_it(instance, pat)
    instance.close()
    name_faults()
    cut_large_mails()
    interrupt()
    beside_the_daemon()
    kill_everywhere()
    done()


main()
