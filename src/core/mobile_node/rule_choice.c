/* SPDX-License-Identifier: BSD-2-Clause */
#include "rule_choice.h"

#define HOLD (2 * NANOS_PER_SECOND)
#define HOLDS 6 /* so many different ones: the last is 64 s */
#define STABLE (300 * NANOS_PER_SECOND)
#define OVERLOAD_FOR (500 * NANOS_PER_MS)
#define CLEARLY_LESS (5 * NANOS_PER_MS)

/* Bits of struct choice_link.failing. */
#define FAILS_DELAY 1u
#define FAILS_LOSS 2u
#define FAILS_RATE 4u
#define FAILS_PRICE 8u

/* ---- what speaks against a link ---- */

/* A bound that was passed is kept again when the value is four fifths of it. */
static bool is_above(uint64_t value, uint64_t bound, bool was_above)
{
	return bound != 0 && (was_above ? 5 * value > 4 * bound : value > bound);
}

static uint8_t failing(
	const struct policy_rule *rule, const struct link_quality *link, uint8_t before)
{
	uint64_t delay_max = rule->delay_max_us * (NANOS_PER_MS / 1000);
	uint8_t ret = 0;
	if (is_above(link->delay, delay_max, before & FAILS_DELAY))
		ret |= FAILS_DELAY;
	if (is_above(link->loss_percent, rule->loss_max, before & FAILS_LOSS))
		ret |= FAILS_LOSS;
	if (link->rate != 0 && is_above(rule->rate_min, link->rate, before & FAILS_RATE))
		ret |= FAILS_RATE;
	if (rule->unmetered && link->metered)
		ret |= FAILS_PRICE;
	return ret;
}

/* The gravest. */
static enum link_reason reason_of(const struct link_quality *link, uint8_t fails)
{
	if (!link->present)
		return LINK_REASON_DOWN;
	if (!link->carries)
		return LINK_REASON_PATH;
	if (!link->registered)
		return LINK_REASON_UNREGISTERED;
	if (link->leaving)
		return LINK_REASON_LEAVING;
	if (fails & FAILS_PRICE)
		return LINK_REASON_METERED;
	if (fails & FAILS_RATE)
		return LINK_REASON_RATE;
	if (fails & FAILS_LOSS)
		return LINK_REASON_LOSS;
	return fails & FAILS_DELAY ? LINK_REASON_DELAY : LINK_REASON_NONE;
}

/* It is measured, so that it may change again at any time. */
static bool is_measured(enum link_reason reason)
{
	return reason == LINK_REASON_DELAY || reason == LINK_REASON_LOSS ||
	       reason == LINK_REASON_RATE || reason == LINK_REASON_PATH;
}

/* Links of a lower class are used before those of a higher one. */
enum link_class {
	CLASS_GOOD,
	CLASS_WORSE,
	CLASS_LEAVING,
	CLASS_USELESS,
};

static enum link_class class_of(const struct choice_link *link)
{
	switch ((enum link_reason)link->reason) {
	case LINK_REASON_NONE:
		return CLASS_GOOD;
	case LINK_REASON_RETURNING:
	case LINK_REASON_DELAY:
	case LINK_REASON_LOSS:
	case LINK_REASON_RATE:
	case LINK_REASON_METERED:
		return CLASS_WORSE;
	case LINK_REASON_LEAVING:
		return CLASS_LEAVING;
	case LINK_REASON_PATH:
	case LINK_REASON_UNREGISTERED:
	case LINK_REASON_DOWN:
	case LINK_REASONS:
		break;
	}
	return CLASS_USELESS;
}

bool rule_choice_permits(const struct policy_rule *rule, const struct choice_link *link)
{
	return !rule->strict || link->failing == 0;
}

bool rule_choice_carries(const struct choice_link *link)
{
	return class_of(link) != CLASS_USELESS;
}

static nanos hold(uint8_t times)
{
	return times ? HOLD << ((times > HOLDS ? HOLDS : times) - 1) : 0;
}

static void wake(struct rule_choice *choice, nanos at)
{
	choice->again = nanos_min(choice->again, at);
}

/* Whether the rule may move to a better link now, with one move left for the loss of that. */
static bool may_improve(struct rule_choice *choice, nanos from, nanos now)
{
	nanos at = nanos_max(from, move_limit_room_at(&choice->limit, 2));
	if (now < at)
		wake(choice, at);
	return now >= at;
}

static void count_loss(struct choice_link *link, nanos now)
{
	if (link->lost != 0 && now >= link->lost + STABLE)
		link->losses = 0;
	if (link->losses <= HOLDS)
		link->losses++;
	link->lost = now;
}

/* Sets the link's reason by its quality; returns whether it moves for a measured reason. */
static bool judge(struct rule_choice *choice, const struct policy_rule *rule,
	struct choice_link *link, const struct link_quality *quality, nanos now)
{
	enum link_reason before = link->reason;
	link->failing = failing(rule, quality, link->failing);
	enum link_reason reason = reason_of(quality, link->failing);
	if (reason != LINK_REASON_NONE) {
		link->good = 0;
		link->reason = (uint8_t)reason;
		if (!is_measured(reason) || before != LINK_REASON_NONE)
			return false;
		count_loss(link, now);
		return true;
	}
	if (link->good == 0)
		link->good = now;
	/* what the host says is no quality that may change back */
	bool at_once = before == LINK_REASON_LEAVING || before == LINK_REASON_METERED;
	if (before == LINK_REASON_NONE || link->losses == 0 || at_once) {
		link->reason = LINK_REASON_NONE;
		return false;
	}
	if (may_improve(choice, link->good + hold(link->losses), now)) {
		link->reason = LINK_REASON_NONE;
		return true;
	}
	link->reason = LINK_REASON_RETURNING;
	return false;
}

/* ---- which links there are ---- */

static bool rule_link_at(const struct policy_rule *rule, const struct link_qualities *links,
	size_t place, struct policy_link *ret)
{
	if (rule->links_count == 0 && place < links->count) {
		*ret = (struct policy_link){.bid = links->at[place].bid, .weight = 1};
		return true;
	}
	if (place >= rule->links_count)
		return false;
	*ret = rule->links[place];
	return true;
}

static size_t find(const struct rule_choice *choice, uint16_t bid)
{
	size_t i = 0;
	while (i < choice->count && choice->at[i].bid != bid)
		i++;
	return i;
}

/* Forgets links that are gone, and adds new ones behind the others. */
static void match_links(struct rule_choice *choice, const struct policy_rule *rule,
	const struct link_qualities *links)
{
	bool named[BINDINGS_MAX] = {false};
	struct policy_link link;
	for (size_t place = 0; rule_link_at(rule, links, place, &link); place++) {
		if (!link_qualities_find(links, link.bid))
			continue;
		size_t i = find(choice, link.bid);
		if (i == BINDINGS_MAX)
			continue;
		if (i == choice->count)
			choice->at[choice->count++] = (struct choice_link){
				.bid = link.bid, .reason = LINK_REASON_UNREGISTERED};
		choice->at[i].place = place;
		choice->at[i].weight = link.weight ? link.weight : 1;
		named[i] = true;
	}
	size_t kept = 0;
	for (size_t i = 0; i < choice->count; i++)
		if (named[i])
			choice->at[kept++] = choice->at[i];
	choice->count = kept;
}

/* ---- their order ---- */

static bool is_clearly_less(const struct link_quality *a, const struct link_quality *b)
{
	if (a->delay == 0 || b->delay == 0)
		return a->delay != 0;
	return a->delay + CLEARLY_LESS <= b->delay && 5 * a->delay <= 4 * b->delay;
}

/* Since when each link's delay is clearly less than that of the first. */
static void compare_delays(
	struct rule_choice *choice, const struct link_qualities *links, nanos now)
{
	for (size_t i = 0; i < choice->count; i++) {
		struct choice_link *link = &choice->at[i];
		bool better = is_clearly_less(link_qualities_find(links, link->bid),
			link_qualities_find(links, choice->at[0].bid));
		if (!better)
			link->better = 0;
		else if (link->better == 0)
			link->better = now;
	}
}

struct order {
	struct rule_choice *choice;
	const struct policy_rule *rule;
	const struct link_qualities *links;
	uint16_t first; /* BID of the first one before */
	nanos now;
};

/* SMALLEST_DELAY: `a` takes the place of `b`, which is used before it and is of the same class. */
static bool takes_place(
	const struct order *order, const struct choice_link *a, const struct choice_link *b)
{
	if (!is_clearly_less(link_qualities_find(order->links, a->bid),
		    link_qualities_find(order->links, b->bid)))
		return false;
	if (b->bid != order->first || class_of(b) != CLASS_GOOD)
		return true;
	nanos from = nanos_max(a->good, a->better) + HOLD;
	return may_improve(order->choice, nanos_max(from, a->good + hold(a->losses)), order->now);
}

static bool goes_before(
	const struct order *order, const struct choice_link *a, const struct choice_link *b)
{
	if (class_of(a) != class_of(b))
		return class_of(a) < class_of(b);
	if (order->rule->mode == POLICY_SMALLEST_DELAY)
		return takes_place(order, a, b);
	return a->place < b->place;
}

static void sort(const struct order *order)
{
	struct choice_link *at = order->choice->at;
	for (size_t i = 1; i < order->choice->count; i++) {
		struct choice_link link = at[i];
		size_t place = i;
		for (; place > 0 && goes_before(order, &link, &at[place - 1]); place--)
			at[place] = at[place - 1];
		at[place] = link;
	}
}

/* ---- overflow ---- */

static size_t good_count(const struct rule_choice *choice)
{
	size_t count = 0;
	while (count < choice->count && class_of(&choice->at[count]) == CLASS_GOOD)
		count++;
	return count;
}

/* How many of the links that share the flows are overloaded. */
static size_t overloaded_count(const struct rule_choice *choice, const struct link_qualities *links)
{
	size_t count = 0;
	for (size_t i = 0; i < choice->sharing; i++)
		count += link_quality_is_overloaded(link_qualities_find(links, choice->at[i].bid));
	return count;
}

static void since(nanos *at, bool holds, nanos now)
{
	if (!holds)
		*at = 0;
	else if (*at == 0)
		*at = now;
}

/* One link more as soon as all that share the flows are overloaded, and one less, later, when none
 * is. */
static void overflow(struct rule_choice *choice, const struct link_qualities *links, nanos now)
{
	size_t good = good_count(choice);
	if (choice->sharing > good || choice->sharing == 0)
		choice->sharing = good ? good : 1;
	if (choice->count == 0)
		return;
	size_t overloaded = overloaded_count(choice, links);
	since(&choice->overload, overloaded == choice->sharing && choice->sharing < good, now);
	since(&choice->relief, overloaded == 0 && choice->sharing > 1, now);
	if (choice->overload != 0 && now < choice->overload + OVERLOAD_FOR) {
		wake(choice, choice->overload + OVERLOAD_FOR);
	} else if (choice->overload != 0 && now < move_limit_room_at(&choice->limit, 1)) {
		wake(choice, move_limit_room_at(&choice->limit, 1));
	} else if (choice->overload != 0) {
		if (choice->overloaded != 0 && now >= choice->overloaded + STABLE)
			choice->overloads = 0;
		if (choice->overloads <= HOLDS)
			choice->overloads++;
		choice->overloaded = now;
		choice->overload = 0;
		choice->sharing++;
		move_limit_count(&choice->limit, now);
	}
	if (choice->relief != 0 &&
		may_improve(choice, choice->relief + hold(choice->overloads), now)) {
		choice->relief = 0;
		choice->sharing--;
		move_limit_count(&choice->limit, now);
	}
}

/* ---- all of it ---- */

static bool in_order(const struct policy_rule *rule)
{
	return rule->mode == POLICY_STANDBY || rule->mode == POLICY_SMALLEST_DELAY ||
	       rule->mode == POLICY_PRIORITY;
}

/* The first link is not the one from before, and something measured is why. */
static bool has_moved(const struct rule_choice *choice, const struct choice_link *before)
{
	size_t place = find(choice, before->bid);
	if (place == 0 || place == choice->count || class_of(before) == CLASS_USELESS)
		return false;
	enum link_reason reason = choice->at[place].reason;
	return is_measured(reason) || reason == LINK_REASON_NONE || reason == LINK_REASON_RETURNING;
}

void rule_choice_step(struct rule_choice *choice, const struct policy_rule *rule,
	const struct link_qualities *links, nanos now)
{
	choice->again = NANOS_NEVER;
	match_links(choice, rule, links);
	if (choice->count == 0)
		return;
	struct choice_link first = choice->at[0];
	bool moves = false;
	for (size_t i = 0; i < choice->count; i++)
		moves = judge(choice, rule, &choice->at[i],
				link_qualities_find(links, choice->at[i].bid), now) ||
			moves;
	compare_delays(choice, links, now);
	sort(&(struct order){choice, rule, links, first.bid, now});
	if (in_order(rule) ? has_moved(choice, &first) : moves)
		move_limit_count(&choice->limit, now);
	if (rule->mode == POLICY_PRIORITY)
		overflow(choice, links, now);
	else
		choice->sharing = 1;
}

bool rule_choice_same(const struct rule_choice *a, const struct rule_choice *b)
{
	bool same = a->count == b->count && a->sharing == b->sharing;
	for (size_t i = 0; i < a->count && same; i++)
		same = a->at[i].bid == b->at[i].bid && a->at[i].reason == b->at[i].reason &&
		       a->at[i].failing == b->at[i].failing;
	return same;
}

uint8_t rule_choice_tier(
	const struct rule_choice *choice, const struct policy_rule *rule, size_t place)
{
	if (!in_order(rule))
		return (uint8_t)class_of(&choice->at[place]);
	return (uint8_t)(place < choice->sharing ? 0 : place);
}

enum traffic_mode rule_traffic_mode(const struct policy_rule *rule)
{
	switch ((enum policy_mode)rule->mode) {
	case POLICY_AGGREGATE:
		return TRAFFIC_AGGREGATE;
	case POLICY_REDUNDANT:
		return TRAFFIC_DUPLICATE;
	case POLICY_REJECT:
		return TRAFFIC_REJECT;
	case POLICY_DISCARD:
		return TRAFFIC_DISCARD;
	case POLICY_STANDBY:
	case POLICY_SMALLEST_DELAY:
	case POLICY_BALANCE:
	case POLICY_PRIORITY:
	case POLICY_MODES:
		break;
	}
	return TRAFFIC_FIRST;
}
