/* SPDX-License-Identifier: BSD-2-Clause */
/* The array that grows: what is put in stays, also when memory is short. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../../src/daemon/base/array.h"

static unsigned int calls_left; /* of realloc() before it fails */

void *__real_realloc(void *at, size_t size);
void *__wrap_realloc(void *at, size_t size);

void *__wrap_realloc(void *at, size_t size)
{
	if (calls_left == 0)
		return NULL;
	calls_left--;
	return __real_realloc(at, size);
}

static void append(struct array *array, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		array_append(array, &i);
}

static void elements_stay(void **state)
{
	struct array array = {.size = sizeof(uint32_t)};

	(void)state;
	calls_left = 100;
	append(&array, 1000);
	assert_int_equal(array.count, 1000);
	assert_false(array.incomplete);
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(((uint32_t *)array.at)[i], i);
	free(array.at);
}

static void a_missing_element_is_told(void **state)
{
	struct array array = {.size = sizeof(uint32_t)};

	(void)state;
	calls_left = 1;
	append(&array, 1000);
	assert_true(array.incomplete);
	assert_in_range(array.count, 1, 999);
	assert_int_equal(((uint32_t *)array.at)[array.count - 1], array.count - 1);
	free(array.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_stay),
		cmocka_unit_test(a_missing_element_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
