#!/usr/bin/python3
"""web.t - the page on which people unsubscribe, asked by scanners, mail programs, browsers and worse"""
import http.client
import os
import re
import signal
import socket
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from ushertest import Daemon, Instance, done, equal, free_port, mail, ok, wait_for  # noqa: E402

ONE_CLICK = "List-Unsubscribe=One-Click"
FORM = "application/x-www-form-urlencoded"
TOKENS = [letter * 20 for letter in "abcdefgh"]

port = free_port()
instance = Instance()
with open(instance.path("usher.yaml"), "a", encoding="utf-8") as file:
    file.write(f"web: {{listen: '127.0.0.1:{port}', url: https://leads.hartleyfinch.example/}}\n")
for number in range(len(TOKENS)):
    instance.deliver(mail(number), sender=f"pat{number}@client{number}.example")


def store(statement, *values):
    with sqlite3.connect(instance.path("usher.db"), timeout=10) as database:
        return database.execute(statement, values).fetchall()


# The acknowledgements stand for marketing mails with a mark: each has one.
for number, token in enumerate(TOKENS):
    store("UPDATE outbox SET unsubscribe = ?, is_marketing = 1 WHERE purpose = 'ack' AND to_address = ?", token,
          f"pat{number}@client{number}.example")
equal(store("SELECT COUNT(*) FROM outbox WHERE unsubscribe IS NOT NULL")[0][0], len(TOKENS), "each mail has its mark")


def ask(method, path, body=None, kind=None, accept="text/html,*/*", headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    head = {"Accept": accept, **({"Content-Type": kind} if kind else {}), **(headers or {})}
    connection.request(method, path, body=body, headers=head)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, dict(answer.getheaders()), text


def suppressions():
    return store("SELECT address, scope FROM suppression ORDER BY at, address, scope")


def is_up():
    try:
        return ask("GET", "/health")[0] == 200
    except OSError:
        return False


daemon = Daemon(instance)
ok(wait_for(is_up), "the page is there when the daemon is")

# ---- reading changes nothing ----
status, headers, text = ask("GET", f"/u/{TOKENS[0]}")
equal(status, 200, "GET shows the page")
ok('<form method="post">' in text and "p…@client0.example" in text and "pat0@" not in text, "... with a form and a masked address", text)
ok("default-src 'none'" in headers["Content-Security-Policy"] and "sha256-" in headers["Content-Security-Policy"], "... and a policy")
equal([headers[name] for name in ("Referrer-Policy", "X-Content-Type-Options", "Cache-Control")], ["no-referrer", "nosniff", "no-store"],
      "... and headers that keep it private")
equal(headers["X-Robots-Tag"], "noindex, nofollow", "... and out of search engines")
ok("<script" not in text and "http" not in re.sub(r"https?-equiv", "", text), "... and nothing from elsewhere")
for _ in range(100):
    ask("GET", f"/u/{TOKENS[0]}?List-Unsubscribe=One-Click&scope=all")
    ask("HEAD", f"/u/{TOKENS[0]}")
equal(ask("OPTIONS", f"/u/{TOKENS[0]}")[0], 204, "OPTIONS says what may be done")
equal(ask("HEAD", f"/u/{TOKENS[0]}")[2], "", "HEAD has no body")
for method in ("PUT", "DELETE", "PATCH"):
    equal(ask(method, f"/u/{TOKENS[0]}", ONE_CLICK, FORM)[0], 405, f"{method} is refused")
equal(suppressions(), [], "a storm of readers unsubscribes nobody")

# ---- posts that ask for nothing ----
for body, kind, what in (("", FORM, "an empty body"), ("scope=everything", FORM, "an unknown scope"), (ONE_CLICK, "text/plain", "another type"),
                         ("x" * 4000, FORM, "rubbish"), (ONE_CLICK, "multipart/form-data", "multipart without a boundary")):
    equal(ask("POST", f"/u/{TOKENS[0]}", body, kind)[0], 400, f"a POST with {what} is answered by the page again")
equal(ask("POST", f"/u/{TOKENS[0]}", "scope=all&" + "x" * 5000, FORM)[0], 413, "a body that is too long is refused")
equal(ask("GET", "/u/" + "z" * 20)[0], 404, "a forged token finds nothing")
ok("stop" in ask("GET", "/u/" + "z" * 20)[2], "... but how to leave without one")
for path in ("/", "/u", "/u/", "/u/../etc/passwd", "/u/%00", "/u/" + "a" * 21, "/favicon.ico", "/u/' OR 1=1 --".replace(" ", "%20")):
    equal(ask("GET", path)[0], 404, f"{path} is not there")
equal(ask("POST", "/u/" + "z" * 20, ONE_CLICK, FORM)[0], 404, "a POST with a forged token does nothing")
equal(ask("GET", "/u/" + "a" * 20, headers={"X-Long": "x" * 40000})[0], 431, "headers that are too long are refused")
equal(suppressions(), [], "none of that unsubscribes anybody")

# ---- posts that act ----
status, headers, text = ask("POST", f"/u/{TOKENS[0]}", ONE_CLICK, FORM, accept="*/*")
equal(status, 200, "one click acts at once")
ok("Location" not in headers and "no more marketing" in text, "... without a redirect, and says what it did", text)
equal(suppressions(), [("pat0@client0.example", "marketing")], "... by the default of the rules")
ask("POST", f"/u/{TOKENS[0]}", ONE_CLICK, FORM)
equal(suppressions(), [("pat0@client0.example", "marketing")], "a second click changes nothing")
lead = store("SELECT lead FROM outbox WHERE unsubscribe = ?", TOKENS[0])[0][0]
equal(store("SELECT actor, detail FROM event WHERE lead = ? AND what = 'suppressed'", lead),
      [("prospect", f"pat0@client0.example: all marketing (by one click in a mail of lead {lead})")], "it stands in the lead's history once")
parts = f'--b1\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b1--\r\n'
equal(ask("POST", f"/u/{TOKENS[1]}", parts, "multipart/form-data; boundary=b1")[0], 200, "one click may come as multipart/form-data")
status, _, text = ask("POST", f"/u/{TOKENS[2]}", "scope=all", FORM)
ok(status == 200 and "nothing automatic" in text, "the form of the page acts for what was chosen", text)
status, _, text = ask("POST", f"/u/{TOKENS[3]}", "scope=sequence", FORM)
ok(status == 200 and "no more marketing" in text, "a mail of no series: all marketing", text)
equal(sorted(suppressions()), sorted([("pat0@client0.example", "marketing"), ("pat1@client1.example", "marketing"),
                                      ("pat2@client2.example", "all"), ("pat3@client3.example", "marketing")]), "each got what they asked for")
equal(ask("GET", "/health")[2], "ok\n", "the probe is answered")


# ---- what goes wrong ----
def web_pid():
    """The process that listens at the port; 0: none."""
    with open("/proc/net/tcp", encoding="ascii") as table:
        rows = [row.split() for row in table if f":{port:04X} 00000000:0000 0A" in row]
    sockets = {f"socket:[{row[9]}]" for row in rows}
    for pid in daemon.children():
        try:
            if sockets & {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}:
                return pid
        except FileNotFoundError:
            pass
    return 0


slow = []
for _ in range(260):
    try:
        sock = socket.create_connection(("127.0.0.1", port), timeout=2)
        sock.sendall(b"GET /u/" + TOKENS[0].encode() + b" HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        slow.append(sock)
    except OSError:
        break
ok(len(slow) > 100, "many who never finish are connected")
ok(wait_for(is_up, 45), "... and are put out, so that others are answered")
for sock in slow:
    sock.close()
before = web_pid()
ok(before > 0, "the pages are served by a process of their own")
os.kill(before, signal.SIGKILL)
ok(wait_for(lambda: is_up() and web_pid() not in (0, before)), "it is started again when it dies")
equal(ask("POST", f"/u/{TOKENS[4]}", ONE_CLICK, FORM)[0], 200, "... and goes on")
instance.write("templates/unsubscribe-page.html", "<p>Own words for {{leave_address}}</p><form method=\"post\"><button>Go</button></form>\n")
daemon.process.send_signal(signal.SIGHUP)
ok(wait_for(lambda: "Own words" in ask("GET", f"/u/{TOKENS[5]}")[2]), "a reload brings the firm's own page")
instance.write("templates/unsubscribe-page.html", "<p>{{no_such_name}}</p>\n")
daemon.process.send_signal(signal.SIGHUP)
ok(wait_for(lambda: "old one stays in force" in daemon.read_log().decode()), "a page with a mistake is told")
ok("Own words" in ask("GET", f"/u/{TOKENS[5]}")[2], "... and the old one stays")
ok(not any(token in daemon.read_log().decode() for token in TOKENS), "no token is in the log")
daemon.stop()
os.remove(instance.path("templates/unsubscribe-page.html"))
equal(instance.run("suppress", "--list", now=None).returncode, 0, "the list is there afterwards")
done()
