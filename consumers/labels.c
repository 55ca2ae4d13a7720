#include "consumers/labels.h"

#include <string.h>

#include "fund/alert.h"

static const char *text_of(const json_t *map, const char *key)
{
    const char *text = json_string_value(json_object_get(map, key));
    return text != NULL ? text : "";
}

static bool is_of_coverage(const json_t *row)
{
    return strcmp(text_of(row, "rule"), rule_word(RULE_COVERAGE)) == 0;
}

/* A fund's policy, asked for once; one that cannot be had is an empty map, and nothing is said of it: the
 * question was another one. */
static const json_t *policy_of(struct session *s, json_t *policies, const char *fund)
{
    json_t *policy = json_object_get(policies, fund), *answer = NULL;
    if (policy != NULL)
        return policy;
    s->quiet = true;
    if (ASK(s, &answer, "policy", TEXT_ARGUMENT("fund", fund)) != EXIT_DONE)
        answer = json_object();
    s->quiet = false;
    json_object_set_new(policies, fund, answer);
    return json_object_get(policies, fund);
}

static const char *label_in(const json_t *policy, const char *name)
{
    const json_t *rules = json_object_get(json_object_get(policy, "policy"), "coverage");
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *rule = json_array_get(rules, i);
        if (strcmp(text_of(rule, "name"), name) == 0)
            return text_of(rule, "zh");
    }
    return "";
}

void labels_find(struct session *s, json_t *rows, const char *fund)
{
    if (s->language != LANGUAGE_ZH || option_given(s->options, 'j'))
        return;
    json_t *policies = json_object();
    for (size_t i = 0; i < json_array_size(rows); i++) {
        json_t *row = json_array_get(rows, i);
        if (!is_of_coverage(row))
            continue;
        const json_t *policy = policy_of(s, policies, fund != NULL ? fund : text_of(row, "fund"));
        const char *label = label_in(policy, text_of(row, "instance"));
        if (label[0] != '\0')
            json_object_set_new(row, "label", json_string(label));
    }
    json_decref(policies);
}

const char *label_of(const json_t *row, const char *name)
{
    const char *label = text_of(row, "label");
    return label[0] != '\0' ? label : name;
}
