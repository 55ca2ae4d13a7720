/* tap - watches the network: what was sent, and what was promised in replies. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/network_state.h"
#include "tests/sim/world.h"
#include "wire/event_codec.h"

/* A batch that was sent over a link. */
struct sent_batch {
    uint32_t link;
    uint64_t ref;
    struct source *source;
    uint32_t count;
    struct planned **events;
};

static struct sent_batch *batches;
static uint32_t batch_count, batch_room;
static struct {
    const struct source *source;
    uint32_t in_flight;         /* batches read by the daemon and not answered */
} flights[LINKS_MAX];

static bool is_ingest(const char *role)
{
    return strcmp(strrchr(role, '/'), "/ingest") == 0;
}

static struct source *source_of_key(const char *user)
{
    char key[NET_KEY_MAX];
    for (uint32_t i = 0; i < world.source_count; i++) {
        key_of_name(world.sources[i].name, 'P', key);
        if (strcmp(key, user) == 0)
            return &world.sources[i];
    }
    return NULL;
}

/* --- Batches. ------------------------------------------------------------------------ */

static struct planned *plan_of(struct source *source, const struct event *event)
{
    struct planned *planned = planned_like(source, event);
    if (planned == NULL)
        defect("%s sends %s, which it was never given", source->name, event->id);
    if (source->role == ROLE_REVOKED && world.house.knows_revoked && !planned->sent)
        planned->forbidden = true;
    planned->sent = true;
    return planned;
}

static struct sent_batch *new_batch(void)
{
    if (batch_count == batch_room) {
        batch_room = 2 * batch_room + 64;
        batches = realloc(batches, batch_room * sizeof batches[0]);
        assert(batches != NULL);
    }
    return &batches[batch_count++];
}

static void note_batch(const struct packet *packet)
{
    struct reader r = reader_of(packet->parts[0].bytes, packet->parts[0].size);
    struct batch_head head;
    if (batch_read_head(&r, &head) != REFUSED_NOT)
        defect("a source sends what is no batch");
    struct source *source = source_of_key(packet->user);
    struct sent_batch *batch = new_batch();
    *batch = (struct sent_batch){
        .link = packet->link, .ref = head.ref, .source = source, .count = head.count,
        .events = calloc(head.count + 1, sizeof(struct planned *)),
    };
    for (uint32_t i = 0; i < head.count; i++) {
        struct event event;
        char key[EVENT_KEY_MAX + 1];
        if (event_decode(&r, &event, key) != REJECT_NONE)
            defect("%s sends what is no event", source->name);
        batch->events[i] = plan_of(source, &event);
    }
    trace("#%u > batch %" PRIu64 " of %u, sequence %" PRIu64, packet->link, head.ref, head.count,
          head.sequence);
}

/* --- Replies. ------------------------------------------------------------------------- */

static const struct sent_batch *batch_of(uint32_t link, uint64_t ref)
{
    for (uint32_t i = batch_count; i > 0; i--)
        if (batches[i - 1].link == link && batches[i - 1].ref == ref)
            return &batches[i - 1];
    defect("#%u is answered about batch %" PRIu64 ", which was not sent there", link, ref);
}

static bool has_rival(const struct source *source, const struct planned *planned)
{
    for (uint32_t i = 0; i < source->count; i++)
        if (&source->events[i] != planned && strcmp(source->events[i].event.id, planned->event.id) == 0)
            return true;
    return false;
}

static void note_outcome(const struct source *source, struct planned *planned,
                         const struct exception *exception)
{
    if (exception == NULL || exception->outcome == OUTCOME_DUPLICATE) {
        planned->counted = true;
        return;
    }
    planned->refused = true;
    trace("%s: %s, %s", planned->event.id, outcome_word(exception->outcome),
          exception->outcome == OUTCOME_REJECTED ? reject_code(exception->reject) : "");
    if (exception->outcome == OUTCOME_CONFLICT && !has_rival(source, planned))
        defect("%s is in conflict with nothing", planned->event.id);
    if (exception->outcome == OUTCOME_REJECTED && !planned->forbidden && planned->event.kind != KIND_REVERSAL)
        defect("%s is rejected: %s", planned->event.id, reject_code(exception->reject));
}

static void note_outcomes(const struct sent_batch *batch, const struct reply *reply,
                          const struct exception *exceptions)
{
    const struct exception *e = exceptions, *end = exceptions + reply->exception_count;
    uint32_t applied = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        while (e < end && e->last < i)
            e++;
        bool excepted = e < end && e->first <= i;
        applied += !excepted;
        note_outcome(batch->source, batch->events[i], excepted ? e : NULL);
    }
    if (applied != reply->applied)
        defect("a reply says %u applied and means %u", reply->applied, applied);
}

static void note_reply(const struct packet *packet)
{
    static struct exception exceptions[REPLY_EXCEPTIONS_MAX];
    static const char *const words[] = { "done", "busy", "refused" };
    struct reply reply;
    const struct part *part = &packet->parts[packet->count - 1];
    if (!reply_read(part->bytes, part->size, &reply, exceptions, REPLY_EXCEPTIONS_MAX))
        defect("a reply is none");
    trace("#%u < %s %" PRIu64 ": %u applied at %" PRIu64 ", %u exceptions, covered %" PRIu64, packet->link,
          words[reply.status], reply.ref, reply.applied, reply.position, reply.exception_count,
          reply.covered);
    const struct sent_batch *batch = batch_of(packet->link, reply.ref);
    if (flights[packet->link].in_flight > 0)
        flights[packet->link].in_flight--;
    if (reply.status == BATCH_DONE)
        note_outcomes(batch, &reply, exceptions);
}

/* --- Quotas. --------------------------------------------------------------------------- */

/* What is not answered when the next is read has been taken: what is not is answered at once. */
static void note_read(const struct packet *packet)
{
    const struct source *source = source_of_key(packet->user);
    uint32_t sum = 0;
    flights[packet->link].source = source;
    for (uint32_t i = 0; i < LINKS_MAX; i++)
        if (flights[i].source == source && link_of(i) != NULL)
            sum += flights[i].in_flight;
    if (sum > world.house.window)
        defect("%s has %u batches in flight", source->name, sum);
    flights[packet->link].in_flight++;
}

void tap_house_started(void)
{
    memset(flights, 0, sizeof flights);
}

static void on_sent(const struct packet *packet, const char *role, [[maybe_unused]] const char *user)
{
    if (is_ingest(role) && packet->to_server)
        note_batch(packet);
    else if (is_ingest(role))
        note_reply(packet);
}

static void on_read(const struct packet *packet, const char *role, [[maybe_unused]] const char *user)
{
    if (is_ingest(role) && packet->to_server)
        note_read(packet);
}

void tap_begin(void)
{
    static const struct observer observer = { on_sent, on_read };
    network_observe(&observer);
}
