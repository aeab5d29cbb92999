/* SPDX-License-Identifier: BSD-2-Clause */
/* Any octets as a captured packet: what is printed of it has the keys that it must have. */
#include "fuzz.h"

#include "../../src/decode/mobility_json.h"

static void require_array(const json_t *object, const char *key)
{
	REQUIRE(!json_object_get(object, key) || json_is_array(json_object_get(object, key)));
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
	json_t *object = mobility_json(&dialect_rfc5648, 0.5, (struct octets){octets, length});

	if (!object)
		return 0;
	REQUIRE(json_is_string(json_object_get(object, "source")));
	REQUIRE(json_is_string(json_object_get(object, "destination")));
	require_array(object, "options");
	require_array(object, "flags");
	REQUIRE(json_object_get(object, "error") || json_object_get(object, "options") ||
		json_object_get(object, "next_header"));
	/* of an ICMPv6 message: decoded, or why not */
	if (json_object_get(object, "icmpv6"))
		REQUIRE(!json_object_get(object, "error") != !json_object_get(object, "options"));
	json_decref(object);
	return 0;
}
