/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Randomness that the system, or OpenSSL, refuses once: nobody gets octets that are not random, and
 * the next attempt succeeds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/io/base/crypto.h"
#include "fault_calls.h"

#include <dlfcn.h>
#include <errno.h>
#include <openssl/rand.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* More than one call of RAND_bytes() yields. */
#define OCTETS 5000

static int error;

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s: line %d: " #condition "\n", strerrorname_np(error),   \
				__LINE__);                                                         \
			_exit(EXIT_FAILURE);                                                       \
		}                                                                                  \
	} while (0)

/* In place of OpenSSL's. */
int RAND_bytes(unsigned char *octets, int count)
{
	int (*real)(unsigned char *, int) =
		(int (*)(unsigned char *, int))dlsym(RTLD_NEXT, "RAND_bytes");

	return fault_fails("RAND_bytes") ? 0 : real(octets, count);
}

/* Its status. OpenSSL seeds its generator once in a process. */
static int in_process(void (*body)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		body();
		_exit(EXIT_SUCCESS);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void check_random(const struct core_port *port)
{
	static uint8_t octets[OCTETS];
	size_t zeros = 0;

	port->random(port->ctx, octets, sizeof(octets));
	for (size_t i = 0; i < sizeof(octets); i++)
		zeros += octets[i] == 0;
	CHECK(zeros < OCTETS / 64); /* 1 in 256 */
}

static void works(void)
{
	struct core_port port;

	CHECK(crypto_port_init(&port) == 0);
	check_random(&port);
	crypto_port_fini(&port);
}

/* There is a device to ask, too. */
static void seed_refused(void)
{
	struct core_port port;

	fault_begin("getentropy", 1, error);
	int result = crypto_port_init(&port);
	CHECK(fault_end() > 0);
	CHECK(result == 0 || result == -ENOTSUP);
	if (result == 0) {
		check_random(&port);
		crypto_port_fini(&port);
	}
	works();
}

static void refused_seed_is_asked_for_again(void **state)
{
	static const int errors[] = {EINTR, EAGAIN, EPERM};

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		error = errors[i];
		assert_int_equal(in_process(seed_refused), 0);
	}
}

static void first_refused(void)
{
	struct core_port port = {0};

	fault_begin("RAND_bytes", 1, error);
	CHECK(crypto_port_init(&port) == -ENOTSUP && !port.ctx);
	CHECK(fault_end() == 1);
	works();
}

static void without_randomness_nothing_begins(void **state)
{
	(void)state;
	assert_int_equal(in_process(first_refused), 0);
}

static void later_refused(void)
{
	struct core_port port;

	CHECK(crypto_port_init(&port) == 0);
	fault_begin("RAND_bytes", 1, error);
	check_random(&port);
}

/* Predictable nonces would be worse. */
static void without_randomness_nothing_goes_on(void **state)
{
	(void)state;
	int status = in_process(later_refused);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused_seed_is_asked_for_again),
		cmocka_unit_test(without_randomness_nothing_begins),
		cmocka_unit_test(without_randomness_nothing_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
