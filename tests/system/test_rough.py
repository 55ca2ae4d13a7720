#!/usr/bin/python3
"""L4: connections are reset in the middle of messages, stand still, and partitions come and go, between a daemon on
TCP and its sources and monitors.  Every event counts once, every alert is heard of.

First through rough.py, a bad network of bytes that needs no rights; then, as root and with nft, in a network namespace
of the daemon's own, where the kernel loses packets.

  FUNDWATCH_ROUGH       events (default 10000)
  FUNDWATCH_PARTITIONS  of the namespace (default 10)"""
import json

from harness import *
from patient import ended, helper, Patient, some_batches, tax_program, tax_rows, until_done, wait_program

EVENTS = int(os.environ.get("FUNDWATCH_ROUGH", "10000"))
PARTITIONS = int(os.environ.get("FUNDWATCH_PARTITIONS", "10"))
FUNDS = [FUND, "440800/390"]
WATCHED = "150627/390"          # alerts are raised on it
SOURCES = ("tax", "hospital-1", "hospital-2")
RIGHTS = {name: dict(sources=[name], kinds=["all"], places=[""]) for name in (*SOURCES, "office")} | {
    "monitor": dict(queries=["all"], alerts="true", places=[""])}


class Town:
    """A daemon on TCP, sources that reach it through a bad network, and a monitor too."""

    def __init__(self, random_, config=None, **options):
        self.random = random_
        self.daemon, self.server, self.keys = tcp_daemon(RIGHTS, **options)
        self.daemon.config = config or self.daemon.config
        self.daemon.start()
        self.truth = Truth()
        self.local = Client(self.daemon, source="founder")
        self.alerts = 0
        self.count([e for fund in FUNDS for e in founding(fund)] + watched(WATCHED))

    def count(self, events):
        self.truth.note_sent("founder", events)
        self.truth.note_reply("founder", events, self.local.count(events))

    def connect(self, name, endpoint):
        return Client(At(endpoint), source=name, tcp=True, server=self.server, key=self.keys[name])

    def sources(self, endpoint, events):
        return [Patient(self.truth, name, some_batches(self.random, name, events // len(SOURCES), FUNDS),
                        lambda name=name: self.connect(name, endpoint)) for name in SOURCES]

    def monitor(self, alerts, query):
        return spawn([program("fundwatch-monitor"), "--json", "--after", "0", "--alerts-endpoint", alerts, "--endpoint",
                      query, "--server-key", self.server.public_path, "--key", self.keys["monitor"].path],
                     env=self.daemon.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)

    def tax(self, endpoint, count):
        """fundwatch-tax with some rows over the same network."""
        path = os.path.join(temp_folder(), "office.csv")
        self.rows = tax_rows(path, "office", count, self.random)
        return tax_program(self.daemon, "office", path, endpoint, "--batch", "20", "--server-key", self.server.public_path,
                           "--key", self.keys["office"].path)

    def raise_alert(self):
        self.count(alert_events(self.alerts, WATCHED))
        self.alerts += 1

    def oracle(self, monitor, office_events):
        """Of the office's program only how much it sent is known here: its ids are of its own making."""
        self.count([event(f"year-{fund}", "day", 20241231, fund) for fund in FUNDS])
        query = Client(self.daemon, "query")
        found, sum_ = {}, 0
        for record in query.events():
            key = (record["source"], record["event"]["id"])
            check(key not in found, f"{key} is there twice")
            found[key] = record["position"]
            if key[0] == "office":
                sum_ += record["event"]["amount"]
            else:
                check_equal(record["event"], self.truth.sent.get(key), f"content of {key}")
        for key in self.truth.sent:
            check(key in found, f"{key} is not there")
        for key, position in self.truth.told.items():
            check_equal(found[key], position, f"position of {key}")
        check_equal((len(found) - len(self.truth.sent), sum_), (office_events, self.rows), "events and fen of the office")
        newest = query.query("info")["alerts"]
        check(newest >= self.alerts, f"{newest} alerts of at least {self.alerts}")
        numbers = [0]
        while numbers[-1] < newest:
            line = read_line(monitor)
            check(line is not None, f"the monitor ended after {numbers[-1]} alerts")
            said = json.loads(line)
            if said.get("transition"):
                numbers.append(said["number"])
        check_equal(numbers, list(range(newest + 1)), "alerts that the monitor printed")
        verify_books(query)
        return f"{len(found)} events, {newest} alerts"


class At:
    """Stands for a daemon where a client asks for its endpoint."""

    def __init__(self, endpoint):
        self.endpoint = lambda role, tcp=False: endpoint


def port_of(endpoint):
    return int(endpoint.rsplit(":", 1)[1])


def through_rough(events):
    random_ = random.Random(SEED)
    town = Town(random_)
    networks = {role: helper("rough.py", port_of(town.daemon.endpoint(role, tcp=True)), random_.randrange(1 << 32),
                             f"reset={random_.choice((0.2, 1))}", f"cut={random_.choice((0.5, 2))}", "still=5",
                             "every_ms=400", "last_ms=300") for role in ("ingest", "query", "alerts")}
    at = {role: f"tcp://127.0.0.1:{port}" for role, (_, port) in networks.items()}
    monitor = town.monitor(at["alerts"], at["query"])
    office = town.tax(at["ingest"], 200)
    sources = town.sources(at["ingest"], events)
    until_done(sources, lambda: random_.random() < 0.02 and town.raise_alert())
    wait_program(office)
    note = town.oracle(monitor, 200)
    did = {role: json.loads(ended(process)) for role, (process, _) in networks.items()}
    check(did["ingest"]["resets"] + did["ingest"]["cuts"] > 0, f"the network did nothing: {did}")
    town.daemon.stop()
    return f"{note}, {sum(s.resent for s in sources)} batches sent again; {did['ingest']}"


def resets_stillness_and_partitions_lose_nothing():
    return through_rough(EVENTS)


# --- In a namespace. -----------------------------------------------------------------

namespaces = []


def leave_namespaces():
    end_children()
    for name in namespaces:
        subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
        subprocess.run(["ip", "link", "del", name], check=False, capture_output=True)


def must_run(*argv, input=None):
    done = subprocess.run(argv, capture_output=True, text=True, check=False, input=input)
    if done.returncode != 0:
        raise Skip(f"{' '.join(argv)}: {done.stderr.strip()}")


class Namespace:
    """A network of the daemon's own, at the end of a cable that can lose what it likes."""

    def __init__(self):
        for tool in ("ip", "nft"):
            if shutil.which(tool) is None:
                raise Skip(f"there is no {tool}: tools/setup installs it")
        if os.geteuid() != 0:
            raise Skip("only root can make a network namespace")
        self.name = f"fw{os.getpid() % 100000}"
        net = f"10.{200 + os.getpid() % 50}.{os.getpid() // 50 % 250}"
        self.address = f"{net}.2"
        namespaces.append(self.name)
        must_run("ip", "netns", "add", self.name)
        must_run("ip", "link", "add", self.name, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        must_run("ip", "addr", "add", f"{net}.1/24", "dev", self.name)
        must_run("ip", "link", "set", self.name, "up")
        must_run("ip", "-n", self.name, "addr", "add", f"{self.address}/24", "dev", "eth0")
        must_run("ip", "-n", self.name, "link", "set", "eth0", "up")
        must_run("ip", "-n", self.name, "link", "set", "lo", "up")
        self.rules()

    def wrap(self):
        return ["ip", "netns", "exec", self.name]

    def rules(self, *rules):
        """The rules for what comes in and goes out; none: nothing is lost."""
        lines = ["flush ruleset", "table inet bad {"]
        for chain in ("input", "output"):
            lines += [f"chain {chain} {{ type filter hook {chain} priority 0;", *(f"{rule};" for rule in rules), "}"]
        must_run(*self.wrap(), "nft", "-f", "-", input="\n".join(lines + ["}"]))


def wait_ms(random_, most):
    """Time itself is what is tried here."""
    select.select([], [], [], random_.uniform(0, most / 1000))


class Weather:
    """What the cable does by and by; called again and again while sources send."""

    def __init__(self, namespace, random_, town):
        self.namespace, self.random, self.town = namespace, random_, town
        self.changes_at = 0
        self.partitions = self.losses = self.resets = 0
        self.bad = False

    def __call__(self):
        if time.monotonic() < self.changes_at:
            return
        self.bad = not self.bad
        self.changes_at = time.monotonic() + self.random.uniform(0.02, 0.4 if self.bad else 0.2)
        if not self.bad:
            self.namespace.rules()
            self.town.raise_alert()
            return
        kind = self.random.randrange(3)
        if kind == 0:
            self.namespace.rules("drop")
            self.partitions += 1
        elif kind == 1:
            self.namespace.rules(f"numgen random mod 100 < {self.random.randrange(5, 40)} drop")
            self.losses += 1
        else:
            self.namespace.rules("meta l4proto tcp reject with tcp reset")
            self.resets += 1


def partitions_of_the_kernel_lose_nothing():
    random_ = random.Random(SEED)
    namespace = Namespace()
    config = "".join(f"  {role}: tcp://{namespace.address}:*\n" for role in ("ingest", "query", "alerts"))
    town = Town(random_, config="listen:\n" + config, wrap=namespace.wrap())
    at = {role: town.daemon.endpoint(role, tcp=True) for role in ("ingest", "query", "alerts")}
    monitor = town.monitor(at["alerts"], at["query"])
    office = town.tax(at["ingest"], 200)
    weather = Weather(namespace, random_, town)
    sources = town.sources(at["ingest"], EVENTS)
    until_done(sources, weather)
    more = 0
    while weather.partitions + weather.resets < PARTITIONS:
        more += 1
        for s in sources:
            s.batches = some_batches(random_, f"{s.source}-{more}", 500, FUNDS)
            s.done = False
        until_done(sources, weather)
    namespace.rules()
    wait_program(office)
    note = town.oracle(monitor, 200)
    town.daemon.stop()
    return (f"{note}, {weather.partitions} partitions, {weather.losses} losses, {weather.resets} resets, "
            f"{sum(s.resent for s in sources)} batches sent again")


if __name__ == "__main__":
    atexit.register(leave_namespaces)
    run(resets_stillness_and_partitions_lose_nothing, partitions_of_the_kernel_lose_nothing,
        must_fail("dedup_off", through_rough, 2000))
