#!/usr/bin/python3
"""The systemd units: how much they leave open by systemd's own reckoning, and that the daemon does all of its work
under the restrictions of its unit, while what it has no business with fails.  Where systemd does not run, confine.py
applies a unit's restrictions."""
import json
import urllib.request

import confine
from harness import *

EXPOSURE_MAX = 1.5
UNITS = ("fundwatchd", "fundwatch-backup", "fundwatch-verify")
CONFINE = os.path.join(ROOT, "tests/system/confine.py")
installed = None


def units():
    """The folder of the units, as `make install` makes them; once."""
    global installed                    # pylint: disable=global-statement
    if installed is None:
        prefix = os.path.join(temp_folder(), "usr")
        env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
        subprocess.run(["make", "-s", "-C", ROOT, "install", f"PREFIX={prefix}"], env=env, check=True,
                       stdout=subprocess.DEVNULL)
        installed = prefix
    return os.path.join(installed, "lib/systemd/system")


def unit(name):
    return os.path.join(units(), name)


def need_systemd_analyze():
    if shutil.which("systemd-analyze") is None:
        raise Skip("there is no systemd-analyze")


def need_root():
    need_systemd_analyze()
    if os.geteuid() != 0:
        raise Skip("needs root, as systemd does")
    tried = subprocess.run(["unshare", "--mount", "--user", "true"], capture_output=True, check=False)
    if tried.returncode != 0:
        raise Skip("this kernel gives no namespaces to us")


# --- By systemd's reckoning. -------------------------------------------------------------

def exposure(path):
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", path], capture_output=True,
                          text=True, check=False)
    found = re.search(r"exposure level for \S+: ([0-9.]+)", done.stdout)
    check(found, f"no exposure: {done.stdout[-300:]} {done.stderr}")
    return float(found.group(1))


def the_units_leave_little_open():
    need_systemd_analyze()
    levels = {name: exposure(unit(f"{name}.service")) for name in UNITS}
    check(max(levels.values()) <= EXPOSURE_MAX, f"exposure: {levels}")
    # The control: without the lines of the sandbox it is another level.
    bare = os.path.join(temp_folder(), "fundwatchd.service")
    with open(unit("fundwatchd.service"), encoding="utf-8") as old, open(bare, "w", encoding="utf-8") as new:
        new.writelines(line for line in old if not line.startswith(("SystemCallFilter", "CapabilityBounding", "Protect")))
    check(exposure(bare) > EXPOSURE_MAX, "a unit without its sandbox is as good")
    return ", ".join(f"{name} {level}" for name, level in levels.items())


def systemd_can_read_the_units():
    need_systemd_analyze()
    names = [*(f"{name}.service" for name in UNITS), "fundwatch-backup.timer", "fundwatch-verify.timer"]
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *(unit(name) for name in names)],
                          capture_output=True, text=True, check=False)
    said = [line for line in (done.stdout + done.stderr).splitlines() if "fundwatch" in line
            and "Failed to create" not in line]
    check_equal(said, [], "what systemd says of the units")
    prefix = os.path.dirname(os.path.dirname(os.path.dirname(units())))
    for name in ("sysusers", "tmpfiles"):
        check(os.path.exists(os.path.join(prefix, f"lib/{name}.d/fundwatch.conf")), f"no {name}.d/fundwatch.conf")


# --- Under the same restrictions. -----------------------------------------------------------

def own(path):
    for at, folders_, files in os.walk(path):
        for name in [at, *(os.path.join(at, n) for n in folders_ + files)]:
            os.chown(name, confine.USER, confine.USER)


def wrapper(service, state, backups=None):
    paths = [f"/var/lib/fundwatch={state}"] + ([f"/var/backups/fundwatch={backups}"] if backups else [])
    return [sys.executable, CONFINE, unit(service), *paths, "--"]


def confined_daemon():
    """On TCP, with a folder for backups, both its own."""
    daemon, server, keys = tcp_daemon({"bureau": dict(sources=["bureau"], kinds=["all"], places=[""]),
                                       "watch": dict(alerts="true", queries=["all"], commands=["all"], places=[""])})
    backups = temp_folder()
    own(backups)
    daemon.config = TCP + "http: 127.0.0.1:0\n"
    daemon.argv()                       # writes the configuration
    own(daemon.folder)
    daemon.wrap = wrapper("fundwatchd.service", daemon.folder, backups)
    return daemon, server, keys, backups


def what_it_is(daemon):
    with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as lines:
        return dict(line.rstrip("\n").split(":\t", 1) for line in lines if ":\t" in line)


def check_confined(daemon):
    """So that a sandbox that was not applied is no sandbox in which all works."""
    status = what_it_is(daemon)
    check_equal({status[k].split()[0] for k in ("Uid", "Gid")}, {str(confine.USER)}, "its user")
    check_equal({int(status[k], 16) for k in ("CapPrm", "CapEff", "CapBnd", "CapAmb")}, {0}, "its capabilities")
    check_equal((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"), "no_new_privs and seccomp")
    check(os.readlink(f"/proc/{daemon.process.pid}/ns/mnt") != os.readlink("/proc/self/ns/mnt"), "its mounts are ours")


def load(daemon, server, keys):
    """Batches of money through both kinds of socket, alerts heard meanwhile; everything that was sent."""
    random_ = random.Random(SEED)
    alerts = open_socket(zmq.SUB, daemon.endpoint("alerts", tcp=True), server, keys["watch"])
    alerts.subscribe(b"")
    check(alerts.poll(int(DEADLINE * 1000)), "no heartbeat")
    local, remote = Client(daemon, source="local"), Client(daemon, source="bureau", tcp=True, server=server,
                                                             key=keys["bureau"])
    truth = Truth()
    def send(client, events):
        truth.note_sent(client.source, events)
        truth.note_reply(client.source, events, client.count(events))
    send(local, [*watched(), *alert_events(0)])
    for i in range(20):
        send(remote if i % 2 else local, [money(f"{i}-{j}", random_, person=True) for j in range(400)])
    send(local, [event("year", "day", 20241231)])
    topics = set()
    while not any(topic.startswith(b"alert/") for topic in topics):
        check(alerts.poll(int(DEADLINE * 1000)), "no alert")
        topics.add(alerts.recv_multipart()[0])
    return truth


def the_daemon_works_under_its_unit():
    need_root()
    daemon, server, keys, backups = confined_daemon()
    daemon.start()
    check_confined(daemon)
    truth = load(daemon, server, keys)
    with urllib.request.urlopen(f"http://{daemon.endpoints['http']}/metrics", timeout=DEADLINE) as page:
        check("fundwatch" in page.read().decode(), "no metrics")
    remote = Client(daemon, "query", tcp=True, server=server, key=keys["watch"])
    check_equal(remote.job("backup", path=os.path.join(backups, "one"))["state"], "done", "backup")
    check_equal(remote.job("verify")["state"], "done", "verify, which starts a process of its own")
    check_equal(remote.job("known_at", position=20)["state"], "done", "books as they were known")
    check_equal(remote.job("in_order", fund=FUND)["state"], "done", "a replay")
    write_rights(os.path.join(daemon.folder, "rights.yaml"), [(keys["watch"], dict(queries=["all"], places=[""]))])
    own(daemon.folder)
    daemon.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "rights read again" in daemon.log(), "reading of the rights")
    answer = remote.ask("backup", path=os.path.join(backups, "two"))
    check_equal(answer.get("code"), "not_permitted", "a command that the key may give no more")
    # Where it may not write it says so.
    answer = Client(daemon, "query").job("backup", path="/etc/fundwatch-was-here")
    check("Read-only" in answer["text"], f"a backup into /etc: {answer}")
    daemon.kill()
    daemon.start()
    truth.compare(daemon, verify=False)
    daemon.stop()
    return f"{len(truth.told)} events"


def the_backup_and_verify_units_work():
    need_root()
    daemon, _, _, backups = confined_daemon()
    daemon.start()
    Client(daemon, source="local").count(founding())
    environment = dict(daemon.environment, FUNDWATCH_DIR=daemon.folder)
    def run_unit(service, *argv):
        done = subprocess.run([*wrapper(service, daemon.folder, backups), *argv], env=environment, capture_output=True,
                              text=True, check=False, timeout=DEADLINE, stdin=subprocess.DEVNULL)
        check_equal(done.returncode, 0, f"exit code of {service} ({done.stdout} {done.stderr})")
        return done.stdout
    fundwatch = program("fundwatch")
    check("agree" in run_unit("fundwatch-verify.service", fundwatch, "verify"), "verify")
    check(":" in run_unit("fundwatch-backup.service", fundwatch, "head"), "head")
    # The script, outside: it needs its own program, whose path confine.py changes.
    kept = os.path.join(backups, "other")
    os.mkdir(kept)
    for n in range(4):
        subprocess.run([os.path.join(ROOT, "systemd/backup"), fundwatch, backups, "2"], env=environment, check=True,
                       stdout=subprocess.DEVNULL, timeout=DEADLINE)
        newest = max(name for name in os.listdir(backups) if name != "other")
        os.rename(os.path.join(backups, newest), os.path.join(backups, f"2024010{n}T000000Z"))
    check_equal(sorted(os.listdir(backups)), ["20240102T000000Z", "20240103T000000Z", "other"], "backups that are kept")
    daemon.stop()


# What the daemon must not be able to do.  Each says "done" or why not.
PROBE = r'''
import ctypes, errno, json, mmap, os, resource, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
state, other, secret, pid = sys.argv[1:5]
def call(name, *arguments):
    if getattr(libc, name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), name)
def syscall(*arguments):
    if libc.syscall(*arguments) < 0:
        raise OSError(ctypes.get_errno(), str(arguments[0]))
def write(path):
    with open(path, "w") as to:
        to.write("x")
    os.unlink(path)
def run_own():
    if os.waitpid(os.posix_spawn(state + "/program", ["program"], {}), 0)[1] != 0:
        raise OSError(errno.EACCES, "not run")
def write_and_execute():
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
def make_executable():
    libc.mmap.restype = ctypes.c_void_p
    at = libc.mmap(None, ctypes.c_size_t(4096), 3, 0x22, -1, 0)
    if libc.mprotect(ctypes.c_void_p(at), ctypes.c_size_t(4096), 5) != 0:
        raise OSError(ctypes.get_errno(), "mprotect")
def core():
    resource.setrlimit(resource.RLIMIT_CORE, (4096, 4096))
def see_others():
    if os.stat("/proc/" + pid + "/status").st_size < 0:
        raise OSError(errno.ENOENT, pid)
tries = {
    "writes into /etc": lambda: write("/etc/fundwatch-was-here"),
    "writes into /usr": lambda: write("/usr/fundwatch-was-here"),
    "writes into /var": lambda: write("/var/fundwatch-was-here"),
    "reads another's file in /tmp": lambda: open(secret).read(),
    "writes into another's folder": lambda: write(other + "/x"),
    "reads the shadow file": lambda: open("/etc/shadow").read(),
    "looks into /root": lambda: os.listdir("/root"),
    "sees other processes": see_others,
    "ends other processes": lambda: os.kill(int(pid), 0),
    "runs what it wrote": run_own,
    "memory that it writes and runs": write_and_execute,
    "makes memory that it wrote run": make_executable,
    "becomes root": lambda: os.setuid(0),
    "raises a limit": core,
    "makes a program of another's rights": lambda: os.chmod(state + "/program", 0o4755),
    "makes a device": lambda: os.mknod(state + "/device", 0o020600, os.makedev(1, 1)),
    "opens memory": lambda: open("/dev/mem", "rb"),
    "opens a disk": lambda: open("/dev/vda", "rb"),
    "mounts": lambda: call("mount", b"none", b"/mnt", b"tmpfs", 0, None),
    "leaves its root": lambda: os.chroot("/"),
    "a user namespace": lambda: call("unshare", 0x10000000),
    "a mount namespace": lambda: call("unshare", 0x20000),
    "a child in a network of its own": lambda: syscall(56, 0x40000011, 0, 0, 0, 0),
    "another bus": lambda: socket.socket(29, socket.SOCK_RAW, 1),
    "packets": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0),
    "traces": lambda: call("ptrace", 0, 0, 0, 0),
    "reads another's memory": lambda: syscall(310, int(pid), None, 0, None, 0, 0),
    "keys of the kernel": lambda: syscall(250, 0, -3, 1, 0, 0),
    "a program in the kernel": lambda: syscall(321, 0, None, 0),
    "counts the processor's events": lambda: syscall(298, None, 0, -1, -1, 0),
    "user faults": lambda: syscall(323, 0),
    "another personality": lambda: syscall(135, 0x0040000),
    "sets the clock": lambda: syscall(227, 0, None),
    "names the host": lambda: call("sethostname", b"x", 1),
    "loads a module": lambda: syscall(175, None, 0, b""),
    "reads the kernel's log": lambda: syscall(103, 3, ctypes.create_string_buffer(64), 64),
    "reads settings of the kernel": lambda: open("/proc/sys/kernel/randomize_va_space").read(),
    "changes settings of the kernel": lambda: write("/proc/sys/kernel/x"),
    "realtime": lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)),
    "locks its memory": lambda: call("mlockall", 1),
    "swaps": lambda: syscall(167, b"/nothing", 0),
    "restarts the machine": lambda: syscall(169, 0, 0, 0, 0),      # with numbers that never do
}
may = {
    "writes into its folder": lambda: write(state + "/x"),
    "writes into its own /tmp": lambda: write("/tmp/x"),
    "reads /etc": lambda: open("/etc/passwd").read(),
    "a socket of TCP": lambda: socket.create_server(("127.0.0.1", 0)),
    "a thread and a child": lambda: os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0),
}
def attempt(function):
    try:
        function()
        return "done"
    except OSError as why:
        return errno.errorcode.get(why.errno, str(why.errno))
def result(function):
    """In a child, so that what one changes of itself is over with it."""
    ends = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(ends[1], attempt(function).encode())
        os._exit(0)
    os.close(ends[1])
    said = os.read(ends[0], 100).decode()
    os.close(ends[0])
    os.waitpid(child, 0)
    return said
print(json.dumps([{name: result(f) for name, f in part.items()} for part in (tries, may)]))
'''
# Not told apart by an errno, or not there even without a sandbox: of the control, which is root.
NOT_OF_THE_CONTROL = {"opens memory", "opens a disk", "traces", "a child in a network of its own", "another bus", "restarts the machine",
                      "loads a module", "swaps", "sets the clock", "a program in the kernel", "user faults",
                      "counts the processor's events", "reads another's memory", "changes settings of the kernel",
                      "realtime"}


def probe(wrap, state):
    other = temp_folder()
    secret = os.path.join(other, "secret")
    with open(secret, "w", encoding="ascii") as to:
        to.write("x")
    os.chmod(other, 0o777)
    program_path = os.path.join(state, "program")
    with open(program_path, "w", encoding="ascii") as to:
        to.write("#!/bin/sh\nexit 0\n")
    os.chmod(program_path, 0o755)
    os.chown(program_path, os.stat(state).st_uid, -1)
    os.chmod(secret, 0o666)
    done = subprocess.run([*wrap, "/usr/bin/python3", "-c", PROBE, state, other, secret, str(os.getpid())],
                          capture_output=True, text=True, check=False, timeout=DEADLINE, stdin=subprocess.DEVNULL)
    check_equal(done.returncode, 0, f"exit code of the probe ({done.stderr[-800:]})")
    return json.loads(done.stdout)


def what_it_has_no_business_with_fails():
    need_root()
    state = temp_folder()
    own(state)
    tries, may = probe(wrapper("fundwatchd.service", state), state)
    check_equal([name for name, came in tries.items() if came == "done"], [], "what succeeded and must not")
    check_equal({name: came for name, came in may.items() if came != "done"}, {}, "what failed and must not")
    # The control: without the sandbox, as root, nearly all of it can be done, so that the tries are real ones.
    # In mounts and a name of its own, which it does change.
    free, _ = probe(["unshare", "--mount", "--uts", "--ipc"], temp_folder())
    failed = {name: came for name, came in free.items() if came != "done" and name not in NOT_OF_THE_CONTROL}
    check_equal(failed, {}, "what fails without a sandbox, too, and proves nothing")
    return f"{len(tries)} tries"


if __name__ == "__main__":
    run(the_units_leave_little_open, systemd_can_read_the_units, *map(as_shipped, (
        the_daemon_works_under_its_unit, the_backup_and_verify_units_work, what_it_has_no_business_with_fails)))
