/* What has been delivered is one number, `through`: all alerts of our places up to it.  The
 * published alert with the next number is delivered as it comes.  Everything else that is heard
 * (an alert further on, a heartbeat that knows of more, silence) only rings the bell: then the
 * store is asked for what is newer than `through`, which settles loss, order and repetition in
 * one way.
 *
 * A question lasts from one run to the next: who runs a monitor in pieces that are shorter than an
 * answer takes would never be told anything if each asked anew. */
#include "consumers/client/monitor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "consumers/client/query.h"

#define ASK_MS        2000      /* for one answer */
#define LOOK_MS       1000      /* at most between two looks at *stop */
#define RETRY_MS      500       /* between questions that were not answered well */
#define PAGE_ALERTS   500
#define ALERT_DEPTH   5         /* containers: a page, an alert, its causes, their list, one of it */
#define RULES_MAX     1000000   /* rules in a snapshot */
#define ROUND_MAX     256       /* messages heard before looking up again */

enum question { NO_QUESTION, ASKED_SNAPSHOT, ASKED_ALERTS };

struct fw_monitor {
    void *context;
    void *socket;               /* SUB */
    struct fw_query *query;
    struct fw_monitor_options options;
    struct place_prefix place;
    char place_text[8];
    uint64_t epoch, through;    /* epoch 0: no snapshot yet */
    uint64_t known;             /* newest number of this epoch that was heard of */
    bool snapshot_due;          /* an epoch that is not ours was heard of */
    bool fetch_due;             /* a bell rang */
    bool silent;
    bool stopped;               /* on_alert returned false */
    int64_t heard_ms;           /* the last heartbeat, or when silence began to count */
    int64_t left_ms;            /* when fw_monitor_run() returned last; 0: never */
    int64_t retry_ms;           /* not before this is asked again */
    enum question question;     /* that waits for its answer */
    int64_t asked_ms;           /* when it was sent */
    uint64_t asked_known;       /* `known` as it was then: the store has all of that */
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t min_ms(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* --- Opening. ------------------------------------------------------------------ */

static int open_failed(struct fw_monitor *m, int err, const char *sentence, const char **ret_error)
{
    fw_monitor_close(&m);
    *ret_error = sentence;
    return err;
}

static bool subscribe(struct fw_monitor *m)
{
    char topic[TOPIC_MAX];
    snprintf(topic, sizeof topic, "alert/%s", m->place_text);
    return zmq_setsockopt(m->socket, ZMQ_SUBSCRIBE, topic, strlen(topic)) == 0
        && zmq_setsockopt(m->socket, ZMQ_SUBSCRIBE, HEARTBEAT_TOPIC, strlen(HEARTBEAT_TOPIC)) == 0;
}

int fw_monitor_open(const struct fw_monitor_options *options, struct fw_monitor **ret,
                    const char **ret_error)
{
    struct fw_monitor *m = calloc(1, sizeof *m);
    if (m == NULL)
        return open_failed(m, -ENOMEM, "out of memory", ret_error);
    m->options = *options;
    if (m->options.heartbeat_ms <= 0)
        m->options.heartbeat_ms = 1000;
    m->snapshot_due = true;
    const char *place = options->place != NULL ? options->place : "";
    if (!place_prefix_parse(place, &m->place))
        return open_failed(m, -EINVAL, "a place is 0, 2, 4 or 6 digits, as 13, 1302 or 130207",
                           ret_error);
    memcpy(m->place_text, place, strlen(place));
    m->context = net_context();
    if (m->context == NULL)
        return open_failed(m, -EMFILE, "cannot start ZeroMQ", ret_error);
    m->socket = net_connect(m->context, NET_ALERTS, &options->alerts);
    if (m->socket == NULL || !subscribe(m))
        return open_failed(m, -errno, zmq_strerror(errno), ret_error);
    int err = fw_query_open_in(m->context, &options->query, &m->query, ret_error);
    if (err != 0)
        return open_failed(m, err, *ret_error, ret_error);
    *ret = m;
    return 0;
}

void fw_monitor_close(struct fw_monitor **monitor_p)
{
    struct fw_monitor *m = *monitor_p;
    *monitor_p = NULL;
    if (m == NULL)
        return;
    fw_query_close(&m->query);
    if (m->socket != NULL)
        zmq_close(m->socket);
    if (m->context != NULL)
        zmq_ctx_term(m->context);
    net_key_wipe(&m->options.alerts.key);
    net_key_wipe(&m->options.query.key);
    free(m);
}

/* --- Delivering. --------------------------------------------------------------- */

static void deliver(struct fw_monitor *m, const struct alert *alert)
{
    m->through = alert->number;
    if (m->options.on_alert != NULL && !m->options.on_alert(m->options.arg, alert))
        m->stopped = true;
}

static void know(struct fw_monitor *m, uint64_t number)
{
    if (number > m->known)
        m->known = number;
    if (m->known > m->through)
        m->fetch_due = true;
}

/* --- Asking. ------------------------------------------------------------------- */

/* 0, -EINPROGRESS if there is no answer yet, -EAGAIN if it is worth asking again later, or what
 * fw_monitor_run() returns. */
static int await_answer(struct fw_monitor *m, int64_t end_ms, struct fw_answer *ret)
{
    int64_t now = now_ms(), last_ms = m->asked_ms + ASK_MS;
    int64_t left = min_ms(end_ms, last_ms) - now;
    int err = fw_query_wait(m->query, left > 0 ? (int)left : 0, ret);
    if (err == -EINTR || (err == -ETIMEDOUT && now_ms() < last_ms))
        return -EINPROGRESS;
    if (err == -ETIMEDOUT)
        fw_query_give_up(m->query);
    m->question = NO_QUESTION;
    if (err == -ENOMEM || err == -EPROTO)
        return err;
    if (err != 0)
        return -EAGAIN;
    if (ret->code[0] == '\0')
        return 0;
    if (strcmp(ret->code, "not_permitted") == 0)
        return -EACCES;
    return strcmp(ret->code, "busy") == 0 || strcmp(ret->code, "failed") == 0 ? -EAGAIN : -EPROTO;
}

/* 0, -ENOMEM, or -EAGAIN if it is worth asking again later. */
static int ask(struct fw_monitor *m, enum question question)
{
    struct writer *w = fw_query_begin(m->query, question == ASKED_SNAPSHOT ? "snapshot" : "alerts",
                                      question == ASKED_SNAPSHOT ? 1 : 3);
    write_key_string(w, "place", m->place_text);
    if (question == ASKED_ALERTS) {
        write_key_uint(w, "after", m->through);
        write_key_uint(w, "limit", PAGE_ALERTS);
    }
    int err = fw_query_send(m->query);
    if (err != 0)
        return err == -ENOMEM ? err : -EAGAIN;
    m->question = question;
    m->asked_ms = now_ms();
    m->asked_known = m->known;
    return 0;
}

static bool read_level(struct span word, int *ret)
{
    for (int level = LEVEL_CRITICAL_LOW; level <= LEVEL_EXCESSIVE; level++) {
        if (span_is(word, level_word(level))) {
            *ret = level;
            return true;
        }
    }
    return false;
}

static bool read_rule_word(struct span word, enum rule *ret)
{
    for (enum rule rule = RULE_RUNWAY; rule < RULE_END; rule++) {
        if (rule_word(rule) != NULL && span_is(word, rule_word(rule))) {
            *ret = rule;
            return true;
        }
    }
    return false;
}

enum { RULE_FUND, RULE_RULE, RULE_INSTANCE, RULE_LEVEL, RULE_SEVERITY, RULE_BLIND,
       RULE_ACKNOWLEDGED, RULE_SINCE, RULE_INCIDENT, RULE_KEYS };
static const char *const rule_keys[RULE_KEYS] = {
    "fund", "rule", "instance", "level", "severity", "blind", "acknowledged", "since", "incident",
};

static void need(struct reader *r, bool good)
{
    if (!good)
        read_fail(r, READ_RANGE);
}

/* A rule that has never been judged has no date. */
static void read_since(struct reader *r, date_day *ret)
{
    *ret = DATE_NONE;
    if (read_peek(r) == '0') {
        read_nil(r);
        return;
    }
    int64_t ymd = read_int(r, 0, INT32_MAX);
    if (ymd != 0)
        need(r, date_from_ymd(ymd, ret));
}

static void read_rule_value(struct reader *r, unsigned key, struct fw_rule *rule)
{
    struct span s;
    switch (key) {
    case RULE_FUND:
        s = read_string(r, FUND_TEXT_MAX);
        need(r, fund_parse_n(s.bytes, s.size, &rule->fund));
        break;
    case RULE_RULE:
        need(r, read_rule_word(read_string(r, 32), &rule->rule));
        break;
    case RULE_INSTANCE:
        need(r, span_copy(read_string(r, sizeof rule->instance - 1), rule->instance,
                          sizeof rule->instance));
        break;
    case RULE_LEVEL:
        need(r, read_level(read_string(r, 32), &rule->level));
        break;
    case RULE_SEVERITY:
        read_string(r, 32);
        break;
    case RULE_BLIND:
        rule->blind = read_bool(r);
        break;
    case RULE_ACKNOWLEDGED:
        rule->acknowledged = read_bool(r);
        break;
    case RULE_SINCE:
        read_since(r, &rule->since);
        break;
    case RULE_INCIDENT:
        rule->incident = read_uint64(r);
        break;
    }
}

static void read_rule(struct reader *r, struct fw_rule *ret)
{
    uint64_t seen = 0;
    *ret = (struct fw_rule){ .since = DATE_NONE };
    uint32_t pairs = read_map(r, RULE_KEYS);
    need(r, pairs == RULE_KEYS);
    for (uint32_t i = 0; i < pairs && r->err == READ_OK; i++)
        read_rule_value(r, read_key(r, rule_keys, RULE_KEYS, &seen), ret);
}

struct snapshot {
    uint64_t epoch, last;
    struct fw_rule *rules;      /* owned */
    uint32_t count;
};

/* Reads the rules into memory that is asked for after the count was compared with the bytes. */
static int read_rules(struct span list, struct snapshot *snapshot)
{
    struct reader r = reader_of(list.bytes, list.size);
    snapshot->count = read_array(&r, RULES_MAX);
    snapshot->rules = calloc((size_t)snapshot->count + 1, sizeof snapshot->rules[0]);
    if (snapshot->rules == NULL)
        return -ENOMEM;
    for (uint32_t i = 0; i < snapshot->count && r.err == READ_OK; i++)
        read_rule(&r, &snapshot->rules[i]);
    return reader_end(&r) == READ_OK ? 0 : -EPROTO;
}

static int read_snapshot(struct reader *r, struct snapshot *ret)
{
    enum { EPOCH, LAST, FUNDS, RULES, KEYS };
    static const char *const keys[KEYS] = { "epoch", "last", "funds", "rules" };
    struct span rules = { 0 };
    uint64_t seen = 0;
    uint32_t pairs = read_map(r, KEYS);
    need(r, pairs == KEYS);
    for (uint32_t i = 0; i < pairs && r->err == READ_OK; i++) {
        switch (read_key(r, keys, KEYS, &seen)) {
        case EPOCH:
            ret->epoch = read_uint64(r);
            break;
        case LAST:
            ret->last = read_uint64(r);
            break;
        case FUNDS:
            read_uint64(r);     /* of no use to who follows alerts */
            break;
        case RULES:
            rules = read_skip(r, ALERT_DEPTH);
            break;
        }
    }
    if (reader_end(r) != READ_OK || ret->epoch == 0)
        return -EPROTO;
    return read_rules(rules, ret);
}

/* Where delivery begins in the epoch of the first snapshot. */
static uint64_t starting_point(const struct fw_monitor_options *o, const struct snapshot *snapshot)
{
    bool ours = o->epoch == 0 || o->epoch == snapshot->epoch;
    bool from_now = o->after == 0 && o->epoch == 0;
    if (o->after == FW_FROM_START)
        return 0;
    if (!ours || from_now || o->after > snapshot->last)
        return snapshot->last;
    return o->after;
}

/* The epoch that we know already says that an old message was heard late, nothing else. */
static void take_snapshot(struct fw_monitor *m, const struct snapshot *snapshot)
{
    if (snapshot->epoch != m->epoch) {
        bool first = m->epoch == 0;
        m->epoch = snapshot->epoch;
        m->through = first ? starting_point(&m->options, snapshot) : snapshot->last;
        m->known = snapshot->last;
        if (m->options.on_snapshot != NULL)
            m->options.on_snapshot(m->options.arg, snapshot->epoch, snapshot->last,
                                   snapshot->rules, snapshot->count);
    }
    m->snapshot_due = false;
    know(m, snapshot->last);
}

static int answered_snapshot(struct fw_monitor *m, struct fw_answer *answer)
{
    struct snapshot snapshot = { 0 };
    int err = read_snapshot(&answer->data, &snapshot);
    if (err == 0)
        take_snapshot(m, &snapshot);
    free(snapshot.rules);
    return err;
}

struct page {
    uint64_t epoch, complete_through;
    struct span alerts;
    bool more;
};

static int read_page(struct reader *r, struct page *ret)
{
    enum { EPOCH, ALERTS, COMPLETE_THROUGH, MORE, KEYS };
    static const char *const keys[KEYS] = { "epoch", "alerts", "complete_through", "more" };
    uint64_t seen = 0;
    uint32_t pairs = read_map(r, KEYS);
    need(r, pairs == KEYS);
    for (uint32_t i = 0; i < pairs && r->err == READ_OK; i++) {
        switch (read_key(r, keys, KEYS, &seen)) {
        case EPOCH:
            ret->epoch = read_uint64(r);
            break;
        case ALERTS:
            ret->alerts = read_skip(r, ALERT_DEPTH);
            break;
        case COMPLETE_THROUGH:
            ret->complete_through = read_uint64(r);
            break;
        case MORE:
            ret->more = read_bool(r);
            break;
        }
    }
    return reader_end(r) == READ_OK ? 0 : -EPROTO;
}

/* Delivers a page's alerts until one of them stops us.  They may tell of an earlier epoch than
 * the page's: that in which they were raised, before the store was restored. */
static int deliver_page(struct fw_monitor *m, const struct page *page)
{
    struct reader r = reader_of(page->alerts.bytes, page->alerts.size);
    uint32_t count = read_array(&r, PAGE_ALERTS);
    for (uint32_t i = 0; i < count && !m->stopped; i++) {
        struct alert alert;
        if (!alert_decode(&r, &alert) || alert.number <= m->through
                || !place_within(alert.fund.place, m->place))
            return -EPROTO;
        deliver(m, &alert);
    }
    return r.err == READ_OK ? 0 : -EPROTO;
}

/* Only a last page says that there is nothing between its alerts and `complete_through`; a page in
 * the middle is as complete as its last alert, or, without one, as far as was searched.  One that lacks what
 * was heard of before it was asked for did not help; what was heard of since is asked for at once. */
static int take_page(struct fw_monitor *m, const struct page *page)
{
    uint64_t before = m->through;
    int err = deliver_page(m, page);
    if (err != 0 || m->stopped)
        return err;
    bool searched = !page->more || m->through == before;
    if (searched && page->complete_through > m->through)
        m->through = page->complete_through;
    if (page->more && m->through == before)
        return -EPROTO;
    if (!page->more)
        m->fetch_due = m->known > m->through;
    return page->more || m->through >= m->asked_known ? 0 : -EAGAIN;
}

static int answered_alerts(struct fw_monitor *m, struct fw_answer *answer)
{
    struct page page = { 0 };
    int err = read_page(&answer->data, &page);
    if (err != 0)
        return err;
    if (page.epoch != m->epoch) {
        m->snapshot_due = true;
        return 0;
    }
    return take_page(m, &page);
}

static int ask_and_take(struct fw_monitor *m, int64_t end_ms)
{
    struct fw_answer answer;
    int err = 0;
    if (m->question == NO_QUESTION)
        err = ask(m, m->snapshot_due ? ASKED_SNAPSHOT : ASKED_ALERTS);
    enum question question = m->question;
    if (err == 0)
        err = await_answer(m, end_ms, &answer);
    if (err != 0)
        return err;
    return question == ASKED_SNAPSHOT ? answered_snapshot(m, &answer) : answered_alerts(m, &answer);
}

/* One question, if one is due.  After one that did not help the next waits a while. */
static int catch_up(struct fw_monitor *m, int64_t end_ms)
{
    bool due = (m->snapshot_due || m->fetch_due) && now_ms() >= m->retry_ms;
    if (!due && m->question == NO_QUESTION)
        return 0;
    int err = ask_and_take(m, end_ms);
    if (err == -EAGAIN)
        m->retry_ms = now_ms() + RETRY_MS;
    return err == -EAGAIN || err == -EINPROGRESS ? 0 : err;
}

/* --- Hearing. ------------------------------------------------------------------ */

static void hear_alert(struct fw_monitor *m, struct reader *r)
{
    struct alert alert;
    if (!alert_decode(r, &alert) || reader_end(r) != READ_OK) {
        m->fetch_due = true;
    } else if (alert.epoch != m->epoch) {
        m->snapshot_due = true;
    } else if (alert.number == m->through + 1 && place_within(alert.fund.place, m->place)
               && !m->snapshot_due && m->question == NO_QUESTION) {    /* else the answer begins with it */
        deliver(m, &alert);
        know(m, alert.number);
    } else {
        know(m, alert.number);
    }
}

static void set_silent(struct fw_monitor *m, bool silent)
{
    bool changed = m->silent != silent;
    m->silent = silent;
    if (changed && m->options.on_silence != NULL)
        m->options.on_silence(m->options.arg, silent);
}

static void hear_heartbeat(struct fw_monitor *m, struct reader *r)
{
    struct heartbeat beat;
    if (!heartbeat_decode(r, &beat) || reader_end(r) != READ_OK)
        return;
    m->heard_ms = now_ms();
    set_silent(m, false);
    if (m->options.on_heartbeat != NULL)
        m->options.on_heartbeat(m->options.arg, &beat);
    if (beat.epoch != m->epoch)
        m->snapshot_due = true;
    else
        know(m, beat.last);
}

static void hear(struct fw_monitor *m, const struct net_message *message)
{
    if (message->count != 2)
        return;
    struct span topic = { message->frames[0].bytes, (uint32_t)message->frames[0].size };
    struct reader r = reader_of(message->frames[1].bytes, message->frames[1].size);
    if (span_is(topic, HEARTBEAT_TOPIC))
        hear_heartbeat(m, &r);
    else
        hear_alert(m, &r);
}

/* Hears what comes within `wait_ms` and what is there then. */
static int listen(struct fw_monitor *m, int wait_ms)
{
    for (unsigned i = 0; i < ROUND_MAX && !m->stopped; i++) {
        struct net_message message;
        int err = net_receive(m->socket, i == 0 ? wait_ms : 0, &message);
        if (err == -EAGAIN || err == -EINTR)
            return 0;
        if (err == -EMSGSIZE)
            continue;
        if (err != 0)
            return err;
        hear(m, &message);
        net_message_free(&message);
    }
    return 0;
}

/* While nothing is heard the store is asked all the same, once in each period of silence: the bell
 * may be broken and the store not. */
static void judge_silence(struct fw_monitor *m)
{
    int64_t now = now_ms();
    if (now - m->heard_ms < m->options.heartbeat_ms * INT64_C(7) / 2)
        return;
    m->heard_ms = now;
    m->fetch_due = true;
    set_silent(m, true);
}

static int wait_ms(const struct fw_monitor *m, int64_t end_ms)
{
    int64_t now = now_ms();
    int64_t until = min_ms(end_ms, now + min_ms(LOOK_MS, m->options.heartbeat_ms));
    if (m->snapshot_due || m->fetch_due)
        until = min_ms(until, m->retry_ms);
    return until > now ? (int)(until - now) : 0;
}

/* What passed between two runs is no silence, since nobody listened; what passed within them is one,
 * however short they are. */
static void resume(struct fw_monitor *m)
{
    int64_t now = now_ms();
    m->heard_ms = m->left_ms == 0 ? now : m->heard_ms + (now - m->left_ms);
    m->stopped = false;
}

int fw_monitor_run(struct fw_monitor *m, int timeout_ms, const volatile bool *stop)
{
    int64_t end_ms = timeout_ms < 0 ? INT64_MAX / 2 : now_ms() + timeout_ms;
    int err = 0;
    resume(m);
    while (err == 0 && !m->stopped && !(stop != NULL && *stop)) {
        err = catch_up(m, end_ms);
        if (err == 0 && !m->stopped)
            err = listen(m, wait_ms(m, end_ms));
        judge_silence(m);
        if (err == 0 && !m->stopped && now_ms() >= end_ms)
            err = -ETIMEDOUT;
    }
    m->left_ms = now_ms();
    return err;
}

void fw_monitor_complete(const struct fw_monitor *monitor, uint64_t *ret_epoch, uint64_t *ret_through)
{
    *ret_epoch = monitor->epoch;
    *ret_through = monitor->through;
}
