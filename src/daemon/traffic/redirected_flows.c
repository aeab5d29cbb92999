/* SPDX-License-Identifier: BSD-2-Clause */
#include "redirected_flows.h"

#include "../base/log.h"

#include "../../io/host/flow_refusal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TABLE_PREFIX "monami_"
#define TABLE_NAME_OCTETS (sizeof(TABLE_PREFIX) + IFNAMSIZ)

/* Each daemon on the host has a device of its own. */
static void table_name(const struct redirected_flows *flows, char ret[TABLE_NAME_OCTETS])
{
	snprintf(ret, TABLE_NAME_OCTETS, TABLE_PREFIX "%s",
		flows->hosts->at[0].basis->config->device);
}

static bool refuses(const struct mobile_host *host)
{
	return host->config->redirected_flows == REDIRECTED_REJECT;
}

/* ---- the link that packets leave by ---- */

struct search {
	struct mobile_host *host;
	bool redirected;
};

static void see_link(void *ctx, const struct link_view *view)
{
	struct search *search = ctx;
	const struct mobile_link *link =
		view->selected ? mobile_links_with_bid(search->host, view->bid) : NULL;

	if (link)
		search->redirected = link->through || link->config->redirection;
}

/* While there is none, as before. */
static bool is_redirected(const struct redirected_flows *flows, unsigned int n)
{
	struct search search = {&flows->hosts->at[n], flows->redirected[n]};

	mobile_node_each_link(core_mobile_node(search.host->basis->core, n), see_link, &search);
	return search.redirected;
}

/* ---- the table ---- */

static int set_table(const struct redirected_flows *flows)
{
	struct in6_addr addresses[FLOW_REFUSAL_MAX];
	char name[TABLE_NAME_OCTETS];
	size_t count = 0;

	_Static_assert(MOBILE_NODES_MAX <= FLOW_REFUSAL_MAX, "room for each home address");
	for (unsigned int n = 0; n < flows->hosts->count; n++)
		if (refuses(&flows->hosts->at[n]) && flows->redirected[n])
			addresses[count++] = *mobile_host_home_address(&flows->hosts->at[n]);
	table_name(flows, name);
	return flow_refusal_set(name, addresses, count);
}

static void complain(int error)
{
	if (error < 0)
		log_error(
			"redirected_flows = reject: %s: new flows are accepted", strerror(-error));
}

int redirected_flows_check(
	const struct redirected_flows *flows, char text[REDIRECTED_FLOWS_TEXT_MAX])
{
	char name[TABLE_NAME_OCTETS];

	if (!flows->refuses)
		return 0;
	table_name(flows, name);
	snprintf(text, REDIRECTED_FLOWS_TEXT_MAX, "table ip6 %s", name);
	int result = flow_refusal_check(name);
	if (result != -ENOENT)
		return result;
	result = set_table(flows);
	return result < 0 ? result : 1;
}

static void remove_table(const struct redirected_flows *flows)
{
	char name[TABLE_NAME_OCTETS];

	table_name(flows, name);
	int error = flow_refusal_remove(name);
	if (error < 0 && flows->refuses)
		log_error("table ip6 %s: %s", name, strerror(-error));
}

/* Without flows to refuse, too: the kernel has to know those that are there when there are. */
void redirected_flows_start(struct redirected_flows *flows, const struct ro_paths *ro_paths,
	struct mobile_hosts *hosts, bool found)
{
	flows->ro_paths = ro_paths;
	flows->hosts = hosts;
	for (unsigned int n = 0; n < hosts->count; n++)
		flows->refuses = flows->refuses || refuses(&hosts->at[n]);
	if (flows->refuses)
		complain(set_table(flows));
	else if (found && hosts->count > 0)
		remove_table(flows);
}

void redirected_flows_follow(struct redirected_flows *flows)
{
	bool changed = false;

	for (unsigned int n = 0; flows->hosts && n < flows->hosts->count; n++) {
		const struct mobile_host *host = &flows->hosts->at[n];
		const bool before = flows->redirected[n];

		if (host->config->redirected_flows == REDIRECTED_ACCEPT)
			continue;
		flows->redirected[n] = is_redirected(flows, n);
		if (flows->redirected[n] == before)
			continue;
		changed = changed || refuses(host);
		if (host->config->redirected_flows == REDIRECTED_OPTIMIZE)
			ro_paths_lower_thresholds(flows->ro_paths, n, flows->redirected[n]);
	}
	if (changed)
		complain(set_table(flows));
}

void redirected_flows_stop(const struct redirected_flows *flows)
{
	if (flows->refuses)
		remove_table(flows);
}
