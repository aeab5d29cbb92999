/* SPDX-License-Identifier: BSD-2-Clause */
/* How a mobile node and its home agent authenticate: the same keywords in the blocks of either. */
#include "config_reader.h"

#include "config_file.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define SPI_MIN 256 /* RFC 4285 5: those below are reserved */

bool config_set_authentication(const char *value, struct why *why)
{
	if (strcmp(value, "mn-ha") == 0) {
		config_reader.auth.auth.mode = AUTH_MODE_MN_HA;
	} else if (strcmp(value, "insecure-none") == 0) {
		config_reader.auth.auth.mode = AUTH_MODE_INSECURE_NONE;
	} else {
		snprintf(why->text, sizeof(why->text), "neither mn-ha nor insecure-none");
		return false;
	}
	return true;
}

bool config_set_spi(const char *value, struct why *why)
{
	return value_number(value, SPI_MIN, UINT32_MAX, &config_reader.auth.auth.spi, why);
}

static bool only_key(struct why *why)
{
	if (config_reader.auth.has_key) {
		snprintf(why->text, sizeof(why->text), "there is a key already (key or key_file)");
		return false;
	}
	config_reader.auth.has_key = true;
	return true;
}

bool config_set_key(const char *value, struct why *why)
{
	return only_key(why) && value_key(value, &config_reader.auth.auth, why);
}

bool config_set_key_file(const char *value, struct why *why)
{
	char path[PATH_MAX];

	if (!only_key(why))
		return false;
	if (!config_file_beside(config_reader.source->name, value, path, sizeof(path))) {
		snprintf(why->text, sizeof(why->text), "path too long");
		return false;
	}
	return value_key_file(path, &config_reader.auth.auth, why);
}

bool config_set_replay(const char *value, struct why *why)
{
	return value_bool(value, &config_reader.auth.auth.replay, why);
}

/* RFC 4285 6: the timestamp is an option of that protocol. Without authentication it protects
 * nothing, and a home agent that does not know it answers without it. */
static void settle_replay(const struct block *block)
{
	struct auth *auth = &config_reader.auth.auth;

	if (!config_was_given(block, "replay"))
		auth->replay = auth->mode == AUTH_MODE_MN_HA;
	else if (auth->replay && auth->mode == AUTH_MODE_INSECURE_NONE)
		config_complain(block->opened,
			"%s: replay = true with authentication = insecure-none", block->name);
}

void config_demand_authentication(const struct block *block)
{
	bool has_key = config_was_given(block, "key") || config_was_given(block, "key_file");

	settle_replay(block);
	if (config_reader.auth.auth.mode == AUTH_MODE_MN_HA) {
		config_demand(block, "spi");
		if (!has_key)
			config_complain(block->opened, "%s: neither key nor key_file", block->name);
	} else if (has_key || config_was_given(block, "spi")) {
		config_complain(block->opened,
			"%s: a key or spi with authentication = insecure-none", block->name);
	}
}

void config_reset_authentication(void)
{
	explicit_bzero(&config_reader.auth, sizeof(config_reader.auth));
	config_reader.auth.auth.mode = AUTH_MODE_MN_HA;
}
