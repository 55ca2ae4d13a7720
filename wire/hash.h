/* hash - the three hashes of fundwatch, over libsodium. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CHAIN_SIZE      32      /* bytes of the journal's chain */
#define PERSON_KEY_SIZE 32      /* bytes of an installation's key for persons */
#define SEEN_KEY_SIZE   16      /* bytes of a store's key for its index of seen ids */

/* 0, or -EIO if libsodium cannot start.  Call once, before the rest. */
int hash_init(void);

/* BLAKE2b-256 of previous and bytes together: the next link of the chain. */
void hash_chain(const uint8_t previous[CHAIN_SIZE], const void *bytes, size_t size,
                uint8_t ret[CHAIN_SIZE]);

/* BLAKE2b-128, unkeyed: digests of content. */
void hash_digest(const void *bytes, size_t size, uint8_t ret[16]);

/* BLAKE2b-128 under `key` over the person number with blanks at both ends
 * removed: the same person is the same 16 bytes at every source of an
 * installation.  What happens to look like text (event_person_is_hash()) would be refused,
 * so it is hashed again under the key until it does not.  Whoever holds the key can test a guess. */
void hash_person(const uint8_t key[PERSON_KEY_SIZE], const char *psn_no, uint8_t ret[16]);

/* SipHash-2-4 under the store's key: where (issuer, id) stands in the index of
 * seen ids.  A hit is always compared with the journal, so a collision costs
 * time and never an event. */
uint64_t hash_seen(const uint8_t key[SEEN_KEY_SIZE], uint32_t issuer, const char *id,
                   size_t id_size);

#ifdef __cplusplus
}
#endif
