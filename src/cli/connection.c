/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of JSON over a UNIX socket, without their meaning. */
#include "connection.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct connection {
	const char *path; /* borrowed */
	FILE *stream;
	char *line;
	size_t room;
};

static bool is_no_socket(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && !S_ISSOCK(status.st_mode);
}

static void explain(const char *path, int error)
{
	const char *hint = "";

	if (error == EINTR) /* a signal ends the program */
		return;
	if (error == ECONNREFUSED && is_no_socket(path))
		hint = " (it is no socket)";
	else if (error == ENOENT || error == ECONNREFUSED)
		hint = " (is monamid running? --socket names another one)";
	else if (error == EACCES || error == EPERM)
		hint = " (only root and the socket's group may ask)";
	fprintf(stderr, "monami: %s: %s%s\n", path, strerror(error), hint);
}

static int connect_to(const char *path)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof(name.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(name.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&name, sizeof(name)) != 0) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

struct connection *connection_open(const char *path)
{
	struct connection *connection = calloc(1, sizeof(*connection));
	int fd = connect_to(path);

	if (connection && fd >= 0)
		connection->stream = fdopen(fd, "r+");
	if (!connection || !connection->stream) {
		explain(path, errno);
		if (fd >= 0)
			close(fd);
		free(connection);
		return NULL;
	}
	connection->path = path;
	return connection;
}

void connection_close(struct connection *connection)
{
	fclose(connection->stream);
	free(connection->line);
	free(connection);
}

int connection_send(struct connection *connection, json_t *request)
{
	bool sent = json_dumpf(request, connection->stream, JSON_COMPACT) == 0 &&
		    fputc('\n', connection->stream) != EOF && fflush(connection->stream) == 0;

	json_decref(request);
	if (!sent)
		explain(connection->path, errno);
	return sent ? 0 : -1;
}

int connection_watch(struct connection *connection)
{
	setvbuf(connection->stream, NULL, _IONBF, 0);
	return fileno(connection->stream);
}

void connection_explain_answer(const struct connection *connection)
{
	fprintf(stderr, "monami: %s: the answer is not of the control protocol\n",
		connection->path);
}

json_t *connection_receive(struct connection *connection)
{
	ssize_t length;
	json_t *line;

	errno = 0;
	length = getline(&connection->line, &connection->room, connection->stream);
	if (errno == EINTR && (length <= 0 || connection->line[length - 1] != '\n'))
		return NULL; /* a signal ends the program */
	if (length <= 0) {
		fprintf(stderr, "monami: %s: %s\n", connection->path,
			errno ? strerror(errno) : "the daemon closed the connection");
		return NULL;
	}
	line = json_loadb(connection->line, (size_t)length, 0, NULL);
	if (json_is_object(line))
		return line;
	json_decref(line);
	connection_explain_answer(connection);
	return NULL;
}
