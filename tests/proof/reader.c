/* What is proved of wire/reader.c: of what the integer decoder is made of.  The table is that of the
 * specification of MessagePack. */
#include <stdint.h>

/*@ logic integer as_signed(integer n, integer half) = n < half ? n : n - 2 * half;

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
        axiom truth:        \forall integer n; meaning_of(0xc2, n) == 0 && meaning_of(0xc3, n) == 1;
        axiom unsigned_or_length: \forall integer first, n;
            0xc4 <= first <= 0xcf || 0xd9 <= first <= 0xdf ==> meaning_of(first, n) == n;
        axiom signed_one:   \forall integer n; meaning_of(0xd0, n) == as_signed(n, 0x80);
        axiom signed_two:   \forall integer n; meaning_of(0xd1, n) == as_signed(n, 0x8000);
        axiom signed_four:  \forall integer n; meaning_of(0xd2, n) == as_signed(n, 0x80000000);
        axiom signed_eight: \forall integer n; meaning_of(0xd3, n) == as_signed(n, 0x8000000000000000);
        axiom none:         \forall integer first, n; 0xd4 <= first <= 0xd8 || 0xc0 <= first <= 0xc1 ==>
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
    } */

#include "wire/reader.c"

/*@ predicate is_within(struct reader *r) =
        \base_addr(r->start) == \base_addr(r->at) && \base_addr(r->at) == \base_addr(r->end) &&
        r->start <= r->at <= r->end && r->end - r->start <= PTRDIFF_MAX && r->err <= READ_KEY;

    predicate is_reader(struct reader *r) =
        is_within(r) && \valid(r) && \valid_read(r->start + (0 .. r->end - r->start - 1)) &&
        \separated(r, r->start + (0 .. r->end - r->start - 1));

    // The first error sticks.
    predicate sticks{Before, After}(struct reader *r) =
        \at(r->err, Before) != READ_OK ==>
        \at(r->err, After) == \at(r->err, Before) &&
        \at(r->err_offset, After) == \at(r->err_offset, Before); */

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
    ensures width == 1 ==> \result == (uint64_t)as_signed(n, 0x80);
    ensures width == 2 ==> \result == (uint64_t)as_signed(n, 0x8000);
    ensures width == 4 ==> \result == (uint64_t)as_signed(n, 0x80000000);
    ensures width == 8 ==> \result == n; */
static uint64_t sign_extend(uint64_t n, unsigned width);

/*@ requires first < 0xc0 || first >= 0xe0;
    assigns \nothing;
    ensures \result.type == type_of(first) && width_of(first) == 0 && \result.body == body;
    ensures \forall integer n; \result.n == (uint64_t)meaning_of(first, n);
    ensures \forall integer n; \result.negative <==> meaning_of(first, n) < 0; */
static struct token short_head(uint8_t first, const uint8_t *body);

/*@ requires is_reader(r) && \valid_read(t) && \base_addr(t) != \base_addr(r);
    requires unit == 1 || unit == 2;
    requires \base_addr(t->body) == \base_addr(r->end) && r->start <= t->body <= r->end;
    requires r->err == READ_OK;
    assigns r->err, r->err_offset;
    ensures is_within(r);
    ensures \result <==> t->n * unit <= r->end - t->body && t->n <= max;
    ensures r->err == (\result ? READ_OK : t->n * unit > r->end - t->body ? READ_TRUNCATED : READ_RANGE); */
static bool length_fits(struct reader *r, const struct token *t, unsigned unit, uint32_t max);

/*@ requires is_reader(r);
    assigns \nothing;
    ensures r->err == READ_OK ==> \result == r->end - r->at;
    ensures r->err != READ_OK ==> \result == 0; */
static inline size_t read_left(const struct reader *r);
