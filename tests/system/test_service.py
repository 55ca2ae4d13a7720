#!/usr/bin/python3
"""The daemon as a service: what it tells the service manager (sd_notify) and when, and what it says, with which exit
code, when it is set up wrongly."""
import socket as sockets

from harness import *


class Manager:
    """The service manager's end of $NOTIFY_SOCKET."""

    def __init__(self, daemon, abstract=False):
        path = os.path.join(temp_folder(), "notify")
        self.socket = sockets.socket(sockets.AF_UNIX, sockets.SOCK_DGRAM)
        self.socket.settimeout(DEADLINE)
        self.socket.bind("\0" + path if abstract else path)
        daemon.environment["NOTIFY_SOCKET"] = "@" + path if abstract else path

    def hears(self):
        return self.socket.recv(4096).decode().split("\n")

    def heard_nothing(self):
        return not select.select([self.socket], [], [], 0)[0]


def told_when_ready_and_when_stopping(abstract):
    daemon = Daemon().init()
    manager = Manager(daemon, abstract)
    daemon.start(wait=False)
    check("READY=1" in manager.hears(), "the first thing that the manager hears is not READY=1")
    Client(daemon).count(founding())            # ready means so, without waiting for a line
    check(manager.heard_nothing(), "the manager heard more than READY=1")
    daemon.wait_ready()
    daemon.process.send_signal(signal.SIGTERM)
    check("STOPPING=1" in manager.hears(), "the manager does not hear STOPPING=1")
    wait_for(lambda: not daemon.alive(), "end of the daemon")
    check_equal(daemon.process.returncode, 0, "exit code")
    check(manager.heard_nothing(), "the manager heard more than STOPPING=1")


def the_manager_is_told_when_it_is_ready_and_when_it_stops():
    told_when_ready_and_when_stopping(abstract=False)


def the_managers_socket_may_be_abstract():
    told_when_ready_and_when_stopping(abstract=True)


def a_daemon_that_cannot_start_is_never_ready():
    daemon = Daemon()                           # there is no store
    manager = Manager(daemon)
    refused(daemon, 1, "there is no store in")
    check(manager.heard_nothing(), "the manager heard of a daemon that did not start")


def a_manager_that_is_gone_is_no_reason_to_fail():
    daemon = Daemon().init()
    daemon.environment["NOTIFY_SOCKET"] = os.path.join(temp_folder(), "nobody")
    daemon.start()
    Client(daemon).count(founding())
    check("cannot be told READY=1" in daemon.log(), "nothing is said of it")
    daemon.stop()


def refused(daemon, code, sentence):
    """It ends with this code and one sentence that is no line of the log, which has nothing broken to tell."""
    done = subprocess.run(daemon.argv(), env=daemon.environment, capture_output=True, text=True, check=False,
                          timeout=DEADLINE)
    check_equal((done.returncode, done.stdout), (code, ""), f"exit code and stdout ({done.stderr})")
    said = [line for line in done.stderr.splitlines() if " info " not in line]
    check(len(said) == 1 and said[0].startswith("fundwatchd: ") and sentence in said[0], f"what it says: {said}")


def what_is_set_up_wrongly_is_told_in_a_sentence():
    no_key = Daemon(config=TCP).init()
    refused(no_key, 2, "there is no key")
    key = Key("server", no_key.folder)
    refused(no_key, 2, "no rights: ")
    write_rights(os.path.join(no_key.folder, "rights.yaml"), [])
    os.chmod(key.path, 0o644)
    refused(no_key, 2, "others can read the key")
    os.chmod(key.path, 0o600)
    shutil.copy(key.public_path, key.path)
    refused(no_key, 2, "has no secret key")
    unknown = Daemon().init()
    unknown.config = "wimdow: 4\n"
    refused(unknown, 2, "Unexpected key: wimdow")
    unknown.config = "data: &a /tmp\nkey: *a\n"
    refused(unknown, 2, "aliases and anchors are not taken, line 2")
    return "6 mistakes"


def what_somebody_else_has_is_told_in_a_sentence():
    first = Daemon().init().start()
    refused(Daemon(folder=first.folder), 1, "another process has the store")
    first.stop()
    other = sockets.create_server(("127.0.0.1", 0))
    number = other.getsockname()[1]
    daemon, _, _ = tcp_daemon({})
    daemon.config = f"listen:\n  query: tcp://127.0.0.1:{number}\n"
    refused(daemon, 1, f"cannot listen at tcp://127.0.0.1:{number} for query: Address already in use")
    daemon.config = "listen:\n  query: tcp://192.0.2.1:7711\n"          # nobody's: RFC 5737
    refused(daemon, 2, "cannot listen at tcp://192.0.2.1:7711 for query")
    daemon.config = f"http: 127.0.0.1:{number}\n"
    refused(daemon, 1, f"cannot serve metrics at 127.0.0.1:{number}: Address already in use")
    other.close()


if __name__ == "__main__":
    run(the_manager_is_told_when_it_is_ready_and_when_it_stops, the_managers_socket_may_be_abstract,
        a_daemon_that_cannot_start_is_never_ready, a_manager_that_is_gone_is_no_reason_to_fail,
        what_is_set_up_wrongly_is_told_in_a_sentence, what_somebody_else_has_is_told_in_a_sentence)
