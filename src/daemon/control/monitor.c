/* SPDX-License-Identifier: BSD-2-Clause */
/* Notes to lines of JSON (docs/control.md). Must not wait for anybody, nor keep more than agreed.
 */
#include "monitor.h"

#include "../../program/json_text.h"

#include <errno.h>
#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>

/* RFC 5905 6: NTP counts seconds from 1900 */
#define NTP_TO_UNIX 2208988800u

struct subscriber {
	struct subscriber *next;
	struct evbuffer *out;
	uint64_t lost; /* since the last line that got through */
};

struct monitor {
	uint64_t sequence;
	struct subscriber *subscribers;
};

static const char *const event_names[] = {
#define EVENT(name, text) #name,
#include "../../core/api/events.def"
#undef EVENT
};

int monitor_new(struct monitor **ret)
{
	struct monitor *monitor = calloc(1, sizeof(*monitor));

	if (!monitor)
		return -ENOMEM;
	*ret = monitor;
	return 0;
}

void monitor_free(struct monitor *monitor)
{
	free(monitor);
}

uint64_t monitor_sequence(const struct monitor *monitor)
{
	return monitor->sequence;
}

struct subscriber *monitor_join(struct monitor *monitor, struct evbuffer *out)
{
	struct subscriber *subscriber = calloc(1, sizeof(*subscriber));

	if (!subscriber)
		return NULL;
	subscriber->out = out;
	subscriber->next = monitor->subscribers;
	monitor->subscribers = subscriber;
	return subscriber;
}

void monitor_leave(struct monitor *monitor, struct subscriber *subscriber)
{
	struct subscriber **at = &monitor->subscribers;

	while (*at != subscriber)
		at = &(*at)->next;
	*at = subscriber->next;
	free(subscriber);
}

static double unix_time(uint64_t ntp)
{
	return (double)(ntp >> 32) - NTP_TO_UNIX + (double)(uint32_t)ntp / 4294967296.0;
}

static void set_address(json_t *object, const char *key, const struct in6_addr *address)
{
	if (!IN6_IS_ADDR_UNSPECIFIED(address))
		json_object_set_new(object, key, json_address(address));
}

static bool has_status(enum event_type type)
{
	return type == EVENT_UPDATE_REFUSED || type == EVENT_REFUSED || type == EVENT_REGISTERED ||
	       type == EVENT_AUTHENTICATION_FAILED;
}

static json_t *note_json(uint64_t sequence, const struct effect_event *note, struct moment moment)
{
	json_t *object = json_object();

	json_object_set_new(object, "seq", json_integer((json_int_t)sequence));
	json_object_set_new(object, "time", json_real(unix_time(moment.ntp)));
	json_object_set_new(object, "event", json_lower(event_names[note->type]));
	json_object_set_new(object, "text", json_string(event_text(note->type)));
	set_address(object, "home_address", &note->home_address);
	if (note->bid != 0)
		json_object_set_new(object, "bid", json_integer(note->bid));
	set_address(object, "care_of_address", &note->care_of);
	set_address(object, "peer", &note->peer);
	if (note->status != 0 || has_status(note->type))
		json_object_set_new(object, "status", json_integer(note->status));
	if (note->problem != PROBLEM_NONE)
		json_object_set_new(object, "reason",
			json_string(registration_problem_text(
				(enum registration_problem)note->problem)));
	if (note->lifetime != 0)
		json_object_set_new(object, "lifetime_s", json_integer(note->lifetime));
	return object;
}

void monitor_drained(struct subscriber *subscriber)
{
	uint64_t lost = subscriber->lost;

	if (lost == 0 || evbuffer_get_length(subscriber->out) > MONITOR_WAITING_MAX / 2)
		return;
	subscriber->lost = 0;
	evbuffer_add_printf(subscriber->out, "{\"lost\":%llu}\n", (unsigned long long)lost);
}

/* One line, or one more that is lost. What was lost before is said first. */
static void tell(struct subscriber *subscriber, const char *line, size_t length)
{
	monitor_drained(subscriber);
	if (subscriber->lost > 0 ||
		evbuffer_get_length(subscriber->out) + length > MONITOR_WAITING_MAX ||
		evbuffer_add(subscriber->out, line, length) != 0)
		subscriber->lost++;
}

static void tell_all(struct monitor *monitor, const struct effect_event *note, const char *what,
	struct moment moment)
{
	struct subscriber *subscriber;
	char line[1024];
	json_t *object;
	size_t length;

	monitor->sequence++;
	if (!monitor->subscribers)
		return;
	object = note_json(monitor->sequence, note, moment);
	if (what)
		json_object_set_new(object, "object", json_text(what));
	length = json_dumpb(object, line, sizeof(line) - 1, JSON_COMPACT | JSON_REAL_PRECISION(16));
	json_decref(object);
	if (length == 0 || length >= sizeof(line))
		return;
	line[length++] = '\n';
	for (subscriber = monitor->subscribers; subscriber; subscriber = subscriber->next)
		tell(subscriber, line, length);
}

void monitor_event(struct monitor *monitor, const struct effect_event *note, struct moment moment)
{
	tell_all(monitor, note, NULL, moment);
}

void monitor_object(
	struct monitor *monitor, enum event_type type, const char *what, struct moment moment)
{
	const struct effect_event note = {.type = type};

	tell_all(monitor, &note, what, moment);
}
