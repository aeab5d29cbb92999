/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * demo-probe: a UDP stream with a packet each interval, to a peer that runs the same, both ways at
 * once. Logs every packet received, so that a gap is known to the microsecond: sender and receiver
 * share one CLOCK_MONOTONIC, as network namespaces do. Measures only; judges nothing.
 *
 *     demo-probe LOCAL REMOTE PORT INTERVAL_US LOGFILE [STALLFILE]
 *
 * The log is a sequence of three 64-bit numbers in host order: sequence number, when it was due to
 * be sent, when it was received (ns). SIGTERM ends the sending; the receiving ends a little later,
 * with one line of JSON on standard output: what was sent, from when on.
 *
 * The probes are sent with a real-time priority, the daemons run without. STALLFILE gets two 64-bit
 * numbers for each time that a timer of an ordinary thread was late: when it was due, and by how
 * much (ns).
 */
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS 1000000000ull
#define LINGER_NS (SECOND_NS / 2) /* packets on their way when the sending ended */
#define PAYLOAD_OCTETS 64
#define STALL_EVERY_NS (SECOND_NS / 500)
#define STALL_NS (SECOND_NS / 500) /* a smaller delay is none */

struct probe {
	int fd;
	FILE *log;
	FILE *stalls; /* NULL: nobody asks */
	uint64_t interval;
	uint64_t start;
	uint64_t sent;
	uint64_t refused; /* by our own kernel: lost all the same */
	uint64_t latest;  /* the worst delay of our own timer */
	uint64_t received;
};

struct payload {
	uint64_t sequence_be;
	uint64_t due_be;
	uint8_t filler[PAYLOAD_OCTETS - 16];
};
_Static_assert(sizeof(struct payload) == PAYLOAD_OCTETS, "payload");

struct record {
	uint64_t sequence;
	uint64_t due;
	uint64_t received;
};

static volatile sig_atomic_t stopping;

static void stop(int number)
{
	(void)number;
	stopping = 1;
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND_NS + (uint64_t)t.tv_nsec;
}

static void sleep_until(uint64_t when)
{
	const struct timespec t = {
		.tv_sec = (time_t)(when / SECOND_NS),
		.tv_nsec = (long)(when % SECOND_NS),
	};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

/* What is overdue is sent at once, so that packet n always belongs to start + n intervals. */
static void *send_all(void *ctx)
{
	struct probe *p = ctx;
	struct payload payload = {0};

	while (!stopping) {
		uint64_t due = p->start + p->sent * p->interval;
		uint64_t late;

		sleep_until(due);
		if (stopping)
			break;
		late = now() - due;
		if (late > p->latest)
			p->latest = late;
		payload.sequence_be = htobe64(p->sent);
		payload.due_be = htobe64(due);
		if (send(p->fd, &payload, sizeof(payload), 0) < 0)
			p->refused++;
		p->sent++;
	}
	return NULL;
}

/* Until nothing has come for a while after the sending ended. Errors of the path are not ours. */
static void *receive_all(void *ctx)
{
	struct probe *p = ctx;
	uint64_t end = 0;

	for (;;) {
		struct payload payload;
		ssize_t n = recv(p->fd, &payload, sizeof(payload), 0);
		uint64_t at = now();

		if (n == (ssize_t)sizeof(payload)) {
			const struct record r = {
				.sequence = be64toh(payload.sequence_be),
				.due = be64toh(payload.due_be),
				.received = at,
			};

			fwrite(&r, sizeof(r), 1, p->log);
			p->received++;
		}
		if (stopping && end == 0)
			end = at + LINGER_NS;
		if (end != 0 && at >= end)
			return NULL;
	}
}

static void *watch_stalls(void *ctx)
{
	struct probe *p = ctx;
	uint64_t due = now() + STALL_EVERY_NS;

	while (!stopping) {
		sleep_until(due);
		const uint64_t late = now() - due;
		if (late > STALL_NS) {
			const uint64_t record[] = {due, late};
			fwrite(record, sizeof(record), 1, p->stalls);
			fflush(p->stalls);
		}
		due += late + STALL_EVERY_NS;
	}
	return NULL;
}

/* Before be_punctual(), whose priority threads inherit. */
static int start_watching(struct probe *p, const char *path)
{
	pthread_t watcher;

	p->stalls = fopen(path, "wbe");
	if (p->stalls == NULL) {
		perror(path);
		return -1;
	}
	return pthread_create(&watcher, NULL, watch_stalls, p) == 0 ? 0 : -1;
}

static int address(const char *text, uint16_t port, struct sockaddr_in6 *ret)
{
	struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

	if (inet_pton(AF_INET6, text, &a.sin6_addr) != 1) {
		fprintf(stderr, "demo-probe: not an IPv6 address: %s\n", text);
		return -EINVAL;
	}
	*ret = a;
	return 0;
}

static int open_socket(const char *local, const char *remote, uint16_t port)
{
	const struct timeval tick = {.tv_usec = 50000}; /* to see that we are stopping */
	const int room = 4 << 20;
	struct sockaddr_in6 from, to;
	int fd;

	if (address(local, port, &from) < 0 || address(remote, port, &to) < 0)
		return -1;
	fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof(tick)) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) < 0 ||
		bind(fd, (const struct sockaddr *)&from, sizeof(from)) < 0 ||
		connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0) {
		perror("demo-probe: socket");
		return -1;
	}
	return fd;
}

/* A gap shall be the network's, not our scheduler's. Without the right to it, we do without. */
static void be_punctual(void)
{
	const struct sched_param priority = {.sched_priority = 10};

	mlockall(MCL_CURRENT | MCL_FUTURE);
	sched_setscheduler(0, SCHED_FIFO, &priority);
}

static int run(struct probe *p)
{
	const struct sigaction action = {.sa_handler = stop};
	pthread_t sender, receiver;

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	p->start = now() + 10 * p->interval;
	if (pthread_create(&receiver, NULL, receive_all, p) != 0)
		return -1;
	if (pthread_create(&sender, NULL, send_all, p) != 0)
		return -1;
	pthread_join(sender, NULL);
	pthread_join(receiver, NULL);
	return fclose(p->log);
}

int main(int argc, char **argv)
{
	struct probe p = {0};

	if (argc != 6 && argc != 7) {
		fprintf(stderr, "usage: demo-probe LOCAL REMOTE PORT INTERVAL_US LOGFILE "
				"[STALLFILE]\n");
		return 2;
	}
	p.interval = strtoull(argv[4], NULL, 10) * 1000;
	if (p.interval == 0) {
		fprintf(stderr, "demo-probe: the interval must be at least 1 us\n");
		return 2;
	}
	p.fd = open_socket(argv[1], argv[2], (uint16_t)strtoul(argv[3], NULL, 10));
	if (p.fd < 0)
		return 1;
	p.log = fopen(argv[5], "wbe");
	if (p.log == NULL) {
		perror(argv[5]);
		return 1;
	}
	if (argc == 7 && start_watching(&p, argv[6]) < 0)
		return 1;
	be_punctual();
	if (run(&p) != 0)
		return 1;
	printf("{\"sent\": %" PRIu64 ", \"start_ns\": %" PRIu64 ", \"interval_ns\": %" PRIu64
	       ", \"refused\": %" PRIu64 ", \"received\": %" PRIu64 ", \"latest_ns\": %" PRIu64
	       "}\n",
		p.sent, p.start, p.interval, p.refused, p.received, p.latest);
	return 0;
}
