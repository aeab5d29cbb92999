/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes on the home agent's physical home link: Duplicate Address Detection before the first
 * binding (RFC 6275 10.3.1), interception while there is one (10.4.1), and giving up (10.3.2).
 */
#include "support/neighbour.h"

#include "support/cmocka_scene.h"

#include <arpa/inet.h>
#include <string.h>

static struct sent ack;

/* Written from RFC 4861 4.3, 4.4 and RFC 4862 5.4.2; scapy makes the same of the same fields. */
static const uint8_t octets_of_detection[] = {
	0x60,
	0x00,
	0x00,
	0x00,
	0x00,
	0x18,
	0x3a,
	0xff,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0xff,
	0x02,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x01,
	0xff,
	0x00,
	0x01,
	0x00,
	0x87,
	0x00,
	0x4a,
	0xee,
	0x00,
	0x00,
	0x00,
	0x00,
	0x20,
	0x01,
	0x0d,
	0xb8,
	0x00,
	0x01,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x01,
	0x00,
};
static const uint8_t octets_of_advertisement[] = {
	0x60,
	0x00,
	0x00,
	0x00,
	0x00,
	0x20,
	0x3a,
	0xff,
	0xfe,
	0x80,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x01,
	0xff,
	0x02,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x01,
	0x88,
	0x00,
	0x27,
	0x63,
	0x20,
	0x00,
	0x00,
	0x00,
	0x20,
	0x01,
	0x0d,
	0xb8,
	0x00,
	0x01,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x01,
	0x00,
	0x02,
	0x01,
	0x02,
	0x00,
	0x00,
	0x00,
	0x00,
	0x01,
};
static const uint8_t octets_of_answer[] = {
	0x60,
	0x00,
	0x00,
	0x00,
	0x00,
	0x20,
	0x3a,
	0xff,
	0xfe,
	0x80,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x01,
	0xfe,
	0x80,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x02,
	0x88,
	0x00,
	0x07,
	0xe4,
	0x40,
	0x00,
	0x00,
	0x00,
	0x20,
	0x01,
	0x0d,
	0xb8,
	0x00,
	0x01,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x01,
	0x00,
	0x02,
	0x01,
	0x02,
	0x00,
	0x00,
	0x00,
	0x00,
	0x01,
};

static void begin(struct scene *scene)
{
	const struct home_agent_config config = home_link_defaults();
	home_link_begin(scene, &config);
}

static struct update first_update(struct scene *scene, uint16_t sequence)
{
	struct update update = update_of(scene, sequence);
	update_overwrite(&update);
	update_bid(&update, 1, CARE_OF_1);
	return update;
}

/* The first binding is there, and the advertisements have been sent. */
static void bind_first(struct scene *scene)
{
	struct update update = first_update(scene, 1);
	update_send(&update);
	scene_advance(scene, 5 * SECOND);
	assert_int_equal(bindings_of(scene).count, 1);
	take_all(&scene->home_agent);
}

static void expect_accepted(struct scene *scene, uint16_t sequence)
{
	expect_added(scene, 1, CARE_OF_1);
	take_intercept(scene, true);
	expect_node_set(scene, sequence);
	expect_ack(scene, 0, &ack);
	assert_int_equal(ack.message.binding_ack.sequence, sequence);
}

/* They are ahead. */
static void expect_octets(const struct scene *scene, const uint8_t *octets, size_t length)
{
	const struct actor *agent = &scene->home_agent;
	for (size_t i = agent->taken; i < agent->done_count; i++) {
		const struct effect *effect = &agent->done[i];
		if (effect->type == EFFECT_SEND && effect->send.length == length &&
			memcmp(effect->send.octets, octets, length) == 0)
			return;
	}
	fail_msg("these octets were not sent");
}

/* ---- Duplicate Address Detection ---- */

/* RFC 6275 10.3.1, RFC 4862 5.4: nobody answers for a second, then the update counts from now on */
/*
 * Shows RFC 6275 10.3.1-16, 10.4.1-2, 10.4.1-3, 10.4.1-5, 10.4.1-6, 10.4.1-7, 10.4.1-8,
 * 10.4.1-9, 10.4.1-10, 10.4.1-12, 10.3.1-37, 10.4.1-1.
 */
static void test_first_binding_waits_for_detection(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = first_update(&scene, 1);
	update_send(&update);
	/* RFC 4862 5.4.2: the group is joined first. */
	take_listening(&scene);
	then(&scene.home_agent);
	expect_octets(&scene, octets_of_detection, sizeof(octets_of_detection));
	take_detection(&scene, HOME);
	take_nothing(&scene.home_agent);
	assert_int_equal(bindings_of(&scene).count, 0);
	scene_advance(&scene, SECOND - 1);
	take_nothing(&scene.home_agent);

	scene_advance(&scene, 1);
	expect_accepted(&scene, 1);
	assert_int_equal(ack.message.binding_ack.lifetime, 150);
	assert_int_equal(bindings_of(&scene).at[0].expires, scene.now.mono + 600 * SECOND);
	/* RFC 6275 10.4.1 */
	expect_octets(&scene, octets_of_advertisement, sizeof(octets_of_advertisement));
	take_advertisement(&scene, HOME);
	take_nothing(&scene.home_agent);
	scene_end(&scene);
}

/* RFC 4861 10: MAX_NEIGHBOR_ADVERTISEMENT, a second apart */
/* Shows RFC 6275 10.4.1-13. */
static void test_advertised_three_times(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = first_update(&scene, 1);
	update_send(&update);
	take_detection_begin(&scene);
	scene_advance(&scene, SECOND);
	expect_accepted(&scene, 1);
	for (unsigned i = 0; i < 3; i++) {
		take_advertisement(&scene, HOME);
		take_nothing(&scene.home_agent);
		scene_advance(&scene, SECOND - 1);
		take_nothing(&scene.home_agent);
		scene_advance(&scene, 1);
	}
	take_nothing(&scene.home_agent);
	scene_end(&scene);
}

static void test_detection_can_be_configured_away(void **state)
{
	(void)state;
	struct scene scene;
	struct home_agent_config config = home_link_defaults();
	config.dad_ms = 0;
	home_link_begin(&scene, &config);
	struct update update = first_update(&scene, 1);
	update_send(&update);
	expect_accepted(&scene, 1);
	scene_end(&scene);
}

/* Without a physical home link nothing is asked, advertised, or intercepted. */
static void test_nothing_without_home_link(void **state)
{
	(void)state;
	struct scene scene;
	struct home_agent_config config = home_link_defaults();
	config.home_link = false;
	scene_with_home_agent(&scene, &config);
	const struct host_event event = home_link_event(HOME_LINK, true);
	assert_int_equal(scene_tell_result(&scene, &scene.home_agent, &event), -22);
	struct update update = first_update(&scene, 1);
	update_send(&update);
	expect_added(&scene, 1, CARE_OF_1);
	expect_node_set(&scene, 1);
	expect_ack(&scene, 0, &ack);
	scene_advance(&scene, 5 * SECOND);
	neighbour_solicits(&scene, NEIGHBOUR, HOME, neighbour_mac);
	take_nothing(&scene.home_agent);
	assert_int_equal(drops_of(&scene, DROP_NOT_ON_HOME_LINK), 1);
	scene_end(&scene);
}

static void expect_duplicate(struct scene *scene, uint16_t sequence, const char *claimant)
{
	struct in6_addr peer = address_of(claimant);
	const struct effect_event *note = take_note(&scene->home_agent, EVENT_ADDRESS_DUPLICATE, 0);
	assert_memory_equal(&note->peer, &peer, sizeof(peer));
	take_note(&scene->home_agent, EVENT_UPDATE_REFUSED, 0);
	expect_ack(scene, 134, &ack);
	assert_int_equal(ack.message.binding_ack.sequence, sequence);
	assert_int_equal(ack.message.bid_count, 1);
	take_intercept(scene, false);
	scene_advance(scene, 20 * SECOND);
	take_nothing(&scene->home_agent);
	assert_int_equal(bindings_of(scene).count, 0);
}

/* RFC 4862 5.4.4: somebody has the address; RFC 6275 10.3.1: status 134 */
/* Shows RFC 6275 10.3.1-17. */
static void test_advertisement_refuses(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = first_update(&scene, 1);
	update_send(&update);
	take_detection_begin(&scene);
	scene_advance(&scene, SECOND - 1);
	neighbour_advertises(&scene, HOME, neighbour_mac);
	expect_duplicate(&scene, 1, NEIGHBOUR);
	scene_end(&scene);
}

/* RFC 4862 5.4.3: somebody else wants the address at the same time */
static void test_others_detection_refuses(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = first_update(&scene, 1);
	update_send(&update);
	take_detection_begin(&scene);
	/* Who only looks for it does not have it. */
	neighbour_solicits(&scene, NEIGHBOUR, HOME, neighbour_mac);
	take_nothing(&scene.home_agent);
	neighbour_solicits(&scene, "::", HOME, NULL);
	expect_duplicate(&scene, 1, "::");
	scene_end(&scene);
}

/* Neither another address, nor another link, nor what came through a router. */
static void test_what_is_no_conflict(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = first_update(&scene, 1);
	update_send(&update);
	take_detection_begin(&scene);
	const struct icmpv6 claim = {
		.type = ICMPV6_NEIGHBOR_ADVERTISEMENT, .target = address_of(HOME)};
	neighbour_advertises(&scene, "2001:db8:1::101", neighbour_mac);
	neighbour_sends(&scene, CORE_LINK, 255, NEIGHBOUR, &claim);
	assert_int_equal(drops_of(&scene, DROP_NOT_ON_HOME_LINK), 1);
	neighbour_sends(&scene, HOME_LINK, 254, NEIGHBOUR, &claim);
	take_nothing(&scene.home_agent);
	scene_advance(&scene, SECOND);
	expect_accepted(&scene, 1);
	scene_end(&scene);
}

/* The mobile node that registers from its home link may answer for its own address. */
static void test_own_answer_is_no_conflict(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = first_update(&scene, 1);
	update_link_layer(&update, mobile_node_mac);
	update_send(&update);
	take_detection_begin(&scene);
	neighbour_advertises(&scene, HOME, mobile_node_mac);
	take_nothing(&scene.home_agent);
	neighbour_advertises(&scene, HOME, neighbour_mac);
	take_note(&scene.home_agent, EVENT_ADDRESS_DUPLICATE, 0);
	scene_end(&scene);
}

/* ---- while it waits ---- */

/* Neither prolonged nor repeated; what came last is answered, with its own number and address. */
static void test_last_update_counts(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = first_update(&scene, 1);
	update_send(&update);
	take_detection_begin(&scene);
	scene_advance(&scene, 600 * NANOS_PER_MS);
	struct update again = update_of(&scene, 2);
	again.source = address_of(CARE_OF_2);
	update_overwrite(&again);
	update_bid(&again, 1, CARE_OF_2);
	update_send(&again);
	/* What the network delivers late or twice is not the last. */
	update_send(&again);
	take_nothing(&scene.home_agent);
	update_send(&update);
	take_note(&scene.home_agent, EVENT_UPDATE_REFUSED, 0);
	expect_ack(&scene, 135, &ack);
	scene_advance(&scene, 400 * NANOS_PER_MS);
	expect_added(&scene, 1, CARE_OF_2);
	take_intercept(&scene, true);
	expect_node_set(&scene, 2);
	expect_ack(&scene, 0, &ack);
	struct in6_addr care_of = address_of(CARE_OF_2);
	assert_memory_equal(&ack.packet.destination, &care_of, sizeof(care_of));
	scene_end(&scene);
}

/* An update that is refused for itself takes nobody's place. */
static void test_refused_update_leaves_the_one_that_waits(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = first_update(&scene, 1);
	update_send(&update);
	take_detection_begin(&scene);
	struct update wrong = update_of(&scene, 2);
	update_bid(&wrong, 1, "ff02::1");
	update_send(&wrong);
	take_note(&scene.home_agent, EVENT_UPDATE_REFUSED, 0);
	expect_ack(&scene, 164, &ack);
	struct update forged = first_update(&scene, 3);
	forged.auth.key[0] ^= 1;
	update_send(&forged);
	take_all(&scene.home_agent);
	scene_advance(&scene, SECOND);
	expect_accepted(&scene, 1);
	scene_end(&scene);
}

/* RFC 6275 10.3.2: nothing was bound: 133; and nothing will be */
static void test_de_registration_ends_the_wait(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = first_update(&scene, 1);
	update_send(&update);
	take_detection_begin(&scene);
	struct update gone = update_of(&scene, 2);
	update_lifetime(&gone, 0);
	update_send(&gone);
	take_intercept(&scene, false);
	take_note(&scene.home_agent, EVENT_UPDATE_REFUSED, 0);
	expect_ack(&scene, 133, &ack);
	/* RFC 6275 10.3.2: the delayed one does not bring it back */
	update_send(&update);
	take_note(&scene.home_agent, EVENT_UPDATE_REFUSED, 0);
	expect_ack(&scene, 135, &ack);
	scene_advance(&scene, 5 * SECOND);
	take_nothing(&scene.home_agent);
	assert_int_equal(bindings_of(&scene).count, 0);
	scene_end(&scene);
}

/* RFC 4285 6: the timestamp was checked when the update came */
static void test_timestamp_is_checked_once(void **state)
{
	(void)state;
	struct scene scene;
	struct home_agent_config config = home_link_defaults();
	config.dad_ms = 20000;
	home_link_begin(&scene, &config);
	struct auth auth = update_auth;
	auth.replay = true;
	struct host_event event = node_set(HOME, &auth, BINDINGS_MAX);
	scene_tell(&scene, &scene.home_agent, &event);
	struct update update = first_update(&scene, 1);
	update_timestamp(&update, scene.now.ntp);
	update_send(&update);
	take_detection_begin(&scene);
	scene_advance(&scene, 20 * SECOND);
	expect_added(&scene, 1, CARE_OF_1);
	take_intercept(&scene, true);
	expect_node_set(&scene, 1);
	expect_ack(&scene, 0, &ack);
	scene_end(&scene);
}

static void test_node_is_removed_while_it_waits(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = first_update(&scene, 1);
	update_send(&update);
	take_detection_begin(&scene);
	struct host_event event = node_set(HOME, &update_auth, BINDINGS_MAX);
	event.type = HOST_NODE_REMOVE;
	scene_tell(&scene, &scene.home_agent, &event);
	take_intercept(&scene, false);
	neighbour_advertises(&scene, HOME, neighbour_mac);
	scene_advance(&scene, 5 * SECOND);
	take_nothing(&scene.home_agent);
	assert_true(core_next_deadline(scene.home_agent.core) == NANOS_NEVER);
	scene_end(&scene);
}

/* Nobody can be asked: what waits is accepted, and defended when the link comes up. */
static void test_link_goes_down_while_it_waits(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = first_update(&scene, 1);
	update_send(&update);
	take_detection_begin(&scene);
	home_link_tell(&scene, false);
	scene_advance(&scene, 0);
	expect_accepted(&scene, 1);
	scene_advance(&scene, 5 * SECOND);
	take_nothing(&scene.home_agent);
	home_link_tell(&scene, true);
	scene_advance(&scene, 0);
	take_intercept(&scene, true);
	take_advertisement(&scene, HOME);
	scene_end(&scene);
}

/* What comes after that is registered at once, and what waited is not registered over it. */
static void test_update_overtakes_when_link_is_down(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = first_update(&scene, 1);
	update_send(&update);
	take_detection_begin(&scene);
	home_link_tell(&scene, false);
	update = first_update(&scene, 2);
	update_send(&update);
	expect_accepted(&scene, 2);
	scene_advance(&scene, 5 * SECOND);
	take_nothing(&scene.home_agent);
	assert_int_equal(bindings_of(&scene).at[0].sequence, 2);
	scene_end(&scene);
}

static void test_no_detection_while_link_is_down(void **state)
{
	(void)state;
	struct scene scene;
	const struct home_agent_config config = home_link_defaults();
	scene_with_home_agent(&scene, &config);
	struct update update = first_update(&scene, 1);
	update_send(&update);
	expect_added(&scene, 1, CARE_OF_1);
	/* There is no interface yet. */
	assert_int_equal(take(&scene.home_agent, EFFECT_INTERCEPT)->intercept.ifindex, 0);
	expect_node_set(&scene, 1);
	expect_ack(&scene, 0, &ack);
	home_link_tell(&scene, true);
	scene_advance(&scene, 0);
	take_intercept(&scene, true);
	take_advertisement(&scene, HOME);
	scene_end(&scene);
}

/* RFC 6275 10.3.1: only without a binding */
static void test_further_bindings_do_not_wait(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_first(&scene);
	struct update update = update_of(&scene, 2);
	update_bid(&update, 2, CARE_OF_2);
	update_send(&update);
	expect_added(&scene, 2, CARE_OF_2);
	expect_node_set(&scene, 2);
	expect_ack(&scene, 0, &ack);
	scene_advance(&scene, 5 * SECOND);
	take_nothing(&scene.home_agent);
	/* O replaces all bindings, but there is no time without one. */
	update = first_update(&scene, 3);
	update_send(&update);
	assert_int_equal(count_ahead(&scene.home_agent, EFFECT_INTERCEPT), 0);
	take_past(&scene.home_agent, EFFECT_RECORD);
	expect_ack(&scene, 0, &ack);
	scene_end(&scene);
}

/* ---- defending ---- */

/* RFC 6275 10.4.1, RFC 4861 7.2.4: R and, of a proxy, O clear; S set; to who asks */
/* Shows RFC 6275 10.4.1-14, 10.4.1-15, 10.4.1-16, 10.4.1-17. */
static void test_solicitation_is_answered(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_first(&scene);
	neighbour_solicits(&scene, NEIGHBOUR, HOME, neighbour_mac);
	expect_octets(&scene, octets_of_answer, sizeof(octets_of_answer));
	struct sent_nd nd;
	take_nd(&scene, ICMPV6_NEIGHBOR_ADVERTISEMENT, &nd);
	assert_true(nd.send->framed);
	assert_memory_equal(nd.send->link_layer, neighbour_mac, LINK_LAYER_OCTETS);

	/* RFC 4861 4.3: a probe for reachability may come without the option: the kernel asks */
	neighbour_solicits(&scene, NEIGHBOUR, HOME, NULL);
	expect_octets(&scene, octets_of_answer, sizeof(octets_of_answer));
	take_nd(&scene, ICMPV6_NEIGHBOR_ADVERTISEMENT, &nd);
	assert_false(nd.send->framed);

	neighbour_solicits(&scene, NEIGHBOUR, "2001:db8:1::101", neighbour_mac);
	take_nothing(&scene.home_agent);
	scene_end(&scene);
}

/* RFC 6275 10.4.1, 11.5.5: a detection meets the defence, which all hear. RFC 4861 7.2.8: a proxy
 * does not set O. */
static void test_address_is_defended(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_first(&scene);
	neighbour_solicits(&scene, "::", HOME, NULL);
	take_defence(&scene, HOME);
	take_nothing(&scene.home_agent);
	scene_end(&scene);
}

/* Shows RFC 6275 10.4.1-15. */
static void test_nothing_is_answered_for_who_is_not_bound(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	neighbour_solicits(&scene, NEIGHBOUR, HOME, neighbour_mac);
	neighbour_solicits(&scene, "::", HOME, NULL);
	take_nothing(&scene.home_agent);
	scene_end(&scene);
}

/* Neighbours may ask at any rate; they are not answered at any rate. */
static void test_answers_are_rate_limited(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_first(&scene);
	for (unsigned i = 0; i < 1000; i++)
		neighbour_solicits(&scene, NEIGHBOUR, HOME, neighbour_mac);
	size_t answers = count_ahead(&scene.home_agent, EFFECT_SEND);
	assert_in_range(answers, 3, 20);
	assert_int_equal(drops_of(&scene, DROP_RATE_LIMITED), 1000 - answers);
	take_all(&scene.home_agent);
	scene_advance(&scene, SECOND);
	neighbour_solicits(&scene, NEIGHBOUR, HOME, neighbour_mac);
	assert_int_equal(count_ahead(&scene.home_agent, EFFECT_SEND), 1);
	scene_end(&scene);
}

/* ---- the link-local address ---- */

#define LINK_LOCAL "fe80::100"

static struct update update_with_l(struct scene *scene, uint16_t sequence)
{
	struct update update = first_update(scene, sequence);
	update.message.binding_update.flags |= BU_LINK_LOCAL;
	return update;
}

/* RFC 6275 10.4.1-4, 10.3.1, L: asked for, advertised and defended like the home address */
static void test_link_local_address(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = update_with_l(&scene, 1);
	update_send(&update);
	take_detection_begin(&scene);
	take_detection(&scene, LINK_LOCAL);
	take_nothing(&scene.home_agent);
	scene_advance(&scene, SECOND);
	expect_accepted(&scene, 1);
	for (unsigned i = 0; i < 3; i++) {
		take_advertisement(&scene, HOME);
		take_advertisement(&scene, LINK_LOCAL);
		take_nothing(&scene.home_agent);
		scene_advance(&scene, SECOND);
	}
	neighbour_solicits(&scene, "::", LINK_LOCAL, NULL);
	take_defence(&scene, LINK_LOCAL);
	neighbour_solicits(&scene, NEIGHBOUR, LINK_LOCAL, neighbour_mac);
	struct sent_nd nd;
	take_nd(&scene, ICMPV6_NEIGHBOR_ADVERTISEMENT, &nd);
	assert_true(nd.message.solicited);
	assert_false(nd.message.override || nd.message.router);
	struct in6_addr link_local = address_of(LINK_LOCAL);
	assert_memory_equal(&nd.message.target, &link_local, sizeof(link_local));
	neighbour_solicits(&scene, NEIGHBOUR, "fe80::101", neighbour_mac);
	neighbour_solicits(&scene, NEIGHBOUR, "fe80:0:0:1::100", neighbour_mac);
	take_nothing(&scene.home_agent);

	/* An update without L lets it go, and the home address alone stays. */
	update = first_update(&scene, 2);
	update_send(&update);
	take_all(&scene.home_agent);
	neighbour_solicits(&scene, NEIGHBOUR, LINK_LOCAL, neighbour_mac);
	take_nothing(&scene.home_agent);
	neighbour_solicits(&scene, NEIGHBOUR, HOME, neighbour_mac);
	take_nd(&scene, ICMPV6_NEIGHBOR_ADVERTISEMENT, &nd);
	scene_end(&scene);
}

/* L comes later: advertised from then on; a de-registration of one binding leaves it. */
static void test_link_local_address_later(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_first(&scene);
	struct update update = update_of(&scene, 2);
	update_bid(&update, 2, CARE_OF_2);
	update.message.binding_update.flags |= BU_LINK_LOCAL;
	update_send(&update);
	scene_advance(&scene, 0);
	take_past(&scene.home_agent, EFFECT_RECORD);
	expect_ack(&scene, 0, &ack);
	take_advertisement(&scene, HOME);
	take_advertisement(&scene, LINK_LOCAL);
	update = update_of(&scene, 3);
	update_lifetime(&update, 0);
	update_bid_known(&update, 2);
	update_send(&update);
	scene_advance(&scene, 5 * SECOND);
	take_all(&scene.home_agent);
	neighbour_solicits(&scene, NEIGHBOUR, LINK_LOCAL, neighbour_mac);
	struct sent_nd nd;
	take_nd(&scene, ICMPV6_NEIGHBOR_ADVERTISEMENT, &nd);
	update.message.binding_update.sequence = 4;
	update.message.bid_count = 0;
	update_send(&update);
	take_all(&scene.home_agent);
	neighbour_solicits(&scene, NEIGHBOUR, LINK_LOCAL, neighbour_mac);
	take_nothing(&scene.home_agent);
	scene_end(&scene);
}

/* RFC 6275 10.3.1-17: a conflict of the link-local address refuses as well */
static void test_link_local_address_conflict(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = first_update(&scene, 1);
	update_send(&update);
	take_detection_begin(&scene);
	neighbour_advertises(&scene, LINK_LOCAL, neighbour_mac);
	take_nothing(&scene.home_agent);
	/* The update that takes its place has L. */
	update = update_with_l(&scene, 2);
	update_send(&update);
	take_detection(&scene, LINK_LOCAL);
	neighbour_advertises(&scene, LINK_LOCAL, neighbour_mac);
	expect_duplicate(&scene, 2, NEIGHBOUR);
	scene_end(&scene);
}

/* The next interception that is not tentative says whether what is for the link-local address is
 * the core's. */
static void take_link_local(struct scene *scene, bool link_local)
{
	const struct effect_intercept *intercept;
	do
		intercept = &take_past(&scene->home_agent, EFFECT_INTERCEPT)->intercept;
	while (!intercept->on);
	assert_int_equal(intercept->link_local, link_local);
}

static const uint8_t udp[12] = {0, 1, 0, 2, 0, 12, 0x12, 0x34, 'd', 'a', 't', 'a'};
static const struct octets data = {udp, sizeof(udp)};

/* RFC 4443 3.1, octet by octet: type 1, code 3, and what it is about. */
static void take_unreachable(struct scene *scene, const char *destination, size_t quoted)
{
	const struct effect_send *send = &take(&scene->home_agent, EFFECT_SEND)->send;
	static const uint8_t begin[8] = {1, 3};
	const struct in6_addr from = address_of(HOME_AGENT_LINK_LOCAL);
	const struct in6_addr to = address_of(destination);
	assert_int_equal(send->ifindex, HOME_LINK);
	assert_false(send->framed);
	assert_int_equal(send->length, 40 + 8 + quoted);
	assert_int_equal(send->octets[6], 58);
	assert_memory_equal(send->octets + 8, &from, sizeof(from));
	assert_memory_equal(send->octets + 24, &to, sizeof(to));
	assert_memory_equal(send->octets + 40, begin, 2);
	assert_memory_equal(send->octets + 44, begin + 4, 4);
	/* IPv6 header of the quoted packet: for the link-local address */
	const struct in6_addr quoted_to = address_of(LINK_LOCAL);
	assert_memory_equal(send->octets + 48 + 24, &quoted_to, sizeof(quoted_to));
}

/* Shows RFC 6275 10.4.2-2, 10.4.2-3, 10.4.2-4. */
static void test_data_to_link_local_address(void **state)
{
	(void)state;
	static const uint8_t error[48] = {3}, large[1400];
	struct scene scene;
	begin(&scene);
	struct update update = update_with_l(&scene, 1);
	update_send(&update);
	scene_advance(&scene, 5 * SECOND);
	take_link_local(&scene, true);
	take_all(&scene.home_agent);
	size_t length = neighbour_sends_data(&scene, HOME_LINK, NEIGHBOUR, LINK_LOCAL, 17, data);
	take_unreachable(&scene, NEIGHBOUR, length);
	length = neighbour_sends_data(&scene, HOME_LINK, "2001:db8:1::77", LINK_LOCAL, 17, data);
	take_unreachable(&scene, "2001:db8:1::77", length);
	/* RFC 4443 3.1: as much as fits 1280 octets */
	neighbour_sends_data(&scene, HOME_LINK, NEIGHBOUR, LINK_LOCAL, 17,
		(struct octets){large, sizeof(large)});
	take_unreachable(&scene, NEIGHBOUR, 1280 - 48);
	/* RFC 4443 2.4 (e): no answer to an error, to a multicast or the unspecified source */
	neighbour_sends_data(&scene, HOME_LINK, NEIGHBOUR, LINK_LOCAL, 58,
		(struct octets){error, sizeof(error)});
	neighbour_sends_data(&scene, HOME_LINK, "ff02::1", LINK_LOCAL, 17, data);
	neighbour_sends_data(&scene, HOME_LINK, "::", LINK_LOCAL, 17, data);
	/* nor by another link, nor about another's address */
	neighbour_sends_data(&scene, CORE_LINK, NEIGHBOUR, LINK_LOCAL, 17, data);
	neighbour_sends_data(&scene, HOME_LINK, NEIGHBOUR, "fe80::101", 17, data);
	take_nothing(&scene.home_agent);
	/* nor at any rate */
	for (unsigned i = 0; i < 1000; i++)
		neighbour_sends_data(&scene, HOME_LINK, NEIGHBOUR, LINK_LOCAL, 17, data);
	assert_in_range(count_ahead(&scene.home_agent, EFFECT_SEND), 1, 10);
	take_all(&scene.home_agent);
	/* an update without L gives the address back */
	update = first_update(&scene, 2);
	update_send(&update);
	take_link_local(&scene, false);
	take_all(&scene.home_agent);
	scene_advance(&scene, 5 * SECOND);
	take_all(&scene.home_agent);
	neighbour_sends_data(&scene, HOME_LINK, NEIGHBOUR, LINK_LOCAL, 17, data);
	take_nothing(&scene.home_agent);
	scene_end(&scene);
}

/* ---- giving up ---- */

/* It is no longer advertised, nor answered for. */
static void expect_given_up(struct scene *scene)
{
	neighbour_solicits(scene, NEIGHBOUR, HOME, neighbour_mac);
	neighbour_solicits(scene, "::", HOME, NULL);
	scene_advance(scene, 5 * SECOND);
	take_nothing(&scene->home_agent);
	assert_true(core_next_deadline(scene->home_agent.core) == NANOS_NEVER);
}

/* RFC 6275 10.3.2: interception ends at once, before the acknowledgement; advertising too */
/* Shows RFC 6275 10.3.2-13. */
static void test_return_home_gives_up(void **state)
{
	(void)state;
	for (unsigned way = 0; way < 2; way++) {
		struct scene scene;
		begin(&scene);
		struct update update = first_update(&scene, 1);
		update_send(&update);
		scene_advance(&scene, SECOND);
		take_all(&scene.home_agent);
		/* RFC 6275 9.5.1: lifetime zero, or the home address as care-of address */
		update = update_of(&scene, 2);
		update_at_home(&update);
		if (way == 0)
			update_lifetime(&update, 0);
		update_send_home(&update);
		take_tunnel_remove(&scene.home_agent, 1);
		take_note(&scene.home_agent, EVENT_BINDING_REMOVED, 1);
		take_intercept(&scene, false);
		then(&scene.home_agent);
		expect_node_set(&scene, 2);
		expect_ack(&scene, 0, &ack);
		/* By the home link, where the kernel finds it; no routing header. */
		assert_int_equal(ack.ifindex, HOME_LINK);
		assert_false(ack.packet.has_routing);
		assert_memory_equal(&ack.packet.destination, &update.source, 16);
		assert_int_equal(ack.message.binding_ack.lifetime, 0);
		expect_given_up(&scene);
		scene_end(&scene);
	}
}

/* RFC 5648 5.6.3: to the link-layer address of the option; refusals as well (RFC 6275 10.3.2) */
/* Shows RFC 5648 6.3-4; RFC 6275 10.3.2-10. */
static void test_answer_at_home_is_framed(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_first(&scene);
	struct update update = update_of(&scene, 2);
	update_at_home(&update);
	update_lifetime(&update, 0);
	update_link_layer(&update, mobile_node_mac);
	update_send_home(&update);
	take_past(&scene.home_agent, EFFECT_RECORD);
	expect_framed_ack(&scene, 0, mobile_node_mac, &ack);
	update.message.binding_update.sequence = 3;
	update_send_home(&update);
	take_note(&scene.home_agent, EVENT_UPDATE_REFUSED, 0);
	expect_framed_ack(&scene, 133, mobile_node_mac, &ack);
	/* By another link it is not at home: somebody has relayed it. */
	update.message.binding_update.sequence = 4;
	update_send(&update);
	take_nothing(&scene.home_agent);
	assert_int_equal(drops_of(&scene, DROP_NOT_ON_HOME_LINK), 1);
	scene_end(&scene);
}

/* RFC 6275 9.5.4: a home agent may have one interface only; who is away is answered as routed */
/* Shows RFC 6275 6.1-3. */
static void test_answer_to_visited_link_by_home_link(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_first(&scene);
	struct update update = update_of(&scene, 2);
	update_bid_known(&update, 1);
	update_link_layer(&update, mobile_node_mac);
	update_send_home(&update);
	take_past(&scene.home_agent, EFFECT_RECORD);
	const struct effect_send *send = &take(&scene.home_agent, EFFECT_SEND)->send;
	assert_false(send->framed);
	assert_int_equal(send->ifindex, 0);
	scene_end(&scene);
}

/* RFC 5568 6.4.4: none of these is the mobile node's own address */
static void test_unusable_link_layer_addresses(void **state)
{
	(void)state;
	static const uint8_t group[] = {0x33, 0x33, 0, 0, 0, 1};
	static const uint8_t zero[LINK_LAYER_OCTETS];
	const struct opt_link_layer_address options[] = {
		{1, {mobile_node_mac, 6}},
		{2, {mobile_node_mac, 5}},
		{2, {mobile_node_mac, 0}},
		{2, {group, 6}},
		{2, {zero, 6}},
	};
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		struct scene scene;
		begin(&scene);
		bind_first(&scene);
		struct update update = update_of(&scene, 2);
		update_at_home(&update);
		update_lifetime(&update, 0);
		update.message.has_link_layer_address = true;
		update.message.link_layer_address = options[i];
		update_send_home(&update);
		take_past(&scene.home_agent, EFFECT_RECORD);
		const struct effect_send *send = &take(&scene.home_agent, EFFECT_SEND)->send;
		assert_false(send->framed);
		scene_end(&scene);
	}
}

static void test_expiry_gives_up(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_first(&scene);
	scene_advance(&scene, 600 * SECOND);
	take_tunnel_remove(&scene.home_agent, 1);
	take_note(&scene.home_agent, EVENT_BINDING_EXPIRED, 1);
	take_intercept(&scene, false);
	expect_given_up(&scene);
	/* RFC 6275 10.3.1: the next is a first one again */
	struct update update = first_update(&scene, 2);
	update_send(&update);
	take_detection_begin(&scene);
	take_nothing(&scene.home_agent);
	scene_end(&scene);
}

static void test_removal_of_the_node_gives_up(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_first(&scene);
	struct host_event event = node_set(HOME, &update_auth, BINDINGS_MAX);
	event.type = HOST_NODE_REMOVE;
	scene_tell(&scene, &scene.home_agent, &event);
	take_tunnel_remove(&scene.home_agent, 1);
	take_note(&scene.home_agent, EVENT_BINDING_REMOVED, 1);
	take_intercept(&scene, false);
	expect_given_up(&scene);
	scene_end(&scene);
}

/* ---- restart, and the link ---- */

static void test_restored_binding_is_defended(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = first_update(&scene, 1);
	update_send(&update);
	scene_advance(&scene, SECOND);
	take_detection_begin(&scene);
	struct host_event binding = restore_event(&scene.home_agent);
	scene_restart(&scene, &scene.home_agent);
	take_all(&scene.home_agent);
	struct host_event event = node_set(HOME, &update_auth, BINDINGS_MAX);
	scene_tell(&scene, &scene.home_agent, &event);
	scene_tell(&scene, &scene.home_agent, &binding);
	take(&scene.home_agent, EFFECT_TUNNEL_SET);
	take_note(&scene.home_agent, EVENT_BINDING_RESTORED, 1);
	assert_int_equal(take(&scene.home_agent, EFFECT_INTERCEPT)->intercept.ifindex, 0);
	home_link_tell(&scene, true);
	scene_advance(&scene, 0);
	take_intercept(&scene, true);
	take_advertisement(&scene, HOME);
	neighbour_solicits(&scene, NEIGHBOUR, HOME, neighbour_mac);
	struct sent_nd nd;
	take_nd(&scene, ICMPV6_NEIGHBOR_ADVERTISEMENT, &nd);
	scene_end(&scene);
}

static void test_link_comes_up_again(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	bind_first(&scene);
	home_link_tell(&scene, false);
	neighbour_solicits(&scene, NEIGHBOUR, HOME, neighbour_mac);
	scene_advance(&scene, 5 * SECOND);
	take_intercept(&scene, true);
	take_nothing(&scene.home_agent);
	home_link_tell(&scene, true);
	scene_advance(&scene, 5 * SECOND);
	take_intercept(&scene, true);
	for (unsigned i = 0; i < 3; i++)
		take_advertisement(&scene, HOME);
	/* The same again is no news. */
	home_link_tell(&scene, true);
	scene_advance(&scene, 5 * SECOND);
	take_nothing(&scene.home_agent);
	scene_end(&scene);
}

/* ---- many ---- */

#define MANY 1000

static struct in6_addr home_of(unsigned i)
{
	struct in6_addr address = address_of(HOME);
	address.s6_addr[13] = 1;
	address.s6_addr[14] = (uint8_t)(i >> 8);
	address.s6_addr[15] = (uint8_t)i;
	return address;
}

static size_t acks_among(const struct actor *agent)
{
	size_t count = 0;
	for (size_t i = agent->taken; i < agent->done_count; i++) {
		const struct effect *effect = &agent->done[i];
		count += effect->type == EFFECT_SEND && effect->send.octets[6] == 43;
	}
	return count;
}

static void count_binding(void *ctx, const struct binding_view *view)
{
	(void)view;
	++*(size_t *)ctx;
}

/* Detections run at once: a thousand take no longer than one. */
static void test_thousand_detections_at_once(void **state)
{
	(void)state;
	static struct scene scene;
	begin(&scene);
	for (unsigned i = 0; i < MANY; i++) {
		struct host_event event = node_set(HOME, &update_auth, BINDINGS_MAX);
		event.node.home_address = home_of(i);
		scene_tell(&scene, &scene.home_agent, &event);
		struct update update = first_update(&scene, 1);
		update.home_address = home_of(i);
		update_send(&update);
	}
	assert_int_equal(count_ahead(&scene.home_agent, EFFECT_SEND), MANY);
	take_all(&scene.home_agent);
	scene_advance(&scene, SECOND - 1);
	take_nothing(&scene.home_agent);
	scene_advance(&scene, 1);
	size_t bound = 0;
	core_each_binding(scene.home_agent.core, count_binding, &bound);
	assert_int_equal(bound, MANY);
	assert_int_equal(acks_among(&scene.home_agent), MANY);
	assert_int_equal(count_ahead(&scene.home_agent, EFFECT_INTERCEPT), MANY);
	assert_int_equal(count_ahead(&scene.home_agent, EFFECT_SEND), 2 * MANY);
	scene_end(&scene);
}

static struct host_event node_number(unsigned i)
{
	struct host_event event = node_set(HOME, &update_auth, BINDINGS_MAX);
	event.node.home_address = home_of(i);
	return event;
}

static size_t answers_for(struct scene *scene, struct in6_addr home, unsigned times)
{
	char text[INET6_ADDRSTRLEN];
	inet_ntop(AF_INET6, &home, text, sizeof(text));
	take_all(&scene->home_agent);
	for (unsigned i = 0; i < times; i++)
		neighbour_solicits(scene, NEIGHBOUR, text, neighbour_mac);
	return count_ahead(&scene->home_agent, EFFECT_SEND);
}

/* RFC 6275 10.4.1: a router may look for all of them at once, whatever somebody does to one. */
static void test_no_home_address_silences_another(void **state)
{
	(void)state;
	static struct scene scene;
	begin(&scene);
	for (unsigned i = 0; i < MANY; i++) {
		const struct host_event event = node_number(i);
		scene_tell(&scene, &scene.home_agent, &event);
		struct update update = first_update(&scene, 1);
		update.home_address = home_of(i);
		update_send(&update);
	}
	scene_advance(&scene, 10 * SECOND);
	assert_int_equal(answers_for(&scene, home_of(0), 1000), 10);
	for (unsigned i = 1; i < MANY; i++)
		assert_int_equal(answers_for(&scene, home_of(i), 1), 1);
	scene_end(&scene);
}

/* ---- the most that one deadline leads to ---- */

static void verify(struct scene *scene, unsigned i)
{
	struct host_event event = node_number(i);
	event.node.verify = VERIFY_PROBE;
	scene_tell(scene, &scene->home_agent, &event);
}

static struct in6_addr care_of_number(unsigned i)
{
	struct in6_addr address = address_of(CARE_OF_1);
	address.s6_addr[15] = (uint8_t)i;
	return address;
}

static void wait_with(struct scene *scene, unsigned i, uint16_t first_bid, unsigned count)
{
	struct update update = update_of(scene, 1);
	update.home_address = home_of(i);
	update_overwrite(&update);
	for (unsigned n = 0; n < count; n++)
		update_bid_address(&update, (uint16_t)(first_bid + n), care_of_number(n));
	update_send(&update);
}

/* What a store has kept: as many bindings as there can be. */
static void give_back(struct scene *scene, unsigned i)
{
	struct host_event event = {.type = HOST_ROLLBACK};
	event.record.home_address = home_of(i);
	event.record.count = BINDINGS_MAX;
	for (uint8_t n = 0; n < BINDINGS_MAX; n++)
		event.record.bindings[n] = (struct record_binding){
			.care_of = care_of_number(100U + n),
			.expires = scene->now.mono + 500 * SECOND,
			.bid = (uint16_t)(100 + n),
			.priority = 1,
			.verified = true,
		};
	scene_tell(scene, &scene->home_agent, &event);
}

/*
 * Two detections end in one call. What the first leads to leaves little room for the second, which
 * replaces all bindings that a rollback has given back meanwhile by others, all to be probed.
 */
static void test_detections_that_replace_all(void **state)
{
	(void)state;
	for (unsigned first = 1; first <= BINDINGS_MAX; first++) {
		static struct scene scene;
		begin(&scene);
		verify(&scene, 0);
		verify(&scene, 1);
		wait_with(&scene, 0, 1, first);
		scene.now.mono++;
		wait_with(&scene, 1, 1, BINDINGS_MAX);
		give_back(&scene, 1);
		/* nobody has looked at the clock until both are over */
		scene.now.mono += 2 * SECOND;
		scene_advance(&scene, 0);
		size_t bound = 0;
		core_each_binding(scene.home_agent.core, count_binding, &bound);
		assert_int_equal(bound, first + BINDINGS_MAX);
		scene_end(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_binding_waits_for_detection),
		cmocka_unit_test(test_advertised_three_times),
		cmocka_unit_test(test_detection_can_be_configured_away),
		cmocka_unit_test(test_nothing_without_home_link),
		cmocka_unit_test(test_advertisement_refuses),
		cmocka_unit_test(test_others_detection_refuses),
		cmocka_unit_test(test_what_is_no_conflict),
		cmocka_unit_test(test_own_answer_is_no_conflict),
		cmocka_unit_test(test_last_update_counts),
		cmocka_unit_test(test_refused_update_leaves_the_one_that_waits),
		cmocka_unit_test(test_de_registration_ends_the_wait),
		cmocka_unit_test(test_timestamp_is_checked_once),
		cmocka_unit_test(test_node_is_removed_while_it_waits),
		cmocka_unit_test(test_link_goes_down_while_it_waits),
		cmocka_unit_test(test_update_overtakes_when_link_is_down),
		cmocka_unit_test(test_no_detection_while_link_is_down),
		cmocka_unit_test(test_further_bindings_do_not_wait),
		cmocka_unit_test(test_solicitation_is_answered),
		cmocka_unit_test(test_address_is_defended),
		cmocka_unit_test(test_nothing_is_answered_for_who_is_not_bound),
		cmocka_unit_test(test_answers_are_rate_limited),
		cmocka_unit_test(test_link_local_address),
		cmocka_unit_test(test_link_local_address_later),
		cmocka_unit_test(test_link_local_address_conflict),
		cmocka_unit_test(test_data_to_link_local_address),
		cmocka_unit_test(test_return_home_gives_up),
		cmocka_unit_test(test_answer_at_home_is_framed),
		cmocka_unit_test(test_answer_to_visited_link_by_home_link),
		cmocka_unit_test(test_unusable_link_layer_addresses),
		cmocka_unit_test(test_expiry_gives_up),
		cmocka_unit_test(test_removal_of_the_node_gives_up),
		cmocka_unit_test(test_restored_binding_is_defended),
		cmocka_unit_test(test_link_comes_up_again),
		cmocka_unit_test(test_thousand_detections_at_once),
		cmocka_unit_test(test_no_home_address_silences_another),
		cmocka_unit_test(test_detections_that_replace_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
