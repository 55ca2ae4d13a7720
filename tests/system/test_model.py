#!/usr/bin/python3
"""Random events of every kind of money and people against an independent model (model.py): several funds, sources and
years, both recognitions and both bases of fees; reversals early and late, duplicates, conflicts, events that are refused, the
daemon killed in between; and a place into which others are merged, under all their codes.  What became of every event,
every balance, headcount and indicator, subsidies, states of rules and every alert must be those of the model, however
the events came.  And places under others: a city whose counties' money is its own for a while, and one with a policy and no books, of
which a county is split.

  FUNDWATCH_MODEL_EVENTS  how many, both orders together (default 100000)"""
import math
from fractions import Fraction

import model as model_
from harness import *
from model import EXPENDITURE, INCOME, LEVELS, Model, later, month_end, month_plus, ordinal

EVENTS = int(os.environ.get("FUNDWATCH_MODEL_EVENTS", "100000"))
FUNDS = {   # what founds each: recognition, fees, opening day, base of the runway, groups reported
    "130207/390": ("settlement", "arrival", 20211231, "trailing_12", "totals"),
    "440800/390": ("disbursement", "covered", 20211231, "trailing_12", "students"),
    "440700/310": ("disbursement", "arrival", 20220115, "year_to_date", "both"),
    "150627/390": ("settlement", "covered", 20211231, "calendar_year", "groups"),
    "130208/390": ("disbursement", "arrival", 20211231, "trailing_12", "nobody"),
}
ALONE = list(FUNDS)
MERGING = ["440880/390", "440881/390", "440882/390", "130209/310"]     # of the scheme beside them one to share persons with
FUNDS.update(zip(MERGING, (("settlement", "arrival", 20211231, "trailing_12", "totals"),
                           ("disbursement", "covered", 20211231, "trailing_12", "totals"),
                           ("settlement", "covered", 20220115, "year_to_date", "totals"),
                           ("settlement", "arrival", 20211231, "trailing_12", "totals"))))
HOVERING = ["430102/390"]
FUNDS.update(dict.fromkeys(HOVERING, ("settlement", "arrival", 20211231, "trailing_12", "totals")))
# A city that keeps books, and two counties of it; another one that does not, one of whose counties is split.
CITY, POOLING = "430200/390", ["430221/390", "430222/390"]
SPLIT, SUCCESSORS = "430321/390", ["430323/390", "430324/390"]
UNDER = [CITY, *POOLING, SPLIT, "430322/390"]
FUNDS.update(dict.fromkeys(UNDER, ("settlement", "arrival", 20211231, "trailing_12", "totals")))
PLACES = ["430000/390", "430300/390"]
FIRST, MIDDLE, LAST = 20220101, (20221231, 20231231), 20241231
VOLUME = 2_500_000_000  # fen of all events together, however many: so dues and expectations stay in reach
EXPECTED = 1_000_000    # fen
MERGED = min(6000, EVENTS)      # events of places that are merged
PLACED = min(3500, EVENTS)      # of places under others
SMALL = 2000            # events of a control
NUMBERED = ("hospital", "tax")
RECOGNITIONS = ("settlement", "disbursement")
VERSIONS = 10           # of a policy from one to the next: there is room for those with which its place is merged
UNAWARE, MERGING_VERSION = 100, 101     # of which these are, until in_versions() puts them into their order
HEADS = 100_000         # as reported; persons are fewer
CALENDARS = [{"name": "daily", "rhythm": "daily", "grace": 2}, {"name": "office", "rhythm": "daily", "workdays": True},
             {"name": "weekly", "rhythm": "weekly", "day": 6, "workdays": True, "grace": 1},
             {"name": "monthly", "rhythm": "monthly", "day": 31, "workdays": True}]
HOLIDAYS = [{"first": 20220131, "last": 20220206}, {"first": 20230121, "last": 20230127},
            {"first": 20230204, "last": 20230204, "worked": True}, {"first": 20240210, "last": 20240217}]
PATTERNS = ("tax", "hospital", "bank", "never", "h*", "re*", "z*")
GROUPS = ("ordinary", "full", "part", "student")


# --- Policies. ---------------------------------------------------------------------

def limit(random_, enter, step, healthy_side):
    return [enter, enter + random_.choice((0, 1, 2)) * step * healthy_side]


def hold(random_):
    return [random_.choice((0, 0, 1, 5, 20)), random_.choice((0, 0, 1, 10, 40))]


def rules(random_, fund, version, recognition):
    _, fees, _, base, groups = FUNDS[fund]
    if version > 2:
        fees = random_.choice(("arrival", "covered"))
    coverage = [(numerator, denominator) for numerator in ("paid", "registered", "reported", "reported_and_employees",
                                                           "paid_and_employees", "paid_once", "reported_once")
                for denominator in ("resident", "registered", "last_year")]
    low, high = random_.choice(((60000, 90000), (60000, 90000), (10000, 300000)))      # in a wide band it may fall
    return {
        "version": version * VERSIONS, "recognition": recognition, "fees": fees, "ahead_days": 366,
        "runway": {"on": random_.random() < 0.9, "base": base, "min_months": random_.randrange(1, 13), "hold": hold(random_),
                   "critical_low": limit(random_, low // 2, 1500, 1), "low": limit(random_, low, 1500, 1),
                   "high": limit(random_, high, 1500, -1), "excessive": limit(random_, high + 60000, 1500, -1)},
        "falling": {"on": random_.random() < 0.8, "months": random_.randrange(1, 13), "hold": hold(random_),
                    "limit": limit(random_, random_.choice((2000, 5000, 10000)), 500, -1)},
        "deficit": {"limit": limit(random_, random_.choice((-500, 0, 100)), 100, 1), "hold": hold(random_)},
        "provisional": {"on": random_.random() < 0.8, "hold": hold(random_),
                        "limit": limit(random_, random_.choice((1000, 2000, 3000)), 50, -1)},
        "restated": {"on": random_.random() < 0.7, "hold": hold(random_),
                     "limit": limit(random_, random_.choice((100, 1000, 9000)), 50, -1)},
        "quiet": [{"pattern": pattern, **silence(random_)} for pattern in
                  random_.sample(("tax", "h*", "hospital", "b*", "bank", "registry", "*"), random_.randrange(5))],
        "completeness": {"on": random_.random() < 0.7, "hold": hold(random_),
                         "limit": limit(random_, random_.choice((1000, 3000, 6000)), 500, 1)},
        "sources": [{"pattern": pattern, "calendar": random_.choice(("weekly", "monthly", "monthly", "office", "none"))}
                    for pattern in sorted(random_.sample(PATTERNS, random_.choice((0, 0, 1, 2, 3, 4))),
                                          key=lambda pattern: pattern[-1] == "*")],     # a name is not behind a pattern that it fits
        "calendars": CALENDARS, "holidays": HOLIDAYS,
        "gaps": {"on": random_.random() < 0.8, "hold": hold(random_)},
        "coverage": [{"name": f"{n}-{d}".replace("_and_employees", "-all"), "numerator": n, "denominator": d, "hold": hold(random_),
                      "deadline": random_.choice((101, 630, 901, 1231)), "year": random_.choice(("current", "coming")),
                      "target": limit(random_, target(random_, n, d), 50, 1)}
                     for n, d in random_.sample(coverage, random_.choice((0, 2, 3, 4, 5, 6, 7, 8)))],
        "net_loss": {"on": random_.random() < 0.8, "hold": hold(random_),
                     "limit": limit(random_, random_.choice((100, 500, 1000)), 50, -1)},
        "subsidy": subsidy(random_, random.Random(f"{SEED} {fund}"), groups),
        "reimbursement": {"on": random_.random() < 0.7, "base": base, "hold": hold(random_),
                          "in_policy": limit(random_, 7000, 20, 1), "actual": limit(random_, 5500, 20, 1)},
        "pace": {"on": random_.random() < 0.7, "hold": hold(random_), "limit": limit(random_, 500, 40, -1),
                 "from": random_.choice((1001, 915)), "to": random_.choice((1231, 1215)),
                 "numerator": random_.choice(("paid", "registered", "paid_once", "reported", "reported_once"))},
        "duplicates": {"on": random_.random() < 0.7, "hold": hold(random_),
                       "limit": limit(random_, random_.choice((1000, 5000, 9000)), 100, -1)},
        "contributions": {"limit": limit(random_, 9500, 100, 1), "hold": hold(random_), "expected": expected(random_)},
        "gate": {"on": random_.random() < 0.7, "years": random_.randrange(3), "hold": hold(random_),
                 "months": limit(random_, 60000, 1500, 1), "surplus": limit(random_, random_.choice((-8000, -500)), 250, 1)},
        "budget": budget(random_),
        "execution": {"on": random_.random() < 0.7, "by": random_.choice(("side", "line")), "hold": hold(random_),
                      "from": random_.randrange(1, 13), "behind": limit(random_, 1000, 250, -1),
                      "over": limit(random_, 10500, 250, -1)},
    }


def silence(random_):
    if random_.random() < 0.5:
        return {"days": random_.choice((1, 5, 20, 40, 100))}
    return {"days": random_.choice((0, 1, 3)), "calendar": random_.choice(CALENDARS)["name"]}


def budget(random_):
    lines = [(year, category) for year in (2022, 2023, 2024)
             for category in (*model_.INCOME, *model_.EXPENDITURE)]
    return [{"year": year, "category": category, "amount": random_.choice((0, 10 ** random_.randrange(5, 9)))}
            for year, category in random_.sample(lines, random_.randrange(30))]


def target(random_, numerator, denominator):
    if denominator == "last_year" and random_.random() < 0.5:
        return 9800                     # of its own count of the year before
    return 9500 if numerator.startswith("reported") else 100


def expected(random_):
    result = []
    for year in (2023, 2024, 2025):
        amount = 0
        for by in sorted(random_.sample([(year - 1) * 10000 + x for x in (930, 1031, 1130, 1231)], 2)):
            amount += random_.randrange(1, 40) * EXPECTED
            result.append({"year": year, "by": by, "amount": amount})
    return result


def subsidy(random_, dates_, groups):
    """Every policy of a fund has the same dates in it."""
    def level(year, rate):
        dates = sorted(dates_.sample([year * 10000 + x for x in (331, 630, 930, 1130, 1231)], dates_.randrange(1, 4)))
        return {**rate, "heads": dates_.choice((year * 10000 + 630, (year - 1) * 10000 + 1231)),
                "base": random_.choice(("stated", "deduplicated")),
                "due": [x for date in dates for x in (date, random_.randrange(1, 4))]}
    standards = []
    for year in (2022, 2023, 2024):
        standard = {"year": year, "per_head": 610 + year, "whole": 1000, "levels": {
            "central": level(year, {"parts": 600}), "province": level(year, {"parts": 150}),
            "city": level(year, {"parts": 75}), "county": level(year, {"own": 167 + year % 10})}}
        if groups == "students":
            standard["exceptions"] = [{"kind": "paid_by", "level": "city", "group": "student", "payer": "province"},
                                      {"kind": "lump", "level": "county", "group": "student", "lump": 12345678}]
        standards.append(standard)
    return {"on": True, "tolerance": [random_.choice((0, 1_000_000)), random_.choice((0, 5, 100))],
            "hold": hold(random_), "standards": standards}


# --- Events. -----------------------------------------------------------------------

class Beside(int):
    """So much more than the books have."""


class Maker:
    """Events of some years, with their sources.  The weather of a fund makes half-years rich or poor."""

    def __init__(self, random_, count, funds):
        self.random, self.funds = random_, funds
        self.count, self.unit = count, VOLUME // count
        self.numbers = {}
        self.weather = {(fund, half): random_.choice((0.3, 0.7, 1, 1, 1.4, 2.5)) for fund in funds
                        for half in range(6)}
        self.recognition = {}           # of each year; some fund surely changes
        for number, fund in enumerate(funds):
            first = RECOGNITIONS.index(FUNDS[fund][0])
            for year in (2022, 2023, 2024):
                other = year > 2022 and (number < 2 if year == 2023 else random_.random() < 0.5)
                self.recognition[fund, year] = RECOGNITIONS[first ^ other]
        self.mergers = self.merged() if funds is MERGING else {}
        self.persons = [bytes([i % 256, i // 256]) + b"\xff" * 14 for i in range(max(20, count // 60))]

    def merged(self):
        """part: (day, whole).  The second one becomes a part of a part, now and then, or the first one of it."""
        whole, *parts = self.funds[:3]
        self.random.shuffle(parts)
        days = [later(20230101, self.random.randrange(1, 600)) for _ in parts]
        return {parts[0]: (days[0], whole), parts[1]: (days[1], self.random.choice((whole, parts[0])))}

    def merging_policies(self, fund):
        """One of a later day is there before."""
        day = self.mergers[fund][0]
        yield self.policy(fund, UNAWARE, min(LAST, later(day, self.random.randrange(1, 200))))
        yield self.policy(fund, MERGING_VERSION, day)

    def event(self, source, kind, date, fund, **fields):
        """Ids are the source's own: two sources use the same ones."""
        number = self.numbers[source] = self.numbers.get(source, 0) + 1
        return source, event(f"n{number}", kind, date, fund, **fields)

    def day(self):
        return later(FIRST, self.random.randrange(ordinal(LAST) - ordinal(FIRST) + 1))

    def amount(self):
        return self.random.randrange(0, 2 * self.unit)

    def founding(self, fund):
        opening_day = FUNDS[fund][2]
        yield self.policy(fund, 1, 20220101)
        yield self.opening(fund, opening_day, 1)
        yield self.policy(fund, 2, 20230101)

    def policy(self, fund, version, day, wrong=0):
        """Each year is recognised in one way; one that says another may be refused, and so may one that leaves out a year
        of subsidies."""
        recognition = self.recognition[fund, day // 10000]
        if self.random.random() < wrong:
            recognition = RECOGNITIONS[1 - RECOGNITIONS.index(recognition)]
        made = rules(self.random, fund, version, recognition)
        if self.funds is ALONE and self.random.random() < 4 * wrong:     # elsewhere what is refused would hide controls
            made["subsidy"]["standards"].pop(self.random.randrange(3))
        if fund in self.mergers and day >= self.mergers[fund][0]:
            made["merged_into"] = int(self.mergers[fund][1][:6])
        return self.event("bureau", "policy", day, fund, policy=made)

    def opening(self, fund, day, share):
        amount = int(self.count // len(self.funds) // 36 * 4 * self.unit * share)
        return self.event("bureau", "opening", day, fund, amount=amount)

    def openings(self, fund):
        """It was entered wrongly; of another day it is none."""
        for _ in range(4):
            day = FUNDS[fund][2]
            yield self.opening(fund, self.random.choice((day, day, day, later(day, -1), later(day, 40))), self.random.choice((0.5, 0.9, 1, 1.2)))

    def clearings(self, fund):
        """A hospital's years, each settled in the next one."""
        for year in (2022, 2023):
            amount = self.amount()
            common = {"category": "inpatient", "institution": "yearly"}
            yield self.event("bureau", "disbursement", year * 10000 + 1120, fund, amount=amount, stage="provisional", **common)
            yield self.event("bureau", "disbursement", (year + 1) * 10000 + 320, fund, amount=self.amount(), stage="clearing", year=year,
                             cleared=self.random.choice((0, amount)), change=self.amount(), **common)

    def policies(self, fund):
        for version, day in enumerate([20240101, *sorted(self.day() for _ in range(4))], 3):
            yield self.policy(fund, version, day, wrong=0.1)

    def body(self):
        events = []
        for fund in self.funds:
            events += [*self.counts(fund), *self.statements(fund), *self.month_closes(fund), *self.openings(fund),
                       *self.clearings(fund)]
        while len(events) < self.count:
            made = self.one(self.random.choice(self.funds))
            events.append(made)
            if made[1]["kind"] in model_.MONEY and self.random.random() < 0.08:
                events.append(self.reversal(made))
                if self.random.random() < 0.05:
                    events.append(self.reversal(made))
            if self.random.random() < 0.01:
                events.append(self.wrong_reversal(made))
        return events

    def reversal(self, made):
        source, e = made
        days = self.random.choice((0, 0, 3, 30, 200, 400, 700, -5))
        fields = {"amount": e["amount"]} if self.random.random() < 0.5 else {}
        return self.event(source, "reversal", max(FIRST, min(later(e["date"], days), LAST)), e["fund"],
                          original=e["id"], **fields)

    def wrong_reversal(self, made):
        """Of another amount, of another fund, of what moves no money, or of itself."""
        source, e = made
        other = {"amount": e["amount"] + self.random.choice((1, 100))} if "amount" in e and self.random.random() < 0.6 else {}
        fund = e["fund"] if other else self.random.choice(self.funds)
        made = self.event(source, "reversal", e["date"], fund, original=e["id"], **other)
        if self.random.random() < 0.1:
            made[1]["original"] = made[1]["id"]
        return made

    def some_heads(self):
        """Somebody may also say that there is nobody."""
        return 0 if self.random.random() < 0.03 else HEADS * self.random.randrange(85, 115) // 100

    def counts(self, fund):
        for _ in range(60):
            day, heads = self.day(), self.some_heads()
            measure = self.random.choice(("resident", "registered", "last_year", "employees", "duplicates_province",
                                          "duplicates_nation"))
            if measure == "last_year" and self.random.random() < 0.7:   # few funds state it
                measure = "resident"
            if measure.startswith("duplicates"):
                heads = self.random.choice((heads // 100, heads // 100, 0, 1, 2))
            yield self.event("registry", "population", day, fund, measure=measure, heads=heads)
            yield from self.reported(fund, day, day // 10000)
        for year in (2021, 2022, 2023, 2024):   # two of one day: the id that sorts last counts
            for _ in range(2):
                yield from self.reported(fund, max(FIRST, year * 10000 + 1231), year)

    def reported(self, fund, day, year):
        heads, groups = self.some_heads(), FUNDS[fund][4]
        if groups == "nobody":          # but persons
            return
        if groups == "both":
            yield from self.reported_both(fund, day, year, heads)
            return
        if groups != "groups":
            yield self.event("registry", "enrollment", day, fund, year=year, heads=heads)
        if groups != "totals":
            group = "student" if groups == "students" else self.random.choice(GROUPS)
            yield self.event("registry", "enrollment", day, fund, year=year, group=group, heads=heads // 7)

    def reported_both(self, fund, day, year, heads):
        """A total, or all groups, or some; now and then they agree."""
        which = self.random.choice((("",), ("",), GROUPS, GROUPS, GROUPS, GROUPS[:2], GROUPS[3:], ("", *GROUPS)))
        if self.random.random() < 0.5:
            heads = HEADS
        for group in which:
            fields = {"group": group} if group else {}
            yield self.event("registry", "enrollment", day, fund, year=year, heads=heads // (len(GROUPS) if group else 1),
                             **fields)

    def statements(self, fund):
        """Of which a bank and the books agree about many, when they come: see Game.tell()."""
        for _ in range(60):
            yield self.event("bank", "statement", self.day(), fund,
                             amount=Beside(self.random.choice((0, 0, 0, 1, -self.unit, self.unit // 2))))

    def month_closes(self, fund):
        for month in range(36):
            if self.random.random() < 0.7:
                yield self.event("bureau", "month_close", month_end(month_plus(202201, month)), fund)

    def imports(self, fund, day):
        return [self.event("bureau", kind, day, fund) for kind in ("import", "import_done")]

    def one(self, fund):
        kind = self.random.choices(("contribution", "subsidy", "income", "settlement", "disbursement", "expenditure",
                                    "enrollment"), (25, 8, 6, 30, 15, 6, 10))[0]
        day = self.day()
        return getattr(self, kind)(fund, day, (day // 10000 - 2022) * 2 + day // 100 % 100 // 7)

    def contribution(self, fund, day, _):
        fields = {"person": self.random.choice(self.persons)} if self.random.random() < 0.6 else {}
        year = min(day // 10000 + (day % 10000 > 900 and self.random.random() < 0.8), 2025)
        return self.event("tax", "contribution", day, fund, amount=self.amount(), year=year, **fields,
                          category=self.random.choice(("personal", "personal", "collective", "aid", "government", "fees")))

    def subsidy(self, fund, day, _):
        return self.event("bureau", "subsidy", day, fund, amount=self.amount() * 2,
                          category=self.random.choice(LEVELS), year=day // 10000 - (self.random.random() < 0.2))

    def income(self, fund, day, _):
        category = self.random.choice(("interest", "other_income", "from_upper", "from_lower", "transfer_in"))
        return self.event("bureau", "income", day, fund, amount=self.amount(), category=category)

    def settlement(self, fund, day, half):
        amount = int(self.amount() * self.weather[fund, half])
        category = self.random.choice(("inpatient", "inpatient", "outpatient", "pooled", "chronic", "maternity"))
        fields = {}
        if self.random.random() < 0.7:
            fields["cost"] = amount * self.random.randrange(120, 240) // 100
            if self.random.random() < 0.7:
                fields["in_policy"] = min(fields["cost"], amount * self.random.randrange(110, 170) // 100)
        if self.random.random() < 0.7:
            fields["self_pay"] = self.random.randrange(self.unit)
        return self.event("hospital", "settlement", day, fund, amount=amount, category=category, **fields)

    def disbursement(self, fund, day, half):
        stage = self.random.choice(("provisional",) * 4 + ("adjustment", "clearing", "clearing", "retention", "release",
                                                           "deduction", "advance", "advance_return"))
        amount, fields = int(self.amount() * self.weather[fund, half]), {}
        if not stage.startswith("advance"):
            fields["category"] = self.random.choice(("inpatient", "pooled", "chronic"))
        if stage in ("adjustment", "clearing") and self.random.random() < 0.4:
            amount = -amount // 4
        if self.random.random() < 0.7:
            fields["institution"] = self.random.choice(("h1", "h2"))
        if stage in ("clearing", "release") and self.random.random() < 0.8 or self.random.random() < 0.1:
            fields["year"] = max(2022, day // 10000 - 1)
        if stage == "release":
            amount //= 3
        if stage == "clearing":
            fields["cleared"] = self.amount()
            fields["change"] = self.random.choice((amount, amount // 2, -self.amount() // 3))
        return self.event("bureau", "disbursement", day, fund, amount=amount, stage=stage, **fields)

    def expenditure(self, fund, day, half):
        fields = {"stage": self.random.choice(("final", "provisional"))} if self.random.random() < 0.5 else {}
        amount = int(self.amount() * self.weather[fund, half]) * self.random.choice((1, 1, 1, 1, -1))   # benefits taken back
        category = self.random.choice(list(EXPENDITURE))
        if fund == "440700/310" and day // 100 in range(202306, 202312):
            category, amount = "to_upper", amount * 20          # its money is held one level up for a while
        if fund == "440700/310" and day // 100 == 202401:
            amount = -60 * abs(amount)                          # more is taken back than spent
        return self.event("bureau", "expenditure", day, fund, amount=amount, category=category, **fields)

    def enrollment(self, fund, day, _):
        year = day // 10000 + (day % 10000 > 900)
        return self.event("registry", "enrollment", day, fund, person=self.random.choice(self.persons), year=year,
                          status=self.random.choice(("normal", "normal", "paused", "ended")),
                          group=self.random.choice(GROUPS))


# --- Orders of delivery: what founds the funds, and the rest, as (source, event). -----------------------------------

def with_repetitions(random_, arrivals):
    """30 % come again some time after, and now and then an id with another content."""
    placed = list(enumerate(arrivals))
    for i, (source, e) in random_.sample(placed, len(placed) * 3 // 10):
        if random_.random() < 0.1:
            e = {**e, "date": later(e["date"], -1)} if e["kind"] != "settlement" else \
                {**e, "self_pay": e.get("self_pay", 0) + 1}
        placed.append((i + random_.random() * random_.choice((1, 100, len(arrivals))), (source, e)))
    return [made for _, made in sorted(placed, key=lambda x: x[0])]


def shuffled(random_, count, funds):
    """The first half in any order, the second backwards; days at the end."""
    maker = Maker(random_, count, funds)
    first, body, last = [], [], []
    for fund in funds:
        first += [*maker.founding(fund), *(maker.event("bureau", "day", day, fund) for day in MIDDLE)]
    for fund in funds:
        first += [*(maker.merging_policies(fund) if fund in maker.mergers else ()), *maker.policies(fund)]
    in_versions(first, maker.mergers, random_)
    body = maker.body()
    random_.shuffle(body)
    body[len(body) // 2:] = sorted(body[len(body) // 2:], key=lambda made: -made[1]["date"])
    for fund in funds:
        places = sorted(random_.randrange(len(body)) for _ in range(4))
        for place, made in zip(reversed(places), reversed([*maker.imports(fund, 20231231), *maker.imports(fund, 20231231)])):
            body.insert(place, made)
    for month in (month_plus(202401, i) for i in range(12)):
        last += [maker.event("bureau", "day", month_end(month), fund) for fund in funds
                 if fund not in maker.mergers or month == 202412 or random_.random() < 0.5]      # else with the whole's
    return first, with_repetitions(random_, body) + last


def in_versions(arrivals, mergers, random_):
    """The policies that merge places are never too old when they come, nor those of the year after: others may be.
    Those that are there before, of whatever day, know of no merger or, now and then, of one of their own day."""
    newest, unmerged = {}, {*list(mergers)[:1], *(fund for fund in mergers if random_.random() < 0.8)}
    for _, e in arrivals:
        if e["kind"] == "policy":
            if e["policy"]["version"] == MERGING_VERSION * VERSIONS:
                unmerged.discard(e["fund"])
            if e["fund"] in unmerged:
                e["policy"].pop("merged_into", None)
            if e["fund"] in mergers and (e["policy"]["version"] >= UNAWARE * VERSIONS or e["date"] == 20240101):
                e["policy"]["version"] = newest[e["fund"]] + 1
            newest[e["fund"]] = max(newest.get(e["fund"], 0), e["policy"]["version"])


def in_order(random_, count, funds):
    """By date, with days in between; some come late, some early, policies too."""
    maker = Maker(random_, count, funds)
    first, timed = [], []
    for fund in funds:
        first += maker.founding(fund)
        next_year, *others = maker.policies(fund)
        timed += [(ordinal(20230101) + 0.9, maker.event("bureau", "day", 20230101, fund)), (ordinal(20230101) + 0.95, next_year)]
        timed += [(ordinal(made[1]["date"]) + random_.choice((-20, 0, 0, 30)), made) for made in others]
        for _ in range(2):
            begin = maker.day()
            timed += [(ordinal(begin) + i * random_.choice((5, 40, 120)), made)
                      for i, made in enumerate(maker.imports(fund, begin))]
        day, last = FIRST, LAST
        if fund in maker.mergers:
            last = later(maker.mergers[fund][0], random_.choice((-30, 0, 100)))     # then those of the whole end its days
            told = ordinal(maker.mergers[fund][0]) + random_.choice((-20, 0, 3, 40))
            timed += [(told + i / 100, made) for i, made in enumerate(maker.merging_policies(fund))]
            timed += [(ordinal(LAST) + 0.99, maker.event("bureau", "day", LAST, fund))]
        while day < last:
            day = min(later(day, random_.choice((1, 2, 5, 10, 20))), last)
            timed.append((ordinal(day) + 0.9, maker.event("bureau", "day", day, fund)))
    for made in maker.body():
        day = made[1]["date"] if made[1]["kind"] != "opening" else maker.day()
        timed.append((ordinal(day) + random_.choices((0, random_.randrange(1, 6), random_.randrange(250),
                                                                 -random_.randrange(400)), (70, 23, 5, 2))[0], made))
    timed.sort(key=lambda x: x[0])
    in_versions(first + [made for _, made in timed], maker.mergers, random_)
    return first, with_repetitions(random_, [made for _, made in timed])


def hovering(random_, count, funds):
    """A runway that goes to and fro about its lower limit, for less than the hold and for more, within months and over
    their ends; not every month's last day is judged."""
    maker, fund = Maker(random_, count, funds), funds[0]
    made = maker.policy(fund, 1, FIRST)
    made[1]["policy"]["runway"] = {"base": "trailing_12", "min_months": 1, "low": [60000, random_.choice((60000, 62000))],
                                   "critical_low": [30000, 30000], "high": [900000, 900000], "excessive": [990000, 990000],
                                   "hold": [random_.choice((5, 9, 14)), random_.choice((0, 4))]}
    made[1]["policy"]["completeness"]["on"] = False             # else it may be blind all the time
    unit, day, balance = maker.unit * 50, FIRST, 7
    first = [made, maker.event("bureau", "opening", FUNDS[fund][2], fund, amount=balance * unit)]
    arrivals, months = [], {202112: 1}
    while day < MIDDLE[1]:
        month, day = day // 100, min(later(day, random_.choice((1, 2, 3, 5, 8))), MIDDLE[1])
        if day // 100 != month:
            arrivals += [maker.event("bureau", kind, day, fund, amount=unit, category=category)
                         for kind, category in (("income", "interest"), ("expenditure", "inpatient"))]
            months[day // 100] = 1
        if random_.random() < 0.5:
            spent = balance - random_.choice((5.5, 5.9, 6.1, 6.3, 7)) * sum(months.values()) / len(months)
            arrivals.append(maker.event("bureau", "expenditure", day, fund, amount=int(spent * unit), category="pooled"))
            balance -= spent
            months[day // 100] = months.get(day // 100, 1) + spent
        arrivals.append(maker.event("bureau", "day", day, fund))
    return first + arrivals, []         # each by itself


# Places under others.

def place_policy(random_, version):
    made = rules(random_, UNDER[0], version, "settlement")
    kept = {rule: made[rule] for rule in ("version", "ahead_days", "runway", "deficit", "provisional", "reimbursement", "completeness")}
    kept["runway"]["base"] = kept["reimbursement"]["base"] = "trailing_12"
    return {**kept, "rollup": True, "gaps": {"on": False}}


def pooled(maker):
    """Half-years in which a county's money is the city's, who books that, or does not."""
    for fund in POOLING:
        for half in range(6):
            share, linked = maker.random.choice((0, 0, 3, 8)), maker.random.random() < 0.4
            for month in (month_plus(202201, half * 6 + i) for i in range(6 if share else 0)):
                up, down = (maker.amount() * share for _ in range(2))
                yield maker.event("bureau", "expenditure", month * 100 + 11, fund, amount=up, category="to_upper")
                yield maker.event("bureau", "income", month * 100 + 12, fund, amount=down, category="from_upper")
                if linked:
                    yield maker.event("bureau", "income", month * 100 + 11, CITY, amount=up, category="from_lower")
                    yield maker.event("bureau", "expenditure", month * 100 + 12, CITY, amount=down, category="to_lower")


def divided(maker, day):
    """What founds the two that come after a place, and what it pays to them."""
    for fund in SUCCESSORS:
        made = rules(maker.random, SPLIT, 1, "settlement")
        made["sources"] = []
        yield maker.event("bureau", "policy", later(day, -1), fund, policy=made)
        yield maker.event("bureau", "opening", later(day, -1), fund, amount=0)
        amount = maker.amount() * 20
        yield maker.event("bureau", "income", day, fund, amount=amount, category="transfer_in")
        if maker.random.random() < 0.9:             # else it is on its way
            yield maker.event("bureau", "expenditure", day, SPLIT, amount=amount, category="transfer_out")
    made = rules(maker.random, SPLIT, 5, "settlement")
    yield maker.event("bureau", "policy", day, SPLIT, policy={**made, "split_into": [int(fund[:6]) for fund in SUCCESSORS]})
    yield maker.event("bureau", "day", day, SPLIT)


def mirrored(maker, body):
    """The city's books are those of its counties once more, to the fen or but for some."""
    lost = maker.random.choice((0, 0, 0.05, 0.2))
    yield maker.opening(CITY, FUNDS[CITY][2], len(POOLING))
    for source, e in body:
        if e["fund"] in POOLING and e["kind"] not in ("income", "subsidy", "expenditure") and e["kind"] in model_.MONEY | {"opening", "reversal"}:
            continue                    # so that there is nothing that cannot be mirrored
        if e["fund"] != CITY:
            yield source, e
        if e["fund"] in POOLING and e["kind"] in model_.MONEY and maker.random.random() >= lost:
            yield maker.event(source, e["kind"], e["date"], CITY, **{key: e[key] for key in e if key not in ("id", "kind", "date", "fund")})


def under_a_place(random_, count, funds):
    """The days of places are ended after those of the funds under them, and now and then before one of them."""
    maker, change = Maker(random_, count, funds), later(20230101, random_.randrange(1, 500))
    first, timed = [made for fund in funds for made in (maker.policy(fund, 1, 20220101), maker.opening(fund, 20211231, 1))], []
    first += [maker.event("bureau", "policy", 20220101, place, policy=place_policy(random_, 1)) for place in PLACES]
    for day in sorted({maker.day() for _ in range(4)}):
        timed += [(ordinal(day), maker.event("bureau", "policy", day, place, policy=place_policy(random_, day))) for place in PLACES]
    for version, year in ((2, 2023), (3, 2024)):
        books = {CITY: {"books": random_.choice(("unstated", "unstated", "own", "sum"))}}
        for fund in funds if year * 10000 < change else [f for f in funds if f != SPLIT]:
            made = rules(random_, fund, version, maker.recognition[fund, year])
            timed.append((ordinal(year * 10000 + 101) - 0.2,
                          maker.event("bureau", "policy", year * 10000 + 101, fund, policy={**made, **books.get(fund, {})})))
    timed += [(ordinal(change) + 0.5 + i / 1000, made) for i, made in enumerate(divided(maker, change))]
    is_mirror = random_.random() < 0.5
    timed += [(ordinal(made[1]["date"]), made) for made in ([] if is_mirror else pooled(maker))]
    begin = maker.day()
    timed += [(ordinal(begin) + 60 * i + 0.6, made) for i, made in enumerate(maker.imports(random_.choice(POOLING), begin))]
    day = FIRST
    while day < LAST:
        day = min(later(day, random_.choice((3, 10, 20))), LAST)
        ending = [f for f in (*funds, *SUCCESSORS) if (f != SPLIT or day < change) and (f not in SUCCESSORS or day > change)]
        late = random_.choice(ending) if random_.random() < 0.15 and day != LAST else None
        timed += [(ordinal(day) + 0.9, maker.event("bureau", "day", day, fund)) for fund in ending if fund != late]
        timed += [(ordinal(day) + 0.92, maker.event("bureau", "day", day, place)) for place in PLACES]
    for made in mirrored(maker, maker.body()) if is_mirror else maker.body():
        timed.append((ordinal(made[1]["date"]) + random_.choice((0, 0, 0, random_.randrange(30))), made))
    timed.sort(key=lambda x: x[0])
    return first, with_repetitions(random_, [made for _, made in timed])


def batches(random_, arrivals):
    """(source, number or 0, events): of random size, of some sources numbered.  Two numbers of each are left out, and some
    come late: no more are missing at a time than the daemon remembers."""
    numbers, left_out, placed = {}, {}, []
    for i, (source, events) in enumerate(parted(random_, arrivals)):
        number, late = 0, 0
        if source in NUMBERED:
            skip = left_out.get(source, 0) < 2 and random_.random() < 0.03
            left_out[source] = left_out.get(source, 0) + skip
            number = numbers[source] = numbers.get(source, 0) + 1 + skip
            late = random_.randrange(60) if number % 10 == 0 else 0
        placed.append((i + late, source, number, events))
    return [batch[1:] for batch in sorted(placed, key=lambda batch: batch[0])]


def parted(random_, arrivals):
    at = 0
    while at < len(arrivals):
        part = arrivals[at:at + random_.choice((1, 10, 100, 400, 1000))]
        at += len(part)
        sources = sorted({source for source, _ in part})
        random_.shuffle(sources)
        for source in sources:
            yield source, [e for s, e in part if s == source]


# --- Playing. ----------------------------------------------------------------------

class Game:
    """One daemon and one model that are told the same."""

    def __init__(self, model):
        self.daemon = Daemon().init().start()
        self.model = model
        self.clients = {}
        self.told = {}

    def client(self, source):
        if source not in self.clients:
            self.clients[source] = Client(self.daemon, source=source)
        return self.clients[source]

    def tell(self, source, events, number=0, kill=False):
        for e in events:
            if isinstance(e.get("amount"), Beside):
                e["amount"] += self.model.funds[e["fund"]].at(e["date"]).in_bank(e["date"])
        more = {"sequence": number} if number else {}
        again = kill and self.killed_over(source, events, more)
        reply = self.client(source).count(events, **more)
        got = [detail[0] if word == "rejected" else word for word, detail in outcomes(reply, len(events))]
        wanted = self.expect(source, events, number)
        if again and wanted != got:     # it was counted before the daemon died
            wanted = self.expect(source, events, number)
        for e, want, have in zip(events, wanted, got):
            check(have == want, f"{have}, not {want}: {source}'s {e}")
            self.told[have] = self.told.get(have, 0) + 1

    def expect(self, source, events, number):
        result = [self.model.apply(source, e) for e in events]
        if number:
            self.model.numbered(source, number)
        self.model.end_of_group()
        return result

    def killed_over(self, source, events, more):
        self.client(source).send(self.client(source).batch(events, **more)[1])
        if rng.random() < 0.5:
            self.client(source).receive()
        self.daemon.kill()
        for client in self.clients.values():
            client.close()
        self.clients = {}
        self.daemon.start()
        return True

    def play(self, first, arrivals):
        for source, e in first:
            self.tell(source, [e])
        all_ = batches(rng, arrivals)
        kills = set(rng.sample(range(len(all_) // 4, len(all_)), min(2, len(all_))))
        for i, (source, number, events) in enumerate(all_):
            self.tell(source, events, number, i in kills)


# --- Comparing. --------------------------------------------------------------------

def value_of(indicator):
    if indicator["computable"]:
        return model_.Why(indicator["computable"])
    return Fraction(indicator["num"] * indicator["mul"], indicator["den"])


def compare(game):
    client = Client(game.daemon, "query")
    status = {s["fund"]: s for s in client.query("status")}
    check_equal(set(status), set(game.model.funds), "funds")
    told = {}
    for alert in client.alerts():
        told.setdefault(alert["fund"], {}).setdefault((alert["rule"], alert["instance"]), []).append(alert)
    for name, fund in game.model.funds.items():
        compare_alerts(name, fund, told.get(name, {}))
        compare_causes(name, fund, told.get(name, {}))
        if fund.is_place():
            compare_rules(name, fund, status[name])
            continue
        compare_status(name, fund, status[name], client.query("restated", fund=name))
        far = fund.flows_until(LAST + 9 * 10000)
        check_equal({"has": fund.balance(LAST + 9 * 10000), "L1": -far.get("L1", 0), "M1": far.get("M1", 0)},
                    game.model.counted(name), f"what {name} has and owes in the end")
        for key, reversals in (("unmatched", game.model.waiting), ("misfits", game.model.misfits)):
            check_equal(status[name][key], game.model.count_of(name, reversals), f"{key} of {name}")
        for year in (2022, 2023, 2024):
            for on in (year * 10000 + 1231, later(year * 10000 + 201, rng.randrange(330))):
                if fund.start < on <= fund.books_date:
                    compare_report(name, fund, year, on, client.query("report", fund=name, year=year, as_of=on))
    if any(fund.is_place() for fund in game.model.funds.values()):
        compare_rollups(game.model.funds, client)
    verify_books(client)
    client.close()
    return told


def compare_alerts(name, fund, told):
    for key in sorted(set(told) | set(fund.alerts), key=lambda key: (key[0] != "completeness", key)):    # by it others are blind
        wanted, got = fund.alerts.get(key, []), told.get(key, [])
        for i in range(max(len(wanted), len(got))):
            want = wanted[i] if i < len(wanted) else None
            have = got[i] and (got[i]["transition"], got[i]["level"], got[i]["previous"], got[i]["books_date"],
                               got[i]["blind"], value_of(got[i])) if i < len(got) else None
            if want and have and want[5] is None:
                have = (*have[:5], None)
            check_equal(have, want, f"alert {i} of {name} {key}")


def compare_causes(name, fund, told):
    """What a runway alert is explained from, and that the causes sum."""
    explained = [a["causes"] for a in told.get(("runway", ""), []) if a["transition"] in ("firing", "changed")]
    check_equal([(c["since"], c["before"] if c["since"] else 0) for c in explained],
                [(line[0], model_.half_up(line[1] * 100)) if line else (0, 0) for line in fund.explained],
                f"what the runway of {name} is explained from")
    for causes in explained:
        check_equal(sum(item[2] for item in causes["items"]), causes["after"] - causes["before"],
                    f"causes of the runway of {name} since {causes['since']}")


def compare_restated(name, fund, restated):
    figures = {month: sums for month, sums in fund.came_late().items() if any(sums.values())}
    got = {m["month"]: m for m in restated["months"]}
    check(set(figures) <= set(got) <= set(fund.came_late()), f"months restated of {name}: {set(got)}, not {set(figures)}")
    for month, sums in figures.items():
        check_equal((got[month]["income"], got[month]["expenditure"], got[month]["provisional"]),
                    (fund.income(sums), fund.expenditure(sums), sum(sums.get(line + "p", 0) for line in EXPENDITURE.values())),
                    f"{month} restated of {name}")
        check_equal({line["account"]: abs(line["amount"]) for line in got[month]["lines"] if line["amount"]},
                    {line: abs(amount) for line, amount in fund.lines_restated(month).items() if amount},
                    f"lines of {month} restated of {name}")


def compare_counted(name, counted, wanted, heads):
    got = [None if counted[which] < 0 else counted[which] for which in ("total", "groups")]
    check_equal((*got, counted["contradict"]), wanted, f"what was reported of {name}")
    check_equal(counted[counted["by"]] if counted["by"] else None, heads, f"which of it is the figure of {name}")


def compare_status(name, fund, status, restated):
    on, policy_ = fund.books_date, fund.policy(fund.books_date)
    books = fund.at(on)                 # with its parts
    check_equal(status["books_date"], on, f"books date of {name}")
    check_equal(status["policy_version"], policy_["version"], f"policy of {name}")
    check_equal(status["balance"], books.balance(on), f"balance of {name}")
    heads = {k: -1 if v is None else v for k, v in books.heads(on).items()}
    check_equal({k: max(v, 0) for k, v in status["heads"].items() if k != "derived_figures"},
                {k: max(v, 0) for k, v in heads.items()}, f"heads of {name}")
    compare_counted(name, status["counted"], books.counted(on // 10000, on), books.heads_reported(on // 10000, on))
    check_equal(status["importing"], fund.importing, f"whether history of {name} is entered")
    check_equal(status["closed"], fund.closed, f"last close of {name}")
    months = books.closed_months(policy_["runway"]["base"], on)
    sums = books.sums(months)
    provisional = sum(books.still_provisional(sums, months[0] * 100 + 1, month_end(months[-1]), on).values()) if months else 0
    check_equal([status[figure] for figure in ("income", "expenditure", "provisional")],
                [books.income(sums), books.expenditure(sums), provisional], f"flows of {name}")
    compare_indicators(name, books, on, policy_, status)
    compare_restated(name, books, restated)
    complete = status["completeness"]
    sources = max(1, complete["expected"])
    check_equal((complete["expected"], complete["silent"], value_of(complete["month"]) * sources * model_.E4,
                 value_of(complete["year"]) * sources * model_.E4) if complete["expected"] else (0, 0, 0, 0),
                books.completeness(on, policy_), f"completeness of {name} on {on}")
    compare_rules(name, fund, status)


def compare_rules(name, fund, status):
    states = {(r["rule"], r["instance"]): (r["level"], r["blind"]) for r in status["rules"]}
    wanted = {key: (model_.LEVEL_WORDS[s.level], s.blind) for key, s in fund.rules.items()}
    for key in set(states) | set(wanted):
        check_equal(states.get(key, ("normal", False)), wanted.get(key, ("normal", False)), f"state of {name} {key}")


def compare_rollups(funds, client):
    """Of every place, on days of which some are not over for everybody."""
    for place in "43", "4302", "4303", "430221", "430323":
        for on in sorted(later(FIRST, rng.randrange(40, 1095)) for _ in range(5)):
            sums, got = model_.Rollup(funds, place, "390", on), client.query("rollup", place=place, as_of=on)
            what = f"of {place} on {on}"
            check_equal({m["fund"]: (m["role"], m["within"][:6]) for m in got["members"]},
                        {m.fund.place + "/390": (m.role, m.within or "") for m in sums.members}, f"roles {what}")
            check_equal((got["months"], got["balance"], got["income"], got["expenditure"], got["cancelled"]),
                        (len(sums.months), sums.balance(), sums.income(), sums.expenditure(), sums.cancelled), f"sums {what}")
            check_equal({line["account"]: line["amount"] for line in got["lines"] if line["amount"]},
                        {line: amount for line, amount in sums.lines.items() if amount}, f"lines {what}")
            least = max((m.policy["runway"]["min_months"] for m in sums.added()), default=0)
            for figure, want in (("runway", sums.runway(least)), ("deficit", sums.deficit()),
                                 ("provisional_share", sums.provisional_share()),
                                 ("reimbursement_actual", sums.reimbursement("actual"))):
                check_equal(value_of(got[figure]), want, f"{figure} {what}")


def compare_indicators(name, fund, on, policy_, status):
    for figure, want in (("runway", fund.runway(on, policy_)), ("runway_owed", fund.runway_owed(on, policy_)),
                         ("runway_received", fund.runway_received(on, policy_)), ("deficit", fund.deficit(on)),
                         ("provisional_share", fund.provisional_share(on))):
        check_equal(value_of(status[figure]), want, f"{figure} of {name} on {on}")
    check_equal({c["name"]: value_of(c) for c in status["coverage"]},
                {d["name"]: fund.coverage(on, d) for d in policy_["coverage"]}, f"coverage of {name} on {on}")
    check_equal({c["name"]: (c["year"], {a["year"]: value_of(a) for a in c["ahead"]}) for c in status["coverage"]},
                {d["name"]: (fund.year_judged(on, d)[0] + (fund.coverage(on, d) == "before_deadline"), fund.coverage_ahead(on, d)) for d in policy_["coverage"]},
                f"years that coverage of {name} is of on {on}")
    for target_ in status["targets"]:
        if not target_["on"]:           # a figure that no rule looks at, and the model neither
            continue
        want = {"reimbursement": lambda: fund.reimbursement(on, policy_, target_["instance"]),
                "contributions": lambda: fund.collected_share(on, policy_, int(target_["instance"])),
                "budget": lambda: fund.execution(on, policy_)[target_["instance"]][0],
                "gate": lambda: fund.gate_entered(on, policy_),
                "pace": lambda: fund.pace(on, policy_["pace"]),
                "falling": lambda: fund.falling(on, policy_), "net_loss": lambda: fund.net_loss(on),
                "duplicates": lambda: fund.duplicate_share(min(on, int(target_["instance"]) * 10000 + 1231), policy_)}[target_["rule"]]()
        check_equal(value_of(target_), want, f"{target_['rule']} {target_['instance']} of {name} on {on}")


def compare_report(name, fund, year, on, report):
    what, policy_ = f"of {name} {year} on {on}", fund.policy(on)
    fund = fund.at(on)
    before = later(year * 10000 + 101, -1)
    flows = {}
    for month in range(year * 100 + 1, on // 100 + 1):
        days = [d for d in range(month * 100 + 1, min(on, month * 100 + 31) + 1) if d in fund.days]
        figures = {}
        for d in days:
            for account, amount in fund.days[d].items():
                flows[account] = flows.get(account, 0) + amount
                figures[account] = figures.get(account, 0) + amount
        got = next((m for m in report["months"] if m["month"] == month), None)
        if got:
            check_equal((got["income"], got["expenditure"], got["provisional"], got["balance"]),
                        (fund.income(figures), fund.expenditure(figures),
                         sum(fund.still_provisional(figures, month * 100 + 1, min(on, month_end(month)), on).values()),
                         fund.balance(min(on, month_end(month)))), f"month {month} {what}")
        else:
            check(not any(figures.values()), f"month {month} {what} is missing")
    lines = {line: (-flows.get(line, 0), 0) for line in INCOME.values()}
    provisional = fund.still_provisional(flows, year * 10000 + 101, on, on)
    lines.update({line: (flows.get(line, 0) + flows.get(line + "p", 0), provisional.get(line, 0))
                  for line in EXPENDITURE.values()})
    check_equal({line["account"]: (line["amount"], line["provisional"]) for line in report["lines"]},
                {line: amounts for line, amounts in lines.items() if any(amounts)}, f"lines {what}")
    check_equal(report["opening"], fund.balance(before), f"opening balance {what}")
    check_equal(report["closing"], fund.balance(on), f"closing balance {what}")
    compare_indicators(name, fund, on, policy_, report["status"])
    figures = fund.subsidies(policy_, on)
    for got in report["subsidy"]:
        want = figures[got["year"], got["level"]]
        where = f"subsidy {got['year']} {got['level']} {what}"
        check_equal(got["received"], want["received"], f"received, {where}")
        check_equal(got["known"] == "", want["due"] is not None, f"{got['known']} {where}")
        if want["due"] is not None:
            check_equal({k: got[k] for k in ("due", "due_by_now", "oldest", "tolerated")} |
                        {"missing": sum(got["arrears"])},
                        {k: want[k] for k in ("due", "due_by_now", "oldest", "tolerated", "missing")}, where)
    check_equal({(s["year"], s["level"]) for s in report["subsidy"]}, set(figures), f"subsidies {what}")


def played(order, count=EVENTS * 10 // 26, funds=ALONE):     # with 30 % that come again, half of them
    game = Game(Model())
    first, arrivals = order(rng, count, funds)
    game.play(first, arrivals)
    told = compare(game)
    game.daemon.stop()
    count = {}
    for rules_ in told.values():
        for (rule, _), alerts in rules_.items():
            count[rule] = count.get(rule, 0) + len(alerts)
    return f"{len(arrivals)} events, {game.told}, alerts {count}"


def shuffled_events_come_to_what_the_model_says():
    return played(shuffled)


def events_in_order_raise_the_alerts_of_the_model():
    return played(in_order)


def places_that_are_merged_shuffled():
    return played(shuffled, MERGED, MERGING)


def places_that_are_merged_in_order():
    return played(in_order, MERGED, MERGING)


def places_under_others():
    return played(under_a_place, PLACED, UNDER)


def a_runway_that_hovers():
    return played(hovering, SMALL, HOVERING)


def a_small_case():
    return played(in_order, SMALL)


def notices(name, module, function, other, funds=ALONE, order=None):
    """A mutation of the model has to be noticed: so a daemon with that bug would be, too.  Not every small case has what it
    takes, so larger ones follow."""
    def mutated():
        before = getattr(module, function)
        setattr(module, function, other(before))
        try:
            notes = [played(order or in_order, factor * SMALL, funds) for factor in (1, 2, 4)]
        except Failed as why:
            return f"noticed: {str(why)[:200]}"
        finally:
            setattr(module, function, before)
        raise Failed(f"a model with {name} was not noticed: {notes}")
    return (f"notices_{name}", mutated)


def on_its_own_lines(_):
    return lambda legs, day: [(credit, debit, max(day, of), amount) for debit, credit, of, amount in legs]


def one_day_longer(days_to_wait):
    return lambda before, level, hold: days_to_wait(before, level, hold) + (max(hold) > 0)


if __name__ == "__main__":
    run(without_sanitizers(shuffled_events_come_to_what_the_model_says),
        events_in_order_raise_the_alerts_of_the_model,
        places_that_are_merged_shuffled, places_that_are_merged_in_order, a_runway_that_hovers, places_under_others,
        must_fail("dedup_off", a_small_case), must_fail("field_left_out", a_small_case),
        must_fail("late_is_lost", a_small_case), must_fail("year_dropped", a_small_case),
        notices("a_reversal_across_years_on_its_own_line", model_, "undone", on_its_own_lines),
        notices("payouts_that_rest_on_nothing", model_, "may_stand", lambda _: lambda moves: True),
        notices("payments_that_follow_their_own_day", model_, "year_of_care",
                lambda of: lambda e: e["date"] // 10000 if of(e) else None),
        notices("a_hold_that_is_a_day_longer", model_, "days_to_wait", one_day_longer),
        notices("rounding_down", model_, "half_up", lambda _: math.floor),
        notices("nobody_insured_elsewhere", model_.Fund, "insurers", lambda _: lambda self, *_: [self]),
        notices("parts_that_begin_with_the_merger", model_.Together, "pour", lambda _: lambda *_: None, MERGING),
        notices("transfers_that_do_not_cancel", model_, "matched", lambda _: lambda pairs: 0, UNDER, under_a_place),
        notices("a_split_that_ends_nothing", model_.Fund, "place_is_no_more", lambda _: model_.Fund.is_part, UNDER, under_a_place),
        notices("a_merger_that_a_policy_undoes", model_.Fund, "is_part",
                lambda is_part: lambda self, on: is_part(self, on) and "merged_into" in self.policy(on), MERGING),
        notices("people_of_parts_forgotten", model_.Together, "persons",
                lambda _: lambda self, *of: self.members[0].persons(*of), MERGING))
