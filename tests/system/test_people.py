#!/usr/bin/python3
"""People of several funds over three years: who is insured as of any day, in one place and scheme, and who came and who went.
A count of its own in Python says the same as the daemon, after a crash in the middle and whatever the order was."""
import calendar
import csv
import io
import json

from harness import *

HERE, THERE, EMPLOYEES, CITY = "130207/390", "130208/390", "130207/310", "130200/390"
FUNDS = (HERE, THERE, EMPLOYEES, CITY)
GROUPS = ("ordinary", "student", "full")
RULES = dict(ahead_days=366, runway={"on": False}, deficit={"on": False}, provisional={"on": False})
MONTHS = [year * 100 + month for year in (2024, 2025) for month in range(1, 13)]
LIFE = [year * 100 + month for year in (2023, 2024, 2025) for month in range(1, 13)]     # of the funds
COUNTS = ("begin", "joined", "returned", "moved_in", "lapsed", "ended", "moved_out", "regrouped", "end")
PERSONS = 150


def last_day(month):
    return month * 100 + calendar.monthrange(month // 100, month % 100)[1]


def before(month):
    return month - 1 if month % 100 > 1 else month - 89


def lives():
    """Years of persons: enrolments and fees, some given back."""
    made = []
    for person in range(PERSONS):
        # Two are of a group so small that it is not to be seen by itself.
        group = "part" if person < 2 else rng.choice(GROUPS)
        for year in range(2023, 2026):
            fund = rng.choice((HERE, HERE, HERE, THERE, EMPLOYEES, CITY))
            who = {"person": person.to_bytes(2, "little") + b"\xff" * 14, "year": year}
            for place in {fund, rng.choice((fund, fund, fund, THERE))}:
                day = rng.choice(((year - 1) * 10000 + 1020, year * 10000 + 115, year * 10000 + 320))
                day = max(day, 20230110)
                if rng.random() < 0.8:
                    made.append(event(f"fee-{len(made)}", "contribution", day, place, amount=38000, category="personal", **who))
                    if rng.random() < 0.1:
                        made.append(event(f"undo-{len(made)}", "reversal", max(day, year * 10000 + 511), place,
                                          original=made[-1]["id"]))
                if rng.random() < 0.8:
                    made.append(event(f"in-{len(made)}", "enrollment", day, place, status="normal", group=group, **who))
                if rng.random() < 0.15:
                    made.append(event(f"out-{len(made)}", "enrollment", year * 10000 + rng.choice((212, 630, 1105)), place,
                                      status=rng.choice(("ended", "paused", "normal")), group=rng.choice(GROUPS), **who))
    return made


# --- The same, counted here. -------------------------------------------------------

def stand(events, fund, person, year, day):
    """(paid, newest status, its group) of a person in a fund at the end of a day."""
    known = [e for e in events if e["fund"] == fund and e.get("person") == person and e["year"] == year and e["date"] <= day]
    undone = {e["original"]: e["date"] for e in events if e["kind"] == "reversal"}
    paid = any(e["kind"] == "contribution" and max(undone.get(e["id"], 99999999), e["date"]) > day for e in known)
    worse = {"normal": 1, "paused": 2, "ended": 4}
    order = {"ordinary": 1, "full": 2, "part": 3, "student": 4}
    enrolled = sorted((e["date"], worse[e["status"]], order[e["group"]], e["status"], e["group"])
                      for e in known if e["kind"] == "enrollment")
    return paid, *(enrolled[-1][3:] if enrolled else (None, None))


def churn(events, fund, months):
    rows = {}
    other_funds = [f for f in FUNDS if f != fund and (EMPLOYEES in (f, fund) or CITY not in (f, fund))]
    for person in sorted({e["person"] for e in events if "person" in e and e["fund"] == fund}):
        ever, state = False, {}
        for month in [202301 + m for m in range(12)] + MONTHS:
            day = last_day(month)
            paid, status, group = stand(events, fund, person, month // 100, day)
            now = {"in": paid and status in (None, "normal"),
                   "group": group if status else state.get("group", ""),
                   "gone": status != "normal" if status else state.get("gone", False),
                   "away": any(x[0] and x[1] in (None, "normal")
                               for x in (stand(events, f, person, month // 100, day) for f in other_funds))}
            if month in months:
                note(rows, month, state, now, ever)
            ever, state = ever or now["in"], now
    return rows


def note(rows, month, was, now, ever):
    def add(group, count, by=1):
        row = rows.setdefault((month, group), dict.fromkeys(COUNTS, 0))
        row[count] += by
    if was.get("in"):
        add(was["group"], "begin")
    if now["in"]:
        add(now["group"], "end")
    if now["in"] and not was.get("in"):
        add(now["group"], "moved_in" if was.get("away") else "returned" if ever else "joined")
    elif was.get("in") and not now["in"]:
        add(was["group"], "moved_out" if now["away"] else "ended" if now["gone"] else "lapsed")
    elif now["in"] and now["group"] != was["group"]:
        add(was["group"], "regrouped", -1)
        add(now["group"], "regrouped")


def shown(rows):
    """Groups that had somebody, but fewer than ten, at the beginning or end of any month of the fund's life: together, and
    with others until they are ten or nobody in each."""
    def sizes(groups):
        return [sum(row[of] for (m, g), row in rows.items() if m == month and g in groups)
                for month in LIFE for of in ("begin", "end")]
    def most(groups):
        return max(sizes(groups))
    def too_small(groups):
        return any(0 < size < 10 for size in sizes(groups))
    groups = {g for _, g in rows}
    small = {g for g in groups if too_small({g})}
    while small and small != groups and too_small(small):
        order = ["", "ordinary", "full", "part", "student"]
        small.add(min(groups - small, key=lambda g: (most({g}), order.index(g))))
    if len(small) == 1:
        small = set()
    merged = {}
    for (month, group), row in rows.items():
        into = merged.setdefault((month, "small" if group in small else group), dict.fromkeys(COUNTS, 0))
        for count in COUNTS:
            into[count] += row[count]
    return {key: row for key, row in merged.items() if any(row.values())}


# --- Playing. ----------------------------------------------------------------------

def played(events, crash):
    daemon = Daemon().init().start()
    client = Client(daemon)
    for fund in FUNDS:
        client.count([event(f"policy-{fund}", "policy", 20230101, fund, policy={"version": 1, **RULES}),
                      event(f"day0-{fund}", "day", 20231231, fund), event(f"day1-{fund}", "day", 20241231, fund)])
    for part in (events[:len(events) // 2], events[len(events) // 2:]):
        check_equal(set(words(Client(daemon).count(part), len(part))), {"applied"}, "outcomes")
        if crash:
            daemon.kill()
            daemon.start()
    Client(daemon).count([event(f"day2-{fund}", "day", 20251231, fund) for fund in FUNDS])
    return daemon


def rows_of(daemon, fund, **months):
    answer = Client(daemon, "query").query("churn", fund=fund, **months)
    return {(row["month"], row["group"]): {count: row[count] for count in COUNTS} for row in answer["rows"]}


def nobody_stands_out(daemon, fund, rows):
    """Of several groups none is of a few people, whatever months are asked for: nor is what two answers differ by."""
    groups = {group for _, group in rows}
    for (month, group), row in rows.items():
        check(len(groups) == 1 or not any(0 < row[of] < 10 for of in ("begin", "end")), f"{group} in {month}: {row}")
    for first, last in ((202401, 202406), (202403, 202403), (202409, 202512), (202511, 202512)):
        some = rows_of(daemon, fund, **{"from": first * 100 + 1, "to": last_day(last)})
        check_equal(some, {key: row for key, row in rows.items() if first <= key[0] <= last}, f"{fund}, {first} to {last}")


def compare(daemon, events):
    for fund in FUNDS:
        wanted = {key: row for key, row in shown(churn(events, fund, LIFE)).items() if key[0] in MONTHS}
        got = rows_of(daemon, fund, **{"from": 20240101, "to": 20251231})
        check_equal(got, wanted, f"churn of {fund}")
        nobody_stands_out(daemon, fund, got)
        for row in got.values():
            check_equal(row["begin"] + row["joined"] + row["returned"] + row["moved_in"] - row["lapsed"] - row["ended"]
                        - row["moved_out"] + row["regrouped"], row["end"], row)
    verify_books(Client(daemon, "query"))


def who_came_and_who_went_is_what_a_plain_count_says():
    events = lives()
    daemon = played(events, crash=True)
    compare(daemon, events)
    rows = rows_of(daemon, HERE, **{"from": 20240101, "to": 20251231})
    check(any(row["moved_out"] for row in rows.values()) and any(row["ended"] for row in rows.values()), rows)
    check(any(group == "small" for _, group in rows) and not any(group == "part" for _, group in rows), rows)
    daemon.stop()


def the_order_of_arrival_changes_nothing():
    events = lives()
    shuffled = events[:]
    rng.shuffle(shuffled)
    daemon = played(shuffled, crash=False)
    compare(daemon, events)
    daemon.stop()


def the_command_shows_it_in_both_languages_and_as_csv():
    events = lives()
    daemon = played(events, crash=False)
    wanted = rows_of(daemon, HERE, **{"from": 20250101, "to": 20251231})
    for language, joined in ("en", "joined"), ("zh", "新参保"):
        page = command_line(daemon, "churn", HERE, "--year", "2025", "--lang", language)
        check(joined in page and "2025-12" in page and "2024-12" not in page, page)
    rows = list(csv.DictReader(io.StringIO(command_line(daemon, "churn", HERE, "--from", "2025-01-01", "--to", "2025-12-31",
                                                        "--csv", "--lang", "en"))))
    check_equal(len(rows), len(wanted), "rows of CSV")
    check_equal(sum(int(row["end"]) for row in rows), sum(row["end"] for row in wanted.values()), "people in CSV")
    complete = Client(daemon, "query").query("churn", fund=HERE)["completeness"]
    check_equal({(int(row["expected sources"]), int(row["silent sources"])) for row in rows},
                {(complete["expected"], complete["silent"])}, "how complete they are, in each row")
    answer = json.loads(command_line(daemon, "churn", HERE, "--json"))
    check_equal((answer["from"], answer["to"], len(answer["rows"])), (202501, 202512, len(wanted)), "the last twelve months")
    for arguments, code in (({"from": 20190101, "to": 20251231}, "bad_argument"), ({"from": 20260101}, "not_found")):
        check_equal(Client(daemon, "query").ask("churn", fund=HERE, **arguments)["code"], code, arguments)
    daemon.stop()


def the_report_shows_it_too():
    events = lives()
    daemon = played(events, crash=False)
    rows = rows_of(daemon, HERE, **{"from": 20250101, "to": 20251231})
    heads = Client(daemon, "query").query("report", fund=HERE, year=2025)["status"]["heads"]
    answer = json.loads(command_line(daemon, "report", HERE, "--year", "2025", "--json"))
    check_equal({(r["month"], r["group"]): {count: r[count] for count in COUNTS} for r in answer["churn"]}, rows, "JSON")
    table = list(csv.DictReader(io.StringIO(command_line(daemon, "report", HERE, "--year", "2025", "--csv", "--lang", "en"))))
    facts = {(row["section"], row["code"]): row["value"] for row in table}
    for figure in ("paid", "left", "doubled", "elsewhere", "paid_once"):
        check_equal(facts["insured", figure], str(heads[figure]), figure)
    for (month, group), row in rows.items():
        for count in COUNTS:
            check_equal(facts[f"churn_{count}", f"{month // 100}-{month % 100:02}:{group}"], str(row[count]), (month, group))
    for language, heading in ("en", "Who came and who went"), ("zh", "参保人员变动"):
        for form in "text", "html":
            page = command_line(daemon, "report", HERE, "--year", "2025", "--format", form, "--lang", language)
            check(heading in page and f"{heads['paid_once']}" in page, page)
    half = json.loads(command_line(daemon, "report", HERE, "--as-of", "2025-06-29", "--json"))
    check_equal(max(row["month"] for row in half["churn"]), 202505, "the last month that has ended by then")
    check("churn" not in json.loads(command_line(daemon, "report", HERE, "--as-of", "2025-01-30", "--json")), "none has")
    check(f"{heads['paid_once']} in one place and scheme" in command_line(daemon, "status", HERE[:6]), "status")
    daemon.stop()


def people_insured_twice_count_once_in_a_province():
    """Zhanjiang's counts beside two funds of persons, and their roll-up."""
    daemon = Daemon().init().start()
    client = Client(daemon)
    for fund in (HERE, THERE):
        client.count([event(f"policy-{fund}", "policy", 20240101, fund, policy={"version": 1, **RULES})])
    person = [i.to_bytes(2, "little") + b"\xff" * 14 for i in range(10)]
    client.count([event(f"here-{i}", "contribution", 20240105, HERE, amount=1, category="personal", year=2024,
                        person=person[i]) for i in range(8)]
                 + [event(f"there-{i}", "contribution", 20240104 if i == 7 else 20240106, THERE, amount=1,
                          category="personal", year=2024, person=person[i]) for i in range(6, 10)]
                 + [event("reported", "population", 20240105, HERE, measure="duplicates_nation", heads=1)]
                 + [event(f"d-{fund}", "day", 20240131, fund) for fund in (HERE, THERE)])
    query = Client(daemon, "query")
    here, there = (query.query("status", place=fund[:6])[0]["heads"] for fund in (HERE, THERE))
    check_equal([here[k] for k in ("paid", "doubled", "elsewhere", "paid_once", "paid_once_least", "paid_once_most")],
                [8, 2, 1, 6, 5, 8], here)
    check_equal([there[k] for k in ("paid", "doubled", "elsewhere", "paid_once")], [4, 2, 1, 3], there)
    heads = {row["figure"]: row["heads"] for row in query.query("rollup", place="13")["heads"]}
    check_equal((heads["paid"], heads["paid_once"]), (12, 9), "ten persons, one of them a duplicate beyond the province")
    verify_books(query)
    daemon.stop()


if __name__ == "__main__":
    run(who_came_and_who_went_is_what_a_plain_count_says, the_order_of_arrival_changes_nothing,
        the_command_shows_it_in_both_languages_and_as_csv, the_report_shows_it_too, people_insured_twice_count_once_in_a_province)
