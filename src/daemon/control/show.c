/* SPDX-License-Identifier: BSD-2-Clause */
/* The documents of the control socket (docs/control.md): the rows of src/views, filled in. */
#include "show.h"

#include "json_value.h"
#include "selector_text.h"

#include "../../program/json_text.h"

#include "../../core/base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *role_text(enum core_role role)
{
	static const char *const texts[] = {
		[ROLE_HOME_AGENT] = "home-agent",
		[ROLE_MOBILE_NODE] = "mobile-node",
		[ROLE_CORRESPONDENT] = "correspondent",
	};
	return texts[role];
}

/* Into `text`. */
static const char *registration_text(
	const struct registration_view *registration, char *text, size_t size)
{
	const char *problem = registration_problem_text(registration->problem);

	if (registration->problem != PROBLEM_REFUSED)
		return problem;
	snprintf(text, size, "%s with status %u (%s)", problem, registration->status,
		status_text(registration->status));
	return text;
}

static void add_address(void *array, const struct in6_addr *address)
{
	json_array_append_new(array, json_address(address));
}

static json_t *own_addresses(const struct control_source *source)
{
	json_t *addresses = json_array();

	source->each_own_address(source->ctx, add_address, addresses);
	return addresses;
}

static void add_warning(void *array, const struct finding *finding)
{
	char line[sizeof(finding->object) + sizeof(finding->text)];

	if (!finding_is_bad(finding))
		return;
	finding_line(finding, line, sizeof(line));
	json_array_append_new(array, json_text(line));
}

static json_t *warnings(const struct control_source *source)
{
	json_t *array = json_array();
	const struct finding_sink sink = {add_warning, array};

	source->each_finding(source->ctx, &sink);
	return array;
}

static void add_text(void *array, const char *text)
{
	json_array_append_new(array, json_text(text));
}

static json_t *texts(
	void (*each_of)(void *ctx, void (*each)(void *to, const char *text), void *to), void *ctx)
{
	json_t *array = json_array();

	each_of(ctx, add_text, array);
	return array;
}

static void add_mobile_node(void *array, const struct show_mobile_node *node)
{
	json_t *object = json_object();
	char text[256];

#include "../../views/mobile_nodes.def"
	json_array_append_new(array, object);
}

static json_t *mobile_nodes(const struct control_source *source)
{
	json_t *array = json_array();

	source->each_mobile_node(source->ctx, add_mobile_node, array);
	return array;
}

static json_t *roles(const struct show_status *status)
{
	json_t *array = json_array();

	if (status->is_home_agent)
		json_array_append_new(array, json_string(role_text(ROLE_HOME_AGENT)));
	if (status->is_mobile_node)
		json_array_append_new(array, json_string(role_text(ROLE_MOBILE_NODE)));
	if (status->corresponds)
		json_array_append_new(array, json_string(role_text(ROLE_CORRESPONDENT)));
	return array;
}

static enum core_role main_role(const struct show_status *status)
{
	if (status->is_home_agent)
		return ROLE_HOME_AGENT;
	return status->is_mobile_node ? ROLE_MOBILE_NODE : ROLE_CORRESPONDENT;
}

json_t *show_status(const struct control_source *source)
{
	struct show_status status;
	json_t *object = json_object();
	char text[256];

	source->status(source->ctx, &status);
	const bool home_agent = status.is_home_agent;
	const bool mobile_node = status.is_mobile_node;
	const bool correspondent = !home_agent && !mobile_node;
	const struct show_mobile_node *first = &status.mobile_node;
#include "../../views/status.def"
	return object;
}

static void add_finding(void *array, const struct finding *finding)
{
	json_array_append_new(array, finding_json(finding));
}

json_t *show_findings(const struct control_source *source)
{
	json_t *array = json_array();
	const struct finding_sink sink = {add_finding, array};

	source->each_finding(source->ctx, &sink);
	return json_pack("{s:o}", "checks", array);
}

/* ---- bindings ---- */

#define is_past(traffic, when, now) ((traffic) && (traffic)->when != 0 && (traffic)->when <= (now))

json_t *show_binding(const struct control_source *source, const struct binding_view *binding)
{
	const nanos now = source->now(source->ctx);
	struct dataplane_counters counters;
	const struct dataplane_counters *traffic =
		source->binding_counters(source->ctx, binding, &counters) == 0 ? &counters : NULL;
	json_t *object = json_object();

#include "../../views/bindings.def"
	return object;
}

/* ---- links ---- */

/* The loss of a link in use is shown from this percentage on. */
#define LOSS_TOLD 10

struct listing {
	json_t *array;
	nanos now;
};

static void append(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void append(char *text, size_t size, const char *format, ...)
{
	size_t used = strlen(text);
	va_list arguments;

	va_start(arguments, format);
	if (used > 0)
		used += (size_t)snprintf(text + used, size - used, ", ");
	if (used < size)
		vsnprintf(text + used, size - used, format, arguments);
	va_end(arguments);
}

/* Why a link is not used, or may soon be unusable; empty if it works. */
static void explain_link(const struct link_view *view, char *text, size_t size)
{
	bool trial = view->path == PATH_TRIAL;

	text[0] = '\0';
	if (!view->probe || view->path == PATH_DOWN)
		return;
	if (trial)
		append(text, size, "on trial: %u of %u answers", view->answers,
			view->answers_needed);
	if (view->probes_unanswered)
		append(text, size, "no probe was ever answered");
	else if (view->path == PATH_DEAD)
		append(text, size, "no answer");
	if ((trial && view->lossy) ||
		(path_state_is_usable(view->path) && view->loss_percent >= LOSS_TOLD))
		append(text, size, "%u %% of probes lost", view->loss_percent);
	if (!path_state_is_usable(view->path) && view->deaths == 1)
		append(text, size, "died once in 5 min");
	else if (!path_state_is_usable(view->path) && view->deaths > 1)
		append(text, size, "died %u times in 5 min", view->deaths);
}

/* The host's reason first: it may be the cause of the path's. */
static void explain(const struct show_link *link, char *text, size_t size)
{
	const char *host = link->reason ? link->reason : "";
	char path[128] = "";

	if (link->view)
		explain_link(link->view, path, sizeof(path));
	snprintf(text, size, "%s%s%s", host, host[0] && path[0] ? "; " : "", path);
}

enum history {
	HISTORY_SENT,
	HISTORY_RECEIVED,
	HISTORY_DELAY,
	HISTORY_LOSS,
};

static json_t *history_value(const struct link_rate_second *second, enum history of)
{
	switch (of) {
	case HISTORY_SENT:
		return value_number(second->sent);
	case HISTORY_RECEIVED:
		return value_number(second->received);
	case HISTORY_DELAY:
		return json_real((double)(second->delay / 1000) / 1000.0);
	case HISTORY_LOSS:
		return value_number(second->loss_percent);
	}
	return NULL;
}

static json_t *history(const struct link_rate *rate, enum history of)
{
	json_t *array = json_array();

	for (unsigned ago = rate->seconds; ago-- > 0;)
		json_array_append_new(array, history_value(link_rate_second(rate, ago), of));
	return array;
}

static void add_link(void *to, const struct show_link *link)
{
	const struct listing *listing = to;
	const nanos now = listing->now;
	const struct link_view *view = link->view;
	const bool probed = view && view->probe && view->path != PATH_DOWN;
	const struct link_rate_second *last = link->rate ? link_rate_second(link->rate, 0) : NULL;
	json_t *object = json_object();
	char reason[320];

	explain(link, reason, sizeof(reason));
#include "../../views/links.def"
	json_array_append_new(listing->array, object);
}

json_t *show_links(const struct control_source *source, unsigned int mobile_node)
{
	struct listing listing = {json_array(), source->now(source->ctx)};

	source->each_link(source->ctx, mobile_node, add_link, &listing);
	return json_pack("{s:o}", "links", listing.array);
}

/* ---- home agents, prefixes ---- */

static void add_home_agent(void *to, const struct home_agent_view *view)
{
	const struct listing *listing = to;
	const nanos now = listing->now;
	json_t *object = json_object();

#include "../../views/home_agents.def"
	json_array_append_new(listing->array, object);
}

json_t *show_home_agents(const struct control_source *source, unsigned int mobile_node)
{
	struct listing listing = {json_array(), source->now(source->ctx)};

	source->each_home_agent(source->ctx, mobile_node, add_home_agent, &listing);
	return json_pack("{s:o}", "home_agents", listing.array);
}

static void add_prefix(void *to, const struct host_prefix *prefix)
{
	const struct listing *listing = to;
	const nanos now = listing->now;
	json_t *object = json_object();

#include "../../views/prefixes.def"
	json_array_append_new(listing->array, object);
}

json_t *show_prefixes(const struct control_source *source, unsigned int mobile_node)
{
	struct listing listing = {json_array(), source->now(source->ctx)};

	source->each_prefix(source->ctx, mobile_node, add_prefix, &listing);
	return json_pack("{s:o}", "prefixes", listing.array);
}

/* ---- correspondents ---- */

static void add_correspondent(void *to, const struct correspondent_view *view)
{
	const struct listing *listing = to;
	const nanos now = listing->now;
	json_t *object = json_object();

#include "../../views/correspondents.def"
	json_array_append_new(listing->array, object);
}

json_t *show_correspondents(const struct control_source *source, unsigned int mobile_node)
{
	struct listing listing = {json_array(), source->now(source->ctx)};

	source->each_correspondent(source->ctx, mobile_node, add_correspondent, &listing);
	return json_pack("{s:o}", "correspondents", listing.array);
}

/* ---- flows ---- */

static void add_flow(void *to, const struct show_flow *flow)
{
	const struct listing *listing = to;
	json_t *object = json_object();
	char text[512];

#include "../../views/flows.def"
	json_array_append_new(listing->array, object);
}

json_t *show_rules(const struct control_source *source, unsigned int mobile_node)
{
	struct listing listing = {json_array(), source->now(source->ctx)};

	source->each_rule(source->ctx, mobile_node, add_flow, &listing);
	return listing.array;
}

void show_flow_binding(
	const struct control_source *source, const struct flow_view *view, json_t *array)
{
	struct listing listing = {array, source->now(source->ctx)};

	source->flow_binding(source->ctx, view, add_flow, &listing);
}

/* ---- counters ---- */

static const char *const wire_names[] = {
#define WIRE_ERROR(name, text) #name,
#include "../../wire/errors.def"
#undef WIRE_ERROR
};

static const char *const core_drop_names[] = {
#define DROP(name, text) #name,
#include "../../core/api/drops.def"
#undef DROP
};

static const char *const dataplane_drop_names[] = {
#define DROP(name, text) #name,
	ABI_DROP_LIST(DROP)
#undef DROP
};

static void add_drop(
	json_t *array, const char *layer, const char *name, const char *text, uint64_t count)
{
	json_t *object = json_object();

	json_object_set_new(object, "layer", json_string(layer));
	json_object_set_new(object, "name", json_lower(name));
	json_object_set_new(object, "text", json_string(text));
	json_object_set_new(object, "count", value_number(count));
	json_array_append_new(array, object);
}

static json_t *drops(const struct show_counters *counters)
{
	json_t *array = json_array();
	unsigned int i;

	for (i = WIRE_OK + 1; i < WIRE_ERRORS; i++)
		add_drop(array, "wire", wire_names[i], wire_error_text((enum wire_error)i),
			counters->core->wire[i]);
	for (i = 0; i < DROPS; i++)
		add_drop(array, "core", core_drop_names[i], drop_text((enum drop)i),
			counters->core->drops[i]);
	for (i = 0; i < ABI_DROPS; i++)
		add_drop(array, "dataplane", dataplane_drop_names[i],
			dataplane_drop_text((enum abi_drop)i), counters->dataplane_drops[i]);
	return array;
}

/* Mobile nodes may share an interface: it counts once. */
struct traffic_sum {
	struct abi_link device;
	size_t count;
	uint32_t seen[ABI_LINKS_MAX];
};

static bool is_seen(struct traffic_sum *sum, uint32_t ifindex)
{
	for (size_t i = 0; i < sum->count; i++)
		if (sum->seen[i] == ifindex)
			return true;
	if (sum->count < ABI_LINKS_MAX)
		sum->seen[sum->count++] = ifindex;
	return false;
}

static void add_traffic(void *to, const struct show_link *link)
{
	struct traffic_sum *sum = to;

	if (!link->counters || is_seen(sum, link->ifindex))
		return;
	sum->device.sent_packets += link->counters->sent_packets;
	sum->device.sent_octets += link->counters->sent_octets;
	sum->device.received_packets += link->counters->received_packets;
	sum->device.received_octets += link->counters->received_octets;
}

json_t *show_counters(const struct control_source *source)
{
	struct show_counters counters = {.core = NULL};
	struct traffic_sum sum = {.count = 0};
	json_t *object = json_object();

	source->counters(source->ctx, &counters);
	/* The kernel does not count packets that bypass the device's driver. */
	source->each_link(source->ctx, EVERY_MOBILE_NODE, add_traffic, &sum);
	const struct abi_link device = sum.device;
	const struct core_counters *core = counters.core;
#include "../../views/counters.def"
	return object;
}
