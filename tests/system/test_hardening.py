#!/usr/bin/python3
"""What is built is hardened: each program as readelf sees it, and each file of ours as its compiler noted it.  A
program that lacks one property is told so of just that one, which is the control."""
import re

import harness
from harness import *

SMALL = r"""
#include <stdio.h>
#include <string.h>
int main(int argc, char **argv)
{
    char to[16];
    strcpy(to, argv[argc - 1]);
    return printf("%s\n", to) < 0;
}
"""
HARDENED = ["-O2", "-g", "-fPIE", "-fstack-protector-strong", "-fstack-clash-protection", "-D_FORTIFY_SOURCE=3",
            "-ftrivial-auto-var-init=zero", "-pie", "-Wl,-z,relro,-z,now"]
# What takes just one property away.
TAKEN_AWAY = {
    "position-independent": ["-fno-pie", "-no-pie"],
    "read-only relocations": ["-Wl,-z,norelro"],
    "bound at the start": ["-Wl,-z,lazy"],
    "no executable stack": ["-Wl,-z,execstack"],
    "no run path": ["-Wl,-rpath,/tmp"],
    "stack protector": ["-fno-stack-protector"],
    "fortified": ["-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=0"],
    "-fstack-clash-protection": ["-fno-stack-clash-protection"],
    "-ftrivial-auto-var-init=zero": ["-ftrivial-auto-var-init=uninitialized"],
}


def readelf(path, *options):
    done = subprocess.run(["readelf", "-W", *options, path], capture_output=True, text=True, check=False)
    check_equal(done.returncode, 0, f"readelf {path}: {done.stderr}")
    return done.stdout


def segment(text, name):
    """The flags of a program header; None if there is none."""
    found = re.search(rf"^\s+{name}\s+(?:0x\w+\s+){{5}}([RWE ]{{3}})", text, re.M)
    return found.group(1) if found else None


def flags_of_files(path):
    """What the compiler noted of each file of ours that is in a program: its name, and the options."""
    text = readelf(path, "--debug-dump=info", "--dwarf-depth=1")
    for unit in re.split(r"Compilation Unit @", text)[1:]:
        producer = re.search(r"DW_AT_producer\s*:.*?(GNU C.*|clang.*)", unit)
        name = re.search(r"DW_AT_name\s*:.*: (\S+)\s*$", unit, re.M)
        if producer and name:
            yield name.group(1), producer.group(1)


def lacks(path):
    """Names of what a program has not."""
    header = readelf(path, "-h", "-l")
    dynamic = readelf(path, "-d")
    symbols = readelf(path, "--dyn-syms")
    missing = []
    if not re.search(r"Type:\s+DYN", header) or "PIE" not in dynamic:
        missing.append("position-independent")
    if segment(header, "GNU_RELRO") is None:
        missing.append("read-only relocations")
    if not re.search(r"\(FLAGS\).*BIND_NOW|\(FLAGS_1\).*NOW", dynamic):
        missing.append("bound at the start")
    if "E" in (segment(header, "GNU_STACK") or "E"):
        missing.append("no executable stack")
    if re.search(r"^\s+LOAD\s+(?:0x\w+\s+){5}.WE", header, re.M):
        missing.append("no memory both writable and executable")
    if re.search(r"\((RPATH|RUNPATH)\)", dynamic):
        missing.append("no run path")
    if "(TEXTREL)" in dynamic:
        missing.append("no relocations in code")
    if "__stack_chk_fail" not in symbols:
        missing.append("stack protector")
    if not re.search(r"__\w+_chk\b", re.sub(r"__stack_chk_fail", "", symbols)):
        missing.append("fortified")
    return missing


def in_force(flag, options):
    """The last of the options that are about the same counts."""
    about = flag.split("=")[0]
    same = [o for o in options if o.split("=")[0] in (about, about.replace("-f", "-fno-", 1))]
    return bool(same) and same[-1] == flag


def lacks_flags(path):
    """The same of what leaves no trace but the compiler's note."""
    wanted = ("-fstack-clash-protection", "-ftrivial-auto-var-init=zero", "-fstack-protector-strong", "-fPIE")
    files = list(flags_of_files(path))
    check(files, f"{path} has no notes of its compiler")
    if any(producer.startswith("clang") for _, producer in files):
        raise Skip("clang notes no options")
    return sorted({flag for _, producer in files for flag in wanted if not in_force(flag, producer.split())})


def programs():
    folder = harness.BUILD
    names = sorted(name for name in os.listdir(folder) if name.startswith("fundwatch")
                   and os.access(os.path.join(folder, name), os.X_OK) and "." not in name)
    check(len(names) >= 8, f"programs in {folder}: {names}")
    return [os.path.join(folder, name) for name in names]


def every_program_is_hardened():
    for path in programs():
        check_equal(lacks(path), [], f"what {os.path.basename(path)} lacks")
    return f"{len(programs())} programs"


def every_file_was_compiled_so():
    count = 0
    for path in programs():
        check_equal(lacks_flags(path), [], f"what files of {os.path.basename(path)} lack")
        count += len(list(flags_of_files(path)))
    check(count > 300, f"only {count} files have notes")
    return f"{count} files"


def small(folder, *more):
    path = os.path.join(folder, "small")
    done = subprocess.run(["gcc", *HARDENED, *more, "-x", "c", "-", "-o", path], input=SMALL, capture_output=True, text=True,
                          check=False)
    check_equal(done.returncode, 0, f"compiling with {more}: {done.stderr}")
    return path


def what_lacks_one_thing_is_found():
    if shutil.which("gcc") is None:
        raise Skip("there is no gcc")
    folder = temp_folder()
    check_equal((lacks(small(folder)), lacks_flags(small(folder))), ([], []), "what a hardened program lacks")
    for name, flags in TAKEN_AWAY.items():
        path = small(folder, *flags)
        found = lacks(path) + lacks_flags(path)
        check(name in found, f"nobody notices that {name} is not there: {found}")
        check(len(found) <= 2, f"with {flags} it lacks more than {name}: {found}")
    return f"{len(TAKEN_AWAY)} properties"


if __name__ == "__main__":
    run(as_shipped(every_program_is_hardened), as_shipped(every_file_was_compiled_so), what_lacks_one_thing_is_found)
