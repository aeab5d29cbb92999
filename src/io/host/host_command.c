/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets up and removes objects of the host. A command that finds its state already present, or the
 * object already removed, succeeds.
 */
#include "host_internal.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_link.h>
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

int host_command_remove(struct host *host, struct nlmsghdr *request)
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

/* RFC 6275 11.5.1: the home agent has checked that the home address is unique. Without lifetimes in
 * the request, the kernel keeps it valid and preferred forever. */
static int address_set(
	struct host *host, uint32_t ifindex, const struct in6_addr *address, uint8_t prefix_length)
{
	_Alignas(struct nlmsghdr) uint8_t octets[REQUEST_OCTETS];
	struct nlmsghdr *request =
		address_request(octets, RTM_NEWADDR, ifindex, address, prefix_length);

	request->nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE;
	mnl_attr_put_u32(request, IFA_FLAGS, IFA_F_NODAD | IFA_F_PERMANENT);
	return command(host, request);
}

int host_address_set(
	struct host *host, uint32_t ifindex, const struct in6_addr *address, uint8_t prefix_length)
{
	const struct intended_key key = intended_address_key(ifindex, address, prefix_length);
	const struct intended_rest rest = {0};

	intended_add(&host->intended, &key, &rest);
	return address_set(host, ifindex, address, prefix_length);
}

int host_address_remove(
	struct host *host, uint32_t ifindex, const struct in6_addr *address, uint8_t prefix_length)
{
	_Alignas(struct nlmsghdr) uint8_t octets[REQUEST_OCTETS];
	const struct intended_key key = intended_address_key(ifindex, address, prefix_length);

	intended_remove(&host->intended, &key);
	return host_command_remove(
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
	if (ifindex == host->device.ifindex)
		host->device.mtu = mtu;
	return command(host, request);
}

/* The device has home addresses only. The kernel forgets this setting at an MTU below 1280. */
static void put_no_link_local(struct nlmsghdr *request)
{
	struct nlattr *families = mnl_attr_nest_start(request, IFLA_AF_SPEC);
	struct nlattr *inet6 = mnl_attr_nest_start(request, AF_INET6);

	mnl_attr_put_u8(request, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(request, inet6);
	mnl_attr_nest_end(request, families);
}

/* Two requests: in one, the kernel makes a link-local address before it reads the setting. */
int host_command_device(struct host *host, bool up, bool mtu)
{
	_Alignas(struct nlmsghdr) uint8_t octets[REQUEST_OCTETS];
	struct nlmsghdr *request;
	struct ifinfomsg *link;
	int result = mtu ? host_mtu_set(host, host->device.ifindex, host->device.mtu) : 0;

	for (int step = 0; step < 2 && result == 0; step++) {
		request = mnl_nlmsg_put_header(octets);
		link = mnl_nlmsg_put_extra_header(request, sizeof(*link));
		request->nlmsg_type = RTM_NEWLINK;
		link->ifi_index = (int)host->device.ifindex;
		if (step == 0) {
			put_no_link_local(request);
		} else {
			link->ifi_flags = IFF_UP;
			link->ifi_change = IFF_UP;
		}
		if (step == 0 || up)
			result = command(host, request);
	}
	return result;
}

/* ---- routes ---- */

/* The fields that identify a route of ours; its router may have changed since it was set. */
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
	if (!route->unreachable)
		mnl_attr_put_u32(request, RTA_OIF, route->ifindex);
	return request;
}

static int route_set(struct host *host, const struct host_route *route)
{
	_Alignas(struct nlmsghdr) uint8_t octets[REQUEST_OCTETS];
	struct nlmsghdr *request = route_request(octets, RTM_NEWROUTE, route);
	struct rtmsg *header = mnl_nlmsg_get_payload(request);

	request->nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE;
	header->rtm_type = route->unreachable ? RTN_UNREACHABLE : RTN_UNICAST;
	if (!is_zero(&route->via)) {
		put_address(request, RTA_GATEWAY, &route->via);
		/* The router was learnt on this link. The table need not know its prefix. */
		header->rtm_flags = RTNH_F_ONLINK;
	}
	if (!is_zero(&route->source))
		put_address(request, RTA_PREFSRC, &route->source);
	return command(host, request);
}

int host_route_set(struct host *host, const struct host_route *route)
{
	const struct intended_key key = intended_route_key(route);
	const struct intended_rest rest = intended_route_rest(route);

	intended_add(&host->intended, &key, &rest);
	return route_set(host, route);
}

int host_route_remove(struct host *host, const struct host_route *route)
{
	_Alignas(struct nlmsghdr) uint8_t octets[REQUEST_OCTETS];
	const struct intended_key key = intended_route_key(route);

	intended_remove(&host->intended, &key);
	return host_command_remove(host, route_request(octets, RTM_DELROUTE, route));
}

/* ---- rules ---- */

static void put_ports(struct nlmsghdr *request, uint16_t type, const struct host_ports *ports)
{
	const struct fib_rule_port_range range = {ports->first, ports->last};

	if (ports->first != 0)
		mnl_attr_put(request, type, sizeof(range), &range);
}

static struct nlmsghdr *rule_request(uint8_t *octets, uint16_t type, const struct host_rule *rule)
{
	struct nlmsghdr *request = mnl_nlmsg_put_header(octets);
	struct fib_rule_hdr *header = mnl_nlmsg_put_extra_header(request, sizeof(*header));

	request->nlmsg_type = type;
	header->family = AF_INET6;
	header->src_len = rule->source_length;
	header->dst_len = rule->destination_length;
	header->action = FR_ACT_TO_TBL;
	if (rule->source_length != 0)
		put_address(request, FRA_SRC, &rule->source);
	if (rule->destination_length != 0)
		put_address(request, FRA_DST, &rule->destination);
	if (rule->local)
		mnl_attr_put_strz(request, FRA_IIFNAME, "lo");
	if (rule->protocol != 0)
		mnl_attr_put_u8(request, FRA_IP_PROTO, rule->protocol);
	put_ports(request, FRA_SPORT_RANGE, &rule->own_ports);
	put_ports(request, FRA_DPORT_RANGE, &rule->peer_ports);
	if (rule->specific)
		mnl_attr_put_u32(request, FRA_SUPPRESS_PREFIXLEN, 0);
	mnl_attr_put_u32(request, FRA_TABLE, rule->table);
	mnl_attr_put_u32(request, FRA_PRIORITY, rule->priority);
	mnl_attr_put_u8(request, FRA_PROTOCOL, HOST_PROTOCOL);
	return request;
}

static int rule_set(struct host *host, const struct host_rule *rule)
{
	_Alignas(struct nlmsghdr) uint8_t octets[REQUEST_OCTETS];
	struct nlmsghdr *request = rule_request(octets, RTM_NEWRULE, rule);
	int result;

	request->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	result = command(host, request);
	return result == -EEXIST ? 0 : result;
}

int host_rule_set(struct host *host, const struct host_rule *rule)
{
	const struct intended_key key = intended_rule_key(rule);
	const struct intended_rest rest = {0};

	intended_add(&host->intended, &key, &rest);
	return rule_set(host, rule);
}

int host_rule_remove(struct host *host, const struct host_rule *rule)
{
	_Alignas(struct nlmsghdr) uint8_t octets[REQUEST_OCTETS];
	const struct intended_key key = intended_rule_key(rule);

	intended_remove(&host->intended, &key);
	return host_command_remove(host, rule_request(octets, RTM_DELRULE, rule));
}

/* ---- restored objects ---- */

int host_command_intended(
	void *ctx, const struct intended_key *key, const struct intended_rest *rest)
{
	struct host *host = ctx;
	const struct host_route route = {
		.prefix = key->address,
		.prefix_length = (uint8_t)key->prefix_length,
		.ifindex = key->ifindex,
		.metric = key->metric,
		.table = key->table,
		.via = rest->via,
		.source = rest->source,
		.unreachable = rest->unreachable,
	};

	switch ((enum host_kind)key->kind) {
	case HOST_KIND_ADDRESS:
		return address_set(host, key->ifindex, &key->address, (uint8_t)key->prefix_length);
	case HOST_KIND_RULE: {
		const struct host_rule rule = intended_rule_of(key);

		return rule_set(host, &rule);
	}
	case HOST_KIND_ROUTE:
		break;
	}
	return route_set(host, &route);
}
