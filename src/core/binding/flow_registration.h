/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The flow bindings of a home address after an accepted Binding Update, and the answers to its flow
 * options: RFC 6089 5.3.2 to 5.3.5. No side effects: the caller puts the flow bindings into force.
 */
#ifndef MONAMI_CORE_FLOW_REGISTRATION_H
#define MONAMI_CORE_FLOW_REGISTRATION_H

#include "../../wire/flow_status.h"
#include "../../wire/message.h"
#include "flow_bindings.h"

/* An option in a Binding Acknowledgement. */
struct flow_answer {
	uint16_t fid;
	uint16_t priority;
	uint8_t status;                /* enum flow_status */
	const struct opt_flow *option; /* of the update, which it is a copy of; NULL: none */
};

struct flow_request {
	const struct message *update;
	const struct bindings *bindings; /* after the update: BIDs come first (RFC 6089 5.3.1) */
	uint8_t flows_max;               /* at most RULES_MAX */
	uint8_t answers_max;             /* at most MESSAGE_FLOWS_MAX */
	bool prohibited;                 /* no flow binding is added or changed */
};

struct flow_registration {
	struct flow_bindings flows; /* `at` is `buffer` */
	struct flow_binding buffer[RULES_MAX];
	uint8_t answers_count;
	struct flow_answer answers[MESSAGE_FLOWS_MAX];
};

void flow_registration_evaluate(const struct flow_request *, const struct flow_bindings *present,
	struct flow_registration *ret);

#endif
