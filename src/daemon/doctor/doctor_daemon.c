/* SPDX-License-Identifier: BSD-2-Clause */
/* Asks the running daemon (docs/control.md). Does not wait long: the daemon may hang. */
#include "doctor.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE_SECONDS 3

static int open_socket(const char *path)
{
	const struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0 &&
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) == 0 &&
		connect(fd, (const struct sockaddr *)&name, sizeof(name)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* ---- policy rules and missing objects: from the status, in words ---- */

static void give_rule(const char *text, const struct finding_sink *sink)
{
	struct finding finding = finding_of("rules", NULL, VERDICT_WARNING);
	unsigned int priority;

	finding_text(&finding, "%s", text);
	finding_why(&finding, "packets of the home address that it catches bypass the tunnels: "
			      "the links discard them, other interfaces send them in clear");
	if (sscanf(text, "rule %u ", &priority) == 1)
		finding_remedy(&finding,
			"ip -6 rule del pref %u # or home_rule_priority below %u, if it is wanted",
			priority, priority);
	else
		finding_remedy(&finding, "ip -6 rule show");
	finding_give(&finding, sink);
}

static void give_missing(const char *text, const struct finding_sink *sink)
{
	struct finding finding = finding_of("rules", NULL, VERDICT_PROBLEM);

	finding_text(&finding, "%s is gone and cannot be put back", text);
	finding_why(&finding, "traffic of home addresses depends on it");
	finding_remedy(&finding, "systemctl restart monamid");
	finding_give(&finding, sink);
}

/* How many there are; of a daemon that does not know the list: 0. */
static size_t give_each(const json_t *list, void (*give)(const char *, const struct finding_sink *),
	const struct finding_sink *sink)
{
	const json_t *text;
	size_t i;

	json_array_foreach(list, i, text) if (json_is_string(text))
		give(json_string_value(text), sink);
	return json_array_size(list);
}

static void give_status(const json_t *status, const struct finding_sink *sink)
{
	const json_t *rules = json_object_get(status, "rules_before");
	const json_t *missing = json_object_get(status, "missing");
	struct finding finding = finding_of("rules", NULL, VERDICT_OK);

	if (give_each(rules, give_rule, sink) + give_each(missing, give_missing, sink) > 0 ||
		!json_is_array(rules))
		return;
	finding_text(&finding, "no rule of others comes before the daemon's, and none of its own "
			       "is missing");
	finding_give(&finding, sink);
}

/* ---- the questions ---- */

static void give_checks(
	const json_t *list, const char *const *checks, const struct finding_sink *sink)
{
	struct finding finding;
	const json_t *object;
	size_t i;

	json_array_foreach(list, i, object) if (finding_from_json(object, checks, &finding))
		finding_give(&finding, sink);
}

bool doctor_ask_daemon(
	const struct doctor *doctor, const char *const *checks, const struct finding_sink *sink)
{
	static const char requests[] = "{\"command\":\"doctor\"}\n{\"command\":\"status\"}\n";
	int fd = open_socket(doctor->control);
	json_t *answers[2] = {NULL, NULL};
	bool answered;

	if (fd < 0)
		return false;
	/* No more requests: the daemon closes the connection after its answers. */
	if (send(fd, requests, strlen(requests), MSG_NOSIGNAL) == (ssize_t)strlen(requests) &&
		shutdown(fd, SHUT_WR) == 0)
		answers[0] = json_loadfd(fd, JSON_DISABLE_EOF_CHECK, NULL);
	if (answers[0])
		answers[1] = json_loadfd(fd, JSON_DISABLE_EOF_CHECK, NULL);
	close(fd);
	const json_t *list = json_object_get(json_object_get(answers[0], "result"), "checks");
	answered = json_is_array(list);
	give_checks(list, checks, sink);
	give_status(json_object_get(answers[1], "result"), sink);
	json_decref(answers[0]);
	json_decref(answers[1]);
	return answered;
}
