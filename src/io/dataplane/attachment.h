/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A tc program on an interface: one fixed place in its clsact qdisc, so that the next daemon's
 * program takes the place of the last one's without a gap. Private to the data plane. All -errno.
 */
#ifndef MONAMI_IO_ATTACHMENT_H
#define MONAMI_IO_ATTACHMENT_H

#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stdint.h>

enum attachment_place {
	ATTACHMENT_INGRESS,
	ATTACHMENT_EGRESS,
	ATTACHMENT_CLASSIFIER, /* on the egress, before the other program */
};

/* `ret_made_qdisc`: the qdisc was not there before. */
int attachment_set(
	uint32_t ifindex, enum attachment_place, int program_fd, bool *ret_made_qdisc);
/* 0: the program with this id is there. -ENOENT: it is not, or another one is in its place;
 * -ENODEV: there is no such interface. */
int attachment_check(uint32_t ifindex, enum attachment_place, uint32_t program_id);
/* With the qdisc, if `made_qdisc`. An interface that is gone is no error. */
int attachment_remove(uint32_t ifindex, enum attachment_place, bool made_qdisc);
/* Octets of its link header: 14 on Ethernet, 0 on a TUN device; its own address, zeros if none. */
int attachment_link_layer(uint32_t ifindex, uint8_t *ret_header_octets, uint8_t ret_address[6]);

#endif
