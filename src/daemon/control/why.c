/* SPDX-License-Identifier: BSD-2-Clause */
/* The answer of `monami why` as JSON; the daemon itself finds it (control_source.c). */
#include "why.h"

#include "json_value.h"
#include "selector_text.h"

#include <stdio.h>

static const char *const modes[] = {
#define MODE(name, text) text,
#include "../../core/api/policy_modes.def"
#undef MODE
};

static const char *const verdicts[] = {
	[DEPARTURE_TUNNEL] = "tunnel",
	[DEPARTURE_WAITS] = "waits",
	[DEPARTURE_REJECTED] = "rejected",
	[DEPARTURE_DISCARDED] = "discarded",
	[DEPARTURE_SHARED] = "shared",
};

static const char *rule_text(const struct flow_answer *answer, char *text, size_t size)
{
	char selector[512];

	if (answer->departure.rule == TRAFFIC_DEFAULT)
		return "no rule is for it: the priorities of the links count";
	if (!answer->has_rule)
		snprintf(text, size, "the flow binding %u is for it", answer->departure.rule);
	else
		snprintf(text, size, "rule %s (number %u, priority %u, %s) is for %s",
			answer->rule.name, answer->rule.rule.number, answer->rule.rule.preference,
			modes[answer->rule.rule.mode],
			selector_text(&answer->rule.rule.selector, selector, sizeof(selector)));
	return text;
}

static const char *departure_text(const struct flow_answer *answer, char *text, size_t size)
{
	const struct dataplane_departure *departure = &answer->departure;

	if (departure->verdict == DEPARTURE_DISCARDED)
		return "packets are discarded";
	if (departure->verdict == DEPARTURE_SHARED)
		return "packets leave by several links at once";
	if (departure->verdict == DEPARTURE_REJECTED)
		return "packets are answered with an ICMPv6 error";
	if (departure->verdict == DEPARTURE_WAITS)
		return "no link of it is usable: packets wait, or are answered with an ICMPv6 "
		       "error";
	const char *direct = departure->direct ? ", directly" : "";
	if (answer->link[0] != '\0')
		snprintf(text, size, "packets leave by %s (BID %u)%s", answer->link, departure->bid,
			direct);
	else
		snprintf(text, size, "packets leave by the binding with BID %u%s", departure->bid,
			direct);
	return text;
}

static const char *home_address_text(const struct flow_answer *answer, char *text, size_t size)
{
	const char *of = answer->mobile_node ? answer->mobile_node : "";

	if (!answer->new_flows)
		snprintf(text, size, "that of %s: no new_flows block is for it", of);
	else if (answer->passed_over == 0)
		snprintf(text, size, "that of %s: new_flows %s prefers it", of, answer->new_flows);
	else
		snprintf(text, size,
			"that of %s: the %u that new_flows %s prefers %s no usable link", of,
			answer->passed_over, answer->new_flows,
			answer->passed_over == 1 ? "has" : "have");
	return text;
}

static json_t *links_of(const struct flow_answer *answer)
{
	json_t *array = json_array();

	for (unsigned int i = 0; i < answer->links_count; i++) {
		const struct why_link *link = &answer->links[i];
		json_t *object = json_object();

#include "../../views/why_links.def"
		json_array_append_new(array, object);
	}
	return array;
}

json_t *why_document(const struct flow_question *question, const struct flow_answer *answer)
{
	const bool by_rule = answer->departure.rule != TRAFFIC_DEFAULT;
	const bool by_tunnel = answer->departure.verdict == DEPARTURE_TUNNEL;
	const struct policy_rule *rule = &answer->rule.rule;
	json_t *object = json_object();
	char which[640], how[128], selector[512], whose[160];

#include "../../views/why.def"
	return object;
}
