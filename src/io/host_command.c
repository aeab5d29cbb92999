/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the daemon sets up in the host and removes. Each command brings about a state: that it is
 * there already, or gone already, is success.
 */
#include "host_internal.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>

#define REQUEST_OCTETS 512

static bool is_zero(const struct in6_addr *address)
{
	return IN6_IS_ADDR_UNSPECIFIED(address);
}

static void put_address(struct nlmsghdr *request, uint16_t type, const struct in6_addr *address)
{
	mnl_attr_put(request, type, sizeof(*address), address);
}

static int command(struct host *host, struct nlmsghdr *request)
{
	return netlink_ask(&host->requests, request, NULL, NULL);
}

/* A removal: what is not there, or on an interface that is not there, is removed. */
static int command_remove(struct host *host, struct nlmsghdr *request)
{
	int result = command(host, request);

	switch (-result) {
	case ESRCH:
	case ENOENT:
	case ENODEV:
	case EADDRNOTAVAIL:
		return 0;
	default:
		return result;
	}
}

/* ---- interfaces ---- */

static struct nlmsghdr *address_request(uint8_t *octets, uint16_t type, uint32_t ifindex,
	const struct in6_addr *address, uint8_t prefix_length)
{
	struct nlmsghdr *request = mnl_nlmsg_put_header(octets);
	struct ifaddrmsg *header = mnl_nlmsg_put_extra_header(request, sizeof(*header));

	request->nlmsg_type = type;
	header->ifa_family = AF_INET6;
	header->ifa_prefixlen = prefix_length;
	header->ifa_scope = RT_SCOPE_UNIVERSE;
	header->ifa_index = ifindex;
	put_address(request, IFA_LOCAL, address);
	put_address(request, IFA_ADDRESS, address);
	return request;
}

/* RFC 6275 11.5.1: the home agent has seen to the home address's uniqueness. Without lifetimes in
 * the request, the kernel keeps it valid and preferred forever. */
int host_address_set(
	struct host *host, uint32_t ifindex, const struct in6_addr *address, uint8_t prefix_length)
{
	_Alignas(struct nlmsghdr) uint8_t octets[REQUEST_OCTETS];
	struct nlmsghdr *request =
		address_request(octets, RTM_NEWADDR, ifindex, address, prefix_length);

	request->nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE;
	mnl_attr_put_u32(request, IFA_FLAGS, IFA_F_NODAD | IFA_F_PERMANENT);
	return command(host, request);
}

int host_address_remove(
	struct host *host, uint32_t ifindex, const struct in6_addr *address, uint8_t prefix_length)
{
	_Alignas(struct nlmsghdr) uint8_t octets[REQUEST_OCTETS];

	return command_remove(
		host, address_request(octets, RTM_DELADDR, ifindex, address, prefix_length));
}

int host_mtu_set(struct host *host, uint32_t ifindex, uint32_t mtu)
{
	_Alignas(struct nlmsghdr) uint8_t octets[REQUEST_OCTETS];
	struct nlmsghdr *request = mnl_nlmsg_put_header(octets);
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(request, sizeof(*link));

	request->nlmsg_type = RTM_NEWLINK;
	link->ifi_index = (int)ifindex;
	mnl_attr_put_u32(request, IFLA_MTU, mtu);
	return command(host, request);
}

/* ---- routes ---- */

/* What identifies a route of ours; the router may have changed since it was set. */
static struct nlmsghdr *route_request(
	uint8_t *octets, uint16_t type, const struct host_route *route)
{
	struct nlmsghdr *request = mnl_nlmsg_put_header(octets);
	struct rtmsg *header = mnl_nlmsg_put_extra_header(request, sizeof(*header));

	request->nlmsg_type = type;
	header->rtm_family = AF_INET6;
	header->rtm_dst_len = route->prefix_length;
	header->rtm_protocol = HOST_PROTOCOL;
	header->rtm_scope = RT_SCOPE_UNIVERSE;
	put_address(request, RTA_DST, &route->prefix);
	mnl_attr_put_u32(request, RTA_TABLE, route->table);
	mnl_attr_put_u32(request, RTA_PRIORITY, route->metric);
	mnl_attr_put_u32(request, RTA_OIF, route->ifindex);
	return request;
}

int host_route_set(struct host *host, const struct host_route *route)
{
	_Alignas(struct nlmsghdr) uint8_t octets[REQUEST_OCTETS];
	struct nlmsghdr *request = route_request(octets, RTM_NEWROUTE, route);
	struct rtmsg *header = mnl_nlmsg_get_payload(request);

	request->nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE;
	header->rtm_type = RTN_UNICAST;
	if (!is_zero(&route->via)) {
		put_address(request, RTA_GATEWAY, &route->via);
		/* The router was learnt on this link. The table need not know its prefix. */
		header->rtm_flags = RTNH_F_ONLINK;
	}
	if (!is_zero(&route->source))
		put_address(request, RTA_PREFSRC, &route->source);
	return command(host, request);
}

int host_route_remove(struct host *host, const struct host_route *route)
{
	_Alignas(struct nlmsghdr) uint8_t octets[REQUEST_OCTETS];

	return command_remove(host, route_request(octets, RTM_DELROUTE, route));
}

/* ---- rules ---- */

static struct nlmsghdr *rule_request(uint8_t *octets, uint16_t type, const struct in6_addr *source,
	uint32_t table, uint32_t priority)
{
	struct nlmsghdr *request = mnl_nlmsg_put_header(octets);
	struct fib_rule_hdr *header = mnl_nlmsg_put_extra_header(request, sizeof(*header));

	request->nlmsg_type = type;
	header->family = AF_INET6;
	header->src_len = 128;
	header->action = FR_ACT_TO_TBL;
	put_address(request, FRA_SRC, source);
	mnl_attr_put_u32(request, FRA_TABLE, table);
	mnl_attr_put_u32(request, FRA_PRIORITY, priority);
	mnl_attr_put_u8(request, FRA_PROTOCOL, HOST_PROTOCOL);
	return request;
}

int host_rule_set(
	struct host *host, const struct in6_addr *source, uint32_t table, uint32_t priority)
{
	_Alignas(struct nlmsghdr) uint8_t octets[REQUEST_OCTETS];
	struct nlmsghdr *request = rule_request(octets, RTM_NEWRULE, source, table, priority);
	int result;

	request->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	result = command(host, request);
	return result == -EEXIST ? 0 : result;
}

int host_rule_remove(
	struct host *host, const struct in6_addr *source, uint32_t table, uint32_t priority)
{
	_Alignas(struct nlmsghdr) uint8_t octets[REQUEST_OCTETS];

	return command_remove(host, rule_request(octets, RTM_DELRULE, source, table, priority));
}

/* ---- what a killed daemon left ---- */

/* As the kernel describes a thing, it lets itself be told to delete it. */
struct leftovers {
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

static void keep_route(void *ctx, const struct nlmsghdr *message)
{
	const struct rtmsg *header = mnl_nlmsg_get_payload(message);

	if (header->rtm_protocol == HOST_PROTOCOL)
		keep(ctx, message);
}

static int find_protocol(const struct nlattr *attribute, void *ctx)
{
	if (mnl_attr_get_type(attribute) == FRA_PROTOCOL)
		*(uint8_t *)ctx = mnl_attr_get_u8(attribute);
	return MNL_CB_OK;
}

static void keep_rule(void *ctx, const struct nlmsghdr *message)
{
	uint8_t protocol = RTPROT_UNSPEC;

	(void)mnl_attr_parse(message, sizeof(struct fib_rule_hdr), find_protocol, &protocol);
	if (protocol == HOST_PROTOCOL)
		keep(ctx, message);
}

static int remove_kept(struct host *host, struct leftovers *leftovers)
{
	for (size_t at = 0; at < leftovers->used;) {
		struct nlmsghdr *kept = (struct nlmsghdr *)(void *)(leftovers->octets + at);
		int result = command_remove(host, kept);

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

static int sweep(struct host *host, uint16_t get_type, uint16_t remove_type, netlink_handler *each)
{
	for (int round = 0; round < SWEEP_ROUNDS; round++) {
		struct leftovers leftovers = {.remove_type = remove_type};
		int dumped = dump(host, get_type, each, &leftovers), removed;

		if (dumped < 0 && dumped != -EINTR)
			return dumped;
		removed = remove_kept(host, &leftovers);
		if (removed < 0)
			return removed;
		if (dumped == 0 && leftovers.used == 0)
			return 0;
	}
	return -EBUSY;
}

int host_sweep(struct host *host)
{
	int rules = sweep(host, RTM_GETRULE, RTM_DELRULE, keep_rule);
	int routes = sweep(host, RTM_GETROUTE, RTM_DELROUTE, keep_route);

	return rules < 0 ? rules : routes;
}
