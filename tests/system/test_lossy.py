#!/usr/bin/python3
"""E3: of what sources send and are told 10 to 50 % is lost, comes twice, late and in another order; they send again
until they are answered.  Everything counts once, and every position told is true.

  FUNDWATCH_LOSSY  events (default 10000)"""
import json

from harness import *
from patient import ended, helper, Patient, some_batches, tax_program, tax_rows, until_done, wait_program

EVENTS = int(os.environ.get("FUNDWATCH_LOSSY", "10000"))
FUNDS = [FUND, "440800/390"]
SOURCES = ("tax", "hospital-1", "hospital-2")


def bad_network(daemon, random_, **chances):
    """Between the daemon and whoever connects to the endpoint that is returned."""
    front = f"ipc://{temp_folder()}/front.sock"
    chances = {"lose_reply": random_.randrange(10, 51), "lose_request": random_.randrange(0, 21),
               "twice": random_.randrange(0, 21), "late": random_.randrange(0, 31), "late_ms": 60,
               "give_up": random_.choice((0, 1, 3))} | chances
    words_ = [f"{name}={value}" for name, value in chances.items()]
    process, _ = helper("lossy.py", front, daemon.endpoint("ingest"), random_.randrange(1 << 32), *words_)
    return process, front, " ".join(words_)


class Through:
    """Stands for the daemon where a client asks for its endpoint."""

    def __init__(self, endpoint):
        self.endpoint = lambda role, tcp=False: endpoint


def begin():
    daemon = Daemon().init().start()
    truth = Truth()
    client = Client(daemon, source="founder")
    first = [e for fund in FUNDS for e in founding(fund)]
    truth.note_sent("founder", first)
    truth.note_reply("founder", first, client.count(first))
    return daemon, truth, client


def oracle(daemon, truth, client):
    truth.note_sent("founder", close_year(client, FUNDS))
    found = truth.compare(daemon)
    check_equal(len(found), len(truth.sent), "everything that was sent is there")
    return len(found)


def lost_and_sent_again(events):
    random_ = random.Random(SEED)
    daemon, truth, client = begin()
    network, front, chances = bad_network(daemon, random_)
    sources = [Patient(truth, name, some_batches(random_, name, events // len(SOURCES), FUNDS),
                       lambda name=name: Client(Through(front), source=name)) for name in SOURCES]
    until_done(sources)
    did = json.loads(ended(network))
    check(did["lost_replies"] > 0, f"the network lost nothing: {did}")
    found = oracle(daemon, truth, client)
    daemon.stop()
    return (f"{chances}: {found} events, {sum(s.resent for s in sources)} batches sent again, "
            f"{sum(s.late for s in sources)} late replies, {did}")


def half_is_lost_and_everything_counts_once():
    return lost_and_sent_again(EVENTS)


def the_real_clients_send_again(count=150):
    """fundwatch-tax, three at once, through the same; what one has sent is safe only when it is answered."""
    random_ = random.Random(SEED)
    daemon, truth, client = begin()
    network, front, _ = bad_network(daemon, random_, lose_request=20, lose_reply=30)
    paths = {name: os.path.join(temp_folder(), name + ".csv") for name in SOURCES}
    wanted = sum(tax_rows(path, name, count, random_) for name, path in paths.items())
    for process in [tax_program(daemon, name, path, front, "--batch", "25") for name, path in paths.items()]:
        wait_program(process)
    did = json.loads(ended(network))
    check(did["lost_requests"] + did["lost_replies"] > 0, f"the network lost nothing: {did}")
    close_year(client, FUNDS)
    query = Client(daemon, "query")
    applied = {s["source"]: s["applied"] for s in query.query("sources")["sources"]}
    check_equal([applied[name] for name in SOURCES], [count] * len(SOURCES), "events of each source")
    check_equal(query.query("report", fund=FUND, year=2024)["income"], wanted, "income")
    verify_books(query)
    daemon.stop()
    return f"{did}"


if __name__ == "__main__":
    run(half_is_lost_and_everything_counts_once, the_real_clients_send_again,
        must_fail("dedup_off", lost_and_sent_again, 2000),
        must_fail("forget_at_send", the_real_clients_send_again))
