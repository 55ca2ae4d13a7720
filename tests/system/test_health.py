#!/usr/bin/python3
"""What an operator needs before trouble: each warning is brought about, and is in `health`, in /metrics, in the log
and in what `fundwatch health` prints; and it ends."""
import http.client
import socket

from harness import *
from test_clock import Clock

DAY, HOUR = 86400, 3600


class Unix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(DEADLINE)
        self.sock.connect(self.path)


def metrics(daemon):
    """Name (with its labels) to number."""
    page = Unix(daemon.http)
    page.request("GET", "/metrics")
    text = page.getresponse().read().decode()
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line[0] != "#"}


class Watched:
    """A daemon whose clock can be set, and everything that it says of its health."""

    def __init__(self, config="", wrap=()):
        self.clock = Clock()
        self.time = datetime.datetime(2024, 6, 29, 12)
        self.daemon = Daemon(config=config or None, wrap=wrap)
        self.daemon.http = os.path.join(self.daemon.folder, "http")
        self.daemon.options = ["--http", "unix:" + self.daemon.http]
        if not wrap:
            self.pass_(0)
            self.clock.give_to(self.daemon)
        self.daemon.init()
        self.start()
        self.client = Client(self.daemon)
        self.client.count(founding(clock="live"))

    def pass_(self, seconds):
        self.time += datetime.timedelta(seconds=seconds)
        t = self.time
        self.clock.set(t.year, t.month, t.day, t.hour, t.minute, t.second)

    def again(self):
        """Starts anew; what sources said is forgotten then."""
        self.daemon.stop()
        self.start()

    def start(self):
        self.logged = len(self.daemon.log()) if os.path.exists(self.daemon.log_path) else 0
        self.daemon.start()

    def warns(self, warning):
        """Whether it does; the same everywhere."""
        query = Client(self.daemon, "query")
        health = query.query("health")
        query.close()
        texts = {w["warning"]: w["text"] for w in health["warnings"]}
        number = metrics(self.daemon)[f'fundwatch_warning{{warning="{warning}"}}']
        check_equal(number, float(warning in texts), f"{warning} of /metrics")
        done = subprocess.run([program("fundwatch"), "health"], env=dict(os.environ, FUNDWATCH_DIR=self.daemon.folder),
                              capture_output=True, text=True, check=False, timeout=DEADLINE)
        check_equal(done.returncode, 4 if texts else 0, f"exit code of fundwatch health ({done.stderr})")
        for text in texts.values():     # the disk, which stands behind, has somewhat less room every moment
            check("! " + text[:60] in done.stdout, f"{text} is not in {done.stdout}")
        said = re.findall(rf"warning {warning}( is over|: )", self.daemon.log()[self.logged:])
        check_equal(bool(said) and said[-1] == ": ", warning in texts, f"{warning} of the log")
        return texts.get(warning)

    def health(self):
        return Client(self.daemon, "query").query("health")


def a_backup_that_grows_old():
    w = Watched("backup_age: 2h\n")
    check(not w.warns("backup_old"), "it warns at once")
    w.pass_(3 * HOUR + 60)
    check("there is no backup" in (w.warns("backup_old") or ""), "no warning of no backup")
    query = Client(w.daemon, "query")
    check_equal(query.job("backup", path=os.path.join(temp_folder(), "b"))["state"], "done", "backup")
    check(not w.warns("backup_old"), "it warns of a fresh backup")
    w.pass_(3 * HOUR + 60)
    check(not w.warns("backup_old"), "it warns, and nothing came since the backup")
    w.client.count([money("m1")])
    w.client.count([money("m2")])
    check("3 hours old" in (w.warns("backup_old") or ""), "no warning of an old backup")
    check(metrics(w.daemon)["fundwatch_backup_age_seconds"] >= 3 * HOUR, "its age in /metrics")
    w.again()
    check("3 hours old" in (w.warns("backup_old") or ""), "no warning after a restart")
    w.daemon.stop()


def a_store_that_fills():
    """It grows for a week; how long there is room follows from the journal, also after a restart."""
    w = Watched("map_max: 8MiB\nreserve: 1MiB\nbackup_age: 366d\ngrowth_days: 60\n")
    w.pass_(2 * DAY + HOUR)
    check(not w.warns("store_fills"), "it warns of an empty store")
    random_ = random.Random(SEED)
    for day in range(7):
        w.pass_(DAY)
        w.client.count([money(f"m{day}-{i}", random_) for i in range(3000)])
    health = w.health()
    check(w.warns("store_fills"), f"no warning: {health}")
    used = health["map_used"]
    wanted = (health["map_size"] - used) / (used / 7)
    check(wanted / 2 <= health["room_days"] <= wanted * 2, f"{health['room_days']} days, about {wanted:.0f} wanted")
    w.again()
    check(w.warns("store_fills"), "no warning after a restart")
    w.pass_(60 * DAY)
    check(not w.warns("store_fills"), "it still warns after two quiet months")
    w.daemon.stop()
    return f"{health['room_days']} days foretold, {wanted:.0f} by hand"


def clock_of_kernel(answer):
    return ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=adjtimex,clock_adjtime",
            "-e", f"inject=adjtimex,clock_adjtime:{answer}"]


def a_clock_that_nobody_sets():
    for answer, state in (("retval=5", "unsynchronized"), ("retval=0", "synchronized"),
                          ("error=EPERM", "unknown")):
        w = Watched(wrap=clock_of_kernel(answer))
        check_equal(bool(w.warns("clock_unsynchronized")), state == "unsynchronized", f"a warning with {answer}")
        health = w.health()
        if state != "unknown" or not os.path.exists("/run/systemd/timesync/synchronized"):
            check_equal(health["clock"], state, f"clock with {answer}")
            check_equal("fundwatch_clock_synchronized" in metrics(w.daemon), state != "unknown", "in /metrics")
        w.daemon.kill()


def an_alert_that_does_not_get_out():
    need_controls("alerts_stay")
    seed_bug("alerts_stay")
    try:
        w = Watched()
        w.client.count(watched("440800/390"))
        w.client.count(alert_events(1, "440800/390"))
        w.client.count(alert_events(2, "440800/390"))
        check(not w.warns("alert_unsent"), "it warns at once")
        w.pass_(30)
        check(w.warns("alert_unsent"), "no warning")
        health = w.health()
        check(health["unsent"] >= 1 and health["unsent_since"] > 0, f"{health}")
        check(metrics(w.daemon)["fundwatch_alerts_unsent_seconds"] >= 29, "its age in /metrics")
        w.daemon.kill()
    finally:
        seed_bug(None)


def tax(w, folder, endpoint, rows=0):
    """Runs fundwatch-tax, at w's time; what it says on stderr."""
    path = os.path.join(folder, f"{next(refs)}.csv")
    with open(path, "w", encoding="utf-8") as to:
        to.write("id,date,amount,category,year,fund\n" + "".join(
            f"{os.path.basename(path)}-{i},2024-03-01,1.00,personal,2024,{FUND}\n" for i in range(rows)))
    class Program:                      # pylint: disable=too-few-public-methods
        environment = dict(os.environ, FUNDWATCH_SPOOL_MAX=str(1 << 20))
    w.clock.give_to(Program)
    done = subprocess.run([program("fundwatch-tax"), "--source", "tax-office", "--unit", "yuan", "--quiet",
                           "--timeout", "2" if "nobody" in endpoint else str(int(DEADLINE)), "--endpoint", endpoint, "--spool", os.path.join(folder, "spool"), path],
                          env=Program.environment, capture_output=True, text=True, check=False, timeout=DEADLINE)
    return done.stderr


def a_spool_that_grows():
    """The source warns of it, and the daemon of the source."""
    w = Watched("behind_age: 1h\n")
    folder = temp_folder()
    nowhere = f"ipc://{folder}/nobody"
    check("warning" not in tax(w, folder, nowhere, 10), "a warning of a few events")
    said = tax(w, folder, nowhere, 6000)
    check("KiB" in said, f"no warning of a spool that is half full: {said}")
    w.pass_(3 * HOUR + 60)
    check("for 3 hours" in tax(w, folder, nowhere), "no warning of events that wait for long")
    w.daemon.stop()
    w.daemon.options += ["--read-only"]  # it hears of them and takes none
    w.start()
    check(not w.warns("source_behind"), "it warns of a source that it has not heard of")
    tax(w, folder, w.daemon.endpoint("ingest"))
    said = w.warns("source_behind")
    check(said and "tax-office" in said and "6010" in said, f"no warning: {said}")
    source, = w.health()["sources"]
    check_equal((source["source"], source["waiting"], source["lost"]), ("tax-office", 6010, False), "source")
    check_equal(metrics(w.daemon)["fundwatch_waiting_events"], 6010, "in /metrics")
    w.daemon.options = w.daemon.options[:-1]
    w.again()
    said = tax(w, folder, w.daemon.endpoint("ingest"))
    check(not w.warns("source_behind"), "it still warns, and all events came")
    check_equal((w.health()["waiting"], w.health()["sources"]), (0, []), "what waits")
    w.daemon.stop()


if __name__ == "__main__":
    run(a_backup_that_grows_old, a_store_that_fills, a_clock_that_nobody_sets, an_alert_that_does_not_get_out,
        a_spool_that_grows, must_fail("never_warns", a_backup_that_grows_old))
