#include "tests/powerloss/disk.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *more(void *list, unsigned count, unsigned *room, size_t each)
{
    if (count < *room)
        return list;
    *room = 2 * *room + 16;
    list = realloc(list, *room * each);
    assert(list != NULL);
    return list;
}

bool log_next(const uint8_t *log, size_t size, size_t *at, struct log_entry *ret)
{
    struct log_head head;
    if (size - *at < sizeof head)
        return false;
    memcpy(&head, log + *at, sizeof head);
    uint64_t whole = sizeof head + head.path_size + head.size;
    assert(head.path_size < PATH_LEN);
    if (size - *at < whole)
        return false;           /* the program was killed while it wrote this */
    memset(ret->path, 0, sizeof ret->path);
    memcpy(ret->path, log + *at + sizeof head, head.path_size);
    ret->kind = head.kind;
    ret->offset = head.offset;
    ret->size = head.size;
    ret->bytes = log + *at + sizeof head + head.path_size;
    *at += whole;
    return true;
}

/* --- Names ------------------------------------------------------------------------- */

struct disk_name *names_find(const struct disk_names *names, const char *path)
{
    for (unsigned i = 0; i < names->count; i++)
        if (strcmp(names->list[i].path, path) == 0)
            return &names->list[i];
    return NULL;
}

void names_copy(struct disk_names *to, const struct disk_names *from)
{
    while (to->room < from->count)
        to->list = more(to->list, to->room, &to->room, sizeof *to->list);
    if (from->count > 0)
        memcpy(to->list, from->list, from->count * sizeof *from->list);
    to->count = from->count;
}

bool names_reach(const struct disk_names *names, const char *path)
{
    char above[PATH_LEN];
    strcpy(above, path);
    for (char *slash = strrchr(above, '/'); slash != NULL; slash = strrchr(above, '/')) {
        *slash = '\0';
        if (names_find(names, above) == NULL)
            return false;
    }
    return true;
}

static void names_put(struct disk_names *names, const char *path, struct disk_file *file)
{
    struct disk_name *name = names_find(names, path);
    if (name == NULL) {
        names->list = more(names->list, names->count, &names->room, sizeof *names->list);
        name = &names->list[names->count++];
        strcpy(name->path, path);
    }
    name->file = file;
}

static void names_drop(struct disk_names *names, const char *path)
{
    struct disk_name *name = names_find(names, path);
    if (name != NULL)
        *name = names->list[--names->count];
}

/* What lies in a folder goes with it. */
static void names_move(struct disk_names *names, const char *from, const char *to)
{
    size_t size = strlen(from);
    char moved[2 * PATH_LEN];
    if (names_find(names, from) == NULL)
        return;
    names_drop(names, to);
    for (unsigned i = 0; i < names->count; i++) {
        char *path = names->list[i].path;
        if (strncmp(path, from, size) != 0 || (path[size] != '\0' && path[size] != '/'))
            continue;
        snprintf(moved, sizeof moved, "%s%s", to, path + size);
        assert(strlen(moved) < PATH_LEN);
        strcpy(path, moved);
    }
}

void names_do(struct disk_names *names, const struct name_op *op)
{
    if (op->kind == LOG_FOLDER || op->kind == LOG_CREATE)
        names_put(names, op->path, op->file);
    else if (op->kind == LOG_RENAME)
        names_move(names, op->path, op->to);
    else
        names_drop(names, op->path);
}

/* --- Files ------------------------------------------------------------------------- */

static void set_size(struct disk_file *file, uint64_t size)
{
    if (size > file->room) {
        file->room = 2 * size;
        file->bytes = realloc(file->bytes, file->room);
        assert(file->bytes != NULL);
    }
    if (size > file->size)
        memset(file->bytes + file->size, 0, size - file->size);
    file->size = size;
}

static void note_changed(struct disk_file *file, uint64_t from, uint64_t to)
{
    if (file->changed_from == file->changed_to) {
        file->changed_from = from;
        file->changed_to = to;
        return;
    }
    file->changed_from = from < file->changed_from ? from : file->changed_from;
    file->changed_to = to > file->changed_to ? to : file->changed_to;
}

static void make_safe(struct disk_file *file, const struct file_op *op)
{
    uint64_t end = op->offset + (op->kind == LOG_WRITE ? op->size : 0);
    uint64_t before = file->size;
    file->known_good = false;
    if (op->kind == LOG_TRUNCATE || end > file->size)
        set_size(file, end);
    if (op->kind == LOG_WRITE) {
        memcpy(file->bytes + op->offset, op->bytes, op->size);
        note_changed(file, op->offset, end);
    }
    if (before != file->size)
        note_changed(file, before < file->size ? before : file->size, file->size);
}

static void add_file_op(struct disk_file *file, struct file_op op)
{
    file->ops = more(file->ops, file->op_count, &file->op_room, sizeof *file->ops);
    file->ops[file->op_count++] = op;
}

static void sync_file(struct disk_file *file)
{
    for (unsigned i = 0; i < file->op_count; i++)
        make_safe(file, &file->ops[i]);
    file->op_count = 0;
}

/* What is written through is safe at once, but not what was written before; of that the same bytes no longer
 * matter. */
static void sync_last(struct disk_file *file)
{
    struct file_op last = file->ops[--file->op_count];
    unsigned left = 0;
    for (unsigned i = 0; i < file->op_count; i++) {
        const struct file_op *op = &file->ops[i];
        if (op->kind != LOG_WRITE || op->offset < last.offset
            || op->offset + op->size > last.offset + last.size)
            file->ops[left++] = *op;
    }
    file->op_count = left;
    make_safe(file, &last);
}

static struct disk_file *new_file(struct disk *disk)
{
    struct disk_file *file = calloc(1, sizeof *file);
    assert(file != NULL);
    disk->files = more(disk->files, disk->file_count, &disk->file_room, sizeof *disk->files);
    return disk->files[disk->file_count++] = file;
}

/* --- The disk ---------------------------------------------------------------------- */

static bool lies_in(const char *path, const char *folder)
{
    const char *slash = strrchr(path, '/');
    size_t size = slash != NULL ? (size_t)(slash - path) : 0;
    return strlen(folder) == size && strncmp(path, folder, size) == 0;
}

static void sync_folder(struct disk *disk, const char *folder)
{
    unsigned left = 0;
    for (unsigned i = 0; i < disk->op_count; i++) {
        const struct name_op *op = &disk->ops[i];
        if (lies_in(op->path, folder) || (op->kind == LOG_RENAME && lies_in(op->to, folder)))
            names_do(&disk->safe, op);
        else
            disk->ops[left++] = *op;
    }
    disk->op_count = left;
}

static void do_name(struct disk *disk, const struct log_entry *entry, uint64_t number)
{
    struct name_op op = { .number = number, .kind = entry->kind };
    strcpy(op.path, entry->path);
    if (entry->kind == LOG_RENAME) {
        assert(entry->size < PATH_LEN);
        memcpy(op.to, entry->bytes, entry->size);
    }
    if (entry->kind == LOG_CREATE)
        op.file = new_file(disk);
    names_do(&disk->live, &op);
    disk->ops = more(disk->ops, disk->op_count, &disk->op_room, sizeof *disk->ops);
    disk->ops[disk->op_count++] = op;
}

static void do_file(struct disk *disk, const struct log_entry *entry, uint64_t number)
{
    struct disk_name *name = names_find(&disk->live, entry->path);
    assert(name != NULL && name->file != NULL);
    struct file_op op = {
        .number = number, .kind = entry->kind, .offset = entry->offset, .size = entry->size,
        .bytes = entry->bytes,
    };
    if (entry->kind == LOG_WRITE_THROUGH)
        op.kind = LOG_WRITE;
    if (entry->kind == LOG_SYNC)
        sync_file(name->file);
    else
        add_file_op(name->file, op);
}

void disk_do(struct disk *disk, const struct log_entry *entry, uint64_t number)
{
    switch (entry->kind) {
    case LOG_FOLDER:
    case LOG_CREATE:
    case LOG_RENAME:
    case LOG_UNLINK:
    case LOG_REMOVE_FOLDER:
        do_name(disk, entry, number);
        return;
    case LOG_SYNC_FOLDER:
        sync_folder(disk, entry->path);
        return;
    case LOG_SENT:
    case LOG_MADE:
        return;
    case LOG_WRITE:
    case LOG_WRITE_THROUGH:
    case LOG_TRUNCATE:
    case LOG_GROW:
    case LOG_SYNC:
        do_file(disk, entry, number);
        return;
    }
}

void disk_done(struct disk *disk, const struct log_entry *entry)
{
    if (entry->kind == LOG_WRITE_THROUGH)
        sync_last(names_find(&disk->live, entry->path)->file);
}

unsigned disk_pending(const struct disk *disk)
{
    unsigned count = disk->op_count;
    for (unsigned i = 0; i < disk->file_count; i++)
        count += disk->files[i]->op_count;
    return count;
}

void disk_free(struct disk *disk)
{
    for (unsigned i = 0; i < disk->file_count; i++) {
        free(disk->files[i]->bytes);
        free(disk->files[i]->ops);
        free(disk->files[i]);
    }
    free(disk->files);
    free(disk->live.list);
    free(disk->safe.list);
    free(disk->ops);
    *disk = (struct disk){ .op_count = 0 };
}
