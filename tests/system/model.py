"""model - the books and the rules once more, slow and obvious, for test_model.py.

Written from the rules of the money and from docs/PROTOCOL.md, with none of the C code: exact fractions, no
limits on sizes, everything summed when it is asked for and something has moved.  Events go in with apply(), in the
order of their arrival; what a group of events is for the daemon ends with end_of_group(), which judges the rules."""
import ast
import bisect
import calendar
import datetime
import itertools
import math
from fractions import Fraction
from functools import lru_cache, wraps

E4 = 10000
LEVELS = ("central", "province", "city", "county")
INCOME = {
    "fees": "I10", "personal": "I11", "collective": "I12", "aid": "I13", "government": "I14", "central": "I21",
    "province": "I22", "city": "I23", "county": "I24", "interest": "I3", "other_income": "I4", "from_upper": "I6",
    "from_lower": "I7", "transfer_in": "I8"}
EXPENDITURE = {
    "inpatient": "E11", "outpatient": "E12", "pooled": "E121", "chronic": "E122", "maternity": "E13",
    "unlisted": "E19", "catastrophic": "E2", "other_expenditure": "E3", "to_lower": "E5", "to_upper": "E6",
    "transfer_out": "E8"}
MONEY = {"contribution", "subsidy", "income", "settlement", "disbursement", "expenditure"}
NO_BUSINESS = {"policy", "opening", "day", "month_close", "import", "import_done"}   # of a day: report nothing
OF_SOURCES = {"completeness", "quiet", "gaps"}      # rules that are never blind for what did not come
WORSE = {"normal": 1, "paused": 2, "ended": 4}      # of two enrolments on one day the higher one counts
LEVEL_WORDS = {-2: "critical_low", -1: "low", 0: "normal", 1: "high", 2: "excessive"}


# --- Days and months, as yyyymmdd and yyyymm. -------------------------------------

@lru_cache(None)
def ordinal(day):
    return datetime.date(day // 10000, day // 100 % 100, day % 100).toordinal()


def later(day, days):
    date = datetime.date.fromordinal(ordinal(day) + days)
    return date.year * 10000 + date.month * 100 + date.day


@lru_cache(None)
def month_end(month):
    return month * 100 + calendar.monthrange(month // 100, month % 100)[1]


def month_plus(month, months):
    number = month // 100 * 12 + month % 100 - 1 + months
    return number // 12 * 100 + number % 12 + 1


def months_before(day, months):
    """The last day of a month answers to the last of the other one."""
    month = month_plus(day // 100, -months)
    return month_end(month) if day == month_end(day // 100) else min(month * 100 + day % 100, month_end(month))


def half_up(fraction):
    return (2 * fraction.numerator + fraction.denominator) // (2 * fraction.denominator)


# --- What an event does to the accounts: (debit, credit, day, amount). --------------

def legs_of(e, policy, disbursement):
    kind, day, amount = e["kind"], e["date"], e["amount"]
    if kind == "contribution":
        line, new_year = INCOME[e["category"]], e["year"] * 10000 + 101
        if policy.get("fees", "arrival") == "covered" and new_year > day:
            return [("A1", "L2", day, amount), ("L2", line, new_year, amount)]
        return [("A1", line, day, amount)]
    if kind in ("subsidy", "income"):
        return [("A1", INCOME[e["category"]], day, amount)]
    line = EXPENDITURE.get(e.get("category"))
    if kind == "settlement":
        legs = [("M1", "M2", day, amount)] if disbursement else [(line, "L1", day, amount)]
        return legs + bill(e)
    if kind == "expenditure":
        return [(line + provisional(e["stage"] == "provisional" if "stage" in e else False), "A1", day, amount)] + bill(e)
    stage, change = e["stage"], e.get("change", 0)
    if stage == "advance":
        return [("A2", "A1", day, amount)]
    if stage == "advance_return":
        return [("A1", "A2", day, amount)]
    if not disbursement:
        return {"provisional": [("L1", "A1", day, amount)],
                "adjustment": [("L1", "A1", day, amount)],
                "clearing": [("L1", "A1", day, amount), (line, "L1", day, change)],
                "retention": [],
                "release": [("L1", "A1", day, amount)],
                "deduction": [("L1", line, day, amount)]}[stage]
    less_owed = ("M2", "M1", day, amount)
    return {"provisional": [(line + "p", "A1", day, amount), less_owed],
            "adjustment": [(line + "p", "A1", day, amount), less_owed],
            "clearing": [(line, line + "p", day, e.get("cleared", 0)), (line, "A1", day, amount), less_owed,
                         ("M1", "M2", day, change)],
            "retention": [],
            "release": [(line, "A1", day, amount), less_owed],
            "deduction": [less_owed]}[stage]


def provisional(yes):
    return "p" if yes else ""


def bill(e):
    """Memo lines of an inpatient bill: what it cost, and what the fund paid of the bills that say so."""
    legs = []
    if e["category"] == "inpatient":
        for field, cost, paid in (("cost", "S1", "S3"), ("in_policy", "S2", "S4")):
            if field in e:
                legs += [(cost, "S0", e["date"], e[field]), (paid, "S0", e["date"], e["amount"])]
    return legs


def undone(legs, day):
    """The opposite: on its own lines within the year, on I4 or E3 across years; never before the leg itself.  What was
    made final is provisional again."""
    def other_year(account):
        return {"I": "E3", "E": "I4"}.get(account[0], account)
    for debit, credit, of, amount in legs:
        on = max(day, of)
        if on // 10000 > of // 10000:
            if not debit[0] == credit[0] == "E":
                debit, credit = other_year(debit), other_year(credit)
        yield credit, debit, on, amount


# --- The life of a payout: which disbursements may stand together. ------------------

def payout_of(e):
    """Whose life a disbursement is of: by institution, category and year; of an advance by institution alone."""
    if e["stage"].startswith("advance"):
        return "advance", e.get("institution", "")
    return e.get("institution", ""), e["category"], e.get("year", e["date"] // 10000)


def year_of_care(e):
    """Of what belongs to some year's care: that in which a bill is dated, or whose bills a payment is for."""
    if e["kind"] == "settlement":
        return e["date"] // 10000
    return payout_of(e)[2] if e["kind"] == "disbursement" and "category" in e else None


def recognitions(policies, year):
    """What the policies in force on some day of a year say; of a year before all of them the first one."""
    newest = {day: policy for day, _, policy in sorted(policies, key=lambda p: p[:2])}
    begun = [day for day in newest if day <= year * 10000 + 1231]
    held = [day for day in begun if day // 10000 == year]
    if year * 10000 + 101 not in held:
        held += [day for day in begun if day // 10000 < year][-1:]
    return {newest[day].get("recognition", "settlement") for day in held or [min(newest)]}


def may_stand(moves):
    """Whether each has what it rests on, and no more is final, released or given back than there was."""
    def stands(stage):
        return any(m["stage"] == stage for m in moves)
    def total(field, *stages):
        return sum(m.get(field, 0) for m in moves if m["stage"] in stages)
    if stands("adjustment") and not stands("provisional"):
        return False
    if stands("release") and not (stands("clearing") and stands("retention")):
        return False
    on_account = total("amount", "provisional", "adjustment") - total("cleared", "adjustment", "clearing", "release")
    return on_account >= 0 and total("amount", "retention") >= total("amount", "release") and \
        total("amount", "advance") >= total("amount", "advance_return")


# --- Days on which something is expected. --------------------------------------------

def matches(pattern, source):
    return source.startswith(pattern[:-1]) if pattern[-1] == "*" else source == pattern


def follows(policy, source):
    """What a policy expects of a source: the first rule that fits."""
    rule = next((s for s in policy.get("sources", []) if matches(s["pattern"], source)), None)
    return rule if rule and rule["calendar"] != "none" else None


def is_worked(policy, day):
    for holiday in policy["holidays"]:
        if holiday["first"] <= day <= holiday["last"]:
            return holiday.get("worked", False)
    return ordinal(day) % 7 not in (6, 0)           # day 1 was a Monday


def is_named(calendar, day):
    if calendar["rhythm"] == "weekly":
        return (ordinal(day) - 1) % 7 + 1 == calendar["day"]
    return calendar["rhythm"] == "daily" or day % 100 == min(calendar["day"], month_end(day // 100) % 100)


@lru_cache(None)
def expected_days(key):
    """Of a calendar and holidays, as repr() has them, in all years."""
    calendar, policy = ast.literal_eval(key[0]), {"holidays": ast.literal_eval(key[1])}
    result = set()
    for number in range(ordinal(20200101), ordinal(20260101)):
        day = later(20200101, number - ordinal(20200101))
        if is_named(calendar, day):
            while calendar.get("workdays") and not is_worked(policy, day):
                day = later(day, 1)
            result.add(day)
    return sorted(result)


def calendar_of(policy, name):
    """Its expected days, and the grace."""
    calendar = next(c for c in policy["calendars"] if c["name"] == name)
    return expected_days((repr(calendar), repr(policy["holidays"]))), calendar.get("grace", 0)


def silence(policy, calendar, last, on):
    """In days, or in expected days that were missed: what came after one of them answers the next."""
    if not calendar:
        return max(0, ordinal(on) - ordinal(last))
    days, grace = calendar_of(policy, calendar)
    return sum(1 for day in days[bisect.bisect_left(days, last) + 1:] if later(day, grace) <= on)


# --- A rule of a fund. -------------------------------------------------------------

class Why(str):
    """Instead of a value: not computable, and why."""


def days_to_wait(before, level, hold):
    better = abs(level) < abs(before) and level * before >= 0
    return hold[1 if better else 0]


class Rule:
    def __init__(self):
        self.level, self.blind, self.valued = 0, False, False
        self.waiting = []               # (day, level) of every reading since the level was another one

    def reading(self, value, limits):
        """The level of a value: beyond where a level is entered, or not back where it is left."""
        def beyond(name, side, here):
            if name not in limits:
                return False
            enter, leave = (Fraction(x, E4) for x in limits[name])
            limit = leave if here else enter
            return value < limit if side < 0 else value > limit
        if beyond("critical_low", -1, self.level <= -2):
            return -2
        if beyond("low", -1, self.level <= -1):
            return -1
        if beyond("excessive", 1, self.level >= 2):
            return 2
        if beyond("high", 1, self.level >= 1):
            return 1
        return 0

    def step(self, value, limits, hold, today):
        """What there is to tell: (transition, level before), or None."""
        if limits is None or value == "money_elsewhere":        # there is nothing to wait for
            return self.switched_off()
        if isinstance(value, Why):
            if value == "before_deadline" or not self.valued or self.blind:
                return None
            self.blind = True
            return "blind", self.level
        was_blind, self.blind, self.valued = self.blind, False, True
        level, before = self.reading(value, limits), self.level
        if level == before:
            self.waiting = []
        else:
            up = level > before
            if self.waiting and (self.waiting[0][1] > before) != up:
                self.waiting = []
            self.waiting.append((today, level))
            reached = (min if up else max)(seen for _, seen in self.waiting)
            if not days_to_wait(before, level, hold):
                reached = level         # need not wait for what is held longer
            if ordinal(today) - ordinal(self.waiting[0][0]) >= days_to_wait(before, reached, hold):
                self.level = reached
                self.waiting = [(today, level)] if level != reached else []
                return ("firing" if before == 0 else "ended" if reached == 0 else "changed"), before
        return ("sighted", before) if was_blind else None

    def switched_off(self):
        before, was_blind = self.level, self.blind
        self.level, self.blind, self.waiting = 0, False, []
        return ("ended", before) if before else ("sighted", 0) if was_blind else None


# --- A fund. -----------------------------------------------------------------------

def kept(cache):
    """A figure that many rules ask for: kept in `cache` of the fund, which is emptied when what it rests on moves."""
    def keeping(figure):
        @wraps(figure)
        def asked(self, *of):
            known, key = getattr(self, cache), (figure.__name__, *of)
            if key not in known:
                known[key] = figure(self, *of)
            return known[key]
        return asked
    return keeping


class Fund:
    def __init__(self, name, funds, missing):
        self.place, self.scheme = name.split("/")
        self.funds = funds              # all there are
        self.missing = missing          # source: numbers of batches
        self.renumbered = set()         # whose are other ones since the last group
        self.first_heard, self.of_days = {}, {}     # source: day of the books; days that it has reported
        self.sources = {}               # that it has heard of: on which day of the books it last did
        self.policies = []              # (from, number of arrival, policy)
        self.opening = self.books_date = self.start = None
        self.had_day = self.importing = False
        self.days, self.months = {}, {}             # day or month: {account: debit - credit}
        self.people = {}                            # year: {person: (enrolments, fees)}
        self.of_people, self.of_books = {}, {}      # what is kept until somebody, or money, moves
        self.reported, self.measures = {}, {}       # (year, group) or measure: {day: (id, heads)}
        self.received, self.collected = {}, {}      # (year, level) or year: {day: fen}
        self.payouts = {}                           # payout_of(): the disbursements that stand
        self.cared = set()                          # years of care of which something was booked
        self.on_account = {}                        # (year, line): (day, paid, cleared, undone another year)
        self.closed, self.restated = 0, {}          # last day of a closed month; month: {line: what came later}
        self.statements = {}                        # day: (id, fen)
        self.rules = {}                             # (rule, instance): Rule
        self.alerts = {}                            # (rule, instance): what was told
        self.diary = {}                             # month that has ended: (its last day, runway) if it was normal, or None
        self.first_look, self.back_again = None, None   # the first runway that was judged; that of the last alert's end
        self.explained = []                         # of each runway alert that tells of a level: since when, and from what
        self.to_judge, self.moved = [], False     # of the present group
        self.merged = None                          # (the whole, the day from which on it is a part of that)
        self.together, self.poured = {}, []         # the books that it is in with others: as a whole, and as any of them

    def policy(self, day):
        held = [p for p in self.policies if p[0] <= day]
        first = min(p[0] for p in self.policies)
        return max(held or [p for p in self.policies if p[0] == first], key=lambda p: p[:2])[2]

    def recognition(self, e):
        """One for all that is of a year, bills and payments, whenever they come."""
        said = recognitions(self.policies, year_of_care(e) or e["date"] // 10000)
        assert len(said) == 1, said
        return said.pop()

    def may_recognise(self, policy):
        """Whether each year is still recognised in one way, and what is booked of a year as it was."""
        policies = self.policies + [policy]
        return all(len(recognitions(policies, year)) == 1 for year in range(2018, 2032)) and \
            all(recognitions(policies, year) == recognitions(self.policies, year) for year in self.cared)

    def add(self, account, day, amount):
        for books in self.poured:
            books.add(account, day, amount)
        self.of_books = {}
        for sums in (self.days.setdefault(day, {}), self.months.setdefault(day // 100, {})):
            sums[account] = sums.get(account, 0) + amount

    def post(self, legs):
        for debit, credit, day, amount in legs:
            self.add(debit, day, amount)
            self.add(credit, day, -amount)
            if day <= self.closed:
                lines = self.restated.setdefault(day // 100, {})
                for account, moved in ((debit, amount), (credit, -amount)):
                    lines[account] = lines.get(account, 0) + moved

    # What hospitals were paid on account, by the year that it is of.

    def hold(self, e, legs):
        rows = self.on_account.setdefault((e.get("year", e["date"] // 10000), e.get("category")), [])
        for debit, credit, day, amount in legs:
            if debit[-1] == "p":
                rows.append((day, amount, 0, 0))
            elif credit[-1] == "p":
                rows.append((day, 0, amount, 0))

    def let_go(self, e, legs, on):
        """What is taken back in another year stays the expenditure that it was."""
        rows = self.on_account[e.get("year", e["date"] // 10000), e.get("category")]
        for debit, credit, day, amount in legs:
            if debit[-1] == "p":
                same_year = on // 10000 == day // 10000
                rows.append((on, -amount if same_year else 0, 0, 0 if same_year else amount))
            elif credit[-1] == "p":
                rows.append((on, 0, -amount, 0))

    def still_provisional(self, sums, first, last, on):
        """line: what is still provisional on a day of what was paid from a first day to a last one, with the sums of all
        between: what has become final of a year's payments is so of each of them alike."""
        result = {account[:-1]: amount for account, amount in sums.items() if account[0] == "E" and account[-1] == "p"}
        for (_, category), rows in self.on_account.items():
            line, rows = EXPENDITURE.get(category), [row for row in rows if row[0] <= on]
            paid, final = sum(row[1] for row in rows), sum(row[2] + row[3] for row in rows)
            def left(so_far):
                if final == 0:
                    return so_far
                return half_up(Fraction(so_far * (paid - final), paid)) if paid > max(0, final) else 0
            if rows:
                moved = sum(row[1] - row[2] for row in rows if first <= row[0] <= last)
                result[line] = result.get(line, 0) - moved + left(sum(row[1] for row in rows if row[0] <= last)) \
                    - left(sum(row[1] for row in rows if row[0] < first))
        return result

    def provisional(self, months, on):
        return max(0, sum(self.still_provisional(self.sums(months), months[0] * 100 + 1, month_end(months[-1]), on).values()))

    # Payouts.  These funds have their opening balance from the start.

    def is_whole(self, e):
        if self.parts(99991231)[1:]:
            return False                # what its payouts rest on may be under another code
        return e["stage"].startswith("advance") or payout_of(e)[2] > self.start // 10000

    def may_move(self, e):
        standing = self.payouts.get(payout_of(e), [])
        cleared = [m["date"] for m in standing if m["stage"] == "clearing"]
        if cleared and (e["stage"] == "clearing" or
                        e["stage"] in ("provisional", "adjustment") and e["date"] > cleared[0]):
            return False
        return not self.is_whole(e) or may_stand(standing + [e])

    def may_unmove(self, e):
        return not self.is_whole(e) or may_stand([m for m in self.payouts[payout_of(e)] if m is not e])

    # People.

    def enroll(self, e):
        if "heads" in e:
            self.count(self.reported, (e["year"], e.get("group", "")), e)
            return
        self.hear(e)[0].append((e["date"], WORSE[e["status"]]))

    def hear(self, e):
        """Somebody says something of a person: what is known of his year, enrolments and fees by day.  Who is insured
        elsewhere, too, may count in another fund now."""
        for fund in self.funds.values():
            fund.of_people = {}
            fund.moved = fund.moved or e["person"] in fund.people.get(e["year"], {})
        return self.people.setdefault(e["year"], {}).setdefault(e["person"], ([], []))

    def pay(self, e, sign, day):
        if e["kind"] == "subsidy":
            self.receive(e["year"], e["category"], day, sign * e["amount"])
        if e["kind"] == "contribution":
            self.collect(e["year"], day, sign * e["amount"])
            if "person" in e:
                self.hear(e)[1].append((day, sign))

    def receive(self, year, level, day, amount):
        for books in (self, *self.poured):
            days = books.received.setdefault((year, level), {})
            days[day] = days.get(day, 0) + amount

    def collect(self, year, day, amount):
        for books in (self, *self.poured):
            days = books.collected.setdefault(year, {})
            days[day] = days.get(day, 0) + amount

    @staticmethod
    def count(table, key, e):
        days = table.setdefault(key, {})
        days[e["date"]] = max(days.get(e["date"], ("", 0)), (e["id"], e["heads"]))

    @staticmethod
    def latest(days, on):
        known = [day for day in days if day <= on]
        return days[max(known)][1] if known else None

    def reports(self, year, on):
        """What the registry said of a year, newest first: (day, group or "" for all of them, heads)."""
        return sorted(((day, group, heads) for (y, group), days in self.reported.items() if y == year
                       for day, (_, heads) in days.items() if day <= on), key=lambda r: r[0], reverse=True)

    def heads_reported(self, year, on):
        """The registry's papers are read from the newest on: counts of groups are laid together until a paper with the
        count of all comes up.  That one is believed, unless those before it are of the ordinary and of every group that
        there is a paper of, so that nobody is left to be counted."""
        papers = self.reports(year, on)
        together = {}
        for _, of_day in itertools.groupby(papers, key=lambda paper: paper[0]):
            of_day = {group: heads for _, group, heads in of_day}
            if "" in of_day:
                everybody = "ordinary" in together and together.keys() == {g for _, g, _ in papers if g}
                return sum(together.values()) if everybody else of_day[""]
            together = {**of_day, **together}
        return sum(together.values()) if papers else None

    def counted(self, year, on):
        """Which it is, the other one, and whether they contradict each other."""
        papers = self.reports(year, on)
        totals, groups = [p for p in papers if p[1] == ""], {}
        for day, group, heads in papers:
            if group:
                groups.setdefault(group, (day, heads))
        total = totals[0][2] if totals else None
        together = sum(heads for _, heads in groups.values()) if groups else None
        fresh = bool(totals and groups) and max(day for day, _ in groups.values()) >= totals[0][0]
        return total, together, fresh and (together > total or "ordinary" in groups and together != total)

    def heads(self, on, year=None):
        """Of the year of the day, or another one."""
        year = year or on // 10000
        measure = {m: self.measured(m, 0, on) for m in ("employees", "resident", "registered")}
        measure["last_year"] = self.measured("last_year", (year - 1) * 10000 + 1231, on)
        counts = self.persons_known(year, on)
        reported, duplicates = self.heads_reported(year, on), self.duplicates(on, year)
        paid, left, doubled, elsewhere = (counts.get(x) for x in ("paid", "left", "doubled", "elsewhere"))
        def less(heads, by=duplicates or 0):
            return None if heads is None else max(heads - by, 0)
        return {"paid": paid, "registered": counts.get("registered"), "left": left, "doubled": doubled,
                "elsewhere": elsewhere, "duplicates": duplicates, "reported": reported,
                "paid_once": less(paid and paid - left - elsewhere), "reported_once": less(reported),
                "paid_once_least": less(paid and paid - left - doubled), "paid_once_most": less(paid, left),
                "employees": measure["employees"], "resident": measure["resident"],
                "registered_population": measure["registered"], "last_year": measure["last_year"]}

    def measured(self, measure, first, on):
        return self.latest({day: x for day, x in self.measures.get(measure, {}).items() if day >= first}, on)

    def duplicates(self, on, year):
        """As reported from outside for the year."""
        of_year = [self.measured(m, year * 10000, on) for m in ("duplicates_province", "duplicates_nation")]
        return None if of_year == [None, None] else sum(heads or 0 for heads in of_year)

    @kept("of_people")
    def stands(self, year, on):
        """{person: (enrolment, since when paid, whether insured here)} at the end of a day."""
        return {person: self.stand(*known, on) for person, known in self.people.get(year, {}).items()}

    @staticmethod
    def stand(enrolments, fees, on):
        worse = max((x for x in enrolments if x[0] <= on), default=(0, 0))[1]
        since = None
        for day in sorted({day for day, _ in fees if day <= on}):
            left = sum(sign for d, sign in fees if d <= day)
            since = (since or day) if left > 0 else None
        return worse, since, since is not None and worse < 2

    def same_people(self, other):
        def within(a, b):
            return a.place.startswith(b.place[:2] if b.place[2:] == "0000" else b.place[:4] if b.place[4:] == "00" else b.place)
        return self.scheme == other.scheme and (within(self, other) or within(other, self))

    def precedence(self, year, on, person):
        """When the first paid of the funds that keep books of the same people; then when this one did."""
        def own(fund):
            return fund.stands(year, on)[person][1], fund.scheme, fund.place
        return min(own(f) for f in self.insurers(year, on, person) if f.same_people(self)), own(self)

    def insurers(self, year, on, person):
        return [f for f in self.funds.values() if f.stands(year, on).get(person, (0, None, False))[2]]

    @kept("of_people")
    def persons(self, year, on):
        counts = dict.fromkeys(("registered", "paid", "left", "doubled", "elsewhere"), 0)
        for person, (worse, since, insured) in self.stands(year, on).items():
            counts["registered"] += worse == 1
            counts["paid"] += since is not None
            counts["left"] += since is not None and not insured
            others = [f for f in self.insurers(year, on, person) if not f.same_people(self)] if insured else []
            counts["doubled"] += bool(others)
            mine = self.precedence(year, on, person) if others else None
            counts["elsewhere"] += any(f.precedence(year, on, person) < mine for f in others)
        return counts

    @kept("of_people")
    def ever(self, year, on):
        """Whether on the evening of some day anybody was registered, and whether anybody had paid."""
        registered = paid = False
        for enrolments, fees in self.people.get(year, {}).values():
            registered = registered or any(self.stand(enrolments, [], day)[0] == 1 for day, _ in enrolments if day <= on)
            paid = paid or any(self.stand([], fees, day)[1] for day, _ in fees if day <= on)
        return registered, paid

    def persons_known(self, year, on):
        """Only what there ever was somebody of: a registry may send no fees, and a tax office no registrations."""
        registered, paid = self.ever(year, on)
        return {figure: heads for figure, heads in self.persons(year, on).items()
                if (registered if figure == "registered" else paid)}

    # Figures.

    def first_month(self):
        return month_plus(self.start // 100, 1)

    def closed_months(self, base, on):
        month = on // 100 if month_end(on // 100) == on else month_plus(on // 100, -1)
        if base == "trailing_12":
            months = [month_plus(month, -i) for i in range(12)]
        elif base == "year_to_date":
            months = [on // 10000 * 100 + m for m in range(1, 13) if month_end(on // 10000 * 100 + m) <= on]
        else:
            year = on // 10000 if on % 10000 == 1231 else on // 10000 - 1
            months = [year * 100 + m for m in range(1, 13)]
        return sorted(m for m in months if m >= self.first_month())

    def sums(self, months):
        result = {}
        for month in months:
            for account, amount in self.months.get(month, {}).items():
                result[account] = result.get(account, 0) + amount
        return result

    @kept("of_books")
    def flows_until(self, on):
        """Everything dated on or before a day."""
        result = self.sums(m for m in self.months if month_end(m) <= on)
        if month_end(on // 100) > on:
            for day in range(on // 100 * 100 + 1, on + 1):
                for account, amount in self.days.get(day, {}).items():
                    result[account] = result.get(account, 0) + amount
        return result

    @staticmethod
    def income(sums):
        return -sum(amount for account, amount in sums.items() if account[0] == "I")

    @staticmethod
    def expenditure(sums):
        return sum(amount for account, amount in sums.items() if account[0] == "E")

    def balance(self, on):
        sums = self.flows_until(on)
        return (self.opening or 0) + self.income(sums) - self.expenditure(sums)

    def runway(self, on, policy):
        rule = policy.get("runway", {})
        months = self.closed_months(rule.get("base", "trailing_12"), on)
        sums = self.sums(months)
        if self.opening is None:
            return Why("no_opening")
        if len(months) < max(1, rule["min_months"]):
            return Why("too_few_months")
        expenditure = self.expenditure(sums)
        if self.is_held_above(sums):
            return Why("money_elsewhere")
        if expenditure <= 0:
            return Why("no_expenditure")
        return Fraction(self.balance(on) * len(months), expenditure)

    @staticmethod
    def is_held_above(sums):
        """What goes up and comes down is more than a third of all that flows, or more than half as much as the rest.
        What flowed back has flowed, too."""
        flows = {}
        for account, amount in sums.items():
            if account[0] in "IE":
                flows[account.rstrip("p")] = flows.get(account.rstrip("p"), 0) + amount
        with_above = sum(abs(flows.pop(line, 0)) for line in ("E6", "I6"))
        return 2 * with_above > sum(abs(amount) for amount in flows.values())

    def runway_owed(self, on, policy):
        """As if everything owed were paid: what care cost in the months, whenever it is paid."""
        booked, owed = self.runway(on, policy), self.flows_until(on).get("M1", 0)
        if isinstance(booked, Why) or owed <= 0:
            return booked
        months = self.closed_months(policy["runway"].get("base", "trailing_12"), on)
        sums = self.sums(months)
        cost = self.expenditure(sums) + sums.get("M1", 0)
        return Fraction((self.balance(on) - owed) * len(months), cost) if cost > 0 else Why("no_expenditure")

    def runway_received(self, on, policy):
        booked, late = self.runway(on, policy), [f for f in self.subsidies(policy, on).values() if f["begun"]]
        if isinstance(booked, Why):
            return booked
        if not policy.get("subsidy", {}).get("standards") or any(f["due"] is None for f in late):
            return Why("no_standard")
        months = self.closed_months(policy["runway"].get("base", "trailing_12"), on)
        balance = self.balance(on) + sum(f["missing"] for f in late if not f["tolerated"])
        return Fraction(balance * len(months), self.expenditure(self.sums(months)))

    def falling(self, on, policy):
        """How many months the runway is shorter than it was, by the rules of today, what is known today, and the same
        books under both days: nobody's runway falls because its place is a larger one."""
        before, now = (self.runway(day, policy) for day in (months_before(on, policy["falling"]["months"]), on))
        for value in (now, before):
            if isinstance(value, Why):
                return value
        return Fraction(math.ceil((before - now) * E4), E4)

    def deficit(self, on):
        months = self.closed_months("trailing_12", on)
        sums = self.sums(months)
        if len(months) < 12:
            return Why("too_few_months")
        if self.expenditure(sums) <= 0:
            return Why("no_expenditure")
        return Fraction(self.income(sums) - self.expenditure(sums), self.expenditure(sums))

    def provisional_share(self, on):
        months = self.closed_months("trailing_12", on)
        sums = self.sums(months)
        if not months:
            return Why("too_few_months")
        if self.expenditure(sums) <= 0:
            return Why("no_expenditure")
        return Fraction(self.provisional(months, on), self.expenditure(sums))

    def restated_share(self, on):
        """What came after a month was closed, by lines and months; a line is one with its provisional part."""
        months = self.closed_months("trailing_12", on)
        if not months:
            return Why("too_few_months")
        spent = self.expenditure(self.sums(months))
        if spent <= 0:
            return Why("no_expenditure")
        moved = sum(sum(map(abs, self.lines_restated(month).values())) for month in months)
        return Fraction(moved, spent)

    def came_late(self):
        """Month: {account: what came after it was closed}."""
        return self.restated

    def lines_restated(self, month):
        lines = {}
        for account, amount in self.came_late().get(month, {}).items():
            if account[0] in "IE":
                line = account.rstrip("p")
                lines[line] = lines.get(line, 0) + amount
        return lines

    # What sources were expected to report.

    def expected_since(self, source, pattern, on):
        """The day of the policy that first named it, if it is named now, or that on which it was heard of."""
        named = [day for day, _, policy in self.policies if
                 any(s["pattern"] == source and s["calendar"] != "none" for s in policy.get("sources", []))]
        heard = self.first_heard.get(source, on + 1)
        return min(*named, heard) if pattern == source else heard

    def expectations(self, on, policy):
        """source: since when something is expected of it, and on which days."""
        result = {}
        names = set(self.sources) | {s["pattern"] for s in policy.get("sources", []) if s["pattern"][-1] != "*"}
        for source in names:
            rule = follows(policy, source)
            if rule:
                result[source] = self.expected_since(source, rule["pattern"], on), calendar_of(policy, rule["calendar"])
        return result

    def days_reported(self, source):
        return self.of_days.get(source, ())

    def completeness(self, on, policy):
        """How many sources something was expected of, how many missed the last of it, shares of a month and a year."""
        sources = silent = 0
        shares = {1: 0, 12: 0}
        if self.place_is_no_more(on):
            return 0, 0, 0, 0
        if self.is_place():
            each = [m.books.completeness(m.day, m.policy) for m in self.under(on).added()]
            return tuple(map(sum, zip(*each))) if each else (0, 0, 0, 0)
        for source, (since, (days, grace)) in self.expectations(on, policy).items():
            due = days[:bisect.bisect_right(days, later(on, -grace))]
            if since > on or due[-1] < since:
                continue
            reports = sorted(self.days_reported(source))
            def answered(i):
                at = bisect.bisect_right(reports, due[i - 1])
                return at < len(reports) and reports[at] <= (due[i] if i < len(due) else on)
            sources += 1
            silent += not answered(len(due) - 1) and not answered(len(due))
            for months in shares:
                begin = max(bisect.bisect_right(due, months_before(on, months)), bisect.bisect_left(due, since))
                period = range(min(begin, len(due) - 1), len(due))
                shares[months] += E4 * sum(answered(i) for i in period) // len(period)
        return sources, silent, shares[1], shares[12]

    def complete_share(self, on, policy):
        sources, _, month, _ = self.completeness(on, policy)
        return Fraction(month, sources * E4) if sources else None

    # What the bank says.

    def in_bank(self, on):
        return (self.opening or 0) + self.flows_until(on).get("A1", 0)

    def bank_difference(self, on):
        """By the newest statement."""
        known = [day for day in self.statements if day <= on]
        if self.opening is None:
            return Why("no_opening")
        if not known:
            return Why("no_statement")
        return Fraction(self.statements[max(known)][1] - self.at(max(known)).in_bank(max(known)))

    @staticmethod
    def year_judged(on, definition):
        """The year whose deadline was the last one, and the day as of which it is judged: the last of that year at most."""
        deadline = next(day for day in (on // 10000 * 10000 + definition["deadline"] - n * 10000 for n in (0, 1)) if day <= on)
        year = deadline // 10000 + (definition.get("year") == "coming")
        return year, min(on, year * 10000 + 1231)

    def coverage(self, on, definition):
        year, day = self.year_judged(on, definition)
        value = self.coverage_of(year, day, definition)
        return Why("before_deadline") if value == "no_numerator" and day < on else value

    def coverage_ahead(self, on, definition):
        """Of the years that are not judged yet those that somebody is counted for."""
        ahead = ((year, self.coverage_of(year, on, definition))
                 for year in range(self.year_judged(on, definition)[0] + 1, on // 10000 + 2))
        return {year: value for year, value in ahead if not isinstance(value, Why)}

    def coverage_of(self, year, on, definition):
        heads = self.heads(on, year)
        numerators = definition["numerator"].split("_and_")
        counts = [heads[n] for n in numerators]
        if None in counts:
            return Why("no_numerator")
        if definition["denominator"] == "last_year":
            return self.kept_of_last_year(year, on, numerators, sum(counts))
        bottom = {"resident": "resident", "registered": "registered_population"}[definition["denominator"]]
        if not heads[bottom]:
            return Why("no_denominator")
        return Fraction(sum(counts), heads[bottom])

    def kept_of_last_year(self, year, on, numerators, now):
        """1 less what was lost of those of last New Year's Eve: whom the fund stated, or else the same people as counted
        then."""
        before = self.heads(min(on, (year - 1) * 10000 + 1231), year - 1)
        then = [self.heads(on, year)["last_year"]]
        if then == [None]:
            then = [before[n] for n in numerators]
        if None in then or not sum(then):
            return Why("no_last_year")
        return 1 - Fraction(sum(then) - now, sum(then))

    def reimbursement(self, on, policy, which):
        months = self.closed_months(policy["reimbursement"].get("base", "trailing_12"), on)
        sums = self.sums(months)
        cost, paid = {"actual": ("S1", "S3"), "in_policy": ("S2", "S4")}[which]
        if not months:
            return Why("too_few_months")
        if sums.get(cost, 0) <= 0:
            return Why("no_bills")
        return Fraction(sums.get(paid, 0), sums[cost])

    def collected_share(self, on, policy, year):
        expected = [x for x in policy["contributions"]["expected"] if x["year"] == year and x["by"] <= on]
        if not expected:
            return Why("before_deadline")
        come = sum(amount for day, amount in self.collected.get(year, {}).items() if day <= on)
        return Fraction(come, expected[-1]["amount"])

    # Budgets.

    @kept("of_books")
    def moved_in(self, year, on):
        """What was booked in a year, up to a day."""
        result = self.sums(m for m in self.months if m // 100 == year and month_end(m) <= on)
        if on // 10000 == year and month_end(on // 100) > on:
            for day in range(on // 100 * 100 + 1, on + 1):
                for account, amount in self.days.get(day, {}).items():
                    result[account] = result.get(account, 0) + amount
        return result

    def executed(self, line, on):
        year, category = line["year"], line["category"]
        if category in LEVELS:
            return sum(amount for day, amount in self.received.get((year, category), {}).items() if day <= on)
        moved = self.moved_in(year, on)
        if category in INCOME:
            return -moved.get(INCOME[category], 0)
        account = EXPENDITURE[category]
        return moved.get(account, 0) + moved.get(account + "p", 0)

    def execution(self, on, policy):
        """instance: executed / foreseen, limits."""
        rule, sums = policy.get("execution", {}), {}
        for line in policy.get("budget", []) if rule.get("on") else []:
            side = "income" if line["category"] in INCOME else "expenditure"
            code = {**INCOME, **EXPENDITURE}[line["category"]]
            what = code if rule.get("by", "side") == "line" else side
            entry = sums.setdefault((line["year"], what, side), [0, 0])
            entry[0] += self.executed(line, on)
            entry[1] += line["amount"]
        return {f"{year}-{what}": self.execution_of(on, rule, year, side, *entry)
                for (year, what, side), entry in sums.items()}

    def execution_of(self, on, rule, year, side, executed, foreseen):
        ended = sum(1 for m in range(year * 100 + 1, year * 100 + 13) if month_end(m) <= on)
        from_ = rule.get("from", 6)
        limits = {"high": rule["over"]} if side == "expenditure" else {}
        if side == "income" or ended >= from_:
            limits["low"] = [ended * E4 // 12 - behind for behind in rule["behind"]]
        due = on >= year * 10000 + 101 if side == "expenditure" else ended >= from_
        if not due:
            return Why("before_deadline"), limits
        if self.first_month() > year * 100 + 1:
            return Why("too_few_months"), limits
        return Fraction(executed, foreseen) if foreseen else Why("no_budget"), limits

    # The gate for prepaying hospitals.

    def months_closed(self, on):
        """All of them, of five years at most."""
        month = on // 100 if month_end(on // 100) == on else month_plus(on // 100, -1)
        months = [month_plus(month, -i) for i in range(60)]
        return sorted(m for m in months if m >= self.first_month())

    def surplus_ahead(self, on, years_grown):
        """The least share of surplus in twelve months to come: of the expected course, and of those in which what so
        many latest years grew by goes on."""
        months = self.months_closed(on)
        if len(months) < 24:
            return Why("too_little_history")
        if self.opening is None:
            return Why("no_opening")
        years = [months[len(months) - 12 * (j + 1):len(months) - 12 * j] for j in range(len(months) // 12)]
        sums = [[self.months.get(month, {}) for month in year] for year in years]
        flows = [[(self.income(month), self.expenditure(month)) for month in year] for year in sums]
        for year in flows:
            if sum(i for i, _ in year) <= 0:
                return Why("no_income")
            if sum(e for _, e in year) <= 0:
                return Why("no_expenditure")
        shares = []
        levels = [[sum(month[side] for month in year) for side in (0, 1)] for year in flows]
        for path in range(-1, len(flows)):
            coming = [tuple(self.carried_on(flows, levels, path, i, side) for side in (0, 1)) for i in range(12)]
            for k in range(1, 13):
                if sum(e for _, e in flows[0][k:]) + sum(e for _, e in coming[:k]) <= 0:
                    return Why("no_expenditure")
            spent = sum(e for _, e in coming)
            shares.append(Fraction(sum(i for i, _ in coming) - spent, spent))
        return min(shares[:1 + years_grown])

    @staticmethod
    def carried_on(flows, levels, path, i, side):
        """The coming month i: of all years at the level of the latest, or of one year grown as that had grown."""
        if path < 0:
            month, before = sum(year[i][side] for year in flows), sum(level[side] for level in levels)
        else:
            month, before = flows[path][i][side], levels[min(path + 1, len(flows) - 1)][side]
        return half_up(Fraction(month * levels[0][side], before))

    def gate(self, on, policy):
        """A gate that is shut asks for more."""
        state = self.rules.get(("gate", ""))
        return self.gate_met(on, policy, state is not None and state.level != 0)

    def gate_entered(self, on, policy):
        return self.gate_met(on, policy, False)

    def gate_met(self, on, policy, shut):
        """How many of the conditions are met."""
        rule = policy["gate"]
        months = self.closed_months("calendar_year", on)
        sums = self.sums(months)
        spent = self.expenditure(sums)
        last_year = Why("too_few_months") if len(months) < 12 else Why("no_expenditure") if spent <= 0 \
            else Fraction(self.income(sums) - spent, spent)
        values = [(self.runway(on, policy), "months"), (last_year, "surplus"),
                  (self.surplus_ahead(on, rule["years"]), "surplus")]
        unknown = [value for value, _ in values if isinstance(value, Why)]
        met = [value >= Fraction(rule[limit][shut], E4) for value, limit in values if not isinstance(value, Why)]
        return unknown[0] if unknown and all(met) else Fraction(sum(met))

    # Subsidies.

    def due(self, standard, on):
        """What each level owes for the year; None where it is not known."""
        rates, owed = {}, {}
        for level in LEVELS:
            rule = standard["levels"].get(level, {})
            rates[level] = Fraction(rule["own"]) if rule.get("own") else \
                Fraction(standard["per_head"] * rule.get("parts", 0), standard.get("whole", 1))
        exceptions = standard.get("exceptions", [])
        heads = {level: self.heads_paid_for(standard["levels"].get(level), on) for level in LEVELS}
        for level in LEVELS:
            rule, own = standard["levels"].get(level), [x for x in exceptions if x["level"] == level]
            borne = [x for x in exceptions if x.get("payer") == level]
            if not rule and not own and not borne:
                owed[level] = 0
                continue
            total, known = Fraction(0), True
            if rule and rates[level]:
                spared = [heads[level][1].get(x["group"]) for x in own]
                known = heads[level][0] is not None and None not in spared and heads[level][0] >= sum(spared)
                total += rates[level] * (heads[level][0] - sum(spared)) if known else 0
            for x in borne:
                group = heads[x["level"]][1].get(x["group"])
                known = known and group is not None
                total += rates[x["level"]] * group if group is not None else 0
            total += sum(x["lump"] for x in own if x["kind"] == "lump")
            owed[level] = half_up(total) if known else None
        return owed

    def heads_paid_for(self, rule, on):
        """Of a level: the total, and by group, of what is dated by a day."""
        if not rule or "heads" not in rule:
            return None, {}
        counted, day = rule["heads"] // 10000, min(rule["heads"], on)
        groups = {group: self.latest(days, day) for (year, group), days in self.reported.items()
                  if year == counted and group}
        total = self.heads_reported(counted, day)
        if total is not None and rule.get("base") == "deduplicated":
            total -= self.duplicates(day, counted) or 0 if day // 10000 == counted else 0
        return total, groups

    def leaves_owed(self, day, policy):
        """Whether a year that has begun has a standard by the policy before and none by this, and not all has come of it."""
        held = [p for p in self.policies if p[0] <= day]
        now = max(day, self.books_date)
        if not held or self.is_part(now) or any(key in policy for key in ("split_into", "merged_into")):
            return False
        before, books = max(held, key=lambda p: p[:2])[2], self.at(now)
        if "split_into" in before:
            return False
        kept = {standard["year"] for standard in policy.get("subsidy", {}).get("standards", [])}
        heads = {(standard["year"], level): rule["heads"] for standard in before.get("subsidy", {}).get("standards", [])
                 for level, rule in standard["levels"].items()}
        money = books.opening is not None or books.days
        return any(heads[year, level] > self.books_date if figures["due"] is None
                   else money and figures["missing"] and not figures["tolerated"]
                   for (year, level), figures in books.subsidies(before, 21991231).items()
                   if year <= now // 10000 and year not in kept)

    def subsidies(self, policy, on):
        """(year, level): figures of the levels that a standard has a rule for."""
        result = {}
        for standard in policy.get("subsidy", {}).get("standards", []):
            owed = self.due(standard, on)
            for level, rule in standard["levels"].items():
                year, due = standard["year"], owed[level]
                received = sum(amount for day, amount in self.received.get((year, level), {}).items() if day <= on)
                result[year, level] = self.arrears(policy["subsidy"], rule, due, received, on)
        return result

    @staticmethod
    def arrears(subsidy, rule, due, received, on):
        pairs = list(zip(rule["due"][::2], rule["due"][1::2]))
        parts, so_far, by_now, oldest = sum(p for _, p in pairs), 0, 0, 0
        begun = any(day <= on for day, _ in pairs)
        if due is None:
            return {"due": None, "received": received, "begun": begun}
        for day, part in pairs:
            if day > on:
                break
            so_far += part
            by_now = half_up(Fraction(due * so_far, parts))
            if by_now > max(0, received) and not oldest:
                oldest = day
        missing = max(0, by_now - max(0, received))
        least, share = subsidy.get("tolerance", [1_000_000, 5])
        return {"due": due, "received": received, "begun": begun, "due_by_now": by_now, "missing": missing,
                "oldest": oldest, "tolerated": missing <= least or missing * E4 <= share * by_now}

    @staticmethod
    def days_late(figures, on):
        if not figures["begun"]:
            return Why("before_deadline")
        if figures["due"] is None:
            return Why("no_standard")
        if figures["tolerated"] or not figures["missing"]:
            return Fraction(-1)
        return Fraction(ordinal(on) - ordinal(figures["oldest"]))

    # Rules.

    def readings(self, on, policy, day_ended):
        """(rule, instance): value, limits, hold."""
        def rule(name, value, **limits):
            own = policy.get(name, {})
            return value, limits if own.get("on", True) else None, own.get("hold", [0, 0])
        if self.is_place():
            return self.readings_of_place(on, policy, rule)
        runway, result = policy["runway"], {}
        if day_ended:
            share = self.complete_share(on, policy)
            result["completeness", ""] = (None, None, [0, 0]) if share is None else \
                rule("completeness", share, low=policy["completeness"]["limit"])
        bands = {name: runway[name] for name in ("critical_low", "low", "high", "excessive")}
        result["runway", ""] = rule("runway", self.runway(on, policy), **bands)
        if policy.get("falling", {}).get("on"):
            result["falling", ""] = rule("falling", self.falling(on, policy), high=policy["falling"]["limit"])
        result["deficit", ""] = rule("deficit", self.deficit(on), low=policy["deficit"]["limit"])
        result["provisional", ""] = rule("provisional", self.provisional_share(on), high=policy["provisional"]["limit"])
        result["statement", ""] = self.bank_difference(on), {"low": [0, 0], "high": [0, 0]}, [0, 0]
        if policy.get("restated", {}).get("on"):
            result["restated", ""] = rule("restated", self.restated_share(on), high=policy["restated"]["limit"])
        for definition in policy.get("coverage", []):
            result["coverage", definition["name"]] = (self.coverage(on, definition), {"low": definition["target"]},
                                                      definition.get("hold", [0, 0]))
        if policy.get("net_loss", {}).get("on"):
            result["net_loss", ""] = rule("net_loss", self.net_loss(on), high=policy["net_loss"]["limit"])
        for (year, level), figures in self.subsidies(policy, on).items():
            result["subsidy", f"{year}-{level}"] = rule("subsidy", self.days_late(figures, on), high=[-E4, -E4],
                                                        excessive=[90 * E4, 90 * E4])
        if policy.get("reimbursement", {}).get("on"):
            for which in ("in_policy", "actual"):
                result["reimbursement", which] = rule("reimbursement", self.reimbursement(on, policy, which),
                                                      low=policy["reimbursement"][which])
        if policy.get("pace", {}).get("on"):
            season = policy["pace"]["from"] <= on % 10000 <= policy["pace"]["to"]
            result["pace", ""] = rule("pace", self.pace(on, policy["pace"]), high=policy["pace"]["limit"]) if season \
                else (None, None, [0, 0])
        if policy.get("duplicates", {}).get("on"):
            for day in (on // 10000 * 10000 - 10000 + 1231, on):        # those of last year are often told late
                result["duplicates", str(day // 10000)] = rule("duplicates", self.duplicate_share(day, policy),
                                                               high=policy["duplicates"]["limit"])
        for year in sorted({x["year"] for x in policy.get("contributions", {}).get("expected", [])}):
            result["contributions", str(year)] = rule("contributions", self.collected_share(on, policy, year),
                                                      low=policy["contributions"]["limit"])
        for instance, (value, limits) in self.execution(on, policy).items():
            result["budget", instance] = value, limits, policy["execution"].get("hold", [0, 0])
        for source, last in self.sources.items():
            quiet = next((q for q in policy.get("quiet", []) if matches(q["pattern"], source)), None)
            if quiet:
                silent = Fraction(silence(policy, quiet.get("calendar"), last, on))
                result["quiet", source] = silent, {"high": [quiet["days"] * E4] * 2}, [0, 0]
        for source in sorted(set(self.missing) & set(self.sources if day_ended else self.renumbered)):
            result["gaps", source] = rule("gaps", Fraction(len(self.missing[source])), high=[0, 0])
        if policy.get("gate", {}).get("on") and day_ended:
            result["gate", ""] = rule("gate", self.gate(on, policy), low=[3 * E4, 3 * E4])
        return result

    def insured_by(self, numerator, year, on):
        """Of a year that need not be the day's: nobody reports its duplicates then."""
        reported = self.heads_reported(year, on)
        if numerator.startswith("reported"):
            return reported
        counts = self.persons_known(year, on)
        if numerator == "paid_once" and "paid" in counts:
            return counts["paid"] - counts["left"] - counts["elsewhere"]
        return counts.get(numerator)

    def pace(self, on, rule):
        year, a_year_ago = on // 10000, months_before(on, 12)
        if not rule["from"] <= on % 10000 <= rule["to"]:
            return Why("before_deadline")
        then = self.insured_by(rule["numerator"], year, a_year_ago)
        now = self.insured_by(rule["numerator"], year + 1, on)
        if now is None and (then is None or rule["numerator"].startswith("reported")):
            return Why("no_numerator")
        return Fraction(then - (now or 0), then) if then else Why("no_last_year")

    def people_insured(self, on):
        """One by one: whose fee is paid and who has not left.  None while nobody is known."""
        year = on // 10000
        if not self.ever(year, on)[1]:
            return None
        return sum(insured for _, _, insured in self.stands(year, on).values())

    def net_loss(self, on):
        """Like is compared with like: papers with papers, or people with people."""
        a_year_ago = months_before(on, 12)
        pairs = [(self.heads_reported(day // 10000, day), self.people_insured(day)) for day in (a_year_ago, on)]
        for then, now in zip(*pairs):
            if then and now is not None:
                return Fraction(then - now, then)
        return Why("no_numerator" if pairs[1] == (None, None) else "no_last_year")

    def duplicate_share(self, on, policy):
        """Of what nobody outside has said there are at least those that the books show: none of them is no all-clear."""
        heads = self.heads(on)
        insured = heads["reported"] if heads["paid"] is None else heads["paid"] - heads["left"]
        if not insured:
            return Why("no_numerator")
        shown = Fraction(heads["doubled"] or 0, insured)
        if heads["duplicates"] is None:
            return shown if shown * E4 > policy["duplicates"]["limit"][0] else Why("no_numerator")
        return shown + Fraction(heads["duplicates"], insured)

    def hears_of_worse(self, rule, policy):
        """A fund that is below a target of coverage is not asked what it loses, nor one out of its band whether it falls."""
        def fires(*key):
            return key in self.rules and self.rules[key].level != 0
        return rule == "falling" and fires("runway", "") or \
            rule == "net_loss" and any(fires("coverage", d["name"]) for d in policy.get("coverage", []))

    def is_incomplete(self):
        return ("completeness", "") in self.rules and self.rules["completeness", ""].level != 0

    def hindrance(self, on):
        """Why nothing that rests on what sources tell is judged."""
        members = [m.books for m in self.under(on).members] if self.is_place() else [self]
        if any(part.importing for fund in members for part in fund.parts(on) if part is not self):
            return "member_importing"
        return "incomplete" if self.is_incomplete() else ""

    # Places above others.

    def is_place(self):
        """A policy for all funds of a place, which has no books."""
        return self.policies[0][2].get("rollup", False)

    def under(self, on):
        return Rollup(self.funds, self.place[:2 if self.place[2:] == "0000" else 4], self.scheme, on)

    def readings_of_place(self, on, policy, rule):
        """(rule, instance): value, limits, hold."""
        result, sums, share = {}, self.under(on), self.complete_share(on, policy)
        result["completeness", ""] = (None, None, [0, 0]) if share is None else \
            rule("completeness", share, low=policy["completeness"]["limit"])
        bands = {name: policy["runway"][name] for name in ("critical_low", "low", "high", "excessive")}
        result["runway", ""] = rule("runway", sums.seen(sums.runway(policy["runway"]["min_months"])), **bands)
        result["deficit", ""] = rule("deficit", sums.seen(sums.deficit()), low=policy["deficit"]["limit"])
        result["provisional", ""] = rule("provisional", sums.seen(sums.provisional_share()), high=policy["provisional"]["limit"])
        for which in ("in_policy", "actual") if policy["reimbursement"]["on"] else ():
            result["reimbursement", which] = rule("reimbursement", sums.seen(sums.reimbursement(which)),
                                                  low=policy["reimbursement"][which])
        return result

    # Places that are merged.

    def is_part(self, on):
        """Whatever its policies say: one that was there before may not know of the merger."""
        return self.merged is not None and self.merged[1] <= on

    def place_is_no_more(self, on):
        return self.is_part(on) or "split_into" in self.policy(on)

    def parts(self, on):
        """Itself and what was merged into it by a day, and into that."""
        result = [self]
        for whole in result:
            result += [fund for fund in self.funds.values() if fund.is_part(on) and fund.merged[0] is whole]
        return result

    def at(self, on):
        """The books that speak for its place as of a day."""
        members = tuple(self.parts(on))
        if len(members) == 1:
            return self
        if members not in self.together:
            self.together[members] = Together(members)
        return self.together[members].up_to_now()

    def end_day(self, day):
        """Its own, and that of its parts: nobody else ends it."""
        self.books_date, self.had_day = day, True
        self.ended(day)
        self.end_day_of_parts(day)

    def end_day_of_parts(self, day):
        for part in self.parts(day)[1:]:
            if part.books_date < day:
                part.end_day(day)

    def close(self, day):
        for fund in self.parts(day):
            fund.closed = max(fund.closed, day)

    def ended(self, day):
        """What ends while history is entered is judged by nobody."""
        if not self.importing:
            self.to_judge.append(day)

    # Why a runway moved.

    def remember(self, on, value, told, before):
        """The officer's diary has a line for each month: what the runway was at its end, if it was normal then.  Of months
        at whose end nobody looked he works it out the next time.  What happens between two lines he notes only when an
        alert is over."""
        state = self.rules["runway", ""]
        normal = state.level == 0 and not state.waiting
        past, month = Rule(), self.at(on).first_month()
        past.level = before
        while month_end(month) < on:
            if month not in self.diary:
                self.diary[month] = self.looked_up(month_end(month), past)
            month = month_plus(month, 1)
        if month_end(month) == on:
            self.diary[month] = self.diary.get(month) or ((on, value) if normal else None)
        if normal and (told == "ended" or not self.known_normal()):
            self.back_again = on, value

    def looked_up(self, day, past):
        policy = self.policy(day)
        value = self.at(day).runway(day, policy)
        if isinstance(value, Why) or not policy["runway"].get("on", True):
            return None
        past.level = past.reading(value, {name: policy["runway"][name]
                                          for name in ("critical_low", "low", "high", "excessive")})
        return None if past.level else (day, value)

    def known_normal(self):
        """The newest day of which he knows that the runway was normal, and the runway."""
        lines = [line for line in (self.back_again, *self.diary.values()) if line]
        return max(lines, key=lambda line: line[0]) if lines else None

    def explain(self, on, policy, value, told, before):
        if self.is_place():                         # its funds say why
            self.explained += [None] if told in ("firing", "changed") else []
            return
        looked = not isinstance(value, Why) and policy["runway"].get("on", True) and not self.hindrance(on)
        if looked:
            self.remember(on, value, told, before)
        if told in ("firing", "changed"):
            self.explained.append(self.known_normal() or self.first_look)
        if looked:
            self.first_look = self.first_look or (on, value)

    def judge_days(self):
        for day in self.to_judge:
            self.judge(day, True)
        self.to_judge = []

    def judge(self, on, day_ended):
        if self.importing:
            return
        policy = self.policy(on)
        place_is_no_more = self.place_is_no_more(on)
        readings = {} if place_is_no_more else self.at(on).readings(on, policy, day_ended)
        for key in list(self.rules) if day_ended else []:       # what the policy does not have any more
            readings.setdefault(key, (None, None, [0, 0]))
        for (rule, instance), (value, limits, hold) in readings.items():
            state = self.rules.setdefault((rule, instance), Rule())
            if self.hears_of_worse(rule, policy):
                limits = None
            hindrance = self.hindrance(on)
            if hindrance and rule not in OF_SOURCES and (not isinstance(value, Why) or value == "money_elsewhere") \
                    or rule == "completeness" and hindrance == "member_importing":
                value = Why(hindrance)
            before = state.level
            told = state.step(value, limits, hold, on)
            if rule == "runway" and not place_is_no_more:
                self.explain(on, policy, value, told and told[0], before)
            if rule == "subsidy" and isinstance(value, Fraction):
                value = max(value, Fraction(0))     # what is not late is told as 0 days
            if told:
                self.alerts.setdefault((rule, instance), []).append(
                    (told[0], LEVEL_WORDS[state.level], LEVEL_WORDS[told[1]], on, state.blind,
                     value if limits is not None else None))


# --- A whole and its parts. --------------------------------------------------------

class Together(Fund):
    """One fund to which everybody who reported to one of several has reported from the beginning.  It is judged by the
    policies of the first, and what became of its rules is that one's."""

    def __init__(self, members):
        whole = members[0]
        super().__init__(f"{whole.place}/{whole.scheme}", whole.funds, whole.missing)
        self.members, self.complete_from = members, max(part.merged[1] for part in members[1:])
        self.policies, self.rules, self.statements = whole.policies, whole.rules, whole.statements
        self.renumbered = whole.renumbered
        for fund in members:
            self.pour(fund)
            fund.poured.append(self)

    def pour(self, fund):
        for day, sums in fund.days.items():
            for account, amount in sums.items():
                self.add(account, day, amount)
        for (year, level), days in fund.received.items():
            for day, amount in days.items():
                self.receive(year, level, day, amount)
        for year, days in fund.collected.items():
            for day, amount in days.items():
                self.collect(year, day, amount)

    def up_to_now(self):
        """What is not poured: settings, and what is counted of each code by itself."""
        openings = [fund.opening for fund in self.members]
        self.opening = None if None in openings else sum(openings)
        self.start = max(fund.start for fund in self.members)
        self.renumbered, self.merged = self.members[0].renumbered, self.members[0].merged
        self.sources = {}
        for fund in self.members:
            for source, last in fund.sources.items():
                self.sources[source] = max(last, self.sources.get(source, last))
        self.on_account = {((fund.place, year), category): rows for fund in self.members
                           for (year, category), rows in fund.on_account.items()}
        return self

    def at(self, on):
        return self.members[0].at(on)

    def came_late(self):
        """In the months that the whole has closed, under whichever code."""
        result = {}
        for fund in self.members:
            for month, lines in fund.restated.items():
                if month_end(month) <= self.members[0].closed:
                    sums = result.setdefault(month, {})
                    for account, amount in lines.items():
                        sums[account] = sums.get(account, 0) + amount
        return result

    # People: one code's figure speaks for all only if it is the whole's, of a time when it had all its parts.

    def spoken(self, days_of, on, all_must=True):
        """(day, heads), of what each has said: {day: (id, heads)}."""
        said = []
        for days in days_of:
            known = [day for day in days if day <= on]
            said.append((max(known), days[max(known)][1]) if known else None)
        if said[0] and said[0][0] >= self.complete_from:
            return said[0]
        known = [one for one in said if one]
        if not known or all_must and None in said:
            return None
        return max(day for day, _ in known), sum(heads for _, heads in known)

    def measured(self, measure, first, on):
        of_each = [{day: x for day, x in fund.measures.get(measure, {}).items() if day >= first} for fund in self.members]
        spoken = self.spoken(of_each, on, not measure.startswith("duplicates"))
        return spoken and spoken[1]

    def reports(self, year, on):
        """Of funds that report totals."""
        assert not any(group for fund in self.members for _, group in fund.reported)
        total = self.spoken([fund.reported.get((year, ""), {}) for fund in self.members], on)
        return [(total[0], "", total[1])] if total else []

    def persons(self, year, on):
        counts = {}
        for fund in self.members:
            for figure, heads in fund.persons(year, on).items():
                counts[figure] = counts.get(figure, 0) + heads
        return counts

    def ever(self, year, on):
        return tuple(map(any, zip(*(fund.ever(year, on) for fund in self.members))))

    def people_insured(self, on):
        known = [heads for heads in (fund.people_insured(on) for fund in self.members) if heads is not None]
        return sum(known) if known else None

    # Sources: whoever is expected by one of the policies, by the whole's calendar if it has one for him.

    def expectations(self, on, policy):
        result = {}
        for fund in self.members:
            own = fund.policy(on)
            named = {s["pattern"] for s in own.get("sources", []) if s["pattern"][-1] != "*" and s["calendar"] != "none"}
            for source in set(fund.sources) | named:
                by = next((p for p in (policy, own) if follows(p, source)), None)
                if by:
                    since, days = result.get(source, (on + 10000, None))
                    result[source] = min(since, *self.expected_under(fund, source, source in named)), \
                        self.denser(days, (by is policy, calendar_of(by, follows(by, source)["calendar"])))
        return {source: (since, days) for source, (since, (_, days)) in result.items()}

    @staticmethod
    def denser(one, other):
        """The whole's calendar, or else the one of more days: nothing that a part waits for is missed then."""
        if one is None or other[0] and not one[0]:
            return other
        return other if one[0] == other[0] and len(other[1][0]) > len(one[1][0]) else one

    def expected_under(self, fund, source, is_named):
        if source in fund.first_heard:
            yield fund.first_heard[source]
        if is_named:
            yield from (day for day, _, policy in fund.policies if any(s["pattern"] == source and s["calendar"] != "none"
                                                                       for s in policy.get("sources", [])))
            yield from (other.first_heard[source] for other in self.members if source in other.first_heard)

    def days_reported(self, source):
        return set().union(*(fund.of_days.get(source, ()) for fund in self.members))


# --- A place and the funds under it. -------------------------------------------------

class Member:
    """A fund as of a day, or as of its own day if that is before it."""

    def __init__(self, fund, on):
        self.fund, self.place, self.day = fund, fund.place, min(on, fund.books_date)
        self.policy, self.books = fund.policy(self.day), fund.at(self.day)
        self.split = "split_into" in self.policy
        self.first, self.of = self.books.first_month(), self.books.closed_months("trailing_12", self.day)
        self.lines = lines_of(self.books.sums(self.of))
        self.elsewhere = bool(self.of) and Fund.is_held_above(self.lines)
        self.judged = self.elsewhere or any(amount for line, amount in self.lines.items() if line[0] == "E")
        self.within = None
        self.role = "merged" if fund.is_part(on) else "behind" if self.day < on and not self.split else \
            "later" if self.books.start >= self.day else ""

    def sums(self, months, on):
        """With what is still provisional of it; all but these are final."""
        sums = self.books.sums(months)
        still = self.books.still_provisional(sums, months[0] * 100 + 1, month_end(months[-1]), on) if months else {}
        return sums, sum(still.values())


def lines_of(sums):
    """Of income and expenditure, each with its provisional part, above 0 as a rule."""
    lines = {}
    for account, amount in sums.items():
        if account[0] in "IE":
            line = account.rstrip("p")
            lines[line] = lines.get(line, 0) + (amount if line[0] == "E" else -amount)
    return lines


def matched(pairs):
    """The most that some can have received of what others have paid: (received, paid) of each."""
    received, paid = (sum(pair[side] for pair in pairs) for side in (0, 1))
    return max(0, min(received, paid, *(received - r + paid - p for r, p in pairs))) if pairs else 0


class Rollup:
    """All funds of a scheme whose places begin with some digits, as of a day."""

    def __init__(self, funds, prefix, scheme, on):
        self.on = on
        self.members = [Member(fund, on) for fund in sorted(funds.values(), key=lambda f: f.place)
                        if fund.scheme == scheme and fund.place.startswith(prefix) and not fund.is_place()]
        for member in self.members:
            if member.role == "merged":
                whole = member.fund
                while whole.is_part(on):
                    whole = whole.merged[0]
                member.within = whole.place
            if member.split:
                self.leave_months(member)
        for member in self.members:
            member.role = member.role or self.role_of(member)
        self.count()

    def leave_months(self, split):
        """To those whose books begin with the split."""
        day = max(p[0] for p in split.fund.policies if p[0] <= split.day)
        for member in self.members:
            if int(member.place) in split.policy["split_into"] and member.first >= day // 100:
                member.first = min(member.first, split.first)

    # Whose money is where.  Of cities and counties; a province's own fund is in none of these games.

    def taking_part(self):
        return [m for m in self.members if m.role not in ("merged", "behind", "later")]

    def city_of(self, member):
        return next((m for m in self.taking_part() if m.place == member.place[:4] + "00" and m is not member
                     and m.policy.get("books") != "sum"), None)

    def counties_of(self, city):
        return [m for m in self.taking_part() if city.place[4:] == "00" and m.place[:4] == city.place[:4] and m is not city]

    def is_linked(self, city):
        """Its books have the other side of what those under it pay up and get back."""
        under = self.counties_of(city)
        passing = [m for m in under if m.elsewhere] or under
        theirs = sum(max(0, m.lines.get(line, 0)) for m in passing for line in ("E6", "I6"))
        own = sum(max(0, city.lines.get(line, 0)) for line in ("I7", "E5"))
        return own > 0 and 2 * own >= theirs

    def role_of(self, member):
        under, city = self.counties_of(member), self.city_of(member)
        if under:
            return self.role_above(member, under)
        if city and self.is_contained(member, city):
            member.within = city.place
            return "contained"
        return "added"

    def is_contained(self, member, city):
        under = self.counties_of(city)
        if self.is_linked(city):
            return False
        if member.judged:
            return member.elsewhere
        return any(m.elsewhere for m in under) or not any(m.judged for m in under) and city.policy.get("books") != "own"

    def role_above(self, city, under):
        books = city.policy.get("books", "unstated")
        if books == "sum":
            return "above"
        if books == "own" or any(m.elsewhere for m in under) or not any(m.judged for m in under) or self.is_linked(city):
            return "added"
        return self.guess(city, under)

    @staticmethod
    def guess(city, under):
        """By the figures: so much less than the sum of the others that it is something else, or about as much."""
        theirs = {}
        for member in under:
            for line, amount in member.lines.items():
                theirs[line] = theirs.get(line, 0) + amount
        def total(lines, side):
            return sum(amount for line, amount in lines.items() if line[0] == side)
        pairs = [(total(city.lines, side), total(theirs, side)) for side in "IE"] \
            if all(len(m.of) == len(city.of) for m in under) else []
        if all(m.books.opening is not None for m in (city, *under)):
            pairs.append((city.books.balance(city.day), sum(m.books.balance(m.day) for m in under)))
        def about(one, other):
            return other <= 0 or 10 * one >= 9 * other
        return "above" if all(about(own, sum_) and about(sum_, own) for own, sum_ in pairs) else "added"

    # Sums.

    def added(self):
        return [m for m in self.members if m.role == "added"]

    def count(self):
        added, month = self.added(), self.on // 100
        if month_end(month) > self.on:
            month = month_plus(month, -1)
        self.months = sorted(m for m in (month_plus(month, -i) for i in range(12)) if all(a.first <= m for a in added)) \
            if added else []
        each = [m.sums(self.months, self.on) for m in added]
        self.bills = {s: sum(sums.get(s, 0) for sums, _ in each) for s in ("S1", "S2", "S3", "S4")}
        self.provisional = sum(provisional for _, provisional in each)
        self.lines = {}
        of_cities = {}
        for member, (sums, _) in zip(added, each):
            lines = lines_of(sums)
            of_cities.setdefault(member.place[:4], []).append({line: max(0, amount) for line, amount in lines.items()})
            for line, amount in lines.items():
                self.lines[line] = self.lines.get(line, 0) + amount
        self.cancelled = sum(self.cancel_within(city) for city in of_cities.values())
        between = matched([tuple(sum(lines.get(line, 0) for lines in city) for line in ("I8", "E8"))
                           for city in of_cities.values()])
        for line in ("I8", "E8") if between else ():
            self.lines[line] -= between
        self.cancelled += between

    def cancel_within(self, city):
        """What one fund of a city has of another one; `city` keeps what is left, with its first fund."""
        def of(lines, *which):
            return sum(lines.get(line, 0) for line in which)
        down = matched([(of(lines, "I6"), of(lines, "E5")) for lines in city])
        up = rest = matched([(of(lines, "I7", "I8"), of(lines, "E6", "E8")) for lines in city])
        left = {line: sum(of(lines, line) for lines in city) for line in ("I7", "I8", "E6", "E8")}
        for income, spent in (("I7", "E6"), ("I8", "E8"), ("I7", "E8"), ("I8", "E6")):
            both = min(rest, max(0, left[income]), max(0, left[spent]))
            rest -= both
            for line in (income, spent):
                left[line] -= both
                self.lines[line] = self.lines.get(line, 0) - both
                city[0][line] = of(city[0], line) - both
        for line in ("I6", "E5") if down else ():
            self.lines[line] -= down
        return down + up

    def income(self):
        return sum(amount for line, amount in self.lines.items() if line[0] == "I")

    def expenditure(self):
        return sum(amount for line, amount in self.lines.items() if line[0] == "E")

    def balance(self):
        return sum(m.books.balance(m.day) for m in self.added())

    def seen(self, value):
        """Of a policy for the place: as long as one has not come to the day nobody knows."""
        return Why("funds_behind") if any(m.role == "behind" for m in self.members) else value

    def runway(self, min_months):
        if not self.added() or any(m.books.opening is None for m in self.added()):
            return Why("no_opening")
        if len(self.months) < max(1, min_months):
            return Why("too_few_months")
        if Fund.is_held_above(self.lines):
            return Why("money_elsewhere")
        if self.expenditure() <= 0:
            return Why("no_expenditure")
        return Fraction(self.balance() * len(self.months), self.expenditure())

    def deficit(self):
        if len(self.months) < 12:
            return Why("too_few_months")
        if self.expenditure() <= 0:
            return Why("no_expenditure")
        return Fraction(self.income() - self.expenditure(), self.expenditure())

    def provisional_share(self):
        if not self.months:
            return Why("too_few_months")
        if self.expenditure() <= 0:
            return Why("no_expenditure")
        return Fraction(max(0, self.provisional), self.expenditure())

    def reimbursement(self, which):
        cost, paid = {"actual": ("S1", "S3"), "in_policy": ("S2", "S4")}[which]
        if not self.months:
            return Why("too_few_months")
        return Fraction(self.bills[paid], self.bills[cost]) if self.bills[cost] > 0 else Why("no_bills")


# --- All of them. ------------------------------------------------------------------

def fits(reversal, original):
    return original["kind"] in MONEY and original["fund"] == reversal["fund"] \
        and reversal.get("amount") in (None, original["amount"])


class Model:
    def __init__(self):
        self.funds = {}
        self.numbers, self.missing = {}, {}         # source: the last number, those below that did not come
        self.seen = {}                  # (source, id): event
        self.posted = {}                # (source, id): legs
        self.reversed = set()
        self.waiting, self.misfits = {}, {}     # (source, id): reversals that undo nothing, in their order
        self.arrivals = 0

    def apply(self, source, e):
        """Its outcome: applied, duplicate, conflict, or why it is rejected."""
        key = (source, e["id"])
        if e["kind"] == "month_close" and e["date"] != month_end(e["date"] // 100) or e.get("original") == e["id"]:
            return "bad_field"
        if key in self.seen:
            return "duplicate" if self.seen[key] == e else "conflict"
        why = self.refusal(source, e)
        if why:
            return why
        self.seen[key] = e
        self.arrivals += 1
        fund = self.fund_of(e)
        fund.moved = True
        getattr(self, "take_" + e["kind"], self.take_money)(fund, key, e)
        if key in self.waiting:
            self.misfits[key] = self.waiting.pop(key)
        ahead = e["date"] if e["kind"] in MONEY else 0
        fund.first_heard.setdefault(source, max(later(fund.books_date, 1), ahead))
        fund.first_heard[source] = min(fund.first_heard[source], max(later(fund.books_date, 1), ahead))
        if e["kind"] not in NO_BUSINESS:
            fund.of_days.setdefault(source, set()).add(e["date"])
        fund.sources[source] = max(fund.sources.get(source, 0), later(fund.books_date, 1), ahead)
        return "applied"

    def numbered(self, source, number):
        """A batch of a source has come under a number."""
        missing, last = self.missing.setdefault(source, set()), self.numbers.get(source, 0)
        before = set(missing)
        missing |= set(range(last + 1, number))
        missing.discard(number)
        self.numbers[source] = max(last, number)
        for fund in self.funds.values():
            if missing != before and any(source in part.sources for part in fund.parts(fund.books_date)):
                fund.moved = True
                fund.renumbered.add(source)

    def fund_of(self, e):
        if e["fund"] not in self.funds:
            self.funds[e["fund"]] = Fund(e["fund"], self.funds, self.missing)
        return self.funds[e["fund"]]

    def refusal(self, source, e):
        fund, kind = self.funds.get(e["fund"]), e["kind"]
        if kind == "policy":
            if fund and e["policy"]["version"] <= max(p[2]["version"] for p in fund.policies):
                return "bad_policy"
        if not fund:
            return None if kind == "policy" else "unknown_fund"
        if kind in MONEY | {"reversal"} and e["date"] <= fund.start:
            return "before_opening"
        ahead = fund.policy(fund.books_date).get("ahead_days", 31) if kind in MONEY | {"reversal"} else 366
        if ordinal(e["date"]) > ordinal(fund.books_date) + ahead:
            return "date_ahead"
        if kind == "policy":
            may = fund.may_recognise((e["date"], self.arrivals + 1, e["policy"]))
            return "bad_move" if not may else self.refused_merger(fund, e) or \
                ("bad_move" if fund.leaves_owed(e["date"], e["policy"]) else None)
        if kind == "opening":
            return "bad_move" if fund.opening is not None and e["date"] != fund.start else None
        if kind == "reversal":
            return self.refused_reversal((source, e["original"]), e)
        if kind == "statement" and e["date"] < fund.start:
            return "before_opening"
        if kind in ("import", "import_done") and fund.importing == (kind == "import"):
            return "bad_move"
        if kind == "month_close":
            return self.refused_close(fund, e["date"])
        if kind == "disbursement" and not self.awaiting((source, e["id"]), e) and not fund.may_move(e):
            return "bad_move"
        return None

    def refused_merger(self, fund, e):
        """A place that was merged stays a part of that whole; none is within itself."""
        into = e["policy"].get("merged_into")
        whole = into and self.funds.get(f"{into}/{fund.scheme}")
        if fund.merged:
            return None if whole is (fund.merged[0] if e["date"] >= fund.merged[1] else None) else "merged"
        if into and (not whole or whole in fund.parts(99991231) or whole.start >= later(e["date"], -1)):
            return "merged"
        return None

    @staticmethod
    def refused_close(fund, day):
        if day > fund.books_date:
            return "date_ahead"
        if fund.merged and day >= fund.merged[1]:
            return "merged"
        return "bad_move" if day <= fund.closed else None

    def refused_reversal(self, key, e):
        original = self.seen.get(key)
        if key in self.reversed or original and not fits(e, original):
            return "bad_move"
        waiting = self.waiting.get(key, [])
        if len(waiting) == 8 or any(r["fund"] == e["fund"] and r.get("amount") in (None, e.get("amount")) for r in waiting):
            return "bad_move"
        if original and original["kind"] == "disbursement" and not self.funds[e["fund"]].may_unmove(original):
            return "bad_move"
        return None

    def awaiting(self, key, e):
        """The first reversal that waits for an event and fits it."""
        return next((r for r in self.waiting.get(key, []) if fits(r, e)), None)

    @staticmethod
    def count_of(fund, reversals):
        return sum(r["fund"] == fund for waiting in reversals.values() for r in waiting)

    def take_policy(self, fund, _, e):
        if not fund.policies:
            fund.books_date = fund.start = later(e["date"], -1)
        fund.policies.append((e["date"], self.arrivals, e["policy"]))
        if "merged_into" in e["policy"] and not fund.merged:
            whole = self.funds[f"{e['policy']['merged_into']}/{fund.scheme}"]
            fund.merged = whole, e["date"]
            whole.end_day_of_parts(whole.books_date)
            whole.close(whole.closed)
            whole.ended(whole.books_date)
        fund.ended(fund.books_date)                 # by the new rules, before another day ends

    @staticmethod
    def take_opening(fund, _, e):
        more = e["amount"] - (fund.opening or 0)
        if e["date"] <= fund.closed:
            lines = fund.restated.setdefault(e["date"] // 100, {})
            for account, moved in (("A1", more), ("Q0", -more)):
                lines[account] = lines.get(account, 0) + moved
        fund.opening, fund.start = e["amount"], e["date"]
        if not fund.had_day and e["date"] > fund.books_date:    # that day is over
            fund.books_date = e["date"]
            fund.ended(e["date"])
            fund.end_day_of_parts(e["date"])

    @staticmethod
    def take_day(fund, _, e):
        if e["date"] > fund.books_date:
            fund.end_day(e["date"])

    @staticmethod
    def take_enrollment(fund, _, e):
        fund.enroll(e)

    @staticmethod
    def take_population(fund, _, e):
        fund.count(fund.measures, e["measure"], e)

    @staticmethod
    def take_month_close(fund, _, e):
        fund.close(e["date"])

    @staticmethod
    def take_statement(fund, _, e):
        fund.statements[e["date"]] = max(fund.statements.get(e["date"], ("", 0)), (e["id"], e["amount"]))

    @staticmethod
    def take_import(fund, _, __):
        fund.importing = True

    @staticmethod
    def take_import_done(fund, _, __):
        fund.importing = False
        fund.ended(fund.books_date)

    def take_money(self, fund, key, e):
        legs = self.posted[key] = legs_of(e, fund.policy(e["date"]), fund.recognition(e) == "disbursement")
        if year_of_care(e):
            fund.cared.add(year_of_care(e))
        fund.post(legs)
        fund.pay(e, 1, e["date"])
        if e["kind"] == "disbursement":
            fund.payouts.setdefault(payout_of(e), []).append(e)
            fund.hold(e, legs)
        reversal = self.awaiting(key, e)
        if reversal:
            del self.waiting[key]
            self.undo(fund, key, reversal)

    def take_reversal(self, fund, key, e):
        original = (key[0], e["original"])
        if original in self.seen:
            self.undo(fund, original, e)
        else:
            self.waiting.setdefault(original, []).append(e)

    def undo(self, fund, key, reversal):
        self.reversed.add(key)
        self.misfits.pop(key, None)
        if self.seen[key]["kind"] == "disbursement":
            fund.payouts[payout_of(self.seen[key])].remove(self.seen[key])
            fund.let_go(self.seen[key], self.posted[key], max(reversal["date"], self.seen[key]["date"]))
        fund.post(undone(self.posted[key], reversal["date"]))
        fund.pay(self.seen[key], -1, max(reversal["date"], self.seen[key]["date"]))

    def counted(self, name):
        """What a fund has and owes in the end, of everything that stands: each yuan once.  Of a year that is
        recognised on settlement its care is spent, of another one what was paid; what is left of the care is owed, in
        the books or beside them."""
        fund = self.funds[name]
        standing = [self.seen[key] for key in self.posted if key not in self.reversed and self.seen[key]["fund"] == name]
        def total(kinds, year, field="amount"):
            return sum(e.get(field, 0) for e in standing if e.get("stage", e["kind"]) in kinds and year_of_care(e) == year)
        result = {"has": fund.opening, "L1": 0, "M1": 0}
        for e in standing:
            sign = {"contribution": 1, "subsidy": 1, "income": 1, "expenditure": -1}.get(e["kind"], 0)
            result["has"] += sign * e["amount"]
        for year in {year_of_care(e) for e in standing} - {None}:
            paid = ("provisional", "adjustment", "clearing", "release")
            care = total(["settlement"], year) + total(paid, year, "change") - total(["deduction"], year)
            settled = recognitions(fund.policies, year) == {"settlement"}
            result["has"] -= care if settled else total(paid, year)
            result["L1" if settled else "M1"] += care - total(paid, year)
        return result

    def end_of_group(self):
        moved = [fund for fund in self.funds.values() if any(part.moved for part in fund.parts(99991231))]
        for fund in self.funds.values():
            fund.judge_days()
            if fund in moved and not fund.is_place():
                fund.judge(fund.books_date, False)
        for fund in self.funds.values():
            fund.moved, fund.renumbered = False, set()
