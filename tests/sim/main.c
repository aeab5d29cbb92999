/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs worlds: many small ones, one for each seed, on every CPU; or a large one. Prints how many
 * ran, and for a seed that fails what did not hold and what the node concerned did last.
 */
#include "world.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define JOBS_MAX 64
#define LINES_SHOWN 120
#define FAILURES_SHOWN 3

static const struct scale small = {
	.nodes = 50,
	.agents = 3,
	.seconds = 600,
	.traffic_every = 60,
	.fault_every = 40,
};

static const struct scale large = {
	.nodes = 100000,
	.agents = 8,
	.seconds = 3600,
	.probe_idle_ms = 60000,
	.lifetime_max = 600,
	.traffic_every = 600,
	.fault_every = 600,
};

struct options {
	struct scale scale;
	uint64_t seed;
	uint64_t count;
	unsigned jobs;
	double budget; /* seconds; 0: none */
	bool twice;    /* and traced the second time: the same must happen */
	bool trace;
	uint32_t node; /* to be traced; UINT32_MAX: all */
};

/* Between the processes. */
struct shared {
	_Atomic uint64_t next;
	_Atomic uint64_t failures;
	struct tally tally[JOBS_MAX];
	uint64_t memory_peak;
};

static double seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- one world ---- */

static struct world world;

/* An assertion or a crash in a core is a failure like others. */
static void on_signal(int number)
{
	snprintf(world.failure, sizeof(world.failure), "signal: %s", strsignal(number));
	world.culprit = UINT32_MAX;
	siglongjmp(world.escape, 1);
}

static void catch_signals(void)
{
	const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_NODEFER};
	sigaction(SIGABRT, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGFPE, &action, NULL);
}

static void show_lines(const struct world *failed)
{
	size_t count = failed->lines_count < LINES_SHOWN ? failed->lines_count : LINES_SHOWN;
	for (size_t i = failed->lines_count - count; i < failed->lines_count; i++)
		printf("  %s\n", failed->lines[i % LINES_SHOWN]);
}

static void print_failure(const struct world *failed)
{
	printf("seed %" PRIu64 " fails at event %" PRIu64 ", %s %d: %s\n", failed->seed,
		failed->event_number, world_kind(failed, failed->culprit),
		world_number(failed, failed->culprit), failed->failure);
}

/* The same again, to see what the culprit did before. */
static void show_failure(const struct options *options)
{
	uint64_t seed = world.seed;
	uint32_t culprit = world.culprit;
	print_failure(&world);
	world_init(&world, seed, &options->scale);
	world.tracing = true;
	world.watched = culprit == UINT32_MAX ? UINT32_MAX - 1 : culprit;
	if (world_run(&world))
		printf("  but not when run again\n");
	else
		show_lines(&world);
	printf("  again: ./run sim --seed %" PRIu64 " --trace\n", seed);
	fflush(stdout);
}

static void add_tally(struct tally *to, const struct tally *from)
{
	const uint64_t *source = (const uint64_t *)from;
	uint64_t *sum = (uint64_t *)to;
	for (size_t i = 0; i < sizeof(*to) / sizeof(*sum); i++)
		sum[i] += source[i];
}

/* ---- many ---- */

static bool run_again(const struct options *options)
{
	uint64_t hash = world.hash;
	uint64_t seed = world.seed;
	world_fini(&world);
	world_init(&world, seed, &options->scale);
	world.tracing = true;
	world.watched = options->scale.agents;
	if (!world_run(&world))
		return false;
	if (world.hash == hash)
		return true;
	snprintf(world.failure, sizeof(world.failure), "it does not repeat itself");
	world.culprit = UINT32_MAX;
	return false;
}

static void work(const struct options *options, struct shared *shared, unsigned job, double until)
{
	while (until <= 0 || seconds() < until) {
		uint64_t number = atomic_fetch_add(&shared->next, 1);
		if (number >= options->count)
			break;
		world_init(&world, options->seed + number, &options->scale);
		if (world_run(&world) && (!options->twice || run_again(options))) {
			add_tally(&shared->tally[job], &world.tally);
			world_fini(&world);
		} else if (atomic_fetch_add(&shared->failures, 1) < FAILURES_SHOWN) {
			show_failure(options);
		} else {
			print_failure(&world);
		}
	}
}

static void print_tally(const struct tally *tally, const struct options *options, double took)
{
	printf("%" PRIu64 " seeds of %u nodes and %u virtual seconds in %.1f s: %" PRIu64
	       " events, %" PRIu64 " calls of cores\n",
		tally->seeds, options->scale.nodes, options->scale.seconds, took, tally->events,
		tally->calls);
	printf("%" PRIu64 " updates sent, %" PRIu64 " accepted, %" PRIu64 " refused; %" PRIu64
	       " faults, %" PRIu64 " and %" PRIu64
	       " crashes of home agents and mobile nodes, %" PRIu64 " commits failed\n",
		tally->updates, tally->accepted, tally->refused, tally->faults,
		tally->agent_crashes, tally->node_crashes, tally->rollbacks);
	printf("%" PRIu64 " packets lost, %" PRIu64 " altered, %" PRIu64 " replayed; %" PRIu64
	       " of %" PRIu64 " data packets delivered; %" PRIu64 " agreements\n",
		tally->packets_lost, tally->packets_altered, tally->replays, tally->data_delivered,
		tally->data_sent, tally->agreements);
	printf("%" PRIu64 " hosts of two mobile nodes\n", tally->shared_hosts);
	printf("%" PRIu64 " moves of traffic for a path that was bad; %" PRIu64
	       " better links took over in time; home agents could not reach %" PRIu64
	       " care-of addresses\n",
		tally->moves, tally->returns, tally->unreachable);
	printf("%" PRIu64 " packets by paths of rules; %" PRIu64
	       " flow bindings that were their rules\n",
		tally->flow_packets, tally->flow_tables);
	printf("%" PRIu64 " updates accepted by correspondents, which crashed %" PRIu64
	       " times; %" PRIu64 " of %" PRIu64
	       " packets between them and mobile nodes delivered, %" PRIu64 " directly; %" PRIu64
	       " routes as they should be, %" PRIu64 " forgeries, %" PRIu64
	       " router advertisements\n",
		tally->bound, tally->peer_crashes, tally->flow_arrived, tally->flow_sent,
		tally->flow_direct, tally->routes, tally->forgeries, tally->advertisements);
	printf("statuses:");
	for (unsigned i = 0; i < 256; i++)
		if (tally->statuses[i])
			printf(" %u: %" PRIu64, i, tally->statuses[i]);
	printf("\ndropped by home agents at the end:");
	for (unsigned i = 0; i < DROPS; i++)
		if (tally->drops[i])
			printf(" %s: %" PRIu64 ";", drop_text((enum drop)i), tally->drops[i]);
	printf("\n");
}

static int run_many(const struct options *options)
{
	double start = seconds();
	double until = options->budget > 0 ? start + options->budget : 0;
	struct shared *shared = mmap(
		NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 2;
	fflush(stdout);
	int bad = 0;
	for (unsigned job = 0; job < options->jobs; job++) {
		pid_t child = fork();
		if (child < 0)
			return 2;
		if (child > 0)
			continue;
		catch_signals();
		work(options, shared, job, until);
		fflush(stdout);
		_exit(0);
	}
	for (int status; wait(&status) > 0;)
		bad += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
	struct tally all = {0};
	for (unsigned job = 0; job < options->jobs; job++)
		add_tally(&all, &shared->tally[job]);
	print_tally(&all, options, seconds() - start);
	uint64_t failures = atomic_load(&shared->failures);
	printf("%" PRIu64 " seeds ran, %" PRIu64 " failed\n", all.seeds + failures, failures);
	return failures || bad || !all.seeds;
}

/* ---- one, looked at ---- */

static int run_one(const struct options *options)
{
	struct rusage usage;
	double start = seconds();
	catch_signals();
	world_init(&world, options->seed, &options->scale);
	world.tracing = options->trace;
	if (options->node != UINT32_MAX)
		world.watched = options->scale.agents + options->node;
	bool fine = world_run(&world);
	if (options->trace && options->node != UINT32_MAX)
		show_lines(&world);
	if (!fine) {
		print_failure(&world);
		if (!options->trace)
			show_failure(options);
		return 1;
	}
	printf("seed %" PRIu64 ": hash %016" PRIx64 "\n", world.seed, world.hash);
	print_tally(&world.tally, options, seconds() - start);
	getrusage(RUSAGE_SELF, &usage);
	printf("%.1f s of wall time, %ld MB at most, of which cores %zu MB\n", seconds() - start,
		usage.ru_maxrss / 1024, world.memory_peak >> 20);
	world_fini(&world);
	return 0;
}

/* ---- the command ---- */

static void usage(FILE *to)
{
	fputs("usage: sim [--count N] [--from SEED] [--budget SECONDS] [--jobs N] [--twice]\n"
	      "       sim --seed SEED [--trace] [--node N]    that one again\n"
	      "       sim --large [--seed SEED]               100,000 nodes, a virtual hour\n"
	      "and with each: [--nodes N] [--seconds N] [--hmac]\n",
		to);
}

static uint64_t number(const char *text)
{
	char *end;
	errno = 0;
	uint64_t value = strtoull(text, &end, 10);
	if (errno || *end || end == text) {
		fprintf(stderr, "sim: not a number: %s\n", text);
		exit(2);
	}
	return value;
}

/* One seed alone is looked at; several, or no seed, are many. */
static bool is_one(const struct options *options)
{
	return options->count == 1;
}

static void take_option(struct options *options, int option, const char *argument)
{
	switch (option) {
	case 's':
		options->seed = number(argument);
		options->count = 1;
		break;
	case 'f':
		options->seed = number(argument);
		break;
	case 'c':
		options->count = number(argument);
		break;
	case 'b':
		options->budget = (double)number(argument);
		break;
	case 'j':
		options->jobs = (unsigned)number(argument);
		break;
	case 'H':
		options->scale.hmac = true;
		break;
	case 'w':
		options->twice = true;
		break;
	case 'n':
		options->scale.nodes = (uint32_t)number(argument);
		break;
	case 'd':
		options->scale.seconds = (uint32_t)number(argument);
		break;
	case 't':
		options->trace = true;
		break;
	case 'N':
		options->node = (uint32_t)number(argument);
		break;
	case 'L':
		options->scale = large;
		options->count = 1;
		break;
	default:
		usage(option == 'h' ? stdout : stderr);
		exit(option == 'h' ? 0 : 2);
	}
}

static bool sensible(const struct options *options)
{
	return options->jobs > 0 && options->jobs <= JOBS_MAX && options->scale.nodes > 0 &&
	       options->scale.nodes < 1000000 && options->scale.seconds > 0 && options->count > 0;
}

int main(int argc, char **argv)
{
	static const struct option table[] = {
		{"seed", required_argument, NULL, 's'},
		{"from", required_argument, NULL, 'f'},
		{"count", required_argument, NULL, 'c'},
		{"budget", required_argument, NULL, 'b'},
		{"jobs", required_argument, NULL, 'j'},
		{"hmac", no_argument, NULL, 'H'},
		{"twice", no_argument, NULL, 'w'},
		{"nodes", required_argument, NULL, 'n'},
		{"seconds", required_argument, NULL, 'd'},
		{"trace", no_argument, NULL, 't'},
		{"node", required_argument, NULL, 'N'},
		{"large", no_argument, NULL, 'L'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	struct options options = {
		.scale = small,
		.seed = 1,
		.count = 10000,
		.jobs = (unsigned)sysconf(_SC_NPROCESSORS_ONLN),
		.node = UINT32_MAX,
	};
	for (int option; (option = getopt_long(argc, argv, "", table, NULL)) != -1;)
		take_option(&options, option, optarg);
	if (optind < argc || !sensible(&options)) {
		usage(stderr);
		return 2;
	}
	return is_one(&options) ? run_one(&options) : run_many(&options);
}
