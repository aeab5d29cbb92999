/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which signs of lost bindings a mobile node believes, and how often (ADR 30).
 */
#include "mobile_node.h"

/* So many unanswered in a row, while plain probes are answered, are no accidental loss. */
#define UNSHOWN_MAX 3
/* So many unanswered confirm a Binding Error: one may still be answered, or was lost. */
#define UNSHOWN_CONFIRM 2
/* By then another home agent, or another firewall, may be in its place. */
#define ASK_AGAIN (600 * NANOS_PER_SECOND)
/* A Binding Error may be the answer to a packet sent so long ago. */
#define OUTSTANDING (3 * NANOS_PER_SECOND)

#define WAIT_FIRST NANOS_PER_SECOND

void lost_bindings_restart(struct lost_bindings *lost)
{
	loss_step(&lost->detection, LOSS_EVENT_LOST);
	lost->again = 0;
}

static bool is_registered(const struct mobile_node *node, const struct link *link)
{
	const struct list_entry *sure =
		link->has_care_of
			? update_list_sure(&node->registration.list, link->bid, &link->care_of)
			: NULL;
	return sure && node->now < sure->expires && link->use == LINK_VISITED;
}

bool lost_bindings_shows(const struct mobile_node *node, const struct link *link)
{
	return node->now >= node->lost.again && node->now >= link->path.shows_from &&
	       node->phase == NODE_RUNS && is_registered(node, link);
}

/* ---- believing ---- */

/* Until all bindings are registered again if each takes an update of its own. If the node began
 * anew before that, it would never register the last one. */
static nanos registers_again_until(const struct mobile_node *node)
{
	size_t count = node->registration.list.entries_count;
	return node->lost.believed + nanos_max(count, 1) * WAIT_FIRST;
}

/* `heard`: a Binding Error came; `confirmed`: unanswered probes say the same. */
static bool believe(struct mobile_node *node, bool heard, bool confirmed, struct outbox *outbox)
{
	struct lost_bindings *lost = &node->lost;
	if (node->phase != NODE_RUNS ||
		(lost->believed && node->now < registers_again_until(node)) ||
		(!confirmed && !unsigned_limit_allows(&lost->limit, node->now)))
		return false;
	unsigned_limit_count(&lost->limit, WAIT_FIRST, node->now);
	lost->believed = node->now;
	loss_step(&lost->detection, LOSS_EVENT_LOST);
	for (size_t i = 0; i < node->links.count; i++)
		path_show_forget(&node->links.at[i].path);
	home_registration_again(&node->registration, node->now, heard);
	node_policy_restart(node);
	if (node->routes)
		node->ro->home_lost(node->routes);
	parties_event(&node->parties, EVENT_BINDINGS_LOST, 0, outbox);
	return true;
}

/* ---- the signs ---- */

void lost_bindings_reply(
	struct mobile_node *node, struct link *link, bool shown, struct outbox *outbox)
{
	struct lost_bindings *lost = &node->lost;
	if (shown)
		loss_step(&lost->detection, LOSS_EVENT_ANSWERED);
	if (shown || link->path.unshown < UNSHOWN_MAX || node->now < path_unshown_at(&link->path))
		return;
	if (link->path.show_answered) {
		believe(node, false, true, outbox);
		return;
	}
	loss_step(&lost->detection, LOSS_EVENT_IGNORED);
	if (lost->detection == LOSS_IGNORED)
		lost->again = node->now + ASK_AGAIN;
	else if (loss_has_answered(lost->detection))
		link->path.shows_from = node->now + ASK_AGAIN;
}

void lost_bindings_sent(struct mobile_node *node)
{
	node->lost.sent = node->now;
}

void lost_bindings_acknowledged(struct mobile_node *node)
{
	struct lost_bindings *lost = &node->lost;
	loss_step(&lost->detection, LOSS_EVENT_ACKNOWLEDGED);
	/* the home agent may have been dead, or without bindings, when it did not answer */
	lost->again = 0;
	for (size_t i = 0; i < node->links.count; i++) {
		struct path *path = &node->links.at[i].path;
		path->shows_from = 0;
		if (!loss_has_answered(lost->detection))
			path_show_again(path);
	}
}

/* This home agent answered such probes, or has acknowledged nothing since the last error. */
static bool is_confirmed(const struct mobile_node *node, const struct link *link)
{
	const struct lost_bindings *lost = &node->lost;
	return link->path.unshown >= UNSHOWN_CONFIRM &&
	       (link->path.show_answered || !loss_has_acknowledged(lost->detection));
}

/* An unanswered probe makes an error credible only from a home agent that answers such probes, or
 * that has acknowledged nothing since the last error. */
static bool is_outstanding(const struct mobile_node *node, const struct link *link)
{
	const struct path *path = &link->path;
	enum loss_detection detection = node->lost.detection;
	nanos sent = nanos_max(path->sent, node->lost.sent);
	bool data = sent && node->now <= sent + OUTSTANDING;
	bool shows = path->unshown && node->now <= path->shown + OUTSTANDING &&
		     (loss_has_answered(detection) || !loss_has_acknowledged(detection));
	return data || shows || !path->limits->probe;
}

/* `outstanding`: the error may answer a packet that this node sent. */
static bool take_error(
	struct mobile_node *node, const struct link *link, bool outstanding, struct outbox *outbox)
{
	if (!is_registered(node, link) || !outstanding) {
		base_drop(node->base, DROP_UNEXPECTED_ERROR);
		return false;
	}
	if (believe(node, true, is_confirmed(node, link), outbox))
		return true;
	base_drop(node->base, DROP_RATE_LIMITED);
	return false;
}

bool lost_bindings_error(struct mobile_node *node, const struct link *link, struct outbox *outbox)
{
	return take_error(node, link, is_outstanding(node, link), outbox);
}

bool lost_bindings_refused(struct mobile_node *node, const struct link *link, struct outbox *outbox)
{
	return take_error(node, link, true, outbox);
}
