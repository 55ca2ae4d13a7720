/* stacks - AddressSanitizer is told of each change of stacks, or it takes another fiber's frames for
 * errors. */
#pragma once

#include <stddef.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>

static const void *main_stack;
static size_t main_stack_size;

/* About to go on at the stack that begins at `bottom`. */
static inline void stack_leave(const void *bottom, size_t size)
{
    __sanitizer_start_switch_fiber(NULL, bottom, size);
}

static inline void stack_leave_for_main(void)
{
    stack_leave(main_stack, main_stack_size);
}

static inline void stack_entered(void)
{
    __sanitizer_finish_switch_fiber(NULL, NULL, NULL);
}

/* Entered from the stack on which everything began. */
static inline void stack_entered_from_main(void)
{
    __sanitizer_finish_switch_fiber(NULL, &main_stack, &main_stack_size);
}

/* Nothing of the frames that were on it is left. */
static inline void stack_clean(const void *bottom, size_t size)
{
    __asan_unpoison_memory_region(bottom, size);
}
#else
static inline void stack_leave(const void *bottom, size_t size)
{
    (void)bottom;
    (void)size;
}

static inline void stack_leave_for_main(void)
{
}

static inline void stack_entered(void)
{
}

static inline void stack_entered_from_main(void)
{
}

static inline void stack_clean(const void *bottom, size_t size)
{
    (void)bottom;
    (void)size;
}
#endif
