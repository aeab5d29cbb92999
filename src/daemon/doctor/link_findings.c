/* SPDX-License-Identifier: BSD-2-Clause */
#include "link_findings.h"

#include "../../io/host/host_settings.h"
#include "../../io/dataplane/link_type.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* RFC 8200 5: every link carries 1280 octets; RFC 2473 7.1: the outer header comes on top. */
#define MTU_MIN_UNDER_TUNNEL (IPV6_MTU_MIN + encapsulation_octets(ENCAP_IPV6))

/* Whether the interface is a link of mobile node number `index`. */
static bool is_link_of(
	const struct config *config, unsigned int index, const struct host_interface *interface)
{
	const struct config_mobile_node *node = &config->mobile_nodes[index];

	for (unsigned int i = 0; i < node->links_count; i++)
		if (strcmp(node->links[i].name, interface->name) == 0)
			return true;
	return false;
}

static bool is_link(const struct config *config, const struct host_interface *interface)
{
	for (unsigned int n = 0; n < config->mobile_nodes_count; n++)
		if (is_link_of(config, n, interface))
			return true;
	return false;
}

/* Whether the interface is one of the home agent's or the correspondent's. */
static bool is_common(const struct config *config, const struct host_interface *interface)
{
	for (unsigned int i = 0; i < config->interfaces_count; i++)
		if (strcmp(config->interfaces[i], interface->name) == 0)
			return true;
	return false;
}

/* With several mobile nodes, says which one. */
static const char *name_of(const struct config *config, unsigned int index, char ret[64])
{
	const char *name = config->mobile_nodes[index].name;
	char address[INET6_ADDRSTRLEN];

	ret[0] = '\0';
	if (config->mobile_nodes_count < 2)
		return ret;
	inet_ntop(AF_INET6, config_home_address(config, index), address, sizeof(address));
	snprintf(ret, 64, " of mobile node %s", name[0] != '\0' ? name : address);
	return ret;
}

static bool has_dynamic_address(const struct host_interface *interface)
{
	for (unsigned int i = 0; i < interface->addresses_count; i++)
		if (interface->addresses[i].dynamic)
			return true;
	return false;
}

/* One that can be a care-of address. */
static bool has_address(const struct config *config, const struct host_interface *interface)
{
	for (unsigned int i = 0; i < interface->addresses_count; i++)
		if (!interface->addresses[i].tentative &&
			!config_is_home_address(config, &interface->addresses[i].address))
			return true;
	return false;
}

/* ---- the interface ---- */

static struct finding interface_finding(
	const struct config *config, const struct host_interface *interface)
{
	static const char check[] = "interfaces";
	/* A mobile node's links come and go; the others' shall not. */
	const enum verdict bad = is_common(config, interface) ? VERDICT_PROBLEM : VERDICT_WARNING;
	struct finding finding = finding_of(check, interface->name, bad);
	char refusal[96];

	finding_why(&finding, "nothing is sent and received on it");
	if (interface->ifindex == 0) {
		finding_text(&finding, "there is no interface of this name");
		finding_remedy(&finding, "ip -br link # shows the names that exist");
	} else if (link_type_header(interface->type) < 0) {
		finding.verdict = VERDICT_PROBLEM;
		link_type_refusal(interface->type, refusal, sizeof(refusal));
		finding_text(&finding, "%s", refusal);
		finding_remedy(&finding, "ip -d link show %s # shows the type", interface->name);
	} else if (!interface->enabled) {
		finding_text(&finding, "the interface is down");
		finding_remedy(&finding, "ip link set %s up", interface->name);
	} else if (!interface->up) {
		finding_text(&finding, "the interface has no carrier");
		finding_remedy(
			&finding, "ip -d link show %s # plug in, or associate", interface->name);
	} else {
		finding = finding_of(check, interface->name, VERDICT_OK);
		finding_text(&finding, "is there and up");
	}
	return finding;
}

void interface_findings(const struct config *config, const struct host_interface *interface,
	const struct finding_sink *sink)
{
	struct finding finding = interface_finding(config, interface);

	finding_give(&finding, sink);
}

/* ---- its routers ---- */

/* Read each time: the kernel does not notify of a change of accept_ra. */
static bool discards_advertisements(const struct host_interface *interface)
{
	struct host_settings settings;

	return host_settings_read(interface->name, &settings) == 0 &&
	       host_settings_discard_advertisements(&settings);
}

static struct finding discarded_finding(const struct host_interface *interface)
{
	struct finding finding =
		finding_of("router_advertisements", interface->name, VERDICT_PROBLEM);

	finding_text(&finding, "forwarding is 1 and accept_ra is 1: the kernel discards Router "
			       "Advertisements");
	finding_why(&finding,
		"the link loses its router at once, and its care-of address when that expires");
	finding_remedy(&finding, "sysctl -w net.ipv6.conf.%s.accept_ra=2", interface->name);
	return finding;
}

static struct finding no_router_finding(
	const struct config *config, unsigned int index, const struct host_interface *interface)
{
	char name[64];
	struct finding finding =
		finding_of("router_advertisements", interface->name, VERDICT_WARNING);
	struct host_settings settings;

	finding_text(&finding, "no route to the home agent%s leads by this link",
		name_of(config, index, name));
	finding_why(&finding, "it cannot be registered");
	if (host_settings_read(interface->name, &settings) == 0 && settings.accept_ra == 0) {
		finding_text(&finding,
			"no route to the home agent%s leads by this link, and accept_ra is 0: the "
			"kernel takes none from routers",
			name);
		finding_remedy(&finding, "sysctl -w net.ipv6.conf.%s.accept_ra=%d", interface->name,
			settings.forwarding ? 2 : 1);
	} else {
		finding_remedy(&finding,
			"tcpdump -i %s icmp6 # does a router send Router Advertisements?",
			interface->name);
	}
	return finding;
}

static struct finding no_address_finding(const struct host_interface *interface)
{
	struct finding finding =
		finding_of("router_advertisements", interface->name, VERDICT_WARNING);

	finding_text(&finding, "the link has a router, but no global address");
	finding_why(&finding, "there is no care-of address to register");
	finding_remedy(&finding, "sysctl -w net.ipv6.conf.%s.autoconf=1", interface->name);
	return finding;
}

/* A manually set address or route needs no advertisement. */
static void common_router_finding(
	const struct host_interface *interface, const struct finding_sink *sink)
{
	struct finding finding = finding_of("router_advertisements", interface->name, VERDICT_OK);

	finding_text(&finding, "advertisements are accepted, or not needed");
	if (discards_advertisements(interface) && has_dynamic_address(interface))
		finding = discarded_finding(interface);
	finding_give(&finding, sink);
}

/* Of a link of mobile node number `index`. */
static void link_router_finding(const struct config *config, unsigned int index,
	const struct host_interface *interface, const struct finding_sink *sink)
{
	struct finding finding = finding_of("router_advertisements", interface->name, VERDICT_OK);
	const bool has_router = interface->next_hops[index].exists;

	finding_text(&finding, "has a router and an address");
	if (discards_advertisements(interface) && (has_dynamic_address(interface) || !has_router))
		finding = discarded_finding(interface);
	else if (!has_router)
		finding = no_router_finding(config, index, interface);
	else if (!has_address(config, interface))
		finding = no_address_finding(interface);
	finding_give(&finding, sink);
}

void router_findings(const struct config *config, const struct host_interface *interface,
	const struct finding_sink *sink)
{
	if (!interface->up)
		return;
	for (unsigned int n = 0; n < config->mobile_nodes_count; n++)
		if (is_link_of(config, n, interface))
			link_router_finding(config, n, interface, sink);
	if (!is_link(config, interface))
		common_router_finding(interface, sink);
}

/* ---- MTU ---- */

static bool has_tunnels(const struct config *config)
{
	return config->mobile_nodes_count > 0 || config->core.is_home_agent;
}

void mtu_findings(const struct config *config, const struct host_interface *interface,
	const struct finding_sink *sink)
{
	struct finding finding = finding_of("mtu", interface->name, VERDICT_WARNING);
	struct host_settings settings;
	uint32_t mtu = interface->mtu;

	/* A correspondent has no tunnel. */
	if (interface->ifindex == 0 || !has_tunnels(config))
		return;
	if (host_settings_read(interface->name, &settings) == 0 && settings.mtu < mtu)
		mtu = settings.mtu;
	finding_text(&finding, "the MTU is %u, below %u", mtu, MTU_MIN_UNDER_TUNNEL);
	finding_why(&finding,
		"packets of %u to 1280 octets do not fit together with the outer header: the "
		"daemon sends each of them in two fragments, which is slower",
		(mtu > IPV6_MTU_MIN ? mtu : IPV6_MTU_MIN) - encapsulation_octets(ENCAP_IPV6) + 1);
	if (interface->mtu < MTU_MIN_UNDER_TUNNEL)
		finding_remedy(
			&finding, "ip link set %s mtu %u", interface->name, MTU_MIN_UNDER_TUNNEL);
	else
		finding_remedy(&finding, "sysctl -w net.ipv6.conf.%s.mtu=%u", interface->name,
			MTU_MIN_UNDER_TUNNEL);
	if (mtu >= MTU_MIN_UNDER_TUNNEL) {
		finding = finding_of("mtu", interface->name, VERDICT_OK);
		finding_text(&finding, "the MTU is %u", mtu);
	}
	finding_give(&finding, sink);
}

void link_findings(const struct config *config, const struct host_interface *interface,
	const struct finding_sink *sink)
{
	interface_findings(config, interface, sink);
	router_findings(config, interface, sink);
	mtu_findings(config, interface, sink);
}

/* ---- a home agent's host ---- */

void address_findings(const struct config *config, const struct finding_sink *sink)
{
	const struct in6_addr *address = &config->core.home_agent.address;
	char text[INET6_ADDRSTRLEN], interface[IFNAMSIZ];

	if (!config->core.is_home_agent)
		return;
	inet_ntop(AF_INET6, address, text, sizeof(text));
	struct finding finding = finding_of("address", text, VERDICT_OK);
	int error = host_address_find(address, interface);
	if (error == 0) {
		finding_text(&finding, "is an address of %s", interface);
	} else if (error == -EADDRNOTAVAIL) {
		finding.verdict = VERDICT_PROBLEM;
		finding_text(&finding, "no interface of this host has the home agent's address");
		finding_why(&finding, "mobile nodes register there, and get no answer");
		finding_remedy(&finding, "ip -6 addr add %s/64 dev %s", text,
			config->interfaces_count > 0 ? config->interfaces[0] : "lo");
	} else {
		finding.verdict = VERDICT_NOT_APPLICABLE;
		finding_text(&finding, "addresses cannot be read: %s", strerror(-error));
	}
	finding_give(&finding, sink);
}

void forwarding_findings(const struct config *config, const struct finding_sink *sink)
{
	struct finding finding = finding_of("forwarding", NULL, VERDICT_OK);
	struct host_settings settings;

	if (!config->core.is_home_agent || host_settings_read("all", &settings) < 0)
		return;
	if (settings.forwarding) {
		finding_text(&finding, "this host forwards IPv6");
	} else {
		finding.verdict = VERDICT_PROBLEM;
		finding_text(&finding, "this host does not forward IPv6");
		finding_why(&finding, "packets of mobile nodes end here");
		finding_remedy(&finding, "sysctl -w net.ipv6.conf.all.forwarding=1");
	}
	finding_give(&finding, sink);
}

/* ---- why a link is not used ---- */

struct reason {
	char *text;
	size_t size;
	bool given;
};

static void take_reason(void *ctx, const struct finding *finding)
{
	struct reason *reason = ctx;

	if (!finding_is_bad(finding) || reason->given)
		return;
	reason->given = true;
	snprintf(reason->text, reason->size, "%s", finding->text);
}

bool link_reason(const struct config *config, unsigned int index,
	const struct host_interface *interface, char *ret, size_t size)
{
	struct reason reason = {ret, size, false};
	const struct finding_sink sink = {take_reason, &reason};

	interface_findings(config, interface, &sink);
	if (interface->up && strcmp(interface->name, config->device) != 0)
		link_router_finding(config, index, interface, &sink);
	return reason.given;
}

bool interface_reason(
	const struct config *config, const struct host_interface *interface, char *ret, size_t size)
{
	struct reason reason = {ret, size, false};
	const struct finding_sink sink = {take_reason, &reason};

	interface_findings(config, interface, &sink);
	if (interface->up)
		common_router_finding(interface, &sink);
	return reason.given;
}
