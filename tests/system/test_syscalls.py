#!/usr/bin/python3
"""D6: the k-th system call of a kind fails, once or from then on.  The daemon answers correctly or ends;
started again, the books agree with what was acknowledged.

  FUNDWATCH_FAULTS  how many (default 200; one in five with the programs under test, which may have sanitizers, the
                    others with plain ones)"""
from concurrent.futures import ThreadPoolExecutor

import harness
from harness import *

FAULTS = int(os.environ.get("FUNDWATCH_FAULTS", "200"))
SILENCE_S = 4           # after which no answer is taken for none
AT_ONCE = 4             # faults: each waits for answers that do not come most of its time

# What LMDB and ZeroMQ use, and what the kernel may say.
KINDS = [
    ("pwrite64", ("EIO", "ENOSPC"), 12), ("writev", ("EIO", "ENOSPC"), 4), ("pwritev", ("EIO", "ENOSPC"), 8),
    ("fdatasync", ("EIO", "ENOSPC"), 12), ("fsync", ("EIO",), 4), ("ftruncate", ("EIO",), 2),
    ("fallocate", ("ENOSPC", "EIO"), 3), ("sendto", ("EPIPE", "ENOBUFS", "ECONNRESET"), 12),
    ("sendmsg", ("EPIPE", "ENOBUFS"), 4), ("recvfrom", ("ECONNRESET", "ENOBUFS"), 12),
    ("recvmsg", ("ECONNRESET",), 4), ("accept4", ("EMFILE", "ECONNABORTED"), 3), ("mmap", ("ENOMEM",), 90),
    ("openat", ("EMFILE", "EIO"), 40), ("read", ("EIO", "EINTR"), 40), ("write", ("EIO", "EAGAIN"), 40),
    ("poll", ("EINTR",), 20), ("epoll_wait", ("EINTR",), 20), ("lseek", ("EIO",), 4), ("flock", ("EIO",), 2),
    ("socket", ("EMFILE",), 6), ("clone3", ("EAGAIN",), 12),
]


class Source:
    """Sends batches, each again until it is answered, over a new connection when it takes long."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.truth = Truth()
        self.client = None

    def connect(self):
        if self.client:
            self.client.close()
        self.client = Client(self.daemon)

    def deliver(self, events, patience):
        """True when taken; False when the daemon has ended or says nothing for so long."""
        self.truth.note_sent("tax", events)
        ref, frame = self.client.batch(events)
        end, again = time.monotonic() + patience, 0
        while time.monotonic() < end and self.daemon.alive():
            if time.monotonic() > again:
                self.connect()
                self.client.send(frame)
                again = time.monotonic() + 0.5
            if not self.client.socket.poll(20):
                continue
            reply = unpack(self.client.socket.recv())
            if reply["ref"] != ref:
                continue
            check_reply(reply)
            if reply["status"] == "done":
                self.truth.note_reply("tax", events, reply)
                return True
            check_equal(reply["status"], "busy", f"status {reply}")
        return False


def listen_or_end(daemon):
    """Until it listens or has ended, or some fault that goes on keeps it from both.  Its ready line is not waited
    for: what fails may be the write of that line."""
    end = time.monotonic() + CONTROL_DEADLINE
    while daemon.alive() and not os.path.exists(f"{daemon.folder}/run/ingest.sock") and time.monotonic() < end:
        select.select([], [], [], 0.01)


def fault(random_, template, call, error, when):
    """One run with a fault.  Returns what it came to, in a word, and whether the fault came."""
    folder = temp_folder()
    shutil.copytree(template, folder, dirs_exist_ok=True)
    trace = os.path.join(folder, "trace")
    healthy = Daemon(folder=folder)
    faulty = Daemon(folder=folder, wrap=["strace", "-f", "-q", "--seccomp-bpf", "-o", trace, "-e", f"trace={call}",
                                         "-e", f"inject={call}:error={error}:when={when}"])
    source = Source(faulty)
    end = "answered"
    # A fault that goes on for ever may keep the answer away for ever, and so may a seeded bug.
    may_be_silent = "+" in when or harness.seeded_bug
    silence = SILENCE_S if may_be_silent else patience()
    faulty.start(wait=False)
    listen_or_end(faulty)
    if not faulty.alive():
        end = "did not start"
    else:
        source.connect()
        batches = [founding()] + [[money(f"b{i}-{j}", random_, person=True) for j in range(30)] for i in range(10)]
        batches.insert(6, [event("bad", "income", ammount=1), money("after-bad", random_)][1:])
        for events in batches:
            if not source.deliver(events, silence):
                end = "ended" if not faulty.alive() else "silent"
                break
    if end == "silent" and not may_be_silent:
        raise Failed(f"neither an answer nor an end after a single fault: {faulty.log()[-500:]}")
    faulty.kill()
    with open(trace, encoding="utf-8", errors="replace") as lines:
        injected = lines.read().count("(INJECTED)")
    healthy.start()
    source.daemon = healthy
    source.connect()
    for events in ([e for e in founding() if e["id"]], [money("last", random_)]):
        check(source.deliver(events, patience()), f"no answer from a healthy daemon: {healthy.log()[-500:]}")
    source.truth.note_sent("tax", close_year(source.client))
    source.truth.compare(healthy)
    source.client.close()
    healthy.stop()
    shutil.rmtree(folder, ignore_errors=True)
    return end, injected > 0


def random_faults(random_):
    for i in range(FAULTS):
        call, errors, most = KINDS[i % len(KINDS)]
        yield call, random_.choice(errors), str(random_.randrange(1, most + 1)) + random_.choice(("", "", "+"))


def commit_faults(_):
    """Of what a commit writes and syncs, each of the first few."""
    for when in range(1, 13):
        for call in ("pwrite64", "fdatasync", "writev", "pwritev"):
            yield call, "EIO", str(when)


def a_failed_sync_ends_the_daemon():
    """The kernel takes pages whose sync failed for written, so a sync that is tried again and succeeds says nothing:
    nobody is answered, and the daemon ends and reads what there is."""
    if shutil.which("strace") is None:
        raise Skip("strace is not installed")
    random_ = random.Random(SEED)
    template = Daemon().init().folder
    for when in range(1, 4):
        end, injected = fault(random_, template, "fdatasync", "EIO", str(when))
        check(injected, "no sync failed")
        check(end in ("ended", "did not start"), f"the daemon {end} after sync {when} failed")


def system_calls_fail(faults=random_faults):
    if shutil.which("strace") is None:
        raise Skip("strace is not installed")
    template = Daemon().init().folder
    numbered = list(enumerate(faults(random.Random(SEED))))

    def one(numbered_fault):
        number, (call, error, when) = numbered_fault
        try:
            return fault(random.Random(f"{SEED} {number}"), template, call, error, when)
        except Failed as why:
            raise Failed(f"{call}:error={error}:when={when}: {why}") from why

    with ThreadPoolExecutor(AT_ONCE) as pool:
        came_to = list(pool.map(one, numbered[::5]))
        with plain_programs():
            came_to += pool.map(one, [f for f in numbered if f[0] % 5])
    came, ends = sum(injected for _, injected in came_to), {}
    for end, _ in came_to:
        ends[end] = ends.get(end, 0) + 1
    check(came > len(came_to) // 4, f"only {came} of {len(came_to)} faults came")
    return f"{came} of {len(came_to)} faults came; {ends}"


if __name__ == "__main__":
    run(a_failed_sync_ends_the_daemon, system_calls_fail,
        must_fail("failed_is_done", system_calls_fail, commit_faults),
        must_fail("sync_again", a_failed_sync_ends_the_daemon))
