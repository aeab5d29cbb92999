/* SPDX-License-Identifier: BSD-2-Clause */
#include "finding.h"

#include "../../program/json_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *verdict_text(enum verdict verdict)
{
	static const char *const texts[] = {
		[VERDICT_OK] = "ok",
		[VERDICT_NOT_APPLICABLE] = "not applicable",
		[VERDICT_WARNING] = "warning",
		[VERDICT_PROBLEM] = "problem",
	};
	return texts[verdict];
}

struct finding finding_of(const char *check, const char *object, enum verdict verdict)
{
	struct finding finding = {.check = check, .verdict = verdict};

	snprintf(finding.object, sizeof(finding.object), "%s", object ? object : "");
	return finding;
}

#define FINDING_FUNCTION(member)                                                                   \
	void finding_##member(struct finding *finding, const char *format, ...)                    \
	{                                                                                          \
		va_list arguments;                                                                 \
		va_start(arguments, format);                                                       \
		vsnprintf(finding->member, sizeof(finding->member), format, arguments);            \
		va_end(arguments);                                                                 \
	}

FINDING_FUNCTION(text)
FINDING_FUNCTION(why)
FINDING_FUNCTION(remedy)

void finding_give(const struct finding *finding, const struct finding_sink *sink)
{
	sink->take(sink->ctx, finding);
}

bool finding_is_bad(const struct finding *finding)
{
	return finding->verdict >= VERDICT_WARNING;
}

void finding_line(const struct finding *finding, char *ret, size_t size)
{
	snprintf(ret, size, "%s%s%s", finding->object, finding->object[0] ? ": " : "",
		finding->text);
}

/* ---- JSON ---- */

static void set_text(json_t *object, const char *key, const char *text)
{
	if (text[0] != '\0')
		json_object_set_new(object, key, json_text(text));
}

json_t *finding_json(const struct finding *finding)
{
	json_t *object = json_object();

	json_object_set_new(object, "check", json_string(finding->check));
	set_text(object, "object", finding->object);
	json_object_set_new(object, "verdict", json_string(verdict_text(finding->verdict)));
	set_text(object, "text", finding->text);
	set_text(object, "why", finding->why);
	set_text(object, "remedy", finding->remedy);
	return object;
}

static const char *text_in(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

bool finding_from_json(const json_t *object, const char *const *checks, struct finding *ret)
{
	struct finding finding = {.verdict = VERDICT_OK};

	while (*checks && strcmp(*checks, text_in(object, "check")) != 0)
		checks++;
	while (finding.verdict < VERDICTS &&
		strcmp(verdict_text(finding.verdict), text_in(object, "verdict")) != 0)
		finding.verdict++;
	if (!*checks || finding.verdict == VERDICTS)
		return false;
	finding.check = *checks;
	snprintf(finding.object, sizeof(finding.object), "%s", text_in(object, "object"));
	snprintf(finding.text, sizeof(finding.text), "%s", text_in(object, "text"));
	snprintf(finding.why, sizeof(finding.why), "%s", text_in(object, "why"));
	snprintf(finding.remedy, sizeof(finding.remedy), "%s", text_in(object, "remedy"));
	*ret = finding;
	return true;
}
