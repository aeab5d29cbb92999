/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The MTU of the device: the configured one, or that of the narrowest link less the outer header
 * (RFC 2473 7.1), but at least 1280. The MTU of a tunnel: that of the link that it leaves by, or of
 * the narrowest link, less the outer header.
 */
#ifndef MONAMI_DAEMON_HOST_DEVICE_MTU_H
#define MONAMI_DAEMON_HOST_DEVICE_MTU_H

#include "interfaces.h"

#include "../../io/dataplane/dataplane.h"

struct device_mtu {
	uint32_t mtu; /* of the device */
	struct tunnel_mtus tunnels;
};

/* At the start, and when an interface has changed. */
void device_mtu_follow(struct device_mtu *, const struct interfaces *);

#endif
