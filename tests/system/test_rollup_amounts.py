#!/usr/bin/python3
"""A roll-up of what each fund has by its own policy: subsidies, budgets, contributions, what the fund pays of bills.  Sums
against figures worked out here; what one county lacks is not known of all; a pooled city's counties are in it once."""
from harness import *

COUNTIES = ["440781/390", "440782/390", "440783/390"]
CITY = "440700/390"


def rules(county, **more):
    """A standard of 10 yuan a head from the county and 20 from the city; a budget; fees that are expected."""
    level = {"heads": 20240630, "due": [20240930, 1]}
    return dict(
        subsidy={"tolerance": [0, 0], "standards": [{"year": 2024, "per_head": 3000, "whole": 3, "levels": {
            "city": {"parts": 2, **level}, "county": {"parts": 1, **level}}}]},
        budget=[{"year": 2024, "category": "inpatient", "amount": 1_000_000 * county},
                {"year": 2024, "category": "to_upper", "amount": 500_000},
                {"year": 2024, "category": "county", "amount": 400_000}],
        contributions={"expected": [{"year": 2025, "by": 20241031, "amount": 70_000 * county}]}, **more)


def year_of(fund, county):
    yield event(f"heads-{county}", "enrollment", 20240620, fund, year=2024, heads=100 * county)
    yield event(f"county-{county}", "subsidy", 20240815, fund, amount=100_000 * county - 7 * county, category="county", year=2024)
    yield event(f"city-{county}", "subsidy", 20240815, fund, amount=200_000 * county, category="city", year=2024)
    yield event(f"bills-{county}", "expenditure", 20240820, fund, amount=600_000 * county, category="inpatient", stage="final",
                cost=1_000_000, in_policy=800_000)
    yield event(f"fees-{county}", "contribution", 20241010, fund, amount=50_000 * county, category="personal", year=2025)
    yield event(f"day-{county}", "day", 20241231, fund)


def counties(**more):
    for county, fund in enumerate(COUNTIES, 1):
        yield policy(fund, **rules(county, **more.get(fund, {})))
        yield opening(fund, 1_000_000)
        yield from year_of(fund, county)


def amounts(daemon, place="4407", **arguments):
    answer = Client(daemon, "query").query("rollup", place=place, **arguments)
    return {(a["figure"], a["year"], a["of"]): a["amount"] if a["known"] else a["missing"] for a in answer["amounts"]}, answer


def started(events):
    daemon = Daemon().init().start()
    events = list(events)
    check_equal(set(words(Client(daemon).count(events), len(events))), {"applied"}, "outcomes")
    return daemon


WHOLE = {
    ("subsidy_due", 2024, "city"): 1_200_000, ("subsidy_received", 2024, "city"): 1_200_000,
    ("subsidy_due", 2024, "county"): 600_000, ("subsidy_received", 2024, "county"): 599_958,
    ("subsidy_late", 2024, "county"): 42,
    ("budget_foreseen", 2024, "income"): 1_200_000, ("budget_executed", 2024, "income"): 599_958,
    ("budget_foreseen", 2024, "expenditure"): 6_000_000, ("budget_executed", 2024, "expenditure"): 3_600_000,
    ("contributions_expected", 2025, ""): 420_000, ("contributions_collected", 2025, ""): 300_000}


def each_figure_is_the_sum_of_the_funds_that_are_added():
    daemon = started(counties())
    got, answer = amounts(daemon)
    check_equal(got, WHOLE, "amounts")
    check_equal((answer["reimbursement_actual"]["num"], answer["reimbursement_actual"]["den"]), (3_600_000, 3_000_000), "actual")
    check_equal(answer["reimbursement_in_policy"]["den"], 2_400_000, "in policy")
    earlier, _ = amounts(daemon, as_of=20240831)
    check_equal(earlier[("budget_executed", 2024, "income")], 599_958, "as of an earlier day")
    check(("subsidy_late", 2024, "county") not in earlier, "nothing is late before it is due")
    check(("contributions_expected", 2025, "") not in earlier, "nothing is expected yet")
    text = command_line(daemon, "rollup", "4407", "--lang", "zh")
    check("财政应补" in text and "执行数" in text, text)
    daemon.stop()


def what_one_fund_lacks_is_not_known_of_all():
    without = {COUNTIES[1]: {}}
    events = [e for e in counties(**without) if e["id"] != "heads-2"]
    events[0]["policy"].pop("budget")
    daemon = started(events)
    got, _ = amounts(daemon)
    check_equal(got[("subsidy_due", 2024, "city")], [COUNTIES[1]], "nobody counted the heads")
    check_equal(got[("subsidy_received", 2024, "city")], 1_200_000, "what came is known")
    check_equal(got[("budget_foreseen", 2024, "expenditure")], [COUNTIES[0]], "no budget")
    got, _ = amounts(daemon, place="440783")
    check_equal(got[("subsidy_due", 2024, "county")], 300_000, "a county by itself")
    daemon.stop()


def a_pooled_city_has_the_sums_of_its_counties_unless_it_has_its_own():
    events = list(counties())
    for county, fund in enumerate(COUNTIES, 1):       # all they have goes up
        events.append(event(f"up-{county}", "expenditure", 20241111, fund, amount=5_000_000 * county, category="to_upper",
                            stage="final"))
    events += [policy(CITY, budget=[{"year": 2024, "category": "inpatient", "amount": 77}]), opening(CITY, 5),
               event("city-day", "day", 20241231, CITY)]
    daemon = started(events)
    got, answer = amounts(daemon)
    check_equal(answer["funds"], {"added": 1, "contained": 3, "above": 0, "behind": 0, "later": 0, "merged": 0}, "roles")
    check_equal(got[("subsidy_due", 2024, "county")], 600_000, "of the counties")
    check_equal(got[("budget_foreseen", 2024, "expenditure")], 77, "the city's own")
    check_equal(got[("budget_foreseen", 2024, "income")], 1_200_000, "which has none of income")
    verify_books(Client(daemon, "query"))
    daemon.stop()


def a_policy_for_the_place_raises_alerts_of_its_sums():
    """Three counties and a city's policy without books: blind while one is behind, then judged; a crash in between."""
    daemon = started([*counties(), policy(CITY, rollup=True, runway={"min_months": 6}, deficit={"on": False},
                                          provisional={"on": False})])
    client, query = Client(daemon), Client(daemon, "query")
    counted = words(client.count([event("sums-1", "day", 20241231, CITY)]), 1)
    check_equal(counted, ["applied"], "the city's day")
    alert, = [a for a in query.alerts() if a["fund"] == CITY]
    answer = query.query("rollup", place="4407")
    check_equal((alert["rule"], alert["level"], alert["balance"]), ("runway", "low", answer["balance"]), "sums")
    check_equal(alert["num"] * alert["mul"] * answer["runway"]["den"], answer["runway"]["num"] * answer["runway"]["mul"] * alert["den"],
                "the roll-up's months")
    check(CITY not in [m["fund"] for m in answer["members"]], "it is no member")
    daemon.kill()
    daemon.start()
    words(Client(daemon).count([event("east", "day", 20250101, COUNTIES[0]), event("sums-2", "day", 20250101, CITY)]), 2)
    query = Client(daemon, "query")
    check_equal(query.alerts()[-1]["computable"], "funds_behind", "two counties lack the day")
    status = command_line(daemon, "status", "440700")
    check("the books of a fund of the place have not come to the day" in status, status)
    verify_books(query)
    daemon.stop()


def the_level_of_a_member_is_that_of_the_day():
    """Four months of payments at the end of June, thirteen a month later: what was low is high now."""
    fund = COUNTIES[0]
    spent = [event(f"spent-{month}", "expenditure", 20240010 + 100 * month, fund, amount=100_000, category="inpatient", stage="final")
             for month in range(1, 8)]
    daemon = started([policy(fund, runway={"min_months": 6}, deficit={"on": False}), opening(fund, 1_000_000), *spent[:6],
                      event("june", "day", 20240630, fund), spent[6],
                      event("help", "income", 20240720, fund, amount=1_000_000, category="interest"),
                      event("july", "day", 20240731, fund), event("august", "day", 20240801, fund)])
    query = Client(daemon, "query")
    told = [(a["level"], a["books_date"]) for a in query.alerts() if a["rule"] == "runway"]
    check_equal(told, [("low", 20240630), ("high", 20240731)], "what its rule said")
    for day, level, blind in ((20240529, "normal", True), (20240630, "low", False), (20240715, "low", False),
                              (20240731, "high", False), (20240801, "high", False)):
        member, = query.query("rollup", place="440781", as_of=day)["members"]
        check_equal((member["level"], member["blind"]), (level, blind), f"level as of {day}")
    daemon.stop()


def each_member_has_the_completeness_of_its_own_sources():
    """The funds come in another order than that of their places, and only the first one's source is silent."""
    events = []
    for fund, source in (COUNTIES[1], "silent"), (COUNTIES[0], "tax"):
        events += [policy(fund, calendars=[{"name": "daily", "rhythm": "daily", "day": 0, "workdays": False, "grace": 0}],
                          sources=[{"pattern": source, "calendar": "daily"}]), opening(fund, 1)]
    for fund in COUNTIES[:2]:
        events += [event(f"in-{fund}-{day}", "income", day, fund, amount=1, category="interest") for day in range(20240101, 20240104)]
        events.append(event(f"day-{fund}", "day", 20240103, fund))
    daemon = started(events)
    query = Client(daemon, "query")
    own = {fund["fund"]: fund["completeness"]["silent"] for fund in query.query("status")}
    check_equal(own, {COUNTIES[0]: 0, COUNTIES[1]: 1}, "of each fund")
    members = {m["fund"]: m["completeness"]["silent"] for m in query.query("rollup", place="4407")["members"]}
    check_equal(members, own, "of each member")
    daemon.stop()


def money(fund):
    yield event(f"income-{fund}", "income", 20240610, fund, amount=120_000, category="interest")
    yield event(f"bill-{fund}", "expenditure", 20240620, fund, amount=120_000, category="inpatient", stage="final")
    yield event(f"end-{fund}", "day", 20240731, fund)


def before_its_books_open_nothing_of_a_fund_is_known():
    late = event("opening-late", "opening", 20240630, COUNTIES[1], amount=500_000)
    daemon = started([policy(COUNTIES[0]), opening(COUNTIES[0], 1_000_000), *money(COUNTIES[0]), policy(COUNTIES[1]), late,
                      event("end-late", "day", 20240731, COUNTIES[1])])
    for as_of, balance, words_ in ((20240629, None, "not added: its books open later"),
                                   (20240630, 500_000, "not added: its books open on this day, no month is over"),
                                   (20240731, 500_000, "added")):
        member = Client(daemon, "query").query("rollup", place="4407", as_of=as_of)["members"][1]
        check_equal(member["balance"] if member["has_opening"] else None, balance, f"balance as of {as_of}")
        day = f"{as_of // 10000}-{as_of // 100 % 100:02}-{as_of % 100:02}"
        row = next(line for line in command_line(daemon, "rollup", "4407", "--as-of", day).splitlines()
                   if line.startswith(f"  {COUNTIES[1]}"))
        known = re.findall(r"not known|[\d,.]+(?= )", row.split(words_)[1])
        check_equal(known[:3], ["0.50", "0.00", "0.00"] if words_ == "added"
                    else ["0.50" if balance else "not known", "not known", "not known"], f"row as of {as_of}: {row}")
    daemon.stop()


def what_nobody_reported_of_a_member_is_not_known_of_all():
    daemon = started([policy(COUNTIES[0]), opening(COUNTIES[0], 1_000_000), *money(COUNTIES[0]), policy(COUNTIES[1]),
                      event("received", "subsidy", 20240615, COUNTIES[1], amount=70_000, category="county", year=2024),
                      event("end", "day", 20240731, COUNTIES[1])])
    text = command_line(daemon, "rollup", "4407")
    for row in ("balance +not known", "income +0.19", "expenditure +not known  missing: 440782/390"):
        check(re.search(rf"\n  {row}\n".replace("0.19", r"[\d.]+"), text), f"no row {row} in {text}")
    daemon.stop()


def last_year_is_compared_with_employees_only_if_it_has_them():
    """Both counted the year before, and then one states whom it insured as well: people of its scheme alone."""
    def people(fund):
        for year in 2023, 2024:
            yield event(f"heads-{fund}-{year}", "enrollment", year * 10000 + 1231, fund, year=year, heads=1000 + year)
            yield event(f"employees-{fund}-{year}", "population", year * 10000 + 1231, fund, measure="employees", heads=500)
        yield event(f"end-{fund}", "day", 20241231, fund)
    daemon = started([policy(COUNTIES[0]), policy(COUNTIES[1]), *people(COUNTIES[0]), *people(COUNTIES[1])])

    def offered():
        return {(c["numerator"], c["num"], c["den"]) for c in Client(daemon, "query").query("rollup", place="4407")["coverage"]
                if c["denominator"] == "last_year"}
    both = {("reported", 6048, 6046), ("reported_once", 6048, 6046), ("reported_and_employees", 7048, 7046)}
    check_equal(offered(), both, "by own counts")
    stated = event("stated", "population", 20241231, COUNTIES[0], measure="last_year", heads=3000)
    check_equal(words(Client(daemon).count([stated]), 1), ["applied"], "outcome")
    check_equal(offered(), {("reported", 6048, 6023), ("reported_once", 6048, 6023)}, "when one states it")
    daemon.stop()


if __name__ == "__main__":
    run(before_its_books_open_nothing_of_a_fund_is_known, what_nobody_reported_of_a_member_is_not_known_of_all,
        last_year_is_compared_with_employees_only_if_it_has_them, the_level_of_a_member_is_that_of_the_day,
        each_member_has_the_completeness_of_its_own_sources, a_policy_for_the_place_raises_alerts_of_its_sums, each_figure_is_the_sum_of_the_funds_that_are_added, what_one_fund_lacks_is_not_known_of_all,
        a_pooled_city_has_the_sums_of_its_counties_unless_it_has_its_own)
