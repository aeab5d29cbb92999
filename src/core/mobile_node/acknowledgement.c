/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which update an authentic Binding Acknowledgement answers, and whether it may: RFC 6275 11.7.3,
 * RFC 4285 5.3, 6. grant.c, refusal.c and removal.c do what follows from it.
 */
#include "acknowledgement.h"

#include "../base/sequence.h"
#include "../base/status.h"

/*
 * RFC 6275 11.7.3: 135 names the number accepted last. It says nothing if what was sent last is
 * greater than that: then an update overtaken by a later one was refused, not the later one.
 */
static bool out_of_window(struct mobile_node *node, uint16_t sequence, struct outbox *outbox)
{
	struct home_registration *registration = &node->registration;
	struct update_list *list = &registration->list;
	if (!registration_waits(registration->phase) ||
		sequence_greater(list->sequence, sequence)) {
		base_drop(node->base, DROP_UNEXPECTED_ACK);
		return false;
	}
	for (size_t i = 0; i < UPDATES_REMEMBERED; i++)
		list->sent[i].open = false;
	list->sequence = sequence;
	registration_step(&registration->phase, REGISTRATION_ANSWERED, &node->parties, outbox);
	return true;
}

/*
 * RFC 4285 5.3: status 146 says that the authenticator of the update was wrong, but its own is
 * right. So it does not answer an update of ours: an attacker sent a forged update and kept the
 * refusal until this node used the same sequence number.
 */
static void answers_a_forgery(struct mobile_node *node, struct outbox *outbox)
{
	base_drop(node->base, DROP_UNEXPECTED_ACK);
	if (!node->registration.forgery_told)
		parties_event(&node->parties, EVENT_AUTHENTICATION_FAILED, 0, outbox);
	node->registration.forgery_told = true;
}

/* RFC 4285 6: the timestamp must be the one sent, unless the status says that this one was wrong */
static bool timestamp_matches(struct mobile_node *node, const struct update *update,
	const struct message *message, struct outbox *outbox)
{
	uint8_t status = message->binding_ack.status;
	if (!node->config.auth.replay || status == STATUS_ID_MISMATCH)
		return true;
	if (!message->has_replay) {
		base_drop(node->base, DROP_NO_REPLAY_OPTION);
		registration_problem_discarded(node, PROBLEM_NO_TIMESTAMP, outbox);
		return false;
	}
	if (message->replay.timestamp != update->timestamp) {
		base_drop(node->base, DROP_REPLAYED);
		registration_problem_discarded(node, PROBLEM_OTHER_TIMESTAMP, outbox);
		return false;
	}
	return true;
}

/* What it answers is not waited for, nor is what says the same again. */
static void answered(
	struct mobile_node *node, struct update *update, uint8_t status, struct outbox *outbox)
{
	bool refused = status >= STATUS_REFUSED;
	struct home_registration *registration = &node->registration;
	update_list_close(&registration->list, update, refused);
	/* RFC 4285 6: 144 may refuse the second copy of an update that was accepted */
	if (refused && status != STATUS_ID_MISMATCH)
		asked_bindings_refuse(&registration->list.asked, update->sequence);
	if (registration->last.sequence == update->sequence ||
		update_same(update, &registration->last))
		registration_step(
			&registration->phase, REGISTRATION_ANSWERED, &node->parties, outbox);
	registration_problem_answered(node);
}

static bool is_partial(const struct message *message)
{
	return message->binding_ack.status == STATUS_MCOA_NOT_COMPLETE && message->bid_count > 0;
}

bool acknowledgement_receive(struct mobile_node *node, struct moment now,
	const struct received *received, struct outbox *outbox)
{
	const struct message *message = received->message;
	const struct msg_binding_ack *ack = &message->binding_ack;
	if (ack->status == STATUS_AUTHENTICATION_FAILED) {
		answers_a_forgery(node, outbox);
		return false;
	}
	if (ack->status == STATUS_SEQUENCE_OUT_OF_WINDOW)
		return out_of_window(node, ack->sequence, outbox);
	struct update *open = update_list_open(&node->registration.list, ack->sequence);
	if (!open) {
		base_drop(node->base, DROP_UNEXPECTED_ACK);
		return false;
	}
	if (!timestamp_matches(node, open, message, outbox))
		return false;
	answered(node, open, ack->status, outbox);
	open->answered = received->packet->destination;
	const struct update update = *open;
	bool positive = ack->status < STATUS_REFUSED;
	node_policy_answered(node, &update, positive, message);
	switch (update.kind) {
	case UPDATE_REGISTER:
	case UPDATE_SINGLE:
		/* RFC 5648 4.4: each option says what became of it, even if none was accepted */
		if (positive && (ack->lifetime || is_partial(message)))
			grant_of(node, now.mono, &update, message, outbox);
		else
			refusal_of(node, now, &update, message,
				positive ? STATUS_UNSPECIFIED : ack->status, outbox);
		break;
	case UPDATE_REMOVE:
		removal_of(node, now, &update, message, outbox);
		break;
	case UPDATE_REMOVE_ALL:
		removal_of_all(node, now, &update, message, outbox);
		break;
	}
	return true;
}
