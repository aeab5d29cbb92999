/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The proof of an update to a correspondent: the nonces that its indices name, and the key that is
 * made of their tokens (RFC 6275 5.2.5, 5.2.6, 9.5.1). No state, and no replies: callers act on the
 * result.
 */
#ifndef MONAMI_CORE_UPDATE_PROOF_H
#define MONAMI_CORE_UPDATE_PROOF_H

#include "nonces.h"
#include "used_nonces.h"

/* The facts that must be proved. */
struct update_claim {
	const struct message *message;
	struct octets octets; /* of the message */
	const struct in6_addr *home_address;
	const struct in6_addr *care_of; /* that is to be bound */
	const struct in6_addr *own;
};

/* Lifetime zero */
bool update_claim_deletes(const struct update_claim *);

struct update_proof {
	bool lacks_home; /* the index is not recognized */
	bool lacks_care_of;
	const struct nonce *home;
	const struct nonce *care_of; /* NULL: it does not matter */
	uint8_t kbm[SHA1_OCTETS];
	struct in6_addr sealed_care_of; /* of the authenticator; the answer's is over the same */
};

/* Whether the proof is complete. */
bool update_proof_find(
	const struct update_claim *, const struct nonces *, nanos now, struct update_proof *ret);
/* Makes the key, and checks the authenticator with it. */
enum auth_result update_proof_check(
	const struct core_base *, const struct update_claim *, struct update_proof *);

/* The nonces with the care-of address; `until`: when the first of them is too old. */
struct nonce_pair update_proof_pair(const struct update_claim *, const struct update_proof *);
nanos update_proof_until(const struct update_proof *);

#endif
