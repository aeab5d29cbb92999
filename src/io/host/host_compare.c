/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compares the intended objects of the host with those of the kernel, and puts back the missing
 * ones. Each comparison is of all objects, independently of the notification, so that a lost or
 * misunderstood notification does no harm (ADR 28).
 */
#include "host_internal.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#define REQUEST_OCTETS 512
/* How often a dump is repeated if objects changed during it. */
#define DUMP_TRIES 4

/* ---- objects as the kernel describes them ---- */

bool host_address_of(const struct nlmsghdr *message, struct intended_key *ret)
{
	const struct ifaddrmsg *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *of[IFA_MAX + 1] = {0};
	struct in6_addr address;

	if (header->ifa_family != AF_INET6)
		return false;
	host_parse(message, sizeof(*header), of, IFA_MAX + 1);
	if (!host_get_address(of[IFA_LOCAL], &address) &&
		!host_get_address(of[IFA_ADDRESS], &address))
		return false;
	*ret = intended_address_key(header->ifa_index, &address, header->ifa_prefixlen);
	return true;
}

bool host_route_of(
	const struct nlmsghdr *message, struct intended_key *ret, struct intended_rest *ret_rest)
{
	const struct rtmsg *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *of[RTA_MAX + 1] = {0};
	struct host_route route = {.prefix_length = header->rtm_dst_len};

	if (header->rtm_family != AF_INET6 || header->rtm_protocol != HOST_PROTOCOL)
		return false;
	host_parse(message, sizeof(*header), of, RTA_MAX + 1);
	(void)host_get_address(of[RTA_DST], &route.prefix); /* the default route has none */
	(void)host_get_address(of[RTA_GATEWAY], &route.via);
	(void)host_get_address(of[RTA_PREFSRC], &route.source);
	route.table = host_get_u32(of[RTA_TABLE], header->rtm_table);
	route.metric = host_get_u32(of[RTA_PRIORITY], 0);
	route.ifindex = host_get_u32(of[RTA_OIF], 0);
	route.unreachable = header->rtm_type == RTN_UNREACHABLE;
	*ret = intended_route_key(&route);
	*ret_rest = intended_route_rest(&route);
	return true;
}

static struct host_ports get_ports(const struct nlattr *attribute)
{
	struct fib_rule_port_range range = {0};

	if (attribute && mnl_attr_get_payload_len(attribute) >= sizeof(range))
		memcpy(&range, mnl_attr_get_payload(attribute), sizeof(range));
	return (struct host_ports){range.start, range.end};
}

static bool is_loopback(const struct nlattr *interface)
{
	return interface && strncmp(mnl_attr_get_payload(interface), "lo",
				    mnl_attr_get_payload_len(interface)) == 0;
}

bool host_rule_of(const struct nlmsghdr *message, struct intended_key *ret)
{
	const struct fib_rule_hdr *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *of[FRA_MAX + 1] = {0};
	struct host_rule rule = {
		.source_length = header->src_len, .destination_length = header->dst_len};

	host_parse(message, sizeof(*header), of, FRA_MAX + 1);
	if (!of[FRA_PROTOCOL] || mnl_attr_get_u8(of[FRA_PROTOCOL]) != HOST_PROTOCOL)
		return false;
	(void)host_get_address(of[FRA_SRC], &rule.source);
	(void)host_get_address(of[FRA_DST], &rule.destination);
	if (of[FRA_IP_PROTO])
		rule.protocol = mnl_attr_get_u8(of[FRA_IP_PROTO]);
	rule.own_ports = get_ports(of[FRA_SPORT_RANGE]);
	rule.peer_ports = get_ports(of[FRA_DPORT_RANGE]);
	rule.local = is_loopback(of[FRA_IIFNAME]);
	rule.specific = host_get_u32(of[FRA_SUPPRESS_PREFIXLEN], UINT32_MAX) == 0;
	rule.table = host_get_u32(of[FRA_TABLE], header->table);
	rule.priority = host_get_u32(of[FRA_PRIORITY], 0);
	*ret = intended_rule_key(&rule);
	return true;
}

int host_dump(struct host *host, uint16_t type, netlink_handler *each, void *ctx)
{
	_Alignas(struct nlmsghdr) uint8_t octets[REQUEST_OCTETS];
	struct nlmsghdr *request = mnl_nlmsg_put_header(octets);

	request->nlmsg_type = type;
	request->nlmsg_flags = NLM_F_DUMP;
	if (type == RTM_GETADDR) {
		struct ifaddrmsg *header = mnl_nlmsg_put_extra_header(request, sizeof(*header));

		header->ifa_family = AF_INET6;
	} else {
		struct rtmsg *header = mnl_nlmsg_put_extra_header(request, sizeof(*header));

		_Static_assert(sizeof(struct rtmsg) == sizeof(struct fib_rule_hdr), "one for both");
		header->rtm_family = AF_INET6;
		if (type == RTM_GETROUTE)
			header->rtm_protocol = HOST_PROTOCOL;
	}
	return netlink_ask(&host->requests, request, each, ctx);
}

/* ---- rules of others ---- */

static bool has_selector(const struct nlattr *const *of)
{
	static const uint16_t selectors[] = {FRA_FWMARK, FRA_FWMASK, FRA_UID_RANGE, FRA_IP_PROTO,
		FRA_SPORT_RANGE, FRA_DPORT_RANGE, FRA_OIFNAME, FRA_TUN_ID};

	for (size_t i = 0; i < sizeof(selectors) / sizeof(selectors[0]); i++)
		if (of[selectors[i]])
			return true;
	return false;
}

/* "iif lo" selects the packets that this host sends itself. */
static bool is_of_forwarded(const struct nlattr *interface)
{
	return interface && strcmp(mnl_attr_get_str(interface), "lo") != 0;
}

struct rule_walk {
	struct host *host;
	struct host_before before;
};

static void read_foreign_rule(struct rule_walk *walk, const struct nlmsghdr *message)
{
	const struct fib_rule_hdr *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *of[FRA_MAX + 1] = {0};
	struct host_foreign_rule rule = {.source_length = header->src_len};

	host_parse(message, sizeof(*header), of, FRA_MAX + 1);
	rule.table = host_get_u32(of[FRA_TABLE], header->table);
	/* Harmless: the local table; rules for some destinations, or for forwarded packets. */
	if (rule.table == RT_TABLE_LOCAL || header->dst_len != 0 ||
		is_of_forwarded(of[FRA_IIFNAME]) || header->flags & FIB_RULE_INVERT ||
		walk->before.count == HOST_BEFORE_MAX)
		return;
	rule.priority = host_get_u32(of[FRA_PRIORITY], 0);
	(void)host_get_address(of[FRA_SRC], &rule.source);
	rule.marked = header->tos != 0 || has_selector(of);
	for (unsigned int i = 0; i < walk->host->first_count; i++) {
		if (!intended_rule_after(&walk->host->intended, &walk->host->first[i], &rule))
			continue;
		walk->before.rules[walk->before.count++] = rule;
		return;
	}
}

static void read_rule(void *ctx, const struct nlmsghdr *message)
{
	static const struct intended_rest rest;
	struct rule_walk *walk = ctx;
	struct intended_key key;

	if (host_rule_of(message, &key))
		intended_seen(&walk->host->intended, &key, &rest);
	else
		read_foreign_rule(walk, message);
}

void host_rule_first(struct host *host, const struct in6_addr *source)
{
	if (host->first_count < HOST_TARGETS_MAX)
		host->first[host->first_count++] = *source;
}

size_t host_foreign_rules(const struct host *host, const struct host_foreign_rule **ret)
{
	*ret = host->before.rules;
	return host->before.count;
}

/* ---- addresses and routes ---- */

static void read_address(void *ctx, const struct nlmsghdr *message)
{
	static const struct intended_rest rest;
	struct host *host = ctx;
	struct intended_key key;

	if (host_address_of(message, &key))
		intended_seen(&host->intended, &key, &rest);
}

static void read_route(void *ctx, const struct nlmsghdr *message)
{
	struct host *host = ctx;
	struct intended_key key;
	struct intended_rest rest;

	if (host_route_of(message, &key, &rest))
		intended_seen(&host->intended, &key, &rest);
}

/* -EINTR: objects that changed during a dump may be missing in it, and would be restored without
 * need. */
static int read_all(struct host *host)
{
	struct rule_walk rules = {.host = host};
	int result;

	intended_begin(&host->intended);
	result = host_dump(host, RTM_GETADDR, read_address, host);
	if (result == 0)
		result = host_dump(host, RTM_GETROUTE, read_route, host);
	if (result == 0)
		result = host_dump(host, RTM_GETRULE, read_rule, &rules);
	if (result == 0)
		host->before = rules.before;
	return result;
}

/* ---- the device ---- */

struct device_state {
	bool up;
	uint32_t mtu;
	bool link_local; /* the kernel would give it a link-local address */
};

static int read_mode(const struct nlattr *attribute, void *ctx)
{
	bool *link_local = ctx;

	if (mnl_attr_get_type(attribute) == IFLA_INET6_ADDR_GEN_MODE)
		*link_local = mnl_attr_get_u8(attribute) != IN6_ADDR_GEN_MODE_NONE;
	return MNL_CB_OK;
}

static int read_family(const struct nlattr *family, void *ctx)
{
	if (mnl_attr_get_type(family) == AF_INET6)
		(void)mnl_attr_parse_nested(family, read_mode, ctx);
	return MNL_CB_OK;
}

static void read_device(void *ctx, const struct nlmsghdr *message)
{
	struct device_state *state = ctx;
	const struct ifinfomsg *link = mnl_nlmsg_get_payload(message);
	const struct nlattr *of[IFLA_MAX + 1] = {0};

	host_parse(message, sizeof(*link), of, IFLA_MAX + 1);
	state->up = link->ifi_flags & IFF_UP;
	state->mtu = host_get_u32(of[IFLA_MTU], 0);
	if (of[IFLA_AF_SPEC])
		(void)mnl_attr_parse_nested(of[IFLA_AF_SPEC], read_family, &state->link_local);
}

static int ask_device(struct host *host, struct device_state *ret)
{
	_Alignas(struct nlmsghdr) uint8_t octets[REQUEST_OCTETS];
	struct nlmsghdr *request = mnl_nlmsg_put_header(octets);
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(request, sizeof(*link));

	request->nlmsg_type = RTM_GETLINK;
	link->ifi_index = (int)host->device.ifindex;
	mnl_attr_put_u32(request, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return netlink_ask(&host->requests, request, read_device, ret);
}

void host_device_set(struct host *host, uint32_t ifindex)
{
	host->device.ifindex = ifindex;
}

int host_device_check(struct host *host)
{
	struct device_state state;

	return host->device.ifindex == 0 ? 0 : ask_device(host, &state);
}

static void device_text(
	const struct host *host, const struct device_state *state, char *ret, size_t size)
{
	char name[IF_NAMESIZE] = "";

	(void)if_indextoname(host->device.ifindex, name);
	if (!state->up)
		snprintf(ret, size, "device %s up", name);
	else if (host->device.mtu != 0 && state->mtu != host->device.mtu)
		snprintf(ret, size, "device %s MTU %u", name, host->device.mtu);
	else
		snprintf(ret, size, "device %s without link-local address", name);
}

static int reconcile_device(
	struct host *host, uint64_t now, put_back_handler *tell, void *ctx, uint64_t *ret_again)
{
	struct host_device *device = &host->device;
	struct device_state state = {0};
	char text[INTENDED_TEXT_MAX];
	if (device->ifindex == 0)
		return 0;
	int result = ask_device(host, &state);

	if (result < 0)
		return result;
	bool mtu = device->mtu != 0 && state.mtu != device->mtu;

	device->put_back.missing = !state.up || mtu || state.link_local;
	if (device->put_back.missing && put_back_when(&device->put_back) <= now) {
		device_text(host, &state, text, sizeof(text));
		put_back_tried(&device->put_back, now, host_command_device(host, !state.up, mtu));
		tell(ctx, text, &device->put_back);
	}
	if (device->put_back.missing && put_back_when(&device->put_back) < *ret_again)
		*ret_again = put_back_when(&device->put_back);
	return 0;
}

/* ---- all of it ---- */

bool host_hinted(struct host *host)
{
	bool hinted = host->hinted;

	host->hinted = false;
	return hinted;
}

/* The device first: its addresses and routes can be put back only when it is up. If it is gone,
 * they wait for it: the kernel would refuse each. */
int host_reconcile(
	struct host *host, uint64_t now, put_back_handler *tell, void *ctx, uint64_t *ret_again)
{
	int device = reconcile_device(host, now, tell, ctx, ret_again), result = -EINTR;

	if (device == -ENODEV)
		return device;
	for (int i = 0; result == -EINTR && i < DUMP_TRIES; i++)
		result = read_all(host);
	if (result < 0)
		return result;
	intended_end(&host->intended);
	intended_put_back(&host->intended, now, host_command_intended, host, tell, ctx, ret_again);
	return device;
}

void host_each_intended(const struct host *host, bool all, put_back_handler *each, void *ctx)
{
	char name[IF_NAMESIZE] = "", text[INTENDED_TEXT_MAX];

	if (host->device.ifindex != 0 && (all || host->device.put_back.missing)) {
		(void)if_indextoname(host->device.ifindex, name);
		snprintf(text, sizeof(text), "device %s up", name);
		each(ctx, text, &host->device.put_back);
	}
	intended_each(&host->intended, all, each, ctx);
}
