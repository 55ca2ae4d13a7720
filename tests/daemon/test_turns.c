#include "daemon/turns.h"

#include <stdio.h>
#include <string.h>

#include "tests/suite.h"

static struct turns turns;
static struct turn pool[TURNS_MAX + 1];
static unsigned used;

static void begin(void)
{
    memset(&turns, 0, sizeof turns);
    used = 0;
}

static bool ask(const char *asker, enum lane lane)
{
    if (turns_admit(&turns, asker, strlen(asker)) != TURN_THERE)
        return false;
    struct turn *turn = &pool[used++];
    *turn = (struct turn){ .lane = lane, .asker_size = strlen(asker) };
    memcpy(turn->asker, asker, turn->asker_size);
    turns_add(&turns, turn);
    return true;
}

/* Answers the next one; "" if nobody waits. */
static const char *answer(enum lane lane)
{
    static char name[ASKER_MAX + 1];
    struct turn *turn = turns_next(&turns, lane);
    if (turn == NULL)
        return "";
    snprintf(name, sizeof name, "%.*s", (int)turn->asker_size, (const char *)turn->asker);
    turns_leave(&turns, turn);
    return name;
}

START_TEST(who_asks_much_waits_for_who_asks_little)
{
    for (unsigned i = 0; i < 5; i++)
        ck_assert(ask("hungry", LANE_QUICK));
    ck_assert_str_eq(answer(LANE_QUICK), "hungry");
    ck_assert_str_eq(answer(LANE_QUICK), "hungry");
    ck_assert(ask("calm", LANE_QUICK));
    /* Both have one turn of this round: the older one first. */
    ck_assert_str_eq(answer(LANE_QUICK), "hungry");
    ck_assert_str_eq(answer(LANE_QUICK), "calm");
    ck_assert(ask("calm", LANE_QUICK));
    ck_assert_str_eq(answer(LANE_QUICK), "hungry");
    ck_assert_str_eq(answer(LANE_QUICK), "calm");
    ck_assert_str_eq(answer(LANE_QUICK), "hungry");
    ck_assert_str_eq(answer(LANE_QUICK), "");
}
END_TEST

START_TEST(what_is_quick_does_not_wait_for_what_takes_long)
{
    ck_assert(ask("slow", LANE_LONG));
    ck_assert(ask("quick", LANE_QUICK));
    ck_assert_str_eq(answer(LANE_QUICK), "quick");
    ck_assert_str_eq(answer(LANE_QUICK), "");
    ck_assert_str_eq(answer(LANE_LONG), "slow");
}
END_TEST

START_TEST(one_asker_has_no_more_than_its_places)
{
    for (unsigned i = 0; i < TURNS_EACH; i++)
        ck_assert(ask("hungry", i % LANES));
    ck_assert(!ask("hungry", LANE_QUICK));
    ck_assert(ask("calm", LANE_QUICK));
    ck_assert_str_eq(answer(LANE_QUICK), "hungry");
    ck_assert(ask("hungry", LANE_QUICK));
}
END_TEST

START_TEST(who_does_not_read_is_told_nothing)
{
    for (unsigned i = 0; i < TURNS_EACH; i++)
        ck_assert(ask("deaf", LANE_QUICK));
    ck_assert_int_eq(turns_admit(&turns, "deaf", 4), TURN_BUSY);
    turns_next(&turns, LANE_QUICK)->unread = true;
    ck_assert_int_eq(turns_admit(&turns, "deaf", 4), TURN_DEAF);
    ck_assert_int_eq(turns_admit(&turns, "calm", 4), TURN_THERE);
}
END_TEST

START_TEST(a_query_that_is_worked_at_keeps_its_place)
{
    for (unsigned i = 0; i < TURNS_EACH; i++)
        ck_assert(ask("a", LANE_QUICK));
    struct turn *turn = turns_next(&turns, LANE_QUICK);
    ck_assert(!ask("a", LANE_QUICK));
    turns_leave(&turns, turn);
    ck_assert(ask("a", LANE_QUICK));
}
END_TEST

START_TEST(there_is_room_for_newcomers)
{
    char name[16];
    for (unsigned i = 0; i < TURNS_MAX / TURNS_EACH + 2; i++) {
        snprintf(name, sizeof name, "hungry%u", i);
        while (ask(name, LANE_QUICK)) {
        }
    }
    ck_assert(ask("newcomer", LANE_QUICK));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("turns");
    TCase *tc = tcase_create("turns");
    tcase_add_checked_fixture(tc, begin, NULL);
    tcase_add_test(tc, who_asks_much_waits_for_who_asks_little);
    tcase_add_test(tc, what_is_quick_does_not_wait_for_what_takes_long);
    tcase_add_test(tc, one_asker_has_no_more_than_its_places);
    tcase_add_test(tc, who_does_not_read_is_told_nothing);
    tcase_add_test(tc, a_query_that_is_worked_at_keeps_its_place);
    tcase_add_test(tc, there_is_room_for_newcomers);
    suite_add_tcase(s, tc);
    return s;
}
