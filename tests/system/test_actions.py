#!/usr/bin/python3
"""Who did what is in the journal; what needs a second person waits for one, and counts once; and a head that was
written down proves a journal, also against somebody who made every checksum right again."""
from harness import *

PERSONAL = dict(queries=["all"], commands=["all"], places=[""])
RIGHTS = {
    "wang-1": dict(person="王芳", sources=["bureau"], kinds=["all"], **PERSONAL),
    "wang-2": dict(person="王芳", **PERSONAL),
    "li": dict(person="Li Na", sources=["bureau"], kinds=["all"], **PERSONAL),
    "county": dict(person="Zhou", queries=["all"], commands=["all"], places=["440800"]),
    "machine": dict(sources=["hospital", "bureau"], kinds=["all"], **PERSONAL),
}
FOUR_EYES = TCP + "four_eyes: [policy, opening, reversal]\nfour_eyes_issuers: ['bureau*']\n"


class Bureau:
    """A daemon on TCP and the people who have keys for it."""

    def __init__(self, config=TCP, rights=None):
        self.rights = dict(rights or RIGHTS)
        self.daemon, self.server, self.keys = tcp_daemon(self.rights)
        self.daemon.config = config
        self.daemon.start()

    def ask(self, who):
        return Client(self.daemon, "query", tcp=True, server=self.server, key=self.keys[who])

    def source(self, who, source="bureau"):
        return Client(self.daemon, source=source, tcp=True, server=self.server, key=self.keys[who])

    def enter(self, who, *events, source="bureau"):
        """What became of events that somebody entered: outcome, and position or (reason, key)."""
        client = self.source(who, source)
        result = outcomes(client.count(list(events)), len(events))
        client.close()
        return result

    def reload(self, rights):
        for name in rights:
            if name not in self.keys:
                self.keys[name] = Key(name, self.daemon.folder)
        self.rights = rights
        write_rights(os.path.join(self.daemon.folder, "rights.yaml"), [(self.keys[n], r) for n, r in rights.items()])
        before = self.daemon.log().count("rights read again")
        self.daemon.process.send_signal(signal.SIGHUP)
        wait_for(lambda: self.daemon.log().count("rights read again") > before, "reading of the rights")

    def actions(self, who="li"):
        return self.ask(who).pages("actions", "actions", 0, lambda data: data["next"], limit=7)

    def done(self, **wanted):
        """Actions with these values."""
        return [a for a in self.actions() if all(a[k] == v for k, v in wanted.items())]

    def proposals(self, who="li", decided=False):
        return self.ask(who).pages("proposals", "proposals", 0, lambda data: data["next"], decided=decided)

    def restart(self, kill=False):
        self.daemon.kill() if kill else self.daemon.stop()      # pylint: disable=expression-not-assigned
        self.daemon.start()


def key_actions(bureau):
    return {(a["action"], a["text"].split(" ")[0]) for a in bureau.actions() if a["action"].startswith("key_")}


# --- Who did what. ---------------------------------------------------------------------

def every_action_is_a_record_with_who():
    bureau = Bureau()
    check_equal(key_actions(bureau), {("key_added", name) for name in RIGHTS}, "keys that the first start found")
    applied = bureau.enter("wang-1", *watched())
    bureau.enter("machine", *alert_events(0), source="hospital")
    bureau.enter("li", event("january", "day", 20240131), event("close", "month_close", 20240131))
    incident = bureau.ask("li").query("snapshot")["rules"][0]["incident"]
    bureau.ask("wang-2").query("acknowledge", incident=incident, who="王芳", note="明天核实")
    bureau.enter("machine", event("bad", "income", 20240115, "330100/390", amount=1, category="interest"),
                 source="hospital")
    number = bureau.ask("li").query("quarantine")["entries"][0]["number"]
    check_equal(bureau.ask("li").query("requeue", number=number)["outcome"], "rejected", "an event tried again")
    backup = os.path.join(temp_folder(), "backup")
    done = bureau.ask("machine").job("backup", path=backup)
    check_equal(done["state"], "done", "a backup")
    check_equal(bureau.ask("li").job("verify")["state"], "done", "a verification")
    check_equal(bureau.ask("li").job("in_order", fund=FUND)["state"], "done", "a replay")
    check_equal(bureau.ask("li").job("known_at", position=applied[0][1])["state"], "done", "books as known")
    wanted = [
        ("entered", "wang-1", "王芳", applied[0][1], FUND, f"policy policy-{FUND}"),
        ("entered", "wang-1", "王芳", applied[1][1], FUND, f"opening opening-{FUND}"),
        ("entered", "li", "Li Na", None, FUND, "month_close close"),
        ("acknowledged", "wang-2", "王芳", incident, FUND, "王芳: 明天核实"),
        ("requeued", "li", "Li Na", number, "330100/390", "rejected unknown_fund"),
        ("backup", "machine", "", 0, "", backup),
        ("verify", "li", "Li Na", 0, "", ""),
        ("in_order", "li", "Li Na", 0, FUND, ""),
        ("known_at", "li", "Li Na", applied[0][1], "", ""),
    ]
    got = [a for a in bureau.actions() if not a["action"].startswith("key_")]
    check_equal([(a["action"], a["key"], a["person"], a["subject"] if w[3] is not None else None, a["fund"], a["text"])
                 for a, w in zip(got, wanted)], wanted, "actions")
    check_equal(len(got), len(wanted), "how many actions there are")
    check_equal({a["fund"] for a in bureau.actions("county")}, set(), "actions that a key of another place sees")
    before = bureau.actions()
    verify_books(bureau.ask("li"))
    bureau.restart(kill=True)
    check_equal(bureau.actions()[:len(before)], before, "actions after a kill -9")
    shown = command_line(bureau.daemon, "actions", "--lang", "zh")
    check("认领预警" in shown and "王芳" in shown, f"fundwatch actions --lang zh: {shown}")
    check("key added" in command_line(bureau.daemon, "actions", "--lang", "en"), "fundwatch actions")
    bureau.daemon.stop()
    restored = Daemon()
    restored.once("--restore", backup)
    restored.start()
    kept = Client(restored, "query").query("actions")["actions"]
    covered = [a for a in before if a["position"] <= done["result"]["covered"]]
    check_equal(kept[:len(covered)], covered, "actions in a restored backup")
    check_equal({a["action"] for a in kept[len(covered):]} - {"backup"}, {"key_removed"}, "what a daemon without tcp adds")
    verify_books(Client(restored, "query"))
    restored.stop()


def the_journal_has_what_changed_of_keys():
    bureau = Bureau()
    rights = {name: r for name, r in RIGHTS.items() if name != "county"}
    rights["machine"] = dict(RIGHTS["machine"], commands=[])
    rights["new"] = dict(person="Sun", queries=["all"])
    before = len(bureau.actions())
    bureau.reload(rights)
    wait_for(lambda: len(bureau.actions()) > before, "record of the reload")
    changes = bureau.actions()[before:]
    check_equal({(a["action"], a["text"].split(" ")[0], a["key"], a["person"]) for a in changes},
                {("key_removed", "county", "local", ""), ("key_changed", "machine", "local", ""),
                 ("key_added", "new", "local", "")}, "what the reload changed")
    check("person=Sun" in [a for a in changes if a["action"] == "key_added"][0]["text"], f"text: {changes}")
    bureau.restart()
    check_equal(len(bureau.actions()), before + 3, "actions after a restart with the same rights")
    del rights["new"]
    write_rights(os.path.join(bureau.daemon.folder, "rights.yaml"), [(bureau.keys[n], r) for n, r in rights.items()])
    bureau.restart()
    check_equal([(a["action"], a["text"]) for a in bureau.actions()[before + 3:]], [("key_removed", "new")],
                "what was changed while the daemon was down")
    verify_books(bureau.ask("li"))
    bureau.daemon.stop()


def a_key_acts_within_its_places_and_kinds():
    """Also through commands: it acknowledges no other place's incident, and what it may not send it cannot have
    counted out of the quarantine."""
    rights = dict(RIGHTS)
    rights["entry"] = dict(person="Qian", sources=["hospital"], kinds=["income"], queries=["all"], commands=["all"],
                           places=[""])
    bureau = Bureau(rights=rights)
    bureau.enter("li", *watched())
    bureau.enter("li", *alert_events(0))
    incident = bureau.ask("li").query("snapshot")["rules"][0]["incident"]
    answer = bureau.ask("county").ask("acknowledge", incident=incident, who="Zhou", note="mine")
    check_equal(answer.get("code"), "not_permitted", "acknowledging another place's incident")
    refused = bureau.enter("entry", event("p", "policy", 20240601, policy={"version": 2}), source="hospital")
    check_equal(refused, [("rejected", ("not_permitted", "kind"))], "a policy of a key that may not send one")
    number = bureau.ask("li").query("quarantine")["entries"][0]["number"]
    for who in ("entry", "county"):
        check_equal(bureau.ask(who).ask("requeue", number=number).get("code"), "not_permitted", f"requeue by {who}")
    check_equal(bureau.ask("li").query("requeue", number=number)["outcome"], "applied", "requeue by who may send it")
    bureau.daemon.stop()


# --- A second person. --------------------------------------------------------------------

WAITS = [("rejected", ("waiting", ""))]


def what_needs_two_persons_waits_and_counts_once():
    bureau = Bureau(FOUR_EYES)
    rule = policy()
    check_equal(bureau.enter("wang-1", rule), WAITS, "a policy that one person entered")
    check_equal(bureau.enter("wang-1", rule), WAITS, "the same once more")
    check_equal(bureau.enter("wang-1", rule, rule), WAITS * 2, "and twice in a batch")
    check_equal(bureau.enter("machine", rule), WAITS, "and from a machine, which has proposed nothing")
    check_equal(bureau.enter("wang-1", dict(rule, date=20240102))[0][0], "conflict", "its id with other content")
    check_equal(bureau.enter("machine", policy(id="of-a-machine")), [("rejected", ("not_permitted", "kind"))],
                "a policy of nobody by name")
    check_equal(outcomes(Client(bureau.daemon, source="bureau").count([policy(id="local")]), 1),
                [("rejected", ("not_permitted", "kind"))], "a policy through the local socket")
    waiting = bureau.proposals()
    check_equal([(w["key"], w["person"], w["source"], w["event"], w["state"]) for w in waiting],
                [("wang-1", "王芳", "bureau", rule, "waiting")], "what waits")
    check_equal(bureau.ask("li").query("info")["waiting"], 1, "how many wait")
    check_equal(bureau.ask("li").query("status"), [], "funds before anybody else has looked")
    check_equal(bureau.proposals("county"), [], "what a key of another place sees waiting")
    number = waiting[0]["number"]
    for who in ("wang-1", "wang-2", "machine", "county"):
        answer = bureau.ask(who).ask("confirm", number=number)
        check_equal(answer.get("code"), "not_permitted", f"confirmation by {who}: {answer}")
    answer = Client(bureau.daemon, "query").ask("confirm", number=number)
    check_equal(answer.get("code"), "not_permitted", "confirmation through the local socket")
    bureau.restart(kill=True)
    check_equal([w["number"] for w in bureau.proposals()], [number], "what waits after a kill -9")
    decided = bureau.ask("li").query("confirm", number=number)
    check_equal((decided["state"], decided["outcome"]), ("confirmed", ""), f"confirmation by another person: {decided}")
    check_equal(bureau.ask("li").query("confirm", number=number), decided, "the same confirmation once more")
    check_equal(bureau.ask("li").ask("decline", number=number, note="no").get("code"), "bad_argument", "too late")
    check_equal(bureau.enter("wang-1", rule), [("duplicate", decided["counted"])], "the policy sent again")
    check_equal(bureau.proposals(), [], "what waits afterwards")
    told = [(a["action"], a["key"], a["person"], a["subject"]) for a in bureau.actions()
            if a["action"] in ("entered", "proposed", "confirmed")]
    check_equal(told, [("proposed", "wang-1", "王芳", 0), ("confirmed", "li", "Li Na", number)], "both names")
    check_equal(len(bureau.ask("li").query("status")), 1, "funds")
    verify_books(bureau.ask("li"))
    bureau.restart()
    check_equal(bureau.ask("li").query("confirm", number=number), decided, "the confirmation after a restart")
    bureau.daemon.stop()


def what_was_declined_stays_so():
    bureau = Bureau(FOUR_EYES)
    first, again = opening(amount=5), dict(opening(amount=6), id="again")
    bureau.enter("wang-1", policy(), first)
    numbers = [w["number"] for w in bureau.proposals()]
    check_equal(bureau.ask("li").query("confirm", number=numbers[1])["reason"], "unknown_fund",
                "an opening balance before its policy")
    bureau.ask("li").query("confirm", number=numbers[0])
    check_equal(bureau.ask("li").ask("decline", number=numbers[1], note="").get("code"), "bad_argument", "without a note")
    check_equal(bureau.ask("li").query("decline", number=numbers[1], note="应为6分")["state"], "declined", "declined")
    check_equal(bureau.ask("li").query("decline", number=numbers[1], note="x")["state"], "declined", "again")
    check_equal(bureau.ask("li").ask("confirm", number=numbers[1]).get("code"), "bad_argument", "confirmed after all")
    check_equal(bureau.enter("wang-1", first), [("rejected", ("declined", ""))], "the declined one sent again")
    check_equal(bureau.enter("wang-1", again), WAITS, "the right one")
    bureau.ask("li").query("confirm", number=bureau.proposals()[0]["number"])
    check_equal(bureau.ask("li").query("status")[0]["balance"], 6, "balance")
    states = [(p["state"], p["decided_person"], p["note"]) for p in bureau.proposals(decided=True)]
    check_equal(states, [("confirmed", "Li Na", ""), ("declined", "Li Na", "应为6分"), ("confirmed", "Li Na", "")],
                "all that was ever proposed")
    verify_books(bureau.ask("li"))
    shown = command_line(bureau.daemon, "proposals", "--decided", "--lang", "zh")
    check("复核退回" in shown and "应为6分" in shown, f"fundwatch proposals: {shown}")
    bureau.daemon.stop()


def only_the_bureaus_reversals_wait():
    bureau = Bureau(FOUR_EYES)
    bureau.enter("wang-1", *founding())
    for proposal in bureau.proposals():
        bureau.ask("li").query("confirm", number=proposal["number"])
    for source in ("hospital", "bureau"):
        bureau.enter("machine" if source == "hospital" else "wang-1",
                     event(f"{source}-1", "income", amount=100, category="interest"), source=source)
    bureau.enter("machine", event("january", "day", 20240131), source="hospital")
    back = {s: event(f"{s}-back", "reversal", original=f"{s}-1") for s in ("hospital", "bureau")}
    check_equal(bureau.enter("machine", back["hospital"], source="hospital")[0][0], "applied", "a hospital's reversal")
    check_equal(bureau.enter("wang-1", back["bureau"]), WAITS, "the bureau's")
    early = event("early-back", "reversal", original="comes-later")
    check_equal(bureau.enter("wang-1", early), WAITS, "one before what it reverses")
    before = bureau.ask("li").query("status")[0]["balance"]
    check_equal(before, 10_000_000_000 + 100, "balance while they wait")
    for proposal in bureau.proposals():
        bureau.ask("li").query("confirm", number=proposal["number"])
    bureau.enter("wang-1", event("comes-later", "income", amount=7, category="interest"))
    check_equal(bureau.ask("li").query("status")[0]["balance"], before - 100, "balance when they are confirmed")
    verify_books(bureau.ask("li"))
    bureau.daemon.stop()


def the_quarantine_is_no_way_round():
    bureau = Bureau()
    check_equal(bureau.enter("wang-1", opening())[0][1][0], "unknown_fund", "an opening balance without a fund")
    bureau.daemon.stop()
    bureau.daemon.config = FOUR_EYES
    bureau.daemon.start()
    check_equal([a["text"] for a in bureau.done(action="setting")], ["four_eyes: policy opening reversal, reversals of "
                                                                      "bureau*"], "the setting, in the journal")
    bureau.enter("wang-1", policy())
    bureau.ask("li").query("confirm", number=bureau.proposals()[0]["number"])
    number = bureau.ask("li").query("quarantine")["entries"][0]["number"]
    tried = bureau.ask("wang-1").query("requeue", number=number)
    check_equal((tried["outcome"], tried["reason"]), ("rejected", "waiting"), "requeued by one person")
    bureau.ask("li").query("confirm", number=bureau.proposals()[0]["number"])
    check_equal(bureau.ask("li").query("quarantine")["entries"], [], "quarantine when it is counted")
    verify_books(bureau.ask("li"))
    bureau.daemon.stop()
    bureau.daemon.config = TCP
    bureau.daemon.start()
    check_equal(bureau.done(action="setting")[-1]["text"], "four_eyes: off", "switched off, in the journal")
    bureau.daemon.stop()


# --- The chain's head. ------------------------------------------------------------------

def asked(daemon, *words_, code=0):
    done = subprocess.run([program("fundwatch"), *words_], env=daemon.environment, capture_output=True, text=True,
                          check=False, timeout=DEADLINE)
    check_equal(done.returncode, code, f"exit code of fundwatch {' '.join(words_)} ({done.stdout} {done.stderr})")
    return done.stdout + done.stderr


def books(amount, more=0):
    daemon = Daemon().init().start()
    client = Client(daemon)
    client.count(founding())
    client.count([event("i", "income", amount=amount, category="interest")])
    heads = [command_line(daemon, "head").strip()]
    for n in range(more):
        client.count([event(f"more-{n}", "income", amount=1, category="interest")])
        heads.append(command_line(daemon, "head").strip())
    return daemon, heads


def a_head_that_was_written_down_proves_the_journal():
    daemon, heads = books(100, 3)
    for head in heads:
        check("the journal is the one of that head" in asked(daemon, "verify", "--head", head), "a head of its own")
    asked(daemon, "verify")
    position, chain = heads[1].split(":")
    heartbeat = open_socket(zmq.SUB, daemon.endpoint("alerts"))
    heartbeat.subscribe(b"heartbeat")
    beat = unpack(heartbeat.recv_multipart()[1])
    check_equal(f"{beat['position']}:{beat['head'].hex()}", command_line(daemon, "head").strip(), "head in a heartbeat")
    kept = os.path.join(temp_folder(), "heads")
    for _ in range(2):
        subprocess.run([program("fundwatch-monitor"), "--heads", kept, "--timeout", "2"], env=daemon.environment, check=True,
                       capture_output=True, timeout=DEADLINE)
    with open(kept, encoding="ascii") as lines:
        check_equal([line.split()[1] for line in lines], [command_line(daemon, "head").strip()] * 2, "heads that a monitor kept")
    nowhere = subprocess.run([program("fundwatch-monitor"), "--heads", os.path.join(kept, "below"), "--timeout", "2"],
                             env=daemon.environment, capture_output=True, text=True, check=False)
    check_equal(nowhere.returncode, 2, "exit code of a monitor that could keep no head")
    check("cannot be written: Not a directory" in nowhere.stderr, nowhere.stderr)
    other = chain[:-1] + ("0" if chain[-1] != "0" else "1")
    check("NOT" in asked(daemon, "verify", "--head", f"{position}:{other}", code=4), "another hash")
    check("ends before" in asked(daemon, "verify", "--head", f"999999:{chain}", code=4), "a position that is to come")
    within = Client(daemon, "query").events()[0]["position"]        # two events were counted together
    check("no commit" in asked(daemon, "verify", "--head", f"{within}:{chain}", code=4), "a position within a group")
    asked(daemon, "verify", "--head", "12", code=2)
    backup = os.path.join(temp_folder(), "backup")
    Client(daemon, "query").job("backup", path=backup)
    done = daemon.once("--verify-copy", backup, "--head", heads[2])
    check("head proved" in done, f"a copy, without the daemon: {done}")
    Client(daemon).count([event("late", "income", amount=1, category="interest")])
    late = command_line(daemon, "head").strip()
    daemon.stop()
    restored = Daemon()
    restored.once("--restore", backup)
    restored.start()
    check("is the one" in asked(restored, "verify", "--head", heads[3]), "a head from before the backup")
    # The restored journal goes on otherwise: with a new epoch where there was an event.
    asked(restored, "verify", "--head", late, code=4)
    restored.stop()


def a_forged_journal_is_told_from_the_one_of_the_head():
    """Everything in it is consistent, for it was made by the program itself, of one event that is another."""
    _, heads = books(100)
    forged, own = books(101)
    check(heads != own, "two journals have one head")
    check("agree" in asked(forged, "verify"), "the forged journal is consistent")
    position = own[0].split(":")[0]
    said = asked(forged, "verify", "--head", f"{position}:{heads[0].split(':')[1]}", code=4)
    check("NOT the one of that head" in said, f"what is said of the forged journal: {said}")


if __name__ == "__main__":
    run(every_action_is_a_record_with_who, the_journal_has_what_changed_of_keys,
        a_key_acts_within_its_places_and_kinds, what_needs_two_persons_waits_and_counts_once,
        what_was_declined_stays_so, only_the_bureaus_reversals_wait, the_quarantine_is_no_way_round,
        a_head_that_was_written_down_proves_the_journal, a_forged_journal_is_told_from_the_one_of_the_head,
        must_fail("counts_at_once", what_needs_two_persons_waits_and_counts_once),
        must_fail("one_person", what_needs_two_persons_waits_and_counts_once),
        must_fail("any_head", a_forged_journal_is_told_from_the_one_of_the_head))
