/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known of a home agent by which lost bindings can be detected: whether it has acknowledged
 * an update, and whether it answers probes that show the binding (ADR 30):
 *
 *               acknowledged                ignored
 *       UNKNOWN -----------> REGISTERED ---------------> IGNORED
 *          |                     |  ^   acknowledged        |
 *          | answered            |  '-----------------------'
 *          |                     | answered                 | answered
 *          v    acknowledged     v                          |
 *       ANSWERED ----------> DETECTABLE <-------------------'
 *
 * lost: from any state to UNKNOWN.
 */
#ifndef MONAMI_CORE_LOSS_DETECTION_H
#define MONAMI_CORE_LOSS_DETECTION_H

#include <stdbool.h>

enum loss_detection {
	LOSS_UNKNOWN,    /* nothing came from this home agent since it lost the bindings */
	LOSS_REGISTERED, /* it has acknowledged an update */
	LOSS_IGNORED,    /* and does not answer probes that show the binding, but plain ones */
	LOSS_ANSWERED,   /* it has answered such a probe, and acknowledged nothing */
	LOSS_DETECTABLE, /* it has done both */
	LOSS_DETECTIONS,
};

enum loss_event {
	LOSS_EVENT_ACKNOWLEDGED, /* an update */
	LOSS_EVENT_ANSWERED,     /* a probe that shows the binding */
	LOSS_EVENT_IGNORED,      /* several such probes, by a link that answers plain ones */
	LOSS_EVENT_LOST,         /* the bindings, or another home agent is used */
	LOSS_EVENTS,
};

/* Changes the state as drawn; any other event leaves it. */
void loss_step(enum loss_detection *, enum loss_event);

/* Since the bindings were lost, it has answered a probe that shows the binding. */
bool loss_has_answered(enum loss_detection);
/* And acknowledged an update. */
bool loss_has_acknowledged(enum loss_detection);

#endif
