/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The names of drops and states, as the views show them.
 */
#include "../api/core.h"

#include <assert.h>

const char *drop_text(enum drop drop)
{
	static const char *const texts[] = {
#define DROP(name, text) [DROP_##name] = (text),
#include "../api/drops.def"
#undef DROP
	};
	assert(drop < DROPS);
	return texts[drop];
}

const char *reachability_text(enum reachability state)
{
	static const char *const texts[] = {
#define REACHABILITY(name, text) [REACHABILITY_##name] = (text),
#include "../api/reachabilities.def"
#undef REACHABILITY
	};
	assert(state < REACHABILITIES);
	return texts[state];
}

const char *path_state_text(enum path_state state)
{
	static const char *const texts[] = {
#define PATH_STATE(name, text) [PATH_##name] = (text),
#include "../api/path_states.def"
#undef PATH_STATE
	};
	assert(state < PATH_STATES);
	return texts[state];
}

const char *link_reason_text(enum link_reason reason)
{
	static const char *const texts[] = {
#define REASON(name, text) [LINK_REASON_##name] = (text),
#include "../api/link_reasons.def"
#undef REASON
	};
	assert(reason < LINK_REASONS);
	return texts[reason];
}

const char *flow_state_text(enum flow_state state)
{
	static const char *const texts[] = {
#define FLOW_STATE(name, text) [FLOW_##name] = (text),
#include "../api/flow_states.def"
#undef FLOW_STATE
	};
	assert(state < FLOW_STATES);
	return texts[state];
}

const char *home_state_text(enum home_state state)
{
	static const char *const texts[] = {
#define HOME_STATE(name, text) [HOME_##name] = (text),
#include "../api/home_states.def"
#undef HOME_STATE
	};
	assert(state < HOME_STATES);
	return texts[state];
}

const char *route_state_text(enum route_state state)
{
	static const char *const texts[] = {
#define ROUTE_STATE(name, text) [ROUTE_##name] = (text),
#include "../api/ro_states.def"
#undef ROUTE_STATE
	};
	assert(state < ROUTE_STATES);
	return texts[state];
}
