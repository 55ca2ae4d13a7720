/* view - what readers see: the books as of one commit.
 *
 * A view is an LMDB read transaction.  It belongs to the thread that opened it
 * and must be short: while it is open the pages it sees cannot be used again.
 * Everything handed out is copied; LMDB's pointers do not leave store/.
 *
 * Functions return 0, -ENOENT for what is not there, or another negative errno. */
#pragma once

#include "fund/churn.h"
#include "fund/counted.h"
#include "fund/moves.h"
#include "fund/rule.h"
#include "store/store.h"

struct view;

int view_open(struct store *store, struct view **ret);
void view_close(struct view **view_p);

void view_head(const struct view *view, struct store_head *ret);

struct view_size {
    uint64_t map_used, map_size;    /* bytes of the environment in use, and mapped */
    uint64_t index_bytes;           /* bytes of the runs of the indexes */
    uint64_t funds, sources, quarantined;
    uint32_t readers;               /* open read transactions */
};
int view_size(struct view *view, struct view_size *ret);

/* --- Funds.  Numbers run from 1 to view_size.funds. */
/* Which figures of a fund are derived: they would be others without the events that say `derived`. */
struct fund_derivation {
    bool balance;
    struct amount margin;           /* how far that may be off, to either side, as far as anybody said */
    bool income, expenditure, provisional;      /* over the runway's months */
    bool runway, runway_owed, runway_received, deficit, provisional_share, falling, net_loss, pace;
    bool reimbursement[REIMBURSEMENTS];
    bool collected[POLICY_EXPECTED_MAX], executed[POLICY_BUDGET_MAX];
};
#define IMPORTING_MEMBERS_MAX 16
struct fund_view {
    struct fund fund;
    date_day books_date;
    bool has_opening, opening_derived;
    date_day opening_date;
    date_day start;                 /* money is dated after this day: the opening's or, without one,
                                     * the day before the first policy's; with parts the last of them all */
    struct amount balance;          /* cumulative, as of the books date */
    bool importing;                 /* history is being entered: no rule is evaluated */
    /* Funds that it is made of and whose history is being entered, parts or those of a roll-up's place: how
     * many, and the first of them. */
    unsigned importing_count;
    struct fund importing_members[IMPORTING_MEMBERS_MAX];
    uint32_t unmatched;             /* reversals that wait for their original, now */
    uint32_t misfits;               /* reversals that do not fit the original that came, now */
    date_day closed;                /* last day of the last month closed; DATE_NONE */
    struct fund merged_into;        /* that it is a part of as of the date; place 0: none */
    date_day merged_from;           /* since when */
    bool place_ended;               /* it was merged or split, as of the date: no rule looks at it */
    unsigned parts;                 /* how many funds are a part of it, as of the date */
    date_day policy_from;           /* since when the policy is in force */
    date_day split_from;            /* since when it says what the place was split into, if it does */
    uint32_t policy_version;        /* in force at the books date */
    struct policy policy;
    struct position runway;         /* over the policy's runway base */
    struct owing owing;             /* beside its balance */
    struct position trailing;       /* over trailing 12 months */
    struct headcount heads;         /* of the books date's year; the year before only if a coverage asks */
    struct counted counted;         /* what was reported of that year */
    /* What the policy's other rules go by; zeros for those that it does not switch on, but in a whole one. */
    struct position bills;          /* over the months that reimbursement is measured on */
    struct position earlier;        /* what a falling runway is compared with */
    struct headcount insured, insured_last_year;    /* what a net loss is measured with */
    struct headcount year_before, coming_year;  /* as heads: of the year before at its end, and of the next */
    int64_t coming, coming_last_year;   /* what a pace is measured with; HEADS_UNKNOWN */
    struct amount collected[POLICY_EXPECTED_MAX];   /* for the year of each expectation */
    struct amount executed[POLICY_BUDGET_MAX];      /* of each line of a budget */
    struct gate gate;               /* by where its limits are entered */
    struct fund_derivation derived; /* but in a whole one only of the balance */
};
/* *ret_number gets the fund's number. */
int view_fund_find(struct view *view, struct fund fund, uint32_t *ret_number);
int view_books_date(struct view *view, struct fund fund, date_day *ret);
/* Calls `each` for every fund in the order of places, until it returns false. */
int view_funds(struct view *view, bool (*each)(void *arg, struct fund fund), void *arg);
int view_fund(struct view *view, uint32_t number, struct fund_view *ret);
/* The same as of an earlier `date` (at most the books date). */
int view_fund_as_of(struct view *view, uint32_t number, date_day date, struct fund_view *ret);
/* The same with all that a status shows: also what no rule looks at, and what is derived.  It reads several
 * times as much, so those who go through many funds do without. */
int view_fund_whole(struct view *view, uint32_t number, date_day date, struct fund_view *ret);

/* Sums of the days from..to, inclusive; and the cumulative balance at the end of a day: with the parts that
 * the fund has `as_of` a day. */
int view_lines(struct view *view, uint32_t fund, date_day from, date_day to, date_day as_of,
               struct lines *ret);
int view_balance(struct view *view, uint32_t fund, date_day date, date_day as_of, struct amount *ret);
/* A fund's closed months as of a day, and the gate for prepayments that a policy makes of them. */
int view_past(struct view *view, uint32_t fund, date_day as_of, struct outlook_past *ret);
int view_gate(struct view *view, uint32_t fund, const struct outlook_past *past, const struct policy *policy,
              const struct position *runway, struct gate *ret);
/* The funds that were merged into a fund by a day, parts of parts included, until `each` returns false. */
struct part_view {
    struct fund fund;
    uint32_t number;
    date_day from;                  /* as of this day it is a part */
};
int view_parts(struct view *view, uint32_t fund, date_day as_of,
               bool (*each)(void *arg, const struct part_view *part), void *arg);
/* What of the same days comes from derived events, and whether the cumulative balance at the end of `to` is
 * derived. */
int view_derived(struct view *view, uint32_t fund, date_day from, date_day to, date_day as_of,
                 struct lines *ret, bool *ret_balance);
/* The insured, populations and all, as of a day: at most the books date. */
int view_headcount(struct view *view, uint32_t fund, date_day as_of, struct headcount *ret);
int view_policy(struct view *view, uint32_t fund, date_day date, struct policy *ret,
                date_day *ret_from, uint64_t *ret_position);

/* The funds of a place as one, as of a day (place.h), whose members are free()d by the caller; and the day
 * that they have in common (place_day()). */
struct place_funds;
int view_place(struct view *view, struct place_prefix place, uint16_t scheme, date_day as_of,
               struct place_funds *ret);
int view_place_day(struct view *view, struct place_prefix place, uint16_t scheme, date_day *ret);

/* What each level of government owes for the year of a standard, as of a day, and what is beside it. */
struct subsidy_view {
    struct subsidy_state state;
    bool received_derived;
    /* What is taken off the heads of a level that pays for those after duplicates; else HEADS_UNKNOWN. */
    int64_t duplicates_province, duplicates_nation;
};
int view_subsidies(struct view *view, uint32_t fund, const struct subsidy_rule *rule,
                   const struct subsidy_standard *standard, date_day as_of,
                   struct subsidy_view ret[SUBSIDY_LEVELS]);

/* Who came and who went in churn->from..to.  Reads the index of people: as of now, which may be a commit
 * later than the view, and about two seconds for ten million entries. */
int view_churn(struct view *view, uint32_t fund, struct churn *churn);

/* --- How complete a fund's sources are as of a day (at most the books date). */
#define SILENT_SOURCES_MAX 50
struct silent_source {
    char name[SOURCE_NAME_MAX + 1];
    char calendar[POLICY_NAME_MAX + 1];     /* that it follows */
    date_day last;                  /* last day reported of the year; DATE_NONE: none */
    uint32_t missed;                /* expected days since, of the year */
    bool heard;                     /* false: it has never said anything to the fund */
};
struct completeness_view {
    date_day as_of;
    struct completeness_sum sums[COMPLETENESS_PERIODS];
    unsigned silent_count;          /* at most SILENT_SOURCES_MAX of sums[].silent */
    struct silent_source silent[SILENT_SOURCES_MAX];    /* those that missed most first */
};
int view_completeness(struct view *view, uint32_t number, date_day as_of, struct completeness_view *ret);

/* --- How far the lives of payouts and advances have come (fund/moves.h). */
struct life_view {
    uint8_t category;               /* of the payout; CATEGORY_NONE: what is lent to the institution */
    char institution[EVENT_ID_MAX + 1];     /* "": what was reported without one */
    struct payout payout;           /* of a category, */
    struct advance advance;         /* or without */
};
/* Calls `each` for the fund's advances and then the payouts of a year, by category and institution, until it
 * returns false; with `after` (may be NULL) those behind that one. */
int view_lives(struct view *view, uint32_t fund, int year, const struct life_view *after,
               bool (*each)(void *arg, const struct life_view *life), void *arg);

/* --- Rules and alerts. */
struct rule_view {
    struct fund fund;
    enum rule rule;
    char instance[POLICY_NAME_MAX + SOURCE_NAME_MAX + 1];
    struct rule_state state;
};
/* Calls `each` for every rule of a fund (0: of all) until it returns false. */
int view_rules(struct view *view, uint32_t fund,
               bool (*each)(void *arg, const struct rule_view *rule), void *arg);
/* The alert with a number. */
int view_alert(struct view *view, uint64_t number, struct alert *ret);

/* --- Closed months, and what moved in them since. */
struct restated_view {
    date_month month;
    date_day closed;                /* the close that closed it: the day up to which, */
    uint64_t closed_at;             /* and the position of its event */
    uint64_t events;                /* that moved it afterwards */
    struct lines lines;
};
/* The first month that moved; -ENOENT if none did. */
int view_restated_first(struct view *view, uint32_t fund, date_month *ret);
/* Calls `each` for the months from..to that the fund has closed and that moved, in its own books or those of
 * its parts, until it returns false. */
int view_restated(struct view *view, uint32_t fund, date_month from, date_month to,
                  bool (*each)(void *arg, const struct restated_view *restated), void *arg);
/* A rule whose level at the end of a closed month is another one now than by what was known when the month
 * was closed. */
struct rejudged {
    date_day date;              /* the month's last */
    enum rule rule;             /* runway, deficit or provisional */
    int then, now;              /* levels, with the hysteresis of the month ends before, without holds */
    struct indicator then_value, now_value;
    struct indicator then_share, now_share;     /* provisional, over the same months */
};
/* Judges the closed month ends from..to twice, under the policy in force on each, and calls `each` for those
 * where a level differs, until it returns false. */
int view_rejudged(struct view *view, uint32_t fund, date_month from, date_month to,
                  bool (*each)(void *arg, const struct rejudged *rejudged), void *arg);

/* --- What the bank states.  Calls `each` for every statement in the order of days, until it returns
 * false; `position` is its event's. */
int view_statements(struct view *view, uint32_t fund,
                    bool (*each)(void *arg, const struct bank_check *check, uint64_t position),
                    void *arg);

/* --- Events. */
struct record_view {
    uint64_t position;
    int64_t recorded_ms;
    char source[SOURCE_NAME_MAX + 1];
    char issuer[SOURCE_NAME_MAX + 1];
    struct event event;             /* its policy bytes are valid while the view is */
    uint64_t reversed_by;           /* position of the reversal; 0 if none */
};
/* The last position that was recorded before a moment; 0 if none was. */
int view_position_before(struct view *view, int64_t recorded_ms, uint64_t *ret);
int view_event_find(struct view *view, const char *issuer, const char *id, struct record_view *ret);
/* Calls `each` for the events after a position, in order, until it returns false. */
int view_events(struct view *view, uint64_t after,
                bool (*each)(void *arg, const struct record_view *record), void *arg);

/* Calls `each` for the reversals after a position that undo nothing, because their original has not come or
 * does not fit them, in the order in which they came, until it returns false. */
int view_unmatched(struct view *view, uint64_t after,
                   bool (*each)(void *arg, const struct record_view *record), void *arg);
/* The first of them that names an id; -ENOENT. */
int view_unmatched_for(struct view *view, const char *issuer, const char *id, struct record_view *ret);
/* What a reversal has undone. */
struct undoing_view {
    uint64_t original;              /* position of the event that it names; 0: it has not come */
    struct hindrance hindrance;     /* why it does not undo that; none if it does, or waits */
};
int view_undoing(struct view *view, const struct record_view *reversal, struct undoing_view *ret);

/* Whether the store has what a source was once told of, at a position of an epoch. */
enum point {
    POINT_HERE,                 /* an event of that source or issuer stands there */
    POINT_BEYOND,               /* the epoch ends before it: an older copy was restored */
    POINT_OTHER,                /* something else stands there: an older copy, which has gone on since */
    POINT_UNKNOWN,              /* no epoch of this store */
};
struct point_found {
    enum point point;
    uint64_t last;              /* newest position of that epoch here, and when it was recorded; 0: none */
    int64_t last_ms;
};
int view_point(struct view *view, const char *source, const char *issuer, struct store_point point,
               struct point_found *ret);

/* --- Sources. */
#define SOURCE_GAPS_MAX 8
struct source_view {
    uint32_t number;
    char name[SOURCE_NAME_MAX + 1];
    uint64_t sequence;              /* highest taken; 0: not numbered */
    unsigned gap_count;             /* holes known, oldest first; at most SOURCE_GAPS_MAX kept */
    struct { uint64_t from, to; } gaps[SOURCE_GAPS_MAX];
    uint64_t applied, duplicates, conflicts, rejected;
    int64_t last_recorded_ms;
    date_day last_date;             /* newest date of an event applied; DATE_NONE */
};
int view_source(struct view *view, uint32_t number, struct source_view *ret);
int view_source_find(struct view *view, const char *name, struct source_view *ret);

struct source_day {
    date_day date;
    enum event_kind kind;
    uint64_t count;
    struct amount amount;
};
/* Totals per day and kind; amounts are kept at the edge of int64.  As of now, which may be a commit later
 * than the view: they are read from an index (derived.h). */
int view_source_days(struct view *view, uint32_t source, date_day from, date_day to,
                     bool (*each)(void *arg, const struct source_day *day), void *arg);

/* --- Quarantine. */
struct quarantine_view {
    uint64_t number;
    char source[SOURCE_NAME_MAX + 1];
    int64_t recorded_ms;
    struct applied why;
    char id[EVENT_ID_MAX + 1];      /* "" if it could not be read */
    struct span sent;               /* the event as sent; valid while the view is */
};
/* Calls `each` for entries after a number, of one source or (0) of all. */
int view_quarantine(struct view *view, uint32_t source, uint64_t after,
                    bool (*each)(void *arg, const struct quarantine_view *entry), void *arg);

/* --- What people did, and what waits for a second one. */
struct action_view {
    uint64_t position;
    int64_t recorded_ms;
    enum action_kind action;
    uint64_t subject;
    struct fund fund;               /* place 0: of no fund */
    char key[SOURCE_NAME_MAX + 1], person[SOURCE_NAME_MAX + 1];
    char text[ACTION_TEXT_MAX + 1];
};
/* Calls `each` for the actions after a position, in order, until it returns false. */
int view_actions(struct view *view, uint64_t after,
                 bool (*each)(void *arg, const struct action_view *action), void *arg);

struct proposal_view {
    struct action_view made;        /* its position is the number */
    char source[SOURCE_NAME_MAX + 1], issuer[SOURCE_NAME_MAX + 1];
    struct event event;             /* its policy bytes are valid while the view is */
    enum proposal_state state;
    uint64_t counted;               /* position of the event that a confirmed one has become */
    struct action_view decided;     /* of one that is confirmed or declined */
};
int view_proposal(struct view *view, uint64_t number, struct proposal_view *ret);
/* Calls `each` for those after a number, of all or of those that wait. */
int view_proposals(struct view *view, uint64_t after, bool waiting,
                   bool (*each)(void *arg, const struct proposal_view *proposal), void *arg);
/* How many wait. */
int view_waiting(struct view *view, uint64_t *ret);
