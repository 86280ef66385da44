"""ushertest - what the tests that drive the whole program share

An Instance is a directory of its own with the tests' firm in it; a Daemon is `usher run` on it; a MailSink is an SMTP server that takes or refuses
as it is told. `ok` and `done` write TAP. Everything is on loopback, on free ports, in a temporary directory.
"""
import json
import os
import re
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
USHER = os.environ.get("USHER", os.path.join(TOP, "build", "usher"))
FIRM = os.path.join(TOP, "tests", "instance", "usher.yaml")
NOW = "2026-03-02T09:30:00Z"

_count = 0
_failed = 0


def ok(condition, what, detail=""):
    """One TAP line; `detail` is shown when it failed."""
    global _count, _failed
    _count += 1
    print(f"{'ok' if condition else 'not ok'} {_count} - {what}", flush=True)
    if not condition:
        _failed += 1
        for line in str(detail).splitlines():
            print(f"# {line}")
    return bool(condition)


def equal(actual, expected, what):
    return ok(actual == expected, what, f"expected {expected!r}\n     got {actual!r}")


def skip_all(why):
    print(f"1..0 # SKIP {why}")
    sys.exit(0)


def done():
    print(f"1..{_count}")
    sys.exit(1 if _failed else 0)


def wait_for(condition, seconds=30, pause=0.05):
    """Waits until condition() is true; gives its value, or the last false one."""
    deadline = time.monotonic() + seconds
    value = condition()
    while not value and time.monotonic() < deadline:
        time.sleep(pause)
        value = condition()
    return value


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def mail(number, sender="pat{n}@client{n}.example", subject="Enquiry {n}", body=None, to="enquiries@hartleyfinch.example", headers=""):
    """A plain enquiry as bytes; {n} stands for the number. Each has its own telephone number: many with the same words are a machine's."""
    phone = f"020 7946 0{number % 1000:03}" if isinstance(number, int) else "020 7946 0123"
    text = body or f"Good morning,\n\nwe need help with our VAT return within the next month. Ring me on {phone}.\n\nPat Client"
    lines = [
        f"From: Pat Client <{sender}>",
        f"To: {to}",
        f"Subject: {subject}",
        "Date: Mon, 02 Mar 2026 09:00:00 +0000",
        "Message-ID: <test-{n}@client.example>",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
    ]
    head = "\n".join(lines).replace("{n}", str(number))
    return (head + "\n" + headers + "\n" + text + "\n").encode()


class Instance:
    """A firm in a directory of its own. What comes every day, whatever a test is about, is left out of its rules unless is_daily."""

    def __init__(self, delivery="  maildir: outgoing\n", intake="", keep=False, is_daily=False):
        self.directory = tempfile.mkdtemp(prefix="usher-test-")
        self.keep = keep
        with open(FIRM, encoding="utf-8") as file:
            text = file.read()
        text = text.replace("  maildir: outgoing\n", delivery)
        text = text.replace("  authserv_id: mx.hartleyfinch.example\n", "  authserv_id: mx.hartleyfinch.example\n" + intake)
        self.write("usher.yaml", text)
        if not is_daily:
            self.leave_out_daily()
        for name in ("new", "cur", "tmp"):
            os.makedirs(self.path("intake", name))

    def leave_out_daily(self):
        """Each person's list, and recurring tasks."""
        with open(os.path.join(TOP, "rules", "promises.yaml"), encoding="utf-8") as file:
            self.write("rules/promises.yaml", re.sub(r"(?m)^  - \{purpose: morning,.*\n", "", file.read()))
        self.write("rules/tasks.yaml", "tasks: []\n")

    def path(self, *parts):
        return os.path.join(self.directory, *parts)

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def loosen(self):
        """Lets any number of mails outside: for tests that send more than a firm would."""
        with open(os.path.join(TOP, "rules", "routes.yaml"), encoding="utf-8") as file:
            text = file.read()
        self.write("rules/routes.yaml", re.sub(r"(mails_per_hour|domain_per_minute|free_mail_per_minute): \d+", r"\1: 100000", text))

    def run(self, *arguments, data=None, now=NOW, timeout=60, **options):
        command = [USHER, "-C", self.directory] + (["--now", now] if now else []) + list(arguments)
        return subprocess.run(command, input=data, capture_output=True, timeout=timeout, check=False, **options)

    def json(self, *arguments, **options):
        result = self.run("--json", *arguments, **options)
        if not result.stdout:
            raise AssertionError(f"usher {' '.join(arguments)}: exit {result.returncode}: {result.stderr.decode()}")
        return json.loads(result.stdout)

    def deliver(self, data, to="enquiries@hartleyfinch.example", sender="pat@client.example", **options):
        return self.run("deliver", "--from", sender, "--to", to, data=data, **options)

    def drop(self, name, data):
        """Puts a mail into the intake Maildir, as a mail server does."""
        with open(self.path("intake", "tmp", name), "wb") as file:
            file.write(data)
        os.rename(self.path("intake", "tmp", name), self.path("intake", "new", name))

    def status(self):
        return self.json("status", now=None)

    def outgoing(self):
        """The mails in the outgoing Maildir, as bytes."""
        mails = []
        for folder in ("new", "cur"):
            place = self.path("outgoing", folder)
            for name in sorted(os.listdir(place)) if os.path.isdir(place) else []:
                with open(os.path.join(place, name), "rb") as file:
                    mails.append(file.read())
        return mails

    def close(self):
        if not self.keep:
            shutil.rmtree(self.directory, ignore_errors=True)


SHIM = os.path.join(TOP, "build", "tests", "killat.so")


def build_shim():
    """What `killed_run` loads into the program."""
    os.makedirs(os.path.dirname(SHIM), exist_ok=True)
    source = os.path.join(TOP, "tests", "tools", "killat.c")
    subprocess.run(["gcc", "-D_GNU_SOURCE", "-O1", "-fPIC", "-shared", "-o", SHIM, source, "-ldl"], check=True)


def killed_run(instance, at, *arguments, **options):
    """Runs usher and kills it before its lasting act (write, sync, rename, send) of that number; gives the exit status, 0 when it got through."""
    environment = dict(os.environ, LD_PRELOAD=SHIM, KILL_AT=str(at))
    return instance.run(*arguments, env=environment, **options).returncode


class Daemon:
    """`usher run` on an instance."""

    def __init__(self, instance, now=None, wait=True, **options):
        self.log_path = instance.path("usher.log")
        self.log = open(self.log_path, "ab")
        start = self.log.tell()
        command = [USHER, "-C", instance.directory] + (["--now", now] if now else []) + ["run"]
        self.process = subprocess.Popen(command, stderr=self.log, stdin=subprocess.DEVNULL, **options)
        is_ready = lambda: b" ready\n" in self.read_log(start)
        if wait and not (wait_for(lambda: is_ready() or self.process.poll() is not None) and is_ready()):
            raise AssertionError("the daemon does not become ready:\n" + self.read_log().decode())

    def read_log(self, start=0):
        with open(self.log_path, "rb") as file:
            file.seek(start)
            return file.read()

    def children(self):
        """Process ids by name: {"intake": 12, "engine": 13}; told by order of start."""
        path = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        with open(path, encoding="ascii") as file:
            return [int(pid) for pid in file.read().split()]

    def kill(self):
        """kill -9 of every process of it, the supervisor first so that nothing is started again."""
        try:
            children = self.children()
        except FileNotFoundError:
            children = []
        self.process.kill()
        for pid in children:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        self.log.close()

    def stop(self, seconds=45):
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return None
        self.log.close()
        return status


class MailSink(socketserver.ThreadingTCPServer):
    """An SMTP server that takes every mail, or does what `behave(session, verb, line)` says instead.

    behave returns None for the ordinary answer, a string to answer instead, or "close" to cut the connection.
    """
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, behave=None):
        super().__init__(("127.0.0.1", 0), SinkSession)
        self.port = self.server_address[1]
        self.behave = behave or (lambda session, verb, line: None)
        self.mails = []       # (recipient, Message-ID, bytes), also those whose answer was lost
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass

    def message_ids(self):
        with self.lock:
            return [message_id for _, message_id, _ in self.mails]

    def close(self):
        self.shutdown()
        self.server_close()


class SinkSession(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")
        self.wfile.flush()

    def answer(self, verb, line, ordinary):
        """FALSE when the connection is to be cut."""
        special = self.server.behave(self, verb, line)
        if special == "close":
            return False
        self.say(special or ordinary)
        return True

    def handle(self):
        recipient = ""
        if not self.answer("CONNECT", "", "220 sink.example ESMTP"):
            return
        while True:
            line = self.rfile.readline().decode("utf-8", "replace").rstrip("\r\n")
            if not line:
                return
            verb = line.split(":")[0].split(" ")[0].upper()
            if verb == "RCPT":
                recipient = re.search(r"<(.*?)>", line)[1]
            if verb == "QUIT":
                self.say("221 bye")
                return
            if verb == "EHLO":
                if not self.answer(verb, line, "250-sink.example\r\n250-8BITMIME\r\n250 SIZE 50000000"):
                    return
            elif verb == "DATA":
                if not self.take_mail(recipient, line):
                    return
            elif not self.answer(verb, line, "250 2.0.0 Ok"):
                return

    def take_mail(self, recipient, line):
        special = self.server.behave(self, "DATA", line)
        if special == "close":
            return False
        if special:
            self.say(special)
            return True
        self.say("354 go on")
        data = b""
        while not data.endswith(b"\r\n.\r\n"):
            part = self.rfile.readline()
            if not part:
                return False
            data += part
        found = re.search(rb"^Message-ID:\s*<(.*?)>", data, re.M | re.I)
        special = self.server.behave(self, "DOT", recipient)
        if not special or special in ("close",):
            with self.server.lock:
                self.server.mails.append((recipient, found[1].decode() if found else "", data))
        if special == "close":
            return False
        self.say(special or "250 2.0.0 Ok: queued")
        return True
