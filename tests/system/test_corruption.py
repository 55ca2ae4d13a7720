#!/usr/bin/python3
"""D12: a store of which a piece is damaged: bits, sectors, pages torn, stale, swapped or from elsewhere, files cut,
exchanged, gone.  What is derived is made again; of the rest the daemon or the verification tells, or dies; nobody gives
other numbers in silence.  And the same of a spool, of which whoever opens or reads it tells.

  FUNDWATCH_DAMAGES  how many (default 1000)
  FUNDWATCH_DAMAGED_DAEMONS  of how many of them the daemon itself is started (default 12)
  FUNDWATCH_KEEP     if it is set, the folders stay, and the command over them is printed
  FUNDWATCH_PLAIN    folder of the plain build, which is what runs here in any case (default: build/plain)"""
import harness
from harness import *
from test_powerloss import FUNDS, PLAIN, memory_folder, undoing

DAMAGES = int(os.environ.get("FUNDWATCH_DAMAGES", "1000"))
DAEMONS = int(os.environ.get("FUNDWATCH_DAMAGED_DAEMONS", "12"))
CONFIG = "reserve: 64KiB\nmap_max: 256MiB\nrun_records: 64\ngroup_events: 300\nretry: 5ms\n"


def load(client, random_, first, count):
    """Single batches, one after the other: as many commits."""
    sent = []
    for i in range(first, first + count):
        events = [money(f"e{i}-{j}", random_, random_.choice(FUNDS), person=True) for j in range(random_.randrange(1, 12))]
        if sent and random_.random() < 0.3:
            events.append(undoing(f"r{i}", random_.choice(sent)))
        if sent and random_.random() < 0.2:
            events.append(dict(random_.choice(sent), amount=7))         # a conflict, for the quarantine
        client.count(events)
        sent += [e for e in events if e["kind"] != "reversal"]


def a_store(random_, batches):
    """A store with runs, and what it was half way."""
    harness.BUILD = PLAIN
    daemon = Daemon(config=CONFIG).init().start()
    client = Client(daemon)
    client.count([e for fund in FUNDS for e in (*founding(fund), event(f"end-{fund}", "day", 20241231, fund))])
    load(client, random_, 0, batches // 2)
    client.close()
    daemon.stop()
    store = os.path.join(daemon.folder, "store")
    older = os.path.join(temp_folder(), "older")
    shutil.copytree(store, older)
    daemon.start()
    client = Client(daemon)
    load(client, random_, batches, batches // 2)
    client.close()
    daemon.stop()
    return daemon, store, older


def folders_of(random_):
    if os.environ.get("FUNDWATCH_KEEP"):
        folders.clear()
        atexit.register(folders.clear)
    _, foreign, _ = a_store(random_, 20)
    daemon, store, older = a_store(random_, 100)
    return daemon, ["--store", store, "--older", older, "--foreign", foreign, "--seed", str(SEED % (1 << 62))]


def corruption(arguments, *more, name="corruption"):
    if os.environ.get("FUNDWATCH_KEEP"):
        print(name, *arguments, *more, flush=True)
    environment = dict(os.environ)
    environment.pop("FUNDWATCH_CONTROL", None)
    if harness.seeded_bug:
        environment["FUNDWATCH_CONTROL"] = harness.seeded_bug
    done = subprocess.run([program(name, CONTROLS if harness.seeded_bug else PLAIN), *arguments, "--scratch",
                           memory_folder(), *more], env=environment, capture_output=True, text=True, check=False, timeout=max(3600, DEADLINE))
    check(done.returncode == 0, f"{done.stdout.strip()} {done.stderr.strip()} ({done.returncode})")
    return done.stdout.strip().splitlines()[-1]


def nothing_damaged_in_a_spool_is_believed():
    """Makes its own spools: tests/corruption/spools.c.  A seeded bug may be shown by few damages: it gets more of them."""
    states = DAMAGES * (4 if harness.seeded_bug else 1)
    return corruption([], "--states", str(states), "--seed", str(SEED % (1 << 62)), name="corruption-spools")


def nothing_damaged_is_believed():
    _, arguments = folders_of(random.Random(SEED))
    return corruption(arguments, "--states", str(DAMAGES))


# --- The daemon itself ---------------------------------------------------------

def answers(client):
    """What the books say of money, and what they rest on."""
    said = {fund: client.query("report", fund=fund, year=2024) for fund in FUNDS}
    said["events"] = client.events()
    said["days"] = client.query("reconcile", source="tax")
    return said


class Asker(Client):
    """Waits for answers as long as there is somebody to give them."""

    def __init__(self, daemon):
        super().__init__(daemon, "query")
        self.daemon = daemon

    def receive(self, deadline=None):
        end = time.monotonic() + (deadline or patience())
        while not self.socket.poll(50):
            check(time.monotonic() < end, "neither an answer nor an end")
            if not self.daemon.alive():
                raise NoAnswer("the daemon ended")
        return unpack(self.socket.recv())


def ask_all(daemon):
    """The answers; None if the daemon ended or said that something is damaged."""
    client = Asker(daemon)
    try:
        return answers(client)
    except Failed as why:
        check("damaged" in str(why) or "not_found" in str(why), f"an answer without a reason: {why}")
        return None
    except NoAnswer:
        code = daemon.process.wait(patience())
        check(code < 0 or "damaged" in daemon.log(), f"it ended with {code} without a reason: {daemon.log()[-300:]}")
        return None
    finally:
        client.close()


def one_daemon(right, arguments, number):
    """What a daemon makes of a damaged store, in a word."""
    daemon = Daemon(config=CONFIG)
    store = os.path.join(daemon.folder, "store")
    os.mkdir(store)
    damage = corruption(arguments, "--only", str(number), "--write", store)
    try:
        daemon.start()
    except Died:
        check("store" in daemon.log() or daemon.process.returncode < 0, f"{damage}: it ended without a reason")
        return "refused"
    said = ask_all(daemon)
    if said == right:
        daemon.stop()
        return "right"
    if said is None:
        return after_an_end(daemon, right, damage)
    client = Asker(daemon)
    try:
        job = client.job("verify")
        check(job["state"] == "failed" or "file" in damage, f"{damage}: other answers, and a verification finds them good")
    except NoAnswer:
        pass                            # the copy that it makes is made by LMDB, in the daemon
    client.close()
    return "noticed by verify"


def after_an_end(daemon, right, damage):
    """An index is made again by the next start; then the answers are right."""
    if "the index of" not in daemon.log():
        return "noticed"
    check(not daemon.alive(), f"{damage}: it knows of the index and goes on")
    daemon.start()
    check(ask_all(daemon) == right, f"{damage}: other answers after the index was made anew")
    daemon.stop()
    return "made anew"


def daemons_refuse_notice_or_are_right():
    template, arguments = folders_of(random.Random(SEED))
    template.start()
    client = Client(template, "query")
    right = answers(client)
    client.close()
    template.stop()
    ends = {}
    for number in range(DAEMONS):
        end = one_daemon(right, arguments, number)
        ends[end] = ends.get(end, 0) + 1
    return str(ends)


if __name__ == "__main__":
    run(nothing_damaged_is_believed, nothing_damaged_in_a_spool_is_believed, daemons_refuse_notice_or_are_right,
        must_fail("no_checksum", nothing_damaged_is_believed), must_fail("block_unchecked", nothing_damaged_is_believed),
        must_fail("no_checksum", nothing_damaged_in_a_spool_is_believed),
        must_fail("spool_uncounted", nothing_damaged_in_a_spool_is_believed))
