/* failpoint - what happens at a step that a test has chosen (controls.h). */
#include "wire/controls.h"

#ifdef FUNDWATCH_CONTROLS
#include <errno.h>
#include <stdio.h>

/* Says that it was reached: the test waits for that. */
static void note(const char *name)
{
    const char *path = getenv("FUNDWATCH_FAILPOINT_LOG");
    FILE *log = path != NULL ? fopen(path, "a") : NULL;
    if (log == NULL)
        return;
    fwrite(name, 1, strlen(name), log);
    fwrite("\n", 1, 1, log);
    fclose(log);
}

/* A pipe with a name opens when the test opens its other end. */
static void wait_for_test(void)
{
    const char *path = getenv("FUNDWATCH_FAILPOINT_GO");
    FILE *go = path != NULL ? fopen(path, "r") : NULL;
    if (go != NULL)
        fclose(go);
}

/* "NAME:ACTION:K" is chosen, and this is the K-th time at NAME.  The action; NULL: nothing happens. */
static const char *chosen(const char *name)
{
    static unsigned long times;
    const char *choice = getenv("FUNDWATCH_FAILPOINT");
    size_t size = strlen(name);
    if (choice == NULL || strncmp(choice, name, size) != 0 || choice[size] != ':')
        return NULL;
    const char *action = choice + size + 1, *k = strchr(action, ':');
    return k != NULL && __atomic_add_fetch(&times, 1, __ATOMIC_SEQ_CST) == strtoul(k + 1, NULL, 10)
        ? action : NULL;
}

int failpoint_reached(const char *name)
{
    const char *action = chosen(name);
    if (action == NULL)
        return 0;
    note(name);
    if (strncmp(action, "abort:", 6) == 0)
        abort();
    if (strncmp(action, "delay:", 6) == 0)
        wait_for_test();
    return strncmp(action, "error:", 6) == 0 ? -EIO : 0;
}
#endif
