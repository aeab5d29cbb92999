/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control_tool PATH BINDINGS: a control socket without a daemon behind it. Has as many bindings as
 * asked, one link and some counters; with "mobile-node" or "correspondent" for a number it plays
 * one. A line on standard input is a number of notes to give; its end is the end.
 */
#include "../../src/daemon/control/control.h"
#include "../../src/daemon/control/monitor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOW (1000 * NANOS_PER_SECOND)

static struct core_counters some_counters;
static unsigned int bindings;
static struct event_base *base;

static nanos now(void *ctx)
{
	(void)ctx;
	return NOW;
}

static unsigned int mobile_nodes = 1;

static void address(struct in6_addr *ret, const char *text)
{
	inet_pton(AF_INET6, text, ret);
}

static void status(void *ctx, struct show_status *ret)
{
	(void)ctx;
	memset(ret, 0, sizeof(*ret));
	ret->is_home_agent = true;
	ret->insecure = true;
	ret->device = "monami0";
	ret->mtu = 1460;
	ret->uptime = 12 * NANOS_PER_SECOND;
	ret->bindings = bindings;
	address(&ret->address, "2001:db8:100::1");
	address(&ret->home_prefix, "2001:db8:100::");
	ret->home_prefix_length = 64;
	ret->nodes = 3;
	ret->home_link = "home0";
	ret->home_link_up = true;
}

static struct show_mobile_node mobile_node_number(unsigned int index)
{
	struct show_mobile_node node = {.index = index, .name = ""};

	address(&node.home_address, index == 0 ? "2001:db8:100::100" : "2001:db8:200::200");
	if (mobile_nodes > 1)
		node.name = index == 0 ? "first" : "second";
	if (index > 0)
		return node;
	address(&node.home_agent, "2001:db8:100::1");
	address(&node.home_prefix, "2001:db8:100::");
	node.home_prefix_length = 64;
	node.home_state = HOME_BOTH;
	node.registration = (struct registration_view){PROBLEM_REFUSED, 145};
	node.optimizes = true;
	node.correspondents = 2;
	return node;
}

static void status_of_mobile_node(void *ctx, struct show_status *ret)
{
	(void)ctx;
	memset(ret, 0, sizeof(*ret));
	ret->is_mobile_node = true;
	ret->device = "monami0";
	ret->mtu = 1460;
	ret->uptime = 12 * NANOS_PER_SECOND;
	ret->mobile_node = mobile_node_number(0);
	ret->home_prefix = ret->mobile_node.home_prefix;
	ret->home_prefix_length = 64;
	ret->corresponds = true;
}

static void status_of_correspondent(void *ctx, struct show_status *ret)
{
	(void)ctx;
	memset(ret, 0, sizeof(*ret));
	ret->corresponds = true;
	ret->device = "monami0";
	ret->mtu = 1460;
	ret->uptime = 12 * NANOS_PER_SECOND;
}

static void each_binding(void *ctx, void (*each)(void *to, const struct binding_view *), void *to)
{
	struct binding_view view = {.expires = NOW + 40 * NANOS_PER_SECOND, .priority = 9};
	unsigned int i;

	(void)ctx;
	address(&view.home_address, "2001:db8:100::");
	address(&view.care_of, "2001:db8:1::1");
	for (i = 0; i < bindings; i++) {
		uint32_t low = htonl(i);

		memcpy(&view.home_address.s6_addr[12], &low, sizeof(low));
		view.bid = (uint16_t)(i % 3); /* 0: a binding without BID */
		view.sequence = (uint16_t)i;
		view.home = i == 2;
		view.verified = i != 1;
		if (i == 2)
			address(&view.peer, "2001:db8:c::1");
		if (i == 1)
			view.expires = NANOS_NEVER;
		each(to, &view);
	}
}

static int binding_counters(
	void *ctx, const struct binding_view *binding, struct dataplane_counters *ret)
{
	(void)ctx;
	if (binding->bid == 2)
		return -ENOENT;
	*ret = (struct dataplane_counters){.sent_packets = 5, .sent_at = NOW - NANOS_PER_SECOND};
	return 0;
}

static void each_mobile_node(
	void *ctx, void (*each)(void *to, const struct show_mobile_node *), void *to)
{
	(void)ctx;
	for (unsigned int i = 0; i < mobile_nodes; i++) {
		const struct show_mobile_node node = mobile_node_number(i);

		each(to, &node);
	}
}

static void each_link(void *ctx, unsigned int mobile_node,
	void (*each)(void *to, const struct show_link *), void *to)
{
	const struct link_view view = {.bid = 4,
		.priority = 2,
		.up = true,
		.registered = true,
		.home = true,
		.path = PATH_SUSPECT,
		.probe = true,
		.probes_unanswered = true,
		.rtt_ns = 1500000,
		.expires = NANOS_NEVER};
	const struct abi_link counters = {.dropped_packets = 6};
	const struct link_rate rate = {.at = NOW,
		.seconds = 2,
		.history[1000 % LINK_RATE_HISTORY] = {8000, 16000, 1500000, 6},
		.history[999 % LINK_RATE_HISTORY] = {800, 0, 0, 0}};
	const struct show_link link = {.name = "wlan\xff",
		.ifindex = 3,
		.view = &view,
		.counters = &counters,
		.rate = &rate,
		.usable_rate = 20000000,
		.attached = true,
		.put_back = 2};
	const struct show_link gone = {.name = "wwan0", .reason = "there is no such interface"};
	const struct link_view trial = {.bid = 5,
		.path = PATH_TRIAL,
		.probe = true,
		.deaths = 4,
		.answers = 3,
		.answers_needed = 32};
	const struct show_link on_trial = {.name = "sat0", .ifindex = 4, .view = &trial};
	const struct link_view loses = {.bid = 6,
		.path = PATH_TRIAL,
		.probe = true,
		.lossy = true,
		.loss_percent = 38,
		.deaths = 1,
		.answers_needed = 8};
	const struct show_link lossy = {.name = "lte0", .ifindex = 5, .view = &loses};
	const struct link_view died = {.bid = 7, .path = PATH_DEAD, .probe = true, .deaths = 1};
	const struct show_link dead = {
		.name = "eth0", .ifindex = 6, .view = &died, .reason = "no route by this link"};
	const struct link_view good = {
		.bid = 8, .path = PATH_ALIVE, .probe = true, .deaths = 1, .loss_percent = 9};
	const struct show_link alive = {.name = "eth1", .ifindex = 7, .view = &good};

	(void)ctx;
	(void)mobile_node;
	each(to, &link);
	each(to, &gone);
	each(to, &on_trial);
	each(to, &lossy);
	each(to, &dead);
	each(to, &alive);
}

/* With several mobile nodes: both have the same one. */
static void each_link_of(void *ctx, unsigned int mobile_node,
	void (*each)(void *to, const struct show_link *), void *to)
{
	const struct link_view view = {.bid = 4};

	(void)ctx;
	for (unsigned int i = 0; i < mobile_nodes; i++) {
		const struct show_mobile_node node = mobile_node_number(i);
		const struct show_link link = {
			.name = "eth0", .ifindex = 2, .view = &view, .of = &node};

		if (mobile_node == EVERY_MOBILE_NODE || mobile_node == i)
			each(to, &link);
	}
}

static void each_finding(void *ctx, const struct finding_sink *sink)
{
	struct finding fine = finding_of("mtu", "home0", VERDICT_OK);
	struct finding missing = finding_of("interfaces", "wwan0", VERDICT_WARNING);

	(void)ctx;
	finding_text(&missing, "there is no interface of this name");
	finding_give(&fine, sink);
	finding_give(&missing, sink);
}

static void counters(void *ctx, struct show_counters *ret)
{
	(void)ctx;
	some_counters.wire[WIRE_BAD_CHECKSUM] = 11;
	some_counters.updates_accepted = 12;
	some_counters.refresh_requests_sent = 15;
	some_counters.tests_sent = 16;
	some_counters.tests_answered = 17;
	ret->core = &some_counters;
	ret->dataplane_drops[ABI_DROP_EXPIRED] = 13;
	ret->packets_refused = 14;
	ret->errors_returned = 18;
}

static void each_home_agent(void *ctx, unsigned int mobile_node,
	void (*each)(void *to, const struct home_agent_view *), void *to)
{
	struct home_agent_view view = {.preference = 10, .until = NANOS_NEVER, .in_use = true};

	(void)ctx;
	(void)mobile_node;
	address(&view.address, "2001:db8:100::1");
	each(to, &view);
	view = (struct home_agent_view){.until = NOW + 30 * NANOS_PER_SECOND};
	address(&view.address, "2001:db8:100::2");
	each(to, &view);
}

static void each_correspondent(void *ctx, unsigned int mobile_node,
	void (*each)(void *to, const struct correspondent_view *), void *to)
{
	struct correspondent_view view = {.state = ROUTE_OPTIMIZED, .mcoa = true, .bindings = 3};

	(void)ctx;
	(void)mobile_node;
	address(&view.address, "2001:db8:c::1");
	view.home_token = NOW + 100 * NANOS_PER_SECOND;
	view.until = NOW + 5 * NANOS_PER_SECOND; /* of one that refuses only */
	each(to, &view);
	view = (struct correspondent_view){.state = ROUTE_REFUSED, .failures = 4};
	address(&view.address, "2001:db8:c::2");
	view.until = NOW + 500 * NANOS_PER_SECOND;
	each(to, &view);
}

static void each_rule(void *ctx, unsigned int mobile_node,
	void (*each)(void *to, const struct show_flow *), void *to)
{
	const struct show_mobile_node node = mobile_node_number(0);
	struct traffic_selector voice = {.format = TRAFFIC_SELECTOR_IPV6,
		.given = FLOW_BIT(FLOW_PROTOCOL) | FLOW_BIT(FLOW_SOURCE) |
			 FLOW_BIT(FLOW_SOURCE_PORT) | FLOW_BIT(FLOW_TRAFFIC_CLASS),
		.numbers = {[FLOW_PROTOCOL - FLOW_ADDRESSES] = {17, 17},
			[FLOW_SOURCE_PORT - FLOW_ADDRESSES] = {16384, 32767},
			[FLOW_TRAFFIC_CLASS - FLOW_ADDRESSES] = {46 << 2, 46 << 2}}};
	const struct show_flow flow = {.of = &node,
		.home_address = node.home_address,
		.name = "voice",
		.interface = "br0",
		.mode = "smallest_delay",
		.number = 1,
		.priority = 10,
		.selector = &voice,
		.bids = "eth0, wlan0",
		.links = json_pack("[{s:i, s:s}, {s:i, s:s}]", "bid", 1, "name", "eth0", "bid", 2,
			"name", "wlan0")};

	(void)ctx;
	(void)mobile_node;
	address(&voice.addresses[FLOW_SOURCE].first, "2001:db8:c::");
	address(&voice.addresses[FLOW_SOURCE].last, "2001:db8:c:ffff:ffff:ffff:ffff:ffff");
	each(to, &flow);
	json_decref(flow.links);
}

/* As many as bindings, if they fill a page; else one. */
static void each_flow_binding(void *ctx, void (*each)(void *to, const struct flow_view *), void *to)
{
	struct flow_view view = {.home_address = mobile_node_number(0).home_address,
		.flow = {.fid = 9, .priority = 20}};

	(void)ctx;
	for (unsigned int i = 0; i == 0 || (bindings > 100 && i < bindings); i++) {
		each(to, &view);
		view.flow.fid = (uint16_t)(10 + i);
	}
}

static void flow_binding(void *ctx, const struct flow_view *view,
	void (*each)(void *to, const struct show_flow *), void *to)
{
	const struct show_flow flow = {.home_address = view->home_address,
		.number = view->flow.fid,
		.priority = view->flow.priority,
		.selector = &view->flow.selector,
		.bids = "3",
		.links = json_pack("[{s:i}]", "bid", 3),
		.has_active = true};

	(void)ctx;
	each(to, &flow);
	json_decref(flow.links);
}

static void each_missing(void *ctx, void (*each)(void *to, const char *text), void *to)
{
	(void)ctx;
	each(to, "program on wifi0 ingress");
}

static void each_rule_before(void *ctx, void (*each)(void *to, const char *text), void *to)
{
	(void)ctx;
	(void)each;
	(void)to;
}

static void each_own_address(void *ctx, void (*each)(void *to, const struct in6_addr *), void *to)
{
	struct in6_addr own;

	(void)ctx;
	address(&own, "2001:db8:c::1");
	each(to, &own);
}

/* The one that was set last. */
static struct host_prefix told = {
	.length = 64, .autonomous = true, .valid_until = NANOS_NEVER, .preferred_until = NOW / 2};

static void each_prefix(void *ctx, unsigned int mobile_node,
	void (*each)(void *to, const struct host_prefix *), void *to)
{
	(void)ctx;
	(void)mobile_node;
	if (told.length != 0)
		each(to, &told);
}

static int prefix(void *ctx, const struct host_prefix *changed, bool remove)
{
	(void)ctx;
	if (remove && memcmp(&changed->prefix, &told.prefix, sizeof(told.prefix)) != 0)
		return -EINVAL;
	told = *changed;
	if (remove)
		told.length = 0;
	return 0;
}

static int prefer(void *ctx, unsigned int mobile_node, uint16_t bid, uint8_t priority)
{
	(void)ctx;
	if (mobile_node != mobile_nodes - 1)
		return -EINVAL;
	(void)priority;
	return bid == 4 ? 0 : -EINVAL;
}

static bool chooses_home_address(void *ctx)
{
	(void)ctx;
	return false;
}

static int why(void *ctx, const struct flow_question *question, struct flow_answer *ret)
{
	const struct flow_key *key = &question->key;

	(void)ctx;
	memset(ret, 0, sizeof(*ret));
	address(&ret->own, "2001:db8:100::100");
	if (key->numbers[FLOW_PROTOCOL - FLOW_ADDRESSES] == IPPROTO_ICMPV6) {
		ret->departure.verdict = DEPARTURE_REJECTED;
		ret->departure.rule = 9;
		return question->interface[0] == '\0' ? 0 : -ENODEV;
	}
	if (key->numbers[FLOW_DESTINATION_PORT - FLOW_ADDRESSES] != 16384 ||
		key->numbers[FLOW_SOURCE_PORT - FLOW_ADDRESSES] != 5060 ||
		key->numbers[FLOW_TRAFFIC_CLASS - FLOW_ADDRESSES] != 46 << 2)
		return -ENOENT;
	ret->departure = (struct dataplane_departure){
		.verdict = DEPARTURE_TUNNEL, .rule = 1, .tunnel = 7, .bid = 2, .direct = true};
	ret->has_rule = true;
	ret->rule = (struct config_flow){.name = "voice",
		.rule = {.number = 1,
			.preference = 10,
			.mode = POLICY_SMALLEST_DELAY,
			.selector = {.given = FLOW_BIT(FLOW_PROTOCOL),
				.numbers = {[FLOW_PROTOCOL - FLOW_ADDRESSES] = {17, 17}}}}};
	strcpy(ret->link, "wlan0");
	ret->is_told = true;
	ret->told = FLOW_REFUSED;
	ret->told_status = 129;
	ret->links_count = 2;
	ret->links[0] = (struct why_link){2, "wlan0", 0, true, false, ""};
	ret->links[1] = (struct why_link){3, "", 1, false, true, "it is metered"};
	return 0;
}

static int hint(void *ctx, unsigned int mobile_node, const char *link, bool leaving)
{
	(void)ctx;
	(void)mobile_node;
	return strcmp(link, "eth0") == 0 && leaving ? 0 : -EINVAL;
}

static int policy_load(void *ctx, const char *file,
	void (*error)(void *to, const struct config_error *), void *to, struct policy_change *ret)
{
	const struct config_error wrong = {file, 3, 4, "no such link"};

	(void)ctx;
	*ret = (struct policy_change){1, 2, 3};
	if (!file)
		return 0;
	error(to, &wrong);
	return -EINVAL;
}

static int stop(void *ctx)
{
	(void)ctx;
	return event_base_loopexit(base, NULL);
}

static void on_input(evutil_socket_t fd, short what, void *ctx)
{
	const struct moment moment = {.ntp = UINT64_C(3944678400) << 32};
	struct effect_event note = {.type = EVENT_BINDING_ADDED, .bid = 1};
	char line[64];
	ssize_t length = read(fd, line, sizeof(line) - 1);
	long count;

	(void)what;
	if (length <= 0) {
		event_base_loopexit(base, NULL);
		return;
	}
	line[length] = '\0';
	for (count = strtol(line, NULL, 10); count > 0; count--)
		monitor_event(ctx, &note, moment);
	puts("done");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct control_source source = {
		.now = now,
		.status = status,
		.each_binding = each_binding,
		.binding_counters = binding_counters,
		.each_mobile_node = each_mobile_node,
		.each_link = each_link,
		.each_finding = each_finding,
		.counters = counters,
		.each_home_agent = each_home_agent,
		.each_prefix = each_prefix,
		.each_correspondent = each_correspondent,
		.each_rule = each_rule,
		.each_flow_binding = each_flow_binding,
		.flow_binding = flow_binding,
		.each_missing = each_missing,
		.each_rule_before = each_rule_before,
		.each_own_address = each_own_address,
		.prefix = prefix,
		.prefer = prefer,
		.chooses_home_address = chooses_home_address,
		.why = why,
		.hint = hint,
		.policy_load = policy_load,
		.stop = stop,
	};
	struct control *control;
	struct event *input;
	int error;

	if (argc != 3)
		return 2;
	address(&told.prefix, "2001:db8:100::");
	if (strcmp(argv[2], "several") == 0) {
		mobile_nodes = 2;
		source.each_link = each_link_of;
	}
	if (strcmp(argv[2], "mobile-node") == 0 || mobile_nodes == 2)
		source.status = status_of_mobile_node;
	if (strcmp(argv[2], "correspondent") == 0)
		source.status = status_of_correspondent;
	signal(SIGPIPE, SIG_IGN);
	bindings = (unsigned int)strtoul(argv[2], NULL, 10);
	base = event_base_new();
	error = control_open(base, argv[1], &source, &control);
	if (error < 0) {
		fprintf(stderr, "%s\n", strerror(-error));
		event_base_free(base);
		return 1;
	}
	input = event_new(
		base, STDIN_FILENO, EV_READ | EV_PERSIST, on_input, control_monitor(control));
	event_add(input, NULL);
	puts("ready");
	fflush(stdout);
	event_base_dispatch(base);
	event_free(input);
	control_close(control);
	event_base_free(base);
	return 0;
}
