/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the files of the home agent: its instance, and their functions. */
#ifndef MONAMI_CORE_HOME_AGENT_H
#define MONAMI_CORE_HOME_AGENT_H

#include "home_agent_discovery.h"
#include "home_agent_entry.h"
#include "home_agent_role.h"
#include "../base/source_limit.h"
#include "../binding/binding_role.h"
#include "../binding/binding_update.h"

/* Whether accepted bindings are stored. */
enum store_state {
	STORE_NONE, /* not known yet */
	STORE_WORKS,
	STORE_DOWN,
};

struct home_agent {
	struct core_base *base;
	struct home_agent_config config;
	struct home_prefixes prefixes;
	struct home_agent_discovery discovery;
	enum store_state store;
	struct binding_cache cache;
	size_t authenticated; /* how many entries have a security association with a key */
	struct home_link home_link;
	struct source_limit errors;  /* Binding Errors */
	struct source_limit answers; /* to probes */
};

/* NULL: the mobile node is not configured. */
static inline struct binding_entry *home_agent_find(
	const struct home_agent *agent, const struct in6_addr *home_address)
{
	return home_link_entry(&agent->home_link, home_address);
}

static inline struct verification_basis home_agent_verification_basis(struct home_agent *agent)
{
	return (struct verification_basis){&agent->cache, agent->config.probe_identifier};
}

static inline struct prefix_delivery_basis home_agent_delivery_basis(struct home_agent *agent)
{
	return (struct prefix_delivery_basis){
		&agent->config, &agent->prefixes, &agent->home_link, agent->base};
}

/* home_agent_receive.c: functions of struct role */
bool home_agent_is_for(const void *self, const struct received *);
bool home_agent_binds(const void *self, nanos now, const struct packet *);
bool home_agent_admits(
	void *self, struct moment, const struct received *, bool bound, struct outbox *);
void home_agent_address_answer(
	const void *self, const struct received *, struct effect_send *answer);
enum drop home_agent_message(void *self, struct moment, const struct received *, struct outbox *);
enum drop home_agent_icmpv6(
	void *self, struct moment, const struct received_icmpv6 *, struct outbox *);

/* home_agent_bindings.c */
extern const struct binding_role home_agent_binding_role;

/* home_agent_update.c: RFC 6275 9.5.1, 10.3.1 */
extern const struct update_policy home_agent_update_policy;
void home_agent_update(
	struct home_agent *, struct moment, const struct received *, struct outbox *);
home_link_detected home_agent_detected;

/* restoration.c: entries from before a restart, and from before an update that was not stored.
 * 0, or -EINVAL: the mobile node is not configured. */
int home_agent_restore(struct home_agent *, struct moment, const struct record *, struct outbox *);
int home_agent_restore_flow(struct home_agent *, const struct record_flow *, struct outbox *);
int home_agent_roll_back(
	struct home_agent *, struct moment, const struct record *, struct outbox *);

#endif
