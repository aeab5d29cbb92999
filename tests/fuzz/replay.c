/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a fuzz target over every file of the folders given, with any compiler: the corpus as an
 * ordinary test. A folder without files is an error, lest a test that tests nothing pass.
 */
#include "fuzz.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>

/* Larger than any input that a target takes. */
#define OCTETS_MAX (1 << 20)

static bool replay_file(const char *folder, const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "rb");
	if (!file) {
		perror(path);
		return false;
	}
	uint8_t *buffer = malloc(OCTETS_MAX);
	size_t length = buffer ? fread(buffer, 1, OCTETS_MAX, file) : 0;
	fclose(file);
	/* exactly as large as the input, so that AddressSanitizer sees the end */
	uint8_t *octets = realloc(buffer, length ? length : 1);
	if (!octets) {
		free(buffer);
		return false;
	}
	printf("%s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(octets, length);
	free(octets);
	return true;
}

static bool replay_folder(const char *folder)
{
	DIR *directory = opendir(folder);
	unsigned int files = 0;
	bool good = true;

	if (!directory) {
		perror(folder);
		return false;
	}
	for (const struct dirent *entry; good && (entry = readdir(directory));) {
		if (entry->d_name[0] == '.')
			continue;
		good = replay_file(folder, entry->d_name);
		files++;
	}
	closedir(directory);
	printf("%s: %u files\n", folder, files);
	return good && files > 0;
}

int main(int argc, char **argv)
{
	bool good = argc > 1;

	for (int i = 1; i < argc; i++)
		good = replay_folder(argv[i]) && good;
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
