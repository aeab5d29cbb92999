/* SPDX-License-Identifier: BSD-2-Clause */
#include "subjects.h"

#include <stdlib.h>
#include <string.h>

static struct told_subject *find(const struct subjects *subjects, uint32_t number)
{
	bool there = number < subjects->room && subjects->at[number].about.subject != 0;
	return there ? &subjects->at[number] : NULL;
}

const struct told_subject *subjects_find(const struct subjects *subjects, uint32_t subject)
{
	return find(subjects, subject);
}

static struct told_tunnel *tunnel_of(struct told_subject *subject, uint16_t number)
{
	for (size_t i = 0; i < subject->count; i++)
		if (subject->tunnels[i].tunnel == number)
			return &subject->tunnels[i];
	return NULL;
}

static const char *subject_set(struct subjects *subjects, const struct effect_subject *about)
{
	if (about->subject == 0 || find(subjects, about->subject))
		return "the number is taken";
	bool has_peer = about->side == SUBJECT_AT_CORRESPONDENT || about->side == SUBJECT_DIRECT;
	if (has_peer == IN6_IS_ADDR_UNSPECIFIED(&about->peer))
		return "the side does not fit the peer";
	for (size_t i = 0; i < subjects->room; i++)
		if (subjects->at[i].about.subject != 0 &&
			subjects->at[i].about.side == about->side &&
			memcmp(&subjects->at[i].about.home_address, &about->home_address,
				2 * sizeof(about->peer)) == 0)
			return "the subject has another number";
	if (about->subject >= subjects->room) {
		size_t room = 2 * (size_t)about->subject + 16;
		struct told_subject *grown = realloc(subjects->at, room * sizeof(*grown));
		if (!grown)
			abort();
		memset(grown + subjects->room, 0, (room - subjects->room) * sizeof(*grown));
		subjects->at = grown;
		subjects->room = room;
	}
	subjects->at[about->subject] = (struct told_subject){.about = *about};
	return NULL;
}

static const char *subject_remove(struct told_subject *subject)
{
	if (!subject)
		return "there is no such subject";
	if (subject->count > 0)
		return "the subject has tunnels";
	memset(subject, 0, sizeof(*subject));
	return NULL;
}

static const char *tunnel_set(struct told_subject *subject, const struct effect_tunnel *tunnel)
{
	if (!subject)
		return "there is no such subject";
	if (memcmp(&subject->about.home_address, &tunnel->home_address,
		    sizeof(tunnel->home_address)) != 0 ||
		memcmp(&subject->about.peer, &tunnel->peer, sizeof(tunnel->peer)) != 0)
		return "the tunnel is another subject's";
	if (IN6_IS_ADDR_UNSPECIFIED(&subject->about.peer) && subject->prefixes == 0)
		return "the home address is no prefix of the subject";
	if (tunnel_of(subject, tunnel->tunnel))
		return NULL;
	if (subject->count == SUBJECT_TUNNELS_MAX)
		return "too many tunnels";
	subject->tunnels[subject->count++] = (struct told_tunnel){tunnel->tunnel, TIER_NONE};
	return NULL;
}

static const char *tunnel_remove(
	const struct subjects *subjects, struct told_subject *subject, uint16_t number)
{
	struct told_tunnel *tunnel = subject ? tunnel_of(subject, number) : NULL;
	if (!tunnel && subjects->restarted)
		return NULL;
	if (!tunnel)
		return "there is no such tunnel";
	*tunnel = subject->tunnels[--subject->count];
	return NULL;
}

static const char *traffic_set(const struct subjects *subjects, struct told_subject *subject,
	const struct effect_traffic *traffic)
{
	if (!subject || traffic->rule != TRAFFIC_DEFAULT || traffic->mode != TRAFFIC_FIRST)
		return "there is no such rule";
	for (uint8_t i = 0; i < traffic->count; i++) {
		struct told_tunnel *tunnel = tunnel_of(subject, traffic->set[i].tunnel);
		if (traffic->set[i].tier == TIER_NONE || (!tunnel && !subjects->restarted))
			return "a rule names a tunnel that is not there, or no tier";
		if (tunnel)
			tunnel->tier = traffic->set[i].tier;
	}
	return NULL;
}

static const char *prefix_set(struct told_subject *subject, const struct effect_prefix *prefix)
{
	if (!subject)
		return "there is no such subject";
	if (subject->prefixes == 0 &&
		(prefix->length != 128 || memcmp(&prefix->prefix, &subject->about.home_address,
						  sizeof(prefix->prefix)) != 0))
		return "the first prefix is not the home address";
	subject->prefixes++;
	return NULL;
}

/* Of a daemon before. */
static bool is_unknown(const struct effect *effect)
{
	return effect->type == EFFECT_TUNNEL_REMOVE && effect->tunnel.subject == 0;
}

const char *subjects_apply(struct subjects *subjects, const struct effect *effect)
{
	if (is_unknown(effect))
		return NULL;
	switch (effect->type) {
	case EFFECT_SUBJECT_SET:
		return subject_set(subjects, &effect->subject);
	case EFFECT_SUBJECT_REMOVE:
		return subject_remove(find(subjects, effect->subject.subject));
	case EFFECT_PREFIX_SET:
		return prefix_set(find(subjects, effect->prefix.subject), &effect->prefix);
	case EFFECT_PREFIX_REMOVE:
	case EFFECT_TRAFFIC_REMOVE:
		return "no core does that yet";
	case EFFECT_TUNNEL_SET:
		return tunnel_set(find(subjects, effect->tunnel.subject), &effect->tunnel);
	case EFFECT_TUNNEL_REMOVE:
		return tunnel_remove(
			subjects, find(subjects, effect->tunnel.subject), effect->tunnel.tunnel);
	case EFFECT_TRAFFIC_SET:
		return traffic_set(
			subjects, find(subjects, effect->traffic.subject), &effect->traffic);
	default:
		return NULL;
	}
}

void subjects_restart(struct subjects *subjects)
{
	subjects_fini(subjects);
	subjects->restarted = true;
}

void subjects_fini(struct subjects *subjects)
{
	free(subjects->at);
	*subjects = (struct subjects){0};
}
