#!/usr/bin/python3
"""D9, D10: the disk is full, or the map.  The daemon says busy and goes on answering queries; when there is room again
it goes on, on the disk by itself; nothing acknowledged is lost.  Needs to mount a tmpfs, so root.

  FUNDWATCH_FULL  how often each (default 10)"""
import errno

from harness import *

ROUNDS = int(os.environ.get("FUNDWATCH_FULL", "10"))
DISK = (48 + 8 * ROUNDS) << 20      # room to verify in, which makes a copy
CONFIG = "reserve: 1MiB\nmap_max: 1GiB\nretry: 5ms\n"

mounts = []


def small_disk(size):
    if os.geteuid() != 0:
        raise Skip("only root can mount a tmpfs")
    path = temp_folder()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "fundwatch-test", path],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Skip(f"no tmpfs here: {done.stderr.strip()}")
    mounts.append(path)
    return path


def unmount():
    end_children()
    for path in mounts:
        subprocess.run(["umount", "-l", path], check=False)


def free(path):
    stat = os.statvfs(path)
    return stat.f_bavail * stat.f_frsize


def fill(path, leave):
    """A file that takes all of the disk but `leave` bytes, also while the daemon takes some."""
    filler = os.path.join(path, "filler")
    with open(filler, "ab") as to:
        while (size := free(path) - leave) > 0:
            try:
                os.posix_fallocate(to.fileno(), os.fstat(to.fileno()).st_size, size)
            except OSError as why:
                check_equal(why.errno, errno.ENOSPC, "filling the disk")
    return filler


class Source:
    """Sends until told busy, and the same again until it is taken."""

    def __init__(self, daemon, random_):
        self.daemon, self.random = daemon, random_
        self.truth = Truth()
        self.client = Client(daemon)
        self.next_id = 0

    def deliver(self, events, patient=True):
        """True when taken; False at the first busy, or when the daemon has ended."""
        self.truth.note_sent("tax", events)
        ref, frame = self.client.batch(events)
        end = time.monotonic() + patience()
        self.client.send(frame)
        while True:
            check(time.monotonic() < end, f"no end of being busy: {self.daemon.log()[-500:]}")
            if not self.client.socket.poll(20):
                if not self.daemon.alive():
                    return False
                continue
            reply = unpack(self.client.socket.recv())
            if reply["ref"] != ref:
                continue
            check_reply(reply)
            if reply["status"] == "done":
                self.truth.note_reply("tax", events, reply)
                return True
            check_equal(reply["status"], "busy", f"status {reply}")
            if not patient:
                return False
            select.select([], [], [], reply["retry_ms"] / 1000)
            self.client.send(frame)

    def new_events(self):
        self.next_id += 200
        return [money(f"e{self.next_id + i}", self.random, person=True) for i in range(200)]


def queries_go_on(daemon, events):
    query = Client(daemon, "query")
    check(query.query("info")["events"] >= events, "info while the disk is full")
    query.query("status")
    query.query("events", limit=1000)
    query.close()


def begin_again(daemon, source):
    """A commit that met the disk's end may have ended the daemon; then it has to start, full or not."""
    if daemon.alive():
        return 0
    check(daemon.process.returncode > 0, f"the daemon crashed with {daemon.process.returncode}: {daemon.log()[-500:]}")
    daemon.kill()
    daemon.start()
    source.client.close()
    source.client = Client(daemon)
    return 1


def filled_again_and_again():
    random_ = random.Random(SEED)
    path = small_disk(DISK)
    daemon = Daemon(folder=path, config=CONFIG).init().start()
    source = Source(daemon, random_)
    source.deliver(founding())
    ended = refused = 0
    for _ in range(ROUNDS):
        filler = fill(path, random_.choice((0, 4096, random_.randrange(1 << 14), random_.randrange(1 << 20))))
        events = source.new_events()
        sent = 0
        while source.deliver(events, patient=False):
            events = source.new_events()
            sent += 1
            check(sent < 3000, "the disk is full and nobody is told busy")
        ended += begin_again(daemon, source)
        refused += 1
        queries_go_on(daemon, len(source.truth.told))
        check(not source.deliver(events, patient=False), "a batch is taken though the disk is full")
        ended += begin_again(daemon, source)
        os.unlink(filler)
        check(source.deliver(events), f"the daemon ended although there is room: {daemon.log()[-500:]}")
        if random_.random() < 0.3:
            daemon.kill()
            daemon.start()
            source.client.close()
            source.client = Client(daemon)
    close = close_year(source.client)
    source.truth.note_sent("tax", close)
    source.truth.compare(daemon)
    daemon.stop()
    return f"{refused} times full, {len(source.truth.sent)} events, the daemon ended {ended} times"


def a_full_disk_at_the_start():
    """It starts, says busy, and goes on when there is room."""
    random_ = random.Random(SEED)
    path = small_disk(DISK)
    daemon = Daemon(folder=path, config=CONFIG).init().start()
    source = Source(daemon, random_)
    source.deliver(founding())
    while free(path) > DISK // 2 and len(source.truth.told) < 20000:
        source.deliver(source.new_events())
    daemon.stop()
    filler = fill(path, 0)
    daemon.start()
    source.client = Client(daemon)
    queries_go_on(daemon, len(source.truth.told))
    events = source.new_events()
    for _ in range(50):
        if not source.deliver(events, patient=False):
            break
        events = source.new_events()
    begin_again(daemon, source)
    os.unlink(filler)
    check(source.deliver(events), "the daemon ended although there is room")
    source.truth.note_sent("tax", close_year(source.client))
    source.truth.compare(daemon)
    daemon.stop()


def until_the_map_is_full(daemon, source):
    """The events for which there was no room."""
    events = source.new_events()
    while source.deliver(events, patient=False):
        events = source.new_events()
        check(len(source.truth.told) < 1000000, "the map is never full")
    check(daemon.alive(), f"the daemon ended: {daemon.log()[-500:]}")
    queries_go_on(daemon, len(source.truth.told))
    return events


def a_map_that_is_full():
    """The limit of the configuration, on a disk with room: busy; more of it, and it goes on, again and again."""
    random_ = random.Random(SEED)
    small = CONFIG.replace("1MiB", "64KiB")
    daemon = Daemon(config=small.replace("1GiB", "1MiB")).init().start()
    source = Source(daemon, random_)
    source.deliver(founding())
    for i in range(ROUNDS):
        events = until_the_map_is_full(daemon, source)
        if random_.random() < 0.5:
            daemon.stop()
        else:
            daemon.kill()
        larger = f"{1024 + 64 * (i + 1)}KiB" if i < ROUNDS - 1 else "1GiB"
        daemon.config = small.replace("1GiB", larger)
        daemon.start()
        source.client.close()
        source.client = Client(daemon)
        check(source.deliver(events), "no room in a larger map")
    source.truth.note_sent("tax", close_year(source.client))
    source.truth.compare(daemon)
    daemon.stop()
    return f"{ROUNDS} times full, {len(source.truth.told)} events"


def a_full_disk_under_a_spool():
    """The producer says so; when there is room again everything is there."""
    path, folder = small_disk(512 << 10), temp_folder()
    daemon = Daemon().init().start()
    Client(daemon).count(founding())
    lines = 12000
    fees = os.path.join(folder, "fees.csv")
    with open(fees, "w", encoding="utf-8") as to:
        to.write("id,date,amount,category,year,fund\n" + "".join(
            f"fee-{i},2024-03-01,1.00,personal,2024,{FUND}\n" for i in range(lines)))

    def tax(endpoint, timeout, **more):
        return subprocess.run([program("fundwatch-tax"), "--source", "tax-office", "--unit", "yuan", "--timeout", str(timeout),
                               "--endpoint", endpoint, "--spool", os.path.join(path, "spool"), fees], env={**os.environ, **more},
                              capture_output=True, text=True, check=False, timeout=DEADLINE)

    done = tax(f"ipc://{folder}/nobody", 0)
    check_equal(done.returncode, 1, f"exit code on a full disk ({done.stdout} {done.stderr})")
    check("the disk is full" in done.stderr, f"a full disk is told as: {done.stderr}")
    subprocess.run(["mount", "-o", "remount,size=8m", path], check=True)
    done = tax(f"ipc://{folder}/nobody", 0, FUNDWATCH_SPOOL_MAX=str(1 << 20))
    check_equal(done.returncode, 1, f"exit code at the limit ({done.stdout} {done.stderr})")
    check("FUNDWATCH_SPOOL_MAX" in done.stderr and "disk" not in done.stderr, f"a limit is told as: {done.stderr}")
    done = tax(daemon.endpoint("ingest"), int(DEADLINE))
    check_equal(done.returncode, 0, f"exit code with room ({done.stdout} {done.stderr})")
    check_equal(Client(daemon, "query").query("info")["events"], 2 + lines, "events")
    daemon.stop()


if __name__ == "__main__":
    atexit.register(unmount)
    run(filled_again_and_again, a_full_disk_at_the_start, a_map_that_is_full, a_full_disk_under_a_spool,
        must_fail("full_is_done", filled_again_and_again))
