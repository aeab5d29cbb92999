/* SPDX-License-Identifier: BSD-2-Clause */
#include "dataplane_internal.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

struct reading {
	int left;
	void (*each)(void *ctx, const struct abi_event *, const struct dataplane_active *active);
	void *ctx;
};

static bool active_of(const struct dataplane *plane, uint32_t number, struct dataplane_active *ret)
{
	const struct bindings *bindings = &plane->bindings;

	if (number >= bindings->tunnels_max ||
		bindings->tunnels[number].subject >= bindings->subjects.max)
		return false;
	const struct abi_tunnel *tunnel = &bindings->tunnels[number];
	const struct effect_subject subject =
		subject_table_effect(&bindings->subjects.at[tunnel->subject]);
	*ret = (struct dataplane_active){
		.home_address = subject.home_address,
		.peer = subject.peer,
		.subject = subject.subject,
		.tunnel = tunnel->number,
		.bid = tunnel->bid,
	};
	return true;
}

/* Stops the reading by an error of its own when enough have been read. */
static int event_arrived(void *ctx, void *data, size_t size)
{
	const struct dataplane *plane = ctx;
	struct reading *reading = plane->reading;
	const struct abi_event *event = data;
	struct dataplane_active active;

	if (size < sizeof(*event) || event->length > size - sizeof(*event))
		return 0;
	if (event->type != ABI_EVENT_ACTIVE && event->type != ABI_EVENT_TOO_LARGE &&
		event->type != ABI_EVENT_TUNNEL_ERROR && event->type != ABI_EVENT_SHARED)
		reading->each(reading->ctx, event, NULL);
	else if (active_of(plane, event->tunnel, &active))
		reading->each(reading->ctx, event, &active);
	return --reading->left > 0 ? 0 : -ECANCELED;
}

/* They are read in this order. */
int dataplane_open_events(struct dataplane *plane)
{
	plane->events = ring_buffer__new(
		bpf_map__fd(plane->programs->maps.events), event_arrived, plane, NULL);
	if (!plane->events)
		return -errno;
	int result = ring_buffer__add(
		plane->events, bpf_map__fd(plane->programs->maps.tests), event_arrived, plane);
	if (result == 0)
		result = ring_buffer__add(plane->events,
			bpf_map__fd(plane->programs->maps.fragments), event_arrived, plane);
	if (result == 0)
		result = ring_buffer__add(plane->events,
			bpf_map__fd(plane->programs->maps.shared), event_arrived, plane);
	return result;
}

int dataplane_events(struct dataplane *plane, int most,
	void (*each)(void *ctx, const struct abi_event *, const struct dataplane_active *active),
	void *ctx)
{
	struct reading reading = {.left = most, .each = each, .ctx = ctx};

	plane->reading = &reading;
	int result = ring_buffer__consume(plane->events);
	plane->reading = NULL;
	return result < 0 && result != -ECANCELED ? result : most - reading.left;
}

int dataplane_events_fd(const struct dataplane *plane)
{
	return ring_buffer__epoll_fd(plane->events);
}
