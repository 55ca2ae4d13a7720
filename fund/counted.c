/* counted - a total, or groups that are newer and make up everybody. */
#include "fund/counted.h"

#include "fund/indicator.h"

struct counted counted_nothing(void)
{
    return (struct counted){
        .total = HEADS_UNKNOWN, .total_date = DATE_NONE, .groups = HEADS_UNKNOWN,
        .oldest = DATE_NONE, .newest = DATE_NONE,
    };
}

static bool make_up_everybody(const struct counted *counted)
{
    return counted->has_ordinary && !counted->lacks_group;
}

bool counted_by_groups(const struct counted *counted)
{
    if (counted->groups == HEADS_UNKNOWN)
        return false;
    return counted->total == HEADS_UNKNOWN
        || (make_up_everybody(counted) && counted->oldest > counted->total_date);
}

int64_t counted_heads(const struct counted *counted)
{
    return counted_by_groups(counted) ? counted->groups : counted->total;
}

bool counted_contradicts(const struct counted *counted)
{
    if (counted->total == HEADS_UNKNOWN || counted->groups == HEADS_UNKNOWN
        || counted->newest < counted->total_date)
        return false;
    return make_up_everybody(counted) ? counted->groups != counted->total
                                      : counted->groups > counted->total;
}
