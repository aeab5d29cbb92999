/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernel, clock, other programs. */
#include "doctor.h"

#include "../../io/dataplane/kernel_features.h"
#include "../../io/host/process.h"

#include <sys/timex.h>
#include <time.h>

/* ---- kernel ---- */

static void give_lack(
	const struct doctor *doctor, const char *release, const struct kernel_feature *feature)
{
	struct finding finding = finding_of(
		"kernel", release, feature->required ? VERDICT_PROBLEM : VERDICT_WARNING);

	finding_text(&finding, "lacks %s", feature->name);
	finding_why(&finding, "%s", feature->lost);
	finding_remedy(&finding, "%s", feature->remedy);
	finding_give(&finding, &doctor->sink);
}

void doctor_kernel(const struct doctor *doctor)
{
	struct kernel_feature features[KERNEL_FEATURES_MAX];
	size_t count = kernel_features_probe(features), unknown = 0, absent = 0;
	char release[65];

	kernel_release(release, sizeof(release));
	for (size_t i = 0; i < count; i++) {
		unknown += features[i].state == KERNEL_FEATURE_UNKNOWN;
		absent += features[i].state == KERNEL_FEATURE_ABSENT;
		if (features[i].state == KERNEL_FEATURE_ABSENT)
			give_lack(doctor, release, &features[i]);
	}
	if (absent > 0)
		return;
	struct finding finding =
		finding_of("kernel", release, unknown > 0 ? VERDICT_NOT_APPLICABLE : VERDICT_OK);
	if (unknown > 0)
		finding_text(&finding,
			"nothing is known to be missing; of %zu features only root "
			"may ask",
			unknown);
	else
		finding_text(&finding, "has all that Monami uses");
	finding_give(&finding, &doctor->sink);
}

/* ---- clock ---- */

/* 2026-01-01: no clock that is right shows less. One without a battery begins with 1970. */
#define CLOCK_LEAST INT64_C(1767225600)

void clock_findings(int64_t now, bool synchronized, bool needed, const struct finding_sink *sink)
{
	struct finding finding = finding_of("clock", NULL, VERDICT_OK);

	finding_why(&finding,
		"a registration carries the time (RFC 4285), and a home agent refuses "
		"one that differs by more than seconds");
	finding_remedy(&finding, "timedatectl set-ntp true # or set it: date -u -s 'YYYY-MM-DD "
				 "hh:mm:ss'");
	if (now < CLOCK_LEAST) {
		finding.verdict = needed ? VERDICT_PROBLEM : VERDICT_WARNING;
		finding_text(&finding, "the clock is wrong: it shows a time before 2026");
	} else if (!synchronized && needed) {
		finding.verdict = VERDICT_WARNING;
		finding_text(&finding, "nothing synchronizes the clock");
	} else {
		finding = finding_of("clock", NULL, VERDICT_OK);
		finding_text(&finding,
			synchronized ? "is synchronized" : "is not synchronized, and need not be");
	}
	finding_give(&finding, sink);
}

static bool needs_clock(const struct config *config)
{
	for (unsigned int i = 0; i < config->core.mobile_nodes_count; i++)
		if (config->core.mobile_nodes[i].auth.mode == AUTH_MODE_MN_HA &&
			config->core.mobile_nodes[i].auth.replay)
			return true;
	for (size_t i = 0; i < config->nodes_count; i++)
		if (config->nodes[i].auth.mode == AUTH_MODE_MN_HA && config->nodes[i].auth.replay)
			return true;
	return false;
}

void doctor_clock(const struct doctor *doctor)
{
	struct timex state = {.modes = 0};
	bool synchronized = adjtimex(&state) != TIME_ERROR && !(state.status & STA_UNSYNC);
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	clock_findings(now.tv_sec, synchronized, !doctor->configured || needs_clock(doctor->config),
		&doctor->sink);
}

/* ---- other daemons ---- */

void doctor_mobility_daemons(const struct doctor *doctor)
{
	static const char *const names[] = {"mip6d", "umip", "nemod", "charon-mip6"};
	struct finding finding = finding_of("mobility_daemons", NULL, VERDICT_OK);
	pid_t pid = 0;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]) && pid == 0; i++)
		pid = process_called(names[i]);
	if (pid != 0) {
		finding = finding_of("mobility_daemons", names[i - 1], VERDICT_WARNING);
		finding_text(&finding, "process %d is another Mobile IPv6 daemon on this host",
			(int)pid);
		finding_why(&finding, "both answer the same messages, and set routes for the same "
				      "home address");
		finding_remedy(&finding, "kill %d", (int)pid);
	} else {
		finding_text(&finding, "no other Mobile IPv6 daemon runs here");
	}
	finding_give(&finding, &doctor->sink);
}
