/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One candidate for each care-of address that is not verified.
 */
#include "verification.h"

#include "care_of_question.h"
#include "../base/constant_time.h"
#include "../binding/binding_changes.h"
#include "../binding/binding_record.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define PROBES_KEPT 4
#define ANSWER_COUNTS (10 * NANOS_PER_SECOND)

#define INTERVAL_FIRST (NANOS_PER_SECOND / 2)
#define INTERVAL_MAX (30 * NANOS_PER_SECOND)

/* Sixteen probes at once, then two each second: more than handovers need, too few for an attack. */
static const struct bucket_kind for_entry = {NANOS_PER_SECOND / 2, 8 * NANOS_PER_SECOND};

struct verification_probe {
	nanos sent;
	uint8_t cookie[RECOVERY_COOKIE_OCTETS];
};

struct candidate {
	struct in6_addr care_of;
	nanos next;
	nanos interval;
	uint32_t sent; /* probes so far; the next one's sequence number is the low half */
	struct verification_probe probes[PROBES_KEPT];
};

struct verification {
	struct bucket bucket;
	uint8_t count;
	struct candidate at[BINDINGS_MAX];
};

struct verification *verification_new(void)
{
	return calloc(1, sizeof(struct verification));
}

static struct candidate *find_candidate(
	struct verification *verification, const struct in6_addr *care_of)
{
	for (uint8_t i = 0; i < verification->count; i++)
		if (IN6_ARE_ADDR_EQUAL(&verification->at[i].care_of, care_of))
			return &verification->at[i];
	return NULL;
}

static void forget(struct verification *verification, struct candidate *candidate)
{
	*candidate = verification->at[--verification->count];
}

static bool is_wanted(const struct binding_entry *entry, const struct in6_addr *care_of)
{
	const struct binding *binding = bindings_at(&entry->bindings, care_of);
	return binding && !binding->verified;
}

void verification_prune(struct verification *verification, const struct binding_entry *entry)
{
	for (uint8_t i = verification ? verification->count : 0; i-- > 0;)
		if (!is_wanted(entry, &verification->at[i].care_of))
			forget(verification, &verification->at[i]);
}

void verification_follow(struct verification *verification, const struct verification_basis *basis,
	struct moment now, const struct binding_entry *entry, struct outbox *outbox)
{
	if (!verification)
		return;
	verification_prune(verification, entry);
	for (uint8_t i = 0; i < entry->bindings.count; i++) {
		const struct binding *binding = &entry->bindings.at[i];
		if (binding->verified || find_candidate(verification, &binding->care_of))
			continue;
		assert(verification->count < BINDINGS_MAX);
		verification->at[verification->count++] = (struct candidate){
			.care_of = binding->care_of,
			.next = now.mono,
			.interval = INTERVAL_FIRST,
		};
	}
	verification_deadline(verification, basis, now, entry, outbox);
}

/* ---- probes ---- */

static void send_probe(const struct verification_basis *basis, nanos now,
	const struct binding_entry *entry, struct candidate *candidate, struct outbox *outbox)
{
	struct core_base *base = basis->cache->base;
	struct verification_probe *probe = &candidate->probes[candidate->sent % PROBES_KEPT];
	probe->sent = now;
	base->port.random(base->port.ctx, probe->cookie, sizeof(probe->cookie));
	struct recovery_question question = {
		.care_of = candidate->care_of, .sequence = (uint16_t)candidate->sent};
	memcpy(question.cookie, probe->cookie, sizeof(question.cookie));
	care_of_question_send(basis->probe_identifier, entry, &question, outbox);
	candidate->sent++;
	base->counters.probes_sent++;
}

static void tell_unverified(const struct verification_basis *basis,
	const struct binding_entry *entry, const struct candidate *candidate, struct outbox *outbox)
{
	const struct binding *binding = bindings_at(&entry->bindings, &candidate->care_of);
	assert(binding);
	binding_event(basis->cache, entry, binding, 0, EVENT_CARE_OF_UNVERIFIED, outbox);
}

static void probe_due(struct verification *verification, const struct verification_basis *basis,
	nanos now, const struct binding_entry *entry, struct candidate *candidate,
	struct outbox *outbox)
{
	if (!bucket_take(&verification->bucket, &for_entry, now)) {
		candidate->next = now + for_entry.interval;
		return;
	}
	if (candidate->sent == VERIFICATION_PROBES_TOLD)
		tell_unverified(basis, entry, candidate, outbox);
	send_probe(basis, now, entry, candidate, outbox);
	candidate->next = now + candidate->interval;
	candidate->interval = nanos_min(2 * candidate->interval, INTERVAL_MAX);
}

void verification_deadline(struct verification *verification,
	const struct verification_basis *basis, struct moment now,
	const struct binding_entry *entry, struct outbox *outbox)
{
	for (uint8_t i = 0; verification && i < verification->count; i++)
		if (verification->at[i].next <= now.mono)
			probe_due(
				verification, basis, now.mono, entry, &verification->at[i], outbox);
}

nanos verification_next(const struct verification *verification)
{
	nanos next = NANOS_NEVER;
	for (uint8_t i = 0; verification && i < verification->count; i++)
		next = nanos_min(next, verification->at[i].next);
	return next;
}

/* ---- replies ---- */

static bool answers(const struct candidate *candidate, nanos now, const struct icmpv6 *reply)
{
	uint16_t ago = (uint16_t)((uint16_t)candidate->sent - reply->sequence);
	if (ago == 0 || ago > PROBES_KEPT || ago > candidate->sent)
		return false;
	const struct verification_probe *probe =
		&candidate->probes[(candidate->sent - ago) % PROBES_KEPT];
	return now - probe->sent <= ANSWER_COUNTS &&
	       constant_time_equal(reply->data.at, probe->cookie, RECOVERY_COOKIE_OCTETS);
}

static void verified(const struct verification_basis *basis, struct binding_entry *entry,
	const struct in6_addr *care_of, struct outbox *outbox)
{
	for (uint8_t i = 0; i < entry->bindings.count; i++) {
		struct binding *binding = &entry->bindings.at[i];
		if (!IN6_ARE_ADDR_EQUAL(&binding->care_of, care_of))
			continue;
		binding->verified = true;
		binding_tunnel_set(basis->cache, entry, binding, outbox);
		binding_event(basis->cache, entry, binding, 0, EVENT_CARE_OF_VERIFIED, outbox);
	}
	recovery_reconcile(basis->cache, entry, outbox);
	binding_record(basis->cache, entry, outbox);
}

bool verification_reply(struct verification *verification, const struct verification_basis *basis,
	struct moment now, struct binding_entry *entry, const struct received_icmpv6 *received,
	struct outbox *outbox)
{
	struct candidate *candidate =
		verification ? find_candidate(verification, &received->packet->source) : NULL;
	if (!candidate || !answers(candidate, now.mono, received->message))
		return false;
	basis->cache->base->counters.probes_answered++;
	verified(basis, entry, &candidate->care_of, outbox);
	forget(verification, candidate);
	return true;
}
