#include "files/policy_lines.h"

#include <stdio.h>
#include <string.h>

static bool has_key(const char *line, size_t length, const char *key)
{
    size_t size = strlen(key);
    for (size_t at = 0; at + size < length; at++) {
        if (memcmp(line + at, key, size) == 0 && line[at + size] == ':' &&
            (at == 0 || strchr(" -{,\"'", line[at - 1]) != NULL))
            return true;
    }
    return false;
}

static bool begins_entry(const char *line, size_t length)
{
    size_t blanks = strspn(line, " ");
    return blanks + 1 < length && line[blanks] == '-';
}

unsigned long policy_find_line(const char *text, const char *key, unsigned long line)
{
    unsigned long at = 1;
    for (const char *c = text; *c != '\0'; at++) {
        size_t length = strcspn(c, "\n");
        if (at >= line && (key != NULL ? has_key(c, length, key) : begins_entry(c, length)))
            return at;
        c += length + (c[length] == '\n');
    }
    return line;
}

unsigned long policy_line_count(const char *text)
{
    unsigned long lines = 0;
    for (const char *c = text; *c != '\0'; lines++) {
        size_t length = strcspn(c, "\n");
        c += length + (c[length] == '\n');
    }
    return lines > 0 ? lines : 1;
}

static const char *line_at(const char *text, unsigned long line)
{
    for (unsigned long at = 1; at < line && *text != '\0'; at++)
        text += strcspn(text, "\n") + (text[strcspn(text, "\n")] == '\n');
    return text;
}

static bool has_key_at(const char *text, unsigned long line, const char *key)
{
    const char *at = line_at(text, line);
    return has_key(at, strcspn(at, "\n"), key);
}

static bool begins_entry_at(const char *text, unsigned long line)
{
    const char *at = line_at(text, line);
    return begins_entry(at, strcspn(at, "\n"));
}

/* Whether a line begins a key of the policy itself, or ends it. */
static bool begins_section(const char *line, size_t length)
{
    return length > 0 && strchr(" -#\t", line[0]) == NULL;
}

unsigned long policy_section_end(const char *text, unsigned long line)
{
    unsigned long at = 1;
    for (const char *c = text; *c != '\0'; at++) {
        size_t length = strcspn(c, "\n");
        if (at > line && begins_section(c, length))
            return at;
        c += length + (c[length] == '\n');
    }
    return at;
}

unsigned long policy_entry_line(const char *text, unsigned long line, unsigned n, unsigned long end)
{
    for (unsigned i = 0; i < n; i++) {
        unsigned long next = policy_find_line(text, NULL, line + 1);
        if (next >= end || !begins_entry_at(text, next))
            return line;
        line = next;
    }
    return line;
}

/* The line of a key of a section, from a line on to another; 0 if it is none. */
static unsigned long key_in(const char *text, const char *section, const char *key, unsigned long from,
                            unsigned long end)
{
    if (key[0] == '\0' || strcmp(key, section) == 0)
        return 0;
    unsigned long line = policy_find_line(text, key, from);
    return line < end && has_key_at(text, line, key) ? line : 0;
}

unsigned long policy_key_line(const char *text, const char *section, const char *sentence,
                              unsigned long from, unsigned long end, char key[COMPLAINT_FIELD_MAX])
{
    while (*sentence != '\0') {
        size_t size = strspn(sentence, "abcdefghijklmnopqrstuvwxyz_");
        snprintf(key, COMPLAINT_FIELD_MAX, "%.*s", size < 32 ? (int)size : 0, sentence);
        size_t used = strlen(key);
        unsigned long line = key_in(text, section, key, from, end);
        if (line == 0 && used > 0 && key[used - 1] == 's') {
            key[used - 1] = '\0';               /* "limits" */
            line = key_in(text, section, key, from, end);
        }
        if (line != 0)
            return line;
        sentence += size;
        sentence += strcspn(sentence, "abcdefghijklmnopqrstuvwxyz_");
    }
    key[0] = '\0';
    return from;
}
