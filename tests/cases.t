#!/usr/bin/python3
"""cases.t - a mail, a moment, and the Decision expected: one folder a case

tests/cases/NAME/input.eml   the mail
tests/cases/NAME/expected    what `usher --json explain` says of it, without the numbers of the rules' lines
tests/cases/NAME/options     may be absent: lines `now TIME`, `to ADDRESS`

Adding a case is a folder with input.eml, `make accept CASE=NAME`, and reading what that wrote.
With arguments: `cases.t --accept NAME...` writes the expected files anew and shows the difference.
"""
import difflib
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)
USHER = os.environ.get("USHER", os.path.join(TOP, "build", "usher"))
CASES = os.path.join(HERE, "cases")
NOW = "2026-03-02T09:30:00Z"
SHOWN_MAIL = ("purpose", "to", "template", "due", "subject")
SHOWN_PROMISE = ("kind", "due", "owner")
LEFT_OUT = ("rules", "at", "lead", "enrolment")
RULE_LINE = re.compile(r"(\.yaml):\d+")  # a rule's line moves with every edit above it


def read_options(folder):
    options = {"now": NOW, "to": []}
    path = os.path.join(folder, "options")
    if os.path.exists(path):
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                key, _, value = line.strip().partition(" ")
                if key == "to":
                    options["to"].append(value)
                elif key:
                    options[key] = value
    return options


def explain(folder):
    options = read_options(folder)
    command = [USHER, "-C", os.path.join(HERE, "instance"), "--now", options["now"], "--json", "explain"]
    for address in options["to"]:
        command += ["--to", address]
    command.append(os.path.join(folder, "input.eml"))
    run = subprocess.run(command, capture_output=True, timeout=60, check=False)
    if run.returncode != 0:
        return f"exit {run.returncode}\n{run.stderr.decode()}"
    decision = json.loads(run.stdout)
    for key in LEFT_OUT:
        decision.pop(key, None)
    for name, shown in (("mails", SHOWN_MAIL), ("promises", SHOWN_PROMISE)):
        decision[name] = [{key: item[key] for key in shown} for item in decision[name]]
    return RULE_LINE.sub(r"\1", json.dumps(decision, indent=1, ensure_ascii=False)) + "\n"


def compare(folder):
    path = os.path.join(folder, "expected")
    expected = ""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            expected = file.read()
    actual = explain(folder)
    difference = difflib.unified_diff(expected.splitlines(), actual.splitlines(), "expected", "actual", lineterm="", n=1)
    return actual, list(difference)


def accept(names):
    for name in names:
        folder = os.path.join(CASES, name)
        actual, difference = compare(folder)
        with open(os.path.join(folder, "expected"), "w", encoding="utf-8") as file:
            file.write(actual)
        print(f"{name}:\n" + ("\n".join(difference) if difference else "as before"))


def main():
    if len(sys.argv) > 1 and sys.argv[1] == "--accept":
        accept(sys.argv[2:] or sorted(os.listdir(CASES)))
        return 0
    names = sorted(os.listdir(CASES))
    print(f"1..{len(names)}")
    failed = 0
    for number, name in enumerate(names, 1):
        _, difference = compare(os.path.join(CASES, name))
        print(f"{'not ok' if difference else 'ok'} {number} - {name}")
        for line in difference:
            print(f"# {line}")
        failed += bool(difference)
    return 1 if failed else 0


sys.exit(main())
