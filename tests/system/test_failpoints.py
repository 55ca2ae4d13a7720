#!/usr/bin/python3
"""D5: each named step between receiving and acknowledging aborts, fails, or waits; then everything is started and sent
again, and each event is there once.

The steps are those that the programs with seeded bugs have in their section `failpoints`: a new one is tried by itself, and
one that is never reached is a failure.

  FUNDWATCH_ROUNDS     how often each step and action (default 1)
  FUNDWATCH_FAILPOINT_ONLY  only steps with this in their name"""
import concurrent.futures
import functools
import glob
import threading

import harness
from harness import *

ROUNDS = int(os.environ.get("FUNDWATCH_ROUNDS", "1"))
ONLY = os.environ.get("FUNDWATCH_FAILPOINT_ONLY", "")
ACTIONS = ("abort", "error", "delay")
CONFIG = "reserve: 256KiB\nmap_max: 256MiB\nrun_records: 64\nretry: 5ms\n"
WATCHED = "150627/390"
EVENTS = 34                     # of a batch: two of them make a run
BEFORE = 7                      # runs that the store has already: one more, and they are merged
BATCHES = 6
RESEND_S = 0.3                  # after which a source sends again
BUSY_MAX = 200                  # answers to one batch: a step that failed once does not last so long
HELD_MS = 50                    # for which a step that waits is watched: nobody should be told anything it has to do
TOLD_MS = 5000                  # in which somebody is told by a seeded bug, however loaded the machine is
AT_ONCE = 4
HOSPITAL = "fundwatch-hospital"
BILLS = 40


# --- What there is -------------------------------------------------------------

def failpoints(path):
    """Names in the section of a program."""
    done = subprocess.run(["objcopy", "-O", "binary", "--only-section=failpoints", path, "/dev/stdout"],
                          capture_output=True, check=True)
    return sorted({name.decode() for name in done.stdout.split(b"\0") if name})


def programs():
    return [path for path in glob.glob(os.path.join(CONTROLS, "fundwatch*")) if os.access(path, os.X_OK)]


class Step:
    """A step that is to fail at its k-th time, and whether it did."""

    def __init__(self, name, action, k):
        self.name, self.action, self.k, self.gone = name, action, k, False
        self.folder = temp_folder()
        self.log, self.go = os.path.join(self.folder, "reached"), os.path.join(self.folder, "go")
        os.mkfifo(self.go)

    def environment(self):
        return {"FUNDWATCH_FAILPOINT": f"{self.name}:{self.action}:{self.k}", "FUNDWATCH_FAILPOINT_LOG": self.log,
                "FUNDWATCH_FAILPOINT_GO": self.go}

    def reached(self):
        return os.path.exists(self.log)

    def let_go(self):
        """What waits goes on."""
        try:
            os.close(os.open(self.go, os.O_WRONLY | os.O_NONBLOCK))
            self.gone = True
        except OSError:                 # it does not wait yet
            pass


# --- The daemon ------------------------------------------------------------------

class Source:
    """Sends batches, each again until it is answered or the daemon has ended."""

    def __init__(self, daemon, step):
        self.daemon, self.step = daemon, step
        self.truth, self.client = Truth(), None

    def connect(self):
        if self.client:
            self.client.close()
        self.client = Client(self.daemon)

    def held(self):
        return self.step.action == "delay" and self.step.reached() and not self.step.gone

    def deliver(self, events):
        """True when taken; False when the daemon has ended."""
        self.truth.note_sent("tax", events)
        ref, frame = self.client.batch(events)
        end, again, busy = time.monotonic() + patience(), 0, 0
        while self.daemon.alive():
            check(time.monotonic() < end, f"neither an answer nor an end: {self.daemon.log()[-300:]}")
            if time.monotonic() > again:
                self.client.send(frame)
                again = time.monotonic() + RESEND_S
            held = self.held()
            held_ms = TOLD_MS if harness.seeded_bug else HELD_MS
            answered = self.client.socket.poll(held_ms if held else 10)
            if held and not answered:
                self.step.let_go()
            if not answered:
                continue
            reply = unpack(self.client.socket.recv())
            if reply["ref"] != ref:
                continue
            check_reply(reply)
            if reply["status"] == "done":
                self.truth.note_reply("tax", events, reply)
                if self.held():         # what is answered while a step waits survives an end there
                    self.daemon.kill()
                    return False
                return True
            check_equal(reply["status"], "busy", f"status {reply}")
            again, busy = time.monotonic() + reply["retry_ms"] / 1000, busy + 1
            check(busy < BUSY_MAX, "busy for ever")
        return False


def a_batch(random_, number):
    events = [money(f"b{number}-{j}", random_, person=True) for j in range(EVENTS)]
    events.append(event(f"r{number}", "reversal", events[0]["date"], original=events[0]["id"]))
    return events + alert_events(number, WATCHED)


def a_store():
    """A data folder to begin with, its truth, and how many batches it has had."""
    daemon, random_, number = Daemon(config=CONFIG).init(), random.Random(SEED), 0
    daemon.program = program("fundwatchd", CONTROLS)
    daemon.start()
    source = Source(daemon, Step("", "nothing", 0))
    source.connect()
    source.deliver([*founding(), *watched(WATCHED)])
    while len(glob.glob(os.path.join(daemon.folder, "store/index/seen-*"))) < BEFORE:
        source.deliver(a_batch(random_, number))
        number += 1
    source.client.close()
    daemon.stop()
    return daemon.folder, source.truth, number


def batches(random_, first):
    for number in range(first, first + BATCHES):
        yield a_batch(random_, number)


def backed_up(daemon, step):
    """Asks for a backup and waits for it, or for the daemon's end."""
    query = Client(daemon, "query")
    ref = next(refs)
    query.send({"v": 1, "type": "query", "ref": ref, "query": "backup", "path": os.path.join(temp_folder(), "backup")})
    end = time.monotonic() + patience()
    number = None
    while daemon.alive():
        check(time.monotonic() < end, "a backup without an end")
        if step.reached():
            step.let_go()
        if not query.socket.poll(20):
            continue
        data = unpack(query.socket.recv())["data"]
        if data.get("state", "running") != "running":
            break
        number = data.get("job", number)
        query.send({"v": 1, "type": "query", "ref": next(refs), "query": "job", "job": number})
    query.close()


def all_delivered(source, seed, first):
    """True if the daemon lived to the end."""
    for i, events in enumerate(batches(random.Random(seed), first)):
        if not source.deliver(events):
            return False
        if i == BATCHES // 2:
            backed_up(source.daemon, source.step)
    return True


def started(daemon, step):
    """False if it ended before it was ready: a start has work for the indexes, too."""
    daemon.start(wait=False)
    while not select.select([daemon.process.stdout], [], [], 0.02)[0]:
        if step.reached():
            step.let_go()
    try:
        daemon.wait_ready()
    except Died:
        check(step.reached(), f"it does not start: {daemon.log()[-300:]}")
        return False
    return True


@functools.cache
def template():
    return a_store()


def daemon_with(step, seed):
    """The daemon with a step that fails, and what it came to, in a word."""
    folder, truth, first = template()
    daemon = Daemon(config=CONFIG)
    shutil.copytree(os.path.join(folder, "store"), os.path.join(daemon.folder, "store"))
    daemon.program = program("fundwatchd", CONTROLS)
    healthy = dict(daemon.environment)
    daemon.environment.update(step.environment())
    ready = started(daemon, step)
    source = Source(daemon, step)
    source.truth.sent.update(truth.sent)
    source.truth.told.update(truth.told)
    if ready:
        source.connect()
    lived = ready and all_delivered(source, seed, first)
    daemon.kill()
    daemon.environment = healthy
    daemon.start()
    source.connect()
    source.step = Step("", "nothing", 0)
    check(all_delivered(source, seed, first), f"it ends without a fault: {daemon.log()[-300:]}")
    source.truth.note_sent("tax", close_year(source.client))
    events = source.truth.compare(daemon, verify=step.action != "delay")
    check_equal(len(events), len(source.truth.sent), "everything that was sent is there in the end")
    source.client.close()
    daemon.stop()
    shutil.rmtree(daemon.folder)
    return "lived" if lived else "ended"


# --- A source's program ------------------------------------------------------------

def csv(folder):
    path = os.path.join(folder, "bills.csv")
    with open(path, "w", encoding="ascii") as to:
        to.write("setl_id,insuplc_admdvs,insutype,setl_time,med_type,hifp_pay,medfee_sumamt,inscp_scp_amt\n")
        for i in range(BILLS):
            to.write(f"b{i},130207,390,2024-01-{10 + i % 10},21,{i + 1},{i + 1},{i + 1}\n")
    return path


def send_file(daemon, path, step):
    """Its exit code."""
    environment = dict(daemon.environment, **(step.environment() if step else {}))
    process = spawn([program(HOSPITAL, CONTROLS), "--source", "hospital", "--unit", "yuan", "--quiet", path],
                    env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    end = time.monotonic() + patience()
    while process.poll() is None:
        check(time.monotonic() < end, "the program never ends")
        if step and step.reached():
            step.let_go()
        select.select([], [], [], 0.01)
    said = process.stderr.read().decode(errors="replace")
    process.stderr.close()
    children.remove(process)
    return process.returncode, said


def source_with(step, _):
    daemon = Daemon(config=CONFIG).init().start()
    Client(daemon).count(founding())
    path = csv(daemon.folder)
    first, _ = send_file(daemon, path, step)
    code, said = send_file(daemon, path, None)
    check_equal(code, 0, f"the program, once more: {said}")
    ids = sorted(record["event"]["id"] for record in Client(daemon, "query").events() if record["source"] == "hospital")
    check_equal(ids, sorted(f"b{i}" for i in range(BILLS)), "the bills that are there")
    verify_books(Client(daemon, "query"))
    daemon.stop()
    return "lived" if first == 0 else "ended"


# --- All of them -------------------------------------------------------------------

def one(scenario, name, action, seed):
    """At a random time of it, or, if it is not reached so often, at the first."""
    for k in (random.Random(seed).choice((1, 2, 3, 5)), 1):
        step = Step(name, action, k)
        try:
            end = scenario(step, seed)
        except Failed as why:
            raise Failed(f"{name}:{action}:{k} (seed {seed}): {why}") from why
        if step.reached():
            return end
    raise Failed(f"{name} is never reached")


def tried(scenario, names):
    ends, lock = {}, threading.Lock()
    template()
    work = [(name, action, SEED + n) for n in range(ROUNDS) for name in names for action in ACTIONS]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for end in pool.map(lambda w: one(scenario, *w), work):
            with lock:
                ends[end] = ends.get(end, 0) + 1
    return f"{len(names)} steps x {len(ACTIONS)} actions x {ROUNDS}: {ends}"


def wanted(path):
    need(path)
    return [name for name in failpoints(path) if ONLY in name]


def need(path):
    if not os.path.exists(path):
        raise Skip(f"{path} is not built: make CONTROLS=1")


def every_step_of_the_daemon_may_fail():
    names = wanted(os.path.join(CONTROLS, "fundwatchd"))
    check(names or ONLY, "the daemon has no failpoints")
    return tried(daemon_with, names)


def every_step_of_a_source_may_fail():
    names = wanted(os.path.join(CONTROLS, HOSPITAL))
    check(names or ONLY, "the source has no failpoints")
    return tried(source_with, names)


def no_program_has_others():
    known = set()
    for path in (os.path.join(CONTROLS, "fundwatchd"), os.path.join(CONTROLS, HOSPITAL)):
        need(path)
        known |= set(failpoints(path))
    for path in programs():
        check(set(failpoints(path)) <= known, f"{path} has steps that are not tried: {set(failpoints(path)) - known}")
    return f"{len(known)} steps"


def a_failed_commit():
    return daemon_with(Step("store.commit", "error", 5), SEED)


def an_end_before_the_commit():
    """Some commits are of an index's work alone, and nobody waits for an answer then."""
    return [daemon_with(Step("store.commit", "delay", k), SEED) for k in range(3, 9)][-1]


if __name__ == "__main__":
    run(every_step_of_the_daemon_may_fail, every_step_of_a_source_may_fail, no_program_has_others,
        must_fail("failed_is_done", a_failed_commit), must_fail("ack_before_commit", an_end_before_the_commit))
