#include "consumers/words.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fund/alert.h"
#include "fund/event.h"
#include "fund/subsidy.h"

static const struct { const char *in[2]; } words[] = {
#define WORD(NAME, zh, en) [WORD_##NAME] = { { [LANGUAGE_ZH] = zh, [LANGUAGE_EN] = en } },
#include "consumers/words.def"
#undef WORD
};
#define WORD(NAME, zh, en) \
    static_assert(sizeof(zh) > 1 && sizeof(en) > 1, "WORD_" #NAME " is not in both languages");
#include "consumers/words.def"
#undef WORD

const char *word(enum language language, enum word which)
{
    assert(which < WORD_COUNT);
    return words[which].in[language];
}

/* --- Which language. ------------------------------------------------------------- */

bool language_parse(const char *text, enum language *ret)
{
    static const struct { const char *code; enum language language; } known[] = {
        { "zh", LANGUAGE_ZH }, { "en", LANGUAGE_EN },
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strncmp(text, known[i].code, 2) == 0 && strchr("_.@-", text[2]) != NULL) {
            *ret = known[i].language;
            return true;
        }
    }
    return false;
}

enum language language_of_environment(void)
{
    static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
    enum language language = LANGUAGE_EN;
    const char *value = NULL;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && (value == NULL || value[0] == '\0'); i++)
        value = getenv(names[i]);
    if (value != NULL)
        language_parse(value, &language);
    return language;
}

const char *language_tag(enum language language)
{
    return language == LANGUAGE_ZH ? "zh-CN" : "en";
}

/* --- The protocol's words. --------------------------------------------------------- */

static enum word why_word(enum not_computable why)
{
    switch (why) {
    case COMPUTABLE:         break;
    case NC_NO_OPENING:      return WORD_WHY_NO_OPENING;
    case NC_TOO_FEW_MONTHS:  return WORD_WHY_TOO_FEW_MONTHS;
    case NC_NO_EXPENDITURE:  return WORD_WHY_NO_EXPENDITURE;
    case NC_NO_NUMERATOR:    return WORD_WHY_NO_NUMERATOR;
    case NC_NO_DENOMINATOR:  return WORD_WHY_NO_DENOMINATOR;
    case NC_BEFORE_DEADLINE: return WORD_WHY_BEFORE_DEADLINE;
    case NC_OVERFLOW:        return WORD_WHY_OVERFLOW;
    case NC_MONEY_ELSEWHERE: return WORD_WHY_MONEY_ELSEWHERE;
    case NC_NO_STATEMENT:    return WORD_WHY_NO_STATEMENT;
    case NC_NO_BILLS:        return WORD_WHY_NO_BILLS;
    case NC_NO_LAST_YEAR:    return WORD_WHY_NO_LAST_YEAR;
    case NC_NO_BUDGET:       return WORD_WHY_NO_BUDGET;
    case NC_INCOMPLETE:      return WORD_WHY_INCOMPLETE;
    case NC_FUNDS_BEHIND:    return WORD_WHY_FUNDS_BEHIND;
    case NC_NO_STANDARD:     return WORD_WHY_NO_STANDARD;
    case NC_NO_INCOME:       return WORD_WHY_NO_INCOME;
    case NC_TOO_LITTLE_HISTORY: return WORD_WHY_TOO_LITTLE_HISTORY;
    case NC_PLACE_ENDED:     return WORD_WHY_PLACE_ENDED;
    case NC_NO_RULE:         return WORD_WHY_NO_RULE;
    case NC_YEAR_PAST:       return WORD_WHY_YEAR_PAST;
    case NC_NO_MONEY:        return WORD_WHY_NO_MONEY;
    case NC_MEMBER_IMPORTING: return WORD_WHY_MEMBER_IMPORTING;
    case NC_END:             break;
    }
    assert(!"a reason");
    return WORD_NOT_COMPUTABLE;
}

const char *word_not_computable(enum language language, enum not_computable why)
{
    return word(language, why_word(why));
}

const char *word_level(enum language language, int level)
{
    static const enum word levels[] = {
        WORD_LEVEL_CRITICAL_LOW, WORD_LEVEL_LOW, WORD_LEVEL_NORMAL, WORD_LEVEL_HIGH, WORD_LEVEL_EXCESSIVE,
    };
    assert(level >= LEVEL_CRITICAL_LOW && level <= LEVEL_EXCESSIVE);
    return word(language, levels[level - LEVEL_CRITICAL_LOW]);
}

struct term {
    const char *wire;           /* as the protocol has it */
    enum word word;
};

static const char *term(enum language language, const struct term *terms, size_t count, const char *wire)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(wire, terms[i].wire) == 0)
            return word(language, terms[i].word);
    }
    return wire;
}
#define TERM(language, terms, wire) term((language), (terms), sizeof(terms) / sizeof(terms)[0], (wire))

const char *word_base(enum language language, const char *base)
{
    static const struct term bases[] = {
        { "trailing_12", WORD_TRAILING_12 },
        { "year_to_date", WORD_YEAR_TO_DATE },
        { "calendar_year", WORD_CALENDAR_YEAR },
    };
    static_assert(sizeof bases / sizeof bases[0] == RUNWAY_CALENDAR_YEAR, "a word for each");
    return TERM(language, bases, base);
}

const char *word_numerator(enum language language, const char *numerator)
{
    static const struct term numerators[] = {
        { "paid", WORD_HEADS_PAID },
        { "registered", WORD_HEADS_REGISTERED },
        { "reported", WORD_HEADS_REPORTED },
        { "reported_and_employees", WORD_HEADS_REPORTED_AND_EMPLOYEES },
        { "paid_and_employees", WORD_HEADS_PAID_AND_EMPLOYEES },
        { "paid_once", WORD_HEADS_PAID_ONCE },
        { "reported_once", WORD_HEADS_REPORTED_ONCE },
    };
    static_assert(sizeof numerators / sizeof numerators[0] == NUMERATOR_LAST,
                  "a word for each");
    return TERM(language, numerators, numerator);
}

const char *word_denominator(enum language language, const char *denominator)
{
    static const struct term denominators[] = {
        { "resident", WORD_OF_RESIDENT },
        { "registered", WORD_OF_REGISTERED },
        { "last_year", WORD_OF_LAST_YEAR },
    };
    static_assert(sizeof denominators / sizeof denominators[0] == DENOMINATOR_LAST_YEAR, "a word for each");
    return TERM(language, denominators, denominator);
}

const char *word_level_named(enum language language, const char *level)
{
    for (int known = LEVEL_CRITICAL_LOW; known <= LEVEL_EXCESSIVE; known++) {
        if (strcmp(level, level_word(known)) == 0)
            return word_level(language, known);
    }
    return level;
}

const char *word_level_of(enum language language, const char *rule, const char *level)
{
    static const struct { enum rule rule; int level; enum word word; } levels[] = {
        { RULE_DEFICIT, LEVEL_LOW, WORD_LEVEL_IN_DEFICIT },
        { RULE_QUIET, LEVEL_HIGH, WORD_LEVEL_TOO_LONG },
        { RULE_SUBSIDY, LEVEL_HIGH, WORD_LEVEL_LATE },
        { RULE_SUBSIDY, LEVEL_EXCESSIVE, WORD_LEVEL_LATE_LONG },
        { RULE_STATEMENT, LEVEL_LOW, WORD_LEVEL_BANK_BELOW },
        { RULE_STATEMENT, LEVEL_HIGH, WORD_LEVEL_BANK_ABOVE },
        { RULE_FALLING, LEVEL_HIGH, WORD_LEVEL_TOO_FAST },
        { RULE_GAPS, LEVEL_HIGH, WORD_LEVEL_MISSING },
        { RULE_PACE, LEVEL_HIGH, WORD_LEVEL_BEHIND },
        { RULE_GATE, LEVEL_LOW, WORD_LEVEL_NOT_ALL },
    };
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        if (strcmp(rule, rule_word(levels[i].rule)) == 0 && strcmp(level, level_word(levels[i].level)) == 0)
            return word(language, levels[i].word);
    }
    return word_level_named(language, level);
}

const char *word_unit(enum language language, const char *unit)
{
    static const struct term units[] = {
        { "months", WORD_MONTHS_UNIT }, { "days", WORD_DAYS_UNIT }, { "元", WORD_YUAN },
        { "batches", WORD_BATCHES_UNIT }, { "conditions", WORD_CONDITIONS_UNIT },
    };
    return TERM(language, units, unit);
}

const char *word_rule(enum language language, const char *rule)
{
    static const struct term rules[] = {
        { "runway", WORD_RULE_RUNWAY }, { "deficit", WORD_RULE_DEFICIT },
        { "provisional", WORD_RULE_PROVISIONAL }, { "coverage", WORD_RULE_COVERAGE },
        { "quiet", WORD_RULE_QUIET }, { "subsidy", WORD_RULE_SUBSIDY },
        { "restated", WORD_RULE_RESTATED }, { "statement", WORD_RULE_STATEMENT },
        { "reimbursement", WORD_RULE_REIMBURSEMENT }, { "falling", WORD_RULE_FALLING },
        { "contributions", WORD_RULE_CONTRIBUTIONS }, { "net_loss", WORD_RULE_NET_LOSS },
        { "completeness", WORD_RULE_COMPLETENESS }, { "gaps", WORD_RULE_GAPS },
        { "budget", WORD_RULE_BUDGET }, { "pace", WORD_RULE_PACE },
        { "duplicates", WORD_RULE_DUPLICATES }, { "gate", WORD_RULE_GATE },
    };
    return TERM(language, rules, rule);
}

const char *word_transition(enum language language, const char *transition)
{
    static const struct term transitions[] = {
        { "firing", WORD_TRANSITION_FIRING }, { "changed", WORD_TRANSITION_CHANGED },
        { "ended", WORD_TRANSITION_ENDED }, { "blind", WORD_TRANSITION_BLIND },
        { "sighted", WORD_TRANSITION_SIGHTED },
    };
    return TERM(language, transitions, transition);
}

const char *word_heads(enum language language, const char *figure)
{
    static const struct term figures[] = {
        { "paid", WORD_HEADS_PAID }, { "registered", WORD_HEADS_REGISTERED },
        { "reported", WORD_HEADS_REPORTED }, { "employees", WORD_HEADS_EMPLOYEES },
        { "resident", WORD_OF_RESIDENT }, { "registered_population", WORD_OF_REGISTERED },
        { "last_year", WORD_OF_LAST_YEAR }, { "left", WORD_HEADS_LEFT },
        { "doubled", WORD_HEADS_DOUBLED }, { "elsewhere", WORD_HEADS_ELSEWHERE },
        { "duplicates", WORD_HEADS_DUPLICATES }, { "paid_once", WORD_HEADS_PAID_ONCE },
        { "reported_once", WORD_HEADS_REPORTED_ONCE },
    };
    return TERM(language, figures, figure);
}

const char *word_unknown(enum language language, const char *why)
{
    static const struct term reasons[] = {
        { "no_balance", WORD_WHY_NO_OPENING }, { "no_coverage", WORD_WHY_NO_COVERAGE },
        { "too_large", WORD_WHY_TOO_LARGE },
    };
    for (enum not_computable known = NC_NO_OPENING; known < NC_END; known++) {
        if (strcmp(why, not_computable_word(known)) == 0)
            return word_not_computable(language, known);
    }
    return TERM(language, reasons, why);
}

const char *word_government(enum language language, const char *level)
{
    static const struct term levels[] = {
        { "central", WORD_CENTRAL }, { "province", WORD_PROVINCE }, { "city", WORD_CITY },
        { "county", WORD_COUNTY }, { "all", WORD_ALL_LEVELS },
    };
    static_assert(sizeof levels / sizeof levels[0] == SUBSIDY_LEVELS + 1, "a word for each");
    return TERM(language, levels, level);
}

const char *word_group(enum language language, const char *group)
{
    static const struct term groups[] = {
        { "ordinary", WORD_GROUP_ORDINARY }, { "full", WORD_GROUP_FULL }, { "part", WORD_GROUP_PART },
        { "student", WORD_GROUP_STUDENT }, { "area_1", WORD_GROUP_AREA_1 }, { "area_2", WORD_GROUP_AREA_2 },
        { "area_3", WORD_GROUP_AREA_3 },
    };
    static_assert(sizeof groups / sizeof groups[0] == GROUP_END - 1, "a word for each");
    return TERM(language, groups, group);
}

const char *word_subsidy_known(enum language language, const char *known)
{
    static const struct term reasons[] = {
        { "no_standard", WORD_WHY_NO_PER_HEAD }, { "no_heads", WORD_WHY_NO_HEADS },
        { "no_group", WORD_WHY_NO_GROUP }, { "groups_exceed", WORD_WHY_GROUPS_EXCEED },
    };
    return TERM(language, reasons, known);
}

const char *word_scheme(enum language language, const char *fund)
{
    const char *slash = strchr(fund, '/');
    if (slash != NULL && strcmp(slash, "/390") == 0)
        return word(language, WORD_SCHEME_RESIDENT);
    if (slash != NULL && strcmp(slash, "/310") == 0)
        return word(language, WORD_SCHEME_EMPLOYEE);
    return word(language, WORD_SCHEME_OTHER);
}

const char *word_coverage(enum language language, const char *name)
{
    static const struct term usual[] = {
        { "resident", WORD_COVERAGE_RESIDENT }, { "registered", WORD_COVERAGE_REGISTERED },
        { "last-year", WORD_COVERAGE_LAST_YEAR }, { "last_year", WORD_COVERAGE_LAST_YEAR },
        { "combined", WORD_COVERAGE_COMBINED },
    };
    return TERM(language, usual, name);
}

/* --- Templates. -------------------------------------------------------------------- */

static bool is_place(const char *at)
{
    return at[0] == '{' && at[1] >= '1' && at[1] <= '9' && at[2] == '}';
}

void words_walk(const char *template, const char *const arguments[], unsigned count, words_put *put, void *to)
{
    const char *from = template, *at = template;
    for (; *at != '\0'; at++) {
        if (!is_place(at))
            continue;
        unsigned index = (unsigned)(at[1] - '1');
        assert(index < count);
        put(to, from, (size_t)(at - from), false);
        put(to, arguments[index], strlen(arguments[index]), true);
        from = at + 3;
        at += 2;
    }
    put(to, from, (size_t)(at - from), false);
}

struct room {
    char *at;
    size_t left;                /* bytes, with the NUL's */
};

static void put_text(void *to, const char *text, size_t size, bool)
{
    struct room *room = to;
    if (size >= room->left) {
        size = room->left - 1;
        while (size > 0 && (text[size] & 0xc0) == 0x80)      /* not within a character */
            size--;
        room->left = size + 1;
    }
    memcpy(room->at, text, size);
    room->at += size;
    room->left -= size;
}

const char *words_fill(char *text, size_t size, const char *template, const char *const arguments[],
                       unsigned count)
{
    assert(size > 0);
    struct room room = { text, size };
    words_walk(template, arguments, count, put_text, &room);
    *room.at = '\0';
    return text;
}
