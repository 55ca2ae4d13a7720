#include "daemon/past.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/folders.h"

struct kept {
    struct store *store;        /* NULL: a free place */
    struct known known;
    char folder[FOLDER_MAX];
    unsigned holders;
    uint64_t asked;             /* the larger, the later */
};

struct past {
    pthread_mutex_t lock;
    pthread_cond_t released;
    uint64_t clock;             /* of `asked` */
    struct kept kept[PAST_KEPT];
};

int past_create(struct past **ret)
{
    struct past *past = calloc(1, sizeof *past);
    if (past == NULL)
        return -ENOMEM;
    pthread_mutex_init(&past->lock, NULL);
    pthread_cond_init(&past->released, NULL);
    *ret = past;
    return 0;
}

static void forget(struct kept *kept)
{
    if (kept->store == NULL)
        return;
    store_close(&kept->store);
    folders_remove(kept->folder);
}

void past_destroy(struct past **past_p)
{
    struct past *past = *past_p;
    if (past == NULL)
        return;
    for (unsigned i = 0; i < PAST_KEPT; i++) {
        assert(past->kept[i].holders == 0);
        forget(&past->kept[i]);
    }
    pthread_cond_destroy(&past->released);
    pthread_mutex_destroy(&past->lock);
    free(past);
    *past_p = NULL;
}

static struct kept *find(struct past *past, uint64_t position)
{
    for (unsigned i = 0; i < PAST_KEPT; i++) {
        struct kept *kept = &past->kept[i];
        if (kept->store != NULL && position >= kept->known.first && position <= kept->known.position) {
            kept->asked = ++past->clock;
            return kept;
        }
    }
    return NULL;
}

static struct kept *oldest(struct past *past)
{
    struct kept *oldest = &past->kept[0];
    for (unsigned i = 1; i < PAST_KEPT; i++)
        if (past->kept[i].asked < oldest->asked)
            oldest = &past->kept[i];
    return oldest;
}

int past_add(struct past *past, const char *folder, const struct known *known)
{
    char path[FOLDER_MAX + 8];
    struct store *store = NULL;
    struct store_options options = store_options_default();
    options.read_only = true;
    snprintf(path, sizeof path, "%s/books", folder);
    int err = strlen(folder) < FOLDER_MAX ? store_open(path, &options, &store) : -ENAMETOOLONG;
    if (err != 0) {
        folders_remove(folder);
        return err;
    }
    pthread_mutex_lock(&past->lock);
    struct kept *kept = oldest(past);
    while (kept->holders > 0)           /* a query holds it, and is short */
        pthread_cond_wait(&past->released, &past->lock);
    forget(kept);
    *kept = (struct kept){ .store = store, .known = *known, .asked = ++past->clock };
    strcpy(kept->folder, folder);
    pthread_mutex_unlock(&past->lock);
    return 0;
}

bool past_find(struct past *past, uint64_t position, struct known *ret)
{
    pthread_mutex_lock(&past->lock);
    const struct kept *kept = find(past, position);
    if (kept != NULL)
        *ret = kept->known;
    pthread_mutex_unlock(&past->lock);
    return kept != NULL;
}

struct store *past_hold(struct past *past, uint64_t position)
{
    pthread_mutex_lock(&past->lock);
    struct kept *kept = find(past, position);
    struct store *store = NULL;
    if (kept != NULL) {
        kept->holders++;
        store = kept->store;
    }
    pthread_mutex_unlock(&past->lock);
    return store;
}

void past_release(struct past *past, struct store *store)
{
    pthread_mutex_lock(&past->lock);
    for (unsigned i = 0; i < PAST_KEPT; i++)
        if (past->kept[i].store == store)
            past->kept[i].holders--;
    pthread_cond_broadcast(&past->released);
    pthread_mutex_unlock(&past->lock);
}
