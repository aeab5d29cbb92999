/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by ro_receive.c and ro_acknowledgement.c. */
#ifndef MONAMI_CORE_RO_ANSWER_H
#define MONAMI_CORE_RO_ANSWER_H

#include "ro_peer.h"

/* One message from a correspondent. */
struct ro_answer {
	struct route_optimization *ro;
	struct ro_peer *peer;
	const struct received *received;
	struct outbox *outbox;
};

/* RFC 5648 5.7, draft-05 6.2: it does not know Binding Identifiers. */
void ro_fall_back(const struct ro_answer *);

/* A Binding Acknowledgement. */
void ro_acknowledgement(const struct ro_answer *);

#endif
