/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * monamid: command line, and nothing else.
 */
#include "../program/options.h"
#include "../program/streams.h"
#include "daemon.h"
#include "config/check.h"
#include "doctor/doctor.h"
#include "base/log.h"

#include "../io/base/clock.h"
#include "../io/host/privileges.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_USAGE 2
#define HELP "'monamid --help' lists all"
#define CONFIG_DEFAULT "/etc/monami/monamid.conf"

static const char usage[] =
	"usage: monamid [-c FILE] [-v | -q]\n"
	"       monamid --doctor [-c FILE] [--socket PATH]\n"
	"       monamid --check FILE | --version | --help\n"
	"\n"
	"Mobile IPv6 with several care-of addresses (RFC 5648): home agent, mobile node or\n"
	"correspondent, as the configuration says. Runs in the foreground and logs to standard "
	"error.\n"
	"\n"
	"  -c, --config FILE   configuration (default " CONFIG_DEFAULT ")\n"
	"  -v, --verbose       log more\n"
	"  -q, --quiet         log warnings and errors only\n"
	"      --check FILE    print the errors of a configuration, or that it has none,\n"
	"                      one JSON object a line\n"
	"      --doctor        find problems of this host, one JSON object\n"
	"      --socket PATH   with --doctor: the control socket (default: the configuration's)\n"
	"      --version\n"
	"  -h, --help\n"
	"\n"
	"SIGTERM, SIGINT  stop cleanly: de-register, and remove all objects from the host\n"
	"SIGQUIT          stop, and leave forwarding as it is for the next start (upgrade)\n";

static void report(void *ctx, const struct config_error *error)
{
	(void)ctx;
	if (error->column > 0)
		fprintf(stderr, "%s:%d:%d: %s\n", error->file, error->line, error->column,
			error->text);
	else if (error->line > 0)
		fprintf(stderr, "%s:%d: %s\n", error->file, error->line, error->text);
	else
		fprintf(stderr, "%s: %s\n", error->file, error->text);
}

static nanos now(void)
{
	return clock_now().mono;
}

static int serve(const char *file)
{
	struct config *config;

	privileges_hide_memory();
	int error = config_read(file, report, NULL, &config);
	if (error < 0)
		return EXIT_FAILURE;
	signal(SIGPIPE, SIG_IGN);
	error = daemon_run(config);
	config_free(config);
	return error < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int run(int argc, char **argv)
{
	enum { OPTION_CHECK = 256, OPTION_DOCTOR, OPTION_SOCKET, OPTION_VERSION };
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"verbose", no_argument, NULL, 'v'},
		{"quiet", no_argument, NULL, 'q'},
		{"check", required_argument, NULL, OPTION_CHECK},
		{"doctor", no_argument, NULL, OPTION_DOCTOR},
		{"socket", required_argument, NULL, OPTION_SOCKET},
		{"version", no_argument, NULL, OPTION_VERSION},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	struct doctor_options doctor = {.file_default = CONFIG_DEFAULT};
	const char *file = CONFIG_DEFAULT;
	bool is_doctor = false;
	enum log_level level = LOG_LEVEL_INFO;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":c:vqh", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			file = doctor.file = optarg;
			break;
		case 'v':
			level = LOG_LEVEL_DEBUG;
			break;
		case 'q':
			level = LOG_LEVEL_WARNING;
			break;
		case OPTION_CHECK:
			return check_file(optarg, stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
		case OPTION_DOCTOR:
			is_doctor = true;
			break;
		case OPTION_SOCKET:
			doctor.control = optarg;
			break;
		case OPTION_VERSION:
			printf("monamid %s\n", MONAMI_VERSION);
			return EXIT_SUCCESS;
		case 'h':
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		default:
			options_complain("monamid", HELP, options, option, argv);
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "monamid: takes no argument '%s' (" HELP ")\n", argv[optind]);
		return EXIT_USAGE;
	}
	if (doctor.control && !is_doctor) {
		fputs("monamid: --socket is for --doctor only (" HELP ")\n", stderr);
		return EXIT_USAGE;
	}
	if (is_doctor)
		return doctor_run(&doctor, stdout);
	log_open_at(level, NULL, now);
	return serve(file);
}

int main(int argc, char **argv)
{
	streams_open();
	return streams_close("monamid", run(argc, argv));
}
