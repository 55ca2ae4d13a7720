#!/usr/bin/python3
"""E1: 30 % duplicates and a shuffled order end in the same balances, heads and states of rules as the
clean run.

  FUNDWATCH_EVENTS  how many (default 20000)"""
from harness import *

EVENTS = int(os.environ.get("FUNDWATCH_EVENTS", "20000"))
FUNDS = [FUND, "130208/390", "440800/310"]
RULES = dict(
    runway={"min_months": 12},
    coverage=[{"name": "registered", "numerator": "registered", "denominator": "registered", "deadline": 1231,
               "target": [9500, 9500]},
              {"name": "paid", "numerator": "paid", "denominator": "last_year", "deadline": 1231,
               "target": [1, 1]}])


def person(random_):
    return bytes([random_.randrange(256), random_.randrange(4)]) + b"\xff" * 14


def enrollments(random_, fund):
    """Of persons, now and then two on one day; and counts, some of one thing and day."""
    for i in range(EVENTS // 20):
        day = 20240101 + random_.randrange(12) * 100 + random_.randrange(28)
        yield event(f"n-{fund}-{i}", "enrollment", day, fund, person=person(random_), year=2024,
                    status=random_.choice(("normal", "normal", "paused", "ended")),
                    group=random_.choice(("ordinary", "full", "part")))
    for i in range(20):
        measure = random_.choice(("resident", "registered", "last_year"))
        yield event(f"p-{fund}-{random_.randrange(1 << 30)}", "population", 20240101 + random_.randrange(3), fund,
                    measure=measure, heads=700 + i)
        yield event(f"h-{fund}-{random_.randrange(1 << 30)}", "enrollment", 20240101 + random_.randrange(3), fund,
                    year=2024, heads=500 + i)


def case(random_):
    """What founds the funds, what may come in any order, and what ends the year."""
    first, body = [], []
    for fund in FUNDS:
        first += founding(fund, **RULES)
        body += enrollments(random_, fund)
        body += [event(f"d-{fund}-{m}", "day", 20240100 + 100 * m + 28, fund) for m in range(12)]
    while len(body) < EVENTS:
        e = money(f"m{len(body)}", random_, random_.choice(FUNDS), person=True)
        body.append(e)
        if random_.random() < 0.1:
            day = min(e["date"] % 100 + random_.randrange(3), 28)
            body.append(event(f"r{len(body)}", "reversal", e["date"] // 100 * 100 + day, e["fund"],
                              original=e["id"], amount=e["amount"]))
    last = [event(f"year-{fund}", "day", 20241231, fund) for fund in FUNDS]
    return first, body, last


def play(events, random_, allowed):
    """Sends in batches of random size.  Returns how often each outcome came."""
    first, body, last = events
    daemon = Daemon().init().start()
    client = Client(daemon)
    client.count(first)
    told, position = {}, 0
    while position < len(body):
        batch = body[position:position + random_.randrange(1, 600)]
        position += len(batch)
        for e, (word, detail) in zip(batch, outcomes(client.count(batch), len(batch))):
            check(word in allowed, f"{e} was {word} {detail}")
            told[word] = told.get(word, 0) + 1
    client.count(last)
    return daemon, told


def state(daemon):
    """What has to be the same: all that `status` and `report` say, but when a rule came to its level."""
    client = Client(daemon, "query")
    status = client.query("status")
    for fund in status:
        for rule in fund["rules"]:
            del rule["since"], rule["incident"]
    reports = [client.query("report", fund=fund, year=2024) for fund in FUNDS]
    for report in reports:
        del report["status"]
    days = [{(d["date"], d["kind"]): (d["count"], d["amount"]) for d in
             client.query("reconcile", source="tax")["days"] if d["kind"] != "day"}]
    verify_books(client)
    return status, reports, days


def shuffled_and_duplicated_is_the_same():
    random_ = random.Random(SEED)
    events = case(random_)
    clean, _ = play(events, random_, {"applied"})
    wanted = state(clean)
    everything = [*events[0], *events[1], *events[2]]
    compare_books(Client(clean, "query"), everything)
    firing = sum(rule["level"] != "normal" for fund in wanted[0] for rule in fund["rules"])
    check(firing > 0, "the case fires no rule, so their states say nothing")
    clean.stop()
    first, body, last = events
    mixed = body + random_.sample(body, len(body) * 3 // 10)
    random_.shuffle(mixed)
    for run_ in ("shuffled", "shuffled again"):
        daemon, told = play((first, mixed, last), random_, {"applied", "duplicate"})
        for got, want, what in zip(state(daemon), wanted, ("status", "reports", "days of the source")):
            check_equal(got, want, f"{what}, {run_}")
        daemon.stop()
        random_.shuffle(mixed)
    return f"{len(mixed)} events, {told}, {firing} rules firing"


if __name__ == "__main__":
    run(shuffled_and_duplicated_is_the_same,
        must_fail("dedup_off", shuffled_and_duplicated_is_the_same))
