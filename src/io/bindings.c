/* SPDX-License-Identifier: BSD-2-Clause */
#include "bindings.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <netinet/ip6.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Its default ends the process when memory is short. */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(entry) ((entry)->number = ABI_NO_NODE)
#include <uthash.h>

/* Home address and peer: as they stand in the node, one behind the other. */
#define KEY_OCTETS (2 * sizeof(struct in6_addr))
_Static_assert(offsetof(struct abi_node, peer) ==
		       offsetof(struct abi_node, home_address) + sizeof(struct in6_addr),
	"the key of a node is in one piece");
_Static_assert(sizeof(struct abi_route_key) == KEY_OCTETS, "the same key as in the map");

/* The key stands in the node itself. */
struct bindings_entry {
	uint32_t number;
	UT_hash_handle hh;
};

/* ---- writing what the tc programs read ---- */

static void store_u32(__u32 *to, uint32_t value)
{
	__atomic_store_n(to, value, __ATOMIC_RELEASE);
}

static void store_u8(__u8 *to, uint8_t value)
{
	__atomic_store_n(to, value, __ATOMIC_RELEASE);
}

static void store_u64(__u64 *to, uint64_t value)
{
	__atomic_store_n(to, value, __ATOMIC_RELEASE);
}

static uint64_t load_u64(const __u64 *from)
{
	return __atomic_load_n(from, __ATOMIC_RELAXED);
}

/* Readers that see an odd generation, or two different ones, take the tunnel for absent. */
static void write_begin(struct abi_tunnel *tunnel)
{
	__atomic_store_n(&tunnel->generation, tunnel->generation + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

static void write_end(struct abi_tunnel *tunnel)
{
	store_u32(&tunnel->generation, tunnel->generation + 1);
}

static bool equal(const struct abi_address *address, const struct in6_addr *other)
{
	return memcmp(address, other, sizeof(*address)) == 0;
}

static void copy(struct abi_address *to, const struct in6_addr *from)
{
	memcpy(to, from, sizeof(*to));
}

/* ---- which of a node's tunnels ---- */

static int place_in(const uint32_t places[ABI_TUNNELS_PER_NODE], uint32_t number)
{
	for (int i = 0; i < ABI_TUNNELS_PER_NODE; i++) {
		if (places[i] == number)
			return i;
	}
	return -1;
}

static uint32_t number_of(
	const struct bindings *bindings, const struct abi_node *node, uint16_t bid)
{
	for (int i = 0; i < ABI_TUNNELS_PER_NODE; i++) {
		uint32_t number = node->all[i];
		if (number != ABI_NO_TUNNEL && bindings->tunnels[number].bid == bid)
			return number;
	}
	return ABI_NO_TUNNEL;
}

static bool before(const struct abi_tunnel *a, const struct abi_tunnel *b)
{
	return a->priority != b->priority ? a->priority < b->priority : a->bid < b->bid;
}

static bool is_held(const struct abi_tunnel *tunnel)
{
	return (tunnel->flags & ABI_TUNNEL_HELD) != 0;
}

static bool is_home_link(const struct abi_tunnel *tunnel)
{
	return (tunnel->flags & ABI_TUNNEL_HOME_LINK) != 0;
}

/*
 * Puts the node's order right after one of its tunnels changed. A reader in between may see a
 * tunnel twice or one missing, and sends by one that is usable all the same.
 */
static void write_order(struct bindings *bindings, struct abi_node *node)
{
	uint32_t order[ABI_TUNNELS_PER_NODE];
	uint32_t count = 0;
	uint32_t equally_good = 0;

	for (int i = 0; i < ABI_TUNNELS_PER_NODE; i++) {
		uint32_t number = node->all[i];
		if (number == ABI_NO_TUNNEL || is_held(&bindings->tunnels[number]))
			continue;
		uint32_t at = count++;
		for (; at > 0 &&
			before(&bindings->tunnels[number], &bindings->tunnels[order[at - 1]]);
			at--)
			order[at] = order[at - 1];
		order[at] = number;
	}
	while (equally_good < count && bindings->tunnels[order[equally_good]].priority ==
					       bindings->tunnels[order[0]].priority)
		equally_good++;
	if (equally_good > 1 && bindings->tunnels[order[0]].priority == PRIORITY_NONE)
		equally_good = 0;
	if (count < node->usable)
		store_u32(&node->usable, count);
	if (equally_good < node->equal)
		store_u32(&node->equal, equally_good);
	for (uint32_t i = 0; i < ABI_TUNNELS_PER_NODE; i++)
		store_u32(&node->order[i], i < count ? order[i] : ABI_NO_TUNNEL);
	store_u32(&node->usable, count);
	store_u32(&node->equal, equally_good);
}

/* ---- nodes ---- */

static struct abi_route_key key_of(const struct in6_addr *home_address, const struct in6_addr *peer)
{
	struct abi_route_key key;

	copy(&key.home_address, home_address);
	copy(&key.peer, peer);
	return key;
}

static struct bindings_entry *find(const struct bindings *bindings,
	const struct in6_addr *home_address, const struct in6_addr *peer)
{
	const struct abi_route_key key = key_of(home_address, peer);
	struct bindings_entry *entry;

	HASH_FIND(hh, bindings->by_key, &key, KEY_OCTETS, entry);
	return entry;
}

const struct abi_node *bindings_node(const struct bindings *bindings,
	const struct in6_addr *home_address, const struct in6_addr *peer)
{
	const struct bindings_entry *entry = find(bindings, home_address, peer);

	return entry ? &bindings->nodes[entry->number] : NULL;
}

/* Enters the node under its home address and peer. */
static int remember(struct bindings *bindings, uint32_t number)
{
	struct bindings_entry *entry = &bindings->entries[number];
	struct abi_node *node = &bindings->nodes[number];

	entry->number = number;
	HASH_ADD_KEYPTR(hh, bindings->by_key, node->home_address.octets, KEY_OCTETS, entry);
	return entry->number == number ? 0 : -ENOMEM;
}

static bool has_peer(const struct abi_node *node)
{
	return !equal(&node->peer, &in6addr_any);
}

/* Lets the tc programs find the node. */
static int publish(struct bindings *bindings, uint32_t number)
{
	const struct abi_node *node = &bindings->nodes[number];
	int result = has_peer(node) ? bpf_map_update_elem(bindings->routes_fd, &node->home_address,
					      &number, BPF_ANY)
				    : bpf_map_update_elem(bindings->homes_fd, &node->home_address,
					      &number, BPF_ANY);

	return result < 0 ? -errno : 0;
}

static int withdraw(struct bindings *bindings, const struct abi_node *node)
{
	int map = has_peer(node) ? bindings->routes_fd : bindings->homes_fd;

	return bpf_map_delete_elem(map, &node->home_address) < 0 && errno != ENOENT ? -errno : 0;
}

/* Number 0 is kept for a way by the home agent: a mobile node's own (icmpv6.h). */
static int number_take(struct bindings *bindings, bool for_peer, uint32_t *ret)
{
	if (for_peer || !bindings->first_is_free)
		return slots_take(&bindings->free_nodes, ret);
	bindings->first_is_free = false;
	*ret = 0;
	return 0;
}

static void number_give(struct bindings *bindings, uint32_t number)
{
	if (number == 0)
		bindings->first_is_free = true;
	else
		slots_give(&bindings->free_nodes, number);
}

static void clear_node(
	struct abi_node *node, const struct in6_addr *home_address, const struct in6_addr *peer)
{
	memset(node, 0, sizeof(*node));
	memset(node->order, 0xff, sizeof(node->order));
	memset(node->all, 0xff, sizeof(node->all));
	copy(&node->home_address, home_address);
	copy(&node->peer, peer);
}

static int node_new(struct bindings *bindings, const struct in6_addr *home_address,
	const struct in6_addr *peer, struct abi_node **ret)
{
	uint32_t number;
	int result = number_take(bindings, !IN6_IS_ADDR_UNSPECIFIED(peer), &number);

	if (result < 0)
		return result;
	struct abi_node *node = &bindings->nodes[number];
	clear_node(node, home_address, peer);
	result = remember(bindings, number);
	if (result < 0)
		goto give_back;
	store_u32(&node->in_use, 1);
	result = publish(bindings, number);
	if (result < 0)
		goto forget;
	*ret = node;
	return 0;

forget:
	store_u32(&node->in_use, 0);
	HASH_DELETE(hh, bindings->by_key, &bindings->entries[number]);
give_back:
	number_give(bindings, number);
	return result;
}

static int node_need(struct bindings *bindings, const struct in6_addr *home_address,
	const struct in6_addr *peer, struct abi_node **ret)
{
	const struct bindings_entry *entry = find(bindings, home_address, peer);

	if (!entry)
		return node_new(bindings, home_address, peer, ret);
	*ret = &bindings->nodes[entry->number];
	return 0;
}

int bindings_node_set(struct bindings *bindings, const struct effect_node *effect)
{
	struct abi_node *node;

	/* Without a tunnel nobody would ever take it away. */
	if (!IN6_IS_ADDR_UNSPECIFIED(&effect->peer) &&
		!find(bindings, &effect->home_address, &effect->peer))
		return 0;
	int result = node_need(bindings, &effect->home_address, &effect->peer, &node);

	if (result < 0)
		return result;
	node->sequence = effect->sequence;
	node->replay_accepted = effect->replay_accepted;
	return 0;
}

/* ---- tunnels ---- */

const struct abi_tunnel *bindings_tunnel(const struct bindings *bindings,
	const struct in6_addr *home_address, const struct in6_addr *peer, uint16_t bid)
{
	const struct abi_node *node = bindings_node(bindings, home_address, peer);
	uint32_t number = node ? number_of(bindings, node, bid) : ABI_NO_TUNNEL;

	return number == ABI_NO_TUNNEL ? NULL : &bindings->tunnels[number];
}

/* Which ABI_TUNNEL_... belong to the ends: what sending does depends on them. */
#define ENDS_FLAGS                                                                                 \
	(ABI_TUNNEL_HOME_LINK | ABI_TUNNEL_FRAMED | ABI_TUNNEL_TO_CORRESPONDENT |                  \
		ABI_TUNNEL_TO_MOBILE_NODE)

static uint8_t flags_of(const struct effect_tunnel *effect)
{
	uint8_t flags = effect->usable ? 0 : ABI_TUNNEL_HELD;

	switch (effect->kind) {
	case TUNNEL_HOME_LINK:
		flags |= ABI_TUNNEL_HOME_LINK | (effect->framed ? ABI_TUNNEL_FRAMED : 0);
		break;
	case TUNNEL_TO_CORRESPONDENT:
		flags |= ABI_TUNNEL_TO_CORRESPONDENT;
		break;
	case TUNNEL_TO_MOBILE_NODE:
		flags |= ABI_TUNNEL_TO_MOBILE_NODE;
		break;
	default:
		break;
	}
	return flags;
}

static bool is_known(const struct in6_addr *address)
{
	return address && !IN6_IS_ADDR_UNSPECIFIED(address);
}

/* On the home link the other end is a neighbour, if no router is named. */
static struct in6_addr next_hop_of(
	const struct effect_tunnel *effect, const struct in6_addr *next_hop)
{
	struct in6_addr result = IN6ADDR_ANY_INIT;

	if (effect->kind == TUNNEL_HOME_LINK && effect->framed)
		memcpy(&result, effect->link_layer, sizeof(effect->link_layer));
	else if (effect->ifindex != 0 && is_known(next_hop))
		result = *next_hop;
	else if (effect->kind == TUNNEL_HOME_LINK)
		result = effect->remote;
	return result;
}

static bool is_direct(const struct abi_tunnel *tunnel)
{
	return (tunnel->flags & (ABI_TUNNEL_TO_CORRESPONDENT | ABI_TUNNEL_TO_MOBILE_NODE)) != 0;
}

/* Packets of a tunnel are by one header smaller than those of the link; by the direct way, by the
 * extension header. */
static uint32_t mtu_of(const struct abi_tunnel *tunnel, uint32_t inner)
{
	const uint32_t link = inner + (uint32_t)sizeof(struct ip6_hdr);

	if (is_home_link(tunnel))
		return link;
	return is_direct(tunnel) ? link - ABI_EXTENSION_OCTETS : inner;
}

static void write_ends(struct bindings *bindings, struct abi_tunnel *tunnel,
	const struct effect_tunnel *effect, const struct in6_addr *next_hop)
{
	copy(&tunnel->local, &effect->local);
	copy(&tunnel->remote, &effect->remote);
	copy(&tunnel->next_hop, next_hop);
	tunnel->ifindex = effect->ifindex;
	store_u8(&tunnel->flags, flags_of(effect));
	tunnel->mtu = mtu_of(tunnel, bindings->default_mtu);
}

static bool same_ends(const struct abi_tunnel *tunnel, const struct effect_tunnel *effect,
	const struct in6_addr *next_hop)
{
	return equal(&tunnel->remote, &effect->remote) && equal(&tunnel->local, &effect->local) &&
	       equal(&tunnel->next_hop, next_hop) && tunnel->ifindex == effect->ifindex &&
	       ((tunnel->flags ^ flags_of(effect)) & ENDS_FLAGS) == 0;
}

static int tunnel_new(struct bindings *bindings, struct abi_node *node,
	const struct effect_tunnel *effect, const struct in6_addr *next_hop)
{
	int place = place_in(node->all, ABI_NO_TUNNEL);
	uint32_t number;

	if (place < 0)
		return -ENOSPC;
	int result = slots_take(&bindings->free_tunnels, &number);
	if (result < 0)
		return result;
	struct abi_tunnel *tunnel = &bindings->tunnels[number];
	write_begin(tunnel);
	uint32_t generation = tunnel->generation;
	*tunnel = (struct abi_tunnel){
		.expires = effect->expires,
		.node = (uint32_t)(node - bindings->nodes),
		.generation = generation,
		.bid = effect->bid,
		.priority = effect->priority,
	};
	write_ends(bindings, tunnel, effect, next_hop);
	write_end(tunnel);
	store_u32(&node->all[place], number);
	write_order(bindings, node);
	return 0;
}

static void hold(struct bindings *bindings, struct abi_node *node, struct abi_tunnel *tunnel)
{
	store_u8(&tunnel->flags, tunnel->flags | ABI_TUNNEL_HELD);
	write_order(bindings, node);
}

/* The path is another one if its ends are, and may carry more. */
static void tunnel_change(struct bindings *bindings, struct abi_node *node, uint32_t number,
	const struct effect_tunnel *effect, const struct in6_addr *next_hop)
{
	struct abi_tunnel *tunnel = &bindings->tunnels[number];
	bool was_held = is_held(tunnel);

	/* No longer usable: before readers find it changed. */
	if (!was_held && !effect->usable)
		hold(bindings, node, tunnel);
	if (!same_ends(tunnel, effect, next_hop)) {
		write_begin(tunnel);
		write_ends(bindings, tunnel, effect, next_hop);
		write_end(tunnel);
	}
	store_u64(&tunnel->expires, effect->expires);
	if (tunnel->priority != effect->priority || was_held == effect->usable) {
		tunnel->priority = effect->priority;
		store_u8(&tunnel->flags, flags_of(effect));
		write_order(bindings, node);
	}
}

static void tunnel_free(struct bindings *bindings, struct abi_node *node, uint32_t number)
{
	struct abi_tunnel *tunnel = &bindings->tunnels[number];

	hold(bindings, node, tunnel);
	store_u32(&node->all[place_in(node->all, number)], ABI_NO_TUNNEL);
	write_begin(tunnel);
	tunnel->node = ABI_NO_NODE;
	write_end(tunnel);
	slots_give(&bindings->free_tunnels, number);
}

static int node_free(struct bindings *bindings, struct abi_node *node)
{
	uint32_t number = (uint32_t)(node - bindings->nodes);
	int result = withdraw(bindings, node);

	if (result < 0)
		return result;
	for (int i = 0; i < ABI_TUNNELS_PER_NODE; i++) {
		if (node->all[i] != ABI_NO_TUNNEL)
			tunnel_free(bindings, node, node->all[i]);
	}
	store_u32(&node->in_use, 0);
	HASH_DELETE(hh, bindings->by_key, &bindings->entries[number]);
	number_give(bindings, number);
	return 0;
}

static bool has_tunnels(const struct abi_node *node)
{
	for (int i = 0; i < ABI_TUNNELS_PER_NODE; i++) {
		if (node->all[i] != ABI_NO_TUNNEL)
			return true;
	}
	return false;
}

/* What is known of a correspondent, or to one, goes with its last tunnel. */
static int node_release(struct bindings *bindings, struct abi_node *node)
{
	return has_peer(node) && !has_tunnels(node) ? node_free(bindings, node) : 0;
}

int bindings_tunnel_set(struct bindings *bindings, const struct effect_tunnel *effect,
	const struct in6_addr *next_hop)
{
	const struct in6_addr hop = next_hop_of(effect, next_hop);
	struct abi_node *node;
	int result = node_need(bindings, &effect->home_address, &effect->peer, &node);

	if (result < 0)
		return result;
	uint32_t number = number_of(bindings, node, effect->bid);
	if (number != ABI_NO_TUNNEL) {
		tunnel_change(bindings, node, number, effect, &hop);
		return 0;
	}
	result = tunnel_new(bindings, node, effect, &hop);
	if (result < 0)
		node_release(bindings, node);
	return result;
}

int bindings_tunnel_remove(struct bindings *bindings, const struct in6_addr *home_address,
	const struct in6_addr *peer, uint16_t bid)
{
	const struct bindings_entry *entry = find(bindings, home_address, peer);

	if (!entry)
		return -ENOENT;
	struct abi_node *node = &bindings->nodes[entry->number];
	uint32_t number = number_of(bindings, node, bid);
	if (number == ABI_NO_TUNNEL)
		return -ENOENT;
	tunnel_free(bindings, node, number);
	return node_release(bindings, node);
}

int bindings_tunnel_mtu(struct bindings *bindings, const struct in6_addr *home_address,
	const struct in6_addr *peer, const struct in6_addr *remote, uint32_t mtu)
{
	const struct abi_node *node = bindings_node(bindings, home_address, peer);
	int result = -ENOENT;

	for (int i = 0; node && i < ABI_TUNNELS_PER_NODE; i++) {
		if (node->all[i] == ABI_NO_TUNNEL)
			continue;
		struct abi_tunnel *tunnel = &bindings->tunnels[node->all[i]];
		if (is_home_link(tunnel) || !equal(&tunnel->remote, remote))
			continue;
		if (mtu < tunnel->mtu)
			store_u32(&tunnel->mtu, mtu);
		result = 0;
	}
	return result;
}

void bindings_default_mtu(struct bindings *bindings, uint32_t mtu)
{
	bindings->default_mtu = mtu;
	for (uint32_t i = 0; i < bindings->tunnels_max; i++) {
		struct abi_tunnel *tunnel = &bindings->tunnels[i];
		if (tunnel->node != ABI_NO_NODE)
			store_u32(&tunnel->mtu, mtu_of(tunnel, mtu));
	}
}

uint32_t bindings_best_mtu(
	const struct bindings *bindings, const struct in6_addr *home_address, nanos now)
{
	const struct abi_node *node = bindings_node(bindings, home_address, &in6addr_any);
	uint32_t smallest = 0;

	for (uint32_t i = 0; node && i < node->usable; i++) {
		const struct abi_tunnel *tunnel = &bindings->tunnels[node->order[i]];
		if (tunnel->expires > now && (smallest == 0 || tunnel->mtu < smallest))
			smallest = tunnel->mtu;
	}
	return smallest;
}

int bindings_node_remove(struct bindings *bindings, const struct in6_addr *home_address)
{
	const struct bindings_entry *entry = find(bindings, home_address, &in6addr_any);

	return entry ? node_free(bindings, &bindings->nodes[entry->number]) : -ENOENT;
}

/* ---- looking at all of them ---- */

static uint8_t kind_of(const struct abi_tunnel *tunnel)
{
	if (is_home_link(tunnel))
		return TUNNEL_HOME_LINK;
	if (tunnel->flags & ABI_TUNNEL_TO_CORRESPONDENT)
		return TUNNEL_TO_CORRESPONDENT;
	return tunnel->flags & ABI_TUNNEL_TO_MOBILE_NODE ? TUNNEL_TO_MOBILE_NODE : TUNNEL_IPV6;
}

static struct effect_tunnel as_effect(const struct abi_node *node, const struct abi_tunnel *tunnel)
{
	struct effect_tunnel effect = {
		.expires = load_u64(&tunnel->expires),
		.ifindex = tunnel->ifindex,
		.bid = tunnel->bid,
		.priority = tunnel->priority,
		.usable = !is_held(tunnel),
		.framed = (tunnel->flags & ABI_TUNNEL_FRAMED) != 0,
		.kind = kind_of(tunnel),
	};

	memcpy(&effect.home_address, &node->home_address, sizeof(effect.home_address));
	memcpy(&effect.peer, &node->peer, sizeof(effect.peer));
	memcpy(&effect.local, &tunnel->local, sizeof(effect.local));
	memcpy(&effect.remote, &tunnel->remote, sizeof(effect.remote));
	if (effect.framed)
		memcpy(effect.link_layer, &tunnel->next_hop, sizeof(effect.link_layer));
	return effect;
}

void bindings_each_node(const struct bindings *bindings,
	void (*each)(void *ctx, const struct effect_node *), void *ctx)
{
	for (uint32_t i = 0; i < bindings->nodes_max; i++) {
		const struct abi_node *node = &bindings->nodes[i];
		struct effect_node effect = {
			.sequence = (uint16_t)node->sequence,
			.replay_accepted = node->replay_accepted,
		};

		if (!node->in_use)
			continue;
		memcpy(&effect.home_address, &node->home_address, sizeof(effect.home_address));
		memcpy(&effect.peer, &node->peer, sizeof(effect.peer));
		each(ctx, &effect);
	}
}

void bindings_each_tunnel(const struct bindings *bindings,
	void (*each)(void *ctx, const struct effect_tunnel *), void *ctx)
{
	for (uint32_t i = 0; i < bindings->nodes_max; i++) {
		const struct abi_node *node = &bindings->nodes[i];

		for (int place = 0; node->in_use && place < ABI_TUNNELS_PER_NODE; place++) {
			if (node->all[place] == ABI_NO_TUNNEL)
				continue;
			struct effect_tunnel effect =
				as_effect(node, &bindings->tunnels[node->all[place]]);
			each(ctx, &effect);
		}
	}
}

void bindings_link_activity(
	const struct bindings *bindings, uint32_t ifindex, nanos *sent, nanos *received)
{
	for (uint32_t i = 0; i < bindings->nodes_max; i++) {
		const struct abi_node *node = &bindings->nodes[i];

		for (int place = 0; node->in_use && place < ABI_TUNNELS_PER_NODE; place++) {
			if (node->all[place] == ABI_NO_TUNNEL)
				continue;
			const volatile struct abi_tunnel *tunnel =
				&bindings->tunnels[node->all[place]];
			if (tunnel->ifindex != ifindex)
				continue;
			*sent = nanos_max(*sent, tunnel->sent_at);
			*received = nanos_max(*received, tunnel->received_at);
		}
	}
}

int bindings_kept(const struct bindings *bindings, const struct in6_addr *home_address,
	struct host_rollback *ret)
{
	const struct abi_node *node = bindings_node(bindings, home_address, &in6addr_any);

	if (!node)
		return -ENOENT;
	ret->node.home_address = *home_address;
	ret->node.sequence = (uint16_t)node->sequence;
	ret->node.replay_accepted = node->replay_accepted;
	ret->count = 0;
	for (int place = 0; place < ABI_TUNNELS_PER_NODE; place++)
		if (node->all[place] != ABI_NO_TUNNEL)
			ret->tunnels[ret->count++] =
				as_effect(node, &bindings->tunnels[node->all[place]]);
	return 0;
}

/* ---- after a restart ---- */

/* A killed daemon may have been about to give the tunnel to somebody, or to take it away. */
static bool is_whole(const struct bindings *bindings, uint32_t node, uint32_t number)
{
	return number < bindings->tunnels_max && bindings->tunnels[number].node == node &&
	       bindings->tunnels[number].generation % 2 == 0;
}

static void repair_tunnels(struct bindings *bindings, uint32_t number, uint8_t *used)
{
	struct abi_node *node = &bindings->nodes[number];

	for (int i = 0; i < ABI_TUNNELS_PER_NODE; i++) {
		uint32_t tunnel = node->all[i];
		if (tunnel == ABI_NO_TUNNEL)
			continue;
		if (is_whole(bindings, number, tunnel))
			used[tunnel] = 1;
		else
			store_u32(&node->all[i], ABI_NO_TUNNEL);
	}
	write_order(bindings, node);
}

static int restore_node(struct bindings *bindings, uint32_t number, uint8_t *used)
{
	struct abi_node *node = &bindings->nodes[number];

	if (node->in_use)
		repair_tunnels(bindings, number, used);
	if (node->in_use && has_peer(node) && !has_tunnels(node)) {
		store_u32(&node->in_use, 0);
		withdraw(bindings, node);
	}
	if (!node->in_use) {
		number_give(bindings, number);
		return 0;
	}
	int result = publish(bindings, number);
	return result < 0 ? result : remember(bindings, number);
}

static int restore(struct bindings *bindings, uint8_t *used)
{
	for (uint32_t i = 0; i < bindings->nodes_max; i++) {
		int result = restore_node(bindings, i, used);
		if (result < 0)
			return result;
	}
	for (uint32_t i = 0; i < bindings->tunnels_max; i++) {
		struct abi_tunnel *tunnel = &bindings->tunnels[i];
		if (used[i])
			continue;
		tunnel->node = ABI_NO_NODE;
		tunnel->generation += tunnel->generation % 2;
		slots_give(&bindings->free_tunnels, i);
	}
	return 0;
}

int bindings_init(struct bindings *bindings)
{
	uint8_t *used = calloc(bindings->tunnels_max, sizeof(*used));
	int result = -ENOMEM;

	bindings->by_key = NULL;
	bindings->first_is_free = false;
	bindings->entries = calloc(bindings->nodes_max, sizeof(*bindings->entries));
	if (used && bindings->entries &&
		slots_init(&bindings->free_nodes, bindings->nodes_max) == 0 &&
		slots_init(&bindings->free_tunnels, bindings->tunnels_max) == 0)
		result = restore(bindings, used);
	free(used);
	if (result < 0)
		bindings_fini(bindings);
	return result;
}

void bindings_fini(struct bindings *bindings)
{
	HASH_CLEAR(hh, bindings->by_key);
	free(bindings->entries);
	bindings->entries = NULL;
	slots_fini(&bindings->free_nodes);
	slots_fini(&bindings->free_tunnels);
}
