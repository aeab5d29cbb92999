/* SPDX-License-Identifier: BSD-2-Clause */
#include "../../../src/daemon/control/list_snapshot.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Allocations of JSON values until one fails. */
static unsigned int left = UINT_MAX;

static void *take_memory(size_t octets)
{
	return left-- == 0 ? NULL : malloc(octets);
}

static nanos no_time(void *ctx)
{
	(void)ctx;
	return 0;
}

static void one_rule(void *ctx, unsigned int mobile_node,
	void (*each)(void *to, const struct show_flow *), void *to)
{
	struct show_flow flow = {.selector = ctx, .links = json_array()};

	(void)mobile_node;
	each(to, &flow);
	json_decref(flow.links);
}

static void no_flow_bindings(void *ctx, void (*each)(void *to, const struct flow_view *), void *to)
{
	(void)ctx;
	(void)each;
	(void)to;
}

static struct traffic_selector selector;
static const struct control_source source = {
	.ctx = &selector,
	.now = no_time,
	.each_rule = one_rule,
	.each_flow_binding = no_flow_bindings,
};

static size_t flows_of(const json_t *page)
{
	return json_array_size(json_object_get(page, "flows"));
}

static void test_first_page(void **state)
{
	struct list_snapshot *snapshot;
	bool more;

	(void)state;
	assert_int_equal(list_snapshot_new(&source, LIST_FLOWS, EVERY_MOBILE_NODE, &snapshot), 0);
	json_t *page = list_snapshot_page(snapshot, &more);
	assert_int_equal(flows_of(page), 1);
	assert_false(more);
	json_decref(page);
	list_snapshot_free(snapshot);
}

/* A list without rules would say that the mobile node has none. */
static void test_no_memory_for_rules(void **state)
{
	struct list_snapshot *snapshot = NULL;

	(void)state;
	for (unsigned int allocation = 0; allocation < 2; allocation++) {
		left = allocation;
		int error = list_snapshot_new(&source, LIST_FLOWS, EVERY_MOBILE_NODE, &snapshot);
		left = UINT_MAX;
		assert_int_equal(error, -ENOMEM);
		assert_null(snapshot);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_page),
		cmocka_unit_test(test_no_memory_for_rules),
	};

	json_set_alloc_funcs(take_memory, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
