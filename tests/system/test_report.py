#!/usr/bin/python3
"""The report of a self-evaluation: text, CSV, JSON and a page, in two languages, for a year and for a day of it,
from one set of events.  The figures are the same everywhere, and the page is well-formed and needs nothing."""
import csv
import io
import json
import xml.etree.ElementTree as ET

from harness import *

COVERAGE_RULE = {"name": "resident", "numerator": "reported", "denominator": "resident", "deadline": 1231,
                 "target": [9500, 9500]}
LEVEL = {"heads": 20240301, "due": [20240430, 1]}
STANDARD = {"year": 2024, "per_head": 61000, "whole": 1000,
            "levels": {"central": {"parts": 300, **LEVEL}, "province": {"parts": 550, **LEVEL},
                       "city": {"parts": 75, **LEVEL}, "county": {"parts": 75, **LEVEL}},
            "exceptions": [{"kind": "paid_by", "level": "county", "group": "student", "payer": "city"},
                           {"kind": "lump", "level": "county", "group": "area_1", "lump": 219_233_00}]}
RULES = dict(recognition="disbursement", coverage=[COVERAGE_RULE], subsidy={"standards": [STANDARD]},
             budget=[{"year": 2024, "category": "city", "amount": 20_000_000_000},
                     {"year": 2024, "category": "inpatient", "amount": 7_000_000_000}])
LANGUAGES = ("zh", "en")
DAYS = ("--year", "2024"), ("--as-of", "2024-08-15")
CHINESE = re.compile("[\u4e00-\u9fff]")


def a_year():
    """Income in four months, expenditure in all, a part of it provisional."""
    for month in range(1, 13):
        day = 20240000 + month * 100
        if month % 3 == 0:
            yield event(f"subsidy-{month}", "subsidy", day + 15, amount=2_500_000_017, category="city", year=2024)
        yield event(f"inpatient-{month}", "expenditure", day + 10, amount=500_000_003, category="inpatient",
                    stage="provisional" if month > 6 else "final")
        yield event(f"other-{month}", "expenditure", day + 20, amount=33_333_333, category="other_expenditure",
                    stage="final")
        yield event(f"day-{month}", "day", day + (29 if month == 2 else 30 if month in (4, 6, 9, 11) else 31))


def a_fund(*more, derived=True):
    daemon = Daemon().init().start()
    start = opening(amount=3_500_000_000)
    start["derived"] = derived
    people = [event("people", "enrollment", 20240301, year=2024, heads=960),
              event("population", "population", 20240301, measure="resident", heads=1000)]
    events = [policy(**RULES), start, *people, *a_year(), *more]
    check_equal(set(words(Client(daemon).count(events), len(events))), {"applied"}, "outcomes")
    return daemon


def report(daemon, form, language, *days):
    return command_line(daemon, "report", FUND, *days, "--format", form, "--lang", language)


def wan(fen):
    """万元 with 2 decimals, half away from zero, as people print it."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    hundredths = (fen + 5000) // 10000
    return f"{sign if hundredths else ''}{hundredths // 100:,}.{hundredths % 100:02}"


def yuan(fen):
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02}"


def page_of(text):
    """The page as XML: it has to be well-formed."""
    return ET.fromstring(text.split("\n", 1)[1])


def cells(row):
    """Without the marks, which stand behind a figure."""
    texts = []
    for cell in row:
        for mark in cell.findall("span"):
            cell.remove(mark)
        texts.append("".join(cell.itertext()).strip())
    return texts


def table_of(page, name):
    table = page.find(f".//section[@class='{name}']//table")
    check(all(th.get("scope") == "col" for th in table.find("thead/tr")), f"{name}: columns without a scope")
    rows = table.findall("tbody/tr")
    check(all(row.find("th[@scope='row']") is not None for row in rows), f"{name}: rows without a heading")
    return [cells(row) for row in rows]


def line_figures(answer):
    """Code of a line: (fen, provisional part)."""
    figures = {line["account"]: (line["amount"], line["provisional"]) for line in answer["lines"]}
    provisional = sum(line["provisional"] for line in answer["lines"])
    figures["I2"] = (sum(l["amount"] for l in answer["lines"] if l["account"].startswith("I2")), 0)
    for key in ("income", "expenditure", "surplus", "opening", "closing"):
        figures[key] = (answer[key], provisional if key == "expenditure" else 0)
    return figures


def subsidies(answer):
    """(code, heads, due, received, share, arrears by age, since) of each level and of all."""
    for item in answer["subsidy"] + [dict(answer["subsidy_whole"], arrears=[0, 0, 0], oldest=0)]:
        yield (item["code"], item["heads"], None if item["known"] else item["due"], item["received"], item["share"],
               item["arrears"], date(item["oldest"]))


def date(ymd):
    return f"{ymd // 10000}-{ymd // 100 % 100:02}-{ymd % 100:02}" if ymd else ""


def subsidy_csv(answer):
    """(section, code): value"""
    for code, heads, due, received, share, ages, since in subsidies(answer):
        yield ("subsidy_heads", code), str(heads)
        yield ("subsidy_due", code), yuan(due) if due is not None else ""
        yield ("subsidy_received", code), yuan(received)
        yield ("subsidy_share", code), share
        yield from ((("subsidy_late_" + age, code), yuan(fen)) for age, fen in zip(("30", "90", "older"), ages) if fen)
        if since:
            yield ("subsidy_since", code), since


def budget_csv(answer):
    for line in answer["budget"]:
        code = f"{line['year']}:{line['account']}"
        yield ("budget", code), yuan(line["amount"])
        yield ("budget_execution", code), line["execution"]


def compare_csv(answer, text):
    rows = list(csv.reader(io.StringIO(text)))
    check_equal({len(row) for row in rows}, {12}, "columns of the CSV")
    lines = {row[1]: (row[3], row[5]) for row in rows if row[0] in ("income", "expenditure", "subtotal", "total")}
    check_equal(lines, {code: (yuan(fen), yuan(part) if part else "")
                        for code, (fen, part) in line_figures(answer).items()}, "lines of the CSV")
    months = {(row[0], row[1]): row[3] for row in rows if row[0].startswith("month_")}
    check_equal(months, {(f"month_{key}", f"{m['month'] // 100}-{m['month'] % 100:02}"): yuan(m[key])
                         for m in answer["months"] for key in ("income", "expenditure", "balance")}, "months of the CSV")
    check_equal([(row[1], row[6], row[3]) for row in rows if row[0] == "indicator"],
                [(i["code"], i["target"], i["actual"]) for i in answer["indicators"]], "indicators of the CSV")
    check_equal({(row[0], row[1]): row[3] for row in rows if row[0].startswith(("subsidy_", "budget"))
                 and row[0] != "subsidy_per_head"}, dict([*subsidy_csv(answer), *budget_csv(answer)]),
                "subsidies and budget of the CSV")


def compare_page(answer, text):
    page = page_of(text)
    figures = [(fen, part) for fen, part in line_figures(answer).values()]
    check_equal(sorted(tuple(row[2:4]) for row in table_of(page, "form")),
                sorted((wan(fen), wan(part) if part else "") for fen, part in figures), "lines of the page")
    check_equal([row[1:] for row in table_of(page, "months")],
                [[wan(m["income"]), wan(m["expenditure"]), wan(m["provisional"]) if m["provisional"] else "",
                  wan(m["balance"])] for m in answer["months"]], "months of the page")
    check_equal([row[3].split()[0] if row[3] != "–" else "" for row in table_of(page, "indicators")],
                [i["actual"] for i in answer["indicators"]], "indicators of the page")
    check_equal([(row[3], row[4] if due is not None else None, row[5], row[6], row[7:10], row[10])
                 for row, (_, _, due, _, _, _, _) in zip(table_of(page, "subsidies"), subsidies(answer))],
                [(f"{heads:,}", wan(due) if due is not None else None, wan(received), f"{share} %" if share else "",
                  [wan(fen) if fen else "" for fen in ages], since)
                 for _, heads, due, received, share, ages, since in subsidies(answer)], "subsidies of the page")
    check_equal([row[3:] for row in table_of(page, "budget")],
                [[wan(line["budget"]), wan(line["amount"]), f"{line['execution']} %"] for line in answer["budget"]],
                "budget of the page")
    for chart in page.findall(".//svg[@role='img']"):
        names = [chart.find(f".//*[@id='{id}']") for id in chart.get("aria-labelledby").split()]
        check(len(names) == 2 and all(name is not None and name.text for name in names), "a chart without words")


def compare_text(answer, text):
    for code, (fen, _) in line_figures(answer).items():
        check(f" {wan(fen)}" in text, f"{code}, {wan(fen)}, is not in the text")
    so_far = 0
    for month in answer["months"]:
        so_far += month["provisional"]
        spent, balance = ("‡" if fen else "" for fen in (month["provisional"], so_far))
        check(re.search(rf"{wan(month['expenditure'])}†? ?{spent}[^‡]* {wan(month['balance'])}†? ?{balance} *\n", text),
              f"{month} is not in the text")


def the_figures_are_the_same_everywhere():
    daemon = a_fund()
    for days in DAYS:
        for language in LANGUAGES:
            answer = json.loads(report(daemon, "json", language, *days))
            for key in ("income", "expenditure"):
                check_equal(sum(month[key] for month in answer["months"]), answer[key], f"{key} of all months")
            check_equal(answer["months"][-1]["balance"], answer["closing"], "the last balance")
            compare_csv(answer, report(daemon, "csv", language, *days))
            compare_page(answer, report(daemon, "html", language, *days))
            compare_text(answer, report(daemon, "text", language, *days))
    daemon.stop()


def what_comes_out_is_right():
    """Against figures worked out here: 12 × 533.333336 万元 spent, 4 × 2,500.000017 received."""
    daemon = a_fund()
    answer = json.loads(report(daemon, "json", "en", "--year", "2024"))
    spent, received = 12 * 533_333_336, 4 * 2_500_000_017
    closing = 3_500_000_000 + received - spent
    check_equal((answer["income"], answer["expenditure"], answer["closing"]), (received, spent, closing), "totals")
    check_equal([m["provisional"] for m in answer["months"]], [0] * 6 + [500_000_003] * 6, "provisional by month")
    runway, owed, received_too, deficit, provisional, coverage = answer["indicators"]
    check_equal((runway["actual"], runway["target"], runway["outcome"]),
                (f"{closing * 12 / spent:.2f}", "6–9", "not_met"), "runway")
    check_equal((runway["derived"], runway["provisional"]), (True, True), "marks of the runway")
    check_equal((owed["actual"], owed["outcome"]), (runway["actual"], "no_target"), "nothing is owed to hospitals")
    check_equal(received_too["outcome"], "not_computable", "overdue subsidy, of which not all is known")
    more = (12 * closing - 9 * spent) / 21
    check(wan(int(more) + 1) in runway["remark"], f"clearing would add {more}: {runway['remark']}")
    check_equal((deficit["outcome"], provisional["outcome"]), ("met", "met"), "deficit and provisional share")
    check_equal((coverage["actual"], coverage["target"], coverage["outcome"]), ("96.00", "≥ 95", "met"), "coverage")
    check_equal(answer["policy"]["coverage"][0]["name"], "resident", "policy in the report")
    daemon.stop()


def the_runway_stands_in_three_figures():
    """A bill of which a part is paid on account, and three levels that have paid nothing."""
    owing = {**RULES, "subsidy": {"standards": [{**STANDARD, "exceptions": []}]}, "version": 2,
             "runway": {"excessive": [120000, 120000], "hold": [0, 0]}}
    daemon = a_fund(policy(id="policy-2", **owing),
                    event("bill", "settlement", 20240310, amount=700_000_000, category="inpatient"),
                    event("paid", "disbursement", 20240320, amount=300_000_000, category="inpatient", stage="provisional"),
                    event("after", "day", 20250101), event("last", "day", 20250102))
    spent, received, owed = 12 * 533_333_336 + 300_000_000, 4 * 2_500_000_017, 400_000_000
    closing = 3_500_000_000 + received - spent
    overdue = 960 * (61000 - 4575)      # the city has paid its part of 610 yuan a head
    wanted = [f"{12 * closing / spent:.2f}", f"{12 * (closing - owed) / (spent + owed):.2f}",
              f"{12 * (closing + overdue) / spent:.2f}"]
    answer = json.loads(report(daemon, "json", "en", "--year", "2024"))
    check_equal([i["actual"] for i in answer["indicators"][:3]], wanted, "of the report")
    check_equal([i["remark"] for i in answer["indicators"][1:3]],
                ["owed to hospitals: 0.00 万元 recognised, 400.00 万元 not yet", f"overdue subsidy: {wan(overdue)} 万元"],
                "what they rest on")
    status = command_line(daemon, "status", FUND[:6])
    for months, words_ in zip(wanted, ("months † (12 closed", "months † with everything owed",
                                       "months † with overdue subsidy")):
        check(f"{months} {words_}" in status, f"{months} {words_} is not in {status}")
    told = [a for a in Client(daemon, "query").alerts() if a["rule"] == "runway" and a["books_date"] >= 20241231][-1]
    check_equal((told["evidence"]["incurred"], told["evidence"]["overdue"]), (owed, overdue), "evidence")
    check_equal([f"{told['evidence'][key] / 100:.2f}" for key in ("runway_owed", "runway_received")], wanted[1:],
                "runways of the evidence")
    line = [l for l in command_line(daemon, "alerts", "--history", FUND[:6]).splitlines() if "  runway  " in l][-1]
    check("of expenditure is provisional" in line and f"runway owed {wanted[1]} months" in line, line)
    daemon.stop()


def what_is_owed_does_not_go_with_its_standard():
    """Of two levels nothing has come; of the others nobody knows what they owe."""
    daemon = a_fund(event("last", "day", 20250102))
    without = policy(id="policy-2", **{**RULES, "version": 2, "subsidy": {"standards": []}})
    check_equal(words(Client(daemon).count([without]), 1), ["rejected"], "a policy without the standard of 2024")
    missing = f"{960 * 610 * (300 + 550) // 1000:,}.00"
    for language, sentence in (("en", f"of the year that begins on 2024-01-01 are {missing} yuan still to come"),
                               ("zh", f"2024-01-01 起的年度财政补助尚有 {missing} 元未到位")):
        told = command_line(daemon, "quarantine", "list", "--lang", language)
        check(sentence in told, f"{sentence} is not in {told}")
    daemon.stop()


def what_governments_owe_is_right():
    """960 heads at 610: nothing came but the city's, of whose students nobody gave the number."""
    daemon = a_fund()
    answer = json.loads(report(daemon, "json", "en", "--as-of", "2024-08-15"))
    levels = {item["level"]: item for item in answer["subsidy"]}
    check_equal([levels[level]["known"] for level in ("central", "province", "city", "county")],
                ["", "", "no_group", "no_group"], "what is known")
    check_equal((levels["central"]["due"], levels["province"]["due"]), (960 * 18300, 960 * 33550), "due")
    check_equal((levels["central"]["arrears"], levels["central"]["oldest"]), ([0, 0, 960 * 18300], 20240430), "late")
    check_equal([(item["level"], item["due_by_now"]) for item in answer["status"]["arrears"]],
                [("central", 960 * 18300), ("province", 960 * 33550)], "late in the status")
    whole = answer["subsidy_whole"]
    check_equal((whole["known"], whole["heads"], whole["received"]), ("no_group", 960, 2 * 2_500_000_017), "of all")
    budget = {line["account"]: (line["amount"], line["execution"]) for line in answer["budget"]}
    check_equal(budget, {"I23": (2 * 2_500_000_017, "25.00"), "E11": (8 * 500_000_003, "57.14")}, "budget")
    daemon.stop()


def a_rate_of_a_levels_own_is_a_part_of_the_whole():
    """Per head 100 元, and what each row comes to: (rules of county and city, all levels' per head, heads and due)."""
    share, other = {"parts": 100, "heads": 20231231}, {"heads": 20240630}
    rows = (
        ({"county": share, "city": {"own": 3333, **other}}, 13333, -1, 100000 * 10000 + 89000 * 3333),
        ({"county": share, "city": {"own": 3333, "heads": 20231231}}, 13333, 100000, 100000 * 13333),
        ({"county": {**share, "parts": 60}, "city": {"own": 4000, "heads": 20231231}}, 10000, 100000, 100000 * 10000),
        ({"county": {**share, "parts": 60}, "city": {"own": 3999, "heads": 20231231}}, 0, 100000, None),
        ({"county": share}, 10000, 100000, 100000 * 10000),
        ({"city": {"own": 10000, **other}}, 10000, 89000, 89000 * 10000),
        ({"city": {"own": 1100, "heads": 20231231}}, 10000, 89000, 89000 * 10000),      # who pays the rest is not said
    )
    daemon = Daemon().init().start()
    client = Client(daemon)
    for place, (levels, per_head, heads, due) in enumerate(rows, 130201):
        fund = f"{place}/390"
        rules = {"version": 1, "ahead_days": 366, "subsidy": {"standards": [
            {"year": 2024, "per_head": 10000, "whole": 100,
             "levels": {level: {"base": "stated", "due": [20241231, 1], **rule} for level, rule in levels.items()}}]}}
        client.count([event(f"p{place}", "policy", 20231201, fund, policy=rules),
                      event(f"h{place}", "enrollment", 20231231, fund, year=2023, heads=100000),
                      event(f"i{place}", "enrollment", 20240630, fund, year=2024, heads=89000),
                      event(f"d{place}", "day", 20241130, fund)])
        whole = Client(daemon, "query").query("report", fund=fund, year=2024)["subsidy_whole"]
        check_equal((whole["per_head"], whole["heads"], None if whole["known"] else whole["due"]), (per_head, heads, due), levels)
    daemon.stop()


def what_is_due_can_be_added_up_from_its_row():
    """Heads × standard, less what is otherwise for groups of the level, and what it bears for another; groups of fewer
    than ten are not told of."""
    rate = {"county": 4575, "city": 4575, "province": 33550, "central": 18300}
    for students in (100, 7):
        daemon = a_fund(event("students", "enrollment", 20240301, year=2024, group="student", heads=students),
                        event("area", "enrollment", 20240301, year=2024, group="area_1", heads=50))
        for row in Client(daemon, "query").query("report", fund=FUND, year=2024)["subsidy"]:
            told = all(x["heads"] >= 0 for x in row["exceptions"])
            own = [x for x in row["exceptions"] if x["level"] == row["level"]]
            added = sum(x["amount"] for x in row["exceptions"] if x["kind"] == "lump" or x["level"] != row["level"])
            due = (row["heads"] - sum(x["heads"] for x in own)) * rate[row["level"]] + added
            check_equal((told, row["heads_date"]), (students >= 10 or row["level"] in ("central", "province"), 20240301), row)
            check(not told or row["due"] == due, f"{due}: {row}")
        text = report(daemon, "text", "en", "--year", "2024")
        check(("students of colleges run by the province, 100 people" in text) == (students == 100)
              and not re.search(r"\b7 people", text), text)
        daemon.stop()


def a_day_of_the_year_has_its_months_and_its_policy():
    later = event("policy-2", "policy", 20241001, policy={"version": 2, "ahead_days": 366, **RULES,
                                                          "runway": {"low": [70000, 70000], "high": [80000, 80000]}})
    daemon = a_fund(later)
    summer = json.loads(report(daemon, "json", "en", "--as-of", "2024-08-15"))
    check_equal([m["month"] for m in summer["months"]], list(range(202401, 202409)), "months up to the day")
    check_equal((summer["as_of"], summer["indicators"][0]["target"]), (20240815, "6–9"), "as of August")
    check_equal((summer["indicators"][0]["outcome"], summer["indicators"][3]["outcome"]), ("not_computable",) * 2,
                "outcomes in August")
    year = json.loads(report(daemon, "json", "en", "--year", "2024"))
    check_equal(year["indicators"][0]["target"], "7–8", "target by the later policy")
    daemon.stop()


def each_language_is_whole():
    """No Chinese in English but the unit; no English words in Chinese but ours and the codes."""
    daemon = a_fund()
    allowed = {"resident", "fundwatch", "I", "E"}
    for form in ("text", "csv", "html"):
        text = report(daemon, form, "en", "--year", "2024")
        check(not CHINESE.search(text.replace("万元", "")), f"Chinese in the English {form}")
    for form in ("text", "html"):
        text = report(daemon, form, "zh", "--year", "2024")
        if form == "html":
            text = " ".join(page_of(text).find("body").itertext())
        words_ = set(re.findall("[A-Za-z]+", text)) - allowed
        check(not words_, f"English in the Chinese {form}: {words_}")
    by_default = subprocess.run([program("fundwatch"), "report", FUND, "--year", "2024"], capture_output=True,
                                text=True, check=True, env=dict(daemon.environment, LC_ALL="zh_CN.UTF-8"))
    check_equal(by_default.stdout, report(daemon, "text", "zh", "--year", "2024"), "by the environment")
    daemon.stop()


def a_file_is_written_and_csv_in_it_is_for_a_spreadsheet():
    daemon = a_fund()
    path = os.path.join(temp_folder(), "report")
    for options in (("-o", path), ("--output", path), ("-o" + path,)):
        check_equal(command_line(daemon, "report", FUND, "--year", "2024", "--csv", "--lang", "zh", *options), "",
                    "on stdout")
        with open(path, "rb") as written:
            content = written.read()
        piped = report(daemon, "csv", "zh", "--year", "2024").encode()
        check_equal(content.replace(b"\r\n", b"\n"), b"\xef\xbb\xbf" + piped.replace(b"\r\n", b"\n"), "in the file")
        os.unlink(path)
    daemon.stop()


WRONG = [
    (["--format", "pdf", "--year", "2024"], 2, "text, csv, json or html"),
    (["--csv", "--html", "--year", "2024"], 2, "either csv or html"),
    (["--format", "text", "--json", "--year", "2024"], 2, "either text or json"),
    (["--lang", "de", "--year", "2024"], 2, "zh or en"),
    ([], 2, "--year YYYY or --as-of DATE"),
    (["--year", "2024", "--as-of", "2023-12-31"], 2, "not a day of the year"),
    (["--year", "2030"], 4, "nothing of 2030"),
    (["--year", "2024", "-o", "/nowhere/report"], 1, "/nowhere/report: No such file"),
]


def what_is_wrong_is_said():
    daemon = a_fund()
    for options, code, sentence in WRONG:
        done = subprocess.run([program("fundwatch"), "report", FUND, *options], capture_output=True, text=True,
                              check=False, env=daemon.environment, timeout=DEADLINE)
        check_equal((done.returncode, done.stdout), (code, ""), f"{options} {done.stderr}")
        check(sentence in done.stderr, f"{options}: {done.stderr}")
    daemon.stop()


if __name__ == "__main__":
    run(the_figures_are_the_same_everywhere, what_comes_out_is_right, the_runway_stands_in_three_figures,
        what_is_owed_does_not_go_with_its_standard, what_governments_owe_is_right, what_is_due_can_be_added_up_from_its_row,
        a_rate_of_a_levels_own_is_a_part_of_the_whole, a_day_of_the_year_has_its_months_and_its_policy, each_language_is_whole,
        a_file_is_written_and_csv_in_it_is_for_a_spreadsheet, what_is_wrong_is_said)
