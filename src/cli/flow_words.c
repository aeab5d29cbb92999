/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow_words.h"

#include "../program/json_text.h"
#include "../program/nearest.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* A word of one value. */
static const struct {
	const char *word, *key;
} values[] = {
	{"from", "interface"},
	{"traffic-class", "traffic_class"},
	{"flow-label", "flow_label"},
	{"spi", "spi"},
};
#define VALUES (sizeof(values) / sizeof(values[0]))

static char wrong[400];

static const char *key_of(const char *word)
{
	for (size_t i = 0; i < VALUES; i++)
		if (strcmp(word, values[i].word) == 0)
			return values[i].key;
	return NULL;
}

static bool is_port(const char *word)
{
	return word && *word != '\0' && strspn(word, "0123456789") == strlen(word);
}

/* An end of the flow: an address, a port, or both. How many words it has. */
static size_t take_end(json_t *request, const char *end, char **words)
{
	size_t count = 0;
	char port[16];

	snprintf(port, sizeof(port), "%s_port", end);
	if (words[count] && strchr(words[count], ':'))
		json_object_set_new(request, end, json_text(words[count++]));
	if (is_port(words[count]))
		json_object_set_new(request, port, json_text(words[count++]));
	return count;
}

static bool take_words(json_t *request, char **words)
{
	while (*words) {
		const char *word = *words++, *key = key_of(word);
		bool is_end = strcmp(word, "peer") == 0 || strcmp(word, "own") == 0;
		size_t count = is_end ? take_end(request, word, words) : (size_t)(key && *words);

		if (key && count > 0)
			json_object_set_new(request, key, json_text(*words));
		if (count == 0) {
			struct nearest nearest = nearest_to(word);

			nearest_offer(&nearest, "peer");
			nearest_offer(&nearest, "own");
			for (size_t i = 0; i < VALUES; i++)
				nearest_offer(&nearest, values[i].word);
			if (is_end || key)
				snprintf(wrong, sizeof(wrong), "'%s' needs %s", word,
					is_end ? "an address or a port" : "a value");
			else
				snprintf(wrong, sizeof(wrong), "'%s' is not understood%s", word,
					nearest_question(&nearest, "").text);
			return false;
		}
		words += count;
	}
	return true;
}

json_t *flow_words(char **words, const char **ret_wrong)
{
	json_t *request = json_pack("{s:s}", "command", "why");

	json_object_set_new(request, "protocol", json_text(words[0]));
	*ret_wrong = wrong;
	if (take_words(request, words + 1))
		return request;
	json_decref(request);
	return NULL;
}
