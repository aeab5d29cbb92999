/* SPDX-License-Identifier: BSD-2-Clause */
#include "fault.h"

#include "../../src/core/api/core.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TESTS_MAX 256
#define CORES_MAX 1024
#define GROWN_MAX 64
/* Of a test that allocates more often than EVERY_UP_TO, one in SOME fails, unless FAULT_ALL is set.
 */
#define EVERY_UP_TO 24
#define SOME 41

/* Of a child; anything else is a crash. */
enum verdict {
	FINE,
	LEAK = 80,
	HALF_CHANGED = 81,
	NOT_AGAIN = 82,
};

static struct {
	const struct CMUnitTest *tests[TESTS_MAX];
	const struct CMUnitTest *test; /* that runs now */
	bool child;
	bool fired; /* during the present call of the core */
	bool passed;
	long live; /* allocations of the core */
	long live_before;
	unsigned long allocations; /* in this test */
	unsigned long faults;
	unsigned long crashes;
	size_t cores_count;
	struct core *cores[CORES_MAX];
	size_t grown_count; /* what realloc() has made: a core's own, and the outboxes of the test
			     */
	const void *grown[GROWN_MAX];
} fault;

void *fault_malloc(size_t size);
void *fault_calloc(size_t count, size_t size);
void *fault_realloc(void *at, size_t size);
void *fault_outbox_realloc(void *at, size_t size);
void fault_free(void *at);
int fault_core_new(
	const struct core_config *config, const struct core_port *port, struct core **ret);
void fault_core_free(struct core *core);
int fault_core_host(struct core *core, struct moment now, const struct host_event *event,
	struct outbox *outbox);

/* ---- one allocation ---- */

static void tell(const char *what, int number)
{
	fprintf(stderr, "%s: allocation %lu fails: %s %d\n", fault.test->name, fault.allocations,
		what, number);
	fault.crashes++;
}

static void judge(int status)
{
	if (WIFSIGNALED(status))
		tell("killed by signal", WTERMSIG(status));
	else if (WEXITSTATUS(status) == LEAK)
		tell("memory leaks, status", LEAK);
	else if (WEXITSTATUS(status) == HALF_CHANGED)
		tell("the core is left between before and after, status", HALF_CHANGED);
	else if (WEXITSTATUS(status) == NOT_AGAIN)
		tell("the same call fails again, status", NOT_AGAIN);
	else if (WEXITSTATUS(status) != FINE)
		tell("status", WEXITSTATUS(status));
}

/* cmocka would take a crash for a failed test. */
static void become_child(void)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

	fault.child = true;
	fault.fired = true;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_DFL);
	if (!getenv("FAULT_VERBOSE") && (!freopen("/dev/null", "w", stdout)))
		_exit(1);
}

/* Whether this allocation fails, in this process. */
static bool fails(void)
{
	if (fault.child || !fault.test)
		return false;
	fault.allocations++;
	if (fault.allocations > EVERY_UP_TO && fault.allocations % SOME != 0 &&
		!getenv("FAULT_ALL"))
		return false;
	fflush(NULL);
	fault.faults++;
	pid_t child = fork();
	if (child < 0)
		abort();
	if (child == 0) {
		become_child();
		return true;
	}
	int status;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			abort();
	judge(status);
	return false;
}

static void *counted(void *at)
{
	fault.live += at != NULL;
	return at;
}

void *fault_malloc(size_t size)
{
	return fails() ? NULL : counted(malloc(size));
}

void *fault_calloc(size_t count, size_t size)
{
	return fails() ? NULL : counted(calloc(count, size));
}

static void forget_grown(const void *at)
{
	for (size_t i = 0; i < fault.grown_count; i++)
		if (fault.grown[i] == at)
			fault.grown[i--] = fault.grown[--fault.grown_count];
}

void *fault_realloc(void *at, size_t size)
{
	if (fails())
		return NULL;
	forget_grown(at);
	void *grown = realloc(at, size);
	fault.live += !at && grown;
	assert_true(fault.grown_count < GROWN_MAX);
	fault.grown[fault.grown_count++] = grown ? grown : at;
	return grown;
}

void *fault_outbox_realloc(void *at, size_t size)
{
	return fails() ? NULL : realloc(at, size);
}

void fault_free(void *at)
{
	forget_grown(at);
	fault.live -= at != NULL;
	free(at);
}

/* ---- the calls of the core that say what became of them ---- */

static uint64_t mix(uint64_t digest, const void *octets, size_t length)
{
	const uint8_t *at = octets;

	for (size_t i = 0; i < length; i++)
		digest = (digest ^ at[i]) * UINT64_C(1099511628211);
	return digest;
}

static void mix_binding(void *ctx, const struct binding_view *view)
{
	uint64_t *digest = ctx;

	*digest = mix(*digest, &view->home_address, sizeof(view->home_address));
	*digest = mix(*digest, &view->care_of, sizeof(view->care_of));
	*digest = mix(*digest, &view->expires, sizeof(view->expires));
	*digest = mix(*digest, &view->sequence, sizeof(view->sequence));
	*digest = mix(*digest, &view->bid, sizeof(view->bid));
}

static void mix_link(void *ctx, const struct link_view *view)
{
	uint64_t *digest = ctx;

	*digest = mix(*digest, &view->bid, sizeof(view->bid));
	*digest = mix(*digest, &view->ifindex, sizeof(view->ifindex));
	*digest = mix(*digest, &view->care_of, sizeof(view->care_of));
	*digest = mix(*digest, &view->up, sizeof(view->up));
}

static void mix_prefix(void *ctx, const struct host_prefix *prefix)
{
	uint64_t *digest = ctx;

	*digest = mix(*digest, &prefix->prefix, sizeof(prefix->prefix));
}

static uint64_t digest_of(const struct core *core)
{
	uint64_t digest = UINT64_C(14695981039346656037);
	nanos next = core_next_deadline(core);
	const struct home_agent *home_agent = core_home_agent(core);
	const struct mobile_node *mobile_node = core_mobile_node(core, 0);

	core_each_binding(core, mix_binding, &digest);
	if (mobile_node) {
		mobile_node_each_link(mobile_node, mix_link, &digest);
		mobile_node_each_prefix(mobile_node, mix_prefix, &digest);
	}
	if (home_agent)
		home_agent_each_prefix(home_agent, mix_prefix, &digest);
	return mix(digest, &next, sizeof(next));
}

static void remember(struct core *core)
{
	if (fault.cores_count < CORES_MAX)
		fault.cores[fault.cores_count++] = core;
}

static void forget(const struct core *core)
{
	for (size_t i = 0; i < fault.cores_count; i++)
		if (fault.cores[i] == core)
			fault.cores[i--] = fault.cores[--fault.cores_count];
}

int fault_core_new(
	const struct core_config *config, const struct core_port *port, struct core **ret)
{
	/* The test begins again with new cores: what the fault could touch is gone. */
	if (fault.child && fault.cores_count == 0)
		_exit(fault.live - (long)fault.grown_count == fault.live_before ? FINE : LEAK);
	fault.fired = false;
	int error = core_new(config, port, ret);
	if (fault.fired && error == -ENOMEM) {
		error = core_new(config, port, ret);
		if (error == -ENOMEM)
			_exit(NOT_AGAIN);
	}
	if (error == 0)
		remember(*ret);
	return error;
}

void fault_core_free(struct core *core)
{
	forget(core);
	core_free(core);
}

int fault_core_host(
	struct core *core, struct moment now, const struct host_event *event, struct outbox *outbox)
{
	uint64_t before = digest_of(core);
	size_t count = outbox->count;

	fault.fired = false;
	int error = core_host(core, now, event, outbox);
	if (!fault.fired || error != -ENOMEM)
		return error;
	if (digest_of(core) != before || outbox->count != count)
		_exit(HALF_CHANGED);
	error = core_host(core, now, event, outbox);
	if (error == -ENOMEM)
		_exit(NOT_AGAIN);
	return error;
}

/* ---- one test ---- */

/* The state that cmocka hands us says which test of ours it is. */
static int set_up(void **state)
{
	fault.test = *state;
	fault.live_before = fault.live;
	fault.passed = false;
	fault.allocations = 0;
	fault.cores_count = fault.grown_count = 0;
	*state = fault.test->initial_state;
	return fault.test->setup_func ? fault.test->setup_func(state) : 0;
}

static void run(void **state)
{
	fault.test->test_func(state);
	fault.passed = true;
}

static int tear_down(void **state)
{
	int result = fault.test->teardown_func ? fault.test->teardown_func(state) : 0;
	size_t cores = fault.cores_count;

	while (fault.cores_count > 0)
		fault_core_free(fault.cores[0]);
	/* A test that was cut short has not freed its outboxes. */
	if (!fault.passed)
		fault.live -= (long)fault.grown_count;
	bool leaks = fault.live != fault.live_before;
	/* A unit test that was cut short cannot free what it held itself. */
	if (fault.child)
		_exit(leaks && (fault.passed || cores > 0) ? LEAK : FINE);
	fault.test = NULL;
	return result;
}

int fault_run(const char *name, const struct CMUnitTest *tests, size_t count,
	CMFixtureFunction group_setup, CMFixtureFunction group_teardown)
{
	static struct CMUnitTest ours[TESTS_MAX];

	assert_true(count <= TESTS_MAX);
	for (size_t i = 0; i < count; i++)
		ours[i] = (struct CMUnitTest){
			tests[i].name, run, set_up, tear_down, (void *)(uintptr_t)&tests[i]};
	int failed = _cmocka_run_group_tests(name, ours, count, group_setup, group_teardown);
	printf("%lu allocations failed, %lu of them badly\n", fault.faults, fault.crashes);
	return failed > 0 || fault.crashes > 0;
}
