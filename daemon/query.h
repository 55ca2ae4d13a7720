/* query - one question being answered: its arguments, who asks, and the answer's data.
 *
 * For queries.c, which receives and sends, question.c, which reads a query and finds its handler, and the
 * query_*.c files, each of which is a few handlers.  The arguments' errors are sticky: a handler reads them
 * all, and asks once (query_ok) before it begins.  One thread. */
#pragma once

#include "daemon/caretaker.h"
#include "daemon/jobs.h"
#include "daemon/rights.h"
#include "store/view.h"
#include "wire/reader.h"
#include "wire/writer.h"

#define QUERY_PAIRS_MAX 16      /* keys in a query */
#define PAGE_BYTES_MAX  (1024 * 1024)   /* a page of a list ends here, whatever its limit */
#define PAGE_SCAN_MAX   20000   /* records looked at for one page, so that a view stays short */
#define PAGE_DEFAULT    100
#define PAGE_MAX        1000

struct queries;

/* What the daemon is, for handlers. */
struct query_world {
    struct store *store;
    struct bookkeeper *bookkeeper;
    struct jobs *jobs;
    struct caretaker *caretaker;
    struct rights_book *book;
    int64_t started_ms;
    bool read_only;
};

struct query_argument {
    struct span key, value;     /* borrowed from the message; the value as MessagePack */
};

struct query {
    const struct query_world *world;
    struct queries *queries;
    const struct grant *grant;  /* of whoever asks */
    uint64_t ref;
    struct span name;
    struct query_argument arguments[QUERY_PAIRS_MAX];
    unsigned argument_count;
    struct writer *data;        /* the answer's data: exactly one value */
    const char *code;           /* NULL, or the error to answer */
    char text[256];             /* and its sentence */
    /* Of a command that is answered later. */
    void *socket;
    struct span routing_id;
};

enum query_end {
    QUERY_ANSWERED,             /* data is written, or code set */
    QUERY_LATER,                /* handed to the bookkeeper */
};
typedef enum query_end query_handler(struct query *q);

/* Reads the message and runs the handler of what it asks.  `q` has world, queries, grant and data, which is
 * empty, and where the answer goes. */
enum query_end query_take(struct query *q, const void *bytes, size_t size);
/* Reads the message and no more; true if what it asks goes through so many records that others should not
 * wait for it.  `q` is a new one. */
bool query_takes_long(struct query *q, const void *bytes, size_t size);
/* Writes what the query came to, a whole message.  What is too large for one becomes an error. */
void query_write_answer(struct query *q, struct writer *w);

/* Sets the error, if there is none yet. */
[[gnu::format(printf, 3, 4)]]
void query_fail(struct query *q, const char *code, const char *format, ...);
/* The error of a store function: not_found for -ENOENT, busy, or failed. */
void query_fail_with(struct query *q, int err, const char *what);
static inline bool query_ok(const struct query *q)
{
    return q->code == NULL;
}

/* --- Arguments.  What is absent gives the default; what is wrong sets bad_argument. */
bool query_has(const struct query *q, const char *key);
int64_t query_int(struct query *q, const char *key, int64_t min, int64_t max, int64_t otherwise);
bool query_bool(struct query *q, const char *key, bool otherwise);
date_day query_date(struct query *q, const char *key, date_day otherwise);
/* `from` and `to`, both of which have their defaults before; a `to` before `from` is a bad_argument. */
void query_days(struct query *q, date_day *from, date_day *to);
/* The value as MessagePack, whatever it is; empty if absent. */
struct span query_value(const struct query *q, const char *key);
/* `to` has size bytes; "" if absent. */
void query_text(struct query *q, const char *key, char *to, size_t size);
void query_source_name(struct query *q, const char *key, char to[SOURCE_NAME_MAX + 1]);
struct place_prefix query_place(struct query *q);
/* The fund of "fund", which the asker may see; not_permitted otherwise. */
struct fund query_fund(struct query *q);
/* The same with its number and the view, which the caller closes if query_ok(). */
void query_fund_view(struct query *q, struct fund fund, struct view **ret, uint32_t *ret_number);
void query_view(struct query *q, struct view **ret);
/* Of what a list is asked for: a source ("" for any) or fund (NULL for any) that is not there is not_found,
 * and no empty list. */
void query_check_known(struct query *q, struct view *view, const char *source, const struct fund *fund);
unsigned query_limit(struct query *q);

/* The present time, ms since 1970 UTC. */
int64_t query_now_ms(void);

/* --- A list whose length is not known before it is written. */
struct query_list {
    struct writer items;
    uint32_t count;
};
void list_begin(struct query_list *list);
/* True if there is room for another item in a page of `limit`. */
bool list_has_room(const struct query_list *list, unsigned limit);
/* Writes `key` (unless NULL) and the list into `w`, and frees it. */
void list_end(struct query_list *list, struct writer *w, const char *key);

/* --- Values as PROTOCOL writes them. */
void write_key(struct writer *w, const char *key);
void write_key_fund(struct writer *w, const char *key, struct fund fund);
void write_key_date(struct writer *w, const char *key, date_day day);       /* 0 for none */
void write_key_hex(struct writer *w, const char *key, const uint8_t *bytes, size_t size);
void write_key_binary(struct writer *w, const char *key, const uint8_t *bytes, size_t size);
/* {fund, rule, instance, level, severity, blind, acknowledged, since, incident} */
void write_rule(struct writer *w, const struct rule_view *rule);
/* The pairs computable, num, den, mul. */
void write_indicator_pairs(struct writer *w, struct indicator indicator);
/* A map of them. */
void write_key_indicator(struct writer *w, const char *key, struct indicator indicator);
/* "runway" as booked, "runway_owed" and "runway_received"; and "owing" with what they rest on. */
/* "limits": those of a policy's rules on runway, deficit and provisional share. */
void write_limits(struct writer *w, const struct policy *policy);
void write_runways(struct writer *w, struct indicator booked, const struct owing *owing);
void write_owing(struct writer *w, const struct owing *owing);
void write_key_ratio(struct writer *w, const char *key, struct ratio ratio);
/* A sum of lines for an answer: one that left 64 bits shows as 0; the indicators beside it say "overflow". */
int64_t sum_of_lines(bool (*of)(const struct lines *lines, struct amount *ret), const struct lines *lines);
/* Whether it is not 0, of the derived part of lines. */
bool has_moved(bool (*of)(const struct lines *lines, struct amount *ret), const struct lines *lines);
/* `lines`: {account, amount, provisional} for every line of the form with movement; with `derived`, the part
 * of them that is (else NULL), whether it is a derived figure. */
void write_key_lines(struct writer *w, const char *key, const struct lines *lines,
                     const struct lines *derived);
/* `derived_figures`: the names of the figures of a map that are derived. */
struct derived_figure {
    const char *name;
    bool derived;
};
void write_derived_figures(struct writer *w, const struct derived_figure *figures, size_t count);
/* What the protocol calls an enum coverage_numerator, and a denominator. */
const char *numerator_word(unsigned numerator);
const char *denominator_word(unsigned denominator);
/* The pairs expected, silent, month, year. */
void write_completeness_pairs(struct writer *w, const struct completeness_sum sums[COMPLETENESS_PERIODS]);
/* `completeness` of 9.1, as of the fund's books date. */
void write_key_completeness(struct query *q, struct writer *w, struct view *view, uint32_t number,
                            const struct fund_view *fund);
/* The pairs income, expenditure, provisional of a sum of lines; and known, due of a subsidy. */
void write_flows(struct writer *w, const struct lines *lines);
void write_due(struct writer *w, struct subsidy_due due);
/* Whether an amount due is shown as derived: one that is known and not nothing, whatever its heads are. */
bool due_is_derived(struct subsidy_due due, bool heads_derived);
/* A map of all counts of people. */
void write_headcount(struct writer *w, const char *key, const struct headcount *heads);
/* Of the levels of every standard in force those that an answer is about. */
typedef bool subsidy_wanted(const struct subsidy_level_rule *rule, const struct subsidy_state *state);
void write_subsidies(struct query *q, struct writer *w, struct view *view, uint32_t number,
                     const struct fund_view *fund, date_day as_of, const char *key, subsidy_wanted *wanted);
/* 9.1, a whole map. */
void write_status(struct query *q, struct writer *w, struct view *view, uint32_t number,
                  const struct fund_view *fund);
/* The position behind which an event dated on or after a day must stand: a policy lets it be recorded at
 * most a year before. */
int query_position_before(struct view *view, date_day day, uint64_t *ret);
/* What became of the fund's place, under the key "place". */
void write_place(struct query *q, struct writer *w, struct view *view, uint32_t number,
                 const struct fund_view *fund);

/* A command that is answered when it is committed: `answer` writes the data into q->data, or fails.  Embed
 * it first. */
struct query_command {
    struct command command;
    struct queries *queries;
    char key[SOURCE_NAME_MAX + 1], person[SOURCE_NAME_MAX + 1];     /* of whoever asks */
    bool anyway;                /* it is answered also when there was no room to write it */
    void *socket;
    uint8_t routing_id[256];
    size_t routing_id_size;
    uint64_t ref;
    int err;                    /* what became of it */
    void (*answer)(struct query_command *command, struct query *q);
};
/* Hands over `command`, of malloc, with run and answer filled.  Takes it. */
enum query_end query_command(struct query *q, struct query_command *command);
/* True if a command can be handed over now; query_fail() says busy otherwise. */
bool query_can_command(struct query *q);
/* A job that was added: notes who asked for it, lets it begin, and answers with its number. */
enum query_end query_note_job(struct query *q, struct action_told action, uint64_t job);

query_handler query_rights, query_info, query_status, query_report, query_event, query_events, query_snapshot,
    query_alerts, query_sources, query_quarantine, query_reconcile, query_policy, query_acknowledge,
    query_requeue, query_backup, query_verify, query_job, query_outlook, query_rollup, query_restated,
    query_statements, query_payouts, query_churn, query_backtest, query_in_order, query_compared,
    query_known_at, query_unmatched, query_actions, query_proposals, query_confirm, query_decline,
    query_health;
