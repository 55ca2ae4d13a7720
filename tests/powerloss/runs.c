/* runs - run files are read into memory instead of being mapped: on some machines taking a mapping away
 * costs as much as reading a hundred kilobytes, and a replayer opens some twenty runs thousands of times.
 * The linker puts this in front of the store's calls (Makefile). */
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define READ_MAX (4 << 20)      /* larger files are mapped */
#define HELD_MAX 1024

static void *held[HELD_MAX];

void *__real_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
int __real_munmap(void *at, size_t size);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
int __wrap_munmap(void *at, size_t size);

static void **place_of(const void *at)
{
    for (int i = 0; i < HELD_MAX; i++)
        if (held[i] == at)
            return &held[i];
    return NULL;
}

void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    void **place = place_of(NULL);
    if (protection != PROT_READ || flags != MAP_SHARED || size > READ_MAX || place == NULL)
        return __real_mmap(at, size, protection, flags, fd, offset);
    void *bytes = malloc(size);
    if (bytes == NULL || pread(fd, bytes, size, offset) != (ssize_t)size) {
        free(bytes);
        return MAP_FAILED;
    }
    return *place = bytes;
}

int __wrap_munmap(void *at, size_t size)
{
    void **place = place_of(at);
    if (place == NULL)
        return __real_munmap(at, size);
    free(*place);
    *place = NULL;
    return 0;
}
