/* SPDX-License-Identifier: BSD-2-Clause */
#include "subject_table.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Its default ends the process when memory is short. */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(entry) ((entry)->is_lost = true)
#include <uthash.h>

/* Home address and peer: as they stand in the subject, one behind the other. */
#define ADDRESSES_OCTETS (2 * sizeof(struct in6_addr))
_Static_assert(offsetof(struct abi_subject, peer) ==
		       offsetof(struct abi_subject, home_address) + sizeof(struct in6_addr),
	"the addresses of a subject are in one piece");

struct subject_prefix {
	struct abi_prefix key;
	bool is_set; /* since this daemon began */
};

/* Both keys stand in the subject itself. */
struct subject_entry {
	uint32_t place;
	bool is_adopted;
	bool is_lost; /* for want of memory in no table */
	uint32_t prefixes_count;
	struct subject_prefix *prefixes;
	UT_hash_handle hh; /* by addresses */
	UT_hash_handle by_number;
};

static struct subject_entry *entry_of(
	const struct subject_table *table, const struct abi_subject *subject)
{
	return &table->entries[subject - table->at];
}

struct abi_subject *subject_table_find(const struct subject_table *table, uint32_t number)
{
	struct subject_entry *entry;

	HASH_FIND(by_number, table->by_number, &number, sizeof(number), entry);
	return entry ? &table->at[entry->place] : NULL;
}

struct abi_subject *subject_table_of(const struct subject_table *table,
	const struct in6_addr *home_address, const struct in6_addr *peer)
{
	const struct in6_addr key[] = {*home_address, *peer};
	struct subject_entry *entry;

	HASH_FIND(hh, table->by_addresses, key, ADDRESSES_OCTETS, entry);
	return entry ? &table->at[entry->place] : NULL;
}

static struct abi_subject *referred(
	const struct subject_table *table, const struct abi_subject_ref *ref)
{
	struct abi_subject *subject = ref->subject < table->max ? &table->at[ref->subject] : NULL;

	return subject && subject->number != 0 && subject->generation == ref->generation ? subject
											 : NULL;
}

struct abi_subject *subject_table_of_address(
	const struct subject_table *table, const struct in6_addr *address)
{
	struct abi_subject *subject = subject_table_of(table, address, &in6addr_any);
	struct abi_subject_ref ref;

	if (subject)
		return subject;
	if (prefix_map_find(&table->prefixes, ABI_SIDE_HOME_AGENT, address, &ref) < 0 &&
		prefix_map_find(&table->prefixes, ABI_SIDE_MOBILE_NODE, address, &ref) < 0)
		return NULL;
	return referred(table, &ref);
}

/* ---- effects ---- */

static const uint8_t sides[] = {
	[SUBJECT_AT_HOME_AGENT] = ABI_SIDE_HOME_AGENT,
	[SUBJECT_AT_MOBILE_NODE] = ABI_SIDE_MOBILE_NODE,
	[SUBJECT_AT_CORRESPONDENT] = ABI_SIDE_CORRESPONDENT,
	[SUBJECT_DIRECT] = ABI_SIDE_DIRECT,
};

bool subject_table_is(const struct abi_subject *subject, const struct effect_subject *effect)
{
	return subject->number == effect->subject && subject->side == sides[effect->side] &&
	       map_address_equal(&subject->home_address, &effect->home_address) &&
	       map_address_equal(&subject->peer, &effect->peer);
}

struct effect_subject subject_table_effect(const struct abi_subject *subject)
{
	struct effect_subject ret = {.subject = subject->number};

	while (sides[ret.side] != subject->side)
		ret.side++;
	memcpy(&ret.home_address, &subject->home_address, sizeof(ret.home_address));
	memcpy(&ret.peer, &subject->peer, sizeof(ret.peer));
	return ret;
}

/* ---- prefixes ---- */

static struct abi_subject_ref ref_to(
	const struct subject_table *table, const struct abi_subject *subject)
{
	return (struct abi_subject_ref){
		.subject = (uint32_t)(subject - table->at),
		.generation = subject->generation,
	};
}

static struct subject_prefix *find_prefix(
	const struct subject_entry *entry, const struct abi_prefix *key)
{
	for (uint32_t i = 0; i < entry->prefixes_count; i++)
		if (memcmp(&entry->prefixes[i].key, key, sizeof(*key)) == 0)
			return &entry->prefixes[i];
	return NULL;
}

/* Its place, and that of those after it, is another one afterwards. */
static struct subject_prefix *remember_prefix(
	struct subject_entry *entry, const struct abi_prefix *key)
{
	struct subject_prefix *prefix = find_prefix(entry, key);

	if (prefix)
		return prefix;
	struct subject_prefix *prefixes =
		reallocarray(entry->prefixes, entry->prefixes_count + 1, sizeof(*entry->prefixes));
	if (!prefixes)
		return NULL;
	entry->prefixes = prefixes;
	prefix = &prefixes[entry->prefixes_count++];
	*prefix = (struct subject_prefix){.key = *key};
	return prefix;
}

static int remove_prefix(
	struct subject_table *table, struct subject_entry *entry, struct subject_prefix *prefix)
{
	const struct abi_subject_ref ref = ref_to(table, &table->at[entry->place]);
	int result = prefix_map_remove(&table->prefixes, &prefix->key, &ref);

	if (result == 0)
		*prefix = entry->prefixes[--entry->prefixes_count];
	return result;
}

int subject_table_prefix_set(struct subject_table *table, const struct abi_subject *subject,
	const struct in6_addr *address, uint8_t length)
{
	const struct abi_prefix key = prefix_key(subject->side, address, length);
	const struct abi_subject_ref ref = ref_to(table, subject);
	struct subject_prefix *prefix = remember_prefix(entry_of(table, subject), &key);

	if (!prefix)
		return -ENOMEM;
	prefix->is_set = true;
	return prefix_map_set(&table->prefixes, &key, &ref);
}

int subject_table_prefix_remove(struct subject_table *table, const struct abi_subject *subject,
	const struct in6_addr *address, uint8_t length)
{
	const struct abi_prefix key = prefix_key(subject->side, address, length);
	struct subject_entry *entry = entry_of(table, subject);
	struct subject_prefix *prefix = find_prefix(entry, &key);

	return prefix ? remove_prefix(table, entry, prefix) : -ENOENT;
}

void subject_table_sweep_prefixes(struct subject_table *table)
{
	for (uint32_t i = 0; i < table->max; i++) {
		struct subject_entry *entry = &table->entries[i];
		for (uint32_t j = entry->prefixes_count; entry->is_adopted && j-- > 0;)
			if (!entry->prefixes[j].is_set)
				remove_prefix(table, entry, &entry->prefixes[j]);
	}
}

/* ---- subjects ---- */

static struct abi_pair pair_of(const struct abi_subject *subject)
{
	return (struct abi_pair){
		.home_address = subject->home_address,
		.peer = subject->peer,
		.side = subject->side,
	};
}

static int publish_pair(struct subject_table *table, const struct abi_subject *subject)
{
	const struct abi_subject_ref ref = ref_to(table, subject);
	const struct abi_pair pair = pair_of(subject);

	if (!subject_has_peer(subject))
		return 0;
	return bpf_map_update_elem(table->pairs_fd, &pair, &ref, BPF_ANY) < 0 ? -errno : 0;
}

int subject_table_withdraw(struct subject_table *table, const struct abi_subject *subject)
{
	struct subject_entry *entry = entry_of(table, subject);
	const struct abi_pair pair = pair_of(subject);
	int result = 0;

	while (entry->prefixes_count > 0 && result == 0)
		result = remove_prefix(table, entry, &entry->prefixes[entry->prefixes_count - 1]);
	if (result == 0 && subject_has_peer(subject) &&
		bpf_map_delete_elem(table->pairs_fd, &pair) < 0 && errno != ENOENT)
		result = -errno;
	return result;
}

static int enter(struct subject_table *table, uint32_t place)
{
	struct subject_entry *entry = &table->entries[place];
	struct abi_subject *subject = &table->at[place];

	*entry = (struct subject_entry){.place = place};
	HASH_ADD_KEYPTR(
		hh, table->by_addresses, subject->home_address.octets, ADDRESSES_OCTETS, entry);
	if (entry->is_lost)
		return -ENOMEM;
	HASH_ADD_KEYPTR(
		by_number, table->by_number, &subject->number, sizeof(subject->number), entry);
	if (entry->is_lost)
		HASH_DELETE(hh, table->by_addresses, entry);
	return entry->is_lost ? -ENOMEM : 0;
}

static void clear(struct abi_subject *subject, const struct effect_subject *effect)
{
	const uint32_t generation = subject->generation + 1;

	memset(subject, 0, sizeof(*subject));
	subject->generation = generation;
	subject->side = sides[effect->side];
	memset(subject->all, 0xff, sizeof(subject->all));
	map_address_copy(&subject->home_address, &effect->home_address);
	map_address_copy(&subject->peer, &effect->peer);
}

void subject_table_free(struct subject_table *table, struct abi_subject *subject)
{
	struct subject_entry *entry = entry_of(table, subject);

	HASH_DELETE(hh, table->by_addresses, entry);
	HASH_DELETE(by_number, table->by_number, entry);
	map_store_u32(&subject->number, 0);
	free(entry->prefixes);
	entry->prefixes = NULL;
	slots_give(&table->free, entry->place);
}

int subject_table_add(
	struct subject_table *table, const struct effect_subject *effect, struct abi_subject **ret)
{
	uint32_t place;
	int result = slots_take(&table->free, &place);

	if (result < 0)
		return result;
	struct abi_subject *subject = &table->at[place];
	clear(subject, effect);
	map_store_u32(&subject->number, effect->subject);
	result = enter(table, place);
	if (result < 0) {
		map_store_u32(&subject->number, 0);
		slots_give(&table->free, place);
		return result;
	}
	result = publish_pair(table, subject);
	if (result < 0) {
		subject_table_free(table, subject);
		return result;
	}
	*ret = subject;
	return 0;
}

void subject_table_adopt(struct subject_table *table, const struct abi_subject *subject)
{
	entry_of(table, subject)->is_adopted = true;
}

bool subject_table_is_adopted(const struct subject_table *table, const struct abi_subject *subject)
{
	return entry_of(table, subject)->is_adopted;
}

/* ---- after a restart ---- */

/* The killed daemon may have been about to do it. */
static int publish(struct subject_table *table, const struct abi_subject *subject)
{
	struct in6_addr home_address;

	if (subject_has_peer(subject))
		return publish_pair(table, subject);
	memcpy(&home_address, &subject->home_address, sizeof(home_address));
	return subject_table_prefix_set(table, subject, &home_address, 128);
}

/* Two subjects with one number, or of the same addresses, are half of a change. */
static bool is_whole(const struct subject_table *table, const struct abi_subject *subject)
{
	struct in6_addr home_address, peer;

	memcpy(&home_address, &subject->home_address, sizeof(home_address));
	memcpy(&peer, &subject->peer, sizeof(peer));
	return subject->number != 0 && subject->side <= ABI_SIDE_DIRECT &&
	       !subject_table_find(table, subject->number) &&
	       !subject_table_of(table, &home_address, &peer);
}

static int restore(struct subject_table *table, uint32_t place)
{
	struct abi_subject *subject = &table->at[place];

	if (is_whole(table, subject)) {
		int result = enter(table, place);
		return result < 0 ? result : publish(table, subject);
	}
	map_store_u32(&subject->number, 0);
	slots_give(&table->free, place);
	return 0;
}

struct restoring {
	struct subject_table *table;
	int result;
};

/* Whether it stays. */
static bool restore_prefix(
	void *ctx, const struct abi_prefix *key, const struct abi_subject_ref *ref)
{
	struct restoring *restoring = ctx;
	struct abi_subject *subject = referred(restoring->table, ref);

	if (subject && !remember_prefix(entry_of(restoring->table, subject), key))
		restoring->result = -ENOMEM;
	return subject != NULL;
}

int subject_table_init(struct subject_table *table)
{
	struct restoring restoring = {.table = table};

	table->by_addresses = NULL;
	table->by_number = NULL;
	table->entries = calloc(table->max, sizeof(*table->entries));
	if (!table->entries)
		return -ENOMEM;
	int result = slots_init(&table->free, table->max);
	for (uint32_t i = 0; i < table->max && result == 0; i++)
		result = restore(table, i);
	if (result < 0)
		return result;
	result = prefix_map_each(&table->prefixes, restore_prefix, &restoring);
	return result < 0 ? result : restoring.result;
}

void subject_table_fini(struct subject_table *table)
{
	HASH_CLEAR(hh, table->by_addresses);
	HASH_CLEAR(by_number, table->by_number);
	for (uint32_t i = 0; table->entries && i < table->max; i++)
		free(table->entries[i].prefixes);
	free(table->entries);
	table->entries = NULL;
	slots_fini(&table->free);
}
