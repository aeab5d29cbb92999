/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 5648 6.2, option by option, on a copy of the bindings.
 */
#include "registration.h"
#include "../base/status.h"

#include <string.h>

static bool same_address(const struct in6_addr *a, const struct in6_addr *b)
{
	return IN6_ARE_ADDR_EQUAL(a, b);
}

bool registration_deletes(const struct registration_request *request)
{
	if (request->update->binding_update.lifetime == 0)
		return true;
	return request->rules->home_address_deletes && request->bid_count == 0 &&
	       same_address(request->care_of, request->home_address);
}

/* ---- care-of addresses ---- */

/*
 * RFC 5648 10: an update shows that the mobile node is at its source, and a home agent knows its
 * own link. No update shows that the mobile node is at another address.
 */
static bool is_proved(const struct registration_request *request, const struct bindings *present,
	const struct in6_addr *care_of)
{
	return same_address(care_of, request->source) ||
	       same_address(care_of, request->home_address) || bindings_at(present, care_of);
}

/*
 * RFC 6275 6.1.7: unicast routable. 6.1.8: packets to the node's own addresses, or to the home
 * address, would never come to the mobile node. Draft-13 10: packets to an address of a home link
 * would come back to a home agent, and go round between two of them.
 */
static uint8_t check_care_of(const struct registration_request *request,
	const struct bindings *present, const struct in6_addr *care_of)
{
	if (!address_is_unicast_routable(care_of))
		return STATUS_MCOA_MALFORMED;
	if (same_address(care_of, request->own) || same_address(care_of, request->home_address))
		return STATUS_INVALID_CARE_OF;
	if (request->nodes && node_addresses_find(request->nodes, care_of))
		return STATUS_INVALID_CARE_OF;
	if (request->home_prefixes && home_prefixes_of(request->home_prefixes, care_of))
		return STATUS_INVALID_CARE_OF;
	if (request->proved_only && !is_proved(request, present, care_of))
		return STATUS_INVALID_CARE_OF;
	return STATUS_ACCEPTED;
}

/* ---- one binding ---- */

/* A new care-of address is not verified by the answers from the old one. */
static void put(const struct registration_request *request, struct binding *binding,
	const struct in6_addr *care_of, uint8_t priority)
{
	if (!same_address(&binding->care_of, care_of))
		binding->verified = false;
	binding->care_of = *care_of;
	binding->expires = request->expires;
	binding->lifetime = request->lifetime;
	binding->priority = priority ? priority : PRIORITY_NONE;
	binding->requests = 0;
}

/* RFC 6275 9.5.2: 130 for more bindings than the node may have; an existing one may always
 * change */
static uint8_t bind_one(const struct registration_request *request, struct bindings *bindings,
	const struct opt_bid *option, const struct in6_addr *care_of)
{
	struct binding *binding = bindings_find(bindings, option->bid);
	if (!binding && bindings->count >= request->bindings_max)
		return STATUS_NO_RESOURCES;
	if (!binding)
		binding = bindings_add(bindings, option->bid);
	put(request, binding, care_of, option->flags & BID_PRIORITY);
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

/*
 * RFC 5648 6.2: an option without care-of address must name a known BID. The BID is looked up
 * before O removes anything: the section retrieves the care-of addresses first. The care-of address
 * of a home binding is none without H (5.6.5).
 */
static uint8_t register_known(const struct registration_request *request,
	const struct bindings *present, struct bindings *bindings, const struct opt_bid *option)
{
	const struct binding *known = bindings_find(present, option->bid);
	if (!known || known->home)
		return STATUS_MCOA_UNKNOWN_CARE_OF;
	return bind_one(request, bindings, option, &known->care_of);
}

static uint8_t register_one(const struct registration_request *request,
	const struct bindings *present, struct bindings *bindings, const struct opt_bid *option)
{
	const bool proved = request->rules->care_of_proved;
	const struct in6_addr *care_of = proved ? request->care_of : &option->care_of.address;
	if (option->care_of.length == 0 && !proved)
		return register_known(request, present, bindings, option);
	if (option->care_of.length == 0 && !bindings_find(present, option->bid))
		return STATUS_MCOA_UNKNOWN_CARE_OF;
	/* RFC 5648 6.2: IPv4 care-of addresses (section 8) are not supported yet. */
	if (option->care_of.length != 0 && option->care_of.length != sizeof(struct in6_addr))
		return STATUS_MCOA_MALFORMED;
	uint8_t status = check_care_of(request, present, care_of);
	if (status != STATUS_ACCEPTED)
		return status;
	return bind_one(request, bindings, option, care_of);
}

static bool names_home_address(
	const struct registration_request *request, const struct opt_bid *option)
{
	return option->care_of.length == sizeof(struct in6_addr) &&
	       same_address(&option->care_of.address, request->home_address);
}

/*
 * RFC 5648 5.6.3, 6.2, 6.3: the option binds the home address and contains it, unless the BID is
 * known. Only one at a time: of two in one update the second is malformed.
 */
static uint8_t register_home(const struct registration_request *request,
	const struct bindings *present, struct bindings *bindings, const struct opt_bid *option)
{
	const struct binding *home = bindings_home(bindings);
	if (request->home_status >= STATUS_REFUSED)
		return request->home_status;
	if (option->care_of.length == 0 && !bindings_find(present, option->bid))
		return STATUS_MCOA_UNKNOWN_CARE_OF;
	if (option->care_of.length != 0 && !names_home_address(request, option))
		return STATUS_MCOA_MALFORMED;
	if (home && home->bid != option->bid)
		return STATUS_MCOA_MALFORMED;
	uint8_t status = bind_one(request, bindings, option, request->home_address);
	if (status != STATUS_ACCEPTED)
		return status;
	bindings_find(bindings, option->bid)->home = true;
	return request->home_status;
}

static uint8_t evaluate_one(const struct registration_request *request,
	const struct bindings *present, struct bindings *bindings, const struct opt_bid *option)
{
	/* RFC 5648 4.3: reserved; and in the cache it is the binding without BID */
	if (option->bid == 0)
		return STATUS_MCOA_MALFORMED;
	if (request->update->binding_update.lifetime == 0)
		return delete_one(bindings, option);
	if (request->rules->home_link && (option->flags & BID_HOME))
		return register_home(request, present, bindings, option);
	return register_one(request, present, bindings, option);
}

/* ---- the update ---- */

/* RFC 5648 6.2, first paragraph: one binding without BID replaces all, deletion deletes all. */
static void evaluate_without_bid(const struct registration_request *request,
	const struct bindings *present, struct registration *ret)
{
	ret->status = STATUS_ACCEPTED;
	ret->bindings.count = 0;
	if (!registration_deletes(request)) {
		ret->status = check_care_of(request, present, request->care_of);
		put(request, bindings_add(&ret->bindings, 0), request->care_of, 0);
	} else if (request->rules->deletes_bound_only && present->count == 0) {
		ret->status = STATUS_NOT_HOME_AGENT;
	}
	ret->accepted = ret->status == STATUS_ACCEPTED;
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

static bool is_malformed(const struct registration_rules *rules, const struct opt_bid *option)
{
	return option->care_of.length == CARE_OF_MALFORMED ||
	       (!rules->ipv4_alone_malformed && option->care_of.length == sizeof(struct in_addr));
}

static bool has_malformed(const struct registration_request *request)
{
	for (uint16_t i = 0; i < request->bid_count; i++)
		if (is_malformed(request->rules, &request->update->bid[i]))
			return true;
	return false;
}

/*
 * RFC 5648 10: a bulk may refresh the bindings that single updates have registered, but may not
 * bring a care-of address that no update has come from.
 */
static bool bulk_is_proved(
	const struct registration_request *request, const struct bindings *present)
{
	const struct opt_bid *options = request->update->bid;
	for (uint16_t i = 0; i < request->bid_count; i++)
		if (options[i].care_of.length == sizeof(struct in6_addr) &&
			!is_proved(request, present, &options[i].care_of.address))
			return false;
	return true;
}

static bool bulk_allowed(const struct registration_request *request, const struct bindings *present)
{
	if (request->bulk_prohibited)
		return false;
	return !request->proved_only || request->update->binding_update.lifetime == 0 ||
	       bulk_is_proved(request, present);
}

/* The status that refuses the whole update; STATUS_ACCEPTED if none does. */
static uint8_t check_all(const struct registration_request *request, const struct bindings *present)
{
	const struct msg_binding_update *update = &request->update->binding_update;
	bool without_bid = present->count == 1 && present->at[0].bid == 0;

	/* RFC 5648 6.2: the length is examined first, and the whole update refused */
	if (request->bid_count > BIDS_ECHOED_MAX || has_malformed(request))
		return STATUS_MCOA_MALFORMED;
	/* RFC 5648 4.4: of registrations; bindings from before the prohibition may be deleted */
	if (request->mcoa_prohibited && update->lifetime != 0)
		return STATUS_MCOA_PROHIBITED;
	if (request->bid_count > 1 && !bulk_allowed(request, present))
		return STATUS_MCOA_BULK_PROHIBITED;
	if (has_duplicates(request))
		return STATUS_MCOA_MALFORMED;
	/* RFC 5648 6.2: not processed without O */
	if (without_bid && !(update->flags & BU_OVERWRITE) && update->lifetime != 0)
		return STATUS_MCOA_NON_MCOA_BINDING_EXISTS;
	return STATUS_ACCEPTED;
}

/*
 * RFC 5648 5.6.5: an update without H, or whose H is refused, ends forwarding to the home link; so
 * does an update with H at another BID (5.6.3: only one home binding at a time).
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
 * RFC 5648 6.2, last paragraph: a status that all options share is the status of the
 * acknowledgement, and the options say zero; else it is NOTCOMPLETE and each option says its own.
 * The same holds for an unknown BID in a bulk de-registration: refusing the other options with it
 * would leave their bindings, while the mobile node takes 133 for "they are gone" (RFC 5648 5.7).
 * If no option is refused the update is complete: then only a home binding has a status of its own
 * (6.3).
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

static void evaluate_bids(const struct registration_request *request,
	const struct bindings *present, struct registration *ret)
{
	ret->accepted = false;
	ret->status = check_all(request, present);
	if (ret->status != STATUS_ACCEPTED) {
		memset(ret->bid_status, STATUS_ACCEPTED, request->bid_count);
		return;
	}
	const struct msg_binding_update *update = &request->update->binding_update;
	ret->bindings = *present;
	/* RFC 5648 6.2: O is ignored when de-registering */
	if ((update->flags & BU_OVERWRITE) && update->lifetime != 0)
		ret->bindings.count = 0;
	if (update->lifetime != 0)
		leave_home(request, &ret->bindings);
	for (uint16_t i = 0; i < request->bid_count; i++)
		ret->bid_status[i] =
			evaluate_one(request, present, &ret->bindings, &request->update->bid[i]);
	summarize(request, ret);
}

void registration_evaluate(const struct registration_request *request,
	const struct bindings *present, struct registration *ret)
{
	if (request->bid_count == 0)
		evaluate_without_bid(request, present, ret);
	else
		evaluate_bids(request, present, ret);
	/* RFC 6275 10.3.1, 10.3.2 */
	if (ret->status == STATUS_ACCEPTED && request->prefix_discovery &&
		!registration_deletes(request))
		ret->status = STATUS_PREFIX_DISCOVERY_NEEDED;
}
