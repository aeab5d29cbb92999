/* SPDX-License-Identifier: BSD-2-Clause */
#include "binding_snapshot.h"

#include <errno.h>
#include <stdlib.h>

#define PAGE_BINDINGS 200

struct binding_snapshot {
	const struct control_source *source;
	struct binding_view *views;
	size_t count;
	size_t room;
	size_t shown;
	bool failed;
};

static void add(void *to, const struct binding_view *view)
{
	struct binding_snapshot *snapshot = to;

	if (snapshot->count == snapshot->room && !snapshot->failed) {
		size_t room = snapshot->room ? 2 * snapshot->room : PAGE_BINDINGS;
		struct binding_view *views =
			reallocarray(snapshot->views, room, sizeof(*snapshot->views));

		snapshot->failed = !views;
		if (views) {
			snapshot->views = views;
			snapshot->room = room;
		}
	}
	if (!snapshot->failed)
		snapshot->views[snapshot->count++] = *view;
}

int binding_snapshot_new(const struct control_source *source, struct binding_snapshot **ret)
{
	struct binding_snapshot *snapshot = calloc(1, sizeof(*snapshot));

	if (!snapshot)
		return -ENOMEM;
	snapshot->source = source;
	source->each_binding(source->ctx, add, snapshot);
	if (snapshot->failed) {
		binding_snapshot_free(snapshot);
		return -ENOMEM;
	}
	*ret = snapshot;
	return 0;
}

void binding_snapshot_free(struct binding_snapshot *snapshot)
{
	if (!snapshot)
		return;
	free(snapshot->views);
	free(snapshot);
}

json_t *binding_snapshot_page(struct binding_snapshot *snapshot, bool *ret_more)
{
	json_t *array = json_array();
	size_t end = snapshot->shown + PAGE_BINDINGS;

	for (; snapshot->shown < end && snapshot->shown < snapshot->count; snapshot->shown++)
		json_array_append_new(
			array, show_binding(snapshot->source, &snapshot->views[snapshot->shown]));
	*ret_more = snapshot->shown < snapshot->count;
	return array;
}
