/* SPDX-License-Identifier: BSD-2-Clause */
#include "warnings.h"

#include "../base/daemon_basis.h"
#include "../base/log.h"
#include "../doctor/link_findings.h"
#include "interfaces.h"

#include <stdio.h>
#include <string.h>

/* The first finding of one object that is to be logged. */
struct worst {
	bool found;
	bool missing; /* the interface is not there */
	struct finding finding;
};

/* Only problems, and interfaces that do not exist: an administrator has to mend these. Links of a
 * mobile node lose their carrier and their routers all the time, and the core's events say so. */
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
		log_info("%s: no problem any more", object);
	memcpy(said->line, line, sizeof(line));
}

void warnings_follow_interface(
	const struct config *config, struct warning *said, const struct host_interface *interface)
{
	struct worst worst = {.missing = interface->ifindex == 0};
	const struct finding_sink sink = {keep_worst, &worst};

	interface_findings(config, interface, &sink);
	router_findings(config, interface, &sink);
	follow(said, &worst, interface->name);
}

void warnings_follow_address(const struct config *config, struct host_warnings *said)
{
	struct worst address = {0}, forwarding = {0};
	const struct finding_sink sinks[] = {{keep_worst, &address}, {keep_worst, &forwarding}};

	address_findings(config, &sinks[0]);
	follow(&said->address, &address, "address");
	forwarding_findings(config, &sinks[1]);
	follow(&said->forwarding, &forwarding, "forwarding");
}

void warnings_each(const struct interfaces *interfaces, const struct finding_sink *sink)
{
	const struct config *config = interfaces->basis->config;

	for (unsigned int i = 0; i < interfaces->count; i++)
		if (!interfaces->at[i].is_device)
			link_findings(config, &interfaces->at[i].seen, sink);
	address_findings(config, sink);
	forwarding_findings(config, sink);
}
