/* SPDX-License-Identifier: BSD-2-Clause */
#include "shares.h"

#include "cmocka_scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void share_add(struct message *message, uint8_t care_of_id, uint8_t source, uint8_t destination,
	const char *care_of)
{
	assert_true(message->load_balancing_count < MESSAGE_LOAD_BALANCING_MAX);
	message->load_balancing[message->load_balancing_count++] = (struct opt_load_balancing){
		.source = source,
		.destination = destination,
		.care_of_id = care_of_id,
		.address = address_of(care_of),
	};
}

static int by_id(const void *left, const void *right)
{
	const struct opt_load_balancing *l = left, *r = right;
	return (l->care_of_id > r->care_of_id) - (l->care_of_id < r->care_of_id);
}

void expect_options(const struct message *message, const char *options)
{
	struct opt_load_balancing at[MESSAGE_LOAD_BALANCING_MAX];
	char text[256] = "";
	size_t count = message->load_balancing_count;
	memcpy(at, message->load_balancing, count * sizeof(at[0]));
	qsort(at, count, sizeof(at[0]), by_id);
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(text);
		snprintf(text + length, sizeof(text) - length, "%s%u:%u/%u", i ? " " : "",
			at[i].care_of_id, at[i].source, at[i].destination);
	}
	assert_string_equal(text, options);
}

static int by_tier(const void *left, const void *right)
{
	const struct told_tunnel *l = left, *r = right;
	if (l->tier != r->tier)
		return l->tier < r->tier ? -1 : 1;
	return (l->tunnel > r->tunnel) - (l->tunnel < r->tunnel);
}

void expect_shares(
	const struct actor *actor, const char *home_address, const char *peer, const char *shares)
{
	const struct in6_addr home = address_of(home_address), other = address_of(peer);
	const struct told_subject *subject = subjects_about(&actor->subjects, &home, &other);
	struct told_tunnel at[SUBJECT_TUNNELS_MAX];
	char text[256] = "";
	assert_non_null(subject);
	memcpy(at, subject->tunnels, subject->count * sizeof(at[0]));
	qsort(at, subject->count, sizeof(at[0]), by_tier);
	for (size_t i = 0; i < subject->count; i++) {
		size_t length = strlen(text);
		char weight[8] = "";
		if (at[i].tier == TIER_NONE)
			continue;
		if (at[i].tier == TIER_SHARED)
			snprintf(weight, sizeof(weight), ":%u", at[i].weight);
		snprintf(text + length, sizeof(text) - length, "%s%u%s", length ? " " : "",
			at[i].tunnel, weight);
	}
	assert_string_equal(text, shares);
}
