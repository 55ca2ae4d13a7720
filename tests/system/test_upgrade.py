#!/usr/bin/python3
"""Stores and spools of every format there has been (tests/data/formats, made by tools/fixtures) open, say what they said, and
go on; their events are duplicates.  What is of a format or protocol version that nobody knows is refused by name
(tests/store/test_formats.c has the stores; here the wire)."""
import base64
import glob
import gzip
import json

from harness import *

FORMATS = os.path.join(ROOT, "tests/data/formats")


def person(number):
    return bytes([0xf0, number]) * 8


def events():
    """One of each sort, in batches."""
    bill = {"amount": 90000, "category": "inpatient", "institution": "H1", "cost": 120000, "in_policy": 100000}
    return [
        [*watched(), event("pol2", "policy", 20240201, policy={"version": 2, "ahead_days": 366, "coverage": COVERAGE,
                                                              "fees": "covered"})],
        [event("e1", "enrollment", 20240102, person=person(1), person_key=1, status="normal", year=2024, group="ordinary"),
         event("f1", "contribution", 20240103, amount=38000, category="personal", year=2024, person=person(1)),
         event("f2", "contribution", 20240203, amount=40000, category="personal", year=2025, person=person(2)),
         event("s1", "subsidy", 20240110, amount=67000, category="central", year=2024),
         event("i1", "income", 20240111, amount=700, category="interest"),
         event("b1", "settlement", 20240112, **bill, person=person(1)), event("b2", "settlement", 20240113, **bill),
         event("p1", "disbursement", 20240131, amount=50000, stage="provisional", category="inpatient",
               institution="H1", year=2024),
         event("a1", "disbursement", 20240131, amount=5000, stage="advance", institution="H1"),
         event("x1", "expenditure", 20240131, amount=1000, category="catastrophic"),
         event("r1", "reversal", 20240120, original="b2"), event("r2", "reversal", 20240121, original="not-yet"),
         event("st", "statement", 20240131, amount=10_000_000_000)],
        alert_events(1), alert_events(3),
        [event("d2", "day", 20240201), event("close", "month_close", 20240131), event("late", "income", 20240115, amount=5, category="interest")],
    ]


def plain(event_):
    """An event as JSON can say it."""
    return {key: {"hex": value.hex()} if isinstance(value, bytes) else value for key, value in event_.items()}


def restored(event_):
    return {key: bytes.fromhex(value["hex"]) if isinstance(value, dict) and "hex" in value else value
            for key, value in event_.items()}


def facts(daemon, sent):
    query = Client(daemon, "query")
    status, = query.query("status")
    return {
        "sent": sent,
        "events": query.query("info")["events"], "alerts": query.query("info")["alerts"],
        "balance": status["balance"], "books_date": status["books_date"], "heads": status["heads"],
        "report": query.query("report", fund=FUND, year=2024)["lines"],
        "rules": query.query("snapshot")["rules"],
        "missing": query.query("sources")["sources"][0]["missing"],
        "quarantine": [[e["id"], e["outcome"]] for e in query.query("quarantine")["entries"]],
    }


def fixtures(kind):
    found = sorted(glob.glob(os.path.join(FORMATS, kind + "-*.txt")))
    check(found, f"no {kind} of any format in {FORMATS}: tools/fixtures --write")
    for path in found:
        with open(path, encoding="ascii") as file:
            said = json.loads(file.readline())
            yield os.path.basename(path), said, gzip.decompress(base64.decodebytes(file.read().encode()))


def old_stores_open():
    for name, said, data in fixtures("store"):
        backup = temp_folder()
        with open(os.path.join(backup, "data.mdb"), "wb") as to:
            to.write(data)
        daemon = Daemon()
        daemon.once("--restore", backup)
        daemon.start()
        # What they say in JSON: tuples are lists there.
        now = json.loads(json.dumps(facts(daemon, [])))
        for key, value in said.items():
            if key != "sent":
                check_equal(now[key], value, f"{key} of {name}")
        client = Client(daemon)
        for event_, (outcome, position) in said["sent"]:
            got, = outcomes(client.count([restored(event_)]), 1)
            check_equal(outcome, "applied", "what became of it first")
            check_equal(got, ("duplicate", position), f"{event_['id']} of {name}, sent again")
        check_equal(words(client.count([money("new")]), 1), ["applied"], f"a new event in {name}")
        verify_books(Client(daemon, "query"))
        daemon.stop()


def old_spools_open():
    for name, said, data in fixtures("spool"):
        daemon = Daemon().init().start()
        Client(daemon).count(founding())
        folder, empty = temp_folder(), os.path.join(temp_folder(), "empty.csv")
        spool = os.path.join(folder, "spool")
        os.mkdir(spool, 0o700)
        with open(os.path.join(spool, "spool.mdb"), "wb") as to:
            to.write(data)
        with open(empty, "w", encoding="ascii") as to:
            to.write("id,date,amount,category,year,fund\n")
        done = subprocess.run([program("fundwatch-tax"), "--source", said["source"], "--unit", "yuan", "--timeout",
                               str(int(DEADLINE)), "--endpoint", daemon.endpoint("ingest"), "--spool", spool, empty],
                              capture_output=True, text=True, check=False, timeout=DEADLINE)
        check_equal(done.returncode, 0, f"exit code of fundwatch-tax with {name} ({done.stdout} {done.stderr})")
        check_equal(Client(daemon, "query").query("info")["events"], 2 + said["events"], f"events of {name}")
        daemon.stop()


def other_versions_of_the_protocol_are_told_which_are_known():
    daemon = Daemon().init().start()
    client, query = Client(daemon), Client(daemon, "query")
    client.count(founding())
    good = {"v": 1, "type": "batch", "ref": 7, "source": "tax", "events": [money("m")]}
    for version in (0, 2, 3, -1, 1 << 40):
        client.send({**good, "v": version})
        reply = client.receive()
        check_reply(reply)
        check_equal((reply["refusal"], reply["versions"], reply["ref"]), ("version", [1], 7), f"a batch of version {version}")
        client.send({"v": version, "type": "batch", "ref": 8, "new": {"a": [1]}, "events": "another form"})
        check_equal(client.receive()["refusal"], "version", f"a batch of version {version} with another form")
        query.send({"v": version, "type": "query", "ref": 9, "query": "info", "new": 1})
        answer = query.receive()
        check_equal((answer["status"], answer["code"], answer["versions"], answer["ref"]), ("error", "version", [1], 9),
                    f"a query of version {version}")
        check("version 1" in answer["text"], answer["text"])
    check_equal(query.query("info")["events"], 2, "events")
    daemon.stop()


if __name__ == "__main__":
    run(old_stores_open, old_spools_open, other_versions_of_the_protocol_are_told_which_are_known)
