/* fundwatch-monitor - follows alerts, and remembers how far it has come. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "consumers/alert_text.h"
#include "consumers/bookmark.h"
#include "consumers/client/monitor.h"
#include "consumers/figures.h"
#include "consumers/hook.h"
#include "consumers/json.h"
#include "consumers/options.h"
#include "consumers/terms.h"

#define EXIT_WARNING  10
#define EXIT_CRITICAL 11
#define HOOK_QUEUE    64
#define HOOK_LIMIT_S  30

static const struct option_info infos[] = {
    { 'p', "place", "PREFIX", "of these places: 2, 4 or 6 digits" },
    { 'j', "json", NULL, "one JSON object in each line" },
    { 'n', "after", "N", "begin behind alert number N (0: with the first)" },
    { 'E', "epoch", "E", "the epoch that N belongs to; in another one N does not count" },
    { 's', "state", "FILE", "remember epoch and number there, and go on from them" },
    { 'H', "heads", "FILE", "append the head of the daemon's journal there, at the start and each day" },
    { 'u', "until-severity", "SEVERITY", "end at the first warning (exit 10) or critical alert (11)" },
    { 'x', "exec", "COMMAND", "run it for each alert: JSON on stdin, FUNDWATCH_* variables" },
    { 'X', "exec-limit", "SECONDS", "kill a COMMAND that takes longer (30)" },
    { 'c', "count", "N", "end after N alerts" },
    { 't', "timeout", "SECONDS", "end after so long (exit 3 if nobody was there, else 0)" },
    { 'e', "endpoint", "ENDPOINT", "where the daemon answers queries" },
    { 'a', "alerts-endpoint", "ENDPOINT", "where it publishes alerts" },
    { 'S', "server-key", "KEY", "the daemon's public key, or its .pub file (tcp://)" },
    { 'k', "key", "FILE", "key file of this client (tcp://)" },
    { 'L', "lang", "LANGUAGE", "zh or en (as LC_ALL, LC_MESSAGES or LANG say)" },
    { 'h', "help", NULL, "this text" },
    { 'V', "version", NULL, "the version" },
    { 0, NULL, NULL, NULL },
};
#define LETTERS "pjnEsHuxXcteaSkLhV"

struct follower {
    struct options options;
    struct fw_monitor_options monitor;
    struct fw_monitor *open;
    const char *state_file;     /* NULL: nothing is remembered */
    const char *heads_file;     /* NULL: heads are not kept */
    int64_t heads_day;          /* of the last one that was; -1: none yet */
    bool heads_failed;          /* that has been said */
    struct bookmark printed;    /* up to here; epoch 0: before the first snapshot */
    struct bookmark kept;       /* what the state file says */
    struct hook *hook;          /* NULL: no --exec */
    int64_t count;              /* alerts still to come; -1: no end */
    int until;                  /* severity that ends it: 0 none, 1 warning, 2 critical */
    bool json, colour;
    enum language language;
    bool heard;                 /* the daemon was there */
    int code;
};

static volatile bool stop;

static void on_signal(int signal)
{
    (void)signal;
    stop = true;
}

/* --- Remembering. -------------------------------------------------------------- */

/* With a hook, alerts have been dealt with when their run has ended, not when they were printed. */
static struct bookmark dealt_with(const struct follower *w)
{
    struct bookmark done;
    if (w->hook == NULL || !hook_pending(w->hook, &done))
        return w->printed;
    return done.epoch != 0 ? done : w->kept;
}

static void note_progress(struct follower *w)
{
    fw_monitor_complete(w->open, &w->printed.epoch, &w->printed.number);
}

static void remember(struct follower *w)
{
    struct bookmark b = dealt_with(w);
    bool kept = b.epoch == w->kept.epoch && b.number == w->kept.number;
    if (w->state_file == NULL || b.epoch == 0 || kept)
        return;
    int err = bookmark_write(w->state_file, &b);
    if (err == 0) {
        w->kept = b;
        return;
    }
    fprintf(stderr, "fundwatch-monitor: %s cannot be written: %s\n", w->state_file, strerror(-err));
    w->code = EXIT_FAILED;
    stop = true;
}

/* --- What the monitor tells. --------------------------------------------------- */

static bool print_alert(const struct follower *w, const struct alert *alert)
{
    if (!w->json) {
        alert_print(alert, w->language, w->colour, stdout);
    } else {
        json_t *json = alert_json(alert);
        char *line = json_line(json);
        json_decref(json);
        if (line == NULL)
            return false;
        puts(line);
        free(line);
    }
    return fflush(stdout) == 0 && !ferror(stdout);
}

static int severity_of(const struct alert *alert)
{
    return abs(alert->level);
}

/* Only what begins, becomes worse or changes sides is awaited: not what becomes milder. */
static bool is_awaited(const struct follower *w, const struct alert *alert)
{
    bool worse = abs(alert->level) > abs(alert->previous_level)
              || (alert->level < 0) != (alert->previous_level < 0);
    bool news = alert->transition == TRANSITION_FIRING
             || (alert->transition == TRANSITION_CHANGED && worse);
    return w->until > 0 && news && severity_of(alert) >= w->until;
}

static void run_hook(const struct follower *w, const struct alert *alert)
{
    if (w->hook != NULL && hook_push(w->hook, alert, w->printed) != 0)
        fprintf(stderr, "fundwatch-monitor: %d alerts wait for --exec: it is not run for alert %" PRIu64 "\n",
                HOOK_QUEUE, alert->number);
}

static bool on_alert(void *arg, const struct alert *alert)
{
    struct follower *w = arg;
    if (!print_alert(w, alert)) {
        fputs("fundwatch-monitor: nobody reads what is printed any more\n", stderr);
        w->code = EXIT_FAILED;
        return false;
    }
    note_progress(w);
    run_hook(w, alert);
    remember(w);
    if (is_awaited(w, alert)) {
        w->code = severity_of(alert) > 1 ? EXIT_CRITICAL : EXIT_WARNING;
        return false;
    }
    return (w->count < 0 || --w->count > 0) && !stop;
}

/* A sentence on stderr: what is no alert. */
static void tell(const struct follower *w, enum word which, const char *const arguments[], unsigned count)
{
    char text[512];
    fprintf(stderr, "fundwatch-monitor: %s\n",
            words_fill(text, sizeof text, word(w->language, which), arguments, count));
}
#define TELL(w, which, ...)                                                                         \
    tell((w), (which), (const char *const[]){ __VA_ARGS__ },                                        \
         sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

static const char *number_text(uint64_t number, char text[32])
{
    snprintf(text, 32, "%" PRIu64, number);
    return text;
}

static void print_rule(const struct follower *w, const struct fw_rule *rule)
{
    char fund[FUND_TEXT_MAX], name[FIGURE_MAX], level[FIGURE_MAX];
    fprintf(stderr, "  %s  %s %s%s\n", fund_format(rule->fund, fund),
            term_rule(w->language, rule_word(rule->rule), rule->instance, name),
            term_level(w->language, rule_word(rule->rule), level_word(rule->level), level),
            rule->blind ? word(w->language, WORD_MONITOR_BLIND) : "");
}

static void print_snapshot(const struct follower *w, uint64_t epoch, uint64_t last,
                           const struct fw_rule *rules, unsigned count)
{
    char texts[3][32];
    TELL(w, WORD_MONITOR_SNAPSHOT, number_text(epoch, texts[0]), number_text(last, texts[1]),
         number_text(count, texts[2]));
    for (unsigned i = 0; i < count; i++)
        print_rule(w, &rules[i]);
}

static void on_snapshot(void *arg, uint64_t epoch, uint64_t last, const struct fw_rule *rules, unsigned count)
{
    struct follower *w = arg;
    if (w->printed.epoch != 0 && w->printed.epoch != epoch)
        TELL(w, WORD_MONITOR_RESTORED, number_text(epoch, (char[32]){ "" }),
             number_text(last, (char[32]){ "" }));
    if (!w->json)
        print_snapshot(w, epoch, last, rules, count);
    w->heard = true;
    note_progress(w);
    remember(w);
}

#define DAY_MS (24 * 60 * 60 * INT64_C(1000))

/* "TIME POSITION:HASH": `fundwatch verify --head` proves the journal against it later. */
static bool append_head(const char *path, const struct heartbeat *heartbeat)
{
    time_t seconds = (time_t)(heartbeat->sent_ms / 1000);
    char time[32];
    struct tm tm;
    FILE *to = fopen(path, "a");
    if (to == NULL)
        return false;
    strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &tm));
    fprintf(to, "%s %" PRIu64 ":", time, heartbeat->position);
    for (size_t i = 0; i < sizeof heartbeat->head; i++)
        fprintf(to, "%02x", heartbeat->head[i]);
    fputc('\n', to);
    bool written = fflush(to) == 0 && fsync(fileno(to)) == 0 && !ferror(to);
    return fclose(to) == 0 && written;
}

static void tell_unwritable(const struct follower *w)
{
    fprintf(stderr, "fundwatch-monitor: %s cannot be written: %s\n", w->heads_file, strerror(errno));
}

/* Whether heads can be kept: told at the start, and not when the first one is lost. */
static bool check_heads_file(const struct follower *w)
{
    FILE *to = w->heads_file != NULL ? fopen(w->heads_file, "a") : NULL;
    if (w->heads_file != NULL && to == NULL) {
        tell_unwritable(w);
        return false;
    }
    return to == NULL || fclose(to) == 0;
}

/* Away from the daemon's machine, where whoever could rewrite its journal cannot. */
static void keep_head(struct follower *w, const struct heartbeat *heartbeat)
{
    int64_t day = heartbeat->sent_ms / DAY_MS;
    if (w->heads_file == NULL || day == w->heads_day)
        return;
    if (append_head(w->heads_file, heartbeat))
        w->heads_day = day;
    else if (!w->heads_failed)
        tell_unwritable(w);
    w->heads_failed = day != w->heads_day;      /* the next heartbeat tries again */
}

static void on_heartbeat(void *arg, const struct heartbeat *heartbeat)
{
    struct follower *w = arg;
    keep_head(w, heartbeat);
    w->heard = true;
    note_progress(w);
    remember(w);
}

static void on_silence(void *arg, bool silent)
{
    TELL(arg, silent ? WORD_MONITOR_SILENT : WORD_MONITOR_BACK, "");
}

static void on_hook_failure(uint64_t number, const char *what)
{
    fprintf(stderr, "fundwatch-monitor: --exec for alert %" PRIu64 ": %s\n", number, what);
}

/* --- The command line. --------------------------------------------------------- */

static void print_help(void)
{
    fputs("usage: fundwatch-monitor [OPTION...]\n"
          "Prints each alert once, in order, also those raised while it was away.\n\n", stdout);
    options_help(infos, LETTERS, stdout);
    fputs("\nWithout --after and --state it begins with what comes from now on.  Killed and started\n"
          "again with --state it misses nothing, and repeats at most what it printed last (with\n"
          "--exec: what had not been run).\n"
          "Exit codes: 0 ended as asked, or by a signal; 1 failed; 2 the command line is wrong;\n"
          "3 the daemon was never there; 10, 11 the severity of --until-severity came.\n", stdout);
}

static bool read_place(struct follower *w)
{
    struct place_prefix prefix;
    w->monitor.place = option_text(&w->options, 'p');
    if (w->monitor.place == NULL || place_prefix_parse(w->monitor.place, &prefix))
        return true;
    usage_error(&w->options, "--place is 2, 4 or 6 digits, not \"%s\"", w->monitor.place);
    return false;
}

static bool read_until(struct follower *w)
{
    const char *word = option_text(&w->options, 'u');
    w->until = word == NULL ? 0 : strcmp(word, "warning") == 0 ? 1 : strcmp(word, "critical") == 0 ? 2 : -1;
    if (w->until < 0)
        usage_error(&w->options, "--until-severity is warning or critical, not \"%s\"", word);
    return w->until >= 0;
}

static bool read_after(struct follower *w)
{
    int64_t after = -1, epoch = 0;
    if (!option_number(&w->options, 'n', infos, 0, INT64_MAX - 1, &after)
            || !option_number(&w->options, 'E', infos, 1, INT64_MAX, &epoch))
        return false;
    if (epoch != 0 && after < 0) {
        usage_error(&w->options, "--epoch goes with --after");
        return false;
    }
    w->monitor.epoch = (uint64_t)epoch;
    if (after >= 0)
        w->monitor.after = after == 0 && epoch == 0 ? FW_FROM_START : (uint64_t)after;
    return true;
}

/* What the file says counts for more than --after: that is where the first run began. */
static bool read_state(struct follower *w)
{
    w->state_file = option_text(&w->options, 's');
    int err = w->state_file != NULL ? bookmark_read(w->state_file, &w->kept) : -ENOENT;
    if (err == 0) {
        w->monitor.epoch = w->kept.epoch;
        w->monitor.after = w->kept.number;
        w->printed = w->kept;
    } else if (err == -EILSEQ) {
        usage_error(&w->options, "%s is not a state file of this program: name another", w->state_file);
    } else if (err != -ENOENT) {
        usage_error(&w->options, "%s cannot be read: %s", w->state_file, strerror(-err));
    }
    return err == 0 || err == -ENOENT;
}

static bool read_peers(struct follower *w)
{
    const struct options *o = &w->options;
    const char *error;
    if (net_peer_resolve(NET_QUERY, option_text(o, 'e'), option_text(o, 'S'), option_text(o, 'k'),
                         &w->monitor.query, &error) == 0
            && net_peer_resolve(NET_ALERTS, option_text(o, 'a'), option_text(o, 'S'), option_text(o, 'k'),
                                &w->monitor.alerts, &error) == 0)
        return true;
    usage_error(o, "%s", error);
    return false;
}

static bool open_hook(struct follower *w)
{
    int64_t seconds = HOOK_LIMIT_S;
    const char *command = option_text(&w->options, 'x');
    if (!option_number(&w->options, 'X', infos, 1, 3600, &seconds))
        return false;
    if (command == NULL)
        return true;
    struct hook_options options = {
        .command = command, .limit_ms = (int)seconds * 1000, .queue = HOOK_QUEUE,
        .on_failure = on_hook_failure,
    };
    int err = hook_open(&options, &w->hook);
    if (err != 0)
        fprintf(stderr, "fundwatch-monitor: --exec cannot be started: %s\n", strerror(-err));
    return err == 0;
}

static bool read_command_line(struct follower *w, int64_t *ret_timeout)
{
    w->count = -1;
    w->heads_file = option_text(&w->options, 'H');
    w->heads_day = -1;
    w->json = option_given(&w->options, 'j');
    w->colour = isatty(STDOUT_FILENO) && !w->json;
    if (w->options.count > 0) {
        usage_error(&w->options, "what is \"%s\"?", w->options.words[0]);
        return false;
    }
    return option_number(&w->options, 'c', infos, 1, INT64_MAX, &w->count)
        && option_number(&w->options, 't', infos, 1, 2000000, ret_timeout)
        && option_language(&w->options, 'L', &w->language)
        && read_place(w) && read_until(w) && read_after(w) && read_state(w) && read_peers(w);
}

/* --- Following. ---------------------------------------------------------------- */

static void catch_signals(void)
{
    struct sigaction action = { .sa_handler = on_signal };
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static int ended(const struct follower *w, int err)
{
    switch (err) {
    case 0:
        return w->code;
    case -ETIMEDOUT:
        if (w->heard)
            return w->code;
        TELL(w, WORD_MONITOR_NOBODY, "");
        return EXIT_NO_ANSWER;
    case -EACCES:
        fputs("fundwatch-monitor: this key may not ask for alerts here\n", stderr);
        return EXIT_FAILED;
    case -EPROTO:
        fputs("fundwatch-monitor: what answers is no fundwatchd of this version\n", stderr);
        return EXIT_FAILED;
    }
    fprintf(stderr, "fundwatch-monitor: %s\n", strerror(-err));
    return EXIT_FAILED;
}

/* At a signal what waits is not run any more; with --state it is the next time. */
static void finish_hook(const struct follower *w)
{
    unsigned left = w->hook != NULL ? hook_finish(w->hook, stop) : 0;
    if (left > 0)
        fprintf(stderr, "fundwatch-monitor: --exec was not run for the last %u alerts\n", left);
}

static int follow(struct follower *w, int timeout_ms)
{
    const char *error;
    w->monitor.on_alert = on_alert;
    w->monitor.on_snapshot = on_snapshot;
    w->monitor.on_heartbeat = on_heartbeat;
    w->monitor.on_silence = on_silence;
    w->monitor.arg = w;
    int err = fw_monitor_open(&w->monitor, &w->open, &error);
    if (err != 0) {
        fprintf(stderr, "fundwatch-monitor: %s\n", error);
        return EXIT_FAILED;
    }
    err = fw_monitor_run(w->open, timeout_ms, &stop);
    fw_monitor_close(&w->open);
    finish_hook(w);
    remember(w);
    return ended(w, err);
}

int main(int argc, char **argv)
{
    static struct follower w = { .options = { .program = "fundwatch-monitor" } };
    net_no_cores();
    enum exit_code code = options_read(&w.options, infos, LETTERS, false, argc, argv);
    if (code != EXIT_DONE)
        return (int)code;
    if (option_given(&w.options, 'h')) {
        print_help();
        return EXIT_DONE;
    }
    if (option_given(&w.options, 'V')) {
        puts("fundwatch-monitor " FUNDWATCH_VERSION);
        return EXIT_DONE;
    }
    int64_t timeout = -1;
    if (!read_command_line(&w, &timeout) || !check_heads_file(&w) || !open_hook(&w))
        return EXIT_USAGE;
    catch_signals();
    int ending = follow(&w, timeout < 0 ? -1 : (int)(timeout * 1000));
    hook_close(&w.hook);
    net_key_wipe(&w.monitor.query.key);
    net_key_wipe(&w.monitor.alerts.key);
    return ending;
}
