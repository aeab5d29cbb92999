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
	binding->home = false;
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

static bool names_home_address(
	const struct registration_request *request, const struct opt_bid *option)
{
	return option->care_of.length == sizeof(struct in6_addr) &&
	       IN6_ARE_ADDR_EQUAL(&option->care_of.address, request->home_address);
}

/*
 * RFC 5648 5.6.3, 6.2, 6.3: what is bound is the home address, and it says so, unless the binding
 * is known. Only one at a time: of two in one update the second is malformed.
 */
static uint8_t bind_home(const struct registration_request *request, struct bindings *bindings,
	const struct opt_bid *option, uint8_t priority)
{
	struct binding *binding = bindings_find(bindings, option->bid);
	const struct binding *home = bindings_home(bindings);
	if (request->home_status >= STATUS_REFUSED)
		return request->home_status;
	if (option->care_of.length == 0 && !binding)
		return STATUS_MCOA_UNKNOWN_CARE_OF;
	if (option->care_of.length != 0 && !names_home_address(request, option))
		return STATUS_MCOA_MALFORMED;
	if (home && home != binding)
		return STATUS_MCOA_MALFORMED;
	if (!binding && bindings->count >= request->bindings_max)
		return STATUS_NO_RESOURCES;
	if (!binding)
		binding = bindings_add(bindings, option->bid);
	put(request, binding, request->home_address, priority);
	binding->home = true;
	return request->home_status;
}

static uint8_t evaluate_one(const struct registration_request *request, struct bindings *bindings,
	const struct opt_bid *option)
{
	/* RFC 5648 4.3: reserved; and in the cache it is the binding without BID */
	if (option->bid == 0)
		return STATUS_MCOA_MALFORMED;
	if (request->update->binding_update.lifetime == 0)
		return delete_one(bindings, option);
	uint8_t priority = option->flags & request->dialect->bid_priority_mask;
	if (option->flags & BID_HOME)
		return bind_home(request, bindings, option, priority);
	if (option->care_of.length == 0)
		return refresh_one(request, bindings, option, priority);
	return bind_one(request, bindings, option, priority);
}

/*
 * RFC 5648 5.6.5: an update in which no option says H, or none may, ends forwarding to the home
 * link; and so does one whose H stands at another BID (5.6.3: only one home binding at a time).
 */
static void leave_home(const struct registration_request *request, struct bindings *bindings)
{
	struct binding *home = bindings_home(bindings);
	if (!home)
		return;
	for (uint16_t i = 0; i < request->bid_count; i++) {
		const struct opt_bid *option = &request->update->bid[i];
		if ((option->flags & BID_HOME) && option->bid == home->bid &&
			request->home_status < STATUS_REFUSED)
			return;
	}
	bindings_remove(bindings, home);
}

/*
 * RFC 5648 6.2, last paragraph: what holds for every option alike is the status of the
 * acknowledgement, and the options say zero; else it is NOTCOMPLETE and each option says its own.
 * Where nothing is refused there is nothing incomplete: then only a home binding has a status of
 * its own (6.3).
 */
static void summarize(const struct registration_request *request, struct registration *ret)
{
	bool alike = true;
	bool refused = false;
	ret->accepted = false;
	for (uint16_t i = 0; i < request->bid_count; i++) {
		alike = alike && ret->bid_status[i] == ret->bid_status[0];
		ret->accepted = ret->accepted || ret->bid_status[i] < STATUS_REFUSED;
		refused = refused || ret->bid_status[i] >= STATUS_REFUSED;
	}
	ret->status = refused ? STATUS_MCOA_NOT_COMPLETE : STATUS_ACCEPTED;
	if (alike)
		ret->status = ret->bid_status[0];
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
	if (update->lifetime != 0)
		leave_home(request, &ret->bindings);
	for (uint16_t i = 0; i < request->bid_count; i++)
		ret->bid_status[i] =
			evaluate_one(request, &ret->bindings, &request->update->bid[i]);
	summarize(request, ret);
}
