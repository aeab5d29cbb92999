/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * correspondent_registration.c: what cannot come about with real tokens, which are never had for
 * such addresses (RFC 5648 6.2, RFC 6275 6.1.7); and that what is refused changes nothing.
 */
#include "../../../../src/core/correspondent/correspondent_registration.h"
#include "../../../../src/core/base/status.h"

#include "../../../scene/support/cmocka_scene.h"

#include <arpa/inet.h>
#include <string.h>

static struct message message;
static struct bindings present;
static struct bindings wanted;

static struct in6_addr address(const char *text)
{
	struct in6_addr ret;
	assert_int_equal(inet_pton(AF_INET6, text, &ret), 1);
	return ret;
}

static uint8_t evaluate(uint16_t bid, const char *care_of, uint16_t lifetime)
{
	const struct in6_addr home = address("2001:db8:1::100"), own = address("2001:db8:9::1");
	const struct in6_addr it = address(care_of);
	message_init(&message, MH_binding_update);
	message.bid_count = 1;
	message.bid[0] = (struct opt_bid){.bid = bid, .care_of = {16, it}};
	const struct correspondent_request request = {
		.update = &message,
		.home_address = &home,
		.own = &own,
		.care_of = &it,
		.expires = 100,
		.lifetime = lifetime,
		.bid_count = 1,
		.bindings_max = 2,
	};
	return correspondent_registration_evaluate(&request, &present, &wanted);
}

/* RFC 5648 6.2: 164 for what is no unicast routable address; when taken away it does not matter */
static void test_care_of_address(void **state)
{
	(void)state;
	static const char *const none[] = {"::", "::1", "ff02::1", "fe80::1"};
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		present.count = 0;
		assert_int_equal(evaluate(1, none[i], 10), STATUS_MCOA_MALFORMED);
		bindings_add(&present, 1);
		assert_int_equal(evaluate(1, none[i], 10), STATUS_MCOA_MALFORMED);
		assert_int_equal(evaluate(1, none[i], 0), STATUS_ACCEPTED);
		assert_int_equal(wanted.count, 0);
	}
	assert_int_equal(evaluate(1, "2001:db8:2::100", 10), STATUS_ACCEPTED);
	assert_int_equal(wanted.count, 1);
}

static void test_present_stays(void **state)
{
	(void)state;
	memset(&present, 0, sizeof(present));
	bindings_add(&present, 1);
	bindings_add(&present, 2);
	struct bindings before = present;
	assert_int_equal(evaluate(3, "2001:db8:2::100", 10), STATUS_NO_RESOURCES);
	assert_int_equal(evaluate(1, "2001:db8:2::100", 10), STATUS_ACCEPTED);
	assert_int_equal(evaluate(1, "2001:db8:2::100", 0), STATUS_ACCEPTED);
	assert_memory_equal(&present, &before, sizeof(before));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_care_of_address),
		cmocka_unit_test(test_present_stays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
