/* SPDX-License-Identifier: BSD-2-Clause */
/* The log in a flood, by a clock of its own. */
#include "../../../src/daemon/base/log.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECONDS 60
#define A_SECOND 2000 /* lines of the flood */

static nanos now = 5648 * NANOS_PER_SECOND;
static char *text;
static size_t length;
static FILE *stream;

static nanos fake_clock(void)
{
	return now;
}

static int begin(void **state)
{
	(void)state;
	unsetenv("JOURNAL_STREAM");
	stream = open_memstream(&text, &length);
	log_open_at(LOG_LEVEL_INFO, stream, fake_clock);
	return stream ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	fclose(stream);
	free(text);
	return 0;
}

static struct effect_event note_of(enum event_type type, unsigned int number)
{
	struct effect_event note = {.type = type, .bid = 1, .status = 129};

	note.home_address.s6_addr[0] = 0x20;
	note.home_address.s6_addr[14] = (uint8_t)(number >> 8);
	note.home_address.s6_addr[15] = (uint8_t)number;
	note.care_of.s6_addr[0] = 0xfd;
	return note;
}

static void flood(enum event_type type)
{
	for (unsigned int i = 0; i < SECONDS * A_SECOND; i++) {
		const struct effect_event note = note_of(type, i);

		log_event(&note);
		now += NANOS_PER_SECOND / A_SECOND;
	}
}

/* Lines with `part` in them, and what "N more" adds up to. */
static unsigned long count(const char *part, unsigned long *ret_more)
{
	unsigned long lines = 0;
	char *copy, *at, *line;

	fflush(stream);
	copy = at = strdup(text);
	*ret_more = 0;
	while ((line = strsep(&at, "\n"))) {
		unsigned long more;

		if (strstr(line, part))
			lines++;
		if (sscanf(line, "monamid: warning: %lu more lines were not written", &more) == 1)
			*ret_more += more;
	}
	free(copy);
	return lines;
}

/* 1000 octets a second, and each line either written or counted, also if none follows. */
static void test_a_flood_writes_little_and_counts_the_rest(void **state)
{
	static const enum event_type types[] = {
		EVENT_UPDATE_REFUSED, EVENT_AUTHENTICATION_FAILED, EVENT_BINDING_MOVED};

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		unsigned long more;

		begin(state);
		flood(types[i]);
		fflush(stream);
		assert_in_range(length, 1, SECONDS * 1000);
		assert_true(log_withholds());
		now += 10 * NANOS_PER_SECOND;
		log_tell_withheld();
		assert_false(log_withholds());
		unsigned long lines = count(event_text(types[i]), &more);
		assert_int_equal(lines + more, SECONDS * A_SECOND);
		assert_true(more > 0);
		end(state);
	}
}

/* Of all classes at once: less than 1000 octets a second together, once what each may write at once
 * is written. */
static void test_floods_of_all_classes_write_little(void **state)
{
	size_t before = 0;

	begin(state);
	for (unsigned int i = 0; i < 2 * SECONDS * A_SECOND; i++) {
		const struct effect_event refused = note_of(EVENT_UPDATE_REFUSED, i);
		const struct effect_event moved = note_of(EVENT_BINDING_MOVED, i);

		log_event(&refused);
		log_event(&moved);
		log_error("an error of the host, number %u", i);
		now += NANOS_PER_SECOND / A_SECOND;
		if (i + 1 == SECONDS * A_SECOND) {
			fflush(stream);
			before = length;
		}
	}
	fflush(stream);
	assert_in_range(length - before, 1, SECONDS * 1000);
	end(state);
}

/* What packets of strangers cause hides neither a binding nor an error. */
static void test_a_flood_hides_nothing_of_another_class(void **state)
{
	unsigned long more;

	begin(state);
	for (unsigned int i = 0; i < SECONDS * A_SECOND; i++) {
		const struct effect_event refused = note_of(EVENT_UPDATE_REFUSED, i);
		const struct effect_event added = note_of(EVENT_BINDING_ADDED, i);

		log_event(&refused);
		log_refused("a peer does not take packets");
		if (i % A_SECOND == 0) {
			log_event(&added);
			log_error("an error of the host");
		}
		now += NANOS_PER_SECOND / A_SECOND;
	}
	assert_int_equal(count(event_text(EVENT_BINDING_ADDED), &more), SECONDS);
	assert_int_equal(count("an error of the host", &more), SECONDS);
	end(state);
}

/* A start with many bindings is told in full, and so is what follows at an ordinary pace. */
static void test_an_ordinary_day_is_told_in_full(void **state)
{
	unsigned long more;

	begin(state);
	for (unsigned int i = 0; i < 100; i++) {
		const struct effect_event note = note_of(EVENT_BINDING_RESTORED, i);

		log_event(&note);
	}
	for (unsigned int i = 0; i < 100; i++) {
		const struct effect_event note = note_of(EVENT_BINDING_MOVED, i);

		now += NANOS_PER_SECOND;
		log_event(&note);
	}
	assert_int_equal(count(event_text(EVENT_BINDING_RESTORED), &more), 100);
	assert_int_equal(count(event_text(EVENT_BINDING_MOVED), &more), 100);
	assert_int_equal(more, 0);
	end(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_flood_writes_little_and_counts_the_rest),
		cmocka_unit_test(test_floods_of_all_classes_write_little),
		cmocka_unit_test(test_a_flood_hides_nothing_of_another_class),
		cmocka_unit_test(test_an_ordinary_day_is_told_in_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
