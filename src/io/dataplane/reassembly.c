/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 8200 4.5, RFC 5722: a packet with overlapping fragments is discarded, with its fragments that
 * arrive later; an exact duplicate is ignored.
 */
#include "reassembly.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PIECES_MAX 16
#define ADDRESSES_OCTETS 32

/* RFC 3168 5: the two bits, as bits of a set. */
enum {
	ECN_NOT_ECT = 1 << 0,
	ECN_CE = 1 << 3,
};

struct fragment {
	const uint8_t *header;
	uint32_t identification;
	uint8_t next_header;
	bool more;
	uint16_t at;
	struct octets data;
};

struct piece {
	uint16_t at;
	uint16_t length;
};

/* The keys of a group are apart from its packets, so that a search reads little memory. */
struct key {
	nanos since; /* 0: the place is free */
	uint32_t identification;
	uint32_t source; /* part of the hash of its address */
};

struct place {
	uint8_t addresses[ADDRESSES_OCTETS]; /* source and destination */
	bool refused;                        /* later fragments are discarded */
	uint8_t ecn;                         /* of all its fragments: a set of 1 << field */
	uint8_t pieces_count;
	uint16_t received;
	uint16_t total; /* octets; 0: the last fragment has not come */
	struct piece pieces[PIECES_MAX];
	uint8_t octets[REASSEMBLED_OCTETS_MAX];
};

struct group {
	struct key keys[REASSEMBLY_PLACES];
	struct place places[REASSEMBLY_PLACES];
};

struct reassembly {
	struct hash_key key;
	struct group groups[REASSEMBLY_GROUPS];
};

int reassembly_new(const struct core_port *port, struct reassembly **ret)
{
	struct reassembly *reassembly = calloc(1, sizeof(*reassembly));

	if (!reassembly)
		return -ENOMEM;
	hash_key_init(&reassembly->key, port);
	*ret = reassembly;
	return 0;
}

void reassembly_free(struct reassembly *reassembly)
{
	free(reassembly);
}

static bool fragment_decode(struct octets octets, struct fragment *ret)
{
	struct cursor cursor = cursor_over(octets.at, octets.length);

	uint32_t version = cursor_u32(&cursor) >> 28;
	uint16_t payload = cursor_u16(&cursor);
	uint8_t next_header = cursor_u8(&cursor);
	cursor_octets(&cursor, IPV6_HEADER_OCTETS - IPV6_NEXT_HEADER_AT - 1);
	ret->next_header = cursor_u8(&cursor);
	cursor_u8(&cursor);
	uint16_t offset = cursor_u16(&cursor);
	ret->identification = cursor_u32(&cursor);
	if (cursor.failed || version != 6 || next_header != FRAGMENT_NEXT_HEADER ||
		payload <= FRAGMENT_HEADER_OCTETS ||
		payload - FRAGMENT_HEADER_OCTETS > (int)cursor_left(&cursor))
		return false;
	ret->header = octets.at;
	ret->at = offset & FRAGMENT_OFFSET_MASK;
	ret->more = offset & FRAGMENT_MORE;
	ret->data = cursor_octets(&cursor, payload - FRAGMENT_HEADER_OCTETS);
	return true;
}

static uint8_t ecn_of(const uint8_t *header)
{
	return (uint8_t)(1 << (header[1] >> 4 & 3));
}

/* ---- places ---- */

static bool is_of(
	const struct group *group, int which, const struct fragment *fragment, uint32_t source)
{
	const struct key *key = &group->keys[which];

	return key->since != 0 && key->identification == fragment->identification &&
	       key->source == source &&
	       memcmp(group->places[which].addresses, fragment->header + IPV6_SOURCE_AT,
		       ADDRESSES_OCTETS) == 0;
}

static int older(const struct group *group, int a, int b)
{
	return a < 0 || group->keys[b].since < group->keys[a].since ? b : a;
}

/* The place of the fragment's packet; else a free one, else the oldest, or the oldest of its source
 * if that has half of the group. */
static int find_place(struct group *group, nanos now, const struct fragment *fragment,
	uint32_t source, bool *ret_found)
{
	int oldest = -1, own = -1, own_count = 0;

	for (int i = 0; i < REASSEMBLY_PLACES; i++) {
		if (now - group->keys[i].since > REASSEMBLY_NANOS)
			group->keys[i].since = 0;
		*ret_found = is_of(group, i, fragment, source);
		if (*ret_found)
			return i;
		oldest = older(group, oldest, i);
		if (group->keys[i].since != 0 && group->keys[i].source == source) {
			own = older(group, own, i);
			own_count++;
		}
	}
	return own_count >= REASSEMBLY_PLACES / 2 ? own : oldest;
}

static void begin(
	struct group *group, int which, nanos now, const struct fragment *fragment, uint32_t source)
{
	memset(&group->places[which], 0, offsetof(struct place, octets));
	memcpy(group->places[which].addresses, fragment->header + IPV6_SOURCE_AT, ADDRESSES_OCTETS);
	group->keys[which] = (struct key){
		.since = now,
		.identification = fragment->identification,
		.source = source,
	};
}

/* ---- one packet ---- */

enum fit {
	FITS,
	DUPLICATE,
	OVERLAPS,
};

static enum fit fit(const struct place *place, const struct fragment *fragment)
{
	const size_t end = fragment->at + fragment->data.length;

	for (int i = 0; i < place->pieces_count; i++) {
		const struct piece *piece = &place->pieces[i];

		if (piece->at == fragment->at && piece->length == fragment->data.length)
			return DUPLICATE;
		if (piece->at < end && fragment->at < piece->at + piece->length)
			return OVERLAPS;
	}
	return place->pieces_count < PIECES_MAX ? FITS : OVERLAPS;
}

/* Sets `total` by the last fragment. False: the fragments disagree about where the packet ends, or
 * it is too long. */
static bool note_end(struct place *place, const struct fragment *fragment)
{
	const size_t end = fragment->at + fragment->data.length;

	if (end > REASSEMBLED_OCTETS_MAX - IPV6_HEADER_OCTETS)
		return false;
	if (fragment->more)
		return fragment->data.length % 8 == 0 && (place->total == 0 || end < place->total);
	if (place->total != 0 && place->total != end)
		return false;
	for (int i = 0; i < place->pieces_count; i++)
		if (place->pieces[i].at + place->pieces[i].length > (int)end)
			return false;
	place->total = (uint16_t)end;
	return true;
}

static bool take(struct place *place, const struct fragment *fragment)
{
	switch (fit(place, fragment)) {
	case DUPLICATE:
		return true;
	case OVERLAPS:
		return false;
	case FITS:
		break;
	}
	if (!note_end(place, fragment))
		return false;
	place->pieces[place->pieces_count++] =
		(struct piece){fragment->at, (uint16_t)fragment->data.length};
	place->received = (uint16_t)(place->received + fragment->data.length);
	place->ecn |= ecn_of(fragment->header);
	memcpy(place->octets + IPV6_HEADER_OCTETS + fragment->at, fragment->data.at,
		fragment->data.length);
	if (fragment->at == 0) {
		memcpy(place->octets, fragment->header, IPV6_HEADER_OCTETS);
		place->octets[IPV6_NEXT_HEADER_AT] = fragment->next_header;
	}
	return true;
}

/* RFC 3168 5.3: if one fragment is marked CE, so is the packet. False: another fragment is Not-ECT,
 * and the packet is to be discarded. */
static bool combine_ecn(struct place *place)
{
	if (!(place->ecn & ECN_CE))
		return true;
	place->octets[1] |= 3 << 4;
	return !(place->ecn & ECN_NOT_ECT);
}

static size_t complete(struct place *place, uint8_t *ret)
{
	const size_t length = (size_t)IPV6_HEADER_OCTETS + place->total;

	if (!combine_ecn(place))
		return 0;
	place->octets[IPV6_PAYLOAD_LENGTH_AT] = (uint8_t)(place->total >> 8);
	place->octets[IPV6_PAYLOAD_LENGTH_AT + 1] = (uint8_t)place->total;
	memcpy(ret, place->octets, length);
	return length;
}

/* RFC 6946 4: a fragment that is a whole packet has nothing to do with any other. */
static size_t add_atomic(const struct fragment *fragment, uint8_t *ret)
{
	static struct place place;

	memset(&place, 0, offsetof(struct place, octets));
	return take(&place, fragment) ? complete(&place, ret) : 0;
}

size_t reassembly_add(struct reassembly *reassembly, nanos now, struct octets octets,
	uint8_t ret[REASSEMBLED_OCTETS_MAX])
{
	struct fragment fragment;
	bool found;

	if (!fragment_decode(octets, &fragment))
		return 0;
	if (fragment.at == 0 && !fragment.more)
		return add_atomic(&fragment, ret);
	const uint64_t hash = keyed_hash(
		&reassembly->key, fragment.header + IPV6_SOURCE_AT, sizeof(struct in6_addr));
	const uint32_t source = (uint32_t)(hash >> 32);
	struct group *group = &reassembly->groups[hash % REASSEMBLY_GROUPS];
	const int which = find_place(group, now, &fragment, source, &found);
	struct place *place = &group->places[which];
	if (!found)
		begin(group, which, now, &fragment, source);
	if (place->refused)
		return 0;
	place->refused = !take(place, &fragment);
	if (place->refused || place->total == 0 || place->received != place->total)
		return 0;
	group->keys[which].since = 0;
	return complete(place, ret);
}
