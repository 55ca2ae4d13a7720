/* wrap - a function that the linker puts in front of one of the system's, for every object of the
 * simulation. */
#pragma once

#define WRAPPED(type, name, parameters)                 \
    type __real_##name parameters;                      \
    type __wrap_##name parameters;                      \
    type __wrap_##name parameters
