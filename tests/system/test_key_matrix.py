#!/usr/bin/python3
"""S4: every wrong way to come in, at every endpoint on TCP, and none of them gets in: WAYS x ROLES, with a handler of
keys that is up, dead (its daemon ends; and if it went on), late, and that answers garbage.

Cells run in parallel.  In the same run a good key at each endpoint has to get in, and subscribers have to hear
a heartbeat, so that "nothing came" means something; what the journal holds afterwards is compared too."""
import socket as sockets

from harness import *

ROLES = ("ingest", "query", "alerts")
OTHER_FUND = "440800/390"
WAYS = ("no key", "unknown key", "wrong server key", "NULL", "PLAIN", "revoked", "other role", "other's name")
CELL_S = 2.5            # a subscriber would hear two heartbeats in it
LATE_S = 6              # LATE_MS of daemon/zap.c

RIGHTS = {
    "good-ingest": dict(sources=["good"], kinds=["all"], places=[""]),
    "good-query": dict(queries=["all"], places=[""]),
    "good-alerts": dict(alerts="true", places=[""]),
    "gone-ingest": dict(sources=["gone"], kinds=["all"], places=[""]),
    "gone-query": dict(queries=["all"], places=[""]),
    "gone-alerts": dict(alerts="true", places=[""]),
    "narrow-ingest": dict(sources=["narrow", "narrow.*"], kinds=["income"], places=["1302"]),
    "narrow-query": dict(queries=["quarantine", "reconcile", "sources", "event", "events", "status", "report",
                                  "alerts", "snapshot"], places=["1302"]),
    "narrow-alerts": dict(alerts="true", places=["1302"]),
}

cell_ids = iter(range(1, 1 << 30))


def question(role, source="good", **more):
    """What a client at this endpoint sends; nothing at alerts, where subscribing is asking."""
    if role == "query":
        return pack({"v": 1, "type": "query", "ref": 1, "query": "info"})
    name = f"cell-{next(cell_ids)}"
    return pack({"v": 1, "type": "batch", "ref": 1, "source": source, **more,
                 "events": [event(name, "income", amount=1, category="interest")]})


class Cell:
    """One try to come in, and what came back."""

    def __init__(self, daemon, role, name, wanted, topic=b"", message=None, way=None, **curve):
        self.role, self.name, self.wanted, self.way = role, name, wanted, way
        self.got = []
        self.socket = context.socket(zmq.SUB if role == "alerts" else zmq.DEALER)
        self.socket.linger = 0
        self.socket.sndtimeo = self.socket.rcvtimeo = int(DEADLINE * 1000)
        self.socket.handshake_ivl = int(CELL_S * 1000)
        for option, value in curve.items():
            setattr(self.socket, option, value)
        if role == "alerts":
            self.socket.subscribe(topic)
        self.socket.connect(daemon.endpoint(role, tcp=True))
        if role != "alerts":
            self.ask(message or question(role))

    def ask(self, message):
        try:
            self.socket.send(message, zmq.DONTWAIT)
        except zmq.Again:
            pass                # turned away for good already: libzmq has ended its only pipe

    def read(self):
        try:
            self.got.append(self.socket.recv_multipart(zmq.DONTWAIT))
        except zmq.Again:
            pass

    def verdict(self):
        """"nothing", "in", or how it was refused."""
        if not self.got:
            return "nothing"
        if self.role == "alerts":
            return "in"
        answer = unpack(self.got[-1][0])
        if answer["type"] == "reply":
            return answer.get("refusal", "in")
        if answer["status"] == "ok" and self.wanted == "nothing of it":
            return "in" if OTHER_FUND in repr(answer["data"]) else "nothing of it"
        return answer.get("code", "in")


class RawCell:
    """A try with bytes of our own, whatever the other side says to them."""

    def __init__(self, daemon, role, name, hello, frame):
        self.role, self.name, self.wanted, self.way = role, name, "nothing", None
        host, port = daemon.endpoint(role, tcp=True).removeprefix("tcp://").rsplit(":", 1)
        self.socket = sockets.socket()
        self.socket.settimeout(DEADLINE)
        self.got = b""
        self.open = True
        message = b"\x01" if role == "alerts" else question(role)
        try:
            self.socket.connect((host, int(port)))
            self.socket.sendall(hello + frame(message))
        except OSError:
            self.open = False   # a daemon that is ending has let nobody in

    def read(self):
        try:
            some = self.socket.recv(65536)
        except OSError:
            some = b""
        self.got += some
        self.open = some != b""

    def verdict(self):
        words_ = (b"answer", b"reply", b"heartbeat", b"alert")
        return "in" if any(word in self.got for word in words_) else "nothing"


def zmtp3(mechanism, commands=b""):
    return b"\xff" + bytes(7) + b"\x01\x7f\x03\x00" + mechanism.ljust(20, b"\0") + bytes(1) + bytes(31) + commands


def command(body):
    return bytes([4, len(body)]) + body


def ready_command(kind=b"DEALER"):
    return command(b"\x05READY\x0bSocket-Type" + len(kind).to_bytes(4, "big") + kind)


def local_peer(daemon, role, kind):
    """A connection over ipc whose handshake is over: what is sent from here on is messages, byte by byte."""
    peer = sockets.socket(sockets.AF_UNIX)
    peer.settimeout(patience())
    peer.connect(daemon.endpoint(role).removeprefix("ipc://"))
    peer.sendall(zmtp3(b"NULL", ready_command(kind)))
    said = 0
    while said <= 64:           # its greeting; behind it comes its READY
        heard = peer.recv(1000)
        if not heard:
            raise ConnectionResetError("it has closed the connection")
        said += len(heard)
    return peer


def frame2(message):
    return (b"\x00" + bytes([len(message)]) if len(message) < 256
            else b"\x02" + len(message).to_bytes(8, "big")) + message


def frame1(message):
    return b"\xff" + (len(message) + 1).to_bytes(8, "big") + b"\0" + message


RAW = {
    "NULL without waiting": (zmtp3(b"NULL", ready_command()), frame2),
    "CURVE that sends READY at once": (zmtp3(b"CURVE", ready_command()), frame2),
    "CURVE that sends a message at once": (zmtp3(b"CURVE"), frame2),
    "ZMTP 2.0": (b"\xff" + bytes(7) + b"\x01\x7f\x01\x05" + b"\x00\x00", frame2),
    "ZMTP 1.0": (b"\x01\x00", frame1),
    "no greeting": (b"", frame2),
}


def curve(server, key):
    return dict(curve_serverkey=server.public.encode(), curve_publickey=key.public.encode(),
                curve_secretkey=key.secret.encode())


def outsiders(daemon, server, keys):
    """Who must get nothing at all."""
    unknown = Key("unknown", daemon.folder)
    for role in ROLES:
        good = keys[f"good-{role}"]
        yield Cell(daemon, role, "no key", "nothing", way="no key")
        yield Cell(daemon, role, "NULL with a domain", "nothing", way="NULL",
                   zap_domain=b"fundwatch." + role.encode())
        yield Cell(daemon, role, "PLAIN", "nothing", way="PLAIN", plain_username=b"admin",
                   plain_password=good.public.encode())
        yield Cell(daemon, role, "unknown key", "nothing", way="unknown key", **curve(server, unknown))
        yield Cell(daemon, role, "wrong server key", "nothing", way="wrong server key", **curve(unknown, good))
        yield Cell(daemon, role, "server's public key as one's own", "nothing", **curve(
            server, type("Mixed", (), {"public": server.public, "secret": good.secret})))
        yield Cell(daemon, role, "revoked key that comes again", "nothing", way="revoked", **curve(server, keys[f"gone-{role}"]))
        for other in ROLES:
            if other != role:
                yield Cell(daemon, role, f"key for {other}", "nothing", way="other role", **curve(server, keys[f"good-{other}"]))
        for name, (hello, frame) in RAW.items():
            yield RawCell(daemon, role, name, hello, frame)


def ask(name, **arguments):
    return pack({"v": 1, "type": "query", "ref": 1, "query": name, **arguments})


# What a key that may come in asks for in another's name: a source, a place, a place's alerts.
OTHERS = {
    "ingest": dict(message=question("ingest", "good")),
    "query": dict(message=ask("report", fund=OTHER_FUND, year=2024)),
    "alerts": dict(topic=b"alert/44"),
}


def others(daemon, server, keys, **wanted):
    """What they get, by role; nothing unless it is said."""
    for role in ROLES:
        yield Cell(daemon, role, "in another's name", wanted.get(role, "nothing"), way="other's name", **OTHERS[role],
                   **curve(server, keys[f"narrow-{role}"]))


def check_whole(cells):
    """Every way at every endpoint."""
    missing = {(way, role) for way in WAYS for role in ROLES} - {(c.way, c.role) for c in cells}
    check_equal(missing, set(), "cells of the matrix that nobody tried")


def insiders(daemon, server, keys):
    """Who is let in, and then refused what is not theirs; and who has to get what they ask for."""
    for role in ROLES:
        yield Cell(daemon, role, "good key", "in", **curve(server, keys[f"good-{role}"]))
    narrow = {role: curve(server, keys[f"narrow-{role}"]) for role in ROLES}
    yield Cell(daemon, "ingest", "own name", "in", message=question("ingest", "narrow"), **narrow["ingest"])
    yield Cell(daemon, "ingest", "own prefix", "in", message=question("ingest", "narrow.7"), **narrow["ingest"])
    for name in ("good", "narrowly", "narro", "gone"):
        yield Cell(daemon, "ingest", f"{name}'s name", "source", message=question("ingest", name), **narrow["ingest"])
    yield Cell(daemon, "ingest", "another's ids", "source", **narrow["ingest"],
               message=question("ingest", "narrow", issuer="good"))
    yield from others(daemon, server, keys, ingest="source", query="not_permitted")
    yield Cell(daemon, "query", "own place", "in", message=ask("status", place="1302"), **narrow["query"])
    for what, message in {
            "another place's status": ask("status", place="44"),
            "every place's status": ask("status"),
            "another place's alerts": ask("alerts", place="44", after=0),
            "every place's alerts": ask("alerts", after=0),
            "another place's snapshot": ask("snapshot", place="44"),
            "every place's events": ask("events"),
    }.items():
        yield Cell(daemon, "query", what, "nothing of it", message=message, **narrow["query"])
    for what, message in {
            "another place's report": ask("report", fund=OTHER_FUND, year=2024),
            "another place's events": ask("events", fund=OTHER_FUND),
            "another's quarantine": ask("quarantine", source="good"),
            "another's days": ask("reconcile", source="good"),
            "a query that is not its own": ask("info"),
            "a command": ask("backup", path="/tmp/never"),
            "another command": ask("verify"),
            "another place's event": ask("event", source="good", id=f"policy-{OTHER_FUND}"),
    }.items():
        yield Cell(daemon, "query", what, "not_permitted", message=message, **narrow["query"])
    yield Cell(daemon, "alerts", "own place", "in", topic=b"alert/1302", **narrow["alerts"])
    for topic in (b"", b"a", b"alert/", b"alert/13", b"alert/44", b"alert/1", b"alert/130"):
        yield Cell(daemon, "alerts", f"topic {topic.decode()!r}", "nothing", topic=topic, **narrow["alerts"])


def revoke(daemon, keys):
    rest = [(keys[name], rights) for name, rights in RIGHTS.items() if not name.startswith("gone-")]
    write_rights(os.path.join(daemon.folder, "rights.yaml"), rest)
    daemon.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "alert socket opened again" in daemon.log(), "reading of the rights")


def revoked_cells(daemon, server, keys):
    """Connected and heard while the key was good; what they are told afterwards."""
    cells = [Cell(daemon, role, "revoked while connected", wanted, **curve(server, keys[f"gone-{role}"]),
                  **({"message": question(role, "gone")} if role == "ingest" else {}))
             for role, wanted in (("ingest", "source"), ("query", "not_permitted"), ("alerts", "nothing"))]
    for cell in cells:
        check(cell.socket.poll(int(DEADLINE * 1000)), f"a good key is not let in at {cell.role}")
        cell.read()
        check_equal(cell.verdict(), "in", f"a good key at {cell.role}")
    revoke(daemon, keys)
    for cell in cells:
        while cell.socket.poll(0):
            cell.read()
        cell.got = []
        if cell.role != "alerts":
            cell.ask(question(cell.role, "gone"))
    return cells


def raise_alert(client, number):
    """One alert for each of two funds."""
    client.count(alert_events(number) + alert_events(number, OTHER_FUND))


def watch(cells, client, least=CELL_S):
    """Reads, raising alerts meanwhile, until who has to get something has it; that takes as long as it takes, and
    the others have as long, and at least `least` seconds."""
    poller = zmq.Poller()
    by_socket = {}
    for cell in cells:
        if isinstance(cell, RawCell) and not cell.open:
            continue
        number = cell.socket.fileno() if isinstance(cell, RawCell) else cell.socket
        by_socket[number] = cell
        poller.register(number, zmq.POLLIN)
    start, alerts = time.monotonic(), 1
    while (spent := time.monotonic() - start) < least or (spent < DEADLINE and not all(map(has_its_own, cells))):
        if spent > alerts * CELL_S / 21:
            raise_alert(client, alerts)
            alerts += 1
        for ready, _ in poller.poll(50):
            cell = by_socket[ready]
            cell.read()
            if isinstance(cell, RawCell) and not cell.open:
                poller.unregister(ready)


def expect(cells):
    wrong = [f"{c.role}, {c.name}: {c.verdict()}, not {c.wanted}" for c in cells if c.verdict() != c.wanted]
    check(not wrong, f"{len(wrong)} of {len(cells)} cells: " + "; ".join(wrong))


def close(cells):
    for cell in cells:
        cell.socket.close()


def has_its_own(cell):
    return cell.wanted == "nothing" or cell.verdict() != "nothing"


def nobody_gets_in_without_the_right_key():
    daemon, server, keys = tcp_daemon(RIGHTS)
    daemon.start()
    local = Client(daemon, source="local")
    Client(daemon, source="good").count(watched() + watched(OTHER_FUND))
    raise_alert(local, 0)
    cells = revoked_cells(daemon, server, keys)
    query = Client(daemon, "query")
    before = sum(e["source"] != "local" for e in query.events())
    cells += [*outsiders(daemon, server, keys), *insiders(daemon, server, keys)]
    check_whole(cells)
    watch(cells, local)
    expect(cells)
    for cell in cells:
        if cell.name == "own place" and cell.role == "alerts":
            topics = {message[0] for message in cell.got}
            check(all(t.startswith(b"alert/1302") for t in topics), f"topics of a narrow key: {topics}")
    let_in = sum(c.role == "ingest" and c.verdict() == "in" for c in cells)
    of_sources = [e for e in query.events() if e["source"] != "local"]
    check_equal(len(of_sources), before + let_in, "events of those who were let in")
    check(daemon.alive(), "the daemon ended")
    close(cells)
    daemon.stop()
    return f"{len(cells)} cells"


def a_key_reports_only_its_kinds_and_places():
    daemon, server, keys = tcp_daemon(RIGHTS)
    daemon.start()
    Client(daemon).count([*founding(), *founding(OTHER_FUND)])
    narrow = Client(daemon, source="narrow", tcp=True, server=server, key=keys["narrow-ingest"])
    batch = [event("a", "income", amount=1, category="interest"),
             event("b", "subsidy", amount=1, category="city", year=2024),
             event("c", "income", fund=OTHER_FUND, amount=1, category="interest"),
             event("d", "income", amount=1, category="interest")]
    got = outcomes(narrow.count(batch), 4)
    check_equal([got[0][0], got[1][1], got[2][1], got[3][0]],
                ["applied", ("not_permitted", "kind"), ("not_permitted", "fund"), "applied"], "outcomes")
    daemon.stop()


# Words that stand for a place and a source that are another's: no answer to a narrow key may have them.
SECRETS = (b"440800", b"secret")
# What cannot tell of anything but the store as a whole, or of what the key asked for itself.
OF_NO_PLACE = {"info", "rights", "actions", "job", "compared", "proposals"}


def questions():
    """All that the daemon knows: name, and the names of its arguments.  Commands are not asked."""
    with open(os.path.join(ROOT, "daemon", "question.c"), encoding="utf-8") as source:
        table = re.search(r"handlers\[\] = \{(.*?)\n\};", source.read(), re.S)[1]
    found = re.findall(r'\{ "(\w+)",\s+(?:QUESTION|LONG),\s+\w+,\s+(\{.*?\}),\s+(\{.*?\}) \},', table, re.S)
    check(len(found) > 20, f"only these questions are found: {found}")
    return {name: (re.findall(r'"(\w+)"', needed), re.findall(r'"(\w+)"', allowed)) for name, needed, allowed in found}


def fill_two_places(daemon):
    """Something of every sort in each."""
    for source, fund, since in (("narrow", FUND, 1_700_000_000_000), ("secret", OTHER_FUND, 1_600_000_000_000)):
        local = Client(daemon, source=source)
        local.count([*watched(fund), event(f"{source}-1", "settlement", 20240105, fund, amount=5, category="inpatient",
                                           institution=f"{source}-H1"),
                     event(f"{source}-2", "reversal", 20240106, fund, original=f"{source}-never"),
                     event(f"{source}-3", "statement", 20240107, fund, amount=7),
                     event(f"{source}-4", "month_close", 20240131, fund)])
        for number in range(3):
            local.count(alert_events(number, fund))
        local.count([event(f"{source}-1", "settlement", 20240105, fund, amount=6, category="inpatient",
                           institution=f"{source}-H1"),
                     event(f"{source}-5", "settlement", 20240120, fund, amount=8, category="inpatient",
                           institution=f"{source}-H1")], waiting=[1000, since])
    return max(e["position"] for e in Client(daemon, "query").events())


def ways_to_ask(needed, allowed, source, fund, position):
    """With all arguments that say whom it is about, and with those that must be there."""
    values = {"fund": fund, "place": fund[:6], "source": source, "id": f"{source}-1", "year": 2024, "after": 0, "job": 1,
              "known_at": position, "institution": f"{source}-H1", "as_of": 20240201}
    must = {name: values[name] for name in needed}
    yield must
    for names in (["source"], ["fund"], ["place"], ["known_at"], ["source", "fund"]):
        if all(name in allowed for name in names):
            yield must | {name: values[name] for name in names}


def no_question_tells_a_narrow_key_of_another_place():
    """Every question there is, in every way; a key for all places is told, so that it is known what not to tell."""
    rights = RIGHTS | {"narrow-query": dict(queries=["all"], places=["1302"], sources=["narrow"], kinds=["income"])}
    daemon, server, keys = tcp_daemon(rights)
    daemon.start()
    position = fill_two_places(daemon)
    narrow, wide = (Client(daemon, "query", tcp=True, server=server, key=keys[f"{name}-query"])
                    for name in ("narrow", "good"))
    asked = 0
    for name, (needed, allowed) in questions().items():
        told = False
        for arguments in ways_to_ask(needed, allowed, "secret", OTHER_FUND, position):
            told |= tells(wide, name, needed, arguments) is not None
            secret = tells(narrow, name, needed, arguments)
            check(secret is None, f"{name} {arguments} tells of another place: {secret}")
            asked += 1
        check(told or name in OF_NO_PLACE, name, "tells nobody of that place: the test does not try it")
        for arguments in ways_to_ask(needed, allowed, "narrow", FUND, position):
            secret = tells(narrow, name, needed, arguments)
            check(secret is None, f"{name} {arguments} tells of another place: {secret}")
    daemon.stop()
    return f"{asked} questions"


def tells(client, name, needed, arguments):
    """What of the answer it should not tell a narrow key.  A refusal says no more than what was asked; an answer about
    a fund or a source that has to be named need not repeat the name."""
    answer = client.ask(name, **arguments)
    if answer["status"] != "ok":
        return None
    data = pack(answer["data"]) + pack([arguments[key] for key in needed])
    return answer["data"] if any(word in data for word in SECRETS) else None


def handler_gone_wrong(bug, least):
    """A handler of keys that answers too late or with garbage: nobody comes in over TCP, not even who may; who
    is on this machine is served, and the daemon ends when it is asked to."""
    need_controls(bug)
    seed_bug(bug)
    try:
        daemon, server, keys = tcp_daemon(RIGHTS)
        daemon.start()
    finally:
        seed_bug(None)
    local = Client(daemon, source="local")
    local.count(watched() + watched(OTHER_FUND))
    revoke(daemon, keys)
    cells = [*outsiders(daemon, server, keys), *others(daemon, server, keys)]
    check_whole(cells)
    cells += [Cell(daemon, role, "good key", "nothing", **curve(server, keys[f"good-{role}"])) for role in ROLES]
    watch(cells, local, least)
    expect(cells)
    query = Client(daemon, "query")
    check(all(e["source"] == "local" for e in query.events()), "an event came in from outside")
    verify_books(query)
    close(cells)
    daemon.stop()
    return f"{len(cells)} cells"


def a_handler_that_answers_too_late_lets_nobody_in():
    return handler_gone_wrong("zap_late", LATE_S + 1)


def a_handler_that_is_gone_lets_nobody_in():
    """Even if its daemon went on: the sockets ask for one that is there."""
    return handler_gone_wrong("zap_gone", CELL_S)


def a_handler_that_answers_garbage_lets_nobody_in():
    return handler_gone_wrong("zap_garbage", CELL_S)


def end_of_the_handler():
    daemon, server, keys = tcp_daemon(RIGHTS)
    daemon.start()
    revoke(daemon, keys)
    cells = [*outsiders(daemon, server, keys), *others(daemon, server, keys)]
    check_whole(cells)
    watch_until_end(daemon, cells)
    check(daemon.process.wait(DEADLINE) != 0, "the daemon ended as if it had been asked to")
    expect(cells)
    close(cells)


def watch_until_end(daemon, cells):
    def step():
        for cell in cells:
            if isinstance(cell, Cell):
                cell.read()
        return not daemon.alive()
    wait_for(step, "end of a daemon without a handler of keys")


def a_daemon_whose_handler_of_keys_dies_ends():
    """And lets nobody in before it does.  `zap_dies` is no bug but a way to make it die."""
    need_controls("zap_dies")
    seed_bug("zap_dies")
    try:
        return end_of_the_handler()
    finally:
        seed_bug(None)


def a_handler_that_lets_everybody_in_never_starts():
    need_controls("any_key")
    seed_bug("any_key")
    try:
        daemon, _, _ = tcp_daemon(RIGHTS)
        daemon.start()
    except Died as why:
        return f"noticed: {str(why)[-200:].strip()}"
    finally:
        seed_bug(None)
    raise Failed("a daemon started whose handler lets every key in")


def a_daemon_without_rights_lets_nobody_in():
    daemon, server, keys = tcp_daemon({"good-ingest": {}, "good-query": {}, "good-alerts": {}})
    daemon.start()
    cells = [Cell(daemon, role, "key without rights", "nothing", **curve(server, keys[f"good-{role}"]))
             for role in ROLES]
    watch(cells, FoundOnce(daemon))
    check_equal([c.verdict() for c in cells], ["nothing"] * 3, "verdicts")
    daemon.stop()


def half_open_connections_keep_nobody_out():
    """Hundreds that say nothing, or half of a greeting."""
    daemon, server, keys = tcp_daemon(RIGHTS)
    daemon.start()
    Client(daemon).count(founding())
    host, port = daemon.endpoint("ingest", tcp=True).removeprefix("tcp://").rsplit(":", 1)
    idle = []
    for i in range(400):
        idle.append(sockets.create_connection((host, int(port)), DEADLINE))
        idle[-1].sendall(zmtp3(b"CURVE")[:i % 65])
    good = Client(daemon, source="good", tcp=True, server=server, key=keys["good-ingest"])
    for i in range(20):
        reply = good.exchange([event(f"i-{i}", "income", amount=1, category="interest")])
        check_equal(words(reply, 1), ["applied"], "a good key's event")
    for socket in idle:
        socket.close()
    daemon.stop()


class FoundOnce(Client):
    """A local source for watch(), whose alerts nobody should hear."""

    def __init__(self, daemon):
        super().__init__(daemon, source="local")
        self.count([*founding(), *founding(OTHER_FUND)])


if __name__ == "__main__":
    run(nobody_gets_in_without_the_right_key, a_key_reports_only_its_kinds_and_places,
        no_question_tells_a_narrow_key_of_another_place,
        a_daemon_without_rights_lets_nobody_in, half_open_connections_keep_nobody_out,
        a_handler_that_lets_everybody_in_never_starts,
        a_daemon_whose_handler_of_keys_dies_ends,
        a_handler_that_is_gone_lets_nobody_in, a_handler_that_answers_too_late_lets_nobody_in,
        a_handler_that_answers_garbage_lets_nobody_in,
        must_fail("rights_once", nobody_gets_in_without_the_right_key),
        must_fail("late_any_key", nobody_gets_in_without_the_right_key),
        must_fail("domain_empty", nobody_gets_in_without_the_right_key))
