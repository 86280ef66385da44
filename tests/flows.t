#!/usr/bin/python3
"""flows.t - steps and a clock, and what was printed: one folder a flow

tests/flows/NAME/steps holds lines of these kinds, and below each step what it is expected to print:

    # a remark
    @ 2026-03-02T09:30:00Z               the present moment from here on
    $ leads "tier = 'hot'"               usher with these arguments
    $ deliver < enquiry.eml              with a file of the folder on standard input
    $ deliver < sent-to:ADDRESS          with the newest mail in the outgoing Maildir to that address
    % usher.yaml FILE                    a file of the folder takes the place of one of the instance
    $ show 1 | cadence                   only those lines of the output in which the text after the bar stands
    $ mails                              the mails in the outgoing Maildir: recipient, subject and text, by recipient; each once
    $ mails | in touch                   only those lines of them

In a mail that is handed in, {id sent-to:ADDRESS} stands for the Message-ID of the newest outgoing mail to that address, with its brackets,
and {link ORDER sent-to:ADDRESS} for the subject of the mail that the link to do ORDER in that mail writes;
{leave sent-to:ADDRESS} for the mark in its List-Unsubscribe. tests/flows/NAME/instance may hold files that go over the tests' firm. What differs from run to run (names of files, ids, hashes) and the numbers of the shipped rules' lines
are not compared.

What comes every day whatever a flow is about (each person's list, recurring tasks) is left out, unless the folder has a file `daily`.

A step that fails prints `exit N` after its output. Adding one is a folder with steps, then `make accept FLOW=NAME`, and reading
what that wrote.
"""
import difflib
import email
import email.policy
import html
import os
import re
import shlex
import sys
import urllib.parse
from email.utils import parsedate_to_datetime

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import ushertest  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
FLOWS = os.path.join(HERE, "flows")
CHANGING = (
    (re.compile(r"\b[0-9a-f]{40}\.usher"), "FILE.usher"),
    (re.compile(r"\b(rules|Version) [0-9a-f]{16}\b"), r"\1 HASH"),
    (re.compile(r"(The rulebook is good:) .*"), r"\1 COUNTS"),
    (re.compile(r"\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{12}\b"), "VERSION-HASH"),
    (re.compile(r'"rules":"[0-9a-f]{64}"'), '"rules":"HASH"'),
    (re.compile(r'\b(usher |"version":")\d+\.\d+\.\d+'), r"\1VERSION"),
    (re.compile(r"usher\.[0-9a-f]{16}\.[0-9a-z]+@"), "usher.ID@"),
    (re.compile(r"usher%3A(\d+)%3A[a-z2-7]{20}"), r"usher%3A\1%3AMARK"),
    (re.compile(r"task%3A(\d+)%3A[a-z2-7]{20}"), r"task%3A\1%3AMARK"),
    (re.compile(r"(?<!/)\b((?:channels/)?[a-z0-9-]+\.yaml):\d+(?!:?\d)"), r"\1"),
)


class Flow:
    def __init__(self, name):
        self.folder = os.path.join(FLOWS, name)
        overlay = os.path.join(self.folder, "instance")
        self.instance = ushertest.Instance(is_daily=os.path.exists(os.path.join(self.folder, "daily")))
        for folder, _, names in os.walk(overlay):
            for file_name in names:
                path = os.path.join(folder, file_name)
                with open(path, encoding="utf-8") as file:
                    self.instance.write(os.path.relpath(path, overlay), file.read())
        self.now = ushertest.NOW
        self.seen = set()

    def mails(self):
        """The mails that are new since the last look."""
        shown = []
        for raw in self.instance.outgoing():
            mail = email.message_from_bytes(raw, policy=email.policy.default)
            if mail["Message-ID"] in self.seen:
                continue
            self.seen.add(mail["Message-ID"])
            text = mail.get_body(("plain",)).get_content().rstrip("\n")
            body = "".join(f"  {line}\n" if line else "\n" for line in text.split("\n"))
            shown.append(f"To: {mail['To']}\nSubject: {mail['Subject']}\n\n{body}")
        return "\n".join(sorted(shown))

    def find_sent(self, address):
        """The newest mail in the outgoing Maildir to that address, as bytes."""
        found = [raw for raw in self.instance.outgoing() if email.message_from_bytes(raw)["Delivered-To"] == address]
        # Of one moment a recipient may get a digest besides what is about a lead, which has the original with it: that is meant.
        return max(found, key=lambda raw: (parsedate_to_datetime(email.message_from_bytes(raw)["Date"]), b"message/rfc822" in raw))

    def read_input(self, name):
        if name.startswith("sent-to:"):
            return self.find_sent(name[len("sent-to:"):])
        with open(os.path.join(self.folder, name), "rb") as file:
            data = file.read()
        put = lambda match: email.message_from_bytes(self.find_sent(match[1].decode()))["Message-ID"].strip().encode()
        link = lambda match: self.find_link(match[1].decode(), match[2].decode())
        leave = lambda match: re.search(rb"unsubscribe%20([a-z2-7]{20})", self.find_sent(match[1].decode())[:4000])[1]
        data = re.sub(rb"\{leave sent-to:([^}]+)\}", leave, data)
        return re.sub(rb"\{link (.+) sent-to:([^}]+)\}", link, re.sub(rb"\{id sent-to:([^}]+)\}", put, data))

    def find_link(self, order, address):
        """The subject that a link of the newest mail to that address gives to the mail it writes, whose body is the order."""
        mail = email.message_from_bytes(self.find_sent(address), policy=email.policy.default)
        page = html.unescape(mail.get_body(("html",)).get_content())
        found = re.search(r'mailto:[^"?]*\?subject=([^"&]*)&body=' + re.escape(urllib.parse.quote(order)) + '"', page)
        if not found:
            raise AssertionError(f"the newest mail to {address} has no link to do \"{order}\"")
        return urllib.parse.unquote(found[1]).encode()

    def step(self, line):
        line, _, wanted = line.partition(" | ")
        words = shlex.split(line)
        if words[0] == "mails":
            return "".join(row for row in self.mails().splitlines(keepends=True) if wanted in row)
        data = b""
        if "<" in words:
            data = self.read_input(words[words.index("<") + 1])
            words = words[:words.index("<")]
        result = self.instance.run(*words, data=data, now=self.now)
        output = (result.stdout + result.stderr).decode().replace(self.instance.directory, "DIR")
        for pattern, instead in CHANGING:
            output = pattern.sub(instead, output)
        output = "".join(row for row in output.splitlines(keepends=True) if wanted in row)
        return output + (f"exit {result.returncode}\n" if result.returncode else "")

    def play(self):
        """What the steps file would say if everything were expected as it is."""
        played = []
        with open(os.path.join(self.folder, "steps"), encoding="utf-8") as file:
            for line in file.read().split("\n"):
                if line.startswith("@ "):
                    self.now = line[2:].strip()
                if line.startswith("% "):
                    place, name = line[2:].split()
                    with open(os.path.join(self.folder, name), encoding="utf-8") as replacement:
                        self.instance.write(place, replacement.read())
                if line.startswith(("# ", "@ ", "% ")):
                    played.append(line)
                elif line.startswith("$ "):
                    played.append(line)
                    output = self.step(line[2:])
                    # Indented, so that output can never look like a step.
                    played += [f"  {row}".rstrip() for row in output.rstrip("\n").split("\n")] if output.strip() else []
                    played.append("")
        self.instance.close()
        while played and played[-1] == "":
            played.pop()
        return "\n".join(played) + "\n"


def compare(name):
    path = os.path.join(FLOWS, name, "steps")
    with open(path, encoding="utf-8") as file:
        expected = file.read()
    actual = Flow(name).play()
    return path, actual, list(difflib.unified_diff(expected.splitlines(), actual.splitlines(), "expected", "actual", lineterm=""))


def main():
    if len(sys.argv) > 1 and sys.argv[1] == "--accept":
        for name in sys.argv[2:] or sorted(os.listdir(FLOWS)):
            path, actual, difference = compare(name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(actual)
            print(f"{name}:\n" + ("\n".join(difference) if difference else "as before"))
        return
    for name in sorted(os.listdir(FLOWS)):
        _, _, difference = compare(name)
        ushertest.ok(not difference, name, "\n".join(difference))
    ushertest.done()


main()
