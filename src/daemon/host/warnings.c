/* SPDX-License-Identifier: BSD-2-Clause */
#include "warnings.h"

#include "../daemon.h"
#include "../doctor/link_findings.h"
#include "../log.h"

#include <stdio.h>
#include <string.h>

/* The first finding of one object that is to be logged. */
struct worst {
	bool found;
	bool missing; /* the interface is not there */
	struct finding finding;
};

/* Only problems, and interfaces that do not exist: somebody has to mend these. Links of a mobile
 * node lose their carrier and their routers all the time, and the core's notes say so. */
static void keep_worst(void *ctx, const struct finding *finding)
{
	struct worst *worst = ctx;

	if (worst->found || !finding_is_bad(finding) ||
		(finding->verdict != VERDICT_PROBLEM && !worst->missing))
		return;
	worst->found = true;
	worst->finding = *finding;
}

static void follow(struct warning *said, const struct worst *worst, const char *object)
{
	char line[sizeof(said->line)] = "";

	if (worst->found)
		finding_line(&worst->finding, line, sizeof(line));
	if (strcmp(line, said->line) == 0)
		return;
	if (worst->found)
		log_warning("%s; %s; do: %s", line, worst->finding.why, worst->finding.remedy);
	else
		log_info("%s: is well again", object);
	memcpy(said->line, line, sizeof(line));
}

void warnings_follow_interface(
	struct daemon *daemon, struct warning *said, const struct host_interface *interface)
{
	struct worst worst = {.missing = interface->ifindex == 0};
	const struct finding_sink sink = {keep_worst, &worst};

	interface_findings(daemon->config, interface, &sink);
	router_findings(daemon->config, interface, &sink);
	follow(said, &worst, interface->name);
}

void warnings_follow_address(struct daemon *daemon)
{
	struct worst address = {0}, forwarding = {0};
	const struct finding_sink sinks[] = {{keep_worst, &address}, {keep_worst, &forwarding}};

	address_findings(daemon->config, &sinks[0]);
	follow(&daemon->address_warning, &address, "address");
	forwarding_findings(daemon->config, &sinks[1]);
	follow(&daemon->forwarding_warning, &forwarding, "forwarding");
}

void warnings_each(const struct daemon *daemon, const struct finding_sink *sink)
{
	for (unsigned int i = 0; i < daemon->links_count; i++)
		link_findings(daemon->config, &daemon->links[i].seen, sink);
	for (unsigned int i = 0; i < daemon->config->interfaces_count; i++)
		link_findings(daemon->config, &daemon->interfaces[i].seen, sink);
	address_findings(daemon->config, sink);
	forwarding_findings(daemon->config, sink);
}

void warnings_link_reason(
	const struct daemon *daemon, const struct host_interface *interface, char *ret, size_t size)
{
	if (!link_reason(daemon->config, interface, ret, size))
		ret[0] = '\0';
}
