/* SPDX-License-Identifier: BSD-2-Clause */
/* Any octets as a capture (`monami decode`): each line printed of it is an object, or it is
 * refused. */
#include "fuzz.h"

#include "../../src/decode/decode.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void require_objects(char *text)
{
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		json_t *object = json_loads(line, 0, NULL);

		REQUIRE(json_is_object(object));
		json_decref(object);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
	static int fd = -1;
	static FILE *nowhere;
	FILE *err = stderr;
	char path[64];
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (fd < 0) {
		fd = memfd_create("capture", MFD_CLOEXEC);
		nowhere = fopen("/dev/null", "w");
	}
	REQUIRE(fd >= 0 && out && nowhere);
	REQUIRE(ftruncate(fd, 0) == 0);
	REQUIRE(pwrite(fd, octets, length, 0) == (ssize_t)length);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	stderr = nowhere;
	int result = decode_file(path, out);
	stderr = err;
	REQUIRE(result == 0 || result == -EINVAL);
	REQUIRE(fclose(out) == 0);
	require_objects(text);
	free(text);
	return 0;
}
