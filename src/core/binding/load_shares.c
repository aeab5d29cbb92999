/* SPDX-License-Identifier: BSD-2-Clause */
#include "load_shares.h"
#include "../base/status.h"
#include "../../wire/load_balancing.h"

/* An option without S and D says nothing; CoA ID 0 is the care-of address of the update (7.1). */
static bool is_malformed(
	const struct registration_request *request, const struct opt_load_balancing *option)
{
	if (option->source == 0 && option->destination == 0)
		return true;
	return option->care_of_id == 0 && !IN6_ARE_ADDR_EQUAL(&option->address, request->care_of);
}

static bool has_malformed(const struct registration_request *request)
{
	const struct message *update = request->update;
	for (uint16_t i = 0; i < update->load_balancing_count; i++) {
		const struct opt_load_balancing *option = &update->load_balancing[i];
		if (is_malformed(request, option))
			return true;
		for (uint16_t j = 0; j < i; j++)
			if (update->load_balancing[j].care_of_id == option->care_of_id)
				return true;
	}
	return false;
}

/* NULL: no binding has this identifier and this address. */
static struct binding *binding_of(
	const struct bindings *bindings, const struct opt_load_balancing *option)
{
	struct binding *binding = option->care_of_id == 0
					  ? bindings_at(bindings, &option->address)
					  : bindings_find(bindings, option->care_of_id);
	return binding && IN6_ARE_ADDR_EQUAL(&binding->care_of, &option->address) ? binding : NULL;
}

/* 7.3: if no option has D, the source of the update is the only destination. */
static bool set_source(const struct registration_request *request, struct bindings *bindings)
{
	struct binding *binding = bindings_at(bindings, request->care_of);
	if (binding)
		binding->share = LOAD_BALANCING_PARTS;
	return binding != NULL;
}

uint8_t load_shares_set(const struct registration_request *request, struct registration *ret)
{
	const struct message *update = request->update;
	bool partial = ret->status == STATUS_MCOA_NOT_COMPLETE;
	if (registration_deletes(request))
		return STATUS_ACCEPTED;
	for (uint8_t i = 0; i < ret->bindings.count; i++)
		ret->bindings.at[i].share = 0;
	if (update->load_balancing_count == 0)
		return STATUS_ACCEPTED;
	if (has_malformed(request))
		return STATUS_MCOA_MALFORMED;
	for (uint16_t i = 0; i < update->load_balancing_count; i++) {
		const struct opt_load_balancing *option = &update->load_balancing[i];
		struct binding *binding = binding_of(&ret->bindings, option);
		if (binding)
			binding->share = option->destination & 0xfu;
		else if (!partial) /* else it is one of those whose binding was refused */
			return STATUS_MCOA_UNKNOWN_CARE_OF;
	}
	if (bindings_share(&ret->bindings) || set_source(request, &ret->bindings) || partial)
		return STATUS_ACCEPTED;
	return STATUS_MCOA_UNKNOWN_CARE_OF;
}
