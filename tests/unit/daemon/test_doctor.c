/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings about the clock, which a test must not set on the host. */
#include "../../../src/daemon/doctor/doctor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define IN_2026 INT64_C(1780000000)
#define IN_1970 INT64_C(600)

static void take(void *ctx, const struct finding *finding)
{
	struct finding *ret = ctx;

	assert_string_equal(finding->check, "clock");
	assert_int_equal(ret->text[0], '\0'); /* one line for one check */
	*ret = *finding;
}

static struct finding clock_at(int64_t now, bool synchronized, bool needed)
{
	struct finding finding = {.text = ""};
	const struct finding_sink sink = {take, &finding};

	clock_findings(now, synchronized, needed, &sink);
	return finding;
}

static void a_clock_without_battery_is_a_problem(void **state)
{
	struct finding finding = clock_at(IN_1970, true, true);

	(void)state;
	assert_int_equal(finding.verdict, VERDICT_PROBLEM);
	assert_non_null(strstr(finding.text, "before 2026"));
	assert_non_null(strstr(finding.why, "RFC 4285"));
	assert_non_null(strstr(finding.remedy, "timedatectl set-ntp true"));
	assert_int_equal(clock_at(IN_1970, false, false).verdict, VERDICT_WARNING);
}

static void a_clock_that_nobody_sets_is_a_warning(void **state)
{
	struct finding finding = clock_at(IN_2026, false, true);

	(void)state;
	assert_int_equal(finding.verdict, VERDICT_WARNING);
	assert_non_null(strstr(finding.text, "nothing synchronizes"));
	assert_string_not_equal(finding.remedy, "");
	/* without timestamps it does not matter */
	assert_int_equal(clock_at(IN_2026, false, false).verdict, VERDICT_OK);
}

static void a_good_clock_is_well(void **state)
{
	struct finding finding = clock_at(IN_2026, true, true);

	(void)state;
	assert_int_equal(finding.verdict, VERDICT_OK);
	assert_string_equal(finding.why, "");
	assert_string_equal(finding.remedy, "");
}

static void a_finding_survives_the_control_socket(void **state)
{
	static const char *const checks[] = {"mtu", "clock", NULL};
	struct finding finding = finding_of("clock", "x", VERDICT_PROBLEM), back;
	json_t *object;

	(void)state;
	finding_text(&finding, "t%d", 1);
	finding_why(&finding, "w");
	finding_remedy(&finding, "r");
	object = finding_json(&finding);
	assert_true(finding_from_json(object, checks, &back));
	assert_ptr_equal(back.check, checks[1]);
	assert_int_equal(back.verdict, VERDICT_PROBLEM);
	assert_string_equal(back.object, "x");
	assert_string_equal(back.text, "t1");
	assert_string_equal(back.why, "w");
	assert_string_equal(back.remedy, "r");
	assert_false(finding_from_json(object, &checks[2], &back)); /* an unknown check */
	json_object_set_new(object, "verdict", json_string("bad"));
	assert_false(finding_from_json(object, checks, &back));
	json_decref(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clock_without_battery_is_a_problem),
		cmocka_unit_test(a_clock_that_nobody_sets_is_a_warning),
		cmocka_unit_test(a_good_clock_is_well),
		cmocka_unit_test(a_finding_survives_the_control_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
