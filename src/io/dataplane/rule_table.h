/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules of subjects in the maps (src/bpf/classify.h): for each subject with rules a set of
 * classes, and for each rule an entry of `traffics`. A set is not changed while packets are
 * classified by it: rule_table_publish() writes another one and gives its number to the subject. A
 * rule keeps its entry, and so its flows keep their tunnels, as long as it exists.
 */
#ifndef MONAMI_IO_RULE_TABLE_H
#define MONAMI_IO_RULE_TABLE_H

#include "class_table.h"
#include "slots.h"

struct rule_set;

struct rule_table {
	int rules_fd; /* borrowed */
	int classes_fd;
	struct abi_subject *subjects; /* the maps' memory */
	uint32_t subjects_max;
	struct abi_traffic *traffics; /* the first `subjects_max` are the subjects' own */
	uint32_t traffics_max;
	struct slots free;
	struct rule_set **sets; /* by the subject's place; NULL: it has no rules */
	uint32_t sets_count;
	uint32_t last_number; /* of a set */
	bool changed;         /* since rule_table_publish() */
};

/* With maps, memory and numbers already set: goes on with the sets of the previous daemon.
 * -ENOMEM, or what the maps said. */
int rule_table_init(struct rule_table *);
void rule_table_fini(struct rule_table *);

/* The rule of this number, new or changed, and its entry of `traffics`, whose tunnels are for the
 * caller to fill in. -ENOSPC: it has ABI_RULES_MAX, or the map is full; -ENOMEM. */
int rule_table_set(struct rule_table *, uint32_t subject, const struct effect_traffic *,
	struct abi_traffic **ret);
/* The entry of the rule; NULL: there is none. */
struct abi_traffic *rule_table_entry(const struct rule_table *, uint32_t subject, uint16_t rule);
/* -ENOENT: there is none. */
int rule_table_remove(struct rule_table *, uint32_t subject, uint16_t rule);
/* The subject goes, and the programs do not find it any more. */
void rule_table_forget(struct rule_table *, uint32_t subject);

/* Calls `each` for the entries by which packets of the subject leave, or will after
 * rule_table_publish(); not for the subject's own. */
void rule_table_each_traffic(const struct rule_table *, uint32_t subject,
	void (*each)(void *ctx, struct abi_traffic *), void *ctx);
/* The entry of the first rule for the packet; the subject's own if there is none. `ret_rule`:
 * TRAFFIC_DEFAULT then. */
const struct abi_traffic *rule_table_traffic(const struct rule_table *, uint32_t subject,
	const struct flow_key *, uint32_t interface, uint16_t *ret_rule);

/* Packets are classified by the rules as they were set. What the maps said: subjects whose set
 * could not be written keep the one that they had. */
int rule_table_publish(struct rule_table *);
/* Subjects whose rules were not set since rule_table_init() have none. As rule_table_publish(). */
int rule_table_sweep(struct rule_table *);
bool rule_table_has_rules(const struct rule_table *);

#endif
