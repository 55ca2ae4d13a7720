/* What is proved of wire/reader.c: the integer decoder, read_int() and all that it is made of; the other
 * values, lengths, and what passes over them.  The table is that of the specification of MessagePack. */
#include <stdint.h>

/*@ // Two's complement: half of the numbers of a width, that many bytes, are negative.
    logic integer as_signed(integer n, integer half) = n < half ? n : n - 2 * half;
    logic integer half_of(integer width) =
        width == 1 ? 0x80 : width == 2 ? 0x8000 : width == 4 ? 0x80000000 : 0x8000000000000000;

    // Each first byte: its type as read_peek() names it ('f' float, 'x' 'X' extension, '?' nobody's), the
    // bytes of the integer or length that follows, and what is meant if these, unsigned and big endian,
    // are n.
    axiomatic MessagePack {
        logic integer type_of(integer first);
        logic integer width_of(integer first);
        logic integer meaning_of(integer first, integer n);
        predicate row(integer first, integer type, integer width) =
            type_of(first) == type && width_of(first) == width;

        axiom positive_fixint: \forall integer first; 0x00 <= first <= 0x7f ==> row(first, 'i', 0);
        axiom fixmap:          \forall integer first; 0x80 <= first <= 0x8f ==> row(first, 'm', 0);
        axiom fixarray:        \forall integer first; 0x90 <= first <= 0x9f ==> row(first, 'a', 0);
        axiom fixstr:          \forall integer first; 0xa0 <= first <= 0xbf ==> row(first, 's', 0);
        axiom nil:             row(0xc0, '0', 0);
        axiom never_used:      row(0xc1, '?', 0);
        axiom truths:          row(0xc2, 't', 0) && row(0xc3, 't', 0);
        axiom bin:             row(0xc4, 'b', 1) && row(0xc5, 'b', 2) && row(0xc6, 'b', 4);
        axiom ext:             row(0xc7, 'x', 1) && row(0xc8, 'x', 2) && row(0xc9, 'x', 4);
        axiom floats:          row(0xca, 'f', 4) && row(0xcb, 'f', 8);
        axiom uint:            row(0xcc, 'i', 1) && row(0xcd, 'i', 2) &&
                               row(0xce, 'i', 4) && row(0xcf, 'i', 8);
        axiom sint:            row(0xd0, 'i', 1) && row(0xd1, 'i', 2) &&
                               row(0xd2, 'i', 4) && row(0xd3, 'i', 8);
        axiom fixext:          \forall integer first; 0xd4 <= first <= 0xd8 ==> row(first, 'X', 0);
        // Which follows from all the rows together.
        axiom no_other_fixext: \forall integer first; 0x00 <= first <= 0xff && type_of(first) == 'X' ==>
            0xd4 <= first <= 0xd8;
        axiom str:             row(0xd9, 's', 1) && row(0xda, 's', 2) && row(0xdb, 's', 4);
        axiom array:           row(0xdc, 'a', 2) && row(0xdd, 'a', 4);
        axiom map:             row(0xde, 'm', 2) && row(0xdf, 'm', 4);
        axiom negative_fixint: \forall integer first; 0xe0 <= first <= 0xff ==> row(first, 'i', 0);
        axiom widths:          \forall integer first; 0 <= width_of(first) <= 8;

        axiom itself:       \forall integer first, n; 0x00 <= first <= 0x7f ==> meaning_of(first, n) == first;
        axiom pairs:        \forall integer first, n; 0x80 <= first <= 0x8f ==>
            meaning_of(first, n) == first - 0x80;
        axiom items:        \forall integer first, n; 0x90 <= first <= 0x9f ==>
            meaning_of(first, n) == first - 0x90;
        axiom bytes:        \forall integer first, n; 0xa0 <= first <= 0xbf ==>
            meaning_of(first, n) == first - 0xa0;
        axiom negative:     \forall integer first, n; 0xe0 <= first <= 0xff ==>
            meaning_of(first, n) == first - 0x100;
        axiom truth:        \forall integer n; meaning_of(0xc3, n) == 1;
        axiom unsigned_or_length: \forall integer first, n;
            0xc4 <= first <= 0xcf || 0xd9 <= first <= 0xdf ==> meaning_of(first, n) == n;
        axiom signed_ones:  \forall integer first, n; 0xd0 <= first <= 0xd3 ==>
            meaning_of(first, n) == as_signed(n, half_of(width_of(first)));
        axiom none:         \forall integer first, n; 0xd4 <= first <= 0xd8 || 0xc0 <= first <= 0xc2 ==>
                            meaning_of(first, n) == 0;
    }

    axiomatic BigEndian {
        logic integer big{L}(uint8_t *at, integer width) reads at[0 .. 7];
        axiom no_byte{L}:     \forall uint8_t *at; big(at, 0) == 0;
        axiom one_byte{L}:    \forall uint8_t *at; big(at, 1) == at[0];
        axiom two_bytes{L}:   \forall uint8_t *at; big(at, 2) == at[0] * 0x100 + at[1];
        axiom four_bytes{L}:  \forall uint8_t *at; big(at, 4) ==
            at[0] * 0x1000000 + at[1] * 0x10000 + at[2] * 0x100 + at[3];
        axiom eight_bytes{L}: \forall uint8_t *at; big(at, 8) ==
            big(at, 4) * 0x100000000 + big(at + 4, 4);
    }

    // What a shift is, which WP's own theory does not say.
    axiomatic Shift {
        axiom by_1: \forall integer n; 0 <= n ==> (n << 8) == n * 0x100;
        axiom by_2: \forall integer n; 0 <= n ==> (n << 16) == n * 0x10000;
        axiom by_3: \forall integer n; 0 <= n ==> (n << 24) == n * 0x1000000;
        axiom by_4: \forall integer n; 0 <= n ==> (n << 32) == n * 0x100000000;
    }

    // What becomes of a negative number as an unsigned one.
    axiomatic Wrap {
        axiom wraps: \forall integer n; -0x8000000000000000 <= n < 0 ==>
            (uint64_t)n == n + 0x10000000000000000;
    } */

#include "wire/reader.h"

/*@ predicate is_within(struct reader *r) =
        \base_addr(r->start) == \base_addr(r->at) && \base_addr(r->at) == \base_addr(r->end) &&
        r->start <= r->at <= r->end && r->end - r->start <= PTRDIFF_MAX && r->err <= READ_KEY;

    predicate is_reader(struct reader *r) =
        is_within(r) && \valid(r) && \valid_read(r->start + (0 .. r->end - r->start - 1)) &&
        \separated(r, r->start + (0 .. r->end - r->start - 1));

    // Pairs take two bytes at least, other items one.
    logic integer in_bytes(integer n, integer unit) = unit == 2 ? 2 * n : n;

    // The first error sticks.
    predicate sticks{Before, After}(struct reader *r) =
        \at(r->err, Before) != READ_OK ==>
        \at(r->err, After) == \at(r->err, Before) &&
        \at(r->err_offset, After) == \at(r->err_offset, Before); */

#include "wire/reader.c"

/*@ requires is_reader(r);
    requires READ_OK < err <= READ_KEY;
    assigns r->err, r->err_offset;
    ensures is_within(r);
    ensures sticks{Pre, Post}(r) && r->err != READ_OK;
    ensures \old(r->err) == READ_OK ==> r->err == err && r->err_offset == r->at - r->start; */
void read_fail(struct reader *r, enum read_error err);

/*@ requires \valid_read(at + (0 .. 3));
    assigns \nothing;
    ensures \result == big(at, 4) && \result <= UINT32_MAX; */
static uint64_t four_bytes(const uint8_t *at);

/*@ requires width == 1 || width == 2 || width == 4 || width == 8;
    requires \valid_read(at + (0 .. width - 1));
    assigns \nothing;
    ensures \result == big(at, width);
    ensures width == 1 ==> \result <= UINT8_MAX;
    ensures width == 2 ==> \result <= UINT16_MAX;
    ensures width == 4 ==> \result <= UINT32_MAX; */
static uint64_t big_endian(const uint8_t *at, unsigned width);

/*@ requires width == 1 || width == 2 || width == 4 || width == 8;
    requires width == 1 ==> n <= UINT8_MAX;
    requires width == 2 ==> n <= UINT16_MAX;
    requires width == 4 ==> n <= UINT32_MAX;
    assigns \nothing;
    ensures width == 1 ==> \result == (uint64_t)as_signed(n, half_of(width));
    ensures width == 2 ==> \result == (uint64_t)as_signed(n, half_of(width));
    ensures width == 4 ==> \result == (uint64_t)as_signed(n, half_of(width));
    ensures width == 8 ==> \result == (uint64_t)as_signed(n, half_of(width));
    ensures width == 1 ==> (\result > INT64_MAX <==> as_signed(n, half_of(width)) < 0);
    ensures width == 2 ==> (\result > INT64_MAX <==> as_signed(n, half_of(width)) < 0);
    ensures width == 4 ==> (\result > INT64_MAX <==> as_signed(n, half_of(width)) < 0);
    ensures width == 8 ==> (\result > INT64_MAX <==> as_signed(n, half_of(width)) < 0);
    ensures INT64_MIN <= as_signed(n, half_of(width)) <= INT64_MAX; */
static uint64_t sign_extend(uint64_t n, unsigned width);

/*@ requires first < 0xc0 || first >= 0xe0;
    assigns \nothing;
    ensures \result.type == type_of(first) && width_of(first) == 0 && \result.body == body;
    ensures \forall integer n; \result.n == (uint64_t)meaning_of(first, n);
    ensures \forall integer n; \result.negative <==> meaning_of(first, n) < 0;
    ensures \result.type != 'i' ==> !\result.negative; */
static struct token short_head(uint8_t first, const uint8_t *body);

/*@ requires is_reader(r) && \valid_read(t) && \base_addr(t) != \base_addr(r);
    requires unit == 1 || unit == 2;
    requires \base_addr(t->body) == \base_addr(r->end) && r->start <= t->body <= r->end;
    requires r->err == READ_OK;
    assigns r->err, r->err_offset;
    ensures is_within(r);
    ensures \result <==> in_bytes(t->n, unit) <= r->end - t->body && t->n <= max;
    ensures r->err == (\result ? READ_OK :
                       in_bytes(t->n, unit) > r->end - t->body ? READ_TRUNCATED : READ_RANGE);
    ensures !\result ==> r->err_offset == r->at - r->start; */
static bool length_fits(struct reader *r, const struct token *t, unsigned unit, uint32_t max);

/*@ requires is_reader(r);
    assigns \nothing;
    ensures r->err == READ_OK ==> \result == r->end - r->at;
    ensures r->err != READ_OK ==> \result == 0; */
static inline size_t read_left(const struct reader *r);

/*@ // The next value: how long its head is, what it means.
    logic integer length_of(struct reader *r) = 1 + width_of(r->at[0]);
    logic integer value_of(struct reader *r) =
        meaning_of(r->at[0], big(r->at + 1, width_of(r->at[0])));

    // How much of the frame is behind its head.
    logic integer left_behind(struct reader *r) = r->end - r->at - length_of(r);

    // Its head is there as a whole.
    predicate is_whole(struct reader *r) = r->at < r->end && length_of(r) <= r->end - r->at; */

/*@ // A row of the source's table, which calls a signed integer 'I' for itself.
    predicate row_is(integer i) =
        heads[i].width == width_of(0xc0 + i) &&
        (0x10 <= i <= 0x13 ? heads[i].type == 'I' && type_of(0xc0 + i) == 'i'
                           : heads[i].type == type_of(0xc0 + i) && heads[i].type != 'I') &&
        (i <= 0x03 || 0x14 <= i <= 0x18 ? width_of(0xc0 + i) == 0
                           : width_of(0xc0 + i) == 1 || width_of(0xc0 + i) == 2 ||
                             width_of(0xc0 + i) == 4 || width_of(0xc0 + i) == 8);

    // What table() proves of each row.  The table is constant, so it holds wherever it is asked for.
    predicate is_table = \forall integer i; 0 <= i < 32 ==> row_is(i); */

/*@ requires i == 0 || i == 1 || i == 2 || i == 3 || i == 4 || i == 5 || i == 6 || i == 7 ||
        i == 8 || i == 9 || i == 10 || i == 11 || i == 12 || i == 13 || i == 14 || i == 15 ||
        i == 16 || i == 17 || i == 18 || i == 19 || i == 20 || i == 21 || i == 22 || i == 23 ||
        i == 24 || i == 25 || i == 26 || i == 27 || i == 28 || i == 29 || i == 30 || i == 31;
    assigns \nothing;
    ensures row_is(i); */
static void table(unsigned i);
static void table(unsigned i)
{
    (void)i;
}

/*@ requires is_table && is_reader(r) && \valid(ret) && \base_addr(ret) != \base_addr(r);
    requires \base_addr(ret) != \base_addr(r->start);
    requires r->err == READ_OK && r->at < r->end;
    requires first == r->at[0] && 0xc0 <= first <= 0xdf;
    assigns *ret, r->err, r->err_offset;
    ensures is_within(r);
    ensures \result <==> is_whole(r);
    ensures \result ==> r->err == READ_OK;
    ensures !\result ==> r->err == READ_TRUNCATED && r->err_offset == r->at - r->start;
    ensures \result ==> ret->type == type_of(first);
    ensures \result ==> ret->body == r->at + length_of(r);
    ensures \result ==> ret->n == (uint64_t)value_of(r);
    ensures \result ==> INT64_MIN <= value_of(r) <= UINT64_MAX;
    ensures \result ==> (ret->negative <==> value_of(r) < 0);
    ensures \result && ret->type != 'i' ==> !ret->negative; */
static bool long_head(struct reader *r, uint8_t first, struct token *ret);

/*@ requires is_table && is_reader(r) && \valid(ret) && \base_addr(ret) != \base_addr(r);
    requires \base_addr(ret) != \base_addr(r->start);
    assigns *ret, r->err, r->err_offset;
    ensures is_within(r) && sticks{Pre, Post}(r);
    ensures \result <==> \old(r->err) == READ_OK && is_whole(r);
    ensures \result ==> r->err == READ_OK;
    ensures !\result ==> r->err != READ_OK;
    ensures \old(r->err) == READ_OK && !\result ==>
        r->err == READ_TRUNCATED && r->err_offset == r->at - r->start;
    ensures \result ==> ret->type == type_of(r->at[0]);
    ensures \result ==> ret->body == r->at + length_of(r);
    ensures \result ==> ret->n == (uint64_t)value_of(r);
    ensures \result ==> INT64_MIN <= value_of(r) <= UINT64_MAX;
    ensures \result ==> (ret->negative <==> value_of(r) < 0);
    ensures \result && ret->type != 'i' ==> !ret->negative; */
static bool head(struct reader *r, struct token *ret);

/*@ requires is_table && is_reader(r) && \valid(ret) && \base_addr(ret) != \base_addr(r);
    requires \base_addr(ret) != \base_addr(r->start);
    assigns *ret, r->err, r->err_offset;
    ensures is_within(r) && sticks{Pre, Post}(r);
    ensures \result <==> \old(r->err) == READ_OK && is_whole(r) && type_of(r->at[0]) == type;
    ensures \result ==> r->err == READ_OK;
    ensures !\result ==> r->err != READ_OK;
    ensures \old(r->err) == READ_OK && !\result ==> r->err_offset == r->at - r->start;
    ensures \old(r->err) == READ_OK && !is_whole(r) ==> r->err == READ_TRUNCATED;
    ensures \old(r->err) == READ_OK && is_whole(r) && !\result ==> r->err == READ_TYPE;
    ensures \result ==> ret->type == type;
    ensures \result ==> r->end - ret->body == left_behind(r);
    ensures \result && type != 'i' ==> ret->n == value_of(r);
    ensures \result ==> ret->body == r->at + length_of(r);
    ensures \result ==> ret->n == (uint64_t)value_of(r);
    ensures \result ==> INT64_MIN <= value_of(r) <= UINT64_MAX;
    ensures \result ==> (ret->negative <==> value_of(r) < 0);
    ensures \result && ret->type != 'i' ==> !ret->negative; */
static bool head_of_type(struct reader *r, char type, struct token *ret);

/*@ predicate is_int(struct reader *r, integer min, integer max) =
        is_whole(r) && type_of(r->at[0]) == 'i' && min <= value_of(r) <= max; */

/*@ requires is_table && is_reader(r);
    assigns r->at, r->err, r->err_offset;
    ensures is_within(r) && sticks{Pre, Post}(r);
    behavior integer:
        assumes r->err == READ_OK && is_int(r, min, max);
        ensures r->err == READ_OK;
        ensures r->at == \old(r->at) + \old(length_of(r));
        ensures \result == \old(value_of(r));
    behavior none:
        assumes r->err != READ_OK || !is_int(r, min, max);
        ensures r->at == \old(r->at) && \result == 0 && r->err != READ_OK;
        ensures \old(r->err) == READ_OK ==> r->err_offset == r->at - r->start;
        ensures \old(r->err) == READ_OK && !is_whole(r) ==> r->err == READ_TRUNCATED;
        ensures \old(r->err) == READ_OK && is_whole(r) && type_of(r->at[0]) != 'i' ==> r->err == READ_TYPE;
        ensures \old(r->err) == READ_OK && is_whole(r) && type_of(r->at[0]) == 'i' ==> r->err == READ_RANGE;
    complete behaviors;
    disjoint behaviors; */
int64_t read_int_any(struct reader *r, int64_t min, int64_t max);

/*@ requires \valid_read(at + (0 .. left - 1)) && \valid(ret);
    requires \base_addr(ret) != \base_addr(at);
    assigns *ret;
    ensures \result == 0 || \result == 1 || \result == 3 || \result == 5;
    ensures \result <= left;
    ensures \result != 0 ==> type_of(at[0]) == 'i' && width_of(at[0]) == \result - 1;
    ensures \result != 0 ==> *ret == meaning_of(at[0], big(at + 1, width_of(at[0]))); */
static inline size_t short_int(const uint8_t *at, size_t left, int64_t *ret);

/*@ requires is_table && is_reader(r);
    assigns r->at, r->err, r->err_offset;
    ensures is_within(r) && sticks{Pre, Post}(r);
    behavior integer:
        assumes r->err == READ_OK && is_int(r, min, max);
        ensures r->err == READ_OK;
        ensures r->at == \old(r->at) + \old(length_of(r));
        ensures \result == \old(value_of(r));
    behavior none:
        assumes r->err != READ_OK || !is_int(r, min, max);
        ensures r->at == \old(r->at) && \result == 0 && r->err != READ_OK;
        ensures \old(r->err) == READ_OK ==> r->err_offset == r->at - r->start;
        ensures \old(r->err) == READ_OK && !is_whole(r) ==> r->err == READ_TRUNCATED;
        ensures \old(r->err) == READ_OK && is_whole(r) && type_of(r->at[0]) != 'i' ==> r->err == READ_TYPE;
        ensures \old(r->err) == READ_OK && is_whole(r) && type_of(r->at[0]) == 'i' ==> r->err == READ_RANGE;
    complete behaviors;
    disjoint behaviors; */
static inline int64_t read_int(struct reader *r, int64_t min, int64_t max);

/*@ // A length, in units of at least so many bytes, of what is there as a whole and is not too long.
    predicate is_length(struct reader *r, integer type, integer unit, integer max) =
        is_whole(r) && type_of(r->at[0]) == type &&
        in_bytes(value_of(r), unit) <= left_behind(r) && value_of(r) <= max; */

/*@ requires is_table && is_reader(r) && \valid(ret) && \base_addr(ret) != \base_addr(r);
    requires \base_addr(ret) != \base_addr(r->start);
    requires type != 'i';
    requires unit == 1 || unit == 2;
    assigns *ret, r->err, r->err_offset;
    ensures is_within(r) && sticks{Pre, Post}(r);
    ensures \result <==> \old(r->err) == READ_OK && is_length(r, type, unit, max);
    ensures \result ==> r->err == READ_OK;
    ensures !\result ==> r->err != READ_OK;
    ensures \old(r->err) == READ_OK && !\result ==> r->err_offset == r->at - r->start;
    ensures \old(r->err) == READ_OK && !is_whole(r) ==> r->err == READ_TRUNCATED;
    ensures \old(r->err) == READ_OK && is_whole(r) && type_of(r->at[0]) != type ==> r->err == READ_TYPE;
    ensures \old(r->err) == READ_OK && is_whole(r) && type_of(r->at[0]) == type && !\result ==>
        r->err == (in_bytes(value_of(r), unit) > left_behind(r) ? READ_TRUNCATED : READ_RANGE);
    ensures \result ==> ret->body == r->at + length_of(r) && ret->n == value_of(r); */
static bool head_of_length(struct reader *r, char type, unsigned unit, uint32_t max, struct token *ret);

/*@ requires is_table && is_reader(r);
    requires type != 'i';
    requires unit == 1 || unit == 2;
    assigns r->at, r->err, r->err_offset;
    ensures is_within(r) && sticks{Pre, Post}(r);
    behavior length:
        assumes r->err == READ_OK && is_length(r, type, unit, max);
        ensures r->err == READ_OK;
        ensures r->at == \old(r->at) + \old(length_of(r));
        ensures \result == \old(value_of(r));
    behavior none:
        assumes r->err != READ_OK || !is_length(r, type, unit, max);
        ensures r->at == \old(r->at) && \result == 0 && r->err != READ_OK;
        ensures \old(r->err) == READ_OK ==> r->err_offset == r->at - r->start;
        ensures \old(r->err) == READ_OK && !is_whole(r) ==> r->err == READ_TRUNCATED;
        ensures \old(r->err) == READ_OK && is_whole(r) && type_of(r->at[0]) != type ==> r->err == READ_TYPE;
        ensures \old(r->err) == READ_OK && is_whole(r) && type_of(r->at[0]) == type ==>
            r->err == (in_bytes(value_of(r), unit) > left_behind(r) ? READ_TRUNCATED : READ_RANGE);
    complete behaviors;
    disjoint behaviors; */
static uint32_t read_container(struct reader *r, char type, unsigned unit, uint32_t max);

/*@ requires is_table && is_reader(r);
    assigns r->at, r->err, r->err_offset;
    ensures is_within(r) && sticks{Pre, Post}(r);
    ensures \old(r->err) == READ_OK && r->err != READ_OK ==> r->err_offset == r->at - r->start;
    ensures r->err == READ_OK <==>
        \old(r->err == READ_OK && is_whole(r) && type_of(r->at[0]) == 'i' && value_of(r) >= 0);
    ensures r->err == READ_OK ==> r->at == \old(r->at + length_of(r)) && \result == \old(value_of(r));
    ensures r->err != READ_OK ==> r->at == \old(r->at) && \result == 0; */
uint64_t read_uint64(struct reader *r);

/*@ requires is_table && is_reader(r);
    assigns r->at, r->err, r->err_offset;
    ensures is_within(r) && sticks{Pre, Post}(r);
    ensures \old(r->err) == READ_OK && r->err != READ_OK ==> r->err_offset == r->at - r->start;
    ensures r->err == READ_OK <==> \old(r->err == READ_OK && is_whole(r) && type_of(r->at[0]) == 't');
    ensures r->err == READ_OK ==> r->at == \old(r->at + length_of(r));
    ensures r->err == READ_OK ==> (\result <==> \old(value_of(r)) != 0);
    ensures r->err != READ_OK ==> r->at == \old(r->at) && !\result; */
bool read_bool(struct reader *r);

/*@ requires is_table && is_reader(r);
    assigns r->at, r->err, r->err_offset;
    ensures is_within(r) && sticks{Pre, Post}(r);
    ensures \old(r->err) == READ_OK && r->err != READ_OK ==> r->err_offset == r->at - r->start;
    ensures r->err == READ_OK <==> \old(r->err == READ_OK && is_whole(r) && type_of(r->at[0]) == '0');
    ensures r->err == READ_OK ==> r->at == \old(r->at + length_of(r));
    ensures r->err != READ_OK ==> r->at == \old(r->at); */
void read_nil(struct reader *r);

/*@ requires is_table && is_reader(r);
    assigns r->at, r->err, r->err_offset;
    ensures is_within(r) && sticks{Pre, Post}(r);
    behavior length:
        assumes r->err == READ_OK && is_length(r, 'm', 2, max);
        ensures r->err == READ_OK;
        ensures r->at == \old(r->at) + \old(length_of(r));
        ensures \result == \old(value_of(r));
    behavior none:
        assumes r->err != READ_OK || !is_length(r, 'm', 2, max);
        ensures r->at == \old(r->at) && \result == 0 && r->err != READ_OK;
        ensures \old(r->err) == READ_OK ==> r->err_offset == r->at - r->start;
    complete behaviors;
    disjoint behaviors; */
uint32_t read_map_any(struct reader *r, uint32_t max);

/*@ requires is_table && is_reader(r);
    assigns r->at, r->err, r->err_offset;
    ensures is_within(r) && sticks{Pre, Post}(r);
    behavior length:
        assumes r->err == READ_OK && is_length(r, 'a', 1, max);
        ensures r->err == READ_OK;
        ensures r->at == \old(r->at) + \old(length_of(r));
        ensures \result == \old(value_of(r));
    behavior none:
        assumes r->err != READ_OK || !is_length(r, 'a', 1, max);
        ensures r->at == \old(r->at) && \result == 0 && r->err != READ_OK;
        ensures \old(r->err) == READ_OK ==> r->err_offset == r->at - r->start;
    complete behaviors;
    disjoint behaviors; */
uint32_t read_array(struct reader *r, uint32_t max);

/*@ requires is_reader(r) && \valid(ret) && \base_addr(ret) != \base_addr(r);
    requires \base_addr(ret) != \base_addr(r->start);
    requires least == 0x80 && most == 0x8f || least == 0xa0 && most == 0xbf;
    assigns *ret;
    ensures \result ==> r->err == READ_OK;
    ensures \result ==> r->at < r->end;
    ensures \result ==> width_of(r->at[0]) == 0;
    ensures \result ==> type_of(r->at[0]) == (least == 0x80 ? 'm' : 's');
    ensures \result ==> *ret == value_of(r) && 0 <= value_of(r) <= 0x1f && *ret <= max; */
static inline bool short_length(const struct reader *r, uint8_t least, uint8_t most, uint32_t max,
                                uint32_t *ret);

/*@ requires is_table && is_reader(r);
    assigns r->at, r->err, r->err_offset;
    ensures is_within(r) && sticks{Pre, Post}(r);
    behavior length:
        assumes r->err == READ_OK && is_length(r, 'm', 2, max);
        ensures r->err == READ_OK;
        ensures r->at == \old(r->at) + \old(length_of(r));
        ensures \result == \old(value_of(r));
    behavior none:
        assumes r->err != READ_OK || !is_length(r, 'm', 2, max);
        ensures r->at == \old(r->at) && \result == 0 && r->err != READ_OK;
        ensures \old(r->err) == READ_OK ==> r->err_offset == r->at - r->start;
    complete behaviors;
    disjoint behaviors; */
static inline uint32_t read_map(struct reader *r, uint32_t max);

/*@ requires is_table && is_reader(r);
    requires type == 's' || type == 'b';
    assigns r->at, r->err, r->err_offset;
    ensures is_within(r) && sticks{Pre, Post}(r);
    behavior length:
        assumes r->err == READ_OK && is_length(r, type, 1, max);
        ensures r->err == READ_OK;
        ensures r->at == \old(r->at) + \old(length_of(r) + value_of(r));
        ensures \result.size == \old(value_of(r));
    behavior none:
        assumes r->err != READ_OK || !is_length(r, type, 1, max);
        ensures r->at == \old(r->at) && \result.size == 0 && r->err != READ_OK;
        ensures \old(r->err) == READ_OK ==> r->err_offset == r->at - r->start;
    complete behaviors;
    disjoint behaviors; */
static struct span read_bytes(struct reader *r, char type, uint32_t max);

/*@ requires is_table && is_reader(r);
    assigns r->at, r->err, r->err_offset;
    ensures is_within(r) && sticks{Pre, Post}(r);
    behavior length:
        assumes r->err == READ_OK && is_length(r, 's', 1, max_bytes);
        ensures r->err == READ_OK;
        ensures r->at == \old(r->at) + \old(length_of(r) + value_of(r));
        ensures \result.size == \old(value_of(r));
    behavior none:
        assumes r->err != READ_OK || !is_length(r, 's', 1, max_bytes);
        ensures r->at == \old(r->at) && \result.size == 0 && r->err != READ_OK;
        ensures \old(r->err) == READ_OK ==> r->err_offset == r->at - r->start;
    complete behaviors;
    disjoint behaviors; */
struct span read_string_any(struct reader *r, uint32_t max_bytes);

/*@ requires is_table && is_reader(r);
    assigns r->at, r->err, r->err_offset;
    ensures is_within(r) && sticks{Pre, Post}(r);
    behavior length:
        assumes r->err == READ_OK && is_length(r, 'b', 1, max_bytes);
        ensures r->err == READ_OK;
        ensures r->at == \old(r->at) + \old(length_of(r) + value_of(r));
        ensures \result.size == \old(value_of(r));
    behavior none:
        assumes r->err != READ_OK || !is_length(r, 'b', 1, max_bytes);
        ensures r->at == \old(r->at) && \result.size == 0 && r->err != READ_OK;
        ensures \old(r->err) == READ_OK ==> r->err_offset == r->at - r->start;
    complete behaviors;
    disjoint behaviors; */
struct span read_binary_any(struct reader *r, uint32_t max_bytes);

/*@ requires is_table && is_reader(r);
    assigns r->at, r->err, r->err_offset;
    ensures is_within(r) && sticks{Pre, Post}(r);
    behavior length:
        assumes r->err == READ_OK && is_length(r, 's', 1, max_bytes);
        ensures r->err == READ_OK;
        ensures r->at == \old(r->at) + \old(length_of(r) + value_of(r));
        ensures \result.size == \old(value_of(r));
    behavior none:
        assumes r->err != READ_OK || !is_length(r, 's', 1, max_bytes);
        ensures r->at == \old(r->at) && \result.size == 0 && r->err != READ_OK;
        ensures \old(r->err) == READ_OK ==> r->err_offset == r->at - r->start;
    complete behaviors;
    disjoint behaviors; */
static inline struct span read_string(struct reader *r, uint32_t max_bytes);

/*@ requires is_table && is_reader(r);
    assigns r->at, r->err, r->err_offset;
    ensures is_within(r) && sticks{Pre, Post}(r);
    behavior length:
        assumes r->err == READ_OK && is_length(r, 'b', 1, max_bytes);
        ensures r->err == READ_OK;
        ensures r->at == \old(r->at) + \old(length_of(r) + value_of(r));
        ensures \result.size == \old(value_of(r));
    behavior none:
        assumes r->err != READ_OK || !is_length(r, 'b', 1, max_bytes);
        ensures r->at == \old(r->at) && \result.size == 0 && r->err != READ_OK;
        ensures \old(r->err) == READ_OK ==> r->err_offset == r->at - r->start;
    complete behaviors;
    disjoint behaviors; */
static inline struct span read_binary(struct reader *r, uint32_t max_bytes);

/*@ requires is_reader(r);
    assigns r->err, r->err_offset;
    ensures is_within(r) && sticks{Pre, Post}(r) && \result == r->err;
    ensures \old(r->err) == READ_OK ==> r->err == (r->at == r->end ? READ_OK : READ_LEFTOVER); */
enum read_error reader_end(struct reader *r);

/*@ requires is_reader(r);
    requires \base_addr(from) == \base_addr(r->start) && r->start <= from <= r->end;
    assigns r->at, r->err, r->err_offset;
    ensures is_within(r) && r->at == from && r->err == READ_OK && r->err_offset == 0; */
void read_again(struct reader *r, const uint8_t *from);

// What passes over a value stays within the frame, whatever that says, and ends.
/*@ requires is_reader(r) && \valid_read(t) && \base_addr(t) != \base_addr(r);
    requires \base_addr(t->body) == \base_addr(r->end) && r->at < t->body <= r->end;
    requires r->err == READ_OK && r->at < r->end;
    requires t->type == 'X' ==> 0xd4 <= r->at[0];
    assigns r->at, r->err, r->err_offset;
    ensures is_within(r) && sticks{Pre, Post}(r);
    ensures \old(r->at) <= r->at;
    ensures r->err == READ_OK ==> \old(r->at) < r->at; */
static void pass_plain(struct reader *r, const struct token *t);

/*@ requires is_table && is_reader(r);
    decreases 2 * depth;
    assigns r->at, r->err, r->err_offset;
    ensures is_within(r) && sticks{Pre, Post}(r); */
static void pass_items(struct reader *r, uint64_t items, unsigned depth, bool foreign);

/*@ requires is_table && is_reader(r);
    decreases 2 * depth + 1;
    assigns r->at, r->err, r->err_offset;
    ensures is_within(r) && sticks{Pre, Post}(r); */
static void pass(struct reader *r, unsigned depth, bool foreign);

/*@ assigns \nothing;
    ensures \result <==> type == 'f' || type == 'x' || type == 'X'; */
static bool is_foreign(char type);
