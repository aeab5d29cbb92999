/* SPDX-License-Identifier: BSD-2-Clause */
#include "doctor.h"

#include "../../program/json_text.h"
#include "link_findings.h"
#include "start_findings.h"

#include "../../io/host/host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- interfaces, without a daemon ---- */

struct walk {
	const struct doctor *doctor;
	void (*find)(
		const struct config *, const struct host_interface *, const struct finding_sink *);
};

static void interface_seen(void *ctx, const struct host_interface *interface)
{
	const struct walk *walk = ctx;

	walk->find(walk->doctor->config, interface, &walk->doctor->sink);
}

static int watch_all(struct host *host, const struct config *config)
{
	int error = 0;

	for (unsigned int n = 0; n < config->mobile_nodes_count && error == 0; n++) {
		const struct config_mobile_node *node = &config->mobile_nodes[n];

		error = host_target_set(host, n, config_home_agent(config, n));
		for (unsigned int i = 0; i < node->links_count && error == 0; i++)
			error = node->links[i].through[0] != '\0'
					? 0 /* the device */
					: host_watch(host, node->links[i].name);
	}
	for (unsigned int i = 0; i < config->interfaces_count && error == 0; i++)
		error = host_watch(host, config->interfaces[i]);
	return error;
}

static void each_interface(const struct doctor *doctor,
	void (*find)(
		const struct config *, const struct host_interface *, const struct finding_sink *))
{
	struct walk walk = {doctor, find};
	struct host *host;

	if (!doctor->configured || host_new(interface_seen, &walk, &host) < 0)
		return;
	if (watch_all(host, doctor->config) == 0)
		host_read(host);
	host_free(host);
}

/* ---- rows of the table ---- */

static void complain(void *ctx, const struct config_error *error)
{
	const struct doctor *doctor = ctx;
	struct finding finding = finding_of("configuration", error->file, VERDICT_PROBLEM);
	const char *remedy = strstr(error->text, "; do: ");
	int length = remedy ? (int)(remedy - error->text) : (int)strlen(error->text);

	if (error->line > 0)
		finding_text(&finding, "line %d: %.*s", error->line, length, error->text);
	else
		finding_text(&finding, "%.*s", length, error->text);
	finding_why(&finding, "the daemon does not start with this configuration");
	if (remedy)
		finding_remedy(&finding, "%s", remedy + strlen("; do: "));
	else
		finding_remedy(&finding, "man 5 monamid.conf; monami check %s", error->file);
	finding_give(&finding, &doctor->sink);
}

/* Reads it; the result is a row. */
static struct config *read_configuration(struct doctor *doctor)
{
	struct finding finding = finding_of("configuration", doctor->file, VERDICT_OK);
	struct config *config = NULL;

	if (!doctor->file_given && access(doctor->file, F_OK) < 0) {
		finding.verdict = VERDICT_NOT_APPLICABLE;
		finding_text(&finding, "is not there: only the host was looked at");
	} else if (config_read(doctor->file, complain, doctor, &config) < 0) {
		return NULL;
	} else {
		finding_text(&finding, "is right");
	}
	finding_give(&finding, &doctor->sink);
	return config;
}

static void daemon_row(const struct doctor *doctor)
{
	struct finding finding = finding_of("daemon", doctor->control, VERDICT_OK);

	if (doctor->daemon > 0) {
		finding_text(&finding, "monamid runs, process %d", (int)doctor->daemon);
	} else {
		finding.verdict = VERDICT_WARNING;
		finding_text(&finding, "no monamid answers");
		finding_why(&finding, "nothing is registered, and only a running daemon knows its "
				      "home agent and its paths");
		finding_remedy(&finding, geteuid() == 0
						 ? "systemctl start monamid"
						 : "sudo monami doctor # only root may ask it");
	}
	finding_give(&finding, &doctor->sink);
}

/* A running daemon has its capabilities, also if this process does not. */
static void permissions_row(const struct doctor *doctor)
{
	struct finding finding = finding_of("permissions", NULL, VERDICT_OK);

	if (doctor->daemon > 0) {
		finding_text(&finding, "the daemon runs");
		finding_give(&finding, &doctor->sink);
	} else {
		permission_findings(&doctor->sink);
	}
}

static void tun_row(const struct doctor *doctor)
{
	struct finding finding = finding_of("tun", "/dev/net/tun", VERDICT_OK);

	if (doctor->daemon > 0) {
		finding_text(&finding, "the daemon has its device");
		finding_give(&finding, &doctor->sink);
	} else {
		tun_findings(&doctor->sink);
	}
}

static void device_row(const struct doctor *doctor)
{
	device_findings(doctor->config, doctor->daemon, &doctor->sink);
}

static void bpffs_row(const struct doctor *doctor)
{
	bpffs_findings(doctor->config, &doctor->sink);
}

static void pins_row(const struct doctor *doctor)
{
	pin_findings(doctor->config, doctor->daemon, &doctor->sink);
}

static void interfaces_row(const struct doctor *doctor)
{
	each_interface(doctor, interface_findings);
}

static void router_row(const struct doctor *doctor)
{
	each_interface(doctor, router_findings);
}

static void mtu_row(const struct doctor *doctor)
{
	each_interface(doctor, mtu_findings);
}

static void address_row(const struct doctor *doctor)
{
	if (doctor->configured)
		address_findings(doctor->config, &doctor->sink);
}

static void forwarding_row(const struct doctor *doctor)
{
	if (doctor->configured)
		forwarding_findings(doctor->config, &doctor->sink);
}

/* ---- the table ---- */

/*
 * In the order of the output. The findings of the running daemon count; without any, the row's
 * function is called. Without a function, only a running daemon knows.
 */
static const struct row {
	const char *name;
	const char *looks_at; /* for a check that says nothing */
	void (*run)(const struct doctor *);
} rows[] = {
	{"configuration", "the configuration file and its key files", NULL},
	{"daemon", "the control socket", daemon_row},
	{"kernel", "the version of Linux, and what the data plane needs of it", doctor_kernel},
	{"permissions", "capabilities", permissions_row},
	{"tun", "the TUN device file", tun_row},
	{"device", "the interface that home addresses are routed to", device_row},
	{"bpffs", "the file system of the pin directory", bpffs_row},
	{"pins", "the pin directory", pins_row},
	{"interfaces", "the configured interfaces", interfaces_row},
	{"router_advertisements", "accept_ra, forwarding and routers of each interface",
		router_row},
	{"mtu", "the MTU of each interface", mtu_row},
	{"address", "a home agent's own address", address_row},
	{"forwarding", "a home agent's forwarding", forwarding_row},
	{"clock", "the clock, for timestamps of RFC 4285", doctor_clock},
	{"reverse_path", "filters that drop packets by the route back to their source",
		doctor_reverse_path},
	{"rules", "foreign policy rules before the daemon's, and its own that are missing", NULL},
	{"mobility_daemons", "other implementations of Mobile IPv6", doctor_mobility_daemons},
	{"home_agent", "what the home agent answered", NULL},
	{"paths", "probes of each link", NULL},
	{"store", "the file of a home agent's bindings", NULL},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* ---- from beginning to end ---- */

struct examination {
	const char *name; /* of the row under way */
	bool said;        /* it says something */
	bool has_daemon;
	json_t *of_daemon; /* its findings */
	json_t *checks;
	unsigned int problems, warnings;
};

static void take(void *ctx, const struct finding *finding)
{
	struct examination *examination = ctx;

	examination->said = true;
	examination->problems += finding->verdict == VERDICT_PROBLEM;
	examination->warnings += finding->verdict == VERDICT_WARNING;
	json_array_append_new(examination->checks, finding_json(finding));
}

static void keep(void *ctx, const struct finding *finding)
{
	struct examination *examination = ctx;

	json_array_append_new(examination->of_daemon, finding_json(finding));
}

static void take_from_daemon(struct examination *examination, const char *const *checks)
{
	struct finding finding;
	const json_t *object;
	size_t i;

	json_array_foreach(examination->of_daemon, i,
		object) if (finding_from_json(object, checks, &finding) &&
			    strcmp(finding.check, examination->name) == 0)
		take(examination, &finding);
}

static void run_row(const struct row *row, const struct doctor *doctor,
	struct examination *examination, const char *const *checks)
{
	examination->name = row->name;
	examination->said = false;
	take_from_daemon(examination, checks);
	if (!examination->said && row->run)
		row->run(doctor);
	if (examination->said)
		return;
	struct finding finding = finding_of(row->name, NULL, VERDICT_NOT_APPLICABLE);
	if (!row->run && !examination->has_daemon)
		finding_text(&finding, "%s: only a running daemon knows", row->looks_at);
	else if (!doctor->configured)
		finding_text(&finding, "%s: no configuration can be read", row->looks_at);
	else
		finding_text(&finding, "%s: not of this role", row->looks_at);
	take(examination, &finding);
}

static void examine(struct doctor *doctor, struct examination *examination)
{
	const char *names[ROWS + 1] = {NULL};
	struct finding_sink of_daemon = {keep, examination};

	for (size_t i = 0; i < ROWS; i++)
		names[i] = rows[i].name;
	doctor->daemon = control_peer(doctor->control);
	if (doctor->daemon > 0)
		examination->has_daemon = doctor_ask_daemon(doctor, names, &of_daemon);
	for (size_t i = 1; i < ROWS; i++)
		run_row(&rows[i], doctor, examination, names);
}

int doctor_run(const struct doctor_options *options, FILE *out)
{
	static const struct config defaults = {.device = "monami0",
		.control = {"/run/monami/control"},
		.pin_directory = {"/sys/fs/bpf/monami"}};
	struct examination examination = {
		.of_daemon = json_array(), .checks = json_array(), .name = rows[0].name};
	struct doctor doctor = {
		.file = options->file ? options->file : options->file_default,
		.file_given = options->file,
		.sink = {take, &examination},
	};
	struct config *config = read_configuration(&doctor);
	json_t *document;

	doctor.configured = config;
	doctor.config = config ? config : &defaults;
	doctor.control = options->control ? options->control : doctor.config->control.text;
	examine(&doctor, &examination);
	document = json_pack("{s:o, s:i, s:i}", "checks", examination.checks, "problems",
		(int)examination.problems, "warnings", (int)examination.warnings);
	json_dumpf(document, out, JSON_COMPACT);
	fputc('\n', out);
	json_decref(document);
	json_decref(examination.of_daemon);
	if (config)
		config_free(config);
	return examination.problems > 0 ? 1 : 0;
}
