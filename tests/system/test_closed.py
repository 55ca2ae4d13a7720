#!/usr/bin/python3
"""Months that are closed, history that is imported and bank statements: from a bureau's table, in Chinese, to what
`fundwatch` prints, and the books are what their journal says."""
import json

from harness import *

HEADER = "编号,事项,日期,类别,金额,年度\n"


def bureau(daemon, *rows):
    """Sends rows as a bureau does: a CSV with Chinese headers, money in 元."""
    path = os.path.join(temp_folder(), "bureau.csv")
    with open(path, "w", encoding="utf-8") as to:
        to.write(HEADER + "".join(row + "\n" for row in rows))
    done = subprocess.run([program("fundwatch-bureau"), "-s", "bureau", "--fund", FUND, path], env=daemon.environment,
                          capture_output=True, text=True, check=False, timeout=DEADLINE)
    check_equal(done.returncode, 0, f"exit code of fundwatch-bureau ({done.stdout} {done.stderr})")


def founded(**rules):
    daemon = Daemon().init().start()
    Client(daemon).count([policy(**rules)])
    return daemon


def answer(daemon, *words_, **how):
    return json.loads(command_line(daemon, *words_, "--json", **how))


def history(daemon):
    return answer(daemon, "alerts", "--history")["alerts"]


def verified(daemon):
    command_line(daemon, "verify")


def history_is_imported_without_alerts_and_judged_once():
    daemon = founded()
    bureau(daemon, "imp,历史导入,2023-12-31,,,", "open,期初结余,2023-12-31,,17000,",
           *(f"x{month},支出,2024-{month:02}-10,住院,1000," for month in range(1, 13)),
           "d1,日结,2024-06-30,,,", "d2,日结,2024-12-31,,,")
    check_equal(history(daemon), [], "alerts while importing")
    check(answer(daemon, "status")[0]["importing"], "the status does not say that history is being entered")
    check("history is being entered" in command_line(daemon, "status"), "nor does its text")
    bureau(daemon, "done,导入完成,2024-12-31,,,")
    check_equal(sorted(alert["rule"] for alert in history(daemon)), ["deficit", "runway"], "alerts")
    check_equal({alert["books_date"] for alert in history(daemon)}, {20241231}, "days of the alerts")
    verified(daemon)


def a_closed_month_that_moved_is_told_line_by_line():
    daemon = founded(runway={"min_months": 1})
    bureau(daemon, "open,期初结余,2023-12-31,,1000,", "x,支出,2024-01-10,住院,100,", "d,日结,2024-02-29,,,",
           "c,月结,2024-01-31,,,", "late,支出,2024-01-20,大病保险,100,", "fee,缴费,2024-01-21,个人缴费,0.50,2024")
    got = answer(daemon, "restated", FUND)
    check_equal(got["closed"], 20240131, "closed up to")
    check_equal([{key: m[key] for key in ("month", "closed", "events", "income", "expenditure")} for m in got["months"]],
                [{"month": 202401, "closed": 20240131, "events": 2, "income": 50, "expenditure": 10000}], "what moved")
    check_equal({line["account"]: line["amount"] for line in got["months"][0]["lines"]}, {"I11": 50, "E2": 10000}, "lines")
    check_equal([(j["date"], j["rule"], j["then"]["level"], j["now"]["level"]) for j in got["judged"]],
                [(20240131, "runway", "normal", "low")], "alerts that would have been different")
    text = command_line(daemon, "restated", FUND, "--year", "2024")
    for words_ in ("2024-01", "catastrophic insurance", "normal, 9.00 months, 0.00 % provisional",
                   "low, 4.00 months, 0.00 % provisional"):
        check(words_ in text, f"{words_} is not in: {text}")
    check_equal(answer(daemon, "restated", FUND, "--year", "2023")["months"], [], "of another year")
    verified(daemon)


def a_closed_month_in_which_no_line_moved_says_so():
    daemon = founded(runway={"min_months": 1})
    paid = event("paid", "disbursement", 20240120, amount=5_000, category="inpatient", stage="provisional")
    bureau(daemon, "open,期初结余,2023-12-31,,1000,", "x,支出,2024-01-10,住院,100,", "d,日结,2024-02-29,,,", "c,月结,2024-01-31,,,")
    check_equal(words(Client(daemon).count([paid]), 1), ["applied"], "outcome")
    text = command_line(daemon, "restated", FUND)
    check(re.search(r"\n2024-01 .*\n +neither income nor expenditure moved: bills, or what is owed of them\n", text), text)
    check("收支无变动（只涉及结算或应付款）" in command_line(daemon, "restated", FUND, "--lang", "zh"), "in Chinese")
    verified(daemon)


def a_statement_that_differs_names_the_events_in_question():
    daemon = founded()
    bureau(daemon, "open,期初结余,2023-12-31,,1000,", "f1,缴费,2024-01-02,个人缴费,380,2024", "d,日结,2024-01-04,,,",
           "b1,银行对账单,2024-01-02,,1380,", "f2,缴费,2024-01-03,个人缴费,20,2024", "x,支出,2024-01-04,住院,30,",
           "s,结算,2024-01-04,住院,77,", "f3,缴费,2024-01-05,个人缴费,1,2024", "b2,银行余额,2024-01-04,,1350,")
    alert = history(daemon)[-1]
    check_equal((alert["rule"], alert["level"], alert["evidence"]), ("statement", "low", {"stated": 135000, "booked": 137000}),
                "the alert")
    got = answer(daemon, "statements", FUND, codes=(4,))
    check_equal([(s["date"], s["difference"], s["judged"]) for s in got["statements"]],
                [(20240102, 0, True), (20240104, -2000, True)], "statements")
    check_equal((got["agreed"], got["differs"], got["mended"], got["more"]), (20240102, 20240104, 0, False), "where they differ")
    check_equal([(c["id"], c["bank"]) for c in got["candidates"]], [("f2", 2000), ("x", -3000)], "candidates")
    text = command_line(daemon, "statements", FUND, codes=(4,))
    check(re.search(r"f2 +the difference", text), f"the candidate of the amount is not marked: {text}")
    check("-20.00 元  stated 0.14 万元, booked 0.14 万元" in command_line(daemon, "alerts", "--history"), "nor the figures told")
    Client(daemon, source="bureau").count([event("r", "reversal", 20240103, original="f2")])
    got = answer(daemon, "statements", FUND)
    check_equal((got["agreed"], got["differs"], got["candidates"]), (20240104, 0, []), "after the reversal")
    check_equal(history(daemon)[-1]["transition"], "ended", "the alert's end")
    verified(daemon)


def a_difference_that_was_mended_is_still_explained():
    """What was on its way on a day: booked on the 2nd, at the bank on the 9th.  And what differs in more than one step."""
    daemon = founded()
    bureau(daemon, "open,期初结余,2023-12-31,,1000,", "b0,银行余额,2024-01-01,,1000,", "f1,缴费,2024-01-02,个人缴费,20,2024",
           "f2,缴费,2024-01-02,个人缴费,5,2024", "b1,银行余额,2024-01-04,,1005,", "f3,缴费,2024-01-05,个人缴费,7,2024",
           "b2,银行余额,2024-01-06,,1012,", "x1,支出,2024-01-07,住院,20,", "b3,银行余额,2024-01-08,,1012,", "d,日结,2024-01-20,,,")
    got = answer(daemon, "statements", FUND)
    check_equal([s["difference"] for s in got["statements"]], [0, -2000, -2000, 0], "differences")
    check_equal((got["agreed"], got["differs"], got["mended"]), (20240101, 20240104, 20240108), "its days")
    check_equal([(s["after"], s["date"], s["change"]) for s in got["steps"]],
                [(20240101, 20240104, -2000), (20240106, 20240108, 2000)], "its steps")
    check_equal([(c["id"], c["statement"], c["bank"]) for c in got["candidates"]],
                [("f1", 20240104, 2000), ("f2", 20240104, 500), ("x1", 20240108, -2000)], "candidates")
    text = command_line(daemon, "statements", FUND)
    for pattern in (r"differed from 2024-01-04 on .*agree again since 2024-01-08", r"f1 +the difference", r"x1 +mends it"):
        check(re.search(pattern, text), f"{pattern} is not in {text}")
    text = command_line(daemon, "statements", FUND, "--lang", "zh")
    check(re.search(r"f1 +等于差额", text) and re.search(r"x1 +消除差额", text), text)
    check_equal(answer(daemon, "statements", FUND, "--from", "2024-01-09")["differs"], 0, "after it was mended")
    bureau(daemon, "b4,银行余额,2024-01-15,,1000,", "b5,银行余额,2024-01-18,,999,", "x2,支出,2024-01-17,住院,1,")
    got = answer(daemon, "statements", FUND, codes=(4,))
    check_equal((got["agreed"], got["differs"], got["mended"]), (20240108, 20240115, 0), "the newest difference")
    check_equal([(s["date"], s["change"]) for s in got["steps"]], [(20240115, -1200)], "its steps")
    check("--to 2024-01-06" in command_line(daemon, "statements", FUND, codes=(4,)), "that they differed before is not said")
    got = answer(daemon, "statements", FUND, "--to", "2024-01-10")
    check_equal((got["differs"], got["mended"], len(got["candidates"])), (20240104, 20240108, 3), "the earlier one")
    verified(daemon)


def many_candidates_come_in_pages():
    daemon = founded()
    bureau(daemon, "open,期初结余,2023-12-31,,1000,", "d,日结,2024-01-31,,,", "b,银行对账单,2024-01-31,,1,",
           *(f"f{i},缴费,2024-01-{i % 31 + 1:02},个人缴费,{i + 1},2024" for i in range(120)))
    found, after = [], []
    while True:
        got = answer(daemon, "statements", FUND, *after, codes=(4,))
        check_equal((got["agreed"], got["differs"]), (0, 20240131), "where they differ")
        found += [candidate["id"] for candidate in got["candidates"]]
        if not got["more"]:
            break
        check_equal(len(got["candidates"]), 50, "candidates of a page")
        after = ["--after", str(got["next"])]
    check_equal(sorted(found), sorted(f"f{i}" for i in range(120)), "candidates")
    text = command_line(daemon, "statements", FUND, codes=(4,))
    check("differ from 2024-01-31 on, since the books opened" in text and "--after" in text, text)


run(history_is_imported_without_alerts_and_judged_once, a_closed_month_that_moved_is_told_line_by_line,
    a_closed_month_in_which_no_line_moved_says_so,
    a_statement_that_differs_names_the_events_in_question, a_difference_that_was_mended_is_still_explained, many_candidates_come_in_pages)
