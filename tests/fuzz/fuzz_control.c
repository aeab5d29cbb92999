/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a client of the control socket may say, in pieces, through a real socket and event loop; the
 * daemon behind it is made up of the octets, too. Each answer is a line with "ok", and no client
 * stays when it has gone.
 */
#include "fuzz.h"

#include "../../src/daemon/control/control_internal.h"
#include "../../src/daemon/control/monitor.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BINDINGS 300
#define LINE_OCTETS_MAX 4096
#define ROUNDS_MAX 64

static struct core_counters some_counters;
static struct event_base *base;
static struct control *control;
static char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
static unsigned int stops;

static nanos now(void *ctx)
{
	(void)ctx;
	return 1000 * NANOS_PER_SECOND;
}

static void status(void *ctx, struct show_status *ret)
{
	(void)ctx;
	*ret = (struct show_status){.is_home_agent = true, .device = "monami0"};
}

static void each_binding(void *ctx, void (*each)(void *to, const struct binding_view *), void *to)
{
	(void)ctx;
	for (uint16_t i = 0; i < BINDINGS; i++) {
		const struct binding_view view = {.bid = i, .expires = NANOS_NEVER};

		each(to, &view);
	}
}

static int binding_counters(
	void *ctx, const struct binding_view *view, struct dataplane_counters *ret)
{
	(void)ctx;
	(void)view;
	(void)ret;
	return -ENOENT;
}

static void each_mobile_node(
	void *ctx, void (*each)(void *to, const struct show_mobile_node *), void *to)
{
	const struct show_mobile_node node = {.name = "fleet"};

	(void)ctx;
	each(to, &node);
}

static void each_link(void *ctx, unsigned int mobile_node,
	void (*each)(void *to, const struct show_link *), void *to)
{
	const struct show_link link = {.name = "eth0", .ifindex = 2};

	(void)ctx;
	(void)mobile_node;
	each(to, &link);
}

static void each_finding(void *ctx, const struct finding_sink *sink)
{
	(void)ctx;
	(void)sink;
}

static void counters(void *ctx, struct show_counters *ret)
{
	(void)ctx;
	*ret = (struct show_counters){.core = &some_counters};
}

static void each_home_agent(void *ctx, unsigned int mobile_node,
	void (*each)(void *to, const struct home_agent_view *), void *to)
{
	const struct home_agent_view view = {.until = NANOS_NEVER};

	(void)ctx;
	(void)mobile_node;
	each(to, &view);
}

static void each_prefix(void *ctx, unsigned int mobile_node,
	void (*each)(void *to, const struct host_prefix *), void *to)
{
	const struct host_prefix prefix = {.length = 64};

	(void)ctx;
	(void)mobile_node;
	each(to, &prefix);
}

static void each_correspondent(void *ctx, unsigned int mobile_node,
	void (*each)(void *to, const struct correspondent_view *), void *to)
{
	(void)ctx;
	(void)mobile_node;
	(void)each;
	(void)to;
}

static void flow_binding(void *ctx, const struct flow_view *view,
	void (*each)(void *to, const struct show_flow *), void *to)
{
	const struct traffic_selector selector = {.given = (1 << FLOW_FIELDS) - 1};
	const struct show_flow flow = {.selector = &selector, .links = json_array()};

	(void)ctx;
	(void)view;
	each(to, &flow);
	json_decref(flow.links);
}

static void each_rule(void *ctx, unsigned int mobile_node,
	void (*each)(void *to, const struct show_flow *), void *to)
{
	(void)mobile_node;
	flow_binding(ctx, NULL, each, to);
}

static void each_flow_binding(void *ctx, void (*each)(void *to, const struct flow_view *), void *to)
{
	const struct flow_view view = {.active = true};

	(void)ctx;
	for (unsigned int i = 0; i < 201; i++)
		each(to, &view);
}

static void each_text(void *ctx, void (*each)(void *to, const char *text), void *to)
{
	(void)ctx;
	each(to, "words");
}

static void each_own_address(void *ctx, void (*each)(void *to, const struct in6_addr *), void *to)
{
	(void)ctx;
	(void)each;
	(void)to;
}

/* What the daemon is asked to do is what the documents allow. */
static int prefix(void *ctx, const struct host_prefix *prefix, bool remove)
{
	(void)ctx;
	(void)remove;
	REQUIRE(prefix->length <= 128);
	REQUIRE(prefix->preferred_until <= prefix->valid_until);
	return prefix->length == 64 ? 0 : -EINVAL;
}

static int prefer(void *ctx, unsigned int mobile_node, uint16_t bid, uint8_t priority)
{
	(void)ctx;
	REQUIRE(mobile_node == 0);
	REQUIRE(bid >= 1 && priority >= 1 && priority <= 127);
	return bid == 1 ? 0 : -EINVAL;
}

static bool chooses_home_address(void *ctx)
{
	(void)ctx;
	return true;
}

static int why(void *ctx, const struct flow_question *question, struct flow_answer *ret)
{
	(void)ctx;
	REQUIRE(question->key.known & FLOW_BIT(FLOW_PROTOCOL));
	REQUIRE(question->key.numbers[FLOW_PROTOCOL - FLOW_ADDRESSES] <= UINT8_MAX);
	REQUIRE(memchr(question->interface, '\0', sizeof(question->interface)));
	memset(ret, 0, sizeof(*ret));
	ret->links_count = 1;
	ret->links[0].reason = "";
	ret->is_new = question->mobile_node == WHY_NEW_FLOW;
	return question->interface[0] == 'e' ? -ENODEV : 0;
}

static int hint(void *ctx, unsigned int mobile_node, const char *link, bool leaving)
{
	(void)ctx;
	REQUIRE(mobile_node == 0);
	return link[0] == 'e' && leaving ? 0 : -EINVAL;
}

static int policy_load(void *ctx, const char *file,
	void (*error)(void *to, const struct config_error *), void *to, struct policy_change *ret)
{
	const struct config_error wrong = {file, 3, 4, "no such link"};

	(void)ctx;
	*ret = (struct policy_change){.set = 1};
	if (file)
		error(to, &wrong);
	return file ? -EINVAL : 0;
}

static int stop(void *ctx)
{
	(void)ctx;
	stops++;
	return 0;
}

static void close_all(void)
{
	control_close(control);
	event_base_free(base);
	*strrchr(path, '/') = '\0';
	(void)rmdir(path);
}

static void open_once(void)
{
	const struct control_source source = {
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
		.each_missing = each_text,
		.each_rule_before = each_text,
		.each_own_address = each_own_address,
		.prefix = prefix,
		.prefer = prefer,
		.chooses_home_address = chooses_home_address,
		.why = why,
		.hint = hint,
		.policy_load = policy_load,
		.stop = stop,
	};

	if (base)
		return;
	base = event_base_new();
	const char *where = getenv("TMPDIR");
	snprintf(path, sizeof(path), "%s/monami-fuzz-%d/control", where ? where : "/tmp",
		(int)getpid());
	REQUIRE(base && control_open(base, path, &source, &control) == 0);
	atexit(close_all);
}

static int join(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	strcpy(name.sun_path, path);
	REQUIRE(fd >= 0 && connect(fd, (const struct sockaddr *)&name, sizeof(name)) == 0);
	return fd;
}

static void run(void)
{
	REQUIRE(event_base_loop(base, EVLOOP_NONBLOCK) >= 0);
}

static void check_line(const char *line, size_t length, bool subscribed)
{
	json_t *object = json_loadb(line, length, 0, NULL);

	REQUIRE(json_is_object(object));
	REQUIRE(subscribed || json_is_boolean(json_object_get(object, "ok")));
	if (json_is_false(json_object_get(object, "ok")))
		REQUIRE(json_is_string(json_object_get(object, "error")));
	json_decref(object);
}

/* All that is to be had, line by line. */
static void read_answers(int fd, bool subscribed)
{
	static char text[1 << 20];
	size_t length = 0;
	ssize_t got = 1;

	for (unsigned int i = 0; got > 0 || i < 2; i++) {
		run();
		got = read(fd, text + length, sizeof(text) - length);
		length += got > 0 ? (size_t)got : 0;
		REQUIRE(i < ROUNDS_MAX * BINDINGS && length < sizeof(text));
	}
	for (char *at = text, *end; (end = memchr(at, '\n', length)); at = end + 1) {
		check_line(at, (size_t)(end - at), subscribed);
		length -= (size_t)(end + 1 - at);
	}
	REQUIRE(length == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
	const size_t piece = length > 0 && octets[0] ? octets[0] : SIZE_MAX;
	const struct effect_event note = {.type = EVENT_UPDATE_REFUSED};

	if (length < 1 || length > 4 * LINE_OCTETS_MAX)
		return 0;
	open_once();
	int fd = join();
	run();
	for (size_t at = 1, part; at < length; at += part) {
		part = length - at < piece ? length - at : piece;
		/* the daemon may have closed it */
		if (send(fd, octets + at, part, MSG_NOSIGNAL) < 0)
			break;
		run();
	}
	monitor_event(control_monitor(control), &note, (struct moment){0});
	if (length & 1)
		REQUIRE(shutdown(fd, SHUT_WR) == 0 || errno == ENOTCONN);
	read_answers(fd, control->clients && control->clients->subscriber);
	close(fd);
	for (unsigned int i = 0; control->clients; i++) {
		REQUIRE(i < ROUNDS_MAX);
		run();
	}
	REQUIRE(control->clients_count == 0 && control->snapshots_count == 0);
	return 0;
}
