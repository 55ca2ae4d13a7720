#!/usr/bin/python3
"""D1: the power fails, at every call by which the daemon changes a file.

A daemon runs under a recorder (tests/powerloss/record.c) while sources load it: conflicts, reversals, duplicates, runs
of the indexes that are written and merged, a store that grows, a backup, a kill.  The replayer (tests/powerloss) makes
the disks that each moment may have left, opens each with the store's own code, and holds it against what had been said.

  FUNDWATCH_STATES   disks (default 20000)
  FUNDWATCH_BATCHES  of the load (default 260)
  FUNDWATCH_PLAIN    folder of the plain build, which is what runs here in any case (default: build/plain)
  FUNDWATCH_KEEP     folder where log and batches stay, for `powerloss --only`"""
import struct

import harness
from harness import *

STATES = int(os.environ.get("FUNDWATCH_STATES", "20000"))
BATCHES = int(os.environ.get("FUNDWATCH_BATCHES", "260"))
PLAIN = os.path.abspath(os.environ.get("FUNDWATCH_PLAIN", os.path.join(ROOT, "build/plain")))
RUN_RECORDS = 128
CONFIG = f"reserve: 128KiB\nmap_max: 1GiB\nrun_records: {RUN_RECORDS}\ngroup_events: 300\n"
FUNDS = [FUND, "440800/390", "130208/390"]
SOURCES = ["tax", "hospital", "registry"]
WATCHED = "150627/390"
LOG_MADE = 13           # tests/powerloss/log.h


def recorder():
    """The recorder under a path without blanks and colons, at which LD_PRELOAD would be cut."""
    link = os.path.join(temp_folder(), "record.so")
    os.symlink(program("record.so", PLAIN), link)
    return link


class Recorded(Daemon):
    """A daemon whose files and replies are written down."""

    def __init__(self, keep):
        harness.BUILD = PLAIN
        super().__init__(config=CONFIG)
        self.keep = keep
        self.record, self.sent = os.path.join(keep, "log"), os.path.join(keep, "sent")
        build = CONTROLS if harness.seeded_bug else PLAIN
        self.environment.update(LD_PRELOAD=recorder(), FUNDWATCH_RECORD=self.record,
                                FUNDWATCH_RECORD_ROOT=self.folder)
        self.replayer = program("powerloss", PLAIN)
        self.program = program("fundwatchd", build)

    def made(self):
        """The store exists: somebody has been told."""
        with open(self.record, "ab") as log:
            log.write(struct.pack("<IIQQ", LOG_MADE, 0, 0, 0))


class Load:
    """Sources that keep a few batches under way each, and send again what was not answered."""

    def __init__(self, daemon, random_):
        self.daemon, self.random = daemon, random_
        self.clients, self.waiting = {}, {}
        self.ids, self.batches, self.alerts, self.answered = [], 0, 0, 0

    def connect(self):
        for client in self.clients.values():
            client.close()
        self.clients = {source: Client(self.daemon, source=source) for source in SOURCES}
        for source, frame in self.waiting.values():
            self.clients[source].send(frame)

    def send(self, source, events):
        ref, frame = self.clients[source].batch(events)
        with open(self.daemon.sent, "ab") as sent:
            sent.write(struct.pack("<I", len(frame)) + frame)
        self.waiting[ref] = (source, frame)
        self.clients[source].send(frame)

    def events(self, source):
        random_, events = self.random, []
        for _ in range(random_.choice((1, 1, 2, 3, 8, 24))):
            number = len(self.ids)
            events.append(money(f"e{number}", random_, random_.choice(FUNDS), person=True))
            self.ids.append((source, events[-1]))
            mine = [e for s, e in self.ids[-200:] if s == source]
            kind = random_.random()
            if kind < 0.06:             # undone, often before it has come
                events.insert(random_.randrange(len(events)), undoing(f"r{number}", random_.choice(mine)))
            elif kind < 0.09:           # once more
                events.append(random_.choice(mine))
            elif kind < 0.11:           # once more, otherwise
                events.append(dict(random_.choice(mine), amount=7))
            elif kind < 0.12:
                events.append(event(f"bad{number}", "income", ammount=1))
        if source == "tax" and random_.random() < 0.15:
            events += alert_events(self.alerts, WATCHED)
            self.alerts += 1
        return events

    def take(self):
        """Replies that are there, or one."""
        poller = zmq.Poller()
        for client in self.clients.values():
            poller.register(client.socket, zmq.POLLIN)
        ready = poller.poll(int(patience() * 1000))
        check(ready, f"no reply within {patience()} s")
        for client in self.clients.values():
            while client.socket.poll(0):
                self.took(client, unpack(client.socket.recv()))

    def took(self, client, reply):
        if reply["ref"] not in self.waiting:
            return
        if reply["status"] == "busy":           # its time passes while others are answered
            client.send(self.waiting[reply["ref"]][1])
            return
        check_equal(reply["status"], "done", f"status of {reply}")
        del self.waiting[reply["ref"]]
        self.answered += 1

    def run(self, batches):
        for _ in range(batches):
            source = self.random.choice(SOURCES)
            while sum(s == source for s, _ in self.waiting.values()) >= 2:
                self.take()
            self.send(source, self.events(source))
        self.settle()

    def settle(self):
        while self.waiting:
            self.take()


def undoing(id_, original):
    return event(id_, "reversal", original["date"], original["fund"], original=original["id"])


def recorded_load(keep, random_):
    """A run: what the log has of it is the test's input."""
    daemon = Recorded(keep)
    daemon.init()
    daemon.made()
    daemon.start()
    load = Load(daemon, random_)
    load.connect()
    load.send("tax", [e for fund in FUNDS for e in (*founding(fund), event(f"end-{fund}", "day", 20241231, fund))]
              + watched(WATCHED))
    load.settle()                       # sources take turns: another one's first batch might be booked before the policies
    load.run(BATCHES // 2)
    daemon.kill()
    daemon.start()
    load.connect()
    load.run(BATCHES // 4)
    query = Client(daemon, "query")
    check_equal(query.job("backup", path=os.path.join(daemon.folder, "backup"))["state"], "done", "the backup")
    load.run(BATCHES // 4)
    info = query.query("info")
    query.close()
    daemon.stop()
    return daemon, info


def memory_folder():
    """Disks are made in memory where that is possible."""
    base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else os.environ.get("FUNDWATCH_TMP", "/tmp")
    path = tempfile.mkdtemp(prefix="fw-", dir=base)
    folders.append(path)
    return path


def replayed(daemon, states, *more):
    done = subprocess.run([daemon.replayer, "--log", daemon.record, "--sent", daemon.sent, "--scratch",
                           memory_folder(), "--states", str(states), "--seed", str(SEED % (1 << 62)),
                           "--run-records", str(RUN_RECORDS), *more],
                          capture_output=True, text=True, check=False, timeout=max(3600, DEADLINE))
    check(done.returncode == 0, f"{done.stdout.strip()} {done.stderr.strip()} ({done.returncode})")
    return done.stdout.strip().splitlines()[-1]


def keep_folder(name):
    path = os.path.join(os.environ.get("FUNDWATCH_KEEP") or temp_folder(), name)
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    return path


def every_disk_that_a_power_loss_may_leave_is_good(states=STATES):
    daemon, info = recorded_load(keep_folder("load"), random.Random(SEED))
    return f"{replayed(daemon, states)}; {info['events']} events, {info['alerts']} alerts"


def what_is_restored_is_there_when_it_is_said(states=300):
    """A backup becomes a store elsewhere; once the program has ended well the store is there."""
    loaded, _ = recorded_load(keep_folder("load"), random.Random(SEED))
    daemon = Recorded(keep_folder("restored"))
    shutil.copy(loaded.sent, daemon.sent)
    daemon.once("--restore", os.path.join(loaded.folder, "backup"))
    daemon.made()
    return replayed(daemon, states, "--sent-more")          # what came after the backup


def few():
    return every_disk_that_a_power_loss_may_leave_is_good(2000)


if __name__ == "__main__":
    run(every_disk_that_a_power_loss_may_leave_is_good, what_is_restored_is_there_when_it_is_said,
        must_fail("no_sync", few), must_fail("no_meta_sync", few), must_fail("no_folder_sync", few),
        must_fail("run_unsynced", few), must_fail("ack_before_commit", few), must_fail("publish_before_commit", few),
        must_fail("two_transactions", few))
