#!/usr/bin/python3
"""The client of examples/python, which was written from the protocol alone: it sends a batch and is told
what became of each event, and follows the alert that it caused."""
import json

from harness import *

EXAMPLES = os.path.join(ROOT, "examples/python")
COVERAGE = {"name": "resident", "numerator": "reported", "denominator": "resident", "deadline": 101,
            "target": [9500, 9500]}

BEFORE = [policy(coverage=[COVERAGE]), opening(),
          event("population", "population", 20240101, measure="resident", heads=1000)]
BATCH = [
    (event("fee", "contribution", amount=38000, category="personal", year=2024, person="0f" + "00" * 15), "applied"),
    (event("aid", "subsidy", amount=67000, category="city", year=2024, heads=100), "applied"),
    (event("fee", "contribution", amount=38000, category="personal", year=2024, person="0f" + "00" * 15), "duplicate"),
    (event("aid", "subsidy", amount=67001, category="city", year=2024, heads=100), "conflict"),
    (event("bill", "settlement", ammount=5, amount=5, category="inpatient"), "rejected unknown_field ammount"),
    (event("people", "enrollment", year=2024, heads=900), "applied"),
    (event("today", "day", 20240131), "applied"),
]


def example(daemon, name, *options, **more):
    return spawn(["/usr/bin/python3", "-u", os.path.join(EXAMPLES, name), *options], env=daemon.environment,
                 stdout=subprocess.PIPE, stderr=sys.stdout, bufsize=0, **more)


def produce(daemon, events, options):
    path = os.path.join(daemon.folder, "events.jsonl")
    with open(path, "w", encoding="utf-8") as to:
        to.writelines(json.dumps(e) + "\n" for e in events)
    process = example(daemon, "producer.py", "--source", "tax", "--timeout", str(int(DEADLINE * 1000)),
                      *options, path)
    lines = []
    while (line := read_line(process)) is not None:
        lines.append(line.split(" ", 1)[1])
    return lines, process.wait(DEADLINE)


def follow(daemon, producing, monitoring):
    lines, code = produce(daemon, BEFORE, producing)
    check_equal((len(lines), code), (3, 0), f"the beginning: {lines}")
    monitor = example(daemon, "monitor.py", "--place", "1302", "--after", "0", "--count", "2", *monitoring)

    lines, code = produce(daemon, [e for e, _ in BATCH], producing)
    for line, (e, wanted) in zip(lines, BATCH):
        check(line.startswith(wanted), f"{e['id']}: {line}, not {wanted}")
    check_equal((len(lines), code), (len(BATCH), 3), "outcomes")
    again, code = produce(daemon, [BATCH[0][0], BATCH[1][0]], producing)
    check_equal(([l.split()[0] for l in again], code), (["duplicate"] * 2, 0), "sent again")
    check_equal(again[0].split()[1], lines[0].split()[1], "position of the original")

    alert = json.loads(read_line(monitor))
    while alert["type"] == "state":
        alert = json.loads(read_line(monitor))
    check_equal((alert["number"], alert["rule"], alert["transition"], alert["num"], alert["den"]),
                (1, "coverage", "firing", 900, 1000), "the alert")
    daemon.stop()               # and it comes back: the monitor waits for it
    daemon.start()
    produce(daemon, [event("more", "enrollment", 20240201, year=2024, heads=990),
                     event("later", "day", 20240205)], producing)
    ended = json.loads(read_line(monitor))
    while ended["type"] == "state":
        ended = json.loads(read_line(monitor))
    check_equal((ended["number"], ended["transition"], ended["incident"]), (2, "ended", 1), "its end")
    check_equal(monitor.wait(DEADLINE), 0, "exit code of the monitor")


def over_ipc():
    daemon = Daemon().init().start()
    follow(daemon, [], [])


def over_tcp_with_curve():
    rights = {"tax": dict(sources=["tax"], kinds=["all"], places=["13"]),
              "watcher": dict(queries=["snapshot", "alerts"], places=["1302"], alerts="true")}
    daemon, server, keys = tcp_daemon(rights)
    daemon.start()
    # The ports stay when the daemon is started again.
    ports = {role: daemon.endpoint(role, tcp=True) for role in ("ingest", "query", "alerts")}
    daemon.config = "listen:\n" + "".join(f"  {role}: {port}\n" for role, port in ports.items())
    follow(daemon,
           ["--endpoint", ports["ingest"], "--server-key", server.public_path, "--key", keys["tax"].path],
           ["--endpoint", ports["alerts"], "--query-endpoint", ports["query"], f"--server-key={server.public}",
            "--key", keys["watcher"].path])


def a_wrong_key_gets_no_answer():
    daemon, server, _ = tcp_daemon({"tax": dict(sources=["tax"], kinds=["all"], places=["13"])})
    daemon.start()
    stranger = Key("stranger", daemon.folder)
    lines, code = produce(daemon, BEFORE, ["--endpoint", daemon.endpoint("ingest", True), "--timeout", "300",
                                           "--attempts", "2", "--server-key", server.public_path,
                                           "--key", stranger.path])
    check_equal((lines, code), ([], 4), "what a stranger is told")
    check_equal(Client(daemon, "query").query("info")["events"], 0, "events")


if __name__ == "__main__":
    run(over_ipc, over_tcp_with_curve, a_wrong_key_gets_no_answer)
