#!/usr/bin/python3
"""No name, number or unhashed reference of a person is anywhere but in the file that a producer reads (docs/PRIVACY.md).

Canaries are in the producers' input, in columns for them and in columns that nobody knows, in good rows and bad ones,
and in events that no producer of ours would send.  After a full run they are searched for in everything that there is:
store, backup, spools, logs at their most talkative, what every program prints, what every query answers, pages, metrics,
and the daemon's memory while it runs."""
import signal as signals

import harness
from harness import *
from test_health import Unix

# A number that is plainly one, one that is not, a name, an identity number, a number of a hospital's records, a telephone
# number and an address.
CANARIES = ["13020719880307123419", "KANARI/P-0007:0815/ZZ", "金丝雀乙", "130207198803071234", "BA-KANARI-20240115-77",
            "13812345678990", "唐山市丰南区金丝雀街7号"]
PERSONS = CANARIES[:2]
PERSONAL = {"psn_name": CANARIES[2], "certno": CANARIES[3], "tel": CANARIES[5]}
UNKNOWN = {"ipt_otp_no": CANARIES[4], "home": CANARIES[6]}


def forms(canary):
    """How it may look somewhere; of a long one its beginning is enough, since what is stored of a person is 16 bytes."""
    short = canary if any(ord(c) > 127 for c in canary) else canary[:12]
    plain = [short.encode("utf-8"), short.encode("gb18030"), short.encode("utf-16-le")]
    return plain + [form.hex().encode() for form in plain] + [form.hex().upper().encode() for form in plain]


FORMS = [(canary, form) for canary in CANARIES for form in forms(canary)]


def search(what, data):
    for canary, form in FORMS:
        at = data.find(form)
        check(at < 0, f"{canary} is in {what}, at byte {at}: {data[max(0, at - 30):at + 60]!r}")


def search_folder(path, but=()):
    count = 0
    for folder, _, names in os.walk(path):
        for name in names:
            file = os.path.join(folder, name)
            if file in but or not os.path.isfile(file):
                continue
            with open(file, "rb") as content:
                search(file, content.read())
            count += 1
    return count


def search_memory(process):
    """What a daemon has allocated; not the pages of files, which are searched as files."""
    total = 0
    with open(f"/proc/{process.pid}/maps", encoding="ascii") as maps, open(f"/proc/{process.pid}/mem", "rb") as memory:
        for line in maps:
            span, rights, _, _, inode = line.split()[:5]
            first, end = (int(x, 16) for x in span.split("-"))
            if rights[:2] != "rw" or inode != "0" or end - first > 1 << 30 or "[v" in line:
                continue
            memory.seek(first)
            search(f"the daemon's memory at {line.split()[-1]}", memory.read(end - first))
            total += end - first
    check(total > 1 << 20, f"only {total} bytes of memory were looked at")


class Run:
    """The producers' folder with its files, and everything that any program said."""

    def __init__(self, daemon, strict):
        self.daemon, self.strict = daemon, strict
        self.folder = temp_folder()
        self.inputs = set()
        self.printed = []
        self.key = os.path.join(self.folder, "person.key")
        self.say("registry", ["--make-person-key", self.key])

    def say(self, name, arguments, expect=(0,)):
        build = CONTROLS if harness.seeded_bug else harness.BUILD
        done = subprocess.run([program(f"fundwatch-{name}" if name else "fundwatch", build), *arguments],
                              env=self.daemon.environment, capture_output=True, check=False, timeout=DEADLINE)
        self.printed.append((f"what fundwatch-{name} {arguments[:2]} printed", done.stdout + done.stderr))
        if self.strict:
            check(done.returncode in expect, f"{name} {arguments}: {done.returncode} {done.stderr.decode()}")
        return done

    def send(self, name, rows, *more, expect=(0,)):
        path = os.path.join(self.folder, f"{name}-{next(refs)}.csv")
        columns = list(rows[0])
        with open(path, "w", encoding="utf-8") as to:
            to.write(",".join(columns) + "\n" + "".join(",".join(str(row[c]) for c in columns) + "\n" for row in rows))
        self.inputs |= {path, path + ".rejects.csv"}       # bad rows are set aside beside the file, for whoever has it
        return self.say(name, ["--source", f"source-{name}", "--person-key", self.key, "--endpoint",
                               self.daemon.endpoint("ingest"), "--spool", os.path.join(self.folder, "spool-" + name),
                               "--ignore-columns", ",".join(UNKNOWN), "--unit", "yuan", "--fund", FUND, *more, path],
                        expect)

    def search(self):
        for what, text in self.printed:
            search(what, text)
        return search_folder(self.folder, self.inputs)


def row_of(person):
    return {**PERSONAL, **UNKNOWN, "psn_no": person}


def producers_send(run):
    for i, person in enumerate(PERSONS if run.strict else PERSONS[1:]):
        who = row_of(person)
        run.send("registry", [{**who, "psn_insu_stas": 1, "psn_insu_date": "2024-01-02", "year": 2024}])
        run.send("tax", [{**who, "id": f"fee-{i}", "date": "2024-01-03", "amount": "380.00", "category": "personal",
                          "year": 2024}])
        run.send("hospital", [{**who, "setl_id": f"bill-{i}", "setl_time": "2024-01-05 10:00:00", "hifp_pay": "1000.00",
                               "medfee_sumamt": "1500.00", "inscp_scp_amt": "1400.00", "med_type": 21,
                               "fixmedins_code": "H13020700001"}])
    if run.strict:      # rows that are set aside: what is wrong is said, and not whose row it is
        bad = row_of(CANARIES[0] * 9)
        run.send("tax", [{**bad, "id": "fee-9", "date": "2024-01-03", "amount": "380.00", "category": "personal",
                          "year": 2024}], expect=(3,))
        run.send("tax", [{**row_of(PERSONS[0]), "id": "fee-8", "date": "2024-01-03", "amount": "much",
                          "category": "personal", "year": 2024}], expect=(3,))


def strangers_send(daemon):
    """What no producer of ours sends: names in fields of their own, numbers in place of the hash, text in other fields."""
    client = Client(daemon, source="stranger")
    bill = event("s1", "settlement", amount=100, category="inpatient")
    number, name = PERSONS[0].encode()[:16], CANARIES[2].encode()
    events = [
        {**bill, "id": "s1", "psn_name": CANARIES[2]}, {**bill, "id": "s2", "certno": CANARIES[3]},
        {**bill, "id": "s3", "person": number}, {**bill, "id": "s4", "person": name.ljust(16, b"\0")},
        {**bill, "id": "s5", "person": CANARIES[5].encode().ljust(16, b" ")},
        {**bill, "id": "s6", "person": PERSONS[1]}, {**bill, "id": "s7", "category": CANARIES[2]},
        {**bill, "id": "s8", "institution": CANARIES[6]}, {**bill, "id": "s9", CANARIES[2]: 1},
        {**bill, "id": "s10", CANARIES[3]: "x"}, {**bill, "id": CANARIES[2]}, {**bill, "id": "s11", "fund": CANARIES[6]},
        {**bill, "id": "s12", "amount": CANARIES[4]}, {**bill, "id": "s13", "home": {"street": CANARIES[6]}},
        *({**bill, "id": f"s2{i}", "person": text[:16].ljust(16, b"\0")} for i, text in enumerate(
            [PERSONS[1].encode(), CANARIES[3].encode(), CANARIES[3].encode("utf-16-le"), CANARIES[6].encode(),
             CANARIES[2].encode("utf-16-be"), CANARIES[2].encode("gb18030")])),
        event("s14", "policy", policy={"version": 2, "author": CANARIES[2]}), [CANARIES[2]], CANARIES[3],
    ]
    reply = client.count(events)
    for i, (outcome, why) in enumerate(outcomes(reply, len(events))):
        check_equal(outcome, "rejected", f"outcome of {events[i]}")
        search(f"the reply to {events[i]}", repr(why).encode())
    client.send({"v": 1, "type": "batch", "ref": next(refs), "source": CANARIES[2], "events": []})
    search("the reply to a source with a name", pack(client.receive()))
    client.close()
    return len(events)


def check_groups(name, value):
    """A group of so few people stands in no answer by itself; those of no group are the fund's total here."""
    if isinstance(value, dict) and value.get("group", "") not in ("", "small"):
        raise Failed(f"{name} shows a group of a fund with two persons: {value}")
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        check_groups(name, inner)


def queries_answer(daemon, entries):
    query = Client(daemon, "query")
    asked = [("info", {}), ("status", {}), ("sources", {}), ("health", {}), ("snapshot", {}), ("rights", {}),
             ("report", {"fund": FUND, "year": 2024}), ("outlook", {"fund": FUND}), ("rollup", {}), ("events", {}),
             ("alerts", {"after": 0}), ("quarantine", {"limit": 1000}), ("policy", {"fund": FUND}),
             ("restated", {"fund": FUND}), ("statements", {"fund": FUND}), ("payouts", {"fund": FUND, "year": 2024}),
             ("churn", {"fund": FUND}), ("reconcile", {"source": "source-tax"}),
             ("event", {"source": "source-tax", "id": "fee-0"}), (CANARIES[2], {}),
             ("report", {"fund": CANARIES[2], "year": 2024}), ("event", {"source": CANARIES[2], "id": CANARIES[3]})]
    for name, arguments in asked:
        answer = query.ask(name, **arguments)
        search(f"the answer to {name} {arguments}", pack(answer))
        if name not in ("event", "events", "quarantine", "policy"):
            check_groups(name, answer)
    kept = query.query("quarantine", source="stranger", limit=1000)["entries"]
    check_equal(len(kept), entries, "entries in quarantine")
    for entry in kept:
        rest = unpack(entry["event"])
        check(isinstance(rest, dict) and "rest" in rest, f"what was kept: {rest}")
        check_equal(query.query("requeue", number=entry["number"])["outcome"], "rejected", "what is tried again")
    query.close()


def full_run(strict=True, strangers=True):
    daemon = Daemon().init()
    daemon.options = ["--log", "debug", "--http", "unix:" + os.path.join(daemon.folder, "http")]
    daemon.start()
    Client(daemon, source="bureau").count(founding(coverage=COVERAGE))
    run = Run(daemon, strict)
    producers_send(run)
    if os.path.basename(harness.BUILD) not in SANITIZED:    # their own memory remembers everything
        search_memory(daemon.process)
    entries = strangers_send(daemon) if strangers else 0
    query = Client(daemon, "query")
    Client(daemon, source="bureau").count([event("pop", "population", 20240101, measure="resident", heads=10),
                                           event("d", "day", 20240131)])
    queries_answer(daemon, entries)
    for arguments in (["status"], ["report", FUND, "--year", "2024"], ["report", FUND, "--year", "2024", "--html"],
                      ["report", FUND, "--year", "2024", "--json"], ["events", "--fund", FUND], ["alerts", "--history"],
                      ["quarantine"], ["quarantine", "--json"], ["sources"], ["churn", FUND], ["info"], ["health"]):
        run.say("", arguments, expect=(0, 4))
    page = Unix(os.path.join(daemon.folder, "http"))
    page.request("GET", "/metrics")
    search("/metrics", page.getresponse().read())
    backup = os.path.join(temp_folder(), "backup")
    check_equal(query.job("backup", path=backup)["state"], "done", "backup")
    verify_books(query)
    if strict:
        check_equal(query.query("info")["events"], 2 + 6 + 2, "events")
        check_equal(query.query("status")[0]["heads"]["paid"], 2, "people who paid")
    daemon.stop()
    files = run.search() + search_folder(daemon.folder) + search_folder(backup)
    return f"{len(CANARIES)} canaries in {files} files"


def no_person_is_anywhere():
    return full_run()


def nor_in_the_memory_of_what_ships():
    return full_run()


def producers_alone():
    full_run(strict=False, strangers=False)


def hashes_alone():
    """No log has a hash, at any level, of what is booked, rejected, in conflict and sent again."""
    daemon = Daemon().init()
    daemon.options = ["--log", "debug"]
    daemon.start()
    client = Client(daemon, source="tax")
    client.count(founding())
    persons = [os.urandom(14) + b"\xff\xff" for _ in range(3)]
    fee = dict(amount=38000, category="personal", year=2024)
    events = [event(f"fee-{i}", "contribution", 20240103, person=person, **fee) for i, person in enumerate(persons)]
    events[2]["fund"] = "650100/390"
    for batch in (events, events, [{**events[0], "amount": 1}]):
        client.count(batch)
    client.close()
    daemon.stop()
    with open(daemon.log_path, "rb") as log:
        text = log.read().lower()
    check(b"daemon: ready" in text, f"it is no log of what has happened: {text}")
    for person in persons:
        for form in (person, person.hex().encode(), person.hex(" ").encode(), repr(person).encode().lower()):
            check(form not in text, f"the log has the hash of a person: {text}")


def strangers_alone():
    daemon = Daemon().init().start()
    Client(daemon, source="bureau").count(founding())
    strangers_send(daemon)
    daemon.stop()
    search_folder(daemon.folder)


def a_daemon_that_dies_leaves_no_core():
    folder = temp_folder()
    with open("/proc/sys/kernel/core_pattern", encoding="ascii") as pattern:
        if pattern.read().strip() != "core":
            raise Skip("core_pattern is not \"core\"")
    daemon = Daemon(wrap=("sh", "-c", f"cd {folder}; ulimit -c unlimited; exec \"$@\"", "sh")).init().start()
    Client(daemon).count(founding())
    daemon.process.send_signal(signals.SIGQUIT)     # leaves a core like SIGSEGV, which sanitizers would report
    wait_for(lambda: not daemon.alive(), "end of the daemon")
    check_equal(os.listdir(folder), [], "files beside the daemon")


def registry(arguments, expect=0):
    done = subprocess.run([program("fundwatch-registry"), *arguments], capture_output=True, text=True, check=False,
                          timeout=DEADLINE)
    check_equal(done.returncode, expect, f"exit code of {arguments} ({done.stderr})")
    return done


def a_year_is_forgotten_with_its_key():
    """Hashes of a year whose key is destroyed cannot be made again nor be linked with another year's; the books go on."""
    daemon = Daemon().init().start()
    Client(daemon, source="bureau").count([*founding(), event("d", "day", 20240601)])
    run = Run(daemon, True)
    registry(["--add-person-key", run.key, "--date", "2025-01-01"])

    def enrol(year, expect=(0,)):
        done = run.send("registry", [{"psn_no": person, "psn_insu_stas": 1, "psn_insu_date": f"{year}-01-02",
                                      "year": year} for person in PERSONS], expect=expect)
        return done.stdout + done.stderr

    enrol(2024)
    enrol(2025)
    query = Client(daemon, "query")
    events = [r["event"] for r in query.events() if r["event"]["kind"] == "enrollment"]
    hashes = {year: {e["person"] for e in events if e["year"] == year} for year in (2024, 2025)}
    check_equal([len(hashes[y]) for y in hashes], [2, 2], "persons of either year")
    check(not hashes[2024] & hashes[2025], "a person's hash of one year is that of another")
    with open(run.key, encoding="ascii") as file:
        old = file.read().splitlines()
    hexes = {line.split()[0]: line.split()[2] for line in old if line[0] != "#"}
    before = query.query("status")[0]["heads"], query.query("info")["events"]
    was = os.open(run.key, os.O_RDONLY)
    registry(["--destroy-person-key", run.key, "--date", "2024-06-30"])
    check_equal(set(os.read(was, 4096)), {0}, "bytes of the old key file")
    os.close(was)
    with open(run.key, "rb") as file:
        new = file.read()
    check(hexes["1"].encode() not in new and hexes["2"].encode() in new, "the wrong key is gone")
    check(b"destroyed" in enrol(2024, expect=(3,)), "nobody was told why")
    check_equal((query.query("status")[0]["heads"], query.query("info")["events"]), before, "figures")
    enrol(2025)                         # all duplicates: the other year's key is what it was
    check_equal(query.query("info")["events"], before[1], "events")
    run.send("registry", [{"psn_no": "another", "psn_insu_stas": 1, "psn_insu_date": "2025-02-01", "year": 2025}])
    check_equal(query.query("info")["events"], before[1] + 1, "events")
    verify_books(query)
    registry(["--destroy-person-key", run.key, "--date", "2024-06-30"], expect=1)
    daemon.stop()


if __name__ == "__main__":
    run(no_person_is_anywhere, hashes_alone, must_fail("persons_logged", hashes_alone), as_shipped(nor_in_the_memory_of_what_ships), a_daemon_that_dies_leaves_no_core, a_year_is_forgotten_with_its_key,
        must_fail("unhashed_person", producers_alone), must_fail("quarantine_as_sent", strangers_alone),
        must_fail("cores", a_daemon_that_dies_leaves_no_core))
