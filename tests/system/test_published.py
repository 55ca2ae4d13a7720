#!/usr/bin/python3
"""Published figures of funds, each a file of tests/data/published: through the bureau's program, the daemon and the report.  What
is printed has to come out: sums, balance, months of payments and their band, and the identities that tie them."""
import csv
import glob
import json
from decimal import Decimal
from fractions import Fraction

from harness import *

PUBLISHED = os.path.join(ROOT, "tests", "data", "published")
UNITS = {"元": 100, "万元": 1_000_000, "亿元": 10_000_000_000}       # in fen
INCOME = {"fees": "I10", "personal": "I11", "collective": "I12", "aid": "I13", "government": "I14", "central": "I21",
          "province": "I22", "city": "I23", "county": "I24", "interest": "I3", "other_income": "I4", "from_upper": "I6",
          "from_lower": "I7", "transfer_in": "I8"}
EXPENDITURE = {"inpatient": "E11", "outpatient": "E12", "pooled": "E121", "chronic": "E122", "maternity": "E13",
               "unlisted": "E19", "catastrophic": "E2", "other_expenditure": "E3", "to_lower": "E5", "to_upper": "E6",
               "transfer_out": "E8"}
KINDS = {**{c: "contribution" for c in ("fees", "personal", "collective", "aid", "government")},
         **{c: "subsidy" for c in ("central", "province", "city", "county")},
         **{c: "income" for c in ("interest", "other_income", "from_upper", "from_lower", "transfer_in")},
         **{c: "expenditure" for c in EXPENDITURE}}
LAST = {1: 31, 2: 28, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31}
POLICY = "fund: {fund}\ndate: {before}-12-31\nversion: 1\nahead_days: 366\nrunway:\n  min_months: {months} months\n" \
         "deficit:\n  on: false\nprovisional:\n  on: false\n"
COLUMNS = ("id", "kind", "fund", "date", "amount(元)", "category", "stage", "year", "derived")


class Published:
    def __init__(self, path):
        self.name = os.path.basename(path)[:-len(".json")]
        with open(path, encoding="utf-8") as text:
            self.data = json.load(text)
        self.year, self.months = self.data["year"], self.data.get("months", 12)
        self.fund = self.data["place"] + "/390"
        self.lines = {c: self.fen(amount) for c, amount in self.data["lines"].items()}

    def fen(self, amount):
        fen = Decimal(amount) * UNITS[self.data["unit"]]
        check_equal(fen, int(fen), f"{self.name}: fen of {amount}")
        return int(fen)

    def half(self, amount):
        """Half of the last decimal that is printed, in fen."""
        decimals = len(amount.partition(".")[2])
        return Fraction(UNITS[self.data["unit"]], 2 * 10 ** decimals)

    def rows(self):
        """A twelfth of each line in each month, to the fen; the opening balance before them."""
        if "opening" in self.data:
            yield {"id": f"{self.name}-opening", "kind": "opening", "date": f"{self.year - 1}-12-31",
                   "amount(元)": Decimal(self.fen(self.data["opening"])) / 100,
                   "derived": "true" if self.data["opening_is"] == "derived" else ""}
        for month in range(1, self.months + 1):
            for category, fen in self.lines.items():
                part = fen * month // self.months - fen * (month - 1) // self.months
                kind = KINDS[category]
                yield {"id": f"{self.name}-{category}-{month}", "kind": kind, "date": f"{self.year}-{month:02}-15",
                       "amount(元)": Decimal(part) / 100, "category": category,
                       "stage": "final" if kind == "expenditure" else "",
                       "year": self.year if kind in ("contribution", "subsidy") else "",
                       "derived": "true" if category in self.data.get("derived_lines", []) else ""}
            last = 29 if month == 2 and self.year % 4 == 0 else LAST[month]
            yield {"id": f"{self.name}-day-{month}", "kind": "day", "date": f"{self.year}-{month:02}-{last}"}

    def send(self, daemon):
        folder = temp_folder()
        policy_path, table_path = os.path.join(folder, "policy.yaml"), os.path.join(folder, "bureau.csv")
        with open(policy_path, "w", encoding="utf-8") as to:
            to.write(POLICY.format(fund=self.fund, before=self.year - 1, months=self.months))
        with open(table_path, "w", encoding="utf-8", newline="") as to:
            table = csv.DictWriter(to, COLUMNS)
            table.writeheader()
            table.writerows({"fund": self.fund, **row} for row in self.rows())
        done = subprocess.run([program("fundwatch-bureau"), "--source", "bureau", "--quiet", "--policy", policy_path, table_path],
                              env=daemon.environment, capture_output=True, text=True, check=False)
        check_equal(done.returncode, 0, f"exit code of fundwatch-bureau {self.name} ({done.stdout} {done.stderr})")

    # Comparing.

    def figure(self, what, fen, amount):
        check(abs(fen - self.fen(amount)) <= self.half(amount), f"{self.name}: {what} is {fen} fen, not {amount} {self.data['unit']}")

    def compare(self, report, rows):
        lines = {line["account"]: line["amount"] for line in report["lines"]}
        for category, fen in self.lines.items():
            check_equal(lines[{**INCOME, **EXPENDITURE}[category]], fen, f"{self.name}: {category}")
        for what in ("income", "expenditure", "surplus", "closing"):
            if what in self.data["printed"]:
                self.figure(what, report[what], self.data["printed"][what])
        self.compare_identities(report, lines)
        self.compare_runway(report, rows)

    def compare_identities(self, report, lines):
        check_equal(report["opening"] + report["income"] - report["expenditure"], report["closing"], f"{self.name}: balance")
        for side, codes in ("income", INCOME), ("expenditure", EXPENDITURE):
            check_equal(sum(lines.get(code, 0) for code in codes.values()), report[side], f"{self.name}: sum of {side}")
            check_equal(sum(month[side] for month in report["months"]), report[side], f"{self.name}: months of {side}")
        check_equal(report["months"][-1]["balance"], report["closing"], f"{self.name}: the last month's balance")
        check_equal(len(report["months"]), self.months, f"{self.name}: months")

    def compare_runway(self, report, rows):
        runway, status = report["status"]["runway"], report["status"]
        wanted = self.data.get("derived", {}).get("runway") or self.data["printed"].get("runway")
        check_equal(runway["computable"], self.data.get("not_computable", {}).get("runway", ""), f"{self.name}: computable")
        if wanted:
            months = Fraction(runway["num"] * runway["mul"], runway["den"])
            check(abs(months - Fraction(wanted)) <= Fraction(1, 200), f"{self.name}: {float(months):.4f} months, not {wanted}")
            check_equal(next(row for row in rows if row["code"] == "runway")["actual"], wanted, f"{self.name}: months in the report")
        levels = {rule["rule"]: rule["level"] for rule in status["rules"]}
        check_equal(levels.get("runway", "normal"), self.data["band"], f"{self.name}: band")


played = {}


def all_of_them():
    """Each sent once, to one daemon; (figures, report)."""
    if not played:
        daemon = Daemon().init().start()
        for path in sorted(glob.glob(os.path.join(PUBLISHED, "*.json"))):
            published = Published(path)
            published.send(daemon)
            text = command_line(daemon, "report", published.fund, "--year", str(published.year), "--lang", "en", "--json")
            played[published.name] = (published, json.loads(text))
        verify_books(Client(daemon, "query"))
        daemon.stop()
    check(played, f"nothing in {PUBLISHED}")
    return played.values()


def what_is_printed_agrees_with_itself():
    """Before it is played: a copy may be wrong."""
    for published, _ in all_of_them():
        data, printed = published.data, published.data["printed"]
        income = sum(fen for c, fen in published.lines.items() if c in INCOME)
        check_equal(income, published.fen(printed["income"]), f"{published.name}: lines of income")
        check_equal(sum(published.lines.values()) - income, published.fen(printed["expenditure"]), f"{published.name}: expenditure")
        check_equal(income * 2 - sum(published.lines.values()), published.fen(printed["surplus"]), f"{published.name}: surplus")
        check(data["source"] and set(data.get("derived_lines", [])) <= set(data["lines"]), published.name)


def every_printed_figure_comes_out():
    for published, report in all_of_them():
        published.compare(report, report["indicators"])
    return f"{len(played)} funds"


def agrees(published, report):
    try:
        published.compare(report, report["indicators"])
    except Failed:
        return False
    return True


def a_figure_that_is_off_is_noticed():
    """Every printed figure in turn, one of its last decimals off."""
    noticed = 0
    for published, report in list(all_of_them()):
        for section in "printed", "derived":
            for what, amount in published.data.get(section, {}).items():
                decimals = len(amount.partition(".")[2])
                published.data[section][what] = str(Decimal(amount) + Decimal(1).scaleb(-decimals))
                check(not agrees(published, report), f"{published.name}: {what} of {amount} may be another one")
                published.data[section][what] = amount
                noticed += 1
    return f"{noticed} noticed"


if __name__ == "__main__":
    run(what_is_printed_agrees_with_itself, every_printed_figure_comes_out, a_figure_that_is_off_is_noticed)
