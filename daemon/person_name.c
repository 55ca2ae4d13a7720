#include "daemon/person_name.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

static char *mapped(const char *name, utf8proc_option_t how)
{
    utf8proc_uint8_t *to = NULL;
    if (utf8proc_map((const utf8proc_uint8_t *)name, 0, &to, UTF8PROC_NULLTERM | UTF8PROC_STABLE | how) < 0)
        return NULL;
    return (char *)to;
}

static bool is_unchanged_by(const char *name, utf8proc_option_t how)
{
    char *to = mapped(name, how);
    bool same = to != NULL && strcmp(to, name) == 0;
    free(to);
    return same;
}

#define CATEGORY(name) (UINT32_C(1) << UTF8PROC_CATEGORY_##name)
/* Of characters that nobody sees: control, format, surrogates, private, not assigned, separators. */
#define UNSEEN (CATEGORY(CC) | CATEGORY(CF) | CATEGORY(CS) | CATEGORY(CO) | CATEGORY(CN) \
                | CATEGORY(ZL) | CATEGORY(ZP) | CATEGORY(ZS))
#define BRAILLE_BLANK 0x2800    /* a symbol by its category */

static bool is_seen(utf8proc_int32_t character)
{
    bool unseen = (UNSEEN >> utf8proc_category(character) & 1) != 0 || character == BRAILLE_BLANK;
    return !unseen || character == ' ';
}

bool person_name_valid(const char *name)
{
    /* IGNORE leaves out what is to be passed over in showing, which not every category says. */
    if (!is_unchanged_by(name, UTF8PROC_COMPOSE)
            || !is_unchanged_by(name, UTF8PROC_COMPOSE | UTF8PROC_IGNORE))
        return false;
    utf8proc_int32_t before = ' ', character;
    for (const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)name; *at != '\0'; before = character) {
        at += utf8proc_iterate(at, -1, &character);     /* it was mapped, so it is UTF-8 */
        if (!is_seen(character) || (before == ' ' && character == ' '))
            return false;
    }
    return before != ' ';
}

char *person_name_folded(const char *name)
{
    return mapped(name, UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
}
