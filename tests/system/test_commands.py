#!/usr/bin/python3
"""Every command of `fundwatch`: what it exits with when there is nothing, nobody, or nonsense; both languages; reversals that
wait for their original; and what a payment is told that its payout does not have."""
import concurrent.futures
import json

from harness import *

WAN = 1_000_000
NOBODY, LATER = "650100/390", "440800/390"      # no fund; one of which only the policy is known

# Each command with words that it can answer for a fund, and what it exits with: well, for a fund (place, event, incident, entry,
# source) that is not there, and for a fund of which nothing is known but its policy.  None: there is no such case.
COMMANDS = {
    "status":     (("{place}",), 0, 4, 0),
    "report":     (("{fund}", "--year", "2024"), 0, 4, 4),
    "outlook":    (("{fund}",), 4, 4, 4),                   # of a single year
    "whatif":     (("{fund}", "--payouts", "+8%"), 4, 4, 4),
    "rollup":     (("{place}",), 0, 4, 0),
    "events":     (("--fund", "{fund}"), 0, 4, 0),
    "alerts":     (("{place}",), 0, 4, 0),
    "ack":        (("{incident}", "--who", "Li", "--note", "seen"), 0, 4, None),
    "sources":    ((), 0, None, None),
    "quarantine": (("list", "--source", "{source}"), 0, 4, None),
    "reconcile":  (("--source", "{source}"), 0, 4, None),
    "policy":     (("{fund}",), 0, 4, 0),
    "backtest":   (("{policy}", "--fund", "{fund}"), 0, 4, 0),
    "restated":   (("{fund}",), 0, 4, 0),
    "statements": (("{fund}",), 4, 4, 0),                   # the bank has less than the books
    "payouts":    (("{fund}", "--year", "2024"), 0, 4, 0),
    "unmatched":  (("--fund", "{fund}"), 0, 4, 0),
    "churn":      (("{fund}",), 0, 4, 0),
    "info":       ((), 0, None, None),
    "health":     ((), (0, 4), None, None),                 # the clock of the machine that runs this
    "backup":     (("{folder}",), 0, None, None),
    "verify":     ((), 0, None, None),
    "head":       ((), 0, None, None),
    "actions":    ((), 0, None, None),
    "proposals":  (("list",), 0, None, None),
    "restore":    (("{folder}",), 1, None, None),           # the daemon is there
    "keys":       (("list",), 0, None, None),
}
ALONE = {"restore": 1}          # does not ask the daemon
BACKWARDS = ("--from", "2024-02-01", "--to", "2024-01-31")
MORE = (                        # more ways to ask, and what they exit with
    (("alerts", "--history", "65"), 4), (("alerts", "--history", "1302"), 0), (("status",), 0), (("alerts",), 0),
    (("events", "--source", "tax", "--id", "nothing"), 4), (("events", "--source", "nobody"), 4),
    (("events", "--source", "tax", "--id", "policy-130207/390"), 0), (("quarantine", "requeue", "99"), 4),
    (("unmatched",), 0), (("unmatched", "--source", "nobody"), 4), (("rollup", "--scheme", "310"), 4),
    (("statements", "130207/390", "--to", "2024-01-15"), 0), (("keys", "list", "/nowhere"), 1), (("keys", "make", "a b"), 2),
    (("backup", "/"), 2), (("report", "130207/390"), 2), (("report", "130207/390", "--year", "2019"), 4),
    (("churn", "130207/390", "--year", "2031"), 4), (("proposals", "confirm", "99"), 4), (("proposals", "confirm"), 2),
    (("proposals", "decline", "99", "--note", "no"), 4), (("proposals", "decline", "99"), 2), (("proposals", "--decided"), 0),
    (("verify", "--head", "12"), 2), (("verify", "--head", "999999:" + 64 * "0"), 4),
    (("nonsense",), 2), ((), 2),
    (("statements", "130207/390", *BACKWARDS), 2), (("churn", "130207/390", *BACKWARDS), 2),
    (("reconcile", "--source", "tax", *BACKWARDS), 2), (("backtest", "{policy}", "--fund", "130207/390", *BACKWARDS), 2),
)


def run_command(daemon, *words_, **variables):
    environment = {**daemon.environment, **variables}
    return subprocess.run([program("fundwatch"), *words_], env=environment, capture_output=True, text=True, check=False,
                          timeout=DEADLINE)


def filled(words_, **values):
    return [word_.format(**values) for word_ in words_]


def a_bureau():
    """A fund with a bit of everything, and one of which only the policy is known."""
    daemon = Daemon().init().start()
    client = Client(daemon)
    client.count([policy(quiet=[{"pattern": "tax", "days": 40}]), policy(LATER),
                  opening(amount=1000 * WAN), event("f1", "contribution", 20240110, amount=5 * WAN, category="personal", year=2024),
                  event("p1", "disbursement", 20240120, amount=2 * WAN, stage="provisional", category="inpatient", institution="H1"),
                  event("late", "reversal", 20240105, original="never"), event("b", "statement", 20240131, amount=1000 * WAN),
                  event("e", "enrollment", 20240110, year=2024, heads=900)])
    client.count([event("bad", "reversal", 20240201, original="b")])
    close_year(client)
    client.count([event("c", "month_close", 20240131),
                  event("old", "expenditure", 20240115, amount=300 * WAN, category="inpatient")])
    client.count([event("d2", "day", 20250131)])
    return daemon, client


def policy_path():
    path = os.path.join(temp_folder(), "policy.yaml")
    with open(path, "w", encoding="utf-8") as to:
        to.write("version: 9\nfund: 130207/390\n")
    return path


def values_for(fund, source, incident):
    return {"fund": fund, "place": fund[:6], "source": source, "incident": incident, "policy": policy_path(),
            "folder": os.path.join(temp_folder(), "copy")}


def an_incident(daemon):
    alerts = json.loads(command_line(daemon, "alerts", "--json"))["rules"]
    return str(max(rule["incident"] for rule in alerts))


def every_command_exits_as_documented():
    daemon, client = a_bureau()
    listed = re.findall(r"^  (\w+) ", run_command(daemon, "--help").stdout.split("Options")[0], re.M)
    check_equal(sorted(listed), sorted(COMMANDS), "commands of the program, and of this test")
    here = values_for(FUND, "tax", an_incident(daemon))
    for name, (words_, good, missing, empty) in COMMANDS.items():
        for fund, source, incident, code in ((FUND, "tax", here["incident"], good), (NOBODY, "nobody", "4711", missing),
                                             (LATER, "tax", "4711", empty)):
            if code is None:
                continue
            values = {**values_for(fund, source, incident)}
            done = run_command(daemon, name, *filled(words_, **values), "--lang", "en")
            check(done.returncode in (code if isinstance(code, tuple) else (code,)),
                  f"{name} of {fund} ends with {done.returncode}: {done.stdout[-300:]} {done.stderr}")
            check(code not in (1, 2) or done.stderr, f"{name} of {fund} does not say what is wrong")
        done = run_command(daemon, name, *filled(words_, **here), "--nope")
        check_equal((done.returncode, "--nope" in done.stderr), (2, True), f"{name} with an option that is none")
        done = run_command(daemon, name, *filled(words_, **here), "--lang", "tlh")
        check_equal((done.returncode, "--lang" in done.stderr), (2, True), f"{name} in a language that is none")
    for words_, code in MORE:
        done = run_command(daemon, *filled(words_, **here))
        check_equal(done.returncode, code, f"{words_}: {done.stdout[-300:]} {done.stderr}")
    daemon.stop()

    def alone(name):
        words_, values = COMMANDS[name][0], values_for(FUND, "tax", "1")
        return name, run_command(daemon, name, *filled(words_, **values), "--timeout", "1")
    with concurrent.futures.ThreadPoolExecutor(len(COMMANDS)) as at_once:
        for name, done in at_once.map(alone, COMMANDS):
            check_equal(done.returncode, ALONE.get(name, 3), f"{name} without a daemon: {done.stderr}")
            check(done.stderr, f"{name} does not say that nobody is there")


def what_four_means_is_the_same_in_the_manual_and_in_help():
    with open("docs/man/fundwatch.1.scd", encoding="utf-8") as page:
        rows = re.findall(r"^\|  (.*)\n:  (.*)$", page.read(), re.M)
    daemon = Daemon()
    told = {name.strip(): means for names, means in rows for name in names.split(",")}
    check_equal(sorted(told), sorted(COMMANDS), "commands of the table")
    for name, means in told.items():
        text = run_command(daemon, name, "--help").stdout
        four = re.search(r"^4 (.*)\.$", text, re.M)
        check(four and means.startswith(four[1]), f"{name}: {means}, and --help: {four and four[1]}")


# --- Languages. -----------------------------------------------------------------------

LATIN = re.compile(r"[A-Za-z]{3,}")
OF_THE_DATA = re.compile(      # names, ids, options and times, which are no words
    r"fundwatchd?( unmatched)?|--[a-z-]+|(policy|opening|year)-[0-9/]+|\b(tax|late|never|bad|old|Fund|NEW|CODE|FUND|DATE)\b|[0-9a-f]{32,}|\d{4}-\d\d-\d\dT[\d:]+Z"
    r"|trailing|/tmp/\S*|[KM]iB|" + re.escape(FUND))


def every_page_is_wholly_in_its_language():
    daemon, client = a_bureau()
    values = values_for(FUND, "tax", an_incident(daemon))
    asked = [(name, *filled(words_, **values)) for name, (words_, *_) in COMMANDS.items()
             if name not in ("restore", "keys", "backup", "ack", "head")]
    asked += [("alerts", "--history"), ("events", "--source", "tax", "--id", "late"), ("quarantine",),
              ("events", "--source", "tax", "--id", "never"), ("events", "--source", "tax", "--id", "p1"), ("unmatched",),
              ("statements", FUND, "--to", "2024-01-15"), ("backup", values["folder"]), ("payouts", FUND, "--year", "2031"),
              ("ack", values["incident"], "--who", "王", "--note", "已知"), ("alerts",), ("proposals", "--decided"),
              ("verify", "--head", command_line(daemon, "head").strip()), ("verify", "--head", "999999:" + 64 * "0")]
    for words_ in asked:
        zh, en = (run_command(daemon, *(word_.replace("/copy", f"/copy-{language}") for word_ in words_), "--lang",
                              language).stdout for language in ("zh", "en"))
        check(zh and en and zh != en, f"{words_} is the same in both: {zh}")
        check(re.search("[一-鿿]", zh), f"{words_} has no Chinese: {zh}")
        english = LATIN.search(OF_THE_DATA.sub("", zh))
        check(english is None, f"{words_} says \"{english and english[0]}\" in Chinese: {zh}")
        for environment, expected in (({"LANG": "zh_CN.UTF-8"}, zh), ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, en),
                                      ({"LC_ALL": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}, zh)):
            if words_[0] in ("status", "payouts", "policy"):
                check_equal(run_command(daemon, *words_, **environment).stdout, expected, f"{words_} with {environment}")
        if words_[0] not in ("backup", "ack", "verify"):
            json.loads(run_command(daemon, *words_, "--json", "--lang", "zh").stdout)
    daemon.stop()


# --- Reversals that wait. -----------------------------------------------------------------

def waiting(daemon, *more):
    return json.loads(command_line(daemon, "unmatched", "--json", *more))["reversals"]


def count_in_status(daemon):
    return {fund["fund"]: fund["unmatched"] for fund in json.loads(command_line(daemon, "status", "--json"))}


def reversals_that_wait_are_listed_until_their_original_comes():
    other = "440800/390"
    daemon = Daemon().init().start()
    client, tax2 = Client(daemon), Client(daemon, source="tax2")
    client.count([policy(), policy(other), opening(), opening(other), event("d", "day", 20240131),
                  event("d-2", "day", 20240131, fund=other)])
    client.count([event("r1", "reversal", 20240110, original="s1"), event("r2", "reversal", 20240120, original="s2", amount=12345)])
    tax2.count([event("r1", "reversal", 20240125, original="s1"), event("r3", "reversal", 20240131, fund=other, original="s3")])
    at = Client(daemon, "query").query("info")["position"]
    got = waiting(daemon)
    check_equal([(r["source"], r["event"]["id"], r["event"]["original"], r["waited"], r["event"].get("amount")) for r in got],
                [("tax", "r1", "s1", 21, None), ("tax", "r2", "s2", 11, 12345), ("tax2", "r1", "s1", 6, None),
                 ("tax2", "r3", "s3", 0, None)], "those that wait")
    check_equal([r["event"]["id"] for r in waiting(daemon, "--fund", other)], ["r3"], "of a fund")
    check_equal([r["event"]["id"] for r in waiting(daemon, "--source", "tax2")], ["r1", "r3"], "of a source")
    check_equal([r["event"]["id"] for r in waiting(daemon, "--limit", "1", "--after", str(got[0]["position"]))], ["r2"], "a page")
    check("there are more" in command_line(daemon, "unmatched", "--limit", "2"), "that there are more is not said")
    text = command_line(daemon, "unmatched")
    check(re.search(r"21 +2024-01-10 +130207/390 +tax +s1 +has not come +not stated +r1", text), text)
    check(re.search(r"11 +2024-01-20 .* s2 +has not come +123.45 +r2", text), text)
    check_equal(count_in_status(daemon), {FUND: 3, other: 1}, "how many wait")
    check("reversals whose original has not come: 3" in command_line(daemon, "status"), "nor does the text say so")
    check("it waits" in command_line(daemon, "events", "--source", "tax", "--id", "r1"), "an event that waits does not say so")
    unknown = json.loads(command_line(daemon, "events", "--source", "tax", "--id", "s2", "--json", codes=(4,)))
    check_equal((unknown["outcome"], unknown["reversed_by"]), ("unknown", got[1]["position"]), "of an original that is awaited")
    bill = event("s1", "settlement", 20240105, amount=500, category="inpatient")
    check_equal(words(client.count([bill]), 1), ["applied"], "the original")
    daemon.kill()
    client.close()
    tax2.close()
    daemon.start()
    check_equal([(r["source"], r["event"]["id"]) for r in waiting(daemon)], [("tax", "r2"), ("tax2", "r1"), ("tax2", "r3")],
                "after one has come, and a crash")
    check_equal(count_in_status(daemon), {FUND: 2, other: 1}, "how many still wait")
    said = command_line(daemon, "events", "--source", "tax", "--id", "r1")
    check("waits" not in said and "it undoes the event at position" in said, f"one that does not wait any more: {said}")
    check_equal(len(waiting(daemon, "--known-at", str(at))), 4, "as known before")
    command_line(daemon, "verify")
    daemon.stop()


def event_of(daemon, id_):
    return json.loads(command_line(daemon, "events", "--source", "tax", "--id", id_, "--json"))


def reversals_that_do_not_fit_their_original_are_told():
    other = "440800/390"
    daemon = Daemon().init().start()
    client = Client(daemon)
    client.count([policy(), policy(other), opening(), opening(other), event("d", "day", 20240131)])
    client.count([event("r-amount", "reversal", 20240110, original="s1", amount=3100),
                  event("r-fund", "reversal", 20240110, original="s2"),
                  event("r-count", "reversal", 20240110, original="p")])
    client.count([event("s1", "settlement", 20240105, amount=3000, category="inpatient"),
                  event("s2", "settlement", 20240105, fund=other, amount=4000, category="inpatient"),
                  event("p", "population", 20240105, measure="resident", heads=5)])
    status = {fund["fund"]: (fund["unmatched"], fund["misfits"]) for fund in json.loads(command_line(daemon, "status", "--json"))}
    check_equal(status, {FUND: (0, 3), other: (0, 0)}, "how many wait and do not fit")
    check("do not fit their original and undo nothing: 3" in command_line(daemon, "status", FUND[:6]), "nor does the text say so")
    original = event_of(daemon, "s1")
    check_equal([(r["event"]["id"], r["why"], r["amount"]) for r in waiting(daemon)],
                [("r-amount", "other_amount", 3000), ("r-fund", "other_fund", 0), ("r-count", "not_money", 0)], "why")
    check_equal(waiting(daemon)[0]["original"], original["position"], "where the original stands")
    for language, said in (("en", f"r-amount: its original came at position {original['position']}, but is not undone by it: "
                                  "what it would undo is of 30.00 yuan"), ("zh", "金额为 30.00 元，只能整笔冲销")):
        for words_ in (("unmatched",), ("events", "--source", "tax", "--id", "r-amount")):
            text = command_line(daemon, *words_, "--lang", language)
            check(said.removeprefix("r-amount: ") in text, f"{words_} do not say {said}: {text}")
    for words_ in (("unmatched",), ("events", "--source", "tax", "--id", "r-amount")):
        check("send a reversal that fits it under a new id" in command_line(daemon, *words_), f"{words_} do not say what to do")
    check_equal((original["reversed_by"], original["misfit"]), (0, waiting(daemon)[0]["position"]), "what names the original")
    check("does not fit it and undoes nothing" in command_line(daemon, "events", "--source", "tax", "--id", "s1"), "nor in words")
    check_equal(words(client.count([event("r-right", "reversal", 20240112, original="s1", amount=3000)]), 1), ["applied"],
                "one that fits")
    check_equal([r["event"]["id"] for r in waiting(daemon)], ["r-fund", "r-count"], "those that are left")
    original = event_of(daemon, "s1")
    check_equal((original["misfit"], event_of(daemon, "r-right")["position"]), (0, original["reversed_by"]), "it is undone")
    text = command_line(daemon, "events", "--source", "tax", "--id", "r-amount")
    check("what it would undo is of 30.00 yuan" in text, f"what the journal has is not told any more: {text}")
    command_line(daemon, "verify")
    daemon.stop()


# --- Moves that are none. -------------------------------------------------------------------

def who_clears_every_month_is_told_what_to_do():
    daemon = Daemon().init().start()
    client = Client(daemon)
    client.count([policy(), opening(), event("d", "day", 20240331)])
    rows = "编号,事项,日期,类别,金额,环节,机构编号\n" + "".join(
        f"c{month},拨付,2024-0{month}-28,住院,100,清算,H1\n" for month in (1, 2))
    path = os.path.join(temp_folder(), "bureau.csv")
    with open(path, "w", encoding="utf-8") as to:
        to.write(rows)
    done = subprocess.run([program("fundwatch-bureau"), "-s", "bureau", "--fund", FUND, path], env=daemon.environment,
                          capture_output=True, text=True, check=False, timeout=DEADLINE)
    check_equal(done.returncode, 3, f"exit code: {done.stderr}")
    for said in ("asked for clearing", "cleared on 2024-01-28", "what is paid by the month is provisional", "retention, deduction"):
        check(said in done.stderr, f"{said} is not in: {done.stderr}")
    text = command_line(daemon, "quarantine", "--source", "bureau")
    check("1: asked for clearing, but the year was cleared on 2024-01-28" in text, text)
    check("按月拨付的为月度预拨" in command_line(daemon, "quarantine", "--lang", "zh"), "in Chinese")
    done = run_command(daemon, "quarantine", "requeue", "1")
    check_equal((done.returncode, "asked for clearing" in done.stdout), (4, True), f"tried again: {done.stdout}")
    (kept,) = json.loads(command_line(daemon, "quarantine", "--json"))["entries"]
    check_equal({key: kept[key] for key in ("reason", "why", "move", "state", "allowed", "day")},
                {"reason": "bad_move", "why": "cleared", "move": "clearing", "state": "cleared",
                 "allowed": ["retention", "deduction"], "day": 20240128}, "in the quarantine")
    reply = client.count([event("d1", "day", 20240331), event("b1", "disbursement", 20240330, amount=100, stage="advance_return",
                                                              institution="H1")])
    (told,) = reply["exceptions"]
    check_equal((told["why"], told["move"], told["amount"]), ("lent", "advance_return", 0), "what a source is told")
    command_line(daemon, "verify")
    daemon.stop()


def a_time_that_ends_before_it_begins_is_refused():
    daemon, client = a_bureau()
    backwards, of_a_day = {"from": 20240202, "to": 20240201}, {"from": 20240201, "to": 20240201}
    for name, arguments in (("statements", {"fund": FUND}), ("restated", {"fund": FUND}), ("events", {"fund": FUND}),
                            ("reconcile", {"source": "tax"}), ("churn", {"fund": FUND}),
                            ("backtest", {"fund": FUND, "policy": {"version": 9}}), ("in_order", {"fund": FUND})):
        answer = Client(daemon, "query").ask(name, **arguments, **backwards)
        check_equal((answer["status"], answer.get("code")), ("error", "bad_argument"), f"{name}: {answer}")
        Client(daemon, "query").query(name, **arguments, **of_a_day)
    daemon.stop()


def how_complete_the_sources_are_stands_on_every_page_of_figures():
    """The hospital, daily, has not been heard of since the 20th of January."""
    daemon = Daemon().init().start()
    client = Client(daemon)
    calendar = [{"name": "daily", "rhythm": "daily", "day": 0, "workdays": False, "grace": 0}]
    client.count([policy(calendars=calendar, sources=[{"pattern": "hospital", "calendar": "daily"}]), opening(amount=1000 * WAN),
                  event("b", "statement", 20240131, amount=1000 * WAN)])
    Client(daemon, source="hospital").count([event(f"s{day}", "settlement", 20240100 + day, amount=100, category="inpatient",
                                                   institution="H1") for day in range(1, 21)])
    client.count([event("d", "day", 20240229), event("c", "month_close", 20240131)])
    status = Client(daemon, "query").query("status")[0]["completeness"]
    check_equal((status["expected"], status["silent"]), (1, 1), "of the status")
    for name, words_ in (("churn", ()), ("payouts", ("--year", "2024")), ("statements", ()), ("restated", ())):
        text = command_line(daemon, name, FUND, *words_)
        check("completeness: 0.00 % of 1 expected sources in the month" in text and "hospital (40 missed" in text, f"{name}: {text}")
        check("报送完整率：应报来源 1 个" in command_line(daemon, name, FUND, *words_, "--lang", "zh"), f"{name} in Chinese")
        answer = json.loads(command_line(daemon, name, FUND, *words_, "--json"))
        check_equal(answer["completeness"], status, f"{name} in JSON")
    daemon.stop()


# Hundreds of short commands, for what they say and how they end.
run(without_sanitizers(every_command_exits_as_documented), what_four_means_is_the_same_in_the_manual_and_in_help,
    without_sanitizers(every_page_is_wholly_in_its_language), reversals_that_wait_are_listed_until_their_original_comes,
    reversals_that_do_not_fit_their_original_are_told, who_clears_every_month_is_told_what_to_do,
    a_time_that_ends_before_it_begins_is_refused, how_complete_the_sources_are_stands_on_every_page_of_figures)
