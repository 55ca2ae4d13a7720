/* plan - who reports what, decided before the run. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store.h"
#include "tests/sim/world.h"
#include "wire/event_codec.h"
#include "wire/policy_codec.h"

#define PEOPLE 24

struct world world;

/* --- Keys and rights. --------------------------------------------------------------- */

void key_of_name(const char *name, char first, char ret[NET_KEY_MAX])
{
    memset(ret, '0', NET_KEY_MAX - 1);
    ret[NET_KEY_MAX - 1] = '\0';
    ret[0] = first;
    for (size_t i = 0; name[i] != '\0'; i++)
        ret[1 + i] = name[i] == '-' ? 'x' : name[i];
}

struct net_peer peer_of(const char *name, enum net_role role)
{
    struct net_peer peer = { .endpoint = "" };
    snprintf(peer.endpoint, sizeof peer.endpoint, "tcp://house/%s", net_role_word(role));
    key_of_name("house", 'P', peer.server_key);
    key_of_name(name, 'P', peer.key.public_key);
    key_of_name(name, 'S', peer.key.secret_key);
    snprintf(peer.key.name, sizeof peer.key.name, "%s", name);
    return peer;
}

static void write_grant(FILE *file, const char *name, const char *more)
{
    char key[NET_KEY_MAX];
    key_of_name(name, 'P', key);
    fprintf(file, "  - name: %s\n    public: \"%s\"\n    sources: [%s]\n%s", name, key, name, more);
}

void write_rights(void)
{
    static const char all[] = "    kinds: [all]\n    places: [\"\"]\n    queries: [all]\n";
    char path[WORLD_PATH_MAX + 16];
    snprintf(path, sizeof path, "%s/rights", world.root);
    FILE *file = fopen(path, "w");
    assert(file != NULL);
    fputs("keys:\n", file);
    for (uint32_t i = 0; i < world.source_count; i++) {
        const struct source *source = &world.sources[i];
        if (source->role == ROLE_LIMITED)
            write_grant(file, source->name, "    kinds: [contribution]\n    places: [\"1302\"]\n");
        else if (source->role != ROLE_STRANGER && !(source->role == ROLE_REVOKED && world.revoked))
            write_grant(file, source->name, all);
    }
    for (uint32_t i = 0; i < world.watcher_count; i++)
        write_grant(file, world.watchers[i].name,
                    "    places: [\"\"]\n    queries: [all]\n    alerts: \"true\"\n");
    write_grant(file, "office", "    places: [\"\"]\n    queries: [all]\n    commands: [all]\n");
    fclose(file);
}

/* --- Events. ----------------------------------------------------------------------- */

static void state(struct event *event, enum event_field field)
{
    event->present |= UINT32_C(1) << field;
}

static struct event event_of(enum event_kind kind, const char *id, struct fund fund, date_day date)
{
    struct event event = { .kind = kind, .fund = fund, .date = date };
    event.id_size = (uint8_t)snprintf(event.id, sizeof event.id, "%s", id);
    state(&event, FIELD_ID);
    state(&event, FIELD_KIND);
    state(&event, FIELD_FUND);
    state(&event, FIELD_DATE);
    return event;
}

static void set_amount(struct event *event, int64_t fen, enum event_category category)
{
    event->amount.fen = fen;
    state(event, FIELD_AMOUNT);
    event->category = category;
    if (category != CATEGORY_NONE)
        state(event, FIELD_CATEGORY);
}

/* The second fund lives by the clock, which begins in 2026. */
static int32_t year_of(struct fund fund)
{
    return fund.place == world.funds[1].place ? 2025 : 2024;
}

static void set_year(struct event *event)
{
    event->year = year_of(event->fund);
    state(event, FIELD_YEAR);
}

static void set_person(struct event *event)
{
    uint32_t person = 1 + random_below(&world.plan, PEOPLE);
    memcpy(event->person, &person, sizeof person);
    state(event, FIELD_PERSON);
}

static date_day day_of(int32_t ymd)
{
    date_day day;
    bool good = date_from_ymd(ymd, &day);
    assert(good);
    return day;
}

/* And some day of its year. */
static void set_fund(struct event *event, struct fund fund)
{
    event->fund = fund;
    event->date = day_of(year_of(fund) * 10000 + 101) + (int32_t)random_below(&world.plan, 365);
}

static void make_money(struct event *event)
{
    static const struct { enum event_kind kind; enum event_category category; } kinds[] = {
        { KIND_CONTRIBUTION, CATEGORY_PERSONAL }, { KIND_SETTLEMENT, CATEGORY_INPATIENT },
        { KIND_SETTLEMENT, CATEGORY_INPATIENT }, { KIND_EXPENDITURE, CATEGORY_CATASTROPHIC },
        { KIND_INCOME, CATEGORY_INTEREST },
    };
    uint32_t i = random_below(&world.plan, sizeof kinds / sizeof kinds[0]);
    event->kind = kinds[i].kind;
    set_amount(event, random_between(&world.plan, 1, 30000), kinds[i].category);
    if (event->kind != KIND_CONTRIBUTION)
        return;
    set_year(event);
    if (random_once_in(&world.plan, 2))
        set_person(event);
}

static void make_enrollment(struct event *event)
{
    event->kind = KIND_ENROLLMENT;
    event->status = random_once_in(&world.plan, 4) ? STATUS_ENDED : STATUS_NORMAL;
    state(event, FIELD_STATUS);
    set_year(event);
    set_person(event);
}

/* Undoes one that is near; it may be the next one, which has not been sent, but not the bureau's, which
 * may be none that can be undone. */
static bool make_reversal(struct source *source, struct event *event)
{
    if (source->role == ROLE_BUREAU && source->count == 0)
        return false;
    uint32_t of = source->count > 0 && (source->role == ROLE_BUREAU || !random_once_in(&world.plan, 4))
        ? source->count - 1 - random_below(&world.plan, source->count < 20 ? source->count : 20)
        : source->count + 1;
    char original[EVENT_ID_MAX + 1];
    snprintf(original, sizeof original, "%s-%u", source->name, of);
    for (uint32_t i = 0; i < source->count; i++) {
        const struct event *other = &source->events[i].event;
        bool taken = other->kind == KIND_REVERSAL && strcmp(other->original, original) == 0;
        bool no_money = strcmp(other->id, original) == 0 && !event_has(other, FIELD_AMOUNT);
        if (taken || no_money)
            return false;
        if (strcmp(other->id, original) == 0)
            set_fund(event, other->fund);
    }
    event->kind = KIND_REVERSAL;
    event->original_size = (uint8_t)strlen(original);
    strcpy(event->original, original);
    state(event, FIELD_ORIGINAL);
    return true;
}

/* The event that the one before undoes: of its fund, and money. */
static bool is_awaited(const struct source *source, struct event *event)
{
    const struct event *before = source->count > 0 ? &source->events[source->count - 1].event : NULL;
    if (before == NULL || before->kind != KIND_REVERSAL || strcmp(before->original, event->id) != 0)
        return false;
    set_fund(event, before->fund);
    return true;
}

static void plan_event(struct source *source)
{
    char id[EVENT_ID_MAX + 1];
    snprintf(id, sizeof id, "%s-%u", source->name, source->count);
    struct event event = event_of(KIND_INCOME, id, world.funds[0], 0);
    set_fund(&event, world.funds[random_below(&world.plan, FUNDS)]);
    uint32_t what = random_below(&world.plan, 10);
    bool made = is_awaited(source, &event) ? false
        : what == 0 ? make_reversal(source, &event)
        : what == 1 ? (make_enrollment(&event), true) : false;
    if (!made)
        make_money(&event);
    source->events[source->count++].event = event;
}

/* The same id once more with another amount: whichever comes first counts. */
static void plan_conflict(struct source *source)
{
    const struct event *last = &source->events[source->count - 1].event;
    struct event other = *last;
    if (!event_has(last, FIELD_AMOUNT))
        return;
    other.amount.fen++;
    source->events[source->count++].event = other;
}

static void plan_bureau(struct source *source, uint32_t count)
{
    static const int month_ends[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int month = 0;
    for (uint32_t i = 0; i < count; i++) {
        plan_event(source);
        if (month == 12 || !random_once_in(&world.plan, 3))
            continue;
        date_day date = day_of(20240000 + (month + 1) * 100 + month_ends[month]);
        for (unsigned f = 0; f < FUNDS; f++) {
            char id[EVENT_ID_MAX + 1];
            snprintf(id, sizeof id, "%s-%u", source->name, source->count);
            source->events[source->count++].event = event_of(KIND_DAY, id, world.funds[f], date);
        }
        month++;
    }
}

static void plan_limited(struct source *source, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        plan_event(source);
        struct planned *planned = &source->events[source->count - 1];
        planned->forbidden = planned->event.kind != KIND_CONTRIBUTION
            || planned->event.fund.place / 100 != 1302;
    }
}

static void plan_source(enum role role, const char *name)
{
    struct source *source = &world.sources[world.source_count++];
    uint32_t count = world.large ? 20 + random_below(&world.plan, 50) : 4 + random_below(&world.plan, 20);
    *source = (struct source){
        .role = role,
        .numbered = random_once_in(&world.plan, 2),
        .batch_events = 1 + random_below(&world.plan, 8),
        .pause_ms = 20 + random_below(&world.plan, 500),
    };
    snprintf(source->name, sizeof source->name, "%s", name);
    snprintf(source->machine.name, sizeof source->machine.name, "%s", name);
    if (role == ROLE_BUREAU) {
        plan_bureau(source, count);
    } else if (role == ROLE_LIMITED) {
        plan_limited(source, count);
    } else {
        for (uint32_t i = 0; i < count; i++) {
            plan_event(source);
            if (role == ROLE_MIXED && random_once_in(&world.plan, 20))
                plan_conflict(source);
        }
    }
    for (uint32_t i = 0; role == ROLE_STRANGER && i < source->count; i++)
        source->events[i].forbidden = true;
    assert(source->count <= EVENTS_MAX);
}

/* --- The world. -------------------------------------------------------------------- */

static void plan_sources(void)
{
    static const char *const mixed[] = { "tax", "clinic", "hospital", "registry" };
    uint32_t count = 1 + random_below(&world.plan, world.large ? 4 : 2);
    for (uint32_t i = 0; i < count; i++)
        plan_source(ROLE_MIXED, mixed[i]);
    plan_source(ROLE_BUREAU, "bureau");
    if (random_once_in(&world.plan, 3))
        plan_source(ROLE_FLOOD, "flood");
    if (random_once_in(&world.plan, 3))
        plan_source(ROLE_LIMITED, "limited");
    if (random_once_in(&world.plan, 4))
        plan_source(ROLE_STRANGER, "stranger");
    if (random_once_in(&world.plan, 4))
        plan_source(ROLE_REVOKED, "revoked");
}

static void plan_watchers(void)
{
    static const char *const places[] = { "", "1302", "440800" };
    world.watcher_count = 1 + random_below(&world.plan, MONITORS_MAX);
    for (uint32_t i = 0; i < world.watcher_count; i++) {
        struct watcher *watcher = &world.watchers[i];
        snprintf(watcher->name, sizeof watcher->name, "watcher-%u", i + 1);
        snprintf(watcher->machine.name, sizeof watcher->machine.name, "watcher-%u", i + 1);
        strcpy(watcher->place, places[i]);
    }
}

void plan_make(void)
{
    static const uint32_t places[FUNDS] = { 130207, 130208, 440800 };
    static const uint32_t windows[] = { 1, 2, 8 }, groups[] = { 1, 20, 8192 }, runs[] = { 16, 60, 1000 };
    world.plan = random_stream(world.seed, "plan");
    world.weather = random_stream(world.seed, "weather");
    world.large = random_once_in(&world.plan, 8);
    for (unsigned i = 0; i < FUNDS; i++) {
        world.funds[i] = (struct fund){ places[i], SCHEME_RESIDENT };
        world.opening[i].fen = random_between(&world.plan, 1000, 400000);
    }
    plan_sources();
    plan_watchers();
    struct house *house = &world.house;
    strcpy(house->machine.name, "house");
    house->window = windows[random_below(&world.plan, 3)];
    house->group_events = groups[random_below(&world.plan, 3)];
    house->run_records = runs[random_below(&world.plan, 3)];
    house->map_max = UINT64_C(64) << 20;
}

struct source *source_named(const char *name)
{
    for (uint32_t i = 0; i < world.source_count; i++)
        if (strcmp(world.sources[i].name, name) == 0)
            return &world.sources[i];
    return NULL;
}

/* What says the same, if the source was to send such a thing. */
struct planned *planned_like(struct source *source, const struct event *event)
{
    uint8_t ours[CANONICAL_MAX], theirs[CANONICAL_MAX];
    size_t size = event_to_canonical(event, theirs);
    for (uint32_t i = 0; i < source->count; i++) {
        struct planned *planned = &source->events[i];
        if (strcmp(planned->event.id, event->id) == 0 && event_to_canonical(&planned->event, ours) == size
                && memcmp(ours, theirs, size) == 0)
            return planned;
    }
    return NULL;
}

static void apply_founding(struct store *store, uint32_t source, struct event event)
{
    struct applied applied;
    enum event_field field;
    int err = event_check(&event, &field) == REJECT_NONE
        ? store_apply(store, source, source, &event, &applied) : -EINVAL;
    if (err != 0 || applied.outcome != OUTCOME_APPLIED)
        defect("a fund cannot be founded");
}

void plan_found(const char *path)
{
    struct store_options options = store_options_default();
    struct store *store = NULL;
    struct writer bytes;
    uint32_t source;
    writer_init(&bytes);
    if (store_create(path) != 0 || store_open(path, &options, &store) != 0)
        defect("no store: %s", store_open_error());
    if (store_begin(store, 0) != 0 || store_source(store, "founder", &source) != 0)
        defect("no group: %s", store_error(store));
    for (unsigned i = 0; i < FUNDS; i++) {
        struct policy policy = policy_default();
        policy.ahead_days = 366;
        policy.runway.min_months = 1;
        policy.clock = i == 1 ? CLOCK_LIVE : CLOCK_EVENTS;
        policy.recognition = RECOGNISE_SETTLEMENT;
        writer_reset(&bytes);
        policy_encode(&bytes, &policy);
        char id[16];
        snprintf(id, sizeof id, "policy-%u", i);
        struct event event = event_of(KIND_POLICY, id, world.funds[i], day_of(20240101));
        event.policy = (struct policy_text){ (const uint8_t *)bytes.bytes, (uint32_t)bytes.size };
        state(&event, FIELD_POLICY);
        apply_founding(store, source, event);
        snprintf(id, sizeof id, "opening-%u", i);
        event = event_of(KIND_OPENING, id, world.funds[i], day_of(20231231));
        set_amount(&event, world.opening[i].fen, CATEGORY_NONE);
        apply_founding(store, source, event);
    }
    if (store_commit(store) != 0)
        defect("no funds: %s", store_error(store));
    store_close(&store);
    writer_free(&bytes);
}
