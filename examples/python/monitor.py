#!/usr/bin/python3
"""Follows the alerts of fundwatchd without missing one, and prints each as a line of JSON.

PUB/SUB only rings: it may drop, and tells nobody.  The record is the store, where alerts are numbered
without holes (docs/PROTOCOL.md 8).  So this subscribes first, asks for the present state, and fetches by
number whatever is newer than what it has seen."""
import argparse
import json
import sys

import zmq

import fundwatch

SILENT_MS = 3500        # three heartbeats


class Monitor:
    def __init__(self, args):
        self.args = args
        self.through, self.epoch = args.after, None
        self.printed = 0
        self.context = zmq.Context()
        self.bell = fundwatch.connect(self.context, "alerts", args.endpoint, args.server_key, args.key)
        for topic in (f"alert/{args.place}", "heartbeat"):
            self.bell.setsockopt_string(zmq.SUBSCRIBE, topic)
        self.asking = None

    def ask(self, name, **arguments):
        """Asking twice does no harm, so it asks until it is answered."""
        while True:
            if self.asking is None:
                self.asking = fundwatch.connect(self.context, "query", self.args.query_endpoint,
                                                self.args.server_key, self.args.key)
            try:
                return fundwatch.query(self.asking, name, place=self.args.place, **arguments)
            except fundwatch.Unanswered:
                print("the daemon does not answer", file=sys.stderr)
                self.asking.close()
                self.asking = None

    def begin(self):
        """The state at the start, and again when the store was restored (a new epoch)."""
        snapshot = self.ask("snapshot")
        restored = self.epoch is not None and self.epoch != snapshot["epoch"]
        if self.through is None or restored:
            self.through = snapshot["last"]
        self.epoch = snapshot["epoch"]
        for rule in snapshot["rules"]:
            self.show({"type": "state", **rule})

    def show(self, what):
        print(json.dumps(what, ensure_ascii=False), flush=True)

    def alert(self, alert):
        self.show(alert)
        self.printed += 1
        if self.printed == self.args.count:
            sys.exit(0)

    def fetch(self):
        """Everything newer than what was seen."""
        more = True
        while more:
            page = self.ask("alerts", after=self.through)
            if page["epoch"] != self.epoch:
                self.begin()
                continue
            for alert in page["alerts"]:
                self.alert(alert)
            self.through = page["complete_through"]
            more = page["more"]

    def hear(self, body):
        """A heartbeat tells of alerts that did not arrive; an alert that is next in line needs no fetching."""
        if body["epoch"] != self.epoch:
            self.begin()
            self.fetch()
        elif body["type"] == "alert" and body["number"] == self.through + 1:
            self.through = body["number"]
            self.alert(body)
        elif body.get("number", body.get("last")) > self.through:
            self.fetch()

    def run(self):
        self.begin()
        self.fetch()
        while True:
            if self.bell.poll(SILENT_MS):
                _topic, frame = self.bell.recv_multipart()
                self.hear(fundwatch.unpack(frame))
            else:
                print("the daemon is silent", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--place", default="", help="0, 2, 4 or 6 digits: nation, province, city, county")
    parser.add_argument("--after", type=int, metavar="NUMBER", help="also every alert after this one; default: from now on")
    parser.add_argument("--count", type=int, metavar="N", help="end after so many alerts")
    parser.add_argument("--endpoint", help="of alerts; default: the ipc socket of your own daemon")
    parser.add_argument("--query-endpoint", help="of queries")
    fundwatch.add_connection_options(parser)
    try:
        Monitor(parser.parse_args()).run()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
