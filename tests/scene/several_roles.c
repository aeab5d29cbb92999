/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: one core that is a home agent, a correspondent, and two mobile nodes of different home
 * agents which share their links (support/host.h). Each packet and event reaches the role that it
 * is for, and changes no other.
 */
#include "support/at_home.h"
#include "support/cmocka_scene.h"
#include "support/host.h"
#include "support/peer.h"
#include "support/port.h"

#include <errno.h>

#define MS NANOS_PER_MS

static struct sent sent;
static struct packet outer;

static void begin(struct scene *scene)
{
	const struct core_config config = host_defaults();
	host_begin(scene, &config);
}

static void begin_registered(struct scene *scene)
{
	begin(scene);
	host_register(scene);
}

/* Both mobile nodes of one home agent: nothing but the home address tells them apart. */
static void begin_neighbours(struct scene *scene)
{
	struct core_config config = host_defaults();
	config.mobile_nodes[1] = host_neighbour();
	host_begin(scene, &config);
	host_register(scene);
}

/* ---- registration ---- */

static void test_registrations(void **state)
{
	(void)state;
	struct scene scene;
	struct actor *host = &scene.mobile_node;
	begin_registered(&scene);
	struct update update = host_guest_update(&scene, 1);
	host_update_receive(&update);
	assert_true(host_sent(&scene, MH_binding_ack, &sent, &outer));
	assert_int_equal(sent.message.binding_ack.status, 0);
	assert_true(same_address(&sent.packet.source, HOST_AGENT));
	assert_true(same_address(&sent.packet.destination, GUEST_CARE_OF));

	assert_int_equal(host_bindings(&scene.home_agent, HOME, "::"), 2);
	assert_int_equal(host_bindings(&scene.home_agent, SECOND_HOME, "::"), 0);
	assert_int_equal(host_bindings(&scene.correspondent, SECOND_HOME, "::"), 2);
	assert_int_equal(host_bindings(&scene.correspondent, HOME, "::"), 0);
	assert_int_equal(host_bindings(host, HOME, "::"), 2);
	assert_int_equal(host_bindings(host, SECOND_HOME, "::"), 2);
	assert_int_equal(host_bindings(host, GUEST, "::"), 1);
	struct in6_addr first = mobile_node_home_agent(core_mobile_node(host->core, 0));
	struct in6_addr second = mobile_node_home_agent(core_mobile_node(host->core, 1));
	assert_true(same_address(&first, HOME_AGENT));
	assert_true(same_address(&second, SECOND_AGENT));
	assert_int_equal(host_all_drops(&scene), 0);
	/* for minutes, with refreshes and probes */
	scene_advance(&scene, 900 * NANOS_PER_SECOND);
	assert_int_equal(host_bindings(&scene.home_agent, HOME, "::"), 2);
	assert_int_equal(host_bindings(&scene.correspondent, SECOND_HOME, "::"), 2);
	assert_int_equal(host_all_drops(&scene), 0);
	scene_end(&scene);
}

/* One home agent does not know its mobile node. */
static void test_refusal_of_one(void **state)
{
	(void)state;
	struct scene scene;
	const struct host_event gone = {
		.type = HOST_NODE_REMOVE, .node.home_address = address_of(SECOND_HOME)};
	struct host_event prohibited = node_set(SECOND_HOME, &update_auth, BINDINGS_MAX);
	prohibited.node.mcoa_prohibited = true;
	begin(&scene);
	scene_tell(&scene, &scene.correspondent, &gone);
	for (unsigned n = 1; n <= 2; n++) {
		host_attach(&scene, 0, n);
		host_attach(&scene, 1, n);
	}
	scene_advance(&scene, 20 * NANOS_PER_SECOND);
	assert_true(host_view(&scene, 0, 1).registered);
	assert_false(host_view(&scene, 1, 1).registered);
	assert_int_equal(
		mobile_node_registration(core_mobile_node(scene.mobile_node.core, 0)).problem,
		PROBLEM_NONE);
	assert_int_equal(
		mobile_node_registration(core_mobile_node(scene.mobile_node.core, 1)).problem,
		PROBLEM_UPDATES_UNANSWERED);
	assert_int_equal(host_bindings(&scene.home_agent, HOME, "::"), 2);
	assert_int_equal(core_counters(scene.home_agent.core)->updates_refused, 0);
	scene_end(&scene);

	/* RFC 5648 4.4, 5.7: the second has one binding without BID, the first goes on with two */
	begin(&scene);
	scene_tell(&scene, &scene.correspondent, &prohibited);
	for (unsigned n = 1; n <= 2; n++) {
		host_attach(&scene, 0, n);
		host_attach(&scene, 1, n);
	}
	scene_advance(&scene, 20 * NANOS_PER_SECOND);
	assert_int_equal(host_bindings(&scene.home_agent, HOME, "::"), 2);
	assert_int_equal(host_bindings(&scene.correspondent, SECOND_HOME, "::"), 1);
	scene_end(&scene);
}

/* ---- whose packet it is ---- */

static void error_arrives(
	struct scene *scene, uint8_t status, const char *from, const char *home_address)
{
	static struct message message;
	message_init(&message, MH_binding_error);
	message.binding_error.status = status;
	message.binding_error.home_address = address_of(home_address);
	const struct host_message error = {
		.from = from, .to = CARE_OF_1, .ifindex = 1, .message = &message};
	host_receive(scene, &error);
}

/* Updates have this home address, and there is no other. */
static void expect_update_of(struct scene *scene, const char *home_address)
{
	assert_true(host_sent(scene, MH_binding_update, &sent, &outer));
	assert_true(same_address(&sent.packet.home_address, home_address));
	assert_false(host_sent(scene, MH_binding_update, &sent, &outer));
}

/* RFC 6275 11.3.6: a Binding Error comes to a care-of address that both have, and both have just
 * sent packets. */
static void test_binding_error_of_one(void **state)
{
	(void)state;
	static const char *const homes[] = {HOME, NEIGHBOUR_HOME};
	for (unsigned i = 0; i < 2; i++) {
		struct scene scene;
		begin_neighbours(&scene);
		for (uint8_t node = 0; node < 2; node++) {
			const struct host_event event = {.type = HOST_ACTIVITY,
				.mobile_node = node,
				.activity = {.bid = 1, .sent = scene.now.mono}};
			scene_tell(&scene, &scene.mobile_node, &event);
		}
		error_arrives(&scene, 1, HOME_AGENT, homes[i]);
		scene_advance(&scene, 500 * MS);
		expect_update_of(&scene, homes[i]);
		assert_int_equal(host_all_drops(&scene), 0);
		scene_end(&scene);
	}
}

static unsigned events_of(const struct actor *host, enum event_type type, const char *home_address)
{
	unsigned count = 0;
	for (size_t i = 0; i < host->done_count; i++) {
		const struct effect *effect = &host->done[i];
		count += effect->type == EFFECT_EVENT && effect->event.type == type &&
			 same_address(&effect->event.home_address, home_address);
	}
	return count;
}

/* RFC 6275 11.3.6, RFC 5648 5.7: the home agent does not know the update of one of them; both wait
 * for an answer. */
static void test_unknown_message_of_one(void **state)
{
	(void)state;
	static const char *const homes[] = {HOME, NEIGHBOUR_HOME};
	for (unsigned i = 0; i < 2; i++) {
		struct scene scene;
		struct core_config config = host_defaults();
		config.mobile_nodes[1] = host_neighbour();
		host_begin(&scene, &config);
		scene_cut(&scene, CARE_OF_1, true);
		host_attach(&scene, 0, 1);
		host_attach(&scene, 1, 1);
		error_arrives(&scene, 2, HOME_AGENT, homes[i]);
		for (unsigned j = 0; j < 2; j++)
			assert_int_equal(
				events_of(&scene.mobile_node, EVENT_FALL_BACK, homes[j]), i == j);
		assert_int_equal(host_all_drops(&scene), 0);
		/* both register nevertheless */
		scene_cut(&scene, CARE_OF_1, false);
		scene_advance(&scene, 10 * NANOS_PER_SECOND);
		for (unsigned j = 0; j < 2; j++)
			assert_int_equal(host_bindings(&scene.home_agent, homes[j], "::"), 1);
		scene_end(&scene);
	}
}

/* An acknowledgement says in its routing header for which home address it is. */
static void test_refresh_of_one(void **state)
{
	(void)state;
	static const char *const homes[] = {HOME, NEIGHBOUR_HOME};
	static struct message message;
	message_init(&message, MH_refresh_request);
	for (unsigned i = 0; i < 2; i++) {
		struct scene scene;
		begin_neighbours(&scene);
		const struct host_message request = {.from = HOME_AGENT,
			.to = CARE_OF_1,
			.routed_to = homes[i],
			.ifindex = 1,
			.message = &message};
		host_receive(&scene, &request);
		scene_advance(&scene, 100 * MS);
		expect_update_of(&scene, homes[i]);
		scene_end(&scene);
	}
}

/* The home agent of one mobile node has nothing to say to the other. */
static void test_home_agent_of_the_other(void **state)
{
	(void)state;
	struct scene scene;
	static struct message message;
	message_init(&message, MH_refresh_request);
	const struct host_message request = {.from = SECOND_AGENT,
		.to = CARE_OF_1,
		.routed_to = HOME,
		.ifindex = 1,
		.message = &message};
	begin_registered(&scene);
	host_receive(&scene, &request);
	assert_int_equal(host_drops(&scene, DROP_WRONG_PEER), 1);
	assert_int_equal(host_all_drops(&scene), 1);
	error_arrives(&scene, 1, SECOND_AGENT, HOME);
	assert_int_equal(host_all_drops(&scene), 2);
	/* nor does a home address that is of nobody here concern anybody */
	error_arrives(&scene, 1, SECOND_AGENT, "2001:db8:6::101");
	assert_int_equal(host_all_drops(&scene), 3);
	scene_advance(&scene, NANOS_PER_SECOND);
	assert_false(host_sent(&scene, MH_binding_update, &sent, &outer));
	scene_end(&scene);
}

/* RFC 6275 11.3: what one home agent tunnels is for its own mobile node only. */
static void test_tunnel_of_the_other(void **state)
{
	(void)state;
	struct scene scene;
	static struct message message;
	message_init(&message, MH_refresh_request);
	struct host_message request = {.from = HOME_AGENT,
		.to = HOME,
		.tunnel = SECOND_AGENT,
		.ifindex = 1,
		.message = &message};
	begin_registered(&scene);
	host_receive(&scene, &request);
	scene_advance(&scene, 100 * MS);
	assert_false(host_sent(&scene, MH_binding_update, &sent, &outer));
	assert_int_equal(host_all_drops(&scene), 1);
	request.tunnel = HOME_AGENT;
	host_receive(&scene, &request);
	scene_advance(&scene, 100 * MS);
	expect_update_of(&scene, HOME);
	/* nor is a packet from a third node in any tunnel */
	request.tunnel = STRANGER;
	host_receive(&scene, &request);
	assert_int_equal(host_all_drops(&scene), 2);
	scene_end(&scene);
}

/* All roles probe with one identifier; the cookie says whose reply it is. */
static void test_probes(void **state)
{
	(void)state;
	struct scene scene;
	begin_neighbours(&scene);
	scene_advance(&scene, 60 * NANOS_PER_SECOND);
	for (uint16_t bid = 1; bid <= 2; bid++) {
		assert_int_equal(host_view(&scene, 0, bid).path, PATH_ALIVE);
		assert_int_equal(host_view(&scene, 1, bid).path, PATH_ALIVE);
		assert_int_equal(host_view(&scene, 0, bid).loss_percent, 0);
		assert_int_equal(host_view(&scene, 1, bid).loss_percent, 0);
	}
	const struct core_counters *counters = core_counters(scene.mobile_node.core);
	assert_true(counters->probes_answered > 20);
	assert_int_equal(counters->probes_answered, counters->probes_sent);
	assert_int_equal(host_all_drops(&scene), 0);
	scene_end(&scene);
}

/* RFC 8028 3.1: a Router Advertisement is for all mobile nodes on the link. */
static void test_router_advertisement(void **state)
{
	(void)state;
	struct scene scene;
	static const struct router router = {.link_local = "fe80::a",
		.lifetime = 1800,
		.prefix = "2001:db8:2::",
		.valid = 86400};
	begin_registered(&scene);
	router_advertises(&scene, 1, &router);
	for (unsigned i = 0; i < 2; i++) {
		const struct link_view view = host_view(&scene, i, 1);
		assert_true(same_address(&view.router, "fe80::a"));
	}
	assert_int_equal(host_all_drops(&scene), 0);
	scene_end(&scene);
}

/* ---- what the host says ---- */

static void test_events(void **state)
{
	(void)state;
	struct scene scene;
	begin_registered(&scene);
	struct host_event event = {.type = HOST_LINK_REMOVE, .mobile_node = 1, .link.bid = 1};
	scene_tell(&scene, &scene.mobile_node, &event);
	assert_int_equal(host_view(&scene, 0, 1).bid, 1);
	assert_int_equal(host_view(&scene, 1, 1).bid, 0);
	event.mobile_node = 2;
	assert_int_equal(scene_tell_result(&scene, &scene.mobile_node, &event), -EINVAL);
	assert_null(core_mobile_node(scene.mobile_node.core, 2));
	/* a suspension concerns all */
	scene_advance(&scene, 2 * NANOS_PER_SECOND);
	take_all(&scene.mobile_node);
	event = (struct host_event){.type = HOST_RESUMED};
	scene_tell(&scene, &scene.mobile_node, &event);
	scene_advance(&scene, NANOS_PER_SECOND);
	bool first = false, second = false;
	while (host_sent(&scene, MH_binding_update, &sent, &outer)) {
		first |= same_address(&sent.packet.home_address, HOME);
		second |= same_address(&sent.packet.home_address, SECOND_HOME);
	}
	assert_true(first && second);
	scene_end(&scene);
}

/* What is restored finds its role by home address and peer. */
static void test_restoration(void **state)
{
	(void)state;
	static const struct {
		const char *home_address, *peer;
	} nodes[] = {
		{HOME, "::"},
		{SECOND_HOME, "::"},
		{GUEST, "::"},
		{STRANGER, SECOND_HOME},
	};
	struct scene scene;
	begin(&scene);
	for (unsigned i = 0; i < 4; i++) {
		const struct host_event event = {
			.type = HOST_RESTORE,
			.record = {.home_address = address_of(nodes[i].home_address),
				.peer = address_of(nodes[i].peer),
				.sequence = (uint16_t)(1000 * (i + 1))},
		};
		scene_tell(&scene, &scene.mobile_node, &event);
	}
	host_attach(&scene, 0, 1);
	host_attach(&scene, 1, 1);
	uint16_t first = 0, second = 0;
	while (host_sent(&scene, MH_binding_update, &sent, &outer)) {
		uint16_t sequence = sent.message.binding_update.sequence;
		if (same_address(&sent.packet.home_address, HOME))
			first = sequence;
		else
			second = sequence;
	}
	assert_int_equal(first, 1001);
	assert_int_equal(second, 2001);
	/* the home agent takes no number that is not greater */
	struct update update = host_guest_update(&scene, 2999);
	host_update_receive(&update);
	assert_true(host_sent(&scene, MH_binding_ack, &sent, &outer));
	assert_int_equal(sent.message.binding_ack.status, 135);
	scene_end(&scene);
}

/* ---- the correspondent ---- */

/* A Home or Care-of Test Init arrives; the answer leaves. */
static bool test_init_arrives(struct scene *scene, enum mh_type type, const char *to,
	const char *tunnel, const char *routed_to)
{
	static struct message message;
	message_init(&message, type);
	if (type == MH_home_test_init)
		message.home_test_init.cookie = 77;
	else
		message.care_of_test_init.cookie = 77;
	const struct host_message question = {.from = STRANGER,
		.to = to,
		.routed_to = routed_to,
		.tunnel = tunnel,
		.ifindex = 1,
		.message = &message};
	host_receive(scene, &question);
	if (!host_sent(scene, type == MH_home_test_init ? MH_home_test : MH_care_of_test, &sent,
		    &outer))
		return false;
	assert_true(same_address(&sent.packet.destination, STRANGER));
	return true;
}

/* RFC 6275 9.4, 11.3.1: as each home address, through the tunnel of its mobile node; as the home
 * agent's address, without. As a care-of address: not at all. */
static void test_corresponds_as_each_address(void **state)
{
	(void)state;
	static const struct {
		const char *own, *agent;
	} homes[] = {{HOME, HOME_AGENT}, {SECOND_HOME, SECOND_AGENT}};
	struct scene scene;
	begin_registered(&scene);
	for (unsigned i = 0; i < 2; i++) {
		const char *own = homes[i].own, *agent = homes[i].agent;
		assert_true(test_init_arrives(&scene, MH_home_test_init, own, agent, NULL));
		assert_true(same_address(&sent.packet.source, own));
		assert_true(same_address(&outer.destination, agent));
		assert_true(test_init_arrives(&scene, MH_care_of_test_init, CARE_OF_1, NULL, own));
		assert_true(same_address(&sent.packet.source, own));
		assert_true(same_address(&outer.destination, agent));
	}
	assert_true(test_init_arrives(&scene, MH_home_test_init, HOST_AGENT, NULL, NULL));
	assert_true(same_address(&sent.packet.source, HOST_AGENT));
	assert_true(IN6_IS_ADDR_UNSPECIFIED(&outer.destination));
	assert_int_equal(host_all_drops(&scene), 0);
	assert_false(test_init_arrives(&scene, MH_home_test_init, CARE_OF_1, NULL, NULL));
	assert_int_equal(host_all_drops(&scene), 1);
	/* RFC 6275 6.4: the home agent's address is in no routing header */
	assert_false(test_init_arrives(&scene, MH_care_of_test_init, CARE_OF_1, NULL, HOST_AGENT));
	assert_int_equal(host_all_drops(&scene), 2);
	scene_end(&scene);
}

/* RFC 6275 9.5.1, 10.3.1: at the home agent's address, H says which role an update is for; without
 * H, a home address that is registered here has the wrong type of registration. */
static void test_updates_at_the_home_agent(void **state)
{
	(void)state;
	struct scene scene;
	begin_registered(&scene);
	struct update update = host_guest_update(&scene, 1);
	update.message.binding_update.flags = BU_ACKNOWLEDGE;
	/* no binding of GUEST yet: it is the correspondent that misses the nonces */
	host_update_receive(&update);
	assert_int_equal(host_drops(&scene, DROP_NO_AUTHENTICATION), 1);
	assert_int_equal(host_bindings(&scene.mobile_node, GUEST, "::"), 0);
	update = host_guest_update(&scene, 2);
	host_update_receive(&update);
	assert_int_equal(host_bindings(&scene.mobile_node, GUEST, "::"), 1);
	take_all(&scene.mobile_node);
	update = host_guest_update(&scene, 3);
	update.message.binding_update.flags = BU_ACKNOWLEDGE;
	host_update_receive(&update);
	assert_true(host_sent(&scene, MH_binding_ack, &sent, &outer));
	assert_int_equal(sent.message.binding_ack.status, 139);
	assert_int_equal(host_bindings(&scene.mobile_node, GUEST, "::"), 1);
	scene_end(&scene);
}

/* ---- route optimization by a mobile node ---- */

static struct message answer;

static void care_of_test_arrives(struct scene *scene, uint64_t cookie)
{
	message_init(&answer, MH_care_of_test);
	answer.care_of_test = (struct msg_care_of_test){1, cookie, 42};
	const struct host_message test = {
		.from = STRANGER, .to = CARE_OF_1, .ifindex = 1, .message = &answer};
	host_receive(scene, &test);
}

static void home_test_arrives(
	struct scene *scene, const char *home, const char *agent, uint64_t cookie)
{
	message_init(&answer, MH_home_test);
	answer.home_test = (struct msg_home_test){1, cookie, 43};
	const struct host_message test = {
		.from = STRANGER, .to = home, .tunnel = agent, .ifindex = 1, .message = &answer};
	host_receive(scene, &test);
}

static void peer_busy_with(struct scene *scene, uint8_t mobile_node, const char *peer)
{
	const struct host_event event = {
		.type = HOST_PEER_BUSY, .mobile_node = mobile_node, .peer = address_of(peer)};
	scene_tell(scene, &scene->mobile_node, &event);
}

struct cookies {
	uint64_t home, care_of;
};

/* The cookies of the Test Inits that a mobile node has just sent; each by its own way. */
static struct cookies expect_test_inits(struct scene *scene, const char *home, const char *agent)
{
	struct cookies cookies;
	assert_true(host_sent(scene, MH_home_test_init, &sent, &outer));
	assert_true(same_address(&sent.packet.source, home));
	assert_true(same_address(&outer.destination, agent));
	cookies.home = sent.message.home_test_init.cookie;
	assert_true(host_sent(scene, MH_care_of_test_init, &sent, &outer));
	assert_true(same_address(&sent.packet.source, CARE_OF_1));
	cookies.care_of = sent.message.care_of_test_init.cookie;
	take_all(&scene->mobile_node);
	return cookies;
}

/* Return routability by the second mobile node's home address, while the first one has the same
 * correspondent: the Care-of Tests come to one address, from one address. */
static void test_return_routability_of_both(void **state)
{
	(void)state;
	struct scene scene;
	begin_registered(&scene);
	scene_cut(&scene, CARE_OF_2, true);
	peer_busy_with(&scene, 0, STRANGER);
	const struct cookies first = expect_test_inits(&scene, HOME, HOME_AGENT);
	peer_busy_with(&scene, 1, STRANGER);
	const struct cookies second = expect_test_inits(&scene, SECOND_HOME, SECOND_AGENT);
	/* RFC 6275 11.6.2: a cookie of the one is none of the other */
	home_test_arrives(&scene, SECOND_HOME, SECOND_AGENT, first.home);
	assert_int_equal(host_drops(&scene, DROP_UNEXPECTED_TEST), 1);
	home_test_arrives(&scene, SECOND_HOME, SECOND_AGENT, second.home);
	care_of_test_arrives(&scene, second.care_of);
	assert_int_equal(host_all_drops(&scene), 1);
	expect_update_of(&scene, SECOND_HOME);
	care_of_test_arrives(&scene, second.care_of);
	assert_int_equal(host_drops(&scene, DROP_UNEXPECTED_TEST), 2);
	care_of_test_arrives(&scene, first.care_of);
	home_test_arrives(&scene, HOME, HOME_AGENT, first.home);
	assert_int_equal(host_all_drops(&scene), 2);
	expect_update_of(&scene, HOME);
	scene_end(&scene);
}

/* The times of a correspondent's tunnel are for the mobile node whose home address it has. */
static void test_activity_of_one(void **state)
{
	(void)state;
	struct scene scene;
	struct core_config config = host_defaults();
	struct host_event event = {
		.type = HOST_ACTIVITY,
		.activity = {.home_address = address_of(SECOND_HOME),
			.peer = address_of(STRANGER),
			.bid = 1},
	};
	config.mobile_nodes[0].route_optimization.on = false;
	host_begin(&scene, &config);
	host_register(&scene);
	scene_tell(&scene, &scene.mobile_node, &event);
	event.activity.home_address = address_of(HOME);
	assert_int_equal(scene_tell_result(&scene, &scene.mobile_node, &event), -EINVAL);
	scene_end(&scene);
}

/* A host needs no optimized route to itself. */
static void test_no_route_to_oneself(void **state)
{
	(void)state;
	static const char *const own[] = {HOME, SECOND_HOME, HOST_AGENT, CARE_OF_1};
	struct scene scene;
	begin_registered(&scene);
	for (unsigned i = 0; i < 4; i++) {
		peer_busy_with(&scene, 0, own[i]);
		peer_busy_with(&scene, 1, own[i]);
	}
	scene_advance(&scene, 100 * MS);
	assert_false(host_sent(&scene, MH_home_test_init, &sent, &outer));
	scene_end(&scene);
}

/* ---- stop ---- */

/* Each de-registers with its own home agent; EFFECT_STOPPED comes once, after the last. */
static void test_stop(void **state)
{
	(void)state;
	for (unsigned slow = 0; slow < 2; slow++) {
		struct scene scene;
		begin_registered(&scene);
		scene_slow(&scene, slow ? SECOND_AGENT : HOME_AGENT, 300 * MS);
		node_stop(&scene);
		scene_advance(&scene, 100 * MS);
		assert_int_equal(count_ahead(&scene.mobile_node, EFFECT_STOPPED), 0);
		assert_int_equal(host_bindings(&scene.home_agent, HOME, "::"), slow ? 0 : 2);
		assert_int_equal(
			host_bindings(&scene.correspondent, SECOND_HOME, "::"), slow ? 2 : 0);
		scene_advance(&scene, NANOS_PER_SECOND);
		assert_int_equal(host_bindings(&scene.home_agent, HOME, "::"), 0);
		assert_int_equal(host_bindings(&scene.correspondent, SECOND_HOME, "::"), 0);
		assert_int_equal(count_ahead(&scene.mobile_node, EFFECT_STOPPED), 1);
		take_past(&scene.mobile_node, EFFECT_STOPPED);
		scene_advance(&scene, 100 * NANOS_PER_SECOND);
		take_nothing(&scene.mobile_node);
		assert_int_equal(core_next_deadline(scene.mobile_node.core), NANOS_NEVER);
		scene_end(&scene);
	}
}

/* A home agent has nothing to take back. */
static void test_stop_of_a_home_agent(void **state)
{
	(void)state;
	struct scene scene;
	const struct home_agent_config config = home_agent_defaults();
	const struct host_event stop = {.type = HOST_STOP};
	scene_with_home_agent(&scene, &config);
	scene_tell(&scene, &scene.home_agent, &stop);
	take(&scene.home_agent, EFFECT_STOPPED);
	take_nothing(&scene.home_agent);
	scene_end(&scene);
}

/* ---- which cores there are ---- */

static int result_of(const struct core_config *config)
{
	uint64_t seed = 1;
	const struct core_port port = test_port(&seed);
	struct core *core = NULL;
	int result = core_new(config, &port, &core);
	core_free(core);
	return result;
}

static void test_configurations(void **state)
{
	(void)state;
	struct core_config config = host_defaults();
	for (unsigned roles = 0; roles < 16; roles++) {
		config.is_home_agent = roles & 1;
		config.corresponds = roles & 2;
		config.mobile_nodes_count = roles >> 2;
		if (config.mobile_nodes_count < 3)
			assert_int_equal(result_of(&config), roles ? 0 : -EINVAL);
	}
	config = host_defaults();
	config.mobile_nodes[1].home_address = address_of(HOME);
	assert_int_equal(result_of(&config), -EINVAL);
	config.mobile_nodes[1].home_address = address_of(HOST_AGENT);
	assert_int_equal(result_of(&config), -EINVAL);
	config.mobile_nodes_count = MOBILE_NODES_MAX + 1;
	assert_int_equal(result_of(&config), -EINVAL);
	config.mobile_nodes_count = MOBILE_NODES_MAX;
	for (unsigned i = 0; i < MOBILE_NODES_MAX; i++) {
		config.mobile_nodes[i] = host_neighbour();
		config.mobile_nodes[i].home_address.s6_addr[15] = (uint8_t)(i + 16);
	}
	assert_int_equal(result_of(&config), 0);
}

/* ---- redirection between interfaces (draft-montavont-mip6-mmi-02 4.2, 5.1) ---- */

#define MOVED "2001:db8:2::77"
#define DEVICE 8
#define THROUGH 3 /* a BID */

static int tell_address(
	struct scene *scene, enum host_type type, uint8_t node, uint16_t bid, const char *address)
{
	const struct host_event event = {
		.type = type,
		.mobile_node = node,
		.address = {.bid = bid, .address = address_of(address), .formed = scene->now.mono},
	};
	return scene_tell_result(scene, &scene->mobile_node, &event);
}

/* One of the updates that were sent since is of this home address, from this care-of address. */
static bool was_registered(struct scene *scene, const char *home_address, const char *home_agent,
	const char *care_of, uint32_t ifindex)
{
	while (host_sent(scene, MH_binding_update, &sent, &outer))
		if (same_address(&sent.packet.home_address, home_address) &&
			same_address(&sent.packet.destination, home_agent) &&
			same_address(&sent.packet.source, care_of) && sent.ifindex == ifindex)
			return true;
	return false;
}

/* Interface 1 is that of HOME, interface 2 that of SECOND_HOME. */
static void begin_with_own_interfaces(struct scene *scene)
{
	begin(scene);
	host_attach(scene, 0, 1);
	host_attach(scene, 1, 2);
	scene_advance(scene, 2 * NANOS_PER_SECOND);
	assert_int_equal(host_bindings(&scene->home_agent, HOME, "::"), 1);
	assert_int_equal(host_bindings(&scene->correspondent, SECOND_HOME, "::"), 1);
	take_all(&scene->mobile_node);
}

static void interface_1_fails(struct scene *scene)
{
	const struct host_event event = {
		.type = HOST_LINK_SET,
		.mobile_node = 0,
		.link = {.bid = 1, .priority = 10, .up = false, .ifindex = 1},
	};
	scene_tell(scene, &scene->mobile_node, &event);
	take_all(&scene->mobile_node);
}

/* draft-montavont-mip6-mmi-02 4.2-1, 4.2-2: the update for the home address of interface 1 has the
 * address of interface 2 as care-of address, and leaves by that; the other home address is not
 * concerned. draft-montavont-mip6-mmi-02 4.2-3: when interface 2 moves, both home agents get an
 * update. */
static void test_redirection(void **state)
{
	(void)state;
	struct scene scene;
	begin_with_own_interfaces(&scene);
	interface_1_fails(&scene);
	host_attach(&scene, 0, 2);
	scene_advance(&scene, 2 * NANOS_PER_SECOND);
	assert_true(was_registered(&scene, HOME, HOME_AGENT, CARE_OF_2, 2));
	assert_int_equal(host_bindings(&scene.home_agent, HOME, "::"), 1);
	assert_int_equal(host_bindings(&scene.correspondent, SECOND_HOME, "::"), 1);

	take_all(&scene.mobile_node);
	for (uint8_t node = 0; node < 2; node++)
		assert_int_equal(tell_address(&scene, HOST_ADDRESS_SET, node, 2, MOVED), 0);
	for (uint8_t node = 0; node < 2; node++)
		assert_int_equal(tell_address(&scene, HOST_ADDRESS_REMOVE, node, 2, CARE_OF_2), 0);
	struct actor host = scene.mobile_node;
	assert_true(was_registered(&scene, HOME, HOME_AGENT, MOVED, 2));
	scene.mobile_node = host;
	assert_true(was_registered(&scene, SECOND_HOME, SECOND_AGENT, MOVED, 2));
	scene_end(&scene);
}

/* A link of this mobile node that leads through the tunnel of the other. */
static void attach_device(struct scene *scene, uint8_t node)
{
	const struct host_event event = {
		.type = HOST_LINK_SET,
		.mobile_node = node,
		.link = {.bid = THROUGH, .priority = 30, .up = true, .ifindex = DEVICE},
	};
	scene_tell(scene, &scene->mobile_node, &event);
}

/* draft-montavont-mip6-mmi-02 5.1-2: the care-of address is another home address. When the
 * interface of that one moves, only its own home agent is told. */
static void test_home_address_as_care_of_address(void **state)
{
	(void)state;
	struct scene scene;
	begin_with_own_interfaces(&scene);
	interface_1_fails(&scene);
	attach_device(&scene, 0);
	assert_int_equal(tell_address(&scene, HOST_ADDRESS_SET, 0, THROUGH, SECOND_HOME), 0);
	scene_advance(&scene, 100 * MS);
	assert_true(was_registered(&scene, HOME, HOME_AGENT, SECOND_HOME, DEVICE));

	take_all(&scene.mobile_node);
	assert_int_equal(tell_address(&scene, HOST_ADDRESS_SET, 1, 2, MOVED), 0);
	assert_int_equal(tell_address(&scene, HOST_ADDRESS_REMOVE, 1, 2, CARE_OF_2), 0);
	expect_update_of(&scene, SECOND_HOME);
	scene_end(&scene);
}

/* No home address is, by whatever chain, its own care-of address: packets would go in a circle. */
static void test_loops_are_refused(void **state)
{
	(void)state;
	struct scene scene;
	begin_with_own_interfaces(&scene);
	for (uint8_t node = 0; node < 2; node++)
		attach_device(&scene, node);
	assert_int_equal(tell_address(&scene, HOST_ADDRESS_SET, 0, THROUGH, HOME), -EINVAL);
	assert_int_equal(tell_address(&scene, HOST_ADDRESS_SET, 0, THROUGH, SECOND_HOME), 0);
	assert_int_equal(tell_address(&scene, HOST_ADDRESS_SET, 1, THROUGH, HOME), -ELOOP);
	/* the other way round when the first has gone */
	assert_int_equal(tell_address(&scene, HOST_ADDRESS_REMOVE, 0, THROUGH, SECOND_HOME), 0);
	assert_int_equal(tell_address(&scene, HOST_ADDRESS_SET, 1, THROUGH, HOME), 0);
	assert_int_equal(tell_address(&scene, HOST_ADDRESS_SET, 0, THROUGH, SECOND_HOME), -ELOOP);
	scene_end(&scene);
}

/* The same by a chain of three. */
static void test_loops_of_three_are_refused(void **state)
{
	(void)state;
	static const char third_home[] = "2001:db8:66::100";
	struct scene scene;
	struct core_config config = host_defaults();
	config.mobile_nodes[2] = config.mobile_nodes[1];
	config.mobile_nodes[2].home_address = address_of(third_home);
	config.mobile_nodes[2].home_agent = address_of("2001:db8:66::1");
	config.mobile_nodes_count = 3;
	host_begin(&scene, &config);
	for (uint8_t node = 0; node < 3; node++)
		attach_device(&scene, node);
	assert_int_equal(tell_address(&scene, HOST_ADDRESS_SET, 0, THROUGH, SECOND_HOME), 0);
	assert_int_equal(tell_address(&scene, HOST_ADDRESS_SET, 1, THROUGH, third_home), 0);
	assert_int_equal(tell_address(&scene, HOST_ADDRESS_SET, 2, THROUGH, HOME), -ELOOP);
	assert_int_equal(tell_address(&scene, HOST_ADDRESS_SET, 2, THROUGH, SECOND_HOME), -ELOOP);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registrations),
		cmocka_unit_test(test_refusal_of_one),
		cmocka_unit_test(test_binding_error_of_one),
		cmocka_unit_test(test_unknown_message_of_one),
		cmocka_unit_test(test_refresh_of_one),
		cmocka_unit_test(test_home_agent_of_the_other),
		cmocka_unit_test(test_tunnel_of_the_other),
		cmocka_unit_test(test_probes),
		cmocka_unit_test(test_router_advertisement),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_restoration),
		cmocka_unit_test(test_corresponds_as_each_address),
		cmocka_unit_test(test_updates_at_the_home_agent),
		cmocka_unit_test(test_return_routability_of_both),
		cmocka_unit_test(test_activity_of_one),
		cmocka_unit_test(test_no_route_to_oneself),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_stop_of_a_home_agent),
		cmocka_unit_test(test_configurations),
		cmocka_unit_test(test_redirection),
		cmocka_unit_test(test_home_address_as_care_of_address),
		cmocka_unit_test(test_loops_are_refused),
		cmocka_unit_test(test_loops_of_three_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
