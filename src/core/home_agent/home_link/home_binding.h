/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The binding of a mobile node that is on its home link and on visited links at once (RFC 5648 5.6,
 * 6.3), as far as it differs from other bindings. Its care-of address is the home address.
 */
#ifndef MONAMI_CORE_HOME_BINDING_H
#define MONAMI_CORE_HOME_BINDING_H

#include "home_link.h"

/* RFC 5568 6.4.4: the mobile node's link-layer address, if the message has a usable one. */
bool home_binding_link_layer(const struct message *, uint8_t ret[LINK_LAYER_OCTETS]);

/* RFC 5648 6.3: the status that a home binding in this update gets, if nothing else is wrong. */
uint8_t home_binding_status(
	const struct home_link *, const struct binding_entry *, const struct received *);

/* Keeps the link-layer address, if a home binding is now in `wanted`. */
void home_binding_learn(
	struct binding_entry *, const struct bindings *wanted, const struct message *);

/* The tunnel without encapsulation: how packets reach the mobile node on the home link. */
void home_binding_tunnel(
	const struct home_link *, const struct binding_entry *, struct effect_tunnel *);
/* Restores a home binding beside `present`. False: it cannot be used here. */
bool home_binding_restore(const struct home_link *, struct binding_entry *,
	const struct bindings *present, const struct record_binding *);

/* Sends the packet by the home link, and to the mobile node's link-layer address if it is known. */
void home_binding_address(
	const struct home_link *, const struct binding_entry *, struct effect_send *);

/* Whether the source of the packet is a configured home address; a Home Address option may repeat
 * it. */
bool home_binding_is_at_home(const struct home_link *, const struct packet *);

/*
 * RFC 6275 9.3.3, 9.5.4, 10.3.2: addresses the answer to `packet`. If that came from a home
 * address, the answer leaves by the interface that it came by, since the route to the home address
 * leads into the tunnel while there is a binding. On the home link it goes to the link-layer
 * address in `message` (RFC 5648 5.6.3), if `message` is not NULL and has one, or to the one that
 * is known. Otherwise the answer is routed.
 */
void home_binding_address_answer(const struct home_link *, uint32_t ifindex, const struct packet *,
	const struct message *, struct effect_send *);

#endif
