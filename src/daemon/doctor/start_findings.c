/* SPDX-License-Identifier: BSD-2-Clause */
#include "start_findings.h"

#include "../../io/host/device.h"
#include "../../io/host/host_settings.h"
#include "../../io/dataplane/pins.h"
#include "../../io/host/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* `process 5 (name)`, for a message. */
static const char *process_text(pid_t pid, char ret[64])
{
	char name[PROCESS_NAME_OCTETS];

	process_name(pid, name);
	if (pid > 0)
		snprintf(ret, 64, "process %d (%s)", (int)pid, name);
	else
		snprintf(ret, 64, "another process");
	return ret;
}

/* The command that ends it. */
static void end_process(struct finding *finding, pid_t pid, const char *keyword)
{
	if (pid > 0)
		finding_remedy(
			finding, "kill %d # or give this daemon another %s", (int)pid, keyword);
	else
		finding_remedy(finding, "fuser -v %s # names it; or give this daemon another %s",
			finding->object, keyword);
}

/* ---- permissions ---- */

void permission_findings(const struct finding_sink *sink)
{
	struct finding finding = finding_of("permissions", NULL, VERDICT_OK);
	char missing[128];

	host_capabilities_missing(missing, sizeof(missing));
	if (missing[0] == '\0') {
		finding_text(&finding, "this process has the capabilities that the daemon needs");
	} else {
		finding.verdict = VERDICT_PROBLEM;
		finding_text(&finding, "%s lacks %s",
			geteuid() == 0 ? "this process runs as root, but"
				       : "this process does not run as root, and",
			missing);
		finding_why(&finding, "programs cannot be loaded, devices, routes and raw sockets "
				      "cannot be made");
		finding_remedy(&finding,
			geteuid() == 0 ? "systemctl start monamid # the unit grants them; a "
					 "container needs --cap-add"
				       : "sudo systemctl start monamid # or run it with sudo");
	}
	finding_give(&finding, sink);
}

/* ---- the control socket ---- */

pid_t control_peer(const char *path)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	struct ucred peer = {.pid = 0};
	socklen_t length = sizeof(peer);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return 0;
	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	if (connect(fd, (const struct sockaddr *)&name, sizeof(name)) < 0 ||
		getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0)
		peer.pid = 0;
	close(fd);
	return peer.pid;
}

void control_findings(const struct config *config, const struct finding_sink *sink)
{
	const char *path = config->control.text;
	struct finding finding = finding_of("control", path, VERDICT_PROBLEM);
	pid_t pid = control_peer(path);
	char process[64], folder[sizeof(config->control.text)];
	struct stat status;
	char *slash;

	snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	slash[slash == folder] = '\0';
	finding_why(&finding, "two daemons cannot share a control socket");
	if (pid > 0) {
		finding_text(
			&finding, "%s answers at the control socket", process_text(pid, process));
		end_process(&finding, pid, "control, pin_directory and device");
	} else if (lstat(path, &status) == 0 && !S_ISSOCK(status.st_mode)) {
		finding_text(&finding, "the control socket's place is taken by another file");
		finding_why(&finding, "the daemon removes nothing that is not its own");
		finding_remedy(&finding, "mv %s %s.old", path, path);
	} else if (stat(folder, &status) < 0) {
		finding_text(&finding, "the control socket's directory is not there");
		finding_why(&finding, "the socket cannot be made");
		finding_remedy(&finding, "mkdir -p %s", folder);
	} else {
		finding = finding_of("control", path, VERDICT_OK);
		finding_text(&finding, "no daemon answers, one can start");
	}
	finding_give(&finding, sink);
}

/* ---- the device ---- */

void tun_findings(const struct finding_sink *sink)
{
	struct finding finding = finding_of("tun", "/dev/net/tun", VERDICT_PROBLEM);
	int fd = open(finding.object, O_RDWR | O_CLOEXEC);

	finding_why(&finding, "home addresses are routed to a TUN device");
	if (fd >= 0) {
		finding = finding_of("tun", "/dev/net/tun", VERDICT_OK);
		finding_text(&finding, "can be opened");
		close(fd);
	} else if (errno == ENOENT) {
		finding_text(&finding, "the TUN device file is not there");
		finding_remedy(&finding, "mkdir -p /dev/net && mknod /dev/net/tun c 10 200");
	} else if (errno == ENODEV || errno == ENXIO) {
		finding_text(&finding, "the kernel has no TUN driver");
		finding_remedy(&finding, "modprobe tun");
	} else {
		finding_text(&finding, "the TUN device file cannot be opened: %s", strerror(errno));
		finding_remedy(&finding, "ls -l /dev/net/tun # as root it can be opened");
	}
	finding_give(&finding, sink);
}

void device_findings(const struct config *config, pid_t daemon, const struct finding_sink *sink)
{
	struct finding finding = finding_of("device", config->device, VERDICT_PROBLEM);
	struct device_look look;
	int error = device_look(config->device, &look);
	pid_t pid = error == 0 && look.is_tun && look.attached ? process_of_tun(config->device) : 0;
	char process[64];

	if (error < 0) {
		finding.verdict = VERDICT_NOT_APPLICABLE;
		finding_text(&finding, "interfaces cannot be read: %s", strerror(-error));
	} else if (look.exists && !look.is_tun) {
		finding_text(&finding,
			"an interface of this name exists and is no TUN device, but %s",
			look.kind[0] != '\0' ? look.kind : "another one");
		finding_why(&finding, "home addresses are routed to the daemon's device");
		finding_remedy(&finding, "ip link delete %s # or give this daemon another device",
			config->device);
	} else if (pid != 0 && pid != daemon) {
		finding_text(&finding, "%s has this device open", process_text(pid, process));
		finding_why(&finding, "a device is for one process");
		end_process(&finding, pid, "device");
	} else {
		finding.verdict = VERDICT_OK;
		finding_text(&finding, "%s", look.exists ? "is a TUN device" : "the name is free");
	}
	finding_give(&finding, sink);
}

/* ---- maps ---- */

static void mount_bpffs(struct finding *finding, const char *directory)
{
	static const char usual[] = "/sys/fs/bpf";

	if (strncmp(directory, usual, strlen(usual)) == 0)
		finding_remedy(finding, "mount -t bpf bpf %s", usual);
	else
		finding_remedy(finding, "mkdir -p %s && mount -t bpf bpf %s", directory, directory);
}

void bpffs_findings(const struct config *config, const struct finding_sink *sink)
{
	const char *directory = config->pin_directory.text;
	struct finding finding = finding_of("bpffs", directory, VERDICT_OK);
	pid_t holder;
	int error = pins_look(directory, &holder);

	if (error == -EMEDIUMTYPE || error == -ENOENT) {
		finding.verdict = VERDICT_PROBLEM;
		finding_text(&finding, "there is no bpf file system for the pin directory");
		finding_why(&finding, "without it nothing is forwarded while the daemon restarts");
		mount_bpffs(&finding, directory);
	} else {
		finding_text(&finding, "the pin directory is on a bpf file system");
	}
	finding_give(&finding, sink);
}

void pin_findings(const struct config *config, pid_t daemon, const struct finding_sink *sink)
{
	const char *directory = config->pin_directory.text;
	struct finding finding = finding_of("pins", directory, VERDICT_OK);
	char process[64];
	pid_t holder;
	int error = pins_look(directory, &holder);

	if (error == -EBUSY && (daemon == 0 || holder != daemon)) {
		finding.verdict = VERDICT_PROBLEM;
		finding_text(&finding, "%s has the pin directory", process_text(holder, process));
		finding_why(&finding, "two daemons would write into the same maps");
		end_process(&finding, holder, "pin_directory");
	} else if (error == -EACCES || error == -EPERM) {
		finding.verdict = VERDICT_NOT_APPLICABLE;
		finding_text(&finding, "the pin directory is for root only");
	} else {
		finding_text(&finding, "no other process has the pin directory");
	}
	finding_give(&finding, sink);
}
