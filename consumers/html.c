#include "consumers/html.h"

#include "consumers/words.h"

static const char *entity(char c)
{
    switch (c) {
    case '&':  return "&amp;";
    case '<':  return "&lt;";
    case '>':  return "&gt;";
    case '"':  return "&quot;";
    case '\'': return "&#39;";
    }
    bool control = (unsigned char)c < 0x20 && c != '\t' && c != '\n';
    return control || c == 0x7f ? "\xef\xbf\xbd" : NULL;
}

void html_text(FILE *to, const char *text)
{
    for (; *text != '\0'; text++) {
        const char *escaped = entity(*text);
        if (escaped != NULL)
            fputs(escaped, to);
        else
            fputc(*text, to);
    }
}

static void put_piece(void *to, const char *text, size_t size, bool argument)
{
    if (argument)
        html_text(to, text);
    else
        fwrite(text, 1, size, to);
}

void html_write(FILE *to, const char *template, const char *const arguments[], unsigned count)
{
    words_walk(template, arguments, count, put_piece, to);
}
