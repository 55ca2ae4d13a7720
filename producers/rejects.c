#include "producers/rejects.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int rejects_init(struct rejects *rejects, const char *input, bool csv, const char *chosen,
                 const char *header, size_t header_size)
{
    *rejects = (struct rejects){.header = header, .header_size = header_size};
    int size = chosen != NULL ? snprintf(rejects->path, sizeof rejects->path, "%s", chosen)
                              : snprintf(rejects->path, sizeof rejects->path, "%s.rejects.%s",
                                         input, csv ? "csv" : "jsonl");
    return size >= NET_PATH_MAX ? -ENAMETOOLONG : 0;
}

static int keep_earlier(const struct rejects *rejects)
{
    char kept[sizeof rejects->path + 1];
    struct stat there;
    snprintf(kept, sizeof kept, "%s~", rejects->path);
    if (lstat(rejects->path, &there) == 0 && !S_ISREG(there.st_mode))
        return -EEXIST;         /* a device or a folder is nobody's earlier rejects */
    return rename(rejects->path, kept) == 0 || errno == ENOENT ? 0 : -errno;
}

static void write_bytes(struct rejects *rejects, const char *bytes, size_t size)
{
    if (size == 0)
        return;
    bool ended = bytes[size - 1] == '\n';
    if (fwrite(bytes, 1, size, rejects->file) != size ||
        (!ended && fputc('\n', rejects->file) == EOF))
        rejects->err = -EIO;
}

static void begin(struct rejects *rejects)
{
    rejects->err = keep_earlier(rejects);
    if (rejects->err != 0)
        return;
    int fd = open(rejects->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    rejects->file = fd < 0 ? NULL : fdopen(fd, "w");
    if (rejects->file == NULL)
        rejects->err = -errno;
    else
        write_bytes(rejects, rejects->header, rejects->header_size);
}

void rejects_add(struct rejects *rejects, const char *raw, size_t size)
{
    if (rejects->err == 0 && rejects->file == NULL)
        begin(rejects);
    if (rejects->err != 0)
        return;
    write_bytes(rejects, raw, size);
    rejects->lines++;
}

int rejects_end(struct rejects *rejects)
{
    if (rejects->file == NULL)
        return rejects->err;
    if (fflush(rejects->file) != 0 || fsync(fileno(rejects->file)) != 0)
        rejects->err = rejects->err != 0 ? rejects->err : -EIO;
    if (fclose(rejects->file) != 0 && rejects->err == 0)
        rejects->err = -EIO;
    rejects->file = NULL;
    return rejects->err;
}
