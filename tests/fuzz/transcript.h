/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All that message_visit() says about a message, as octets: two messages mean the same if their
 * transcripts are equal.
 */
#ifndef MONAMI_FUZZ_TRANSCRIPT_H
#define MONAMI_FUZZ_TRANSCRIPT_H

#include "../../src/wire/message.h"

#define TRANSCRIPT_OCTETS_MAX 65536

struct transcript {
	struct builder out;
	uint8_t octets[TRANSCRIPT_OCTETS_MAX];
};

void transcript_write(struct transcript *, const struct message *);
bool transcript_equal(const struct transcript *, const struct transcript *);

#endif
