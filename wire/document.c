#include "wire/document.h"

#include <stdbool.h>
#include <string.h>

static bool begins_with(const char *line, size_t size, const char *mark)
{
    size_t length = strlen(mark);
    return size >= length && memcmp(line, mark, length) == 0
        && (size == length || strchr(" \t\r", line[length]) != NULL);
}

/* Comments, directives and blank lines are no content. */
static bool is_content(const char *line, size_t size)
{
    while (size > 0 && strchr(" \t\r", *line) != NULL) {
        line++;
        size--;
    }
    return size > 0 && *line != '#' && *line != '%';
}

unsigned document_second(const char *text, size_t size)
{
    bool content = false, ended = false;
    unsigned number = 1;
    for (const char *end = text + size; text < end; number++) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        size_t length = (size_t)((stop != NULL ? stop : end) - text);
        bool begins = begins_with(text, length, "---");
        if (content && (begins || (ended && is_content(text, length))))
            return number;
        ended = ended || begins_with(text, length, "...");
        content = content || begins || is_content(text, length);
        text += length + 1;
    }
    return 0;
}
