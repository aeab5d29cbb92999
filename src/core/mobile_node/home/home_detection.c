/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is remembered of the routers of a link. Sends nothing.
 */
#include "home_detection.h"

#include <string.h>

#define SOLICITATIONS 3                              /* RFC 4861 10: MAX_RTR_SOLICITATIONS */
#define SOLICITATION_INTERVAL (4 * NANOS_PER_SECOND) /* RFC 4861 10: RTR_SOLICITATION_INTERVAL */
#define CONTRADICTED_SOLICITATIONS 2
#define CONFIRMED_FOR (30 * NANOS_PER_SECOND)

#define ASK_INTERVAL NANOS_PER_SECOND /* RFC 4861 10: RETRANS_TIMER */
#define ASK_OFTEN 6                   /* three times for each address; then seldom */
#define ASK_SELDOM (32 * NANOS_PER_SECOND)

#define INFINITE UINT32_MAX

static nanos after(nanos now, uint32_t seconds)
{
	return seconds == INFINITE ? NANOS_NEVER : now + seconds * NANOS_PER_SECOND;
}

void home_detection_begin(struct home_detection *detection, nanos now)
{
	if (detection->heard)
		return;
	detection->solicit = SOLICITATIONS;
	detection->solicit_at = now;
}

/* ---- what routers say ---- */

static const struct icmpv6_prefix *home_prefix_in(
	const struct mobile_node_config *config, const struct icmpv6 *message)
{
	for (size_t i = 0; i < message->prefixes_count; i++) {
		const struct icmpv6_prefix *prefix = &message->prefixes[i];
		if (prefix->on_link && prefix->length == config->home_prefix_length &&
			address_in_prefix(&prefix->prefix, &config->home_prefix, prefix->length))
			return prefix;
	}
	return NULL;
}

/* RFC 6275 7.2: a router that is the home agent may say so. */
static bool names_home_agent(const struct in6_addr *home_agent, const struct icmpv6 *message)
{
	for (size_t i = 0; i < message->prefixes_count; i++)
		if (message->prefixes[i].router &&
			IN6_ARE_ADDR_EQUAL(&message->prefixes[i].prefix, home_agent))
			return true;
	return false;
}

/* RFC 2464: a group is no neighbour */
static bool learn(struct home_neighbour *neighbour, const uint8_t *link_layer, nanos until)
{
	if (link_layer[0] & 1)
		return false;
	neighbour->known = true;
	neighbour->until = until;
	memcpy(neighbour->link_layer, link_layer, LINK_LAYER_OCTETS);
	return true;
}

/* Of several routers the first is kept while it lasts (RFC 6275 11.5.1). */
static void take_router(struct home_detection *detection, nanos now, const struct in6_addr *router,
	const struct icmpv6 *message)
{
	bool same = IN6_ARE_ADDR_EQUAL(&detection->router, router);
	if (detection->router_at.known && !same)
		return;
	if (message->router_lifetime == 0) {
		detection->router_at.known = false;
		return;
	}
	if (!message->has_source_link_layer)
		return;
	detection->router = *router;
	learn(&detection->router_at, message->source_link_layer,
		after(now, message->router_lifetime));
}

/* RFC 6275 7.4: without a lifetime of its own, a home agent is one while it is a router */
static void take_home_agent(
	struct home_detection *detection, nanos now, const struct icmpv6 *message)
{
	uint32_t lifetime = message->has_home_agent_information ? message->home_agent_lifetime
								: message->router_lifetime;
	if (lifetime == 0)
		detection->agent_at.known = false;
	else if (message->has_source_link_layer)
		learn(&detection->agent_at, message->source_link_layer, after(now, lifetime));
}

static void confirm(struct home_detection *detection, nanos now, nanos until)
{
	detection->home_until = until;
	if (!detection->contradicted)
		return;
	detection->contradicted = false;
	detection->confirmed_until = now + CONFIRMED_FOR;
}

/*
 * A router that does not know the home prefix may be another one on the same link, or the first
 * of a new link that was entered without a loss of carrier (RFC 6275 11.5.1).
 */
static void contradict(struct home_detection *detection, nanos now)
{
	if (detection->contradicted || now < detection->confirmed_until)
		return;
	detection->contradicted = true;
	detection->solicit = CONTRADICTED_SOLICITATIONS;
	detection->solicit_at = now;
}

void home_detection_advertisement(struct home_detection *detection,
	const struct mobile_node_config *config, const struct in6_addr *home_agent, nanos now,
	const struct in6_addr *router, const struct icmpv6 *message)
{
	const struct icmpv6_prefix *prefix = home_prefix_in(config, message);
	bool home = prefix && prefix->valid != 0;
	detection->heard = true;
	if (home)
		confirm(detection, now, after(now, prefix->valid));
	else if (home_detection_is_home(detection))
		contradict(detection, now);
	if (!detection->contradicted)
		detection->solicit = 0;
	if (!home)
		return;
	take_router(detection, now, router, message);
	if (names_home_agent(home_agent, message))
		take_home_agent(detection, now, message);
}

void home_detection_neighbour(struct home_detection *detection,
	const struct mobile_node_config *config, const struct in6_addr *home_agent,
	const struct icmpv6 *message)
{
	bool wanted = IN6_ARE_ADDR_EQUAL(&message->target, home_agent) ||
		      IN6_ARE_ADDR_EQUAL(&message->target, &config->home_address);
	if (!wanted || !message->has_target_link_layer || detection->asked == 0 ||
		!home_detection_is_home(detection))
		return;
	if (learn(&detection->agent_at, message->target_link_layer, detection->home_until))
		detection->asked = 0;
}

/* ---- time ---- */

static void leave(struct home_detection *detection)
{
	detection->home_until = 0;
	detection->contradicted = false;
	detection->solicit = 0;
	detection->router_at.known = false;
	home_detection_forget_agent(detection);
}

static void end(struct home_neighbour *neighbour, nanos now)
{
	if (neighbour->known && now >= neighbour->until)
		neighbour->known = false;
}

void home_detection_deadline(struct home_detection *detection, nanos now)
{
	bool refuted =
		detection->contradicted && detection->solicit == 0 && now >= detection->solicit_at;
	if (detection->home_until && (refuted || now >= detection->home_until))
		leave(detection);
	end(&detection->router_at, now);
	end(&detection->agent_at, now);
}

nanos home_detection_next_deadline(const struct home_detection *detection)
{
	nanos at = NANOS_NEVER;
	if (detection->home_until)
		at = detection->home_until;
	if (detection->solicit || detection->contradicted)
		at = nanos_min(at, detection->solicit_at);
	if (detection->router_at.known)
		at = nanos_min(at, detection->router_at.until);
	if (detection->agent_at.known)
		at = nanos_min(at, detection->agent_at.until);
	return at;
}

bool home_detection_is_home(const struct home_detection *detection)
{
	return detection->home_until != 0;
}

/* ---- asking ---- */

bool home_detection_solicit_due(const struct home_detection *detection, nanos now)
{
	return detection->solicit && now >= detection->solicit_at;
}

void home_detection_solicited(struct home_detection *detection, nanos now)
{
	detection->solicit--;
	detection->solicit_at = now + SOLICITATION_INTERVAL;
}

nanos home_detection_ask_at(const struct home_detection *detection)
{
	if (detection->agent_at.known || !home_detection_is_home(detection))
		return NANOS_NEVER;
	return detection->ask_at;
}

bool home_detection_ask_due(const struct home_detection *detection,
	const struct mobile_node_config *config, const struct in6_addr *home_agent, nanos now,
	struct in6_addr *ret)
{
	if (now < home_detection_ask_at(detection))
		return false;
	bool other = detection->asked % 2 && !IN6_IS_ADDR_UNSPECIFIED(home_agent);
	*ret = other ? *home_agent : config->home_address;
	return true;
}

void home_detection_asked(struct home_detection *detection, nanos now)
{
	detection->asked++;
	detection->ask_at = now + (detection->asked < ASK_OFTEN ? ASK_INTERVAL : ASK_SELDOM);
}

void home_detection_forget_agent(struct home_detection *detection)
{
	detection->agent_at.known = false;
	detection->asked = 0;
	detection->ask_at = 0;
}
