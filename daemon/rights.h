/* rights - what each CURVE key may do, from the rights file.
 *
 * The file is YAML (docs/rights.example.yaml):
 *
 *     keys:
 *       - name: hospital-7
 *         public: "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
 *         person: Wang Fang
 *         sources: [hospital-7, "hospital-7.*"]
 *         kinds: [settlement, reversal]
 *         places: ["130207"]
 *         queries: [event, sources]
 *         commands: []
 *         alerts: "false"
 *
 * `person` is who holds the key; a machine's key has none.  Two keys of one person are one person.
 * Everything but `name` and `public` may be absent and is then nothing: a key may do
 * what its entry says and no more.  `*` ends a prefix of source names; "all" stands for
 * every kind, query or command; the place "" is the whole nation.
 *
 * A struct rights never changes.  The book holds the present one; readers hold it for as
 * long as they look at it, from any thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/inlet.h"
#include "fund/place.h"
#include "store/store.h"
#include "wire/net/net.h"
#include "wire/writer.h"

#define RIGHTS_KEYS_MAX  4096
#define RIGHTS_LIST_MAX  256    /* items in any list of one key */

struct grant;
struct rights;
struct rights_book;

/* 0 or -EINVAL, -ENOENT, …; *ret_error then says in a sentence what is wrong, with line and
 * column where there are any.  It is malloc'ed and the caller's. */
int rights_load(const char *path, struct rights **ret, char **ret_error);
/* Rights that let nobody in. */
struct rights *rights_none(void);

struct rights_book *rights_book_create(struct rights **rights_p);
void rights_book_destroy(struct rights_book **book_p);
void rights_book_replace(struct rights_book *book, struct rights **rights_p);
const struct rights *rights_hold(struct rights_book *book);
void rights_release(const struct rights *rights);

size_t rights_count(const struct rights *rights);

/* The grant of a public key in Z85; NULL if the key is not known (NULL never is).
 * Valid while the rights are held. */
const struct grant *rights_find(const struct rights *rights, const char *public_key);
/* The grant of whoever may open the ipc sockets: everything. */
const struct grant *rights_local(void);

/* What each entry says, for store_tell(): rights_count() of them.  -ENOMEM. */
int rights_tell(const struct rights *rights, struct in_force *told);

/* The index-th, in the order of the public keys; as many as rights_count(). */
const struct grant *rights_at(const struct rights *rights, size_t index);

const char *grant_name(const struct grant *grant);
/* "" for nobody by name. */
const char *grant_person(const struct grant *grant);
const char *grant_public(const struct grant *grant);
/* Writes what the entry says: name, public, person, sources, sources_max, kinds, places, queries, commands,
 * alerts. */
void grant_write(const struct grant *grant, struct writer *w);
bool grant_source(const struct grant *grant, const char *source);
/* What limits the names of a key whose right ends in '*'; none, max 0, for a name that stands there whole. */
#define SOURCES_MAX_DEFAULT 1024
struct name_quota grant_quota(const struct grant *grant, const char *name);
bool grant_kind(const struct grant *grant, unsigned kind);
bool grant_place(const struct grant *grant, uint32_t place);
/* True if every place is granted. */
bool grant_everywhere(const struct grant *grant);
/* True if all that begins with `prefix` is within one of the grant's places. */
bool grant_prefix(const struct grant *grant, struct place_prefix prefix);
/* True if the key may see what is kept of a source: its own, or it may see every place. */
bool grant_sees_source(const struct grant *grant, const char *source);
bool grant_query(const struct grant *grant, const char *query);
bool grant_command(const struct grant *grant, const char *command);
bool grant_alerts(const struct grant *grant);
/* True if the key has any business at this kind of socket. */
bool grant_role(const struct grant *grant, enum net_role role);
