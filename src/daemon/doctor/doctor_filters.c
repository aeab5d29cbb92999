/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reverse path filters: rules that drop a packet if the route to its source leads by another
 * interface. The kernel has no sysctl of this for IPv6; nftables' fib expression and ip6tables'
 * rpfilter match do it, and firewalld sets one (IPv6_rpfilter).
 */
#include "doctor.h"

#include "../../io/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_OCTETS_MAX (16UL << 20)
/* nft waits for a lock of the kernel, which another program may hold for long. */
#define PATIENCE_SECONDS 5
#define LOOK_AGAIN_MS 10

/* ---- asking nft ---- */

static int milliseconds_to(nanos until)
{
	nanos now = clock_now().mono;

	return until > now ? (int)((until - now) / NANOS_PER_MS) : 0;
}

/* Whether there is something to read, or the end, by then. */
static bool comes(int fd, nanos until)
{
	struct pollfd one = {.fd = fd, .events = POLLIN};

	return poll(&one, 1, milliseconds_to(until)) > 0;
}

/* Whether the process ends by then. Leaves its status to waitpid(). */
static bool ends_by(pid_t pid, nanos until)
{
	siginfo_t info = {.si_pid = 0};

	while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
		info.si_pid == 0)
		if (milliseconds_to(until) == 0 || poll(NULL, 0, LOOK_AGAIN_MS) < 0)
			return false;
	return true;
}

/* The program's output, ended by NUL, to be freed; NULL: it does not exist, failed, or wrote too
 * much. */
static char *output_of(const char *const *arguments)
{
	char *text = NULL;
	size_t length = 0;
	const nanos until = clock_now().mono + PATIENCE_SECONDS * NANOS_PER_SECOND;
	int ends[2], status;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return NULL;
	pid = fork();
	if (pid == 0) {
		int nowhere = open("/dev/null", O_WRONLY);

		dup2(ends[1], STDOUT_FILENO);
		dup2(nowhere, STDERR_FILENO);
		execvp(arguments[0], (char *const *)(uintptr_t)arguments);
		_exit(127);
	}
	close(ends[1]);
	for (ssize_t got = 1; pid > 0 && got > 0 && length < OUTPUT_OCTETS_MAX;
		length += (size_t)got) {
		char *grown = comes(ends[0], until) ? realloc(text, length + 65536 + 1) : NULL;

		if (!grown)
			break;
		text = grown;
		got = read(ends[0], text + length, 65536);
		if (got <= 0)
			break;
	}
	close(ends[0]);
	/* Its output is complete, or too long, or late. */
	if (pid > 0 && !ends_by(pid, until))
		kill(pid, SIGKILL);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0 || !text) {
		free(text);
		return NULL;
	}
	text[length] = '\0';
	return text;
}

/* ---- which rules ---- */

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* `fib saddr . iif oif missing`: 0 and false are "missing". */
static bool is_reverse_path_match(const json_t *expression)
{
	const json_t *match = json_object_get(expression, "match");
	const json_t *fib = json_object_get(json_object_get(match, "left"), "fib");
	const json_t *right = json_object_get(match, "right");
	const json_t *flags = json_object_get(fib, "flags");
	const json_t *flag;
	bool saddr = false, iif = false;
	size_t i;

	json_array_foreach(flags, i, flag)
	{
		saddr |= json_is_string(flag) && strcmp(json_string_value(flag), "saddr") == 0;
		iif |= json_is_string(flag) && strcmp(json_string_value(flag), "iif") == 0;
	}
	return saddr && iif && strncmp(text_of(fib, "result"), "oif", 3) == 0 &&
	       (json_is_false(right) ||
		       (json_is_string(right) && strcmp(json_string_value(right), "0") == 0) ||
		       (json_is_integer(right) && json_integer_value(right) == 0));
}

static bool is_reverse_path_filter(const json_t *rule)
{
	const json_t *list = json_object_get(rule, "expr"), *expression;
	bool matches = false, drops = false;
	size_t i;

	json_array_foreach(list, i, expression)
	{
		const json_t *extension = json_object_get(expression, "xt");

		/* nft does not show whether ip6tables' rpfilter is inverted; it is assumed, as this
		 * is its use. */
		matches |= is_reverse_path_match(expression) ||
			   strcmp(text_of(extension, "name"), "rpfilter") == 0;
		drops |= json_object_get(expression, "drop") ||
			 json_object_get(expression, "reject") || extension;
	}
	return matches && drops;
}

static void give_rule(const struct doctor *doctor, const json_t *rule)
{
	const char *table = text_of(rule, "table"), *chain = text_of(rule, "chain");
	const char *family = text_of(rule, "family");
	int handle = (int)json_integer_value(json_object_get(rule, "handle"));
	struct finding finding = finding_of("reverse_path", NULL, VERDICT_WARNING);

	snprintf(finding.object, sizeof(finding.object), "%s %s %s handle %d", family, table, chain,
		handle);
	finding_text(&finding,
		"this rule drops packets whose source is reached by another interface "
		"than the one they came in by");
	finding_why(&finding, "with several links the route back is often another: probes and "
			      "optimized packets are dropped");
	if (strcmp(table, "firewalld") == 0)
		finding_remedy(&finding, "sed -i 's/^IPv6_rpfilter=.*/IPv6_rpfilter=no/' "
					 "/etc/firewalld/firewalld.conf && firewall-cmd --reload");
	else
		finding_remedy(&finding, "nft delete rule %s %s %s handle %d", family, table, chain,
			handle);
	finding_give(&finding, &doctor->sink);
}

/* How many there are. */
static unsigned int give_rules(const struct doctor *doctor, const json_t *ruleset)
{
	const json_t *list = json_object_get(ruleset, "nftables"), *item;
	unsigned int count = 0;
	size_t i;

	json_array_foreach(list, i, item)
	{
		const json_t *rule = json_object_get(item, "rule");
		const char *family = text_of(rule, "family");

		if ((strcmp(family, "inet") != 0 && strcmp(family, "ip6") != 0) ||
			!is_reverse_path_filter(rule))
			continue;
		give_rule(doctor, rule);
		count++;
	}
	return count;
}

void doctor_reverse_path(const struct doctor *doctor)
{
	static const char *const command[] = {"nft", "-j", "list", "ruleset", NULL};
	struct finding finding = finding_of("reverse_path", NULL, VERDICT_OK);
	char *text = output_of(command);
	json_t *ruleset = text ? json_loads(text, 0, NULL) : NULL;

	free(text);
	if (!ruleset) {
		finding.verdict = VERDICT_NOT_APPLICABLE;
		finding_text(&finding, "nft is not installed, does not list its rules to this "
				       "user, or does not answer");
		finding_give(&finding, &doctor->sink);
	} else if (give_rules(doctor, ruleset) == 0) {
		finding_text(&finding, "no rule filters by the reverse path");
		finding_give(&finding, &doctor->sink);
	}
	json_decref(ruleset);
}
