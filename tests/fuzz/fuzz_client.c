/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client (`monami`): the first octet chooses what is asked, the rest is what the daemon's
 * socket says. Whatever it is, the client prints or complains, and ends.
 */
#include "fuzz.h"

#include "../../src/cli/connection.h"
#include "../../src/cli/render.h"
#include "../../src/cli/request.h"

#include <sys/socket.h>
#include <unistd.h>

#define OCTETS_MAX 65536

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t length);
int __wrap_socket(int domain, int type, int protocol);

/* The end that the client gets; all that the daemon says waits in it. */
static int client_end;

int __wrap_socket(int domain, int type, int protocol)
{
	(void)domain;
	(void)type;
	(void)protocol;
	return client_end;
}

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t length)
{
	(void)fd;
	(void)address;
	(void)length;
	return 0;
}

static int ask(uint8_t what, const struct request_options *options)
{
	switch (what % 9) {
	case 0:
		return request_status(options);
	case 1:
		return request_links(options);
	case 2:
		return request_counters(options);
	case 3:
		return request_home_agents(options);
	case 4:
		return request_prefixes(options);
	case 5:
		return request_correspondents(options);
	case 6:
		return request_bindings(options);
	case 7:
		return request_monitor(options);
	default:
		return request_prefer(options, 1, 2);
	}
}

/* Output of other programs that the client formats. */
static void render(const uint8_t *octets, size_t length)
{
	json_t *document = json_loadb((const char *)octets, length, 0, NULL);

	if (json_is_object(document)) {
		render_doctor(document, stdout);
		render_config_check(document, stdout);
		render_mobility(document, stdout);
	}
	json_decref(document);
}

static int run(const uint8_t *octets, size_t length)
{
	const struct request_options options = {.socket = "/nowhere", .json = octets[0] & 0x80};
	int ends[2];

	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	REQUIRE(write(ends[1], octets + 1, length - 1) == (ssize_t)length - 1);
	REQUIRE(shutdown(ends[1], SHUT_WR) == 0);
	client_end = ends[0];
	int status = ask(octets[0] & 0x7f, &options);
	close(ends[1]);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
	static FILE *nowhere;
	FILE *out = stdout, *err = stderr;
	int status = EXIT_SUCCESS;

	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	if (length == 0 || length > OCTETS_MAX)
		return 0;
	REQUIRE(nowhere);
	stdout = stderr = nowhere;
	if ((octets[0] & 0x7f) == 0x7f)
		render(octets + 1, length - 1);
	else
		status = run(octets, length);
	stdout = out;
	stderr = err;
	REQUIRE(status == EXIT_SUCCESS || status == EXIT_FAILURE);
	return 0;
}
