/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Watches interfaces. A notification is only a hint that an interface may have changed;
 * host_snapshot.c reads its present state from the kernel. So a lost, reordered or misunderstood
 * notification cannot leave a wrong snapshot behind.
 */
#include "host_internal.h"

#include <assert.h>
#include <errno.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Many changes of routes or addresses are read together, not one by one. */
#define NOTIFICATIONS_OCTETS (4 * 1024 * 1024)
/* The most messages of one host_read(): the daemon has other work. */
#define RECEIVES_MAX 1024

struct watched {
	struct host_interface snapshot;
	bool stale;
	bool told; /* the first snapshot has been handed out */
};

/* ---- hints ---- */

static void all_stale(struct host *host)
{
	for (size_t i = 0; i < host->watched_count; i++)
		host->watched[i].stale = true;
}

static void interface_stale(struct host *host, uint32_t ifindex)
{
	for (size_t i = 0; i < host->watched_count; i++)
		if (host->watched[i].snapshot.ifindex == ifindex)
			host->watched[i].stale = true;
}

static void link_hint(struct host *host, const struct nlmsghdr *message)
{
	const struct ifinfomsg *link = mnl_nlmsg_get_payload(message);

	interface_stale(host, (uint32_t)link->ifi_index);
	/* New, or renamed: it may be a watched interface that was missing. */
	interface_stale(host, 0);
}

static void address_hint(struct host *host, const struct nlmsghdr *message)
{
	const struct ifaddrmsg *address = mnl_nlmsg_get_payload(message);

	interface_stale(host, address->ifa_index);
}

static void route_hint(struct host *host, const struct nlmsghdr *message)
{
	static const struct in6_addr everywhere;

	/* A next hop of a multipath route can change in a notification that does not name its
	 * interface. */
	bool covers = host_route_covers(message, &everywhere);
	for (unsigned int i = 0; i < host->targets_count; i++)
		covers = covers || host_route_covers(message, &host->targets[i]);
	if (covers)
		all_stale(host);
}

/* Forwarding was switched; the kernel accepts Router Advertisements depending on it. accept_ra is
 * not notified. */
static void netconf_hint(struct host *host, const struct nlmsghdr *message)
{
	const struct nlattr *of[NETCONFA_MAX + 1] = {0};

	host_parse(message, sizeof(struct netconfmsg), of, NETCONFA_MAX + 1);
	if (of[NETCONFA_FORWARDING])
		interface_stale(host, host_get_u32(of[NETCONFA_IFINDEX], 0));
}

static void take_hint(struct host *host, const struct nlmsghdr *message)
{
	switch (message->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		link_hint(host, message);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		address_hint(host, message);
		break;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		route_hint(host, message);
		break;
	case RTM_NEWNETCONF:
		netconf_hint(host, message);
		break;
	}
}

/*
 * Whether an intended object may be gone. Notifications of this process's own requests do not
 * count. The kernel replaces a route without a notification that the old one was deleted.
 */
static bool is_removal(const struct host *host, const struct nlmsghdr *message)
{
	struct intended_key key;
	struct intended_rest rest;

	if (message->nlmsg_pid == mnl_socket_get_portid(host->requests.socket))
		return false;
	switch (message->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK: {
		const struct ifinfomsg *link = mnl_nlmsg_get_payload(message);

		return (uint32_t)link->ifi_index == host->device.ifindex;
	}
	case RTM_DELADDR:
		return host_address_of(message, &key) && intended_has(&host->intended, &key);
	case RTM_NEWROUTE:
		return message->nlmsg_flags & NLM_F_REPLACE;
	case RTM_DELROUTE:
		return host_route_of(message, &key, &rest) && intended_has(&host->intended, &key);
	case RTM_NEWRULE:
	case RTM_DELRULE:
	case RTM_NEWTFILTER:
	case RTM_DELTFILTER:
	case RTM_DELQDISC:
		return true;
	default:
		return false;
	}
}

static int read_hints(struct host *host)
{
	_Alignas(struct nlmsghdr) uint8_t octets[NETLINK_OCTETS_MAX];

	for (int i = 0; i < RECEIVES_MAX; i++) {
		const struct nlmsghdr *message = (const struct nlmsghdr *)octets;
		int left =
			netlink_receive(&host->notifications, octets, sizeof(octets), MSG_DONTWAIT);

		if (left == -EAGAIN)
			return 0;
		if (left ==
			-ENOBUFS) { /* notifications were lost, and their contents are not known */
			all_stale(host);
			host->hinted = true;
			continue;
		}
		if (left < 0)
			return left;
		for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
			take_hint(host, message);
			host->hinted = host->hinted || is_removal(host, message);
		}
	}
	return 0;
}

/* ---- snapshots ---- */

static int refresh(struct host *host, size_t which)
{
	struct watched *watched = &host->watched[which];
	struct host_interface snapshot;
	int result = host_snapshot_read(host, &watched->snapshot, &snapshot);

	if (result < 0)
		return result;
	watched->stale = false;
	if (watched->told && host_snapshot_equal(&watched->snapshot, &snapshot))
		return 0;
	watched->told = true;
	watched->snapshot = snapshot;
	/* `changed` may call host_watch(), which moves `watched`: it gets the copy. */
	host->changed(host->ctx, &snapshot);
	return 0;
}

int host_read(struct host *host)
{
	int result = read_hints(host);

	for (size_t i = 0; i < host->watched_count; i++) {
		int refreshed = host->watched[i].stale ? refresh(host, i) : 0;

		if (refreshed < 0 && result == 0)
			result = refreshed;
	}
	return result;
}

void host_resynchronize(struct host *host)
{
	all_stale(host);
}

/* ---- the object ---- */

static int join_groups(struct host *host)
{
	static const int groups[] = {RTNLGRP_LINK, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV6_ROUTE,
		RTNLGRP_IPV6_NETCONF, RTNLGRP_IPV6_RULE, RTNLGRP_TC};
	const struct mnl_socket *socket = host->notifications.socket;
	int fd = netlink_fd(&host->notifications), octets = NOTIFICATIONS_OCTETS;

	/* Without the privilege, as much as the system allows: with less, the daemon must
	 * resynchronize more often. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &octets, sizeof(octets)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &octets, sizeof(octets));
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		int group = groups[i];

		if (mnl_socket_setsockopt(socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) <
			0)
			return -errno;
	}
	return 0;
}

static int open_sockets(struct host *host)
{
	int result = host_groups_new(&host->groups);

	if (result == 0)
		result = netlink_open(&host->requests);
	if (result == 0)
		result = netlink_open(&host->notifications);
	if (result == 0)
		result = join_groups(host);
	return result;
}

int host_new(
	void (*changed)(void *ctx, const struct host_interface *), void *ctx, struct host **ret)
{
	struct host *host = calloc(1, sizeof(*host));
	int result;

	assert(changed);
	if (!host)
		return -ENOMEM;
	host->changed = changed;
	host->ctx = ctx;
	result = open_sockets(host);
	if (result < 0) {
		host_free(host);
		return result;
	}
	*ret = host;
	return 0;
}

void host_free(struct host *host)
{
	if (!host)
		return;
	netlink_close(&host->notifications);
	netlink_close(&host->requests);
	host_groups_free(host->groups);
	intended_clear(&host->intended);
	free(host->watched);
	free(host);
}

static bool is_watched(const struct host *host, const char *name)
{
	for (size_t i = 0; i < host->watched_count; i++)
		if (strcmp(host->watched[i].snapshot.name, name) == 0)
			return true;
	return false;
}

/* Makes the descriptor readable: the kernel acknowledges even an empty message. */
static int wake(struct host *host)
{
	_Alignas(struct nlmsghdr) uint8_t octets[NLMSG_HDRLEN];
	struct nlmsghdr *nothing = mnl_nlmsg_put_header(octets);

	nothing->nlmsg_type = NLMSG_NOOP;
	nothing->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	return netlink_send(&host->notifications, nothing);
}

int host_watch(struct host *host, const char *name)
{
	size_t length = strlen(name);
	struct watched *watched;

	if (length == 0 || length >= IFNAMSIZ)
		return -EINVAL;
	if (is_watched(host, name))
		return 0;
	watched = realloc(host->watched, (host->watched_count + 1) * sizeof(*watched));
	if (!watched)
		return -ENOMEM;
	host->watched = watched;
	watched += host->watched_count++;
	*watched = (struct watched){.stale = true};
	memcpy(watched->snapshot.name, name, length);
	return wake(host);
}

int host_target_set(struct host *host, unsigned int which, const struct in6_addr *target)
{
	assert(which < HOST_TARGETS_MAX);
	if (host->targets_count <= which)
		host->targets_count = which + 1;
	host->targets[which] = *target;
	all_stale(host);
	return wake(host);
}

int host_fd(const struct host *host)
{
	return netlink_fd(&host->notifications);
}
