#include "tests/peers/turn.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct client {
    const struct peer *peer;
    const struct column *column;
    pthread_t thread;
    void *link;
    void **requests;
    uint64_t count;             /* of requests */
    struct samples latencies;
    double started, ended;
};

static pthread_barrier_t barrier;

static void pack_all(struct client *client, unsigned number, const struct item *items)
{
    client->requests = calloc(client->count, sizeof client->requests[0]);
    if (client->requests == NULL)
        die("out of memory");
    for (uint64_t i = 0; i < client->count; i++)
        client->requests[i] = client->peer->pack(items + i * client->column->batch,
                                                 client->column->batch, number);
}

static void send_one(struct client *client, const void *request)
{
    struct answer answer;
    double before = now();
    client->peer->send(client->link, request, &answer);
    samples_add(&client->latencies, now() - before);
    if (answer.applied != client->column->batch)
        die("%s applied %llu events of %u", client->peer->name, (unsigned long long)answer.applied,
            client->column->batch);
}

static void *run_client(void *arg)
{
    struct client *client = arg;
    pthread_barrier_wait(&barrier);
    client->started = now();
    for (uint64_t i = 0; i < client->count; i++)
        send_one(client, client->requests[i]);
    client->ended = now();
    return NULL;
}

static void end_client(struct client *client, struct turn *turn)
{
    for (uint64_t i = 0; i < client->count; i++)
        client->peer->discard(client->requests[i]);
    free(client->requests);
    client->peer->disconnect(client->link);
    samples_take(&turn->latencies, &client->latencies);
}

static void run_clients(struct client clients[], unsigned count)
{
    pthread_barrier_init(&barrier, NULL, count);
    for (unsigned i = 0; i < count; i++) {
        if (pthread_create(&clients[i].thread, NULL, run_client, &clients[i]) != 0)
            die("cannot start a thread");
    }
    for (unsigned i = 0; i < count; i++)
        pthread_join(clients[i].thread, NULL);
    pthread_barrier_destroy(&barrier);
}

void turn_run(const struct peer *peer, const struct column *column, const struct item *items,
              uint64_t count, struct turn *ret)
{
    struct client clients[CLIENTS_MAX];
    uint64_t each = count / column->batch / column->clients;
    for (unsigned i = 0; i < column->clients; i++) {
        clients[i] = (struct client){ .peer = peer, .column = column, .count = each };
        clients[i].link = peer->connect(peer->self, i);
        pack_all(&clients[i], i, items + i * each * column->batch);
    }
    run_clients(clients, column->clients);
    double started = clients[0].started, ended = clients[0].ended;
    *ret = (struct turn){ .rate = 0 };
    for (unsigned i = 0; i < column->clients; i++) {
        started = clients[i].started < started ? clients[i].started : started;
        ended = clients[i].ended > ended ? clients[i].ended : ended;
        end_client(&clients[i], ret);
    }
    ret->rate = (double)count / (ended - started);
}

void turn_check(const struct peer *peer, const struct totals *expected, uint64_t events)
{
    struct totals totals;
    uint64_t there = 0;
    peer->read(peer->self, &totals, &there);
    if (there != events)
        die("%s was sent %llu events and has %llu", peer->name, (unsigned long long)events,
            (unsigned long long)there);
    totals_compare(peer->name, &totals, expected);
}

void turn_repeat(const struct peer *peer, const struct item *items, uint32_t count)
{
    struct answer answer;
    struct item *again = calloc(count, sizeof again[0]);
    if (again == NULL)
        die("out of memory");
    memcpy(again, items, count * sizeof again[0]);
    again[count / 2] = item_altered(&items[count / 2]);
    void *link = peer->connect(peer->self, 0);
    void *request = peer->pack(again, count, 0);
    peer->send(link, request, &answer);
    peer->discard(request);
    peer->disconnect(link);
    free(again);
    if (answer.applied != 0 || answer.duplicates != count - 1 || answer.conflicts != 1)
        die("%s was sent %u events again, one of them altered, and says %llu applied, %llu duplicates, "
            "%llu conflicts", peer->name, count, (unsigned long long)answer.applied,
            (unsigned long long)answer.duplicates, (unsigned long long)answer.conflicts);
}
