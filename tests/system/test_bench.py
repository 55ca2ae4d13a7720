#!/usr/bin/python3
"""The benchmark goes through all its sections, small, against the programs that ship.  What it measures there means
nothing; that it ends with 0 means that everything which was answered was in the books, to the fen."""
import json

from harness import *


def bench(*options):
    folder = os.path.join(ROOT, "build/plain")
    if not os.path.exists(os.path.join(folder, "bench")):
        raise Skip("build/plain/bench is not built")
    return subprocess.run([os.path.join(ROOT, "tests/bench/run"), folder, "--runs", "1", "--seconds", "0.01", "--fill", "3000",
                           *options], capture_output=True, text=True, timeout=DEADLINE * 2, check=False)


def every_section_measures_and_the_books_agree():
    done = bench("--json")
    check_equal((done.returncode, done.stderr.splitlines()[-1:]), (0, done.stderr.splitlines()[-1:]), "end of the bench")
    data = json.loads(done.stdout)
    names = [number["name"] for number in data["numbers"]]
    check(len(names) > 200, f"{len(names)} numbers")
    check_equal([n["name"] for n in data["numbers"] if not n["median"] >= 0], [], "numbers that are none")
    return f"{len(names)} numbers"


def a_section_that_is_none_is_refused():
    done = bench("--only", "mixed,nothing")
    check_equal((done.returncode, done.stdout), (2, ""), "end of the bench")
    check("nothing" in done.stderr, done.stderr)


if __name__ == "__main__":
    run(every_section_measures_and_the_books_agree, a_section_that_is_none_is_refused)
