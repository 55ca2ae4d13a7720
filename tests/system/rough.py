#!/usr/bin/python3
"""rough - a bad network of bytes between clients and a daemon (L4): connections are reset, also in the middle of a
message, stand still, and whole partitions come and go in which nothing passes.

usage: rough.py BACK_PORT SEED [NAME=VALUE...]

Listens at a port of its own, which it prints as "ready PORT".  Chances in a hundred, of each piece of up to 4 kB:
reset, cut (a part of the piece, then a reset), still (for up to `still_ms`).  A partition begins about every `every_ms`
(0: never) and lasts up to `last_ms`; half of them end with every connection reset, as those that outlast a timeout do.
Prints, when it is ended, what it did as a line of JSON."""
import asyncio
import json
import random
import signal
import socket
import struct
import sys

DEFAULTS = {"reset": 0, "cut": 0, "still": 0, "still_ms": 50, "every_ms": 0, "last_ms": 200}
PIECE = 4096


class Network:
    def __init__(self, port, seed, chances):
        self.port, self.chances = port, chances
        self.random = random.Random(seed)
        self.whole = asyncio.Event()        # not in a partition
        self.whole.set()
        self.writers = set()
        self.did = dict.fromkeys(("connections", "resets", "cuts", "stills", "partitions", "bytes"), 0)

    def chance(self, name):
        return self.random.random() * 100 < self.chances[name]

    async def wait_up_to(self, name):
        await asyncio.sleep(self.random.random() * self.chances[name] / 1000)

    def reset(self, writer):
        """An RST instead of an end, so that what is on the way is lost."""
        own = writer.get_extra_info("socket")
        if own is not None and own.fileno() >= 0:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        self.writers.discard(writer)

    async def pump(self, reader, writer, other):
        try:
            while piece := await reader.read(PIECE):
                await self.whole.wait()
                if self.chance("still"):
                    self.did["stills"] += 1
                    await self.wait_up_to("still_ms")
                if self.chance("cut"):
                    self.did["cuts"] += 1
                    writer.write(piece[:self.random.randrange(len(piece))])
                    await writer.drain()
                    break
                if self.chance("reset"):
                    self.did["resets"] += 1
                    break
                writer.write(piece)
                self.did["bytes"] += len(piece)
                await writer.drain()
        except OSError:
            pass
        self.reset(writer)
        self.reset(other)

    async def connection(self, reader, writer):
        await self.whole.wait()
        self.did["connections"] += 1
        try:
            back_reader, back_writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            self.reset(writer)
            return
        self.writers |= {writer, back_writer}
        await asyncio.gather(self.pump(reader, back_writer, writer), self.pump(back_reader, writer, back_writer))

    async def partitions(self):
        while self.chances["every_ms"]:
            await asyncio.sleep(self.random.uniform(0.5, 1.5) * self.chances["every_ms"] / 1000)
            self.whole.clear()
            self.did["partitions"] += 1
            await self.wait_up_to("last_ms")
            if self.random.random() < 0.5:
                for writer in list(self.writers):
                    self.reset(writer)
            self.whole.set()


async def main():
    port, seed = int(sys.argv[1]), sys.argv[2]
    chances = DEFAULTS | {name: float(value) for name, value in (word.split("=") for word in sys.argv[3:])}
    network = Network(port, seed, chances)
    ending = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ending.set)
    server = await asyncio.start_server(network.connection, "127.0.0.1", 0)
    partitions = asyncio.create_task(network.partitions())
    print(f"ready {server.sockets[0].getsockname()[1]}", flush=True)
    await ending.wait()
    partitions.cancel()
    server.close()
    print(json.dumps(network.did), flush=True)


asyncio.run(main())
