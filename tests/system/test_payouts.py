#!/usr/bin/python3
"""The life of a payout through the programs: a bureau's file goes through fundwatch-bureau, what is no move is refused by
name with its field, `fundwatch payouts` shows how far each has come, and a crash in the middle changes nothing."""
import json
from fractions import Fraction

import model
from harness import *

WAN = 1_000_000
LIFE = (        # kind, day, stage, wan, more
    ("p1", 20240131, "provisional", 90, {}),
    ("a1", 20240630, "adjustment", 10, {}),
    ("h1", 20241231, "retention", 5, {}),
    ("c1", 20250331, "clearing", 12, {"year": 2024, "cleared": 100 * WAN}),
    ("l1", 20250630, "release", 5, {"year": 2024}),
)
REFUSED = (     # after all of it: kind, day, stage, wan, more, the field that is wrong
    ("p2", 20250401, "provisional", 1, {"year": 2024}, "date"),
    ("a2", 20250401, "adjustment", 1, {"year": 2024}, "date"),
    ("c2", 20250401, "clearing", 1, {"year": 2024}, "stage"),
    ("l2", 20250701, "release", 1, {"year": 2024}, "amount"),
    ("a3", 20250102, "adjustment", 1, {}, "stage"),
    ("l3", 20250102, "release", 1, {}, "stage"),
    ("b1", 20250102, "advance_return", 1, {}, "amount"),
)


def payment(id_, day, stage, wan, more):
    fields = {} if stage.startswith("advance") else {"category": "inpatient"}
    return event(id_, "disbursement", day, amount=wan * WAN, stage=stage, institution="H1", **fields, **more)


def reason(reply):
    exception = reply["exceptions"][0]
    return exception["outcome"], exception["reason"], exception["key"]


def a_fund(recognition):
    daemon = Daemon().init().start()
    client = Client(daemon)
    client.count([policy(recognition=recognition), opening(amount=1000 * WAN), event("d", "day", 20241231)])
    return daemon, client


def payouts(daemon, year, *more):
    return json.loads(command_line(daemon, "payouts", FUND, "--year", str(year), "--json", *more))["payouts"]


def a_life_is_lived_and_what_is_no_move_is_refused(recognition):
    daemon, client = a_fund(recognition)
    states = []
    for row in LIFE:
        reply = client.count([payment(*row)])
        check_equal(words(reply, 1), ["applied"], row[0])
        daemon.kill()
        client.close()
        daemon.start()
        client = Client(daemon)
        check_equal(words(client.count([payment(*row)]), 1), ["duplicate"], f"{row[0]} again")
        (life,) = payouts(daemon, 2024)
        states.append((life["state"], life["provisional"] // WAN, life["retained"] // WAN))
    check_equal(states, [("provisional", 90, 0), ("adjusted", 100, 0), ("adjusted", 100, 5), ("retained", 0, 5),
                         ("released", 0, 0)], "states")
    for *row, field in REFUSED:
        check_equal(reason(client.count([payment(*row)])), ("rejected", "bad_move", field), row[0])
    for original in ("p1", "a1", "h1", "c1"):
        reply = client.count([event(f"{original}-undone", "reversal", 20250701, original=original)])
        check_equal(reason(reply), ("rejected", "bad_move", "original"), f"reversal of {original}")
    client.count([event("l1-undone", "reversal", 20250701, original="l1")])
    check_equal(payouts(daemon, 2024)[0]["state"], "retained", "after the release was undone")
    verify_books(Client(daemon, "query"))
    daemon.stop()


def each_recognition_lives_it():
    for recognition in ("settlement", "disbursement"):
        a_life_is_lived_and_what_is_no_move_is_refused(recognition)


def payouts_come_in_pages_and_by_institution():
    daemon, client = a_fund("settlement")
    events = [event(f"p{i}", "disbursement", 20240131, amount=i * WAN, stage="provisional", category=category,
                    institution=f"H{i:04}") for i, category in enumerate(("inpatient", "pooled") * 600)]
    events += [event("lent", "disbursement", 20240110, amount=WAN, stage="advance", institution="H0003"),
               event("line", "disbursement", 20240110, amount=WAN, stage="provisional", category="chronic")]
    check_equal(set(words(client.count(events), len(events))), {"applied"}, "outcomes")
    got = [(life["category"], life["institution"]) for life in payouts(daemon, 2024)]
    check_equal(got, [("", "H0003")] + [("inpatient", f"H{i:04}") for i in range(0, 1200, 2)] +
                [("pooled", f"H{i:04}") for i in range(1, 1200, 2)] + [("chronic", "")], "all of them")
    check_equal([(life["category"], life["state"]) for life in payouts(daemon, 2024, "--institution", "H0003")],
                [("", "lent"), ("pooled", "provisional")], "of one institution")
    text = command_line(daemon, "payouts", FUND, "--year", "2024", "--limit", "3")
    check("inpatient  H0002        provisional" in text and "there are more" in text, text)
    check("nothing has been paid" in command_line(daemon, "payouts", FUND, "--year", "2023", "--institution", "X"), "none")
    daemon.stop()


def what_a_year_paid_stays_provisional_when_the_last_one_is_cleared():
    """100 a month on account in two years, the first of them cleared in March of the second: by the daemon, and by the
    model, which has its own way to it."""
    daemon, client = a_fund("disbursement")
    other = model.Model()
    rules = {**policy(recognition="disbursement")["policy"], "deficit": {"limit": [0, 0]}}
    rules["runway"] = {"min_months": 1, **{name: [0, 0] for name in ("critical_low", "low")},
                       **{name: [10 ** 9] * 2 for name in ("high", "excessive")}}
    rules["provisional"] = {"limit": [5000, 4500]}
    for e in (policy(recognition="disbursement") | {"policy": rules}, opening(amount=1000 * WAN)):
        other.apply("tax", e)
    reports = {}
    for month in (year * 100 + m for year in (2024, 2025) for m in range(1, 13)):
        events = [event(f"p{month}", "disbursement", month * 100 + 15, amount=100 * WAN, stage="provisional",
                        category="inpatient", institution="H1"), event(f"d{month}", "day", model.month_end(month))]
        if month == 202503:
            events.insert(1, payment("clear", 20250320, "clearing", 0, {"year": 2024, "cleared": 1200 * WAN}))
        check_equal(set(words(client.count(events), len(events))), {"applied"}, month)
        for e in events:
            check_equal(other.apply("tax", e), "applied", e["id"])
        other.end_of_group()
        reports[month] = json.loads(command_line(daemon, "report", FUND, "--as-of", str(model.month_end(month)), "--json"))
        share = reports[month]["status"]["provisional_share"]
        check_equal(Fraction(share["num"], share["den"]), other.funds[FUND].provisional_share(model.month_end(month)), month)
    check_equal([(month, reports[month]["status"]["provisional_share"]["num"] // WAN) for month in (202502, 202503, 202506, 202512)],
                [(202502, 1200), (202503, 300), (202506, 600), (202512, 1200)], "of 1,200")
    check_equal([(line["amount"], line["provisional"]) for line in reports[202506]["lines"]], [(600 * WAN, 600 * WAN)], "E11")
    check_equal([row["provisional"] // WAN for row in reports[202512]["months"]], [100] * 12, "months")
    check_equal(sum(life["provisional"] for life in payouts(daemon, 2025)), 1200 * WAN, "as payouts has it")
    text = command_line(daemon, "report", FUND, "--year", "2025")
    check("‡ provisional:" in text and "100.00 %" in text, text)
    verify_books(Client(daemon, "query"))
    daemon.stop()


run(each_recognition_lives_it, what_a_year_paid_stays_provisional_when_the_last_one_is_cleared, payouts_come_in_pages_and_by_institution)
