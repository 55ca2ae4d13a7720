/* threads - fibers as POSIX threads, and what they share.
 *
 * What a lock is stands in the memory of the one that it replaces, so it needs no list of locks; in
 * LMDB's case that is the file that processes share. */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "tests/sim/kernel.h"
#include "tests/sim/wrap.h"

/* --- Threads. ------------------------------------------------------------------ */

WRAPPED(int, pthread_create, (pthread_t *ret, const pthread_attr_t *attr, void *(*run)(void *), void *arg))
{
    if (process_here() == NULL)
        return __real_pthread_create(ret, attr, run, arg);
    *ret = fiber_start(run, arg);
    return 0;
}

struct joining {
    uint32_t number;
    void *result;
};

static bool has_ended(void *arg)
{
    struct joining *joining = arg;
    return fiber_done(joining->number, &joining->result);
}

WRAPPED(int, pthread_join, (pthread_t thread, void **ret_result))
{
    if (process_here() == NULL)
        return __real_pthread_join(thread, ret_result);
    struct joining joining = { .number = (uint32_t)thread };
    fiber_wait(has_ended, &joining, WAIT_FOR_EVER);
    if (ret_result != NULL)
        *ret_result = joining.result;
    return 0;
}

WRAPPED(pthread_t, pthread_self, (void))
{
    return fiber_here() != 0 ? fiber_here() : __real_pthread_self();
}

/* --- Mutexes. ------------------------------------------------------------------- */

struct mutex {
    uint32_t holder;            /* number of a fiber, 0: nobody */
};
static_assert(sizeof(struct mutex) <= sizeof(pthread_mutex_t), "it has room in what it replaces");

static struct mutex *mutex_of(pthread_mutex_t *mutex)
{
    return (struct mutex *)mutex;
}

WRAPPED(int, pthread_mutex_init, (pthread_mutex_t *mutex, const pthread_mutexattr_t *attr))
{
    if (process_here() == NULL)
        return __real_pthread_mutex_init(mutex, attr);
    memset(mutex, 0, sizeof *mutex);
    return 0;
}

WRAPPED(int, pthread_mutex_destroy, (pthread_mutex_t *mutex))
{
    if (process_here() == NULL)
        return __real_pthread_mutex_destroy(mutex);
    assert(mutex_of(mutex)->holder == 0);
    return 0;
}

static bool is_free(void *arg)
{
    return mutex_of(arg)->holder == 0;
}

WRAPPED(int, pthread_mutex_lock, (pthread_mutex_t *mutex))
{
    if (process_here() == NULL)
        return __real_pthread_mutex_lock(mutex);
    fiber_breathe();
    assert(mutex_of(mutex)->holder != fiber_here());
    fiber_wait(is_free, mutex, WAIT_FOR_EVER);
    mutex_of(mutex)->holder = fiber_here();
    return 0;
}

WRAPPED(int, pthread_mutex_trylock, (pthread_mutex_t *mutex))
{
    if (process_here() == NULL)
        return __real_pthread_mutex_trylock(mutex);
    fiber_breathe();
    if (mutex_of(mutex)->holder != 0)
        return EBUSY;
    mutex_of(mutex)->holder = fiber_here();
    return 0;
}

WRAPPED(int, pthread_mutex_unlock, (pthread_mutex_t *mutex))
{
    if (process_here() == NULL)
        return __real_pthread_mutex_unlock(mutex);
    assert(mutex_of(mutex)->holder == fiber_here());
    mutex_of(mutex)->holder = 0;
    fiber_breathe();
    return 0;
}

/* --- Conditions: those who wait have a number, and signals say up to which they were heard. ------- */

struct condition {
    uint64_t waiting, heard;
};
static_assert(sizeof(struct condition) <= sizeof(pthread_cond_t), "it has room in what it replaces");

static struct condition *condition_of(pthread_cond_t *condition)
{
    return (struct condition *)condition;
}

WRAPPED(int, pthread_cond_init, (pthread_cond_t *condition, const pthread_condattr_t *attr))
{
    if (process_here() == NULL)
        return __real_pthread_cond_init(condition, attr);
    memset(condition, 0, sizeof *condition);
    return 0;
}

WRAPPED(int, pthread_cond_destroy, (pthread_cond_t *condition))
{
    return process_here() == NULL ? __real_pthread_cond_destroy(condition) : 0;
}

struct listening {
    struct condition *condition;
    uint64_t number;
};

static bool has_heard(void *arg)
{
    const struct listening *listening = arg;
    return listening->condition->heard >= listening->number;
}

WRAPPED(int, pthread_cond_wait, (pthread_cond_t *condition, pthread_mutex_t *mutex))
{
    if (process_here() == NULL)
        return __real_pthread_cond_wait(condition, mutex);
    struct condition *c = condition_of(condition);
    struct listening listening = { c, ++c->waiting };
    mutex_of(mutex)->holder = 0;
    fiber_wait(has_heard, &listening, WAIT_FOR_EVER);
    fiber_wait(is_free, mutex, WAIT_FOR_EVER);
    mutex_of(mutex)->holder = fiber_here();
    return 0;
}

WRAPPED(int, pthread_cond_signal, (pthread_cond_t *condition))
{
    if (process_here() == NULL)
        return __real_pthread_cond_signal(condition);
    struct condition *c = condition_of(condition);
    c->heard += c->heard < c->waiting;
    return 0;
}

WRAPPED(int, pthread_cond_broadcast, (pthread_cond_t *condition))
{
    if (process_here() == NULL)
        return __real_pthread_cond_broadcast(condition);
    struct condition *c = condition_of(condition);
    c->heard = c->waiting;
    return 0;
}

/* --- Locks for many readers or one writer. --------------------------------------------- */

struct many {
    uint32_t readers, writer;
};
static_assert(sizeof(struct many) <= sizeof(pthread_rwlock_t), "it has room in what it replaces");

static struct many *many_of(pthread_rwlock_t *lock)
{
    return (struct many *)lock;
}

static bool may_read(void *arg)
{
    return many_of(arg)->writer == 0;
}

static bool may_write(void *arg)
{
    return many_of(arg)->writer == 0 && many_of(arg)->readers == 0;
}

WRAPPED(int, pthread_rwlock_init, (pthread_rwlock_t *lock, const pthread_rwlockattr_t *attr))
{
    if (process_here() == NULL)
        return __real_pthread_rwlock_init(lock, attr);
    memset(lock, 0, sizeof *lock);
    return 0;
}

WRAPPED(int, pthread_rwlock_destroy, (pthread_rwlock_t *lock))
{
    return process_here() == NULL ? __real_pthread_rwlock_destroy(lock) : 0;
}

WRAPPED(int, pthread_rwlock_rdlock, (pthread_rwlock_t *lock))
{
    if (process_here() == NULL)
        return __real_pthread_rwlock_rdlock(lock);
    fiber_breathe();
    fiber_wait(may_read, lock, WAIT_FOR_EVER);
    many_of(lock)->readers++;
    return 0;
}

WRAPPED(int, pthread_rwlock_wrlock, (pthread_rwlock_t *lock))
{
    if (process_here() == NULL)
        return __real_pthread_rwlock_wrlock(lock);
    fiber_breathe();
    fiber_wait(may_write, lock, WAIT_FOR_EVER);
    many_of(lock)->writer = fiber_here();
    return 0;
}

WRAPPED(int, pthread_rwlock_unlock, (pthread_rwlock_t *lock))
{
    if (process_here() == NULL)
        return __real_pthread_rwlock_unlock(lock);
    if (many_of(lock)->writer != 0)
        many_of(lock)->writer = 0;
    else
        many_of(lock)->readers--;
    fiber_breathe();
    return 0;
}

/* --- What a thread has of its own: LMDB's place among the readers.  A key is never given twice. ------- */

static void (*destroy[FIBER_KEYS])(void *);
static unsigned newest_key;             /* the first is the kernel's */

static void leave(void)
{
    for (unsigned key = 1; key <= newest_key; key++) {
        void **place = fiber_local(key), *value = *place;
        *place = NULL;
        if (value != NULL && destroy[key] != NULL)
            destroy[key](value);
    }
}

WRAPPED(int, pthread_key_create, (pthread_key_t *ret, void (*destroy_)(void *)))
{
    (void)__real_pthread_key_create;
    fiber_on_exit(leave);
    assert(newest_key + 1 < FIBER_KEYS);
    *ret = ++newest_key;
    destroy[newest_key] = destroy_;
    return 0;
}

WRAPPED(int, pthread_key_delete, (pthread_key_t key))
{
    (void)__real_pthread_key_delete;
    destroy[key] = NULL;
    return 0;
}

WRAPPED(void *, pthread_getspecific, (pthread_key_t key))
{
    (void)__real_pthread_getspecific;
    return *fiber_local(key);
}

WRAPPED(int, pthread_setspecific, (pthread_key_t key, const void *value))
{
    (void)__real_pthread_setspecific;
    *fiber_local(key) = (void *)(uintptr_t)value;
    return 0;
}
