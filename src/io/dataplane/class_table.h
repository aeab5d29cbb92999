/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules of one subject as the tables by which the tc programs classify a packet in a fixed
 * number of steps (src/bpf/classify.h). Each field of the packet has a trie of prefixes; the
 * longest one that the value is in leads to the set of rules, a bit for each, whose range of this
 * field has the value. The rule is the first of those that are in the sets of all fields.
 */
#ifndef MONAMI_IO_CLASS_TABLE_H
#define MONAMI_IO_CLASS_TABLE_H

#include "../../bpf/abi.h"
#include "../../core/api/effect.h"

/* In the order of preference. */
struct class_rule {
	struct traffic_selector selector;
	uint32_t interface; /* that a forwarded packet came in by; 0: any */
};

struct class_node {
	struct abi_class_key key; /* `rules` is zero */
	uint64_t matching;
};

struct class_table {
	struct abi_rules rules;
	size_t count;
	struct class_node *nodes;
};

/* `count`: at most ABI_RULES_MAX. 0 or -ENOMEM. */
int class_table_build(const struct class_rule *, size_t count, struct class_table *ret);
void class_table_fini(struct class_table *);

#endif
