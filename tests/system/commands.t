#!/usr/bin/python3
"""commands.t - the command line as people and programs use it

The starter instance passes its check; every kind of mistake is told in one run; each command's JSON has its keys; exit codes; the verbs; help, manual
pages and completion name what there is.
"""
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from ushertest import *  # noqa: E402,F403

COMMANDS = "init check run deliver explain tick leads show outbox act clients conflicts status".split()
EXPLAIN_KEYS = set("kind disposition track channel source fields missing score score_parts bant tier route exception owner candidates status mails "
                   "promises cadence enrolment".split())
EXPLAIN_PROMISE_KEYS = set("id lead kind owner kept_by state made due kept broken rule span at_most hours_of timezone rule_is_guessed counted_today "
                           "agrees count left late".split())
LEAD_KEYS = set("id track channel source status tier score route exception owner created fields".split())
SAMPLE = os.path.join(TOP, "samples", "1-enquiry.eml")


def usher(*arguments, **options):
    return subprocess.run([USHER, *arguments], capture_output=True, text=True, timeout=60, check=False, **options)


def shipped(name):
    with open(os.path.join(TOP, name), encoding="utf-8") as file:
        return file.read()


def test_init():
    folder = tempfile.mkdtemp(prefix="usher-commands-")
    place = os.path.join(folder, "new")
    equal(usher("init", place).returncode, 0, "init: makes an instance")
    checked = usher("--now", NOW, "-C", place, "check")
    ok(checked.returncode == 0 and "warning" not in checked.stdout, "init: and it passes check", checked.stdout)
    again = usher("init", place)
    ok(again.returncode == 73 and "stays as it is" in again.stderr, "init: overwrites nothing", again.stderr)
    shutil.copy(os.path.join(TOP, "rules", "fields.yaml"), os.path.join(place, "rules"))
    equal(usher("-C", place, "check").returncode, 0, "check: a copy of a file that ships passes")
    shutil.rmtree(folder)


def test_check():
    """One mistake of each kind, all told in one run."""
    instance = Instance()
    instance.write("usher.yaml", instance_text(instance).replace("  timezone:", "  timezoen: x\n  timezone:").replace("capacity: 20", "capacity: many", 1)
                   .replace("name: Tom Reid, email: tom@hartleyfinch.example,", "name: Tom Reid,"))
    instance.write("rules/fields.yaml", shipped("rules/fields.yaml").replace(r"'\b(?<value>head of", r"'\b((?<value>head of"))
    instance.write("rules/qualify.yaml", shipped("rules/qualify.yaml").replace('"timeline = \'exploring\'"', '"timelyne = \'exploring\'"', 1))
    instance.write("rules/cadences.yaml", shipped("rules/cadences.yaml").replace("template: nurture-2", "template: nurture-9"))
    instance.write("templates/ack.txt", shipped("templates/ack.txt") + "{{frist_name}}\n")
    result = instance.run("check")
    told = result.stdout.decode()
    equal(result.returncode, 1, "check: exit 1")
    for what, pattern in (("an unknown key", r'^usher\.yaml:\d+:\d+: unknown key "timezoen"; did you mean "timezone"'),
                          ("a wrong type", r'^usher\.yaml:\d+:\d+: "capacity" must be a whole number'),
                          ("a person without an address", r'^usher\.yaml:\d+:\d+: "email" is missing'),
                          ("a bad regular expression", r"^rules/fields\.yaml:\d+:\d+: the pattern cannot be read"),
                          ("a condition naming an unknown field", r'^rules/qualify\.yaml:\d+:\d+: there is no column "timelyne": did you mean "timeline"'),
                          ("a cadence with a missing template", r'^rules/cadences\.yaml:\d+:\d+: there is no template "nurture-9"'),
                          ("a template naming an unknown value", r'^templates/ack\.txt:\d+:\d+: no value is called "frist_name".*"first_name"')):
        ok(re.search(pattern, told, re.M), f"check: {what} is told with its place and the remedy", told)
    listed = json.loads(instance.run("--json", "check").stdout)
    ok(len([p for p in listed if not p["warning"]]) == 7 and set(listed[0]) == {"file", "line", "column", "what", "warning"}, "check: the same as JSON", listed)
    equal(instance.run("leads").returncode, 78, "a broken rulebook: leads ends with 78")
    equal(instance.run("run").returncode, 78, "a broken rulebook: run does not start")
    equal(instance.deliver(mail(1)).returncode, 75, "a broken rulebook: deliver gives the mail back (75)")
    instance.close()


def instance_text(instance):
    with open(instance.path("usher.yaml"), encoding="utf-8") as file:
        return file.read()


def test_explain():
    instance = Instance()
    equal(instance.run("explain", TOP).returncode, 66, "explain: a directory is no mail (66)")
    equal(instance.run("explain", "/dev/null").returncode, 65, "explain: nothing is no mail (65)")
    before = instance.json("explain", SAMPLE)
    ok(EXPLAIN_KEYS <= set(before), "explain: has all keys", EXPLAIN_KEYS - set(before))
    ok(all({"value", "rule", "evidence"} <= set(field) for field in before["fields"].values()), "explain: each field with rule and evidence")
    ok(all({"rule", "points", "because"} <= set(part) for part in before["score_parts"]), "explain: each part of the score with its reason")
    equal(sum(part["points"] for part in before["score_parts"]), before["score"], "explain: the score is the sum of its parts")
    ok(all({"purpose", "to", "template", "due", "subject"} <= set(m) for m in before["mails"]), "explain: each mail with its keys")
    ok(all({"kind", "due"} <= set(promise) for promise in before["promises"]), "explain: each promise with kind and due")
    ok(not os.path.exists(instance.path("usher.db")), "explain: records nothing")
    with open(SAMPLE, "rb") as file:
        instance.deliver(file.read())
    after = instance.json("explain", SAMPLE)
    for key in ("disposition", "fields", "score_parts", "route", "owner", "missing"):
        equal(after[key], before[key], f"explain: of a mail that is on record: {key} as if it came in now")
    equal(len(instance.json("leads")), 1, "explain: and records nothing then either")
    instance.close()


def test_explain_promise():
    instance = Instance()
    with open(SAMPLE, "rb") as file:
        instance.deliver(file.read())
    instance.run("tick")
    told = instance.json("explain", "--promise", "1:first-contact")
    ok(EXPLAIN_PROMISE_KEYS <= told.keys(), "explain --promise: its JSON has its keys", str(told.keys() ^ EXPLAIN_PROMISE_KEYS))
    ok(told["agrees"] and not told["rule_is_guessed"] and told["counted_today"] == told["due"], "explain --promise: the count is the deadline")
    used = sum(day.get("used_s", 0) for day in told["count"][0]["days"])
    ok(told["span"] != "24 business hours" or used == 24 * 3600, "explain --promise: the days make up the whole")
    equal(instance.json("explain", "--promise", str(told["id"])), told, "explain --promise: by its number, the same")
    with sqlite3.connect(instance.path("usher.db")) as record:
        record.execute("UPDATE promise SET made = 0, span = NULL, place = NULL")
    old = instance.json("explain", "--promise", str(told["id"]))
    ok(old["rule_is_guessed"] and old["agrees"] and old["rule"] == told["rule"], "explain --promise: of an old one the likeliest rule", str(old))
    with sqlite3.connect(instance.path("usher.db")) as record:
        record.execute("UPDATE promise SET due = due + 60")
    odd = instance.json("explain", "--promise", str(told["id"]))
    ok(odd["rule_is_guessed"] and not odd["agrees"] and odd["due"] != odd["counted_today"], "explain --promise: and it says so where none fits", str(odd))
    instance.close()


def test_looking():
    instance = Instance()
    for number in (1, 2):
        instance.deliver(mail(number))
    equal(instance.json("tick"), {"decided": 0, "promises_broken": 0, "steps": 0, "mails_tried": 4, "leads_given_to_others": 0}, "tick: sends what is due and counts it")
    leads = instance.json("leads")
    ok(len(leads) == 2 and LEAD_KEYS <= set(leads[0]), "leads: JSON has all keys", leads)
    equal([lead["id"] for lead in instance.json("leads", "email LIKE 'pat2%' AND score >= 0")], [leads[0]["id"]], "leads: CONDITION is the rules' language")
    equal(instance.run("leads", "nosuch = 1").returncode, 64, "leads: an unknown column is told (64)")
    equal(instance.run("leads", "1").returncode, 64, "leads: a lead's number is no condition (64)")
    shown = instance.json("show", str(leads[0]["id"]))
    ok(LEAD_KEYS | {"score_parts", "candidates", "mails", "promises", "enrolments", "messages", "history"} <= set(shown), "show: JSON has it all", list(shown))
    equal(instance.run("show", "99").returncode, 65, "show: no such lead (65)")
    equal({m["state"] for m in instance.json("outbox")}, {"sent"}, "outbox: all sent")
    equal(len(instance.json("outbox", "--lead", str(leads[0]["id"]))), 2, "outbox: of one lead")
    equal(instance.json("outbox", "--state", "pending"), [], "outbox: of one state")
    status = instance.run("--json", "status")
    equal((status.returncode, json.loads(status.stdout)["running"]), (1, False), "status: no daemon: exit 1")
    instance.close()


def test_reply():
    """What a reply tells is no longer missing."""
    instance = Instance()
    enquiry = (b"From: Sue West <sue@west.example>\nTo: enquiries@hartleyfinch.example\nSubject: audit\nMessage-ID: <sue-1@west.example>\n\n"
               b"We need an audit next month.\n")
    answer = (b"From: Sue West <sue@west.example>\nTo: enquiries@hartleyfinch.example\nSubject: Re: audit\nMessage-ID: <sue-2@west.example>\n"
              b"In-Reply-To: <sue-1@west.example>\n\nMy number is 020 7946 0999.\n")
    instance.deliver(enquiry)
    equal(instance.json("show", "1")["missing"], ["phone"], "show: what is missing")
    instance.deliver(answer)
    shown = instance.json("show", "1")
    equal((shown["fields"]["phone"]["value"], shown["missing"]), ("+442079460999", []), "show: what came with a reply is missing no longer")
    instance.close()


def test_acting():
    instance = Instance()
    instance.deliver(mail(1))
    lead = str(instance.json("leads")[0]["id"])
    owner = instance.json("show", lead)["owner"]
    other = "tom" if owner == "jane" else "jane"
    equal(instance.json("act", "--as", other, lead, "claim")["owner"], other, "act: claim")
    equal(instance.json("act", lead, "reassign", owner)["owner"], owner, "act: reassign")
    instance.run("act", "--as", owner, lead, "note", "rings", "back")
    shown = instance.json("act", "--as", owner, lead, "contacted", "by telephone")
    equal(shown["status"], "contacted", "act: a status verb")
    ok(next(p for p in shown["promises"] if p["kind"] == "first-contact")["kept"], "act: keeps the promise of first contact", shown["promises"])
    told = [(line["actor"], line["what"], line["detail"]) for line in shown["history"]][-4:]
    equal(told, [(other, "claimed", f"{owner} -> {other}"), ("operator", "reassigned", f"{other} -> {owner}"), (owner, "note", "rings back"),
                 (owner, "status", "new -> contacted: by telephone")], "act: the history tells who did what")
    verbs = {row["verb"]: row["arguments"] for row in instance.json("act", "--verbs")}
    statuses = {"engaged": "engaged", "meeting": "meeting", "proposal": "proposal", "won": "won", "lost": "lost", "nurture": "nurture",
                "not-qualified": "not-qualified", "insufficient-data": "insufficient-data", "refer-on": "referred-on"}
    equal(set(verbs), {"claim", "reassign", "note", "field", "clear", "merge", "undo", "hold", "contacted", "done", "skip", "snooze", "cadence", *statuses}, "act --verbs: names all")
    equal({verb: instance.json("act", lead, verb)["status"] for verb in statuses}, statuses, "act: every status verb gives its status")
    for arguments in (("frobnicate",), ("reassign", "nobody"), ("claim",), ("note",), ("refer-on",)):
        equal(instance.run("act", lead, *arguments).returncode, 65, f"act: {' '.join(arguments)} is refused (65)")
    instance.close()


CLIENTS = """\ufeffOwner;E-Mail;Client;Notes;Colour\r
jane;"ann@tranter.example, bob@tranter.example";"Tranter ""Forge"" Ltd\r
 t/a Stroud";two;red\r
nobody;x@y.example;Globex;;\r
\r
;not-an-address;Initech;;\r
;;;only a note;\r
Jane Mills;cid@tranter.example;"tranter ""forge"" ltd t/a stroud";;;extra\r
Tom Reid;dai@umbrella.example;Umbrella plc;;;;;\r
jane;;Umbrella PLC;;\r
"""


def test_lists():
    instance = Instance()
    instance.write("clients.csv", CLIENTS)
    path = instance.path("clients.csv")
    rehearsal = instance.run("--json", "clients", "import", "--dry-run", path)
    equal(instance.json("clients", "list"), [], "clients import --dry-run: does nothing")
    result = instance.run("--json", "clients", "import", path)
    told = json.loads(result.stdout)
    equal(result.returncode, 1, "clients import: bad rows end with 1")
    equal((told["added"], told["changed"], told["removed"]), (2, 0, 0), "clients import: the good rows are in")
    equal([bad["line"] for bad in told["bad"]], [4, 6, 7, 8, 10], "clients import: each bad row is named by its line")
    equal(json.loads(rehearsal.stdout), dict(told, dry_run=True), "clients import --dry-run: tells the same")
    ok("clients.csv:4: there is no person \"nobody\"" in result.stderr.decode() and "looked after by tom on a line above, by jane here" in
       result.stderr.decode() and 'column "Colour" is passed over' in result.stderr.decode(), "clients import: and what is wrong with it", result.stderr)
    listed = instance.json("clients", "list")
    equal([(c["name"], c["owner"], c["emails"]) for c in listed], [('Tranter "Forge" Ltd t/a Stroud', "jane", ["ann@tranter.example", "bob@tranter.example"]),
                                                                  ("Umbrella plc", "tom", ["dai@umbrella.example"])], "clients list: what was handed over")
    ok(b"Umbrella plc" in instance.run("clients", "list").stdout, "clients list: for people")
    instance.write("clients.csv", "name,domain\nGlobex,https://www.globex.example/about\nFirm,hartleyfinch.example\n")
    told = json.loads(instance.run("--json", "clients", "import", "--replace", path).stdout)
    equal((told["added"], told["removed"], told["replaced"]), (1, 0, False), "clients import --replace: a file with a mistake replaces nothing")
    instance.write("clients.csv", "name,domain\nGlobex,https://www.globex.example/about\n")
    told = json.loads(instance.run("--json", "clients", "import", "--replace", path).stdout)
    equal((told["changed"], told["removed"], told["replaced"]), (0, 2, True), "clients import --replace: the list is the file, and who is unchanged stays")
    equal(instance.json("clients", "list")[0]["domains"], ["globex.example"], "clients import: a web address is a domain")
    equal(instance.run("clients", "remove", "GLOBEX").returncode, 0, "clients remove: by name, in any case")
    equal(instance.run("clients", "remove", "Globex").returncode, 1, "clients remove: nobody of that name is told")
    instance.write("parties.csv", 'party\tprevious names\tref\nGlobex Ltd\tAcme Ltd, Bolt Ltd; Smith, John\tM1\nGlobex Ltd\t\tM2\n"Never\tends')
    result = instance.run("conflicts", "import", instance.path("parties.csv"))
    ok(result.returncode == 1 and b"line 4: a quotation mark is opened here and never closed" in result.stderr, "conflicts import: an open quotation mark",
       result.stderr)
    equal([(c["matter"], c["former_names"]) for c in instance.json("conflicts", "list")], [("M1", ["Acme Ltd", "Bolt Ltd", "Smith, John"]), ("M2", [])],
          "conflicts import: former names, and a party of two matters")
    for arguments, status, what in ((("import",), 64, "no file"), (("frob",), 64, "no such verb"), (("list", "x"), 64, "too much"),
                                    (("import", "/nonexistent"), 66, "no such file"), (("import", "/dev/null"), 65, "an empty file"),
                                    (("list", "--replace"), 64, "an option of another verb")):
        equal(instance.run("conflicts", *arguments).returncode, status, f"conflicts: {what} ends with {status}")
    instance.close()


def test_help():
    listed = usher("--help").stdout
    equal([name for name in COMMANDS if not re.search(rf"^  {name} ", listed, re.M)], [], "--help lists every command")
    ok(all(usher(name, "--help").returncode == 0 for name in COMMANDS), "each command has help")
    equal([usher(*words).returncode for words in ((), ("nosuch",), ("--now", "yesterday", "status"), ("show",))], [64] * 4, "misuse ends with 64")
    for page in ("usher.8", "usher.yaml.5"):
        shown = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", os.path.join(TOP, "doc", page)], capture_output=True, text=True, check=False,
                               env=dict(os.environ, MANWIDTH="100", LC_ALL="C.UTF-8"))
        ok(shown.returncode == 0 and len(shown.stdout.splitlines()) > 80 and not shown.stderr, f"{page}: man shows it without a warning", shown.stderr)
    checked = subprocess.run([os.path.join(TOP, "tools", "lint-manual")], cwd=TOP, capture_output=True, text=True, check=False)
    ok(checked.returncode == 0, "manual pages and completion name every command, verb and key", checked.stdout)


def complete(*words):
    """What bash offers for the last of these words."""
    script = (f"_init_completion() {{ words=(\"${{COMP_WORDS[@]}}\"); cword=$COMP_CWORD; cur=${{words[cword]}}; prev=${{words[cword-1]}}; }}\n"
              f"_filedir() {{ :; }}\nsource {os.path.join(TOP, 'etc', 'usher.bash-completion')}\n"
              'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _usher; printf "%s\\n" "${COMPREPLY[@]}"')
    return subprocess.run(["bash", "-c", script, "bash", *words], capture_output=True, text=True, check=False).stdout.split()


def test_completion():
    instance = Instance()
    instance.deliver(mail(1))
    equal(complete(USHER, "st"), ["status"], "completion: commands")
    equal(complete(USHER, "outbox", "--state", "p"), ["pending"], "completion: states")
    ok("1" in complete(USHER, "-C", instance.directory, "show", ""), "completion: leads")
    equal(complete(USHER, "-C", instance.directory, "act", "1", "cl"), ["claim", "clear"], "completion: verbs")
    equal(complete(USHER, "-C", instance.directory, "cadences", "move", "w"), ["warm"], "completion: cadences")
    instance.close()


test_init()
test_check()
test_explain()
test_explain_promise()
test_looking()
test_reply()
test_acting()
test_lists()
test_help()
test_completion()
done()
