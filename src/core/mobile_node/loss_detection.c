/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine drawn in loss_detection.h.
 */
#include "loss_detection.h"

static void enter(enum loss_detection *detection, enum loss_detection next)
{
	*detection = next;
}

void loss_step(enum loss_detection *detection, enum loss_event event)
{
	switch (event) {
	case LOSS_EVENT_ACKNOWLEDGED:
		enter(detection, loss_has_answered(*detection) ? LOSS_DETECTABLE : LOSS_REGISTERED);
		return;
	case LOSS_EVENT_ANSWERED:
		enter(detection,
			loss_has_acknowledged(*detection) ? LOSS_DETECTABLE : LOSS_ANSWERED);
		return;
	case LOSS_EVENT_IGNORED:
		if (*detection == LOSS_REGISTERED)
			enter(detection, LOSS_IGNORED);
		return;
	case LOSS_EVENT_LOST:
		enter(detection, LOSS_UNKNOWN);
		return;
	case LOSS_EVENTS:
		return;
	}
}

bool loss_has_answered(enum loss_detection detection)
{
	return detection == LOSS_ANSWERED || detection == LOSS_DETECTABLE;
}

bool loss_has_acknowledged(enum loss_detection detection)
{
	return detection != LOSS_UNKNOWN && detection != LOSS_ANSWERED;
}
