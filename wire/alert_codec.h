/* alert_codec - alerts and heartbeats as they are published and fetched (PROTOCOL 8). */
#pragma once

#include "fund/account.h"
#include "fund/alert.h"
#include "fund/causes.h"
#include "fund/place.h"
#include "wire/limits.h"
#include "wire/reader.h"
#include "wire/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One alert: a transition of one rule of one fund, with its evidence. */
struct alert {
    uint64_t number;            /* one counter per store, from 1 without holes */
    uint64_t epoch;
    uint64_t position;          /* of its journal record */
    int64_t recorded_ms;        /* when it was recorded, ms since 1970 UTC */
    struct fund fund;
    enum rule rule;
    char instance[POLICY_NAME_MAX + SOURCE_NAME_MAX + 1];   /* coverage definition or source; "" */
    enum transition transition;
    int level, previous_level;
    bool blind, acknowledged;
    uint64_t incident;          /* number of the alert that began it */
    date_day books_date;
    uint32_t policy_version;
    struct indicator indicator; /* the value, or why there is none */
    int64_t limit_e4;           /* the limit that was crossed, ten-thousandths; 0 if none */
    uint8_t months;             /* closed months that the value rests on; 0 if it rests on none */
    struct amount balance, income, expenditure, provisional;    /* as of the books date; the last
                                                                 * three over those months */
    struct evidence evidence;   /* what else it rests on, by rule */
    date_day causes_since;      /* the day that the causes are counted from; 0: none are known */
    struct causes causes;       /* why a runway is another one than on that day */
    char who[WHO_MAX + 1], note[NOTE_MAX + 1];  /* of an acknowledgement */
};

/* "alert/130207/390/runway" or "alert/440800/390/coverage/resident". */
const char *alert_topic(const struct alert *alert, char topic[TOPIC_MAX + 1]);

void alert_encode(struct writer *w, const struct alert *alert);
/* False if the value at `r` is not an alert; `r` has an error then. */
bool alert_decode(struct reader *r, struct alert *ret);

/* Tells a subscriber that it is alive and whether it has all. */
struct heartbeat {
    uint64_t epoch;
    uint64_t last;              /* number of the newest alert; 0: none yet */
    uint64_t position;          /* the journal's newest */
    uint8_t head[32];           /* the chain's head there */
    int64_t sent_ms;
};
#define HEARTBEAT_TOPIC "heartbeat"
void heartbeat_encode(struct writer *w, const struct heartbeat *h);
bool heartbeat_decode(struct reader *r, struct heartbeat *ret);

#ifdef __cplusplus
}
#endif
