#include "consumers/commands.h"

#include "fund/place.h"

const struct option_info command_options[] = {
    { 'y', "year", "YYYY", "the year" },
    { 'a', "as-of", "DATE", "the last day included (the year's last, or the books date)" },
    { 'c', "csv", NULL, "CSV, money in 元" },
    { 'x', "html", NULL, "a page for a browser or the printer" },
    { 'm', "format", "FORMAT", "text, csv, json or html (text)" },
    { 'o', "output", "FILE", "into this file; also -o" },
    { 'M', "months", "N", "so many months to come (12)" },
    { 'R', "to", "MONTHS", "the runway to reach, as 6.0 (the lower limit of the band)" },
    { 'O', "on", "DATE", "when: a month's last day (the last of the months to come)" },
    { 'P', "payouts", "PERCENT", "payouts more or less by so much, as +8%" },
    { 'B', "subsidy-late", "DAYS", "subsidies so many days late" },
    { 'C', "coverage", "POINTS", "coverage more or less by so many points, as -2" },
    { 'Z', "scheme", "SCHEME", "390 residents, 310 employees (390)" },
    { 's', "source", "NAME", "of this source" },
    { 'I', "issuer", "NAME", "of this issuer" },
    { 'i', "id", "ID", "the event's id" },
    { 'u', "institution", "CODE", "of this institution" },
    { 'f', "fund", "FUND", "of this fund, as 130207/390" },
    { 'l', "limit", "N", "at most so many (100)" },
    { 'n', "after", "N", "what is newer than this number" },
    { 'A', "active", NULL, "what is firing or blind now (default)" },
    { 'H', "history", NULL, "every alert, in the order of their numbers" },
    { 'w', "who", "NAME", "who takes it on" },
    { 'N', "note", "TEXT", "what will be done about it" },
    { 'F', "from", "DATE", "first day" },
    { 'T', "to", "DATE", "last day" },
    { 'D', "file", "FILE", "the source's own account, - for standard input" },
    { 'r', "records", NULL, "compare the records of every day, not only where totals differ" },
    { 'K', "known-at", "WHEN", "as it was known at a journal position, or by the end of a day" },
    { 'Q', "quick", NULL, "without replaying the journal to compare alerts" },
    { 'W', "head", "HEAD", "POSITION:HASH, as `fundwatch head` printed it earlier" },
    { 'E', "decided", NULL, "also those that are decided" },
    { 'd', "dir", "DIR", "folder for the key files (.)" },
    SESSION_OPTIONS,
    { 0, NULL, NULL, NULL },
};

const struct command commands[] = {
    { "status", command_status, "[PLACE]", 0, 1, "K", "how each fund stands",
      "PLACE is the beginning of place codes: 2, 4 or 6 digits; without it all funds are shown.\n"
      "Figures marked † rest on an opening balance that was derived from other figures.\n",
      "there is no fund at the place" },
    { "report", command_report, "FUND --year YYYY | FUND --as-of DATE", 1, 1, "yacxmoK",
      "budget form, indicators and months of a fund's year",
      "Text and HTML have 万元 with 2 decimals, CSV 元 with 2 decimals, JSON fen.  Targets are those of the\n"
      "policy in force on the last day.  † marks what was derived, ‡ what is provisional.  CSV in a file\n"
      "begins with a byte order mark, for Excel.\n",
      "no such fund, or nothing of that year" },
    { "outlook", command_outlook, "FUND [--as-of DATE] [--months N] [--to MONTHS] [--on DATE]", 1, 1,
      "aMROK",
      "the year to come: balance, runway, the band, prepaying",
      "Each month to come is as the same months before were; the range is what each year alone would\n"
      "bring.  Asks for two years of closed months.  --to and --on: what it takes to be there then.\n",
      "no such fund, or no outlook can be computed (what is shown says why)" },
    { "whatif", command_whatif,
      "FUND [--payouts PERCENT] [--subsidy-late DAYS] [--coverage POINTS]", 1, 1, "aMPBCK",
      "the year to come under assumptions, and which alerts would come",
      "Beside the months as the outlook has them.  The rules are the fund's own, judged day by day.\n",
      "no such fund, or no outlook can be computed (what is shown says why)" },
    { "rollup", command_rollup, "[PLACE] [--scheme SCHEME] [--as-of DATE]", 0, 1, "aZcK",
      "the funds of a place as one",
      "Transfers between its funds cancel.  Books of one money are added once: a county that passes its\n"
      "money up is in the city's fund, unless that one books the transfers between them.\n"
      "Without --as-of: the earliest books date of all.  Without PLACE: the nation.\n",
      "there is no fund at the place" },
    { "events", command_events, "--source NAME --id ID | --source NAME | --fund FUND", 0, 0, "sIiflnK",
      "whether an event counted, or a list of events",
      "With --id one event: what became of it, where it stands, whether it was reversed.\n"
      "Without --id a list, oldest first, from position --after on.\n",
      "no such event has been counted; of a list, no such source or fund" },
    { "alerts", command_alerts, "[--active | --history] [PLACE]", 0, 1, "AHnlK",
      "what is firing, or what fired",
      "--history lists alerts by number, from --after N on.\n",
      "there is no fund at the place" },
    { "ack", command_ack, "INCIDENT --who NAME --note TEXT", 1, 1, "wN", "takes an incident on",
      "INCIDENT is the number of the alert that began it, as `status` and `alerts` show it.\n",
      "no such incident is firing" },
    { "sources", command_sources, "", 0, 0, "l", "who reports, and what is missing", "",
      "never" },
    { "quarantine", command_quarantine, "[list | requeue N]", 0, 2, "sln", "events that were not counted",
      "Of a bad move it says what was asked for, how things stand, and what can be done instead.\n"
      "requeue tries entry N again as it was sent.\n",
      "no such source or entry, or it was not counted this time either" },
    { "reconcile", command_reconcile, "--source NAME [--from DATE --to DATE] [--file FILE [--records]]", 0, 0,
      "sFTDrK", "totals per day and kind, beside the source's own",
      "FILE has the source's own as lines of JSON: records, as the programs write them with --events, or\n"
      "totals {date, kind, count, amount}.  Where totals differ the records are compared.\n",
      "no such source, or there are differences" },
    { "policy", command_policy, "FUND", 1, 1, "K", "the rules in force for a fund",
      "In the units of policy files, but shares are parts of their whole.  With --json as the protocol has\n"
      "them: 60000 are 6 months, 9500 95 %.\n",
      "no such fund" },
    { "backtest", command_backtest, "POLICY.yaml [--fund FUND] [--from DATE] [--to DATE]", 1, 1, "fFT",
      "which alerts another policy would have given",
      "Replays the journal under the file's policy, in place of the fund's own: of all, or from --from on.\n"
      "Nothing is written; the file's date, clock and ahead_days are not used.  Without --fund the fund is\n"
      "that of the file.  Takes longer than verify.  History that was imported is judged, too, day by day.\n",
      "no such fund" },
    { "restated", command_restated, "FUND [--year YYYY] [--quick]", 1, 1, "yKQ",
      "what moved in months after they were closed",
      "What came after a month was closed, line by line; at which closed month ends a rule would have\n"
      "another level; and, after a replay of the journal, which alerts would have been different had\n"
      "every event come on its own day.\n",
      "no such fund" },
    { "statements", command_statements, "FUND [--from DATE --to DATE] [--after N]", 1, 1, "FTnK",
      "what the bank states, beside the books",
      "Of the newest difference also the events that moved the bank's account when it began, changed and\n"
      "was mended.  --to shows an earlier one.\n",
      "no such fund, or bank and books differ and no later statement has mended it" },
    { "payouts", command_payouts, "FUND --year YYYY [--institution CODE] [--limit N]", 1, 1, "yulK",
      "how far payments to hospitals have come",
      "Of each institution and category: what was paid on account and is not final, what is held back, when\n"
      "it was cleared; and what is lent to it.  A year is cleared once: by the month payments are\n"
      "provisional.\n",
      "no such fund" },
    { "unmatched", command_unmatched, "[--fund FUND] [--source NAME] [--limit N] [--after N]", 0, 0, "fslnK",
      "reversals whose original has not come or does not fit them",
      "They are counted and book nothing.  Oldest first: the days of the fund's books since each is dated,\n"
      "and what it takes back, if it says so.  Below stands why an original that came does not fit, and\n"
      "what to do.\n",
      "no such fund or source" },
    { "churn", command_churn, "FUND [--year YYYY | --from DATE --to DATE]", 1, 1, "yFTcK",
      "who came and who went, by month and group",
      "Of funds that report persons; ended months only, without dates the last twelve.  Groups of fewer\n"
      "than 10 persons are shown together.\n",
      "no such fund, or none of the months has ended" },
    { "info", command_info, "", 0, 0, "", "the daemon and its store", "",
      "never" },
    { "health", command_health, "", 0, 0, "", "what an operator should look at",
      "Backups, room, clock, alerts, sources.\n",
      "there is something to look at" },
    { "backup", command_backup, "PATH", 1, 1, "", "a hot backup into a new folder",
      "PATH is on the daemon's machine and must not exist yet.\n",
      "never" },
    { "verify", command_verify, "[--head POSITION:HASH]", 0, 0, "W",
      "rebuilds the books from the journal and compares",
      "--head also proves that the journal is the one of which `fundwatch head` printed that; what somebody\n"
      "changed who made all checksums right again comes out so.\n",
      "journal and books differ, or the journal is not the one of the head" },
    { "head", command_head, "", 0, 0, "", "where the journal stands: write it down, away from the machine",
      "POSITION:HASH, for `fundwatch verify --head`.  Heartbeats of the alert stream have it as well.\n",
      "never" },
    { "actions", command_actions, "[--limit N] [--after N]", 0, 0, "ln",
      "who did what: policies, keys, commands",
      "Out of the journal, oldest first, from position --after on.  Those of a fund are shown to keys of\n"
      "its place, the others to keys of every place.\n",
      "never" },
    { "proposals", command_proposals, "[list | confirm N | decline N --note TEXT]", 0, 2, "ElnN",
      "what waits for a second person",
      "Which kinds of event do says four_eyes in the daemon's configuration.  Whoever confirms is another\n"
      "person, as the rights file names them, than who proposed it; with another key is not enough.\n",
      "no such proposal, or it cannot be counted as things stand, and waits on" },
    { "restore", command_restore, "BACKUP", 1, 1, "", "makes a backup the store (daemon down)",
      "Runs `fundwatchd --restore BACKUP` and says what happens next.\n",
      "never" },
    { "keys", command_keys, "make NAME | list [FILE...]", 1, 64, "d",
      "CURVE keys for tcp://, and their rights",
      "make writes NAME.key (secret) and NAME.pub, and prints an entry for the daemon's rights file.\n"
      "list shows what each key may do, as the daemon goes by it now; with files, whose keys they are.\n",
      "never" },
    { NULL, NULL, NULL, 0, 0, NULL, NULL, NULL, NULL },
};

const char *command_word(const struct session *s, int index)
{
    return index < s->options->count ? s->options->words[index] : NULL;
}

bool check_place(const struct session *s, const char *text)
{
    struct place_prefix prefix;
    if (text == NULL || place_prefix_parse(text, &prefix))
        return true;
    usage_error(s->options, "a place is 2, 4 or 6 digits, as 13, 1302 or 130207, not \"%s\"", text);
    return false;
}

bool check_fund(const struct session *s, const char *text)
{
    struct fund fund;
    if (text != NULL && fund_parse(text, &fund))
        return true;
    usage_error(s->options, "a fund is place and scheme, as 130207/390, not \"%s\"",
                text != NULL ? text : "");
    return false;
}
