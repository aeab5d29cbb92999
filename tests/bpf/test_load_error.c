/* SPDX-License-Identifier: BSD-2-Clause */
/* src/io/dataplane/load_error.c: the message about a program that the kernel refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../../src/bpf/abi.h"
#include "../../src/io/dataplane/load_error.h"

#include <bpf/libbpf.h>
#include <monami.skel.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void test_nothing_said(void **state)
{
	(void)state;
	load_error_listen();
	assert_string_equal(load_error_text(), "");
}

static void test_warning_without_log(void **state)
{
	(void)state;
	load_error_listen();
	load_error_message("libbpf: map 'homes': failed to create: Operation not permitted(-1)\n");
	assert_string_equal(load_error_text(),
		"libbpf: map 'homes': failed to create: Operation not permitted(-1)");
}

/* As Linux 6.1 wrote it for monami_receive. */
static void test_log_of_verifier(void **state)
{
	(void)state;
	load_error_listen();
	load_error_message("libbpf: prog 'monami_receive': BPF program load failed: Permission "
			   "denied\n");
	load_error_message("libbpf: prog 'monami_receive': -- BEGIN PROG LOAD LOG --\n"
			   "6030: (bf) r4 = r8\n"
			   "6031: (b7) r5 = 1\n"
			   "6032: (85) call bpf_skb_load_bytes_relative#68\n"
			   "R4 min value is negative, either use unsigned or 'var &= const'\n"
			   "processed 93150 insns (limit 1000000) max_states_per_insn 42\n"
			   "\n-- END PROG LOAD LOG --\n");
	load_error_message("libbpf: failed to load object 'monami_bpf'\n");
	const char *text = load_error_text();
	assert_non_null(
		strstr(text, "the kernel refuses program monami_receive: 6031: (b7) r5 = 1 | "
			     "6032: (85) call bpf_skb_load_bytes_relative#68 | "
			     "R4 min value is negative, either use unsigned or 'var &= const'. "));
	assert_non_null(strstr(text, "5.10, 6.1 and 6.12"));
	assert_null(strchr(text, '\n'));
	assert_null(strstr(text, "processed"));
}

/* A log may be empty, of one long line, or without its end. */
static void test_odd_logs(void **state)
{
	static char text[20000] = "libbpf: prog 'x': -- BEGIN PROG LOAD LOG --\n";

	(void)state;
	load_error_listen();
	load_error_message(text);
	assert_non_null(strstr(load_error_text(), "the kernel refuses program x: . "));
	load_error_listen();
	memset(text + strlen(text), 'y', sizeof(text) - 100);
	load_error_message(text);
	assert_true(strlen(load_error_text()) < 1024);
	assert_null(strchr(load_error_text(), '\n'));
	load_error_listen();
	load_error_message("-- BEGIN PROG LOAD LOG --\none\n");
	assert_non_null(strstr(load_error_text(), "program : one. "));
}

/* A real refusal: the program reads where there is no packet. */
static void test_refused_program(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	load_error_listen();
	struct monami_bpf *programs = monami_bpf__open();
	assert_non_null(programs);
	struct bpf_program *program = programs->progs.monami_correspond;
	const size_t count = bpf_program__insn_cnt(program);
	struct bpf_insn *instructions = calloc(count, sizeof(*instructions));
	assert_non_null(instructions);
	memcpy(instructions, bpf_program__insns(program), count * sizeof(*instructions));
	instructions[0] = (struct bpf_insn){.code = BPF_LDX | BPF_MEM | BPF_DW,
		.dst_reg = BPF_REG_0,
		.src_reg = BPF_REG_1,
		.off = 4096};
	assert_int_equal(bpf_program__set_insns(program, instructions, count), 0);
	free(instructions);
	assert_true(monami_bpf__load(programs) < 0);
	const char *text = load_error_text();
	assert_non_null(strstr(text, "the kernel refuses program monami_correspond: "));
	assert_non_null(strstr(text, "invalid bpf_context access off=4096"));
	assert_null(strchr(text, '\n'));
	monami_bpf__destroy(programs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_said),
		cmocka_unit_test(test_warning_without_log),
		cmocka_unit_test(test_log_of_verifier),
		cmocka_unit_test(test_odd_logs),
		cmocka_unit_test(test_refused_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
