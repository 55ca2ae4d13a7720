/* main - runs the one suite of a unit test program. */
#include <check.h>
#include <stdlib.h>

#include "tests/suite.h"

/* Only a test that hangs takes as long: under sanitizers, on a machine that others use, one of a
 * second may take a minute. */
#define HANGS_S "600"

int main(void)
{
    setenv("CK_DEFAULT_TIMEOUT", HANGS_S, 0);
    SRunner *runner = srunner_create(suite());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
