/* SPDX-License-Identifier: BSD-2-Clause */
/* Which rules the core gets when a policy changes: those that changed, and no others. */
#include "../../../src/daemon/host/mobile_host.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char told[512]; /* "+NUMBER/PREFERENCE" and "-NUMBER" of each event */
static uint16_t refused;

static int take_event(struct daemon *daemon, const struct host_event *event)
{
	size_t length = strlen(told);

	(void)daemon;
	if (event->type == HOST_POLICY_SET)
		snprintf(told + length, sizeof(told) - length, "+%u/%u ", event->policy.number,
			event->policy.preference);
	else
		snprintf(told + length, sizeof(told) - length, "-%u ", event->policy.number);
	return event->type == HOST_POLICY_SET && event->policy.number == refused ? -EINVAL : 0;
}

int __wrap_host_watch(struct host *host, const char *name);
int __wrap_host_watch(struct host *host, const char *name)
{
	(void)host;
	assert_string_equal(name, "monami-none");
	return 0;
}

static const struct daemon_basis basis = {.give_event = take_event};

static struct config_flow flow(const char *name, uint16_t preference)
{
	struct config_flow flow = {
		.rule = {.preference = preference, .selector.numbers[0] = {5, preference}}};

	snprintf(flow.name, sizeof(flow.name), "%s", name);
	return flow;
}

static void change(struct mobile_host *host, const struct config_flow *flows, unsigned int count,
	struct policy_change wanted, const char *events)
{
	struct policy_change change;
	const char *name;

	told[0] = '\0';
	assert_int_equal(policy_change(host, flows, count, &change, &name), 0);
	assert_string_equal(told, events);
	assert_int_equal(change.set, wanted.set);
	assert_int_equal(change.removed, wanted.removed);
	assert_int_equal(change.kept, wanted.kept);
}

static void only_changes_are_told(void **state)
{
	struct mobile_host host = {.basis = &basis};
	struct config_flow flows[] = {flow("a", 10), flow("b", 20), flow("c", 30)};

	(void)state;
	change(&host, flows, 3, (struct policy_change){3, 0, 0}, "+1/10 +2/20 +3/30 ");
	change(&host, flows, 3, (struct policy_change){0, 0, 3}, "");
	flows[1].rule.strict = true;
	change(&host, flows, 3, (struct policy_change){1, 0, 2}, "+2/20 ");
	flows[1].rule.links[flows[1].rule.links_count++] = (struct policy_link){4, 1};
	change(&host, flows, 3, (struct policy_change){1, 0, 2}, "+2/20 ");
	flows[1].rule.receive[flows[1].rule.receive_count++] = (struct policy_link){5, 1};
	change(&host, flows, 3, (struct policy_change){1, 0, 2}, "+2/20 ");
	flows[1].rule.receive[0].weight = 2;
	change(&host, flows, 3, (struct policy_change){1, 0, 2}, "+2/20 ");
	/* the one in the middle is gone: the last keeps its number */
	flows[1] = flows[2];
	change(&host, flows, 2, (struct policy_change){0, 1, 2}, "-2 ");
	flows[2] = flow("d", 40);
	change(&host, flows, 3, (struct policy_change){1, 0, 2}, "+2/40 ");
	assert_string_equal(policy_with_number(&host.policy, 2)->name, "d");
	assert_null(policy_with_number(&host.policy, 4));
	change(&host, NULL, 0, (struct policy_change){0, 3, 0}, "-1 -3 -2 ");
}

static void preferences_are_never_twice_in_the_core(void **state)
{
	struct mobile_host host = {.basis = &basis};
	struct config_flow flows[] = {flow("a", 10), flow("b", 20), flow("c", 30)};

	(void)state;
	change(&host, flows, 3, (struct policy_change){3, 0, 0}, "+1/10 +2/20 +3/30 ");
	flows[0].rule.preference = 20;
	flows[1].rule.preference = 10;
	change(&host, flows, 3, (struct policy_change){2, 0, 1}, "-1 -2 +1/20 +2/10 ");
}

static void a_refused_rule_is_named(void **state)
{
	struct mobile_host host = {.basis = &basis};
	struct config_flow flows[] = {flow("a", 10), flow("b", 20), flow("c", 30)};
	struct policy_change change;
	const char *name = NULL;

	(void)state;
	refused = 2;
	told[0] = '\0';
	assert_int_equal(policy_change(&host, flows, 3, &change, &name), -EINVAL);
	refused = 0;
	assert_string_equal(name, "b");
	assert_string_equal(told, "+1/10 +2/20 +3/30 ");
	assert_int_equal(change.set, 2);
}

static void rules_follow_the_interface_of_forwarded_packets(void **state)
{
	struct mobile_host host = {.basis = &basis};
	struct config_flow forwarded = flow("a", 10);
	struct host_interface interface = {.name = "monami-none"};

	(void)state;
	snprintf(forwarded.interface, sizeof(forwarded.interface), "monami-none");
	/* it is not there: the rule would be for packets of any interface */
	change(&host, &forwarded, 1, (struct policy_change){1, 0, 0}, "");
	policy_follow_interface(&host, &interface);
	assert_string_equal(told, "");
	interface.ifindex = 7;
	policy_follow_interface(&host, &interface);
	assert_string_equal(told, "+1/10 ");
	assert_int_equal(host.policy.flows[0].rule.interface, 7);
	policy_follow_interface(&host, &interface);
	interface.ifindex = 0;
	policy_follow_interface(&host, &interface);
	assert_string_equal(told, "+1/10 -1 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_changes_are_told),
		cmocka_unit_test(preferences_are_never_twice_in_the_core),
		cmocka_unit_test(a_refused_rule_is_named),
		cmocka_unit_test(rules_follow_the_interface_of_forwarded_packets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
