"""harness - real daemons in folders of their own, clients with deadlines, and what must be true after.

Speaks the protocol with Debian's pyzmq and msgpack and shares no code with the C programs.
  FUNDWATCH_BUILD     folder of the programs (default: build/plain)
  FUNDWATCH_CONTROLS  folder of the programs with seeded bugs (default: build/plain-controls)
  FUNDWATCH_SEED      of everything random (default: a new one; every test prints it)
  FUNDWATCH_TMP       where data folders go (default: /tmp; the path has to be short)
  FUNDWATCH_DEADLINE  seconds for anything to happen (default 240)
  FUNDWATCH_STACKS    seconds after which a program says where it hangs, and goes on (default: when it is ended)
A test never sleeps to let something happen: it waits for a line, a reply, a file, with a deadline that is only
ever reached when something is wrong; no test counts on a machine's speed."""
import atexit
import contextlib
import ctypes
import datetime
import faulthandler
import functools
import os
import random
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

import msgpack
import zmq

os.umask(0o022)                 # files of configuration that a group can write to are refused

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.path.abspath(os.environ.get("FUNDWATCH_BUILD", os.path.join(ROOT, "build/plain")))
CONTROLS = os.path.abspath(os.environ.get("FUNDWATCH_CONTROLS", os.path.join(ROOT, "build/plain-controls")))
SEED = int(os.environ.get("FUNDWATCH_SEED", random.SystemRandom().randrange(1 << 32)))
DEADLINE = float(os.environ.get("FUNDWATCH_DEADLINE", "240"))   # s
GRACE = 10.0            # s, for what counts what is reached of it to write that down; then it is killed
CONTROL_DEADLINE = 30.0     # s; of a daemon with a seeded bug, which may well be what keeps it silent
WINDOW = 8
SANITIZED = ("san", "tsan")     # what make calls the folders of such programs
FUND = "130207/390"
MIB = 1 << 20

seeded_bug = None       # of the control that is running
control_patience = CONTROL_DEADLINE
rng = random.Random(SEED)
context = zmq.Context()
context.max_sockets = 4096


def patience():
    """Seconds to wait for what has to come."""
    return min(control_patience, DEADLINE) if seeded_bug else DEADLINE


class Failed(Exception):
    """What must be true is not."""


class Skip(Exception):
    """Cannot be tried here, and why."""


def check(condition, *what):
    if not condition:
        raise Failed(" ".join(str(w) for w in what))


def check_equal(got, wanted, what):
    check(got == wanted, f"{what}: {got!r}, not {wanted!r}")


# --- Running tests. ------------------------------------------------------------

def run(*tests):
    """Runs functions or (name, function) pairs; prints what tests/run reads, and exits."""
    print(f"seed {SEED}", flush=True)
    say_where_it_hangs()
    passed = failed = skipped = 0
    wanted = sys.argv[1:]
    for test in tests:
        name, function = test if isinstance(test, tuple) else (test.__name__, test)
        if wanted and not any(w in name for w in wanted):
            continue
        start = time.monotonic()
        try:
            note = function() or ""
            check_logs()
            passed += 1
            print(f"passed  {name} {time.monotonic() - start:.1f} s {note}", flush=True)
        except Skip as why:
            skipped += 1
            print(f"skipped {name}: {why}", flush=True)
        except Exception as why:        # pylint: disable=broad-except
            failed += 1
            print(f"FAILED  {name}: {why}", flush=True)
            if not isinstance(why, Failed):
                traceback.print_exc(file=sys.stdout)
        end_children()
        logs.clear()
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""), flush=True)
    sys.exit(1 if failed else 0)


def say_where_it_hangs():
    """The stacks of all threads go to stdout when tests/run or somebody else ends this program."""
    faulthandler.enable(sys.stdout)
    faulthandler.register(signal.SIGUSR1, sys.stdout)
    after = float(os.environ.get("FUNDWATCH_STACKS", "0"))
    if after > 0:
        faulthandler.dump_traceback_later(after, repeat=True, file=sys.stdout)


def check_logs():
    """Assertions of ours and sanitizers' reports count, whatever else the test saw."""
    for path in logs:
        if not os.path.exists(path):
            continue
        with open(path, encoding="utf-8", errors="replace") as log:
            for line in log:
                check(not re.search(r"\.c:\d+: \S+: Assertion|ERROR: \w+Sanitizer: (?!.*ptrace)|runtime error:|"
                                    r"WARNING: ThreadSanitizer", line), f"in a daemon's log: {line.strip()}")


def must_fail(name, function, *args, silence=CONTROL_DEADLINE):
    """A positive control: with the bug `name` in every daemon that it starts, `function` has to fail.  A daemon
    with a bug may be silent for ever, and that is noticing it, so nothing is waited for as long as elsewhere: for
    `silence` seconds."""
    def control():
        need_controls(name)
        seed_bug(name, silence)
        try:
            note = function(*args)
        except (Failed, Died, NoAnswer, subprocess.TimeoutExpired) as why:
            return f"noticed: {str(why)[:300]}"
        finally:
            seed_bug(None)
        raise Failed(f"the seeded bug {name} was not noticed {note or ''}")
    return (f"notices_{name}", control)


def seed_bug(name, silence=CONTROL_DEADLINE):
    """Daemons made from now on have this bug; None: none."""
    global seeded_bug, control_patience     # pylint: disable=global-statement
    seeded_bug, control_patience = name, silence


@contextlib.contextmanager
def plain_programs():
    """Where a test itself is tried, and not the programs, or a round is one of very many, programs without
    sanitizers do: a third of the work.  Programs that have none stay: nobody says that CONTROLS is as new."""
    global BUILD                        # pylint: disable=global-statement
    before = BUILD
    if os.path.basename(BUILD) in SANITIZED and os.path.exists(os.path.join(CONTROLS, "fundwatchd")):
        BUILD = CONTROLS
    try:
        yield
    finally:
        BUILD = before


def without_sanitizers(test):
    """The same test, of plain programs."""
    @functools.wraps(test)
    def plain():
        with plain_programs():
            return test()
    return plain


def as_shipped(test):
    """The same test, of the programs that ship: where sanitizers take the place of something, or need what is forbidden."""
    @functools.wraps(test)
    def shipped():
        global BUILD                    # pylint: disable=global-statement
        before = BUILD
        if os.path.basename(BUILD) in SANITIZED:
            BUILD = os.path.join(os.path.dirname(BUILD), "plain")
        try:
            return test()
        finally:
            BUILD = before
    return shipped


def need_controls(name):
    """The programs with seeded bugs, with this one among them, newer than the source that has them."""
    known = ""
    for header in ("wire/controls.h", "daemon/controls.h"):
        with open(os.path.join(ROOT, header), encoding="utf-8") as text:
            known += text.read()
    check(re.search(rf"^ \*   {name}\b", known, re.M), f"no controls.h has {name}")
    if not os.path.exists(os.path.join(CONTROLS, "fundwatchd")):
        raise Skip(f"no {CONTROLS}/fundwatchd: make CONTROLS=1")


def program(name, build=None):
    path = os.path.join(build or BUILD, name)
    if not os.path.exists(path):
        raise Skip(f"{path} is not built")
    return path


# --- Folders and processes. ----------------------------------------------------

folders = []
children = []
logs = []               # of the daemons of the present test
libc = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
libc.prctl(PR_SET_CHILD_SUBREAPER, 1)


def temp_folder():
    path = tempfile.mkdtemp(prefix="fw-", dir=os.environ.get("FUNDWATCH_TMP", "/tmp"))
    folders.append(path)
    return path


def child_begins():
    os.setsid()
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def spawn(argv, **options):
    process = subprocess.Popen(argv, preexec_fn=child_begins, stdin=subprocess.DEVNULL, **options)
    children.append(process)
    return process


def wait_group(group):
    """Until what a child had started (a daemon under strace) is gone as well, with its locks."""
    try:
        while True:
            os.waitpid(-group, 0)
    except ChildProcessError:
        pass


def kill_group(process):
    try:                        # also when it has ended by itself: what it had started may go on
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    wait_group(process.pid)
    if process.stdout:
        process.stdout.close()
    if process in children:
        children.remove(process)


def let_end(process):
    """Programs that count what is reached of them (make coverage) write it when they end by themselves."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        pass


def end_children():
    for process in list(children):
        if os.path.basename(BUILD) == "cov" and process.poll() is None:
            let_end(process)
        kill_group(process)


def leave():
    end_children()
    for path in folders:
        shutil.rmtree(path, ignore_errors=True)


atexit.register(leave)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def wait_for(condition, what, deadline=None):
    """For what has no file descriptor to wait on."""
    deadline = deadline or patience()
    end = time.monotonic() + deadline
    while True:
        result = condition()
        if result:
            return result
        check(time.monotonic() < end, f"no {what} within {deadline} s")
        select.select([], [], [], 0.002)


def read_line(process, deadline=None):
    """The next line of a child's unbuffered stdout; None at its end."""
    deadline = deadline or patience()
    line = b""
    end = time.monotonic() + deadline
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([process.stdout], [], [], max(0, end - time.monotonic()))
        check(ready, f"no line from {process.args[0]} within {deadline} s")
        byte = os.read(process.stdout.fileno(), 1)
        if not byte:
            return None
        line += byte
    return line.decode().rstrip("\n")


class Died(Exception):
    """The daemon ended before it was ready."""


class Daemon:
    """One data folder and, while it runs, the fundwatchd in it."""

    def __init__(self, folder=None, config=None, wrap=()):
        self.folder = folder or temp_folder()
        self.log_path = os.path.join(temp_folder() if folder else self.folder, "log")
        logs.append(self.log_path)
        self.program = program("fundwatchd", CONTROLS if seeded_bug else BUILD)
        self.environment = dict(os.environ, FUNDWATCH_DIR=self.folder)
        self.environment.pop("FUNDWATCH_CONTROL", None)
        if seeded_bug:
            self.environment["FUNDWATCH_CONTROL"] = seeded_bug
        if wrap:                        # LeakSanitizer does not work in a process that is traced
            self.environment["ASAN_OPTIONS"] = "detect_leaks=0"
        self.config = config
        self.wrap = list(wrap)
        self.options = []               # of its command line, when it runs
        self.process = None
        self.endpoints = {}

    def argv(self, *options):
        argv = [self.program, "--data", self.folder, *options]
        if self.config is not None:
            path = os.path.join(self.folder, "config.yaml")
            with open(path, "w", encoding="utf-8") as to:
                to.write(self.config)
            argv += ["--config", path]
        return argv

    def once(self, *options):
        """Does one of the things that are done and over; returns what it printed."""
        done = subprocess.run(self.argv(*options), env=self.environment, capture_output=True, text=True,
                              timeout=DEADLINE, check=False)
        check(done.returncode == 0, f"fundwatchd {options}: {done.returncode}: {done.stderr}")
        return done.stdout

    def init(self):
        self.once("--init")
        return self

    def start(self, wait=True):
        if self.process:
            kill_group(self.process)    # it has ended; with it what it had started
        with open(self.log_path, "ab") as log:
            self.process = spawn(self.wrap + self.argv(*self.options), env=self.environment, bufsize=0,
                                 stdout=subprocess.PIPE, stderr=log)
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self):
        line = read_line(self.process)
        while line is not None and not line.startswith("fundwatchd ready"):
            line = read_line(self.process)
        if line is None:
            code = self.process.wait(patience())
            raise Died(f"the daemon ended with {code} before it was ready: {self.log()[-600:]}")
        words = dict(word.split("=", 1) for word in line.split() if "=" in word)
        self.endpoints = words

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        kill_group(self.process)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        wait_for(lambda: not self.alive(), f"end of the daemon ({self.log()[-400:]})")
        code = self.process.returncode
        kill_group(self.process)
        check_equal(code, 0, f"exit code of the daemon ({self.log()[-400:]})")

    def endpoint(self, role, tcp=False):
        return self.endpoints[role + "_tcp"] if tcp else f"ipc://{self.folder}/run/{role}.sock"


def memory(daemon):
    """Bytes of its own that it has in memory; pages of the store's file are the system's."""
    with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as status:
        return int(re.search(r"RssAnon:\s+(\d+) kB", status.read()).group(1)) * 1024


def room():
    """Bytes that a daemon under pressure may take; a sanitizer's quarantine alone is a quarter of a GiB."""
    return 400 * MIB if BUILD.endswith("plain") else 2000 * MIB


# --- Keys. ---------------------------------------------------------------------

class Key:
    """A CURVE key pair, and the files of it."""

    def __init__(self, name, folder):
        self.name = name
        self.public, self.secret = (half.decode() for half in zmq.curve_keypair())
        self.path = os.path.join(folder, name + ".key")
        self.public_path = os.path.join(folder, name + ".pub")
        with open(self.public_path, "w", encoding="ascii") as to:
            to.write(f"name: {name}\npublic: {self.public}\n")
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as to:
            to.write(f"name: {name}\npublic: {self.public}\nsecret: {self.secret}\n")


def write_rights(path, entries):
    """entries: (Key, {list: [...]}) pairs; quoted because Z85 has every odd character."""
    lines = ["keys:"] if entries else ["keys: []"]
    for key, rights in entries:
        lines += [f"  - name: {key.name}", f"    public: '{key.public}'"]
        for name, value in rights.items():
            text = "[" + ", ".join(f"'{v}'" for v in value) + "]" if isinstance(value, list) else f"'{value}'"
            lines.append(f"    {name}: {text}")
    with open(path + ".new", "w", encoding="utf-8") as to:
        to.write("\n".join(lines) + "\n")
    os.rename(path + ".new", path)


TCP = "listen:\n  ingest: tcp://127.0.0.1:*\n  query: tcp://127.0.0.1:*\n  alerts: tcp://127.0.0.1:*\n"


def tcp_daemon(rights, more="", **options):
    """A daemon on TCP.  `rights`: names of keys to what they may do; `more`: of its configuration.  Returns it, its
    key, and theirs."""
    daemon = Daemon(config=TCP + more, **options)
    server = Key("server", daemon.folder)
    keys = {name: Key(name, daemon.folder) for name in rights}
    write_rights(os.path.join(daemon.folder, "rights.yaml"), [(keys[n], r) for n, r in rights.items()])
    daemon.init()
    return daemon, server, keys


# --- Clients. ------------------------------------------------------------------

refs = iter(range(1, 1 << 62))


def pack(message):
    return msgpack.packb(message)


def unpack(frame):
    return msgpack.unpackb(frame, strict_map_key=True)


def open_socket(kind, endpoint, server=None, key=None):
    socket = context.socket(kind)
    socket.linger = 0
    socket.sndtimeo = socket.rcvtimeo = int(DEADLINE * 1000)    # whatever happens, a test ends
    socket.reconnect_ivl = 5
    socket.reconnect_ivl_max = 50
    socket.rcvhwm = socket.sndhwm = 100000
    if server:
        socket.curve_serverkey = server.public.encode()
        socket.curve_publickey = key.public.encode()
        socket.curve_secretkey = key.secret.encode()
    socket.connect(endpoint)
    return socket


class NoAnswer(Exception):
    """None within the deadline."""


class Client:
    """A DEALER at one endpoint."""

    def __init__(self, daemon, role="ingest", source="tax", tcp=False, server=None, key=None):
        self.source = source
        self.open = lambda: open_socket(zmq.DEALER, daemon.endpoint(role, tcp), server, key)
        self.socket = self.open()

    def close(self):
        self.socket.close()

    def send(self, message):
        self.socket.send(message if isinstance(message, bytes) else pack(message))

    def receive(self, deadline=None):
        deadline = deadline or patience()
        if not self.socket.poll(int(deadline * 1000)):
            raise NoAnswer(f"none within {deadline} s")
        return unpack(self.socket.recv())

    def batch(self, events, **more):
        ref = next(refs)
        return ref, pack({"v": 1, "type": "batch", "ref": ref, "source": self.source, **more,
                          "events": events})

    def exchange(self, events, deadline=None, **more):
        """Sends a batch once; its reply."""
        ref, frame = self.batch(events, **more)
        self.send(frame)
        return self.reply_to(ref, deadline)

    def reply_to(self, ref, deadline=None):
        end = time.monotonic() + (deadline or patience())
        while True:
            reply = self.receive(max(0.001, end - time.monotonic()))
            if reply["ref"] == ref:
                check_reply(reply)
                return reply

    def count(self, events, **more):
        """The reply to a batch that has to be taken, again and again while the daemon is busy."""
        end = time.monotonic() + patience()
        reply = self.exchange(events, **more)
        while reply["status"] == "busy":
            check(time.monotonic() < end, "busy for ever")
            select.select([], [], [], reply["retry_ms"] / 1000)
            reply = self.exchange(events, **more)
        check_equal(reply["status"], "done", f"status of {reply}")
        return reply

    def ask(self, name, deadline=None, **arguments):
        """The whole answer to a query."""
        ref = next(refs)
        self.send({"v": 1, "type": "query", "ref": ref, "query": name, **arguments})
        end = time.monotonic() + (deadline or patience())
        while True:
            answer = self.receive(max(0.001, end - time.monotonic()))
            if answer["ref"] == ref:
                return answer

    def query(self, name, **arguments):
        answer = self.ask(name, **arguments)
        check(answer["status"] == "ok", f"{name} {arguments}: {answer}")
        return answer["data"]

    def pages(self, name, items, after, step, **arguments):
        """All items of a query that comes in pages; step(data) is where the next one begins."""
        result, more = [], True
        while more:
            data = self.query(name, after=after, **arguments)
            result += data[items]
            after, more = step(data), data["more"]
        return result

    def events(self):
        return self.pages("events", "events", 0, lambda data: data["next"], limit=1000)

    def alerts(self, after=0, **arguments):
        return self.pages("alerts", "alerts", after, lambda data: data["complete_through"], **arguments)

    def job(self, name, **arguments):
        """Starts a job and waits for its end."""
        number = self.query(name, **arguments)["job"]
        return wait_for(lambda: self.job_ended(number), f"end of job {name}")

    def job_ended(self, number):
        job = self.query("job", job=number)
        return job if job["state"] != "running" else None


REPLY_KEYS = {"v", "type", "ref", "status", "epoch", "position", "applied", "covered", "window", "exceptions"}


def check_reply(reply):
    """PROTOCOL 4.3: which keys there are, and what goes with what."""
    extra = {"busy": {"retry_ms"}, "refused": {"refusal"}, "done": set()}[reply["status"]]
    if reply.get("refusal") == "version":
        extra = extra | {"versions"}
        check_equal(reply.get("versions"), [1], "versions that the daemon speaks")
    check_equal(set(reply), REPLY_KEYS | extra, "keys of a reply")
    if reply["status"] != "done":
        check_equal((reply["position"], reply["applied"], reply["exceptions"]), (0, 0, []), "of a reply")
    last = -1
    for e in reply["exceptions"]:
        check(last < e["first"] <= e["last"], f"indexes ascend: {reply}")
        last = e["last"]


def outcomes(reply, count):
    """(outcome, position or (reason, key)) for each event of a batch."""
    result = [None] * count
    for e in reply["exceptions"]:
        for i in range(e["first"], e["last"] + 1):
            if e["outcome"] == "rejected":
                result[i] = ("rejected", (e["reason"], e["key"]))
            else:
                result[i] = (e["outcome"], e["position"] + i - e["first"])
    position = reply["position"]
    for i, outcome in enumerate(result):
        if outcome is None:
            result[i] = ("applied", position)
            position += 1
    check_equal(position - reply["position"], reply["applied"], "events applied")
    return result


def words(reply, count):
    return [outcome for outcome, _ in outcomes(reply, count)]


# --- Events. -------------------------------------------------------------------

def event(id, kind, date=20240115, fund=FUND, **fields):
    return {"id": id, "kind": kind, "fund": fund, "date": date, **fields}


def policy(fund=FUND, id=None, **rules):
    return event(id or f"policy-{fund}", "policy", 20240101, fund,
                 policy={"version": 1, "ahead_days": 366, **rules})


def opening(fund=FUND, amount=10_000_000_000):
    return event(f"opening-{fund}", "opening", 20231231, fund, amount=amount)


def founding(fund=FUND, **rules):
    return [policy(fund, **rules), opening(fund)]


# Of funds on which alert_events() raise alerts.
COVERAGE = [{"name": "all", "numerator": "reported", "denominator": "resident", "deadline": 101,
             "target": [9500, 9500]}]


def watched(fund=FUND):
    """A fund on which alert_events() raise alerts."""
    return [*founding(fund, coverage=COVERAGE),
            event(f"population-{fund}", "population", 20240101, fund, measure="resident", heads=1000)]


def alert_events(number, fund=FUND):
    """Events that raise one alert: coverage goes below its target, and back the next time."""
    day = datetime.date(2024, 1, 2) + datetime.timedelta(days=number)
    ymd = day.year * 10000 + day.month * 100 + day.day
    return [event(f"heads-{fund}-{number}", "enrollment", ymd, fund, year=day.year, heads=900 + 90 * (number % 2)),
            event(f"day-{fund}-{number}", "day", ymd, fund)]


PLAIN_LINES = {     # category: (kind, line of the books)
    "personal": ("contribution", "I11"), "collective": ("contribution", "I12"), "fees": ("contribution", "I10"),
    "central": ("subsidy", "I21"), "province": ("subsidy", "I22"), "city": ("subsidy", "I23"),
    "county": ("subsidy", "I24"), "interest": ("income", "I3"), "other_income": ("income", "I4"),
    "inpatient": ("settlement", "E11"), "pooled": ("settlement", "E121"), "chronic": ("settlement", "E122"),
    "maternity": ("settlement", "E13"), "catastrophic": ("expenditure", "E2"),
    "other_expenditure": ("expenditure", "E3"),
}


def money(id, random_=rng, fund=FUND, person=False):
    """An event of money with a random line, date in 2024 and amount."""
    category = random_.choice(list(PLAIN_LINES))
    kind, _ = PLAIN_LINES[category]
    e = event(id, kind, 20240100 + random_.randrange(12) * 100 + random_.randrange(1, 29), fund,
              amount=random_.randrange(1, 10_000_000), category=category)
    if kind in ("contribution", "subsidy"):
        e["year"] = 2024
    if kind == "contribution" and person:
        e["person"] = bytes([random_.randrange(256), random_.randrange(4)]) + b"\xff" * 14
    return e


# --- The model: what the books must say, from the events that are in them. -------

class Books:
    """Lines of 2024 and closing balance per fund, under the default policy, for what founding(), money() and
    reversals within the year make."""

    def __init__(self, events):
        self.lines, self.opening, self.paid = {}, {}, {}
        by_id = {e["id"]: e for e in events}
        for e in events:
            if e["kind"] == "opening":
                self.opening[e["fund"]] = e["amount"]
            elif e["kind"] == "reversal":
                if e["original"] in by_id:
                    self.post(by_id[e["original"]], -1)
            elif e["kind"] not in ("policy", "day", "enrollment", "population"):
                self.post(e, 1)

    def post(self, e, sign):
        key = (e["fund"], PLAIN_LINES[e["category"]][1])
        self.lines[key] = self.lines.get(key, 0) + sign * e["amount"]
        if "person" in e:
            payer = (e["fund"], e["person"], e["year"])
            self.paid[payer] = self.paid.get(payer, 0) + sign

    def of(self, fund):
        return {line: amount for (f, line), amount in self.lines.items() if f == fund and amount != 0}

    def balance(self, fund):
        flows = sum(amount if line.startswith("I") else -amount for line, amount in self.of(fund).items())
        return self.opening.get(fund, 0) + flows


class Truth:
    """What a source sent and was told; then whether the daemon's books are that."""

    def __init__(self):
        self.sent = {}              # (issuer, id): event
        self.told = {}              # (issuer, id): position, of what was acknowledged as counted

    def note_sent(self, source, events):
        for e in events:
            self.sent.setdefault((source, e["id"]), e)

    def note_reply(self, source, events, reply):
        for e, (outcome, position) in zip(events, outcomes(reply, len(events))):
            check(outcome in ("applied", "duplicate"), f"{e['id']} came back as {outcome} {position}")
            before = self.told.setdefault((source, e["id"]), position)
            check_equal(position, before, f"position of {e['id']}, told before")

    def compare(self, daemon, verify=True):
        """The oracle: (a) to (e) of the programme.  Returns the events that are in the journal."""
        client = Client(daemon, "query")
        found, last = {}, 0
        for record in client.events():
            key = (record["source"], record["event"]["id"])
            check(record["position"] > last, f"positions ascend at {record['position']}")
            last = record["position"]
            check(key not in found, f"{key} is there twice")
            found[key] = record["position"]
            check(key in self.sent, f"nobody sent {key}")
            check_equal(record["event"], self.sent[key], f"content of {key}")
        for key, position in self.told.items():
            check(key in found, f"{key} was acknowledged at {position} and is not there")
            check_equal(found[key], position, f"position of {key}")
        events = [self.sent[key] for key in found]
        compare_books(client, events)
        check_equal(client.query("info")["events"], len(found), "events counted")
        if verify:
            verify_books(client)
        client.close()
        return events


def close_year(client, funds=(FUND,)):
    """The books date goes to the end of 2024, so that all of it is in the report."""
    events = [event(f"year-{fund}", "day", 20241231, fund) for fund in funds]
    client.count(events)
    return events


def compare_books(client, events):
    books = Books(events)
    for fund in sorted(books.opening):
        status = client.query("status", place=fund[:6])[0]
        if status["books_date"] < 20241231:
            continue
        report = client.query("report", fund=fund, year=2024)
        check_equal({l["account"]: l["amount"] for l in report["lines"]}, books.of(fund), f"lines of {fund}")
        check_equal(report["opening"], books.opening[fund], f"opening balance of {fund}")
        check_equal(report["closing"], books.balance(fund), f"closing balance of {fund}")
        check_equal(status["balance"], books.balance(fund), f"balance of {fund}")
        paid = sum(1 for (f, _, year), n in books.paid.items() if f == fund and year == 2024 and n > 0)
        check_equal(max(0, status["heads"]["paid"]), paid, f"people who paid, of {fund}")


def verify_books(client):
    job = client.job("verify")
    check(job["state"] == "done", f"verify: {job}")


def command_line(daemon, *words_, codes=(0,)):
    """What `fundwatch` prints; it has to end with one of the exit codes."""
    done = subprocess.run([program("fundwatch"), *words_], env=daemon.environment, capture_output=True, text=True,
                          check=False, timeout=DEADLINE)
    check(done.returncode in codes, f"exit code of fundwatch {' '.join(words_)}: {done.returncode}, not of {codes}",
          done.stdout, done.stderr)
    return done.stdout
