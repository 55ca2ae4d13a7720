#include "tests/peers/child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/bench.h"

#define CANNOT_EXEC 127

/* Changing the user clears the death signal, so it is set afterwards.  A group of its own, so that
 * an interrupt at the terminal reaches a server through our end alone. */
static void become(const struct passwd *user, int death_signal, pid_t parent)
{
    if (user != NULL && (setgroups(1, &user->pw_gid) != 0 || setgid(user->pw_gid) != 0
                         || setuid(user->pw_uid) != 0))
        _exit(CANNOT_EXEC);
    prctl(PR_SET_PDEATHSIG, death_signal);
    if (getppid() != parent || setpgid(0, 0) != 0 || chdir("/") != 0)
        _exit(CANNOT_EXEC);
}

static void spawn(struct child *child, const char *const argv[], const struct passwd *user,
                  int death_signal)
{
    int ends[2];
    pid_t parent = getpid();
    if (pipe2(ends, O_CLOEXEC) != 0)
        die("no pipe: %s", strerror(errno));
    child->pid = fork();
    if (child->pid < 0)
        die("cannot fork: %s", strerror(errno));
    if (child->pid == 0) {
        become(user, death_signal, parent);
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        execv(argv[0], (char *const *)(uintptr_t)argv);
        _exit(CANNOT_EXEC);
    }
    close(ends[1]);
    child->output = fdopen(ends[0], "r");
    if (child->output == NULL)
        die("no pipe: %s", strerror(errno));
}

static int wait_for(struct child *child)
{
    int status;
    while (waitpid(child->pid, &status, 0) < 0) {
        if (errno != EINTR)
            die("a child is gone: %s", strerror(errno));
    }
    fclose(child->output);
    *child = (struct child){ .pid = 0 };
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void child_run(const char *const argv[], const struct passwd *user, char *ret_output, size_t size)
{
    struct child child;
    char line[1024];
    size_t used = 0;
    spawn(&child, argv, user, SIGKILL);
    ret_output[0] = '\0';
    while (fgets(line, sizeof line, child.output) != NULL) {
        size_t length = strlen(line);
        if (used + length < size) {
            memcpy(ret_output + used, line, length + 1);
            used += length;
        }
    }
    int code = wait_for(&child);
    if (code != 0)
        die("%s ended with %d%s%s", argv[0], code, used > 0 ? ": " : "", ret_output);
}

void child_start(struct child *child, const char *const argv[], const struct passwd *user,
                 int death_signal, const char *ready)
{
    char line[1024] = "it printed nothing";
    spawn(child, argv, user, death_signal);
    do {
        if (fgets(line, sizeof line, child->output) == NULL)
            die("%s did not start: %s", argv[0], line);
    } while (strstr(line, ready) == NULL);
}

void child_stop(struct child *child, int signal_number)
{
    kill(child->pid, signal_number);
    int code = wait_for(child);
    if (code != 0)
        die("a server ended with %d", code);
}
