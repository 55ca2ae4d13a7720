#!/usr/bin/python3
"""fundwatch-monitor is killed and started at random while alerts are raised, and the daemon sometimes too.
With --state it ends with every alert, each number at least once and none missing; and whatever PUB/SUB
carried meanwhile is in the store.

  FUNDWATCH_KILLS  how often (default 30)"""
import json

from harness import *

KILLS = int(os.environ.get("FUNDWATCH_KILLS", "30"))


class Monitor:
    """fundwatch-monitor, run after run; each run prints into a file of its own."""

    def __init__(self, daemon, state):
        self.daemon = daemon
        self.argv = [program("fundwatch-monitor"), "--json"]
        if state:
            self.argv += ["--after", "0", "--state", os.path.join(daemon.folder, "bookmark")]
        self.outputs = []
        self.process = None

    def start(self):
        path = os.path.join(self.daemon.folder, f"monitor-{len(self.outputs)}")
        self.outputs.append(path)
        with open(path, "wb") as to:
            self.process = spawn(self.argv, env=self.daemon.environment, stdout=to,
                                 stderr=subprocess.DEVNULL)

    def kill(self):
        kill_group(self.process)

    def alerts(self, output):
        """What a run printed; its last line may be cut."""
        with open(output, encoding="utf-8") as lines:
            whole = [line for line in lines if line.endswith("\n")]
        said = [json.loads(line) for line in whole]
        return [a for a in said if "number" in a and a.get("transition")]


def wait_or_die(seconds):
    """Lets time pass for what is to be killed at a random moment."""
    select.select([], [], [], seconds)


def monitored(state):
    random_ = random.Random(SEED)
    daemon = Daemon().init().start()
    client = Client(daemon)
    client.count(watched())
    monitor = Monitor(daemon, state)
    bell = open_socket(zmq.SUB, daemon.endpoint("alerts"))
    bell.subscribe(b"alert/")
    raised = 0
    for i in range(KILLS):
        monitor.start()
        end = time.monotonic() + random_.uniform(0.0, 0.15)
        while time.monotonic() < end:
            count = random_.randrange(1, 8)
            client.count([e for n in range(raised, raised + count) for e in alert_events(n)])
            raised += count
            wait_or_die(random_.uniform(0, 0.02))
        if i % 10 == 9:
            daemon.kill()
            daemon.start()
        monitor.kill()
    client.count(alert_events(raised))
    raised += 1
    stored = Client(daemon, "query").alerts()
    check_equal([a["number"] for a in stored], list(range(1, raised + 1)), "alerts in the store")
    monitor.start()
    last = monitor.outputs[-1]
    if state:
        wait_for(lambda: any(a["number"] == raised for a in monitor.alerts(last)) or monitor.process.poll(),
                 f"alert {raised} from the monitor")
    monitor.kill()
    while bell.poll(0):
        heard = unpack(bell.recv_multipart()[1])
        check(heard in stored, f"an alert was published that is not in the store: {heard}")
    by_number = {}
    for output in monitor.outputs:
        numbers = [a["number"] for a in monitor.alerts(output)]
        check_equal(numbers, sorted(set(numbers)), f"numbers that one run printed ({output})")
        by_number.update((a["number"], a) for a in monitor.alerts(output))
    missing = set(range(1, raised + 1)) - set(by_number)
    check(not missing, f"{len(missing)} of {raised} alerts are missing: {sorted(missing)[:10]}")
    for alert in stored:
        printed = by_number[alert["number"]]
        check_equal((printed["position"], printed["transition"]), (alert["position"], alert["transition"]),
                    f"alert {alert['number']}")
    times = sum(len(monitor.alerts(output)) for output in monitor.outputs)
    daemon.stop()
    return f"{KILLS} kills, {raised} alerts, {times - raised} printed twice"


def a_killed_monitor_misses_no_alert():
    return monitored(state=True)


def without_state_alerts_are_missed():
    """The control: the same without its memory has to be noticed."""
    try:
        note = monitored(state=False)
    except Failed as why:
        return f"noticed: {str(why)[:200]}"
    raise Failed(f"a monitor without memory missed nothing: {note}")


if __name__ == "__main__":
    run(a_killed_monitor_misses_no_alert, without_state_alerts_are_missed,
        must_fail("publish_before_commit", monitored, True))
