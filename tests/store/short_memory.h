/* short_memory - memory that runs out in a test: the linker puts these in front of the allocator
 * (Makefile: WRAP_...).
 *
 * Included once, behind a macro MEMORY_IS_OUT() that says whether this call gets nothing. */
#pragma once

#include <stddef.h>

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    return MEMORY_IS_OUT() ? NULL : __real_malloc(size);
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    return MEMORY_IS_OUT() ? NULL : __real_calloc(count, size);
}

void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size)
{
    return MEMORY_IS_OUT() ? NULL : __real_realloc(old, size);
}
