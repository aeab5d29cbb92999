/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The home agent refuses a Binding Update, or one BID of it: how to go on (RFC 6275 11.7.3,
 * RFC 5648 5.7, RFC 4285 6).
 */
#include "acknowledgement.h"

#include "../base/status.h"

/* A home agent that restarts must not keep the node away for long. */
#define BACKOFF_FIRST NANOS_PER_SECOND
#define BACKOFF_MAX (10 * NANOS_PER_SECOND)
#define CLOCK_AGAIN NANOS_PER_SECOND

/* An address that was refused as such may be good again: configurations are corrected. */
#define ADDRESS_AGAIN (600 * NANOS_PER_SECOND)

static nanos next_backoff(nanos backoff)
{
	if (backoff == 0)
		return BACKOFF_FIRST;
	return 2 * backoff < BACKOFF_MAX ? 2 * backoff : BACKOFF_MAX;
}

void refusal_report(struct mobile_node *node, uint16_t bid, uint8_t status, struct outbox *outbox)
{
	struct effect_event *event = parties_event(&node->parties, EVENT_REFUSED, bid, outbox);
	if (event)
		event->status = status;
}

static void back_off(struct mobile_node *node, nanos now, uint8_t status, struct outbox *outbox)
{
	struct home_registration *registration = &node->registration;
	registration->backoff = next_backoff(registration->backoff);
	registration->retry = now + registration->backoff;
	if (registration->refused != status)
		refusal_report(node, 0, status, outbox);
	registration->refused = status;
}

/* RFC 5648 5.7: for as long as there is this home agent */
void refusal_fall_back(struct mobile_node *node, struct outbox *outbox)
{
	if (!peer_bids_step(&node->registration.bids, PEER_BIDS_FALL_BACK))
		return;
	node->registration.list.unknown = true;
	parties_event(&node->parties, EVENT_FALL_BACK, 0, outbox);
}

/* RFC 5648 5.7: none of the registrations is taken to have succeeded */
static void stop_bulk(struct mobile_node *node, struct outbox *outbox)
{
	node->registration.bulk = false;
	node->registration.list.unknown = true;
	parties_event(&node->parties, EVENT_BULK_OFF, 0, outbox);
}

/* RFC 4285 6: the high-order half is that of the home agent's clock */
void refusal_adjust_clock(struct mobile_node *node, struct moment now,
	const struct message *message, struct outbox *outbox)
{
	struct home_registration *registration = &node->registration;
	registration_problem_clock(node, outbox);
	if (message->has_replay) {
		uint64_t theirs = message->replay.timestamp >> 32;
		registration->clock_offset = (theirs - (now.ntp >> 32)) << 32;
		registration->timestamp = 0;
	}
	nanos again = registration->clock_adjusted + CLOCK_AGAIN;
	registration->retry = registration->clock_adjusted && again > now.mono ? again : now.mono;
	registration->clock_adjusted = now.mono;
}

bool refusal_react(struct mobile_node *node, const struct update *update, uint8_t status,
	struct outbox *outbox)
{
	struct home_registration *registration = &node->registration;
	const struct ack_asked asked = {
		.overwrite = update->overwrite,
		.with_bids = peer_bids_used(registration->bids),
		.several = registration->bulk && update->count > 1,
		.home = update->home,
	};
	if (share_statement_is_refused(&update->shares, status)) {
		registration->shares_again = node->now + SHARES_AGAIN;
		return true;
	}
	if (status == STATUS_MCOA_NON_MCOA_BINDING_EXISTS)
		registration->list.unknown = true;
	switch (ack_reaction_to(status, &asked)) {
	case ACK_BACK_OFF:
		return false;
	case ACK_OVERWRITE:
		return true;
	case ACK_WITHOUT_BIDS:
		refusal_fall_back(node, outbox);
		return true;
	case ACK_ONE_BY_ONE:
		stop_bulk(node, outbox);
		return true;
	case ACK_HOME_ALONE:
		returning_home_refused(node, outbox);
		return true;
	}
	return false;
}

/*
 * RFC 6275 6.1.8: 174 is about the address, which will not soon be a better one; unless it was
 * registered alone, and from elsewhere: there are home agents that mind (draft-13 10). Where the
 * home agent saw it come from, its answer goes: no authenticator covers the source.
 */
static bool is_about_address(
	const struct update *update, const struct update_item *item, uint8_t status)
{
	bool from_itself = IN6_ARE_ADDR_EQUAL(&update->source, &item->care_of) &&
			   IN6_ARE_ADDR_EQUAL(&update->answered, &item->care_of);
	return status == STATUS_INVALID_CARE_OF && (update->count > 1 || from_itself);
}

void refusal_of_item(struct mobile_node *node, nanos now, const struct update *update,
	const struct update_item *item, uint8_t status, struct outbox *outbox)
{
	struct refusals *refusals = &node->registration.refusals;
	if (!refusals_of(refusals, item->bid, &item->care_of))
		refusal_report(node, item->bid, status, outbox);
	struct refusal *refusal = refusals_need(refusals, item->bid, &item->care_of);
	refusal->backoff = next_backoff(refusal->backoff);
	refusal->until = now + refusal->backoff;
	refusal->elsewhere = !update->framed && node->registration.attempts < 2;
	struct link *link = links_find(&node->links, item->bid);
	if (!is_about_address(update, item, status) || !link)
		return;
	refusal->until = now + ADDRESS_AGAIN;
	link_address_refuse(link, &item->care_of, refusal->until);
	link_choose(link, &node->config.home_address, now);
}

/* If BIDs are registered one by one, a refused BID must not delay the others' refreshes. */
static bool is_about_one(const struct mobile_node *node, const struct update *update,
	const struct message *message, uint8_t status)
{
	if (update->count != 1)
		return false;
	return status == STATUS_INVALID_CARE_OF ||
	       (update->kind == UPDATE_REGISTER && !node->registration.bulk &&
		       message->bid_count == 1 && ack_is_about_options(status));
}

void refusal_of(struct mobile_node *node, struct moment now, const struct update *update,
	const struct message *message, uint8_t status, struct outbox *outbox)
{
	if (status == STATUS_ID_MISMATCH)
		refusal_adjust_clock(node, now, message, outbox);
	else if (status == STATUS_DAD_FAILED)
		/* not tried again: an operator has to decide which node has the address */
		registration_step(&node->registration.phase, REGISTRATION_HAS_DUPLICATE,
			&node->parties, outbox);
	else if (refusal_react(node, update, status, outbox))
		;
	else if (is_about_one(node, update, message, status))
		refusal_of_item(node, now.mono, update, &update->items[0], status, outbox);
	else
		back_off(node, now.mono, status, outbox);
	if (ack_lacks_bids(update->kind, update->home, message))
		refusal_fall_back(node, outbox);
}
