/* SPDX-License-Identifier: BSD-2-Clause */
#include "persistence.h"

#include "daemon.h"
#include "base/log.h"
#include "control/show.h"

#include "../io/base/clock.h"
#include "../io/store/store.h"
#include "../wire/message.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_SECONDS 5

/* Home addresses in one commit: more than a pass of the loop changes as a rule. */
#define TOUCHED_MAX (256 + CALL_EFFECTS_MAX)

/* What one packet may cause to be sent: an acknowledgement, a probe of each new care-of address,
 * and an advertisement; deadlines, which may cause more, begin with nothing queued. */
#define SENDS_MAX (BINDINGS_MAX + 2)

struct persistence {
	struct store *store;
	struct event *on_retry;
	bool loaded; /* what the store held when it first worked has been given to the core */
	size_t count;
	/* What was kept before this pass of each home address that the pass changed, in order; one
	 * that was changed several times may be there as often. */
	struct host_rollback touched[TOUCHED_MAX];
};

static const char *path(const struct daemon *daemon)
{
	return daemon->basis.config->store.text;
}

static void tell_core(struct daemon *daemon, bool works)
{
	const struct host_event event = {.type = HOST_STORE, .store_works = works};

	daemon_host(daemon, &event);
}

static void retry_later(struct persistence *persistence)
{
	const struct timeval later = {.tv_sec = RETRY_SECONDS};

	event_add(persistence->on_retry, &later);
}

/* What the data plane holds of a home address: nothing is a value, too. */
static struct host_rollback present(
	const struct daemon *daemon, const struct in6_addr *home_address)
{
	struct host_rollback kept;

	if (dataplane_kept(daemon->basis.dataplane, home_address, &kept) < 0)
		kept = (struct host_rollback){.node.home_address = *home_address};
	return kept;
}

/* What was granted is not in the data plane: it is taken for what is left. */
static struct record_binding binding_of(const struct effect_tunnel *tunnel, nanos now)
{
	nanos units = tunnel->expires > now
			      ? (tunnel->expires - now) / (LIFETIME_UNIT * NANOS_PER_SECOND)
			      : 0;
	struct record_binding binding = {
		.care_of = tunnel->remote.address,
		.expires = tunnel->expires,
		.bid = tunnel->bid,
		.lifetime = units < LIFETIME_INFINITE ? (uint16_t)units : LIFETIME_INFINITE,
		.priority = tunnel->priority,
		.verified = tunnel->usable || tunnel->encapsulation == ENCAP_HOME_LINK,
		.home = tunnel->encapsulation == ENCAP_HOME_LINK,
		.has_link_layer = tunnel->remote.framed,
	};

	memcpy(binding.link_layer, tunnel->remote.link_layer, sizeof(binding.link_layer));
	return binding;
}

static void put(struct daemon *daemon, const struct in6_addr *home_address)
{
	struct host_rollback kept = present(daemon, home_address);
	struct record record = {
		.home_address = kept.node.home_address,
		.home_agent = kept.tunnels[0].local.address,
		.sequence = kept.node.sequence,
		.timestamp = kept.node.replay_accepted,
		.count = kept.count,
	};

	for (uint8_t i = 0; i < kept.count; i++)
		record.bindings[i] = binding_of(&kept.tunnels[i], clock_now().mono);
	store_put(daemon->persistence->store, &record);
}

static struct host_rollback kept_of(const struct record *record)
{
	struct host_rollback kept = {
		.node = {.home_address = record->home_address,
			.sequence = record->sequence,
			.replay_accepted = record->timestamp},
		.count = record->count,
	};

	for (uint8_t i = 0; i < record->count; i++) {
		const struct record_binding *binding = &record->bindings[i];
		struct effect_tunnel *tunnel = &kept.tunnels[i];
		*tunnel = (struct effect_tunnel){
			.home_address = record->home_address,
			.local.address = record->home_agent,
			.remote.address = binding->care_of,
			.expires = binding->expires,
			.bid = binding->bid,
			.priority = binding->priority,
			.usable = binding->verified,
			.remote.framed = binding->has_link_layer,
			.encapsulation = binding->home ? ENCAP_HOME_LINK : ENCAP_IPV6,
		};
		memcpy(tunnel->remote.link_layer, binding->link_layer, sizeof(binding->link_layer));
	}
	return kept;
}

/* ---- commit ---- */

bool persistence_due(const struct daemon *daemon)
{
	const struct persistence *persistence = daemon->persistence;

	return persistence && store_works(persistence->store) && persistence->count > 0;
}

void persistence_touch(struct daemon *daemon, const struct in6_addr *home_address)
{
	struct persistence *persistence = daemon->persistence;

	if (!persistence || !store_works(persistence->store))
		return;
	if (persistence->count > 0 &&
		IN6_ARE_ADDR_EQUAL(&persistence->touched[persistence->count - 1].node.home_address,
			home_address))
		return;
	/* persistence_make_room() sees to it that there is room for all effects of a call. */
	if (persistence->count < TOUCHED_MAX)
		persistence->touched[persistence->count++] = present(daemon, home_address);
}

void persistence_make_room(struct daemon *daemon)
{
	if (!persistence_due(daemon))
		return;
	if (daemon->persistence->count <= TOUCHED_MAX - CALL_EFFECTS_MAX &&
		sender_room(daemon->basis.sender) >= SENDS_MAX)
		return;
	persistence_commit(daemon);
	sender_flush(daemon->basis.sender);
}

/* The core takes back what it accepted in this pass, the last change first. The numbers of what was
 * lost stay in core and maps, so that it is not accepted again. */
static void roll_back(struct daemon *daemon)
{
	struct persistence *persistence = daemon->persistence;

	for (size_t i = persistence->count; i-- > 0;) {
		const struct host_event event = {
			.type = HOST_ROLLBACK, .rollback = persistence->touched[i]};
		daemon_host(daemon, &event);
	}
	persistence->count = 0;
}

static void failed(struct daemon *daemon)
{
	sender_clear(daemon->basis.sender);
	log_error("store %s: %s", path(daemon), store_reason(daemon->persistence->store));
	tell_core(daemon, false);
	roll_back(daemon);
	retry_later(daemon->persistence);
}

void persistence_commit(struct daemon *daemon)
{
	struct persistence *persistence = daemon->persistence;

	if (!persistence_due(daemon))
		return;
	for (size_t i = 0; i < persistence->count; i++)
		put(daemon, &persistence->touched[i].node.home_address);
	if (store_commit(persistence->store) < 0)
		failed(daemon);
	else
		persistence->count = 0;
}

/* ---- restore ---- */

struct homes {
	size_t count;
	size_t room;
	struct home {
		struct in6_addr address;
		bool kept;
	} * at; /* sorted */
};

struct restoring {
	struct daemon *daemon;
	bool late; /* the maps were taken over before: they hold what is newer */
	size_t nodes;
	size_t bindings;
	struct homes in_maps;
};

static void add_home(void *ctx, const struct effect_node *node)
{
	struct homes *homes = ctx;

	if (homes->count == homes->room) {
		size_t room = homes->room ? 2 * homes->room : 64;
		struct home *at = realloc(homes->at, room * sizeof(*at));
		if (!at)
			return;
		homes->at = at;
		homes->room = room;
	}
	homes->at[homes->count++] = (struct home){node->home_address, false};
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct in6_addr));
}

static void mark_kept(struct homes *homes, const struct in6_addr *address)
{
	struct home *home = homes->count ? bsearch(address, homes->at, homes->count,
						   sizeof(*homes->at), compare)
					 : NULL;

	if (home)
		home->kept = true;
}

static bool has_bid(const struct host_rollback *kept, uint16_t bid)
{
	for (uint8_t i = 0; i < kept->count; i++)
		if (kept->tunnels[i].bid == bid)
			return true;
	return false;
}

/* The data plane's tunnels of a home address become those that are kept. */
static void reconcile(struct daemon *daemon, const struct host_rollback *kept)
{
	struct host_rollback found = present(daemon, &kept->node.home_address);

	for (uint8_t i = 0; i < found.count; i++)
		if (!has_bid(kept, found.tunnels[i].bid))
			dataplane_tunnel_remove(daemon->basis.dataplane, &kept->node.home_address,
				&kept->node.peer, found.tunnels[i].bid);
	int error = dataplane_node_set(daemon->basis.dataplane, &kept->node);
	for (uint8_t i = 0; i < kept->count && error == 0; i++)
		error = dataplane_tunnel_set(daemon->basis.dataplane, &kept->tunnels[i], NULL);
	if (error < 0)
		log_error("bindings of a home address not restored: %s", strerror(-error));
}

static void restore_kept(struct restoring *restoring, const struct host_rollback *kept)
{
	struct daemon *daemon = restoring->daemon;
	const struct in6_addr *home_address = &kept->node.home_address;
	struct host_event event = {.type = HOST_RESTORE_NODE, .restore_node = kept->node};
	struct host_rollback found;

	if (restoring->late && dataplane_kept(daemon->basis.dataplane, home_address, &found) == 0)
		return;
	if (daemon_host(daemon, &event) < 0) {
		/* It is no longer configured; from the maps it goes as one that is not kept. */
		store_remove(daemon->persistence->store, home_address);
		return;
	}
	mark_kept(&restoring->in_maps, home_address);
	reconcile(daemon, kept);
	for (uint8_t i = 0; i < kept->count; i++) {
		event = (struct host_event){
			.type = HOST_RESTORE_BINDING, .restore_binding = kept->tunnels[i]};
		daemon_host(daemon, &event);
	}
	restoring->nodes++;
	restoring->bindings += kept->count;
}

static void restore_one(void *ctx, const struct record *record)
{
	const struct host_rollback kept = kept_of(record);

	restore_kept(ctx, &kept);
}

/* Of what the store could not be asked about, the maps are the memory. */
static void restore_the_rest(struct restoring *restoring)
{
	for (size_t i = 0; i < restoring->in_maps.count; i++) {
		const struct home *home = &restoring->in_maps.at[i];
		if (home->kept)
			continue;
		struct host_rollback found = present(restoring->daemon, &home->address);
		restore_kept(restoring, &found);
	}
}

static void remove_the_rest(struct restoring *restoring)
{
	for (size_t i = 0; i < restoring->in_maps.count; i++)
		if (!restoring->in_maps.at[i].kept)
			dataplane_node_remove(restoring->daemon->basis.dataplane,
				&restoring->in_maps.at[i].address);
}

static bool load(struct daemon *daemon, bool late)
{
	struct persistence *persistence = daemon->persistence;
	struct restoring restoring = {.daemon = daemon, .late = late};

	if (!late)
		dataplane_each_node(daemon->basis.dataplane, add_home, &restoring.in_maps);
	if (restoring.in_maps.count > 0)
		qsort(restoring.in_maps.at, restoring.in_maps.count, sizeof(*restoring.in_maps.at),
			compare);
	int error = store_load(persistence->store, restore_one, &restoring);
	persistence->loaded = error == 0;
	if (error < 0)
		restore_the_rest(&restoring);
	remove_the_rest(&restoring);
	if (restoring.bindings > 0)
		log_info("%zu bindings of %zu home addresses were kept", restoring.bindings,
			restoring.nodes);
	free(restoring.in_maps.at);
	return error == 0;
}

bool persistence_restore(struct daemon *daemon)
{
	struct persistence *persistence = daemon->persistence;

	if (!persistence || !store_works(persistence->store) || store_is_new(persistence->store))
		return false;
	if (load(daemon, false)) {
		persistence_commit(daemon);
	} else {
		persistence->count = 0; /* nobody was told anything that could be taken back */
		failed(daemon);
	}
	return true;
}

static void put_node(void *ctx, const struct effect_node *node)
{
	put(ctx, &node->home_address);
}

/* Not only what was changed meanwhile: the file may be a new one, or an older one that was put in
 * its place. */
static bool put_all(struct daemon *daemon)
{
	struct persistence *persistence = daemon->persistence;

	dataplane_each_node(daemon->basis.dataplane, put_node, daemon);
	if (store_commit(persistence->store) < 0)
		return false;
	persistence->loaded = true;
	persistence->count = 0;
	return true;
}

void persistence_put_all(struct daemon *daemon)
{
	struct persistence *persistence = daemon->persistence;

	if (persistence && store_works(persistence->store) && !put_all(daemon))
		failed(daemon);
}

/* ---- when it does not work ---- */

static bool works_again(struct daemon *daemon)
{
	struct persistence *persistence = daemon->persistence;

	if (store_retry(persistence->store) < 0)
		return false;
	if (store_reason(persistence->store)[0] != '\0')
		log_warning("store %s: %s", path(daemon), store_reason(persistence->store));
	if (!store_is_new(persistence->store) && !persistence->loaded && !load(daemon, true))
		return false;
	return put_all(daemon);
}

static void retry(evutil_socket_t fd, short what, void *ctx)
{
	struct daemon *daemon = ctx;

	(void)fd;
	(void)what;
	if (works_again(daemon))
		tell_core(daemon, true);
	else
		retry_later(daemon->persistence);
	loop_settle(daemon);
}

/* ---- start and end ---- */

int persistence_start(struct daemon *daemon)
{
	if (!daemon_is_home_agent(daemon) || path(daemon)[0] == '\0')
		return 0;
	struct persistence *persistence = calloc(1, sizeof(*persistence));
	if (!persistence)
		return -ENOMEM;
	daemon->persistence = persistence;
	persistence->on_retry = event_new(daemon->loop.base, -1, 0, retry, daemon);
	int error = persistence->on_retry
			    ? store_open(path(daemon), daemon->basis.config->store_durable,
				      &persistence->store)
			    : -ENOMEM;
	if (!persistence->store)
		return error;
	if (error < 0) {
		failed(daemon);
		return 0;
	}
	if (store_reason(persistence->store)[0] != '\0')
		log_warning("store %s: %s", path(daemon), store_reason(persistence->store));
	tell_core(daemon, true);
	return 0;
}

void persistence_finish(struct daemon *daemon)
{
	struct persistence *persistence = daemon->persistence;

	if (!persistence)
		return;
	if (persistence->store)
		persistence_commit(daemon);
	store_close(persistence->store);
	if (persistence->on_retry)
		event_free(persistence->on_retry);
	free(persistence);
	daemon->persistence = NULL;
}

void persistence_show(const struct daemon *daemon, struct show_status *ret)
{
	if (!daemon->persistence)
		return;
	ret->store = path(daemon);
	ret->store_works = store_works(daemon->persistence->store);
	ret->store_reason = store_reason(daemon->persistence->store);
}
