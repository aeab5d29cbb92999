/* SPDX-License-Identifier: BSD-2-Clause */
#include "subjects.h"

#include <stdlib.h>
#include <string.h>

static struct told_subject *find(const struct subjects *subjects, uint32_t number)
{
	bool there = number < subjects->room && subjects->at[number].there;
	return there ? &subjects->at[number] : NULL;
}

const struct effect_subject *subjects_owner(const struct subjects *subjects, uint32_t subject)
{
	static const struct effect_subject nobody;
	return subject < subjects->room ? &subjects->at[subject].about : &nobody;
}

const struct told_subject *subjects_find(const struct subjects *subjects, uint32_t subject)
{
	return find(subjects, subject);
}

const struct told_subject *subjects_about(const struct subjects *subjects,
	const struct in6_addr *home_address, const struct in6_addr *peer)
{
	for (size_t i = 0; i < subjects->room; i++) {
		const struct effect_subject *about = &subjects->at[i].about;
		if (subjects->at[i].there &&
			IN6_ARE_ADDR_EQUAL(&about->home_address, home_address) &&
			IN6_ARE_ADDR_EQUAL(&about->peer, peer))
			return &subjects->at[i];
	}
	return NULL;
}

static struct told_tunnel *tunnel_of(struct told_subject *subject, uint16_t number)
{
	for (size_t i = 0; i < subject->count; i++)
		if (subject->tunnels[i].tunnel == number)
			return &subject->tunnels[i];
	return NULL;
}

uint8_t subjects_tier(const struct subjects *subjects, const struct effect_tunnel *tunnel)
{
	struct told_subject *subject = find(subjects, tunnel->subject);
	const struct told_tunnel *told = subject ? tunnel_of(subject, tunnel->tunnel) : NULL;
	return told ? told->tier : TIER_NONE;
}

static const char *subject_set(struct subjects *subjects, const struct effect_subject *about)
{
	if (about->subject == 0 || find(subjects, about->subject))
		return "the number is taken";
	bool has_peer = about->side == SUBJECT_AT_CORRESPONDENT || about->side == SUBJECT_DIRECT;
	if (has_peer == IN6_IS_ADDR_UNSPECIFIED(&about->peer))
		return "the side does not fit the peer";
	for (size_t i = 0; i < subjects->room; i++)
		if (subjects->at[i].there && subjects->at[i].about.side == about->side &&
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
	subjects->at[about->subject] = (struct told_subject){.there = true, .about = *about};
	return NULL;
}

static const char *subject_remove(struct told_subject *subject)
{
	if (!subject)
		return "there is no such subject";
	if (subject->count > 0)
		return "the subject has tunnels";
	free(subject->rules);
	*subject = (struct told_subject){.about = subject->about};
	return NULL;
}

static const char *tunnel_set(struct told_subject *subject, const struct effect_tunnel *tunnel)
{
	if (!subject)
		return "there is no such subject";
	if (IN6_IS_ADDR_UNSPECIFIED(&subject->about.peer) && subject->prefixes == 0)
		return "the home address is no prefix of the subject";
	const struct told_tunnel *told = tunnel_of(subject, tunnel->tunnel);
	if (told)
		return told->bid == tunnel->bid ? NULL : "another BID's tunnel has the number";
	if (subject->count == SUBJECT_TUNNELS_MAX)
		return "too many tunnels";
	subject->tunnels[subject->count++] = (struct told_tunnel){
		.tunnel = tunnel->tunnel, .bid = tunnel->bid, .tier = TIER_NONE};
	return NULL;
}

static void leave_rule(struct effect_traffic *rule, uint16_t number)
{
	for (uint8_t i = rule->count; i-- > 0;)
		if (rule->set[i].tunnel == number)
			rule->set[i] = rule->set[--rule->count];
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
	for (size_t i = 0; i < subject->rules_count; i++)
		leave_rule(&subject->rules[i], number);
	return NULL;
}

static struct effect_traffic *find_rule(const struct told_subject *subject, uint16_t rule)
{
	for (size_t i = 0; i < subject->rules_count; i++)
		if (subject->rules[i].rule == rule)
			return &subject->rules[i];
	return NULL;
}

const struct effect_traffic *subject_rule(const struct told_subject *subject, uint16_t rule)
{
	return find_rule(subject, rule);
}

static const char *keep_rule(struct told_subject *subject, const struct effect_traffic *traffic)
{
	struct effect_traffic *place = find_rule(subject, traffic->rule);
	for (uint8_t i = 0; i < traffic->count; i++)
		if (!tunnel_of(subject, traffic->set[i].tunnel) || traffic->set[i].weight == 0)
			return "a rule names a tunnel that is not there, or without weight";
	if (!place && subject->rules_count == RULES_MAX)
		return "there are too many rules";
	if (!place) {
		struct effect_traffic *grown =
			realloc(subject->rules, (subject->rules_count + 1) * sizeof(*grown));
		if (!grown)
			abort();
		subject->rules = grown;
		place = &grown[subject->rules_count++];
	}
	*place = *traffic;
	return NULL;
}

static const char *traffic_remove(struct told_subject *subject, uint16_t rule)
{
	struct effect_traffic *place = subject ? find_rule(subject, rule) : NULL;
	if (!place)
		return "there is no such rule to remove";
	*place = subject->rules[--subject->rules_count];
	return NULL;
}

static const char *traffic_set(const struct subjects *subjects, struct told_subject *subject,
	const struct effect_traffic *traffic)
{
	if (!subject)
		return "there is no such subject";
	if (traffic->rule != TRAFFIC_DEFAULT)
		return keep_rule(subject, traffic);
	if (traffic->mode != TRAFFIC_FIRST)
		return "the default rule has another mode";
	for (uint8_t i = 0; i < traffic->count; i++) {
		struct told_tunnel *tunnel = tunnel_of(subject, traffic->set[i].tunnel);
		if (traffic->set[i].tier == TIER_NONE || (!tunnel && !subjects->restarted))
			return "a rule names a tunnel that is not there, or no tier";
		if (!tunnel)
			continue;
		tunnel->tier = traffic->set[i].tier;
		tunnel->weight = traffic->set[i].weight;
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
		return "no core does that yet";
	case EFFECT_TRAFFIC_REMOVE:
		return traffic_remove(
			find(subjects, effect->traffic.subject), effect->traffic.rule);
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
	for (size_t i = 0; i < subjects->room; i++) {
		free(subjects->at[i].rules);
		subjects->at[i] = (struct told_subject){.about = subjects->at[i].about};
	}
	subjects->restarted = true;
}

void subjects_fini(struct subjects *subjects)
{
	for (size_t i = 0; i < subjects->room; i++)
		free(subjects->at[i].rules);
	free(subjects->at);
	*subjects = (struct subjects){0};
}
