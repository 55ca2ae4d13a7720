/* suite - what each unit test program defines; main.c runs it. */
#pragma once

#include <check.h>

Suite *suite(void);
