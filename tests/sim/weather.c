/* weather - what goes wrong, and that it ends.
 *
 * A run has some sorts of weather and not others, so that what only goes wrong when something else does not
 * is seen as well.  What has died is started again some time later.  In the end everything works, and then
 * all that was sent has to be answered, and all alerts heard, within ten minutes. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/world.h"

#define TICK_US      INT64_C(20000)
#define STORMY_MS    8000
#define CALM_US      INT64_C(600000000)         /* within which everything is to be well */
#define SETTLED_US   INT64_C(20000000)          /* and stays so: a lost link is noticed within 15 s */
#define DAY_MS       INT64_C(86400000)

static struct random *chance;

static int64_t soon_us(int64_t most_ms)
{
    return now_us() + random_between(chance, 1, most_ms) * 1000;
}

/* --- Starting again. --------------------------------------------------------------------- */

/* Before something starts on a machine: what its disk has. */
static void settle(struct machine *machine)
{
    if (disk_power_lost(machine->disk) || machine->lost)
        disk_after_power_loss(machine->disk);
    else
        disk_after_kill(machine->disk);
    machine->lost = false;
}

/* True when it is to be started: it is not alive, and the time has come. */
static bool is_due(struct process **process, int64_t *again_us)
{
    if (*process != NULL && (*process)->alive)
        return false;
    if (*process != NULL && *again_us == 0) {
        *again_us = soon_us(world.calm ? 100 : 4000);
        return false;
    }
    if (now_us() < *again_us)
        return false;
    *again_us = 0;
    return true;
}

static void tend_house(void)
{
    struct house *house = &world.house;
    if (!is_due(&house->process, &house->again_us))
        return;
    settle(&house->machine);
    house->stop = house->reload = false;
    house->process = house->mode == HOUSE_RESTORES
        ? process_start(&house->machine, "restore", restore_run, house)
        : process_start(&house->machine, "fundwatchd", house_run, house);
}

static void tend_source(struct source *source)
{
    if (source->ended || !is_due(&source->process, &source->again_us))
        return;
    settle(&source->machine);
    source->empty = false;
    source->process = process_start(&source->machine, source->name,
                                    source->role == ROLE_FLOOD ? flood_run : source_run, source);
}

static void tend_watcher(struct watcher *watcher)
{
    if (is_due(&watcher->process, &watcher->again_us))
        watcher->process = process_start(&watcher->machine, watcher->name, watcher_run, watcher);
}

static void tend(void)
{
    tend_house();
    for (uint32_t i = 0; i < world.source_count; i++)
        tend_source(&world.sources[i]);
    for (uint32_t i = 0; i < world.watcher_count; i++)
        tend_watcher(&world.watchers[i]);
}

/* --- Sorts of weather. -------------------------------------------------------------------- */

static struct source *some_source(void)
{
    return &world.sources[random_below(chance, world.source_count)];
}

static struct machine *some_machine(void)
{
    uint32_t i = random_below(chance, 2 * world.source_count + world.watcher_count);
    if (i < world.source_count)
        return &world.house.machine;
    i -= world.source_count;
    if (i < world.source_count)
        return &world.sources[i].machine;
    return &world.watchers[i - world.source_count].machine;
}

static void lose_power(struct machine *machine, struct process *process)
{
    if (process == NULL || !process->alive)
        return;
    trace("the power of %s is lost", machine->name);
    machine->lost = true;
    process_end(process, 137);
}

static void kill_house(void)
{
    if (world.house.process->alive)
        process_end(world.house.process, 137);
}

static void darken_house(void)
{
    lose_power(&world.house.machine, world.house.process);
}

static void arm_house(void)
{
    enum disk_fault fault = random_below(chance, 4);
    disk_arm(world.house.machine.disk, fault, 1 + random_below(chance, 30));
}

static void kill_source(void)
{
    struct source *source = some_source();
    if (source->process != NULL && source->process->alive)
        process_end(source->process, 137);
}

static void darken_source(void)
{
    struct source *source = some_source();
    lose_power(&source->machine, source->process);
}

static void arm_source(void)
{
    enum disk_fault fault = random_below(chance, 4);
    disk_arm(some_source()->machine.disk, fault, 1 + random_below(chance, 20));
}

static void kill_watcher(void)
{
    struct watcher *watcher = &world.watchers[random_below(chance, world.watcher_count)];
    if (watcher->process != NULL && watcher->process->alive)
        process_end(watcher->process, 137);
}

static void cut(void)
{
    struct machine *machine = some_machine();
    network_cut(machine, !machine->cut_off);
    trace("%s is %s", machine->name, machine->cut_off ? "cut off" : "there again");
}

static void break_links(void)
{
    network_break(some_machine());
}

static void bad_network(void)
{
    static const uint32_t often[] = { 0, 0, 50, 10, 3 };
    network_faults((struct network_faults){
        .lost = often[random_below(chance, 5)], .repeated = often[random_below(chance, 5)],
        .late = often[random_below(chance, 5)], .reordered = random_once_in(chance, 2),
    });
}

static void turn_clock(void)
{
    struct machine *machine = some_machine();
    int64_t most = random_once_in(chance, 4) ? 8 * DAY_MS : random_once_in(chance, 2) ? DAY_MS : 5000;
    machine->clock_ms += random_between(chance, -most, most);
    trace("the clock of %s is %lld ms off", machine->name, (long long)machine->clock_ms);
}

static void fill_disk(void)
{
    struct machine *machine = random_once_in(chance, 2) ? &world.house.machine : &some_source()->machine;
    bool full = random_once_in(chance, 2);
    disk_fill(machine->disk, full);
    trace("the disk of %s %s", machine->name, full ? "is full" : "has room");
}

static void slow_disk(void)
{
    disk_slow(world.house.machine.disk, random_once_in(chance, 2));
}

static void fill_map(void)
{
    world.house.map_max = random_once_in(chance, 2) ? UINT64_C(64) << 20
        : (uint64_t)random_between(chance, 120, 400) << 10;
    world.house.stop = true;
}

static void visit_office(void)
{
    static struct machine office = { .name = "office" };
    if (world.office == NULL || !world.office->alive)
        world.office = process_start(&office, "office", office_run, NULL);
}

static void restore(void)
{
    struct house *house = &world.house;
    if (house->backup_count == 0 || house->mode != HOUSE_RUNS)
        return;
    house->restoring = &house->backups[random_below(chance, house->backup_count)];
    trace("the backup of position %llu is to be restored", (unsigned long long)house->restoring->covered);
    house->mode = HOUSE_RESTORES;
    house->lost_some = true;
    kill_house();
}

static void stop_house(void)
{
    world.house.stop = true;
}

static void change_rights(void)
{
    world.revoked = true;
    write_rights();
    world.house.reload = true;
}

static const struct sort {
    void (*blow)(void);
    uint32_t often;             /* beside one another */
} sorts[] = {
    { kill_house, 3 }, { darken_house, 2 }, { arm_house, 6 }, { kill_source, 2 }, { darken_source, 2 },
    { arm_source, 4 }, { kill_watcher, 2 }, { cut, 4 }, { break_links, 4 }, { bad_network, 3 },
    { turn_clock, 3 }, { fill_disk, 2 }, { slow_disk, 2 }, { fill_map, 2 }, { visit_office, 4 },
    { restore, 2 }, { stop_house, 1 }, { change_rights, 1 },
};
#define SORTS (sizeof sorts / sizeof sorts[0])

/* --- The run. --------------------------------------------------------------------------------- */

static uint32_t choose_sorts(uint32_t often[SORTS])
{
    uint32_t sum = 0;
    for (unsigned i = 0; i < SORTS; i++) {
        often[i] = random_once_in(chance, 2) ? sorts[i].often : 0;
        sum += often[i];
    }
    return sum;
}

static void blow(const uint32_t often[SORTS], uint32_t sum)
{
    uint32_t at = random_below(chance, sum), i = 0;
    while (at >= often[i])
        at -= often[i++];
    sorts[i].blow();
}

static void be_stormy(void)
{
    uint32_t often[SORTS], sum = choose_sorts(often), between_ms = 50 + random_below(chance, 1000);
    int64_t end_us = soon_us(world.large ? 4 * STORMY_MS : STORMY_MS), next_us = soon_us(between_ms);
    while (now_us() < end_us) {
        tend();
        fiber_sleep_us(TICK_US);
        if (sum > 0 && now_us() >= next_us) {
            blow(often, sum);
            next_us = soon_us(between_ms);
        }
    }
}

static void clear_up(void)
{
    trace("it is calm");
    world.calm = true;
    network_faults((struct network_faults){ 0 });
    if (world.house.map_max < UINT64_C(64) << 20)
        stop_house();
    world.house.map_max = UINT64_C(64) << 20;
    network_cut(&world.house.machine, false);
    disk_disarm(world.house.machine.disk);
    disk_fill(world.house.machine.disk, false);
    disk_slow(world.house.machine.disk, false);
    for (uint32_t i = 0; i < world.source_count; i++) {
        struct machine *machine = &world.sources[i].machine;
        network_cut(machine, false);
        disk_disarm(machine->disk);
        disk_fill(machine->disk, false);
    }
    for (uint32_t i = 0; i < world.watcher_count; i++)
        network_cut(&world.watchers[i].machine, false);
}

static bool all_is_answered(void)
{
    for (uint32_t i = 0; i < world.source_count; i++)
        if (!world.sources[i].ended && !world.sources[i].empty)
            return false;
    return world.house.process->alive && world.house.mode == HOUSE_RUNS;
}

static void be_calm(void)
{
    int64_t end_us = now_us() + CALM_US, since_us = now_us();
    clear_up();
    while (now_us() - since_us < SETTLED_US) {
        tend();
        fiber_sleep_us(TICK_US);
        if (!all_is_answered())
            since_us = now_us();
        if (now_us() > end_us)
            defect("sources are not answered ten minutes after everything works again");
    }
}

void weather_run(void)
{
    chance = &world.weather;
    be_stormy();
    be_calm();
}
