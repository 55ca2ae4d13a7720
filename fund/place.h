/* place - where a fund is: administrative division, scheme, and the two together.
 *
 * A place is a 6-digit code of GB/T 2260 (行政区划代码, `admdvs`): 2 digits
 * province, 2 city, 2 county.  Prefixes nest: 1302 means Tangshan and
 * all its counties.  A scheme (险种, `insutype`) is 390, residents, or 310,
 * employees.  A fund is a place and a scheme, written "130207/390". */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PLACE_MIN 110000
#define PLACE_MAX 829999

enum scheme {
    SCHEME_EMPLOYEE = 310,      /* 职工基本医疗保险 */
    SCHEME_RESIDENT = 390,      /* 城乡居民基本医疗保险 */
};

struct fund {
    uint32_t place;             /* PLACE_MIN to PLACE_MAX */
    uint16_t scheme;            /* an enum scheme */
};

enum place_level { PLACE_PROVINCE, PLACE_CITY, PLACE_COUNTY };

enum place_level place_level(uint32_t place);

bool fund_equal(struct fund a, struct fund b);

/* True if place and scheme are in the ranges above. */
bool fund_valid(struct fund fund);

/* Reads "130207/390", nothing before or after it.  False for anything else. */
bool fund_parse(const char *text, struct fund *ret);
bool fund_parse_n(const char *text, uint32_t length, struct fund *ret);

#define FUND_TEXT_MAX 16
const char *fund_format(struct fund fund, char *text);

/* A prefix of place codes: 0, 2, 4 or 6 digits; 0 digits is the nation. */
struct place_prefix {
    uint32_t code;              /* the digits given, 13 or 1302 or 130207 */
    uint8_t digits;             /* 0, 2, 4 or 6 */
};

/* Reads "", "13", "1302" or "130207", of places from PLACE_MIN to PLACE_MAX.
 * False for anything else. */
bool place_prefix_parse(const char *text, struct place_prefix *ret);
bool place_within(uint32_t place, struct place_prefix prefix);

#ifdef __cplusplus
}
#endif
