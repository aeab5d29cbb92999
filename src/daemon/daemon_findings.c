/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon_findings.h"

#include "daemon.h"
#include "persistence.h"
#include "control/show.h"

#include "../core/base/status.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* ---- the home agent ---- */

struct links {
	unsigned int up, registered;
};

static void count_link(void *ctx, const struct link_view *view)
{
	struct links *links = ctx;

	links->up += view->up;
	links->registered += view->registered;
}

/* The remedy: a command, or what to compare with the other side. */
static const char *remedy_of_status(uint8_t status)
{
	switch (status) {
	case STATUS_NO_RESOURCES:
		return "monami doctor # at the home agent: its store, nodes_max, bindings_max";
	case STATUS_NOT_HOME_SUBNET:
		return "monami status # at the home agent: home_address has to be in its "
		       "home_prefix";
	case STATUS_NOT_HOME_AGENT:
		return "monami status # at the home agent: home_agent has to be its address";
	case STATUS_DAD_FAILED:
		return "ip -6 neigh show # at the home agent: names the other node";
	case STATUS_ID_MISMATCH:
		return "timedatectl set-ntp true # at both sides";
	case STATUS_MESSAGE_ID_REQUIRED:
		return "monami check FILE # replay has to be true at both sides";
	case STATUS_AUTHENTICATION_FAILED:
		return "monami check FILE # spi and key have to be the same at both sides";
	default:
		return "monami show counters # at the home agent: what it refused, and why";
	}
}

static void set_remedy(
	struct finding *finding, const struct registration_view *view, const char *home_agent)
{
	switch (view->problem) {
	case PROBLEM_NONE:
	case PROBLEM_UNREACHABLE:
	case PROBLEM_UPDATES_UNANSWERED:
		finding_remedy(finding,
			"ping -6 -c 3 %s # if it answers: home_address, spi and key have to be the "
			"same at both sides",
			home_agent);
		break;
	case PROBLEM_NO_AUTHENTICATION:
	case PROBLEM_OTHER_SPI:
	case PROBLEM_OTHER_KEY:
		finding_remedy(finding,
			"monami check FILE # authentication, spi and key have to be "
			"the same at both sides");
		break;
	case PROBLEM_NO_TIMESTAMP:
	case PROBLEM_OTHER_TIMESTAMP:
		finding_remedy(finding, "monami check FILE # replay has to be the same at both "
					"sides");
		break;
	case PROBLEM_CLOCK:
		finding_remedy(finding, "timedatectl set-ntp true # at both sides");
		break;
	case PROBLEM_REFUSED:
		finding_remedy(finding, "%s", remedy_of_status(view->status));
		break;
	case PROBLEMS:
		break;
	}
}

/* Nothing is registered by a link that is up. */
static void explain(
	struct finding *finding, const struct registration_view *view, const char *home_agent)
{
	if (view->problem == PROBLEM_REFUSED)
		finding_text(finding, "refuses the registration with status %u: %s", view->status,
			status_text(view->status));
	else if (view->problem == PROBLEM_NONE)
		finding_text(finding, "has not answered yet");
	else
		finding_text(finding, "%s", registration_problem_text(view->problem));
	set_remedy(finding, view, home_agent);
}

static void home_agent_findings(const struct mobile_host *host, const struct finding_sink *sink)
{
	const struct core *core = host->basis->core;
	const struct in6_addr home_agent = mobile_host_home_agent(host);
	char text[INET6_ADDRSTRLEN] = "";
	struct links links = {0};

	if (!IN6_IS_ADDR_UNSPECIFIED(&home_agent))
		inet_ntop(AF_INET6, &home_agent, text, sizeof(text));
	mobile_node_each_link(core_mobile_node(core, host->index), count_link, &links);
	struct finding finding = finding_of("home_agent", text, VERDICT_PROBLEM);
	finding_why(&finding, "packets of the home address do not get through");
	if (links.registered > 0) {
		finding = finding_of("home_agent", text, VERDICT_OK);
		finding_text(&finding, "has registered %u of %u links", links.registered,
			host->links_count);
	} else if (links.up == 0) {
		finding_text(&finding, "no link leads to the home agent");
		finding_remedy(&finding, "monami show links # the reason of each");
	} else if (text[0] == '\0') {
		finding_text(&finding, "no home agent was found by the home prefix");
		finding_remedy(&finding, "monami show home-agents # or set home_agent");
	} else {
		const struct registration_view view =
			mobile_node_registration(core_mobile_node(core, host->index));

		explain(&finding, &view, text);
	}
	finding_give(&finding, sink);
}

/* ---- paths ---- */

struct path_walk {
	const struct mobile_host *host;
	const struct finding_sink *sink;
};

static const char *name_of(const struct mobile_host *host, uint16_t bid)
{
	for (unsigned int i = 0; i < host->links_count; i++)
		if (host->links[i].config->bid == bid)
			return host->links[i].config->name;
	return "";
}

static void path_finding(void *ctx, const struct link_view *view)
{
	const struct path_walk *walk = ctx;
	const char *name = name_of(walk->host, view->bid);
	struct finding finding = finding_of("paths", name, VERDICT_WARNING);
	const struct in6_addr home_agent = mobile_host_home_agent(walk->host);
	const bool several = walk->host->basis->config->mobile_nodes_count > 1;
	char text[INET6_ADDRSTRLEN], path[64] = "the path";

	inet_ntop(AF_INET6, &home_agent, text, sizeof(text));
	if (several)
		snprintf(path, sizeof(path), "the path to %s", text);
	/* A link that is not probed yet is no problem. */
	bool used = path_state_is_usable(view->path);
	if (!view->up || !view->probe ||
		(view->path == PATH_UNPROVEN && !view->registered && !view->probes_unanswered))
		return;
	if (used && !view->probes_unanswered) {
		finding = finding_of("paths", name, VERDICT_OK);
		finding_text(&finding, "%s is %s", path, path_state_text(view->path));
	} else {
		if (view->probes_unanswered)
			finding_text(&finding, "no probe was ever answered: a filter drops echo "
					       "requests or replies, or the path never worked");
		else
			finding_text(&finding, "%s is %s", path, path_state_text(view->path));
		finding_why(&finding, used ? "only its data says whether the link carries any"
					   : "nothing is sent by this link");
		finding_remedy(&finding,
			"ping -6 -c 3 -I %s %s # if only echo is filtered: probe = false", name,
			text);
	}
	finding_give(&finding, walk->sink);
}

/* ---- the store ---- */

static void store_findings(const struct daemon *daemon, const struct finding_sink *sink)
{
	struct show_status status = {.store = NULL};

	persistence_show(daemon, &status);
	struct finding finding = finding_of("store", status.store, VERDICT_OK);
	if (!status.store) {
		finding.verdict = VERDICT_WARNING;
		finding_text(&finding, "%s",
			config_replayable(daemon->basis.config) > 0 ? CONFIG_REPLAYABLE_TEXT
								    : "no store is configured");
		finding_why(&finding, "bindings are lost when this host restarts, until the mobile "
				      "nodes register again");
		finding_remedy(
			&finding, "monami check FILE # store = \"/var/lib/monami/home-daemon.db\"");
	} else if (!status.store_works) {
		finding.verdict = VERDICT_PROBLEM;
		finding_text(&finding, "the store does not work: %s", status.store_reason);
		finding_why(&finding, "updates are refused with status 130");
		finding_remedy(&finding, "df -h %s; ls -l %s # make room, or let root write there",
			status.store, status.store);
	} else if (status.store_reason[0] != '\0') {
		finding.verdict = VERDICT_WARNING;
		finding_text(&finding, "%s", status.store_reason);
		finding_why(&finding, "mobile nodes whose bindings are not known have to "
				      "register again");
		finding_remedy(&finding, "ls -l %s*", status.store);
	} else {
		finding_text(&finding, "works");
	}
	finding_give(&finding, sink);
}

static void mobile_node_findings(const struct mobile_host *host, const struct finding_sink *sink)
{
	struct path_walk walk = {host, sink};

	home_agent_findings(host, sink);
	mobile_node_each_link(
		core_mobile_node(host->basis->core, host->index), path_finding, &walk);
}

void daemon_findings(const struct daemon *daemon, const struct finding_sink *sink)
{
	if (daemon_is_home_agent(daemon))
		store_findings(daemon, sink);
	for (unsigned int i = 0; i < daemon->mobile_hosts.count; i++)
		mobile_node_findings(&daemon->mobile_hosts.at[i], sink);
}
