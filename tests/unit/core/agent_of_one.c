/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent_of_one.h"

#include "../../scene/support/cmocka_scene.h"
#include "../../scene/support/port.h"

struct in6_addr agent_address(uint8_t network, uint8_t host)
{
	return (struct in6_addr){.s6_addr = {0x20, 0x01, 0x0d, 0xb8, 0, network, [15] = host}};
}

struct home_agent *agent_new(enum verify verify)
{
	static uint64_t seed;
	const struct core_config config = {.is_home_agent = true,
		.home_agent = {
			.address = agent_address(1, 1),
			.home_prefix = agent_address(1, 0),
			.home_prefix_length = 64,
			.lifetime_max = 600,
			.mcoa = true,
			.bulk = true,
			.refresh_request = true,
			.probe_identifier = PROBE_IDENTIFIER,
		}};
	const struct host_event event = {
		.type = HOST_NODE_SET,
		.node = {.home_address = agent_address(1, 9),
			.auth.mode = AUTH_MODE_INSECURE_NONE,
			.bindings_max = BINDINGS_MAX,
			.verify = verify},
	};
	struct core_base *base = calloc(1, sizeof(*base));
	struct outbox *outbox = calloc(1, sizeof(*outbox));
	void *agent;
	assert_non_null(base);
	assert_non_null(outbox);
	base->dialect = &dialect_rfc5648;
	base->port = test_port(&seed);
	assert_int_equal(home_agent_role.create(base, &config, 0, &agent), 0);
	assert_int_equal(home_agent_role.host(agent, agent_time(0), &event, outbox), 0);
	assert_int_equal(outbox->count, 0);
	free(outbox);
	return agent;
}

void agent_free(struct home_agent *agent)
{
	struct core_base *base = agent->base;
	home_agent_role.free(agent);
	free(base);
}

struct binding_entry *agent_entry(struct home_agent *agent)
{
	struct in6_addr home_address = agent_address(1, 9);
	struct binding_entry *entry = home_agent_find(agent, &home_address);
	assert_non_null(entry);
	return entry;
}

struct moment agent_time(nanos mono)
{
	return (struct moment){mono, 0};
}

struct binding *agent_bind(struct bindings *bindings, uint16_t bid, struct in6_addr care_of)
{
	struct binding *binding = bindings_add(bindings, bid);
	binding->care_of = care_of;
	binding->expires = 100 * NANOS_PER_SECOND;
	binding->lifetime = 25;
	binding->priority = PRIORITY_NONE;
	return binding;
}
