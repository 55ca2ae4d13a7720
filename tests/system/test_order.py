#!/usr/bin/python3
"""What a store writes is on disk before anybody is told of it, as the kernel saw it: strace has every write, sync and
reply of the daemon in their order.  The same of a source's spool and of a monitor's bookmark.

LMDB writes a commit's pages, syncs them, and then writes its head through a descriptor that is synchronous by
itself (O_DSYNC).  So a head that is written while pages are not synced, a head that is not synced itself, and a reply
between the two are what must never be."""
import harness
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
    files, folders, made, synchronous = set(), set(), set(), {}
    for name, arguments, result in whole_calls(trace):
        descriptor, path = path_of(arguments)
        if result < 0:
            continue
        names = re.findall(r'"([^"]*)"', arguments)
        if name == "openat":
            synchronous[str(result)] = "O_DSYNC" in arguments
        if (name == "mkdir" or (name == "openat" and "O_CREAT" in arguments)) and names[0].startswith(root):
            if not names[0].endswith(("lock", "lock.mdb")) and names[0] not in made:     # O_CREAT of what is there changes nothing
                folders.add(os.path.dirname(names[0]))
            made.add(names[0])
        elif name == "rename":
            for old, new in zip(names[::2], names[1::2]):       # what was not synced under one name is not under the other
                if old in files:
                    files.remove(old)
                    files.add(new)
                made.discard(old)
                made.add(new)
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


def tax(folder, lines, *options):
    """Command line of a producer, which nobody answers."""
    path = os.path.join(folder, "fees.csv")
    with open(path, "w", encoding="utf-8") as to:
        to.write("id,date,amount,category,year,fund\n" + "".join(
            f"fee-{i},2024-03-01,1.00,personal,2024,{FUND}\n" for i in range(lines)))
    return [program("fundwatch-tax", CONTROLS if harness.seeded_bug else harness.BUILD), "--source", "tax-office", "--unit", "yuan", "--timeout", "0", "--batch", "10",
            "--endpoint", f"ipc://{folder}/nobody", "--spool", os.path.join(folder, "spools", "tax"), *options, path]


def run_traced(argv, trace, code):
    done = subprocess.run(traced(trace) + argv, env={**os.environ, **seeded(), "ASAN_OPTIONS": "detect_leaks=0"},
                          capture_output=True, text=True, check=False, timeout=DEADLINE)
    check_equal(done.returncode, code, f"exit code of {os.path.basename(argv[0])} ({done.stderr})")


def seeded():
    return {"FUNDWATCH_CONTROL": harness.seeded_bug} if harness.seeded_bug else {}


def a_spool_is_on_disk_and_for_its_user_alone(lines=400):
    """What a producer calls spooled is synced in LMDB's order, with the folders that lead to it."""
    need_strace()
    folder, trace = temp_folder(), os.path.join(temp_folder(), "trace")
    spool = os.path.join(folder, "spools", "tax")
    before = os.umask(0)
    try:
        run_traced(tax(folder, lines), trace, 4)
    finally:
        os.umask(before)
    order = replay(trace, os.path.join(spool, "spool.mdb"))
    check(order.heads >= 1 and order.syncs >= order.heads, f"{order.heads} commits, {order.syncs} syncs")
    check(not order.dirty and not order.head, "the last commit is not synced")
    files, folders = unsynced(trace, folder + "/spools")
    check(not files and not folders, f"not synced: {sorted(files | folders)}")
    modes = {path: os.stat(path).st_mode & 0o777 for path in (os.path.dirname(spool), spool)}
    modes.update({os.path.join(spool, name): os.stat(os.path.join(spool, name)).st_mode & 0o777 for name in os.listdir(spool)})
    check(all(mode & 0o077 == 0 for mode in modes.values()), f"not for its user alone: { {p: oct(m) for p, m in modes.items()} }")
    check(len(modes) >= 5, f"files of a spool: {sorted(modes)}")
    return f"{order.heads} commits, {order.syncs} syncs"


def a_bookmark_is_on_disk():
    """Where a monitor is to go on is on disk when it ends, or alerts would be told again, or come to the old place."""
    need_strace()
    daemon = Daemon().init().start()
    client = Client(daemon)
    client.count(watched())
    client.count(alert_events(0))
    state, trace = os.path.join(daemon.folder, "monitor", "bookmark"), os.path.join(temp_folder(), "trace")
    os.mkdir(os.path.dirname(state))
    run_traced([program("fundwatch-monitor", CONTROLS if harness.seeded_bug else harness.BUILD), "--json", "--after", "0",
                "--state", state, "--count", "1", "--timeout", str(int(patience())), "--endpoint", daemon.endpoint("query"),
                "--alerts-endpoint", daemon.endpoint("alerts")], trace, 0)
    files, folders = unsynced(trace, os.path.dirname(state))
    check(os.path.exists(state), "there is no bookmark")
    check(not files and not folders, f"not synced: {sorted(files | folders)}")
    daemon.stop()


if __name__ == "__main__":
    run(a_reply_leaves_after_its_commit_is_on_disk, what_is_made_is_on_disk, a_spool_is_on_disk_and_for_its_user_alone,
        a_bookmark_is_on_disk,
        must_fail("no_sync", a_reply_leaves_after_its_commit_is_on_disk, 5),
        must_fail("no_meta_sync", a_reply_leaves_after_its_commit_is_on_disk, 5),
        must_fail("ack_before_commit", a_reply_leaves_after_its_commit_is_on_disk, 5),
        must_fail("no_folder_sync", what_is_made_is_on_disk),
        must_fail("no_sync", a_spool_is_on_disk_and_for_its_user_alone),
        must_fail("no_meta_sync", a_spool_is_on_disk_and_for_its_user_alone),
        must_fail("no_folder_sync", a_spool_is_on_disk_and_for_its_user_alone),
        must_fail("open_to_all", a_spool_is_on_disk_and_for_its_user_alone),
        must_fail("bookmark_unsynced", a_bookmark_is_on_disk),
        must_fail("no_folder_sync", a_bookmark_is_on_disk))
