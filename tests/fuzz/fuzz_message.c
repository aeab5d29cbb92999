/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any octets as a Mobility Header. What decodes must encode, and decode to the same again, unless
 * it has an option marked as malformed, which must not encode.
 */
#include "fuzz.h"
#include "transcript.h"

/* A message up to this length fits when it is encoded anew, with all the padding that its options
 * may then want; a longer one that came without padding may not. */
#define CERTAIN_TO_FIT (MESSAGE_OCTETS_MAX / 2)

static struct message first, second;
static struct transcript said_first, said_second;

static bool has_malformed_option(void)
{
	for (unsigned int i = 0; i < first.bid_count; i++)
		if (first.bid[i].care_of.length == CARE_OF_MALFORMED)
			return true;
	for (unsigned int i = 0; i < first.flow_count; i++)
		if (first.flow[i].flow_options.malformed)
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
	uint8_t encoded[MESSAGE_OCTETS_MAX];
	struct message_layout layout;

	if (message_decode(&dialect_rfc5648, octets, length, &first) != WIRE_OK)
		return 0;
	if (has_malformed_option()) {
		REQUIRE(!message_encode(
			&dialect_rfc5648, &first, encoded, sizeof(encoded), &layout));
		return 0;
	}
	if (!message_encode(&dialect_rfc5648, &first, encoded, sizeof(encoded), &layout)) {
		REQUIRE(8u * (octets[1] + 1u) > CERTAIN_TO_FIT);
		return 0;
	}
	REQUIRE(layout.length % 8 == 0 && layout.length <= sizeof(encoded));
	REQUIRE(message_decode(&dialect_rfc5648, encoded, layout.length, &second) == WIRE_OK);
	transcript_write(&said_first, &first);
	transcript_write(&said_second, &second);
	REQUIRE(transcript_equal(&said_first, &said_second));
	return 0;
}
