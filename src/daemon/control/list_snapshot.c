/* SPDX-License-Identifier: BSD-2-Clause */
#include "list_snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_ITEMS 200

struct list_snapshot {
	const struct control_source *source;
	enum list_kind kind;
	json_t *rules; /* of mobile nodes; NULL: none, or they have been shown */
	size_t octets; /* of an item */
	uint8_t *items;
	size_t count;
	size_t room;
	size_t shown;
	bool failed;
};

static void add(struct list_snapshot *snapshot, const void *item)
{
	if (snapshot->count == snapshot->room && !snapshot->failed) {
		size_t room = snapshot->room ? 2 * snapshot->room : PAGE_ITEMS;
		uint8_t *items = reallocarray(snapshot->items, room, snapshot->octets);

		snapshot->failed = !items;
		if (items) {
			snapshot->items = items;
			snapshot->room = room;
		}
	}
	if (!snapshot->failed)
		memcpy(snapshot->items + snapshot->count++ * snapshot->octets, item,
			snapshot->octets);
}

static void add_binding(void *to, const struct binding_view *view)
{
	add(to, view);
}

static void add_flow(void *to, const struct flow_view *view)
{
	add(to, view);
}

static void take(struct list_snapshot *snapshot, unsigned int mobile_node)
{
	const struct control_source *source = snapshot->source;

	switch (snapshot->kind) {
	case LIST_BINDINGS:
		snapshot->octets = sizeof(struct binding_view);
		source->each_binding(source->ctx, add_binding, snapshot);
		break;
	case LIST_FLOWS:
		snapshot->octets = sizeof(struct flow_view);
		snapshot->rules = show_rules(source, mobile_node);
		snapshot->failed = !snapshot->rules;
		if (mobile_node == EVERY_MOBILE_NODE)
			source->each_flow_binding(source->ctx, add_flow, snapshot);
		break;
	}
}

int list_snapshot_new(const struct control_source *source, enum list_kind kind,
	unsigned int mobile_node, struct list_snapshot **ret)
{
	struct list_snapshot *snapshot = calloc(1, sizeof(*snapshot));

	if (!snapshot)
		return -ENOMEM;
	snapshot->source = source;
	snapshot->kind = kind;
	take(snapshot, mobile_node);
	if (snapshot->failed) {
		list_snapshot_free(snapshot);
		return -ENOMEM;
	}
	*ret = snapshot;
	return 0;
}

void list_snapshot_free(struct list_snapshot *snapshot)
{
	if (!snapshot)
		return;
	json_decref(snapshot->rules);
	free(snapshot->items);
	free(snapshot);
}

static void show_item(const struct list_snapshot *snapshot, json_t *array)
{
	const void *item = snapshot->items + snapshot->shown * snapshot->octets;

	if (snapshot->kind == LIST_BINDINGS)
		json_array_append_new(array, show_binding(snapshot->source, item));
	else
		show_flow_binding(snapshot->source, item, array);
}

json_t *list_snapshot_page(struct list_snapshot *snapshot, bool *ret_more)
{
	json_t *array = snapshot->rules ? snapshot->rules : json_array();
	size_t end = snapshot->shown + PAGE_ITEMS;

	snapshot->rules = NULL;
	for (; snapshot->shown < end && snapshot->shown < snapshot->count; snapshot->shown++)
		show_item(snapshot, array);
	*ret_more = snapshot->shown < snapshot->count;
	return json_pack("{s:o}", snapshot->kind == LIST_BINDINGS ? "bindings" : "flows", array);
}
