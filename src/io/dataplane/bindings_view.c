/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All that is in the maps, without changing it.
 */
#include "bindings.h"
#include "mapped_tunnel.h"

void bindings_each_tunnel(
	const struct bindings *bindings, dataplane_tunnel_handler *each, void *ctx)
{
	for (uint32_t i = 0; i < bindings->subjects.max; i++) {
		const struct abi_subject *subject = &bindings->subjects.at[i];

		for (int j = 0; subject->number != 0 && j < ABI_TUNNELS_PER_SUBJECT; j++) {
			if (subject->all[j] == ABI_NO_TUNNEL)
				continue;
			const struct effect_subject whose = subject_table_effect(subject);
			const struct effect_tunnel tunnel =
				mapped_tunnel_effect(subject, &bindings->tunnels[subject->all[j]]);
			each(ctx, &whose, &tunnel);
		}
	}
}

void bindings_link_activity(
	const struct bindings *bindings, uint32_t ifindex, nanos *sent, nanos *received)
{
	for (uint32_t i = 0; i < bindings->subjects.max; i++) {
		const struct abi_subject *subject = &bindings->subjects.at[i];

		for (int j = 0; subject->number != 0 && j < ABI_TUNNELS_PER_SUBJECT; j++) {
			if (subject->all[j] == ABI_NO_TUNNEL)
				continue;
			const volatile struct abi_tunnel *tunnel =
				&bindings->tunnels[subject->all[j]];
			if (tunnel->ifindex != ifindex)
				continue;
			*sent = nanos_max(*sent, tunnel->sent_at);
			*received = nanos_max(*received, tunnel->received_at);
		}
	}
}
