/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The outbox: effects in the order in which they are to be done. No protocol here.
 */
#include "../api/effect.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <stddef.h>
#include <string.h>

size_t outbox_room(const struct outbox *outbox)
{
	return outbox->room - outbox->count;
}

int outbox_reserve(struct outbox *outbox, size_t effects)
{
	if (outbox_room(outbox) >= effects)
		return 0;
	size_t room = outbox->count + effects;
	struct effect *grown = realloc(outbox->effects, room * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	outbox->effects = grown;
	outbox->room = room;
	return 0;
}

void outbox_fini(struct outbox *outbox)
{
	free(outbox->effects);
	*outbox = (struct outbox){0};
}

#define OCTETS(field) sizeof(((struct effect *)NULL)->field)

/* Not cleared: most of a SEND is octets, which its maker writes. */
static size_t octets_to_clear(enum effect_type type)
{
	static const size_t octets[] = {
		[EFFECT_SEND] = offsetof(struct effect_send, octets),
		[EFFECT_SUBJECT_SET] = OCTETS(subject),
		[EFFECT_SUBJECT_REMOVE] = OCTETS(subject),
		[EFFECT_PREFIX_SET] = OCTETS(prefix),
		[EFFECT_PREFIX_REMOVE] = OCTETS(prefix),
		[EFFECT_TUNNEL_SET] = OCTETS(tunnel),
		[EFFECT_TUNNEL_REMOVE] = OCTETS(tunnel),
		[EFFECT_TRAFFIC_SET] = OCTETS(traffic),
		[EFFECT_TRAFFIC_REMOVE] = OCTETS(traffic),
		[EFFECT_RECORD] = OCTETS(record),
		[EFFECT_RECORD_FLOW] = OCTETS(record_flow),
		[EFFECT_INTERCEPT] = OCTETS(intercept),
		[EFFECT_HOME_ADDRESS] = OCTETS(home_address),
		[EFFECT_HOME_AGENT] = OCTETS(home_agent),
		[EFFECT_EVENT] = OCTETS(event),
		[EFFECT_STOPPED] = 0,
	};
	return octets[type];
}

struct effect *outbox_add(struct outbox *outbox, enum effect_type type)
{
	assert(outbox->count < outbox->room);
	struct effect *effect = &outbox->effects[outbox->count++];
	effect->type = type;
	memset(&effect->send, 0, octets_to_clear(type));
	return effect;
}

static bool is_of(const struct record *record, const struct in6_addr *home_address,
	const struct in6_addr *peer)
{
	return IN6_ARE_ADDR_EQUAL(&record->home_address, home_address) &&
	       IN6_ARE_ADDR_EQUAL(&record->peer, peer);
}

struct record *outbox_record(
	struct outbox *outbox, const struct in6_addr *home_address, const struct in6_addr *peer)
{
	for (size_t i = outbox->count; i-- > 0;) {
		struct effect *effect = &outbox->effects[i];
		if (effect->type == EFFECT_RECORD && is_of(&effect->record, home_address, peer))
			return &effect->record;
	}
	struct record *record = &outbox_add(outbox, EFFECT_RECORD)->record;
	record->home_address = *home_address;
	record->peer = *peer;
	return record;
}

const char *event_text(enum event_type type)
{
	static const char *const texts[] = {
#define EVENT(name, text) [EVENT_##name] = (text),
#include "../api/events.def"
#undef EVENT
	};
	assert(type < EVENT_TYPES);
	return texts[type];
}
