#!/usr/bin/python3
"""What is installed has no switch for seeded bugs: neither its name nor that of any of them is in a program or an
archive of the plain build, and it does nothing there."""
from harness import *

PLAIN = os.path.join(ROOT, "build/plain")
SWITCH = b"FUNDWATCH_CONTROL"


def names():
    with open(os.path.join(ROOT, "tests/controls"), encoding="utf-8") as table:
        return {line.split()[0].encode() for line in table if line.strip() and not line.startswith("#")}


def strings(path):
    """Whole strings of a file, as strings(1) finds them."""
    with open(path, "rb") as file:
        return set(re.findall(rb"[\x20-\x7e]{4,}", file.read()))


def release_files(folder):
    found = [os.path.join(folder, name) for name in sorted(os.listdir(folder))
             if name.startswith("fundwatch") or name.endswith(".a")]
    if not any(path.endswith("fundwatchd") for path in found):
        raise Skip(f"{folder} is not built")
    return found


def seeded(folder):
    """Files with the switch or with a bug, and how many bugs."""
    with_switch, bugs = [], set()
    for path in release_files(folder):
        here = strings(path)
        if any(SWITCH in string for string in here):
            with_switch.append(os.path.basename(path))
        bugs |= here & names()
    return with_switch, bugs


def a_release_build_has_no_switch():
    check_equal(seeded(PLAIN), ([], set()), "what is seeded in the plain build")
    return f"{len(release_files(PLAIN))} files, {len(names())} bugs looked for"


def the_build_with_seeded_bugs_has_them_all():
    """The control: the same search finds every one there."""
    with_switch, bugs = seeded(CONTROLS)
    check("fundwatchd" in with_switch, f"files with the switch: {with_switch}")
    check_equal(bugs, names(), "bugs that the search finds")


def the_switch_does_nothing():
    """A plain daemon that is told to have a bug has none."""
    daemon = Daemon()
    daemon.program = os.path.join(PLAIN, "fundwatchd")
    daemon.environment["FUNDWATCH_CONTROL"] = "dedup_off"
    daemon.init().start()
    client = Client(daemon)
    client.count(founding())
    one = [event("one", "income", amount=1, category="interest")]
    check_equal([words(client.count(one), 1) for _ in range(2)], [["applied"], ["duplicate"]], "outcomes")
    daemon.stop()


if __name__ == "__main__":
    run(a_release_build_has_no_switch, the_build_with_seeded_bugs_has_them_all, the_switch_does_nothing)
