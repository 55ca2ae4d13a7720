/* sources - who reports: names and numbers, counters, sequences, days, and the quarantine. */
#pragma once

#include "store/derived.h"
#include "store/env.h"
#include "store/view.h"

/* Names of sources and issuers share one numbering, from 1. */
bool sources_number(struct txn *txn, const char *name, size_t size, uint32_t *ret);
void sources_put_name(struct txn *txn, const char *name, size_t size, uint32_t number);

/* Empty and false if there is none. */
bool sources_name(struct txn *txn, uint32_t number, char name[SOURCE_NAME_MAX + 1]);

/* Holes in a source's numbering, oldest first. */
struct source_gaps {
    uint32_t count;
    struct source_gap { uint64_t from, to; } items[SOURCE_GAPS_MAX];
};

struct source_record {
    uint64_t sequence;
    struct source_gaps gaps;
    uint64_t applied, duplicates, conflicts, rejected;
    uint64_t quarantined;       /* entries kept now */
    int64_t last_recorded_ms;
    date_day last_date;
};
bool sources_get(struct txn *txn, uint32_t number, struct source_record *ret);
void sources_put(struct txn *txn, uint32_t number, const struct source_record *record);
/* Entries that the quarantine has of all sources. */
uint64_t sources_quarantined(struct txn *txn);

/* Notes the number of a batch: the next one, an old one again, or one behind a hole. */
void sources_sequence(struct source_record *record, uint64_t sequence);

/* The holes that the journal knows of, in the table `gaps`: how rules see them.  Those of `sources` are
 * in no record, and some of them are our own doing (sources_gaps_without). */
void sources_get_gaps(struct txn *txn, uint32_t number, struct source_gaps *ret);
void sources_put_gaps(struct txn *txn, uint32_t number, const struct source_gaps *gaps);
bool sources_gaps_equal(const struct source_gaps *a, const struct source_gaps *b);
/* `gaps` without the numbers first..last; the newest are forgotten if there are too many. */
struct source_gaps sources_gaps_without(const struct source_gaps *gaps, uint64_t first, uint64_t last);
/* How many batches are missing. */
uint64_t sources_gaps_missing(const struct source_gaps *gaps);
/* The value of the table, and of a record behind its source; at most GAPS_SIZE bytes. */
#define GAPS_SIZE (10 + 20 * SOURCE_GAPS_MAX)
size_t sources_encode_gaps(const struct source_gaps *gaps, uint8_t *value);
bool sources_take_gaps(const uint8_t *value, size_t size, struct source_gaps *ret);

/* The book days on which a fund has heard of a source first and last.  Not how much it heard: the row would
 * change with every batch, and those of one source are in as many places as it tells funds. */
struct fund_source {
    date_day first_date;
    date_day last_date;
};
/* Reads one out of a table value; false if it is none. */
bool sources_take_fund(const uint8_t *value, size_t size, struct fund_source *ret);
bool sources_get_fund(struct txn *txn, uint32_t fund, uint32_t source, struct fund_source *ret);
void sources_add_fund(struct txn *txn, uint32_t fund, uint32_t source, const struct fund_source *add);

/* What an event adds to its source's totals per day and kind: an entry of that index. */
void sources_day_entry(uint32_t source, const struct event *event, uint8_t entry[SOURCE_DAY_ENTRY]);

/* --- Quarantine: numbered entries, at most options.quarantine_max per source. */
/* Bytes of an event that are kept: what is longer is no good event, and kept as far as this. */
#define QUARANTINE_SENT_MAX (EVENT_SIZE_MAX + POLICY_SIZE_MAX)
struct quarantine_entry {
    uint32_t source, issuer;
    uint64_t hash;              /* hash_seen() of issuer and id; 0 without an id */
    int64_t recorded_ms;
    struct applied why;
    char id[EVENT_ID_MAX + 1];
    struct span sent;           /* borrowed from the table */
};
void quarantine_put(struct txn *txn, uint64_t number, const struct quarantine_entry *entry);
int quarantine_get(struct txn *txn, uint64_t number, struct quarantine_entry *ret);
bool quarantine_delete(struct txn *txn, uint64_t number, uint32_t source);
/* Reads an entry out of a table value. */
int quarantine_take(const uint8_t *value, size_t size, struct quarantine_entry *ret);
/* An entry of a source with `like`'s issuer and id (and hash), and what was sent if `like` has that;
 * 0 if there is none. */
uint64_t quarantine_find(struct txn *txn, const struct quarantine_entry *like);
/* The oldest entry of a source; 0 if it has none. */
uint64_t quarantine_oldest(struct txn *txn, uint32_t source);
