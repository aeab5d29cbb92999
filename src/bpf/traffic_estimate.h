/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A mobile node's traffic with each peer by the home agent. When it reaches the threshold that the
 * configuration gives the peer's prefix, the daemon starts route optimization (RFC 6275 11.6.1).
 */
#ifndef MONAMI_BPF_TRAFFIC_ESTIMATE_H
#define MONAMI_BPF_TRAFFIC_ESTIMATE_H

#include "ro_output.h"

static __always_inline struct abi_traffic_estimate *traffic_estimate_begin(
	const struct abi_traffic_key *key, __u64 now)
{
	struct abi_traffic_estimate estimate = {.since = now};
	struct abi_threshold_key bits = {.length = ABI_THRESHOLD_BITS(128)};
	const struct abi_subject *subject = bpf_map_lookup_elem(&subjects, &key->subject);

	if (!subject)
		return NULL;
	__builtin_memcpy(bits.home_address, &subject->home_address, sizeof(bits.home_address));
	__builtin_memcpy(bits.prefix, &key->peer, sizeof(bits.prefix));
	const struct abi_threshold *threshold = bpf_map_lookup_elem(&thresholds, &bits);
	if (threshold)
		estimate.threshold = *threshold;
	if (bpf_map_update_elem(&traffic_estimates, key, &estimate, BPF_ANY) < 0)
		return NULL;
	return bpf_map_lookup_elem(&traffic_estimates, key);
}

static __always_inline bool reaches(__u64 count, __u64 threshold)
{
	return threshold != 0 && count >= threshold;
}

/* Packets in either direction count. */
static __always_inline void traffic_estimate_add(struct abi_traffic_estimate *estimate,
	const struct abi_traffic_key *key, __u64 packets, __u64 octets)
{
	if (estimate->told != 0)
		return;
	count(&estimate->packets, packets);
	count(&estimate->octets, octets);
	if (!reaches(estimate->packets, estimate->threshold.packets) &&
		!reaches(estimate->octets, estimate->threshold.octets))
		return;
	estimate->told = 1;
	const struct abi_subject *subject = bpf_map_lookup_elem(&subjects, &key->subject);
	if (subject)
		punt_busy(&subject->home_address, &key->peer);
}

static __always_inline void traffic_estimate_sent(const struct outgoing *packet, __u32 subject)
{
	const struct abi_traffic_key key = {.peer = packet->header.destination, .subject = subject};
	struct abi_traffic_estimate *estimate = bpf_map_lookup_elem(&traffic_estimates, &key);

	if (!estimate || packet->now - estimate->since > ABI_TRAFFIC_ESTIMATE_NS)
		estimate = traffic_estimate_begin(&key, packet->now);
	if (estimate)
		traffic_estimate_add(estimate, &key, packet->packets, packet->octets);
}

/*
 * Any host can send to the home address, with any source. An inbound packet therefore begins no
 * estimate (the mobile node would send tests to an address that an attacker names, and reveal its
 * care-of addresses): it counts only after an outbound one to the same peer. A stream that has
 * reached the threshold continues to count without outbound packets while it lasts.
 */
static __always_inline void traffic_estimate_received(
	__u32 subject, const struct abi_address *peer, __u64 packets, __u64 octets, __u64 now)
{
	const struct abi_traffic_key key = {.peer = *peer, .subject = subject};
	struct abi_traffic_estimate *estimate = bpf_map_lookup_elem(&traffic_estimates, &key);

	if (!estimate)
		return;
	const __u64 age = now - estimate->since;
	if (age > ABI_TRAFFIC_ESTIMATE_NS) {
		if (estimate->told == 0 || age > 2 * ABI_TRAFFIC_ESTIMATE_NS)
			return;
		estimate = traffic_estimate_begin(&key, now);
	}
	if (estimate)
		traffic_estimate_add(estimate, &key, packets, octets);
}

#endif
