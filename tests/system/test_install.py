#!/usr/bin/python3
"""What is installed is enough to build programs on the client libraries, in C and in C++."""
import os
import shutil
import subprocess
import tempfile

from harness import ROOT, Skip, check, check_equal, run

# Keeps one event in a spool, and asks nobody: no daemon is needed.
PRODUCER = r"""
#include <stdio.h>
#include <string.h>
#include "producers/client/producer.h"
#include "wire/event_codec.h"
#include "wire/policy_codec.h"

int main(int argc, char **argv)
{
    struct fw_producer_options options;
    struct fw_producer *producer = NULL;
    const char *wrong = "";
    struct event event;
    uint64_t index = 99;

    memset(&options, 0, sizeof options);
    options.source = "hospital-1";
    options.spool_path = argc > 1 ? argv[1] : "spool";
    snprintf(options.peer.endpoint, sizeof options.peer.endpoint, "ipc:///nobody/is/here");
    if (fw_producer_open(&options, &producer, &wrong) != 0) {
        puts(wrong);
        return 1;
    }
    memset(&event, 0, sizeof event);
    event.present = 1u << FIELD_ID | 1u << FIELD_KIND | 1u << FIELD_FUND | 1u << FIELD_DATE;
    event.kind = KIND_DAY;
    event.fund.place = 130207;
    event.fund.scheme = SCHEME_RESIDENT;
    event.id_size = 1;
    strcpy(event.id, "d");
    if (!date_from_ymd(20241231, &event.date) || !event_has(&event, FIELD_DATE) ||
        fw_producer_add(producer, &event, 0, &index) != 0 || fw_producer_spool(producer) != 0)
        return 1;
    fw_producer_close(&producer);
    printf("event %d of %s is in the spool\n", (int)index, event_kind_word(event.kind));
    return 0;
}
"""

# A TCP peer without keys is refused before anything is sent.
CONSUMER = r"""
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "consumers/client/monitor.h"
#include "consumers/client/query.h"

int main(void)
{
    struct fw_monitor_options options;
    struct fw_monitor *monitor = NULL;
    struct fw_query *query = NULL;
    struct net_peer peer;
    const char *wrong = "";

    memset(&peer, 0, sizeof peer);
    memset(&options, 0, sizeof options);
    snprintf(peer.endpoint, sizeof peer.endpoint, "tcp://127.0.0.1:9");
    options.alerts = peer;
    options.query = peer;
    int of_monitor = fw_monitor_open(&options, &monitor, &wrong);
    int of_query = fw_query_open(&peer, &query, &wrong);
    fw_query_close(&query);
    fw_monitor_close(&monitor);
    printf("%d %d\n", of_monitor != 0, of_query != 0);
    return 0;
}
"""

LANGUAGES = {
    "C": (["gcc", "-std=gnu2x"], "c"),
    "C++": (["g++", "-std=c++17"], "c++"),
}
WARNINGS = ["-Wall", "-Wextra", "-Wno-unused-function", "-Werror"]

folder = tempfile.mkdtemp(prefix="fw-install-")
prefix = os.path.join(folder, "usr")


def install():
    """Once, whatever tests run."""
    if os.path.isdir(prefix):
        return
    # What the make that started this was told is not meant for this one.
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    subprocess.run(["make", "-s", "-C", ROOT, "install", f"PREFIX={prefix}"], env=env, check=True,
                   stdout=subprocess.DEVNULL)


def compiler(language):
    command, kind = LANGUAGES[language]
    if shutil.which(command[0]) is None:
        raise Skip(f"there is no {command[0]}")
    install()
    return command + WARNINGS + ["-x", kind]


def flags(library, which):
    env = dict(os.environ, PKG_CONFIG_PATH=os.path.join(prefix, "lib/pkgconfig"))
    out = subprocess.run(["pkg-config", which, library], env=env, check=True, text=True,
                         stdout=subprocess.PIPE)
    return out.stdout.split()


def build_and_run(language, library, source, *arguments):
    command = compiler(language)
    program = os.path.join(folder, "program")
    made = subprocess.run(command + flags(library, "--cflags") + ["-", "-o", program, "-x", "none"]
                          + flags(library, "--libs"), input=source, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    check_equal((made.returncode, made.stdout), (0, ""), f"compiling and linking {language}")
    ran = subprocess.run([program, *arguments], text=True, check=False, timeout=60,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    check_equal(ran.returncode, 0, f"its exit status, saying {ran.stdout}")
    return ran.stdout.strip()


def a_source(language):
    spool = os.path.join(folder, "spool-" + language)
    said = build_and_run(language, "fundwatch-producer", PRODUCER, spool)
    check_equal(said, "event 0 of day is in the spool", "what the source says")


def a_monitor(language):
    said = build_and_run(language, "fundwatch-consumer", CONSUMER)
    check_equal(said, "1 1", "what the monitor says")


def each_header_stands_alone(language):
    """A header that needs one that is not installed, or another before it, does not compile."""
    command = compiler(language)
    include = os.path.join(prefix, "include/fundwatch")
    headers = [os.path.relpath(os.path.join(at, name), include) for at, _, names in os.walk(include)
               for name in names if name.endswith(".h")]
    check(len(headers) > 20, "only", headers, "were installed")
    for header in sorted(headers):
        made = subprocess.run(command + flags("fundwatch-producer", "--cflags") + ["-fsyntax-only", "-"],
                              input=f'#include "{header}"\n', text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        check_equal((made.returncode, made.stdout), (0, ""), f"{header} in {language}")


def tests():
    for function in (a_source, a_monitor, each_header_stands_alone):
        for language in LANGUAGES:
            yield f"{function.__name__} in {language}", lambda f=function, l=language: f(l)


try:
    run(*tests())
finally:
    shutil.rmtree(folder)
