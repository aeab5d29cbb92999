/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: how a mobile node registers, refreshes, repeats itself and takes its leave.
 */
#include "support/cmocka_scene.h"
#include "support/node.h"

#include <errno.h>

#define MS NANOS_PER_MS
#define SECOND NANOS_PER_SECOND

static struct sent sent;

/* A node with one link, and a home agent by hand: it answers probes, and what the script sends. */
static void begin_by_hand(struct scene *scene, const struct mobile_node_config *config)
{
	node_begin_with(scene, 10 * MS, config, false);
	/* a core that knows nobody answers echo requests only */
	const struct home_agent_config its = home_agent_defaults();
	scene_add_home_agent(scene, &its);
	node_attach(scene, 1);
	expect_update(scene, &sent);
}

static void begin_defaults(struct scene *scene)
{
	const struct mobile_node_config config = node_defaults();
	begin_by_hand(scene, &config);
}

static uint16_t sequence_of(const struct sent *of)
{
	return of->message.binding_update.sequence;
}

/* RFC 6275 11.7.1, RFC 5648 5.2, 5.9 */
/*
 * Shows RFC 5648 4.3-2, 5.1-4, 5.2-3, 5.2-4, 5.9-1; RFC 6275 11.7.1-2, 11.7.1-3, 11.7.1-4,
 * 11.7.1-8, 11.7.1-10, 11.7.1-18, 11.5.4-4, 6.1.7-1, 6.1.7-2.
 */
/* Shows RFC 6275 11.7.2-8. */
static void test_first_update(void **state)
{
	(void)state;
	struct scene scene;
	begin_defaults(&scene);
	const struct msg_binding_update *update = &sent.message.binding_update;
	struct in6_addr home = address_of(HOME), care_of = address_of(CARE_OF_1);
	assert_int_equal(update->flags, BU_ACKNOWLEDGE | BU_HOME | BU_OVERWRITE);
	assert_int_equal(update->lifetime, 150);
	assert_int_equal(sent.ifindex, 1);
	assert_true(sent.packet.has_home_address);
	assert_memory_equal(&sent.packet.home_address, &home, sizeof(home));
	assert_memory_equal(&sent.packet.source, &care_of, sizeof(care_of));
	assert_int_equal(sent.message.bid_count, 1);
	assert_true(lists(&sent, 1, CARE_OF_1));
	assert_int_equal(sent.message.bid[0].flags, 10); /* RFC 6089 4.1 */
	assert_false(sent.message.has_alternate_care_of);
	assert_int_equal(sent.message.authentication_count, 1);
	scene_end(&scene);
}

/*
 * The home agent discards what comes from a care-of address before it has taken the update, so what
 * is sent while the first registration is in flight is not sent by that tunnel: the owner keeps it.
 */
/* Shows RFC 6275 11.1-1, 11.7.1-19. */
static void test_tunnel_accepts_first_and_sends_when_acknowledged(void **state)
{
	(void)state;
	struct scene scene;
	const struct mobile_node_config config = node_defaults();
	node_begin_with(&scene, 10 * MS, &config, true);
	node_attach(&scene, 1);
	take_note(&scene.mobile_node, EVENT_LINK_UP, 1);
	assert_false(take_tunnel_set(&scene.mobile_node, 1, HOME_AGENT)->usable);
	take(&scene.mobile_node, EFFECT_RECORD);
	take_message(&scene.mobile_node, MH_binding_update, &sent);
	assert_int_equal(node_selected(&scene), 0);
	scene_advance(&scene, 20 * MS);
	assert_int_equal(node_selected(&scene), 1);
	take(&scene.mobile_node, EFFECT_SEND); /* the first probe */
	take_note(&scene.mobile_node, EVENT_REGISTERED, 1);
	take_note(&scene.mobile_node, EVENT_PATH_ALIVE, 1);
	const struct effect_tunnel *tunnel = take_tunnel_set(&scene.mobile_node, 1, HOME_AGENT);
	assert_true(tunnel->usable);
	assert_int_equal(tunnel->local.ifindex, 1);
	take_note(&scene.mobile_node, EVENT_PATH_SELECTED, 1);
	scene_end(&scene);
}

static void test_no_priority_unless_configured(void **state)
{
	(void)state;
	struct scene scene;
	struct mobile_node_config config = node_defaults();
	config.bid_priority = false;
	begin_by_hand(&scene, &config);
	assert_int_equal(sent.message.bid[0].flags, 0);
	scene_end(&scene);
}

/* RFC 6275 11.8, 13: 1.5 s, then doubled up to 32 s; each with a number of its own */
/* Shows RFC 6275 11.8-2, 11.8-4, 11.8-5, 11.8-8, 11.7.1-16, 11.8-7. */
/* Shows RFC 6275 11.1-2. */
static void test_first_registration_is_repeated_after_a_second_and_a_half(void **state)
{
	(void)state;
	struct scene scene;
	begin_defaults(&scene);
	uint16_t sequence = sequence_of(&sent);
	nanos timeout = 1500 * MS;
	for (unsigned i = 0; i < 8; i++) {
		scene_advance(&scene, timeout - 1);
		expect_no_update(&scene);
		scene_advance(&scene, 1);
		expect_update(&scene, &sent);
		assert_int_equal(sequence_of(&sent), ++sequence);
		assert_true(sent.message.binding_update.flags & BU_OVERWRITE);
		timeout = 2 * timeout < 32 * SECOND ? 2 * timeout : 32 * SECOND;
	}
	take_all(&scene.mobile_node);
	scene_end(&scene);
}

/* Shows RFC 6275 13-2: InitialBindackTimeoutFirstReg as configured. */
static void test_first_timeout_is_configured(void **state)
{
	(void)state;
	struct scene scene;
	struct mobile_node_config config = node_defaults();
	config.first_timeout_ms = 700;
	begin_by_hand(&scene, &config);
	scene_advance(&scene, 700 * MS - 1);
	expect_no_update(&scene);
	scene_advance(&scene, 1);
	expect_update(&scene, &sent);
	scene_advance(&scene, 1400 * MS - 1);
	expect_no_update(&scene);
	scene_advance(&scene, 1);
	expect_update(&scene, &sent);
	scene_end(&scene);
}

/* RFC 6275 11.8, 12: with a binding, 1 s */
static void test_later_update_is_repeated_after_a_second(void **state)
{
	(void)state;
	struct scene scene;
	node_begin(&scene, 10 * MS);
	node_register(&scene, 2);
	scene.lose = 1;
	node_link(&scene, 2, false);
	expect_update(&scene, &sent);
	scene_advance(&scene, SECOND - 1);
	expect_no_update(&scene);
	scene_advance(&scene, 1);
	expect_update(&scene, &sent);
	assert_true(sent.message.binding_update.flags & BU_OVERWRITE);
	scene_advance(&scene, 30 * MS);
	assert_int_equal(bindings_of(&scene).count, 1);
	scene_end(&scene);
}

static void test_silence_is_told_once(void **state)
{
	(void)state;
	struct scene scene;
	begin_defaults(&scene);
	scene_advance(&scene, 100 * SECOND);
	assert_int_equal(notes_ahead(&scene, EVENT_UNREACHABLE), 1);
	scene_end(&scene);
}

/* A network that lets probes through and no Mobility Header: the other link is tried. */
static void test_repetitions_try_other_links(void **state)
{
	(void)state;
	struct scene scene;
	begin_defaults(&scene);
	node_attach(&scene, 2);
	unsigned by_2 = 0;
	scene_advance(&scene, 20 * SECOND);
	while (next_update(&scene, &sent))
		by_2 += sent.ifindex == 2;
	assert_true(by_2 > 0);
	scene_end(&scene);
}

/*
 * A home agent of RFC 6275 takes an authenticator over the source of the packet only: as long as
 * nobody has shown to know Binding Identifiers, the care-of address's own link is not given up.
 */
static void test_repetitions_come_back_to_the_own_link(void **state)
{
	(void)state;
	struct scene scene;
	struct mobile_node_config config = node_defaults();
	config.bulk = false;
	begin_by_hand(&scene, &config);
	node_attach(&scene, 2);
	node_attach(&scene, 3);
	scene_advance(&scene, 120 * SECOND);
	unsigned others = 0;
	uint32_t before = 1;
	while (next_update(&scene, &sent)) {
		others += sent.ifindex != 1;
		assert_true(before == 1 || sent.ifindex == 1);
		before = sent.ifindex;
	}
	assert_true(others >= 2);
	scene_end(&scene);
}

/* RFC 5648 5.3 */
/* Shows RFC 5648 3-1, 5.1-1, 5.1-3, 5.2-1; RFC 6275 11.5.3-5, 11.5.4-1, 11.7.3-6, 11.7.3-7. */
static void test_three_links_in_bulk(void **state)
{
	(void)state;
	struct scene scene;
	node_begin(&scene, 10 * MS);
	for (unsigned n = 1; n <= 3; n++)
		node_attach(&scene, n);
	scene_advance(&scene, 60 * MS);
	expect_update(&scene, &sent);
	expect_update(&scene, &sent);
	assert_false(sent.message.binding_update.flags & BU_OVERWRITE);
	assert_int_equal(sent.message.bid_count, 3);
	expect_no_update(&scene);
	struct binding_list list = bindings_of(&scene);
	assert_int_equal(list.count, 3);
	for (size_t i = 0; i < list.count; i++)
		assert_int_equal(list.at[i].priority, 10 * list.at[i].bid);
	scene_end(&scene);
}

/* RFC 5648 5.2, 5.4: bulk is not obligatory; each BID for itself, and taken away for itself */
/* Shows RFC 5648 4.1-1. */
static void test_three_links_one_by_one(void **state)
{
	(void)state;
	struct scene scene;
	struct mobile_node_config config = node_defaults();
	config.bulk = false;
	node_begin_with(&scene, 10 * MS, &config, true);
	for (unsigned n = 1; n <= 3; n++)
		node_attach(&scene, n);
	scene_advance(&scene, 2 * SECOND);
	assert_int_equal(bindings_of(&scene).count, 3);
	bool first = true;
	while (next_update(&scene, &sent)) {
		bool overwrite = sent.message.binding_update.flags & BU_OVERWRITE;
		assert_int_equal(sent.message.bid_count, 1);
		assert_int_equal(overwrite, first);
		first = false;
	}
	node_link(&scene, 1, false);
	expect_update(&scene, &sent);
	assert_int_equal(sent.ifindex, 2);
	assert_int_equal(sent.message.binding_update.lifetime, 0);
	assert_int_equal(sent.message.bid_count, 1);
	assert_int_equal(sent.message.bid[0].bid, 1);
	scene_advance(&scene, 30 * MS);
	assert_int_equal(bindings_of(&scene).count, 2);
	scene_end(&scene);
}

/* RFC 6275 11.7.1: one care-of address; its option, and no other */
/* Shows RFC 6275 11.7.1-5, 11.7.1-6. */
static void test_single_binding(void **state)
{
	(void)state;
	struct scene scene;
	struct mobile_node_config config = node_defaults();
	struct in6_addr care_of_2 = address_of(CARE_OF_2);
	config.mcoa = false;
	node_begin_with(&scene, 10 * MS, &config, true);
	node_attach(&scene, 1);
	expect_update(&scene, &sent);
	assert_int_equal(sent.message.bid_count, 0);
	assert_true(sent.message.has_alternate_care_of);
	node_attach(&scene, 2);
	scene_advance(&scene, SECOND);
	expect_no_update(&scene);
	node_link(&scene, 1, false);
	expect_update(&scene, &sent);
	assert_memory_equal(&sent.message.alternate_care_of.address, &care_of_2, sizeof(care_of_2));
	scene_advance(&scene, 30 * MS);
	struct binding_list list = bindings_of(&scene);
	assert_int_equal(list.count, 1);
	assert_memory_equal(&list.at[0].care_of, &care_of_2, sizeof(care_of_2));
	assert_int_equal(node_selected(&scene), 2);
	scene_end(&scene);
}

/* RFC 6275 11.7.1: well before expiry: at three quarters */
/* Shows RFC 6275 11.7.3-10. */
static void test_refresh(void **state)
{
	(void)state;
	struct scene scene;
	node_begin(&scene, 10 * MS);
	node_register(&scene, 3);
	nanos expires = node_view(&scene, 1).expires;
	scene_advance(&scene, 440 * SECOND);
	expect_no_update(&scene);
	scene_advance(&scene, 15 * SECOND);
	expect_update(&scene, &sent);
	assert_int_equal(sent.message.bid_count, 3);
	assert_false(sent.message.binding_update.flags & BU_OVERWRITE);
	expect_no_update(&scene);
	assert_int_equal(notes_ahead(&scene, EVENT_REGISTERED), 0);
	assert_true(node_view(&scene, 1).expires > expires + 440 * SECOND);
	scene_end(&scene);
}

/* RFC 6275 11.7.3: what was granted counts from when the update left */
/* Shows RFC 6275 11.7.3-9. */
/* Shows RFC 6275 11.1-3. */
static void test_shorter_lifetime_is_granted(void **state)
{
	(void)state;
	struct scene scene;
	begin_defaults(&scene);
	nanos left = scene.now.mono;
	scene_advance(&scene, 200 * MS);
	struct reply reply = reply_to(&sent);
	reply.lifetime = 10;
	reply_send(&scene, &reply);
	assert_int_equal(node_view(&scene, 1).expires, left + 40 * SECOND);
	scene_advance(&scene, 30 * SECOND - 200 * MS - 1);
	expect_no_update(&scene);
	scene_advance(&scene, 1);
	expect_update(&scene, &sent);
	/* nobody answers: the binding ends, in time */
	scene_advance(&scene, 10 * SECOND);
	assert_false(node_view(&scene, 1).registered);
	assert_int_equal(notes_ahead(&scene, EVENT_BINDING_EXPIRED), 1);
	scene_end(&scene);
}

/* RFC 6275 11.7.3: never more than was asked for */
static void test_longer_lifetime_is_not_believed(void **state)
{
	(void)state;
	struct scene scene;
	begin_defaults(&scene);
	struct reply reply = reply_to(&sent);
	reply.lifetime = LIFETIME_INFINITE;
	reply_send(&scene, &reply);
	assert_int_equal(node_view(&scene, 1).expires, scene.now.mono + 600 * SECOND);
	scene_end(&scene);
}

/* RFC 6275 11.7.3 */
/* Shows RFC 6275 11.7.3-17, 6.2.4-1, 10.3.1-35. */
static void test_refresh_advice(void **state)
{
	(void)state;
	struct scene scene;
	begin_defaults(&scene);
	struct reply reply = reply_to(&sent);
	reply.advice = 5;
	reply_send(&scene, &reply);
	scene_advance(&scene, 20 * SECOND - 1);
	expect_no_update(&scene);
	scene_advance(&scene, 1);
	expect_update(&scene, &sent);
	scene_end(&scene);
}

/* The home agent did accept; that its answer is late changes nothing. */
static void test_acknowledgement_of_the_previous_number(void **state)
{
	(void)state;
	struct scene scene;
	begin_defaults(&scene);
	struct reply reply = reply_to(&sent);
	scene_advance(&scene, 1600 * MS);
	expect_update(&scene, &sent);
	assert_int_not_equal(sequence_of(&sent), reply.sequence);
	reply.care_of = CARE_OF_1;
	reply_send(&scene, &reply);
	assert_true(node_view(&scene, 1).registered);
	scene_advance(&scene, 60 * SECOND);
	expect_no_update(&scene);
	scene_end(&scene);
}

static void test_duplicate_and_late_acknowledgements(void **state)
{
	(void)state;
	struct scene scene;
	begin_defaults(&scene);
	struct reply first = reply_to(&sent);
	scene_advance(&scene, 1600 * MS);
	expect_update(&scene, &sent);
	struct reply second = reply_to(&sent);
	second.lifetime = 100;
	reply_send(&scene, &second);
	nanos expires = node_view(&scene, 1).expires;
	/* what it means was overtaken by what has come */
	reply_send(&scene, &first);
	reply_send(&scene, &second);
	assert_int_equal(node_view(&scene, 1).expires, expires);
	assert_int_equal(node_drops(&scene, DROP_UNEXPECTED_ACK), 2);
	scene_end(&scene);
}

/* RFC 6275 11.7.3, RFC 4285 5 */
/* Shows RFC 6275 11.7.3-1, 11.7.3-5, 11.7.3-12. */
static void test_acknowledgements_that_are_none(void **state)
{
	(void)state;
	struct scene scene;
	begin_defaults(&scene);
	struct reply reply = reply_to(&sent);
	struct reply wrong = reply;
	wrong.forged = true;
	reply_send(&scene, &wrong);
	assert_int_equal(node_drops(&scene, DROP_AUTHENTICATION_FAILED), 1);
	wrong = reply;
	wrong.source = "2001:db8:1::2";
	reply_send(&scene, &wrong);
	assert_int_equal(node_drops(&scene, DROP_WRONG_PEER), 1);
	wrong = reply;
	wrong.without_routing = true;
	reply_send(&scene, &wrong);
	assert_int_equal(node_drops(&scene, DROP_NOT_FOR_US), 1);
	wrong = reply;
	wrong.sequence++;
	reply_send(&scene, &wrong);
	assert_int_equal(node_drops(&scene, DROP_UNEXPECTED_ACK), 1);
	assert_false(node_view(&scene, 1).registered);
	reply_send(&scene, &reply);
	assert_true(node_view(&scene, 1).registered);
	scene_end(&scene);
}

/* Shows RFC 6275 6.4-1: the routing header's address is the home address, or nothing is taken. */
static void test_routed_to_somebody_else(void **state)
{
	(void)state;
	struct scene scene;
	begin_defaults(&scene);
	struct reply reply = reply_to(&sent);
	reply.routed_to = "2001:db8:1::101";
	reply_send(&scene, &reply);
	assert_int_equal(node_drops(&scene, DROP_NOT_FOR_US), 1);
	assert_false(node_view(&scene, 1).registered);
	scene_end(&scene);
}

/* Shows RFC 6275 11.7.2-19: nodes begin at different numbers. */
static void test_first_number_is_random(void **state)
{
	(void)state;
	uint16_t numbers[3];
	struct scene scene;
	begin_defaults(&scene);
	for (unsigned i = 0; i < 3; i++) {
		numbers[i] = sequence_of(&sent);
		scene_restart(&scene, &scene.mobile_node);
		node_attach(&scene, 1);
		expect_update(&scene, &sent);
	}
	assert_true(
		numbers[0] != numbers[1] && numbers[1] != numbers[2] && numbers[0] != numbers[2]);
	assert_int_not_equal((uint16_t)(numbers[1] - numbers[0]), 1);
	scene_end(&scene);
}

/* Shows RFC 6275 11.7.1-14, 11.8-3. */
static void test_lost_updates_and_acknowledgements(void **state)
{
	(void)state;
	for (unsigned lose = 0; lose < 12; lose++) {
		struct scene scene;
		node_begin(&scene, 10 * MS);
		scene.lose = lose;
		for (unsigned n = 1; n <= 3; n++)
			node_attach(&scene, n);
		scene_advance(&scene, 8 * SECOND);
		assert_int_equal(bindings_of(&scene).count, 3);
		for (uint16_t bid = 1; bid <= 3; bid++)
			assert_true(node_view(&scene, bid).registered);
		scene_end(&scene);
	}
}

/* After a restart of the node the home agent takes what it sends, for the number goes on. */
static void test_node_restarts(void **state)
{
	(void)state;
	struct scene scene;
	node_begin(&scene, 10 * MS);
	node_attach(&scene, 1);
	node_attach(&scene, 2);
	scene_advance(&scene, SECOND);
	struct host_event memory = restore_event(&scene.mobile_node);
	assert_int_equal(memory.record.count, 2);
	take_all(&scene.mobile_node);
	scene_restart(&scene, &scene.mobile_node);
	scene_tell(&scene, &scene.mobile_node, &memory);
	node_attach(&scene, 2);
	expect_update(&scene, &sent);
	assert_int_equal(sequence_of(&sent), (uint16_t)(memory.record.sequence + 1));
	/* RFC 5648 5.9 */
	assert_true(sent.message.binding_update.flags & BU_OVERWRITE);
	scene_advance(&scene, 30 * MS);
	assert_int_equal(bindings_of(&scene).count, 1);
	assert_int_equal(scene_tell_result(&scene, &scene.mobile_node, &memory), -EINVAL);
	scene_end(&scene);
}

static uint16_t number_of(struct scene *scene, uint16_t bid)
{
	const struct record *record = last_record(&scene->mobile_node);
	for (uint8_t i = 0; i < record->count; i++)
		if (record->bindings[i].bid == bid)
			return record->bindings[i].tunnel;
	fail_msg("no binding of BID %u", bid);
	return 0;
}

/* A tunnel that an earlier daemon left has the number that another BID would get. */
static void test_tunnels_have_different_numbers(void **state)
{
	(void)state;
	struct scene scene;
	node_begin(&scene, 10 * MS);
	node_register(&scene, 1);
	struct host_event memory = restore_event(&scene.mobile_node);
	assert_int_equal(memory.record.bindings[0].tunnel, 1);
	memory.record.bindings[0].tunnel = 2;
	scene_restart(&scene, &scene.mobile_node);
	scene_tell(&scene, &scene.mobile_node, &memory);
	node_register(&scene, 3);
	assert_int_equal(number_of(&scene, 1), 2);
	assert_int_equal(number_of(&scene, 2), 3);
	assert_int_equal(number_of(&scene, 3), 4);
	scene_end(&scene);
}

/* RFC 6275 11.7.1, 11.7.3: 135 names the number to go on from */
/* Shows RFC 6275 11.7.3-11. */
static void test_sequence_number_unknown(void **state)
{
	(void)state;
	struct scene scene;
	node_begin(&scene, 10 * MS);
	node_register(&scene, 1);
	uint16_t last = bindings_of(&scene).at[0].sequence;
	scene_restart(&scene, &scene.mobile_node);
	struct host_event memory = {.type = HOST_RESTORE,
		.record = {.home_address = address_of(HOME), .sequence = (uint16_t)(last - 100)}};
	scene_tell(&scene, &scene.mobile_node, &memory);
	node_attach(&scene, 1);
	scene_advance(&scene, 100 * MS);
	expect_update(&scene, &sent);
	expect_update(&scene, &sent);
	assert_int_equal(sequence_of(&sent), (uint16_t)(last + 1));
	assert_true(node_view(&scene, 1).registered);
	scene_end(&scene);
}

/* The order in which a preference becomes true: the home agent learns it, and sending moves. */
static void test_preference(void **state)
{
	(void)state;
	struct scene scene;
	node_begin(&scene, 10 * MS);
	node_register(&scene, 3);
	node_prefer(&scene, 3, 5);
	expect_update(&scene, &sent);
	assert_true(lists(&sent, 3, CARE_OF_3));
	scene_advance(&scene, 30 * MS);
	assert_int_equal(node_selected(&scene), 3);
	/* it outlives what happens to the link */
	node_link(&scene, 3, false);
	scene_advance(&scene, SECOND);
	assert_int_equal(node_selected(&scene), 1);
	node_link(&scene, 3, true);
	scene_advance(&scene, SECOND);
	assert_int_equal(node_selected(&scene), 3);
	scene_end(&scene);
}

/* Of those that are accepted by, whichever BID they have. */
static bool accepts_by(const struct scene *scene, const char *care_of)
{
	const struct in6_addr address = address_of(care_of);
	const struct actor *node = &scene->mobile_node;
	bool accepts = false;
	uint16_t bid = 0;
	for (size_t i = 0; i < node->done_count; i++) {
		const struct effect *effect = &node->done[i];
		if (effect->type == EFFECT_TUNNEL_SET &&
			IN6_ARE_ADDR_EQUAL(&effect->tunnel.local.address, &address)) {
			bid = effect->tunnel.bid;
			accepts = true;
		} else if ((effect->type == EFFECT_TUNNEL_SET ||
				   effect->type == EFFECT_TUNNEL_REMOVE) &&
			   effect->tunnel.bid == bid) {
			accepts = false;
		}
	}
	return accepts;
}

/* The old address is there, and the home agent sends to it until the update has reached it. */
static void test_both_addresses_are_accepted(void **state)
{
	(void)state;
	struct scene scene;
	node_begin(&scene, 10 * MS);
	node_register(&scene, 1);
	const struct host_event deprecated = {.type = HOST_ADDRESS_SET,
		.address = {.bid = 1, .address = address_of(CARE_OF_1), .deprecated = true}};
	scene_tell(&scene, &scene.mobile_node, &deprecated);
	scene.lose = 1;
	node_address(&scene, 1, CARE_OF_1_NEW);
	scene_advance(&scene, 5 * MS);
	expect_update(&scene, &sent);
	assert_true(lists(&sent, 1, CARE_OF_1_NEW));
	assert_true(accepts_by(&scene, CARE_OF_1));
	assert_true(accepts_by(&scene, CARE_OF_1_NEW));
	scene_advance(&scene, 900 * MS);
	assert_true(accepts_by(&scene, CARE_OF_1));
	assert_true(accepts_by(&scene, CARE_OF_1_NEW));
	scene_advance(&scene, 200 * MS);
	assert_true(node_view(&scene, 1).registered);
	assert_false(accepts_by(&scene, CARE_OF_1));
	assert_true(accepts_by(&scene, CARE_OF_1_NEW));
	scene_end(&scene);
}

static void test_link_is_no_longer_configured(void **state)
{
	(void)state;
	struct scene scene;
	node_begin(&scene, 10 * MS);
	node_register(&scene, 3);
	const struct host_event event = {.type = HOST_LINK_REMOVE, .link = {.bid = 2}};
	scene_tell(&scene, &scene.mobile_node, &event);
	take_note(&scene.mobile_node, EVENT_LINK_DOWN, 2);
	/* the home agent sends there until it has answered */
	const struct in6_addr care_of = address_of(CARE_OF_2);
	const struct effect_tunnel *accepting =
		&take(&scene.mobile_node, EFFECT_TUNNEL_SET)->tunnel;
	const uint16_t spare = accepting->bid;
	assert_memory_equal(&accepting->local.address, &care_of, sizeof(care_of));
	assert_false(accepting->usable);
	take_tunnel_remove(&scene.mobile_node, 2);
	expect_update(&scene, &sent);
	assert_int_equal(count_ahead(&scene.mobile_node, EFFECT_TUNNEL_REMOVE), 0);
	scene_advance(&scene, 30 * MS);
	assert_int_equal(take_past(&scene.mobile_node, EFFECT_TUNNEL_REMOVE)->tunnel.bid, spare);
	assert_int_equal(bindings_of(&scene).count, 2);
	assert_int_equal(node_view(&scene, 2).bid, 0);
	scene_end(&scene);
}

/* RFC 5648 5.4: lifetime zero, no BID */
/* Shows RFC 6275 11.7.1-13, 6.1.7-13. */
static void test_stop(void **state)
{
	(void)state;
	struct scene scene;
	node_begin(&scene, 10 * MS);
	node_register(&scene, 3);
	node_stop(&scene);
	expect_update(&scene, &sent);
	assert_int_equal(sent.message.binding_update.lifetime, 0);
	assert_int_equal(sent.message.bid_count, 0);
	scene_advance(&scene, 30 * MS);
	assert_int_equal(bindings_of(&scene).count, 0);
	assert_int_equal(count_ahead(&scene.mobile_node, EFFECT_TUNNEL_REMOVE), 3);
	take_past(&scene.mobile_node, EFFECT_STOPPED);
	take_nothing(&scene.mobile_node);
	assert_int_equal(core_next_deadline(scene.mobile_node.core), NANOS_NEVER);
	scene_end(&scene);
}

static void test_stop_unheard(void **state)
{
	(void)state;
	struct scene scene;
	begin_defaults(&scene);
	node_stop(&scene);
	scene_advance(&scene, 2 * SECOND - 1);
	assert_int_equal(count_ahead(&scene.mobile_node, EFFECT_STOPPED), 0);
	assert_int_equal(updates_ahead(&scene), 3);
	scene_advance(&scene, 1);
	take_past(&scene.mobile_node, EFFECT_STOPPED);
	scene_end(&scene);
}

static void test_stop_without_links(void **state)
{
	(void)state;
	struct scene scene;
	node_begin(&scene, 10 * MS);
	node_stop(&scene);
	take(&scene.mobile_node, EFFECT_STOPPED);
	take_nothing(&scene.mobile_node);
	scene_end(&scene);
}

/* Shows RFC 5648 5.1-2, 4.3-5; draft-13 4.3-1. */
static void test_events_that_cannot_be(void **state)
{
	(void)state;
	struct scene scene;
	node_begin(&scene, 10 * MS);
	node_link(&scene, 1, true);
	struct host_event event = {.type = HOST_ADDRESS_SET, .address = {.bid = 1}};
	static const char *const bad[] = {
		"::", "::1", "ff02::1", "fe80::1", "::ffff:192.0.2.1", HOME, HOME_AGENT};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		event.address.address = address_of(bad[i]);
		assert_int_equal(scene_tell_result(&scene, &scene.mobile_node, &event), -EINVAL);
	}
	event = (struct host_event){.type = HOST_LINK_SET, .link = {.bid = 0, .priority = 1}};
	assert_int_equal(scene_tell_result(&scene, &scene.mobile_node, &event), -EINVAL);
	event.link = (struct host_link){.bid = 9, .priority = 0};
	assert_int_equal(scene_tell_result(&scene, &scene.mobile_node, &event), -EINVAL);
	event.link.priority = 1;
	for (event.link.bid = 2; event.link.bid <= BINDINGS_MAX; event.link.bid++)
		assert_int_equal(scene_tell_result(&scene, &scene.mobile_node, &event), 0);
	assert_int_equal(scene_tell_result(&scene, &scene.mobile_node, &event), -ENOSPC);
	event = (struct host_event){.type = HOST_ACTIVITY, .activity = {.bid = 77}};
	assert_int_equal(scene_tell_result(&scene, &scene.mobile_node, &event), -EINVAL);
	event = (struct host_event){.type = HOST_NODE_SET};
	assert_int_equal(scene_tell_result(&scene, &scene.mobile_node, &event), -EINVAL);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_update),
		cmocka_unit_test(test_tunnel_accepts_first_and_sends_when_acknowledged),
		cmocka_unit_test(test_no_priority_unless_configured),
		cmocka_unit_test(test_first_registration_is_repeated_after_a_second_and_a_half),
		cmocka_unit_test(test_first_timeout_is_configured),
		cmocka_unit_test(test_later_update_is_repeated_after_a_second),
		cmocka_unit_test(test_silence_is_told_once),
		cmocka_unit_test(test_repetitions_try_other_links),
		cmocka_unit_test(test_repetitions_come_back_to_the_own_link),
		cmocka_unit_test(test_three_links_in_bulk),
		cmocka_unit_test(test_three_links_one_by_one),
		cmocka_unit_test(test_single_binding),
		cmocka_unit_test(test_refresh),
		cmocka_unit_test(test_shorter_lifetime_is_granted),
		cmocka_unit_test(test_longer_lifetime_is_not_believed),
		cmocka_unit_test(test_refresh_advice),
		cmocka_unit_test(test_acknowledgement_of_the_previous_number),
		cmocka_unit_test(test_duplicate_and_late_acknowledgements),
		cmocka_unit_test(test_acknowledgements_that_are_none),
		cmocka_unit_test(test_routed_to_somebody_else),
		cmocka_unit_test(test_first_number_is_random),
		cmocka_unit_test(test_lost_updates_and_acknowledgements),
		cmocka_unit_test(test_node_restarts),
		cmocka_unit_test(test_tunnels_have_different_numbers),
		cmocka_unit_test(test_sequence_number_unknown),
		cmocka_unit_test(test_preference),
		cmocka_unit_test(test_both_addresses_are_accepted),
		cmocka_unit_test(test_link_is_no_longer_configured),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_stop_unheard),
		cmocka_unit_test(test_stop_without_links),
		cmocka_unit_test(test_events_that_cannot_be),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
