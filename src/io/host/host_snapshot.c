/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the state of one interface from the kernel: flags, addresses, routes to the targets.
 * Changes nothing.
 */
#include "host_internal.h"
#include "host_settings.h"

#include <errno.h>
#include <linux/icmpv6.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* A dump is repeated if objects changed during it. If they change each time, the notifications make
 * host_read() read the interface again. */
#define DUMP_TRIES 4

/* ---- attributes ---- */

uint32_t host_get_u32(const struct nlattr *attribute, uint32_t otherwise)
{
	if (!attribute || mnl_attr_get_payload_len(attribute) < sizeof(uint32_t))
		return otherwise;
	return mnl_attr_get_u32(attribute);
}

bool host_get_address(const struct nlattr *attribute, struct in6_addr *ret)
{
	if (!attribute || mnl_attr_get_payload_len(attribute) < sizeof(*ret))
		return false;
	memcpy(ret, mnl_attr_get_payload(attribute), sizeof(*ret));
	return true;
}

struct attributes {
	unsigned int count;
	const struct nlattr **of;
};

static int collect(const struct nlattr *attribute, void *ctx)
{
	struct attributes *table = ctx;
	unsigned int type = mnl_attr_get_type(attribute);

	if (type < table->count)
		table->of[type] = attribute;
	return MNL_CB_OK;
}

void host_parse(const struct nlmsghdr *message, unsigned int header_octets,
	const struct nlattr **of, unsigned int count)
{
	struct attributes table = {count, of};

	(void)mnl_attr_parse(message, header_octets, collect, &table);
}

/* ---- the link ---- */

static void read_link_layer(
	struct host_interface *snapshot, unsigned int type, const struct nlattr *attribute)
{
	if (type != ARPHRD_ETHER || !attribute ||
		mnl_attr_get_payload_len(attribute) != sizeof(snapshot->link_layer))
		return;
	memcpy(snapshot->link_layer, mnl_attr_get_payload(attribute), sizeof(snapshot->link_layer));
	snapshot->has_link_layer = true;
}

static void read_link(void *ctx, const struct nlmsghdr *message)
{
	struct host_interface *snapshot = ctx;
	const struct ifinfomsg *link = mnl_nlmsg_get_payload(message);
	const struct nlattr *of[IFLA_MAX + 1] = {0};
	/* RUNNING: operationally up, or a driver that does not say. A port that still
	 * authenticates (802.1X) has LOWER_UP only. */
	const unsigned int flags = IFF_UP | IFF_LOWER_UP | IFF_RUNNING;

	host_parse(message, sizeof(*link), of, IFLA_MAX + 1);
	snapshot->ifindex = (uint32_t)link->ifi_index;
	snapshot->enabled = link->ifi_flags & IFF_UP;
	snapshot->up = (link->ifi_flags & flags) == flags;
	snapshot->type = link->ifi_type;
	snapshot->mtu = host_get_u32(of[IFLA_MTU], 0);
	read_link_layer(snapshot, link->ifi_type, of[IFLA_ADDRESS]);
}

/* Without these files there is no IPv6 on the interface, and nothing to discard. */
static void read_settings(struct host_interface *snapshot)
{
	struct host_settings settings;

	snapshot->discards_advertisements = host_settings_read(snapshot->name, &settings) == 0 &&
					    host_settings_discard_advertisements(&settings);
}

static int ask_link(struct host *host, struct host_interface *snapshot)
{
	_Alignas(struct nlmsghdr) uint8_t octets[256];
	struct nlmsghdr *request = mnl_nlmsg_put_header(octets);
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(request, sizeof(*link));

	request->nlmsg_type = RTM_GETLINK;
	mnl_attr_put_strz(request, IFLA_IFNAME, snapshot->name);
	mnl_attr_put_u32(request, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return netlink_ask(&host->requests, request, read_link, snapshot);
}

/* ---- its addresses ---- */

/* Whether `a` is kept rather than `b`. */
static bool better_address(
	const struct host_interface_address *a, const struct host_interface_address *b)
{
	if (a->deprecated != b->deprecated)
		return b->deprecated;
	return a->formed > b->formed;
}

static struct host_interface_address *worst_address(struct host_interface *snapshot)
{
	struct host_interface_address *worst = &snapshot->addresses[0];

	for (unsigned int i = 1; i < snapshot->addresses_count; i++)
		if (better_address(worst, &snapshot->addresses[i]))
			worst = &snapshot->addresses[i];
	return worst;
}

/* A link that has moved through many networks keeps their addresses until they expire. */
static void add_address(
	struct host_interface *snapshot, const struct host_interface_address *address)
{
	struct host_interface_address *worst;

	if (snapshot->addresses_count < HOST_ADDRESSES_MAX) {
		snapshot->addresses[snapshot->addresses_count++] = *address;
		return;
	}
	worst = worst_address(snapshot);
	if (better_address(address, worst))
		*worst = *address;
}

/* RFC 4862 5.4: not an address of the interface until Duplicate Address Detection has ended, unless
 * the administrator allows optimistic use (RFC 4429). */
static bool is_tentative(uint32_t flags)
{
	if (flags & IFA_F_DADFAILED)
		return true;
	return (flags & IFA_F_TENTATIVE) && !(flags & IFA_F_OPTIMISTIC);
}

/* The kernel counts hundredths of a second from about the zero of the monotonic clock. */
static uint64_t formed(const struct nlattr *attribute)
{
	struct ifa_cacheinfo info;

	if (!attribute || mnl_attr_get_payload_len(attribute) < sizeof(info))
		return 0;
	memcpy(&info, mnl_attr_get_payload(attribute), sizeof(info));
	return info.cstamp * UINT64_C(10000000);
}

/* Of several, always the same one: the numerically smallest. */
static void keep_link_local(struct host_interface *snapshot, const struct in6_addr *address)
{
	if (IN6_IS_ADDR_UNSPECIFIED(&snapshot->link_local) ||
		memcmp(address, &snapshot->link_local, sizeof(*address)) < 0)
		snapshot->link_local = *address;
}

static void read_address(void *ctx, const struct nlmsghdr *message)
{
	struct host_interface *snapshot = ctx;
	const struct ifaddrmsg *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *of[IFA_MAX + 1] = {0};
	struct host_interface_address address = {0};
	uint32_t flags;

	host_parse(message, sizeof(*header), of, IFA_MAX + 1);
	flags = host_get_u32(of[IFA_FLAGS], header->ifa_flags);
	/* With a peer, IFA_ADDRESS is the peer's. */
	if (!host_get_address(of[IFA_LOCAL], &address.address) &&
		!host_get_address(of[IFA_ADDRESS], &address.address))
		return;
	address.tentative = is_tentative(flags);
	if (header->ifa_scope == RT_SCOPE_LINK && !address.tentative)
		keep_link_local(snapshot, &address.address);
	/* RFC 8981's temporary addresses change for privacy; a binding would make the node
	 * traceable. */
	if (header->ifa_scope != RT_SCOPE_UNIVERSE || (flags & IFA_F_TEMPORARY))
		return;
	address.prefix_length = header->ifa_prefixlen;
	address.deprecated = flags & IFA_F_DEPRECATED;
	address.dynamic = !(flags & IFA_F_PERMANENT);
	address.formed = formed(of[IFA_CACHEINFO]);
	add_address(snapshot, &address);
}

static int ask_addresses(struct host *host, struct host_interface *snapshot)
{
	_Alignas(struct nlmsghdr) uint8_t octets[256];
	struct nlmsghdr *request = mnl_nlmsg_put_header(octets);
	struct ifaddrmsg *filter = mnl_nlmsg_put_extra_header(request, sizeof(*filter));

	request->nlmsg_type = RTM_GETADDR;
	request->nlmsg_flags = NLM_F_DUMP;
	filter->ifa_family = AF_INET6;
	filter->ifa_index = snapshot->ifindex;
	snapshot->addresses_count = 0;
	return netlink_ask(&host->requests, request, read_address, snapshot);
}

/* ---- its routes to the targets ---- */

/* RFC 4191 2.1's preference as a number; higher is preferred. */
enum preference {
	PREFERENCE_LOW,
	PREFERENCE_MEDIUM,
	PREFERENCE_HIGH,
};

struct candidate {
	uint8_t prefix_length;
	uint32_t metric;
	enum preference preference;
	struct in6_addr router;
};

struct route_search {
	const struct in6_addr *target;
	uint32_t ifindex;
	const struct in6_addr *in_use; /* NULL if none */
	bool found;
	struct candidate best;
	unsigned int routers_count;
	struct in6_addr routers[HOST_ROUTERS_MAX]; /* of default routes */
};

static bool in_prefix(const struct in6_addr *address, const struct in6_addr *prefix, uint8_t length)
{
	size_t whole = length / 8;
	uint8_t rest = (uint8_t)(0xff00 >> length % 8);

	if (memcmp(address, prefix, whole) != 0)
		return false;
	return length % 8 == 0 || ((address->s6_addr[whole] ^ prefix->s6_addr[whole]) & rest) == 0;
}

static enum preference preference_of(const struct nlattr *attribute)
{
	switch (attribute ? mnl_attr_get_u8(attribute) : ICMPV6_ROUTER_PREF_MEDIUM) {
	case ICMPV6_ROUTER_PREF_HIGH:
		return PREFERENCE_HIGH;
	case ICMPV6_ROUTER_PREF_LOW:
		return PREFERENCE_LOW;
	default:
		return PREFERENCE_MEDIUM;
	}
}

static bool is_better(const struct route_search *search, const struct candidate *candidate)
{
	const struct candidate *best = &search->best;

	if (!search->found)
		return true;
	if (candidate->prefix_length != best->prefix_length)
		return candidate->prefix_length > best->prefix_length;
	if (candidate->metric != best->metric)
		return candidate->metric < best->metric;
	if (candidate->preference != best->preference)
		return candidate->preference > best->preference;
	return search->in_use &&
	       memcmp(&candidate->router, search->in_use, sizeof(candidate->router)) == 0;
}

static void note_router(struct route_search *search, const struct candidate *candidate)
{
	if (candidate->prefix_length != 0 || search->routers_count == HOST_ROUTERS_MAX)
		return;
	search->routers[search->routers_count++] = candidate->router;
}

/* One next hop of a route. Without gateway, the target is the neighbour. */
static void consider_hop(struct route_search *search, struct candidate candidate, uint32_t ifindex,
	unsigned int flags, const struct nlattr *gateway)
{
	if (ifindex != search->ifindex || (flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN)))
		return;
	if (!host_get_address(gateway, &candidate.router))
		candidate.router = *search->target;
	note_router(search, &candidate);
	if (!is_better(search, &candidate))
		return;
	search->found = true;
	search->best = candidate;
}

static const struct nlattr *hop_gateway(const struct rtnexthop *hop)
{
	const struct nlattr *of[RTA_MAX + 1] = {0};
	struct attributes table = {RTA_MAX + 1, of};

	(void)mnl_attr_parse_payload(hop + 1, hop->rtnh_len - sizeof(*hop), collect, &table);
	return of[RTA_GATEWAY];
}

/* Routes that differ in nothing but the router, as of several links' router advertisements, are
 * one route with several next hops to the kernel. */
static void consider_multipath(struct route_search *search, const struct candidate *candidate,
	const struct nlattr *multipath)
{
	const uint8_t *at = mnl_attr_get_payload(multipath);
	size_t left = mnl_attr_get_payload_len(multipath);

	while (left >= sizeof(struct rtnexthop)) {
		const struct rtnexthop *hop = (const struct rtnexthop *)(const void *)at;
		size_t step = netlink_align(hop->rtnh_len);

		if (hop->rtnh_len < sizeof(*hop) || hop->rtnh_len > left)
			return;
		consider_hop(search, *candidate, (uint32_t)hop->rtnh_ifindex, hop->rtnh_flags,
			hop_gateway(hop));
		if (step >= left)
			return;
		at += step;
		left -= step;
	}
}

static void read_route(void *ctx, const struct nlmsghdr *message)
{
	struct route_search *search = ctx;
	const struct rtmsg *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *of[RTA_MAX + 1] = {0};
	struct candidate candidate = {.prefix_length = header->rtm_dst_len};

	/* Skipped: our own routes follow from this snapshot. */
	if (header->rtm_type != RTN_UNICAST || header->rtm_protocol == HOST_PROTOCOL ||
		!host_route_covers(message, search->target))
		return;
	host_parse(message, sizeof(*header), of, RTA_MAX + 1);
	candidate.metric = host_get_u32(of[RTA_PRIORITY], 0);
	candidate.preference = preference_of(of[RTA_PREF]);
	if (of[RTA_MULTIPATH])
		consider_multipath(search, &candidate, of[RTA_MULTIPATH]);
	else
		consider_hop(search, candidate, host_get_u32(of[RTA_OIF], 0), header->rtm_flags,
			of[RTA_GATEWAY]);
}

bool host_route_covers(const struct nlmsghdr *message, const struct in6_addr *target)
{
	const struct rtmsg *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *of[RTA_MAX + 1] = {0};
	struct in6_addr prefix = {0};

	if (header->rtm_family != AF_INET6 || header->rtm_dst_len > 128)
		return false;
	host_parse(message, sizeof(*header), of, RTA_MAX + 1);
	(void)host_get_address(of[RTA_DST], &prefix); /* the default route has none */
	return in_prefix(target, &prefix, header->rtm_dst_len);
}

/* The routes to all targets, and the default route: one dump has them. */
struct route_searches {
	unsigned int count;
	struct route_search targets[HOST_TARGETS_MAX];
	struct route_search everywhere;
};

static void read_route_for_all(void *ctx, const struct nlmsghdr *message)
{
	struct route_searches *searches = ctx;

	for (unsigned int i = 0; i < searches->count; i++)
		read_route(&searches->targets[i], message);
	read_route(&searches->everywhere, message);
}

static int ask_routes(
	struct host *host, const struct host_interface *previous, struct host_interface *snapshot)
{
	static const struct in6_addr everywhere;
	_Alignas(struct nlmsghdr) uint8_t octets[256];
	struct nlmsghdr *request = mnl_nlmsg_put_header(octets);
	struct rtmsg *filter = mnl_nlmsg_put_extra_header(request, sizeof(*filter));
	struct route_searches searches = {
		.count = host->targets_count,
		.everywhere = {.target = &everywhere, .ifindex = snapshot->ifindex},
	};
	int result;

	for (unsigned int i = 0; i < searches.count; i++) {
		const struct host_next_hop *in_use = &previous->next_hops[i];

		searches.targets[i].target = &host->targets[i];
		searches.targets[i].ifindex = snapshot->ifindex;
		searches.targets[i].in_use = in_use->exists ? &in_use->router : NULL;
	}
	searches.everywhere.in_use = &previous->default_router;
	request->nlmsg_type = RTM_GETROUTE;
	request->nlmsg_flags = NLM_F_DUMP;
	filter->rtm_family = AF_INET6;
	filter->rtm_type = RTN_UNICAST;
	mnl_attr_put_u32(request, RTA_OIF, snapshot->ifindex);
	result = netlink_ask(&host->requests, request, read_route_for_all, &searches);
	if (result < 0)
		return result;
	for (unsigned int i = 0; i < searches.count; i++) {
		snapshot->next_hops[i].exists = searches.targets[i].found;
		snapshot->next_hops[i].router = searches.targets[i].best.router;
	}
	snapshot->default_router = searches.everywhere.best.router;
	snapshot->default_routers_count = searches.everywhere.routers_count;
	memcpy(snapshot->default_routers, searches.everywhere.routers,
		sizeof(snapshot->default_routers));
	return 0;
}

/* ---- all of it ---- */

/*
 * The link comes first, since that request waits for the kernel's lock over configuration: the
 * kernel has then changed addresses and routes completely. It never notifies some of these changes,
 * such as dead next hops of a multipath route.
 */
static int read_all(
	struct host *host, const struct host_interface *previous, struct host_interface *snapshot)
{
	int result = ask_link(host, snapshot);

	if (result == 0)
		read_settings(snapshot);
	if (result == 0)
		result = ask_addresses(host, snapshot);
	if (result == 0 && snapshot->up)
		result = ask_routes(host, previous, snapshot);
	return result;
}

static void forget_all_but_name(struct host_interface *snapshot, const char *name)
{
	memset(snapshot, 0, sizeof(*snapshot));
	memcpy(snapshot->name, name, sizeof(snapshot->name));
}

int host_snapshot_read(
	struct host *host, const struct host_interface *previous, struct host_interface *ret)
{
	struct host_interface snapshot;
	int result = -EINTR;

	for (int i = 0; result == -EINTR && i < DUMP_TRIES; i++) {
		forget_all_but_name(&snapshot, previous->name);
		result = read_all(host, previous, &snapshot);
	}
	/* The interface does not exist, or disappeared between two requests. */
	if (result == -ENODEV) {
		forget_all_but_name(&snapshot, previous->name);
		result = 0;
	}
	if (result == 0)
		*ret = snapshot;
	return result;
}

static bool address_equal(
	const struct host_interface_address *a, const struct host_interface_address *b)
{
	return memcmp(&a->address, &b->address, sizeof(a->address)) == 0 &&
	       a->prefix_length == b->prefix_length && a->tentative == b->tentative &&
	       a->deprecated == b->deprecated && a->dynamic == b->dynamic && a->formed == b->formed;
}

static bool addresses_equal(const struct host_interface *a, const struct host_interface *b)
{
	if (a->addresses_count != b->addresses_count)
		return false;
	for (unsigned int i = 0; i < a->addresses_count; i++)
		if (!address_equal(&a->addresses[i], &b->addresses[i]))
			return false;
	return true;
}

static bool next_hops_equal(const struct host_interface *a, const struct host_interface *b)
{
	for (unsigned int i = 0; i < HOST_TARGETS_MAX; i++)
		if (a->next_hops[i].exists != b->next_hops[i].exists ||
			!IN6_ARE_ADDR_EQUAL(&a->next_hops[i].router, &b->next_hops[i].router))
			return false;
	return true;
}

bool host_snapshot_equal(const struct host_interface *a, const struct host_interface *b)
{
	return a->ifindex == b->ifindex && a->enabled == b->enabled && a->up == b->up &&
	       a->type == b->type && a->mtu == b->mtu &&
	       a->discards_advertisements == b->discards_advertisements &&
	       a->has_link_layer == b->has_link_layer &&
	       memcmp(a->link_layer, b->link_layer, sizeof(a->link_layer)) == 0 &&
	       memcmp(&a->link_local, &b->link_local, sizeof(a->link_local)) == 0 &&
	       next_hops_equal(a, b) &&
	       memcmp(&a->default_router, &b->default_router, sizeof(a->default_router)) == 0 &&
	       a->default_routers_count == b->default_routers_count &&
	       memcmp(a->default_routers, b->default_routers, sizeof(a->default_routers)) == 0 &&
	       addresses_equal(a, b);
}
