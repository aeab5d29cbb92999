/* SPDX-License-Identifier: BSD-2-Clause */
#include "bindings.h"
#include "mapped_tunnel.h"
#include "node_tunnels.h"

#include <errno.h>
#include <stdlib.h>

/* ---- nodes ---- */

const struct abi_subject *bindings_node(const struct bindings *bindings,
	const struct in6_addr *home_address, const struct in6_addr *peer)
{
	return node_table_find(&bindings->nodes, home_address, peer);
}

/* ---- tunnels ---- */

const struct abi_tunnel *bindings_tunnel(const struct bindings *bindings,
	const struct in6_addr *home_address, const struct in6_addr *peer, uint16_t bid)
{
	const struct abi_subject *node = bindings_node(bindings, home_address, peer);
	uint32_t number = node ? node_tunnel_with_bid(node, bindings->tunnels, bid) : ABI_NO_TUNNEL;

	return number == ABI_NO_TUNNEL ? NULL : &bindings->tunnels[number];
}

static uint32_t inner_mtu(const struct bindings *bindings, uint32_t ifindex)
{
	const size_t count = sizeof(bindings->mtus.links) / sizeof(bindings->mtus.links[0]);

	for (size_t i = 0; i < count && ifindex != 0; i++)
		if (bindings->mtus.links[i].ifindex == ifindex)
			return bindings->mtus.links[i].mtu;
	return bindings->mtus.all;
}

/* A key of each tunnel that tells nothing of another's (bpf/encap_label.h). */
static uint64_t label_key(const struct bindings *bindings, const struct effect_tunnel *effect)
{
	const struct in6_addr addresses[] = {
		effect->home_address, effect->peer, effect->local.address, effect->remote.address};

	return keyed_hash(&bindings->label_key, addresses, sizeof(addresses));
}

/* Between map_write_begin() and map_write_end(). */
static void write_ends(const struct bindings *bindings, struct abi_tunnel *tunnel,
	const struct effect_tunnel *effect, const struct in6_addr *next_hop)
{
	mapped_tunnel_write_ends(
		tunnel, effect, next_hop, inner_mtu(bindings, effect->local.ifindex));
	tunnel->label_key = label_key(bindings, effect);
}

static int tunnel_new(struct bindings *bindings, struct abi_subject *node,
	const struct effect_tunnel *effect, const struct in6_addr *next_hop)
{
	int place = node_place_of(node, ABI_NO_TUNNEL);
	uint32_t number;

	if (place < 0)
		return -ENOSPC;
	int result = slots_take(&bindings->free_tunnels, &number);
	if (result < 0)
		return result;
	struct abi_tunnel *tunnel = &bindings->tunnels[number];
	map_write_begin(tunnel);
	uint32_t generation = tunnel->generation;
	*tunnel = (struct abi_tunnel){
		.expires = effect->expires,
		.subject = (uint32_t)(node - bindings->nodes.at),
		.generation = generation,
		.bid = effect->bid,
		.priority = TIER_NONE, /* only accepts until EFFECT_TRAFFIC_SET names it */
	};
	write_ends(bindings, tunnel, effect, next_hop);
	map_write_end(tunnel);
	path_mtus_forget(&bindings->path_mtus, number);
	map_store_u32(&node->all[place], number);
	node_write_order(node, bindings->tunnels);
	return 0;
}

static void hold(struct bindings *bindings, struct abi_subject *node, struct abi_tunnel *tunnel)
{
	map_store_u8(&tunnel->flags, tunnel->flags | ABI_TUNNEL_HELD);
	node_write_order(node, bindings->tunnels);
}

/* The path is another one if its ends are, and may carry more. */
static void tunnel_change(struct bindings *bindings, struct abi_subject *node, uint32_t number,
	const struct effect_tunnel *effect, const struct in6_addr *next_hop)
{
	struct abi_tunnel *tunnel = &bindings->tunnels[number];
	bool was_held = mapped_tunnel_is_held(tunnel);

	/* No longer usable: before readers find it changed. */
	if (!was_held && !effect->usable)
		hold(bindings, node, tunnel);
	if (!mapped_tunnel_has_ends(tunnel, effect, next_hop)) {
		map_write_begin(tunnel);
		write_ends(bindings, tunnel, effect, next_hop);
		map_write_end(tunnel);
		path_mtus_forget(&bindings->path_mtus, number);
	}
	map_store_u64(&tunnel->expires, effect->expires);
	if (was_held == effect->usable) {
		map_store_u8(&tunnel->flags, mapped_tunnel_flags(effect));
		node_write_order(node, bindings->tunnels);
	}
}

static void tunnel_free(struct bindings *bindings, struct abi_subject *node, uint32_t number)
{
	struct abi_tunnel *tunnel = &bindings->tunnels[number];

	hold(bindings, node, tunnel);
	map_store_u32(&node->all[node_place_of(node, number)], ABI_NO_TUNNEL);
	map_write_begin(tunnel);
	tunnel->subject = ABI_NO_SUBJECT;
	map_write_end(tunnel);
	slots_give(&bindings->free_tunnels, number);
}

static int node_free(struct bindings *bindings, struct abi_subject *node)
{
	int result = node_table_withdraw(&bindings->nodes, node);

	if (result < 0)
		return result;
	for (int i = 0; i < ABI_TUNNELS_PER_SUBJECT; i++) {
		if (node->all[i] != ABI_NO_TUNNEL)
			tunnel_free(bindings, node, node->all[i]);
	}
	node_table_forget(&bindings->nodes, node);
	return 0;
}

/* What is known of a correspondent, or to one, goes with its last tunnel, and its number. */
static int node_release(struct bindings *bindings, struct abi_subject *node)
{
	if (!node_has_peer(node) || node_has_tunnels(node) ||
		node_table_is_named(&bindings->nodes, node))
		return 0;
	return node_free(bindings, node);
}

static uint32_t side_of(const struct bindings *bindings, const struct effect_tunnel *effect)
{
	if (effect->encapsulation == ENCAP_TO_MOBILE_NODE)
		return ABI_SIDE_CORRESPONDENT;
	return effect->encapsulation == ENCAP_TO_CORRESPONDENT ? ABI_SIDE_DIRECT : bindings->side;
}

int bindings_home_address(struct bindings *bindings, const struct in6_addr *home_address)
{
	struct abi_subject *node;

	return node_table_need(
		&bindings->nodes, home_address, &in6addr_any, ABI_SIDE_MOBILE_NODE, &node);
}

/* One that the maps hold from before, at another side, is another subject's. */
static int at_side(struct bindings *bindings, const struct effect_subject *effect, uint32_t side,
	struct abi_subject **ret)
{
	struct abi_subject *node =
		node_table_find(&bindings->nodes, &effect->home_address, &effect->peer);
	int result = node && node->side != side ? node_free(bindings, node) : 0;

	return result < 0 ? result
			  : node_table_need(&bindings->nodes, &effect->home_address, &effect->peer,
				    side, ret);
}

int bindings_subject_set(struct bindings *bindings, const struct effect_subject *effect)
{
	static const uint32_t sides[] = {
		[SUBJECT_AT_HOME_AGENT] = ABI_SIDE_HOME_AGENT,
		[SUBJECT_AT_MOBILE_NODE] = ABI_SIDE_MOBILE_NODE,
		[SUBJECT_AT_CORRESPONDENT] = ABI_SIDE_CORRESPONDENT,
		[SUBJECT_DIRECT] = ABI_SIDE_DIRECT,
	};
	struct abi_subject *node;
	int result = at_side(bindings, effect, sides[effect->side], &node);

	return result < 0 ? result : node_table_name(&bindings->nodes, node, effect->subject);
}

int bindings_subject_remove(struct bindings *bindings, uint32_t subject)
{
	struct abi_subject *node = node_table_subject(&bindings->nodes, subject);

	if (!node)
		return -ENOENT;
	node_table_unname(&bindings->nodes, node);
	return node_release(bindings, node);
}

int bindings_traffic_set(struct bindings *bindings, const struct effect_traffic *effect)
{
	struct abi_subject *node = node_table_subject(&bindings->nodes, effect->subject);

	if (!node)
		return -ENOENT;
	for (uint8_t i = 0; i < effect->count; i++) {
		uint32_t number =
			node_tunnel_with_bid(node, bindings->tunnels, effect->set[i].tunnel);
		if (number != ABI_NO_TUNNEL)
			bindings->tunnels[number].priority = effect->set[i].tier;
	}
	node_write_order(node, bindings->tunnels);
	return 0;
}

int bindings_tunnel_set(struct bindings *bindings, const struct effect_tunnel *effect,
	const struct in6_addr *next_hop)
{
	const struct in6_addr hop = mapped_tunnel_next_hop(effect, next_hop);
	struct abi_subject *node;
	int result = node_table_need(&bindings->nodes, &effect->home_address, &effect->peer,
		side_of(bindings, effect), &node);

	if (result < 0)
		return result;
	uint32_t number = node_tunnel_with_bid(node, bindings->tunnels, effect->bid);
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
	struct abi_subject *node = node_table_find(&bindings->nodes, home_address, peer);

	if (!node)
		return -ENOENT;
	uint32_t number = node_tunnel_with_bid(node, bindings->tunnels, bid);
	if (number == ABI_NO_TUNNEL)
		return -ENOENT;
	tunnel_free(bindings, node, number);
	return node_release(bindings, node);
}

static void learn_path_mtu(struct bindings *bindings, uint32_t number, uint32_t mtu, nanos until)
{
	struct abi_tunnel *tunnel = &bindings->tunnels[number];

	if (mtu > tunnel->mtu)
		return;
	map_store_u32(&tunnel->mtu, mtu);
	path_mtus_learn(&bindings->path_mtus, number, until);
}

/* The tunnel is found by its BID: all tunnels of a mobile node have the same remote end, and two
 * home addresses may bind the same care-of address. */
int bindings_path_mtu(struct bindings *bindings, const struct in6_addr *home_address,
	const struct in6_addr *peer, uint16_t bid, uint32_t mtu, nanos until)
{
	const struct abi_subject *node = bindings_node(bindings, home_address, peer);
	uint32_t number = node ? node_tunnel_with_bid(node, bindings->tunnels, bid) : ABI_NO_TUNNEL;

	if (number == ABI_NO_TUNNEL || mapped_tunnel_is_home_link(&bindings->tunnels[number]))
		return -ENOENT;
	learn_path_mtu(bindings, number, mtu, until);
	return 0;
}

int bindings_route_mtu(
	struct bindings *bindings, const struct route_ends *ends, uint32_t mtu, nanos until)
{
	const struct abi_subject *node = bindings_node(bindings, &ends->home_address, &ends->peer);
	int result = -ENOENT;

	for (int i = 0; node && i < ABI_TUNNELS_PER_SUBJECT; i++) {
		if (node->all[i] == ABI_NO_TUNNEL)
			continue;
		const struct abi_tunnel *tunnel = &bindings->tunnels[node->all[i]];
		if (!map_address_equal(&tunnel->local, &ends->local) ||
			!map_address_equal(&tunnel->remote, &ends->remote))
			continue;
		learn_path_mtu(bindings, node->all[i], mtu, until);
		result = 0;
	}
	return result;
}

void bindings_route_activity(const struct bindings *bindings, const struct in6_addr *home_address,
	const struct in6_addr *peer, const struct in6_addr *remote, nanos *ret_sent,
	nanos *ret_received)
{
	const struct abi_subject *node = bindings_node(bindings, home_address, peer);

	*ret_sent = 0;
	*ret_received = 0;
	for (int i = 0; node && i < ABI_TUNNELS_PER_SUBJECT; i++) {
		if (node->all[i] == ABI_NO_TUNNEL)
			continue;
		const volatile struct abi_tunnel *tunnel = &bindings->tunnels[node->all[i]];
		if (!map_address_equal((const struct abi_address *)&tunnel->remote, remote))
			continue;
		*ret_sent = nanos_max(*ret_sent, tunnel->sent_at);
		*ret_received = nanos_max(*ret_received, tunnel->received_at);
	}
}

const struct abi_tunnel *bindings_tunnel_between(const struct bindings *bindings,
	const struct in6_addr *home_address, const struct in6_addr *local,
	const struct in6_addr *remote)
{
	const struct abi_subject *node = bindings_node(bindings, home_address, &in6addr_any);

	for (int i = 0; node && i < ABI_TUNNELS_PER_SUBJECT; i++) {
		if (node->all[i] == ABI_NO_TUNNEL)
			continue;
		const struct abi_tunnel *tunnel = &bindings->tunnels[node->all[i]];
		if (!mapped_tunnel_is_home_link(tunnel) &&
			map_address_equal(&tunnel->local, local) &&
			map_address_equal(&tunnel->remote, remote))
			return tunnel;
	}
	return NULL;
}

/* The MTU of a tunnel for whose path none was learnt. */
static uint32_t link_mtu_of(const struct bindings *bindings, const struct abi_tunnel *tunnel)
{
	return mapped_tunnel_mtu(tunnel, inner_mtu(bindings, tunnel->ifindex));
}

/* The tc programs lower the MTU of a tunnel if the link that its route leads to carries less. */
void bindings_note_path_mtus(struct bindings *bindings, const struct in6_addr *home_address,
	const struct in6_addr *peer, nanos until)
{
	const struct abi_subject *node = bindings_node(bindings, home_address, peer);

	for (int i = 0; node && i < ABI_TUNNELS_PER_SUBJECT; i++) {
		const uint32_t number = node->all[i];
		if (number == ABI_NO_TUNNEL || path_mtus_learnt(&bindings->path_mtus, number))
			continue;
		const struct abi_tunnel *tunnel = &bindings->tunnels[number];
		if (tunnel->mtu < link_mtu_of(bindings, tunnel))
			path_mtus_learn(&bindings->path_mtus, number, until);
	}
}

static void unlearn(void *ctx, uint32_t number)
{
	struct bindings *bindings = ctx;
	struct abi_tunnel *tunnel = &bindings->tunnels[number];

	if (tunnel->subject != ABI_NO_SUBJECT)
		map_store_u32(&tunnel->mtu, link_mtu_of(bindings, tunnel));
}

void bindings_forget_path_mtus(struct bindings *bindings, nanos now)
{
	path_mtus_expire(&bindings->path_mtus, now, unlearn, bindings);
}

/* What was learnt of a path stays, if it is the smaller one. */
void bindings_tunnel_mtus(struct bindings *bindings, const struct tunnel_mtus *mtus)
{
	bindings->mtus = *mtus;
	for (uint32_t i = 0; i < bindings->tunnels_max; i++) {
		const struct abi_tunnel *tunnel = &bindings->tunnels[i];
		if (!path_mtus_learnt(&bindings->path_mtus, i) ||
			tunnel->mtu > link_mtu_of(bindings, tunnel))
			unlearn(bindings, i);
	}
}

uint32_t bindings_best_mtu(
	const struct bindings *bindings, const struct in6_addr *home_address, nanos now)
{
	const struct abi_subject *node = bindings_node(bindings, home_address, &in6addr_any);
	uint32_t smallest = 0;

	for (uint32_t i = 0; node && i < node->usable; i++) {
		const struct abi_tunnel *tunnel = &bindings->tunnels[node->order[i]];
		/* No packet leaves by the other tunnels: their path MTUs do not matter. */
		if (i >= node->equal && node->equal != 0 && smallest != 0 && !bindings->keep_flows)
			break;
		if (tunnel->expires > now && (smallest == 0 || tunnel->mtu < smallest))
			smallest = tunnel->mtu;
	}
	return smallest != 0 && smallest < IPV6_MTU_MIN ? IPV6_MTU_MIN : smallest;
}

int bindings_node_remove(struct bindings *bindings, const struct in6_addr *home_address)
{
	struct abi_subject *node = node_table_find(&bindings->nodes, home_address, &in6addr_any);

	return node ? node_free(bindings, node) : -ENOENT;
}

/* ---- after a restart ---- */

/* A killed daemon may have been about to give the tunnel to a subject, or to take it away. */
static bool is_whole(const struct bindings *bindings, uint32_t node, uint32_t number)
{
	return number < bindings->tunnels_max && bindings->tunnels[number].subject == node &&
	       bindings->tunnels[number].generation % 2 == 0;
}

static void repair_tunnels(struct bindings *bindings, uint32_t number, uint8_t *used)
{
	struct abi_subject *node = &bindings->nodes.at[number];

	for (int i = 0; i < ABI_TUNNELS_PER_SUBJECT; i++) {
		uint32_t tunnel = node->all[i];
		if (tunnel == ABI_NO_TUNNEL)
			continue;
		if (is_whole(bindings, number, tunnel))
			used[tunnel] = 1;
		else
			map_store_u32(&node->all[i], ABI_NO_TUNNEL);
	}
	node_write_order(node, bindings->tunnels);
}

static int restore_node(struct bindings *bindings, uint32_t number, uint8_t *used)
{
	struct abi_subject *node = &bindings->nodes.at[number];

	if (node->in_use)
		repair_tunnels(bindings, number, used);
	if (node->in_use && node_has_peer(node) && !node_has_tunnels(node)) {
		map_store_u32(&node->in_use, 0);
		node_table_withdraw(&bindings->nodes, node);
	}
	return node_table_restore(&bindings->nodes, number);
}

static int restore(struct bindings *bindings, uint8_t *used)
{
	for (uint32_t i = 0; i < bindings->nodes.max; i++) {
		int result = restore_node(bindings, i, used);
		if (result < 0)
			return result;
	}
	for (uint32_t i = 0; i < bindings->tunnels_max; i++) {
		struct abi_tunnel *tunnel = &bindings->tunnels[i];
		if (used[i])
			continue;
		tunnel->subject = ABI_NO_SUBJECT;
		tunnel->generation += tunnel->generation % 2;
		slots_give(&bindings->free_tunnels, i);
	}
	return 0;
}

int bindings_init(struct bindings *bindings)
{
	uint8_t *used = calloc(bindings->tunnels_max, sizeof(*used));
	int result = -ENOMEM;

	if (used && node_table_init(&bindings->nodes) == 0 &&
		slots_init(&bindings->free_tunnels, bindings->tunnels_max) == 0 &&
		path_mtus_init(&bindings->path_mtus, bindings->tunnels_max) == 0)
		result = restore(bindings, used);
	free(used);
	if (result < 0)
		bindings_fini(bindings);
	return result;
}

void bindings_fini(struct bindings *bindings)
{
	node_table_fini(&bindings->nodes);
	slots_fini(&bindings->free_tunnels);
	path_mtus_fini(&bindings->path_mtus);
}
