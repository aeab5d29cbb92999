/* SPDX-License-Identifier: BSD-2-Clause */
#include "persistence.h"

#include "daemon.h"
#include "takeover.h"
#include "base/log.h"
#include "control/show.h"

#include "../io/store/store.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_SECONDS 5

/* Records in one commit: more than a pass of the loop changes as a rule. */
#define CHANGES_MAX (256 + CALL_EFFECTS_MAX)

/* What one packet may cause to be sent: an acknowledgement, a probe of each new care-of address,
 * and an advertisement; deadlines, which may cause more, begin with nothing queued. */
#define SENDS_MAX (BINDINGS_MAX + 2)

/* A record or a flow binding before it changed; that of FID 0 did not exist. */
struct change {
	bool is_flow;
	union {
		struct record record;
		struct record_flow flow;
	};
};

struct persistence {
	struct store *store;
	struct event *on_retry;
	bool loaded; /* what the store held when it first worked has been given to the core */
	size_t count;
	struct change changes[CHANGES_MAX]; /* since the last commit, in order */
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

/* ---- records in the data plane ---- */

bool persistence_stores(const struct daemon *daemon, const struct record *record)
{
	return daemon->persistence && IN6_IS_ADDR_UNSPECIFIED(&record->peer) &&
	       !mobile_hosts_with_home_address(
		       (struct mobile_hosts *)&daemon->mobile_hosts, &record->home_address);
}

/* Of a home address that is not known an empty one. */
static struct record known_of(const struct daemon *daemon, const struct in6_addr *home_address)
{
	struct record record;

	if (dataplane_record(daemon->basis.dataplane, home_address, &in6addr_any, &record) < 0)
		record = (struct record){.home_address = *home_address};
	return record;
}

static void remember(struct daemon *daemon, const struct record *record)
{
	int error = dataplane_record_set(daemon->basis.dataplane, record);

	if (error < 0)
		log_error("bindings of a home address not remembered: %s", strerror(-error));
}

static void add(void *ctx, const struct record *record)
{
	array_append(ctx, record);
}

struct array records_collect(struct daemon *daemon)
{
	struct array records = {.size = sizeof(struct record)};

	dataplane_each_record(daemon->basis.dataplane, add, &records);
	return records;
}

/* ---- commit ---- */

bool persistence_due(const struct daemon *daemon)
{
	const struct persistence *persistence = daemon->persistence;

	return persistence && store_works(persistence->store) && persistence->count > 0;
}

void persistence_record(struct daemon *daemon, const struct record *record)
{
	struct persistence *persistence = daemon->persistence;

	/* persistence_make_room() sees to it that there is room for all effects of a call. */
	if (persistence_stores(daemon, record) && store_works(persistence->store) &&
		persistence->count < CHANGES_MAX) {
		persistence->changes[persistence->count++] =
			(struct change){.record = known_of(daemon, &record->home_address)};
		store_put(persistence->store, record);
	}
	remember(daemon, record);
}

/* Those of a correspondent have no store. */
void persistence_record_flow(struct daemon *daemon, const struct record_flow *flow)
{
	struct persistence *persistence = daemon->persistence;

	if (!persistence || !IN6_IS_ADDR_UNSPECIFIED(&flow->peer) ||
		!store_works(persistence->store) || persistence->count == CHANGES_MAX)
		return;
	struct change *change = &persistence->changes[persistence->count++];
	*change = (struct change){.is_flow = true, .flow = *flow};
	change->flow.flow = flow->before;
	store_put_flow(persistence->store, flow);
}

void persistence_make_room(struct daemon *daemon)
{
	if (!persistence_due(daemon))
		return;
	if (daemon->persistence->count <= CHANGES_MAX - CALL_EFFECTS_MAX &&
		sender_room(daemon->basis.sender) >= SENDS_MAX)
		return;
	persistence_commit(daemon);
	sender_flush(daemon->basis.sender);
}

/* The core takes back what it accepted in this pass, the last change first: the bindings, and then
 * the flow bindings, which need them. The numbers of what was lost stay in the core, so that it is
 * not accepted again. */
static void roll_back(struct daemon *daemon)
{
	struct persistence *persistence = daemon->persistence;
	size_t count = persistence->count;

	persistence->count = 0;
	for (unsigned int flows = 0; flows < 2; flows++)
		for (size_t i = count; i-- > 0;) {
			const struct change *change = &persistence->changes[i];
			struct host_event event = {.type = HOST_ROLLBACK};
			if (change->is_flow != flows)
				continue;
			if (flows)
				event.type = HOST_RESTORE_FLOW;
			if (flows)
				event.flow = change->flow;
			else
				event.record = change->record;
			daemon_host(daemon, &event);
		}
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
	if (store_commit(persistence->store) < 0)
		failed(daemon);
	else
		persistence->count = 0;
}

/* ---- restore ---- */

struct restoring {
	struct daemon *daemon;
	bool late; /* the data plane's records were restored before: they are newer */
	size_t records;
	size_t bindings;
	size_t known_count;
	struct record *known; /* to the data plane, sorted */
	bool *stored;         /* of each of them */
};

static int compare(const void *a, const void *b)
{
	return memcmp(&((const struct record *)a)->home_address,
		&((const struct record *)b)->home_address, sizeof(struct in6_addr));
}

static void begin_restoring(struct restoring *restoring)
{
	const struct array records = records_collect(restoring->daemon);
	size_t count = 0;

	restoring->known = records.at;
	for (size_t i = 0; i < records.count; i++)
		if (persistence_stores(restoring->daemon, &restoring->known[i]))
			restoring->known[count++] = restoring->known[i];
	restoring->stored = calloc(count + 1, sizeof(bool));
	restoring->known_count = restoring->stored ? count : 0;
	if (restoring->known_count > 0)
		qsort(restoring->known, count, sizeof(*restoring->known), compare);
}

static void mark_stored(struct restoring *restoring, const struct record *record)
{
	const struct record *known =
		restoring->known_count ? bsearch(record, restoring->known, restoring->known_count,
						 sizeof(*record), compare)
				       : NULL;

	if (known)
		restoring->stored[known - restoring->known] = true;
}

static void restore_one(void *ctx, const struct record *record)
{
	struct restoring *restoring = ctx;
	struct daemon *daemon = restoring->daemon;
	const struct host_event event = {.type = HOST_RESTORE, .record = *record};
	struct record newer;

	if (restoring->late && dataplane_record(daemon->basis.dataplane, &record->home_address,
				       &in6addr_any, &newer) == 0)
		return;
	/* First: what the core restores may differ, and is recorded after it. */
	remember(daemon, record);
	if (daemon_host(daemon, &event) < 0) {
		/* It is no longer configured. */
		takeover_forget(daemon, record);
		store_remove(daemon->persistence->store, &record->home_address);
		return;
	}
	mark_stored(restoring, record);
	restoring->records++;
	restoring->bindings += record->count;
}

static void restore_flow(void *ctx, const struct record_flow *flow)
{
	struct daemon *daemon = ctx;
	const struct host_event event = {.type = HOST_RESTORE_FLOW, .flow = *flow};
	const struct record_flow gone = {.home_address = flow->home_address, .fid = flow->fid};

	if (daemon_host(daemon, &event) < 0)
		store_put_flow(daemon->persistence->store, &gone);
}

/* The file may be an older one that was put back: the core keeps the greater numbers, so that no
 * update is accepted twice (RFC 6275 9.5.1, RFC 4285 6). */
static void restore_numbers(struct daemon *daemon, const struct record *known)
{
	struct host_event event = {.type = HOST_RESTORE, .record = *known};

	event.record.count = 0;
	daemon_host(daemon, &event);
}

/* `error`: the store could not be read; then the data plane's records are restored. Otherwise those
 * that the store has not were never acknowledged. */
static void restore_the_rest(struct restoring *restoring, int error)
{
	for (size_t i = 0; i < restoring->known_count; i++) {
		if (restoring->stored[i])
			restore_numbers(restoring->daemon, &restoring->known[i]);
		else if (error < 0)
			restore_one(restoring, &restoring->known[i]);
		else
			takeover_forget(restoring->daemon, &restoring->known[i]);
	}
}

static bool load(struct daemon *daemon, bool late)
{
	struct persistence *persistence = daemon->persistence;
	struct restoring restoring = {.daemon = daemon, .late = late};

	if (!late)
		begin_restoring(&restoring);
	int error = store_load(persistence->store, restore_one, &restoring);
	if (error == 0)
		error = store_load_flows(persistence->store, restore_flow, daemon);
	persistence->loaded = error == 0;
	restore_the_rest(&restoring, error);
	if (restoring.bindings > 0)
		log_info("%zu bindings of %zu home addresses were kept", restoring.bindings,
			restoring.records);
	free(restoring.known);
	free(restoring.stored);
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
		persistence->count = 0; /* no packet has left that acknowledges these changes */
		failed(daemon);
	}
	return true;
}

static void put(void *ctx, const struct record *record)
{
	struct daemon *daemon = ctx;

	if (persistence_stores(daemon, record))
		store_put(daemon->persistence->store, record);
}

static void put_flow(void *ctx, const struct flow_view *view)
{
	struct daemon *daemon = ctx;
	const struct record_flow flow = {
		.home_address = view->home_address,
		.fid = view->flow.fid,
		.flow = view->flow,
	};

	if (IN6_IS_ADDR_UNSPECIFIED(&view->peer))
		store_put_flow(daemon->persistence->store, &flow);
}

/* Not only what was changed meanwhile: the file may be a new one, or an older one that was put in
 * its place. */
static bool put_all(struct daemon *daemon)
{
	struct persistence *persistence = daemon->persistence;

	dataplane_each_record(daemon->basis.dataplane, put, daemon);
	store_clear_flows(persistence->store);
	core_each_flow(daemon->basis.core, put_flow, daemon);
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
	if (works_again(daemon)) {
		tell_core(daemon, true);
	} else {
		daemon->persistence->count = 0; /* none of it was acknowledged */
		retry_later(daemon->persistence);
	}
	loop_end_pass(daemon);
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
