#!/usr/bin/python3
"""Sends events to fundwatchd and says what became of each.

The file has one event per line, in JSON, with the fields of docs/PROTOCOL.md 5:

    {"id": "T-1", "kind": "contribution", "fund": "130207/390", "date": 20241231,
     "amount": 38000, "category": "personal", "year": 2025, "heads": 1}

A person's hash is written in hex.  The file is this program's memory: keep it until the daemon says
that a backup covers it, and run the program again whenever it ends with 4.  Events that were counted
come back as duplicates; nothing counts twice.

Exit codes: 0 all counted; 1 refused; 3 some conflicted or were rejected; 4 unknown, send again."""
import argparse
import json
import sys
import time

import zmq

import fundwatch

BATCH = 1000        # events in a message; the protocol takes 8,192


def read_events(lines):
    events = []
    for line in lines:
        if line.strip():
            event = json.loads(line)
            if "person" in event:
                event["person"] = bytes.fromhex(event["person"])
            events.append(event)
    return events


class Producer:
    def __init__(self, args):
        self.args = args
        self.context = zmq.Context()
        self.reconnect()

    def reconnect(self):
        if hasattr(self, "socket"):
            self.socket.close()
        self.socket = fundwatch.connect(self.context, "ingest", self.args.endpoint,
                                        self.args.server_key, self.args.key)

    def send(self, events):
        """Sends one batch until it is answered, with the same bytes each time.  Returns the reply."""
        ref = fundwatch.new_ref()
        batch = {"v": 1, "type": "batch", "ref": ref, "source": self.args.source, "events": events}
        if self.args.issuer:
            batch["issuer"] = self.args.issuer
        frame = fundwatch.pack(batch)
        for attempt in range(self.args.attempts):
            if attempt > 0:
                self.reconnect()
            self.socket.send(frame)
            try:
                reply = fundwatch.receive(self.socket, ref, self.args.timeout)
                while reply["status"] == "busy":
                    time.sleep(reply["retry_ms"] / 1000)
                    self.socket.send(frame)
                    reply = fundwatch.receive(self.socket, ref, self.args.timeout)
                return reply
            except fundwatch.Unanswered:
                print(f"no answer to {len(events)} events", file=sys.stderr)
        raise fundwatch.Unanswered


def outcomes(reply, count):
    """One (outcome, detail) for each event of a batch that was taken."""
    result = [("applied", None)] * count
    for e in reply["exceptions"]:
        for index in range(e["first"], e["last"] + 1):
            if e["outcome"] == "rejected":
                detail = f"{e['reason']} {e['key']}".rstrip()
            else:
                detail = e["position"] + index - e["first"]
            result[index] = (e["outcome"], detail)
    position = reply["position"]
    for index, (outcome, _) in enumerate(result):
        if outcome == "applied":
            result[index] = (outcome, position)
            position += 1
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", default="-", help="events, a line each; - or nothing: standard input")
    parser.add_argument("--source", required=True, help="who reports")
    parser.add_argument("--issuer", help="whose ids the events have, if not the source's own")
    parser.add_argument("--endpoint", help="default: the ipc socket of your own daemon")
    parser.add_argument("--timeout", type=int, default=5000, metavar="MS", help="to wait for an answer")
    parser.add_argument("--attempts", type=int, default=3, help="to send a batch, before giving up")
    fundwatch.add_connection_options(parser)
    args = parser.parse_args()

    with sys.stdin if args.file == "-" else open(args.file, encoding="utf-8") as lines:
        events = read_events(lines)
    producer = Producer(args)
    bad = 0
    for start in range(0, len(events), BATCH):
        batch = events[start:start + BATCH]
        try:
            reply = producer.send(batch)
        except fundwatch.Unanswered:
            print(f"unknown from {batch[0].get('id')} on: run this again", file=sys.stderr)
            return 4
        if reply["status"] == "refused":
            print(f"refused: {reply['refusal']}", file=sys.stderr)
            return 1
        for event, (outcome, detail) in zip(batch, outcomes(reply, len(batch))):
            print(event.get("id"), outcome, detail, flush=True)
            bad += outcome in ("conflict", "rejected")
    return 3 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
