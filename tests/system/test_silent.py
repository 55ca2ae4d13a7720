#!/usr/bin/python3
"""A hospital goes silent, through the real programs: the alert that was on stays on, an alert of its own says how incomplete the
sources are, every rule is blind below the limit and sighted when the hospital has caught up; after a crash in the middle as well. And a
hole in a source's numbering, which is an alert unless the daemon itself made it by answering busy."""
import json

from harness import *

POLICY = """
fund: 130207/390
date: 2024-01-01
version: 1
ahead_days: 366
runway: {on: true, base: year_to_date, min_months: 1}
deficit: {on: false}
provisional: {on: false}
coverage:
  - {name: all, numerator: reported, denominator: resident, deadline: 01-01, target: {enter: 95%}}
calendars:
  - {name: daily, rhythm: daily, grace: 1 days}
  - {name: weekly, rhythm: weekly, day: 5, workdays: true}
holidays:
  - {first: 2024-02-10, last: 2024-02-17}
sources:
  - {pattern: "hospital-*", calendar: daily}
  - {pattern: registry, calendar: weekly}
completeness: {limit: {enter: 85%, leave: 90%}}
"""
FIGURES = {"runway", "coverage", "statement"}       # rules that rest on what sources send
SILENT = 31 + 9         # day of the year on which hospital-2 falls silent


def ymd(day):
    date = datetime.date(2023, 12, 31) + datetime.timedelta(days=day)
    return date.year * 10000 + date.month * 100 + date.day


def bill(hospital, day):
    return event(f"{hospital}-{day}", "settlement", ymd(day), amount=100_000, category="inpatient")


def bureau(daemon, *arguments, rows=""):
    """The real bureau, with rows on its standard input."""
    done = subprocess.run([program("fundwatch-bureau"), "--source", "bureau", "--quiet", *arguments, "-"], env=daemon.environment, input=rows, text=True,
                          capture_output=True, check=False, timeout=DEADLINE)
    check_equal(done.returncode, 0, f"exit code of fundwatch-bureau ({done.stdout} {done.stderr})")


def found(daemon):
    path = os.path.join(daemon.folder, "policy.yaml")
    with open(path, "w", encoding="utf-8") as to:
        to.write(POLICY)
    bureau(daemon, "--fund", FUND, "--policy", path, "--opening", "3000", "--unit", "wan", "--date", "2023-12-31", rows="kind,date,amount\n")


class Town:
    """Two hospitals, a registry and a bureau, day by day."""

    def __init__(self):
        self.daemon = Daemon().init().start()
        found(self.daemon)

    def send(self, source, *events):
        client = Client(self.daemon, source=source)
        check_equal(set(words(client.count(list(events)), len(events))), {"applied"}, f"outcomes of {source}")
        client.close()

    def crash(self):
        self.daemon.kill()
        self.daemon.start()

    def days(self, first, last, hospitals):
        for day in range(first, last + 1):
            for hospital in hospitals:
                self.send(hospital, bill(hospital, day))
            if day == 1:
                self.send("registry", event("people", "population", ymd(1), measure="resident", heads=1000),
                          event("heads", "enrollment", ymd(1), year=2024, heads=900))
            elif day % 7 == 5:              # 5 January 2024 is a Friday
                self.send("registry", event(f"heads-{day}", "enrollment", ymd(day), year=2024,
                                            heads=900 if day <= SILENT + 20 else 990))
            self.send("clock", event(f"day-{day}", "day", ymd(day)))

    def told(self):
        keys = ("rule", "instance", "transition", "level", "blind", "books_date", "incident", "computable", "evidence")
        return [{key: alert[key] for key in keys} for alert in Client(self.daemon, "query").alerts()]


def play(crash=False):
    """Alerts of four parts: well, one silent, what comes while all is blind, caught up."""
    town = Town()
    told = []

    def part_ends():
        if crash:
            town.crash()
        told.append(town.told()[sum(len(part) for part in told):])

    both = ("hospital-1", "hospital-2")
    town.days(1, SILENT - 1, both)
    town.send("bank", event("bank", "statement", ymd(SILENT - 1), amount=1))
    part_ends()
    town.days(SILENT, SILENT + 20, both[:1])
    part_ends()
    town.send("registry", event("better", "enrollment", ymd(SILENT + 20), year=2024, heads=990))
    town.days(SILENT + 21, SILENT + 23, both[:1])
    part_ends()
    town.send(both[1], *(bill(both[1], day) for day in range(SILENT, SILENT + 24)))
    town.days(SILENT + 24, SILENT + 24, both)
    part_ends()
    return town, told


def a_silent_hospital_blinds_what_rests_on_it():
    town, (well, silent, blind, caught_up) = play()
    check_equal({(a["rule"], a["transition"]) for a in well},
                {("runway", "firing"), ("coverage", "firing"), ("statement", "firing")}, "while all is well")
    check_equal([a["rule"] for a in silent][:1], ["completeness"], "what is told first")
    first, *others = silent
    check_equal((first["transition"], first["level"]), ("firing", "low"), first)
    check_equal((first["evidence"]["expected"], first["evidence"]["silent"]), (3, 1), first)
    check(first["evidence"]["complete"] < 8500, first)
    check_equal({(a["rule"], a["transition"], a["computable"]) for a in others},
                {(rule, "blind", "incomplete") for rule in FIGURES}, "all are blind")
    check(all(a["level"] != "normal" and a["blind"] for a in others), others)
    check_equal(blind, [], "neither fires nor ends")
    check_equal((caught_up[0]["rule"], caught_up[0]["transition"]), ("completeness", "ended"), caught_up)
    back = {a["rule"]: a for a in caught_up[1:]}
    check_equal(set(back), FIGURES, "who is sighted")
    check_equal((back["coverage"]["transition"], back["runway"]["transition"]), ("ended", "sighted"), back)
    check_equal(back["coverage"]["incident"], next(a["incident"] for a in well if a["rule"] == "coverage"), "incident")
    verify_books(Client(town.daemon, "query"))
    town.daemon.stop()


def a_crash_in_the_middle_changes_nothing():
    plain, crashed = play(), play(crash=True)
    check_equal(crashed[1], plain[1], "alerts after crashes")
    for town, _ in (plain, crashed):
        verify_books(Client(town.daemon, "query"))
        town.daemon.stop()


def who_is_silent_stands_beside_the_figures():
    town = Town()
    both = ("hospital-1", "hospital-2")
    town.days(1, 20, both)
    town.days(21, 31, both[:1])
    client = Client(town.daemon, "query")
    complete = client.query("status")[0]["completeness"]
    check_equal((complete["expected"], complete["silent"]), (3, 1), complete)
    check_equal(complete["sources"], [{"source": "hospital-2", "calendar": "daily", "heard": True, "last": 20240120, "missed": 10}],
                "the 31st may still come")
    check_equal(complete["month"]["num"] * 3, 3 * 10000 + 3 * 10000 + 3 * (10000 * 20 // 30), complete)
    sentence = "88.89 % of 3 expected sources in the month, 88.89 % in the year; 1 silent"
    check(f"completeness  {sentence}: hospital-2 (10 missed, last 2024-01-20)" in command_line(town.daemon, "status"), "status")
    report = command_line(town.daemon, "report", FUND, "--year", "2024", "--lang", "en")
    check(f"completeness: {sentence}" in report, report)
    check("未报 1 个" in command_line(town.daemon, "report", FUND, "--year", "2024", "--lang", "zh"), "report in Chinese")
    page = json.loads(command_line(town.daemon, "report", FUND, "--year", "2024", "--format", "json"))
    check_equal(page["status"]["completeness"]["silent"], 1, "report as JSON")
    check(f"completeness: {sentence}" in command_line(town.daemon, "rollup", "1302", "--lang", "en"), "roll-up")
    rollup = client.query("rollup", place="13", as_of=20240120)
    check_equal((rollup["completeness"]["expected"], rollup["completeness"]["silent"]), (3, 0), "on the 20th all was there")
    check_equal(rollup["members"][0]["completeness"], rollup["completeness"], "of the only fund")
    duplicate = Client(town.daemon, source="hospital-2").count([bill("hospital-2", day) for day in range(1, 21)])
    check_equal(set(words(duplicate, 20)), {"duplicate"}, "the same file again")
    check_equal(client.query("status")[0]["completeness"], complete, "which reports nothing")
    town.daemon.stop()


def a_hole_in_the_numbering_is_an_alert_until_it_is_filled():
    town = Town()
    hospital = Client(town.daemon, source="hospital-1")
    for number in (1, 2, 6):
        hospital.count([bill("hospital-1", number)], sequence=number)
    town.send("clock", event("day-1", "day", ymd(1)))
    town.send("clock", event("day-2", "day", ymd(2)))
    gaps = [a for a in town.told() if a["rule"] == "gaps"]
    check_equal([(a["instance"], a["transition"], a["evidence"]["missing"], a["evidence"]["first_missing"], a["evidence"]["last_missing"])
                 for a in gaps], [("hospital-1", "firing", 3, 3, 5)], "gaps")
    history = command_line(town.daemon, "alerts", "--history")
    check("gaps hospital-1  firing missing (was normal)  3 batches" in history, history)
    town.crash()
    hospital = Client(town.daemon, source="hospital-1")
    for number in (5, 3, 4):
        hospital.count([bill("hospital-1", number)], sequence=number)
    check_equal([a["transition"] for a in town.told() if a["rule"] == "gaps"], ["firing", "ended"], "filled")
    verify_books(Client(town.daemon, "query"))
    town.daemon.stop()


def a_hole_of_batches_that_were_told_busy_is_none():
    """Floods the daemon until batches behind one that was told busy are taken; then sends what was not."""
    daemon = Daemon(config="window: 1\nretry: 1ms\n").init().start()
    Client(daemon, source="founder").count([policy(gaps={"on": True, "hold": [0, 0]}), opening()])
    client = Client(daemon, source="flood")
    number, holes = 0, 0
    while holes == 0:
        frames = {}
        for _ in range(400):
            number += 1
            ref, frame = client.batch([money(f"f{number}-{i}") for i in range(20)], sequence=number)
            frames[ref] = (number, frame)
        for _, frame in frames.values():
            client.send(frame)
        status = {}
        while len(status) < len(frames):
            reply = client.receive()
            status[frames[reply["ref"]][0]] = reply["status"]
        done = [n for n, s in status.items() if s == "done"]
        holes = sum(1 for n, s in status.items() if s == "busy" and any(n < m for m in done))
        missing = client_gaps(daemon)
        for n, frame in sorted(frames.values()):
            if status[n] == "busy":
                client.send(frame)
                reply = client.receive()
                while reply["status"] == "busy":
                    client.send(frame)
                    reply = client.receive()
    check(missing, "the daemon knows of a hole")
    check_equal(client_gaps(daemon), [], "holes when all has come")
    check_equal([a for a in Client(daemon, "query").alerts() if a["rule"] == "gaps"], [], "alerts")
    verify_books(Client(daemon, "query"))
    daemon.stop()
    return f"{number} batches, {holes} in holes"


# --- A model of its own: PROTOCOL 6.2, day by day and source by source. -----------

CALENDARS = [{"name": "daily", "rhythm": "daily", "grace": 1}, {"name": "office", "rhythm": "daily", "workdays": True},
             {"name": "weekly", "rhythm": "weekly", "day": 3, "workdays": True, "grace": 2},
             {"name": "monthly", "rhythm": "monthly", "day": 31, "workdays": True}]
HOLIDAYS = [{"first": 20240101, "last": 20240101}, {"first": 20240204, "last": 20240204, "worked": True},
            {"first": 20240210, "last": 20240217}, {"first": 20240404, "last": 20240406}]
FOLLOWS = [("gone-*", "none"), ("daily-*", "daily"), ("office-1", "office"), ("office-*", "office"), ("weekly-*", "weekly"),
           ("monthly-*", "monthly"), ("never", "weekly")]
ONE = datetime.timedelta(days=1)


def date_of(ymd_):
    return datetime.date(ymd_ // 10000, ymd_ // 100 % 100, ymd_ % 100)


def month_before(day, months):
    """The same day, months earlier; the last of a month answers to the last of the other."""
    first = datetime.date(day.year + (day.month - 1 - months) // 12, (day.month - 1 - months) % 12 + 1, 1)
    last = (first + 31 * ONE).replace(day=1) - ONE
    if (day + ONE).day == 1 or day.day > last.day:
        return last
    return first.replace(day=day.day)


class Calendar:
    def __init__(self, rules):
        self.rules = rules

    def works(self, day):
        if not self.rules.get("workdays"):
            return True
        for holiday in HOLIDAYS:
            if date_of(holiday["first"]) <= day <= date_of(holiday["last"]):
                return holiday.get("worked", False)
        return day.weekday() < 5

    def names(self, day):
        rhythm, on = self.rules["rhythm"], self.rules.get("day", 0)
        if rhythm == "weekly":
            return day.isoweekday() == on
        return rhythm == "daily" or day.day == on or (day.day < on and (day + ONE).day == 1)

    def expected(self, first, last):
        """Expected days, by moving each named day on until it is worked."""
        result, day = set(), first - 70 * ONE
        while day <= last:
            if self.names(day):
                moved = day
                while not self.works(moved):
                    moved += ONE
                if first <= moved <= last:
                    result.add(moved)
            day += ONE
        return sorted(result)


def naive_completeness(as_of, reported, since):
    """{source: its reported days}, {source: expected since}: what status says, as (expected, silent, month, year)."""
    rules = {c["name"]: c for c in CALENDARS}
    sources = silent = 0
    shares = {1: 0, 12: 0}
    for source, begin in since.items():
        name = next((c for pattern, c in FOLLOWS
                     if source == pattern or (pattern.endswith("*") and source.startswith(pattern[:-1]))), "none")
        if name == "none":
            continue
        calendar, days = Calendar(rules[name]), reported.get(source, set())
        due = calendar.expected(as_of - 500 * ONE, as_of - rules[name].get("grace", 0) * ONE)
        answered = {day: any(before < r <= day for r in days) for before, day in zip(due, due[1:])}
        if due[-1] < begin:
            continue
        sources += 1
        silent += not answered[due[-1]] and not any(due[-1] < r <= as_of for r in days)
        for months in shares:
            period = [d for d in due[1:] if d > month_before(as_of, months)] or due[-1:]
            period = [d for d in period if d >= begin]
            shares[months] += 10000 * sum(answered[d] for d in period) // len(period)
    return sources, silent, shares[1], shares[12]


def random_reports_agree_with_a_naive_model():
    """Late, early, sent twice, by many sources and in random order: the same as counted day by day."""
    random_ = random.Random(SEED)
    daemon = Daemon().init().start()
    follows = [{"pattern": pattern, "calendar": calendar} for pattern, calendar in FOLLOWS]
    client = Client(daemon, source="founder")
    client.count([policy(calendars=CALENDARS, holidays=HOLIDAYS, sources=follows), opening()])
    names = [f"{kind}-{i}" for kind in ("daily", "office", "weekly", "monthly", "gone", "other") for i in range(3)]
    first = datetime.date(2024, 1, 1)
    since = {"never": first, "office-1": first}
    reported, sent = {}, []
    for day in range(150):
        today = first + day * ONE
        for source in random_.sample(names, random_.randrange(len(names))):
            events = []
            for i in range(random_.randrange(1, 4)):
                of = max(first, today - random_.choice((0, 0, 0, 0, 1, 2, 9, 40)) * ONE)
                events.append(event(f"{source}-{day}-{i}", "settlement", of.year * 10000 + of.month * 100 + of.day, amount=1,
                                    category="inpatient"))
                reported.setdefault(source, set()).add(of)
            since.setdefault(source, today)
            sent.append((source, events))
            source_client = Client(daemon, source=source)
            source_client.count(events)
            source_client.close()
            if random_.random() < 0.3:
                again, old = random_.choice(sent)
                source_client = Client(daemon, source=again)
                check_equal(set(words(source_client.count(old), len(old))), {"duplicate"}, "sent again")
                source_client.close()
        client.count([event(f"end-{day}", "day", today.year * 10000 + today.month * 100 + today.day)])
    query = Client(daemon, "query")
    for day in sorted(random_.sample(range(150), 40)) + [149]:
        today = first + day * ONE
        answer = query.query("rollup", place="130207", as_of=today.year * 10000 + today.month * 100 + today.day)["completeness"]
        got = (answer["expected"], answer["silent"], answer["month"]["num"], answer["year"]["num"])
        check_equal(got, naive_completeness(today, reported, {s: d for s, d in since.items() if d <= today}), f"completeness as of {today}")
    verify_books(query)
    daemon.stop()


def client_gaps(daemon):
    return next(s["missing"] for s in Client(daemon, "query").query("sources")["sources"] if s["source"] == "flood")


if __name__ == "__main__":
    run(a_silent_hospital_blinds_what_rests_on_it, a_crash_in_the_middle_changes_nothing, who_is_silent_stands_beside_the_figures,
        a_hole_in_the_numbering_is_an_alert_until_it_is_filled, a_hole_of_batches_that_were_told_busy_is_none,
        random_reports_agree_with_a_naive_model)
