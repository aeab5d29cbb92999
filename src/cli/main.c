/* SPDX-License-Identifier: BSD-2-Clause */
/* monami: command line, and nothing else. Uses libc and jansson only. */
#include "connection.h"
#include "monamid.h"
#include "request.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_USAGE 2

static const char usage[] =
	"usage: monami [--json] [--socket PATH] COMMAND\n"
	"\n"
	"Asks the running monamid:\n"
	"  status               what it is and how it is\n"
	"  show bindings        care-of addresses registered, with their traffic\n"
	"  show links           links, their paths and their traffic\n"
	"  show counters        messages, and everything that was dropped and why\n"
	"  show home-agents     the home agents that are known\n"
	"  show prefixes        the prefixes of the home link\n"
	"  show correspondents  whom a mobile node reaches directly, or would\n"
	"  monitor              follow what happens\n"
	"  prefer BID PRIORITY  give a link another priority (1 to 127, lower is preferred)\n"
	"  prefix PREFIX [--valid SECONDS] [--preferred SECONDS]\n"
	"  prefix PREFIX --remove\n"
	"                       tell mobile nodes that the home link has this prefix (without\n"
	"                       lifetimes, for ever), or no longer has it\n"
	"\n"
	"Needs no running monamid:\n"
	"  check FILE           say everything that is wrong with a configuration\n"
	"  decode FILE.pcap     print the mobility messages of a capture\n"
	"  help\n"
	"\n"
	"  -j, --json           print JSON; the keys are documented in docs/control.md\n"
	"  -s, --socket PATH    control socket (default " SOCKET_DEFAULT ")\n"
	"      --version\n"
	"  -h, --help\n";

/* Those of the command `prefix`, and of no other. */
static struct {
	const char *valid;
	const char *preferred;
	bool remove;
} prefix_options;

static int bad_usage(const char *what, const char *which)
{
	fprintf(stderr, "monami: %s%s%s\n\n%s", what, which ? " " : "", which ? which : "", usage);
	return EXIT_USAGE;
}

/* ---- commands; `arguments` ends with NULL and has as many as commands[] says ---- */

static int run_status(const struct request_options *options, char **arguments)
{
	(void)arguments;
	return request_status(options);
}

static int run_show(const struct request_options *options, char **arguments)
{
	if (strcmp(arguments[0], "bindings") == 0)
		return request_bindings(options);
	if (strcmp(arguments[0], "links") == 0)
		return request_links(options);
	if (strcmp(arguments[0], "counters") == 0)
		return request_counters(options);
	if (strcmp(arguments[0], "home-agents") == 0)
		return request_home_agents(options);
	if (strcmp(arguments[0], "prefixes") == 0)
		return request_prefixes(options);
	if (strcmp(arguments[0], "correspondents") == 0)
		return request_correspondents(options);
	return bad_usage("show: bindings, links, counters, home-agents, prefixes or "
			 "correspondents, not",
		arguments[0]);
}

static int run_monitor(const struct request_options *options, char **arguments)
{
	(void)arguments;
	return request_monitor(options);
}

static bool number_of(const char *text, unsigned long most, unsigned int *ret)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end != '\0' || number < 1 || number > most)
		return false;
	*ret = (unsigned int)number;
	return true;
}

static int run_prefer(const struct request_options *options, char **arguments)
{
	unsigned int bid, priority;

	if (!number_of(arguments[0], 65535, &bid))
		return bad_usage("prefer: BID is a number from 1 to 65535, not", arguments[0]);
	if (!number_of(arguments[1], 127, &priority))
		return bad_usage("prefer: PRIORITY is a number from 1 to 127, not", arguments[1]);
	return request_prefer(options, bid, priority);
}

/* Seconds; -1 for what was not given, or is infinite. */
static bool lifetime_of(const char *text, long long *ret)
{
	char *end;

	*ret = -1;
	if (!text || strcmp(text, "infinite") == 0)
		return true;
	*ret = strtoll(text, &end, 10);
	return text[0] >= '0' && text[0] <= '9' && *end == '\0' && *ret < 0xffffffffLL;
}

static int run_prefix(const struct request_options *options, char **arguments)
{
	long long valid, preferred;

	if (prefix_options.remove) {
		if (prefix_options.valid || prefix_options.preferred)
			return bad_usage("prefix: --remove takes no lifetimes", NULL);
		return request_prefix_remove(options, arguments[0]);
	}
	if (!lifetime_of(prefix_options.valid, &valid) ||
		!lifetime_of(prefix_options.preferred, &preferred))
		return bad_usage("prefix: a lifetime is a number of seconds, or infinite", NULL);
	return request_prefix_set(options, arguments[0], valid, preferred);
}

static int run_check(const struct request_options *options, char **arguments)
{
	return monamid_check(arguments[0], options->json);
}

static int run_decode(const struct request_options *options, char **arguments)
{
	return monamid_decode(arguments[0], options->json);
}

static int run_help(const struct request_options *options, char **arguments)
{
	(void)options;
	(void)arguments;
	fputs(usage, stdout);
	return EXIT_SUCCESS;
}

static const struct {
	const char *name;
	int arguments;
	int (*run)(const struct request_options *, char **arguments);
} commands[] = {
	{"status", 0, run_status},
	{"show", 1, run_show},
	{"monitor", 0, run_monitor},
	{"prefer", 2, run_prefer},
	{"prefix", 1, run_prefix},
	{"check", 1, run_check},
	{"decode", 1, run_decode},
	{"help", 0, run_help},
};

static int run_command(const struct request_options *options, int count, char **words)
{
	size_t i;

	if (count == 0)
		return bad_usage("which command?", NULL);
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(words[0], commands[i].name) != 0)
			continue;
		if (count - 1 != commands[i].arguments)
			return bad_usage(count - 1 < commands[i].arguments
						 ? "too few arguments to"
						 : "too many arguments to",
				words[0]);
		if (commands[i].run != run_prefix &&
			(prefix_options.valid || prefix_options.preferred || prefix_options.remove))
			return bad_usage("not an option of", words[0]);
		return commands[i].run(options, words + 1);
	}
	return bad_usage("no such command:", words[0]);
}

int main(int argc, char **argv)
{
	enum { OPTION_VERSION = 256, OPTION_VALID, OPTION_PREFERRED, OPTION_REMOVE };
	static const struct option long_options[] = {
		{"json", no_argument, NULL, 'j'},
		{"socket", required_argument, NULL, 's'},
		{"version", no_argument, NULL, OPTION_VERSION},
		{"valid", required_argument, NULL, OPTION_VALID},
		{"preferred", required_argument, NULL, OPTION_PREFERRED},
		{"remove", no_argument, NULL, OPTION_REMOVE},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	struct request_options options = {.socket = SOCKET_DEFAULT};
	int option, status;

	/* a closed output is an error of writing, after which the loops end */
	signal(SIGPIPE, SIG_IGN);
	while ((option = getopt_long(argc, argv, "js:h", long_options, NULL)) != -1) {
		switch (option) {
		case 'j':
			options.json = true;
			break;
		case 's':
			options.socket = optarg;
			break;
		case OPTION_VALID:
			prefix_options.valid = optarg;
			break;
		case OPTION_PREFERRED:
			prefix_options.preferred = optarg;
			break;
		case OPTION_REMOVE:
			prefix_options.remove = true;
			break;
		case OPTION_VERSION:
			printf("monami %s\n", MONAMI_VERSION);
			return EXIT_SUCCESS;
		case 'h':
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		default:
			fputs(usage, stderr);
			return EXIT_USAGE;
		}
	}
	status = run_command(&options, argc - optind, argv + optind);
	if (fflush(stdout) != 0 || ferror(stdout))
		return EXIT_FAILURE;
	return status;
}
