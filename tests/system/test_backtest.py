#!/usr/bin/python3
"""The journal, replayed: another policy over it, every event in time, and the books as they were known.  Against figures
worked out here, while the daemon goes on; what is killed leaves nothing behind."""
import json

from harness import *

WAN = 1_000_000     # fen
OTHER = "440800/390"
POLICY = """fund: 130207/390
date: 2024-01-01
version: {version}
ahead_days: 366 days
runway:
  min_months: 3 months
  critical_low: {{enter: {critical}}}
  low: {{enter: {low}}}
  high: {{enter: 20}}
  excessive: {{enter: 30}}
deficit: {{on: false}}
provisional: {{on: false}}
"""


def policy_file(name="policy.yaml", text=None, **values):
    path = os.path.join(temp_folder(), name)
    with open(path, "w", encoding="utf-8") as to:
        to.write(text or POLICY.format(**{"version": 1, "low": 6, "critical": 3} | values))
    return path


def run_program(daemon, name, *words_):
    return subprocess.run([program(name), *words_], env=daemon.environment, capture_output=True, text=True, check=False,
                          timeout=DEADLINE)


def founded(**values):
    """A daemon with the fund under the policy of a file, as its bureau sends it; and the file."""
    daemon = Daemon().init().start()
    path = policy_file(**values)
    sent = run_program(daemon, "fundwatch-bureau", "-s", "bureau", "--policy", path)
    check_equal(sent.returncode, 0, f"exit code of fundwatch-bureau ({sent.stderr})")
    Client(daemon, source="bureau").count([opening(amount=120 * WAN)])
    return daemon, path


def last_day(ym):
    first = datetime.date(ym // 100 + ym % 100 // 12, ym % 100 % 12 + 1, 1)
    day = first - datetime.timedelta(days=1)
    return day.year * 10000 + day.month * 100 + day.day


def month(ym, spent, earned=0, day=15):
    """A month's events and its last day."""
    money_ = [event(f"x{ym}", "expenditure", ym * 100 + day, amount=spent, category="inpatient")]
    if earned:
        money_.append(event(f"i{ym}", "income", ym * 100 + day, amount=earned, category="interest"))
    return money_ + [event(f"d{ym}", "day", last_day(ym))]


SPENT = [10, 10, 10, 10, 10, 10, 12, 12, 10, 10, 10, 10]
EARNED = [0, 0, 0, 0, 0, 0, 0, 60, 0, 0, 0, 0]
MONTHS = [202401 + i for i in range(12)]


def a_year(daemon):
    client = Client(daemon, source="bureau")
    for ym, spent, earned in zip(MONTHS, SPENT, EARNED):
        client.count(month(ym, spent * WAN, earned * WAN))


def expected(low, critical):
    """(date, from, to) of each transition of the runway, from the figures alone."""
    level, result = "normal", []
    for i, ym in enumerate(MONTHS):
        if i + 1 < 3:
            continue
        balance, spent = 120 + sum(EARNED[:i + 1]) - sum(SPENT[:i + 1]), sum(SPENT[:i + 1])
        runway = balance * (i + 1) / spent
        now = "critical_low" if runway < critical else "low" if runway < low else \
            "excessive" if runway > 30 else "high" if runway > 20 else "normal"
        if now != level:
            result.append((last_day(ym), level, now))
        level = now
    return result


def backtest(daemon, path, *words_):
    return json.loads(command_line(daemon, "backtest", path, *words_, "--json"))


def told(rows, key):
    return [(row[key]["date"], row[key]["from"], row[key]["to"]) for row in rows if row[key] and row["rule"] == "runway"]


def counts(result):
    return [result["result"][key] for key in ("same", "moved", "only_then", "only_now")]


def scratch(daemon):
    return [name for name in os.listdir(daemon.folder) if name.startswith(("replay.", "verify."))]


# --- Another policy. ---------------------------------------------------------------------

def the_same_policy_gives_the_journals_own_alerts():
    daemon, path = founded()
    a_year(daemon)
    got = backtest(daemon, path)
    alerts = json.loads(command_line(daemon, "alerts", "--history", "--json"))["alerts"]
    check(len(alerts) >= 3, f"only {len(alerts)} alerts")
    check_equal({row["how"] for row in got["rows"]}, {"same"}, "rows")
    for key in ("then", "now"):
        check_equal([(r[key]["date"], r[key]["transition"], r[key]["to"], r[key]["num"], r[key]["den"]) for r in got["rows"]],
                    [(a["books_date"], a["transition"], a["level"], a["num"], a["den"])
                     for a in alerts], f"alerts, {key}")
    check_equal(told(got["rows"], "then"), expected(6, 3), "what was told")
    check_equal((got["result"]["refused"], got["result"]["last"], got["result"]["runway"]["computable"]), (0, 20241231, ""),
                "the result")
    check_equal(scratch(daemon), [], "folders left")
    verify_books(Client(daemon, "query"))
    daemon.stop()


def another_policy_gives_other_alerts():
    daemon, _ = founded()
    a_year(daemon)
    before = Client(daemon, "query").query("info")
    for low, critical in ((9, 3), (4, 1), (6, 5), (0.5, 0.2)):
        got = backtest(daemon, policy_file(version=2, low=low, critical=critical))
        check_equal(told(got["rows"], "then"), expected(6, 3), "what was told")
        check_equal(told(got["rows"], "now"), expected(low, critical), f"what would have been told below {low} and {critical}")
        check_equal(sum(counts(got)), len(got["rows"]), "rows")
    strict = policy_file(version=2, low=9, critical=3)
    text = command_line(daemon, "backtest", strict, "--lang", "en")
    for words_ in ("policy version 2 all along", "runway  2024-", "days earlier", "fires, normal → low", "months)"):
        check(words_ in text, f"{words_} is not in {text}")
    check("天" in command_line(daemon, "backtest", strict, "--lang", "zh"), "in Chinese")
    after = Client(daemon, "query").query("info")
    asked = Client(daemon, "query").query("actions", after=before["position"])["actions"]
    check_equal({a["action"] for a in asked}, {"backtest"}, "all that was journaled is who asked")
    check_equal((before["position"] + len(asked), before["alerts"]), (after["position"], after["alerts"]), "the store")
    daemon.stop()


def imported_history_is_judged_too():
    """The same year entered as history: nothing was told, and both policies are judged on its days."""
    daemon, path = founded()
    client = Client(daemon, source="bureau")
    client.count([event("import", "import", 20231231)])
    a_year(daemon)
    client.count([event("import-done", "import_done", 20241231)])
    check_equal(told(backtest(daemon, path)["rows"], "then"), expected(6, 3), "what its own policy would have told")
    for low, critical in ((9, 3), (4, 1)):
        got = backtest(daemon, policy_file(version=2, low=low, critical=critical))
        check_equal(told(got["rows"], "then"), expected(6, 3), "under its own policy")
        check_equal(told(got["rows"], "now"), expected(low, critical), f"what would have been told below {low} and {critical}")
        check_equal((got["result"]["imported_from"], got["result"]["imported_to"]), (20240131, 20241231), "the history")
    text = command_line(daemon, "backtest", policy_file(version=2, low=9, critical=3), "--lang", "en")
    check("history of 2024-01-31 to 2024-12-31 was imported and raised no alert" in text, f"it is not said: {text}")
    check_equal(scratch(daemon), [], "folders left")
    verify_books(Client(daemon, "query"))
    daemon.stop()


def a_policy_holds_from_a_day_on_and_rows_lie_between_days():
    daemon, _ = founded()
    a_year(daemon)
    strict = policy_file(version=2, low=9, critical=3)
    got = backtest(daemon, strict, "--from", "2024-10-01")
    rows = [(r["how"], (r["then"] or r["now"])["date"]) for r in got["rows"]]
    check(rows and all(date >= 20241001 for _, date in rows), f"rows before the day: {rows}")
    check_equal([r for r in told(got["rows"], "now") if r[0] < 20241001], [], "alerts before the day")
    short = backtest(daemon, strict, "--to", "2024-06-30")
    check(short["rows"] and all(min(r[k]["date"] for k in ("then", "now") if r[k]) <= 20240630 for r in short["rows"]),
          f"rows behind the day: {short['rows']}")
    daemon.stop()


def of_several_funds_one_is_compared():
    daemon, path = founded()
    Client(daemon, source="bureau").count([policy(OTHER, runway={"min_months": 1}), opening(OTHER, 5 * WAN),
                                           event("ox", "expenditure", 20240110, OTHER, amount=WAN, category="inpatient"),
                                           event("od", "day", 20240131, OTHER)])
    a_year(daemon)
    check_equal({r["how"] for r in backtest(daemon, path)["rows"]}, {"same"}, "rows of the file's fund")
    other = backtest(daemon, path, "--fund", OTHER)
    check_equal((other["result"]["fund"], other["result"]["last"]), (OTHER, 20240131), "of the other fund")
    check_equal([r["how"] for r in other["rows"]], ["only_then"], "three months are needed, and there is one")
    check_equal((other["result"]["months"], other["result"]["needed"]), (1, 3), "history")
    check("too little history: a runway needs 3 closed months, and on the last day there are 1" in
          command_line(daemon, "backtest", path, "--fund", OTHER, "--lang", "en"), "it is not said")
    daemon.stop()


def what_cannot_be_asked_is_said():
    daemon, path = founded()
    a_year(daemon)
    bad = policy_file("bad.yaml", POLICY.format(version=2, low="6 weeks", critical=3))
    nobody = policy_file("nobody.yaml", POLICY.format(version=2, low=6, critical=3).replace("fund: 130207/390\n", ""))
    for words_, code, said in (
            ((bad,), 2, f"{bad}:8: runway.low.enter: \"6 weeks\" is not a number of months"),
            (("/nowhere/policy.yaml",), 2, "cannot be opened"),
            ((nobody,), 2, "of which fund?"),
            ((path, "--fund", "110000/390"), 4, "there is no such fund"),
            ((path, "--from", "2025-01-01"), 2, "too little history: the fund's books end on 2024-12-31"),
            ((path, "--from", "2024-05-01", "--to", "2024-04-30"), 2, "to lies before from"),
            ((path, "--from", "yesterday"), 2, "--from"),
            ((), 2, "usage: fundwatch backtest")):
        done = run_program(daemon, "fundwatch", "backtest", *words_)
        check_equal((done.returncode, done.stdout), (code, ""), f"backtest {words_} ({done.stderr})")
        check(said in done.stderr, f"{said} is not in {done.stderr}")
    query = Client(daemon, "query")
    for arguments, code in (({"fund": FUND}, "bad_argument"), ({"fund": FUND, "policy": {"version": 0}}, "bad_argument"),
                            ({"fund": FUND, "policy": 5}, "bad_argument"), ({"policy": {"version": 1}}, "bad_argument")):
        check_equal(query.ask("backtest", **arguments).get("code"), code, f"backtest {arguments}")
    check_equal(query.ask("compared", job=77)["code"], "not_found", "rows of no job")
    number = query.query("verify")["job"]
    wait_for(lambda: query.job_ended(number), "end of verify")
    check_equal(query.ask("compared", job=number)["code"], "not_found", "rows of a verification")
    daemon.stop()


def a_key_asks_for_what_it_may():
    may = {"places": ["13"], "queries": ["all"], "commands": ["backtest", "in_order", "known_at"]}
    daemon, server, keys = tcp_daemon({"all": may, "elsewhere": may | {"places": ["44"]}, "looks": may | {"commands": []}})
    daemon.start()
    Client(daemon, source="bureau").count(founding())
    ask = {name: Client(daemon, "query", tcp=True, server=server, key=key) for name, key in keys.items()}
    backtest_ = {"fund": FUND, "policy": {"version": 2}}
    for name, arguments in (("backtest", backtest_), ("in_order", {"fund": FUND}), ("known_at", {"position": 3})):
        check_equal(ask["looks"].ask(name, **arguments).get("code"), "not_permitted", f"{name} without the right")
    for name, arguments in (("backtest", backtest_), ("in_order", {"fund": FUND})):
        check_equal(ask["elsewhere"].ask(name, **arguments).get("code"), "not_permitted", f"{name} of another place")
    number = ask["all"].query("backtest", **backtest_)["job"]
    wait_for(lambda: ask["all"].job_ended(number), "end of the job")
    check_equal(ask["all"].query("compared", job=number)["more"], False, "its rows")
    for name in ("compared", "job"):
        check_equal(ask["elsewhere"].ask(name, job=number).get("code"), "not_permitted", f"{name} of another place's backtest")
    counted = ask["all"].query("info")["position"]
    position = ask["all"].job("known_at", position=counted)["result"]["position"]
    check_equal([f["fund"] for f in ask["all"].query("status", known_at=position)], [FUND], "the funds known then")
    check_equal(ask["elsewhere"].query("status", known_at=position), [], "of another place")
    daemon.stop()


# --- While the daemon goes on. ----------------------------------------------------------------

def many(client, count, begin=0):
    """`count` fees of January in batches."""
    for at in range(begin, begin + count, 8000):
        client.count([event(f"f{i}", "income", 20240101 + i % 31, amount=100, category="interest")
                      for i in range(at, min(at + 8000, begin + count))])


def during_live_ingest_the_daemon_goes_on():
    daemon, path = founded()
    a_year(daemon)
    client, query = Client(daemon), Client(daemon, "query")
    many(client, 40000)
    job = query.query("backtest", fund=FUND, policy={"version": 3, "runway": {"min_months": 3}})["job"]
    known = query.query("known_at", position=100)["job"]
    applied, at = 0, 40000
    while not query.job_ended(job) or not query.job_ended(known):
        check_equal(set(words(client.count([event(f"f{at}", "income", 20240105, amount=1, category="interest")]), 1)),
                    {"applied"}, "an event during the replay")
        applied, at = applied + 1, at + 1
        check(query.query("status")[0]["balance"] > 0, "a query during the replay")
    check(applied > 0, "nothing came during the replay")
    check_equal((query.job_ended(job)["state"], query.job_ended(known)["state"]), ("done", "done"), "the jobs")
    check_equal({r["how"] for r in backtest(daemon, path)["rows"]}, {"same"}, "with late money and the same policy")
    verify_books(query)
    daemon.stop()


def child_of(daemon):
    """The process id of a replay that runs, or 0."""
    for name in os.listdir("/proc"):
        try:
            with open(f"/proc/{name}/cmdline", "rb") as of:
                words_ = of.read().split(b"\0")
        except (FileNotFoundError, NotADirectoryError, ProcessLookupError):
            continue
        if len(words_) > 2 and words_[1] == b"--replay-copy" and words_[2].startswith(daemon.folder.encode()):
            return int(name)
    return 0


def ended(pid):
    """(pid, status) of a process that was left to us by its daemon, once it has ended."""
    found, status = os.waitpid(pid, os.WNOHANG)
    return (found, status) if found else None


def held_child(daemon, query, name, **arguments):
    """Asks for a replay and stops its process as soon as it is there; its job and process."""
    number = query.query(name, **arguments)["job"]
    pid = wait_for(lambda: child_of(daemon), "a process that replays")
    os.kill(pid, signal.SIGSTOP)
    return number, pid


def a_child_that_is_killed_leaves_nothing_behind():
    daemon, path = founded()
    a_year(daemon)
    query = Client(daemon, "query")
    many(Client(daemon), 60000)
    for name, arguments in (("known_at", {"position": 60000}), ("in_order", {"fund": FUND})):
        number, pid = held_child(daemon, query, name, **arguments)
        check_equal(query.query("job", job=number)["state"], "running", "the job of a process that is held")
        check_equal(len(scratch(daemon)), 1, "its folder")
        os.kill(pid, signal.SIGKILL)
        job = wait_for(lambda: query.job_ended(number), "end of the job")
        check_equal(job["state"], "failed", "the job of a process that was killed")
        check("signal 9" in job["text"], job["text"])
        check_equal(scratch(daemon), [], "folders left")
    check_equal({r["how"] for r in backtest(daemon, path)["rows"]}, {"same"}, "the next one")
    _, pid = held_child(daemon, query, "known_at", position=60000)
    os.kill(daemon.process.pid, signal.SIGKILL)
    wait_for(lambda: not daemon.alive(), "end of the daemon")
    os.kill(pid, signal.SIGCONT)
    _, status = wait_for(lambda: ended(pid), "end of a process whose daemon is gone")
    check(os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGPIPE, f"it worked on for nobody: {status}")
    daemon.start()
    check_equal(scratch(daemon), [], "folders left by a daemon that was killed")
    query = Client(daemon, "query")
    number, _ = held_child(daemon, query, "known_at", position=60000)
    daemon.stop()
    check_equal((scratch(daemon), child_of(daemon)), ([], 0), "what a daemon leaves that stops meanwhile")


# --- As known at. ---------------------------------------------------------------------------

def known(daemon, *words_):
    """What is printed as known at a position, without the line that says so."""
    first, rest = command_line(daemon, *words_, codes=(0, 4)).split("\n", 1)
    check("as known at position" in first or "按当时所知" in first, first)
    return rest


PRINTED = (("report", FUND, "--year", "2024", "--lang", "en"), ("report", FUND, "--as-of", "2024-06-30", "--lang", "zh"), ("status",),
           ("alerts",), ("alerts", "--history"), ("rollup", "--lang", "en"), ("outlook", FUND, "--lang", "en"), ("policy", FUND),
           ("restated", FUND, "--quick"), ("statements", FUND), ("reconcile", "--source", "bureau"), ("events", "--fund", FUND),
           ("payouts", FUND, "--year", "2024"), ("churn", FUND))


def what_was_printed_is_printed_again():
    daemon, _ = founded()
    client, query = Client(daemon, source="bureau"), Client(daemon, "query")
    a_year(daemon)
    client.count([event("c6", "month_close", 20240630), event("b1", "statement", 20241231, amount=54 * WAN),
                  event("h", "enrollment", 20240601, year=2024, heads=900)])
    prints = []
    for late in range(3):
        position = query.query("info")["position"]
        prints.append((position, [command_line(daemon, *words_, codes=(0, 4)) for words_ in PRINTED],
                       command_line(daemon, "report", FUND, "--year", "2024", "--json")))
        client.count([event(f"late{late}", "expenditure", 20240210, amount=20 * WAN, category="catastrophic"),
                      event(f"undo{late}", "reversal", 20241231, original=f"x20240{late + 1}"),
                      event(f"next{late}", "day", 20250131 + late)])
    check(len({tuple(texts) for _, texts, _ in prints}) == 3, "late money changed nothing that is printed")
    for position, texts, as_json in prints:
        for words_, text in zip(PRINTED, texts):
            check_equal(known(daemon, *words_, "--known-at", str(position)), text, f"{words_} as known at {position}")
        check_equal(command_line(daemon, "report", FUND, "--year", "2024", "--json", "--known-at", str(position)), as_json,
                    f"JSON as known at {position}")
    check_equal(len(scratch(daemon)), 2, "books that are kept")
    number = query.query("known_at", position=prints[-1][0])["job"]
    wait_for(lambda: query.job_ended(number), "end of the job")
    check_equal(query.query("job", job=number)["result"]["position"], prints[-1][0], "what is asked for again")
    check_equal(query.ask("status", known_at=prints[0][0])["code"], "not_found", "what is not kept any more")
    daemon.stop()
    check_equal(scratch(daemon), [], "folders left")


def a_position_is_known_with_its_whole_commit_and_a_day_at_its_end():
    daemon, _ = founded()
    a_year(daemon)
    client, query = Client(daemon), Client(daemon, "query")
    first = client.count([event(f"f{i}", "income", 20241231, amount=100, category="interest") for i in range(5)])["position"]
    job = query.job("known_at", position=first)
    check(job["result"]["first"] <= first and job["result"]["position"] >= first + 4, f"the whole commit: {job}")
    balance = query.query("status", known_at=first)[0]["balance"]
    check_equal(balance, query.query("status")[0]["balance"], "the balance of the newest position")
    before = query.job("known_at", position=job["result"]["first"] - 1)
    check_equal(query.query("status", known_at=before["result"]["position"])[0]["balance"], balance - 500, "the commit before")
    today = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=8)).strftime("%Y-%m-%d")
    check_equal(known(daemon, "status", "--known-at", today), command_line(daemon, "status"), "as known at the end of today")
    for when, code, said in (("2020-01-01", 2, "nothing was recorded by then"), ("99999999", 2, "the journal ends at position"),
                             ("soon", 2, "--known-at is a position"), ("0", 2, "--known-at is a position"),
                             ("2024-13-01", 2, "--known-at")):
        done = run_program(daemon, "fundwatch", "status", "--known-at", when)
        check_equal((done.returncode, done.stdout), (code, ""), f"--known-at {when} ({done.stderr})")
        check(said in done.stderr, f"{said} is not in {done.stderr}")
    check_equal(query.ask("info", known_at=first)["code"], "malformed", "a query that is about now")
    daemon.stop()


# --- In time. --------------------------------------------------------------------------------

def late_money_would_have_fired_an_alert_earlier():
    daemon, _ = founded()
    client = Client(daemon, source="bureau")
    for ym in MONTHS[:6]:
        client.count(month(ym, 8 * WAN))
    client.count([event("d711", "day", 20240711), event("c", "month_close", 20240630)])
    late = event("late", "expenditure", 20240615, amount=50 * WAN, category="inpatient")
    check_equal(json.loads(command_line(daemon, "alerts", "--json"))["rules"], [], "alerts before")
    client.count([late])
    got = json.loads(command_line(daemon, "restated", FUND, "--json"))
    rows = [r for r in got["in_order"]["rows"] if r["rule"] == "runway"]
    check_equal([(r["how"], r["days"], r["then"]["date"], r["now"]["date"]) for r in rows], [("moved", -11, 20240711, 20240630)],
                "the June low alert would have fired 11 days earlier")
    text = command_line(daemon, "restated", FUND, "--lang", "en")
    check("11 days earlier" in text and "2024-06" in text, text)
    check("早 11 天" in command_line(daemon, "restated", FUND, "--lang", "zh"), "in Chinese")
    check("in_order" not in json.loads(command_line(daemon, "restated", FUND, "--json", "--quick")), "--quick replays")
    check_equal(scratch(daemon), [], "folders left")
    verify_books(Client(daemon, "query"))
    daemon.stop()


run(the_same_policy_gives_the_journals_own_alerts, another_policy_gives_other_alerts, imported_history_is_judged_too,
    a_policy_holds_from_a_day_on_and_rows_lie_between_days, of_several_funds_one_is_compared, what_cannot_be_asked_is_said,
    a_key_asks_for_what_it_may, during_live_ingest_the_daemon_goes_on, a_child_that_is_killed_leaves_nothing_behind,
    what_was_printed_is_printed_again, a_position_is_known_with_its_whole_commit_and_a_day_at_its_end,
    late_money_would_have_fired_an_alert_earlier)
