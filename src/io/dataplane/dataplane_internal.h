/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside dataplane: what its parts share. */
#ifndef MONAMI_IO_DATAPLANE_INTERNAL_H
#define MONAMI_IO_DATAPLANE_INTERNAL_H

#include "attachment.h"
#include "bindings.h"
#include "dataplane.h"

#include <monami.skel.h>

struct reading;
struct attachment;

struct dataplane {
	struct monami_bpf *programs;
	struct ring_buffer *events;
	uint64_t *drops;
	struct abi_link *links; /* by ifindex modulo ABI_LINKS_MAX */
	struct bindings bindings;
	struct reading *reading; /* while dataplane_events() runs */
	uint32_t device;
	size_t attachments_count;
	struct attachment *attachments;
	int lock;   /* on the pin directory */
	bool found; /* the maps of the previous daemon */
};

/* dataplane_events.c: at the start. -errno. */
int dataplane_open_events(struct dataplane *);

/* dataplane_attachments.c: attaches, and remembers that it is to be attached. -errno. */
int dataplane_attachment_set(
	struct dataplane *, uint32_t ifindex, enum attachment_place, const struct bpf_program *);
void dataplane_attachments_forget(struct dataplane *, uint32_t ifindex);
void dataplane_attachment_forget(struct dataplane *, uint32_t ifindex, enum attachment_place);

/* dataplane_links.c: as dataplane_detach_others() of all, but for dataplane_remove_silently(). */
int dataplane_links_silence(struct dataplane *);

/* dataplane_tables.c: at the start, if the maps are made anew: from the old map. -errno. */
int dataplane_take_tables_over(struct dataplane *, const char *directory);

/* dataplane_correspondents.c: at the start. The thresholds are the configuration's, and the next
 * daemon may have another one; the last daemon knew the busy peers already. */
void dataplane_forget_thresholds(struct dataplane *);

#endif
