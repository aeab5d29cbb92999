/* SPDX-License-Identifier: BSD-2-Clause */
/* Events to lines of JSON (docs/control.md). Must not wait for a subscriber, nor keep more than
 * BACKLOG_MAX octets for one. */
#include "monitor.h"

#include "json_value.h"

#include <errno.h>
#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>

/* RFC 5905 6: NTP counts seconds from 1900 */
#define NTP_TO_UNIX 2208988800u

struct subscriber {
	struct subscriber *next;
	struct evbuffer *out;
	uint64_t lost; /* since the last line that was written */
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

static bool has_status(enum event_type type)
{
	return type == EVENT_UPDATE_REFUSED || type == EVENT_REFUSED || type == EVENT_REGISTERED ||
	       type == EVENT_AUTHENTICATION_FAILED;
}

/* `object_name`: NULL but for events about an object of the host. */
static json_t *event_json(uint64_t sequence, const struct effect_event *event,
	const char *object_name, struct moment moment)
{
	json_t *object = json_object();

#include "../../views/events.def"
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

/* Writes one line, or counts it as lost. Reports lost lines first. */
static void send_line(struct subscriber *subscriber, const char *line, size_t length)
{
	monitor_drained(subscriber);
	if (subscriber->lost > 0 ||
		evbuffer_get_length(subscriber->out) + length > MONITOR_WAITING_MAX ||
		evbuffer_add(subscriber->out, line, length) != 0)
		subscriber->lost++;
}

static void tell_all(struct monitor *monitor, const struct effect_event *event, const char *what,
	struct moment moment)
{
	struct subscriber *subscriber;
	char line[1024];
	json_t *object;
	size_t length;

	monitor->sequence++;
	if (!monitor->subscribers)
		return;
	object = event_json(monitor->sequence, event, what, moment);
	length = json_dumpb(object, line, sizeof(line) - 1, JSON_COMPACT | JSON_REAL_PRECISION(16));
	json_decref(object);
	if (length == 0 || length >= sizeof(line))
		return;
	line[length++] = '\n';
	for (subscriber = monitor->subscribers; subscriber; subscriber = subscriber->next)
		send_line(subscriber, line, length);
}

void monitor_event(struct monitor *monitor, const struct effect_event *event, struct moment moment)
{
	tell_all(monitor, event, NULL, moment);
}

void monitor_object(
	struct monitor *monitor, enum event_type type, const char *what, struct moment moment)
{
	const struct effect_event event = {.type = type};

	tell_all(monitor, &event, what, moment);
}
