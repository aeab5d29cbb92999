/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The home agent's part of a change of bindings: verification of care-of addresses, the home link,
 * and the home prefix (RFC 6275 10.3.1).
 */
#include "home_agent.h"
#include "care_of_question.h"
#include "home_link/home_binding.h"
#include "home_link/interception.h"
#include "../base/authentication.h"
#include "../base/own_packet.h"

#include <stdlib.h>

static struct verification *verification_of(const struct binding_entry *entry)
{
	return home_agent_entry_of(entry)->verification;
}

/* ---- time ---- */

static nanos valid_until(const void *self, const struct binding_entry *entry)
{
	const struct home_agent *agent = self;
	return home_prefixes_valid_until(&agent->prefixes, &entry->home_address);
}

static nanos next(const void *self, const struct binding_entry *entry)
{
	(void)self;
	return nanos_min(verification_next(verification_of(entry)),
		prefix_delivery_next(home_agent_entry_of(entry)->delivery));
}

static void deadline(
	void *self, struct moment now, struct binding_entry *entry, struct outbox *outbox)
{
	struct home_agent *agent = self;
	const struct verification_basis verification = home_agent_verification_basis(agent);
	const struct prefix_delivery_basis delivery = home_agent_delivery_basis(agent);
	verification_deadline(verification_of(entry), &verification, now, entry, outbox);
	prefix_delivery_deadline(
		home_agent_entry_of(entry)->delivery, &delivery, now, entry, outbox);
}

/* After the last binding has expired any sequence number is accepted. */
static void expired(
	void *self, struct moment now, struct binding_entry *entry, struct outbox *outbox)
{
	struct home_agent *agent = self;
	if (entry->bindings.count == 0)
		entry->sequence_until = 0;
	interception_follow(&agent->home_link, now, entry, outbox);
}

/* RFC 6275 10.6.2: with the last binding ends the delivery of prefixes. */
static bool scheduled(void *self, nanos now, struct binding_entry *entry)
{
	struct home_agent_entry *whole = home_agent_entry_of(entry);
	(void)self, (void)now;
	if (entry->bindings.count == 0) {
		free(whole->delivery);
		whole->delivery = NULL;
	}
	return true;
}

/* RFC 6275 9.5.5: to the home address, by the best binding; to the home link without encapsulation
 */
static bool send_request(
	void *self, const struct binding_entry *entry, struct octets payload, struct outbox *outbox)
{
	const struct home_agent *agent = self;
	const struct binding *binding =
		bindings_best(&entry->bindings, home_link_usable(&agent->home_link));
	if (!binding)
		return false;
	const struct packet_envelope envelope = {
		.source = *entry->own,
		.destination = binding->care_of,
		.routing_address = binding->home ? NULL : &entry->home_address,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = HOP_LIMIT,
	};
	struct effect_send *send = own_packet_route(&envelope, payload, outbox);
	if (send && binding->home)
		home_binding_address(&agent->home_link, entry, send);
	return send != NULL;
}

static void ask(void *self, const struct binding_entry *entry,
	const struct recovery_question *question, struct outbox *outbox)
{
	const struct home_agent *agent = self;
	care_of_question_send(agent->config.probe_identifier, entry, question, outbox);
}

/* ---- changes ---- */

static enum link_sharing sharing(const struct binding_entry *entry)
{
	return home_agent_entry_of(entry)->sharing;
}

static bool verifies(const struct binding_entry *entry)
{
	return verification_of(entry) != NULL;
}

static bool is_tunnel_new(const struct binding_entry *entry, const struct binding *binding)
{
	return binding->home && interception_of(entry)->link_layer_new;
}

static void tunnel(const void *self, const struct binding_entry *entry,
	const struct binding *binding, struct effect_tunnel *ret)
{
	const struct home_agent *agent = self;
	if (binding->home)
		home_binding_tunnel(&agent->home_link, entry, ret);
}

static void removed(struct binding_entry *entry, uint16_t bid)
{
	(void)bid;
	verification_prune(verification_of(entry), entry);
}

static void changed(
	void *self, struct moment now, struct binding_entry *entry, struct outbox *outbox)
{
	struct home_agent *agent = self;
	const struct verification_basis verification = home_agent_verification_basis(agent);
	verification_follow(verification_of(entry), &verification, now, entry, outbox);
	interception_follow(&agent->home_link, now, entry, outbox);
}

/* ---- restarts ---- */

static bool may_return(void *self, nanos now, struct binding_entry *entry,
	const struct bindings *present, const struct record_binding *kept)
{
	(void)now;
	const struct home_agent *agent = self;
	return !kept->home || home_binding_restore(&agent->home_link, entry, present, kept);
}

static void cleanse(void *self, struct binding_entry *entry)
{
	struct home_agent *agent = self;
	struct home_agent_entry *whole = home_agent_entry_of(entry);
	interception_free(&agent->home_link, entry);
	free(whole->verification);
	free(whole->delivery);
	authentication_cleanse(&whole->auth);
}

const struct binding_role home_agent_binding_role = {
	.update = &home_agent_update_policy,
	.send_request = send_request,
	.valid_until = valid_until,
	.verifies = verifies,
	.sharing = sharing,
	.is_tunnel_new = is_tunnel_new,
	.tunnel = tunnel,
	.removed = removed,
	.changed = changed,
	.expired = expired,
	.deadline = deadline,
	.next = next,
	.scheduled = scheduled,
	.may_return = may_return,
	.ask = ask,
	.cleanse = cleanse,
};
