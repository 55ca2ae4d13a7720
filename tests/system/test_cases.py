#!/usr/bin/python3
"""Published figures, played through the shipped programs into one daemon: every figure and every relation that the
folders of tests/cases/ have is held against what the daemon computed, to the precision that it is printed with.

A relation that holds in print has to hold here.  One that does not has to come out as the figure that is right.
One with nothing printed is derived.  What a report does not give is not computable, and raises nothing.
What is printed has to be in every form of the report; what rests on an event that says `derived` has to be marked
in every form, and nothing else."""
import csv
import glob
import io
import json
from fractions import Fraction

from harness import *

CASES = os.path.join(ROOT, "tests", "cases")
NAME = re.compile(r"[a-z]+(?:\.\w+)+")
NUMBER = re.compile(r"(?<![\w.'])\d+(?:\.\d+)?(?![\w.'])")
LEVELS = ("central", "province", "city", "county")
SORTS = {True: "hold", False: "do not hold and come out right", None: "derived"}
FORMS = [(form, language) for form in ("text", "csv", "html") for language in ("zh", "en")]
OF_STATUS = ("balance", "runway", "runway_owed", "runway_received", "deficit")


# --- What the daemon says. ------------------------------------------------------

def underscored(name):
    return re.sub(r"\W", "_", name)


def wan(fen):
    return Fraction(fen, 1_000_000)


def known(count):
    """None for what nobody said."""
    return Fraction(count) if count >= 0 else None


class Figures(dict):
    """Figures by name, and why others are not computable."""

    def __init__(self):
        super().__init__()
        self.why, self.outcomes, self.notes = {}, {}, {}
        self.marked = set()         # names of what is shown as derived

    def mark(self, *names):
        self.marked.update(names)

    def mark_if(self, derived, name):
        if derived:
            self.mark(name)

    def put_indicator(self, name, indicator, factor=100):
        if indicator["computable"]:
            self.why[name] = indicator["computable"]
        else:
            self[name] = Fraction(indicator["num"] * indicator["mul"], indicator["den"]) * factor

    def put_status(self, name, status):
        if status["has_opening"]:
            self[f"{name}.balance"] = wan(status["balance"])
            self[f"{name}.balance.margin"] = wan(status["balance_margin"])
        self.put_indicator(f"{name}.runway", status["runway"], 1)
        for key in ("booked", "incurred"):
            self[f"{name}.owing.{key}"] = wan(status["owing"][key])
        self.put_indicator(f"{name}.deficit", status["deficit"])
        self.put_indicator(f"{name}.provisional", status["provisional_share"])
        self.mark(*(f"{name}.{figure}" for figure in OF_STATUS if figure in status["derived_figures"]))
        self.mark_if("provisional_share" in status["derived_figures"], f"{name}.provisional")
        for rule in status["coverage"]:
            self.put_indicator(f"{name}.coverage.{underscored(rule['name'])}", rule)
            self.mark_if(rule["derived"], f"{name}.coverage.{underscored(rule['name'])}")
        for rule in status["targets"]:
            of = ".".join([name, rule["rule"], *filter(None, [underscored(rule["instance"])])])
            self.put_indicator(of, rule)
            self[f"{of}.num"], self[f"{of}.den"] = wan(rule["num"]), wan(rule["den"])
            self.mark_if(rule["derived"], of)
        self.put_heads(f"{name}.heads", status["heads"])

    def put_heads(self, name, heads):
        for who, count in heads.items():
            if who != "derived_figures":
                self[f"{name}.{who}"] = known(count)
        self.mark(*(f"{name}.{who}" for who in heads["derived_figures"]))

    def put_due(self, name, item):
        if item["known"]:
            self.why[name] = item["known"]
        else:
            self[f"{name}.due"] = wan(item["due"])
        self[f"{name}.heads"] = known(item["heads"])
        self[f"{name}.per_head"] = Fraction(item["per_head"], 100)
        self[f"{name}.received"] = wan(item["received"])
        self.mark(*(f"{name}.{figure}" for figure in item["derived_figures"]))
        for within in ("province", "nation"):
            self[f"{name}.duplicates_{within}"] = known(item.get(f"duplicates_{within}", -1))
        if item.get("share"):
            self[f"{name}.share"] = Fraction(item["share"])

    def put_subsidies(self, name, report):
        late = [(item["year"], item["level"]) for item in report["subsidy"]
                if sum(item["arrears"]) and not item["tolerated"]]
        check_equal([(item["year"], item["level"]) for item in report["status"]["arrears"]], late, f"{name}: late")
        for item in report["subsidy"]:
            level = f"{name}.subsidy.{item['year']}.{item['level']}"
            self.put_due(level, item)
            self[f"{level}.arrears"] = 0 if item["tolerated"] else wan(sum(item["arrears"]))
        self.put_due(f"{name}.whole", report["subsidy_whole"])
        for standard in report["policy"].get("subsidy", {}).get("standards", []):
            for exception in standard.get("exceptions", []):
                if exception["kind"] == "lump":
                    self[f"{name}.lump.{standard['year']}.{exception['level']}.{exception['group']}"] = \
                        wan(exception["lump"])

    def put_form(self, name, report):
        opened = report["status"]["has_opening"]
        for key in ("income", "expenditure", "surplus"):
            self[f"{name}.{key}"] = wan(report[key])
        for key in ("opening", "closing"):
            self[f"{name}.{key}"] = wan(report[key]) if opened else None
        self.mark(*(f"{name}.{key}" for key in report["derived_figures"]))
        for line in report["lines"]:
            self[f"{name}.{line['account']}"] = wan(line["amount"])
            self.mark_if(line["derived"], f"{name}.{line['account']}")
        self.put_months(name, report["months"])
        for fee in report["policy"].get("fee_standards", []):
            self[f"{name}.fee.{fee['year']}"] = Fraction(fee["per_head"], 100)
        for line in report["policy"].get("budget", []):
            self[f"{name}.budget.{line['year']}.heads"] = known(line.get("heads", -1))
            self[f"{name}.budget.{line['year']}.per_head"] = Fraction(line.get("per_head", 0), 100)
        for line in report["budget"]:
            row = f"{name}.budget.{line['year']}.{line['account']}"
            self.mark_if(line["derived"], f"{row}.amount")
            self[f"{row}.budget"], self[f"{row}.amount"] = wan(line["budget"]), wan(line["amount"])
            self[f"{row}.execution"] = Fraction(line["execution"])
            self.mark_if(line["execution_derived"], f"{row}.execution")

    def put_months(self, name, months):
        """What all months have is named once."""
        for key in ("income", "expenditure", "balance"):
            marked = [month["month"] for month in months if key in month["derived_figures"]]
            if marked and len(marked) == len(months):
                self.mark(f"{name}.months.{key}")
            else:
                self.mark(*(f"{name}.months.{month}.{key}" for month in marked))

    def put_insured(self, name, report):
        for row in report["insured"]:
            of = f"{name}.insured.{row['code']}"
            self[of] = Fraction(row["heads"])
            self.mark_if(row["derived"], of)
            if "last_year" in row:
                self[f"{of}.last_year"], self[f"{of}.change"] = row["last_year"], row["heads"] - row["last_year"]
                self[f"{of}.change_share"] = Fraction(row["change_share"])
                self.mark_if(row["last_year_derived"], f"{of}.last_year")

    def put_indicators(self, name, report):
        for row in report["indicators"]:
            of = ".".join([name, *map(underscored, row["code"].split(":"))])
            self.outcomes[of], self.notes[of] = row["outcome"], row["note"]
            more = re.search(r"([\d,]+(?:\.\d\d)?) 万元( †)?(?: \(± ([\d,.]+) 万元)?", row["remark"])
            if row["code"] == "runway" and more:
                self[f"{name}.clearing"] = Fraction(more.group(1).replace(",", ""))
                self.mark_if(more.group(2), f"{name}.clearing")
                if more.group(3):
                    self[f"{name}.clearing.margin"] = Fraction(more.group(3).replace(",", ""))

    def put_outlook(self, name, outlook):
        clearing = outlook["clearing"]
        if clearing["above"]:
            self[f"{name}.clearing"], self[f"{name}.clearing.margin"] = wan(clearing["amount"]), wan(clearing["margin"])
            self.mark_if(clearing["derived"], f"{name}.clearing")

    def put_report(self, name, report):
        self.put_form(name, report)
        self.put_status(name, report["status"])
        self.put_subsidies(name, report)
        self.put_insured(name, report)
        self.put_heads(f"{name}.heads_last_year", report["heads_last_year"])
        self.put_indicators(name, report)

    def value(self, expression):
        """Names are figures, numbers are exact."""
        def figure(match):
            name = match.group()
            check(self.get(name) is not None, f"{expression}: {name} is {self.why.get(name, 'not known')}")
            return f"figures['{name}']"
        text = NAME.sub(figure, NUMBER.sub(lambda n: f"Fraction('{n.group()}')", expression))
        return Fraction(eval(text, {"Fraction": Fraction, "figures": self}))    # pylint: disable=eval-used


# --- Comparing. -------------------------------------------------------------------

def tolerance(printed, addends):
    """Half the printed unit, for each addend."""
    decimals = len(printed.partition(".")[2])
    return Fraction(addends, 2 * 10 ** decimals)


def agrees(figures, expression, printed, addends=1):
    return abs(figures.value(expression) - Fraction(printed)) <= tolerance(printed, addends)


def compare_figure(figures, of, expression, printed, addends=1):
    check(agrees(figures, expression, printed, addends),
          f"{of}: {expression} is {float(figures.value(expression)):.6f}, not {printed}")


def compare_relation(figures, relation):
    of = f"{relation['id']}, {relation['relation']}"
    sorts = {"figures", "between", "not_computable", "outside"} & set(relation)
    check(sorts, f"{of}: nothing says what it comes to")
    for figure in relation.get("figures", []):
        compare_figure(figures, of, *figure)
    for wrong in relation.get("not", []):
        check(not agrees(figures, *wrong), f"{of}: {wrong[0]} is {wrong[1]}, which is wrong")
    for expression, low, high in relation.get("between", []):
        check(Fraction(low) <= figures.value(expression) <= Fraction(high), f"{of}: {expression} is out of its range")
    compare_reasons(figures, relation.get("not_computable", {}))


def compare_reasons(figures, reasons):
    for name, why in reasons.items():
        check_equal(figures.why.get(name, "a figure"), why, f"why {name} is not computable")


# --- What people read. -----------------------------------------------------------------

def rounded(value, decimals=2):
    """Half away from zero, with commas."""
    scaled = abs(value) * 10 ** decimals
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    text = f"{whole // 10 ** decimals:,}" + (f".{whole % 10 ** decimals:0{decimals}}" if decimals else "")
    return f"-{text}" if value < 0 and whole else text


def texts_of(value, unit):
    """How people read it, and how a spreadsheet does; text between figures has it as people do."""
    if unit == "heads":
        return rounded(value, 0), rounded(value, 0).replace(",", "")
    if unit == "wan":
        return rounded(value), rounded(value * 10_000).replace(",", "")
    return rounded(value).replace(",", ""), rounded(value).replace(",", "")


def compare_shown(case, expression, printed, unit, report):
    compare_figure(case.figures, case.name, expression, printed)
    by_people, by_programs = texts_of(case.figures.value(expression), unit)
    for (form, language), text in case.texts[report].items():
        wanted = {by_people, by_programs} if form == "csv" else {by_people}
        figures = set(re.findall(r"-?\d[\d,]*(?:\.\d+)?", text)) | set(re.findall(r"-?\d+(?:\.\d+)?", text))
        check(wanted & figures, f"{case.name}: {expression}, {' or '.join(wanted)}, is not in {report} as {form}, {language}")


def marked_cells(answer):
    """(section and code of the CSV, how many cells of a text) of what is marked."""
    for line in answer["lines"]:
        yield line["account"], line["derived"]
    yield "I2", any(line["derived"] for line in answer["lines"] if line["account"].startswith("I2"))
    for key in ("income", "expenditure", "surplus", "opening", "closing"):
        yield key, key in answer["derived_figures"]
    for row in answer["indicators"]:
        yield row["code"], row["derived"] * (2 if row["figures"] else 1)
    for month in answer["months"]:
        for key in ("income", "expenditure", "balance"):
            yield f"{key} {month['month']}", key in month["derived_figures"]
    for item in answer["subsidy"] + [answer["subsidy_whole"]]:
        if "code" in item:
            yield from marked_subsidy(item)
    for line in answer["budget"]:
        yield f"budget {line['account']}", line["derived"] + line["execution_derived"]
    for row in answer["insured"]:
        either = "last_year" in row and (row["derived"] or row["last_year_derived"])
        yield f"insured {row['code']}", row["derived"] + row.get("last_year_derived", False) + 2 * either


def marked_subsidy(item):
    figures = item["derived_figures"]
    for figure in {"heads", "due", "received"} & set(figures):
        yield f"{item['code']} {figure}", 1
    if {"due", "received"} & set(figures):
        yield f"{item['code']} share", bool(item["share"])
        yield f"{item['code']} late", sum(fen != 0 for fen in item.get("arrears", []))


def marks_in_csv(text):
    return sum(row[8].startswith(("推算", "derived")) for row in csv.reader(io.StringIO(text)))


def compare_marks(case, name, answer):
    """Every form has as many marks as there are derived cells; which ones they are is known from the answer."""
    cells = dict(marked_cells(answer))
    count = sum(map(int, cells.values()))
    tiles = sum(bool(cells.get(code)) for code in ("closing", "income", "expenditure", "runway"))
    if not answer["status"]["runway"]["computable"]:
        tiles += bool(cells.get("provisional"))
    formulas = sum(row["derived"] and bool(row["figures"]) for row in answer["indicators"])
    remarks = sum("†" in row["remark"] for row in answer["indicators"])
    for (form, language), text in case.texts[name].items():
        of = f"marks of {case.name}, {name}, as {form} in {language}"
        if form == "csv":
            check_equal(marks_in_csv(text), count - formulas, of)
        elif form == "html":
            check_equal(len(re.findall('class="mark"[^>]*>†', text)), count + tiles, of)
        else:
            check_equal(text.count("†"), count + remarks + bool(count), of)


def sort_of(relation):
    if "outside" in relation:
        return "are no figures of a fund"
    if "not_computable" in relation:
        return "are not computable"
    return SORTS[relation["holds"]]


# --- Playing. -----------------------------------------------------------------------

class Case:
    """A folder of tests/cases/."""

    def __init__(self, folder):
        self.name = os.path.basename(folder)
        with open(os.path.join(folder, "expected.json"), encoding="utf-8") as text:
            self.expected = json.load(text)
        self.fund = self.expected["fund"]
        self.folder = os.path.join(ROOT, self.expected["case"]) if "case" in self.expected else folder
        self.figures = Figures()
        self.alerts = []
        self.answers, self.texts = {}, {}

    def play(self, daemon):
        done = subprocess.run([program("fundwatch-replay"), "--quiet", self.folder], env=daemon.environment,
                              capture_output=True, text=True, check=False)
        check_equal(done.returncode, 0, f"exit code of fundwatch-replay {self.name} ({done.stdout} {done.stderr})")

    def ask(self, daemon):
        for name, options in self.expected["reports"].items():
            text = command_line(daemon, "report", self.fund, *options, "--lang", "en", "--json")
            self.answers[name] = json.loads(text)
            self.figures.put_report(name, self.answers[name])
        status = json.loads(command_line(daemon, "status", self.fund[:6], "--json"))
        self.status = next(fund for fund in status if fund["fund"] == self.fund)
        self.figures.put_status("now", self.status)
        self.rollup = json.loads(command_line(daemon, "rollup", self.fund[:6], "--json"))
        client = Client(daemon, "query")
        self.figures.put_outlook("now", client.query("outlook", fund=self.fund))
        self.ask_events(client)
        self.alerts = [[alert["rule"], alert["instance"], alert["transition"], alert["books_date"]]
                       for alert in client.alerts(place=self.fund[:6]) if alert["fund"] == self.fund]

    def ask_forms(self, daemon):
        for name, options in self.expected["reports"].items():
            self.texts[name] = {form: command_line(daemon, "report", self.fund, *options, "--format", form[0],
                                                   "--lang", form[1]) for form in FORMS}

    def ask_events(self, client):
        """Only where they are looked at: a case may have millions."""
        if not any("event." in row[0] for row in self.figure_rows()):
            return
        for record in client.pages("events", "events", 0, lambda data: data["next"], fund=self.fund, limit=1000):
            if "heads" in record["event"]:
                self.figures[f"event.{underscored(record['event']['id'])}"] = Fraction(record["event"]["heads"])

    def figure_rows(self):
        return self.expected["facts"] + [row for r in self.expected["relations"] for row in r.get("figures", [])]


played = []


def cases():
    """All of them, played once."""
    if not played:
        daemon = Daemon().init().start()
        folders = [Case(os.path.dirname(path)) for path in sorted(glob.glob(os.path.join(CASES, "*/expected.json")))]
        check(folders, f"no cases in {CASES}")
        for case in folders:
            case.play(daemon)
            case.ask(daemon)
            case.ask_forms(daemon)
        verify_books(Client(daemon, "query"))
        daemon.stop()
        played.extend(folders)
    return played


# --- The tests. ---------------------------------------------------------------------

def every_printed_figure_and_relation_comes_out():
    counts = {}
    for case in cases():
        for fact in case.expected["facts"]:
            compare_figure(case.figures, case.name, *fact)
        for relation in case.expected["relations"]:
            compare_relation(case.figures, relation)
            counts[sort_of(relation)] = counts.get(sort_of(relation), 0) + 1
    facts = sum(len(case.expected["facts"]) for case in cases())
    return f"{facts} facts; relations: " + ", ".join(f"{count} {sort}" for sort, count in counts.items())


def what_is_derived_is_said():
    for case in cases():
        for relation in case.expected["relations"]:
            if sort_of(relation) == "derived":
                expression, value = relation["figures"][0][:2]
                print(f"derived {case.name} {relation['id']}: {relation['relation']}: {value} "
                      f"({float(case.figures.value(expression)):.6f})", flush=True)


def every_figure_of_the_domain_is_in_every_form():
    shown = 0
    for case in cases():
        for row in case.expected["shown"]:
            compare_shown(case, *row)
        for report, *both in case.expected["said"]:
            for (form, language), text in case.texts[report].items():
                check(both[language == "en"] in text, f"{case.name}: {both} is not in {report} as {form} in {language}")
        shown += len(case.expected["shown"]) + len(case.expected["said"])
    return f"{shown} figures and statements in {len(FORMS)} forms"


def what_rests_on_derived_events_is_marked_and_nothing_else():
    marks = 0
    for case in cases():
        check_equal(sorted(case.figures.marked), sorted(case.expected["derived"]), f"marked of {case.name}")
        for relation in case.expected["relations"]:
            compare_relation_marks(case, relation)
        for name, answer in case.answers.items():
            compare_marks(case, name, answer)
        marks += len(case.figures.marked)
    return f"{marks} marked figures in {len(FORMS)} forms"


def a_place_of_one_fund_marks_what_the_fund_does():
    """Figures that both have; of a roll-up those of the months that all have, which are here the fund's."""
    both = ("balance", "income", "expenditure", "provisional", "runway", "runway_owed", "runway_received", "deficit",
            "provisional_share")
    for case in cases():
        status, rollup = case.status, case.rollup
        marks = {figure for figure in status["derived_figures"] if figure in both}
        check_equal({figure for figure in rollup["derived_figures"] if figure in both}, marks, f"{case.name}: roll-up")
        check_equal({row["figure"] for row in rollup["heads"] if row["derived"]} - {"paid_once", "reported_once"},
                    set(status["heads"]["derived_figures"]) - {"paid_once", "reported_once"}, f"{case.name}: heads")
        check_equal(set(rollup["members"][0]["derived_figures"]) & marks,
                    marks & {"balance", "income", "expenditure", "runway", "runway_owed", "runway_received",
                             "provisional_share"}, f"{case.name}: member")
        for rule in status["coverage"]:
            for row in rollup["coverage"]:
                if not rule["computable"] and (row["numerator"], row["denominator"]) == (rule["numerator"],
                                                                                        rule["denominator"]):
                    check_equal(row["derived"], rule["derived"], f"{case.name}: coverage {rule['name']}")
        for row in rollup["amounts"]:
            if row["known"] and row["figure"] in ("subsidy_due", "subsidy_late"):
                check_equal(row["derived"], row["amount"] != 0, f"{case.name}: {row['figure']} {row['of']}")


def compare_relation_marks(case, relation):
    """A relation with nothing printed says which figures must be marked, or by what formula it is computed here."""
    of = f"{case.name} {relation['id']}"
    check(sort_of(relation) != "derived" or {"marked", "by"} & set(relation), f"{of}: neither marked nor by a formula")
    for name in relation.get("marked", []):
        check(name in case.figures.marked, f"{of}: {name} has no mark")


def targets_are_met_or_not_as_printed():
    for case in cases():
        for name, outcome in case.expected["outcomes"].items():
            check_equal(case.figures.outcomes[name], outcome, f"{case.name}: {name}")
        for name, note in case.expected["notes"].items():
            check_equal(case.figures.notes[name], note, f"{case.name}: note on {name}")


def what_a_report_does_not_give_is_not_computable_and_raises_nothing():
    for case in cases():
        compare_reasons(case.figures, case.expected["not_computable"])
        for name in case.expected["not_computable"]:
            check(name not in case.figures, f"{case.name}: {name} has a figure")
        check_equal(sorted(case.alerts), sorted(case.expected["alerts"]), f"alerts of {case.name}")


# --- Whether a wrong figure would be seen. ---------------------------------------------

COLUMNS = ("amount(万元)", "heads")
OFF = {"amount(万元)": Fraction(5, 100), "heads": 1000}      # more than any tolerance


def wrong_rows(table):
    """(row, column, text): one row of each line of the books, and every headcount, by itself and wrong."""
    seen = set()
    for number, row in enumerate(table):
        for column in COLUMNS:
            what = (column, row["kind"], row["category"] or row["id"])
            if row[column] and what not in seen:
                seen.add(what)
                yield number, column, f"{float(Fraction(row[column]) + OFF[column]):.{2 if column != 'heads' else 0}f}"


def copy_with(case, folder, table, number, column, text):
    shutil.copytree(case.folder, folder, dirs_exist_ok=True)
    rows = [dict(row) for row in table]
    rows[number][column] = text
    with open(os.path.join(folder, "bureau.csv"), "w", encoding="utf-8", newline="") as to:
        writer = csv.DictWriter(to, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def is_noticed(case, folder):
    daemon = Daemon().init().start()
    again = Case(os.path.join(CASES, case.name))
    again.folder = folder
    again.play(daemon)
    again.ask(daemon)
    daemon.stop()
    try:
        for fact in again.expected["facts"]:
            compare_figure(again.figures, again.name, *fact)
        for relation in again.expected["relations"]:
            compare_relation(again.figures, relation)
    except Failed:
        return True
    return False


def a_wrong_figure_in_a_table_is_noticed():
    """Of cases that are one table: each line and headcount is wrong in turn."""
    count = 0
    for case in cases():
        with open(os.path.join(case.folder, "case.yaml"), encoding="utf-8") as text:
            if "people:" in text.read():
                continue
        with open(os.path.join(case.folder, "bureau.csv"), encoding="utf-8") as text:
            table = list(csv.DictReader(text))
        for wrong in wrong_rows(table):
            folder = temp_folder()
            copy_with(case, folder, table, *wrong)
            with plain_programs():
                check(is_noticed(case, folder), f"{case.name}: {table[wrong[0]]['id']} with {wrong[2]} passes")
            count += 1
    return f"{count} wrong figures noticed"


if __name__ == "__main__":
    run(every_printed_figure_and_relation_comes_out, every_figure_of_the_domain_is_in_every_form,
        what_is_derived_is_said, what_rests_on_derived_events_is_marked_and_nothing_else,
        a_place_of_one_fund_marks_what_the_fund_does, targets_are_met_or_not_as_printed,
        what_a_report_does_not_give_is_not_computable_and_raises_nothing,
        a_wrong_figure_in_a_table_is_noticed)
