#include "consumers/options.h"

#include <assert.h>
#include <getopt.h>
#include <stdarg.h>
#include <string.h>

#define OPTIONS_MAX 48

enum exit_code usage_error(const struct options *o, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s: ", o->program);
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n%s --help says how it is used.\n", o->program);
    va_end(args);
    return EXIT_USAGE;
}

static unsigned fill_long_options(const struct option_info *infos, const char *allowed,
                                  struct option to[OPTIONS_MAX])
{
    unsigned count = 0;
    for (; infos->name != NULL; infos++) {
        if (strchr(allowed, infos->letter) == NULL)
            continue;
        assert(count < OPTIONS_MAX - 1);
        to[count++] = (struct option){
            .name = infos->name,
            .has_arg = infos->argument != NULL ? required_argument : no_argument,
            .val = infos->letter,
        };
    }
    to[count] = (struct option){ 0 };
    return count;
}

/* What getopt would print about an option that is wrong, in our words. */
static enum exit_code complain(const struct options *o, int why, char **argv)
{
    const char *word = argv[optind - 1];
    if (why == ':')
        return usage_error(o, "%s needs an argument", word);
    return usage_error(o, "there is no option %s here, or its beginning fits several", word);
}

static const char *option_name(const struct option_info *infos, char letter)
{
    while (infos->name != NULL && infos->letter != letter)
        infos++;
    assert(infos->name != NULL);
    return infos->name;
}

/* Of which "" would be the default, or the present folder: a variable of a script that is not set.
 * Of a place it is the nation. */
static bool is_path(const struct option_info *infos, int letter)
{
    static const char *const arguments[] = { "FILE", "DIR", "ENDPOINT", "KEY" };
    bool path = false;
    while (infos->name != NULL && infos->letter != letter)
        infos++;
    for (size_t i = 0; i < sizeof arguments / sizeof arguments[0] && infos->argument != NULL; i++)
        path = path || strcmp(infos->argument, arguments[i]) == 0;
    return path;
}

enum exit_code options_read(struct options *o, const struct option_info *infos, const char *allowed,
                            bool stop_at_word, int argc, char **argv)
{
    struct option long_options[OPTIONS_MAX];
    char short_options[16];
    fill_long_options(infos, allowed, long_options);
    snprintf(short_options, sizeof short_options, "%s:hV%s", stop_at_word ? "+" : "",
             strchr(allowed, 'o') != NULL ? "o:" : "");
    optind = 0;                 /* getopt(3): 0 starts again, also with another argv */
    int letter;
    while ((letter = getopt_long(argc, argv, short_options, long_options, NULL)) != -1) {
        if (letter == '?' || letter == ':')
            return complain(o, letter, argv);
        if (optarg != NULL && optarg[0] == '\0' && is_path(infos, letter))
            return usage_error(o, "--%s must not be empty: leave it out for the default",
                               option_name(infos, (char)letter));
        o->values[letter] = optarg != NULL ? optarg : "";
    }
    o->count = argc - optind;
    o->words = argv + optind;
    return EXIT_DONE;
}

void options_help(const struct option_info *infos, const char *allowed, FILE *to)
{
    for (; infos->name != NULL; infos++) {
        if (strchr(allowed, infos->letter) == NULL)
            continue;
        const char *argument = infos->argument != NULL ? infos->argument : "";
        int width = fprintf(to, "  --%s%s%s", infos->name, argument[0] != '\0' ? " " : "", argument);
        fprintf(to, "%*s  %s\n", width < 26 ? 26 - width : 0, "", infos->help);
    }
}

bool option_given(const struct options *o, char letter)
{
    return o->values[(unsigned char)letter] != NULL;
}

const char *option_text(const struct options *o, char letter)
{
    return o->values[(unsigned char)letter];
}

bool number_parse(const char *text, int64_t min, int64_t max, int64_t *ret)
{
    int64_t number = 0;
    if (text[0] == '\0')
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9' || __builtin_mul_overflow(number, 10, &number)
                || __builtin_add_overflow(number, *text - '0', &number))
            return false;
    }
    if (number < min || number > max)
        return false;
    *ret = number;
    return true;
}

bool option_number(const struct options *o, char letter, const struct option_info *infos,
                   int64_t min, int64_t max, int64_t *ret)
{
    const char *text = option_text(o, letter);
    if (text == NULL || number_parse(text, min, max, ret))
        return true;
    usage_error(o, "--%s is a number from %lld to %lld, not \"%s\"", option_name(infos, letter),
                (long long)min, (long long)max, text);
    return false;
}

bool option_date(const struct options *o, char letter, const struct option_info *infos, int64_t *ret_ymd)
{
    const char *text = option_text(o, letter);
    date_day day;
    if (text == NULL)
        return true;
    if (date_parse(text, &day) == 0) {
        *ret_ymd = date_to_ymd(day);
        return true;
    }
    usage_error(o, "--%s is a date as 2024-12-31, not \"%s\"", option_name(infos, letter), text);
    return false;
}

bool option_language(const struct options *o, char letter, enum language *ret)
{
    const char *text = option_text(o, letter);
    *ret = language_of_environment();
    if (text == NULL || language_parse(text, ret))
        return true;
    usage_error(o, "--lang is zh or en, not \"%s\"", text);
    return false;
}
