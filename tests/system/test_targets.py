#!/usr/bin/python3
"""The targets that are a place's own: reimbursement, falling runway, contributions, net loss, budgets.  Two years of figures with each
of them missed once; the status, the report and the alerts say so, after a crash in the middle as well, and the books agree."""
import json

from harness import *

RULES = dict(
    deficit={"on": False}, runway={"min_months": 6},
    reimbursement={"on": True, "base": "calendar_year", "in_policy": [7000, 7000], "actual": [5500, 5500]},
    falling={"on": True, "months": 3, "limit": [10000, 8000]},
    contributions={"limit": [9500, 9500], "expected": [{"year": 2025, "by": 20241231, "amount": 10_000}]},
    net_loss={"on": True, "limit": [100, 50]},
    budget=[{"year": 2025, "category": "inpatient", "amount": 1_500_000}],
    execution={"on": True, "over": [10000, 10000]},
)
LAST = {1: 31, 2: 28, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31}


def months():
    """2024 is even; fees for 2025 come a tenth too low; 2025 has fewer heads, and spends more than it earns."""
    yield event("heads-2024", "enrollment", 20240110, year=2024, heads=10_000)
    for month in range(1, 25):
        year, of_year = 2024 + (month - 1) // 12, (month - 1) % 12 + 1
        day = year * 10000 + of_year * 100
        spent = 100_000 if year == 2024 else 130_000
        yield event(f"in-{month}", "income", day + 5, amount=100_000, category="other_income")
        yield event(f"out-{month}", "expenditure", day + 10, amount=spent, category="inpatient", stage="final",
                    cost=spent * 10000 // 5974, in_policy=spent * 10000 // 6529)
        if month == 10:
            yield event("fee", "contribution", day + 20, amount=9_400, category="personal", year=2025)
        if month == 13:
            yield event("heads-2025", "enrollment", day + 12, year=2025, heads=9_899)
        yield event(f"day-{month}", "day", day + (29 if day == 20240200 else LAST[of_year]))


def played(crash):
    daemon = Daemon().init().start()
    events = [policy(**RULES), opening(amount=800_000), *months()]
    for part in (events[:40], events[40:]):
        check_equal(set(words(Client(daemon).count(part), len(part))), {"applied"}, "outcomes")
        if crash:
            daemon.kill()
            daemon.start()
    return daemon


def told(daemon):
    return [{key: alert[key] for key in ("rule", "instance", "transition", "level", "books_date", "num", "den", "causes")}
            for alert in Client(daemon, "query").alerts()]


def each_target_that_is_missed_is_told():
    daemon = played(crash=False)
    alerts = told(daemon)
    first = {(a["rule"], a["instance"]): a for a in reversed(alerts)}
    check_equal(set(first), {("reimbursement", "in_policy"), ("contributions", "2025"), ("net_loss", ""), ("runway", ""),
                             ("falling", ""), ("budget", "2025-expenditure")}, "what was told")
    reimbursement = first["reimbursement", "in_policy"]
    check_equal(reimbursement["books_date"], 20241231, "the year is over")
    check_equal(round(reimbursement["num"] / reimbursement["den"], 4), 0.6529, "in policy")
    check_equal((first["contributions", "2025"]["num"], first["contributions", "2025"]["den"]), (9_400, 10_000), "fees")
    check_equal((first["net_loss", ""]["num"], first["net_loss", ""]["den"]), (101, 10_000), "lost")
    over = first["budget", "2025-expenditure"]
    check_equal((over["books_date"], over["num"], over["den"]), (20251231, 1_560_000, 1_500_000), "over its budget")
    for alert in alerts:
        causes = alert["causes"]
        check_equal(sum(part[2] for part in causes["items"]), causes["after"] - causes["before"], alert)
        explained = alert["rule"] in ("runway", "falling") and alert["transition"] in ("firing", "changed")
        check_equal(causes["since"] > 0, explained, alert)
    daemon.stop()


def a_crash_in_the_middle_changes_nothing():
    daemons = [played(crash) for crash in (False, True)]
    once, again = (told(daemon) for daemon in daemons)
    check_equal(again, once, "alerts after a crash")
    for daemon in daemons:
        verify_books(Client(daemon, "query"))
        daemon.stop()


def status_and_report_say_what_was_aimed_at():
    daemon = played(crash=False)
    fund, = Client(daemon, "query").query("status")
    met = {(t["rule"], t["instance"]): t["met"] for t in fund["targets"]}
    check_equal(met[("reimbursement", "in_policy")], False, "in policy")
    check_equal(met[("reimbursement", "actual")], True, "actual")
    check_equal(met[("contributions", "2025")], False, "contributions")
    status = command_line(daemon, "status")
    check("reimbursement in_policy: 65.29 %, target 70.00 %, NOT met" in status, status)
    check("contributions 2025: 94.00 % †, target 95.00 %, NOT met" in status, status)
    check("budget 2025-expenditure: 104.00 % †, at most 100.00 %, NOT met" in status, status)
    for language, name in ("zh", "政策范围内住院费用基金支付比例"), ("en", "inpatient cost within policy"):
        page = command_line(daemon, "report", FUND, "--year", "2025", "--format", "json", "--lang", language)
        rows = {row["code"]: row for row in json.loads(page)["indicators"]}
        check_equal(rows["reimbursement:in_policy"]["actual"], "65.29", language)
        check(name in rows["reimbursement:in_policy"]["name"], rows)
    daemon.stop()


if __name__ == "__main__":
    run(each_target_that_is_missed_is_told, a_crash_in_the_middle_changes_nothing, status_and_report_say_what_was_aimed_at)
