#include "tests/bench/machine.h"

#include <lmdb.h>
#include <mntent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#define FACT_MAX 256

static void say_processor(char *to, const char *)
{
    char line[FACT_MAX];
    FILE *file = fopen("/proc/cpuinfo", "re");
    strcpy(to, "unknown");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) == 0 && colon != NULL) {
            line[strcspn(line, "\n")] = '\0';
            snprintf(to, FACT_MAX, "%s", colon + 2);
            break;
        }
    }
    if (file != NULL)
        fclose(file);
}

static void say_cores(char *to, const char *)
{
    snprintf(to, FACT_MAX, "%ld", sysconf(_SC_NPROCESSORS_ONLN));
}

static void say_memory(char *to, const char *)
{
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    snprintf(to, FACT_MAX, "%.1f GiB", (double)pages * (double)size / (1 << 30));
}

/* How busy others keep it: with 2 cores a load of 2 before the start spoils every number. */
static void say_load(char *to, const char *)
{
    double loads[3] = { 0 };
    getloadavg(loads, 3);
    snprintf(to, FACT_MAX, "%.2f %.2f %.2f", loads[0], loads[1], loads[2]);
}

static void say_kernel(char *to, const char *)
{
    struct utsname name;
    uname(&name);
    snprintf(to, FACT_MAX, "%.64s %.64s %.32s", name.sysname, name.release, name.machine);
}

static bool is_under(const char *path, const char *mount)
{
    size_t size = strlen(mount);
    return strncmp(path, mount, size) == 0
        && (mount[size - 1] == '/' || path[size] == '/' || path[size] == '\0');
}

static void say_file_system(char *to, const char *folder)
{
    struct mntent *entry;
    char *path = realpath(folder, NULL);
    size_t longest = 0;
    FILE *file = setmntent("/proc/mounts", "re");
    strcpy(to, "unknown");
    while (path != NULL && file != NULL && (entry = getmntent(file)) != NULL) {
        if (!is_under(path, entry->mnt_dir) || strlen(entry->mnt_dir) < longest)
            continue;
        longest = strlen(entry->mnt_dir);
        snprintf(to, FACT_MAX, "%.32s on %.100s%s", entry->mnt_type, entry->mnt_fsname,
                 strcmp(entry->mnt_type, "tmpfs") == 0
                 ? " (memory: syncing costs nothing here, set FUNDWATCH_TMP)" : "");
    }
    if (file != NULL)
        endmntent(file);
    free(path);
}

static void say_libraries(char *to, const char *)
{
    int major, minor, patch;
    zmq_version(&major, &minor, &patch);
    snprintf(to, FACT_MAX, "LMDB %d.%d.%d, ZeroMQ %d.%d.%d", MDB_VERSION_MAJOR, MDB_VERSION_MINOR,
             MDB_VERSION_PATCH, major, minor, patch);
}

static void say_date(char *to, const char *)
{
    time_t t = time(NULL);
    struct tm utc;
    strftime(to, FACT_MAX, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &utc));
}

static const struct fact {
    const char *name;
    void (*say)(char *to, const char *folder);
} facts[] = {
    { "processor",   say_processor },
    { "cores",       say_cores },
    { "memory",      say_memory },
    { "kernel",      say_kernel },
    { "file-system", say_file_system },
    { "libraries",   say_libraries },
    { "load-before", say_load },
    { "date",        say_date },
};

void machine_print(FILE *to, const char *folder)
{
    char text[FACT_MAX];
    fprintf(to, "# fundwatch %s\n", FUNDWATCH_VERSION);
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        facts[i].say(text, folder);
        fprintf(to, "%-44s %s\n", facts[i].name, text);
    }
}

void machine_print_json(FILE *to, const char *folder)
{
    char text[FACT_MAX];
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        facts[i].say(text, folder);
        fprintf(to, "  \"%s\": \"%s\",\n", facts[i].name, text);
    }
}

double machine_cpu(void)
{
    unsigned long long user = 0, nice = 0, system = 0, idle, wait, irq = 0, softirq = 0;
    FILE *file = fopen("/proc/stat", "re");
    bool read = file != NULL && fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system,
                                       &idle, &wait, &irq, &softirq) == 7;
    if (file != NULL)
        fclose(file);
    return read ? (double)(user + nice + system + irq + softirq) / (double)sysconf(_SC_CLK_TCK) : 0;
}
