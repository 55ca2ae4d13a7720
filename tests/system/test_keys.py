#!/usr/bin/python3
"""Every program over CURVE, with keys that `fundwatch keys make` made and the entries that it printed; rights that are
read again while they run; and HTTP, which has no keys, for this machine alone."""
import socket as sockets
import threading
import urllib.request

from harness import *

FEES = "id,psn_no,clct_time,psn_clct_amt,year,fund\nf-1,P1,2024-01-05,380,2024,130207/390\n"
BILLS = ("setl_id,psn_no,setl_time,med_type,medfee_sumamt,inscp_scp_amt,hifp_pay,fixmedins_code,insutype,insuplc_admdvs\n"
         "s-1,P1,2024-01-06,21,1000,900,500,H1,390,130207\n")
PEOPLE = ("id,psn_no,insutype,psn_insu_stas,psn_insu_date,insuplc_admdvs,year\n"
          "e-1,P1,390,1,2024-01-01,130207,2024\n")
NAMES = ("bureau", "tax", "hospital", "registry", "player", "officer")
POLICY = os.path.join(ROOT, "examples/fengnan-2024/policy.yaml")


def made(folder, name, **more):
    """Makes a key; the entry that was printed, with other values where they are said."""
    done = subprocess.run([program("fundwatch"), "keys", "make", name, "--dir", folder], capture_output=True, text=True,
                          check=False, timeout=DEADLINE)
    check_equal(done.returncode, 0, f"keys make {name}: {done.stderr}")
    check_equal(os.stat(os.path.join(folder, name + ".key")).st_mode & 0o777, 0o600, f"mode of {name}.key")
    lines = [line for line in done.stdout.splitlines() if not line.startswith("#")]
    for key, value in more.items():
        lines = [f"    {key}: {value}" if line.startswith(f"    {key}:") else line for line in lines]
    return "\n".join(lines) + "\n"


class Office:
    """A daemon on TCP alone, as far as its clients know, whose key and rights `fundwatch` made."""

    def __init__(self):
        self.daemon = Daemon(config=TCP + "http: 127.0.0.1:0\n").init()
        self.folder = temp_folder()     # of the clients, who have nothing of the daemon's
        subprocess.run([self.daemon.program, "--make-key", "server"], cwd=self.daemon.folder, check=True,
                       stdout=subprocess.DEVNULL)
        self.entries = {name: made(self.folder, name) for name in NAMES}
        self.entries["player"] = self.entries["player"].replace("sources: [player]", "sources: ['*']")
        self.entries["officer"] = self.entries["officer"].replace("commands: []", "commands: [all]")
        made(self.folder, "stranger")
        self.write()
        self.daemon.start()
        self.environment = {k: v for k, v in self.daemon.environment.items()
                            if k not in ("FUNDWATCH_DIR", "FUNDWATCH_SOURCE")}
        self.environment["FUNDWATCH_DIR"] = self.folder

    def write(self):
        with open(os.path.join(self.daemon.folder, "rights.yaml"), "w", encoding="utf-8") as to:
            to.write("keys:\n" + "".join(self.entries.values()))

    def curve(self, name, role, server="server", option="--endpoint"):
        folder = self.daemon.folder if server == "server" else self.folder
        return [option, self.daemon.endpoint(role, tcp=True), "--server-key", os.path.join(folder, server + ".pub"),
                "--key", os.path.join(self.folder, name + ".key")]

    def run(self, name, *words_, stdin=None):
        done = subprocess.run([program(name), *words_], env=self.environment, capture_output=True, text=True, input=stdin,
                              check=False, timeout=DEADLINE)
        return done.returncode, done.stdout + done.stderr

    def good(self, name, *words_, stdin=None):
        code, said = self.run(name, *words_, stdin=stdin)
        check_equal(code, 0, f"exit code of {name} {' '.join(words_)}: {said}")
        return said


def every_program_speaks_curve():
    office = Office()
    bureau = office.curve("bureau", "ingest")
    office.good("fundwatch-bureau", *bureau, "--policy", POLICY)
    office.good("fundwatch-bureau", *bureau, "--fund", FUND, "--opening", "100", "--unit", "wan", "--date", "2023-12-31")
    key = os.path.join(office.folder, "person.key")
    office.good("fundwatch-registry", "--make-person-key", key)
    for name, rows in (("tax", FEES), ("hospital", BILLS), ("registry", PEOPLE)):
        said = office.good(f"fundwatch-{name}", *office.curve(name, "ingest"), "--person-key", key, "-", stdin=rows)
        check(re.search(r"\b1\b", said), f"what fundwatch-{name} says: {said}")
    office.good("fundwatch-replay", *office.curve("player", "ingest"), "-q", os.path.join(ROOT, "examples/jiangmen-2021"))
    query = office.curve("officer", "query")
    check(FUND in office.good("fundwatch", "status", *query), "status")
    listed = office.good("fundwatch", "keys", "list", *query)
    check(all(name in listed for name in NAMES) and "stranger" not in listed, f"keys list: {listed}")
    files = office.good("fundwatch", "keys", "list", *(os.path.join(office.folder, n + ".key") for n in NAMES))
    check_equal(files.count("with secret"), len(NAMES), f"keys list FILE…: {files}")
    secrets = [open(os.path.join(office.folder, n + ".key"), encoding="ascii").read().split("secret: ")[1].strip()
               for n in NAMES]
    check(not any(secret in listed + files + office.daemon.log() for secret in secrets), "a secret was shown")
    Client(office.daemon, source="local").count(watched("440800/390") + alert_events(0, "440800/390"))
    said = office.good("fundwatch-monitor", *office.curve("officer", "query"), "--alerts-endpoint",
                       office.daemon.endpoint("alerts", tcp=True), "--after", "0", "--count", "1")
    check(said.strip() != "", "the monitor shows no alert")
    applied = {e["source"] for e in Client(office.daemon, "query").events()}
    check({"bureau", "tax", "hospital", "registry"} <= applied, f"sources: {applied}")
    office.daemon.stop()


def none_of_them_without_the_right_key():
    """With a stranger's key, and with the stranger's in place of the daemon's."""
    office = Office()
    for way in (("stranger", "server"), ("tax", "stranger")):
        code, said = office.run("fundwatch-tax", *office.curve(way[0], "ingest", way[1]), "--source", "tax", "--timeout", "1",
                                "--person-key", os.path.join(office.folder, "p.key"), "--policy", "-", stdin=FEES)
        check(code != 0, f"fundwatch-tax as {way}: {said}")
        code, said = office.run("fundwatch", "status", *office.curve(way[0], "query", way[1]), "--timeout", "1")
        check_equal(code, 3, f"exit code of fundwatch as {way}: {said}")
        code, said = office.run("fundwatch-monitor", *office.curve(way[0], "query", way[1]), "--alerts-endpoint",
                                office.daemon.endpoint("alerts", tcp=True), "--timeout", "1")
        check_equal(code, 3, f"exit code of fundwatch-monitor as {way}: {said}")
    check_equal(Client(office.daemon, "query").events(), [], "events")
    office.daemon.stop()


def a_key_that_is_taken_out_is_refused_at_once():
    """Its connection stays, and its next message is refused; one that is put in needs no restart."""
    office = Office()
    query = office.curve("officer", "query")
    code, _ = office.run("fundwatch", "status", *office.curve("stranger", "query"), "--timeout", "1")
    check_equal(code, 3, "a stranger")
    gone = office.entries.pop("officer")
    office.entries["stranger"] = gone.replace("name: officer", "name: stranger")
    with open(os.path.join(office.folder, "stranger.pub"), encoding="ascii") as text:
        public = re.search(r"public: (\S+)", text.read()).group(1).strip('"')
    office.entries["stranger"] = re.sub(r'public: ".*"', lambda _: f'public: "{public}"', office.entries["stranger"])
    office.write()
    office.daemon.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "alert socket opened again" in office.daemon.log(), "reading of the rights")
    office.good("fundwatch", "info", *office.curve("stranger", "query"))
    code, _ = office.run("fundwatch", "status", *query, "--timeout", "1")
    check_equal(code, 3, "the key that was taken out")
    # A file that cannot be read leaves the rights as they were.
    with open(os.path.join(office.daemon.folder, "rights.yaml"), "a", encoding="utf-8") as to:
        to.write("  - nonsense\n")
    office.daemon.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "the rights stay as they were" in office.daemon.log(), "refusal of the file")
    office.good("fundwatch", "info", *office.curve("stranger", "query"))
    office.daemon.stop()


# --- HTTP. -----------------------------------------------------------------------------------

def refused(daemon, code, sentence):
    try:
        done = subprocess.run(daemon.argv(), env=daemon.environment, capture_output=True, text=True, check=False,
                              timeout=patience())
    except subprocess.TimeoutExpired:
        raise Failed(f"it has started, with {daemon.config}") from None
    check_equal(done.returncode, code, f"exit code ({done.stderr})")
    check(sentence in done.stderr, f"what it says: {done.stderr}")


def listeners(process):
    """Addresses on which a process listens over TCP, as the kernel has them."""
    inodes = {os.readlink(f"/proc/{process.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{process.pid}/fd")}
    found = set()
    for name in ("tcp", "tcp6"):
        with open(f"/proc/net/{name}", encoding="ascii") as rows:
            for row in list(rows)[1:]:
                cells = row.split()
                if cells[3] == "0A" and f"socket:[{cells[9]}]" in inodes:
                    found.add(cells[1].split(":")[0])
    return found


def http_is_for_this_machine_alone():
    daemon = Daemon().init()
    for address in ("0.0.0.0:0", "[::]:0", "[::1]:0", "192.0.2.1:80", "localhost:0", ":0", "127.0.0.1", "127.0.0.2:0",
                    "127.1:0", "tcp://127.0.0.1:0"):
        daemon.config = f"http: '{address}'\n"
        refused(daemon, 2, "it is not for the network")
    for address in ("127.0.0.1:x", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1: 80", "127.0.0.1:-1", "127.0.0.1:80@evil",
                    "unix:run/http.sock", "unix:/", "unix:/" + 200 * "x"):
        daemon.config = f"http: '{address}'\n"
        refused(daemon, 2, f"http: \"{address}\" needs")
    daemon.config = "http: 127.0.0.1:0\n"
    daemon.start()
    check_equal(listeners(daemon.process), {"0100007F"}, "where it listens")
    url = f"http://{daemon.endpoints['http']}"
    with urllib.request.urlopen(url + "/healthz", timeout=DEADLINE) as page:
        check_equal(page.status, 200, "/healthz")
    for path in ("/", "/etc/passwd", "/../rights.yaml"):
        try:
            urllib.request.urlopen(url + path, timeout=DEADLINE)
            raise Failed(f"{path} is served")
        except urllib.error.HTTPError as why:
            check_equal(why.code, 404, path)
    daemon.stop()


def what_is_empty_is_no_default():
    """A variable of a script that is not set; nothing is read, written or asked for then."""
    daemon = Daemon().init()
    commands = [("fundwatchd", flag, "") for flag in ("--config", "--data", "--http", "--log")]
    commands += [("fundwatch", "status", "--endpoint", ""), ("fundwatch", "keys", "make", "k", "--dir", ""),
                 ("fundwatch", "report", FUND, "--output", ""), ("fundwatch-monitor", "--state", ""),
                 ("fundwatch-bureau", "--spool", ""), ("fundwatch-hospital", "--person-key", ""),
                 ("fundwatch-replay", "--spool-dir", "")]
    commands += [("fundwatchd", "--check-config", "--data", "/" + 40 * "long"), ("fundwatch", "status", "--endpoint", "ipc://"),
                 ("fundwatch", "status", "--endpoint", "tcp://127.0.0.1:99999")]
    for name, *arguments in commands:
        done = subprocess.run([program(name), *arguments], env=daemon.environment, capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL, timeout=DEADLINE)
        check_equal(done.returncode, 2, f"exit code of {name} {arguments} ({done.stderr})")
        expected = "must not be empty" if arguments[-1] == "" else "107 bytes" if name == "fundwatchd" else "the endpoint"
        check(expected in done.stderr, f"what {name} {arguments} says: {done.stderr}")


def a_socket_of_http_replaces_nothing_else():
    """A path that somebody mistyped is not removed; a socket that a killed daemon left is."""
    daemon = Daemon().init()
    precious = os.path.join(daemon.folder, "store/data.mdb")
    before = os.stat(precious).st_ino
    daemon.config = f"http: unix:{precious}\n"
    refused(daemon, 1, "cannot serve metrics")
    check_equal(os.stat(precious).st_ino, before, "the store that stood there")
    path = os.path.join(temp_folder(), "http")
    daemon.config = f"http: unix:{path}\n"
    for _ in range(2):
        daemon.start()
        check_equal(os.stat(path).st_mode & 0o077, 0, "rights of others to the socket")
        with sockets.socket(sockets.AF_UNIX) as client:
            client.settimeout(DEADLINE)
            client.connect(path)
            client.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            check(b" 200 OK" in client.recv(4096), "what comes over the socket")
        daemon.kill()


def a_socket_of_http_takes_nobodys_place():
    """Neither another program's, nor another daemon's, nor the daemon's own, by whatever name."""
    path = os.path.join(temp_folder(), "http")
    with sockets.socket(sockets.AF_UNIX) as other:
        other.bind(path)
        other.listen(5)
        before = os.stat(path).st_ino
        refused(Daemon(config=f"http: unix:{path}\n").init(), 1, "cannot serve metrics")
        check_equal(os.stat(path).st_ino, before, "another program's socket")
    os.unlink(path)
    first = Daemon(config=f"http: unix:{path}\n").init().start()
    refused(Daemon(config=f"http: unix:{path}\n").init(), 1, "cannot serve metrics")
    os.rename(path, path + ".old")
    second = Daemon(config=f"http: unix:{path}\n").init().start()
    first.stop()
    check(os.path.exists(path), "the first daemon took the second's socket with it")
    second.stop()
    check(not os.path.exists(path), "the second left its socket")
    own = Daemon().init()
    query = os.path.join(own.folder, "run/query.sock")
    own.config = f"http: unix:{query}\n"
    refused(own, 2, "say another folder")
    os.symlink(own.folder, own.folder + ".again")
    own.config = f"http: unix:{own.folder}.again/run/query.sock\n"
    refused(own, 1, "cannot serve metrics")
    os.unlink(own.folder + ".again")


def slow_clients_of_http_keep_nobody_out():
    """They send a line of a request now and then, so that none of them is idle."""
    daemon = Daemon(config="http: 127.0.0.1:0\n").init().start()
    address = daemon.endpoints["http"].split(":")
    ending, slow = threading.Event(), []

    def trickle():
        while not ending.wait(0.2):
            for connection in slow:
                try:
                    connection.sendall(b"a: b\r\n")
                except OSError:         # it had to go
                    pass
    for _ in range(40):
        slow.append(sockets.create_connection(address, DEADLINE))
        slow[-1].sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
    thread = threading.Thread(target=trickle, daemon=True)
    thread.start()
    try:
        for _ in range(20):
            with urllib.request.urlopen(f"http://{daemon.endpoints['http']}/healthz", timeout=patience()) as page:
                check_equal(page.status, 200, "/healthz")
    except OSError as why:
        raise Failed(f"/healthz: {why}") from why
    finally:
        ending.set()
        thread.join()
    daemon.stop()


if __name__ == "__main__":
    run(every_program_speaks_curve, none_of_them_without_the_right_key, a_key_that_is_taken_out_is_refused_at_once,
        http_is_for_this_machine_alone, what_is_empty_is_no_default, a_socket_of_http_replaces_nothing_else,
        a_socket_of_http_takes_nobodys_place, slow_clients_of_http_keep_nobody_out,
        must_fail("socket_taken", a_socket_of_http_takes_nobodys_place, silence=5),
        must_fail("first_stays", slow_clients_of_http_keep_nobody_out, silence=5),
        must_fail("late_any_key", none_of_them_without_the_right_key),
        must_fail("heard_afar", http_is_for_this_machine_alone))
