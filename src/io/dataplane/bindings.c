/* SPDX-License-Identifier: BSD-2-Clause */
#include "bindings.h"
#include "mapped_tunnel.h"
#include "subject_tunnels.h"

#include <errno.h>
#include <stdlib.h>

/* ---- finding ---- */

static const struct abi_subject *subject_of(const struct bindings *bindings,
	const struct in6_addr *home_address, const struct in6_addr *peer)
{
	return IN6_IS_ADDR_UNSPECIFIED(peer)
		       ? subject_table_of_address(&bindings->subjects, home_address)
		       : subject_table_of(&bindings->subjects, home_address, peer);
}

/* Its place in the map; ABI_NO_TUNNEL if there is none. */
static uint32_t place_of(const struct bindings *bindings, uint32_t subject, uint16_t tunnel)
{
	const struct abi_subject *found = subject_table_find(&bindings->subjects, subject);

	return found ? subject_tunnel(found, bindings->tunnels, tunnel) : ABI_NO_TUNNEL;
}

const struct abi_tunnel *bindings_tunnel(
	const struct bindings *bindings, uint32_t subject, uint16_t tunnel)
{
	uint32_t place = place_of(bindings, subject, tunnel);

	return place == ABI_NO_TUNNEL ? NULL : &bindings->tunnels[place];
}

/* ---- traffic ---- */

static uint32_t place_in(const struct bindings *bindings, const struct abi_subject *subject)
{
	return (uint32_t)(subject - bindings->subjects.at);
}

/* That of the packets that no rule is for. */
static struct abi_traffic *own_traffic(
	const struct bindings *bindings, const struct abi_subject *subject)
{
	return &bindings->rules.traffics[place_in(bindings, subject)];
}

struct ordering {
	const struct abi_subject *subject;
	const struct abi_tunnel *tunnels;
};

static void write_order(void *ctx, struct abi_traffic *traffic)
{
	const struct ordering *ordering = ctx;

	traffic_write_order(traffic, ordering->subject, ordering->tunnels);
}

/* Whenever a tunnel of the subject changed. */
static void write_orders(const struct bindings *bindings, const struct abi_subject *subject)
{
	struct ordering ordering = {subject, bindings->tunnels};

	write_order(&ordering, own_traffic(bindings, subject));
	rule_table_each_traffic(
		&bindings->rules, place_in(bindings, subject), write_order, &ordering);
}

static void leave_out(void *ctx, struct abi_traffic *traffic)
{
	const int *index = ctx;

	traffic->tier[*index] = ABI_TIER_NONE;
}

/* ---- tunnels ---- */

static uint32_t inner_mtu(const struct bindings *bindings, uint32_t ifindex)
{
	const size_t count = sizeof(bindings->mtus.links) / sizeof(bindings->mtus.links[0]);

	for (size_t i = 0; i < count && ifindex != 0; i++)
		if (bindings->mtus.links[i].ifindex == ifindex)
			return bindings->mtus.links[i].mtu;
	return bindings->mtus.all;
}

/* A key of each tunnel that tells nothing of another's (bpf/encap_label.h). */
static uint64_t label_key(const struct bindings *bindings, const struct abi_subject *subject,
	const struct effect_tunnel *effect)
{
	const struct effect_subject whose = subject_table_effect(subject);
	const struct in6_addr addresses[] = {
		whose.home_address, whose.peer, effect->local.address, effect->remote.address};

	return keyed_hash(&bindings->label_key, addresses, sizeof(addresses));
}

/* Between map_write_begin() and map_write_end(). */
static void write_ends(const struct bindings *bindings, const struct abi_subject *subject,
	struct abi_tunnel *tunnel, const struct effect_tunnel *effect,
	const struct in6_addr *next_hop)
{
	mapped_tunnel_write_ends(
		tunnel, effect, next_hop, inner_mtu(bindings, effect->local.ifindex));
	tunnel->label_key = label_key(bindings, subject, effect);
}

static int tunnel_new(struct bindings *bindings, struct abi_subject *subject,
	const struct effect_tunnel *effect, const struct in6_addr *next_hop)
{
	int index = subject_index_of(subject, ABI_NO_TUNNEL);
	uint32_t place;

	if (index < 0)
		return -ENOSPC;
	int result = slots_take(&bindings->free_tunnels, &place);
	if (result < 0)
		return result;
	struct abi_tunnel *tunnel = &bindings->tunnels[place];
	map_write_begin(tunnel);
	uint32_t generation = tunnel->generation;
	*tunnel = (struct abi_tunnel){
		.expires = effect->expires,
		.subject = place_in(bindings, subject),
		.generation = generation,
		.number = effect->tunnel,
		.bid = effect->bid,
	};
	write_ends(bindings, subject, tunnel, effect, next_hop);
	map_write_end(tunnel);
	path_mtus_forget(&bindings->path_mtus, place);
	/* It only accepts until EFFECT_TRAFFIC_SET names it. */
	leave_out(&index, own_traffic(bindings, subject));
	rule_table_each_traffic(&bindings->rules, place_in(bindings, subject), leave_out, &index);
	map_store_u32(&subject->all[index], place);
	return 0;
}

static void hold(struct bindings *bindings, struct abi_subject *subject, struct abi_tunnel *tunnel)
{
	map_store_u8(&tunnel->flags, tunnel->flags | ABI_TUNNEL_HELD);
	write_orders(bindings, subject);
}

/* The path is another one if its ends are, and may carry more. */
static void tunnel_change(struct bindings *bindings, struct abi_subject *subject, uint32_t number,
	const struct effect_tunnel *effect, const struct in6_addr *next_hop)
{
	struct abi_tunnel *tunnel = &bindings->tunnels[number];
	bool was_held = mapped_tunnel_is_held(tunnel);

	/* No longer usable: before readers find it changed. */
	if (!was_held && !effect->usable)
		hold(bindings, subject, tunnel);
	if (!mapped_tunnel_has_ends(tunnel, effect, next_hop)) {
		map_write_begin(tunnel);
		write_ends(bindings, subject, tunnel, effect, next_hop);
		map_write_end(tunnel);
		path_mtus_forget(&bindings->path_mtus, number);
	}
	map_store_u64(&tunnel->expires, effect->expires);
	tunnel->bid = effect->bid;
	if (was_held == effect->usable) {
		map_store_u8(&tunnel->flags, mapped_tunnel_flags(effect));
		write_orders(bindings, subject);
	}
}

static void tunnel_free(struct bindings *bindings, struct abi_subject *subject, uint32_t number)
{
	struct abi_tunnel *tunnel = &bindings->tunnels[number];

	hold(bindings, subject, tunnel);
	map_store_u32(&subject->all[subject_index_of(subject, number)], ABI_NO_TUNNEL);
	map_write_begin(tunnel);
	tunnel->subject = ABI_NO_SUBJECT;
	map_write_end(tunnel);
	slots_give(&bindings->free_tunnels, number);
}

/* ---- subjects ---- */

static int subject_free(struct bindings *bindings, struct abi_subject *subject)
{
	int result = subject_table_withdraw(&bindings->subjects, subject);

	if (result < 0)
		return result;
	for (int i = 0; i < ABI_TUNNELS_PER_SUBJECT; i++) {
		if (subject->all[i] != ABI_NO_TUNNEL)
			tunnel_free(bindings, subject, subject->all[i]);
	}
	rule_table_forget(&bindings->rules, place_in(bindings, subject));
	map_store_u32(&own_traffic(bindings, subject)->subject, ABI_NO_SUBJECT);
	subject_table_free(&bindings->subjects, subject);
	return 0;
}

/* One of an earlier daemon that has the number, or the addresses, of this one. */
static int make_way(struct bindings *bindings, const struct effect_subject *effect)
{
	struct subject_table *subjects = &bindings->subjects;
	struct abi_subject *other = subject_table_find(subjects, effect->subject);
	int result = other ? subject_free(bindings, other) : 0;

	other = subject_table_of(subjects, &effect->home_address, &effect->peer);
	return result == 0 && other ? subject_free(bindings, other) : result;
}

int bindings_subject_set(struct bindings *bindings, const struct effect_subject *effect)
{
	struct abi_subject *subject = subject_table_find(&bindings->subjects, effect->subject);
	int result = 0;

	if (!subject || !subject_table_is(subject, effect)) {
		result = make_way(bindings, effect);
		if (result == 0)
			result = subject_table_add(&bindings->subjects, effect, &subject);
		if (result == 0) {
			traffic_clear(own_traffic(bindings, subject));
			map_store_u32(&own_traffic(bindings, subject)->subject,
				place_in(bindings, subject));
		}
	}
	if (result == 0)
		subject_table_adopt(&bindings->subjects, subject);
	return result;
}

int bindings_subject_remove(struct bindings *bindings, uint32_t number)
{
	struct abi_subject *subject = subject_table_find(&bindings->subjects, number);

	return subject ? subject_free(bindings, subject) : -ENOENT;
}

int bindings_subject(const struct bindings *bindings, uint32_t number, struct effect_subject *ret)
{
	const struct abi_subject *subject = subject_table_find(&bindings->subjects, number);

	if (!subject)
		return -ENOENT;
	*ret = subject_table_effect(subject);
	return 0;
}

int bindings_prefix_set(struct bindings *bindings, const struct effect_prefix *effect)
{
	struct subject_table *subjects = &bindings->subjects;
	struct abi_subject *subject = subject_table_find(subjects, effect->subject);

	return subject ? subject_table_prefix_set(
				 subjects, subject, &effect->prefix, effect->length)
		       : -ENOENT;
}

int bindings_prefix_remove(struct bindings *bindings, const struct effect_prefix *effect)
{
	struct subject_table *subjects = &bindings->subjects;
	struct abi_subject *subject = subject_table_find(subjects, effect->subject);

	return subject ? subject_table_prefix_remove(
				 subjects, subject, &effect->prefix, effect->length)
		       : -ENOENT;
}

int bindings_traffic_set(struct bindings *bindings, const struct effect_traffic *effect)
{
	struct abi_subject *subject = subject_table_find(&bindings->subjects, effect->subject);
	struct abi_traffic *traffic;

	if (!subject)
		return -ENOENT;
	if (effect->rule == TRAFFIC_DEFAULT) {
		traffic = own_traffic(bindings, subject);
	} else {
		int result = rule_table_set(
			&bindings->rules, place_in(bindings, subject), effect, &traffic);
		if (result < 0)
			return result;
	}
	traffic_set_shares(traffic, subject, bindings->tunnels, effect);
	return 0;
}

int bindings_traffic_mode(struct bindings *bindings, uint32_t number, uint16_t rule, uint8_t mode)
{
	struct abi_subject *subject = subject_table_find(&bindings->subjects, number);
	struct abi_traffic *traffic = NULL;

	if (subject)
		traffic = rule == TRAFFIC_DEFAULT
				  ? own_traffic(bindings, subject)
				  : rule_table_entry(&bindings->rules, place_in(bindings, subject),
					    rule);
	if (!traffic)
		return -ENOENT;
	traffic_set_mode(traffic, mode);
	traffic_write_order(traffic, subject, bindings->tunnels);
	return 0;
}

int bindings_traffic_remove(struct bindings *bindings, uint32_t number, uint16_t rule)
{
	struct abi_subject *subject = subject_table_find(&bindings->subjects, number);

	if (!subject)
		return -ENOENT;
	if (rule != TRAFFIC_DEFAULT)
		return rule_table_remove(&bindings->rules, place_in(bindings, subject), rule);
	traffic_clear(own_traffic(bindings, subject));
	return 0;
}

int bindings_tunnel_set(struct bindings *bindings, const struct effect_tunnel *effect,
	const struct in6_addr *next_hop)
{
	const struct in6_addr hop = mapped_tunnel_next_hop(effect, next_hop);
	struct abi_subject *subject = subject_table_find(&bindings->subjects, effect->subject);

	if (!subject)
		return -ENOENT;
	uint32_t place = subject_tunnel(subject, bindings->tunnels, effect->tunnel);
	if (place == ABI_NO_TUNNEL)
		return tunnel_new(bindings, subject, effect, &hop);
	tunnel_change(bindings, subject, place, effect, &hop);
	return 0;
}

int bindings_tunnel_remove(struct bindings *bindings, uint32_t number, uint16_t tunnel)
{
	struct abi_subject *subject = subject_table_find(&bindings->subjects, number);
	uint32_t place = place_of(bindings, number, tunnel);

	if (place == ABI_NO_TUNNEL)
		return -ENOENT;
	tunnel_free(bindings, subject, place);
	return 0;
}

/* ---- path MTUs, activity ---- */

static void learn_path_mtu(struct bindings *bindings, uint32_t number, uint32_t mtu, nanos until)
{
	struct abi_tunnel *tunnel = &bindings->tunnels[number];

	if (mtu > tunnel->mtu)
		return;
	map_store_u32(&tunnel->mtu, mtu);
	path_mtus_learn(&bindings->path_mtus, number, until);
}

/* Not by its ends: two home addresses may bind the same care-of address. */
int bindings_path_mtu(
	struct bindings *bindings, uint32_t subject, uint16_t tunnel, uint32_t mtu, nanos until)
{
	uint32_t place = place_of(bindings, subject, tunnel);

	if (place == ABI_NO_TUNNEL || mapped_tunnel_is_home_link(&bindings->tunnels[place]))
		return -ENOENT;
	learn_path_mtu(bindings, place, mtu, until);
	return 0;
}

int bindings_route_mtu(
	struct bindings *bindings, const struct route_ends *ends, uint32_t mtu, nanos until)
{
	const struct abi_subject *subject = subject_of(bindings, &ends->home_address, &ends->peer);
	int result = -ENOENT;

	for (int i = 0; subject && i < ABI_TUNNELS_PER_SUBJECT; i++) {
		if (subject->all[i] == ABI_NO_TUNNEL)
			continue;
		const struct abi_tunnel *tunnel = &bindings->tunnels[subject->all[i]];
		if (!map_address_equal(&tunnel->local, &ends->local) ||
			!map_address_equal(&tunnel->remote, &ends->remote))
			continue;
		learn_path_mtu(bindings, subject->all[i], mtu, until);
		result = 0;
	}
	return result;
}

void bindings_route_activity(const struct bindings *bindings, const struct in6_addr *home_address,
	const struct in6_addr *peer, const struct in6_addr *remote, nanos *ret_sent,
	nanos *ret_received)
{
	const struct abi_subject *subject = subject_of(bindings, home_address, peer);

	*ret_sent = 0;
	*ret_received = 0;
	for (int i = 0; subject && i < ABI_TUNNELS_PER_SUBJECT; i++) {
		if (subject->all[i] == ABI_NO_TUNNEL)
			continue;
		const volatile struct abi_tunnel *tunnel = &bindings->tunnels[subject->all[i]];
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
	const struct abi_subject *subject = subject_of(bindings, home_address, &in6addr_any);

	for (int i = 0; subject && i < ABI_TUNNELS_PER_SUBJECT; i++) {
		if (subject->all[i] == ABI_NO_TUNNEL)
			continue;
		const struct abi_tunnel *tunnel = &bindings->tunnels[subject->all[i]];
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
	const struct abi_subject *subject = subject_of(bindings, home_address, peer);

	for (int i = 0; subject && i < ABI_TUNNELS_PER_SUBJECT; i++) {
		const uint32_t number = subject->all[i];
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
	const struct abi_subject *subject = subject_of(bindings, home_address, &in6addr_any);
	uint32_t smallest = 0;

	const struct abi_traffic *traffic = subject ? own_traffic(bindings, subject) : NULL;
	for (uint32_t i = 0; traffic && i < traffic->usable; i++) {
		const struct abi_tunnel *tunnel = &bindings->tunnels[traffic->order[i]];
		/* No packet leaves by the other tunnels: their path MTUs do not matter. */
		if (i >= traffic->equal && traffic->equal != 0 && smallest != 0 &&
			!bindings->keep_flows && subject->rules == ABI_NO_RULES)
			break;
		if (tunnel->expires > now && (smallest == 0 || tunnel->mtu < smallest))
			smallest = tunnel->mtu;
	}
	return smallest != 0 && smallest < IPV6_MTU_MIN ? IPV6_MTU_MIN : smallest;
}

int bindings_best_tunnel(const struct bindings *bindings, const struct in6_addr *home_address,
	nanos now, struct effect_tunnel *ret)
{
	const struct abi_subject *subject = subject_of(bindings, home_address, &in6addr_any);

	const struct abi_traffic *traffic = subject ? own_traffic(bindings, subject) : NULL;
	for (uint32_t i = 0; traffic && i < traffic->usable; i++) {
		const struct abi_tunnel *tunnel = &bindings->tunnels[traffic->order[i]];
		if (tunnel->expires <= now)
			continue;
		*ret = mapped_tunnel_effect(subject, tunnel);
		return 0;
	}
	return -ENOENT;
}

/* ---- after a restart ---- */

/* A killed daemon may have been about to give the tunnel to a subject, or to take it away. */
static bool is_whole(const struct bindings *bindings, uint32_t subject, uint32_t place)
{
	return place < bindings->tunnels_max && bindings->tunnels[place].subject == subject &&
	       bindings->tunnels[place].generation % 2 == 0;
}

static void repair_subject(struct bindings *bindings, uint32_t number, uint8_t *used)
{
	struct abi_subject *subject = &bindings->subjects.at[number];

	for (int i = 0; i < ABI_TUNNELS_PER_SUBJECT; i++) {
		uint32_t place = subject->all[i];
		if (place == ABI_NO_TUNNEL)
			continue;
		if (is_whole(bindings, number, place))
			used[place] = 1;
		else
			map_store_u32(&subject->all[i], ABI_NO_TUNNEL);
	}
	write_orders(bindings, subject);
}

static void restore(struct bindings *bindings, uint8_t *used)
{
	for (uint32_t i = 0; i < bindings->subjects.max; i++) {
		if (bindings->subjects.at[i].number != 0)
			repair_subject(bindings, i, used);
		else
			bindings->rules.traffics[i].subject = ABI_NO_SUBJECT;
	}
	for (uint32_t i = 0; i < bindings->tunnels_max; i++) {
		struct abi_tunnel *tunnel = &bindings->tunnels[i];
		if (used[i])
			continue;
		tunnel->subject = ABI_NO_SUBJECT;
		tunnel->generation += tunnel->generation % 2;
		slots_give(&bindings->free_tunnels, i);
	}
}

int bindings_sweep(struct bindings *bindings)
{
	int result = 0;

	for (uint32_t i = 0; i < bindings->subjects.max && result == 0; i++) {
		struct abi_subject *subject = &bindings->subjects.at[i];
		if (subject->number != 0 && !subject_table_is_adopted(&bindings->subjects, subject))
			result = subject_free(bindings, subject);
	}
	subject_table_sweep_prefixes(&bindings->subjects);
	if (result == 0)
		result = rule_table_sweep(&bindings->rules);
	return result;
}

int bindings_init(struct bindings *bindings)
{
	uint8_t *used = calloc(bindings->tunnels_max, sizeof(*used));
	int result = -ENOMEM;

	if (used && slots_init(&bindings->free_tunnels, bindings->tunnels_max) == 0 &&
		path_mtus_init(&bindings->path_mtus, bindings->tunnels_max) == 0)
		result = subject_table_init(&bindings->subjects);
	bindings->rules.subjects = bindings->subjects.at;
	bindings->rules.subjects_max = bindings->subjects.max;
	if (result == 0)
		result = rule_table_init(&bindings->rules);
	if (result == 0)
		restore(bindings, used);
	free(used);
	if (result < 0)
		bindings_fini(bindings);
	return result;
}

void bindings_fini(struct bindings *bindings)
{
	rule_table_fini(&bindings->rules);
	subject_table_fini(&bindings->subjects);
	slots_fini(&bindings->free_tunnels);
	path_mtus_fini(&bindings->path_mtus);
}
