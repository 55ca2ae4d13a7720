/* group - the inside of a store: what a group of events gathers before it is committed.
 *
 * Included by the files of store/ that write, and by nobody else. */
#pragma once

#include <pthread.h>

#include "store/accumulator.h"
#include "store/actions.h"
#include "store/books.h"
#include "store/completeness.h"
#include "store/derived.h"
#include "store/event_record.h"
#include "store/payouts.h"
#include "store/people.h"
#include "store/restated.h"
#include "store/sources.h"
#include "store/statements.h"
#include "store/store.h"
#include "store/tally.h"
#include "store/waiting.h"

#define STORE_PATH_MAX 400
#define STORE_ERROR_SIZE (STORE_PATH_MAX + 200)

/* What changes with every commit: the record "head" of the table `meta`. */
struct head {
    struct store_head facts;
    uint32_t funds, sources;    /* numbers given so far */
    uint64_t quarantine;        /* number of the newest entry */
    uint64_t unmatched;         /* reversals whose original has not come */
    date_day clocked;           /* the last day that ended by the clock; DATE_NONE */
};

/* A fund that the group touches. */
struct group_fund {
    struct fund fund;
    struct fund_record record;  /* as it will be written; number 0: does not exist */
    bool loaded;
    bool changed;               /* to be written */
    bool moved;                 /* rules to be evaluated at the books date */
    struct policy_ref policy;   /* the one used last; position 0: none yet */
    int recognised;             /* a year that is in the table `recognised`; 0: none was looked up yet, */
    uint8_t recognition;        /* and how its care is recognised */
};

/* A source that the group touches. */
struct group_source {
    struct source_record record;
    bool loaded;
};

/* What must be judged at the end of the group beside the funds that moved: a fund as of a
 * day that ended, or a source whose silence has ended. */
struct evaluation {
    struct group_fund *fund;
    date_day date;
    uint32_t source;            /* 0: all rules of the fund */
};

/* What the group moves in a closed month of a fund. */
struct group_restated {
    date_day closed;            /* the fund's last day closed; a close writes what was gathered before it */
    struct restated moved;
};

/* A replay of the journal that asks what would have been (backtest.h). */
struct otherwise {
    struct fund fund;           /* whose rules are judged; those of the others are not */
    bool has_policy;
    date_day from;              /* `policy` holds from this day on */
    struct policy policy;       /* instead of what the journal has, if there is one */
    bool judges_imports;        /* days that ended while history was entered are judged when it is */
    date_day *held;             /* these, until then; owned by whoever made this */
    size_t held_count, held_room;
    date_day imported_from, imported_to;    /* the first and last that was ever held; DATE_NONE */
};

/* What a store that is rebuilt from a journal is for.  In each it is said by whoever replays when rules are
 * judged, and nothing is synced. */
enum scratch {
    SCRATCH_NONE,               /* it is none: events come from outside */
    SCRATCH_VERIFY,             /* to be compared: no journal is written, and no index but that of people */
    SCRATCH_KNOWN,              /* to be asked what was known: everything is there */
    SCRATCH_BACKTEST,           /* to be told what would have been: there is `otherwise` */
};

/* The policies that were asked for last. */
#define POLICY_CACHE 64
struct policy_cache {
    uint64_t positions[POLICY_CACHE];   /* 0: free */
    struct policy policies[POLICY_CACHE];
    unsigned next;                      /* the place that the next one takes, counted on */
};

struct store {
    char path[STORE_PATH_MAX];
    struct store_options options;
    struct env env;
    int lock_fd;
    enum scratch scratch;
    struct otherwise *otherwise;/* NULL but in a backtest; borrowed */
    uint8_t id[STORE_ID_SIZE];
    uint8_t seen_key[SEEN_KEY_SIZE];
    struct derived derived;     /* what its group adds is dropped by an abort */
    bool broken;                /* a commit failed: the outcome is unknown, nothing more is written */

    pthread_mutex_t committed_lock;
    struct head committed;      /* as of the last commit; guarded by the lock */

    /* The group.  Everything below is dropped by an abort. */
    bool in_group;
    struct txn txn;
    struct head head;
    uint64_t original;          /* of SCRATCH_VERIFY: what the reversal being applied names; 0: not come */
    struct journal journal;
    struct accumulator funds;           /* place, scheme: struct group_fund */
    struct accumulator sources;         /* number: struct group_source */
    struct tally days;                  /* fund, day, account: fen, debit positive */
    struct waiting waiting;             /* days and fees that are deferred, as this group knows them */
    struct tally heads;                 /* fund, year, day: persons, by people.c */
    struct people_work people;
    struct accumulator fund_sources;    /* fund, source: struct fund_source */
    struct accumulator restated;        /* fund, month: struct group_restated */
    struct source_record *source_last;  /* of group_source(), */
    uint32_t source_last_number;        /* and whose it is; 0: none yet */
    struct accumulator reported;        /* source, fund, month: uint32_t, days reported */
    struct {                            /* where the last event's day is in it */
        uint32_t fund, source;          /* 0: no event yet */
        date_day first, last;           /* of the month */
        uint32_t *days;
    } reporting;
    struct accumulator payouts;         /* of payouts.c: struct group_life */
    struct evaluation *evaluations;     /* in the order in which the days ended */
    unsigned evaluation_count, evaluation_room;
    struct actions actions;

    struct policy_cache policies;
    uint8_t record[RECORD_MAX];         /* an event that came again, as it is compared */
    char error[STORE_ERROR_SIZE];
};

/* Remembers what went wrong and returns `err`. */
int store_fail(struct store *store, int err, const char *what);

/* --- group.c */
struct group_fund *group_fund(struct store *store, struct fund fund);
/* NULL also where there is none of that number; after an error it is in the txn. */
struct group_fund *group_fund_by_number(struct store *store, uint32_t number);
struct source_record *group_source(struct store *store, uint32_t number);
/* The policy for a date among those journaled before a position; NULL on an
 * error in the txn.  Valid until the next call. */
const struct policy *group_policy(struct store *store, struct group_fund *fund, date_day date,
                                  uint64_t before);
/* What decides how an event of the fund is posted: `policy`, that of its date, and the recognition of the
 * year that posting_recognised() says.  An error is left in the txn. */
struct posting_basis group_basis(struct store *store, struct group_fund *fund, const struct event *event,
                                 const struct policy *policy);
/* Keeps how the year of an event that is booked is recognised. */
void group_keep_recognition(struct store *store, struct group_fund *fund, const struct event *event);
/* Adds a posting to the accumulators and to the fund's balance and, but for a reversal, gross. */
struct posting;
void group_post(struct store *store, struct group_fund *fund, const struct posting *posting);
void group_post_reversal(struct store *store, struct group_fund *fund, const struct posting *posting);
/* Adds contributions for `year` that came on `date`; below 0 those that were reversed then. */
void group_collect(struct store *store, struct group_fund *fund, int32_t year, date_day date,
                   int64_t fen);
/* False if the fund's gross, and with it some sum, could leave int64. */
bool group_has_room_for(const struct group_fund *fund, const struct posting *posting);
/* Notes that a source has reported a day. */
void group_report(struct store *store, const struct group_fund *fund, uint32_t source, date_day date);
/* The fund that another one is a part of, now or from some day on; NULL if of none. */
struct group_fund *group_whole(struct store *store, const struct group_fund *part);
/* What moves a part moves what it is a part of. */
void group_move_wholes(struct store *store, const struct group_fund *part);
/* Plans an evaluation for the end of the group, unless the fund is importing. */
void group_plan(struct store *store, struct evaluation evaluation);
/* What cannot be judged because its fund is importing: nothing, or with `otherwise` held until it is done. */
void group_hold(struct store *store, const struct evaluation *evaluation);
void group_plan_held(struct store *store, struct group_fund *fund);
/* Writes the balances gathered so far, so that they can be read. */
void group_flush_balances(struct store *store);
/* The same of who has heard of which source. */
void group_flush_fund_sources(struct store *store);
/* Writes what moved in closed months: before a fund's last day closed changes. */
void group_flush_restated(struct store *store);
/* Writes everything gathered. */
void group_flush(struct store *store);
void group_clear(struct store *store);
void group_init(struct store *store);
void group_free(struct store *store);

/* --- apply.c: one event that was not seen before. */
enum reject apply_event(struct store *store, uint32_t source, uint32_t issuer,
                        const struct event *event, enum event_field *ret_field,
                        struct hindrance *ret_hindrance, uint64_t *ret_position);
/* Moves a fund's books date and plans the evaluation. */
void apply_day(struct store *store, struct group_fund *fund, date_day date);
/* Moves all funds whose policy's clock is live to the last day that ended by the clock. */
void apply_clock(struct store *store);

/* Appends an event to the journal; its position. */
uint64_t group_append(struct store *store, uint32_t source, uint32_t issuer,
                      const struct event *event);

/* --- rules.c: from moved funds to alerts (judging.h has the inside). */
enum scope { SCOPE_MOVED, SCOPE_DAY, SCOPE_SOURCE };
void rules_evaluate(struct store *store, struct group_fund *fund, date_day as_of, enum scope scope,
                    uint32_t source);
/* True if the silence of a source is an alert of the fund. */
bool rules_source_is_quiet(struct store *store, uint32_t fund, uint32_t source);
/* Evaluates what was planned. */
void rules_evaluate_planned(struct store *store);
/* Evaluates that, and then whatever the group moved. */
void rules_evaluate_group(struct store *store);
/* Rule states as the table has them. */
#define RULE_KEY 9
bool rules_take(const struct range *range, enum rule *ret_rule, uint32_t *ret_instance,
                struct rule_state *ret_state, char *ret_name, size_t name_size);
/* Publishes the acknowledgement of an incident.  -ENOENT if it is not firing. */
int rules_acknowledge(struct store *store, uint64_t incident, const char *who, const char *note,
                      uint64_t *ret_alert);

/* --- head.c: the meta records. */
struct store_identity {
    uint32_t format;            /* read only: also of one that is refused */
    uint8_t id[STORE_ID_SIZE];
    uint8_t seen_key[SEEN_KEY_SIZE];
    int64_t created_ms;
};
void head_put_identity(struct txn *txn, const struct store_identity *identity);
/* -EPROTONOSUPPORT for another format. */
int head_get_identity(struct txn *txn, struct store_identity *ret);
void head_put(struct txn *txn, const struct head *head);
int head_get(struct txn *txn, struct head *ret);
/* -EILSEQ if there are other funds or sources than it counts: memory for all of them is asked for by that. */
int head_check_counts(struct txn *txn, const struct head *head);
/* The epochs that the journal has begun, the newest EPOCHS_MAX of them, oldest first, each with the position
 * of its record; and one more.  A position of an epoch that is not among them is of another store. */
#define EPOCHS_MAX 64
unsigned head_get_epochs(struct txn *txn, struct store_point epochs[EPOCHS_MAX]);
void head_put_epoch(struct txn *txn, struct store_point begun);
/* The list of runs of an index. */
void head_put_runs(struct txn *txn, const char *index, const struct run_info *runs, unsigned count);
int head_get_runs(struct txn *txn, const char *index, struct run_info runs[INDEX_RUNS_MAX],
                  unsigned *ret_count);

/* --- store.c: for backup.c, verify.c, backtest.c and scratch.c. */
/* The rules of the funds that have heard of a source are to look at it anew. */
void store_plan_source(struct store *store, uint32_t source);
/* Journals the holes in a source's numbering, and puts them into their table. */
void store_put_gaps(struct store *store, uint32_t source, const struct source_gaps *gaps);
/* Opens for a rebuild.  `otherwise` is NULL but for a backtest; borrowed.  Of SCRATCH_VERIFY: set
 * journal.rebuilt before the first group, and `original` before each reversal; apply with
 * apply_event(), which does not ask for ids. */
int store_open_scratch(const char *path, const struct store_options *options, enum scratch scratch,
                       struct otherwise *otherwise, struct store **ret);
