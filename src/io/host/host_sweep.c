/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Removes routes and rules of ours: all of them, only those that the previous daemon left and this
 * one does not intend, or only those that this one intends. Intended objects are not touched, so
 * that forwarding continues.
 */
#include "host_internal.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* ---- dumps ---- */

enum sweep {
	SWEEP_ALL,
	SWEEP_STALE,
	SWEEP_SET,
};

/* The kernel deletes an object by the same message that describes it. */
struct leftovers {
	const struct host *host;
	enum sweep sweep;
	const struct host_own *own;
	uint16_t remove_type;
	size_t used;
	_Alignas(struct nlmsghdr) uint8_t octets[NETLINK_OCTETS_MAX];
};

/* Keeps as many as fit; the next dump finds the rest. */
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

static bool is_own(const struct host_own *own, const struct intended_key *key)
{
	if (key->ifindex != 0 && key->ifindex == own->device)
		return true;
	if (key->kind == HOST_KIND_RULE && key->table == RT_TABLE_MAIN &&
		own->first_to_main <= key->metric && key->metric <= own->last_to_main)
		return true;
	for (size_t i = 0; i < own->tables_count; i++)
		if (own->tables[i] == key->table)
			return true;
	return false;
}

static bool is_left(const struct leftovers *leftovers, const struct intended_key *key)
{
	if (!is_own(leftovers->own, key))
		return false;
	return leftovers->sweep == SWEEP_ALL ||
	       (leftovers->sweep == SWEEP_SET) == intended_has(&leftovers->host->intended, key);
}

static void keep_route(void *ctx, const struct nlmsghdr *message)
{
	struct intended_key key;
	struct intended_rest rest;

	if (host_route_of(message, &key, &rest) && is_left(ctx, &key))
		keep(ctx, message);
}

static void keep_rule(void *ctx, const struct nlmsghdr *message)
{
	struct intended_key key;

	if (host_rule_of(message, &key) && is_left(ctx, &key))
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

/* As many rounds as a large number of routes of ours might need; more means that another program
 * adds them as fast as they are removed. */
#define SWEEP_ROUNDS 64

static int sweep(
	struct leftovers *leftovers, struct host *host, uint16_t get_type, netlink_handler *each)
{
	for (int round = 0; round < SWEEP_ROUNDS; round++) {
		leftovers->used = 0;
		int dumped = host_dump(host, get_type, each, leftovers), removed;

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
	return host->intended.incomplete ? -ENOMEM : sweep_both(host, SWEEP_STALE, own);
}
