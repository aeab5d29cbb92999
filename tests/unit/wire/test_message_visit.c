/* SPDX-License-Identifier: BSD-2-Clause */
/* The walk over a decoded message. */
#include "support.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static struct message message;
static char text[4096];

static void say(const char *format, ...)
{
	va_list arguments;
	size_t used = strlen(text);

	va_start(arguments, format);
	vsnprintf(text + used, sizeof(text) - used, format, arguments);
	va_end(arguments);
}

static void say_message(void *ctx, uint8_t type, const char *name)
{
	(void)ctx;
	say("[%d %s]", type, name);
}

static void say_number(void *ctx, const char *field, uint64_t value)
{
	(void)ctx;
	say(" %s=%llu", field, (unsigned long long)value);
}

static void say_address(void *ctx, const char *field, const struct in6_addr *value)
{
	char printed[INET6_ADDRSTRLEN];

	(void)ctx;
	say(" %s=%s", field, inet_ntop(AF_INET6, value, printed, sizeof(printed)));
}

static void say_care_of(void *ctx, const char *field, const struct care_of *value)
{
	(void)ctx;
	say(" %s=%d", field, value->length);
}

static void say_octets(void *ctx, const char *field, struct octets value)
{
	(void)ctx;
	say(" %s=%zu", field, value.length);
}

static void say_list(void *ctx, const char *field)
{
	(void)ctx;
	say(" %s:", field);
}

static void say_selector(void *ctx, const char *field, const struct traffic_selector *value)
{
	(void)ctx;
	say(" %s=%d/%x", field, value->format, value->given);
}

static void say_end(void *ctx)
{
	(void)ctx;
	say(";");
}

static const struct visitor visitor = {
	.message = say_message,
	.option = say_message,
	.number = say_number,
	.address = say_address,
	.care_of = say_care_of,
	.octets = say_octets,
	.list = say_list,
	.selector = say_selector,
	.end = say_end,
};

static void assert_visited(const struct dialect *dialect, const char *expected)
{
	text[0] = '\0';
	message_visit(dialect, &message, &visitor);
	assert_string_equal(text, expected);
}

static void every_part_comes_in_the_order_of_the_table(void **state)
{
	static const uint8_t some[20];

	(void)state;
	message_init(&message, MH_binding_update);
	message.binding_update = (struct msg_binding_update){1, 0xc040, 150};
	message.has_authorization = true;
	message.authorization.authenticator = (struct octets){some, 12};
	message.authentication_count = 2;
	message.authentication[0] = (struct opt_authentication){1, 256, {some, 12}};
	message.authentication[1] = (struct opt_authentication){2, 3, {some, 20}};
	message.bid_count = 2;
	message.bid[0] = (struct opt_bid){.bid = 1, .flags = 0x80};
	message.bid[1] = (struct opt_bid){.bid = 2, .status = 4, .care_of.length = 16};
	message.has_alternate_care_of = true;
	message.alternate_care_of.address = address("2001:db8::1");
	assert_visited(&dialect_rfc5648,
		"[5 Binding Update] sequence=1 flags=49216 lifetime=150;"
		"[3 alternate care-of address] address=2001:db8::1;"
		"[35 binding identifier] bid=1 status=0 flags=128 care_of=0;"
		"[35 binding identifier] bid=2 status=4 flags=0 care_of=16;"
		"[9 mobility message authentication] subtype=1 spi=256 authenticator=12;"
		"[9 mobility message authentication] subtype=2 spi=3 authenticator=20;"
		"[5 binding authorization data] authenticator=12;");
}

static void options_inside_an_option_are_visited_in_it(void **state)
{
	(void)state;
	message_init(&message, MH_refresh_request);
	message.flow_summary_count = 1;
	message.flow_summary[0] = (struct opt_flow_summary){2, {7, 9}};
	message.flow_count = 1;
	message.flow[0] = (struct opt_flow){.fid = 7, .priority = 10, .status = 130};
	struct flow_options *inside = &message.flow[0].flow_options;
	inside->has_bid_reference = true;
	inside->bid_reference = (struct opt_bid_reference){2, {1, 3}};
	inside->has_traffic_selector = true;
	inside->traffic_selector.selector.format = TRAFFIC_SELECTOR_IPV6;
	assert_visited(&dialect_rfc5648, "[0 Binding Refresh Request];"
					 "[44 flow summary] fids: fids=7 fids=9;"
					 "[45 flow identification] fid=7 priority=10 status=130"
					 "[2 binding reference] bids: bids=1 bids=3;"
					 "[3 traffic selector] selector=2/0 unknown=0;;");
}

static void an_option_has_the_octet_of_the_dialect(void **state)
{
	(void)state;
	message_init(&message, MH_refresh_request);
	message.bid_count = 1;
	message.bid[0] = (struct opt_bid){.bid = 1};
	assert_visited(other_dialect(),
		"[0 Binding Refresh Request];"
		"[200 binding identifier] bid=1 status=0 flags=0 care_of=0;");
}

static void reserved_fields_are_not_shown(void **state)
{
	(void)state;
	message_init(&message, MH_binding_error);
	message.binding_error = (struct msg_binding_error){1, address("2001:db8::1")};
	assert_visited(&dialect_rfc5648, "[7 Binding Error] status=1 home_address=2001:db8::1;");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_part_comes_in_the_order_of_the_table),
		cmocka_unit_test(options_inside_an_option_are_visited_in_it),
		cmocka_unit_test(an_option_has_the_octet_of_the_dialect),
		cmocka_unit_test(reserved_fields_are_not_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
