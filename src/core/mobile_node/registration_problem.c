/* SPDX-License-Identifier: BSD-2-Clause */
#include "registration_problem.h"

#include "mobile_node.h"

/* So many refusals of timestamps: the first one has set the clock, so that it is not the cause. */
#define CLOCK_REFUSALS 3

const char *registration_problem_text(enum registration_problem problem)
{
	static const char *const texts[] = {
#define PROBLEM(name, text) text,
#include "../api/registration_problems.def"
#undef PROBLEM
	};
	return texts[problem];
}

static void report_problem(struct mobile_node *node, enum event_type type,
	enum registration_problem problem, struct outbox *outbox)
{
	uint32_t bit = UINT32_C(1) << problem;
	struct effect_event *event =
		node->problem.told & bit ? NULL : parties_event(&node->parties, type, 0, outbox);
	if (!event)
		return;
	node->problem.told |= bit;
	event->problem = (uint8_t)problem;
}

/* Logged only once an update had to be sent again: a discarded one may be forged, or late. */
void registration_problem_discarded(
	struct mobile_node *node, enum registration_problem problem, struct outbox *outbox)
{
	if (!registration_waits(node->registration.phase) || problem == PROBLEM_NONE)
		return;
	node->problem.discarded = problem;
	if (node->registration.attempts > 0)
		report_problem(node, EVENT_ACK_DISCARDED, problem, outbox);
}

static bool answers_probes(const struct mobile_node *node)
{
	for (size_t i = 0; i < node->links.count; i++)
		if (node->links.at[i].path.rtt != 0 && path_usable(&node->links.at[i].path))
			return true;
	return false;
}

static enum registration_problem silence(const struct mobile_node *node)
{
	if (node->problem.discarded != PROBLEM_NONE)
		return node->problem.discarded;
	return answers_probes(node) ? PROBLEM_UPDATES_UNANSWERED : PROBLEM_UNREACHABLE;
}

void registration_problem_unanswered(struct mobile_node *node, struct outbox *outbox)
{
	if (node->problem.unanswered)
		return;
	node->problem.unanswered = true;
	if (node->problem.discarded == PROBLEM_NONE)
		report_problem(node, EVENT_UNREACHABLE, silence(node), outbox);
}

void registration_problem_clock(struct mobile_node *node, struct outbox *outbox)
{
	if (++node->problem.clock_refusals == 1)
		parties_event(&node->parties, EVENT_CLOCK_DIFFERS, 0, outbox);
	else if (node->problem.clock_refusals == CLOCK_REFUSALS)
		report_problem(node, EVENT_REFUSED, PROBLEM_CLOCK, outbox);
}

void registration_problem_answered(struct mobile_node *node)
{
	node->problem.unanswered = false;
	node->problem.discarded = PROBLEM_NONE;
	node->problem.told &= UINT32_C(1) << PROBLEM_CLOCK;
}

void registration_problem_granted(struct mobile_node *node)
{
	node->problem = (struct problem_state){.discarded = PROBLEM_NONE};
}

/* No update leaves by a dead path, so that the count of unanswered updates stays at zero. */
static bool all_are_dead(const struct mobile_node *node)
{
	bool any = false;
	for (size_t i = 0; i < node->links.count; i++) {
		enum path_state state = node->links.at[i].path.state;
		if (state != PATH_DEAD && state != PATH_DOWN)
			return false;
		any |= state == PATH_DEAD;
	}
	return any;
}

struct registration_view mobile_node_registration(const struct mobile_node *node)
{
	struct registration_view view = {.problem = node->problem.discarded};
	if (view.problem == PROBLEM_NONE && (node->problem.unanswered || all_are_dead(node)))
		view.problem = silence(node);
	if (view.problem == PROBLEM_NONE && node->problem.clock_refusals >= CLOCK_REFUSALS)
		view.problem = PROBLEM_CLOCK;
	if (view.problem == PROBLEM_NONE && node->registration.refused != 0) {
		view.problem = PROBLEM_REFUSED;
		view.status = node->registration.refused;
	}
	return view;
}
