/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The policy of a mobile node: rules that say which of its flows use which links. A flow is for the
 * first rule that it matches; one that no rule is for uses the links by their priorities.
 */
#ifndef MONAMI_CORE_POLICY_H
#define MONAMI_CORE_POLICY_H

#include "record.h"
#include "../../wire/traffic_selector.h"

enum policy_mode {
#define MODE(name, text) POLICY_##name,
#include "policy_modes.def"
#undef MODE
	POLICY_MODES
};

struct policy_link {
	uint16_t bid;
	uint8_t weight; /* POLICY_BALANCE: its share; at least 1 */
};

/*
 * Links that do not meet a condition come after all others, in their order; `strict` excludes them,
 * and packets then wait or are answered as if no link were usable. A condition of 0 is none.
 */
struct policy_rule {
	uint16_t number; /* 1..65535; also its flow identifier (RFC 6089 4.2) */
	uint16_t
		preference; /* 1..65535, differs from those of other rules; the lowest goes first */
	uint8_t mode;       /* enum policy_mode */
	bool strict;
	bool unmetered;        /* condition: the link is not metered */
	uint8_t loss_max;      /* condition: percent of probes */
	uint32_t delay_max_us; /* condition: round trip */
	uint64_t rate_min;     /* condition: bits a second */
	uint32_t interface;    /* ifindex that a forwarded packet came in by; 0: any */
	struct traffic_selector selector;
	uint8_t links_count; /* 0: all links */
	struct policy_link links[BINDINGS_MAX];
	/* POLICY_BALANCE: the links to receive by, with their weights, if they are others than
	 * those to send by (draft-montavont-mip6-mmi-02 7.3); 0: the same */
	uint8_t receive_count;
	struct policy_link receive[BINDINGS_MAX];
};

/* Whether its packets are sent at all. */
bool policy_rule_sends(const struct policy_rule *);
bool policy_rule_equal(const struct policy_rule *, const struct policy_rule *);

#endif
