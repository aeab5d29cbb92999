/* SPDX-License-Identifier: BSD-2-Clause */
#include "home_link.h"

#include "../base/daemon_basis.h"
#include "../base/log.h"

#include "../../io/base/clock.h"
#include "../../wire/icmpv6.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Its default ends the process when memory is short. */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(entry) ((entry)->forgotten = true)
#include <uthash.h>

struct interception {
	struct in6_addr home_address;
	uint32_t ifindex; /* of the home link; 0: it is not there yet */
	bool on;          /* must be routed to the device */
	bool listening;   /* must be a member of its solicited-node group */
	bool routed;      /* it is routed, or may be */
	bool joined;      /* is */
	bool dirty;       /* the host is not yet in the wanted state */
	bool forgotten;   /* no memory for it */
	UT_hash_handle hh;
};

/* ---- intercepted addresses ---- */

static struct interception *find_interception(
	const struct home_link *link, const struct in6_addr *home_address)
{
	struct interception *found;

	HASH_FIND(hh, link->interceptions, home_address, sizeof(*home_address), found);
	return found;
}

static struct interception *add(struct home_link *link, const struct in6_addr *home_address)
{
	struct interception *new = calloc(1, sizeof(*new));

	if (!new)
		return NULL;
	new->home_address = *home_address;
	HASH_ADD(hh, link->interceptions, home_address, sizeof(new->home_address), new);
	if (new->forgotten) {
		free(new);
		return NULL;
	}
	return new;
}

static void complain(const char *what, int error)
{
	if (error < 0)
		log_error("home link: %s: %s", what, strerror(-error));
}

static struct host_route route_of(const struct home_link *link, const struct in6_addr *home_address)
{
	return (struct host_route){
		.prefix = *home_address,
		.prefix_length = HOME_ADDRESS_PREFIX,
		.ifindex = link->basis->device->ifindex,
		.metric = ROUTE_METRIC,
		.table = TABLE_MAIN,
	};
}

static int follow_route(struct home_link *link, struct interception *interception)
{
	const struct host_route route = route_of(link, &interception->home_address);

	if (interception->on) {
		interception->routed = true;
		return host_route_set(link->basis->host, &route);
	}
	if (!interception->routed)
		return 0;
	int error = host_route_remove(link->basis->host, &route);
	if (error == 0)
		interception->routed = false;
	return error;
}

static void leave(struct home_link *link, struct interception *interception)
{
	struct in6_addr group = address_solicited_node(&interception->home_address);

	if (interception->joined)
		complain("solicitations for a home address",
			host_group_leave(link->basis->host, interception->ifindex, &group));
	interception->joined = false;
}

static int follow_group(struct home_link *link, struct interception *interception)
{
	struct in6_addr group = address_solicited_node(&interception->home_address);

	if (!interception->listening)
		leave(link, interception);
	if (!interception->listening || interception->joined || interception->ifindex == 0)
		return 0;
	int error = host_group_join(link->basis->host, interception->ifindex, &group);
	interception->joined = error >= 0;
	if (error == HOST_ALL_MULTICAST)
		log_warning("home link: too many groups for the kernel, it receives all multicast "
			    "now; a switch that filters by membership must not be on it");
	return error;
}

static void forget(struct home_link *link, struct interception *interception)
{
	HASH_DEL(link->interceptions, interception);
	free(interception);
}

/* Sets the route and the group membership of one home address. Logs a failure once for all home
 * addresses, since many fail together. */
static void reconcile(struct home_link *link, struct interception *interception)
{
	int route = follow_route(link, interception);
	int group = follow_group(link, interception);

	interception->dirty = route < 0 || group < 0;
	if (interception->dirty) {
		if (!link->incomplete)
			complain(route < 0 ? "route of a home address"
					   : "solicitations for a home address",
				route < 0 ? route : group);
		link->incomplete = true;
		basis_retry_later(link->basis);
	} else if (!interception->on && !interception->listening) {
		forget(link, interception);
	}
}

static bool reconcile_all(struct home_link *link)
{
	struct interception *interception, *next;
	bool left = false;

	if (!link->incomplete)
		return true;
	HASH_ITER(hh, link->interceptions, interception, next)
	{
		if (!interception->dirty)
			continue;
		reconcile(link, interception);
	}
	for (interception = link->interceptions; interception; interception = interception->hh.next)
		left |= interception->dirty;
	if (!left)
		log_info("home link: routes and groups of all home addresses are complete again");
	link->incomplete = left;
	return !left;
}

static void proxy_link_local(struct home_link *link, const struct effect_intercept *effect)
{
	struct in6_addr link_local = {.s6_addr = {0xfe, 0x80}};

	/* RFC 6275 10.3.1, L: with the interface identifier of the home address */
	memcpy(&link_local.s6_addr[8], &effect->home_address.s6_addr[8], 8);
	complain("link-local address of a mobile node",
		dataplane_proxied_set(link->basis->dataplane, &link_local, effect->link_local));
}

/* Again for an address that is intercepted already: the home link may have another index. */
void home_link_intercept(struct home_link *link, const struct effect_intercept *effect)
{
	struct interception *interception = find_interception(link, &effect->home_address);

	proxy_link_local(link, effect);

	if (!interception && !effect->on && !effect->tentative)
		return;
	if (!interception)
		interception = add(link, &effect->home_address);
	if (!interception) {
		complain("home address", -ENOMEM);
		return;
	}
	if (interception->ifindex != effect->ifindex)
		leave(link, interception);
	interception->ifindex = effect->ifindex;
	interception->on = effect->on;
	interception->listening = effect->on || effect->tentative;
	reconcile(link, interception);
}

void home_link_fini(struct home_link *link)
{
	struct interception *interception, *next;

	HASH_ITER(hh, link->interceptions, interception, next)
	{
		HASH_DEL(link->interceptions, interception);
		free(interception);
	}
}

/* ---- the link ---- */

static struct in6_addr anycast_of(const struct home_agent_config *config)
{
	return address_home_agents_anycast(&config->home_prefix, config->home_prefix_length);
}

static void join_anycast(struct home_link *link)
{
	struct in6_addr anycast = anycast_of(&link->basis->config->core.home_agent);
	int error = host_anycast_join(link->basis->host, link->seen.ifindex, &anycast);

	if (error < 0 && error != link->anycast_error)
		log_warning(
			"home link: not found by discovery from the link: %s", strerror(-error));
	else if (error == 0 && link->anycast_error < 0)
		log_info("home link: found by discovery from the link now");
	link->anycast_error = error;
	if (error < 0)
		basis_retry_later(link->basis);
}

bool home_link_retry(struct home_link *link)
{
	bool reconciled = reconcile_all(link);

	if (link->anycast_error < 0 && link->seen.up)
		join_anycast(link);
	return reconciled && link->anycast_error == 0;
}

static bool is_home_link(const struct home_link *link, const char *name)
{
	const char *configured = link->basis->config->home_link;

	return configured[0] != '\0' && strcmp(configured, name) == 0;
}

/* RFC 6275 10.5: without discovery, the home agent does not join the anycast group. */
static void tell_dataplane(struct home_link *link)
{
	const struct home_agent_config *config = &link->basis->config->core.home_agent;
	struct dataplane_state *state = &link->basis->dataplane_state;

	state->anycast = config->discovery ? anycast_of(config) : in6addr_any;
	state->home_link = link->seen.ifindex;
	dataplane_state_set(link->basis->dataplane, state);
}

static void tell_core(struct home_link *link)
{
	const struct host_interface *seen = &link->seen;
	struct host_event event = {.type = HOST_HOME_LINK};

	event.home_link.ifindex = seen->ifindex;
	event.home_link.up = seen->up;
	memcpy(event.home_link.link_layer, seen->link_layer, sizeof(seen->link_layer));
	event.home_link.link_local = seen->link_local;
	complain(seen->name, basis_host(link->basis, &event));
}

static bool has_address_in_prefix(
	const struct host_interface *interface, const struct home_agent_config *config)
{
	for (unsigned int i = 0; i < interface->addresses_count; i++)
		if (address_in_prefix(&interface->addresses[i].address, &config->home_prefix,
			    config->home_prefix_length))
			return true;
	return false;
}

/* Logged once: the missing object may still appear. */
static void warn_if_unfit(struct home_link *link)
{
	const char *why = NULL;

	if (link->seen.ifindex == 0)
		why = "there is no such interface";
	else if (!link->seen.has_link_layer)
		why = "it is not an Ethernet, nothing is defended on it";
	else if (link->seen.up &&
		 !has_address_in_prefix(&link->seen, &link->basis->config->core.home_agent))
		why = "it has no address in home_prefix";
	if (why && !link->warned)
		log_warning("home link %s: %s", link->seen.name, why);
	link->warned = why != NULL;
}

void home_link_changed(struct home_link *link, const struct host_interface *interface)
{
	const struct host_interface before = link->seen;

	if (!is_home_link(link, interface->name))
		return;
	link->seen = *interface;
	if (before.ifindex != interface->ifindex)
		tell_dataplane(link);
	warn_if_unfit(link);
	/* Also when only addresses changed: with the first one in the prefix the host can join. */
	if (interface->up && link->basis->config->core.home_agent.discovery)
		join_anycast(link);
	else
		link->anycast_error = 0;
	tell_core(link);
}

void home_link_start(struct home_link *link)
{
	const struct config *config = link->basis->config;
	struct host_event event = {.type = HOST_PREFIX_SET};
	nanos now = clock_now().mono;

	tell_dataplane(link);
	event.prefix.prefix = config->core.home_agent.home_prefix;
	event.prefix.length = config->core.home_agent.home_prefix_length;
	event.prefix.on_link = true;
	event.prefix.autonomous = true;
	event.prefix.valid_until = config_until(now, config->home_prefix_valid);
	event.prefix.preferred_until = config_until(now, config->home_prefix_preferred);
	/* -EINVAL: a core that does not advertise */
	int error = basis_host(link->basis, &event);
	if (error != -EINVAL)
		complain("home prefix", error);
}
