/* SPDX-License-Identifier: BSD-2-Clause */
/* The documents of the control socket (docs/control.md), each key in one place. */
#include "show.h"

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

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *seconds(nanos time)
{
	return json_real((double)(time / NANOS_PER_MS) / 1000.0);
}

/* An address that is not there has no key. */
static void set_address(json_t *object, const char *key, const struct in6_addr *address)
{
	if (!IN6_IS_ADDR_UNSPECIFIED(address))
		json_object_set_new(object, key, json_address(address));
}

/* Infinite: no key. Past: zero. */
static void set_until(json_t *object, const char *key, nanos until, nanos now)
{
	if (until != NANOS_NEVER)
		json_object_set_new(object, key, seconds(until > now ? until - now : 0));
}

static void set_expiry(json_t *object, nanos expires, nanos now)
{
	set_until(object, "expires_in_s", expires, now);
}

static json_t *prefix_text(const struct in6_addr *prefix, uint8_t length)
{
	json_t *address = json_address(prefix);
	json_t *text = json_sprintf("%s/%u", json_string_value(address), length);

	json_decref(address);
	return text;
}

static void set_store(json_t *object, const struct show_status *status)
{
	if (!status->store)
		return;
	json_object_set_new(object, "store", json_text(status->store));
	json_object_set_new(object, "store_works", json_boolean(status->store_works));
	if (status->store_reason[0] != '\0')
		json_object_set_new(object, "store_reason", json_text(status->store_reason));
}

static void set_home_agent(json_t *object, const struct show_status *status)
{
	set_address(object, "address", &status->address);
	json_object_set_new(object, "home_prefix",
		prefix_text(&status->home_prefix, status->home_prefix_length));
	if (status->home_link) {
		json_object_set_new(object, "home_link", json_text(status->home_link));
		json_object_set_new(object, "home_link_up", json_boolean(status->home_link_up));
	}
	json_object_set_new(object, "mobile_nodes", number(status->nodes));
	set_store(object, status);
}

static void set_registration(json_t *object, const struct registration_view *registration)
{
	const char *text = registration_problem_text(registration->problem);

	if (registration->problem == PROBLEM_REFUSED)
		json_object_set_new(object, "registration_problem",
			json_sprintf("%s with status %u (%s)", text, registration->status,
				status_text(registration->status)));
	else if (registration->problem != PROBLEM_NONE)
		json_object_set_new(object, "registration_problem", json_string(text));
}

static void set_mobile_node(json_t *object, const struct show_status *status)
{
	set_address(object, "home_address", &status->address);
	set_address(object, "home_agent", &status->home_agent);
	if (status->home_prefix_length != 0)
		json_object_set_new(object, "home_prefix",
			prefix_text(&status->home_prefix, status->home_prefix_length));
	json_object_set_new(object, "home_state", json_string(home_state_text(status->home_state)));
	set_registration(object, &status->registration);
	if (status->optimizes)
		json_object_set_new(object, "correspondents", number(status->correspondents));
	if (status->corresponds)
		json_object_set_new(object, "corresponds", json_true());
}

static void add_address(void *array, const struct in6_addr *address)
{
	json_array_append_new(array, json_address(address));
}

static void set_correspondent(json_t *object, const struct control_source *source)
{
	json_t *addresses = json_array();

	source->each_own_address(source->ctx, add_address, addresses);
	json_object_set_new(object, "addresses", addresses);
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

static void set_host(
	json_t *object, const struct control_source *source, const struct show_status *status)
{
	json_t *missing = json_array(), *rules = json_array();

	source->each_missing(source->ctx, add_text, missing);
	source->each_rule_before(source->ctx, add_text, rules);
	json_object_set_new(object, "put_back", number(status->put_back));
	json_object_set_new(object, "missing", missing);
	json_object_set_new(object, "rules_before", rules);
}

json_t *show_status(const struct control_source *source)
{
	struct show_status status;
	json_t *object = json_object();

	source->status(source->ctx, &status);
	json_object_set_new(object, "role", json_string(role_text(status.role)));
	json_object_set_new(object, "uptime_s", seconds(status.uptime));
	json_object_set_new(object, "device", json_text(status.device));
	json_object_set_new(object, "mtu", number(status.mtu));
	json_object_set_new(object, "insecure", json_boolean(status.insecure));
	json_object_set_new(object, "bindings", number(status.bindings));
	json_object_set_new(object, "warnings", warnings(source));
	set_host(object, source, &status);
	if (status.role == ROLE_HOME_AGENT)
		set_home_agent(object, &status);
	else if (status.role == ROLE_MOBILE_NODE)
		set_mobile_node(object, &status);
	else
		set_correspondent(object, source);
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

static void set_traffic(json_t *object, const struct dataplane_counters *counters, nanos now)
{
	json_object_set_new(object, "sent_packets", number(counters->sent_packets));
	json_object_set_new(object, "sent_octets", number(counters->sent_octets));
	json_object_set_new(object, "received_packets", number(counters->received_packets));
	json_object_set_new(object, "received_octets", number(counters->received_octets));
	if (counters->sent_at != 0 && counters->sent_at <= now)
		json_object_set_new(object, "sent_ago_s", seconds(now - counters->sent_at));
	if (counters->received_at != 0 && counters->received_at <= now)
		json_object_set_new(object, "received_ago_s", seconds(now - counters->received_at));
	json_object_set_new(object, "mtu", number(counters->mtu));
}

json_t *show_binding(const struct control_source *source, const struct binding_view *binding)
{
	nanos now = source->now(source->ctx);
	struct dataplane_counters counters;
	json_t *object = json_object();

	json_object_set_new(object, "home_address", json_address(&binding->home_address));
	if (binding->bid != 0) /* without: RFC 6275's one binding */
		json_object_set_new(object, "bid", number(binding->bid));
	json_object_set_new(object, "care_of_address", json_address(&binding->care_of));
	set_address(object, "peer", &binding->peer);
	json_object_set_new(object, "priority", number(binding->priority));
	json_object_set_new(object, "sequence", number(binding->sequence));
	json_object_set_new(object, "home", json_boolean(binding->home));
	json_object_set_new(object, "verified", json_boolean(binding->verified));
	set_expiry(object, binding->expires, now);
	if (source->binding_counters(source->ctx, binding, &counters) == 0)
		set_traffic(object, &counters, now);
	return object;
}

/* ---- links ---- */

/* From so many percent on, the loss of a link in use is shown. */
#define LOSS_TOLD 10

static bool path_is_used(const struct link_view *view)
{
	return view->path == PATH_ALIVE || view->path == PATH_SUSPECT;
}

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

/* Why a link is not used, or might soon not be; empty if all is well. */
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
	if ((trial && view->lossy) || (path_is_used(view) && view->loss_percent >= LOSS_TOLD))
		append(text, size, "%u %% of probes lost", view->loss_percent);
	if (!path_is_used(view) && view->deaths == 1)
		append(text, size, "died once in 5 min");
	else if (!path_is_used(view) && view->deaths > 1)
		append(text, size, "died %u times in 5 min", view->deaths);
}

static void set_probes(json_t *object, const struct link_view *view)
{
	json_object_set_new(object, "probe", json_boolean(view->probe));
	if (!view->probe || view->path == PATH_DOWN)
		return;
	json_object_set_new(object, "probes_unanswered", json_boolean(view->probes_unanswered));
	json_object_set_new(object, "deaths", number(view->deaths));
	json_object_set_new(object, "loss_percent", number(view->loss_percent));
	if (view->path != PATH_TRIAL)
		return;
	json_object_set_new(object, "answers", number(view->answers));
	json_object_set_new(object, "answers_needed", number(view->answers_needed));
}

/* The host's reason first: it may be that of the path's. */
static void set_reason(json_t *object, const struct show_link *link)
{
	const char *host = link->reason ? link->reason : "";
	char path[128] = "", text[320];

	if (link->view)
		explain_link(link->view, path, sizeof(path));
	snprintf(text, sizeof(text), "%s%s%s", host, host[0] && path[0] ? "; " : "", path);
	if (text[0] != '\0')
		json_object_set_new(object, "reason", json_text(text));
}

static void set_view(json_t *object, const struct link_view *view, nanos now)
{
	json_object_set_new(object, "bid", number(view->bid));
	json_object_set_new(object, "priority", number(view->priority));
	json_object_set_new(object, "up", json_boolean(view->up));
	json_object_set_new(object, "registered", json_boolean(view->registered));
	json_object_set_new(object, "selected", json_boolean(view->selected));
	json_object_set_new(object, "home", json_boolean(view->home));
	json_object_set_new(object, "path", json_string(path_state_text(view->path)));
	set_probes(object, view);
	set_address(object, "care_of_address", &view->care_of);
	set_address(object, "router", &view->router);
	if (view->rtt_ns != 0)
		json_object_set_new(object, "rtt_ms", json_real((double)view->rtt_ns / 1e6));
	if (view->registered)
		set_expiry(object, view->expires, now);
}

static void set_link_traffic(json_t *object, const struct abi_link *counters)
{
	json_object_set_new(object, "sent_packets", number(counters->sent_packets));
	json_object_set_new(object, "sent_octets", number(counters->sent_octets));
	json_object_set_new(object, "received_packets", number(counters->received_packets));
	json_object_set_new(object, "received_octets", number(counters->received_octets));
	json_object_set_new(object, "signalling_packets", number(counters->signalling_packets));
	json_object_set_new(object, "dropped_packets", number(counters->dropped_packets));
}

static void add_link(void *to, const struct show_link *link)
{
	struct listing *listing = to;
	json_t *object = json_object();

	json_object_set_new(object, "name", json_text(link->name));
	if (link->ifindex != 0)
		json_object_set_new(object, "ifindex", number(link->ifindex));
	if (link->view)
		set_view(object, link->view, listing->now);
	set_reason(object, link);
	if (link->ifindex != 0) {
		json_object_set_new(object, "attached", json_boolean(link->attached));
		json_object_set_new(object, "put_back", number(link->put_back));
	}
	if (link->counters)
		set_link_traffic(object, link->counters);
	json_array_append_new(listing->array, object);
}

json_t *show_links(const struct control_source *source)
{
	struct listing listing = {json_array(), source->now(source->ctx)};

	source->each_link(source->ctx, add_link, &listing);
	return json_pack("{s:o}", "links", listing.array);
}

/* ---- home agents, prefixes ---- */

static void add_home_agent(void *to, const struct home_agent_view *view)
{
	struct listing *listing = to;
	json_t *object = json_object();

	json_object_set_new(object, "address", json_address(&view->address));
	json_object_set_new(object, "preference", number(view->preference));
	json_object_set_new(object, "in_use", json_boolean(view->in_use));
	set_expiry(object, view->until, listing->now);
	json_array_append_new(listing->array, object);
}

json_t *show_home_agents(const struct control_source *source)
{
	struct listing listing = {json_array(), source->now(source->ctx)};

	source->each_home_agent(source->ctx, add_home_agent, &listing);
	return json_pack("{s:o}", "home_agents", listing.array);
}

static void add_prefix(void *to, const struct host_prefix *prefix)
{
	struct listing *listing = to;
	json_t *object = json_object();

	json_object_set_new(object, "prefix", prefix_text(&prefix->prefix, prefix->length));
	json_object_set_new(object, "on_link", json_boolean(prefix->on_link));
	json_object_set_new(object, "autonomous", json_boolean(prefix->autonomous));
	set_until(object, "valid_s", prefix->valid_until, listing->now);
	set_until(object, "preferred_s", prefix->preferred_until, listing->now);
	json_array_append_new(listing->array, object);
}

json_t *show_prefixes(const struct control_source *source)
{
	struct listing listing = {json_array(), source->now(source->ctx)};

	source->each_prefix(source->ctx, add_prefix, &listing);
	return json_pack("{s:o}", "prefixes", listing.array);
}

/* ---- correspondents ---- */

static void add_correspondent(void *to, const struct correspondent_view *view)
{
	struct listing *listing = to;
	json_t *object = json_object();

	json_object_set_new(object, "address", json_address(&view->address));
	json_object_set_new(object, "state", json_string(route_state_text(view->state)));
	json_object_set_new(object, "mcoa", json_boolean(view->mcoa));
	json_object_set_new(object, "bindings", number(view->bindings));
	json_object_set_new(object, "failures", number(view->failures));
	if (view->home_token != 0)
		set_until(object, "home_token_expires_in_s", view->home_token, listing->now);
	if (view->state == ROUTE_REFUSED)
		set_until(object, "asked_again_in_s", view->until, listing->now);
	json_array_append_new(listing->array, object);
}

json_t *show_correspondents(const struct control_source *source)
{
	struct listing listing = {json_array(), source->now(source->ctx)};

	source->each_correspondent(source->ctx, add_correspondent, &listing);
	return json_pack("{s:o}", "correspondents", listing.array);
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
	json_object_set_new(object, "count", number(count));
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

static void add_traffic(void *to, const struct show_link *link)
{
	struct abi_link *sum = to;

	if (!link->counters)
		return;
	sum->sent_packets += link->counters->sent_packets;
	sum->sent_octets += link->counters->sent_octets;
	sum->received_packets += link->counters->received_packets;
	sum->received_octets += link->counters->received_octets;
}

/* Data of home addresses, which the kernel does not count: the device's driver does not see it. */
static void set_device_traffic(json_t *object, const struct control_source *source)
{
	struct abi_link sum = {.sent_packets = 0};

	source->each_link(source->ctx, add_traffic, &sum);
	json_object_set_new(object, "sent_packets", number(sum.sent_packets));
	json_object_set_new(object, "sent_octets", number(sum.sent_octets));
	json_object_set_new(object, "received_packets", number(sum.received_packets));
	json_object_set_new(object, "received_octets", number(sum.received_octets));
}

json_t *show_counters(const struct control_source *source)
{
	struct show_counters counters = {.core = NULL};
	const struct core_counters *core;
	json_t *object = json_object();

	source->counters(source->ctx, &counters);
	core = counters.core;
	set_device_traffic(object, source);
	json_object_set_new(object, "packets_understood", number(core->wire[WIRE_OK]));
	json_object_set_new(object, "updates_accepted", number(core->updates_accepted));
	json_object_set_new(object, "updates_refused", number(core->updates_refused));
	json_object_set_new(object, "updates_sent", number(core->updates_sent));
	json_object_set_new(object, "acks_sent", number(core->acks_sent));
	json_object_set_new(object, "acks_received", number(core->acks_received));
	json_object_set_new(object, "errors_sent", number(core->errors_sent));
	json_object_set_new(object, "refresh_requests_sent", number(core->refresh_requests_sent));
	json_object_set_new(object, "probes_sent", number(core->probes_sent));
	json_object_set_new(object, "probes_answered", number(core->probes_answered));
	json_object_set_new(object, "tests_sent", number(core->tests_sent));
	json_object_set_new(object, "tests_answered", number(core->tests_answered));
	json_object_set_new(object, "packets_refused", number(counters.packets_refused));
	json_object_set_new(object, "slow_path_dropped", number(counters.slow_path_dropped));
	json_object_set_new(object, "slow_path_errors", number(counters.slow_path_errors));
	json_object_set_new(object, "errors_returned", number(counters.errors_returned));
	json_object_set_new(object, "drops", drops(&counters));
	return object;
}
