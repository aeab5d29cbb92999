/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a mobile node abroad knows of the prefixes of its home link (RFC 6275 11.4.2, 11.4.3):
 * Mobile Prefix Solicitations, and what the advertisements say. They are not authentic without
 * IPsec, and so for information only: no address and no binding follows from them. What a forger
 * can make the node do is to solicit, at most once in three seconds.
 */
#ifndef MONAMI_CORE_PREFIX_SOLICITATION_H
#define MONAMI_CORE_PREFIX_SOLICITATION_H

#include "../base/role.h"

struct prefix_solicitation {
	bool wanted; /* an advertisement: one is being solicited */
	bool open;   /* the last solicitation has no answer */
	uint16_t identifier;
	nanos sent; /* the last solicitation; 0: none */
	nanos wait; /* after it; 0: the next is the first */
	nanos at;
	nanos renew_at;  /* the home prefix will soon be invalid; NANOS_NEVER: not known of */
	bool deprecated; /* that was told of the home prefix */
	uint8_t count;
	struct host_prefix known[ICMPV6_PREFIXES_MAX];
};

struct mobile_node;

void prefix_solicitation_init(struct prefix_solicitation *);
/* Another home agent: what the one before was asked it will not answer. */
void prefix_solicitation_restart(struct prefix_solicitation *);

/* RFC 6275 11.7.3: the home agent asks for a solicitation. */
void prefix_solicitation_need(struct prefix_solicitation *);

/* A Mobile Prefix Advertisement. */
void prefix_solicitation_receive(
	struct mobile_node *, struct moment, const struct received_icmpv6 *, struct outbox *);

void prefix_solicitation_reconcile(struct mobile_node *, struct outbox *);
nanos prefix_solicitation_next_deadline(const struct mobile_node *);

#endif
