#include "wire/hash.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "fund/event.h"

static_assert(SEEN_KEY_SIZE == crypto_shorthash_siphash24_KEYBYTES, "SipHash-2-4");
static_assert(crypto_shorthash_siphash24_BYTES == sizeof(uint64_t), "SipHash-2-4");

int hash_init(void)
{
    return sodium_init() < 0 ? -EIO : 0;
}

void hash_chain(const uint8_t previous[CHAIN_SIZE], const void *bytes, size_t size,
                uint8_t ret[CHAIN_SIZE])
{
    crypto_generichash_blake2b_state state;
    crypto_generichash_blake2b_init(&state, NULL, 0, CHAIN_SIZE);
    crypto_generichash_blake2b_update(&state, previous, CHAIN_SIZE);
    crypto_generichash_blake2b_update(&state, bytes, size);
    crypto_generichash_blake2b_final(&state, ret, CHAIN_SIZE);
}

void hash_digest(const void *bytes, size_t size, uint8_t ret[16])
{
    crypto_generichash_blake2b(ret, 16, bytes, size, NULL, 0);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

void hash_person(const uint8_t key[PERSON_KEY_SIZE], const char *psn_no, uint8_t ret[16])
{
    while (is_blank(*psn_no))
        psn_no++;
    size_t size = strlen(psn_no);
    while (size > 0 && is_blank(psn_no[size - 1]))
        size--;
    crypto_generichash_blake2b(ret, PERSON_SIZE, (const uint8_t *)psn_no, size, key, PERSON_KEY_SIZE);
    while (!event_person_is_hash(ret))
        crypto_generichash_blake2b(ret, PERSON_SIZE, ret, PERSON_SIZE, key, PERSON_KEY_SIZE);
}

uint64_t hash_seen(const uint8_t key[SEEN_KEY_SIZE], uint32_t issuer, const char *id,
                   size_t id_size)
{
    assert(id_size <= EVENT_ID_MAX);
    uint8_t input[sizeof issuer + EVENT_ID_MAX];
    uint8_t hash[crypto_shorthash_siphash24_BYTES];
    for (unsigned i = 0; i < sizeof issuer; i++)
        input[i] = (uint8_t)(issuer >> 8 * i);
    memcpy(input + sizeof issuer, id, id_size);
    crypto_shorthash_siphash24(hash, input, sizeof issuer + id_size, key);
    uint64_t n = 0;
    for (unsigned i = 0; i < sizeof hash; i++)
        n |= (uint64_t)hash[i] << 8 * i;
    return n;
}
