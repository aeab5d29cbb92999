/* SPDX-License-Identifier: BSD-2-Clause */
#include "deadline_timer.h"

#include <assert.h>
#include <errno.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define FAR_SECONDS (100L * 365 * 86400)

/* The kernel cancels this timer of the wall clock when the clock is set, and after a suspension. */
static int watch_clock(int fd)
{
	struct itimerspec far = {.it_value = {.tv_sec = time(NULL) + FAR_SECONDS}};

	return timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far, NULL);
}

int deadline_timer_open(struct deadline_timer *timer)
{
	timer->deadline_fd = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	timer->clock_fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (timer->deadline_fd < 0 || timer->clock_fd < 0 || watch_clock(timer->clock_fd) < 0) {
		int error = -errno;
		deadline_timer_close(timer);
		return error;
	}
	return 0;
}

static void close_fd(int *fd)
{
	if (*fd > 0)
		close(*fd);
	*fd = 0;
}

void deadline_timer_close(struct deadline_timer *timer)
{
	close_fd(&timer->deadline_fd);
	close_fd(&timer->clock_fd);
}

void deadline_timer_set(struct deadline_timer *timer, nanos at)
{
	struct itimerspec when = {0};

	/* zero disarms it */
	if (at != NANOS_NEVER) {
		nanos due = nanos_max(at, 1);
		when.it_value.tv_sec = (time_t)(due / NANOS_PER_SECOND);
		when.it_value.tv_nsec = (long)(due % NANOS_PER_SECOND);
	}
	int result = timerfd_settime(timer->deadline_fd, TFD_TIMER_ABSTIME, &when, NULL);
	assert(result == 0);
	(void)result;
}

void deadline_timer_read(struct deadline_timer *timer)
{
	uint64_t times;
	ssize_t length = read(timer->deadline_fd, &times, sizeof(times));

	(void)length; /* reads nothing if the timer was set again meanwhile */
}

bool deadline_timer_clock_changed(struct deadline_timer *timer)
{
	uint64_t times;

	if (read(timer->clock_fd, &times, sizeof(times)) >= 0 || errno != ECANCELED)
		return false;
	/* if the clock was set again meanwhile, the next event says so */
	(void)watch_clock(timer->clock_fd);
	return true;
}
