/* replay_case - a case to replay: a folder with case.yaml and the files it names.
 *
 * case.yaml says which tables (CSV) are played by which source, and from which
 * printed totals a population is made up: people who enrol and pay, and bills
 * of hospitals.  Everything is read strictly: unknown keys, missing keys, figures
 * that are not of their form and totals that cannot come out are errors that
 * name the file and the key.  examples/README.md describes the format for people. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fund/event.h"
#include "wire/limits.h"

#define REPLAY_MONTHS        12
#define REPLAY_MONTHS_AFTER  36     /* that a case may go on after its year */
#define REPLAY_TABLES_MAX    16
#define REPLAY_BILLS_MAX     8
#define REPLAY_HOSPITALS_MAX 100
#define REPLAY_ITEMS_MAX     999999999      /* persons, or bills of a line: nine digits in an id */
#define REPLAY_PATH_MAX      1024
#define REPLAY_ERROR_MAX     512

/* Who reports.  Numbers of sources: tables' sources, then the registry, the tax
 * office and the hospitals, each name once. */
#define REPLAY_SOURCES_MAX (REPLAY_TABLES_MAX + 3 + REPLAY_HOSPITALS_MAX)

/* How a line is spread over the months of the year: weights, not all zero. */
struct replay_season {
    uint32_t weights[REPLAY_MONTHS];
};

struct replay_table {
    char path[REPLAY_PATH_MAX];
    unsigned source;
};

/* People who are enrolled by the registry and pay through the tax office. */
struct replay_persons {
    int64_t count;              /* 0: this case has no generated population */
    bool derived;               /* the count is: its enrolments say so, its fees do not */
    unsigned registry, tax_office;
    struct amount fee;          /* what each pays */
    struct amount total;        /* the printed line; total - count * fee is one more record */
    struct replay_season season;
};

/* A line of expenditure that hospitals' bills add up to. */
struct replay_bills {
    enum event_category category;
    int64_t count;
    struct amount total;
    int64_t in_policy_e4;       /* fund / cost within policy, in ten-thousandths; 0: not stated */
    bool even;                  /* all about the same size, as lump sums are */
    struct replay_season season;
};

struct replay_case {
    char name[128];
    struct fund fund;
    int year;                   /* the twelve months that are played, and of the population */
    date_day last;              /* the last day that is played: the year's, or a later one */
    char policy_path[REPLAY_PATH_MAX];
    unsigned bureau;            /* the source of policy and of `day` events */
    unsigned table_count;
    struct replay_table tables[REPLAY_TABLES_MAX];
    struct replay_persons people;
    unsigned hospital_count;
    unsigned first_hospital;    /* its source; the others follow */
    unsigned bills_count;
    struct replay_bills bills[REPLAY_BILLS_MAX];
    unsigned source_count;
    char sources[REPLAY_SOURCES_MAX][SOURCE_NAME_MAX + 1];
};

/* Reads FOLDER/case.yaml.  0 or a negative errno; then `error`, which has
 * REPLAY_ERROR_MAX bytes, says what is wrong and where. */
int replay_case_read(const char *folder, struct replay_case *ret, char *error);

/* The same totals with another number of people: bills in proportion, at least
 * one of each line, and fees as high as the total allows.  Returns 0, -EINVAL
 * for a case without population, or -ERANGE if a total has fewer fen than there would be people,
 * or a number is beyond REPLAY_ITEMS_MAX; the case is untouched then. */
int replay_case_resize(struct replay_case *c, int64_t persons);

/* The institution code of a hospital, as fixmedins_code is formed: H, the
 * place, five digits.  `text` has REPLAY_INSTITUTION_SIZE + 1 bytes. */
#define REPLAY_INSTITUTION_SIZE 12
void replay_institution(const struct replay_case *c, unsigned hospital, char *text);
