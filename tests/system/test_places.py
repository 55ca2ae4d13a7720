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


def a_split_that_is_said_again_is_the_same_and_one_that_is_not_is_taken_back():
    daemon = played()
    query = Client(daemon, "query")

    def seen():
        return query.query("status", place="440883")[0]["place"], rollup(daemon, "4408", 20250131)

    def say(version, day, **more):
        again = event(f"again-{version}", "policy", day, DIVIDED,
                      policy={"version": version, "ahead_days": 366, **RULES, **more})
        events = [again, event(f"day-{version}", "day", day, DIVIDED)]
        check_equal(set(words(Client(daemon).count(events), 2)), {"applied"}, "the next policy")

    say(3, 20250103, split_into=[440884, 440885])
    place, sums = seen()
    check_equal((place["change"], place["from"], place["paid"]), ("split", CHANGE, 90_000), "split before")
    say(4, 20250120, split_into=[440884, 440885])
    place_again, sums_again = seen()
    check_equal(place_again, place, "a split that is said again")
    check_equal({key: value for key, value in sums_again.items() if key != "members"},
                {key: value for key, value in sums.items() if key != "members"}, "roll-up")
    say(5, 20250121)
    check_equal(seen()[0]["change"], "", "a split that is taken back")
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


# --- What a whole and a place compute rests on their members. -----------------------------------

EAST, WEST, CITY, THIRD = "440781/390", "440782/390", "440700/390", "440783/390"
COUNTIES = [EAST, WEST]
DAILY = [{"name": "daily", "rhythm": "daily", "day": 0, "workdays": False, "grace": 0}]


def expecting(*sources):
    return {"calendars": DAILY, "sources": [{"pattern": source, "calendar": "daily"} for source in sources]}


def founded(fund, balance=800_000, **rules):
    yield policy(fund, id=f"founding-{fund}", **rules)
    yield opening(fund, balance)


def merged(fund, into, date, **rules):
    return event(f"merge-{fund}", "policy", date, fund, policy={"version": 2, "ahead_days": 366, "merged_into": into, **rules})


def day_of(fund, day):
    return event(f"day-{fund}-{day}", "day", day, fund)


def city_policy(**rules):
    return policy(CITY, id="city", rollup=True, provisional={"on": False}, **rules)


def apply(daemon, events, source="tax"):
    events = list(events)
    check_equal(set(words(Client(daemon, source=source).count(events), len(events))), {"applied"}, "outcomes")


def told_of(daemon, fund):
    return [(a["rule"], a["transition"], a["level"], a["computable"]) for a in Client(daemon, "query").alerts() if a["fund"] == fund]


def status_of(daemon, fund):
    return next(f for f in Client(daemon, "query").query("status") if f["fund"] == fund)


def even_months(fund, months, part=None):
    """100,000 in and out a month, or one of the two."""
    for month in months:
        yield from (e for e in month_of(fund, 2024, month, 100_000, 100_000) if part in (None, e["kind"]))


def history_that_is_being_entered_raises_nothing_of_a_place():
    """Two sound counties of eight months; of the second the expenditure is entered, and its income is not yet."""
    daemon = Daemon().init().start()
    apply(daemon, [*founded(EAST), *founded(WEST), city_policy(), event("import", "import", 20240101, WEST)])
    for month in range(1, 13):
        apply(daemon, [*even_months(EAST, [month]), *even_months(WEST, [month], "expenditure"),
                       *(day_of(fund, month_end(2024, month)) for fund in (EAST, WEST, CITY))])
        if month == 6:
            daemon.kill()
            daemon.start()
    check_equal(told_of(daemon, CITY), [], "of a place whose county is importing")
    status, text = status_of(daemon, CITY), command_line(daemon, "status", "440700")
    check_equal((status["importing"], status["importing_members"]), (False, [WEST]), "who is importing")
    check(f"a member is importing: {WEST}" in text, text)
    check("2.00 months (12 closed months, trailing_12), the history of a fund that it is made of" in text, text)
    answer = rollup(daemon, "4407", 20241231)
    check_equal(answer["importing_members"], [WEST], "who is importing, in the roll-up")
    check_equal([m["importing"] for m in answer["members"]], [False, True], "of the members")
    check(f"a member is importing: {WEST}" in command_line(daemon, "rollup", "4407"), "in words")
    apply(daemon, [*even_months(WEST, range(1, 13), "income"), event("done", "import_done", 20241231, WEST),
                   *(day_of(fund, 20250101) for fund in (EAST, WEST, CITY))])
    check_equal(told_of(daemon, CITY), [], "of a place of eight months")
    check_equal(status_of(daemon, CITY)["importing_members"], [], "who is importing in the end")
    check_equal({r["rule"] for r in status_of(daemon, CITY)["rules"]} & {"runway", "deficit"}, {"runway", "deficit"}, "judged")
    verify_books(Client(daemon, "query"))
    daemon.stop()


def history_that_is_being_entered_raises_nothing_of_a_whole():
    """A county with twelve even months takes in another one, half of whose history is there."""
    daemon = Daemon().init().start()
    apply(daemon, [*founded(EAST), *founded(WEST), event("import", "import", 20240101, WEST)])
    for month in range(1, 13):
        apply(daemon, [*even_months(EAST, [month]), *even_months(WEST, [month], "expenditure"), day_of(EAST, month_end(2024, month))])
    check_equal(told_of(daemon, EAST), [], "before the merger")
    apply(daemon, [merged(WEST, 440781, 20241201)])
    check_equal({(t, level, why) for _, t, level, why in told_of(daemon, EAST)}, {("blind", "normal", "member_importing")}, "whole")
    report = command_line(daemon, "report", EAST, "--year", "2024")
    check(f"importing: a member is importing: {WEST}" in report, report)
    check_equal(status_of(daemon, EAST)["importing_members"], [WEST], "who is importing")
    check(status_of(daemon, WEST)["importing"], "the part itself")
    apply(daemon, [*even_months(WEST, range(1, 13), "income"), event("done", "import_done", 20241231, WEST), day_of(EAST, 20250101)])
    check_equal({(t, level) for _, t, level, _ in told_of(daemon, EAST)}, {("blind", "normal"), ("sighted", "normal")}, "whole in the end")
    verify_books(Client(daemon, "query"))
    daemon.stop()


def a_silent_source_of_a_member_blinds_the_place():
    """The hospital that pays most of what a county spends goes silent: the county has its completeness rule off, the city not."""
    daemon = Daemon().init().start()
    apply(daemon, [*founded(EAST), *founded(WEST, completeness={"on": False}, **expecting("h-1")),
                   city_policy(runway={"min_months": 1})])
    bills = [event(f"bill-{d}", "settlement", 20240100 + d, WEST, amount=1_000, category="inpatient") for d in range(1, 32)]
    apply(daemon, [*bills, *even_months(EAST, [1]), *even_months(WEST, [1])], source="h-1")
    apply(daemon, [day_of(fund, 20240131) for fund in (EAST, WEST, CITY)])
    check_equal(told_of(daemon, CITY), [], "complete")
    apply(daemon, [*even_months(EAST, [2]), *even_months(WEST, [2], "income"),
                   *(day_of(fund, 20240229) for fund in (EAST, WEST, CITY))])
    check_equal(told_of(daemon, CITY), [("completeness", "firing", "low", ""), ("runway", "blind", "normal", "incomplete")], "the city")
    check_equal(told_of(daemon, WEST), [], "the county does not mind")
    complete = status_of(daemon, CITY)["completeness"]
    check_equal((complete["expected"], complete["silent"], [s["source"] for s in complete["sources"]]), (1, 1, ["h-1"]), "sources")
    check_equal(complete["limit_e4"], 9000, "the floor of the city's policy")
    sums = rollup(daemon, "4407", 20240229)["completeness"]
    check_equal({k: complete[k] for k in sums}, sums, "status and roll-up")
    text = command_line(daemon, "status", "440700")
    check(re.search(r"completeness  \S+ % of 1 expected sources in the month", text), text)
    check("runway blind: too little of what was expected of sources has come" in text, text)
    daemon.kill()
    daemon.start()
    late = [event(f"late-{d}", "settlement", 20240200 + d, WEST, amount=1_000, category="inpatient") for d in range(1, 30)]
    apply(daemon, late, source="h-1")
    apply(daemon, [day_of(fund, 20240301) for fund in (EAST, WEST, CITY)])
    check_equal([t[:2] for t in told_of(daemon, CITY)][2:4], [("completeness", "ended"), ("runway", "firing")], "what came late")
    verify_books(Client(daemon, "query"))
    daemon.stop()


def sources_of_a_part_are_watched_for_the_whole_under_either_code():
    """h-1 is expected by the part's policy and h-2 by the whole's; both report under both codes, until h-1 is silent."""
    daemon = Daemon().init().start()
    apply(daemon, [*founded(EAST, **expecting("h-2")), *founded(WEST, **expecting("h-1"))])

    def bills(source, code, days):
        apply(daemon, [event(f"{source}-{day}", "settlement", day, code, amount=1, category="inpatient") for day in days], source)

    january, february = range(20240101, 20240132), range(20240201, 20240230)
    bills("h-2", EAST, january), bills("h-1", WEST, january)
    apply(daemon, [day_of(fund, 20240131) for fund in COUNTIES])
    apply(daemon, [merged(WEST, 440781, 20240201, **expecting("h-1"))])
    bills("h-2", WEST, february), bills("h-1", EAST, february[:14]), bills("h-1", WEST, february[14:])
    apply(daemon, [day_of(EAST, 20240229)])
    complete = status_of(daemon, EAST)["completeness"]
    check_equal((complete["expected"], complete["silent"], complete["month"]["num"] / complete["month"]["den"]), (2, 0, 1), "both came")
    check_equal(status_of(daemon, WEST)["completeness"]["expected"], 0, "nobody asks the old place")
    check_equal(told_of(daemon, EAST) + told_of(daemon, WEST), [], "nothing to tell")
    bills("h-2", EAST, range(20240301, 20240316))
    apply(daemon, [day_of(EAST, 20240315)])
    check_equal(told_of(daemon, EAST)[0], ("completeness", "firing", "low", ""), "h-1 is silent")
    silent, = status_of(daemon, EAST)["completeness"]["sources"]
    check_equal((silent["source"], silent["missed"], silent["last"], silent["heard"]), ("h-1", 15, 20240229, True), "who")
    verify_books(Client(daemon, "query"))
    daemon.stop()


def completeness_is_what_sets_of_days_come_to():
    """Random reports of five hospitals under three codes, two of them parts of the first, in one month; and the roll-up."""
    for _ in range(3):
        hospitals, codes = [f"h-{n}" for n in range(5)], [EAST, WEST, THIRD]
        expected_by = {code: {h for h in hospitals if rng.random() < 0.6} for code in codes}
        limit = {"completeness": {"on": False}}
        daemon = Daemon().init().start()
        apply(daemon, [e for code in codes for e in founded(code, **expecting(*sorted(expected_by[code])), **limit)])
        apply(daemon, [merged(WEST, 440781, 20240110, **expecting(*sorted(expected_by[WEST])), **limit), city_policy()])
        came = {}
        for number in range(rng.randrange(400)):
            hospital, code, day = rng.choice(hospitals), rng.choice(codes), rng.randrange(20240102, 20240132)
            came.setdefault((hospital, code), set()).add(day)
            apply(daemon, [event(f"{hospital}-{number}", "settlement", day, code, amount=1, category="inpatient")], hospital)
        apply(daemon, [day_of(fund, 20240131) for fund in (EAST, THIRD, CITY)])

        def shares(of, codes):
            """One of each source: the days that it reported under any code, of those since it was expected."""
            return {h: len(set().union(*(came.get((h, code), set()) for code in codes))) * 10_000 // 31 for h in of}

        def founding_day(of, codes):
            # A policy of 1 January names them all from then on, so 31 days are expected; nobody reported the first.
            return sum(shares(of, codes).values()), len(of)

        whole = founding_day(expected_by[EAST] | expected_by[WEST], [EAST, WEST])
        third = founding_day(expected_by[THIRD], [THIRD])
        for fund, (sum_e4, sources) in (EAST, whole), (THIRD, third), (CITY, (whole[0] + third[0], whole[1] + third[1])):
            got = status_of(daemon, fund)["completeness"]
            check_equal(got["expected"], sources, f"sources of {fund}: {expected_by}")
            check_equal((got["month"]["num"], got["month"]["den"]), (sum_e4, max(1, sources * 10_000)), f"share of {fund}: {expected_by} {came}")
        verify_books(Client(daemon, "query"))
        daemon.stop()


def late_money_of_a_part_restates_the_whole():
    """Months of the whole close; what comes late under either code is in its list, and its rule goes by the same."""
    daemon = Daemon().init().start()
    rules = {"restated": {"on": True}, "runway": {"on": False}, "deficit": {"on": False}, "provisional": {"on": False}}
    apply(daemon, [*founded(EAST, **rules), *founded(WEST, **rules)])
    apply(daemon, [*even_months(EAST, range(1, 7)), *even_months(WEST, range(1, 7)), *(day_of(f, 20240630) for f in COUNTIES),
                   merged(WEST, 440781, 20240701)])
    for month in range(7, 10):
        apply(daemon, [*even_months(EAST, [month]), *even_months(WEST, [month]), day_of(EAST, month_end(2024, month)),
                       event(f"close-{month}", "month_close", month_end(2024, month), EAST)])
    check_equal([status_of(daemon, f)["closed"] for f in COUNTIES], [20240930, 20240930], "closed")
    apply(daemon, [event("late", "expenditure", 20240720, WEST, amount=500_000, category="inpatient", stage="final")])
    restated, part = (Client(daemon, "query").query("restated", fund=f) for f in COUNTIES)
    moved, = restated["months"]
    check_equal((moved["month"], moved["closed"], moved["events"], moved["expenditure"]), (202407, 20240731, 1, 500_000), "the list")
    check_equal(part["months"], restated["months"], "the old place's own list")
    check_equal(part["judged"], [], "no rule has looked at the old place since")
    alert, = Client(daemon, "query").alerts()
    check_equal((alert["fund"], alert["rule"], alert["transition"], alert["num"], alert["den"]),
                (EAST, "restated", "firing", 500_000, 18 * 100_000 + 500_000), "the rule")
    text = command_line(daemon, "restated", EAST)
    check("2024-07" in text and "no closed month has moved" not in text, text)
    daemon.kill()
    daemon.start()
    apply(daemon, [event("back", "expenditure", 20240721, WEST, amount=-500_000, category="inpatient", stage="final")])
    check_equal(Client(daemon, "query").alerts()[-1]["transition"], "ended", "nothing has moved in the end")
    check_equal([(m["events"], m["expenditure"]) for m in Client(daemon, "query").query("restated", fund=EAST)["months"]], [(2, 0)], "list")
    refused, = Client(daemon).count([event("again", "month_close", 20240930, WEST)])["exceptions"]
    check_equal(refused["reason"], "merged", "only the whole closes months of the old place")
    verify_books(Client(daemon, "query"))
    daemon.stop()


def a_county_that_begins_to_pool_has_no_runway_incident():
    daemon = Daemon().init().start()
    apply(daemon, [*founded(EAST, balance=200_000, deficit={"on": False}, provisional={"on": False})])
    apply(daemon, [*even_months(EAST, range(1, 13)), day_of(EAST, 20241231)])
    check_equal(told_of(daemon, EAST), [("runway", "firing", "critical_low", "")], "two months")
    apply(daemon, [event(f"{kind}-{category}", kind, 20241220, EAST, amount=800_000, category=category, **more)
                   for kind, category, more in (("expenditure", "to_upper", {"stage": "final"}), ("income", "from_upper", {}))])
    check_equal(told_of(daemon, EAST)[1:], [("runway", "ended", "normal", "money_elsewhere")], "its money is the city's now")
    status = command_line(daemon, "status", "440781")
    check("the balance is held one level up" in status and "alerts        none" in status, status)
    check("nothing is firing and nothing is blind" in command_line(daemon, "alerts"), "what fires")
    verify_books(Client(daemon, "query"))
    daemon.stop()


def of_a_place_that_was_merged_everybody_says_the_same():
    daemon = Daemon().init().start()
    apply(daemon, [*founded(EAST, balance=50_000), *founded(WEST)])
    apply(daemon, [*(e for month in range(1, 13) for fund in COUNTIES for e in month_of(fund, 2024, month, 100_000, 101_000)),
                   *(day_of(fund, 20241231) for fund in COUNTIES)])
    check("firing" in [t for _, t, _, _ in told_of(daemon, EAST)], "it fires as long as it goes on")
    apply(daemon, [merged(EAST, 440782, 20250101), day_of(WEST, 20250131)])
    why = "the place was merged or split, and no rule looks at it"
    outlook = Client(daemon, "query").query("outlook", fund=EAST, payouts_e4=10_800)
    check_equal((outlook["computable"], outlook["standing"], outlook["leaving"]), ("place_ended", [], []), "outlook")
    check_equal((outlook["projection"]["computable"], outlook["whatif"]["computable"]), ("place_ended",) * 2, "projections")
    check_equal((outlook["gate"]["answer"], {c["computable"] for c in outlook["gate"]["conditions"]}),
                ("not_computable", {"place_ended"}), "gate")
    for command in ("outlook", EAST), ("whatif", EAST, "--payouts", "+8%"):
        text = command_line(daemon, *command, codes=(4,))
        check(why in text and "firing now" not in text, f"{command}: {text}")
    member = next(m for m in rollup(daemon, "4407", 20250131)["members"] if m["fund"] == EAST)
    check_equal((member["role"], member["level"], member["firing"]), ("merged", "", 0), "in the roll-up")
    text = command_line(daemon, "rollup", "440781")
    check("merged into 440782/390" in text and "as of 2025-01-31" in text, f"the place by itself: {text}")
    report = command_line(daemon, "report", EAST, "--year", "2025", "--as-of", "2025-01-31")
    check(why in report and "NOT met" not in report and "not met" not in report, report)
    daemon.stop()


def a_policy_that_was_told_before_does_not_undo_a_merger():
    """December's policy is there, and says nothing of a merger, when the one of November is told."""
    daemon = Daemon().init().start()
    apply(daemon, [*founded(EAST), *founded(WEST, balance=50_000, runway={"min_months": 1})])
    for month in range(1, 11):
        apply(daemon, [*even_months(EAST, [month]), *even_months(WEST, [month]), *(day_of(f, month_end(2024, month)) for f in COUNTIES)])
    check("firing" in [t for _, t, _, _ in told_of(daemon, WEST)], "it fires by itself")
    apply(daemon, [event("december", "policy", 20241201, WEST, policy={"version": 2, "ahead_days": 366, **expecting("h-1")}),
                   event("november", "policy", 20241101, WEST, policy={"version": 3, "ahead_days": 366, "merged_into": 440781})])
    apply(daemon, [day_of(EAST, 20241130)])
    told = told_of(daemon, WEST)
    check_equal({t for _, t, _, why in told if why == "place_ended"}, {"ended"}, "its alerts end with the merger")
    apply(daemon, [*even_months(EAST, [11, 12]), *even_months(WEST, [11, 12]), day_of(EAST, 20241231), event("close", "month_close", 20241231, EAST),
                   event("late", "expenditure", 20241215, WEST, amount=900_000, category="inpatient", stage="final")])
    check_equal(told_of(daemon, WEST), told, "no rule looks at it in December either")
    status = status_of(daemon, WEST)
    check_equal((status["place"]["change"], status["place"]["from"], status["place"]["into"]), ("merged", 20241101, [EAST]), "its place")
    check_equal(status["completeness"]["expected"], 0, "nobody is expected to report to it")
    check_equal([s["source"] for s in status_of(daemon, EAST)["completeness"]["sources"]], ["h-1"], "but to the whole")
    query = Client(daemon, "query")
    check_equal(query.query("outlook", fund=WEST)["computable"], "place_ended", "its outlook")
    check_equal(query.query("restated", fund=WEST)["judged"], [], "its closed months")
    member = next(m for m in rollup(daemon, "4407", 20241231)["members"] if m["fund"] == WEST)
    check_equal((member["role"], member["level"]), ("merged", ""), "in the roll-up")
    verify_books(query)
    daemon.stop()


def a_merger_that_is_to_come_does_not_hide_a_place():
    """It goes on until then: the day that all have in common is its day, too."""
    daemon = Daemon().init().start()
    apply(daemon, [*founded(EAST), *founded(WEST), *even_months(EAST, range(1, 7)), *even_months(WEST, range(1, 7)),
                   day_of(EAST, 20240630), day_of(WEST, 20240620), merged(WEST, 440781, 20240801)])
    answer = Client(daemon, "query").query("rollup", place="4407")
    check_equal((answer["as_of"], [m["role"] for m in answer["members"]]), (20240620, ["added", "added"]), "before")
    apply(daemon, [day_of(EAST, 20240801)])
    answer = Client(daemon, "query").query("rollup", place="4407")
    check_equal((answer["as_of"], [m["role"] for m in answer["members"]]), (20240801, ["added", "merged"]), "from its day on")
    daemon.stop()


def a_merger_by_itself_is_no_fall_of_the_runway():
    """West has months of money for two where East has eight; together the runway is 5, as it was three months ago."""
    daemon = Daemon().init().start()
    rules = {"falling": {"on": True}, "runway": {"min_months": 1}, "deficit": {"on": False}, "provisional": {"on": False}}
    apply(daemon, [*founded(EAST, **rules), *founded(WEST, balance=200_000, **rules)])
    for month in range(1, 8):
        apply(daemon, [*even_months(EAST, [month]), *even_months(WEST, [month]), *(day_of(f, month_end(2024, month)) for f in COUNTIES)])
    apply(daemon, [merged(WEST, 440781, 20240801), *even_months(EAST, [8]), *even_months(WEST, [8]), day_of(EAST, 20240831)])
    check_equal([t[:3] for t in told_of(daemon, EAST)], [("runway", "firing", "low")], "it is low, and has not fallen")
    falling = next(t for t in status_of(daemon, EAST)["targets"] if t["rule"] == "falling")
    check_equal((falling["computable"], falling["num"]), ("", 0), "what it has fallen by")
    apply(daemon, [event("spent", "expenditure", 20240901, WEST, amount=300_000, category="inpatient", stage="final"), day_of(EAST, 20240902)])
    falling = next(t for t in status_of(daemon, EAST)["targets"] if t["rule"] == "falling")
    check_equal(falling["num"] * falling["mul"] / falling["den"], 1.5, "and when it falls, under whichever code")
    verify_books(Client(daemon, "query"))
    daemon.stop()


def a_source_of_two_parts_is_expected_by_the_denser_calendar():
    """THIRD, founded first, expects a hospital by the month; WEST every day."""
    daemon = Daemon().init().start()
    monthly = {"calendars": [{"name": "monthly", "rhythm": "monthly", "day": 1}], "sources": [{"pattern": "h-1", "calendar": "monthly"}]}
    apply(daemon, [*founded(EAST), *founded(THIRD, **monthly), *founded(WEST, **expecting("h-1"))])
    apply(daemon, [merged(THIRD, 440781, 20240201, **monthly), merged(WEST, 440781, 20240201, **expecting("h-1"))])
    apply(daemon, [event("bill", "settlement", 20240201, THIRD, amount=1, category="inpatient")], "h-1")
    apply(daemon, [day_of(EAST, 20240210)])
    silent, = status_of(daemon, EAST)["completeness"]["sources"]
    check_equal((silent["source"], silent["calendar"], silent["missed"]), ("h-1", "daily", 9), "of February")
    verify_books(Client(daemon, "query"))
    daemon.stop()


def a_statement_under_the_code_of_a_part_is_judged_by_nobody():
    daemon = Daemon().init().start()
    apply(daemon, [*founded(EAST), *founded(WEST), merged(WEST, 440781, 20240201), day_of(EAST, 20240229)])
    apply(daemon, [event("west", "statement", 20240229, WEST, amount=5), day_of(EAST, 20240301)], "bank")
    check_equal([t for t in told_of(daemon, EAST) + told_of(daemon, WEST) if t[0] == "statement"], [], "of the part's account")
    listed, = Client(daemon, "query").query("statements", fund=WEST)["statements"]
    check_equal((listed["stated"], listed["booked"]), (5, 800_000), "beside what is booked under its code")
    apply(daemon, [event("east", "statement", 20240302, EAST, amount=1_600_000), day_of(EAST, 20240302)], "bank")
    check_equal([t for t in told_of(daemon, EAST) if t[0] == "statement"], [], "one of the whole is of both accounts")
    apply(daemon, [event("east-2", "statement", 20240303, EAST, amount=800_000), day_of(EAST, 20240303)], "bank")
    check_equal(told_of(daemon, EAST)[-1][:3], ("statement", "firing", "low"), "and one that lacks the part's is not right")
    verify_books(Client(daemon, "query"))
    daemon.stop()


def money_on_its_way_in_an_open_month_is_shown():
    """Of 900 that a place pays when it is split 600 have arrived; when the month closes the rest has, too."""
    daemon = Daemon().init().start()
    apply(daemon, [*founded(EAST), *founded(WEST)])
    apply(daemon, [*even_months(EAST, range(1, 7)), *even_months(WEST, range(1, 7)), *(day_of(f, 20240630) for f in COUNTIES)])
    apply(daemon, [event("paid", "expenditure", 20240701, EAST, amount=900, category="transfer_out", stage="final"),
                   event("got", "income", 20240702, WEST, amount=600, category="transfer_in"), *(day_of(f, 20240710) for f in COUNTIES)])
    answer = rollup(daemon, "4407", 20240710)
    check_equal((answer["open_from"], answer["transfers"]), (20240701, []), "of the closed months")
    check_equal(answer["open_transfers"], [{"account": "I8", "cancelled": 600, "left": 0}, {"account": "E8", "cancelled": 600, "left": 300}],
                "of the open one")
    text = command_line(daemon, "rollup", "4407")
    check("in the month that has not closed (from 2024-07-01 on" in text, text)
    apply(daemon, [event("got-2", "income", 20240715, WEST, amount=300, category="transfer_in"), *(day_of(f, 20240731) for f in COUNTIES)])
    answer = rollup(daemon, "4407", 20240731)
    check_equal((answer["open_from"], answer["open_transfers"], answer["cancelled"]), (0, [], 900), "when it has closed")
    daemon.stop()


def what_the_books_of_a_city_are_its_policy_says_and_else_it_is_a_guess():
    """The city's own people pay and cost about as much as those of both counties together; nothing flows between them."""
    daemon = Daemon().init().start()
    apply(daemon, [*founded(EAST), *founded(WEST), *founded(CITY, 1_600_000)])
    apply(daemon, [*(e for month in range(1, 13) for fund in COUNTIES for e in month_of(fund, 2024, month, 100_000, 100_000)),
                   *(e for month in range(1, 13) for e in month_of(CITY, 2024, month, 201_000, 199_000)),
                   *(day_of(fund, 20241231) for fund in (*COUNTIES, CITY))])

    def of_the_city(day):
        answer = rollup(daemon, "4407", day)
        member = next(m for m in answer["members"] if m["fund"] == CITY)
        return member["role"], member["guessed"], answer["balance"]
    check_equal(of_the_city(20241231), ("above", True, 1_600_000), "the figures alone")
    text = command_line(daemon, "rollup", "4407")
    check("not added: its money is below (a guess)" in text and f"Whether the books of {CITY} have money of its own" in text, text)
    check("（推测）" in command_line(daemon, "rollup", "4407", "--lang", "zh"), "in Chinese")
    apply(daemon, [event("own", "policy", 20250101, CITY, policy={"version": 2, "ahead_days": 366, "books": "own"}),
                   *(day_of(fund, 20250101) for fund in (*COUNTIES, CITY))])
    check_equal(of_the_city(20250101), ("added", False, 3_224_000), "as its policy says")
    check_equal(of_the_city(20241231), ("above", True, 1_600_000), "of the day before")
    apply(daemon, [event("sum", "policy", 20250102, CITY, policy={"version": 3, "ahead_days": 366, "books": "sum"}),
                   *(day_of(fund, 20250102) for fund in (*COUNTIES, CITY))])
    check_equal(of_the_city(20250102), ("above", False, 1_600_000), "a sum")
    check("sum" in command_line(daemon, "policy", CITY), "the policy")
    daemon.stop()


if __name__ == "__main__":
    run(every_fen_counts_once_on_either_side_of_the_change,
        a_report_of_the_new_place_has_the_months_of_the_old_ones_or_says_whose_they_were,
        a_split_that_is_said_again_is_the_same_and_one_that_is_not_is_taken_back,
        rules_look_at_the_new_place_and_a_crash_changes_nothing,
        a_statement_that_differs_names_events_under_the_old_code_too, what_cannot_be_merged_is_refused_by_name,
        history_that_is_being_entered_raises_nothing_of_a_place, history_that_is_being_entered_raises_nothing_of_a_whole,
        a_silent_source_of_a_member_blinds_the_place, sources_of_a_part_are_watched_for_the_whole_under_either_code,
        completeness_is_what_sets_of_days_come_to, late_money_of_a_part_restates_the_whole,
        a_county_that_begins_to_pool_has_no_runway_incident, of_a_place_that_was_merged_everybody_says_the_same,
        a_policy_that_was_told_before_does_not_undo_a_merger, a_merger_that_is_to_come_does_not_hide_a_place,
        a_merger_by_itself_is_no_fall_of_the_runway, a_source_of_two_parts_is_expected_by_the_denser_calendar,
        a_statement_under_the_code_of_a_part_is_judged_by_nobody, money_on_its_way_in_an_open_month_is_shown, what_the_books_of_a_city_are_its_policy_says_and_else_it_is_a_guess)
