/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Binding Updates that were sent, to be replayed, or altered on their way.
 */
#ifndef MONAMI_FUZZ_SENT_UPDATE_H
#define MONAMI_FUZZ_SENT_UPDATE_H

#include "../../src/wire/packet.h"

#define SENT_UPDATES_MAX 8

struct sent_update {
	bool bound; /* it has set a tunnel */
	size_t length;
	size_t payload_at;
	uint8_t octets[PACKET_OCTETS_MAX];
};

/* The last ones. */
struct sent_updates {
	size_t count; /* of all there were */
	struct sent_update at[SENT_UPDATES_MAX];
};

struct sent_update *sent_updates_add(
	struct sent_updates *, const uint8_t *octets, size_t length, size_t payload_at);
/* One of them; NULL if there is none. */
struct sent_update *sent_updates_recall(struct sent_updates *, uint8_t which);

/*
 * The update with one octet of its message changed by `change`, the checksum made right. False:
 * `at` is in the checksum, which nothing else covers.
 */
bool sent_update_alter(
	const struct sent_update *, size_t at, uint8_t change, uint8_t ret[PACKET_OCTETS_MAX]);

#endif
