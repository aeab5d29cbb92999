/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A mobile node's traffic with each peer by the home agent. When it reaches the threshold that the
 * configuration gives the peer's prefix, the daemon starts route optimization (RFC 6275 11.6.1).
 */
#ifndef MONAMI_BPF_TRAFFIC_ESTIMATE_H
#define MONAMI_BPF_TRAFFIC_ESTIMATE_H

#include "ro_output.h"

static __always_inline struct abi_traffic_estimate *traffic_estimate_begin(
	const struct abi_address *peer, __u64 now)
{
	struct abi_threshold_key key = {.prefix_length = 8 * sizeof(key.prefix)};
	struct abi_traffic_estimate estimate = {.since = now};

	__builtin_memcpy(key.prefix, peer->octets, sizeof(key.prefix));
	const struct abi_threshold *threshold = bpf_map_lookup_elem(&thresholds, &key);
	if (threshold)
		estimate.threshold = *threshold;
	if (bpf_map_update_elem(&traffic_estimates, peer, &estimate, BPF_ANY) < 0)
		return NULL;
	return bpf_map_lookup_elem(&traffic_estimates, peer);
}

static __always_inline bool reaches(__u64 count, __u64 threshold)
{
	return threshold != 0 && count >= threshold;
}

/* Packets in either direction count. */
static __always_inline void traffic_estimate_add(struct abi_traffic_estimate *estimate,
	const struct abi_address *peer, __u64 packets, __u64 octets)
{
	if (estimate->told != 0)
		return;
	count(&estimate->packets, packets);
	count(&estimate->octets, octets);
	if (!reaches(estimate->packets, estimate->threshold.packets) &&
		!reaches(estimate->octets, estimate->threshold.octets))
		return;
	estimate->told = 1;
	punt_busy(peer);
}

static __always_inline void traffic_estimate_sent(const struct outgoing *packet)
{
	const struct abi_address *peer = &packet->header.destination;
	struct abi_traffic_estimate *estimate = bpf_map_lookup_elem(&traffic_estimates, peer);

	if (!estimate || packet->now - estimate->since > ABI_TRAFFIC_ESTIMATE_NS)
		estimate = traffic_estimate_begin(peer, packet->now);
	if (estimate)
		traffic_estimate_add(estimate, peer, packet->packets, packet->octets);
}

/*
 * Any host can send to the home address, with any source. An inbound packet therefore begins no
 * estimate (the mobile node would send tests to an address that an attacker names, and reveal its
 * care-of addresses): it counts only after an outbound one to the same peer. A stream that has
 * reached the threshold continues to count without outbound packets while it lasts.
 */
static __always_inline void traffic_estimate_received(
	const struct abi_address *peer, __u64 packets, __u64 octets, __u64 now)
{
	struct abi_traffic_estimate *estimate = bpf_map_lookup_elem(&traffic_estimates, peer);

	if (!estimate)
		return;
	const __u64 age = now - estimate->since;
	if (age > ABI_TRAFFIC_ESTIMATE_NS) {
		if (estimate->told == 0 || age > 2 * ABI_TRAFFIC_ESTIMATE_NS)
			return;
		estimate = traffic_estimate_begin(peer, now);
	}
	if (estimate)
		traffic_estimate_add(estimate, peer, packets, octets);
}

#endif
