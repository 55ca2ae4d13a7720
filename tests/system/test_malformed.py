#!/usr/bin/python3
"""S3: malformed, cut, oversized and many-framed messages among good ones.  The good ones are unaffected,
and the daemon lives.

  FUNDWATCH_MALFORMED  how many (default 10000)"""
import itertools

from harness import *
from test_key_matrix import frame2, local_peer

COUNT = int(os.environ.get("FUNDWATCH_MALFORMED", "10000"))
QUERIES_IN_FLIGHT = 12  # and who has more questions waiting than a key may
IN_FLIGHT = 48          # who has more on the way than a window may lose answers


def good_event(i):
    return event(f"good-{i}", "income", amount=i + 1, category="interest")


def nested(depth):
    return b"\x91" * depth + b"\xc0"


def mutations(random_):
    """Batches that something was done to, for ever."""
    base = {"v": 1, "type": "batch", "ref": 0, "source": "bad", "sequence": 1,
            "events": [event("x", "income", amount=1, category="interest")]}
    frame = pack(base)
    def bit():
        at = random_.randrange(len(frame) * 8)
        return frame[:at // 8] + bytes([frame[at // 8] ^ 1 << at % 8]) + frame[at // 8 + 1:]
    def cut():
        return frame[:random_.randrange(len(frame))]
    def more():
        return frame + random_.randbytes(random_.randrange(1, 9))
    def noise():
        return random_.randbytes(random_.randrange(1, 300))
    def key():
        return pack({**base, random_.choice(("extra", "Events", "", "v ")): 1})
    def length():       # what says that 4 billion bytes or items follow
        return frame[:random_.randrange(len(frame))] + bytes(
            [random_.choice((0xdd, 0xdf, 0xdb, 0xc6, 0xc9))]) + b"\xff\xff\xff\xff" + frame[:20]
    def deep():
        return pack({**base, "events": 0})[:-1] + nested(random_.choice((4, 5, 9, 1000, 100000)))
    def value():
        name = random_.choice(list(base))
        return pack({**base, name: random_.choice((None, -1, 1 << 63, 1.5, float("nan"), "", "é", b"x", [], {},
                                                   True, msgpack.ExtType(1, b"y"), [[]], "a" * 70000))})
    def twice():
        return b"\x87" + frame[1:] + b"\xa1v\x01"
    while True:
        yield random_.choice((bit, cut, more, noise, key, length, deep, value, twice))()


def flow(client, frames, each, in_flight=IN_FLIGHT):
    """Sends all with a few in flight, and calls each(answer) with every answer."""
    frames, sent, received = iter(frames), 0, 0
    while True:
        for frame in itertools.islice(frames, in_flight - (sent - received)):
            client.send(frame)
            sent += 1
        if received == sent:
            return sent
        each(client.receive())
        received += 1


def books_untouched(daemon, good):
    query = Client(daemon, "query")
    found = [r["event"]["id"] for r in query.events() if r["source"] == "tax"]
    check_equal(sorted(found), sorted([e["id"] for e in founding()] + [f"good-{i}" for i in range(good)]),
                "what the good source sent")
    verify_books(query)


def malformed_batches_among_good_ones():
    random_ = random.Random(SEED)
    daemon = Daemon().init().start()
    good, bad = Client(daemon), Client(daemon, source="bad")
    good.count(founding())
    told = {}
    def note(reply):
        check_reply(reply)
        word = reply.get("refusal", reply["status"])
        told[word] = told.get(word, 0) + 1
    source = mutations(random_)
    sent = 0
    for i in range(COUNT // 100):
        flow(bad, itertools.islice(source, 100), note)
        reply = good.exchange([good_event(i)])
        check_equal(words(reply, 1), ["applied"], "a good event")
        sent += 100
    check_equal(sum(told.values()), sent, "answers")
    check(told.get("malformed", 0) > sent // 4, f"few were malformed: {told}")
    books_untouched(daemon, COUNT // 100)
    daemon.stop()
    return f"{told}"


def what_follows_a_batch_is_malformed():
    """However little it is, and whatever: the batch before it is not taken."""
    daemon = Daemon().init().start()
    good = Client(daemon)
    good.count(founding())
    for i, rest in enumerate((b"\x00", b"\xc0", b"\xc1", b"\xff", b"\x80", pack({"v": 1}), bytes(1000))):
        ref, frame = good.batch([event(f"left-{i}", "income", amount=1, category="interest")])
        good.send(frame + rest)
        reply = good.receive()
        check_equal((reply["status"], reply.get("refusal")), ("refused", "malformed"), f"a batch with {rest[:8]} behind")
    check_equal(words(good.exchange([good_event(0)]), 1), ["applied"], "a good event")
    books_untouched(daemon, 1)
    daemon.stop()


BAD_EVENTS = {
    "no map": 7, "an array": [1], "an empty map": {}, "nil": None,
    "a float": {**good_event(0), "amount": 1.5}, "not a number": {**good_event(0), "amount": float("nan")},
    "too much": {**good_event(0), "amount": 10 ** 16 + 1}, "64 bits": {**good_event(0), "amount": (1 << 64) - 1},
    "an unknown field": {**good_event(0), "ammount": 1}, "a key that is no text": {**good_event(0), 5: 1},
    "no such day": {**good_event(0), "date": 20240230}, "no such fund": {**good_event(0), "fund": "000000/390"},
    "text after": {**good_event(0), "fund": "130207/390x"}, "an unknown word": {**good_event(0), "kind": "incomes"},
    "a long id": {**good_event(0), "id": "x" * 65}, "an empty id": {**good_event(0), "id": ""},
    "an id with a blank": {**good_event(0), "id": "a b"}, "an id with NUL": {**good_event(0), "id": "a\0b"},
    "a short person": event("p", "settlement", amount=1, category="inpatient", person=b"123"),
    "a person as text": event("p", "settlement", amount=1, category="inpatient", person="1" * 16),
    "an extension": {**good_event(0), "amount": msgpack.Timestamp(1)},
    "a huge event": {**good_event(0), "id": "h", "x" * 1500: "y" * 1500},
    "a huge policy": event("p", "policy", policy={"version": 2, "x": "y" * 9000}),
    "a deep policy": event("p", "policy", policy={"version": 2, "quiet": [{"pattern": [1], "days": 1}]}),
    "a negative fee": event("n", "contribution", amount=-1, category="personal", year=2024),
    "a category of another kind": {**good_event(0), "category": "inpatient"},
    "a wrong boolean": {**good_event(0), "derived": 1},
}


def is_scrubbed(kept, sent):
    """What of an event may be kept: fields that are what they must be, and a digest of the whole."""
    kept = unpack(kept)
    rest = kept.pop("rest", b"") if isinstance(kept, dict) else b""
    return len(rest) == 16 and (kept == {} or all(sent[key] == value for key, value in kept.items()))


def bad_events_among_good_ones():
    daemon = Daemon().init().start()
    client = Client(daemon)
    client.count(founding())
    batch, good = [], 0
    for what, bad in BAD_EVENTS.items():
        batch += [good_event(good), bad]
        good += 1
    got = outcomes(client.count(batch), len(batch))
    for i, what in enumerate(BAD_EVENTS):
        check_equal(got[2 * i][0], "applied", f"the good event before {what}")
        check_equal(got[2 * i + 1][0], "rejected", what)
    books_untouched(daemon, good)
    kept = Client(daemon, "query").query("quarantine", limit=1000)["entries"]
    check_equal(len(kept), len(BAD_EVENTS), "entries in quarantine")
    for entry, (what, bad) in zip(kept, BAD_EVENTS.items()):
        sent = pack(bad)
        check(entry["event"] == sent or is_scrubbed(entry["event"], bad), f"what is kept of {what}: {entry}")
    daemon.stop()
    return f"{len(BAD_EVENTS)} kinds of bad"


def other_numbers_of_frames_are_dropped():
    daemon = Daemon().init().start()
    client = Client(daemon)
    client.count(founding())
    _, frame = client.batch([event("never", "income", amount=1, category="interest")])
    query = Client(daemon, "query")
    asked = pack({"v": 1, "type": "query", "ref": 1, "query": "info"})
    for count in (2, 3, 4, 5, 8, 1000):
        client.socket.send_multipart([frame] * count)
        query.socket.send_multipart([asked] * count)
    client.socket.send_multipart([b"", frame])
    query.socket.send_multipart([b"", asked])
    reply = client.exchange([good_event(0)])        # the first to be answered
    check_equal(words(reply, 1), ["applied"], "the good one")
    query.query("info")
    check(not client.socket.poll(0) and not query.socket.poll(0), "something else was answered")
    books_untouched(daemon, 1)
    daemon.stop()


def what_is_too_large():
    daemon = Daemon().init().start()
    good = Client(daemon)
    good.count(founding())
    many = Client(daemon, source="bad")
    reply = many.exchange([event(f"m{i}", "day") for i in range(8193)])
    check_equal((reply["status"], reply["refusal"]), ("refused", "too_large"), "8,193 events")
    reply = many.count([event(f"m{i}", "income", amount=1, category="interest") for i in range(8192)])
    check_equal(reply["applied"], 8192, "8,192 events")
    large = Client(daemon, source="bad")
    for size in (4 * 1024 * 1024 + 1, 32 * 1024 * 1024):
        large.send(bytes(size))
        check(not large.socket.poll(300), "an oversize message was answered")
    _, frame = large.batch([])
    largest = Client(daemon, source="bad")
    largest.send(bytes(4 * 1024 * 1024))
    check_equal(largest.receive()["refusal"], "malformed", "the largest message")
    check_equal(words(good.exchange([good_event(0)]), 1), ["applied"], "a good event")
    check_equal(large.exchange([])["status"], "done", "the oversender after it came again")
    books_untouched(daemon, 1)
    daemon.stop()


def ends_the_connection(daemon, role, kind, message, good, said):
    """Byte by byte, for a client of libzmq would come again.  `good` would be heard of, by `said`, if `message` were
    taken."""
    peer = local_peer(daemon, role, kind)
    heard = part = b"-"
    try:
        peer.sendall(frame2(message) + frame2(good))
        while part and said not in heard:
            part = peer.recv(1000)
            heard += part
    except ConnectionError:
        pass
    peer.close()
    check(said not in heard, f"{len(message)} bytes are taken at {role}")


def a_query_that_is_too_large():
    """A little is said by name; beyond 64 KiB the connection ends before it is in memory."""
    daemon = Daemon().init().start()
    query = Client(daemon, "query")
    for size in (36864, 36865, 60000):
        query.send(bytes(size))
        check_equal(query.receive()["code"], "malformed", f"query of {size} bytes")
    ends_the_connection(daemon, "query", b"DEALER", bytes(65537), pack({"v": 1, "type": "query", "ref": 1, "query": "info"}),
                        b"answer")
    query.query("info")
    daemon.stop()


def a_subscription_that_is_too_large():
    """libzmq would keep it, with some 50 bytes for each of its topic."""
    daemon = Daemon().init().start()
    ends_the_connection(daemon, "alerts", b"SUB", b"\x01" + bytes(512), b"\x01heartbeat", b"heartbeat")
    good = open_socket(zmq.SUB, daemon.endpoint("alerts"))
    good.subscribe(b"heartbeat")
    check(good.poll(int(patience() * 1000)), "no heartbeat")
    good.close()
    daemon.stop()


def the_shortest_messages():
    """All of one byte, and a sample of two and three, at ingest and query."""
    random_ = random.Random(SEED)
    daemon = Daemon().init().start()
    good = Client(daemon)
    good.count(founding())
    frames = [b""] + [bytes([i]) for i in range(256)]
    frames += [random_.randbytes(2) for _ in range(COUNT // 5)] + [random_.randbytes(3) for _ in range(COUNT // 5)]
    def refused(reply):
        check_reply(reply)
        check(reply["status"] == "refused" and reply["refusal"] in ("malformed", "version"), f"{reply}")
    def failed(answer):
        check_equal((answer["status"], answer["code"]), ("error", "malformed"), "answer")
    check_equal(flow(Client(daemon), frames, refused), len(frames), "replies")
    check_equal(flow(Client(daemon, "query"), frames, failed, QUERIES_IN_FLIGHT), len(frames), "answers")
    alerts = open_socket(zmq.XSUB, daemon.endpoint("alerts"))
    for frame in frames[:1000]:
        alerts.send(frame)
    check_equal(words(good.exchange([good_event(0)]), 1), ["applied"], "a good event")
    books_untouched(daemon, 1)
    daemon.stop()
    return f"{2 * len(frames)} messages"


def a_routing_id_taken_twice(role="ingest"):
    """It is an address and no identity: the second is turned away, the first is served."""
    daemon = Daemon().init().start()
    Client(daemon).count(founding())
    first = context.socket(zmq.DEALER)
    second = context.socket(zmq.DEALER)
    for socket in (first, second):
        socket.linger = 0
        socket.routing_id = b"same"
    def message(number):
        if role == "query":
            return pack({"v": 1, "type": "query", "ref": number, "query": "info"})
        return pack({"v": 1, "type": "batch", "ref": number, "source": "tax", "events": [good_event(number)]})
    def exchange(socket, number):
        socket.send(message(number))
        zmq.select([first, second], [], [], patience())
        return socket.poll(0) and unpack(socket.recv())["ref"]
    first.connect(daemon.endpoint(role))
    check_equal(exchange(first, 0), 0, "ref of the first")
    second.connect(daemon.endpoint(role))
    second.send(message(99))
    for number in range(1, 50):
        check_equal(exchange(first, number), number, "ref of the first")
    check(not second.poll(0), "the second was answered")
    second.close()              # before the name is free
    first.close()
    books_untouched(daemon, 50 if role == "ingest" else 0)
    daemon.stop()


def each_connection_has_the_replies_to_its_own_batches():
    """Two of one source, several batches each on the way: which reply is whose is told by how many events it counts."""
    daemon = Daemon().init().start()
    clients = [Client(daemon), Client(daemon)]
    clients[0].count(founding())
    names = iter(range(1 << 30))
    for _ in range(20):
        sent = {}
        for count in (1, 2, 3):
            for i, client in enumerate(clients):
                ref, frame = client.batch([good_event(next(names)) for _ in range(2 * count + i)])
                sent[ref] = (client, 2 * count + i)
                client.send(frame)
        while sent:
            ready, _, _ = zmq.select([c.socket for c in clients], [], [], patience())
            check(ready, f"no reply to {len(sent)} batches")
            for client in clients:
                while client.socket.poll(0):
                    reply = client.receive()
                    whose, count = sent.pop(reply["ref"], (None, 0))
                    check(whose is client, "a reply came over another connection, or twice")
                    check_equal(reply["applied"], count, "events that a reply counts")
    daemon.stop()


def queries_of_every_wrong_kind():
    daemon = Daemon().init().start()
    good = Client(daemon)
    good.count(founding())
    query = Client(daemon, "query")
    wrong = {
        "version": [{"v": 2, "query": "info"}, {"v": 0, "query": "info"}, {"v": -1, "type": "question"}],
        "malformed": [{"v": "1", "query": "info"}, {"type": "batch"}, {"query": "info", "ref": -1}],
        "unknown_query": [{"query": "nonsense"}, {"query": ""}],
        "not_found": [{"query": "report", "fund": "440800/390", "year": 2024}, {"query": "job", "job": 99},
                      {"query": "acknowledge", "incident": 99, "who": "x", "note": ""},
                      {"query": "requeue", "number": 99}],
        "bad_argument": [{"query": "report", "fund": "x", "year": 2024}, {"query": "report", "fund": FUND},
                         {"query": "report", "fund": FUND, "year": 1}, {"query": "status", "place": "123"},
                         {"query": "events", "limit": 0}, {"query": "events", "limit": 1001},
                         {"query": "events", "after": -1}, {"query": "event", "id": "x"},
                         {"query": "backup", "path": "relative"}, {"query": "backup", "path": daemon.folder}],
    }
    tried = 0
    for code, messages in wrong.items():
        for message in messages:
            query.send({"v": 1, "type": "query", "ref": 7, **message})
            answer = query.receive()
            check_equal(answer.get("code"), code, f"code of {message}")
            check(answer["text"] != "", f"no text for {message}")
            check_equal(answer.get("versions"), [1] if code == "version" else None, f"versions for {message}")
            tried += 1
    for name in ("info", "status", "sources", "quarantine", "snapshot"):
        answer = query.ask(name, nonsense=1)
        check(answer["status"] == "error", f"{name} with an unknown argument: {answer}")
    daemon.stop()
    return f"{tried} queries"


if __name__ == "__main__":
    run(malformed_batches_among_good_ones, what_follows_a_batch_is_malformed, bad_events_among_good_ones, other_numbers_of_frames_are_dropped,
        what_is_too_large, a_query_that_is_too_large, a_subscription_that_is_too_large, the_shortest_messages,
        a_routing_id_taken_twice, ("a_routing_id_taken_twice_by_readers", lambda: a_routing_id_taken_twice("query")),
        each_connection_has_the_replies_to_its_own_batches, queries_of_every_wrong_kind,
        must_fail("trailing_bytes", what_follows_a_batch_is_malformed),
        must_fail("any_parts", other_numbers_of_frames_are_dropped), must_fail("any_size", what_is_too_large),
        must_fail("any_size", a_query_that_is_too_large), must_fail("any_size", a_subscription_that_is_too_large),
        must_fail("handover", a_routing_id_taken_twice), must_fail("handover", a_routing_id_taken_twice, "query"),
        must_fail("stored_address", each_connection_has_the_replies_to_its_own_batches),
        must_fail("last_ref", each_connection_has_the_replies_to_its_own_batches),
        must_fail("float_is_one", bad_events_among_good_ones))
