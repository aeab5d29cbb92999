/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How often one object of ours was put back after another program had removed it, and when it may
 * be put back again: if another program removes it each time, the two must not keep the machine
 * busy or fill the log. Pure: the time is an argument.
 */
#ifndef MONAMI_IO_PUT_BACK_H
#define MONAMI_IO_PUT_BACK_H

#include "../../core/api/port.h"

/* Zeros: never put back. */
struct put_back {
	nanos at;         /* of the last attempt; 0: none */
	nanos debt;       /* grows with each success, and shrinks with time */
	uint32_t streak;  /* attempts that followed each other closely */
	uint32_t refused; /* failed attempts in a row */
	uint32_t times;   /* successful attempts */
	int error;        /* of the last attempt; 0: none */
	bool missing;     /* not there, as far as is known */
};

/* Called for each object that was missing. `what`: the object, in one line; put_back->error is not
 * 0: it is still missing. */
typedef void put_back_handler(void *ctx, const char *what, const struct put_back *);

/* Not before this time; 0: at once. */
nanos put_back_when(const struct put_back *);
void put_back_tried(struct put_back *, nanos now, int error);
/* The first attempts of a streak, and then fewer and fewer. */
bool put_back_to_be_told(const struct put_back *);

/*
 * When all objects are compared with the kernel's: soon after a notification, but never so often
 * that the comparisons take more than a tenth of the time; and once a minute without any.
 */
struct comparison {
	nanos due;
	nanos began; /* the last one */
	nanos took;
};

void comparison_init(struct comparison *, nanos now);
void comparison_hint(struct comparison *, nanos now);
/* `again`: when an object that had to wait may be put back; NANOS_NEVER: there is none. */
void comparison_done(struct comparison *, nanos began, nanos now, nanos again);

#endif
