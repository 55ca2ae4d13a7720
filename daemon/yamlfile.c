#include "daemon/yamlfile.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "wire/document.h"

char *yamlfile_sentence(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text;
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    va_end(args);
    return text;
}

/* What libcyaml said: a sentence, then where, from the inside out; joined by "; ". */
struct complaint {
    char text[512];
    unsigned line;              /* the innermost; 0: it named none */
};

[[gnu::format(printf, 3, 0)]]
static void note(cyaml_log_t level, void *context, const char *format, va_list args)
{
    struct complaint *complaint = context;
    size_t used = strlen(complaint->text);
    char said[256];
    vsnprintf(said, sizeof said, format, args);
    said[strcspn(said, "\n")] = '\0';
    const char *text = strncmp(said, "Load: ", 6) == 0 ? said + 6 : said;
    text += strspn(text, " ");
    if (level < CYAML_LOG_ERROR || strncmp(text, "Backtrace", 9) == 0)
        return;
    const char *line = strstr(text, "(line: ");
    if (line != NULL && complaint->line == 0)
        complaint->line = (unsigned)strtoul(line + strlen("(line: "), NULL, 10);
    snprintf(complaint->text + used, sizeof complaint->text - used, "%s%s", used > 0 ? "; " : "", text);
}

static cyaml_config_t config_of(struct complaint *complaint)
{
    return (cyaml_config_t){
        .log_fn = note,
        .log_ctx = complaint,
        .mem_fn = cyaml_mem,
        .log_level = CYAML_LOG_ERROR,
        /* An alias can be repeated until it fills the memory. */
        .flags = CYAML_CFG_NO_ALIAS,
    };
}

/* Whoever can write such a file can give himself every right. */
static bool is_ours_alone(FILE *file)
{
    struct stat status;
    return fstat(fileno(file), &status) == 0
        && (!S_ISREG(status.st_mode) || (status.st_mode & (S_IWGRP | S_IWOTH)) == 0);
}

static int read_file(const char *path, uint8_t **ret_bytes, size_t *ret_size)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return -errno;
    if (!is_ours_alone(file)) {
        fclose(file);
        return -EPERM;
    }
    uint8_t *bytes = malloc(YAMLFILE_MAX + 1);
    size_t size = bytes == NULL ? 0 : fread(bytes, 1, YAMLFILE_MAX + 1, file);
    int err = bytes == NULL ? -ENOMEM : ferror(file) ? -EIO : size > YAMLFILE_MAX ? -EFBIG : 0;
    fclose(file);
    if (err != 0) {
        free(bytes);
        return err;
    }
    *ret_bytes = bytes;
    *ret_size = size;
    return 0;
}

static char *explain(const char *path, cyaml_err_t what, const struct complaint *complaint)
{
    if (what == CYAML_OK)
        return yamlfile_sentence("%s: the file is empty", path);
    /* Of this libcyaml says only where. */
    if (what == CYAML_ERR_ALIAS)
        return yamlfile_sentence("%s: aliases and anchors are not taken, line %u", path, complaint->line);
    return yamlfile_sentence("%s: %s", path,
                             complaint->text[0] != '\0' ? complaint->text : cyaml_strerror(what));
}

int yamlfile_load(const char *path, const cyaml_schema_value_t *schema, void **ret,
                  char **ret_error)
{
    uint8_t *bytes;
    size_t size;
    int err = read_file(path, &bytes, &size);
    if (err == -EPERM)
        *ret_error = yamlfile_sentence("others can write to %s: chmod go-w it", path);
    else if (err != 0)
        *ret_error = yamlfile_sentence("cannot read %s: %s", path, strerror(-err));
    if (err != 0) {
        return err;
    }
    unsigned second = document_second((const char *)bytes, size);
    if (second != 0) {
        free(bytes);
        *ret_error = yamlfile_sentence("%s: a second document begins in line %u; there can be one",
                                       path, second);
        return -EINVAL;
    }
    struct complaint complaint = { .text = "" };
    cyaml_config_t config = config_of(&complaint);
    cyaml_data_t *data = NULL;
    cyaml_err_t what = cyaml_load_data(bytes, size, &config, schema, &data, NULL);
    free(bytes);
    if (what == CYAML_OK && data != NULL) {
        *ret = data;
        return 0;
    }
    *ret_error = explain(path, what, &complaint);
    return -EINVAL;
}

void yamlfile_free(const cyaml_schema_value_t *schema, void *data)
{
    struct complaint complaint = { .text = "" };
    cyaml_config_t config = config_of(&complaint);
    cyaml_free(&config, schema, data, 0);
}
