#!/usr/bin/python3
"""doors.t - a mail that comes by two doors is one message

A real Postfix has `usher run` as its milter and delivers into the Maildir that the same `usher run` watches. So every mail is captured twice: as the
milter sees it, and as Postfix wrote it. Whatever its shape, that must be one message with two deliveries.
"""
import os
import shutil
import sqlite3
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lib")]
import postfix  # noqa: E402
from ushertest import *  # noqa: E402,F403

ENQUIRIES = "enquiries@hartleyfinch.example"
HEAD = b"From: Pat <pat@client.example>\r\nSubject: %s\r\nDate: Mon, 02 Mar 2026 09:00:00 +0000\r\nMessage-ID: <%s@client.example>\r\n"

# What it is -> the mail. Each has another digest by its body.
SHAPES = {
    "plain": HEAD % (b"plain", b"1") + b"\r\nHello.\r\n",
    "empty lines at both ends": HEAD % (b"ends", b"2") + b"\r\n\r\n\r\nHello two.\r\n\r\n\r\n\r\n",
    "folds of all kinds": b"Subject: a\r\n\tb  \r\n  c\r\n\t\r\n" + HEAD % (b"second", b"3") + b"References: <a@b>\r\n <c@d>\r\n\r\nHello three.\r\n",
    "blanks and empty values": b"Subject:    \t wide \t \r\nFrom:\r\nDate: \r\nMessage-ID:<4@client.example>\r\nX-Empty:\r\n\r\nHello four.\r\n",
    "blank before the colon": b"From : Pat <pat@client.example>\r\nSubject\t: five\r\n\r\nHello five.\r\n",
    "dots": HEAD % (b"dots", b"6") + b"\r\n.\r\n..\r\n.six\r\n.\r\n",
    "bytes that are no UTF-8": HEAD % (b"caf\xe9", b"7") + b"\r\nCaf\xe9 \xff\xfe seven\r\n",
    "long lines": HEAD % (b"long", b"8") + b"X-Long: " + b"y" * 900 + b"\r\n\r\n" + b"eight " * 3000 + b"\r\n",
    "a header of 60 KB": HEAD % (b"x" * 60000, b"9") + b"\r\nHello nine.\r\n",
    "a header of 300 KB, which Postfix cuts": b"X-Big: " + b"z" * 300000 + b"\r\n" + HEAD % (b"cut", b"10") + b"\r\nHello ten.\r\n",
    "no header at all": b"\r\nHello eleven.\r\n",
    "a body where the header should be": b"Hello twelve, this is no header\r\nFrom: neither is this\r\n\r\nthe end\r\n",
    "header, then text without an empty line": b"Subject: thirteen\r\nno header\r\n\r\nHello thirteen.\r\n",
    "a line of mbox in front": b"From pat@client.example Mon Mar  2 09:00:00 2026\r\nSubject: fourteen\r\n\r\nHello fourteen.\r\n",
    "no body": HEAD % (b"fifteen", b"15"),
    "no Message-ID, no Date": b"From: Pat <pat@client.example>\r\nSubject: sixteen\r\n\r\nHello sixteen.\r\n",
    "twice the same header": HEAD % (b"first", b"17") + HEAD % (b"second", b"17b") + b"\r\nHello seventeen.\r\n",
    "only blanks in a line": HEAD % (b"blanks", b"18") + b"\r\n \r\n\t\r\nHello eighteen. \t\r\n \r\n",
    "forged X-Usher and Delivered-To": b"X-Usher-Lead: 1\r\nDelivered-To: jane@hartleyfinch.example\r\nx-usher-lead: 2\r\n" + HEAD % (b"nineteen", b"19") + b"\r\nHello nineteen.\r\n",
    "3 MB": HEAD % (b"large", b"20") + b"\r\n" + (b"twenty " * 10 + b"\r\n") * 42000,
    "line ends of other kinds": HEAD % (b"bare", b"21") + b"\r\none\rtwo\nthree\r\r\nHello twenty-one.\r\n",
    "a NUL": HEAD % (b"nul", b"22") + b"\r\nHello \0 twenty-two.\r\n",
    "multipart": HEAD % (b"parts", b"23") + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\ntwenty-three\r\n--b--\r\n",
}


def read_record(instance):
    """Of each message: its doors in order of arrival."""
    with sqlite3.connect(f"file:{instance.path('usher.db')}?mode=ro", uri=True) as record:
        rows = record.execute("SELECT message, door FROM delivery ORDER BY id").fetchall()
    doors = {}
    for message, door in rows:
        doors.setdefault(message, []).append(door)
    return doors


def main():
    postfix.skip_unless_possible()
    folder = tempfile.mkdtemp(prefix="usher-doors-")
    os.chmod(folder, 0o2750)
    shutil.chown(folder, group="postfix")
    with postfix.Postfix(milters=f"unix:{folder}/sock") as server:
        for name in ("", "new", "cur", "tmp"):
            os.makedirs(os.path.join(server.maildir, name), exist_ok=True)
            shutil.chown(os.path.join(server.maildir, name), "nobody")
        instance = Instance(intake=f"  milter: unix:{folder}/sock\n  maildirs: [{server.maildir}]\n")
        daemon = Daemon(instance)
        before = 0
        for what, mail in SHAPES.items():
            server.send("pat@client.example", [ENQUIRIES], mail)
            wait_for(lambda: sum(map(len, read_record(instance).values())) >= before + 2, 20)
            doors = list(read_record(instance).values())
            before += 2
            if not equal(doors[-1], ["milter", "maildir"], what):
                before = sum(map(len, doors))
        ok(sum(map(len, read_record(instance).values())) == 2 * len(SHAPES), "and nothing else was captured")
        equal(os.listdir(os.path.join(server.maildir, "new")), [], "all that was captured has left `new`")
        equal(daemon.stop(), 0, "the daemon ends")
    instance.close()
    shutil.rmtree(folder, ignore_errors=True)
    done()


main()
