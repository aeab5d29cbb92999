/* SPDX-License-Identifier: BSD-2-Clause */
#include "shares.h"

#include "fuzz.h"

#include "../../src/wire/load_balancing.h"
#include "../../src/wire/packet.h"

const struct dialect *shares_dialect(void)
{
	static struct load_balancing_dialect storage;
	if (!storage.dialect.options)
		REQUIRE(load_balancing_dialect_init(&storage, &dialect_rfc5648, SHARES_OPTION));
	return &storage.dialect;
}

void shares_add(struct input *input, struct message *message, struct in6_addr (*care_of)(uint8_t))
{
	for (unsigned i = take(input) & 3; i < 4; i++) {
		struct opt_load_balancing *option =
			&message->load_balancing[message->load_balancing_count++];
		uint8_t octet = take(input), id = take(input);
		*option = (struct opt_load_balancing){
			.source = octet >> 4, .destination = octet & 15, .care_of_id = id & 15};
		/* of a Binding Identifier option of this update, if there is one */
		if (id & 0x80 && message->bid_count > 0) {
			const struct opt_bid *bid =
				&message->bid[(id >> 4 & 7) % message->bid_count];
			option->care_of_id = (uint8_t)bid->bid;
			option->address = bid->care_of.address;
		} else {
			option->address = care_of(take(input));
		}
	}
}

void shares_check(const struct message *message, bool knows)
{
	REQUIRE(knows || message->load_balancing_count == 0);
	for (uint16_t i = 0; i < message->load_balancing_count; i++) {
		const struct opt_load_balancing *option = &message->load_balancing[i];
		REQUIRE(option->source <= 1 && (option->source || option->destination));
		REQUIRE(option->care_of_id != 0 && address_is_unicast_routable(&option->address));
	}
}
