/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: attacks on a host of several roles (support/host.h), by a peer of one role or by a node
 * that has the key of one. Nothing changes at the role that is attacked, and the others.
 */
#include "support/cmocka_scene.h"
#include "support/host.h"
#include "support/peer.h"
#include "support/port.h"

#include <string.h>

static struct sent sent;
static struct packet outer;

/* Of each role another one. */
static const struct auth first_auth = {
	.mode = AUTH_MODE_MN_HA, .spi = SPI, .key_length = 16, .key = "the first's key."};
static const struct auth second_auth = {
	.mode = AUTH_MODE_MN_HA, .spi = SPI, .key_length = 16, .key = "another one's..."};

static void set_key(
	struct scene *scene, struct actor *agent, const char *home, const struct auth *auth)
{
	const struct host_event event = node_set(home, auth, BINDINGS_MAX);
	scene_tell(scene, agent, &event);
}

/* Both mobile nodes registered, each with its own key; the guest has update_auth. */
static void begin(struct scene *scene)
{
	struct core_config config = host_defaults();
	config.mobile_nodes[0].auth = first_auth;
	config.mobile_nodes[1].auth = second_auth;
	host_begin(scene, &config);
	set_key(scene, &scene->home_agent, HOME, &first_auth);
	set_key(scene, &scene->correspondent, SECOND_HOME, &second_auth);
	host_register(scene);
}

static void assert_nothing_changed(struct scene *scene)
{
	assert_int_equal(host_bindings(&scene->mobile_node, HOME, "::"), 2);
	assert_int_equal(host_bindings(&scene->mobile_node, SECOND_HOME, "::"), 2);
	assert_int_equal(host_bindings(&scene->mobile_node, GUEST, "::"), 0);
	assert_int_equal(count_ahead(&scene->mobile_node, EFFECT_TUNNEL_SET), 0);
	assert_int_equal(count_ahead(&scene->mobile_node, EFFECT_TUNNEL_REMOVE), 0);
	assert_int_equal(count_ahead(&scene->mobile_node, EFFECT_RECORD), 0);
}

/* ---- keys ---- */

/* RFC 4285 5.1: a mobile node with a key of its own at one role has none at the others. */
static void test_update_with_the_key_of_another(void **state)
{
	(void)state;
	const struct auth *const keys[] = {&first_auth, &second_auth};
	for (unsigned i = 0; i < 2; i++) {
		struct scene scene;
		begin(&scene);
		struct update update = host_guest_update(&scene, 1);
		update.auth = *keys[i];
		host_update_receive(&update);
		assert_nothing_changed(&scene);
		assert_int_equal(host_drops(&scene, DROP_AUTHENTICATION_FAILED), 1);
		/* the home address of a mobile node of this host is none of this home agent's */
		update.home_address = address_of(HOME);
		host_update_receive(&update);
		assert_nothing_changed(&scene);
		scene_end(&scene);
	}
}

/* The acknowledgement says that everything of the other mobile node is gone. */
static void acknowledge(struct scene *scene, const char *from, const char *home, uint16_t sequence)
{
	static struct message message;
	message_init(&message, MH_binding_ack);
	message.binding_ack.sequence = sequence;
	message.binding_ack.status = 0;
	message.binding_ack.lifetime = 0;
	const struct host_message ack = {.from = from,
		.to = CARE_OF_1,
		.routed_to = home,
		.ifindex = 1,
		.message = &message};
	host_receive(scene, &ack);
}

/* A home agent has the key of its own mobile node only, and speaks for no other. */
static void test_acknowledgement_for_another(void **state)
{
	(void)state;
	static const struct {
		const char *from, *home;
	} forged[] = {
		{SECOND_AGENT, HOME},
		{HOME_AGENT, SECOND_HOME},
		{HOST_AGENT, HOME},
		{HOME_AGENT, GUEST},
		{HOME_AGENT, HOME}, /* without an authenticator */
		{SECOND_AGENT, SECOND_HOME},
	};
	struct scene scene;
	begin(&scene);
	for (unsigned i = 0; i < 6; i++) {
		acknowledge(&scene, forged[i].from, forged[i].home, 1);
		assert_int_equal(host_all_drops(&scene), i + 1);
		assert_nothing_changed(&scene);
	}
	scene_end(&scene);
}

/* ---- care-of addresses ---- */

/* RFC 6275 6.1.8: what is tunnelled to an address of this host never leaves it. */
static void test_own_addresses_as_care_of_address(void **state)
{
	(void)state;
	static const char *const own[] = {HOST_AGENT, HOME, SECOND_HOME, GUEST, "2001:db8:5::77"};
	struct scene scene;
	begin(&scene);
	for (unsigned i = 0; i < 5; i++) {
		struct update update = host_guest_update(&scene, (uint16_t)(i + 1));
		update.message.bid_count = 0;
		update_bid(&update, 1, own[i]);
		host_update_receive(&update);
		assert_int_equal(host_bindings(&scene.mobile_node, GUEST, "::"), 0);
		assert_true(host_sent(&scene, MH_binding_ack, &sent, &outer));
		assert_int_equal(sent.message.binding_ack.status, 174);
		/* and as the source of the packet */
		update = host_guest_update(&scene, (uint16_t)(i + 100));
		update.message.bid_count = 0;
		update.source = address_of(own[i]);
		host_update_receive(&update);
		assert_int_equal(host_bindings(&scene.mobile_node, GUEST, "::"), 0);
		take_all(&scene.mobile_node);
	}
	scene_end(&scene);
}

/* RFC 6275 6.1.7: nor is an address of one mobile node a care-of address of the other. */
static void test_home_address_as_care_of_address(void **state)
{
	(void)state;
	struct scene scene;
	struct host_event event = {
		.type = HOST_ADDRESS_SET, .mobile_node = 1, .address = {.bid = 1}};
	begin(&scene);
	event.address.address = address_of(HOME);
	event.address.formed = scene.now.mono;
	(void)scene_tell_result(&scene, &scene.mobile_node, &event);
	scene_advance(&scene, NANOS_PER_SECOND);
	assert_int_equal(host_bindings(&scene.correspondent, SECOND_HOME, "::"), 2);
	const struct link_view view = host_view(&scene, 1, 1);
	assert_true(same_address(&view.care_of, CARE_OF_1));
	scene_end(&scene);
}

/* ---- pairs of addresses ---- */

/* RFC 6275 6.4, 11.3.3: a routing header with the home address of the other role, or of nobody. */
static void test_routing_header_of_another(void **state)
{
	(void)state;
	static struct message message;
	message_init(&message, MH_refresh_request);
	static const struct {
		const char *from, *to, *routed_to, *home_address;
	} forged[] = {
		{HOME_AGENT, CARE_OF_1, SECOND_HOME, NULL},
		{SECOND_AGENT, CARE_OF_1, HOME, NULL},
		{HOME_AGENT, CARE_OF_1, HOST_AGENT, NULL},
		{HOME_AGENT, CARE_OF_1, GUEST, NULL},
		{STRANGER, CARE_OF_1, HOME, HOME_AGENT},
		{SECOND_AGENT, CARE_OF_1, HOME, HOME_AGENT},
	};
	struct scene scene;
	begin(&scene);
	for (unsigned i = 0; i < sizeof(forged) / sizeof(forged[0]); i++) {
		const struct host_message request = {.from = forged[i].from,
			.to = forged[i].to,
			.routed_to = forged[i].routed_to,
			.home_address = forged[i].home_address,
			.ifindex = 1,
			.message = &message};
		take_all(&scene.mobile_node);
		host_receive(&scene, &request);
		scene_advance(&scene, 100 * NANOS_PER_MS);
		assert_false(host_sent(&scene, MH_binding_update, &sent, &outer));
		assert_nothing_changed(&scene);
	}
	scene_end(&scene);
}

/* RFC 6275 11.3: a tunnel within a tunnel, and one from this host's own addresses. */
static void test_tunnels_from_own_addresses(void **state)
{
	(void)state;
	static struct message message;
	static const char *const from[] = {HOST_AGENT, HOME, SECOND_HOME, CARE_OF_1, GUEST};
	struct scene scene;
	message_init(&message, MH_refresh_request);
	begin(&scene);
	for (unsigned i = 0; i < 5; i++) {
		const struct host_message request = {.from = HOME_AGENT,
			.to = HOME,
			.tunnel = from[i],
			.ifindex = 1,
			.message = &message};
		host_receive(&scene, &request);
		assert_int_equal(host_drops(&scene, DROP_WRONG_PEER), i + 1);
		assert_nothing_changed(&scene);
	}
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_update_with_the_key_of_another),
		cmocka_unit_test(test_acknowledgement_for_another),
		cmocka_unit_test(test_own_addresses_as_care_of_address),
		cmocka_unit_test(test_home_address_as_care_of_address),
		cmocka_unit_test(test_routing_header_of_another),
		cmocka_unit_test(test_tunnels_from_own_addresses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
