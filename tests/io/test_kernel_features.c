/* SPDX-License-Identifier: BSD-2-Clause */
/* src/io/dataplane/kernel_features.c: features of the kernel, and the releases that have them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../../src/io/dataplane/kernel_features.h"

#include <sched.h>
#include <string.h>
#include <unistd.h>

static void test_releases(void **state)
{
	static const char *const enough[] = {
		"5.10", "5.10.0-32-amd64", "5.15.1", "6.1.0-50-amd64", "10.0", "", "next"};
	static const char *const too_old[] = {"4.19.0-27-amd64", "5.9.16", "5.4.0", "3.10"};

	(void)state;
	for (size_t i = 0; i < sizeof(enough) / sizeof(*enough); i++)
		assert_true(kernel_release_is_enough(enough[i]));
	for (size_t i = 0; i < sizeof(too_old) / sizeof(*too_old); i++)
		assert_false(kernel_release_is_enough(too_old[i]));
}

/* Without root nothing is called absent that only could not be asked for. */
static void test_this_kernel(void **state)
{
	struct kernel_feature features[KERNEL_FEATURES_MAX];
	size_t count = kernel_features_probe(features);

	(void)state;
	assert_in_range(count, 5, KERNEL_FEATURES_MAX);
	for (size_t i = 0; i < count; i++) {
		assert_true(strlen(features[i].name) > 0 && strlen(features[i].lost) > 0 &&
			    strlen(features[i].remedy) > 0);
		if (!features[i].required)
			continue;
		assert_int_not_equal(features[i].state, KERNEL_FEATURE_ABSENT);
		if (geteuid() == 0)
			assert_int_equal(features[i].state, KERNEL_FEATURE_PRESENT);
	}
}

/* A daemon in a network namespace of its own has the same kernel: not all sysctls are seen there.
 */
static void test_in_a_network_namespace(void **state)
{
	struct kernel_feature outside[KERNEL_FEATURES_MAX], inside[KERNEL_FEATURES_MAX];
	size_t count = kernel_features_probe(outside);

	(void)state;
	if (unshare(CLONE_NEWNET) < 0)
		skip();
	assert_int_equal(kernel_features_probe(inside), count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(inside[i].state, outside[i].state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_releases),
		cmocka_unit_test(test_this_kernel),
		cmocka_unit_test(test_in_a_network_namespace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
