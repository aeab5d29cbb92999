/* SPDX-License-Identifier: BSD-2-Clause */
/* The feed: what a line says, and what happens to a subscriber that does not read. */
#include "../../../src/daemon/control/monitor.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* 2025-01-01T00:00:00.5Z: 3944678400 s since 1900 */
static const struct moment new_year = {.mono = 1, .ntp = UINT64_C(3944678400) << 32 | 0x80000000};

static json_t *next_line(struct evbuffer *out)
{
	size_t length;
	char *line = evbuffer_readln(out, &length, EVBUFFER_EOL_LF);
	json_t *json = line ? json_loadb(line, length, 0, NULL) : NULL;

	free(line);
	return json;
}

static json_int_t number_of(const json_t *line, const char *key)
{
	assert_true(json_is_integer(json_object_get(line, key)));
	return json_integer_value(json_object_get(line, key));
}

static void a_note_is_a_line(void **state)
{
	struct effect_event note = {.type = EVENT_REFUSED, .bid = 7, .status = 132, .lifetime = 40};
	struct evbuffer *out = evbuffer_new();
	struct subscriber *subscriber;
	struct monitor *monitor;
	json_t *line;

	(void)state;
	inet_pton(AF_INET6, "2001:db8::1", &note.home_address);
	inet_pton(AF_INET6, "2001:db8:1::1", &note.care_of);
	assert_int_equal(monitor_new(&monitor), 0);
	monitor_event(monitor, &note, new_year); /* nobody hears it, but it is counted */
	subscriber = monitor_join(monitor, out);
	monitor_event(monitor, &note, new_year);
	line = next_line(out);
	assert_non_null(line);
	assert_int_equal(number_of(line, "seq"), 2);
	assert_true(json_real_value(json_object_get(line, "time")) == 1735689600.5);
	assert_string_equal(json_string_value(json_object_get(line, "event")), "refused");
	assert_int_equal(number_of(line, "bid"), 7);
	assert_int_equal(number_of(line, "status"), 132);
	assert_int_equal(number_of(line, "lifetime_s"), 40);
	assert_string_equal(
		json_string_value(json_object_get(line, "home_address")), "2001:db8::1");
	assert_string_equal(
		json_string_value(json_object_get(line, "care_of_address")), "2001:db8:1::1");
	assert_null(json_object_get(line, "peer"));
	assert_null(json_object_get(line, "reason"));
	json_decref(line);
	note.problem = PROBLEM_OTHER_SPI;
	monitor_event(monitor, &note, new_year);
	line = next_line(out);
	assert_string_equal(json_string_value(json_object_get(line, "reason")),
		"messages come with another spi");
	json_decref(line);
	monitor_leave(monitor, subscriber);
	monitor_free(monitor);
	evbuffer_free(out);
}

static void who_does_not_read_is_told_what_was_lost(void **state)
{
	const struct effect_event note = {.type = EVENT_BINDING_ADDED, .bid = 1};
	struct evbuffer *slow = evbuffer_new(), *quick = evbuffer_new();
	struct subscriber *subscribers[2];
	struct monitor *monitor;
	json_int_t last = 0, lost;
	json_t *line;
	int i;

	(void)state;
	assert_int_equal(monitor_new(&monitor), 0);
	subscribers[0] = monitor_join(monitor, slow);
	subscribers[1] = monitor_join(monitor, quick);
	for (i = 1; i <= 10000; i++) {
		monitor_event(monitor, &note, new_year);
		line = next_line(quick);
		assert_int_equal(number_of(line, "seq"), i);
		json_decref(line);
	}
	assert_true(evbuffer_get_length(slow) <= MONITOR_WAITING_MAX);
	while ((line = next_line(slow))) {
		assert_int_equal(number_of(line, "seq"), ++last);
		json_decref(line);
	}
	assert_true(last < 10000);
	monitor_drained(subscribers[0]);
	line = next_line(slow);
	lost = number_of(line, "lost");
	assert_int_equal(last + lost, 10000);
	json_decref(line);
	monitor_event(monitor, &note, new_year);
	line = next_line(slow);
	assert_int_equal(number_of(line, "seq"), 10001);
	json_decref(line);
	monitor_leave(monitor, subscribers[0]);
	monitor_leave(monitor, subscribers[1]);
	monitor_free(monitor);
	evbuffer_free(slow);
	evbuffer_free(quick);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_note_is_a_line),
		cmocka_unit_test(who_does_not_read_is_told_what_was_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
