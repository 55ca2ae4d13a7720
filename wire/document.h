/* document - that a YAML file is one document.
 *
 * libcyaml reads the first and passes over the rest in silence: whoever edits a second
 * one would believe that it is in force.  For every program that reads YAML. */
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The line, from 1, at which a second document begins; 0 if there is none.  A
 * document begins with a line "---" behind anything but comments and directives. */
unsigned document_second(const char *text, size_t size);

#ifdef __cplusplus
}
#endif
