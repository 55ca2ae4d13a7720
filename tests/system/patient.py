"""patient - sources that send again until they are answered, over networks that lose what they like."""
import heapq

import harness
from harness import *

AGAIN_S = 0.05          # without a reply for so long a batch is sent again, then after twice that
MOST_S = 2.0


class Patient:
    """A source with a window of batches on the way, each sent again until it is answered."""

    def __init__(self, truth, source, batches, connect):
        self.truth, self.source, self.connect = truth, source, connect
        self.client = connect()
        self.batches = iter(batches)
        self.waiting = {}           # ref: [frame, events, seconds until the next time]
        self.times = []             # heap of (when, ref)
        self.answered = self.resent = self.late = self.busy = 0
        self.done = False

    def send(self, ref):
        frame, _, patience_ = self.waiting[ref]
        self.client.send(frame)
        heapq.heappush(self.times, (time.monotonic() + patience_, ref))
        self.waiting[ref][2] = min(2 * patience_, MOST_S)

    def fill(self):
        while not self.done and len(self.waiting) < WINDOW:
            events = next(self.batches, None)
            if events is None:
                self.done = True
                return
            ref, frame = self.client.batch(events)
            self.truth.note_sent(self.source, events)
            self.waiting[ref] = [frame, events, AGAIN_S]
            self.send(ref)

    def send_again(self):
        while self.times and self.times[0][0] <= time.monotonic():
            _, ref = heapq.heappop(self.times)
            if ref in self.waiting:
                self.resent += 1
                self.send(ref)

    def hear(self):
        while self.client.socket.poll(0):
            reply = self.client.receive()
            check_reply(reply)
            if reply["ref"] not in self.waiting:
                self.late += 1
            elif reply["status"] == "busy":
                self.busy += 1
            else:
                check_equal(reply["status"], "done", "status")
                _, events, _ = self.waiting.pop(reply["ref"])
                self.truth.note_reply(self.source, events, reply)
                self.answered += 1

    def begin_again(self):
        """Over a new connection; what is on the way over the old one is lost."""
        self.client.close()
        self.client = self.connect()
        for ref in self.waiting:
            self.send(ref)

    def is_done(self):
        return self.done and not self.waiting


def until_done(sources, each=lambda: None):
    """Until every batch of every source is answered; each() is called now and then."""
    end, answered = time.monotonic() + patience(), -1
    while not all(s.is_done() for s in sources):
        for s in sources:
            s.fill()
            s.send_again()
        zmq.select([s.client.socket for s in sources], [], [], 0.01)
        for s in sources:
            s.hear()
        each()
        if (now := sum(s.answered for s in sources)) != answered:
            answered, end = now, time.monotonic() + patience()
        check(time.monotonic() < end, f"nothing is answered any more, after {answered} batches")


def some_batches(random_, name, events, funds):
    """So many events of money in batches of random size, now and then one that came before."""
    made, old = 0, []
    while made < events:
        batch = [money(f"{name}-{made + i}", random_, random_.choice(funds), person=True)
                 for i in range(random_.choice((1, 3, 20, 120)))]
        made += len(batch)
        if old and random_.random() < 0.2:
            batch.append(random_.choice(old))
        old.append(batch[0])
        yield batch


def helper(name, *arguments):
    """A program of this folder that prints "ready ..." and then works; the rest of that line."""
    process = spawn(["/usr/bin/python3", "-u", os.path.join(os.path.dirname(__file__), name), *map(str, arguments)],
                    stdout=subprocess.PIPE, bufsize=0)
    line = read_line(process) or ""
    check(line.startswith("ready"), f"{name} said {line}")
    return process, line.removeprefix("ready").strip()


def ended(process):
    """Ends a helper; the line in which it says what it did."""
    process.send_signal(signal.SIGTERM)
    return read_line(process)


CSV = "id,date,amount,category,year,fund\n"


def tax_rows(path, name, count, random_):
    """A file for fundwatch-tax, and the sum of its fen."""
    fen = [random_.randrange(1, 100000) for _ in range(count)]
    with open(path, "w", encoding="utf-8") as to:
        to.write(CSV + "".join(f"{name}-{i},2024-03-{i % 28 + 1:02d},{f // 100}.{f % 100:02d},personal,2024,{FUND}\n"
                               for i, f in enumerate(fen)))
    return sum(fen)


def tax_program(daemon, name, path, endpoint, *more):
    """fundwatch-tax over the file, going on; in the build with the seeded bug if there is one."""
    return spawn([program("fundwatch-tax", CONTROLS if harness.seeded_bug else BUILD), "--source", name, "--unit", "yuan",
                  "--quiet", "--timeout", str(int(DEADLINE)), "--endpoint", endpoint, "--spool", path + ".spool",
                  *more, path], env=daemon.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def wait_program(process):
    code = process.wait(patience())
    check_equal(code, 0, f"exit code of {os.path.basename(process.args[0])} ({process.stdout.read()[-300:]})")
