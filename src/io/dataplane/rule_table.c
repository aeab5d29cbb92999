/* SPDX-License-Identifier: BSD-2-Clause */
#include "rule_table.h"

#include "map_memory.h"
#include "subject_tunnels.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>

struct rule {
	uint16_t number;
	uint16_t preference;
	uint32_t traffic; /* its entry's number */
	struct class_rule match;
};

struct rule_set {
	/* In the maps. `is_foreign`: by the previous daemon, so that its classes are not known. */
	uint32_t number; /* ABI_NO_RULES: none yet */
	struct abi_rules published;
	size_t published_count; /* of `published.traffics` */
	struct class_table classes;
	bool is_foreign;
	/* As set. */
	bool changed;
	size_t count;
	struct rule rules[ABI_RULES_MAX]; /* in the order of preference */
};

/* ---- entries of `traffics` ---- */

static int traffic_take(struct rule_table *table, uint32_t subject, uint32_t *ret)
{
	int result = slots_take(&table->free, ret);

	if (result < 0)
		return result;
	traffic_clear(&table->traffics[*ret]);
	map_store_u32(&table->traffics[*ret].subject, subject);
	return 0;
}

static void traffic_give(struct rule_table *table, uint32_t number)
{
	map_store_u32(&table->traffics[number].subject, ABI_NO_SUBJECT);
	slots_give(&table->free, number);
}

/* ---- the set in the maps ---- */

static int write_classes(const struct rule_table *table, struct class_table *classes, uint32_t set)
{
	for (size_t i = 0; i < classes->count; i++) {
		struct class_node *node = &classes->nodes[i];
		node->key.rules = set;
		if (bpf_map_update_elem(table->classes_fd, &node->key, &node->matching, BPF_ANY) <
			0)
			return -errno;
	}
	return 0;
}

static void delete_classes(const struct rule_table *table, const struct class_table *classes)
{
	for (size_t i = 0; i < classes->count; i++)
		bpf_map_delete_elem(table->classes_fd, &classes->nodes[i].key);
}

/* Of a set whose classes are not known. */
static void delete_foreign_classes(const struct rule_table *table, uint32_t set)
{
	struct abi_class_key key, next;
	void *previous = NULL;

	while (bpf_map_get_next_key(table->classes_fd, previous, &next) == 0) {
		bool delete = previous && key.rules == set;
		if (delete)
			bpf_map_delete_elem(table->classes_fd, &key);
		key = next;
		previous = delete ? NULL : &key;
	}
	if (previous && key.rules == set)
		bpf_map_delete_elem(table->classes_fd, &key);
}

static void delete_set(struct rule_table *table, uint32_t number, const struct class_table *classes)
{
	if (number == ABI_NO_RULES)
		return;
	if (classes)
		delete_classes(table, classes);
	else
		delete_foreign_classes(table, number);
	bpf_map_delete_elem(table->rules_fd, &number);
}

static bool is_used(const struct rule_set *set, uint32_t traffic)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->rules[i].traffic == traffic)
			return true;
	return false;
}

/* The entries of rules that the published set had and that are gone. */
static void give_unused(struct rule_table *table, const struct rule_set *set)
{
	for (size_t i = 0; i < set->published_count; i++)
		if (!is_used(set, set->published.traffics[i]))
			traffic_give(table, set->published.traffics[i]);
}

static int write_set(struct rule_table *table, const struct rule_set *set, uint32_t number,
	struct class_table *ret)
{
	struct class_rule rules[ABI_RULES_MAX];

	for (size_t i = 0; i < set->count; i++)
		rules[i] = set->rules[i].match;
	int result = class_table_build(rules, set->count, ret);
	if (result < 0)
		return result;
	for (size_t i = 0; i < set->count; i++)
		ret->rules.traffics[i] = set->rules[i].traffic;
	result = write_classes(table, ret, number);
	if (result == 0 && bpf_map_update_elem(table->rules_fd, &number, &ret->rules, BPF_ANY) < 0)
		result = -errno;
	if (result < 0) {
		delete_set(table, number, ret);
		class_table_fini(ret);
	}
	return result;
}

static int publish(struct rule_table *table, uint32_t subject, struct rule_set *set)
{
	uint32_t number = set->count > 0 ? table->last_number + 1 : ABI_NO_RULES;
	struct class_table classes = {0};
	int result = set->count > 0 ? write_set(table, set, number, &classes) : 0;

	if (result < 0)
		return result;
	if (set->count > 0)
		table->last_number = number;
	map_store_u32(&table->subjects[subject].rules, number);
	delete_set(table, set->number, set->is_foreign ? NULL : &set->classes);
	give_unused(table, set);
	class_table_fini(&set->classes);
	set->number = number;
	set->classes = classes;
	set->published = classes.rules;
	set->published_count = set->count;
	set->is_foreign = false;
	set->changed = false;
	return 0;
}

/* NULL if memory is short. */
static struct rule_set *set_new(struct rule_table *table, uint32_t subject)
{
	struct rule_set *set = calloc(1, sizeof(*set));

	if (!set)
		return NULL;
	table->sets[subject] = set;
	table->sets_count++;
	return set;
}

static void set_free(struct rule_table *table, uint32_t subject)
{
	struct rule_set *set = table->sets[subject];

	class_table_fini(&set->classes);
	free(set);
	table->sets[subject] = NULL;
	table->sets_count--;
}

int rule_table_publish(struct rule_table *table)
{
	int first = 0;

	if (!table->changed)
		return 0;
	table->changed = false;
	for (uint32_t i = 0; i < table->subjects_max; i++) {
		struct rule_set *set = table->sets[i];
		int result = set && set->changed ? publish(table, i, set) : 0;
		table->changed |= result < 0;
		if (first == 0)
			first = result;
		if (set && !set->changed && set->count == 0 && !set->is_foreign)
			set_free(table, i);
	}
	return first;
}

int rule_table_sweep(struct rule_table *table)
{
	for (uint32_t i = 0; i < table->subjects_max; i++)
		if (table->sets[i] && table->sets[i]->is_foreign) {
			table->sets[i]->changed = true;
			table->changed = true;
		}
	return rule_table_publish(table);
}

bool rule_table_has_rules(const struct rule_table *table)
{
	return table->sets_count > 0;
}

/* ---- rules as set ---- */

static struct rule *find_rule(const struct rule_table *table, uint32_t subject, uint16_t number)
{
	struct rule_set *set = table->sets[subject];

	for (size_t i = 0; set && i < set->count; i++)
		if (set->rules[i].number == number)
			return &set->rules[i];
	return NULL;
}

static void set_changed(struct rule_table *table, struct rule_set *set)
{
	set->changed = true;
	table->changed = true;
}

static void rule_cut(struct rule_set *set, struct rule *rule)
{
	size_t after = (size_t)(&set->rules[set->count] - rule) - 1;

	memmove(rule, rule + 1, after * sizeof(*rule));
	set->count--;
}

static void rule_insert(struct rule_set *set, const struct rule *rule)
{
	size_t at = set->count++;

	for (; at > 0 && rule->preference < set->rules[at - 1].preference; at--)
		set->rules[at] = set->rules[at - 1];
	set->rules[at] = *rule;
}

static bool is_same(const struct rule *rule, const struct effect_traffic *effect)
{
	return rule->preference == effect->preference &&
	       rule->match.interface == effect->interface &&
	       traffic_selector_equal(&rule->match.selector, &effect->selector);
}

static int rule_new(struct rule_table *table, uint32_t subject, uint32_t *ret_traffic)
{
	struct rule_set *set = table->sets[subject];

	if (set && set->count == ABI_RULES_MAX)
		return -ENOSPC;
	int result = traffic_take(table, subject, ret_traffic);
	if (result < 0 || set || set_new(table, subject))
		return result;
	traffic_give(table, *ret_traffic);
	return -ENOMEM;
}

int rule_table_set(struct rule_table *table, uint32_t subject, const struct effect_traffic *effect,
	struct abi_traffic **ret)
{
	struct rule *present = find_rule(table, subject, effect->rule);
	struct rule rule = {
		.number = effect->rule,
		.preference = effect->preference,
		.match = {effect->selector, effect->interface},
	};

	if (present)
		rule.traffic = present->traffic;
	int result = present ? 0 : rule_new(table, subject, &rule.traffic);
	if (result < 0)
		return result;
	*ret = &table->traffics[rule.traffic];
	if (present && is_same(present, effect))
		return 0;
	if (present)
		rule_cut(table->sets[subject], present);
	rule_insert(table->sets[subject], &rule);
	set_changed(table, table->sets[subject]);
	return 0;
}

struct abi_traffic *rule_table_entry(
	const struct rule_table *table, uint32_t subject, uint16_t number)
{
	const struct rule *rule = find_rule(table, subject, number);

	return rule ? &table->traffics[rule->traffic] : NULL;
}

static bool is_published(const struct rule_set *set, uint32_t traffic)
{
	for (size_t i = 0; i < set->published_count; i++)
		if (set->published.traffics[i] == traffic)
			return true;
	return false;
}

int rule_table_remove(struct rule_table *table, uint32_t subject, uint16_t number)
{
	struct rule *rule = find_rule(table, subject, number);

	if (!rule)
		return -ENOENT;
	if (!is_published(table->sets[subject], rule->traffic))
		traffic_give(table, rule->traffic);
	rule_cut(table->sets[subject], rule);
	set_changed(table, table->sets[subject]);
	return 0;
}

void rule_table_forget(struct rule_table *table, uint32_t subject)
{
	struct rule_set *set = table->sets[subject];

	map_store_u32(&table->subjects[subject].rules, ABI_NO_RULES);
	if (!set)
		return;
	delete_set(table, set->number, set->is_foreign ? NULL : &set->classes);
	for (size_t i = 0; i < set->count; i++)
		if (!is_published(set, set->rules[i].traffic))
			traffic_give(table, set->rules[i].traffic);
	for (size_t i = 0; i < set->published_count; i++)
		traffic_give(table, set->published.traffics[i]);
	set_free(table, subject);
}

void rule_table_each_traffic(const struct rule_table *table, uint32_t subject,
	void (*each)(void *ctx, struct abi_traffic *), void *ctx)
{
	const struct rule_set *set = table->sets[subject];

	for (size_t i = 0; set && i < set->published_count; i++)
		each(ctx, &table->traffics[set->published.traffics[i]]);
	for (size_t i = 0; set && i < set->count; i++)
		if (!is_published(set, set->rules[i].traffic))
			each(ctx, &table->traffics[set->rules[i].traffic]);
}

/* RFC 6089 4.3: no rule applies to signalling to a mobile node. */
static bool is_signalling(const struct abi_subject *subject, const struct flow_key *key)
{
	return !ABI_SIDE_IS_MOBILE(subject->side) && (key->known & FLOW_BIT(FLOW_PROTOCOL)) &&
	       key->numbers[FLOW_PROTOCOL - FLOW_ADDRESSES] == IPPROTO_MH;
}

const struct abi_traffic *rule_table_traffic(const struct rule_table *table, uint32_t subject,
	const struct flow_key *key, uint32_t interface, uint16_t *ret_rule)
{
	const struct rule_set *set = table->sets[subject];

	if (is_signalling(&table->subjects[subject], key))
		set = NULL;
	for (size_t i = 0; set && i < set->count; i++) {
		const struct rule *rule = &set->rules[i];
		if ((rule->match.interface == 0 || rule->match.interface == interface) &&
			traffic_selector_matches(&rule->match.selector, key)) {
			*ret_rule = rule->number;
			return &table->traffics[rule->traffic];
		}
	}
	*ret_rule = TRAFFIC_DEFAULT;
	return &table->traffics[subject];
}

/* ---- after a restart ---- */

static bool is_rule_entry(const struct rule_table *table, uint32_t traffic, uint32_t subject)
{
	return traffic >= table->subjects_max && traffic < table->traffics_max &&
	       table->traffics[traffic].subject == subject;
}

/* Of a set that is not whole, nothing is used. */
static int restore_set(struct rule_table *table, uint32_t subject)
{
	uint32_t number = table->subjects[subject].rules;
	struct rule_set *set;

	if (number == ABI_NO_RULES || table->subjects[subject].number == 0)
		return 0;
	set = set_new(table, subject);
	if (!set)
		return -ENOMEM;
	set->number = number;
	set->is_foreign = true;
	if (bpf_map_lookup_elem(table->rules_fd, &number, &set->published) < 0)
		return 0;
	while (set->published_count < ABI_RULES_MAX &&
		is_rule_entry(table, set->published.traffics[set->published_count], subject))
		set->published_count++;
	return 0;
}

/* Sets that no subject has: a killed daemon was about to write or to delete them. */
static bool is_ours(const struct rule_table *table, uint32_t number)
{
	for (uint32_t i = 0; i < table->subjects_max; i++)
		if (table->sets[i] && table->sets[i]->number == number)
			return true;
	return false;
}

static void delete_lost_sets(struct rule_table *table)
{
	uint32_t number, next;
	void *previous = NULL;

	while (bpf_map_get_next_key(table->rules_fd, previous, &next) == 0) {
		bool lost = !is_ours(table, next);
		if (next > table->last_number)
			table->last_number = next;
		if (lost)
			delete_set(table, next, NULL);
		number = next;
		previous = lost ? previous : &number;
	}
}

static void free_others(struct rule_table *table)
{
	for (uint32_t i = table->subjects_max; i < table->traffics_max; i++) {
		uint32_t subject = table->traffics[i].subject;
		const struct rule_set *set =
			subject < table->subjects_max ? table->sets[subject] : NULL;
		if (!set || !is_published(set, i))
			traffic_give(table, i);
	}
}

int rule_table_init(struct rule_table *table)
{
	int result = slots_init(&table->free, table->traffics_max);

	table->sets_count = 0;
	table->sets = calloc(table->subjects_max, sizeof(*table->sets));
	if (!table->sets)
		result = -ENOMEM;
	for (uint32_t i = 0; i < table->subjects_max && result == 0; i++)
		result = restore_set(table, i);
	if (result < 0) {
		rule_table_fini(table);
		return result;
	}
	delete_lost_sets(table);
	free_others(table);
	return 0;
}

void rule_table_fini(struct rule_table *table)
{
	for (uint32_t i = 0; table->sets && i < table->subjects_max; i++)
		if (table->sets[i])
			set_free(table, i);
	free(table->sets);
	table->sets = NULL;
	slots_fini(&table->free);
}
