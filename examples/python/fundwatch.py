"""What producer.py and monitor.py share: where the daemon is, keys, one message.

Written from docs/PROTOCOL.md alone, with Debian's python3-zmq and python3-msgpack.  Copy it."""
import os
import uuid

import msgpack
import zmq

SOCKETS = {"ingest": zmq.DEALER, "query": zmq.DEALER, "alerts": zmq.SUB}
MESSAGE_MAX = 4 * 1024 * 1024


class Unanswered(Exception):
    """Nobody answered in time.  What became of the message is not known."""


def default_endpoint(role):
    """Where a daemon without configuration listens (PROTOCOL 1)."""
    data = os.environ.get("FUNDWATCH_DIR")
    if not data:
        home = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
        data = os.path.join(home, "fundwatch")
    return f"ipc://{data}/run/{role}.sock"


def read_key(path):
    """A key file, as `fundwatch keys` writes it: name, public and, in your own, secret."""
    with open(path, encoding="ascii") as lines:
        fields = [line.rstrip("\r\n").split(": ", 1) for line in lines
                  if line.strip() and not line.startswith("#")]
    return dict(fields)


def connect(context, role, endpoint=None, server_key=None, key=None):
    """A socket that is connected to one endpoint of the daemon.

    `server_key` is a key file or the key itself, `key` the path of your own key file; tcp:// needs both."""
    endpoint = endpoint or default_endpoint(role)
    socket = context.socket(SOCKETS[role])
    socket.linger = 0
    socket.maxmsgsize = MESSAGE_MAX
    socket.heartbeat_ivl = 5000
    socket.heartbeat_timeout = 15000
    if endpoint.startswith("tcp://"):
        if not server_key or not key:
            raise SystemExit("tcp:// is always encrypted: give --server-key and --key")
        own = read_key(key)
        server = read_key(server_key)["public"] if os.path.exists(server_key) else server_key
        socket.curve_serverkey = server.encode()
        socket.curve_publickey = own["public"].encode()
        socket.curve_secretkey = own["secret"].encode()
    socket.connect(endpoint)
    return socket


def pack(message):
    return msgpack.packb(message)


def unpack(frame):
    return msgpack.unpackb(frame)


def new_ref():
    """Tells our reply from one to an earlier try."""
    return uuid.uuid4().int >> 65


def receive(socket, ref, timeout_ms):
    """The answer with our ref.  Raises Unanswered when `timeout_ms` pass without a message."""
    while socket.poll(timeout_ms):
        answer = unpack(socket.recv())
        if answer["ref"] == ref:
            return answer
    raise Unanswered


def query(socket, name, timeout_ms=5000, **arguments):
    """The data of an answer.  A daemon that refuses says why in the exception."""
    ref = new_ref()
    socket.send(pack({"v": 1, "type": "query", "ref": ref, "query": name, **arguments}))
    answer = receive(socket, ref, timeout_ms)
    if answer["status"] != "ok":
        raise RuntimeError(f"{name}: {answer['code']}: {answer['text']}")
    return answer["data"]


def add_connection_options(parser):
    parser.add_argument("--server-key", metavar="FILE|KEY",
                        help="the daemon's public key, for tcp://; write --server-key=KEY, because a key may begin with -")
    parser.add_argument("--key", metavar="FILE", help="your own key file, for tcp://")
