#!/usr/bin/python3
"""D4: the daemon is killed with SIGKILL under load, again and again; nothing acknowledged is lost,
nothing counts twice, and the books are the sum of the events that are in them.

  FUNDWATCH_KILLS      how often (default 200)
  FUNDWATCH_RUN_KILLS  how often while runs of an index are written and merged (default 30)"""
import collections

from harness import *
from test_failpoints import Step, failpoints

KILLS = int(os.environ.get("FUNDWATCH_KILLS", "200"))
RUN_KILLS = int(os.environ.get("FUNDWATCH_RUN_KILLS", "30"))
SMALL_RUNS = "run_records: 64\n"
FUNDS = [FUND, "440800/390"]
WATCHED = "150627/390"          # alerts are raised on it


class Load:
    """A source that keeps its window full and sends whatever is unanswered again after a restart."""

    def __init__(self, daemon, random_):
        self.daemon, self.random = daemon, random_
        self.truth = Truth()
        self.unanswered = {}            # ref: (frame, events)
        self.later = []                 # (when, ref) of what came back busy
        self.next_id = 0
        self.client = None
        self.busy = 0
        self.sample = []                # of what was sent, to be sent again long after
        self.alerts = 0
        self.bell = open_socket(zmq.SUB, daemon.endpoint("alerts"))
        self.bell.subscribe(b"alert/")

    def disconnect(self):
        """Before the daemon starts again: a socket that connects anew by itself would send what it still had before
        what was lost, and a day that comes late ends nothing."""
        if self.client:
            self.client.close()
        self.client = None

    def connect(self):
        self.disconnect()
        self.client = Client(self.daemon)
        self.later = []
        for frame, _ in self.unanswered.values():
            self.client.send(frame)

    def new_events(self):
        events = []
        for _ in range(self.random.choice((1, 3, 20, 200))):
            self.next_id += 1
            events.append(money(f"e{self.next_id}", self.random, self.random.choice(FUNDS), person=True))
            if self.random.random() < 0.05:
                original = events[-1]
                events.append(event(f"r{self.next_id}", "reversal", original["date"], original["fund"],
                                    original=original["id"]))
        if self.random.random() < 0.2:
            events += alert_events(self.alerts, WATCHED)
            self.alerts += 1
        if self.sample and self.random.random() < 0.2:
            events.append(self.random.choice(self.sample))
        self.sample.append(events[0])
        return events

    def send(self, events):
        ref, frame = self.client.batch(events)
        self.truth.note_sent("tax", events)
        self.unanswered[ref] = (frame, events)
        self.client.send(frame)

    def fill(self):
        while len(self.unanswered) < WINDOW:
            self.send(self.new_events())

    def take(self, timeout_ms):
        """One reply, if there is one within the time.  True if it acknowledged a batch."""
        while self.later and self.later[0][0] <= time.monotonic():
            _, ref = self.later.pop(0)
            if ref in self.unanswered:
                self.client.send(self.unanswered[ref][0])
        if self.later:
            timeout_ms = min(timeout_ms, int((self.later[0][0] - time.monotonic()) * 1000) + 1)
        if not self.client.socket.poll(timeout_ms):
            return False
        reply = unpack(self.client.socket.recv())
        check_reply(reply)
        if reply["ref"] not in self.unanswered:
            return False
        _, events = self.unanswered[reply["ref"]]
        if reply["status"] == "busy":
            self.busy += 1
            self.later.append((time.monotonic() + reply["retry_ms"] / 1000, reply["ref"]))
            return False
        check_equal(reply["status"], "done", "status")
        del self.unanswered[reply["ref"]]
        self.truth.note_reply("tax", events, reply)
        return True

    def until(self, end):
        """Loads until a moment, or until so many replies have come."""
        seconds, replies = end
        stop = time.monotonic() + seconds
        while replies > 0 and time.monotonic() < stop:
            self.fill()
            replies -= self.take(max(0, int((stop - time.monotonic()) * 1000)))

    def drain(self):
        end = time.monotonic() + patience()
        while self.unanswered:
            check(time.monotonic() < end, f"{len(self.unanswered)} batches are never answered")
            self.take(1000)


def when_to_kill(random_):
    """Either at any moment, or on the heels of a reply, when a commit has just been told of."""
    if random_.random() < 0.4:
        return (random_.uniform(0, 0.12), 1 << 30)
    return (5.0, random_.randrange(1, 20))


def begin(random_, kind=Load, **options):
    daemon = Daemon(**options).init().start()
    load = kind(daemon, random_)
    load.connect()
    load.send([e for fund in FUNDS for e in founding(fund)] + watched(WATCHED))
    load.drain()
    return daemon, load


def finish(daemon, load, in_order=True):
    """Everything is answered; the oracle.  Returns the number of events.  Where batches may overtake one another, as
    they do when one comes back busy, a day may come late and then ends nothing: there may be fewer alerts than days."""
    load.drain()
    load.truth.note_sent("tax", close_year(load.client, FUNDS))
    events = load.truth.compare(daemon)
    check_equal(len(events), len(load.truth.sent), "everything that was sent is there in the end")
    query = Client(daemon, "query")
    alerts = [a for a in query.alerts() if a["rule"] == "coverage"]
    if in_order and load.busy == 0:
        check_equal(len(alerts), load.alerts, "alerts of coverage")
    check_equal([a["transition"] for a in alerts], [("firing", "ended")[i % 2] for i in range(len(alerts))],
                "what the alerts say")
    check_equal([a["number"] for a in query.alerts()], list(range(1, query.query("info")["alerts"] + 1)),
                "numbers of all alerts")
    stored = {a["number"]: a for a in query.alerts()}
    while load.bell.poll(0):
        heard = unpack(load.bell.recv_multipart()[1])
        check_equal(stored.get(heard["number"]), heard, "an alert that was published, as it is stored")
    command_line(daemon, "verify", "--timeout", str(int(DEADLINE)))
    daemon.stop()
    return len(events)


def jobs_beside(daemon, random_):
    """A backup or a verification that is under way when the daemon is killed."""
    query = Client(daemon, "query")
    if random_.random() < 0.5:
        query.query("verify")
    else:
        query.query("backup", path=os.path.join(temp_folder(), "backup"))
    query.close()


def killed(kills):
    random_ = random.Random(SEED)
    daemon, load = begin(random_)
    slowest = stops = 0
    for i in range(kills):
        if random_.random() < 0.1:
            jobs_beside(daemon, random_)
        load.until(when_to_kill(random_))
        if random_.random() < 0.1:      # the same must hold when it is asked to stop
            daemon.stop()
            stops += 1
        else:
            daemon.kill()
        load.disconnect()
        start = time.monotonic()
        daemon.start(wait=False)
        if random_.random() < 0.1:      # also while it recovers
            select.select([daemon.process.stdout], [], [], random_.uniform(0, 0.02))
            daemon.kill()
            daemon.start(wait=False)
        daemon.wait_ready()
        slowest = max(slowest, time.monotonic() - start)
        load.connect()
        if i % 50 == 49:
            load.drain()
            load.truth.compare(daemon)
    events = finish(daemon, load)
    return (f"{kills - stops} kills, {stops} stops, {events} events, {load.alerts} alerts, {load.busy} times busy, "
            f"ready again after {slowest * 1000:.0f} ms at most")


def replies_lost(rounds):
    """E3: a source whose connection breaks with replies on the way sends again, and nothing counts twice."""
    random_ = random.Random(SEED)
    daemon, load = begin(random_)
    for _ in range(rounds):
        load.until((5.0, random_.randrange(0, 6)))
        load.fill()
        load.connect()
    events = finish(daemon, load, in_order=False)
    return f"{rounds} connections, {events} events, {load.busy} times busy"


class Forgetful(Load):
    """Sends what it was told of again when it connects: ids that an index has lost count twice."""

    def __init__(self, daemon, random_):
        super().__init__(daemon, random_)
        self.newest = collections.deque(maxlen=24)      # batches
        self.again = []

    def connect(self):
        super().connect()
        self.again = list(self.newest)

    def new_events(self):
        if self.again:
            return self.again.pop(0)
        self.newest.append(super().new_events())
        return self.newest[-1]


def starts(daemon, step):
    """False if the step is reached before the daemon is ready: a start makes runs, too."""
    daemon.start(wait=False)
    wait_for(lambda: step.reached() or select.select([daemon.process.stdout], [], [], 0)[0], "end of the start")
    if step.reached():
        return False
    daemon.wait_ready()
    return True


def step_of_runs(random_, names):
    """Of a merge, which comes after eight runs, one of the first; of what is done to any run one of some more."""
    name = random_.choice(names)
    return Step(name, "delay", random_.choice((1, 2, 3) if name in ("run.merge", "index.delete") else (1, 2, 3, 4, 6, 9, 13)))


def killed_at_runs(kills):
    """Runs of 64 records, and the daemon is killed while a step of writing, merging, naming or deleting them waits."""
    random_ = random.Random(SEED)
    names = [name for name in failpoints(program("fundwatchd", CONTROLS)) if name.startswith(("run.", "index."))]
    daemon, load = begin(random_, Forgetful, config=SMALL_RUNS)
    daemon.program = program("fundwatchd", CONTROLS)
    healthy, reached, in_starts = daemon.environment, set(), 0
    for _ in range(kills):
        daemon.kill()
        load.disconnect()
        step = step_of_runs(random_, names)
        daemon.environment = {**healthy, **step.environment()}
        if starts(daemon, step):
            load.connect()
            end = time.monotonic() + patience()
            while not step.reached():
                load.until((0.02, 1 << 30))
                check(daemon.alive(), f"the daemon has ended: {daemon.log()[-300:]}")
                check(time.monotonic() < end, f"{step.name} is not reached {step.k} times")
        else:
            in_starts += 1
        reached.add(step.name)
    daemon.kill()
    load.disconnect()
    daemon.environment = healthy
    daemon.start()
    load.connect()
    while load.again:
        load.until((patience(), 1))
    events = finish(daemon, load)
    return (f"{kills} kills, {in_starts} of them in a start, at {len(reached)} of {len(names)} steps, {events} events, "
            f"{load.busy} times busy")


def killed_while_runs_are_written_and_merged():
    return killed_at_runs(RUN_KILLS)


def in_parts(rounds_of):
    """One in five rounds with the programs under test, which may have sanitizers, the others without."""
    first = KILLS // 5
    said = rounds_of(first)
    with plain_programs():
        return f"{said}; plain: {rounds_of(KILLS - first)}"


def killed_under_load_nothing_acknowledged_is_lost():
    return in_parts(killed)


def replies_are_lost_and_nothing_counts_twice():
    return in_parts(replies_lost)


if __name__ == "__main__":
    run(killed_under_load_nothing_acknowledged_is_lost, killed_while_runs_are_written_and_merged,
        replies_are_lost_and_nothing_counts_twice,
        must_fail("ack_before_commit", killed, 1000),      # they end when it is noticed, after a few kills
        must_fail("two_transactions", killed, 1000),
        must_fail("merge_lacks_one", killed_at_runs, 100),
        must_fail("tail_of_one", killed_at_runs, 100),
        must_fail("dedup_off", replies_lost, 10))
