/* The checks of longjmp() take another fiber's stack for one that has gone. */
#undef _FORTIFY_SOURCE

#include "tests/sim/kernel.h"

#include <assert.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "tests/sim/stacks.h"

#define FIBERS_MAX     8192
#define ALIVE_MAX      512
#define PROCESSES_MAX  1024
#define STACK_SIZE     (1024 * 1024)
#define STEPS_MAX      20000000         /* of the scheduler in one run */
#define BREATHE        8                /* once in so many calls another fiber gets its turn */
#define EPOCH_MS       INT64_C(1772323200000)   /* 2026-03-01, when virtual time begins */

enum state { FIBER_READY, FIBER_WAITS, FIBER_DONE, FIBER_DEAD };

struct fiber {
    ucontext_t context;         /* to begin with, */
    jmp_buf at;                 /* and then: what needs no call of the system */
    bool begun;
    void *stack;
    struct process *process;
    enum state state;
    bool (*ready)(void *arg);   /* of one that waits; NULL: only for time to pass */
    void *ready_arg;
    int64_t until_us;
    void *(*run)(void *arg);
    void *arg, *result;
    void *local[FIBER_KEYS];
};

static struct fiber *fibers[FIBERS_MAX + 1];    /* by number; NULL: none (any more) */
static uint32_t fiber_count;            /* numbers given */
static uint32_t alive[ALIVE_MAX];       /* numbers of those that may run (again) */
static uint32_t alive_count;
static struct fiber *here;
static uint32_t here_number;
static jmp_buf scheduler;
static void *stacks[ALIVE_MAX];         /* of those that are over, for others */
static uint32_t stack_count;
static struct process processes[PROCESSES_MAX];
static uint32_t process_count;
static int64_t now;
static struct random turns;
static void (*on_end[4])(struct process *process);
static void (*on_exit_)(void);
static int64_t (*next_event_us)(void);
static void (*pass_time)(int64_t now_us);
static bool printing;
static uint64_t hash;
static uint64_t run_seed;
static const char *run_root;

/* --- Trace. -------------------------------------------------------------------- */

static void hash_line(const char *line)
{
    for (; *line != '\0'; line++)
        hash = (hash ^ (uint8_t)*line) * UINT64_C(0x100000001b3);
}

void trace(const char *format, ...)
{
    char line[512];
    int head = snprintf(line, sizeof line, "%10.3f %-10s ", (double)now / 1000,
                        here != NULL ? here->process->name : "-");
    va_list args;
    va_start(args, format);
    vsnprintf(line + head, sizeof line - (size_t)head, format, args);
    va_end(args);
    for (char *at; (at = strstr(line, run_root)) != NULL;)
        memmove(at, at + strlen(run_root), strlen(at + strlen(run_root)) + 1);
    hash_line(line);
    if (printing)
        puts(line);
}

uint64_t trace_hash(void)
{
    return hash;
}

void defect(const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    trace("DEFECT %s", text);
    printf("seed %" PRIu64 ": at %.3f ms: %s\n", run_seed, (double)now / 1000, text);
    fflush(stdout);
    /* Handlers of exit() would close what fibers are in the middle of. */
    _Exit(EXIT_FAILURE);
}

/* --- Fibers. ------------------------------------------------------------------- */

static void enter(void)
{
    stack_entered_from_main();
    fiber_exit(here->run(here->arg));
}

static void *new_stack(void)
{
    if (stack_count > 0) {
        stack_clean(stacks[--stack_count], STACK_SIZE);
        return stacks[stack_count];
    }
    void *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    assert(stack != MAP_FAILED);
    return stack;
}

static uint32_t new_fiber(struct process *process, void *(*run)(void *arg), void *arg)
{
    assert(fiber_count < FIBERS_MAX);
    struct fiber *fiber = calloc(1, sizeof *fiber);
    assert(fiber != NULL);
    fiber->stack = new_stack();
    fiber->process = process;
    fiber->run = run;
    fiber->arg = arg;
    getcontext(&fiber->context);
    fiber->context.uc_stack.ss_sp = fiber->stack;
    fiber->context.uc_stack.ss_size = STACK_SIZE;
    fiber->context.uc_link = NULL;
    makecontext(&fiber->context, enter, 0);
    fibers[++fiber_count] = fiber;
    assert(alive_count < ALIVE_MAX);
    alive[alive_count++] = fiber_count;
    return fiber_count;
}

uint32_t fiber_start(void *(*run)(void *arg), void *arg)
{
    return new_fiber(here->process, run, arg);
}

uint32_t fiber_here(void)
{
    return here_number;
}

bool fiber_done(uint32_t number, void **ret_result)
{
    const struct fiber *fiber = fibers[number];
    if (fiber == NULL || fiber->state != FIBER_DONE)
        return false;
    *ret_result = fiber->result;
    return true;
}

static void leave(void)
{
    if (_setjmp(here->at) == 0) {
        stack_leave_for_main();
        _longjmp(scheduler, 1);
    }
    stack_entered_from_main();
}

void fiber_exit(void *result)
{
    if (on_exit_ != NULL)
        on_exit_();
    here->result = result;
    here->state = FIBER_DONE;
    leave();
    abort();
}

void fiber_on_exit(void (*exit_)(void))
{
    on_exit_ = exit_;
}

void fiber_breathe(void)
{
    if (here == NULL || !random_once_in(&turns, BREATHE))
        return;
    here->state = FIBER_READY;
    leave();
}

static bool is_ready(const struct fiber *fiber)
{
    return fiber->ready != NULL && fiber->ready(fiber->ready_arg);
}

bool fiber_wait(bool (*ready)(void *arg), void *arg, int64_t until_us)
{
    here->ready = ready;
    here->ready_arg = arg;
    here->until_us = until_us;
    if (!is_ready(here) && now < until_us) {
        here->state = FIBER_WAITS;
        leave();
    }
    return is_ready(here);
}

void fiber_sleep_us(int64_t us)
{
    fiber_wait(NULL, NULL, now + us);
}

void **fiber_local(unsigned key)
{
    static void *outside[FIBER_KEYS];
    assert(key < FIBER_KEYS);
    return here != NULL ? &here->local[key] : &outside[key];
}

/* --- Processes. ---------------------------------------------------------------- */

static void *run_process(void *arg)
{
    ((void (*)(void *))arg)(here->local[0]);
    return NULL;
}

struct process *process_start(struct machine *machine, const char *name, void (*run)(void *arg), void *arg)
{
    if (process_count == PROCESSES_MAX)
        defect("%s is started again and again", name);
    struct process *process = &processes[process_count++];
    *process = (struct process){ .machine = machine, .number = process_count, .alive = true };
    snprintf(process->name, sizeof process->name, "%s", name);
    uint32_t number = new_fiber(process, run_process, (void *)run);
    fibers[number]->local[0] = arg;
    process->first = number;
    trace("%s starts", name);
    return process;
}

void process_end(struct process *process, int code)
{
    if (!process->alive)
        return;
    trace("%s ends with %d", process->name, code);
    process->alive = false;
    process->code = code;
    for (unsigned i = 0; i < sizeof on_end / sizeof on_end[0] && on_end[i] != NULL; i++)
        on_end[i](process);
    for (uint32_t i = 0; i < alive_count; i++)
        if (fibers[alive[i]]->process == process)
            fibers[alive[i]]->state = FIBER_DEAD;
    if (here != NULL && here->process == process) {
        leave();
        abort();
    }
}

void process_on_end(void (*ended)(struct process *process))
{
    for (unsigned i = 0; i < sizeof on_end / sizeof on_end[0]; i++) {
        if (on_end[i] == NULL) {
            on_end[i] = ended;
            return;
        }
    }
    abort();
}

struct process *process_here(void)
{
    return here != NULL ? here->process : NULL;
}

/* --- The scheduler. ------------------------------------------------------------- */

int64_t now_us(void)
{
    return now;
}

int64_t wall_ms(const struct machine *machine)
{
    return EPOCH_MS + machine->clock_ms + now / 1000;
}

void kernel_on_time(int64_t (*next_us)(void), void (*pass)(int64_t now_us))
{
    next_event_us = next_us;
    pass_time = pass;
}

void kernel_begin(uint64_t seed, const char *root, bool print)
{
    run_seed = seed;
    run_root = root;
    turns = random_stream(seed, "turns");
    printing = print;
    hash = UINT64_C(0xcbf29ce484222325);
}

static void bury(uint32_t number)
{
    struct fiber *fiber = fibers[number];
    stacks[stack_count++] = fiber->stack;
    if (fiber->state == FIBER_DEAD) {
        free(fiber);
        fibers[number] = NULL;
    }
}

/* The fibers that can run now; *ret_next_us gets when the next one that waits does so no longer. */
static uint32_t find_ready(uint32_t ready[ALIVE_MAX], int64_t *ret_next_us)
{
    uint32_t count = 0, kept = 0;
    *ret_next_us = INT64_MAX;
    for (uint32_t i = 0; i < alive_count; i++) {
        struct fiber *fiber = fibers[alive[i]];
        if (fiber->state >= FIBER_DONE) {
            bury(alive[i]);
            continue;
        }
        alive[kept++] = alive[i];
        if (fiber->state == FIBER_READY || fiber->until_us <= now || is_ready(fiber))
            ready[count++] = alive[i];
        else if (fiber->until_us < *ret_next_us)
            *ret_next_us = fiber->until_us;
    }
    alive_count = kept;
    return count;
}

static void enter_fiber(struct fiber *fiber)
{
    if (_setjmp(scheduler) != 0) {
        stack_entered();
        return;
    }
    stack_leave(fiber->stack, STACK_SIZE);
    if (fiber->begun)
        _longjmp(fiber->at, 1);
    fiber->begun = true;
    setcontext(&fiber->context);
}

static void run_fiber(uint32_t number)
{
    here = fibers[number];
    here_number = number;
    here->state = FIBER_READY;
    enter_fiber(here);
    struct process *process = here->process;
    bool first = here->state == FIBER_DONE && process->alive && process->first == number;
    here = NULL;
    here_number = 0;
    if (first)
        process_end(process, 0);
}

static void let_time_pass(int64_t next_us)
{
    int64_t event_us = next_event_us();
    if (event_us < next_us)
        next_us = event_us;
    if (next_us == INT64_MAX)
        defect("everybody waits, and for ever");
    now = next_us;
    pass_time(now);
}

static void *run_harness(void *arg)
{
    ((void (*)(void))arg)();
    return NULL;
}

void kernel_run(void (*harness)(void))
{
    static struct machine nowhere = { .name = "harness" };
    static struct process us = { .machine = &nowhere, .name = "harness", .alive = true };
    uint32_t first = new_fiber(&us, run_harness, (void *)harness);
    for (uint64_t steps = 0; fibers[first]->state != FIBER_DONE; steps++) {
        uint32_t ready[ALIVE_MAX];
        int64_t next_us;
        uint32_t count = find_ready(ready, &next_us);
        if (count > 0)
            run_fiber(ready[random_below(&turns, count)]);
        else
            let_time_pass(next_us);
        if (steps == STEPS_MAX)
            defect("it does not come to an end");
    }
}
