/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 5648 6.2, option by option, on a copy of the bindings.
 */
#include "registration.h"
#include "status.h"

#include <string.h>

bool registration_deletes(const struct registration_request *request)
{
	if (request->update->binding_update.lifetime == 0)
		return true;
	return request->bid_count == 0 &&
	       IN6_ARE_ADDR_EQUAL(request->care_of, request->home_address);
}

bool registration_care_of_valid(
	const struct registration_request *request, const struct in6_addr *address)
{
	return address_is_unicast_routable(address) &&
	       !IN6_ARE_ADDR_EQUAL(address, request->home_agent) &&
	       !IN6_ARE_ADDR_EQUAL(address, request->home_address);
}

static void put(const struct registration_request *request, struct binding *binding,
	const struct in6_addr *care_of, uint8_t priority)
{
	binding->care_of = *care_of;
	binding->expires = request->expires;
	binding->priority = priority ? priority : PRIORITY_NONE;
}

/* RFC 5648 6.2, first paragraph: one binding without BID replaces all, deletion deletes all. */
static void evaluate_without_bid(const struct registration_request *request,
	const struct bindings *present, struct registration *ret)
{
	ret->bindings.count = 0;
	ret->accepted = true;
	ret->status = STATUS_ACCEPTED;
	if (!registration_deletes(request)) {
		put(request, bindings_add(&ret->bindings, 0), request->care_of, 0);
	} else if (present->count == 0) {
		/* RFC 6275 10.3.2 */
		ret->accepted = false;
		ret->status = STATUS_NOT_HOME_AGENT;
	}
}

static bool has_duplicates(const struct registration_request *request)
{
	const struct opt_bid *options = request->update->bid;
	for (uint16_t i = 1; i < request->bid_count; i++)
		for (uint16_t j = 0; j < i; j++)
			if (options[i].bid == options[j].bid)
				return true;
	return false;
}

static bool has_malformed(const struct registration_request *request)
{
	for (uint16_t i = 0; i < request->bid_count; i++)
		if (request->update->bid[i].care_of.length == CARE_OF_MALFORMED)
			return true;
	return false;
}

/* What is wrong with the update as a whole; STATUS_ACCEPTED if nothing is. */
static uint8_t check_all(const struct registration_request *request, const struct bindings *present)
{
	const struct msg_binding_update *update = &request->update->binding_update;
	bool overwrite = (update->flags & request->dialect->overwrite_flag) != 0;
	bool without_bid = present->count == 1 && present->at[0].bid == 0;

	/* RFC 5648 6.2: the length is examined first, and the whole update refused */
	if (request->bid_count > BIDS_ECHOED_MAX || has_malformed(request))
		return STATUS_MCOA_MALFORMED;
	if (request->bid_count > 1 && !request->bulk)
		return STATUS_MCOA_BULK_PROHIBITED;
	if (has_duplicates(request))
		return STATUS_MCOA_MALFORMED;
	/* RFC 5648 6.2: not processed, unless it overwrites */
	if (without_bid && !overwrite && update->lifetime != 0)
		return STATUS_MCOA_NON_MCOA_BINDING_EXISTS;
	return STATUS_ACCEPTED;
}

/* RFC 5648 6.2: lifetime zero */
static uint8_t delete_one(struct bindings *bindings, const struct opt_bid *option)
{
	struct binding *binding = bindings_find(bindings, option->bid);
	if (!binding)
		return STATUS_NOT_HOME_AGENT;
	bindings_remove(bindings, binding);
	return STATUS_ACCEPTED;
}

/* RFC 5648 6.2: no care-of address: it must be known */
static uint8_t refresh_one(const struct registration_request *request, struct bindings *bindings,
	const struct opt_bid *option, uint8_t priority)
{
	struct binding *binding = bindings_find(bindings, option->bid);
	if (!binding)
		return STATUS_MCOA_UNKNOWN_CARE_OF;
	struct in6_addr care_of = binding->care_of;
	put(request, binding, &care_of, priority);
	return STATUS_ACCEPTED;
}

static uint8_t bind_one(const struct registration_request *request, struct bindings *bindings,
	const struct opt_bid *option, uint8_t priority)
{
	/* RFC 5648 6.2: IPv4 care-of addresses (section 8) are not spoken yet. */
	if (option->care_of.length != sizeof(struct in6_addr) ||
		!registration_care_of_valid(request, &option->care_of.address))
		return STATUS_MCOA_MALFORMED;
	struct binding *binding = bindings_find(bindings, option->bid);
	if (!binding && bindings->count >= request->bindings_max)
		return STATUS_NO_RESOURCES;
	if (!binding)
		binding = bindings_add(bindings, option->bid);
	put(request, binding, &option->care_of.address, priority);
	return STATUS_ACCEPTED;
}

static uint8_t evaluate_one(const struct registration_request *request, struct bindings *bindings,
	const struct opt_bid *option)
{
	/* RFC 5648 4.3: reserved; and in the cache it is the binding without BID */
	if (option->bid == 0)
		return STATUS_MCOA_MALFORMED;
	if (request->update->binding_update.lifetime == 0)
		return delete_one(bindings, option);
	/* RFC 5648 5.6, 6.3: home and foreign at once is not supported */
	if (option->flags & BID_HOME)
		return STATUS_MCOA_HOME_AND_FOREIGN_PROHIBITED;
	uint8_t priority = option->flags & request->dialect->bid_priority_mask;
	if (option->care_of.length == 0)
		return refresh_one(request, bindings, option, priority);
	return bind_one(request, bindings, option, priority);
}

/*
 * RFC 5648 6.2, last paragraph: what holds for every option alike is the status of the
 * acknowledgement, and the options say zero; else it is NOTCOMPLETE and each option says its own.
 */
static void summarize(const struct registration_request *request, struct registration *ret)
{
	bool alike = true;
	ret->accepted = false;
	for (uint16_t i = 0; i < request->bid_count; i++) {
		alike = alike && ret->bid_status[i] == ret->bid_status[0];
		ret->accepted = ret->accepted || ret->bid_status[i] < STATUS_REFUSED;
	}
	ret->status = alike ? ret->bid_status[0] : (uint8_t)STATUS_MCOA_NOT_COMPLETE;
	if (alike)
		memset(ret->bid_status, STATUS_ACCEPTED, request->bid_count);
}

void registration_evaluate(const struct registration_request *request,
	const struct bindings *present, struct registration *ret)
{
	if (request->bid_count == 0) {
		evaluate_without_bid(request, present, ret);
		return;
	}
	ret->accepted = false;
	ret->status = check_all(request, present);
	if (ret->status != STATUS_ACCEPTED) {
		memset(ret->bid_status, STATUS_ACCEPTED, request->bid_count);
		return;
	}
	const struct msg_binding_update *update = &request->update->binding_update;
	bool overwrite = (update->flags & request->dialect->overwrite_flag) != 0;
	ret->bindings = *present;
	/* RFC 5648 6.2: O is ignored when de-registering */
	if (overwrite && update->lifetime != 0)
		ret->bindings.count = 0;
	for (uint16_t i = 0; i < request->bid_count; i++)
		ret->bid_status[i] =
			evaluate_one(request, &ret->bindings, &request->update->bid[i]);
	summarize(request, ret);
}
