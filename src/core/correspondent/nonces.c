/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 6275 5.2.7. A nonce stands at its index modulo their number, where it replaces one that is
 * 240 seconds old or more.
 */
#include "nonces.h"

#include <string.h>

static struct nonce *place_of(const struct nonces *nonces, uint16_t index)
{
	return (struct nonce *)&nonces->at[index % NONCES_KEPT];
}

void nonces_init(struct nonces *nonces, const struct core_port *port)
{
	memset(nonces, 0, sizeof(*nonces));
	port->random(port->ctx, &nonces->newest, sizeof(nonces->newest));
}

/* volatile: the compiler must not omit writes to memory that is about to be freed. */
void nonces_cleanse(struct nonces *nonces)
{
	volatile uint8_t *octets = (volatile uint8_t *)nonces;

	for (size_t i = 0; i < sizeof(*nonces); i++)
		octets[i] = 0;
}

const struct nonce *nonces_find(const struct nonces *nonces, uint16_t index, nanos now)
{
	const struct nonce *nonce = place_of(nonces, index);
	return nonce->until > now && nonce->index == index ? nonce : NULL;
}

_Static_assert(NONCES_KEPT *NONCE_PERIOD_MIN >= NONCE_LIFETIME, "no nonce ends early");

static bool is_young(const struct nonce *nonce, bool spent, nanos now)
{
	const nanos period = spent ? NONCE_PERIOD_MIN : NONCE_PERIOD;
	return nonce && nonce->until - now > NONCE_LIFETIME - period;
}

void nonces_spend(struct nonces *nonces, uint16_t index)
{
	nonces->spent = nonces->spent || index == nonces->newest;
}

void nonces_spend_until(struct nonces *nonces, nanos until)
{
	nonces->spent = nonces->spent || place_of(nonces, nonces->newest)->until <= until;
}

bool nonces_is_given(const struct nonces *nonces, uint16_t index, nanos now)
{
	return index == nonces->newest &&
	       is_young(nonces_find(nonces, index, now), nonces->spent, now);
}

const struct nonce *nonces_current(struct nonces *nonces, const struct core_port *port, nanos now)
{
	const struct nonce *newest = nonces_find(nonces, nonces->newest, now);
	if (is_young(newest, nonces->spent, now))
		return newest;
	nonces->spent = false;
	struct nonce *nonce = place_of(nonces, ++nonces->newest);
	nonce->index = nonces->newest;
	nonce->until = now + NONCE_LIFETIME;
	port->random(port->ctx, nonce->value, sizeof(nonce->value));
	port->random(port->ctx, nonce->kcn, sizeof(nonce->kcn));
	return nonce;
}
