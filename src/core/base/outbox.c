/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The outbox: effects in the order in which they are to be done. No protocol here.
 */
#include "../api/effect.h"

#include <assert.h>
#include <string.h>

size_t outbox_room(const struct outbox *outbox)
{
	return OUTBOX_MAX - outbox->count;
}

/* A SEND is mostly octets, which its maker writes anyhow. */
static void clear(struct effect *effect)
{
	if (effect->type == EFFECT_SEND) {
		effect->send.ifindex = 0;
		effect->send.length = 0;
		effect->send.framed = false;
		return;
	}
	size_t tunnel = sizeof(effect->tunnel);
	size_t note = sizeof(effect->event);
	memset(&effect->tunnel, 0, tunnel > note ? tunnel : note);
}

struct effect *outbox_add(struct outbox *outbox, enum effect_type type)
{
	assert(outbox->count < OUTBOX_MAX);
	struct effect *effect = &outbox->effects[outbox->count++];
	effect->type = type;
	clear(effect);
	return effect;
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
