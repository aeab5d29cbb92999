/* SPDX-License-Identifier: BSD-2-Clause */
#include "options.h"

#include "nearest.h"

#include <stdio.h>
#include <string.h>

static struct nearest_text question(const char *word, const struct option *options)
{
	char name[NEAREST_LENGTH_MAX];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "="), word);
	struct nearest nearest = nearest_to(name);
	for (; options->name; options++)
		nearest_offer(&nearest, options->name);
	return nearest_question(&nearest, "--");
}

void options_complain(const char *program, const char *help, const struct option *options,
	int result, char **argv)
{
	/* a long option is a word of its own, a short one may stand among others */
	const char *word = argv[optind - 1];

	if (result == ':' && strncmp(word, "--", 2) == 0)
		fprintf(stderr, "%s: option '%s' needs a value (%s)\n", program, word, help);
	else if (result == ':')
		fprintf(stderr, "%s: option '-%c' needs a value (%s)\n", program, optopt, help);
	else if (optopt == 0)
		fprintf(stderr, "%s: no option '%s'%s (%s)\n", program, word,
			question(word + 2, options).text, help);
	else if (optopt > 255 || strncmp(word, "--", 2) == 0)
		fprintf(stderr, "%s: option '%.*s' takes no value (%s)\n", program,
			(int)strcspn(word, "="), word, help);
	else
		fprintf(stderr, "%s: no option '-%c' (%s)\n", program, optopt, help);
}
