/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto.h"

#include <assert.h>
#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

/* A call of RAND_bytes() for one nonce costs about as much as for the whole pool. */
#define POOL_OCTETS 4096
/* Longer keys than a block of SHA-1 are hashed anyway; the configuration knows none. */
#define KEY_OCTETS_CACHED 64

struct crypto {
	EVP_MAC_CTX *mac;
	EVP_MD_CTX *digest;
	/* The key that `mac` was last given: none if zero octets long. Checking an update and
	 * sealing its acknowledgement use the same key one after the other, and giving it again
	 * costs as much as the HMAC of a short message. */
	size_t key_length;
	uint8_t key[KEY_OCTETS_CACHED];
	size_t pool_left;
	uint8_t pool[POOL_OCTETS];
};

static int pool_fill(struct crypto *crypto)
{
	if (RAND_bytes(crypto->pool, sizeof(crypto->pool)) != 1)
		return -ENOTSUP;
	crypto->pool_left = sizeof(crypto->pool);
	return 0;
}

/* Octets are taken from the end of the pool, and cleansed there. */
static size_t pool_take(struct crypto *crypto, uint8_t *to, size_t length)
{
	size_t taken = length < crypto->pool_left ? length : crypto->pool_left;

	crypto->pool_left -= taken;
	memcpy(to, crypto->pool + crypto->pool_left, taken);
	OPENSSL_cleanse(crypto->pool + crypto->pool_left, taken);
	return taken;
}

static void crypto_random(void *ctx, void *to, size_t length)
{
	struct crypto *crypto = ctx;
	uint8_t *at = to;

	while (length > 0) {
		size_t taken;

		/* The generator has worked once, so this is a broken machine. Going on with
		 * predictable nonces would be worse than ending. */
		if (crypto->pool_left == 0 && pool_fill(crypto) < 0)
			abort();
		taken = pool_take(crypto, at, length);
		at += taken;
		length -= taken;
	}
}

static bool key_is_cached(const struct crypto *crypto, struct octets key)
{
	return key.length == crypto->key_length &&
	       CRYPTO_memcmp(key.at, crypto->key, key.length) == 0;
}

static void key_forget(struct crypto *crypto)
{
	OPENSSL_cleanse(crypto->key, sizeof(crypto->key));
	crypto->key_length = 0;
}

/* OpenSSL overwrites the key that it had when it is given another one. */
void crypto_forget_key(struct core_port *port)
{
	static const uint8_t none[SHA1_OCTETS];
	struct crypto *crypto = port->ctx;

	if (crypto->key_length == 0)
		return;
	key_forget(crypto);
	(void)EVP_MAC_init(crypto->mac, none, sizeof(none), NULL);
}

static void key_remember(struct crypto *crypto, struct octets key)
{
	if (key.length > sizeof(crypto->key))
		return;
	memcpy(crypto->key, key.at, key.length);
	crypto->key_length = key.length;
}

/* Begins an HMAC. EVP_MAC_init() without a key begins another one with the last key. */
static bool mac_begin(struct crypto *crypto, struct octets key)
{
	if (key_is_cached(crypto, key))
		return EVP_MAC_init(crypto->mac, NULL, 0, NULL) == 1;
	key_forget(crypto);
	if (EVP_MAC_init(crypto->mac, key.at, key.length, NULL) != 1)
		return false;
	key_remember(crypto, key);
	return true;
}

static bool mac_compute(struct crypto *crypto, struct octets key, const struct octets *pieces,
	size_t count, uint8_t ret[SHA1_OCTETS])
{
	size_t length = 0;

	if (!mac_begin(crypto, key))
		return false;
	for (size_t i = 0; i < count; i++)
		if (EVP_MAC_update(crypto->mac, pieces[i].at, pieces[i].length) != 1)
			return false;
	return EVP_MAC_final(crypto->mac, ret, &length, SHA1_OCTETS) == 1 && length == SHA1_OCTETS;
}

static int crypto_hmac_sha1(void *ctx, struct octets key, const struct octets *pieces, size_t count,
	uint8_t ret[SHA1_OCTETS])
{
	struct crypto *crypto = ctx;

	/* OpenSSL would take an absent key for "the last one". */
	if (key.length == 0 || !key.at)
		return -EINVAL;
	if (!mac_compute(crypto, key, pieces, count, ret)) {
		key_forget(crypto);
		return -EIO;
	}
	return 0;
}

static bool digest_compute(
	EVP_MD_CTX *digest, const struct octets *pieces, size_t count, uint8_t ret[SHA1_OCTETS])
{
	if (EVP_DigestInit_ex2(digest, NULL, NULL) != 1)
		return false;
	for (size_t i = 0; i < count; i++)
		if (EVP_DigestUpdate(digest, pieces[i].at, pieces[i].length) != 1)
			return false;
	return EVP_DigestFinal_ex(digest, ret, NULL) == 1;
}

static int crypto_sha1(
	void *ctx, const struct octets *pieces, size_t count, uint8_t ret[SHA1_OCTETS])
{
	const struct crypto *crypto = ctx;

	return digest_compute(crypto->digest, pieces, count, ret) ? 0 : -EIO;
}

static EVP_MD_CTX *digest_new(void)
{
	EVP_MD *sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
	EVP_MD_CTX *digest = sha1 ? EVP_MD_CTX_new() : NULL;

	if (digest && EVP_DigestInit_ex2(digest, sha1, NULL) != 1) {
		EVP_MD_CTX_free(digest);
		digest = NULL;
	}
	EVP_MD_free(sha1); /* the context holds it */
	return digest;
}

static EVP_MAC_CTX *mac_new(void)
{
	char digest[] = "SHA1";
	const OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *mac = hmac ? EVP_MAC_CTX_new(hmac) : NULL;

	EVP_MAC_free(hmac); /* the context holds it */
	if (mac && EVP_MAC_CTX_set_params(mac, parameters) != 1) {
		EVP_MAC_CTX_free(mac);
		mac = NULL;
	}
	return mac;
}

static void crypto_free(struct crypto *crypto)
{
	EVP_MAC_CTX_free(crypto->mac);
	EVP_MD_CTX_free(crypto->digest);
	OPENSSL_cleanse(crypto, sizeof(*crypto));
	free(crypto);
}

int crypto_port_init(struct core_port *ret)
{
	struct crypto *crypto = calloc(1, sizeof(*crypto));

	if (!crypto)
		return -ENOMEM;
	crypto->mac = mac_new();
	crypto->digest = digest_new();
	if (!crypto->mac || !crypto->digest || pool_fill(crypto) < 0) {
		crypto_free(crypto);
		return -ENOTSUP;
	}
	*ret = (struct core_port){
		.ctx = crypto,
		.random = crypto_random,
		.hmac_sha1 = crypto_hmac_sha1,
		.sha1 = crypto_sha1,
	};
	return 0;
}

void crypto_port_fini(struct core_port *port)
{
	assert(port->ctx);
	crypto_free(port->ctx);
	*port = (struct core_port){0};
}
