/* SPDX-License-Identifier: BSD-2-Clause */
#include "log_limit.h"

static const struct {
	const char *text;
	uint64_t rate;  /* octets a second in the long run */
	uint64_t burst; /* octets at once */
} classes[LOG_CLASSES] = {
	[LOG_CLASS_REFUSED] = {"refused or discarded messages", 300, 4000},
	[LOG_CLASS_CHANGE] = {"bindings, links and paths", 350, 16000},
	[LOG_CLASS_HOST] = {"daemon and host", 250, 16000},
	[LOG_CLASS_DEBUG] = {"debugging", 4000, 64000},
};

void log_limit_init(struct log_limit *limit, nanos now)
{
	for (size_t i = 0; i < LOG_CLASSES; i++)
		limit->buckets[i] = (struct log_bucket){
			.tokens = classes[i].burst * NANOS_PER_SECOND, .at = now};
}

static void refill(struct log_bucket *bucket, uint64_t rate, uint64_t burst, nanos now)
{
	const uint64_t full = burst * NANOS_PER_SECOND;
	uint64_t passed = now > bucket->at ? now - bucket->at : 0;

	if (passed > full / rate)
		bucket->tokens = full;
	else
		bucket->tokens += passed * rate;
	if (bucket->tokens > full)
		bucket->tokens = full;
	bucket->at = now;
}

bool log_limit_admit(struct log_limit *limit, enum log_class class, size_t octets, nanos now)
{
	struct log_bucket *bucket = &limit->buckets[class];
	const uint64_t cost = octets * NANOS_PER_SECOND;

	refill(bucket, classes[class].rate, classes[class].burst, now);
	if (bucket->tokens < cost) {
		bucket->withheld++;
		return false;
	}
	bucket->tokens -= cost;
	return true;
}

uint64_t log_limit_withheld(struct log_limit *limit, enum log_class class)
{
	uint64_t withheld = limit->buckets[class].withheld;

	limit->buckets[class].withheld = 0;
	return withheld;
}

const char *log_class_text(enum log_class class)
{
	return classes[class].text;
}
