/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow_explanation.h"

#include "daemon.h"

#include "../io/base/clock.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

/* NULL: the address is of no mobile node of this host. */
static struct mobile_host *host_asked(struct daemon *daemon, const struct flow_question *question,
	const struct new_flows_choice *choice, struct flow_answer *ret)
{
	const struct in6_addr *own = &question->key.addresses[FLOW_DESTINATION];
	unsigned int asked = question->mobile_node;

	if (ret->is_new)
		asked = choice->mobile_node;
	if (asked < daemon->mobile_hosts.count) {
		struct mobile_host *host = &daemon->mobile_hosts.at[asked];

		ret->own = *mobile_host_home_address(host);
		return host;
	}
	ret->own = *own;
	return mobile_hosts_with_home_address(&daemon->mobile_hosts, own);
}

struct link_explanation {
	struct mobile_host *host;
	struct flow_answer *answer;
};

static void add_why_link(struct link_explanation *to, const struct rule_link_view *view)
{
	struct flow_answer *answer = to->answer;
	const struct mobile_link *link = mobile_links_with_bid(to->host, view->bid);
	struct why_link *ret = &answer->links[answer->links_count++];

	*ret = (struct why_link){
		.bid = view->bid,
		.tier = view->tier,
		.used = answer->departure.verdict == DEPARTURE_TUNNEL &&
			answer->departure.bid == view->bid,
		.excluded = view->excluded,
		.reason = link_reason_text(view->reason),
	};
	if (link)
		memcpy(ret->name, link->config->name, sizeof(ret->name));
}

static void explain_links_of_rule(void *ctx, const struct rule_view *view)
{
	struct link_explanation *to = ctx;

	if (view->rule->number != to->answer->departure.rule)
		return;
	to->answer->is_told = true;
	to->answer->told = view->state;
	to->answer->told_status = view->status;
	for (unsigned int i = 0; i < view->links_count && i < BINDINGS_MAX; i++)
		add_why_link(to, &view->links[i]);
}

/* Without a rule the priorities of the links count. */
static void explain_link(void *ctx, const struct link_view *view)
{
	struct link_explanation *to = ctx;
	struct rule_link_view link = {.bid = view->bid, .tier = view->priority};

	if (to->answer->links_count == BINDINGS_MAX)
		return;
	if (!view->up)
		link.reason = LINK_REASON_DOWN;
	else if (!view->registered)
		link.reason = LINK_REASON_UNREGISTERED;
	else if (view->probe && !path_state_is_usable(view->path))
		link.reason = LINK_REASON_PATH;
	else if (view->leaving)
		link.reason = LINK_REASON_LEAVING;
	add_why_link(to, &link);
}

static int compare_why_links(const void *left, const void *right)
{
	const struct why_link *l = left, *r = right;

	const int l_last = l->reason[0] != '\0', r_last = r->reason[0] != '\0';

	return l_last != r_last ? l_last - r_last : l->tier - r->tier;
}

static void explain_links(struct mobile_host *host, struct flow_answer *ret)
{
	const struct mobile_node *node = core_mobile_node(host->basis->core, host->index);
	struct link_explanation to = {host, ret};

	if (ret->departure.rule != TRAFFIC_DEFAULT) {
		mobile_node_each_rule(node, explain_links_of_rule, &to);
		return;
	}
	mobile_node_each_link(node, explain_link, &to);
	qsort(ret->links, ret->links_count, sizeof(ret->links[0]), compare_why_links);
}

/* The only binding of a correspondent that knows no BIDs has none. */
static const struct mobile_link *link_of_departure(
	struct mobile_host *host, const struct dataplane_departure *departure)
{
	return departure->direct ? mobile_links_with_ifindex(host, departure->ifindex)
				 : mobile_links_with_bid(host, departure->bid);
}

static void explain_rule(struct mobile_host *host, struct flow_answer *ret)
{
	const struct config_flow *flow = policy_with_number(&host->policy, ret->departure.rule);
	const struct mobile_link *link = link_of_departure(host, &ret->departure);

	if (link)
		ret->departure.bid = link->config->bid;
	if (flow) {
		ret->rule = *flow;
		ret->has_rule = true;
	}
	if (link && ret->departure.verdict == DEPARTURE_TUNNEL)
		memcpy(ret->link, link->config->name, sizeof(ret->link));
	explain_links(host, ret);
}

int flow_explain(
	struct daemon *daemon, const struct flow_question *question, struct flow_answer *ret)
{
	struct flow_key key = question->key;
	struct new_flows_choice choice = {.block = NULL};
	unsigned int ifindex = 0;

	memset(ret, 0, sizeof(*ret));
	ret->is_new = question->mobile_node == WHY_NEW_FLOW;
	if (ret->is_new && !new_flows_choose(&daemon->new_flows, &key, &choice))
		return -ESRCH;
	struct mobile_host *host = host_asked(daemon, question, &choice, ret);
	if (ret->is_new) {
		ret->new_flows = choice.block ? choice.block->name : NULL;
		ret->mobile_node = host->config->name;
		ret->passed_over = choice.passed_over;
	}
	if (question->interface[0] != '\0')
		ifindex = if_nametoindex(question->interface);
	if (question->interface[0] != '\0' && ifindex == 0)
		return -ENODEV;
	key.addresses[FLOW_DESTINATION] = ret->own;
	key.known |= FLOW_BIT(FLOW_DESTINATION);
	int error = dataplane_departure(
		daemon->basis.dataplane, &key, ifindex, clock_now().mono, &ret->departure);
	if (error < 0)
		return error;
	if (host)
		explain_rule(host, ret);
	return 0;
}
