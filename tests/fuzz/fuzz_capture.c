/* SPDX-License-Identifier: BSD-2-Clause */
/* Any octets as a capture (`monami decode`): each message of it is an object that can be
 * printed, or it is refused. */
#include "fuzz.h"

#include "../../src/decode/decode.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static bool require_object(void *ctx, const json_t *message)
{
	(void)ctx;
	char *text = json_dumps(message, JSON_COMPACT | JSON_REAL_PRECISION(16));

	REQUIRE(json_is_object(message) && text);
	free(text);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
	static int fd = -1;
	static FILE *nowhere;
	FILE *err = stderr;
	char path[64];

	if (fd < 0) {
		fd = memfd_create("capture", MFD_CLOEXEC);
		nowhere = fopen("/dev/null", "w");
	}
	REQUIRE(fd >= 0 && nowhere);
	REQUIRE(ftruncate(fd, 0) == 0);
	REQUIRE(pwrite(fd, octets, length, 0) == (ssize_t)length);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	stderr = nowhere;
	int result = decode_file(path, require_object, NULL);
	stderr = err;
	REQUIRE(result == 0 || result == -EINVAL);
	return 0;
}
