#include "files/complaint.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* As many digits as a compact date has, and a few more for money. */
#define DIGIT_RUN_MAX 10

/* Copies as much as fits without cutting a character of UTF-8 in two. */
static void copy_cut(char *to, size_t size, const char *from)
{
    size_t length = strlen(from);
    if (length >= size) {
        length = size - 1;
        while (length > 0 && ((unsigned char)from[length] & 0xc0) == 0x80)
            length--;
    }
    memcpy(to, from, length);
    to[length] = '\0';
}

void complain(struct complaint *complaint, const char *field, const char *format, ...)
{
    char text[2 * COMPLAINT_TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    copy_cut(complaint->text, sizeof complaint->text, text);
    copy_cut(complaint->field, sizeof complaint->field, field);
}

static bool may_show(const char *value, bool word)
{
    static const char signs[] = ".,:/+-% ";
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";
    unsigned digits = 0;
    for (const char *c = value; *c != '\0'; c++) {
        bool digit = *c >= '0' && *c <= '9';
        digits = digit ? digits + 1 : 0;
        if (digits > DIGIT_RUN_MAX ||
            (!digit && strchr(signs, *c) == NULL && (!word || strchr(letters, *c) == NULL)))
            return false;
    }
    return *value != '\0' && strlen(value) <= COMPLAINT_VALUE_MAX;
}

const char *complain_value(const char *value, bool word, char *text)
{
    if (may_show(value, word))
        snprintf(text, COMPLAINT_VALUE_MAX + 4, "\"%s\" ", value);
    else
        text[0] = '\0';
    return text;
}

void complain_write(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
        if (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0) {    /* U+0080 to U+009F */
            fputc('?', stderr);
            c++;
        } else {
            fputc(*c < 0x20 || *c == 0x7f ? '?' : *c, stderr);
        }
    }
}

void complaint_print(const struct complaint *complaint, const char *file)
{
    fprintf(stderr, "%s:", file);
    if (complaint->line != 0)
        fprintf(stderr, "%lu:", complaint->line);
    if (complaint->at != 0)
        fprintf(stderr, "%u:", complaint->at);
    fputc(' ', stderr);
    if (complaint->field[0] != '\0') {
        complain_write(complaint->field);
        fputs(": ", stderr);
    }
    complain_write(complaint->text);
    fputc('\n', stderr);
}
