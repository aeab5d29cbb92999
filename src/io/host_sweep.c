/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Removes routes and rules of ours: all of them, only those that a daemon before this one left and
 * this one did not set again, or only those that this one did set. For that, what is set is
 * remembered from host_new() on, until the first host_sweep_stale(). Nothing that is wanted is
 * touched, so that forwarding goes on.
 */
#include "host_internal.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

/* Its default ends the process when memory is short. */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(entry) ((entry)->lost = true)
#include <uthash.h>

#define REQUEST_OCTETS 512

/* ---- what was set ---- */

/* What tells a route or rule from others. No octet of padding is left unset. */
struct thing_key {
	struct in6_addr address;
	uint32_t prefix_length;
	uint32_t table;
	uint32_t metric;
	uint32_t ifindex; /* of a rule: 0 */
};

struct host_thing {
	struct thing_key key;
	bool lost;
	UT_hash_handle hh;
};

static struct thing_key route_key(const struct host_route *route)
{
	return (struct thing_key){
		.address = route->prefix,
		.prefix_length = route->prefix_length,
		.table = route->table,
		.metric = route->metric,
		.ifindex = route->ifindex,
	};
}

static struct thing_key rule_key(const struct in6_addr *source, uint32_t table, uint32_t priority)
{
	return (struct thing_key){
		.address = *source,
		.prefix_length = 128,
		.table = table,
		.metric = priority,
	};
}

static struct host_thing *find(const struct host *host, const struct thing_key *key)
{
	struct host_thing *found;

	HASH_FIND(hh, host->things, key, sizeof(*key), found);
	return found;
}

static void remember(struct host *host, const struct thing_key *key)
{
	struct host_thing *thing;

	if (!host->remembers || find(host, key))
		return;
	thing = calloc(1, sizeof(*thing));
	if (thing) {
		thing->key = *key;
		HASH_ADD(hh, host->things, key, sizeof(thing->key), thing);
	}
	if (!thing || thing->lost) {
		free(thing);
		host->remembers_not_all = true;
	}
}

void host_remember_route(struct host *host, const struct host_route *route)
{
	const struct thing_key key = route_key(route);

	remember(host, &key);
}

void host_remember_rule(
	struct host *host, const struct in6_addr *source, uint32_t table, uint32_t priority)
{
	const struct thing_key key = rule_key(source, table, priority);

	remember(host, &key);
}

void host_forget_things(struct host *host)
{
	struct host_thing *thing, *next;

	HASH_ITER(hh, host->things, thing, next)
	{
		HASH_DEL(host->things, thing);
		free(thing);
	}
}

/* ---- what is there ---- */

enum sweep {
	SWEEP_ALL,
	SWEEP_STALE,
	SWEEP_SET,
};

/* As the kernel describes a thing, it lets itself be told to delete it. */
struct leftovers {
	const struct host *host;
	enum sweep sweep;
	const struct host_own *own;
	uint16_t remove_type;
	size_t used;
	_Alignas(struct nlmsghdr) uint8_t octets[NETLINK_OCTETS_MAX];
};

/* Keeps what fits; the rest is found by the next dump. */
static void keep(struct leftovers *leftovers, const struct nlmsghdr *message)
{
	struct nlmsghdr *kept = (struct nlmsghdr *)(void *)(leftovers->octets + leftovers->used);
	size_t length = netlink_align(message->nlmsg_len);

	if (length > sizeof(leftovers->octets) - leftovers->used)
		return;
	memcpy(kept, message, message->nlmsg_len);
	kept->nlmsg_type = leftovers->remove_type;
	kept->nlmsg_flags = 0;
	kept->nlmsg_pid = 0;
	leftovers->used += length;
}

static bool is_own(const struct host_own *own, const struct thing_key *key)
{
	if (key->ifindex != 0 && key->ifindex == own->device)
		return true;
	for (size_t i = 0; i < own->tables_count; i++)
		if (own->tables[i] == key->table)
			return true;
	return false;
}

static bool is_left(const struct leftovers *leftovers, const struct thing_key *key)
{
	if (!is_own(leftovers->own, key))
		return false;
	return leftovers->sweep == SWEEP_ALL ||
	       (leftovers->sweep == SWEEP_SET) == (find(leftovers->host, key) != NULL);
}

static void keep_route(void *ctx, const struct nlmsghdr *message)
{
	const struct rtmsg *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *of[RTA_MAX + 1] = {0};
	struct host_route route = {.prefix_length = header->rtm_dst_len};

	if (header->rtm_protocol != HOST_PROTOCOL)
		return;
	host_parse(message, sizeof(*header), of, RTA_MAX + 1);
	(void)host_get_address(of[RTA_DST], &route.prefix); /* the default route has none */
	route.table = host_get_u32(of[RTA_TABLE], header->rtm_table);
	route.metric = host_get_u32(of[RTA_PRIORITY], 0);
	route.ifindex = host_get_u32(of[RTA_OIF], 0);
	const struct thing_key key = route_key(&route);
	if (is_left(ctx, &key))
		keep(ctx, message);
}

static void keep_rule(void *ctx, const struct nlmsghdr *message)
{
	const struct fib_rule_hdr *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *of[FRA_MAX + 1] = {0};
	struct in6_addr source = {0};

	host_parse(message, sizeof(*header), of, FRA_MAX + 1);
	if (!of[FRA_PROTOCOL] || mnl_attr_get_u8(of[FRA_PROTOCOL]) != HOST_PROTOCOL)
		return;
	(void)host_get_address(of[FRA_SRC], &source);
	const struct thing_key key = rule_key(&source, host_get_u32(of[FRA_TABLE], header->table),
		host_get_u32(of[FRA_PRIORITY], 0));
	if (is_left(ctx, &key))
		keep(ctx, message);
}

static int remove_kept(struct host *host, struct leftovers *leftovers)
{
	for (size_t at = 0; at < leftovers->used;) {
		struct nlmsghdr *kept = (struct nlmsghdr *)(void *)(leftovers->octets + at);
		int result = host_command_remove(host, kept);

		if (result < 0)
			return result;
		at += netlink_align(kept->nlmsg_len);
	}
	return 0;
}

static int dump(struct host *host, uint16_t type, netlink_handler *each, void *ctx)
{
	_Alignas(struct nlmsghdr) uint8_t octets[REQUEST_OCTETS];
	struct nlmsghdr *request = mnl_nlmsg_put_header(octets);
	struct rtmsg *header = mnl_nlmsg_put_extra_header(request, sizeof(*header));

	_Static_assert(sizeof(struct rtmsg) == sizeof(struct fib_rule_hdr), "one dump for both");
	request->nlmsg_type = type;
	request->nlmsg_flags = NLM_F_DUMP;
	header->rtm_family = AF_INET6;
	return netlink_ask(&host->requests, request, each, ctx);
}

/* As many rounds as a large number of routes of ours might need; more is somebody adding them
 * as fast as they are removed. */
#define SWEEP_ROUNDS 64

static int sweep(
	struct leftovers *leftovers, struct host *host, uint16_t get_type, netlink_handler *each)
{
	for (int round = 0; round < SWEEP_ROUNDS; round++) {
		leftovers->used = 0;
		int dumped = dump(host, get_type, each, leftovers), removed;

		if (dumped < 0 && dumped != -EINTR)
			return dumped;
		removed = remove_kept(host, leftovers);
		if (removed < 0)
			return removed;
		if (dumped == 0 && leftovers->used == 0)
			return 0;
	}
	return -EBUSY;
}

static int sweep_both(struct host *host, enum sweep which, const struct host_own *own)
{
	struct leftovers leftovers = {.host = host, .sweep = which, .own = own};

	leftovers.remove_type = RTM_DELRULE;
	int rules = sweep(&leftovers, host, RTM_GETRULE, keep_rule);
	leftovers.remove_type = RTM_DELROUTE;
	int routes = sweep(&leftovers, host, RTM_GETROUTE, keep_route);

	return rules < 0 ? rules : routes;
}

int host_sweep(struct host *host, const struct host_own *own)
{
	return sweep_both(host, SWEEP_ALL, own);
}

int host_sweep_set(struct host *host, const struct host_own *own)
{
	return sweep_both(host, SWEEP_SET, own);
}

int host_sweep_stale(struct host *host, const struct host_own *own)
{
	int result = host->remembers_not_all ? -ENOMEM : sweep_both(host, SWEEP_STALE, own);

	host_forget_things(host);
	host->remembers = false;
	return result;
}
