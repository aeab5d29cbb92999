/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs monamid, without a shell: the one beside this program (a build folder), else the one in the
 * PATH.
 */
#include "monamid.h"

#include "render.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_COULD_NOT_RUN 2

/* Where monamid may stand, seen from the client: installed in bin and sbin, or in a build folder.
 */
static const char *const places[] = {"monamid", "../sbin/monamid", "../daemon/monamid"};

static bool find_beside(char *path, size_t capacity)
{
	char own[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", own, sizeof(own) - 1);
	char *slash;
	size_t i;

	if (length < 0)
		return false;
	own[length] = '\0';
	slash = strrchr(own, '/');
	if (!slash)
		return false;
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int wrote = snprintf(path, capacity, "%.*s/%s", (int)(slash - own), own, places[i]);

		if (wrote > 0 && (size_t)wrote < capacity && access(path, X_OK) == 0)
			return true;
	}
	return false;
}

static void become(const char *const *arguments, int out)
{
	char path[PATH_MAX + 32];

	dup2(out, STDOUT_FILENO);
	if (find_beside(path, sizeof(path)))
		execv(path, (char *const *)(uintptr_t)arguments);
	else
		execvp("monamid", (char *const *)(uintptr_t)arguments);
	fprintf(stderr, "monami: monamid, neither beside monami nor in the PATH: %s\n",
		strerror(errno));
	_exit(127);
}

/* The process, and its output in `ret`; -1 after saying why. */
static pid_t start(const char *const *arguments, FILE **ret)
{
	FILE *stream = NULL;
	int ends[2];
	pid_t pid = -1;

	/* monamid must not hold the end that this process reads: it would never see it closed. */
	if (pipe2(ends, O_CLOEXEC) != 0) {
		perror("monami");
		return -1;
	}
	stream = fdopen(ends[0], "r");
	if (stream)
		pid = fork();
	if (pid == 0)
		become(arguments, ends[1]);
	close(ends[1]);
	if (pid < 0) {
		perror("monami");
		if (stream)
			fclose(stream);
		return -1;
	}
	*ret = stream;
	return pid;
}

static void print_line(const char *line, bool json, void (*render)(const json_t *, FILE *))
{
	json_t *object = json ? NULL : json_loads(line, 0, NULL);

	if (object)
		render(object, stdout);
	else
		fputs(line, stdout);
	json_decref(object);
}

/* `failure`: the status to return if monamid did not exit by itself. */
static int finish(pid_t pid, int failure)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return failure;
	if (WIFEXITED(status))
		return WEXITSTATUS(status) == 127 ? failure : WEXITSTATUS(status);
	fprintf(stderr, "monami: monamid was ended by signal %d\n", WTERMSIG(status));
	return failure;
}

static int run(const char *const *arguments, bool json, void (*render)(const json_t *, FILE *),
	int failure)
{
	FILE *stream;
	char *line = NULL;
	size_t room = 0;
	pid_t pid = start(arguments, &stream);

	if (pid < 0)
		return failure;
	while (!ferror(stdout) && getline(&line, &room, stream) > 0)
		print_line(line, json, render);
	free(line);
	fclose(stream);
	return finish(pid, failure);
}

int monamid_check(const char *file, bool json)
{
	const char *const arguments[] = {"monamid", "--check", file, NULL};

	return run(arguments, json, render_config_check, EXIT_FAILURE);
}

int monamid_doctor(const char *file, const char *socket, bool json)
{
	const char *arguments[7] = {"monamid", "--doctor"};
	size_t count = 2;

	if (file) {
		arguments[count++] = "--config";
		arguments[count++] = file;
	}
	if (socket) {
		arguments[count++] = "--socket";
		arguments[count++] = socket;
	}
	return run(arguments, json, render_doctor, EXIT_COULD_NOT_RUN);
}
