/* SPDX-License-Identifier: BSD-2-Clause */
#include "spark.h"

#include <langinfo.h>
#include <string.h>

#define LEVELS 8

static const char *level_text(double share)
{
	static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	static const char *const letters[] = {" ", ".", ".", ":", "-", "=", "+", "*", "#"};
	const int level = share <= 0 ? 0 : share >= 1 ? LEVELS : 1 + (int)(share * (LEVELS - 1));

	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ? blocks[level] : letters[level];
}

/* Of those from `begin` to before `end`. */
static double greatest(const json_t *numbers, size_t begin, size_t end)
{
	double most = 0;

	for (size_t i = begin; i < end; i++) {
		const double number = json_number_value(json_array_get(numbers, i));

		if (number > most)
			most = number;
	}
	return most;
}

double spark_greatest(const json_t *numbers)
{
	return greatest(numbers, 0, json_array_size(numbers));
}

void spark(const json_t *numbers, double most, unsigned columns, char *text)
{
	const size_t count = json_array_size(numbers);
	const size_t each = (count + columns - 1) / columns;
	const size_t used = each ? (count + each - 1) / each : 0;

	if (most <= 0)
		most = spark_greatest(numbers);
	text[0] = '\0';
	for (size_t i = used; i-- > 0;) {
		const size_t end = count - i * each;
		const double number = greatest(numbers, end > each ? end - each : 0, end);

		strcat(text, level_text(most > 0 ? number / most : 0));
	}
}
