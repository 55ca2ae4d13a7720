#include "daemon/metrics.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/controls.h"
#include "daemon/counters.h"
#include "store/view.h"

#define CONNECTIONS_MAX 16      /* then a new one takes the place of the oldest */
#define TIMEOUT_S       10      /* without a byte */

struct metrics {
    struct store *store;
    struct caretaker *caretaker;
    int64_t started_ms;
    struct MHD_Daemon *http;
    char unix_path[sizeof ((struct sockaddr_un *)0)->sun_path];     /* "" if on TCP */
    struct stat unix_socket;    /* what stands there is ours as long as it is this */
    int connections[2 * CONNECTIONS_MAX];   /* the oldest first, and until they have gone */
    unsigned connection_count;
};

/* --- Pages. ------------------------------------------------------------------ */

static void print_counters(FILE *to)
{
    for (enum counter c = 0; c < COUNTER_COUNT; c++) {
        fprintf(to, "# HELP fundwatch_%s %s\n# TYPE fundwatch_%s counter\n"
                "fundwatch_%s %" PRIu64 "\n",
                counter_name(c), counter_help(c), counter_name(c), counter_name(c),
                counter_value(c));
    }
}

static void print_gauge(FILE *to, const char *name, const char *help, uint64_t value)
{
    fprintf(to, "# HELP fundwatch_%s %s\n# TYPE fundwatch_%s gauge\nfundwatch_%s %" PRIu64 "\n",
            name, help, name, name, value);
}

static void print_head(FILE *to, const struct store_head *head, int64_t started_ms)
{
    print_gauge(to, "epoch", "epoch of the store", head->epoch);
    print_gauge(to, "position", "newest position of the journal", head->position);
    print_gauge(to, "alerts", "number of the newest alert", head->alerts);
    print_gauge(to, "events", "events in the books", head->events);
    print_gauge(to, "covered_position", "last position that is in a backup", head->covered);
    print_gauge(to, "recorded_seconds", "when the newest record was written, seconds since 1970",
                (uint64_t)head->recorded_ms / 1000);
    print_gauge(to, "start_time_seconds", "when the daemon started, seconds since 1970",
                (uint64_t)started_ms / 1000);
    fprintf(to, "# HELP fundwatch_build_info version of the daemon\n"
            "# TYPE fundwatch_build_info gauge\n"
            "fundwatch_build_info{version=\"" FUNDWATCH_VERSION "\"} 1\n");
}

static void print_size(FILE *to, const struct view_size *size)
{
    print_gauge(to, "map_used_bytes", "bytes of the store's map in use", size->map_used);
    print_gauge(to, "map_size_bytes", "bytes that the store's map may have", size->map_size);
    print_gauge(to, "index_bytes", "bytes of the indexes", size->index_bytes);
    print_gauge(to, "funds", "funds in the store", size->funds);
    print_gauge(to, "sources", "sources that have reported", size->sources);
    print_gauge(to, "quarantined", "events in quarantine", size->quarantined);
    print_gauge(to, "readers", "read transactions open", size->readers);
}

static uint64_t seconds_since(int64_t now_ms, int64_t then_ms)
{
    return now_ms > then_ms ? (uint64_t)(now_ms - then_ms) / 1000 : 0;
}

static void print_warnings(FILE *to, const struct health *h)
{
    fputs("# HELP fundwatch_warning 1: an operator should look (health has the sentence)\n"
          "# TYPE fundwatch_warning gauge\n", to);
    for (unsigned i = 0; i < WARNING_COUNT; i++)
        fprintf(to, "fundwatch_warning{warning=\"%s\"} %d\n", warning_word(i), health_warns(h, i));
}

/* What is not known is not shown, so that nobody takes it for a 0. */
static void print_health(FILE *to, const struct health *h)
{
    uint32_t days = health_days_left(h);
    print_gauge(to, "backup_age_seconds", "age of the newest backup, of the store if there is none",
                (uint64_t)health_backup_age_ms(h) / 1000);
    print_gauge(to, "uncovered_records", "records of the journal that are in no backup", h->uncovered);
    print_gauge(to, "disk_free_bytes", "bytes left on the store's disk", h->disk_free);
    if (days != GROWTH_DAYS_UNKNOWN)
        print_gauge(to, "room_days", "days until map or disk are full, as the store has grown of late", days);
    if (h->clock != CLOCK_UNKNOWN)
        print_gauge(to, "clock_synchronized", "1 if something keeps this machine's clock right",
                    h->clock == CLOCK_SYNCHRONIZED);
    print_gauge(to, "alerts_unsent", "alerts raised and not yet published", h->unsent);
    print_gauge(to, "alerts_unsent_seconds", "for how long the oldest of them has been",
                h->unsent == 0 ? 0 : seconds_since(h->now_ms, h->unsent_since_ms));
    print_gauge(to, "waiting_events", "events that wait at sources, as far as they said so", h->waiting);
    print_gauge(to, "sources_behind", "sources where something has waited for too long", h->behind);
    print_gauge(to, "sources_lost", "sources that do not keep any more what is missing here", h->lost);
    print_warnings(to, h);
}

static int look(struct metrics *metrics, struct view_size *ret)
{
    struct view *view;
    int err = view_open(metrics->store, &view);
    if (err != 0)
        return err;
    err = view_size(view, ret);
    view_close(&view);
    return err;
}

static int page_metrics(struct metrics *metrics, FILE *to)
{
    struct store_head head;
    struct view_size size;
    struct health health;
    store_head(metrics->store, &head);
    print_counters(to);
    print_head(to, &head, metrics->started_ms);
    int err = look(metrics, &size);
    if (err == 0)
        print_size(to, &size);
    if (err == 0)
        err = caretaker_look(metrics->caretaker, &health);
    if (err == 0)
        print_health(to, &health);
    return err;
}

static int page_health(struct metrics *metrics, FILE *to)
{
    struct view_size size;
    int err = look(metrics, &size);
    fprintf(to, "%s\n", err == 0 ? "ok" : store_strerror(err));
    return err;
}

static const struct page {
    const char *url, *type;
    int (*print)(struct metrics *metrics, FILE *to);
} pages[] = {
    { "/metrics", "text/plain; version=0.0.4; charset=utf-8", page_metrics },
    { "/healthz", "text/plain; charset=utf-8", page_health },
};

/* --- HTTP. ------------------------------------------------------------------- */

static enum MHD_Result respond(struct MHD_Connection *connection, unsigned status, const char *type,
                               char *body, size_t size)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(size, body, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        free(body);
        return MHD_NO;
    }
    MHD_add_response_header(response, "Content-Type", type);
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result respond_word(struct MHD_Connection *connection, unsigned status,
                                    const char *word)
{
    char *body = strdup(word);
    return body == NULL ? MHD_NO : respond(connection, status, "text/plain", body, strlen(word));
}

static enum MHD_Result respond_page(struct metrics *metrics, struct MHD_Connection *connection,
                                    const struct page *page)
{
    char *body = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&body, &size);
    if (to == NULL)
        return MHD_NO;
    int err = page->print(metrics, to);
    if (fclose(to) != 0) {
        free(body);
        return MHD_NO;
    }
    return respond(connection, err == 0 ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE, page->type,
                   body, size);
}

static enum MHD_Result answer(void *arg, struct MHD_Connection *connection, const char *url,
                              const char *method, [[maybe_unused]] const char *version,
                              [[maybe_unused]] const char *upload, size_t *upload_size,
                              [[maybe_unused]] void **state)
{
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
        *upload_size = 0;
        return respond_word(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "GET only\n");
    }
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        if (strcmp(url, pages[i].url) == 0)
            return respond_page(arg, connection, &pages[i]);
    }
    return respond_word(connection, MHD_HTTP_NOT_FOUND, "there are /metrics and /healthz\n");
}

/* Who sends a byte now and then is never idle, and a few of them would keep everybody out.  libmicrohttpd
 * ends a connection that was shut down as one whose client has gone. */
static void note_connection(void *arg, struct MHD_Connection *connection, void **fd,
                            enum MHD_ConnectionNotificationCode what)
{
    struct metrics *metrics = arg;
    unsigned i = 0;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        int new = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        *fd = (void *)(intptr_t)new;
        if (metrics->connection_count >= CONNECTIONS_MAX && !control("first_stays"))
            shutdown(metrics->connections[metrics->connection_count - CONNECTIONS_MAX], SHUT_RDWR);
        metrics->connections[metrics->connection_count++] = new;
        return;
    }
    while (metrics->connections[i] != (int)(intptr_t)*fd)
        i++;
    metrics->connection_count--;
    memmove(&metrics->connections[i], &metrics->connections[i + 1],
            (metrics->connection_count - i) * sizeof metrics->connections[0]);
}

/* --- Where it listens. ------------------------------------------------------- */

static int listen_at(int family, const struct sockaddr *address, socklen_t size, int *ret_fd)
{
    const int on = 1;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, address, size) != 0 || listen(fd, CONNECTIONS_MAX) != 0) {
        int err = -errno;
        close(fd);
        return err;
    }
    *ret_fd = fd;
    return 0;
}

static int listen_tcp(const char *port, int *ret_fd, char *ret_address, size_t size)
{
    char *end;
    unsigned long number = strtoul(port, &end, 10);
    if (port[0] < '0' || port[0] > '9' || *end != '\0' || number > 65535)
        return -EINVAL;
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)number),
        .sin_addr.s_addr = htonl(control("heard_afar") ? INADDR_ANY : INADDR_LOOPBACK),
    };
    socklen_t length = sizeof address;
    int fd, err = listen_at(AF_INET, (struct sockaddr *)&address, length, &fd);
    if (err != 0)
        return err;
    if (getsockname(fd, (struct sockaddr *)&address, &length) != 0) {
        err = -errno;
        close(fd);
        return err;
    }
    snprintf(ret_address, size, "127.0.0.1:%u", ntohs(address.sin_port));
    *ret_fd = fd;
    return 0;
}

/* A socket at which nobody listens any more.  Another's that is alive stays, and so does what is no socket:
 * a path that somebody mistyped. */
static bool is_left_over(const struct sockaddr_un *address)
{
    struct stat there;
    if (lstat(address->sun_path, &there) != 0 || !S_ISSOCK(there.st_mode))
        return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool dead = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof *address) != 0
        && errno == ECONNREFUSED;
    if (fd >= 0)
        close(fd);
    return dead || control("socket_taken");
}

static void remove_socket(const struct metrics *metrics)
{
    struct stat there;
    if (lstat(metrics->unix_path, &there) == 0 && there.st_dev == metrics->unix_socket.st_dev
            && there.st_ino == metrics->unix_socket.st_ino)
        unlink(metrics->unix_path);
}

static int listen_unix(struct metrics *metrics, const char *path, int *ret_fd)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof address.sun_path)
        return -ENAMETOOLONG;
    strcpy(address.sun_path, path);
    if (is_left_over(&address))
        unlink(path);
    int err = listen_at(AF_UNIX, (struct sockaddr *)&address, sizeof address, ret_fd);
    if (err == 0 && lstat(path, &metrics->unix_socket) == 0)
        strcpy(metrics->unix_path, path);
    return err;
}

static int open_address(struct metrics *metrics, const char *address, int *ret_fd,
                        char *ret_address, size_t size)
{
    snprintf(ret_address, size, "%s", address);
    if (strncmp(address, "127.0.0.1:", 10) == 0)
        return listen_tcp(address + 10, ret_fd, ret_address, size);
    if (strncmp(address, "unix:/", 6) == 0)
        return listen_unix(metrics, address + 5, ret_fd);
    return -EINVAL;
}

static void ignore_log([[maybe_unused]] void *arg, [[maybe_unused]] const char *format,
                       [[maybe_unused]] va_list args)
{
}

int metrics_start(const char *address, struct store *store, struct caretaker *caretaker, int64_t started_ms,
                  struct metrics **ret, char *ret_address, size_t size)
{
    struct metrics *metrics = calloc(1, sizeof *metrics);
    if (metrics == NULL)
        return -ENOMEM;
    metrics->store = store;
    metrics->caretaker = caretaker;
    metrics->started_ms = started_ms;
    int fd = -1, err = open_address(metrics, address, &fd, ret_address, size);
    if (err == 0) {
        metrics->http = MHD_start_daemon(
            MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ERROR_LOG, 0, NULL, NULL,
            answer, metrics, MHD_OPTION_EXTERNAL_LOGGER, ignore_log, NULL,
            MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_CONNECTION, note_connection, metrics,
            MHD_OPTION_CONNECTION_LIMIT, (unsigned)(2 * CONNECTIONS_MAX),
            MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_S, MHD_OPTION_END);
        if (metrics->http == NULL) {
            close(fd);
            err = -EIO;
        }
    }
    if (err == 0)
        *ret = metrics;
    else
        metrics_stop(&metrics);
    return err;
}

void metrics_stop(struct metrics **metrics_p)
{
    struct metrics *metrics = *metrics_p;
    if (metrics == NULL)
        return;
    if (metrics->http != NULL)
        MHD_stop_daemon(metrics->http);
    if (metrics->unix_path[0] != '\0')
        remove_socket(metrics);
    free(metrics);
    *metrics_p = NULL;
}
