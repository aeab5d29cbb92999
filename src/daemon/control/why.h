/* SPDX-License-Identifier: BSD-2-Clause */
/* The question of `monami why`, and its answer: how packets of a flow leave now, and why so. */
#ifndef MONAMI_DAEMON_WHY_H
#define MONAMI_DAEMON_WHY_H

#include "../config/config.h"

#include "../../io/dataplane/dataplane.h"

#include <jansson.h>

#define WHY_ANY_MOBILE_NODE UINT_MAX
#define WHY_NEW_FLOW (UINT_MAX - 1) /* the one whose home address a new flow takes */

struct flow_question {
	unsigned int mobile_node; /* its home address is ours; WHY_ANY_MOBILE_NODE: that of `own` */
	struct flow_key key;      /* as of a packet to the mobile node */
	char interface[IFNAMSIZ]; /* that it comes in by; "": it is the host's own */
};

struct why_link {
	uint16_t bid;
	char name[IFNAMSIZ]; /* "": not known */
	uint8_t tier;
	bool used;
	bool excluded;
	const char *reason; /* why it comes behind others; "": nothing speaks against it */
};

struct flow_answer {
	struct in6_addr own;
	bool is_new;           /* WHY_NEW_FLOW; the rest says why it has this home address */
	const char *new_flows; /* name of the new_flows block; NULL: none is for it */
	const char *mobile_node;
	unsigned int passed_over; /* mobile nodes that the block prefers, without usable link */
	struct dataplane_departure departure; /* by the maps as they are */
	bool has_rule;                        /* it is the mobile node's, and known */
	struct config_flow rule;
	char link[IFNAMSIZ];  /* "": not known */
	bool is_told;         /* `told` is known: the rule is the mobile node's */
	enum flow_state told; /* of the home agent */
	uint8_t told_status;
	unsigned int links_count; /* in the order of use */
	struct why_link links[BINDINGS_MAX];
};

/* Reads a request. Returns NULL, or why it is none. `mobile_node` is not read. */
const char *why_question(const json_t *request, struct flow_question *ret);
/* The answer's document. NULL if out of memory. */
json_t *why_document(const struct flow_question *, const struct flow_answer *);

#endif
