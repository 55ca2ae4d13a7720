#!/usr/bin/python3
"""confine - runs a program under the restrictions of a systemd unit, where systemd itself does not run.

usage: confine.py UNIT [UNIT'S PATH=PATH HERE]... -- PROGRAM ARGUMENT...
Reads the [Service] section and does what it says with namespaces, mounts, capabilities, limits and a seccomp filter,
as far as that goes without a cgroup (NOT_HERE); a directive that it does not know is an error, so that a unit does
not have one that is not tried.  PROGRAM's folder is copied, because the checkout may be where the unit sees nothing.
Needs root, as systemd does, and ends as the user USER."""
import ctypes
import errno
import os
import re
import resource
import shutil
import subprocess
import sys

USER = 64123            # of nobody else
NOT_HERE = {            # what of a unit is another's: the manager's own doing, and cgroups
    "Type", "ExecStart", "ExecStartPost", "ExecReload", "Restart", "RestartSec", "RestartPreventExitStatus",
    "TimeoutStopSec", "TimeoutStartSec", "User", "Group", "StateDirectory", "StateDirectoryMode", "Environment",
    "IPAddressDeny", "IPAddressAllow", "MemoryMax", "MemorySwapMax", "TasksMax", "KeyringMode", "RemoveIPC",
    "AmbientCapabilities", "PrivateMounts", "DevicePolicy",
    # Of these the system calls are not in the filter, and the files are read-only or not there.
    "ProtectClock", "ProtectControlGroups", "ProtectKernelLogs", "ProtectKernelModules", "ProtectKernelTunables",
    "SystemCallArchitectures",
}
libc = ctypes.CDLL(None, use_errno=True)
seccomp = ctypes.CDLL("libseccomp.so.2", use_errno=True)
seccomp.seccomp_init.restype = ctypes.c_void_p

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWNET = (0x20000, 0x4000000, 0x8000000, 0x10000000,
                                                                        0x40000000)
NAMESPACES = 0x7e020080
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = (1, 2, 4, 8, 32, 4096, 16384,
                                                                                      1 << 18)
SYS_MOUNT_SETATTR, AT_RECURSIVE, ATTR_RDONLY, ATTR_NOSUID, ATTR_NOEXEC = 442, 0x8000, 1, 2, 8
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 24, 38, 47, 4
ALLOW, ERRNO = 0x7fff0000, 0x50000
EQ, MASKED_EQ = 4, 7
FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10, "AF_NETLINK": 16}


def ensure(result, what):
    if result != 0:
        raise OSError(ctypes.get_errno() or -result, f"{what}: {os.strerror(ctypes.get_errno() or -result)}")


def read_unit(path):
    """Directive to its values; an empty one takes back what stood before."""
    unit, section = {}, ""
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            line = line.strip()
            if line.startswith("["):
                section = line
            elif "=" in line and not line.startswith("#") and section == "[Service]":
                name, value = line.split("=", 1)
                unit.setdefault(name, []).append(value)
    return unit


class Service:
    """A unit's directives; each that is asked for is one that is applied."""

    def __init__(self, path, paths):
        self.unit = read_unit(path)
        self.paths = paths
        self.applied = set(NOT_HERE)

    def yes(self, name):
        self.applied.add(name)
        return self.unit.get(name, ["no"])[-1] in ("yes", "strict", "invisible", "pid")

    def values(self, name):
        self.applied.add(name)
        return self.unit.get(name, [])

    def places(self, name):
        """The paths here of a list of paths, those that have none left out."""
        words = " ".join(self.values(name)).split()
        return [self.paths[word.lstrip("-")] for word in words if word.lstrip("-") in self.paths]

    def check(self):
        unknown = set(self.unit) - self.applied
        if unknown:
            sys.exit(f"confine: what do these do? {sorted(unknown)}")


# --- Files. ----------------------------------------------------------------------------

def mount(source, target, kind=None, flags=0, data=None):
    ensure(libc.mount(source.encode() if source else None, target.encode(), kind.encode() if kind else None,
                      ctypes.c_ulong(flags), data.encode() if data else None), f"mount {target}")


def set_attributes(path, put, take=0, recursive=False):
    attributes = (ctypes.c_uint64 * 4)(put, take, 0, 0)
    ensure(libc.syscall(SYS_MOUNT_SETATTR, -100, path.encode(), AT_RECURSIVE if recursive else 0, attributes,
                        ctypes.sizeof(attributes)), f"mount_setattr {path}")


def private_tmp(keep):
    """A new /tmp with the folders `keep` of the old one, and the programs."""
    handles = {path: os.open(path, os.O_PATH) for path in keep}
    mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777")
    for path, handle in handles.items():
        os.makedirs(path, exist_ok=True)
        mount(f"/proc/self/fd/{handle}", path, None, MS_BIND)
        os.close(handle)


def private_devices():
    names = ("null", "zero", "full", "random", "urandom")
    handles = {name: os.open("/dev/" + name, os.O_PATH) for name in names}
    mount("tmpfs", "/dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755")
    for name, handle in handles.items():
        with open("/dev/" + name, "wb"):
            pass
        mount(f"/proc/self/fd/{handle}", "/dev/" + name, None, MS_BIND)
        os.close(handle)


def confine_files(service, programs):
    kept = list(service.paths.values())
    if service.yes("PrivateTmp"):
        private_tmp([*kept, programs])
    if service.yes("PrivateDevices"):
        private_devices()
    if service.yes("ProtectHome"):
        for path in ("/home", "/root", "/run/user"):
            if os.path.isdir(path):
                mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV | MS_RDONLY, "mode=000")
    hide, subset = service.yes("ProtectProc"), service.yes("ProcSubset")
    if hide or subset:
        mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
              "hidepid=" + ("invisible" if hide else "off") + (",subset=pid" if subset else ""))
    for path in kept:
        if not os.path.ismount(path):
            mount(path, path, None, MS_BIND)
    if service.yes("ProtectSystem"):
        set_attributes("/", ATTR_RDONLY, recursive=True)
        set_attributes("/tmp", 0, ATTR_RDONLY)
        for path in [service.paths["/var/lib/fundwatch"], *service.places("ReadWritePaths")]:
            set_attributes(path, ATTR_NOSUID, ATTR_RDONLY)
    for path in service.places("NoExecPaths"):
        set_attributes(path, ATTR_NOEXEC)


# --- Who it is. -------------------------------------------------------------------------

class Mapper:
    """A child from before the mounts, which tells the kernel who is known where we go: root, who is nobody there
    who could do anything, and ourselves."""

    def __init__(self):
        self.ask, self.told = os.pipe(), os.pipe()
        self.child = os.fork()
        if self.child == 0:
            os.close(self.ask[1])
            if os.read(self.ask[0], 1):
                self.write()
            os._exit(0)
        os.close(self.told[1])

    def write(self):
        for name in ("uid_map", "gid_map"):
            with open(f"/proc/{os.getppid()}/{name}", "w", encoding="ascii") as to:
                to.write(f"0 0 1\n{USER} {USER} 1\n")
        os.write(self.told[1], b"x")

    def enter(self):
        ensure(libc.unshare(CLONE_NEWUSER), "unshare")
        os.write(self.ask[1], b"x")
        if not os.read(self.told[0], 1):
            sys.exit("confine: the users cannot be mapped")
        os.waitpid(self.child, 0)
        for end in (*self.ask, self.told[0]):
            os.close(end)


def become_user(service, mapper):
    os.setgroups([])
    if mapper:
        mapper.enter()
    bounded = service.values("CapabilityBoundingSet")
    for capability in range(64 if bounded else 0):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    os.setresgid(USER, USER, USER)
    os.setresuid(USER, USER, USER)
    libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    if service.yes("NoNewPrivileges"):
        ensure(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")


def limit(service):
    for name, which in (("LimitNOFILE", resource.RLIMIT_NOFILE), ("LimitCORE", resource.RLIMIT_CORE)):
        for value in service.values(name):
            resource.setrlimit(which, (int(value), int(value)))
    for value in service.values("UMask"):
        os.umask(int(value, 8))


# --- System calls. -----------------------------------------------------------------------

class Compare(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


def read_groups():
    """systemd's groups of system calls: what stands in each, groups among it."""
    text = subprocess.run(["systemd-analyze", "syscall-filter"], check=True, capture_output=True, text=True).stdout
    groups, members = {}, []
    for line in text.splitlines():
        word = line.strip()
        if line.startswith("@"):
            members = groups.setdefault(word, [])
        elif word and not word.startswith("#"):
            members.append(word)
    return groups


def expand(word, groups):
    """The system calls that a word of a filter stands for."""
    if not word.startswith("@"):
        return {word}
    return set().union(*(expand(member, groups) for member in groups[word]))


def allowed_calls(service):
    groups, calls = read_groups(), set()
    for value in service.values("SystemCallFilter"):
        listed = set().union(*(expand(word, groups) for word in value.lstrip("~").split()))
        calls = calls - listed if value.startswith("~") else calls | listed | expand("@default", groups)
    return calls


def conditions(service):
    """Calls that are allowed only with these arguments: lists of comparisons, of which one has to hold."""
    only = {}
    families = " ".join(service.values("RestrictAddressFamilies")).split()
    if families:
        only["socket"] = [[Compare(0, EQ, FAMILIES[f], 0)] for f in families]
    if service.yes("MemoryDenyWriteExecute"):
        only["mmap"] = [[Compare(2, MASKED_EQ, 4, 0)], [Compare(2, MASKED_EQ, 6, 4)]]
        only["mprotect"] = only["pkey_mprotect"] = [[Compare(2, MASKED_EQ, 4, 0)]]
        only["shmat"] = [[Compare(2, MASKED_EQ, 0o100000, 0)]]
    if service.yes("RestrictNamespaces"):
        only["clone"] = [[Compare(0, MASKED_EQ, NAMESPACES, 0)]]
        only["unshare"] = [[Compare(0, MASKED_EQ, NAMESPACES, 0)]]
        only["setns"] = []
    if service.yes("RestrictSUIDSGID"):
        only["chmod"] = only["fchmod"] = [[Compare(1, MASKED_EQ, 0o6000, 0)]]
        only["fchmodat"] = [[Compare(2, MASKED_EQ, 0o6000, 0)]]
    if service.yes("RestrictRealtime"):
        only["sched_setscheduler"] = [[Compare(1, EQ, policy, 0)] for policy in (0, 3, 5)]
    if service.yes("LockPersonality"):
        only["personality"] = [[Compare(0, EQ, 0, 0)], [Compare(0, EQ, 0xffffffff, 0)]]
    return only


def error_number(service):
    return getattr(errno, (service.values("SystemCallErrorNumber") or ["EPERM"])[-1])


def filter_calls(code, calls, only):
    if not calls:
        return
    context = ctypes.c_void_p(seccomp.seccomp_init(ERRNO | code))
    for name in sorted(calls):
        number = seccomp.seccomp_syscall_resolve_name(name.encode())
        if number < 0 or name == "clone3":
            continue
        for comparisons in only.get(name, [[]]):
            array = (Compare * max(1, len(comparisons)))(*comparisons)
            ensure(seccomp.seccomp_rule_add_array(context, ALLOW, number, len(comparisons), array), name)
    # Its flags cannot be looked at: whoever uses it goes on with clone.
    clone3 = seccomp.seccomp_syscall_resolve_name(b"clone3")
    ensure(seccomp.seccomp_rule_add_array(context, ERRNO | errno.ENOSYS, clone3, 0, None), "clone3")
    ensure(seccomp.seccomp_load(context), "seccomp")


def namespaces(service):
    flags = CLONE_NEWNS
    if service.yes("PrivateIPC"):
        flags |= CLONE_NEWIPC
    if service.yes("ProtectHostname"):
        flags |= CLONE_NEWUTS
    if service.yes("PrivateNetwork"):
        flags |= CLONE_NEWNET
    return flags


def copy_program(program, folder):
    """Where it can be run from, whatever is hidden: the system's own are where they were."""
    if re.match(r"/(usr|bin)/", os.path.realpath(program)):
        return program
    target = os.path.join(folder, os.path.basename(program))
    shutil.copyfile(program, target)
    os.chmod(target, 0o755)
    return target


def main():
    split = sys.argv.index("--")
    program, *rest = sys.argv[split + 1:]
    service = Service(sys.argv[1], dict(word.split("=") for word in sys.argv[2:split]))
    calls = allowed_calls(service)
    mapper = Mapper() if service.yes("PrivateUsers") else None
    programs = "/tmp/confined"
    os.makedirs(programs, mode=0o755, exist_ok=True)
    ensure(libc.unshare(namespaces(service)), "unshare")
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    mount("tmpfs", programs, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755")
    target = copy_program(program, programs)
    confine_files(service, programs)
    os.chdir("/")
    limit(service)
    become_user(service, mapper)
    only, code = conditions(service), error_number(service)
    service.check()
    filter_calls(code, calls, only)
    os.execv(target, [target, *rest])


if __name__ == "__main__":
    main()
