/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 6275 9.5.1: both tokens for a registration, the home keygen token alone for a
 * de-registration.
 */
#include "update_proof.h"

bool update_claim_deletes(const struct update_claim *claim)
{
	return claim->message->binding_update.lifetime == 0;
}

/* RFC 6275 9.5.1: a de-registration ignores the care-of nonce index */
bool update_proof_find(const struct update_claim *claim, const struct nonces *nonces, nanos now,
	struct update_proof *ret)
{
	const struct opt_nonce_indices *indices = &claim->message->nonce_indices;
	const bool deletes = update_claim_deletes(claim);
	ret->home = nonces_find(nonces, indices->home, now);
	ret->care_of = deletes ? NULL : nonces_find(nonces, indices->care_of, now);
	ret->lacks_home = !ret->home;
	ret->lacks_care_of = !deletes && !ret->care_of;
	return !ret->lacks_home && !ret->lacks_care_of;
}

static int token_of(const struct core_base *base, const struct nonce *nonce, enum token_kind kind,
	const struct in6_addr *address, uint64_t *ret)
{
	return keygen_token(base, nonce->kcn, kind, address, nonce->value, ret);
}

/* RFC 6275 5.2.5: of the tokens as they were sent */
static int make_key(
	const struct core_base *base, const struct update_claim *claim, struct update_proof *proof)
{
	const bool deletes = update_claim_deletes(claim);
	uint64_t home, care_of;
	int error = token_of(base, proof->home, TOKEN_HOME, claim->home_address, &home);
	if (error == 0 && !deletes)
		error = token_of(base, proof->care_of, TOKEN_CARE_OF, claim->care_of, &care_of);
	if (error == 0)
		error = binding_key(base, home, deletes ? NULL : &care_of, proof->kbm);
	return error;
}

static enum auth_result check_over(const struct core_base *base, const struct update_claim *claim,
	const struct in6_addr *care_of, struct update_proof *proof)
{
	const struct binding_parties parties = {*care_of, *claim->own};
	proof->sealed_care_of = *care_of;
	return binding_key_check(base, proof->kbm, &parties, claim->message, claim->octets);
}

/* A de-registration is sealed over the home address (RFC 6275 6.2.7) or over the care-of address
 * (9.5.1, 11.7.2); its key is made of the home keygen token alone in both cases. */
enum auth_result update_proof_check(
	const struct core_base *base, const struct update_claim *claim, struct update_proof *proof)
{
	enum auth_result result = AUTH_WRONG;
	if (make_key(base, claim, proof) < 0)
		return AUTH_FAILURE;
	if (update_claim_deletes(claim))
		result = check_over(base, claim, claim->home_address, proof);
	return result == AUTH_WRONG ? check_over(base, claim, claim->care_of, proof) : result;
}

nanos update_proof_until(const struct update_proof *proof)
{
	return proof->care_of ? nanos_min(proof->home->until, proof->care_of->until)
			      : proof->home->until;
}

struct nonce_pair update_proof_pair(
	const struct update_claim *claim, const struct update_proof *proof)
{
	return (struct nonce_pair){
		.care_of = *claim->care_of,
		.until = update_proof_until(proof),
		.home = proof->home->index,
		.care_of_index = proof->care_of->index,
	};
}
