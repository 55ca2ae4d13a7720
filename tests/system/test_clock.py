#!/usr/bin/python3
"""E7: midnight in Asia/Shanghai moves the books date of a fund whose policy says `clock: live`, and of no other; a
clock that jumps ahead, back or by years breaks nothing.  The daemon's clock is libfaketime's."""
import glob

from harness import *

EVENTS_FUND = "440800/390"          # its policy says `clock: events`
SHANGHAI = datetime.timezone(datetime.timedelta(hours=8))


def library():
    found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1") + glob.glob("/usr/lib/faketime/libfaketimeMT.so.1")
    if not found:
        raise Skip("libfaketime is not installed")
    return found[0]


class Clock:
    """What a daemon takes for the time.  It goes on at the world's speed from where it is set."""

    def __init__(self):
        self.path = os.path.join(temp_folder(), "clock")

    def set(self, year, month, day, hour=12, minute=0, second=0):
        wanted = datetime.datetime(year, month, day, hour, minute, second, tzinfo=SHANGHAI).timestamp()
        with open(self.path + ".new", "w", encoding="ascii") as to:
            to.write(f"{wanted - time.time():+.3f}\n")
        os.rename(self.path + ".new", self.path)

    def give_to(self, daemon):
        daemon.environment.update(LD_PRELOAD=library(), FAKETIME_TIMESTAMP_FILE=self.path, FAKETIME_NO_CACHE="1",
                                  FAKETIME_DONT_FAKE_MONOTONIC="1", DONT_FAKE_MONOTONIC="1", TZ="UTC")
        daemon.environment["ASAN_OPTIONS"] = "verify_asan_link_order=0:" + os.environ.get("ASAN_OPTIONS", "")


def live_fund():
    """A daemon at noon of 29 June 2024, with a fund that lives and one that does not."""
    clock = Clock()
    clock.set(2024, 6, 29)
    daemon = Daemon()
    clock.give_to(daemon)
    daemon.init().start()
    client = Client(daemon)
    client.count([*founding(clock="live"), *founding(EVENTS_FUND)])
    return daemon, client, clock


def count_one(client, date):
    """An event; the daemon looks at its clock before it takes one."""
    name = f"e{next(refs)}"
    check_equal(words(client.count([event(name, "income", date, amount=1, category="interest")]), 1), ["applied"],
                "an event")


def books_date(daemon, fund=FUND):
    client = Client(daemon, "query")
    date = client.query("status", place=fund[:6])[0]["books_date"]
    client.close()
    return date


def wait_books_date(daemon, date):
    wait_for(lambda: books_date(daemon) == date, f"books date {date} (it is {books_date(daemon)})")


def recorded_times_ascend(daemon):
    times = [record["recorded"] for record in Client(daemon, "query").events()]
    check_equal(times, sorted(times), "times at which events were recorded")


def heads_leave_the_machine(daemon):
    """With the log, a line a day: each proves the journal up to there."""
    heads = re.findall(r"the journal's head position=(\d+) alerts=\d+ chain=([0-9a-f]{64})", daemon.log())
    check_equal(len(heads), 2, "heads in the log, of two days that ended")
    for position, chain in heads:
        check("proved" in command_line(daemon, "verify", "--head", f"{position}:{chain}", "--json"), "a head of the log")


def midnight_moves_a_live_fund():
    daemon, client, clock = live_fund()
    count_one(client, 20240601)
    wait_books_date(daemon, 20240628)
    clock.set(2024, 6, 29, 23, 59, 57)
    count_one(client, 20240601)
    wait_books_date(daemon, 20240629)           # nobody sends anything: the daemon's own timer
    check_equal(books_date(daemon, EVENTS_FUND), 20231231, "books date of a fund that goes by events")
    ended = [r["event"] for r in Client(daemon, "query").events() if r["event"]["kind"] == "day"]
    check_equal(ended, [], "day events, of which nobody sent one")
    heads_leave_the_machine(daemon)
    verify_books(Client(daemon, "query"))
    daemon.stop()
    daemon.start()
    check_equal(books_date(daemon), 20240629, "books date after a restart")
    daemon.stop()


def a_clock_that_jumps_breaks_nothing():
    random_ = random.Random(SEED)
    daemon, client, clock = live_fund()
    newest = datetime.date(2024, 6, 28)
    today = newest + datetime.timedelta(days=1)
    for i in range(40):
        today += datetime.timedelta(days=random_.choice((-30, -1, 0, 1, 2, 31)))
        clock.set(today.year, today.month, today.day, random_.randrange(23), random_.randrange(60))
        count_one(client, 20240601)
        newest = max(newest, today - datetime.timedelta(days=1))
        wait_books_date(daemon, int(newest.strftime("%Y%m%d")))
        if i % 10 == 9:
            daemon.kill()
            daemon.start()
            check_equal(books_date(daemon), int(newest.strftime("%Y%m%d")), "books date after a restart")
    recorded_times_ascend(daemon)
    verify_books(Client(daemon, "query"))
    daemon.stop()


def next_heartbeat(bell, year):
    """The next one that was sent in that year; those that were sent before the clock was set may still wait."""
    while True:
        check(bell.poll(int(patience() * 1000)), f"no heartbeat, with the clock set to {year}")
        sent = datetime.datetime.fromtimestamp(unpack(bell.recv_multipart()[1])["sent"] / 1000, SHANGHAI)
        if sent.year == year:
            return


def a_clock_that_is_set_back_stops_no_timer():
    """Heartbeats go on; they say what the clock says."""
    daemon, client, clock = live_fund()
    bell = open_socket(zmq.SUB, daemon.endpoint("alerts"))
    bell.subscribe(b"heartbeat")
    for year in (2024, 2023, 2024):
        clock.set(year, 6, 29)
        count_one(client, 20240601)
        for _ in range(2):
            next_heartbeat(bell, year)
    daemon.stop()


def a_clock_that_is_years_ahead_is_not_believed():
    daemon, client, clock = live_fund()
    count_one(client, 20240601)
    wait_books_date(daemon, 20240628)
    clock.set(2031, 1, 1)
    count_one(client, 20240601)
    wait_for(lambda: "--trust-clock" in daemon.log(), "line about the clock")
    check_equal(books_date(daemon), 20240628, "books date")
    clock.set(2024, 6, 30)                      # it is set right
    count_one(client, 20240601)
    wait_books_date(daemon, 20240629)
    clock.set(2031, 1, 1)
    daemon.stop()
    daemon.options = ["--trust-clock"]
    daemon.start()
    count_one(client, 20240601)
    wait_books_date(daemon, 20301231)
    verify_books(Client(daemon, "query"))
    daemon.stop()


if __name__ == "__main__":
    run(midnight_moves_a_live_fund, a_clock_that_jumps_breaks_nothing, a_clock_that_is_years_ahead_is_not_believed,
        a_clock_that_is_set_back_stops_no_timer,
        must_fail("wall_clock_timer", a_clock_that_is_set_back_stops_no_timer, silence=10),
        must_fail("time_goes_back", a_clock_that_jumps_breaks_nothing))
