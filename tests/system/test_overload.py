#!/usr/bin/python3
"""L2, L3: a source that floods is told busy and another is served; subscribers that are stuck do not keep
alerts from the others.

  FUNDWATCH_STUCK   subscribers that stop (default 100), and
  FUNDWATCH_LISTENING  those that do not (default 100)
  FUNDWATCH_FLOOD   batches of the source that floods (default 300)"""
import itertools
import json
import threading

from harness import *

LISTENING = int(os.environ.get("FUNDWATCH_LISTENING", "100"))
STUCK = int(os.environ.get("FUNDWATCH_STUCK", "100"))
FLOOD = int(os.environ.get("FUNDWATCH_FLOOD", "300"))
ON_THE_WAY = 1500       # batches of the flood that wait for an answer; the daemon has places for fewer


class Flood(threading.Thread):
    """A source that takes no notice of its window: hundreds of batches on the way all the time."""

    def __init__(self, daemon, batches, source="flood"):
        super().__init__(daemon=True)
        self.client = Client(daemon, source=source)
        self.frames = [self.client.batch(events)[1] for events in batches]
        self.told = {}
        self.ending = threading.Event()

    def run(self):
        frames, on_the_way = itertools.cycle(self.frames), 0
        while not self.ending.is_set():
            for frame in itertools.islice(frames, ON_THE_WAY - on_the_way):
                self.client.send(frame)
            on_the_way = ON_THE_WAY
            while self.client.socket.poll(500):
                status = unpack(self.client.socket.recv())["status"]
                self.told[status] = self.told.get(status, 0) + 1
                on_the_way -= 1
                if on_the_way < ON_THE_WAY // 2:
                    break
            else:
                on_the_way = 0          # what is beyond the window may also be told nothing
        self.client.close()


def one_floods_and_another_is_served():
    random_ = random.Random(SEED)
    daemon = Daemon().init().start()
    Client(daemon, source="founder").count(founding())
    batches = [[money(f"f{i}-{j}", random_) for j in range(100)] for i in range(FLOOD)]
    flood = Flood(daemon, batches)
    flood.start()
    calm = Client(daemon, source="calm")
    wait_for(lambda: flood.told.get("busy", 0) > ON_THE_WAY, "busy for the flood")
    slowest = 0
    try:
        for i in range(300):
            start = time.monotonic()
            reply = calm.exchange([money(f"c{i}", random_)])
            check_equal(reply["status"], "done", f"status of the calm source's batch {i}")
            slowest = max(slowest, time.monotonic() - start)
    finally:
        flood.ending.set()
        flood.join(DEADLINE)
    check(not flood.is_alive(), "the flood does not end")
    check_equal(set(flood.told), {"busy", "done"}, "what the flood was told")
    patient = Client(daemon, source="flood")
    for events in batches:              # busy took nothing, so the same may be sent again
        patient.count(events)
    query = Client(daemon, "query")
    check_equal(query.query("info")["events"], 2 + 300 + 100 * FLOOD, "events")
    applied = {s["source"]: s["applied"] for s in query.query("sources")["sources"]}
    check_equal(applied["flood"], 100 * FLOOD, "events of the flood")
    verify_books(query)
    daemon.stop()
    return f"the flood was told {flood.told}; the calm source waited {slowest * 1000:.0f} ms at most"


def a_key_with_many_names_leaves_room_for_another():
    """One key under which a pattern of sources floods, in 240 names, each of which keeps to its window."""
    daemon, server, keys = tcp_daemon({"mad": {"sources": ["x.*"], "kinds": ["all"], "places": [""]},
                                       "good": {"sources": ["calm"], "kinds": ["all"], "places": [""]}})
    daemon.start()
    Client(daemon, source="founder").count(founding())
    ending, told = threading.Event(), {}

    def flood():
        client = Client(daemon, tcp=True, server=server, key=keys["mad"])
        frames = []
        for name in range(240):
            client.source = f"x.{name}"
            frames += [client.batch([money(f"w{j}") for j in range(40)])[1] for _ in range(8)]
        frames, on_the_way = itertools.cycle(frames), 0
        while not ending.is_set():
            for frame in itertools.islice(frames, ON_THE_WAY - on_the_way):
                client.send(frame)
            on_the_way = ON_THE_WAY
            while on_the_way > ON_THE_WAY // 2 and client.socket.poll(500):
                status = unpack(client.socket.recv())["status"]
                told[status] = told.get(status, 0) + 1
                on_the_way -= 1
        client.close()
    thread = threading.Thread(target=flood, daemon=True)
    thread.start()
    calm = Client(daemon, source="calm", tcp=True, server=server, key=keys["good"])
    wait_for(lambda: told.get("busy", 0) > 100, "busy for the flood")
    try:
        for i in range(100):
            check_equal(calm.exchange([money(f"c{i}")])["status"], "done", f"status of the calm source's batch {i}")
    finally:
        ending.set()
        thread.join(DEADLINE)
    check(not thread.is_alive(), "the flood does not end")
    verify_books(Client(daemon, "query"))
    daemon.stop()
    return f"the flood was told {told}"


def a_window_of_batches():
    """As many as the reply says are taken, at least; beyond it the daemon may say busy."""
    daemon = Daemon(config="window: 4\nretry: 35ms\n").init().start()
    client = Client(daemon)
    reply = client.count(founding())
    check_equal(reply["window"], 4, "window")
    for i in range(200):
        for _ in range(4):
            _, frame = client.batch([money(f"w{i}-{next(refs)}")])
            client.send(frame)
        for _ in range(4):
            check_equal(client.receive()["status"], "done", "a batch within the window")
    daemon.stop()


# Subscribers with a connection each, in one process, which hear something before they are stopped.
STUCK_PROGRAM = """
import sys, zmq
context = zmq.Context()
sockets = [context.socket(zmq.SUB) for _ in range(int(sys.argv[2]))]
for s in sockets:
    s.subscribe(b"")
    s.connect(sys.argv[1])
for s in sockets:
    s.recv()
print("hears", flush=True)
while True:
    for s in sockets:
        s.recv()
"""


def stuck_subscribers_keep_nothing_from_the_others():
    daemon = Daemon().init().start()
    client = Client(daemon)
    funds = [f"13{i:02d}{j:02d}/390" for i in range(1, 11) for j in range(1, 6)]
    for fund in funds:
        client.count(watched(fund))
    stuck = spawn(["/usr/bin/python3", "-c", STUCK_PROGRAM, daemon.endpoint("alerts"), str(STUCK)],
                  stdout=subprocess.PIPE, bufsize=0)
    check_equal(read_line(stuck), "hears", "line of the subscribers")
    stuck.send_signal(signal.SIGSTOP)
    listening = [open_socket(zmq.SUB, daemon.endpoint("alerts")) for _ in range(LISTENING)]
    for socket in listening:
        socket.subscribe(b"")
    for socket in listening:
        check(socket.poll(int(patience() * 1000)), "no heartbeat")
    monitor = spawn(["/usr/bin/python3", "-u", os.path.join(ROOT, "examples/python/monitor.py"), "--after", "0"],
                    env=daemon.environment, stdout=subprocess.PIPE, bufsize=0)
    bell = open_socket(zmq.SUB, daemon.endpoint("alerts"))
    bell.subscribe(b"alert/1301")
    bell.subscribe(b"heartbeat")        # what comes first shows that both subscriptions have arrived
    check(bell.poll(int(patience() * 1000)), "no heartbeat")
    bell.recv_multipart()
    bell.unsubscribe(b"heartbeat")
    raised = 0
    slowest = 0
    before = memory(daemon)
    for day in range(60):
        start = time.monotonic()
        client.count([e for fund in funds for e in alert_events(day, fund)])
        slowest = max(slowest, time.monotonic() - start)
        raised += len(funds)
    numbers = [0]
    while numbers[-1] < raised:
        line = read_line(monitor)
        check(line is not None, f"the monitor ended after {numbers[-1]} alerts")
        said = json.loads(line)
        if said["type"] == "alert":
            numbers.append(said["number"])
    check_equal(numbers, list(range(raised + 1)), "alerts that the monitor printed")
    heard = 0
    while bell.poll(int(patience() * 1000) if heard < raised // 10 else 0):      # what was published may still be on the way
        topic, _ = bell.recv_multipart()
        if topic == b"heartbeat":
            continue
        check(topic.startswith(b"alert/1301"), f"topic {topic}")
        heard += 1
    check_equal(heard, raised // 10, "alerts that PUB/SUB carried to a prefix")
    for socket in listening:
        count = 0
        while count < raised:
            check(socket.poll(int(patience() * 1000)), f"one that listens heard {count} of {raised}")
            count += not socket.recv_multipart()[0].startswith(b"heartbeat")
        socket.close()
    check(memory(daemon) - before < room(), f"memory went from {before // MIB} to {memory(daemon) // MIB} MiB")
    check(stuck.poll() is None, "the stuck subscribers are not stuck but gone")
    check_equal(words(client.count([money("after", fund=funds[0])]), 1), ["applied"], "an event afterwards")
    note = (f"{STUCK} stuck of {STUCK + LISTENING}, {raised} alerts; "
            f"a commit with {len(funds)} alerts took {slowest * 1000:.0f} ms at most; "
            f"{before // MIB} MiB at first, {memory(daemon) // MIB} in the end")
    daemon.stop()
    return note


if __name__ == "__main__":
    run(one_floods_and_another_is_served, a_key_with_many_names_leaves_room_for_another, a_window_of_batches, stuck_subscribers_keep_nothing_from_the_others,
        must_fail("source_quota", a_key_with_many_names_leaves_room_for_another),
        must_fail("no_quota", one_floods_and_another_is_served),
        must_fail("nodrop", stuck_subscribers_keep_nothing_from_the_others, silence=20))
