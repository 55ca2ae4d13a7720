#!/usr/bin/python3
"""lossy - a bad network of whole messages between sources and a daemon (E3): what goes through may be lost, come
twice, late and in another order, and connections to the daemon are given up with replies on the way.

usage: lossy.py FRONT BACK SEED [NAME=VALUE...]

Binds FRONT for sources and has a connection of its own to BACK for each of them.  The values are chances in a hundred,
of each message: lose_request, lose_reply, twice, late (by up to `late_ms`), give_up (the connection).
Prints "ready", and when it is ended what it did as a line of JSON."""
import heapq
import json
import random
import signal
import sys
import time

import zmq

DEFAULTS = {"lose_request": 0, "lose_reply": 0, "twice": 0, "late": 0, "late_ms": 50, "give_up": 0}


class Network:
    def __init__(self, front, back, seed, chances):
        self.random = random.Random(seed)
        self.chances = chances
        self.back_endpoint = back
        self.context = zmq.Context()
        self.poller = zmq.Poller()
        self.front = self.socket(zmq.ROUTER)
        self.front.bind(front)
        self.backs = {}             # routing id of a source: socket
        self.owners = {}            # socket: routing id
        self.late = []              # heap of (when, number, send, frames)
        self.did = dict.fromkeys(("requests", "replies", "lost_requests", "lost_replies", "doubled", "delayed",
                                  "given_up"), 0)

    def socket(self, kind):
        socket = self.context.socket(kind)
        socket.linger = 0
        socket.rcvhwm = socket.sndhwm = 100000
        self.poller.register(socket, zmq.POLLIN)
        return socket

    def chance(self, name):
        return self.random.random() * 100 < self.chances[name]

    def back_of(self, source):
        if source not in self.backs:
            socket = self.socket(zmq.DEALER)
            socket.connect(self.back_endpoint)
            self.backs[source], self.owners[socket] = socket, source
        return self.backs[source]

    def give_up(self, source):
        socket = self.backs.pop(source, None)
        if socket:
            self.poller.unregister(socket)
            del self.owners[socket]
            socket.close()
            self.did["given_up"] += 1

    def carry(self, send, frames):
        """Now, or later, or now and later."""
        if self.chance("late"):
            self.did["delayed"] += 1
            self.put_off(send, frames)
        else:
            send(frames)
        if self.chance("twice"):
            self.did["doubled"] += 1
            self.put_off(send, frames)

    def put_off(self, send, frames):
        when = time.monotonic() + self.random.random() * self.chances["late_ms"] / 1000
        heapq.heappush(self.late, (when, self.random.random(), send, frames))

    def to_daemon(self, frames):
        source, message = frames
        self.back_of(source).send(message)

    def from_source(self):
        frames = self.front.recv_multipart()
        self.did["requests"] += 1
        if self.chance("give_up"):
            self.give_up(frames[0])
        if self.chance("lose_request"):
            self.did["lost_requests"] += 1
        else:
            self.carry(self.to_daemon, frames)

    def from_daemon(self, socket):
        frames = [self.owners[socket], socket.recv()]
        self.did["replies"] += 1
        if self.chance("lose_reply"):
            self.did["lost_replies"] += 1
        else:
            self.carry(self.front.send_multipart, frames)

    def step(self):
        wait = max(0, int((self.late[0][0] - time.monotonic()) * 1000) + 1) if self.late else 100
        for socket, _ in self.poller.poll(wait):
            if socket is self.front:
                self.from_source()
            elif socket in self.owners:
                self.from_daemon(socket)
        while self.late and self.late[0][0] <= time.monotonic():
            _, _, send, frames = heapq.heappop(self.late)
            send(frames)


def main():
    front, back, seed = sys.argv[1:4]
    chances = DEFAULTS | {name: float(value) for name, value in (word.split("=") for word in sys.argv[4:])}
    network = Network(front, back, seed, chances)
    ending = []
    signal.signal(signal.SIGTERM, lambda *_: ending.append(True))
    print("ready", flush=True)
    while not ending:
        network.step()
    print(json.dumps(network.did), flush=True)


main()
