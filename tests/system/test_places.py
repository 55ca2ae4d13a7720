#!/usr/bin/python3
"""Places that are merged and split: two counties that become one on 1 January 2025, while a source goes on with the old
code, and one that is divided.  Whatever is asked for, of whichever day, counts each fen once."""
import json

from harness import *

OLD = ["440881/390", "440882/390"]
NEW, DIVIDED, NORTH, SOUTH = "440880/390", "440883/390", "440884/390", "440885/390"
FUNDS = [*OLD, NEW, DIVIDED, NORTH, SOUTH]
CHANGE = 20250101
LAST = {1: 31, 2: 28, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31}
RULES = dict(deficit={"on": False}, provisional={"on": False}, runway={"on": False})
JUDGED = dict(RULES, runway={"on": True, "min_months": 12})


def month_end(year, month):
    return year * 10000 + month * 100 + (29 if (year, month) == (2024, 2) else LAST[month])


def month_of(fund, year, month, income, spent):
    day = year * 10000 + month * 100
    yield event(f"in-{fund}-{day}", "income", day + 10, fund, amount=income, category="other_income")
    yield event(f"out-{fund}-{day}", "expenditure", day + 20, fund, amount=spent, category="inpatient", stage="final")


def changed(fund, version, **change):
    return event(f"change-{fund}-{version}", "policy", CHANGE, fund, policy={"version": version, "ahead_days": 366, **RULES,
                                                                             **change})


def before():
    """2024 in three counties; the whole and the successors have policies from 2025 on."""
    yield from (policy(fund, **RULES) for fund in (*OLD, DIVIDED))
    yield from (opening(fund, amount) for fund, amount in ((OLD[0], 700_000), (OLD[1], 300_000), (DIVIDED, 90_000)))
    for month in range(1, 13):
        yield from month_of(OLD[0], 2024, month, 100_000, 100_000)
        yield from month_of(OLD[1], 2024, month, 60_000, 50_000)
        yield from month_of(DIVIDED, 2024, month, 10_000, 10_000)
        yield from (event(f"day-{fund}-{month}", "day", month_end(2024, month), fund) for fund in (*OLD, DIVIDED))


def change():
    new = {"version": 1, "ahead_days": 366}
    yield event("policy-new", "policy", CHANGE, NEW, policy={**new, **JUDGED})
    yield from (changed(fund, 2, merged_into=440880) for fund in OLD)
    for fund in (NORTH, SOUTH):
        yield event(f"policy-{fund}", "policy", 20241231, fund, policy={**new, **RULES})
        yield event(f"opening-{fund}", "opening", 20241231, fund, amount=0)
    yield changed(DIVIDED, 2, split_into=[440884, 440885])


def after():
    """Half of January comes under the old code; late money of December too."""
    yield from month_of(OLD[0], 2025, 1, 100_000, 100_000)
    yield from month_of(NEW, 2025, 1, 60_000, 50_000)
    yield event("late", "expenditure", 20241230, OLD[1], amount=7_000, category="inpatient", stage="final")
    for fund, amount in (NORTH, 60_000), (SOUTH, 30_000):
        yield event(f"pay-{fund}", "expenditure", CHANGE, DIVIDED, amount=amount, category="transfer_out", stage="final")
        yield event(f"get-{fund}", "income", CHANGE, fund, amount=amount, category="transfer_in")
    yield event("split-day", "day", CHANGE, DIVIDED)
    for fund in (NEW, NORTH, SOUTH):
        yield event(f"day-{fund}-25", "day", 20250131, fund)


def played(crash=False):
    daemon = Daemon().init().start()
    for part in before(), change(), after():
        events = list(part)
        check_equal(set(words(Client(daemon).count(events), len(events))), {"applied"}, "outcomes")
        if crash:
            daemon.kill()
            daemon.start()
    return daemon


def rollup(daemon, place, as_of):
    return Client(daemon, "query").query("rollup", place=place, as_of=as_of)


def every_fen_counts_once_on_either_side_of_the_change():
    daemon = played()
    merged = 700_000 + 300_000 + 120_000 - 7_000        # with what came late
    for place in "4408", "44", "":
        for as_of, more in (20241231, 90_000), (20250101, 90_000), (20250131, 90_000 + 10_000):
            sums = rollup(daemon, place, as_of)
            check_equal(sums["balance"], merged + more, f"balance of '{place}' as of {as_of}")
            check_equal(sums["months"], 12, f"months as of {as_of}")
            check(sums["has_opening"], sums)
            check_equal(sums["expenditure"], 160_000 * 12 + 7_000 - (10_000 if as_of == 20250131 else 0),
                        f"expenditure of '{place}' as of {as_of}")
    roles = {m["fund"]: (m["role"], m["within"]) for m in rollup(daemon, "4408", 20250101)["members"]}
    check_equal(roles, {OLD[0]: ("merged", NEW), OLD[1]: ("merged", NEW), NEW: ("added", ""), DIVIDED: ("added", ""),
                        NORTH: ("added", ""), SOUTH: ("added", "")}, "roles")
    roles = {m["fund"]: m["role"] for m in rollup(daemon, "4408", 20241230)["members"]}
    check_equal(roles, {OLD[0]: "added", OLD[1]: "added", NEW: "later", DIVIDED: "added", NORTH: "later", SOUTH: "later"},
                "roles before")
    daemon.stop()


def a_report_of_the_new_place_has_the_months_of_the_old_ones_or_says_whose_they_were():
    daemon = played()
    query = Client(daemon, "query")
    report = query.query("report", fund=NEW, year=2025)
    check_equal(report["opening"], 1_113_000, "opening")
    check_equal(report["closing"], 1_123_000, "closing")
    check_equal(report["opening"] + report["income"] - report["expenditure"], report["closing"], "identity")
    check_equal((report["months"][0]["income"], report["months"][0]["balance"]), (160_000, 1_123_000), "January")
    done = subprocess.run([program("fundwatch"), "report", NEW, "--year", "2024"], env=daemon.environment, text=True,
                          capture_output=True, check=False)
    check_equal(done.returncode, 4, done)
    check("before, they were those of 440881/390 until 2024-12-31, 440882/390 until 2024-12-31" in done.stderr, done.stderr)
    status = command_line(daemon, "status", "440880")
    check("runway        7.46 months (12 closed months" in status, status)
    check("the books of 440881/390, merged on 2025-01-01" in status, status)
    part = command_line(daemon, "status", "440881")
    check("merged into 440880/390 from 2025-01-01 on" in part, f"status of a part: {part}")
    for place in "440881", "440883":
        for command in ("status", place), ("report", f"{place}/390", "--year", "2025", "--as-of", "2025-01-01"):
            text = command_line(daemon, *command)
            check("the place was merged or split, and no rule looks at it" in text, f"{command} judge what is left: {text}")
            check(not re.search(r"runway .*(normal|high|low|excessive)", text), f"{command} say a level: {text}")
    split = command_line(daemon, "status", "440883")
    check("split into 440884/390, 440885/390 from 2025-01-01 on: paid 0.09, received there 0.09 万元" in split, split)
    daemon.stop()


def rules_look_at_the_new_place_and_a_crash_changes_nothing():
    daemons = [played(crash) for crash in (False, True)]
    told = [[(a["fund"], a["rule"], a["transition"], a["level"], a["books_date"], a["balance"], a["num"], a["den"])
             for a in Client(daemon, "query").alerts()] for daemon in daemons]
    check_equal(told[1], told[0], "alerts after crashes")
    for daemon in daemons:
        client = Client(daemon)
        late = [event("spent", "expenditure", 20241215, OLD[0], amount=600_000, category="inpatient", stage="final")]
        check_equal(words(client.count(late), 1), ["applied"], "late")
        alert = Client(daemon, "query").alerts()[-1]
        check_equal((alert["fund"], alert["rule"], alert["level"], alert["balance"]),
                    (NEW, "runway", "critical_low", 523_000), "what moves a part moves the whole")
        verify_books(Client(daemon, "query"))
        daemon.stop()


def a_statement_that_differs_names_events_under_the_old_code_too():
    daemon = played()
    stated = [event("bank-1", "statement", CHANGE, NEW, amount=1_113_000), event("bank-2", "statement", 20250131, NEW, amount=5)]
    check_equal(words(Client(daemon).count(stated), 2), ["applied"] * 2, "statements")
    answer = Client(daemon, "query").query("statements", fund=NEW)
    check_equal((answer["agreed"], answer["differs"]), (CHANGE, 20250131), "since when")
    check_equal({c["id"].split("-")[1] for c in answer["candidates"]}, {OLD[0], NEW}, "of both codes")
    daemon.stop()


def what_cannot_be_merged_is_refused_by_name():
    daemon = played()
    reply = Client(daemon).count([changed(NEW, 2, merged_into=440881), changed(NORTH, 2, merged_into=440899),
                                  event("twice", "opening", 20250102, NEW, amount=1)])
    check_equal({e["reason"] for e in reply["exceptions"]}, {"merged"}, reply)
    daemon.stop()


if __name__ == "__main__":
    run(every_fen_counts_once_on_either_side_of_the_change,
        a_report_of_the_new_place_has_the_months_of_the_old_ones_or_says_whose_they_were,
        rules_look_at_the_new_place_and_a_crash_changes_nothing,
        a_statement_that_differs_names_events_under_the_old_code_too, what_cannot_be_merged_is_refused_by_name)
