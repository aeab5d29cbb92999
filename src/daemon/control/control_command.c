/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands of the control socket and their answers (docs/control.md). */
#include "../config/value.h"
#include "control_internal.h"
#include "monitor.h"

#include "../../program/json_text.h"
#include "../../program/nearest.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdio.h>
#include <string.h>

/* Copies of the binding list at one time: 72 octets for each binding of each. */
#define SNAPSHOTS_MAX 4

/* Clients that follow the monitor at one time. The daemon never closes them for a new client, so
 * their number is less than CLIENTS_MAX. */
#define SUBSCRIBERS_MAX 12

/* ---- answers ---- */

static int append(const char *octets, size_t length, void *to)
{
	return evbuffer_add(to, octets, length);
}

static void answer(struct client *client, json_t *line)
{
	struct evbuffer *out = bufferevent_get_output(client->stream);

	if (!line || json_dump_callback(line, append, out, JSON_COMPACT | JSON_REAL_PRECISION(16)))
		client->closing = true; /* out of memory */
	else
		evbuffer_add(out, "\n", 1);
	json_decref(line);
}

static void answer_result(struct client *client, json_t *result)
{
	answer(client, json_pack("{s:b, s:o}", "ok", 1, "result", result));
}

/* An error quotes what the client sent, and may end within a character: JSON has no such text. */
static json_t *text_of(const char *error)
{
	json_t *text = json_string(error);
	char ascii[1024];

	if (text)
		return text;
	snprintf(ascii, sizeof(ascii), "%s", error);
	for (char *at = ascii; *at != '\0'; at++)
		if (*at & 0x80)
			*at = '?';
	return json_string(ascii);
}

void control_answer_error(struct client *client, const char *error)
{
	answer(client, json_pack("{s:b, s:o}", "ok", 0, "error", text_of(error)));
}

static void answer_code(struct client *client, int error)
{
	if (error < 0)
		control_answer_error(client, strerror(-error));
	else
		answer_result(client, json_object());
}

/* ---- the list of bindings ---- */

void control_drop_list(struct client *client)
{
	if (!client->snapshot)
		return;
	list_snapshot_free(client->snapshot);
	client->snapshot = NULL;
	client->control->snapshots_count--;
}

void control_answer_page(struct client *client)
{
	bool more;
	json_t *page = list_snapshot_page(client->snapshot, &more);
	json_t *line = json_pack("{s:b, s:o}", "ok", 1, "result", page);

	if (more)
		json_object_set_new(line, "more", json_true());
	else
		control_drop_list(client);
	answer(client, line);
}

static void show_list(struct client *client, enum list_kind kind, unsigned int mobile_node)
{
	struct control *control = client->control;

	if (control->snapshots_count == SNAPSHOTS_MAX) {
		control_answer_error(client, "too many lists under way");
		return;
	}
	if (list_snapshot_new(&control->source, kind, mobile_node, &client->snapshot) < 0) {
		control_answer_error(client, "out of memory");
		return;
	}
	control->snapshots_count++;
	control_answer_page(client);
}

/* ---- the mobile node that a request names ---- */

struct choice {
	const char *text; /* a name, or a home address */
	bool is_address;
	struct in6_addr address;
	struct nearest nearest;
	bool found;
	unsigned int index;
	unsigned int count;
};

static void consider(void *to, const struct show_mobile_node *node)
{
	struct choice *choice = to;
	const bool named = choice->text && node->name[0] != '\0';
	const bool same =
		(named && strcmp(node->name, choice->text) == 0) ||
		(choice->is_address && IN6_ARE_ADDR_EQUAL(&choice->address, &node->home_address));

	choice->count++;
	if (named)
		nearest_offer(&choice->nearest, node->name);
	if (!same && choice->text)
		return;
	choice->found = true;
	choice->index = node->index;
}

static struct choice consider_all(const struct control_source *source, const json_t *request)
{
	const char *text = json_string_value(json_object_get(request, "mobile_node"));
	struct choice choice = {.text = text};

	if (text) {
		choice.nearest = nearest_to(text);
		choice.is_address = inet_pton(AF_INET6, text, &choice.address) == 1;
	}
	source->each_mobile_node(source->ctx, consider, &choice);
	return choice;
}

/* Does not change `ret` if the request names none. False: there is none of this name; the client
 * gets an error. */
static bool choose_mobile_node(
	struct client *client, const json_t *request, unsigned int *ret_mobile_node)
{
	const struct choice choice = consider_all(&client->control->source, request);
	char error[512];

	if (!choice.text && json_object_get(request, "mobile_node")) {
		control_answer_error(client, "mobile_node is not a text");
		return false;
	}
	if (!choice.text)
		return true;
	if (choice.found) {
		*ret_mobile_node = choice.index;
		return true;
	}
	snprintf(error, sizeof(error), "no mobile node '%.64s'%s", choice.text,
		nearest_question(&choice.nearest, "").text);
	control_answer_error(client, error);
	return false;
}

/* The same for a command that changes one: if there are several, the request must name it. */
static bool choose_one_mobile_node(
	struct client *client, const json_t *request, unsigned int *ret_mobile_node)
{
	const struct choice choice = consider_all(&client->control->source, request);

	if (!json_object_get(request, "mobile_node") && choice.count > 1) {
		control_answer_error(
			client, "there are several mobile nodes: name one by --mobile-node");
		return false;
	}
	*ret_mobile_node = 0;
	return choose_mobile_node(client, request, ret_mobile_node);
}

/* ---- commands ---- */

static void command_status(struct client *client, const json_t *request)
{
	(void)request;
	answer_result(client, show_status(&client->control->source));
}

static void command_show(struct client *client, const json_t *request)
{
	static const struct {
		const char *what;
		json_t *(*show)(const struct control_source *, unsigned int mobile_node);
	} lists[] = {
		{"links", show_links},
		{"home-agents", show_home_agents},
		{"prefixes", show_prefixes},
		{"correspondents", show_correspondents},
	};
	const struct control_source *source = &client->control->source;
	const char *what = json_string_value(json_object_get(request, "what"));
	unsigned int mobile_node = EVERY_MOBILE_NODE;

	if (what && strcmp(what, "bindings") == 0) {
		show_list(client, LIST_BINDINGS, EVERY_MOBILE_NODE);
		return;
	}
	if (what && strcmp(what, "counters") == 0) {
		answer_result(client, show_counters(source));
		return;
	}
	if (what && strcmp(what, "flows") == 0) {
		if (choose_mobile_node(client, request, &mobile_node))
			show_list(client, LIST_FLOWS, mobile_node);
		return;
	}
	for (size_t i = 0; what && i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (strcmp(what, lists[i].what) != 0)
			continue;
		if (choose_mobile_node(client, request, &mobile_node))
			answer_result(client, lists[i].show(source, mobile_node));
		return;
	}
	control_answer_error(client, "show: 'what' must be one of bindings, links, counters, "
				     "home-agents, prefixes, correspondents, flows");
}

static void command_monitor(struct client *client, const json_t *request)
{
	struct monitor *monitor = client->control->monitor;
	json_int_t sequence = (json_int_t)monitor_sequence(monitor);

	(void)request;
	if (client->control->subscribers_count == SUBSCRIBERS_MAX) {
		control_answer_error(client, "too many clients follow the monitor");
		return;
	}
	answer_result(client, json_pack("{s:I}", "seq", sequence));
	client->subscriber = monitor_join(monitor, bufferevent_get_output(client->stream));
	if (client->subscriber)
		client->control->subscribers_count++;
	else
		client->closing = true;
}

static void command_prefer(struct client *client, const json_t *request)
{
	const struct control_source *source = &client->control->source;
	json_int_t bid = json_integer_value(json_object_get(request, "bid"));
	json_int_t priority = json_integer_value(json_object_get(request, "priority"));
	unsigned int mobile_node;
	int error;

	if (bid < 1 || bid > UINT16_MAX || priority < 1 || priority > 127) {
		control_answer_error(
			client, "prefer: bid is not 1 to 65535, or priority not 1 to 127");
		return;
	}
	if (!choose_one_mobile_node(client, request, &mobile_node))
		return;
	error = source->prefer(source->ctx, mobile_node, (uint16_t)bid, (uint8_t)priority);
	if (error == -EINVAL)
		control_answer_error(client, "prefer: this daemon has no link with this bid");
	else
		answer_code(client, error);
}

static void command_why(struct client *client, const json_t *request)
{
	const struct control_source *source = &client->control->source;
	struct flow_question question;
	struct flow_answer answer_to_it;
	const char *wrong = why_question(request, &question);
	char text[256];
	int error;

	question.mobile_node = WHY_ANY_MOBILE_NODE;
	if (!wrong && !(question.key.known & FLOW_BIT(FLOW_DESTINATION))) {
		if (source->chooses_home_address(source->ctx) &&
			!json_object_get(request, "mobile_node"))
			question.mobile_node = WHY_NEW_FLOW;
		else if (!choose_one_mobile_node(client, request, &question.mobile_node))
			return;
	}
	error = wrong ? 0 : source->why(source->ctx, &question, &answer_to_it);
	if (error == -ENOENT)
		wrong = "own is no address of a mobile node that is known here";
	else if (error == -ENODEV)
		wrong = "there is no interface of this name";
	else if (error == -ESRCH)
		wrong = "no new_flows block is for it: its address is of the host's own routes";
	if (!wrong && error == 0) {
		answer_result(client, why_document(&question, &answer_to_it));
		return;
	}
	snprintf(text, sizeof(text), "why: %s", wrong ? wrong : strerror(-error));
	control_answer_error(client, text);
}

static void command_hint(struct client *client, const json_t *request)
{
	const struct control_source *source = &client->control->source;
	const char *link = json_string_value(json_object_get(request, "link"));
	const json_t *leaving = json_object_get(request, "leaving");
	unsigned int mobile_node;
	int error;

	if (!link || !json_is_boolean(leaving)) {
		control_answer_error(client, "hint: needs link and leaving");
		return;
	}
	if (!choose_one_mobile_node(client, request, &mobile_node))
		return;
	error = source->hint(source->ctx, mobile_node, link, json_is_true(leaving));
	if (error == -EINVAL)
		control_answer_error(client, "hint: this mobile node has no link of this name");
	else
		answer_code(client, error);
}

static void add_config_error(void *array, const struct config_error *error)
{
	json_array_append_new(array,
		json_pack("{s:o, s:i, s:i, s:o}", "file", json_text(error->file), "line",
			error->line, "column", error->column, "text", json_text(error->text)));
}

/* The client shows the errors one by one. */
static void command_policy_load(struct client *client, const json_t *request)
{
	const struct control_source *source = &client->control->source;
	const char *file = json_string_value(json_object_get(request, "file"));
	struct policy_change change;
	json_t *errors = json_array();
	int error = source->policy_load(source->ctx, file, add_config_error, errors, &change);

	if (error < 0)
		answer(client, json_pack("{s:b, s:s, s:O}", "ok", 0, "error",
				       "policy load: the file has errors", "errors", errors));
	else
		answer_result(
			client, json_pack("{s:i, s:i, s:i}", "set", (int)change.set, "removed",
					(int)change.removed, "kept", (int)change.kept));
	json_decref(errors);
}

/* Seconds from now under `key`; without the key, infinite. */
static bool until(const json_t *request, const char *key, nanos now, nanos *ret)
{
	const json_t *value = json_object_get(request, key);
	json_int_t seconds = json_integer_value(value);

	*ret = NANOS_NEVER;
	if (!value)
		return true;
	if (!json_is_integer(value) || seconds < 0 || seconds >= UINT32_MAX)
		return false;
	*ret = now + (nanos)seconds * NANOS_PER_SECOND;
	return true;
}

_Static_assert(offsetof(struct host_prefix, length) ==
		       offsetof(struct host_prefix, prefix) + sizeof(struct in6_addr),
	"value_prefix() writes the length behind the prefix");

/* The reason for a failure, or NULL. */
static const char *prefix_of(const json_t *request, nanos now, struct host_prefix *ret)
{
	static const struct type type = {.most = 127};
	const char *text = json_string_value(json_object_get(request, "prefix"));

	*ret = (struct host_prefix){.on_link = true, .autonomous = true};
	if (!text)
		return "no prefix";
	const char *wrong = value_prefix(text, &type, &ret->prefix);
	if (wrong)
		return wrong;
	if (!until(request, "valid_s", now, &ret->valid_until) ||
		!until(request, "preferred_s", now, &ret->preferred_until))
		return "valid_s or preferred_s is not a number of seconds";
	if (ret->preferred_until > ret->valid_until)
		return "preferred_s is greater than valid_s";
	return NULL;
}

static void command_prefix(struct client *client, const json_t *request)
{
	const struct control_source *source = &client->control->source;
	bool remove = json_is_true(json_object_get(request, "remove"));
	struct host_prefix prefix;
	const char *wrong = prefix_of(request, source->now(source->ctx), &prefix);
	int error = wrong ? 0 : source->prefix(source->ctx, &prefix, remove);
	char text[128];

	if (error == -EINVAL)
		wrong = "this daemon has no such prefix, or is no home agent";
	if (!wrong) {
		answer_code(client, error);
		return;
	}
	snprintf(text, sizeof(text), "prefix: %s", wrong);
	control_answer_error(client, text);
}

static void command_doctor(struct client *client, const json_t *request)
{
	(void)request;
	answer_result(client, show_findings(&client->control->source));
}

static void command_stop(struct client *client, const json_t *request)
{
	const struct control_source *source = &client->control->source;

	(void)request;
	answer_code(client, source->stop(source->ctx));
}

static const struct {
	const char *name;
	void (*run)(struct client *, const json_t *request);
} commands[] = {
	{"status", command_status},
	{"show", command_show},
	{"monitor", command_monitor},
	{"prefer", command_prefer},
	{"prefix", command_prefix},
	{"why", command_why},
	{"hint", command_hint},
	{"policy-load", command_policy_load},
	{"doctor", command_doctor},
	{"stop", command_stop},
};

static void run_command(struct client *client, const json_t *request)
{
	const char *name = json_string_value(json_object_get(request, "command"));
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (name && strcmp(name, commands[i].name) == 0) {
			commands[i].run(client, request);
			return;
		}
	}
	control_answer_error(client, "unknown command");
}

void control_run_line(struct client *client, const char *line, size_t length)
{
	json_t *request = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);

	if (json_is_object(request)) {
		run_command(client, request);
	} else {
		control_answer_error(client, "not a JSON object");
		client->closing = true;
	}
	json_decref(request);
}
