#!/usr/bin/python3
"""What a store writes is on disk before anybody is told of it, as the kernel saw it: strace has every write, sync and
reply of the daemon in their order.

LMDB writes a commit's pages, syncs them, and then writes its head through a descriptor that is synchronous by
itself (O_DSYNC).  So a head that is written while pages are not synced, a head that is not synced itself, and a reply
between the two are what must never be."""
from harness import *

CALLS = "openat,mkdir,rename,pwrite64,pwritev,pwritev2,writev,write,fdatasync,fsync,sendto,sendmsg"
HEADS = 2 * os.sysconf("SC_PAGESIZE")       # where in the file LMDB's two heads stand


def traced(trace):
    return ["strace", "-f", "-q", "-y", "-s", "512", "-o", trace, "-e", f"trace={CALLS}"]


def need_strace():
    if shutil.which("strace") is None:
        raise Skip("strace is not installed")


def whole_calls(path):
    """(name, arguments, result) of each call, in the order in which they came back; one that was interrupted by
    another thread's is put together again."""
    begun = {}
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            thread, _, text = line.partition(" ")
            text = text.strip()
            if text.endswith("<unfinished ...>"):
                begun[thread] = text.removesuffix("<unfinished ...>")
                continue
            resumed = re.match(r"<\.\.\. \w+ resumed>(.*)", text)
            if resumed:
                text = begun.pop(thread, "") + resumed.group(1)
            call = re.match(r"(\w+)\((.*)\)\s+= (-?\d+)", text)
            if call:
                yield call.group(1), call.group(2), int(call.group(3))


def path_of(arguments):
    """The file that the first argument is a descriptor of, as -y tells it."""
    match = re.match(r"(\d+)<([^>]*)>", arguments)
    return (match.group(1), match.group(2)) if match else ("", "")


class Order:
    """The state of the data file as the calls go by."""

    def __init__(self):
        self.synchronous = set()        # descriptors
        self.dirty = False              # pages were written since the last sync
        self.head = False               # so was a head, through a descriptor that does not sync by itself
        self.heads = self.replies = self.syncs = 0

    def opened(self, arguments, result):
        if "O_DSYNC" in arguments or "O_SYNC" in arguments:
            self.synchronous.add(str(result))
        else:
            self.synchronous.discard(str(result))

    def wrote(self, descriptor, arguments):
        offset = int(arguments.rsplit(", ", 1)[-1], 0) if arguments.rsplit(", ", 1)[-1].isdigit() else HEADS
        if offset >= HEADS:
            self.dirty = self.dirty or descriptor not in self.synchronous
            return
        check(not self.dirty, "a head is written before the pages that it names are synced")
        self.heads += 1
        self.head = descriptor not in self.synchronous

    def synced(self):
        self.dirty = self.head = False
        self.syncs += 1

    def replied(self):
        self.replies += 1
        check(not self.dirty and not self.head, f"reply {self.replies} leaves before what it tells of is synced")
        check(self.heads >= self.replies, f"reply {self.replies} leaves after {self.heads} commits")


def replay(trace, data):
    order = Order()
    for name, arguments, result in whole_calls(trace):
        descriptor, path = path_of(arguments)
        if name == "openat" and data in arguments and result >= 0:
            order.opened(arguments, result)
        elif name in ("pwrite64", "pwritev", "pwritev2", "write", "writev") and path == data and result > 0:
            order.wrote(descriptor, arguments if name.startswith("p") else "")
        elif name in ("fdatasync", "fsync") and path == data and result == 0:
            order.synced()
        elif name in ("sendto", "sendmsg") and "status" in arguments and "applied" in arguments:
            order.replied()
    return order


def a_reply_leaves_after_its_commit_is_on_disk(batches=40):
    need_strace()
    random_ = random.Random(SEED)
    trace = os.path.join(temp_folder(), "trace")
    daemon = Daemon().init()
    daemon.wrap = traced(trace)
    daemon.environment["ASAN_OPTIONS"] = "detect_leaks=0"
    daemon.start()
    client = Client(daemon)
    client.count(founding())
    for i in range(batches):
        client.count([money(f"b{i}-{j}", random_, person=True) for j in range(random_.choice((1, 3, 100)))])
    # A reply may be here before strace has written the line of its sending; the line of an earlier one it has.
    client.count([money("last", random_)])
    daemon.kill()
    order = replay(trace, os.path.join(daemon.folder, "store", "data.mdb"))
    check(order.replies >= batches + 1 and order.syncs >= batches,
          f"of {batches + 1} replies the trace has {order.replies}, and {order.syncs} syncs")
    return f"{order.replies} replies, {order.heads} commits, {order.syncs} syncs"


def unsynced(trace, root):
    """Files that were written, and folders whose entries changed, below `root`, and were not synced after that.  A
    lock needs no sync: it says nothing after a crash."""
    files, folders, synchronous = set(), set(), {}
    for name, arguments, result in whole_calls(trace):
        descriptor, path = path_of(arguments)
        if result < 0:
            continue
        names = re.findall(r'"([^"]*)"', arguments)
        if name == "openat":
            synchronous[str(result)] = "O_DSYNC" in arguments
        if (name == "mkdir" or (name == "openat" and "O_CREAT" in arguments)) and names[0].startswith(root):
            if not names[0].endswith(("lock", "lock.mdb")):
                folders.add(os.path.dirname(names[0]))
        elif name == "rename":
            folders.update(os.path.dirname(n) for n in names if n.startswith(root))
        elif name in ("write", "writev", "pwrite64", "pwritev") and path.startswith(root):
            if not path.endswith(("lock", "lock.mdb")) and not synchronous.get(descriptor):
                files.add(path)
        elif name in ("fsync", "fdatasync"):
            files.discard(path)
            folders.discard(path)
    # What a copy is rebuilt into to be compared is thrown away.
    return tuple({path for path in paths if ".rebuild-" not in path} for paths in (files, folders))


def what_is_made_is_on_disk():
    """A store that is made, or restored, is whole on disk before the program says so, with the folders that lead
    to it."""
    need_strace()
    first = Daemon().init().start()
    Client(first).count(founding())
    backup = os.path.join(temp_folder(), "backup")
    check_equal(Client(first, "query").job("backup", path=backup)["state"], "done", "backup")
    first.stop()
    for options in (("--init",), ("--restore", backup)):
        daemon = Daemon()
        trace = os.path.join(temp_folder(), "trace")
        argv = traced(trace) + daemon.argv(*options)
        done = subprocess.run(argv, env={**daemon.environment, "ASAN_OPTIONS": "detect_leaks=0"}, capture_output=True,
                              text=True, check=False, timeout=DEADLINE)
        check_equal(done.returncode, 0, f"exit code of {options} ({done.stderr})")
        files, folders = unsynced(trace, daemon.folder + "/store")
        check(not files and not folders, f"not synced after {options[0]}: {sorted(files | folders)}")


if __name__ == "__main__":
    run(a_reply_leaves_after_its_commit_is_on_disk, what_is_made_is_on_disk,
        must_fail("no_sync", a_reply_leaves_after_its_commit_is_on_disk, 5),
        must_fail("no_meta_sync", a_reply_leaves_after_its_commit_is_on_disk, 5),
        must_fail("ack_before_commit", a_reply_leaves_after_its_commit_is_on_disk, 5),
        must_fail("no_folder_sync", what_is_made_is_on_disk))
