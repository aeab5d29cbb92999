/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HMAC-SHA1 by OpenSSL, and SplitMix64 for randomness.
 */
#include "port.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <string.h>

uint64_t test_random(uint64_t *seed)
{
	uint64_t mixed = *seed += UINT64_C(0x9e3779b97f4a7c15);
	mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
	return mixed ^ (mixed >> 31);
}

static void fill(void *ctx, void *to, size_t length)
{
	uint8_t *octets = to;
	for (size_t i = 0; i < length; i++)
		octets[i] = (uint8_t)test_random(ctx);
}

static EVP_MAC_CTX *hmac_context(void)
{
	static EVP_MAC_CTX *context;
	if (context)
		return context;
	char digest[] = "SHA1";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	context = EVP_MAC_CTX_new(mac);
	EVP_MAC_free(mac);
	if (context && !EVP_MAC_CTX_set_params(context, params)) {
		EVP_MAC_CTX_free(context);
		context = NULL;
	}
	return context;
}

static int hmac_sha1(void *ctx, struct octets key, const struct octets *pieces, size_t count,
	uint8_t ret[SHA1_OCTETS])
{
	(void)ctx;
	EVP_MAC_CTX *context = hmac_context();
	if (!context || !EVP_MAC_init(context, key.at, key.length, NULL))
		return -EIO;
	for (size_t i = 0; i < count; i++)
		if (!EVP_MAC_update(context, pieces[i].at, pieces[i].length))
			return -EIO;
	size_t length;
	return EVP_MAC_final(context, ret, &length, SHA1_OCTETS) ? 0 : -EIO;
}

static int sha1(void *ctx, const struct octets *pieces, size_t count, uint8_t ret[SHA1_OCTETS])
{
	(void)ctx;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool done = context && EVP_DigestInit_ex(context, EVP_sha1(), NULL);
	for (size_t i = 0; i < count && done; i++)
		done = EVP_DigestUpdate(context, pieces[i].at, pieces[i].length);
	done = done && EVP_DigestFinal_ex(context, ret, NULL);
	EVP_MD_CTX_free(context);
	return done ? 0 : -EIO;
}

struct core_port test_port(uint64_t *seed)
{
	return (struct core_port){
		.ctx = seed, .random = fill, .hmac_sha1 = hmac_sha1, .sha1 = sha1};
}
