/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of monami. */
#include "../decode/decode.h"
#include "../program/nearest.h"
#include "../program/options.h"
#include "../program/streams.h"
#include "connection.h"
#include "flow_words.h"
#include "monamid.h"
#include "render.h"
#include "request.h"
#include "top.h"

#include <getopt.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_USAGE 2
#define HELP "'monami help' lists all"

/* Of the command `doctor` only. */
static const char *config_option;

/* Those of the command `prefix`, and of no other. */
static struct {
	const char *valid;
	const char *preferred;
	bool remove;
} prefix_options;

/* One line only: a page of usage would push it off the screen. */
__attribute__((format(printf, 1, 2))) static int bad_usage(const char *format, ...)
{
	va_list arguments;

	fputs("monami: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputs(" (" HELP ")\n", stderr);
	return EXIT_USAGE;
}

/* Pages of `top`; 0: without end. */
static unsigned int top_pages;
static bool top_option;

/* ---- commands with arguments: as many as commands[] says ---- */

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
		return bad_usage("prefer: BID is a number from 1 to 65535, not '%s'", arguments[0]);
	if (!number_of(arguments[1], 127, &priority))
		return bad_usage(
			"prefer: PRIORITY is a number from 1 to 127, not '%s'", arguments[1]);
	return request_prefer(options, bid, priority);
}

static int run_why(const struct request_options *options, char **arguments)
{
	const char *wrong;
	json_t *request = flow_words(arguments, &wrong);

	return request ? request_why(options, request) : bad_usage("why: %s", wrong);
}

static int run_hint(const struct request_options *options, char **arguments)
{
	bool leaving = strcmp(arguments[1], "leaving") == 0;

	if (!leaving && strcmp(arguments[1], "staying") != 0)
		return bad_usage("hint: leaving or staying, not '%s'", arguments[1]);
	return request_hint(options, arguments[0], leaving);
}

static int run_policy(const struct request_options *options, char **arguments)
{
	if (strcmp(arguments[0], "load") != 0)
		return bad_usage("policy: load, not '%s'", arguments[0]);
	return request_policy_load(options, arguments[1]);
}

/* Seconds; -1: not given, or infinite. */
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
	static const char wrong[] = "prefix: --%s is a number of seconds or infinite, not '%s'";
	long long valid, preferred;

	if (prefix_options.remove) {
		if (prefix_options.valid || prefix_options.preferred)
			return bad_usage("prefix: --remove takes no lifetimes");
		return request_prefix_remove(options, arguments[0]);
	}
	if (!lifetime_of(prefix_options.valid, &valid))
		return bad_usage(wrong, "valid", prefix_options.valid);
	if (!lifetime_of(prefix_options.preferred, &preferred))
		return bad_usage(wrong, "preferred", prefix_options.preferred);
	return request_prefix_set(options, arguments[0], valid, preferred);
}

static int run_check(const struct request_options *options, char **arguments)
{
	return monamid_check(arguments[0], options->json);
}

/* False: the reader has closed the output. */
static bool print_message(void *ctx, const json_t *message)
{
	const bool *json = ctx;

	if (*json) {
		/* ten digits of seconds and six of microseconds */
		json_dumpf(message, stdout, JSON_COMPACT | JSON_REAL_PRECISION(16));
		putchar('\n');
	} else {
		render_mobility(message, stdout);
	}
	return fflush(stdout) == 0 && !ferror(stdout);
}

static int run_decode(const struct request_options *options, char **arguments)
{
	bool json = options->json;

	return decode_file(arguments[0], print_message, &json) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int run_top(const struct request_options *options)
{
	if (options->json)
		return bad_usage("top: is for people; 'monami --json show links' has the values");
	return request_top(options, top_pages);
}

static int run_doctor(const struct request_options *options)
{
	return monamid_doctor(
		config_option, options->socket_given ? options->socket : NULL, options->json);
}

/* ---- the one table ---- */

static int run_help(const struct request_options *);

static const struct command {
	const char *name;
	const char *second;     /* second word of the name, or NULL */
	const char *parameters; /* as in the help */
	int arguments;
	bool alone; /* needs no running monamid */
	const char *help;
	int optional; /* so many more arguments */
	/* with and without arguments */
	int (*ask)(const struct request_options *);
	int (*run)(const struct request_options *, char **arguments);
} commands[] = {
	{"status", NULL, "", 0, false, "its role, its registration or bindings, and warnings",
		.ask = request_status},
	{"show", "bindings", "", 0, false, "care-of addresses registered, with their traffic",
		.ask = request_bindings},
	{"show", "links", "", 0, false, "links, their paths and their traffic",
		.ask = request_links},
	{"show", "counters", "", 0, false, "data, messages, and drops by reason",
		.ask = request_counters},
	{"show", "home-agents", "", 0, false, "the home agents that are known",
		.ask = request_home_agents},
	{"show", "prefixes", "", 0, false, "the prefixes of the home link",
		.ask = request_prefixes},
	{"show", "correspondents", "", 0, false,
		"correspondents that a mobile node reaches directly",
		.ask = request_correspondents},
	{"show", "flows", "", 0, false,
		"the rules of a mobile node's policy, or the flow bindings of a\n"
		"home agent or correspondent",
		.ask = request_flows},
	{"monitor", NULL, "", 0, false, "print events as they happen", .ask = request_monitor},
	{"top", NULL, "[--once] [-n NUMBER]", 0, false,
		"links with their rates, flows and events, anew each second,\n"
		"until q is pressed; or one page, or so many",
		.ask = run_top},
	{"prefer", NULL, "BID PRIORITY", 2, false,
		"give a link another priority (1 to 127, lower is preferred)", .run = run_prefer},
	{"why", NULL, "PROTOCOL peer ADDRESS [PORT] [own [ADDRESS] [PORT]]", 2, false,
		"say which rule a flow follows, which link its packets use now,\n"
		"and why: why udp peer 2001:db8:c::1 5060 own 16384; of other\n"
		"packets: [from INTERFACE] [traffic-class CLASS] [flow-label N] [spi N]",
		.run = run_why, .optional = 14},
	{"hint", NULL, "LINK leaving|staying", 2, false,
		"say that a link is about to be lost: its flows use others, or\n"
		"return to it",
		.run = run_hint},
	{"policy", NULL, "load [FILE]", 1, false,
		"take the flow blocks of the configuration, or of FILE; flows\n"
		"whose rules are the same are not disturbed",
		.run = run_policy, .optional = 1},
	{"prefix", NULL, "PREFIX [--valid SECONDS] [--preferred SECONDS] [--remove]", 1, false,
		"set a prefix of the home link (without lifetimes: infinite),\n"
		"or remove it; mobile nodes that are away are told",
		.run = run_prefix},
	{"doctor", NULL, "[--config FILE]", 0, true,
		"find problems of this host that affect the daemon, and the\n"
		"command that solves each; asks a running monamid, too",
		.ask = run_doctor},
	{"check", NULL, "FILE", 1, true, "print the errors of a configuration, or that it has none",
		.run = run_check},
	{"decode", NULL, "FILE", 1, true, "print the mobility messages of a capture (pcap)",
		.run = run_decode},
	{"help", NULL, "", 0, true, "this page", .ask = run_help},
};

#define COMMANDS_COUNT (sizeof(commands) / sizeof(commands[0]))
#define HELP_COLUMN 23

static void print_command(const struct command *command)
{
	const char *help = command->help;
	const char *second = command->second ? command->second : command->parameters;
	int width = printf("  %s %s", command->name, second);

	for (; width >= 0 && *help != '\0'; width = 0) {
		int length = (int)strcspn(help, "\n");

		if (width >= HELP_COLUMN)
			width = putchar('\n') == EOF ? HELP_COLUMN : 0;
		printf("%*s%.*s\n", HELP_COLUMN - width, "", length, help);
		help += help[length] == '\n' ? length + 1 : length;
	}
}

static void print_commands(bool alone)
{
	size_t i;

	for (i = 0; i < COMMANDS_COUNT; i++)
		if (commands[i].alone == alone)
			print_command(&commands[i]);
}

static int run_help(const struct request_options *options)
{
	(void)options;
	puts("usage: monami [--json] [--socket PATH] COMMAND\n\nAsks the running monamid:");
	print_commands(false);
	puts("\nNeeds no running monamid:");
	print_commands(true);
	puts("\n"
	     "  -j, --json           print JSON; the keys are documented in docs/control.md\n"
	     "  -s, --socket PATH    control socket (default " SOCKET_DEFAULT ")\n"
	     "      --mobile-node X  the mobile node of this name or home address\n"
	     "  -c, --config FILE    with doctor: the configuration\n"
	     "      --version\n"
	     "  -h, --help");
	return EXIT_SUCCESS;
}

static int bad_command(int count, char **words)
{
	struct nearest first = nearest_to(words[0]);
	struct nearest second = nearest_to(count > 1 ? words[1] : "");
	const struct command *command, *known = NULL;

	for (command = commands; command < commands + COMMANDS_COUNT; command++) {
		if (command == commands || strcmp(command->name, command[-1].name) != 0)
			nearest_offer(&first, command->name);
		if (strcmp(words[0], command->name) == 0) {
			known = command;
			nearest_offer(&second, command->second);
		}
	}
	if (!known)
		return bad_usage("no command '%s'%s", words[0], nearest_question(&first, "").text);
	if (count == 1)
		return bad_usage("%s: what?", words[0]);
	return bad_usage("%s: nothing is called '%s'%s", words[0], words[1],
		nearest_question(&second, "").text);
}

static bool is_meant(const struct command *command, int count, char **words)
{
	return strcmp(words[0], command->name) == 0 &&
	       (!command->second || (count > 1 && strcmp(words[1], command->second) == 0));
}

/* Whether a mobile node can be named. */
static bool is_of_mobile_node(const struct command *command)
{
	return command->run == run_prefer || command->ask == request_links ||
	       command->ask == run_top || command->ask == request_home_agents ||
	       command->ask == request_prefixes || command->ask == request_correspondents ||
	       command->ask == request_flows || command->run == run_hint || command->run == run_why;
}

static int run_command(const struct request_options *options, int count, char **words)
{
	const struct command *command = commands;

	if (count == 0)
		return bad_usage("which command?");
	while (!is_meant(command, count, words))
		if (++command == commands + COMMANDS_COUNT)
			return bad_command(count, words);
	char **arguments = words + (command->second ? 2 : 1);
	int given = (int)(words + count - arguments);
	if (given < command->arguments)
		return bad_usage("%s: needs %s", command->name, command->parameters);
	if (given > command->arguments + command->optional)
		return bad_usage("%s: '%s' is one word too many", command->name,
			arguments[command->arguments + command->optional]);
	if (command->run != run_prefix &&
		(prefix_options.valid || prefix_options.preferred || prefix_options.remove))
		return bad_usage("%s: takes no --valid, --preferred or --remove", command->name);
	if (options->mobile_node && !is_of_mobile_node(command))
		return bad_usage("%s: takes no --mobile-node", command->name);
	if (top_option && command->ask != run_top)
		return bad_usage("%s: takes no --once or -n", command->name);
	if (config_option && command->ask != run_doctor)
		return bad_usage("%s: takes no --config", command->name);
	return command->ask ? command->ask(options) : command->run(options, arguments);
}

static int run(int argc, char **argv)
{
	enum {
		OPTION_VERSION = 256,
		OPTION_MOBILE_NODE,
		OPTION_VALID,
		OPTION_PREFERRED,
		OPTION_REMOVE,
		OPTION_ONCE
	};
	static const struct option long_options[] = {
		{"json", no_argument, NULL, 'j'},
		{"socket", required_argument, NULL, 's'},
		{"version", no_argument, NULL, OPTION_VERSION},
		{"config", required_argument, NULL, 'c'},
		{"mobile-node", required_argument, NULL, OPTION_MOBILE_NODE},
		{"valid", required_argument, NULL, OPTION_VALID},
		{"preferred", required_argument, NULL, OPTION_PREFERRED},
		{"remove", no_argument, NULL, OPTION_REMOVE},
		{"once", no_argument, NULL, OPTION_ONCE},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	struct request_options options = {.socket = SOCKET_DEFAULT};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":jc:n:s:h", long_options, NULL)) != -1) {
		switch (option) {
		case 'j':
			options.json = true;
			break;
		case 's':
			options.socket = optarg;
			options.socket_given = true;
			break;
		case 'c':
			config_option = optarg;
			break;
		case OPTION_MOBILE_NODE:
			options.mobile_node = optarg;
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
		case OPTION_ONCE:
			top_option = true;
			top_pages = 1;
			break;
		case 'n':
			top_option = true;
			if (!number_of(optarg, UINT_MAX, &top_pages))
				return bad_usage("-n: a number of pages, not '%s'", optarg);
			break;
		case OPTION_VERSION:
			printf("monami %s\n", MONAMI_VERSION);
			return EXIT_SUCCESS;
		case 'h':
			return run_help(&options);
		default:
			options_complain("monami", HELP, long_options, option, argv);
			return EXIT_USAGE;
		}
	}
	return run_command(&options, argc - optind, argv + optind);
}

int main(int argc, char **argv)
{
	streams_open();
	setlocale(LC_CTYPE, ""); /* of what is printed */
	/* writing to a closed output fails, which ends the loops */
	signal(SIGPIPE, SIG_IGN);
	return streams_close("monami", run(argc, argv));
}
