/* What a group keeps from one event to the next. */
#include <stdio.h>

#include "tests/store/vocabulary.h"
#include "tests/suite.h"
#include "wire/policy_codec.h"

#define FUNDS 10

static unsigned decoded;

const char *__real_policy_decode(struct policy_text text, struct policy *ret);
const char *__wrap_policy_decode(struct policy_text text, struct policy *ret);

const char *__wrap_policy_decode(struct policy_text text, struct policy *ret)
{
    decoded++;
    return __real_policy_decode(text, ret);
}

static const char *text(const char *prefix, unsigned a, unsigned b)
{
    static char id[32];
    snprintf(id, sizeof id, "%s-%u-%u", prefix, a, b);
    return id;
}

/* Funds whose policies are so many records more than the others' events apart. */
static void found(unsigned distance)
{
    struct policy policy = policy_default();
    policy.version = 2;
    for (unsigned fund = 0; fund < FUNDS; fund++) {
        uint32_t place = 130300 + fund;
        begin();
        add("bureau", of_fund(a_policy(text("p", fund, 0), 20240101, &policy), place));
        add("bureau", of_fund(an_opening(text("o", fund, 0), 20231231, 100000), place));
        for (unsigned i = 0; i < distance; i++)
            add("bureau", of_fund(a_settlement(text("s", fund, i), 20240101, 1), place));
        commit();
    }
}

static void pay_from_all(unsigned group)
{
    begin();
    for (unsigned i = 0; i < 5 * FUNDS; i++)
        add("hospital", of_fund(a_settlement(text("e", group, i), 20240101, 1), 130300 + i % FUNDS));
    commit();
}

START_TEST(policies_of_funds_that_take_turns_are_decoded_once)
{
    found((unsigned)_i);
    pay_from_all(0);
    decoded = 0;
    pay_from_all(1);
    ck_assert_uint_eq(decoded, 0);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("group");
    TCase *t = tcase_create("policies");
    tcase_add_checked_fixture(t, books_setup_empty, books_teardown);
    tcase_add_loop_test(t, policies_of_funds_that_take_turns_are_decoded_once, 0, 64);
    suite_add_tcase(s, t);
    return s;
}
