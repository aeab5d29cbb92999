/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The home agent answers a de-registration (RFC 6275 11.5.5, RFC 5648 5.4, 5.5.1).
 */
#include "acknowledgement.h"

#include "../base/status.h"

/* RFC 5648 5.7, 6.2: 133 and 167 say that there was no such binding */
static bool is_gone(uint8_t status)
{
	return status < STATUS_REFUSED || status == STATUS_NOT_HOME_AGENT ||
	       status == STATUS_MCOA_UNKNOWN_CARE_OF;
}

void removal_of(struct mobile_node *node, struct moment now, const struct update *update,
	const struct message *message, struct outbox *outbox)
{
	if (ack_lacks_bids(update->kind, update->home, message)) {
		/* it has taken away everything, or nothing */
		refusal_fall_back(node, outbox);
		return;
	}
	for (size_t i = 0; i < update->count; i++) {
		uint8_t status = ack_status_of(message, update->items[i].bid);
		if (status < STATUS_REFUSED)
			binding_removed(node, update, update->items[i].bid, outbox);
		else if (is_gone(status))
			binding_absent(node, update, update->items[i].bid, outbox);
		else
			refusal_of(node, now, update, message, status, outbox);
	}
}

/* RFC 6275 11.5.5, RFC 5648 5.5.1: of everything, by the home link */
void removal_of_all(struct mobile_node *node, struct moment now, const struct update *update,
	const struct message *message, struct outbox *outbox)
{
	struct update_list *list = &node->registration.list;
	uint8_t status = message->binding_ack.status;
	if (!home_use_is_returning(node->registration.home) || !update->framed)
		return;
	if (status == STATUS_ID_MISMATCH) {
		refusal_adjust_clock(node, now, message, outbox);
		return;
	}
	if (!is_gone(status)) {
		refusal_report(node, 0, status, outbox);
		returning_home_failed(node);
		return;
	}
	asked_bindings_end_all(&list->asked, update->sequence);
	while (list->entries_count)
		binding_end(node, list->entries[0].bid, outbox);
	list->unknown = false;
	returning_home_done(node, outbox);
}
