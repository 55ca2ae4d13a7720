/* Key files: of CURVE and of persons; the first byte says which.
 *
 * A CURVE key that is taken is written as a file that is taken as the same.  Of a file of persons' keys
 * every line is a key, a comment or empty: as many keys are taken as there are lines of the first sort. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "producers/person_key.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/input.h"
#include "wire/net/net.h"

static void curve(const uint8_t *bytes, size_t size)
{
    struct net_key key, back;
    char path[128];
    int err = net_key_read(input_file(bytes, size), &key);
    assert(err == 0 || err == -EINVAL || err == -EFBIG);
    if (err != 0)
        return;
    bool secret = key.secret_key[0] != '\0';
    snprintf(path, sizeof path, "%s/key", input_folder());
    unlink(path);
    err = net_key_write(path, &key, secret);
    assert(err == 0);
    err = net_key_read(path, &back);
    assert(err == 0 && strcmp(back.name, key.name) == 0 && strcmp(back.public_key, key.public_key) == 0
           && strcmp(back.secret_key, key.secret_key) == 0);
}

static unsigned count_lines(const uint8_t *bytes, size_t size)
{
    unsigned lines = 0;
    for (size_t i = 0; i < size; i++) {
        bool begins = i == 0 || bytes[i - 1] == '\n';
        lines += begins && bytes[i] != '#' && bytes[i] != '\n';
    }
    return lines;
}

static void persons(const uint8_t *bytes, size_t size)
{
    struct person_keys keys;
    const char *error = NULL;
    int err = person_keys_read(input_file(bytes, size), &keys, &error);
    assert(err == 0 || (err == -EILSEQ && error != NULL));
    if (err != 0)
        return;
    assert(keys.count >= 1 && keys.count == count_lines(bytes, size));
    assert(memchr(bytes, '\0', size) == NULL);
    for (unsigned i = 0; i < keys.count; i++)
        assert(keys.keys[i].number > 0 && (i == 0 || keys.keys[i].from > keys.keys[i - 1].from));
}

FUZZER(key)
{
    struct parts parts = { bytes, size };
    if (take_byte(&parts) & 1)
        persons(parts.at, parts.left);
    else
        curve(parts.at, parts.left);
}
