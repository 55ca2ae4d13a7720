#!/usr/bin/python3
"""E5: sources, network, daemon, store and monitors run from one seed, in one process, with everything that can
fail (tests/sim/kernel.h says how).  What a seed finds, `build/plain/sim SEED --trace` shows.

  FUNDWATCH_SEEDS  how many (default 1000)"""
import harness
from harness import *

PLAIN = os.path.join(ROOT, "build/plain")
SEEDS = int(os.environ.get("FUNDWATCH_SEEDS", "1000"))

# Each finds a defect that was mended, without the mend; what it was has a test of its own besides.
FOUND = [
    528,        # a monitor that runs for less than three heartbeats at a time never noticed silence
]


def simulate(seeds, *options, build=PLAIN):
    """What the simulation says of these seeds; fails with the first that finds something."""
    environment = dict(os.environ)
    if harness.seeded_bug:
        environment["FUNDWATCH_CONTROL"] = harness.seeded_bug
    done = subprocess.run([program("sim", CONTROLS if harness.seeded_bug else build), seeds, *options],
                          env=environment, capture_output=True, text=True, errors="replace", check=False)
    said = done.stdout.strip().splitlines()
    check(done.returncode == 0, f"sim {seeds}: {said[-1] if said else done.stderr.strip()}")
    return said[-1]


def no_seed_finds_a_defect():
    return simulate(f"1-{SEEDS}")


def nor_a_sanitizer():
    """Of the programs that are tested, which have sanitizers in make check."""
    return simulate("1-150", build=harness.BUILD)


def a_seed_is_the_same_again():
    return simulate("1-20", "--twice")


def seeds_that_found_something():
    for seed in FOUND:
        simulate(str(seed))


def some_seeds():
    return simulate("1-300")


if __name__ == "__main__":
    run(no_seed_finds_a_defect, nor_a_sanitizer, a_seed_is_the_same_again, seeds_that_found_something,
        *(must_fail(bug, some_seeds) for bug in (
            "ack_before_commit", "two_transactions", "publish_before_commit", "failed_is_done", "full_is_done",
            "dedup_off", "same_epoch", "no_quota", "rights_once")))
