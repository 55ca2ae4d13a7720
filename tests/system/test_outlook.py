#!/usr/bin/python3
"""What lies ahead of a fund, and many funds as one: against figures worked out here, from the same events, by other
code.  Two years of months with fees in the fourth quarter, and three counties that pay one another."""
import json
from fractions import Fraction

from harness import *

WAN = 1_000_000     # fen
RULES = dict(recognition="disbursement", fees="arrival")
EXPENDITURE = {"inpatient": "E11", "pooled": "E121", "catastrophic": "E2", "other_expenditure": "E3",
               "to_upper": "E6", "to_lower": "E5", "transfer_out": "E8"}
INCOME = {"personal": "I11", "central": "I21", "county": "I24", "interest": "I3", "from_upper": "I6",
          "from_lower": "I7", "transfer_in": "I8"}
PAYOUTS = {"E11", "E121", "E2", "E3"}
FEES, SUBSIDIES = {"I11"}, {"I21", "I24"}


def last_day(year, month):
    return (datetime.date(year + month // 12, month % 12 + 1, 1) - datetime.timedelta(days=1)).day


def ymd(year, month, day):
    return year * 10000 + month * 100 + day


def month_end(ym):
    return ym * 100 + last_day(ym // 100, ym % 100)


def after(ym, months):
    number = ym // 100 * 12 + ym % 100 - 1 + months
    return number // 12 * 100 + number % 12 + 1


def money_event(id_, fund, date, category, amount):
    kind = "expenditure" if category in EXPENDITURE else "contribution" if category == "personal" else \
        "subsidy" if category in ("central", "county") else "income"
    more = {"stage": "final"} if kind == "expenditure" else {}
    if kind in ("contribution", "subsidy"):
        more["year"] = date // 10000
    return event(id_, kind, date, fund, amount=amount, category=category, **more)


class Model:
    """Lines by month and fund, from the same list of (month, category, fen)."""

    def __init__(self, fund, opening_amount):
        self.fund, self.opening, self.lines, self.events = fund, opening_amount, {}, []

    def add(self, ym, category, amount):
        line = EXPENDITURE.get(category) or INCOME[category]
        month = self.lines.setdefault(ym, {})
        month[line] = month.get(line, 0) + amount
        id_ = f"{self.fund}-{ym}-{category}-{len(self.events)}"
        self.events.append(money_event(id_, self.fund, ym * 100 + 15, category, amount))

    def close(self, ym):
        self.events.append(event(f"{self.fund}-day-{ym}", "day", month_end(ym), self.fund))

    def of(self, ym, side):
        return sum(amount for line, amount in self.lines.get(ym, {}).items() if line[0] == side)

    def balance(self, ym):
        return self.opening + sum(self.of(m, "I") - self.of(m, "E") for m in self.lines if m <= ym)


# --- A fund with fees in the fourth quarter. ------------------------------------------

def seasonal(fund=FUND, spend=(100, 104), fee=310, subsidy=190):
    """Years from 2024 on; `spend`: 万元 a month by year.  Fees from October to December, subsidies in March and July."""
    model = Model(fund, 800 * WAN)
    for year, spent in zip(range(2024, 2030), spend):
        for month in range(1, 13):
            ym = year * 100 + month
            model.add(ym, "inpatient", spent * 8 * WAN // 10 + 7 * month + 1)
            model.add(ym, "pooled", spent * 2 * WAN // 10 - 5 * month)
            if month >= 10:
                model.add(ym, "personal", fee * WAN + year + month)
            if month in (3, 7):
                model.add(ym, "central", subsidy * WAN * 3 // 4 + 11)
                model.add(ym, "county", subsidy * WAN // 4)
            if month % 3 == 0:
                model.add(ym, "interest", WAN + 13)
            if month == 12:
                model.add(ym, "catastrophic", 17 * WAN + 1)
            model.close(ym)
    return model


def a_daemon(*models, **rules):
    """Event by event in the order of the months, as the books would have been kept."""
    daemon = Daemon().init().start()
    client = Client(daemon, source="bureau")
    founding_ = [e for m in models for e in (policy(m.fund, **RULES, **rules), opening(m.fund, m.opening))]
    events = founding_ + sorted((e for m in models for e in m.events), key=lambda e: e["date"])
    check_equal(set(words(client.count(events), len(events))), {"applied"}, "outcomes")
    return daemon


def half_up(fraction):
    return (2 * fraction.numerator + fraction.denominator) // (2 * fraction.denominator)


def project(model, last, years=2):
    """Lines of the twelve months after `last`: [{line: fen}]."""
    months = [after(last, -12 * years + 1 + i) for i in range(12 * years)]
    year = {side: [sum(model.of(m, side) for m in months[12 * y:12 * y + 12]) for y in range(years)] for side in "IE"}
    result = []
    for k in range(12):
        past = [months[12 * y + k] for y in range(years)]
        coming = {}
        for side in "IE":
            level = Fraction(year[side][-1], sum(year[side]))
            lines = {line for m in months for line in model.lines[m] if line[0] == side}
            part = {line: half_up(level * sum(model.lines[m].get(line, 0) for m in past)) for line in lines}
            total = half_up(level * sum(model.of(m, side) for m in past))
            largest = max(part, key=lambda line: part[line])
            part[largest] += total - sum(part.values())
            coming |= {line: amount for line, amount in part.items() if amount}
        result.append(coming)
    return result


def assume(months, last, payouts=Fraction(1), days=0, fees=Fraction(1)):
    """What the assumptions make of projected lines."""
    result = [{} for _ in months]
    for k, lines in enumerate(months):
        first = after(last, k + 1)
        late = datetime.date(first // 100, first % 100, 15) + datetime.timedelta(days=days)
        for line, amount in lines.items():
            to = k
            if line in PAYOUTS:
                amount = half_up(amount * payouts)
            elif line in FEES:
                amount = half_up(amount * fees)
            elif line in SUBSIDIES:
                to = (late.year * 100 + late.month) // 100 * 12 + late.month - (last // 100 * 12 + last % 100) - 1
            if to < 12:
                result[to][line] = result[to].get(line, 0) + amount
    return result


def expected_months(model, last, coming):
    """(month, income, expenditure, balance, runway as a fraction, deficit as a fraction) by coming month."""
    income = [model.of(after(last, i - 11), "I") for i in range(12)]
    spent = [model.of(after(last, i - 11), "E") for i in range(12)]
    balance, result = model.balance(last), []
    for k, lines in enumerate(coming):
        income.append(sum(a for line, a in lines.items() if line[0] == "I"))
        spent.append(sum(a for line, a in lines.items() if line[0] == "E"))
        balance += income[-1] - spent[-1]
        year_in, year_out = sum(income[-12:]), sum(spent[-12:])
        result.append((after(last, k + 1), income[-1], spent[-1], balance, Fraction(12 * balance, year_out),
                       Fraction(year_in - year_out, year_out)))
    return result


def fraction(map_):
    check_equal(map_.get("computable", ""), "", "an indicator")
    return Fraction(map_["num"] * map_["mul"], map_["den"])


def compare_months(scenario, expected, what):
    got = [(m["month"], m["income"], m["expenditure"], m["balance"], fraction(m["runway"]), fraction(m["deficit"]))
           for m in scenario["months"]]
    for one, other in zip(got, expected):
        check_equal(one, other, what)
    check_equal(len(got), len(expected), f"months of {what}")


def first_outside(expected, limit, below):
    for month, *_, runway, _ in expected:
        if runway < limit if below else runway > limit:
            return month_end(month)
    return 0


LAST = 202512


def first_day_below(model, expected, limit):
    """Of the days that the rule looks at: all money is dated the 15th, and the months before that day are those behind."""
    spent = sum(model.of(after(LAST, -i), "E") for i in range(12))
    for month, _, _, balance, runway, _ in expected:
        if Fraction(12 * balance, spent) < limit:
            return month * 100 + 15
        if runway < limit:
            return month_end(month)
        spent = Fraction(12 * balance) / runway
    return 0


def the_year_to_come_has_the_shape_of_the_years_before():
    model = seasonal()
    daemon = a_daemon(model)
    answer = Client(daemon, "query").query("outlook", fund=FUND)
    expected = expected_months(model, LAST, project(model, LAST))
    check_equal((answer["computable"], answer["as_of"], answer["history"]["months"]), ("", 20251231, 24), "head")
    compare_months(answer["projection"], expected, "projection")
    check_equal([(s["month"], s["income"], s["expenditure"]) for s in answer["shape"]],
                [(m, *(sum(model.of(y * 100 + m, side) for y in (2024, 2025)) for side in "IE")) for m in range(1, 13)],
                "shape of the year")
    for row, month in zip(answer["range"], expected):
        check_equal(fraction(row["expected"]), month[4], "runway expected")
        check(fraction(row["low"]) <= month[4] <= fraction(row["high"]), f"the range is no range: {row}")
    trough = min(m[3] for m in expected)
    check(trough < expected[-1][3] - 200 * WAN, f"there is no trough in this year: {trough}")
    check_equal([a for a in answer["projection"]["alerts"] if a["rule"] == "deficit"], [], "deficit alerts ahead")
    daemon.stop()


def an_earlier_day_is_looked_at_as_it_was():
    model = seasonal(spend=(100, 104, 130))
    daemon = a_daemon(model)
    client = Client(daemon, "query")
    for last, years in ((202512, 2), (202612, 3), (202604, 2)):
        answer = client.query("outlook", fund=FUND, as_of=month_end(last))
        check_equal((answer["as_of"], answer["history"]["years"]), (month_end(last), years), "head")
        expected = expected_months(model, last, project(model, last, years))
        compare_months(answer["projection"], expected, f"after {last}")
        if last != 202612:
            runway = Fraction(12 * model.balance(last), sum(model.of(after(last, -i), "E") for i in range(12)))
            level = "critical_low" if runway < 3 else "low" if runway < 6 else "normal" if runway <= 9 else "high"
            check_equal({s["rule"]: s["level"] for s in answer["standing"]}["runway"], level, "where the rules begin")
    daemon.stop()


def the_trough_of_summer_is_no_deficit():
    """Nothing in the books, nothing in the projection; a fund that spends more than it takes has both."""
    model, poor = seasonal(), seasonal("130208/390", spend=(100, 125))
    daemon = a_daemon(model, poor)
    client = Client(daemon, "query")
    year_to_date = sum(model.of(202500 + m, "I") - model.of(202500 + m, "E") for m in range(1, 10))
    check(year_to_date < -300 * WAN, f"no trough: {year_to_date}")
    fired = {(a["fund"], a["rule"]) for a in client.alerts() if a["transition"] == "firing"}
    check((FUND, "deficit") not in fired, f"the trough fired: {fired}")
    check((poor.fund, "deficit") in fired, f"a deficit did not fire: {fired}")
    gate = client.query("outlook", fund=FUND)["gate"]
    check_equal({c["condition"]: c["answer"] for c in gate["conditions"]}["last_year"], "open", "the gate on last year")
    gate = client.query("outlook", fund=poor.fund)["gate"]
    check_equal({c["condition"]: c["answer"] for c in gate["conditions"]}["last_year"], "shut", "the gate on last year")
    check_equal(gate["answer"], "shut", "the gate")
    daemon.stop()


def the_band_is_left_when_the_figures_say_so():
    model = seasonal(spend=(100, 112))
    daemon = a_daemon(model)
    client = Client(daemon, "query")
    answer = client.query("outlook", fund=FUND)
    expected = expected_months(model, LAST, project(model, LAST))
    below, above = answer["leaving"]
    check_equal((below["side"], below["limit_e4"], above["side"], above["limit_e4"]),
                ("below", 60000, "above", 90000), "sides")
    check_equal(below["expected"], first_outside(expected, 6, True), "below")
    check_equal(above["expected"], first_outside(expected, 9, False), "above")
    check(below["expected"] != 0 and below["early"] <= below["expected"], f"{below}")
    alerts = [a for a in answer["projection"]["alerts"] if a["rule"] == "runway"]
    check_equal((alerts[0]["date"], alerts[0]["to"]), (first_day_below(model, expected, 6), "low"), "the first alert ahead")
    daemon.stop()


def the_inverse_is_the_least_that_is_enough():
    model = seasonal(spend=(100, 112))
    daemon = a_daemon(model)
    client = Client(daemon, "query")
    for to, on in ((6, 20261231), (8, 20260930), (3, 20260131)):
        answer = client.query("outlook", fund=FUND, to_e4=to * 10000, on=on)
        needed = answer["needed"]
        month = next(m for m in expected_months(model, LAST, project(model, LAST)) if month_end(m[0]) == on)
        balance, spent = month[3], Fraction(12 * month[3]) / month[4]
        enough = lambda x: (balance + x) * 12 >= to * spent
        saved = lambda x: (balance + x) * 12 >= to * (spent - x)
        more, less = needed["more_income"], needed["less_expenditure"]
        check(enough(more) and not enough(more - 1), f"{to} on {on}: {more} of income is not the least")
        check(saved(less) and not saved(less - 1), f"{to} on {on}: {less} of expenditure is not the least")
        line = command_line(daemon, "outlook", FUND, "--to", str(to), "--on", str(on), "--lang", "en")
        check("to be at" in line, f"no inverse in {line}")
    daemon.stop()


def what_if_is_the_same_books_under_assumptions():
    coverage = [{"name": "all", "numerator": "reported", "denominator": "resident", "deadline": 101,
                 "target": [9000, 9000]}]
    model = seasonal()
    model.events += [event("people", "enrollment", 20251201, year=2025, heads=960),
                     event("population", "population", 20251201, measure="resident", heads=1000)]
    daemon = a_daemon(model, coverage=coverage)
    client = Client(daemon, "query")
    plain = project(model, LAST)
    for arguments, changed in (
            (dict(payouts_e4=10800), dict(payouts=Fraction(108, 100))),
            (dict(subsidy_late=90), dict(days=90)),
            (dict(coverage_e4=-200), dict(fees=Fraction(94, 96))),
            (dict(payouts_e4=10800, subsidy_late=90, coverage_e4=-200),
             dict(payouts=Fraction(108, 100), days=90, fees=Fraction(94, 96))),
            (dict(payouts_e4=10000), {})):
        answer = client.query("outlook", fund=FUND, **arguments)
        expected = expected_months(model, LAST, assume(plain, LAST, **changed))
        compare_months(answer["whatif"], expected, f"what if {arguments}")
        compare_months(answer["projection"], expected_months(model, LAST, plain), "the projection beside it")
        fires = next((month_end(m[0]) for m in expected if m[5] < 0), 0)
        told = [a["date"] for a in answer["whatif"]["alerts"] if a["rule"] == "deficit" and a["transition"] == "firing"]
        check_equal(told[:1], [fires] if fires else [], f"deficit under {arguments}")
    text = command_line(daemon, "whatif", FUND, "--payouts", "+8%", "--subsidy-late", "90", "--coverage", "-2", "--json")
    both = client.query("outlook", fund=FUND, payouts_e4=10800, subsidy_late=90, coverage_e4=-200)
    check_equal(json.loads(text)["whatif"], both["whatif"], "the command and the query")
    daemon.stop()


def every_rule_that_a_change_moves_is_judged_and_the_others_are_named():
    """Subsidies that are 90 days late are arrears, and fewer people a coverage that is missed: on the days of the policy."""
    level = {"heads": 20241231, "due": [20260731, 1]}
    model = seasonal(subsidy=190)
    model.events += [event(f"people-{year}", "enrollment", year * 10000 + 1201, year=year, heads=1000) for year in (2024, 2025)]
    model.events += [event("population", "population", 20241201, measure="resident", heads=1000)]
    daemon = a_daemon(model, coverage=[{"name": "all", "numerator": "reported", "denominator": "resident", "deadline": 1215,
                                        "target": [9900, 9900]}],
                      subsidy={"standards": [{"year": 2026, "per_head": 0, "levels": {"county": {**level, "own": 95_000}}}]},
                      execution={"on": True, "over": [10500, 10500]},
                      budget=[{"year": 2026, "category": "pooled", "amount": 12 * 104 * 2 * WAN // 10}],
                      gate={"on": True}, quiet=[{"pattern": "bureau", "days": 30}], restated={"on": True})
    client = Client(daemon, "query")
    moved = (("payouts_e4", 10800, {("budget", "2026-expenditure"), ("deficit", "")}), ("subsidy_late", 90, {("subsidy", "2026-county")}),
             ("coverage_e4", -200, {("coverage", "all")}))
    for argument, value, rules_ in moved:
        answer = client.query("outlook", fund=FUND, **{argument: value})
        fired = {name: {(a["rule"], a["instance"]) for a in answer[name]["alerts"] if a["transition"] == "firing"}
                 for name in ("projection", "whatif")}
        check(rules_ <= fired["whatif"] and not rules_ & fired["projection"], f"{argument}: {rules_}, told {fired}")
        check({rule for rule, _ in rules_} <= set(answer["whatif"]["judged"]), f"judged: {answer['whatif']['judged']}")
        check_equal({(u["rule"], u["why"]) for u in answer["unjudged"]},
                    {("quiet", "sources"), ("gaps", "sources"), ("statement", "bank"), ("restated", "late_money")}, "not judged")
        check("gate" in answer["projection"]["judged"] and "provisional" in answer["projection"]["judged"], "the others")
    late = client.query("outlook", fund=FUND, subsidy_late=90)["whatif"]["alerts"]
    check_equal([(a["date"], a["to"]) for a in late if a["rule"] == "subsidy"][:1], [(20260731, "high")], "arrears")
    text = command_line(daemon, "whatif", FUND, "--subsidy-late", "90", "--lang", "en")
    check("subsidy arrears 2026-county" in text and "not judged: quiet source, gaps" in text, text)
    check_equal([a["rule"] for a in client.alerts() if a["books_date"] > 20251231], [], "what was told of it")
    daemon.stop()


def a_fund_that_is_outside_says_since_when_and_when_it_is_back():
    """More comes in than goes out from 2025 on: below 6 months from the beginning, above them in 2026."""
    calendar_ = {"name": "monthly", "rhythm": "monthly", "day": 28, "workdays": False, "grace": 0}
    model = seasonal(spend=(100, 100), fee=330, subsidy=250)
    model.opening = 20 * WAN
    daemon = a_daemon(model, calendars=[calendar_], sources=[{"pattern": "nobody", "calendar": "monthly"}],
                      completeness={"on": False})
    client = Client(daemon, "query")
    answer = client.query("outlook", fund=FUND)
    months = [after(202412, i) for i in range(13)]
    runway = {m: Fraction(12 * model.balance(m), sum(model.of(after(m, -i), "E") for i in range(12))) for m in months}
    below = answer["leaving"][0]
    last_in = max((m for m in months if runway[m] >= 6), default=0)
    expected = expected_months(model, LAST, project(model, LAST))
    back = next((month_end(m[0]) for m in expected if m[4] >= 6), 0)
    check_equal((below["outside"], below["since_or_before"], below["since"]),
                (True, last_in == 0, month_end(after(last_in, 1)) if last_in else 20241231), "since when")
    check(back and below["back_early"] <= back, f"it does not come back: {below}")
    check_equal((below["back_expected"], below["expected"], below["paths"]), (back, 0, 0), "when it is back")
    check_equal((answer["completeness"]["expected"], answer["completeness"]["silent"], fraction(answer["completeness"]["month"])),
                (1, 1, 0), "completeness")
    text = command_line(daemon, "outlook", FUND, "--lang", "en")
    check("outside since" in text and "back expected" in text and "completeness: 0.00 %" in text, text)
    daemon.stop()


def too_little_history_says_how_much_is_needed():
    model = Model(FUND, 800 * WAN)
    for month in range(1, 13):
        model.add(202400 + month, "inpatient", 100 * WAN)
        model.add(202400 + month, "personal", 100 * WAN)
        model.close(202400 + month)
    daemon = a_daemon(model)
    answer = Client(daemon, "query").query("outlook", fund=FUND, payouts_e4=10800)
    check_equal((answer["computable"], answer["whatif"]["computable"]), ("too_little_history",) * 2, "outlook")
    check_equal(answer["history"], {"months": 12, "needed": 24, "first": 202401, "last": 202412,
                                    "enough_on": 20251231, "years": 0}, "history")
    check_equal((answer["projection"]["months"], answer["standing"], answer["unjudged"]), ([], [], []), "figures without a ground")
    check_equal({(s["computable"], s["outside"], s["expected"], s["of"]) for s in answer["leaving"]},
                {("too_little_history", False, 0, 0)}, "when it leaves")
    for language, sentence in (("en", "24"), ("zh", "24")):
        text = command_line(daemon, "outlook", FUND, "--lang", language, codes=(4,))
        check(sentence in text and "2025-12-31" in text, f"it does not say what is needed: {text}")
    daemon.stop()


# --- Many funds as one. ---------------------------------------------------------------

def county(place, spent, received, opening_amount, **transfers):
    """A year of months; transfers: category=fen in June."""
    model = Model(f"{place}/390", opening_amount)
    for month in range(1, 13):
        model.add(202400 + month, "inpatient", spent)
        model.add(202400 + month, "personal", received)
    for category, amount in transfers.items():
        model.add(202406, category, amount)
    for month in range(1, 13):
        model.close(202400 + month)
    return model


def three_counties():
    """440781 pays 440783 40 and gives 30 to the city's, 440784; 440784 says that it got 25."""
    return [county(440781, 10 * WAN, 16 * WAN, 70 * WAN, transfer_out=40 * WAN, to_upper=30 * WAN),
            county(440783, 20 * WAN, 19 * WAN, 100 * WAN, transfer_in=40 * WAN),
            county(440784, 30 * WAN, 31 * WAN, 150 * WAN, from_lower=25 * WAN)]


def line_sums(models):
    sums = {}
    for model in models:
        for month in model.lines.values():
            for line, amount in month.items():
                sums[line] = sums.get(line, 0) + amount
    return sums


def counties_are_added_and_their_transfers_cancel():
    models = three_counties()
    daemon = a_daemon(*models)
    client = Client(daemon, "query")
    sums = line_sums(models)
    cancelled = {"I7": 25 * WAN, "I8": 40 * WAN, "E6": 25 * WAN, "E8": 40 * WAN}
    for place in ("4407", "44", ""):
        answer = client.query("rollup", place=place)
        check_equal((answer["as_of"], answer["as_of_common"], answer["funds"]["added"]), (20241231, True, 3), "head")
        check_equal(answer["balance"], sum(m.balance(202412) for m in models), f"balance of {place!r}")
        check_equal({t["account"]: t["cancelled"] for t in answer["transfers"]}, cancelled, "cancelled")
        left = {line: amount - cancelled.get(line, 0) for line, amount in sums.items()}
        check_equal({l["account"]: l["amount"] for l in answer["lines"]},
                    {line: amount for line, amount in left.items() if amount}, f"lines of {place!r}")
        income, spent = (sum(a for line, a in left.items() if line[0] == side) for side in "IE")
        check_equal((answer["income"], answer["expenditure"], answer["cancelled"]), (income, spent, 65 * WAN), "totals")
        check_equal(fraction(answer["runway"]), Fraction(12 * answer["balance"], spent), "runway")
        check_equal([(m["fund"], m["role"]) for m in answer["members"]], [(m.fund, "added") for m in models], "members")
    daemon.stop()


def a_pooled_city_is_added_and_its_counties_are_not():
    """The counties pass all that they take up to the city, which gives them what they spend."""
    counties = [county(place, 10 * WAN, 12 * WAN, 5 * WAN, to_upper=144 * WAN, from_upper=120 * WAN)
                for place in (440881, 440882)]
    city = county(440800, 20 * WAN, 24 * WAN, 200 * WAN)
    other = county(440981, 10 * WAN, 10 * WAN, 60 * WAN)
    daemon = a_daemon(city, other, *counties)
    client = Client(daemon, "query")
    answer = client.query("rollup", place="44")
    check_equal([(m["fund"], m["role"], m["within"]) for m in answer["members"]],
                [("440800/390", "added", ""), ("440881/390", "contained", "440800/390"),
                 ("440882/390", "contained", "440800/390"), ("440981/390", "added", "")], "members")
    check_equal(answer["balance"], city.balance(202412) + other.balance(202412), "balance")
    check_equal(client.query("outlook", fund="440881/390")["computable"], "money_elsewhere", "a contained fund's outlook")
    table = command_line(daemon, "rollup", "44", "--lang", "zh")
    check("440881/390" in table and "含于" in table, f"no contained county in {table}")
    rows = command_line(daemon, "rollup", "44", "--csv", "--lang", "en").splitlines()
    check(any(row.startswith("member,440881/390") for row in rows), f"no member in {rows}")
    daemon.stop()


def a_city_with_money_of_its_own_is_added_beside_its_counties():
    counties = [county(place, 10 * WAN, 12 * WAN, 70 * WAN) for place in (440881, 440882)]
    city = county(440800, WAN, WAN, 500 * WAN)
    daemon = a_daemon(city, *counties)
    answer = Client(daemon, "query").query("rollup", place="4408")
    check_equal([m["role"] for m in answer["members"]], ["added"] * 3, "roles")
    check_equal(answer["balance"], sum(m.balance(202412) for m in (city, *counties)), "balance")
    daemon.stop()


def a_city_whose_books_are_the_sum_of_its_counties_is_not_added():
    counties = [county(place, 10 * WAN, 12 * WAN, 70 * WAN) for place in (440881, 440882)]
    city = county(440800, 20 * WAN, 24 * WAN, 140 * WAN)
    daemon = a_daemon(city, *counties)
    answer = Client(daemon, "query").query("rollup", place="4408")
    check_equal([m["role"] for m in answer["members"]], ["above", "added", "added"], "roles")
    check_equal(answer["balance"], sum(m.balance(202412) for m in counties), "balance")
    daemon.stop()


def books_at_different_dates_meet_at_the_earliest():
    models = three_counties()
    models[2].events = [e for e in models[2].events if e["kind"] != "day" or e["date"] <= 20240930]
    daemon = a_daemon(*models)
    client = Client(daemon, "query")
    answer = client.query("rollup", place="4407")
    check_equal((answer["as_of"], answer["months"], answer["to"]), (20240930, 9, 202409), "the common date")
    check_equal(answer["balance"], sum(m.balance(202409) for m in models), "balance then")
    answer = client.query("rollup", place="4407", as_of=20241231)
    check_equal([m["role"] for m in answer["members"]], ["added", "added", "behind"], "roles on a later day")
    check_equal(answer["as_of_common"], False, "whose date it is")
    daemon.stop()


run(the_year_to_come_has_the_shape_of_the_years_before, the_trough_of_summer_is_no_deficit,
    an_earlier_day_is_looked_at_as_it_was, the_band_is_left_when_the_figures_say_so,
    the_inverse_is_the_least_that_is_enough, every_rule_that_a_change_moves_is_judged_and_the_others_are_named,
    a_fund_that_is_outside_says_since_when_and_when_it_is_back,
    what_if_is_the_same_books_under_assumptions, too_little_history_says_how_much_is_needed,
    counties_are_added_and_their_transfers_cancel, a_pooled_city_is_added_and_its_counties_are_not,
    a_city_with_money_of_its_own_is_added_beside_its_counties, a_city_whose_books_are_the_sum_of_its_counties_is_not_added, books_at_different_dates_meet_at_the_earliest)
