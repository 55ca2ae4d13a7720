/* What is proved of fund/wide.h, at half its width: its promises, and that no step overflows. */
#include "tests/proof/half.h"
#include "tests/proof/wide.h"
