/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes the control socket. Must never remove anything that is not a dead socket. */
#include "control_socket.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define DIRECTORY_MODE 0755
#define SOCKET_MODE 0660
#define BACKLOG 16

static int make_directory(const char *path)
{
	char directory[sizeof(((struct sockaddr_un *)0)->sun_path)];
	char *slash;

	strcpy(directory, path);
	slash = strrchr(directory, '/');
	if (!slash || slash == directory)
		return 0;
	*slash = '\0';
	return mkdir(directory, DIRECTORY_MODE) == 0 || errno == EEXIST ? 0 : -errno;
}

static int new_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd < 0 ? -errno : fd;
}

/* Whether `path` is a socket that refuses to be connected to: its owner was killed. */
static bool is_dead(const struct sockaddr_un *name)
{
	struct stat status;
	bool dead;
	int fd;

	if (lstat(name->sun_path, &status) != 0 || !S_ISSOCK(status.st_mode))
		return false;
	fd = new_socket();
	if (fd < 0)
		return false;
	dead = connect(fd, (const struct sockaddr *)name, sizeof(*name)) != 0 &&
	       errno == ECONNREFUSED;
	close(fd);
	return dead;
}

static int bind_once(int fd, const struct sockaddr_un *name)
{
	return bind(fd, (const struct sockaddr *)name, sizeof(*name)) == 0 ? 0 : -errno;
}

static int bind_over_dead(int fd, const struct sockaddr_un *name)
{
	int error = bind_once(fd, name);

	if (error == -EADDRINUSE && is_dead(name)) {
		unlink(name->sun_path);
		error = bind_once(fd, name);
	}
	return error;
}

static int prepare(int fd, const struct sockaddr_un *name)
{
	int error;

	/* Linux gives the file the socket's mode less the umask: it is never open wider */
	if (fchmod(fd, SOCKET_MODE) != 0)
		return -errno;
	error = bind_over_dead(fd, name);
	if (error < 0)
		return error;
	if (chmod(name->sun_path, SOCKET_MODE) == 0 && listen(fd, BACKLOG) == 0)
		return 0;
	error = -errno;
	unlink(name->sun_path);
	return error;
}

int control_socket_open(const char *path)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int error, fd;

	if (strlen(path) >= sizeof(name.sun_path))
		return -ENAMETOOLONG;
	strcpy(name.sun_path, path);
	error = make_directory(path);
	if (error < 0)
		return error;
	fd = new_socket();
	if (fd < 0)
		return fd;
	error = prepare(fd, &name);
	if (error < 0) {
		close(fd);
		return error;
	}
	return fd;
}
