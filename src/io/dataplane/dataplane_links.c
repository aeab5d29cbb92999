/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The links that the programs are attached to, and what is remembered of each in the map of links.
 */
#include "attachment.h"
#include "dataplane_internal.h"
#include "map_memory.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <net/if.h>
#include <string.h>

/* The place may be that of an interface that is gone. */
static int take_place(struct abi_link *link)
{
	char name[IF_NAMESIZE];

	if (link->ifindex != 0 && if_indextoname(link->ifindex, name))
		return -EEXIST;
	if (link->ifindex != 0 && errno != ENXIO && errno != ENODEV)
		return -errno;
	memset(link, 0, sizeof(*link));
	return 0;
}

static int attach_guard(struct dataplane *plane, struct abi_link *link)
{
	int result = dataplane_attachment_set(
		plane, link->ifindex, ATTACHMENT_EGRESS, plane->programs->progs.monami_guard);

	if (result == 0)
		link->guards = 1;
	return result;
}

int dataplane_home_link(
	struct dataplane *plane, const struct in6_addr *home_address, uint32_t ifindex, bool home)
{
	int map = bpf_map__fd(plane->programs->maps.home_links);
	struct abi_home_link key = {.ifindex = ifindex};
	const uint8_t value = 1;

	map_address_copy(&key.home_address, home_address);
	int result = home ? bpf_map_update_elem(map, &key, &value, BPF_ANY)
			  : bpf_map_delete_elem(map, &key);
	return result < 0 && (home || errno != ENOENT) ? -errno : 0;
}

/* The ifindex may be given to another link. */
static void forget_home_link(struct dataplane *plane, uint32_t ifindex)
{
	int map = bpf_map__fd(plane->programs->maps.home_links);
	struct abi_home_link key, next;
	bool more = bpf_map_get_next_key(map, NULL, &next) == 0;

	while (more) {
		key = next;
		more = bpf_map_get_next_key(map, &key, &next) == 0;
		if (key.ifindex == ifindex)
			bpf_map_delete_elem(map, &key);
	}
}

/* The program of a link of both roles does what the guard does, too. Packets of home addresses
 * leave by the device. */
static bool needs_guard(const struct dataplane *plane, const struct abi_link *link)
{
	return (plane->programs->bss->state.roles & ABI_ROLE_MOBILE_NODE) && !link->corresponds &&
	       link->ifindex != plane->device;
}

int dataplane_attach(struct dataplane *plane, uint32_t ifindex)
{
	struct abi_link *link = &plane->links[ifindex % ABI_LINKS_MAX];
	bool known = link->ifindex == ifindex;
	int result = known ? 0 : take_place(link);

	if (result == 0)
		result = attachment_link_layer(ifindex, &link->header_octets, link->link_layer);
	if (result < 0)
		return result;
	/* Before the program needs it. Counters that are there already stay. */
	link->ifindex = ifindex;
	result = dataplane_attachment_set(
		plane, ifindex, ATTACHMENT_INGRESS, plane->programs->progs.monami_receive);
	if (result == 0 && needs_guard(plane, link))
		result = attach_guard(plane, link);
	if (result < 0 && !known)
		memset(link, 0, sizeof(*link));
	return result;
}

int dataplane_attach_correspondent(struct dataplane *plane, uint32_t ifindex)
{
	struct abi_link *link = &plane->links[ifindex % ABI_LINKS_MAX];
	int result = dataplane_attach(plane, ifindex);

	if (result < 0)
		return result;
	result = dataplane_attachment_set(
		plane, ifindex, ATTACHMENT_EGRESS, plane->programs->progs.monami_correspond);
	if (result == 0)
		link->corresponds = 1;
	return result;
}

int dataplane_detach(struct dataplane *plane, uint32_t ifindex)
{
	struct abi_link *link = &plane->links[ifindex % ABI_LINKS_MAX];
	int result = 0;

	if (ifindex == plane->device) /* where packets leave, another program stays */
		dataplane_attachment_forget(plane, ifindex, ATTACHMENT_INGRESS);
	else
		dataplane_attachments_forget(plane, ifindex);
	forget_home_link(plane, ifindex);
	if (link->ifindex != ifindex)
		return 0;
	if (link->corresponds || link->guards)
		result = attachment_remove(ifindex, ATTACHMENT_EGRESS, false);
	int other = attachment_remove(ifindex, ATTACHMENT_INGRESS, link->made_qdisc);
	if (result == 0)
		result = other;
	if (result == 0)
		memset(link, 0, sizeof(*link));
	return result;
}

static bool is_among(uint32_t ifindex, const uint32_t *ifindexes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (ifindexes[i] == ifindex)
			return true;
	return false;
}

int dataplane_detach_others(struct dataplane *plane, const uint32_t *ifindexes, size_t count)
{
	int result = 0;

	for (uint32_t i = 0; i < ABI_LINKS_MAX; i++) {
		uint32_t ifindex = plane->links[i].ifindex;

		if (ifindex == 0 || is_among(ifindex, ifindexes, count))
			continue;
		int detached = dataplane_detach(plane, ifindex);
		if (detached < 0)
			result = detached;
	}
	return result;
}

void dataplane_each_attached(
	const struct dataplane *plane, void (*each)(void *ctx, uint32_t ifindex), void *ctx)
{
	for (uint32_t i = 0; i < ABI_LINKS_MAX; i++)
		if (plane->links[i].ifindex != 0)
			each(ctx, plane->links[i].ifindex);
}

static int silence(struct dataplane *plane, struct abi_link *link)
{
	const int program = bpf_program__fd(plane->programs->progs.monami_silence);
	bool made_qdisc = false;
	int result = attachment_remove(link->ifindex, ATTACHMENT_EGRESS, false);

	if (result == 0)
		result = attachment_set(link->ifindex, ATTACHMENT_INGRESS, program, &made_qdisc);
	if (result < 0)
		return result;
	dataplane_attachments_forget(plane, link->ifindex);
	*link = (struct abi_link){
		.ifindex = link->ifindex,
		.made_qdisc = link->made_qdisc || made_qdisc,
	};
	return 0;
}

int dataplane_links_silence(struct dataplane *plane)
{
	int result = 0;

	for (uint32_t i = 0; i < ABI_LINKS_MAX; i++) {
		struct abi_link *link = &plane->links[i];

		if (link->ifindex == 0 || (link->corresponds && silence(plane, link) == 0))
			continue;
		int detached = dataplane_detach(plane, link->ifindex);
		if (detached < 0)
			result = detached;
	}
	return result;
}

int dataplane_link_counters(const struct dataplane *plane, uint32_t ifindex, struct abi_link *ret)
{
	const struct abi_link *link = &plane->links[ifindex % ABI_LINKS_MAX];

	if (link->ifindex != ifindex)
		return -ENOENT;
	*ret = *link;
	return 0;
}
