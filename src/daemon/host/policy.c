/* SPDX-License-Identifier: BSD-2-Clause */
#include "mobile_host.h"

#include "../base/log.h"

#include <net/if.h>
#include <string.h>

const struct config_flow *policy_with_number(const struct policy *policy, uint16_t number)
{
	for (unsigned int i = 0; i < policy->count; i++)
		if (policy->flows[i].rule.number == number)
			return &policy->flows[i];
	return NULL;
}

static const struct config_flow *flow_named(const struct policy *policy, const char *name)
{
	for (unsigned int i = 0; i < policy->count; i++)
		if (strcmp(policy->flows[i].name, name) == 0)
			return &policy->flows[i];
	return NULL;
}

/* A rule of forwarded packets whose interface is not there selects no packet. */
static bool is_in_core(const struct config_flow *flow)
{
	return flow->interface[0] == '\0' || flow->rule.interface != 0;
}

static void watch(struct mobile_host *host, const struct config_flow *flow)
{
	int error = flow->interface[0] == '\0' ? 0 : host_watch(host->basis->host, flow->interface);

	if (error < 0)
		log_error("%s: %s", flow->interface, strerror(-error));
}

static int set_rule(struct mobile_host *host, const struct config_flow *flow)
{
	struct host_event event = {.type = HOST_POLICY_SET, .policy = flow->rule};

	return is_in_core(flow) ? mobile_host_event(host, &event) : 0;
}

static void remove_rule(struct mobile_host *host, const struct config_flow *flow)
{
	struct host_event event = {
		.type = HOST_POLICY_REMOVE, .policy = {.number = flow->rule.number}};

	if (is_in_core(flow))
		mobile_host_event(host, &event);
}

/* The lowest number that neither policy uses. There are twice as many as rules. */
static uint16_t free_number(const struct policy *before, const struct policy *after)
{
	uint16_t number = 1;

	while (policy_with_number(before, number) || policy_with_number(after, number))
		number++;
	return number;
}

/* The rules as the core is to have them. */
static struct policy numbered(
	const struct policy *before, const struct config_flow *flows, unsigned int count)
{
	struct policy after = {.count = 0};

	for (unsigned int i = 0; i < count; i++) {
		struct config_flow *flow = &after.flows[i];
		const struct config_flow *known = flow_named(before, flows[i].name);

		*flow = flows[i];
		flow->rule.number = known ? known->rule.number : free_number(before, &after);
		if (flow->interface[0] != '\0')
			flow->rule.interface = if_nametoindex(flow->interface);
		after.count++;
	}
	return after;
}

static bool is_kept(const struct policy *after, const struct config_flow *flow)
{
	const struct config_flow *now = flow_named(after, flow->name);

	return now && policy_rule_equal(&now->rule, &flow->rule);
}

/* No two rules of the core have the same preference: one that gives its own to another leaves
 * first. */
static bool gives_preference_away(const struct policy *after, const struct config_flow *flow)
{
	for (unsigned int i = 0; i < after->count; i++)
		if (after->flows[i].rule.preference == flow->rule.preference &&
			strcmp(after->flows[i].name, flow->name) != 0)
			return true;
	return false;
}

int policy_change(struct mobile_host *host, const struct config_flow *flows, unsigned int count,
	struct policy_change *ret, const char **ret_refused)
{
	const struct policy before = host->policy;
	int result = 0;

	host->policy = numbered(&before, flows, count);
	*ret = (struct policy_change){.set = 0};
	for (unsigned int i = 0; i < before.count; i++) {
		const struct config_flow *flow = &before.flows[i];
		bool gone = !flow_named(&host->policy, flow->name);

		if (gone || (!is_kept(&host->policy, flow) &&
				    gives_preference_away(&host->policy, flow)))
			remove_rule(host, flow);
		ret->removed += gone;
	}
	for (unsigned int i = 0; i < count; i++) {
		const struct config_flow *flow = &host->policy.flows[i];

		if (is_kept(&before, flow)) {
			ret->kept++;
			continue;
		}
		watch(host, flow);
		int error = set_rule(host, flow);
		ret->set += error == 0;
		if (error < 0 && result == 0) {
			result = error;
			*ret_refused = flow->name;
		}
	}
	return result;
}

void policy_start(struct mobile_host *host)
{
	struct policy_change change;
	const char *refused;
	int error = policy_change(
		host, host->config->flows, host->config->flows_count, &change, &refused);

	if (error < 0)
		log_error("flow %s: %s", refused, strerror(-error));
}

void policy_follow_interface(struct mobile_host *host, const struct host_interface *interface)
{
	for (unsigned int i = 0; i < host->policy.count; i++) {
		struct config_flow *flow = &host->policy.flows[i];

		if (strcmp(flow->interface, interface->name) != 0 ||
			flow->rule.interface == interface->ifindex)
			continue;
		remove_rule(host, flow);
		flow->rule.interface = interface->ifindex;
		int error = set_rule(host, flow);
		if (error < 0)
			log_error("flow %s: %s", flow->name, strerror(-error));
	}
}
