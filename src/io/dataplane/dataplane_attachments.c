/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where this daemon's programs are to be attached. Another program may remove one, or the clsact
 * qdisc with all its programs.
 */
#include "attachment.h"
#include "dataplane_internal.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 100

struct attachment {
	uint32_t ifindex;
	enum attachment_place place;
	int program;
	uint32_t program_id;
	struct put_back put_back;
};

static struct attachment *find_attachment(
	const struct dataplane *plane, uint32_t ifindex, enum attachment_place place)
{
	for (size_t i = 0; i < plane->attachments_count; i++)
		if (plane->attachments[i].ifindex == ifindex &&
			plane->attachments[i].place == place)
			return &plane->attachments[i];
	return NULL;
}

static int program_id_of(int program, uint32_t *ret)
{
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);
	int result = bpf_obj_get_info_by_fd(program, &info, &size);

	if (result == 0)
		*ret = info.id;
	return result < 0 ? -errno : 0;
}

static int set(
	const struct dataplane *plane, uint32_t ifindex, enum attachment_place place, int program)
{
	struct abi_link *link = &plane->links[ifindex % ABI_LINKS_MAX];
	bool made_qdisc;
	int result = attachment_set(ifindex, place, program, &made_qdisc);

	if (result == 0 && made_qdisc && link->ifindex == ifindex)
		link->made_qdisc = 1;
	return result;
}

int dataplane_attachment_set(struct dataplane *plane, uint32_t ifindex, enum attachment_place place,
	const struct bpf_program *program)
{
	struct attachment *attachment = find_attachment(plane, ifindex, place);
	int fd = bpf_program__fd(program);
	uint32_t id = 0;
	int result = program_id_of(fd, &id);

	if (result == 0)
		result = set(plane, ifindex, place, fd);
	if (result < 0)
		return result;
	if (!attachment) {
		struct attachment *more = realloc(plane->attachments,
			(plane->attachments_count + 1) * sizeof(*plane->attachments));

		/* Memory is short: it is attached, but will not be put back. */
		if (!more)
			return 0;
		plane->attachments = more;
		attachment = &more[plane->attachments_count++];
		*attachment = (struct attachment){.ifindex = ifindex, .place = place};
	}
	attachment->program = fd;
	attachment->program_id = id;
	attachment->put_back.missing = false;
	return 0;
}

void dataplane_attachments_forget(struct dataplane *plane, uint32_t ifindex)
{
	for (size_t i = 0; i < plane->attachments_count;) {
		if (plane->attachments[i].ifindex == ifindex)
			plane->attachments[i] = plane->attachments[--plane->attachments_count];
		else
			i++;
	}
}

void dataplane_attachment_forget(
	struct dataplane *plane, uint32_t ifindex, enum attachment_place place)
{
	struct attachment *attachment = find_attachment(plane, ifindex, place);

	if (attachment)
		*attachment = plane->attachments[--plane->attachments_count];
}

static void text_of(const struct attachment *attachment, char ret[TEXT_MAX])
{
	char name[IF_NAMESIZE];

	if (!if_indextoname(attachment->ifindex, name))
		snprintf(name, sizeof(name), "%u", attachment->ifindex);
	snprintf(ret, TEXT_MAX, "program on %s %s", name,
		attachment->place == ATTACHMENT_INGRESS ? "ingress" : "egress");
}

/* False if the interface is gone (-ENODEV): a new one has another index, and its own entry. */
static bool is_missing(const struct attachment *attachment)
{
	return attachment_check(attachment->ifindex, attachment->place, attachment->program_id) ==
	       -ENOENT;
}

void dataplane_reconcile(struct dataplane *plane, uint64_t now, put_back_handler *tell, void *ctx,
	uint64_t *ret_again)
{
	char text[TEXT_MAX];

	for (size_t i = 0; i < plane->attachments_count; i++) {
		struct attachment *attachment = &plane->attachments[i];
		struct put_back *state = &attachment->put_back;

		state->missing = is_missing(attachment);
		if (state->missing && put_back_when(state) <= now) {
			put_back_tried(state, now,
				set(plane, attachment->ifindex, attachment->place,
					attachment->program));
			text_of(attachment, text);
			tell(ctx, text, state);
		}
		if (state->missing && put_back_when(state) < *ret_again)
			*ret_again = put_back_when(state);
	}
}

void dataplane_each_attachment(
	const struct dataplane *plane, bool all, put_back_handler *each, void *ctx)
{
	char text[TEXT_MAX];

	for (size_t i = 0; i < plane->attachments_count; i++) {
		if (!plane->attachments[i].put_back.missing && !all)
			continue;
		text_of(&plane->attachments[i], text);
		each(ctx, text, &plane->attachments[i].put_back);
	}
}

void dataplane_link_put_back(
	const struct dataplane *plane, uint32_t ifindex, bool *ret_attached, uint32_t *ret_times)
{
	const struct attachment *ingress = find_attachment(plane, ifindex, ATTACHMENT_INGRESS);
	const struct attachment *egress = find_attachment(plane, ifindex, ATTACHMENT_EGRESS);

	*ret_attached =
		ingress && !ingress->put_back.missing && (!egress || !egress->put_back.missing);
	*ret_times =
		(ingress ? ingress->put_back.times : 0) + (egress ? egress->put_back.times : 0);
}
