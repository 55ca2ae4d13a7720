#!/usr/bin/python3
"""L2, L3: a source that floods is told busy and another is served; subscribers that are stuck do not keep
alerts from the others.

  FUNDWATCH_STUCK   subscribers that stop (default 20)
  FUNDWATCH_FLOOD   batches of the source that floods (default 3000)"""
import json

from harness import *

STUCK = int(os.environ.get("FUNDWATCH_STUCK", "20"))
FLOOD = int(os.environ.get("FUNDWATCH_FLOOD", "3000"))


def answers_to_flood(flood, batches):
    """Refs by status.  Beyond its window a source may also be told nothing; then it sends again."""
    told, lost, waiting = {}, 0, set(batches)
    while waiting:
        try:
            reply = flood.receive(2.0)
        except NoAnswer:
            lost += len(waiting)
            for ref in waiting:
                flood.send(batches[ref])
            continue
        check_reply(reply)
        if reply["ref"] in waiting:
            waiting.remove(reply["ref"])
            told.setdefault(reply["status"], []).append(reply["ref"])
    return told, lost


def one_floods_and_another_is_served():
    random_ = random.Random(SEED)
    daemon = Daemon().init().start()
    Client(daemon, source="founder").count(founding())
    flood, calm = Client(daemon, source="flood"), Client(daemon, source="calm")
    batches = {}
    for i in range(FLOOD):
        ref, frame = flood.batch([money(f"f{i}-{j}", random_) for j in range(20)])
        batches[ref] = frame
    for frame in batches.values():
        flood.send(frame)
    slowest = 0
    for i in range(50):
        start = time.monotonic()
        reply = calm.exchange([money(f"c{i}", random_)])
        check_equal(reply["status"], "done", f"the calm source's batch {i}")
        slowest = max(slowest, time.monotonic() - start)
    told, lost = answers_to_flood(flood, batches)
    check_equal(set(told), {"busy", "done"}, "what the flood is told")
    for ref in told["busy"]:            # busy took nothing, so the same may be sent again
        while True:
            flood.send(batches[ref])
            if flood.reply_to(ref)["status"] == "done":
                break
    query = Client(daemon, "query")
    check_equal(query.query("info")["events"], 2 + 50 + 20 * FLOOD, "events")
    applied = {s["source"]: s["applied"] for s in query.query("sources")["sources"]}
    check_equal(applied["flood"], 20 * FLOOD, "events of the flood")
    verify_books(query)
    daemon.stop()
    return f"{len(told['busy'])} of {FLOOD} batches busy, {lost} not answered at first; the calm one waited {slowest * 1000:.0f} ms at most"


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


STUCK_PROGRAM = """
import sys, zmq
s = zmq.Context().socket(zmq.SUB)
s.subscribe(b"")
s.connect(sys.argv[1])
s.recv()
print("hears", flush=True)
while True:
    s.recv()
"""


def stuck_subscribers_keep_nothing_from_the_others():
    daemon = Daemon().init().start()
    client = Client(daemon)
    funds = [f"13{i:02d}{j:02d}/390" for i in range(1, 11) for j in range(1, 6)]
    for fund in funds:
        client.count(watched(fund))
    stuck = [spawn(["/usr/bin/python3", "-c", STUCK_PROGRAM, daemon.endpoint("alerts")], stdout=subprocess.PIPE,
                   bufsize=0) for _ in range(STUCK)]
    for process in stuck:
        check_equal(read_line(process), "hears", "line of a subscriber")
    for process in stuck:
        process.send_signal(signal.SIGSTOP)
    monitor = spawn(["/usr/bin/python3", "-u", os.path.join(ROOT, "examples/python/monitor.py"), "--after", "0"],
                    env=daemon.environment, stdout=subprocess.PIPE, bufsize=0)
    bell = open_socket(zmq.SUB, daemon.endpoint("alerts"))
    bell.subscribe(b"alert/1301")
    raised = 0
    slowest = 0
    for day in range(60):
        start = time.monotonic()
        client.count([e for fund in funds for e in alert_events(day, fund)])
        slowest = max(slowest, time.monotonic() - start)
        raised += len(funds)
    numbers = [0]
    while numbers[-1] < raised:
        said = json.loads(read_line(monitor))
        if said["type"] == "alert":
            numbers.append(said["number"])
    check_equal(numbers, list(range(raised + 1)), "alerts that the monitor printed")
    heard = 0
    while bell.poll(0):
        topic, _ = bell.recv_multipart()
        check(topic.startswith(b"alert/1301"), f"topic {topic}")
        heard += 1
    check_equal(heard, raised // 10, "alerts that PUB/SUB carried to a prefix")
    for process in stuck:
        check(process.poll() is None, "a stuck subscriber is not stuck but gone")
    check_equal(words(client.count([money("after", fund=funds[0])]), 1), ["applied"], "an event afterwards")
    daemon.stop()
    return f"{STUCK} stuck, {raised} alerts; a commit with {len(funds)} alerts took {slowest * 1000:.0f} ms at most"


if __name__ == "__main__":
    run(one_floods_and_another_is_served, a_window_of_batches, stuck_subscribers_keep_nothing_from_the_others,
        must_fail("no_quota", one_floods_and_another_is_served),
        must_fail("nodrop", stuck_subscribers_keep_nothing_from_the_others))
