/* SPDX-License-Identifier: BSD-2-Clause */
#include "attached_link.h"
#include "../base/log.h"

#include "../../io/dataplane/link_type.h"

#include <string.h>

static void say(struct attached_link *link, const char *name, int error)
{
	if (error < 0 && error != link->error)
		log_error("data plane on %s: %s", name, strerror(-error));
	else if (error == 0 && link->error < 0)
		log_info("data plane on %s: attached now", name);
	link->error = error;
}

bool attached_link_retry(struct attached_link *link, struct dataplane *plane, const char *name)
{
	if (link->ifindex == 0 || link->done || link->refused)
		return true;
	int error = link->corresponds ? dataplane_attach_correspondent(plane, link->ifindex)
				      : dataplane_attach(plane, link->ifindex);

	link->done = error == 0;
	say(link, name, error);
	return link->done;
}

static bool has_link_layer_of(
	const struct attached_link *link, const struct host_interface *interface)
{
	return link->has_link_layer == interface->has_link_layer &&
	       memcmp(link->link_layer, interface->link_layer, sizeof(link->link_layer)) == 0;
}

bool attached_link_follow(
	struct attached_link *link, struct dataplane *plane, const struct host_interface *interface)
{
	if (link->ifindex != interface->ifindex) {
		if (link->ifindex != 0)
			dataplane_detach(plane, link->ifindex);
		*link = (struct attached_link){
			.ifindex = interface->ifindex, .corresponds = link->corresponds};
	}
	/* warnings.c names it. A retry cannot change the type of an interface. */
	link->refused = interface->ifindex != 0 && link_type_header(interface->type) < 0;
	if (!has_link_layer_of(link, interface))
		link->done = false;
	link->has_link_layer = interface->has_link_layer;
	memcpy(link->link_layer, interface->link_layer, sizeof(link->link_layer));
	return attached_link_retry(link, plane, interface->name);
}
