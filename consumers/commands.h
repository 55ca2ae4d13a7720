/* commands - what `fundwatch` can be asked to do, as one table. */
#pragma once

#include "consumers/session.h"
#include "consumers/words.h"

struct command {
    const char *name;
    enum exit_code (*run)(struct session *s);
    const char *words;          /* synopsis of what follows the name */
    int min_words, max_words;
    const char *letters;        /* of its own options */
    const char *help;           /* one line */
    const char *more;           /* for its --help: what it shows */
    const char *bad;            /* what exit code 4 says, as the manual has it; "never" */
};

/* Both end with a row without name. */
extern const struct command commands[];
extern const struct option_info command_options[];

/* The words behind the command's name; NULL for one that is not there. */
const char *command_word(const struct session *s, int index);

enum exit_code command_status(struct session *s);
enum exit_code command_report(struct session *s);
enum exit_code command_outlook(struct session *s);
enum exit_code command_whatif(struct session *s);
enum exit_code command_rollup(struct session *s);
enum exit_code command_events(struct session *s);
enum exit_code command_alerts(struct session *s);
enum exit_code command_sources(struct session *s);
enum exit_code command_quarantine(struct session *s);
enum exit_code command_reconcile(struct session *s);
enum exit_code command_policy(struct session *s);
enum exit_code command_backtest(struct session *s);
enum exit_code command_restated(struct session *s);
enum exit_code command_statements(struct session *s);
enum exit_code command_payouts(struct session *s);
enum exit_code command_churn(struct session *s);
enum exit_code command_unmatched(struct session *s);
enum exit_code command_info(struct session *s);
enum exit_code command_health(struct session *s);
enum exit_code command_ack(struct session *s);
enum exit_code command_backup(struct session *s);
enum exit_code command_verify(struct session *s);
enum exit_code command_restore(struct session *s);
enum exit_code command_keys(struct session *s);
enum exit_code command_actions(struct session *s);
enum exit_code command_proposals(struct session *s);
enum exit_code command_head(struct session *s);
/* Compares with a file of the source's own: for command_reconcile(). */
enum exit_code reconcile_file(struct session *s, const char *source, int64_t from, int64_t to,
                              const char *path, bool every);
/* What each key may do, as the daemon goes by it: for command_keys(). */
enum exit_code show_rights(struct session *s);

/* With --known-at: has the daemon rebuild the books as they were known then, says of when they are, and lets
 * the session ask about them. */
enum exit_code begin_known_at(struct session *s);

/* Checks a word of the command line: NULL is a place ("everywhere") and no fund.  False
 * after saying what is wrong. */
bool check_place(const struct session *s, const char *text);
bool check_fund(const struct session *s, const char *text);

/* --limit and --after, which all lists have.  False after saying what is wrong. */
#define LIST_LIMIT     100
#define LIST_LIMIT_MAX 1000000
#define POSITION_MAX   (INT64_MAX - 1)
bool list_options(const struct session *s, int64_t *ret_limit, int64_t *ret_after);
/* Asks for a list and shows it. */
enum exit_code show_list(struct session *s, const struct listing *listing,
                         const struct argument *arguments, unsigned count, int64_t limit,
                         void (*print)(struct page *page, const json_t *answer));

/* Shows an answer in JSON or by `print`; takes it. */
enum exit_code show_answer(struct session *s, json_t *answer,
                           void (*print)(struct page *page, const json_t *answer));
