/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 5648 6.2 in its order, as far as it is for correspondents.
 */
#include "correspondent_registration.h"
#include "../base/status.h"

/* RFC 6275 6.1.7, 6.1.8: packets to any of these would never come to the mobile node */
static uint8_t check_care_of(const struct correspondent_request *request)
{
	if (!address_is_unicast_routable(request->care_of))
		return STATUS_MCOA_MALFORMED;
	if (IN6_ARE_ADDR_EQUAL(request->care_of, request->home_address) ||
		IN6_ARE_ADDR_EQUAL(request->care_of, request->own))
		return STATUS_INVALID_CARE_OF;
	return STATUS_ACCEPTED;
}

static void put(
	const struct correspondent_request *request, struct binding *binding, uint8_t priority)
{
	binding->care_of = *request->care_of;
	binding->expires = request->expires;
	binding->lifetime = request->lifetime;
	binding->priority = priority ? priority : PRIORITY_NONE;
	binding->requests = 0;
	binding->verified = true;
}

/* RFC 5648 6.2, first paragraph: one binding without BID replaces all, deletion deletes all. */
static uint8_t evaluate_without_bid(
	const struct correspondent_request *request, struct bindings *ret)
{
	ret->count = 0;
	if (request->lifetime == 0)
		return STATUS_ACCEPTED;
	put(request, bindings_add(ret, 0), 0);
	return check_care_of(request);
}

static bool is_malformed(const struct correspondent_request *request)
{
	for (uint16_t i = 0; i < request->bid_count; i++)
		if (request->update->bid[i].care_of.length == CARE_OF_MALFORMED)
			return true;
	return request->bid_count > BIDS_ECHOED_MAX;
}

/* RFC 5648 6.2: IPv4 care-of addresses are for home agents (8). */
static uint8_t check_option(const struct opt_bid *option)
{
	if (option->bid == 0)
		return STATUS_MCOA_MALFORMED;
	return option->care_of.length == 0 || option->care_of.length == sizeof(struct in6_addr)
		       ? STATUS_ACCEPTED
		       : STATUS_MCOA_MALFORMED;
}

/* RFC 5648 6.2: lifetime zero */
static uint8_t delete_one(struct bindings *bindings, uint16_t bid)
{
	struct binding *binding = bindings_find(bindings, bid);
	if (!binding)
		return STATUS_NOT_HOME_AGENT;
	bindings_remove(bindings, binding);
	return STATUS_ACCEPTED;
}

/*
 * RFC 5648 6.2: a BID without care-of address must be known. What is bound then is what the
 * authenticator covers, the care-of address that the tokens prove, whatever was bound before.
 */
static uint8_t register_one(const struct correspondent_request *request,
	const struct bindings *present, struct bindings *bindings, const struct opt_bid *option)
{
	if (option->care_of.length == 0 && !bindings_find(present, option->bid))
		return STATUS_MCOA_UNKNOWN_CARE_OF;
	struct binding *binding = bindings_find(bindings, option->bid);
	/* RFC 6275 9.5.2 */
	if (!binding && bindings->count >= request->bindings_max)
		return STATUS_NO_RESOURCES;
	put(request, binding ? binding : bindings_add(bindings, option->bid),
		option->flags & BID_PRIORITY);
	return STATUS_ACCEPTED;
}

static uint8_t evaluate_option(const struct correspondent_request *request,
	const struct bindings *present, struct bindings *ret)
{
	const struct opt_bid *option = &request->update->bid[0];
	bool overwrites = request->update->binding_update.flags & BU_OVERWRITE;
	uint8_t status = check_option(option);
	if (status != STATUS_ACCEPTED)
		return status;
	if (request->lifetime == 0)
		return delete_one(ret, option->bid);
	status = check_care_of(request);
	if (status != STATUS_ACCEPTED)
		return status;
	if (overwrites)
		ret->count = 0;
	else if (bindings_find(present, 0))
		return STATUS_MCOA_NON_MCOA_BINDING_EXISTS;
	return register_one(request, present, ret, option);
}

uint8_t correspondent_registration_evaluate(const struct correspondent_request *request,
	const struct bindings *present, struct bindings *ret)
{
	*ret = *present;
	if (request->bid_count == 0)
		return evaluate_without_bid(request, ret);
	if (is_malformed(request))
		return STATUS_MCOA_MALFORMED;
	if (request->bid_count > 1)
		return STATUS_MCOA_BULK_PROHIBITED;
	return evaluate_option(request, present, ret);
}
