/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 8200 8.1, with sums that other implementations computed. */
#include "support.h"

static uint16_t checksum(
	const char *source, const char *destination, uint8_t next_header, const char *digits)
{
	struct in6_addr from = address(source), to = address(destination);
	struct octets payload = hex(digits);
	uint16_t sum = packet_checksum(&from, &to, next_header, payload);

	release(payload);
	return sum;
}

static void vectors_sum_up_to_zero(void **state)
{
	(void)state;
	for (size_t i = 0; i < VECTORS; i++)
		assert_int_equal(checksum(vectors[i].source, vectors[i].destination, MH_NEXT_HEADER,
					 vectors[i].digits),
			0);
}

static void is_the_number_that_scapy_writes(void **state)
{
	(void)state;
	/* a Binding Update, and an echo request of odd length */
	assert_int_equal(checksum(HOME_ADDRESS, HOME_AGENT, MH_NEXT_HEADER,
				 "3b04050000000001c0400096010400000000"
				 "23140001000020010db8000200000000000000000100"),
		0x4f2b);
	assert_int_equal(
		checksum(CARE_OF_1, HOME_AGENT, ICMPV6_NEXT_HEADER, "8000000012340007616263"),
		0x4ca6);
}

static void depends_on_every_part_of_the_pseudo_header(void **state)
{
	const char *digits = vectors[3].digits;

	(void)state;
	assert_int_not_equal(checksum(CARE_OF_1, HOME_AGENT, MH_NEXT_HEADER, digits), 0);
	assert_int_not_equal(checksum(HOME_ADDRESS, CARE_OF_1, MH_NEXT_HEADER, digits), 0);
	assert_int_not_equal(checksum(HOME_ADDRESS, HOME_AGENT, 59, digits), 0);
}

static void large_payloads_do_not_overflow(void **state)
{
	static uint8_t ones[65535];
	struct in6_addr all_ones = address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");

	(void)state;
	for (size_t i = 0; i < sizeof(ones); i++)
		ones[i] = 0xff;
	/* modulo 0xffff only the last octet (0xff00), the length (0xffff) and 135 count */
	assert_int_equal(packet_checksum(&all_ones, &all_ones, MH_NEXT_HEADER,
				 (struct octets){ones, sizeof(ones)}),
		(uint16_t) ~(0xff00 + 135));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_sum_up_to_zero),
		cmocka_unit_test(is_the_number_that_scapy_writes),
		cmocka_unit_test(depends_on_every_part_of_the_pseudo_header),
		cmocka_unit_test(large_payloads_do_not_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
