#include "producers/programs.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static const struct column columns[] = {
    {SLOT_ID, false, "id|record_id|登记编号|参保登记编号",
     "the row's own id; made of what the row says if it has none"},
    {SLOT_PERSON, false, "psn_no|person|人员编号|个人编号", "hashed before anything is sent"},
    {SLOT_STATUS, false, "psn_insu_stas|status|参保状态|人员参保状态", "normal (1), paused (2), ended (4)"},
    {SLOT_DATE, false, "psn_insu_date|date|个人参保日期|参保日期|日期", "since when"},
    {SLOT_PAUSED_DATE, false, "paus_insu_date|暂停参保日期|停保日期", "of a status that is not normal"},
    {SLOT_YEAR, false, "year|年度|参保年度", "if not said --year, then the year of the date"},
    {SLOT_HEADS, false, "heads|人数|参保人数", "instead of a person: how many are enrolled"},
    {SLOT_GROUP, false, "group|人群|人群类别", "ordinary, full, part, student"},
    {SLOT_FROM, false, "from|待遇开始月", "first month covered"},
    {SLOT_TO, false, "to|待遇结束月", "last month covered"},
    {SLOT_FUND, false, "fund|基金", "130207/390"},
    {SLOT_PLACE, false, "insuplc_admdvs|place|参保地|参保所属医保区划|行政区划", "place of the fund"},
    {SLOT_SCHEME, false, "insutype|险种|险种类型", "scheme of the fund"},
    {SLOT_DERIVED, false, "derived|推算", "a figure computed from others"},
    {SLOT_IGNORED, false, "psn_type|psn_idet_type|cvlserv_flag|人员类别|人员身份类别", "not needed"},
    {SLOT_PERSONAL_DATA, false,
     "psn_name|name|certno|id_card|gend|naty|brdy|tel|addr|emp_name|姓名|身份证号|证件号码|"
     "性别|民族|出生日期|手机号|联系电话|地址|单位名称", "never read, never sent"},
};

#define ENROLLMENT_FIELDS                                                                          \
    (FIELD_BIT(YEAR) | FIELD_BIT(PERSON) | FIELD_BIT(PERSON_KEY) | FIELD_BIT(STATUS) |             \
     FIELD_BIT(GROUP) | FIELD_BIT(HEADS) | FIELD_BIT(FROM) | FIELD_BIT(TO) | FIELD_BIT(DERIVED))

/* An id of all that a row says but the number of heads: 1101.20240101.DIGEST. */
static void make_id(struct event *event)
{
    struct {
        uint32_t present, place, scheme;
        int32_t date, year, from, to;
        uint8_t status, group, person[PERSON_SIZE];
    } said;
    memset(&said, 0, sizeof said);          /* what lies between members is hashed too */
    said.present = event->present & ~(FIELD_BIT(ID) | FIELD_BIT(HEADS));
    said.place = event->fund.place;
    said.scheme = event->fund.scheme;
    said.date = event->date;
    said.year = event->year;
    said.from = event->from;
    said.to = event->to;
    said.status = event->status;
    said.group = event->group;
    memcpy(said.person, event->person, sizeof said.person);

    uint8_t digest[16];
    char text[EVENT_ID_MAX + 1];
    hash_digest(&said, sizeof said, digest);
    int size = snprintf(text, sizeof text, "1101.%" PRId32 ".", date_to_ymd(event->date));
    for (unsigned i = 0; i < sizeof digest; i++)
        size += snprintf(text + size, sizeof text - (size_t)size, "%02x", digest[i]);
    event_set_id(event, text, "");
}

static bool make(const struct settings *settings, const struct mapping *mapping,
                 const struct values *values, struct made *ret, struct complaint *complaint)
{
    (void)settings, (void)mapping, (void)complaint;
    struct event *event = &ret->events[0];
    ret->count = 1;
    *event = values_event(values, KIND_ENROLLMENT, ENROLLMENT_FIELDS);
    if (!event_has(event, FIELD_YEAR)) {
        event->year = date_year(event->date);
        event->present |= FIELD_BIT(YEAR);
    }
    if (!values_state(values, SLOT_ID))
        make_id(event);
    return true;
}

enum { KEY_MAKE = 0x200, KEY_ADD, KEY_DESTROY };

static const struct argp_option options[] = {
    {"make-person-key", KEY_MAKE, "FILE", 0,
     "make the installation's person key file, then end", 4},
    {"add-person-key", KEY_ADD, "FILE", 0, "add a key for events from --date on, then end", 4},
    {"destroy-person-key", KEY_DESTROY, "FILE", 0,
     "destroy the key of --date in FILE: the persons of its time are forgotten; then end", 4},
    {0},
};

static const char *parse_option(int key, const char *arg, struct options *o)
{
    if (key == KEY_MAKE)
        o->make_person_key = arg;
    else if (key == KEY_ADD)
        o->add_person_key = arg;
    else
        o->destroy_person_key = arg;
    return NULL;
}

static enum exit_code make_key(const char *path)
{
    int err = person_keys_make(path);
    if (err == 0) {
        printf("%s: made. Give the same file to every producer of this installation, keep a copy "
               "in a safe place.\n", path);
        return EXIT_COUNTED;
    }
    fprintf(stderr, "%s: %s\n", path, err == -EEXIST
            ? "is there already; a new key would make every person a new one" : strerror(-err));
    return EXIT_FAILED;
}

static enum exit_code add_key(const char *path, date_day from)
{
    const char *error = NULL;
    if (from == DATE_NONE) {
        fprintf(stderr, "%s: --add-person-key needs --date: the first day of events that it is for\n",
                program_invocation_short_name);
        return EXIT_USAGE;
    }
    int err = person_keys_add(path, from, &error);
    if (err != 0)
        fprintf(stderr, "%s: %s (%s)\n", path, error, strerror(-err));
    return err == 0 ? EXIT_COUNTED : EXIT_FAILED;
}

/* The key is named by a day of its time. */
static enum exit_code destroy_key(const char *path, date_day day)
{
    struct person_keys keys;
    const char *error = NULL;
    if (day == DATE_NONE) {
        fprintf(stderr, "%s: --destroy-person-key needs --date: a day of the time that the key is for\n",
                program_invocation_short_name);
        return EXIT_USAGE;
    }
    int err = person_keys_read(path, &keys, &error);
    const struct person_key *key = err == 0 ? person_keys_for(&keys, day) : NULL;
    if (err == 0 && key == NULL) {
        err = -ENOENT;
        error = "the first key begins later";
    }
    if (err == 0)
        err = person_keys_destroy(path, key->number, &error);
    if (err == 0)
        printf("%s: key %d is destroyed.  Destroy the copies of this file too, with every producer and "
               "in every backup of theirs: whoever has one can still test a guess.\n", path, key->number);
    else
        fprintf(stderr, "%s: %s (%s)\n", path, error, strerror(-err));
    person_keys_wipe(&keys);
    return err == 0 ? EXIT_COUNTED : EXIT_FAILED;
}

static bool instead(const struct options *o, enum exit_code *ret)
{
    if (o->make_person_key != NULL)
        *ret = make_key(o->make_person_key);
    else if (o->add_person_key != NULL)
        *ret = add_key(o->add_person_key, o->settings.date);
    else if (o->destroy_person_key != NULL)
        *ret = destroy_key(o->destroy_person_key, o->settings.date);
    return o->make_person_key != NULL || o->add_person_key != NULL || o->destroy_person_key != NULL;
}

const struct program registry_program = {
    .doc = "Sends enrolment (CSV or JSON Lines) to fundwatch: people of interface 1101, or heads.",
    .columns = columns,
    .column_count = sizeof columns / sizeof columns[0],
    .own = {options, parse_option},
    .make = make,
    .instead = instead,
};
