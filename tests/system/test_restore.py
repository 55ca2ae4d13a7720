#!/usr/bin/python3
"""D13: a backup under load is restored into a fresh folder; sources see the new epoch and send again what
they kept; the books are whole."""
from harness import *


class Spooling:
    """A source that keeps what it sent until a backup covers it (PROTOCOL 4.3)."""

    def __init__(self, daemon):
        self.truth = Truth()
        self.kept = []              # (events, position of the last of them)
        self.epoch = self.covered = None
        self.move(daemon)

    def move(self, daemon):
        self.client = Client(daemon)

    def send(self, events):
        self.truth.note_sent("tax", events)
        reply = self.client.count(events)
        if self.epoch not in (None, reply["epoch"]):
            self.again(reply["epoch"])
        self.note(events, reply)

    def note(self, events, reply):
        self.epoch, self.covered = reply["epoch"], reply["covered"]
        positions = [position for _, position in outcomes(reply, len(events))]
        self.kept.append((events, max(positions, default=0)))
        self.truth.note_reply("tax", events, reply)

    def again(self, epoch):
        """The store was restored: positions beyond the backup mean nothing any more."""
        covered = self.covered
        lost = [events for events, position in self.kept if position > covered]
        self.kept = [entry for entry in self.kept if entry[1] <= covered]
        self.truth.told = {key: p for key, p in self.truth.told.items() if p <= covered}
        self.epoch = epoch
        for events in lost:
            self.note(events, self.client.count(events))


def batches(random_, count):
    for i in range(count):
        yield [money(f"b{i}-{j}", random_, person=True) for j in range(random_.randrange(1, 40))]


def restored_under_load():
    random_ = random.Random(SEED)
    daemon = Daemon().init().start()
    source = Spooling(daemon)
    source.send(founding())
    query = Client(daemon, "query")
    backup = os.path.join(temp_folder(), "backup")
    job = None
    for i, events in enumerate(batches(random_, 300)):
        source.send(events)
        if i == 100:
            job = query.query("backup", path=backup)["job"]
    wait_for(lambda: query.job_ended(job), "end of the backup")
    check_equal(query.job_ended(job)["state"], "done", "state of the backup")
    covered = query.query("info")["covered"]
    # One more exchange, so that the source knows what the backup covers; the rest it is not told.
    source.send([money("told", random_)])
    check_equal(source.covered, covered, "covered, as a source is told")
    source.send([money("lost", random_)])
    epoch, events_before = source.epoch, len(source.truth.sent)
    daemon.kill()

    fresh = Daemon()
    printed = fresh.once("--restore", backup)
    check("epoch" in printed, f"--restore printed {printed}")
    fresh.start()
    query = Client(fresh, "query")
    info = query.query("info")
    check(info["epoch"] != epoch, f"the epoch is still {epoch}")
    check(info["events"] < events_before, "the backup already has everything, so nothing is tried")
    source.move(fresh)
    source.send([money("after", random_)])
    close = close_year(source.client)
    source.truth.note_sent("tax", close)
    events = source.truth.compare(fresh)
    check_equal(len(events), len(source.truth.sent), "everything that was sent is there")
    fresh.stop()
    return f"{events_before - info['events']} of {events_before} events were lost and came again"


def a_restored_store_is_checked():
    """Not over a store that is there; not out of what is no backup."""
    daemon = Daemon().init().start()
    Client(daemon).count(founding())
    backup = os.path.join(temp_folder(), "backup")
    query = Client(daemon, "query")
    check_equal(query.job("backup", path=backup)["state"], "done", "backup")
    check_equal(query.ask("backup", path=backup).get("code"), "bad_argument", "a backup over a backup")
    daemon.stop()
    for folder, source in ((daemon.folder, backup), (temp_folder(), temp_folder()), (temp_folder(), "/nowhere")):
        done = subprocess.run([daemon.program, "--data", folder, "--restore", source], capture_output=True,
                              text=True, check=False, timeout=DEADLINE)
        check(done.returncode == 1 and done.stderr, f"{source} into {folder}: {done.returncode} {done.stderr}")
    daemon.start()
    check_equal(Client(daemon, "query").query("info")["events"], 2, "events")
    daemon.stop()


def a_backup(rows=0):
    """Of a year, in a folder, with its pages."""
    random_ = random.Random(SEED)
    daemon = Daemon().init().start()
    client, query = Client(daemon), Client(daemon, "query")
    client.count(founding())
    for i in range(rows):
        client.count([money(f"e{i}-{j}", random_, person=True) for j in range(40)])
    close_year(client)
    path = os.path.join(temp_folder(), "backup")
    check_equal(query.job("backup", path=path)["state"], "done", "backup")
    daemon.stop()
    with open(os.path.join(path, "data.mdb"), "rb") as data:
        return path, bytearray(data.read())


def with_pages(data):
    folder = temp_folder()
    with open(os.path.join(folder, "data.mdb"), "wb") as to:
        to.write(data)
    return folder


def tried(daemon, *options):
    return subprocess.run(daemon.argv(*options), capture_output=True, text=True, errors="replace", check=False, timeout=DEADLINE)


def what_is_cut_off_is_refused_in_words():
    """As by a disk that was full where the backup was copied to: nothing dies, and nothing is left."""
    _, data = a_backup(20)
    pages = len(data) // 4096
    for cut in {2, 3, pages // 2, pages - 1, *(rng.randrange(2, pages) for _ in range(4))}:
        folder = with_pages(data[:cut * 4096])
        for options in ("--restore", folder), ("--restore", folder, "--unverified"), ("--verify-copy", folder):
            daemon = Daemon()
            done = tried(daemon, *options)
            check(done.returncode == 1 and "damaged" in done.stderr, f"{cut} of {pages} pages, {options}: {done}")
            check_equal([name for name in os.listdir(daemon.folder) if "restor" in name], [], "what is left")
    return f"{pages} pages"


def what_is_damaged_is_refused_unless_it_is_wanted():
    """Bytes of the journal and the books changed: a restore compares them first."""
    _, data = a_backup(20)
    refused, taken = 0, 0
    for _ in range(30):
        changed, at = bytearray(data), rng.randrange(2 * 4096, len(data))
        changed[at] ^= 1 << rng.randrange(8)
        folder, daemon = with_pages(changed), Daemon()
        done = tried(daemon, "--restore", folder)
        if done.returncode == 0:        # of a page that nothing looks at
            check_equal(tried(daemon, "--verify-copy", folder_of(daemon)).returncode, 0, f"of what byte {at} was restored to")
            continue
        refused += 1
        check(not os.path.exists(folder_of(daemon)), f"byte {at}: a store is there all the same")
        taken += tried(daemon, "--restore", folder, "--unverified").returncode == 0
    check(refused > 5 and taken > 0, f"{refused} of 30 refused, {taken} taken as they are")
    return f"{refused} of 30 refused, {taken} of them can be taken as they are"


def a_backup_that_was_cut_off_is_none():
    """The daemon dies while it makes one: nothing has its name, and the next one takes its place."""
    daemon = Daemon()
    daemon.program = program("fundwatchd", CONTROLS)
    daemon.init()
    daemon.environment["FUNDWATCH_FAILPOINT"] = "backup.sync:abort:1"
    daemon.start()
    Client(daemon).count(founding())
    path = os.path.join(temp_folder(), "backup")
    Client(daemon, "query").query("backup", path=path)
    wait_for(lambda: not daemon.alive(), "end of the daemon")
    check((os.path.exists(path), os.path.exists(path + ".partial")) == (False, True), os.listdir(os.path.dirname(path)))
    del daemon.environment["FUNDWATCH_FAILPOINT"]
    daemon.start()
    check_equal(Client(daemon, "query").job("backup", path=path)["state"], "done", "the next one")
    check_equal(os.listdir(os.path.dirname(path)), ["backup"], "what is there")
    daemon.stop()


def folder_of(daemon):
    return os.path.join(daemon.folder, "store")


def taken_away_and_put_back(daemon, work):
    """The store as it is now comes back after `work` was done, as of a machine's snapshot: nobody says --restore."""
    copy = os.path.join(temp_folder(), "snapshot")
    daemon.stop()
    shutil.copytree(folder_of(daemon), copy)
    daemon.start()
    work()
    daemon.kill()
    shutil.rmtree(folder_of(daemon))
    shutil.copytree(copy, folder_of(daemon))
    daemon.start()


def warnings(query):
    return [w["warning"] for w in query.query("health")["warnings"] if w["warning"] != "clock_unsynchronized"]


def older_copy(others):
    """`others` events of another source come in before the one that was told of more."""
    random_ = random.Random(SEED)
    folder = temp_folder()
    rows = [[random_.randrange(1, 100000) for _ in range(count)] for count in (50, 30, 1)]
    daemon = Daemon().init().start()
    Client(daemon).count(founding())
    tax(daemon, folder, "first", rows[0])
    epoch = Client(daemon, "query").query("info")["epoch"]
    taken_away_and_put_back(daemon, lambda: tax(daemon, folder, "second", rows[1]))
    query = Client(daemon, "query")
    check_equal(query.query("info")["events"], 52, "events of the copy")
    other = Client(daemon, source="other")
    extra = [money(f"o{i}", random_) for i in range(others)]
    if extra:
        other.count(extra)
    tax(daemon, folder, "third", rows[2])
    check_equal(query.query("info")["events"], 2 + sum(map(len, rows)) + others, "events in the end")
    check(query.query("info")["epoch"] != epoch, "the epoch is still the old one")
    check_equal(warnings(query), ["store_older"], "warnings")
    log = daemon.log()
    check("older copy" in log and "tax-office" in log, "nothing in the log")
    verify_books(query)
    daemon.stop()


def an_older_copy_without_restore_is_noticed():
    older_copy(0)


def an_older_copy_that_has_gone_on_is_noticed():
    """Its positions are beyond those that the source was told of; but they are of somebody else's events."""
    older_copy(100)


def later(days):
    """An environment in which so many days have passed."""
    from test_clock import Clock        # pylint: disable=import-outside-toplevel
    clock = Clock()
    now = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))) + datetime.timedelta(days=days)
    clock.set(now.year, now.month, now.day, now.hour)
    class Program:                      # pylint: disable=too-few-public-methods
        environment = dict(os.environ)
    clock.give_to(Program)
    return Program.environment


def an_old_backup_lacks_what_was_forgotten():
    """The newest backup covered it for more than seven days, so the source forgot it; then an older one is restored."""
    folder = temp_folder()
    daemon = Daemon().init().start()
    Client(daemon).count(founding())
    query = Client(daemon, "query")
    backups = [os.path.join(temp_folder(), name) for name in ("older", "newer")]
    for name, backup in zip(("first", "second"), backups):
        tax(daemon, folder, name, [100] * 20)
        check_equal(query.job("backup", path=backup)["state"], "done", "backup")
    tax(daemon, folder, "third", [100], later(8))
    tax(daemon, folder, "fourth", [100], later(8))
    check_equal(warnings(query), [], "warnings before")
    daemon.kill()
    told = []
    for backup, there in ((backups[1], 2 + 43), (backups[0], 2 + 23)):
        fresh = Daemon()
        fresh.once("--restore", backup)
        fresh.start()
        mine = os.path.join(temp_folder(), "spool")
        shutil.copytree(folder, mine)   # the same source meets either store
        tax(fresh, mine, "fifth", [100], later(8))
        query = Client(fresh, "query")
        check_equal(query.query("info")["events"], there, "events")
        told.append(warnings(query))
        if told[-1]:
            check("tax-office does not keep any more" in fresh.log(), "nothing in the log")
            check_equal([(s["source"], s["lost"]) for s in query.query("health")["sources"]],
                        [("tax-office", True)], "sources with losses")
        fresh.stop()
    check_equal(told, [[], ["events_lost"]], "warnings of the newer and of the older backup")


CSV = "id,date,amount,category,year,fund\n"


def tax(daemon, folder, name, rows, environment=None):
    """Runs fundwatch-tax over a file of such rows."""
    path = os.path.join(folder, name + ".csv")
    with open(path, "w", encoding="utf-8") as to:
        to.write(CSV + "".join(f"{name}-{i},2024-03-{i % 28 + 1:02d},{fen // 100}.{fen % 100:02d},personal,2024,"
                               f"{FUND}\n" for i, fen in enumerate(rows)))
    done = subprocess.run([program("fundwatch-tax"), "--source", "tax-office", "--unit", "yuan", "--quiet",
                           "--timeout", str(int(DEADLINE)),
                           "--endpoint", daemon.endpoint("ingest"), "--spool", os.path.join(folder, "spool"), path],
                          env=environment, capture_output=True, text=True, check=False, timeout=DEADLINE)
    check_equal(done.returncode, 0, f"exit code of fundwatch-tax {name} ({done.stdout} {done.stderr})")


def the_tax_office_sends_again():
    random_ = random.Random(SEED)
    folder = temp_folder()
    rows = [[random_.randrange(1, 100000) for _ in range(count)] for count in (500, 300, 1)]
    daemon = Daemon().init().start()
    Client(daemon).count(founding())
    query = Client(daemon, "query")
    tax(daemon, folder, "first", rows[0])
    backup = os.path.join(temp_folder(), "backup")
    check_equal(query.job("backup", path=backup)["state"], "done", "backup")
    tax(daemon, folder, "second", rows[1])
    check_equal(query.query("info")["events"], 802, "events before")
    daemon.kill()

    fresh = Daemon()
    fresh.once("--restore", backup)
    fresh.start()
    tax(fresh, folder, "third", rows[2])
    query = Client(fresh, "query")
    check_equal(query.query("info")["events"], 803, "events after")
    close_year(Client(fresh))
    report = query.query("report", fund=FUND, year=2024)
    check_equal(report["income"], sum(map(sum, rows)), "income")
    verify_books(query)
    fresh.stop()


if __name__ == "__main__":
    run(restored_under_load, a_restored_store_is_checked, what_is_cut_off_is_refused_in_words,
        what_is_damaged_is_refused_unless_it_is_wanted, a_backup_that_was_cut_off_is_none, the_tax_office_sends_again,
        an_older_copy_without_restore_is_noticed, an_older_copy_that_has_gone_on_is_noticed,
        an_old_backup_lacks_what_was_forgotten,
        must_fail("told_ignored", an_older_copy_without_restore_is_noticed),
        must_fail("told_ignored", an_old_backup_lacks_what_was_forgotten),
        must_fail("same_epoch", restored_under_load))
