/* SPDX-License-Identifier: BSD-2-Clause */
#include "keeping.h"

#include "agent.h"
#include "log.h"
#include "show.h"

#include "../io/store.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_SECONDS 5

/* Home addresses in one commit: more than a pass of the loop changes as a rule. */
#define TOUCHED_MAX (256 + OUTBOX_MAX)

/* What one packet may cause to be sent: an acknowledgement, a probe of each new care-of address,
 * and an advertisement; deadlines, which may cause more, begin with nothing queued. */
#define SENDS_MAX (BINDINGS_MAX + 2)

struct keeping {
	struct store *store;
	struct event *on_retry;
	bool loaded; /* what the store held when it first worked has been given to the core */
	size_t count;
	/* What was kept before this pass of each home address that the pass changed, in order; one
	 * that was changed several times may be there as often. */
	struct host_rollback touched[TOUCHED_MAX];
};

static const char *path(const struct agent *agent)
{
	return agent->config->store.text;
}

static void tell_core(struct agent *agent, bool works)
{
	const struct host_event event = {.type = HOST_STORE, .store_works = works};

	agent_host(agent, &event);
}

static void retry_later(struct keeping *keeping)
{
	const struct timeval later = {.tv_sec = RETRY_SECONDS};

	event_add(keeping->on_retry, &later);
}

/* What the data plane holds of a home address: nothing is a value, too. */
static struct host_rollback present(const struct agent *agent, const struct in6_addr *home_address)
{
	struct host_rollback kept;

	if (dataplane_kept(agent->dataplane, home_address, &kept) < 0)
		kept = (struct host_rollback){.node.home_address = *home_address};
	return kept;
}

static void put(struct agent *agent, const struct in6_addr *home_address)
{
	struct host_rollback kept = present(agent, home_address);

	store_put(agent->keeping->store, &kept);
}

/* ---- commit ---- */

bool keeping_due(const struct agent *agent)
{
	const struct keeping *keeping = agent->keeping;

	return keeping && store_works(keeping->store) && keeping->count > 0;
}

void keeping_touch(struct agent *agent, const struct in6_addr *home_address)
{
	struct keeping *keeping = agent->keeping;

	if (!keeping || !store_works(keeping->store))
		return;
	if (keeping->count > 0 &&
		IN6_ARE_ADDR_EQUAL(
			&keeping->touched[keeping->count - 1].node.home_address, home_address))
		return;
	/* keeping_make_room() sees to it that there is room for all effects of a call. */
	if (keeping->count < TOUCHED_MAX)
		keeping->touched[keeping->count++] = present(agent, home_address);
}

void keeping_make_room(struct agent *agent)
{
	if (!keeping_due(agent))
		return;
	if (agent->keeping->count <= TOUCHED_MAX - OUTBOX_MAX &&
		sender_room(agent->sender) >= SENDS_MAX)
		return;
	keeping_commit(agent);
	sender_flush(agent->sender);
}

/* The core takes back what it accepted in this pass, the last change first. The numbers of what was
 * lost stay in core and maps, so that it is not accepted again. */
static void roll_back(struct agent *agent)
{
	struct keeping *keeping = agent->keeping;

	for (size_t i = keeping->count; i-- > 0;) {
		const struct host_event event = {
			.type = HOST_ROLLBACK, .rollback = keeping->touched[i]};
		agent_host(agent, &event);
	}
	keeping->count = 0;
}

static void failed(struct agent *agent)
{
	sender_clear(agent->sender);
	log_error("store %s: %s", path(agent), store_reason(agent->keeping->store));
	tell_core(agent, false);
	roll_back(agent);
	retry_later(agent->keeping);
}

void keeping_commit(struct agent *agent)
{
	struct keeping *keeping = agent->keeping;

	if (!keeping_due(agent))
		return;
	for (size_t i = 0; i < keeping->count; i++)
		put(agent, &keeping->touched[i].node.home_address);
	if (store_commit(keeping->store) < 0)
		failed(agent);
	else
		keeping->count = 0;
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
	struct agent *agent;
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
static void reconcile(struct agent *agent, const struct host_rollback *kept)
{
	struct host_rollback found = present(agent, &kept->node.home_address);

	for (uint8_t i = 0; i < found.count; i++)
		if (!has_bid(kept, found.tunnels[i].bid))
			dataplane_tunnel_remove(agent->dataplane, &kept->node.home_address,
				&kept->node.peer, found.tunnels[i].bid);
	int error = dataplane_node_set(agent->dataplane, &kept->node);
	for (uint8_t i = 0; i < kept->count && error == 0; i++)
		error = dataplane_tunnel_set(agent->dataplane, &kept->tunnels[i], NULL);
	if (error < 0)
		log_error("bindings of a home address not restored: %s", strerror(-error));
}

static void restore_one(void *ctx, const struct host_rollback *kept)
{
	struct restoring *restoring = ctx;
	struct agent *agent = restoring->agent;
	const struct in6_addr *home_address = &kept->node.home_address;
	struct host_event event = {.type = HOST_RESTORE_NODE, .restore_node = kept->node};
	struct host_rollback found;

	if (restoring->late && dataplane_kept(agent->dataplane, home_address, &found) == 0)
		return;
	if (agent_host(agent, &event) < 0) {
		/* It is no longer configured; from the maps it goes as one that is not kept. */
		store_remove(agent->keeping->store, home_address);
		return;
	}
	mark_kept(&restoring->in_maps, home_address);
	reconcile(agent, kept);
	for (uint8_t i = 0; i < kept->count; i++) {
		event = (struct host_event){
			.type = HOST_RESTORE_BINDING, .restore_binding = kept->tunnels[i]};
		agent_host(agent, &event);
	}
	restoring->nodes++;
	restoring->bindings += kept->count;
}

/* Of what the store could not be asked about, the maps are the memory. */
static void restore_the_rest(struct restoring *restoring)
{
	for (size_t i = 0; i < restoring->in_maps.count; i++) {
		const struct home *home = &restoring->in_maps.at[i];
		if (home->kept)
			continue;
		struct host_rollback found = present(restoring->agent, &home->address);
		restore_one(restoring, &found);
	}
}

static void remove_the_rest(struct restoring *restoring)
{
	for (size_t i = 0; i < restoring->in_maps.count; i++)
		if (!restoring->in_maps.at[i].kept)
			dataplane_node_remove(
				restoring->agent->dataplane, &restoring->in_maps.at[i].address);
}

static bool load(struct agent *agent, bool late)
{
	struct keeping *keeping = agent->keeping;
	struct restoring restoring = {.agent = agent, .late = late};

	if (!late)
		dataplane_each_node(agent->dataplane, add_home, &restoring.in_maps);
	if (restoring.in_maps.count > 0)
		qsort(restoring.in_maps.at, restoring.in_maps.count, sizeof(*restoring.in_maps.at),
			compare);
	int error = store_load(keeping->store, restore_one, &restoring);
	keeping->loaded = error == 0;
	if (error < 0)
		restore_the_rest(&restoring);
	remove_the_rest(&restoring);
	if (restoring.bindings > 0)
		log_info("%zu bindings of %zu home addresses were kept", restoring.bindings,
			restoring.nodes);
	free(restoring.in_maps.at);
	return error == 0;
}

bool keeping_restore(struct agent *agent)
{
	struct keeping *keeping = agent->keeping;

	if (!keeping || !store_works(keeping->store) || store_is_new(keeping->store))
		return false;
	if (load(agent, false)) {
		keeping_commit(agent);
	} else {
		keeping->count = 0; /* nobody was told anything that could be taken back */
		failed(agent);
	}
	return true;
}

static void put_node(void *ctx, const struct effect_node *node)
{
	put(ctx, &node->home_address);
}

/* Not only what was changed meanwhile: the file may be a new one, or an older one that was put in
 * its place. */
static bool put_all(struct agent *agent)
{
	struct keeping *keeping = agent->keeping;

	dataplane_each_node(agent->dataplane, put_node, agent);
	if (store_commit(keeping->store) < 0)
		return false;
	keeping->loaded = true;
	keeping->count = 0;
	return true;
}

void keeping_put_all(struct agent *agent)
{
	struct keeping *keeping = agent->keeping;

	if (keeping && store_works(keeping->store) && !put_all(agent))
		failed(agent);
}

/* ---- when it does not work ---- */

static bool works_again(struct agent *agent)
{
	struct keeping *keeping = agent->keeping;

	if (store_retry(keeping->store) < 0)
		return false;
	if (store_reason(keeping->store)[0] != '\0')
		log_warning("store %s: %s", path(agent), store_reason(keeping->store));
	if (!store_is_new(keeping->store) && !keeping->loaded && !load(agent, true))
		return false;
	return put_all(agent);
}

static void retry(evutil_socket_t fd, short what, void *ctx)
{
	struct agent *agent = ctx;

	(void)fd;
	(void)what;
	if (works_again(agent))
		tell_core(agent, true);
	else
		retry_later(agent->keeping);
	loop_settle(agent);
}

/* ---- start and end ---- */

int keeping_start(struct agent *agent)
{
	if (!agent_is_home_agent(agent) || path(agent)[0] == '\0')
		return 0;
	struct keeping *keeping = calloc(1, sizeof(*keeping));
	if (!keeping)
		return -ENOMEM;
	agent->keeping = keeping;
	keeping->on_retry = event_new(agent->loop.base, -1, 0, retry, agent);
	int error = keeping->on_retry
			    ? store_open(path(agent), agent->config->store_durable, &keeping->store)
			    : -ENOMEM;
	if (!keeping->store)
		return error;
	if (error < 0) {
		failed(agent);
		return 0;
	}
	if (store_reason(keeping->store)[0] != '\0')
		log_warning("store %s: %s", path(agent), store_reason(keeping->store));
	tell_core(agent, true);
	return 0;
}

void keeping_finish(struct agent *agent)
{
	struct keeping *keeping = agent->keeping;

	if (!keeping)
		return;
	if (keeping->store)
		keeping_commit(agent);
	store_close(keeping->store);
	if (keeping->on_retry)
		event_free(keeping->on_retry);
	free(keeping);
	agent->keeping = NULL;
}

void keeping_show(const struct agent *agent, struct show_status *ret)
{
	if (!agent->keeping)
		return;
	ret->store = path(agent);
	ret->store_works = store_works(agent->keeping->store);
	ret->store_reason = store_reason(agent->keeping->store);
}
