#!/usr/bin/python3
"""S6-S7, L1-L3: the daemon under more than it can take.  Its memory and descriptors stay bounded, others are served
meanwhile, and nothing that was acknowledged is lost.

  FUNDWATCH_PRESSURE_S      seconds of overload, of endless readers and of the soak each (default 7)
  FUNDWATCH_REFUSED         batches of floods that read nothing, which are refused (default 1000000)
  FUNDWATCH_DEATHS          rounds of peers that ask and die (default 8)
  FUNDWATCH_SUBSCRIPTIONS   topics of one subscriber (default 200000)
  FUNDWATCH_PARTS           parts of the message that does not end, 64 KiB each (default 6000)
  FUNDWATCH_HEARTBEATS      "whole": also that who does not answer them is sent away (20 s)
  FUNDWATCH_HALF_OPEN       connections that say nothing (default 300)"""
import itertools
import socket as sockets
import threading

from harness import *
from test_key_matrix import command, frame2, local_peer, ready_command, zmtp3
from test_overload import Flood

SECONDS = float(os.environ.get("FUNDWATCH_PRESSURE_S", "7"))
SUBSCRIPTIONS = int(os.environ.get("FUNDWATCH_SUBSCRIPTIONS", "200000"))
REFUSED = int(os.environ.get("FUNDWATCH_REFUSED", "1000000"))
DEATHS = int(os.environ.get("FUNDWATCH_DEATHS", "8"))
PARTS = int(os.environ.get("FUNDWATCH_PARTS", "6000"))
HALF_OPEN = int(os.environ.get("FUNDWATCH_HALF_OPEN", "300"))
WHOLE = os.environ.get("FUNDWATCH_HEARTBEATS") == "whole"
COMMITS = 300           # enough of them to see whether pages are used again


def descriptors(daemon):
    return len(os.listdir(f"/proc/{daemon.process.pid}/fd"))


class Gauge(threading.Thread):
    """The most memory that a daemon had while something went on."""

    def __init__(self, daemon):
        super().__init__(daemon=True)
        self.daemon_, self.start_bytes, self.most = daemon, memory(daemon), 0
        self.ending = threading.Event()

    def __enter__(self):
        self.start()
        return self

    def run(self):
        while not self.ending.wait(0.02):
            try:
                self.most = max(self.most, memory(self.daemon_))
            except (OSError, AttributeError):       # it has ended
                return

    def __exit__(self, *_):
        self.ending.set()
        self.join()

    def check(self, most=None):
        check(self.most - self.start_bytes < (most or room()), f"memory went from {self.start_bytes // MIB} to {self.most // MIB} MiB")

    def __str__(self):
        return f"{self.start_bytes // MIB} MiB at first, {self.most // MIB} at most"


class Calm(threading.Thread):
    """A source as it should be, beside whatever goes on: each batch has to be counted, and how long it waits."""

    def __init__(self, daemon, name="calm", pause=0.0):
        super().__init__(daemon=True)
        self.daemon_, self.name_, self.pause = daemon, name, pause
        self.random_ = random.Random(f"{SEED}-{name}")
        self.truth, self.slowest, self.count = Truth(), 0.0, 0
        self.ending, self.why = threading.Event(), None

    def __enter__(self):
        self.start()
        return self

    def run(self):
        client = Client(self.daemon_, source=self.name_)
        try:
            while not self.ending.is_set() or self.count < 20:
                events = [money(f"{self.name_}-{self.count}-{i}", self.random_) for i in range(10)]
                self.truth.note_sent(self.name_, events)
                began = time.monotonic()
                self.truth.note_reply(self.name_, events, self.counted(client, events))
                self.slowest = max(self.slowest, time.monotonic() - began)
                self.count += 1
                self.ending.wait(self.pause)
        except Exception as why:            # pylint: disable=broad-except
            self.why = why
        client.close()

    def counted(self, client, events):
        """The reply; nobody is waited for who has died."""
        end = time.monotonic() + patience()
        while True:
            try:
                reply = client.exchange(events, 3)
                if reply["status"] == "done":
                    return reply
                self.ending.wait(reply["retry_ms"] / 1000)
            except NoAnswer:
                check(self.daemon_.alive(), "the daemon has ended")
            check(time.monotonic() < end, "no answer")

    def __exit__(self, *_):
        self.ending.set()
        self.join(DEADLINE)
        check(self.why is None and not self.is_alive(), f"{self.name_} was not served: {self.why}")

    def __str__(self):
        return f"{self.name_}: {self.count} batches, {self.slowest * 1000:.0f} ms at most"


def founded(**options):
    daemon = Daemon(**options).init().start()
    Client(daemon, source="founder").count(founding())
    return daemon


def add_founding(truth):
    truth.note_sent("founder", founding())
    return truth


def ten_times_more_than_it_can_take():
    """Floods of ten sources, each with hundreds of batches on the way, and one that is calm."""
    random_ = random.Random(SEED)
    daemon = founded()
    floods = []
    for name in range(10):
        batches = [[money(f"{name}-{i}-{j}", random_) for j in range(50)] for i in range(100)]
        floods.append(Flood(daemon, batches, f"flood-{name}"))
    with Gauge(daemon) as gauge, Calm(daemon) as calm:
        for flood in floods:
            flood.start()
        wait_for(lambda: all(flood.told.get("busy") for flood in floods), "busy for all floods")
        end = time.monotonic() + SECONDS
        wait_for(lambda: time.monotonic() > end, "end of the time", SECONDS + DEADLINE)
        for flood in floods:
            flood.ending.set()
        for flood in floods:
            flood.join(DEADLINE)
            check(not flood.is_alive(), "a flood does not end")
    gauge.check()
    told = {}
    for flood in floods:
        for status, count in flood.told.items():
            told[status] = told.get(status, 0) + count
    check_equal(set(told), {"busy", "done"}, "what the floods were told")
    query = Client(daemon, "query")
    there = {s["source"]: s["applied"] for s in query.query("sources")["sources"]}
    check_equal(there["calm"], 10 * calm.count, "events of the calm source")
    verify_books(query)
    daemon.stop()
    return f"told {told}; {calm}; {gauge}"


def readers_that_never_end():
    """Some ask for the longest pages without a pause; some ask and never read an answer; one job after the other."""
    daemon = founded()
    ending = threading.Event()
    asked = itertools.count()

    def hungry():
        client = Client(daemon, "query")
        while not ending.is_set():
            client.pages("events", "events", 0, lambda data: data["next"], limit=1000)
            next(asked)
        client.close()

    def deaf():
        client = Client(daemon, "query")
        client.socket.rcvhwm = 1
        question = pack({"v": 1, "type": "query", "ref": 1, "query": "events", "limit": 1000})
        client.socket.sndtimeo = 100
        while not ending.is_set():
            try:
                client.socket.send(question)
            except zmq.Again:
                pass
            ending.wait(0.001)
        client.close()

    threads = [threading.Thread(target=f, daemon=True) for f in [hungry] * 4 + [deaf] * 4]
    with Gauge(daemon) as gauge, Calm(daemon) as calm:
        for thread in threads:
            thread.start()
        query = Client(daemon, "query")
        end = time.monotonic() + SECONDS
        while time.monotonic() < end or calm.count < COMMITS and calm.is_alive():
            check_equal(query.job("backup", path=os.path.join(temp_folder(), "b"))["state"], "done", "backup")
        ending.set()
        for thread in threads:
            thread.join(DEADLINE)
            check(not thread.is_alive(), "a reader hangs")
    gauge.check()
    events = add_founding(calm.truth).compare(daemon)
    used = query.query("info")["map_used"]
    check(used < 4 * MIB + 1000 * len(events), f"{used} bytes for {len(events)} events: readers keep old pages")
    daemon.stop()
    return f"{next(asked)} full readings; {calm}; {gauge}; map {used / MIB:.1f} MiB for {len(events)} events"


# Readers that always have as many questions waiting as the daemon lets them.
HUNGRY_PROGRAM = """
import sys, zmq
poller = zmq.Poller()
question = bytes.fromhex(sys.argv[2])
for i in range(8):
    s = zmq.Context.instance().socket(zmq.DEALER)
    s.connect(sys.argv[1])
    for j in range(16):
        s.send(question)
    poller.register(s, zmq.POLLIN)
for answered in range(1000000000):
    if answered == 100:
        print("hungry", flush=True)
    for s, _ in poller.poll():
        s.recv()
        s.send(question)
"""


def counter(daemon, name):
    """A counter of /metrics."""
    connection = sockets.create_connection(daemon.endpoints["http"].split(":"), DEADLINE)
    connection.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
    with connection.makefile() as page:
        return int(re.search(rf"^fundwatch_{name}_total (\d+)$", page.read(), re.M).group(1))


def answered(daemon):
    """Queries that the daemon has answered, refusals not counted."""
    return counter(daemon, "queries")


def calm_among_hungry(most, **question):
    """How many questions of others are answered before one of a reader who has just one; not more than `most`.  The
    least of some counts: those go on while this process waits for a processor to ask, or to count."""
    daemon = Daemon(config="http: 127.0.0.1:0\n").init().start()
    filler = Client(daemon, source="filler")
    filler.count(founding())
    filler.count([event(f"filler-{i}", "contribution", 20240105 + i % 20, amount=38000, category="personal", year=2024,
                        person=i.to_bytes(2, "big") + b"\xff" * 14) for i in range(8000)])
    filler.count([event("day", "day", 20241231)])
    asked = pack({"v": 1, "type": "query", "ref": 1, **question}).hex()
    hungry = spawn(["/usr/bin/python3", "-c", HUNGRY_PROGRAM, daemon.endpoint("query"), asked],
                   stdout=subprocess.PIPE, bufsize=0)
    check_equal(read_line(hungry), "hungry", "line of the hungry ones")
    calm = Client(daemon, "query")
    counts = []
    for _ in range(20):
        before = answered(daemon)
        calm.query("info")
        counts.append(answered(daemon) - before)
    kill_group(hungry)
    check(min(counts) < most, f"{min(counts)} questions of others are answered before one")
    daemon.stop()
    return f"{min(counts)} questions of others between two"


def every_reader_gets_its_turn():
    """It is one of nine; in the order in which they came 128 were before it."""
    return calm_among_hungry(30, query="events", limit=1000)


def what_takes_long_waits_for_itself():
    """In one lane it is one of nine."""
    return calm_among_hungry(4, query="churn", fund=FUND, **{"from": 20240101, "to": 20241231})


def while_it_lives(daemon, exchange):
    """Once more, if there is no answer; nobody is waited for who has died."""
    end = time.monotonic() + patience()
    while time.monotonic() < end:
        check(daemon.alive(), f"the daemon has ended: {daemon.log()[-200:]}")
        try:
            return exchange()
        except NoAnswer:
            pass
    raise NoAnswer("for long")


def who_asks_much_and_dies():
    """Peers send more than is taken at once, with heartbeats among it, read nothing, and are gone.  libzmq would abort
    the daemon if it ever stopped to read from one of them (daemon/listener.h)."""
    daemon = founded()
    Client(daemon, source="filler").count([money(f"filler-{i}") for i in range(1000)])
    question = pack({"v": 1, "type": "query", "ref": 1, "query": "events", "limit": 1000})
    batch = pack({"v": 1, "type": "batch", "ref": 1, "source": "mad", "events": []})
    ping = command(b"\x04PING" + bytes(2))
    sends = {"query": (b"DEALER", question), "ingest": (b"DEALER", batch), "alerts": (b"SUB", b"\x01alert/4401")}
    calm, query = Client(daemon, source="calm"), Client(daemon, "query")
    for _ in range(DEATHS):
        for role, (kind, message) in sends.items():
            try:
                peer = local_peer(daemon, role, kind)
                peer.sendall((frame2(message) + ping) * 200)
                peer.close()        # with what the daemon sent unread: the connection is reset
            except OSError as why:
                raise Failed(f"the daemon is gone: {why}") from why
        while_it_lives(daemon, lambda: calm.exchange([], 1))
        for _ in range(20):
            while_it_lives(daemon, lambda: query.ask("info", 1))
    verify_books(query)
    daemon.stop()
    return f"{DEATHS} rounds of 3 peers"


# A source that sends one message again and again, as fast as it can, and reads nothing.
DEAF_SOURCE_PROGRAM = """
import sys, zmq
s = zmq.Context().socket(zmq.DEALER)
s.linger, s.sndhwm, s.rcvhwm = 0, 100000, 10
s.curve_serverkey, s.curve_publickey, s.curve_secretkey = (key.encode() for key in sys.argv[2:5])
s.connect(sys.argv[1])
message = bytes.fromhex(sys.argv[5])
while True:
    s.send(message)
"""
UNREAD = 24 * MIB       # batches that nobody has taken need 4 MiB at most, and what replies need is not more


def sends_the_shortest(daemon, ending):
    """Over ipc, messages of no bytes: 2 on the way, some 64 in a queue."""
    peer = local_peer(daemon, "ingest", b"DEALER")
    try:
        while not ending.is_set():
            peer.sendall(frame2(b"") * 50000)
    except OSError:
        pass                    # it did not fit into the time, or the daemon is gone
    peer.close()


def who_sends_and_never_reads(enough=REFUSED):
    """Batches without end, which are refused or busy, and nobody reads the answers: the daemon's memory and its log
    stay small, each batch is counted, a source as it should be is served, and the daemon can be stopped."""
    daemon, server, keys = tcp_daemon({"mad": {"sources": ["x"], "kinds": ["all"], "places": ["1302"]}},
                                      more="http: 127.0.0.1:0\n")
    daemon.start()
    Client(daemon, source="founder").count(founding())
    messages = [pack({"v": 1, "type": "batch", "ref": 1, "source": name, "events": []}) for name in ("x", "y")]
    ending = threading.Event()
    shortest = threading.Thread(target=sends_the_shortest, args=(daemon, ending), daemon=True)
    before = len(daemon.log())
    with Gauge(daemon) as gauge, Calm(daemon, pause=0.01) as calm:
        floods = [spawn(["/usr/bin/python3", "-c", DEAF_SOURCE_PROGRAM, daemon.endpoint("ingest", True), server.public,
                         keys["mad"].public, keys["mad"].secret, message.hex()]) for message in messages + [b"\xc1"]]
        shortest.start()
        wait_for(lambda: counter(daemon, "batches_refused") > enough, "refusals of the floods")
    gauge.check(UNREAD)
    refused, busy = counter(daemon, "batches_refused"), counter(daemon, "batches_busy")
    lines = daemon.log()[before:].count("\n")
    check(lines < 30, f"{lines} lines in the log, of {refused} batches that were refused")
    verify_books(Client(daemon, "query"))
    daemon.stop()                       # while they go on
    ending.set()
    for flood in floods:
        kill_group(flood)
    shortest.join(DEADLINE)
    return f"{refused} refused, {busy} busy, {lines} lines in the log; {calm}; {gauge}"


def sent_until_held_up(peer, daemon, gauge):
    """Bytes that go into a connection, as the shortest messages that there are, before the system takes no more."""
    peer.settimeout(1)
    size = 0
    while True:
        gauge.check(UNREAD)
        try:
            size += peer.send(frame2(b"") * 50000)
        except TimeoutError:
            return size
        except OSError as why:
            raise Failed(f"the daemon is gone: {why}; {daemon.log()[-200:]}") from why


def what_nobody_takes_is_not_read():
    """Intake stands still, as it does while a disk does not answer: however much is sent, senders are held up before the
    daemon's memory grows, readers are served meanwhile, and afterwards everybody."""
    need_controls("unread_without_end")
    daemon = Daemon(config="http: 127.0.0.1:0\n")
    daemon.program = program("fundwatchd", CONTROLS)
    daemon.init()
    go, reached = os.path.join(daemon.folder, "go"), os.path.join(daemon.folder, "reached")
    os.mkfifo(go)
    daemon.environment.update(FUNDWATCH_FAILPOINT="intake.received:delay:2", FUNDWATCH_FAILPOINT_GO=go,
                              FUNDWATCH_FAILPOINT_LOG=reached)
    daemon.start()
    Client(daemon, source="founder").count(founding())
    calm, query = Client(daemon, source="calm"), Client(daemon, "query")
    ref, frame = calm.batch([])
    calm.send(frame)
    wait_for(lambda: os.path.exists(reached), "stand-still of intake")
    with Gauge(daemon) as gauge:
        peers = [local_peer(daemon, "ingest", b"DEALER") for _ in range(4)]
        sent = [sent_until_held_up(peer, daemon, gauge) for peer in peers]
        for _ in range(20):
            query.query("info")
        gauge.check(UNREAD)
        with open(go, "wb"):
            pass                        # intake goes on
        check_equal(calm.reply_to(ref)["status"], "done", "status of the batch at which intake stood still")
        for peer in peers:
            peer.close()
        for i in range(20):
            calm.count([money(f"after-{i}")])
    gauge.check(UNREAD)
    verify_books(query)
    daemon.stop()
    return f"{sum(sent) // 1024} KiB of {len(peers)} connections; {gauge}"


GREEDY_PROGRAM = """
import sys, zmq
s = zmq.Context().socket(zmq.XSUB)
s.sndhwm = 0
s.connect(sys.argv[1])
for i in range(int(sys.argv[2])):
    s.send(b"\\x01" + b"alert/%06d/%040d" % (i % 1000000, i))
print("asked", flush=True)
while True:
    s.recv()
"""


def hears_behind_many(daemon, wait_s):
    """Whether there is room for a new subscriber's 9,000 topics and the heartbeat behind them.  What is refused is never
    told, and comes no later: so it is for another try to find out when the daemon has noticed who is gone."""
    later = open_socket(zmq.SUB, daemon.endpoint("alerts"))
    for i in range(9000):
        later.subscribe(b"alert/%06d" % i)
    later.subscribe(b"heartbeat")
    heard = later.poll(wait_s * 1000)
    later.close()
    return heard


def subscriptions_without_end():
    """One subscriber with more topics than anybody may have; the others hear what they should."""
    daemon = founded()
    other = open_socket(zmq.SUB, daemon.endpoint("alerts"))
    other.subscribe(b"heartbeat")
    check(other.poll(int(patience() * 1000)), "no heartbeat")
    with Gauge(daemon) as gauge, Calm(daemon) as calm:
        greedy = spawn(["/usr/bin/python3", "-c", GREEDY_PROGRAM, daemon.endpoint("alerts"), str(SUBSCRIPTIONS)],
                       stdout=subprocess.PIPE, bufsize=0)
        check_equal(read_line(greedy), "asked", "line of the greedy one")
        client = Client(daemon, source="watched")
        client.count(watched("440800/390"))
        other.subscribe(b"alert/4408")
        heard = set()
        number = 0
        while not any(topic.startswith(b"alert/4408") for topic in heard):
            number += 1
            check(number < 100, "no alert is heard")
            client.count(alert_events(number, "440800/390"))
            while other.poll(100):
                heard.add(other.recv_multipart()[0])
    # ZeroMQ keeps what was refused as well, until its subscriber goes (RELIABILITY 18): so much and no more.
    gauge.check(room() + SUBSCRIPTIONS * 8192)
    kill_group(greedy)
    tries = itertools.count()
    wait_for(lambda: hears_behind_many(daemon, 2 << next(tries)), "heartbeat when the greedy one has gone")
    other.close()
    query = Client(daemon, "query")
    verify_books(query)
    daemon.stop()
    return f"{SUBSCRIPTIONS} subscriptions; {calm}; {gauge}"


def half_open_flood_with_few_descriptors():
    """Connections that say nothing take all that there are: who is connected is served; when they go others come."""
    daemon, _, _ = tcp_daemon({}, wrap=("prlimit", "--nofile=100:100"))
    daemon.start()
    Client(daemon, source="founder").count(founding())
    host, port = daemon.endpoint("ingest", tcp=True).removeprefix("tcp://").rsplit(":", 1)
    idle = []
    with Gauge(daemon) as gauge, Calm(daemon) as calm:
        wait_for(lambda: calm.count > 0, "first batch")
        for i in range(HALF_OPEN):
            idle.append(sockets.create_connection((host, int(port)), DEADLINE))
            if i % 3:
                idle[-1].sendall(b"\xff" + bytes(8) + b"\x7f"[:i % 2])
        wait_for(lambda: descriptors(daemon) >= 65, "few descriptors left")
        before = calm.count
        wait_for(lambda: not daemon.alive() or calm.count > before + 20, "batches of who is connected")
        query_job_without_descriptors(daemon)
        for connection in idle:
            connection.close()
        check(daemon.alive(), "the daemon has ended")
        wait_for(lambda: descriptors(daemon) < 60, "descriptors again")
        check_equal(words(Client(daemon, source="late").count([money("late")]), 1), ["applied"], "who comes late")
    gauge.check()
    check_equal(Client(daemon, "query").query("info")["events"], 2 + 1 + 10 * calm.count, "events")
    daemon.stop()
    return f"{HALF_OPEN} connections; {calm}; {gauge}"


def query_job_without_descriptors(daemon):
    """A backup may fail then, by name; it may not take the daemon with it."""
    check(daemon.alive(), "the daemon has ended")
    query = Client(daemon, "query")
    try:
        job = query.query("backup", path=os.path.join(temp_folder(), "b"))["job"]
        ended = wait_for(lambda: query.job_ended(job), "end of the backup")
        check(ended["state"] in ("done", "failed"), f"backup: {ended}")
    except NoAnswer:                    # it could not even connect
        pass
    query.close()


def who_only_connects_is_sent_away():
    """At each socket, when he has said nothing for the time of a handshake."""
    daemon, _, _ = tcp_daemon({})
    daemon.start()
    silent = []
    for role in ("ingest", "query", "alerts"):
        local = sockets.socket(sockets.AF_UNIX)
        local.connect(daemon.endpoint(role).removeprefix("ipc://"))
        host, port = daemon.endpoint(role, tcp=True).removeprefix("tcp://").rsplit(":", 1)
        silent += [(f"{role} over ipc", local), (f"{role} over tcp", sockets.create_connection((host, int(port))))]
    for where, connection in silent:
        connection.settimeout(patience())
        try:
            while connection.recv(1000):        # the daemon's greeting comes first
                pass
        except ConnectionError:
            pass
        except TimeoutError:
            raise Failed(f"{where}: nothing happens") from None
        connection.close()
    daemon.stop()


def who_says_nothing_is_asked():
    """Whether he is still there: at each socket; and who does not answer is sent away (FUNDWATCH_HEARTBEATS=whole)."""
    daemon = Daemon().init().start()
    peers = [(role, local_peer(daemon, role, kind))
             for role, kind in (("ingest", b"DEALER"), ("query", b"DEALER"), ("alerts", b"SUB"))]
    for role, peer in peers:
        try:
            check(b"\x04PING" in peer.recv(1000), f"{role}: something else comes")
            while WHOLE and peer.recv(1000):
                pass
        except ConnectionError:
            pass
        except TimeoutError:
            raise Failed(f"{role}: nobody asks, or waits for an answer") from None
        peer.close()
    daemon.stop()


class Endless:
    """A source of our own, byte by byte: libzmq keeps a message until its last part is there."""
    PART = b"\x03" + (65536).to_bytes(8, "big") + bytes(65536)      # another follows; a long one

    def __init__(self, daemon):
        self.socket = sockets.socket(sockets.AF_UNIX)
        self.socket.settimeout(1)
        self.socket.connect(daemon.endpoint("ingest").removeprefix("ipc://"))
        self.socket.sendall(zmtp3(b"NULL", ready_command()))

    def send(self, daemon):
        """False if it did not go out; it is begun again when the daemon has gone."""
        try:
            self.socket.sendall(self.PART)
            return True
        except TimeoutError:
            return False
        except OSError:
            self.socket.close()
            if daemon.alive():
                self.__init__(daemon)
            return False


def a_message_that_does_not_end():
    """Nothing bounds the parts of a message but the memory that the process may have, and the heartbeats that a sender
    has to answer: within that the others are served; beyond it the daemon ends, starts again, and has what it acknowledged."""
    with plain_programs():              # a sanitizer needs more than that for itself
        daemon = Daemon(wrap=("prlimit", f"--data={256 * MIB}"))    # what a limit of the unit does
    daemon.init().start()
    Client(daemon, source="founder").count(founding())
    random_ = random.Random(SEED)
    truth, calm, endless = add_founding(Truth()), Client(daemon, source="calm"), Endless(daemon)
    ended = most = 0
    for number in range(PARTS):
        endless.send(daemon)
        if number % 50 == 0:
            events = [money(f"e{number}", random_)]
            truth.note_sent("calm", events)
            reply = None
            while reply is None:
                if not daemon.alive():
                    ended += 1
                    daemon.start()
                    calm.close()
                    calm = Client(daemon, source="calm")
                try:
                    reply = calm.exchange(events, 2)
                except NoAnswer:
                    calm.close()
                    calm = Client(daemon, source="calm")
            truth.note_reply("calm", events, reply)
            most = max(most, memory(daemon))
    endless.socket.close()
    daemon.kill()
    daemon.wrap = []                    # what verifies needs room
    daemon.start()
    truth.compare(daemon)
    daemon.stop()
    return f"{PARTS} parts of 64 KiB; {most // MIB} MiB at most; started again {ended} times"


def many_batches_take_no_more_than_few():
    """Ten times as many batches, of what is known already: memory stays where it was."""
    few = 150
    daemon = founded()
    client = Client(daemon, source="again")
    known = [money(f"k{i}", random.Random(i)) for i in range(20)]
    def send(batches):
        for _ in range(batches):
            client.count(known)
        return memory(daemon)
    after_few = send(few)
    grown = send(9 * few) - after_few
    check(grown < 4 * MIB, f"{9 * few} batches more took {grown // 1024} KiB")
    client.close()
    daemon.stop()
    return f"{grown // 1024} KiB for {9 * few} batches"


def soak():
    """Sources, queries, backups and a subscriber at once; memory and descriptors do not creep."""
    daemon = founded()
    Client(daemon, source="founder").count([event("d", "day", 20240102)])
    bell = open_socket(zmq.SUB, daemon.endpoint("alerts"))
    bell.subscribe(b"")
    query = Client(daemon, "query")
    samples = []
    with Calm(daemon, "a", 0.001) as a, Calm(daemon, "b", 0.005) as b, Calm(daemon, "c", 0.05) as c:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            query.query("status")
            query.query("report", fund=FUND, year=2024)
            query.query("health")
            path = os.path.join(temp_folder(), "b")
            check_equal(query.job("backup", path=path)["state"], "done", "backup")
            shutil.rmtree(path)
            while bell.poll(0):
                bell.recv_multipart()
            samples.append((memory(daemon), descriptors(daemon)))
    truth = Truth()
    truth.note_sent("founder", [event("d", "day", 20240102)])
    for calm in (a, b, c):
        truth.sent.update(calm.truth.sent)
        truth.told.update(calm.truth.told)
    events = add_founding(truth).compare(daemon)
    half = samples[len(samples) // 2:]
    grown = max(m for m, _ in half) - max(m for m, _ in samples[:len(samples) // 2 + 1])
    check(grown < 64 * MIB, f"memory grew by {grown // MIB} MiB in the second half")
    check(max(n for _, n in half) <= max(n for _, n in samples[:len(samples) // 2 + 1]) + 8, f"descriptors: {samples}")
    daemon.stop()
    return f"{len(events)} events, {len(samples)} backups; {a}; {b}; {c}; {samples[-1][0] // MIB} MiB in the end"


if __name__ == "__main__":
    run(ten_times_more_than_it_can_take, readers_that_never_end, every_reader_gets_its_turn,
        what_takes_long_waits_for_itself, who_asks_much_and_dies, as_shipped(subscriptions_without_end),
        who_only_connects_is_sent_away, who_says_nothing_is_asked,
        without_sanitizers(who_sends_and_never_reads), what_nobody_takes_is_not_read,
        half_open_flood_with_few_descriptors, a_message_that_does_not_end,
        without_sanitizers(many_batches_take_no_more_than_few),
        without_sanitizers(soak),       # those keep what was freed for a while, up to 256 MiB
        must_fail("one_lane", what_takes_long_waits_for_itself),
        must_fail("no_handshake_end", who_only_connects_is_sent_away, silence=8),
        must_fail("no_heartbeats", who_says_nothing_is_asked, silence=8),
        must_fail("stops_reading", who_asks_much_and_dies),
        must_fail("unread_without_end", what_nobody_takes_is_not_read), must_fail("each_line", who_sends_and_never_reads, 10000),
        must_fail("last_descriptor", half_open_flood_with_few_descriptors),
        must_fail("snapshot_kept", readers_that_never_end), must_fail("descriptor_kept", soak),
        must_fail("batches_kept", many_batches_take_no_more_than_few))
