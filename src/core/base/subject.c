/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers count up and are not used again: 2^32 subjects are more than a daemon sees.
 */
#include "subject.h"

#include <assert.h>

#define HOME_ADDRESS_BITS 128

static void emit_subject(uint32_t number, enum subject_side side,
	const struct in6_addr *home_address, const struct in6_addr *peer, struct outbox *outbox)
{
	struct effect_subject *subject = &outbox_add(outbox, EFFECT_SUBJECT_SET)->subject;
	subject->subject = number;
	subject->side = (uint8_t)side;
	subject->home_address = *home_address;
	if (peer)
		subject->peer = *peer;
	if (!IN6_IS_ADDR_UNSPECIFIED(&subject->peer))
		return;
	struct effect_prefix *prefix = &outbox_add(outbox, EFFECT_PREFIX_SET)->prefix;
	prefix->subject = number;
	prefix->prefix = *home_address;
	prefix->length = HOME_ADDRESS_BITS;
}

void subject_need(struct core_base *base, uint32_t *number, enum subject_side side,
	const struct in6_addr *home_address, const struct in6_addr *peer, struct outbox *outbox)
{
	if (*number != 0)
		return;
	*number = ++base->subjects_last;
	base->subjects_new = true;
	emit_subject(*number, side, home_address, peer, outbox);
}

bool subject_reserve(struct core_base *base, uint32_t recorded)
{
	if (recorded != 0 && recorded <= base->subjects_last && base->subjects_new)
		return false;
	if (base->subjects_last < recorded)
		base->subjects_last = recorded;
	return true;
}

void subject_restore(struct core_base *base, uint32_t *number, uint32_t recorded,
	enum subject_side side, const struct in6_addr *home_address, const struct in6_addr *peer,
	struct outbox *outbox)
{
	if (*number != 0 || recorded == 0 || !subject_reserve(base, recorded))
		return;
	*number = recorded;
	emit_subject(recorded, side, home_address, peer, outbox);
}

void subject_remove(uint32_t *number, struct outbox *outbox)
{
	if (*number != 0)
		outbox_add(outbox, EFFECT_SUBJECT_REMOVE)->subject.subject = *number;
	*number = 0;
}

struct effect_traffic *traffic_set(
	uint32_t subject, enum link_sharing sharing, struct outbox *outbox)
{
	static const uint8_t modes[] = {
		[SHARE_FIRST] = TRAFFIC_FIRST,
		[SHARE_AGGREGATE] = TRAFFIC_AGGREGATE,
		[SHARE_REDUNDANT] = TRAFFIC_DUPLICATE,
		[SHARE_FLOWS] = TRAFFIC_FIRST,
	};
	struct effect_traffic *traffic = &outbox_add(outbox, EFFECT_TRAFFIC_SET)->traffic;
	traffic->subject = subject;
	traffic->rule = TRAFFIC_DEFAULT;
	traffic->mode = modes[sharing];
	return traffic;
}

static void add(struct effect_traffic *traffic, struct traffic_share share)
{
	assert(traffic->count < BINDINGS_MAX);
	traffic->set[traffic->count++] = share;
}

void traffic_add(struct effect_traffic *traffic, uint16_t tunnel, uint8_t tier)
{
	add(traffic, (struct traffic_share){.tunnel = tunnel, .tier = tier, .weight = 1});
}

void traffic_add_share(struct effect_traffic *traffic, uint16_t tunnel, uint8_t weight)
{
	add(traffic, (struct traffic_share){tunnel, TIER_SHARED, weight});
}
