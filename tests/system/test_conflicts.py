#!/usr/bin/python3
"""E2: the same id with any one field changed is a conflict, and changes nothing.

Every field of every kind is changed, taken away and, where it was absent, added.
  FUNDWATCH_CONFLICTS  of random events, how many are changed in a random way (default 1000)"""
from harness import *

COUNT = int(os.environ.get("FUNDWATCH_CONFLICTS", "1000"))
AT_ONCE = 200
OTHER_FUND = "130208/390"
P = bytes(range(16))
Q = bytes(range(1, 17))

# What else a field may hold in an event that is good in itself.
OTHER = {
    "fund": OTHER_FUND, "date": 20240116, "amount": 777, "person": Q, "person_key": 2, "year": 2025,
    "from": 202402, "to": 202411, "original": "X-2", "institution": "H2", "cost": 900, "in_policy": 401,
    "catastrophic": 2, "medical_aid": 3, "funds_total": 4, "self_pay": 5, "status": "paused",
    "group": "student", "measure": "registered", "cleared": 8, "change": 9, "derived": False,
    "policy": {"version": 3},
}
OTHER_CATEGORY = {"contribution": "aid", "subsidy": "city", "income": "other_income", "settlement": "chronic",
                  "disbursement": "pooled", "expenditure": "to_upper"}
OTHER_STAGE = {"disbursement": "release", "expenditure": "final"}

BASES = {
    "policy": dict(kind="policy", policy={"version": 2}),
    "opening": dict(kind="opening", date=20231231, amount=500, derived=True),
    "day": dict(kind="day", date=20240101),
    "enrollment_of_a_person": {"kind": "enrollment", "person": P, "person_key": 1, "year": 2024, "from": 202401,
                               "to": 202412, "status": "normal", "group": "ordinary", "derived": True},
    "enrollment_by_heads": dict(kind="enrollment", year=2024, group="full", heads=10, derived=True),
    "contribution_of_a_person": {"kind": "contribution", "amount": 100, "category": "personal", "year": 2024,
                                 "person": P, "person_key": 1, "group": "part", "heads": 1, "from": 202401,
                                 "to": 202412, "derived": True},
    "contribution_of_many": dict(kind="contribution", amount=100, category="fees", year=2024, heads=7),
    "subsidy": dict(kind="subsidy", amount=100, category="county", year=2024, heads=3, derived=True),
    "income": dict(kind="income", amount=100, category="interest", derived=True),
    "settlement": dict(kind="settlement", amount=100, category="inpatient", person=P, person_key=1,
                       institution="H1", cost=500, in_policy=400, catastrophic=1, medical_aid=1, funds_total=1,
                       self_pay=1, group="part", derived=True),
    "disbursement": dict(kind="disbursement", amount=100, stage="clearing", category="inpatient",
                         institution="H1", year=2024, cleared=5, change=5, derived=True),
    "expenditure": dict(kind="expenditure", amount=100, category="catastrophic", stage="provisional", heads=2,
                        derived=True),
    "reversal": dict(kind="reversal", original="X-1", amount=100),
    "population": dict(kind="population", measure="resident", heads=10, derived=True),
}

# Optional fields that a base has and that may be taken away one at a time; months go in pairs.
PAIRED = {"from", "to", "person", "status"}
REQUIRED = {
    "policy": {"policy"}, "opening": {"amount"}, "day": set(), "enrollment": {"year", "heads"},
    "contribution": {"amount", "category", "year"}, "subsidy": {"amount", "category", "year"},
    "income": {"amount", "category"}, "settlement": {"amount", "category"},
    "disbursement": {"amount", "stage", "category"}, "expenditure": {"amount", "category"},
    "reversal": {"original"}, "population": {"measure", "heads"},
}


def other_value(e, field):
    if field == "category":
        return OTHER_CATEGORY[e["kind"]]
    if field == "stage":
        return OTHER_STAGE[e["kind"]]
    if field == "heads":
        return 0 if "person" in e else e["heads"] + 1
    return OTHER[field]


def variants(e):
    for field in e:
        if field in ("id", "kind"):
            continue
        yield f"{field} changed", {**e, field: other_value(e, field)}
        always = {"fund", "date"} | PAIRED | REQUIRED[e["kind"]]
        if field not in always:
            yield f"{field} taken away", {k: v for k, v in e.items() if k != field}
    if "from" in e:
        yield "months taken away", {k: v for k, v in e.items() if k not in ("from", "to")}
    if e["kind"] == "contribution" and "person" in e:
        yield "person taken away", {k: v for k, v in e.items() if k not in ("person", "person_key")}
    for name, base in BASES.items():
        if base["kind"] != e["kind"] or (base["kind"] == "enrollment" and base.get("person") != e.get("person")):
            yield f"as {name}", event(e["id"], date=base.get("date", 20240115),
                                      **{k: v for k, v in base.items() if k != "date"})


def daemon_with_events():
    daemon = Daemon().init().start()
    client = Client(daemon)
    paid = event("paid", "disbursement", 20240110, amount=5, stage="provisional", category="inpatient",
                 institution="H1")       # what the clearing makes final
    client.count([policy(), policy(OTHER_FUND), paid])
    bases = {name: event(f"id-{name}", **{"date": 20240115, **fields}) for name, fields in BASES.items()}
    reply = client.count(list(bases.values()))
    check_equal(words(reply, len(bases)), ["applied"] * len(bases), f"of the events themselves {reply}")
    positions = dict(zip(bases, (position for _, position in outcomes(reply, len(bases)))))
    return daemon, client, bases, positions


def any_field_changed_is_a_conflict():
    daemon, client, bases, positions = daemon_with_events()
    head = Client(daemon, "query").query("status")
    tried = 0
    for name, base in bases.items():
        for what, variant in variants(base):
            got = outcomes(client.count([variant]), 1)[0]
            check_equal(got, ("conflict", positions[name]), f"{name}, {what}")
            tried += 1
        check_equal(outcomes(client.count([base]), 1)[0], ("duplicate", positions[name]), f"{name} itself")
        backwards = dict(reversed(list(base.items())))
        check_equal(words(client.count([backwards]), 1), ["duplicate"], f"{name}, keys in another order")
    query = Client(daemon, "query")
    check_equal(query.query("status"), head, "status after conflicts")
    kept = query.pages("quarantine", "entries", 0, lambda d: d["entries"][-1]["number"] if d["entries"] else 0,
                       limit=1000)
    check_equal(len(kept), tried, "conflicts in quarantine")
    verify_books(query)
    daemon.stop()
    return f"{tried} conflicts"


MANY = [name for name in BASES if name not in ("policy", "opening", "disbursement")]     # of which a fund may have many


def random_event(random_, number):
    """One of a base, with an id, a date and an amount of its own, other than those of OTHER."""
    fields = {"date": 20240101 + 100 * random_.randrange(12) + random_.randrange(15), **BASES[random_.choice(MANY)]}
    if "amount" in fields:
        fields["amount"] = random_.randrange(1000, 10_000_000)
    if "original" in fields:
        fields["original"] = f"never-{number}"
    return event(f"random-{number}", **fields)


def any_event_changed_anywhere_is_a_conflict():
    random_ = random.Random(SEED)
    daemon = Daemon().init().start()
    client = Client(daemon)
    client.count([*founding(), *founding(OTHER_FUND)])
    for first in range(0, COUNT, AT_ONCE):
        events = [random_event(random_, first + i) for i in range(AT_ONCE)]
        told = outcomes(client.count(events), AT_ONCE)
        check_equal([word for word, _ in told], ["applied"] * AT_ONCE, "outcomes of new events")
        changed = [random_.choice(list(variants(e))) for e in events]
        got = outcomes(client.count([variant for _, variant in changed]), AT_ONCE)
        for e, (what, _), (word, position), (_, of) in zip(events, changed, got, told):
            check_equal((word, position), ("conflict", of), f"{e}, {what}")
        random_.shuffle(events)
        check_equal(words(client.count(events), AT_ONCE), ["duplicate"] * AT_ONCE, "the same in another order")
    check_equal(Client(daemon, "query").query("info")["events"], 4 + COUNT, "events")
    verify_books(Client(daemon, "query"))
    daemon.stop()
    return f"{COUNT} conflicts"


def absent_and_neutral_are_told_apart_but_of_derived():
    daemon, client, _, _ = daemon_with_events()
    plain = event("plain", "subsidy", amount=1, category="county", year=2024)
    check_equal(words(client.count([plain, {**plain, "derived": False}, {**plain, "heads": 0},
                                    {**plain, "derived": True}]), 4),
                ["applied", "duplicate", "conflict", "conflict"], "outcomes")
    daemon.stop()


def an_id_belongs_to_its_issuer():
    daemon, client, bases, positions = daemon_with_events()
    income = bases["income"]
    other = Client(daemon, source="platform")
    check_equal(words(other.count([income]), 1), ["applied"], "the id of another source")
    check_equal(outcomes(other.count([income], issuer="tax"), 1)[0], ("duplicate", positions["income"]),
                "the same id for the same issuer")
    check_equal(words(other.count([{**income, "amount": 1}], issuer="tax"), 1), ["conflict"],
                "another content for the same issuer")
    check_equal(words(client.count([{**income, "id": "late"}], sequence=3), 1), ["applied"], "in a numbered batch")
    check_equal(words(client.count([{**income, "id": "late"}]), 1), ["duplicate"], "in a batch without number")
    missing = Client(daemon, "query").query("sources", after="t", limit=1)["sources"][0]["missing"]
    check_equal(missing, [[1, 2]], "what is missing of the sequence")
    daemon.stop()


def a_conflict_survives_a_restart():
    daemon, client, bases, positions = daemon_with_events()
    daemon.stop()
    daemon.start()
    for name, base in bases.items():
        what, variant = next(variants(base))
        check_equal(outcomes(client.count([variant]), 1)[0], ("conflict", positions[name]), f"{name}, {what}")
        check_equal(outcomes(client.count([base]), 1)[0], ("duplicate", positions[name]), f"{name} itself")
    daemon.stop()


def an_id_is_known_for_ever():
    """However much comes after it, and over a restart."""
    daemon, client, bases, positions = daemon_with_events()
    for i in range(3):
        client.count([event(f"later-{i}-{j}", "income", amount=1, category="interest") for j in range(1000)])
    for when in ("later", "after a restart"):
        for name, base in bases.items():
            check_equal(outcomes(client.count([base]), 1)[0], ("duplicate", positions[name]), f"{name} {when}")
        daemon.stop()
        daemon.start()
    daemon.stop()


if __name__ == "__main__":
    run(any_field_changed_is_a_conflict, any_event_changed_anywhere_is_a_conflict, absent_and_neutral_are_told_apart_but_of_derived,
        an_id_belongs_to_its_issuer, a_conflict_survives_a_restart, an_id_is_known_for_ever,
        must_fail("field_left_out", any_field_changed_is_a_conflict),
        must_fail("content_ignored", any_field_changed_is_a_conflict),
        must_fail("dedup_by_id", an_id_belongs_to_its_issuer),
        must_fail("dedup_window", an_id_is_known_for_ever))
