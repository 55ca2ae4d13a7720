#!/usr/bin/python3
"""Reconciling: a hospital's file beside the books.  Totals per day and kind first; where they differ the records: missing here,
missing there, of other content, with the reason where quarantine has one.  The file is what the programs make of the field's
own columns."""
import json

from harness import *

HEADER = "setl_id,insuplc_admdvs,insutype,setl_time,med_type,hifp_pay,medfee_sumamt,inscp_scp_amt\n"


def rows(bills):
    return HEADER + "".join(f"{id_},130207,390,{day},21,{pay},{pay},{pay}\n" for id_, day, pay in bills)


def run_program(daemon, name, *arguments, **options):
    return subprocess.run([program(name), *arguments], env=daemon.environment, capture_output=True, text=True, check=False,
                          timeout=DEADLINE, **options)


def sent(daemon, bills):
    path = os.path.join(temp_folder(), "bills.csv")
    with open(path, "w", encoding="ascii") as to:
        to.write(rows(bills))
    done = run_program(daemon, "fundwatch-hospital", "--source", "hospital", "--unit", "yuan", "--quiet", path)
    check(done.returncode in (0, 3), done)


def own_account(daemon, bills):
    """The hospital's own file as lines of JSON; nothing is sent."""
    path = os.path.join(temp_folder(), "own.csv")
    with open(path, "w", encoding="ascii") as to:
        to.write(rows(bills))
    done = run_program(daemon, "fundwatch-hospital", "--unit", "yuan", "--events", "-", path)
    check(done.returncode == 0, done)
    return done.stdout


def reconciled(daemon, lines, *options):
    done = run_program(daemon, "fundwatch", "reconcile", "--source", "hospital", "--file", "-", "--json", *options, input=lines)
    check(done.returncode in (0, 4) and done.stdout, done)
    answer = json.loads(done.stdout)
    check_equal(done.returncode == 4, bool(answer["totals"] or answer["records"]), "exit code")
    return answer


BILLS = [(f"b{day}-{i}", f"2024-01-{day:02}", f"{100 * day + i}.50") for day in range(10, 16) for i in range(3)]


def started():
    daemon = Daemon().init().start()
    check_equal(words(Client(daemon).count(founding()), 2), ["applied"] * 2, "a fund")
    sent(daemon, BILLS)
    return daemon


def what_agrees_agrees():
    daemon = started()
    answer = reconciled(daemon, own_account(daemon, BILLS), "--records")
    check_equal((answer["agree"], answer["totals"], answer["records"]), (6, [], []), "the same file")
    check_equal((answer["from"], answer["to"]), (20240110, 20240115), "days of the file")
    twice = own_account(daemon, BILLS) + own_account(daemon, BILLS[:3])
    check_equal(reconciled(daemon, twice)["agree"], 6, "a record that stands there twice counts once, as in the books")
    daemon.stop()


def differences_are_found_by_total_and_then_by_record():
    daemon = started()
    own = [bill for bill in BILLS if bill[0] != "b10-1"]                    # the hospital lost one,
    own = [("b11-0", "2024-01-11", "999.00") if bill[0] == "b11-0" else bill for bill in own]      # changed one,
    own += [("new", "2024-01-12", "5.00")]                                  # has one that never came,
    own = [("b13-2", "2024-01-14", "1302.50") if bill[0] == "b13-2" else bill for bill in own]     # and moved one
    answer = reconciled(daemon, own_account(daemon, own))
    check_equal([t["date"] for t in answer["totals"]], [20240110, 20240111, 20240112, 20240113, 20240114], "days that differ")
    check_equal(answer["agree"], 1, "the rest")
    first = answer["totals"][0]
    check_equal((first["kind"], first["file"], first["books"]),
                ("settlement", {"count": 2, "amount": 200300}, {"count": 3, "amount": 300450}), "a total")
    found = {r["id"]: (r["what"], {f["key"]: (f["file"], f["books"]) for f in r["fields"]}) for r in answer["records"]}
    check_equal(found["b10-1"], ("missing_there", {}), "lost there")
    check_equal(found["new"], ("missing_here", {}), "never came")
    check_equal(found["b11-0"][0], "differs", "changed")
    check_equal(found["b11-0"][1]["amount"], (99900, 110050), "amounts")
    check_equal(found["b13-2"], ("differs", {"date": (20240114, 20240113)}), "on another day")
    check_equal(len(found), 4, found)
    text = run_program(daemon, "fundwatch", "reconcile", "--source", "hospital", "--file", "-",
                       input=own_account(daemon, own)).stdout
    check("1 agree, 5 differ" in text and "not in the file" in text and "amount 999.00 yuan ≠ 1,100.50 yuan" in text
          and "date 2024-01-14 ≠ 2024-01-13" in text, text)
    daemon.stop()


def what_cancels_in_the_totals_is_found_among_all_records():
    daemon = started()
    own = [(id_, day, {"b10-0": "1001.50", "b10-1": "1000.50"}.get(id_, pay)) for id_, day, pay in BILLS]
    lines = own_account(daemon, own)
    check_equal(reconciled(daemon, lines)["records"], [], "the totals agree")
    found = reconciled(daemon, lines, "--records")["records"]
    check_equal({r["id"] for r in found}, {"b10-0", "b10-1"}, "two that cancel")
    daemon.stop()


def what_was_refused_says_why():
    daemon = started()
    refused = [("early", "2023-06-01", "7.00"), ("b10-0", "2024-01-10", "8.00")]
    sent(daemon, refused)                                                   # before the opening; of other content
    answer = reconciled(daemon, own_account(daemon, [refused[0]]))
    check_equal([(r["id"], r["what"], r["reason"]) for r in answer["records"]], [("early", "missing_here", "before_opening")],
                "why it is not there")
    elsewhere = reconciled(daemon, own_account(daemon, [("b12-0", "2024-03-01", "1200.50")]))
    check_equal([(r["id"], r["what"]) for r in elsewhere["records"]], [("b12-0", "differs")], "booked outside of the days")
    daemon.stop()


def totals_alone_are_compared_too():
    daemon = started()
    lines = '{"date": 20240110, "kind": "settlement", "count": 3, "amount": 300450}\n' \
            '{"date": 20240111, "kind": "settlement", "count": 3, "amount": 1}\n'
    answer = reconciled(daemon, lines)
    check_equal((answer["agree"], len(answer["totals"]), answer["records"]), (1, 1, []), "totals")
    answer = reconciled(daemon, lines, "--from", "2024-01-10", "--to", "2024-01-12")
    check_equal([t["date"] for t in answer["totals"]], [20240111, 20240112], "a day that the file does not have")
    for line, said in (('{"date": 20240110}\n', "a kind"), ("[]\n", "one object"), ('{"date": 20240230, "kind": "x"}\n', "a date"),
                       ('{"date": 20240110, "kind": "x", "id": "1"}\n{"date": 20240110, "kind": "y", "id": "1"}\n', "twice")):
        done = run_program(daemon, "fundwatch", "reconcile", "--source", "hospital", "--file", "-", input=line)
        check_equal(done.returncode, 2, f"exit code of {line}")
        check(said in done.stderr, done.stderr)
    daemon.stop()


if __name__ == "__main__":
    run(what_agrees_agrees, differences_are_found_by_total_and_then_by_record,
        what_cancels_in_the_totals_is_found_among_all_records, what_was_refused_says_why, totals_alone_are_compared_too)
