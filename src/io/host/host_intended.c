/* SPDX-License-Identifier: BSD-2-Clause */
#include "host_intended.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* By default uthash ends the process when memory is short. */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(entry) ((entry)->lost = true)
#include <uthash.h>

#define TABLE_MAIN 254

struct intended {
	struct intended_key key;
	struct intended_rest rest;
	struct put_back put_back;
	bool seen;
	bool lost;
	UT_hash_handle hh;
};

struct intended_key intended_address_key(
	uint32_t ifindex, const struct in6_addr *address, uint8_t prefix_length)
{
	return (struct intended_key){
		.kind = HOST_KIND_ADDRESS,
		.address = *address,
		.prefix_length = prefix_length,
		.ifindex = ifindex,
	};
}

struct intended_key intended_route_key(const struct host_route *route)
{
	return (struct intended_key){
		.kind = HOST_KIND_ROUTE,
		.address = route->prefix,
		.prefix_length = route->prefix_length,
		.table = route->table,
		.metric = route->metric,
		.ifindex = route->unreachable ? 0 : route->ifindex,
	};
}

struct intended_key intended_rule_key(const struct host_rule *rule)
{
	return (struct intended_key){
		.kind = HOST_KIND_RULE,
		.address = rule->source,
		.prefix_length = rule->source_length,
		.table = rule->table,
		.metric = rule->priority,
		.destination = rule->destination,
		.destination_length = rule->destination_length,
		.protocol = rule->protocol,
		.own_ports = rule->own_ports,
		.peer_ports = rule->peer_ports,
		.local = rule->local,
		.specific = rule->specific,
	};
}

struct host_rule intended_rule_of(const struct intended_key *key)
{
	return (struct host_rule){
		.source = key->address,
		.source_length = (uint8_t)key->prefix_length,
		.table = key->table,
		.priority = key->metric,
		.destination = key->destination,
		.destination_length = (uint8_t)key->destination_length,
		.protocol = (uint8_t)key->protocol,
		.own_ports = key->own_ports,
		.peer_ports = key->peer_ports,
		.local = key->local,
		.specific = key->specific,
	};
}

struct intended_rest intended_route_rest(const struct host_route *route)
{
	return (struct intended_rest){
		.via = route->via,
		.source = route->source,
		.unreachable = route->unreachable,
	};
}

static struct intended *find_intended(
	const struct intended_set *set, const struct intended_key *key)
{
	struct intended *found;

	HASH_FIND(hh, set->objects, key, sizeof(*key), found);
	return found;
}

bool intended_has(const struct intended_set *set, const struct intended_key *key)
{
	return find_intended(set, key) != NULL;
}

void intended_add(
	struct intended_set *set, const struct intended_key *key, const struct intended_rest *rest)
{
	struct intended *object = find_intended(set, key);

	if (object) {
		object->rest = *rest;
		return;
	}
	object = calloc(1, sizeof(*object));
	if (object) {
		object->key = *key;
		object->rest = *rest;
		HASH_ADD(hh, set->objects, key, sizeof(object->key), object);
	}
	if (!object || object->lost) {
		free(object);
		set->incomplete = true;
	}
}

static void forget(struct intended_set *set, struct intended *object)
{
	HASH_DEL(set->objects, object);
	free(object);
}

void intended_remove(struct intended_set *set, const struct intended_key *key)
{
	struct intended *object = find_intended(set, key);

	if (object)
		forget(set, object);
}

void intended_clear(struct intended_set *set)
{
	struct intended *object, *next;

	HASH_ITER(hh, set->objects, object, next)
	forget(set, object);
}

/* ---- comparison ---- */

void intended_begin(struct intended_set *set)
{
	for (struct intended *object = set->objects; object; object = object->hh.next)
		object->seen = false;
}

void intended_seen(
	struct intended_set *set, const struct intended_key *key, const struct intended_rest *rest)
{
	struct intended *object = find_intended(set, key);

	if (object && memcmp(&object->rest, rest, sizeof(*rest)) == 0)
		object->seen = true;
}

void intended_end(struct intended_set *set)
{
	for (struct intended *object = set->objects; object; object = object->hh.next)
		object->put_back.missing = !object->seen;
}

void intended_put_back(struct intended_set *set, uint64_t now,
	int (*put)(void *ctx, const struct intended_key *, const struct intended_rest *), void *ctx,
	put_back_handler *tell, void *tell_ctx, uint64_t *ret_again)
{
	char text[INTENDED_TEXT_MAX];

	for (struct intended *object = set->objects; object; object = object->hh.next) {
		struct put_back *state = &object->put_back;

		if (state->missing && put_back_when(state) <= now) {
			put_back_tried(state, now, put(ctx, &object->key, &object->rest));
			intended_text(&object->key, &object->rest, text);
			tell(tell_ctx, text, state);
		}
		if (state->missing && put_back_when(state) < *ret_again)
			*ret_again = put_back_when(state);
	}
}

void intended_each(const struct intended_set *set, bool all, put_back_handler *each, void *ctx)
{
	char text[INTENDED_TEXT_MAX];

	for (struct intended *object = set->objects; object; object = object->hh.next) {
		if (!object->put_back.missing && !all)
			continue;
		intended_text(&object->key, &object->rest, text);
		each(ctx, text, &object->put_back);
	}
}

/* ---- rules of others ---- */

static bool can_match(const struct host_foreign_rule *rule, const struct in6_addr *source)
{
	size_t whole = rule->source_length / 8;
	uint8_t rest = (uint8_t)(0xff00 >> rule->source_length % 8);

	if (rule->source_length > 128 || memcmp(&rule->source, source, whole) != 0)
		return false;
	return rest == 0 || ((rule->source.s6_addr[whole] ^ source->s6_addr[whole]) & rest) == 0;
}

/* The kernel looks at rules of equal priority in the order in which they were added: a foreign rule
 * of our priority counts as before ours. */
bool intended_rule_after(const struct intended_set *set, const struct in6_addr *source,
	struct host_foreign_rule *rule)
{
	if (!can_match(rule, source))
		return false;
	for (const struct intended *object = set->objects; object; object = object->hh.next) {
		const struct intended_key *key = &object->key;

		if (key->kind != HOST_KIND_RULE || key->prefix_length != 128 ||
			rule->priority > key->metric ||
			memcmp(&key->address, source, sizeof(*source)) != 0)
			continue;
		rule->our_priority = key->metric;
		return true;
	}
	return false;
}

/* ---- text ---- */

static void ports_text(const char *name, const struct host_ports *ports, char ret[32])
{
	ret[0] = '\0';
	if (ports->first != 0)
		snprintf(ret, 32, " %s %u-%u", name, ports->first, ports->last);
}

static void rule_text(
	const struct intended_key *key, const char *source, char ret[INTENDED_TEXT_MAX])
{
	char to[INET6_ADDRSTRLEN + 8] = "", destination[INET6_ADDRSTRLEN];
	char own_ports[32], peer_ports[32], protocol[24] = "";

	if (key->destination_length != 0)
		snprintf(to, sizeof(to), " to %s/%u",
			inet_ntop(AF_INET6, &key->destination, destination, sizeof(destination)),
			key->destination_length);
	if (key->protocol != 0)
		snprintf(protocol, sizeof(protocol), " ipproto %u", key->protocol);
	ports_text("sport", &key->own_ports, own_ports);
	ports_text("dport", &key->peer_ports, peer_ports);
	snprintf(ret, INTENDED_TEXT_MAX, "rule from %s%s%s%s%s%s lookup %u%s priority %u", source,
		to, key->local ? " iif lo" : "", protocol, own_ports, peer_ports, key->table,
		key->specific ? " suppress_prefixlength 0" : "", key->metric);
}

static void route_text(const struct intended_key *key, const struct intended_rest *rest,
	const char *prefix, char ret[INTENDED_TEXT_MAX])
{
	char name[IF_NAMESIZE] = "", table[32] = "";

	if (key->table != TABLE_MAIN)
		snprintf(table, sizeof(table), " table %u", key->table);
	if (rest->unreachable) {
		snprintf(ret, INTENDED_TEXT_MAX, "route unreachable %s%s", prefix, table);
		return;
	}
	if (!if_indextoname(key->ifindex, name))
		snprintf(name, sizeof(name), "%u", key->ifindex);
	snprintf(ret, INTENDED_TEXT_MAX, "route %s dev %s%s", prefix, name, table);
}

void intended_text(const struct intended_key *key, const struct intended_rest *rest,
	char ret[INTENDED_TEXT_MAX])
{
	char name[IF_NAMESIZE] = "", address[INET6_ADDRSTRLEN], prefix[INET6_ADDRSTRLEN + 8];

	inet_ntop(AF_INET6, &key->address, address, sizeof(address));
	snprintf(prefix, sizeof(prefix), "%s/%u", address, key->prefix_length);
	switch ((enum host_kind)key->kind) {
	case HOST_KIND_ADDRESS:
		if (!if_indextoname(key->ifindex, name))
			snprintf(name, sizeof(name), "%u", key->ifindex);
		snprintf(ret, INTENDED_TEXT_MAX, "address %s dev %s", prefix, name);
		break;
	case HOST_KIND_ROUTE:
		route_text(key, rest, key->prefix_length == 0 ? "default" : prefix, ret);
		break;
	case HOST_KIND_RULE:
		rule_text(key, key->prefix_length == 0 ? "all" : address, ret);
		break;
	}
}
