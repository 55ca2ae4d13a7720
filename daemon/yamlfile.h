/* yamlfile - libcyaml with our rules: unknown keys refused, errors with line and column.
 *
 * Not called yaml_: libyaml has a yaml_free() of its own, which ours would replace. */
#pragma once

#include <cyaml/cyaml.h>

#define YAMLFILE_MAX (1024 * 1024)     /* bytes */

/* Loads `path` by `schema`.  0, or a negative errno with a sentence in *ret_error (malloc'ed,
 * the caller's).  A file that its group or others can write to is -EPERM.  Free *ret with yamlfile_free(). */
int yamlfile_load(const char *path, const cyaml_schema_value_t *schema, void **ret,
                  char **ret_error);
void yamlfile_free(const cyaml_schema_value_t *schema, void *data);

/* A sentence in memory of its own, NULL without memory. */
[[gnu::format(printf, 1, 2)]] char *yamlfile_sentence(const char *format, ...);
