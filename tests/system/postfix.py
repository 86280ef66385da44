"""
postfix.py - a real Postfix of a test's own: its configuration, queue, certificates and ports in a temporary folder

    import postfix
    postfix.skip_unless_possible()              # prints "1..0 # SKIP why" and ends the test
    with postfix.Postfix(milters="unix:/tmp/x/milter.sock") as server:
        server.ports["plain"]                   # on 127.0.0.1
        server.send(sender, [recipient], text)  # by plain SMTP; smtplib's exceptions
        server.mails(recipient, wait=2)         # what was delivered to it: a list of Delivered
        server.log()                            # the mail log so far
    server.answer({"busy@example.org": "450 4.2.0 later"})  # other answers to RCPT than those of the start

Nothing of the system's own Postfix is read, started or stopped. Every address is local: whatever is accepted is delivered into one Maildir,
so that nothing ever leaves the machine. Everything stops and is removed when the `with` ends, and also when the test is killed.

Ports (server.ports): "plain" neither TLS nor login; "starttls" with a good certificate for `localhost` and 127.0.0.1 and login after
TLS; "implicit" the same as TLS from the first byte; "login" login without TLS; "expired" and "othername" STARTTLS with a certificate
that is no longer valid, or for another name.

Arguments, all optional:
    milters         smtpd_milters of all ports, for example "unix:/path/to/milter.sock"
    default_action  milter_default_action: tempfail (default), accept, reject, quarantine
    recipients      {address: answer}: what RCPT is answered instead of 250, for example {"nobody@example.org": "550 5.1.1 no such user"}
    users           {name: password} for the login; the realm is "localhost"
    settings        {name: value}: further lines of main.cf
    transports      master.cf lines as text and settings["..."] to match: for a pipe transport of the test's own

Needs root, because Postfix's master does.
"""
import email
import email.policy
import os
import shutil
import smtplib
import socket
import subprocess
import sys
import tempfile
import time

DAEMONS = "/usr/lib/postfix/sbin"
SERVICES = """
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp      unix  - - n - - smtp
showq     unix  n - n - - showq
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
virtual   unix  - n n - - virtual
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""
PORTS = {
    "plain": [],
    "starttls": ["smtpd_tls_security_level=may", "smtpd_sasl_auth_enable=yes", "smtpd_tls_auth_only=yes"],
    "implicit": ["smtpd_tls_wrappermode=yes", "smtpd_sasl_auth_enable=yes"],
    "login": ["smtpd_sasl_auth_enable=yes", "smtpd_relay_restrictions=permit_sasl_authenticated,reject"],
    "expired": ["smtpd_tls_security_level=may", "smtpd_tls_chain_files={tls}/expired.pem"],
    "othername": ["smtpd_tls_security_level=may", "smtpd_tls_chain_files={tls}/othername.pem"],
}


def skip_unless_possible():
    """Ends the test as skipped where no Postfix can be started."""
    why = None
    if os.geteuid() != 0:
        why = "a Postfix of one's own needs root"
    elif not shutil.which("postfix"):
        why = "the package postfix is not installed"
    if why:
        print("1..0 # SKIP " + why)
        sys.exit(0)


def find_free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(*command, **options):
    """Runs a command; its output is shown only when it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **options)
    if done.returncode != 0:
        raise RuntimeError("%s: exit %d: %s" % (" ".join(command), done.returncode, done.stdout.decode(errors="replace")))
    return done.stdout.decode(errors="replace")


class Authority:
    """A certificate authority of the test's own (openssl); `ca_file` is what a client has to trust."""

    CONFIG = """
[ca]
default_ca = own
[own]
dir = .
database = index
new_certs_dir = .
serial = serial
private_key = ca.key
certificate = ca.pem
default_md = sha256
policy = any
copy_extensions = copy
[any]
commonName = supplied
[req]
distinguished_name = none
[none]
"""

    def __init__(self, folder, name="Authority of a test"):
        self.folder = folder
        os.makedirs(folder)
        self.ca_file = os.path.join(folder, "ca.pem")
        self.write("openssl.cnf", self.CONFIG)
        self.write("index", "")
        self.write("serial", "1000\n")
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "30",
                     "-subj", "/CN=" + name, "-addext", "basicConstraints=critical,CA:TRUE")

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    def openssl(self, *arguments):
        run("openssl", *arguments, "-config", "openssl.cnf", cwd=self.folder)

    def make_certificate(self, name, hosts, is_expired=False):
        """Writes NAME.pem, key and chain, for the given subjectAltName ("DNS:localhost,IP:127.0.0.1"). Gives its path."""
        start, end = ("20200101000000Z", "20200201000000Z") if is_expired else ("20200101000000Z", "20491231000000Z")
        self.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", name + ".key", "-out", name + ".csr",
                     "-subj", "/CN=" + name, "-addext", "subjectAltName=" + hosts)
        self.openssl("ca", "-batch", "-notext", "-in", name + ".csr", "-out", name + ".crt", "-startdate", start, "-enddate", end)
        parts = [open(os.path.join(self.folder, part), encoding="utf-8").read() for part in (name + ".key", name + ".crt", "ca.pem")]
        self.write(name + ".pem", "".join(parts))
        return os.path.join(self.folder, name + ".pem")


class Delivered:
    """A mail as it was delivered: .recipient, .sender (envelope), .bytes, .message (email.message), .file."""

    def __init__(self, file):
        self.file = file
        with open(file, "rb") as opened:
            self.bytes = opened.read()
        self.message = email.message_from_bytes(self.bytes, policy=email.policy.default)
        self.recipient = str(self.message["X-Original-To"] or "")
        self.sender = str(self.message["Return-Path"] or "").strip("<>")


class Postfix:
    """A running Postfix; see the top of this file."""

    def __init__(self, milters="", default_action="tempfail", recipients=None, users=None, settings=None, transports=""):
        self.folder = tempfile.mkdtemp(prefix="usher-postfix-")
        self.ports = {name: find_free_port() for name in PORTS}
        self.authority = Authority(self.path("tls"))
        self.ca_file = self.authority.ca_file
        self.maildir = self.path("mail/all")
        self._make_folders()
        self._make_certificates()
        self._write_logins(users or {})
        self._write_recipients(recipients or {})
        self._write_main(milters, default_action, settings or {})
        self._write_master(transports)
        # Whatever becomes of the test, the end of this pipe stops Postfix and removes the folder.
        self._guard = subprocess.Popen(["sh", "-c", 'cat >/dev/null; postfix -c "$1/etc" stop >/dev/null 2>&1; rm -rf "$1"', "sh", self.folder],
                                       stdin=subprocess.PIPE, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            run("postfix", "-c", self.path("etc"), "start")
            self._await_ports()
        except Exception:
            sys.stderr.write(self.log())
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def path(self, name):
        return os.path.join(self.folder, name)

    def stop(self):
        """Stops Postfix and removes all it had. Twice is fine."""
        self._guard.stdin.close()
        self._guard.wait()

    def pause(self):
        """Stops Postfix; what it has is kept for resume()."""
        run("postfix", "-c", self.path("etc"), "stop")

    def resume(self):
        run("postfix", "-c", self.path("etc"), "start")
        self._await_ports()

    def answer(self, recipients):
        """From now on RCPT is answered so; sessions that are open go on as before."""
        self._write_recipients(recipients)
        run("postfix", "-c", self.path("etc"), "reload")

    def log(self):
        try:
            with open(self.path("log"), encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def send(self, sender, recipients, mail, port="plain"):
        """Gives a mail to Postfix, its line ends as CRLF. Raises what smtplib raises when it is not taken."""
        data = mail if isinstance(mail, bytes) else mail.encode()
        with smtplib.SMTP("127.0.0.1", self.ports[port], local_hostname="client.example.org", timeout=60) as client:
            client.sendmail(sender, recipients, data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))

    def mails(self, recipient=None, wait=0, timeout_s=20):
        """
        What was delivered, to one recipient or to all, oldest first. With `wait` it gives Postfix time until there are so many, and then gives what
        there is: the test compares.
        """
        until = time.monotonic() + timeout_s
        while True:
            found = self._read_mails(recipient)
            if len(found) >= wait or time.monotonic() > until:
                return found
            time.sleep(0.02)

    def count_queued(self):
        """How many mails Postfix holds that are not delivered."""
        lines = run("postqueue", "-c", self.path("etc"), "-j")
        return len(lines.splitlines())

    def flush(self):
        """Has Postfix try again now what it holds."""
        run("postqueue", "-c", self.path("etc"), "-f")

    def _read_mails(self, recipient):
        files = []
        for part in ("new", "cur"):
            folder = os.path.join(self.maildir, part)
            files += [os.path.join(folder, name) for name in os.listdir(folder)] if os.path.isdir(folder) else []
        files.sort(key=lambda file: os.stat(file).st_mtime_ns)
        mails = [Delivered(file) for file in files]
        return [mail for mail in mails if recipient is None or mail.recipient == recipient]

    def _make_folders(self):
        os.chmod(self.folder, 0o755)
        for name in ("etc", "etc/sasl", "queue", "data", "mail"):
            os.mkdir(self.path(name), 0o755)
        shutil.chown(self.path("data"), "postfix")
        shutil.chown(self.path("mail"), "nobody")

    def _make_certificates(self):
        good = "DNS:localhost,IP:127.0.0.1"
        self.authority.make_certificate("good", good)
        self.authority.make_certificate("expired", good, is_expired=True)
        self.authority.make_certificate("othername", "DNS:mx.elsewhere.example")

    def _write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def _write_logins(self, users):
        self._write("etc/sasl/smtpd.conf", "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: %s\nmech_list: PLAIN LOGIN\n" % self.path("etc/sasl/db"))
        for name, password in users.items():
            run("saslpasswd2", "-p", "-c", "-f", self.path("etc/sasl/db"), "-u", "localhost", name, input=password.encode())
            shutil.chown(self.path("etc/sasl/db"), "postfix")

    def _write_recipients(self, recipients):
        self._write("etc/recipients", "".join("%s %s\n" % pair for pair in recipients.items()))

    def _write_main(self, milters, default_action, settings):
        nobody = os.stat(self.path("mail")).st_uid
        lines = {
            "compatibility_level": "3.6",
            "command_directory": "/usr/sbin",
            "daemon_directory": DAEMONS,
            "queue_directory": self.path("queue"),
            "data_directory": self.path("data"),
            "mail_owner": "postfix",
            "setgid_group": "postdrop",
            "maillog_file": self.path("log"),
            "maillog_file_prefixes": self.folder,
            "myhostname": "mx.hartleyfinch.example",
            "mydestination": "",
            "inet_interfaces": "127.0.0.1",
            "inet_protocols": "ipv4",
            "mynetworks": "127.0.0.0/8",
            "alias_maps": "",
            "alias_database": "",
            "disable_dns_lookups": "yes",
            "smtputf8_autodetect_classes": "all",
            "virtual_mailbox_domains": "static:all",
            "virtual_mailbox_maps": "static:all/",
            "virtual_mailbox_base": self.path("mail"),
            "virtual_uid_maps": "static:%d" % nobody,
            "virtual_gid_maps": "static:65534",
            "virtual_mailbox_limit": "0",
            "message_size_limit": "52428800",
            "smtpd_recipient_restrictions": "check_recipient_access texthash:%s, permit" % self.path("etc/recipients"),
            "smtpd_relay_restrictions": "permit_mynetworks, reject_unauth_destination",
            "smtpd_peername_lookup": "no",
            "smtpd_client_connection_rate_limit": "0",
            "smtpd_client_connection_count_limit": "0",
            "smtpd_error_sleep_time": "0",
            "smtpd_tls_chain_files": self.path("tls/good.pem"),
            "smtpd_sasl_type": "cyrus",
            "smtpd_sasl_path": "smtpd",
            "smtpd_sasl_local_domain": "localhost",
            "smtpd_milters": milters,
            "milter_default_action": default_action,
            "in_flow_delay": "0",
        }
        lines.update(settings)
        self._write("etc/main.cf", "".join("%s = %s\n" % line for line in lines.items()))

    def _write_master(self, transports):
        text = ""
        for name, options in PORTS.items():
            text += "127.0.0.1:%d inet n - n - - smtpd\n" % self.ports[name]
            text += "".join("  -o " + option.format(tls=self.path("tls")) + "\n" for option in options)
        self._write("etc/master.cf", text + SERVICES.lstrip() + transports)

    def _await_ports(self):
        until = time.monotonic() + 20
        for name, port in self.ports.items():
            with self._connect(port, until) as connection:
                if name != "implicit" and not connection.recv(4).startswith(b"220"):
                    raise RuntimeError("Postfix does not greet on the port " + name)

    @staticmethod
    def _connect(port, until):
        while True:
            try:
                return socket.create_connection(("127.0.0.1", port), timeout=10)
            except ConnectionRefusedError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.02)
