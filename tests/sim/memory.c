/* SPDX-License-Identifier: BSD-2-Clause */
#include "memory.h"

#include <malloc.h>
#include <stdlib.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *old);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void __wrap_free(void *old);

static size_t *charged;

/* A compiler that sees the whole program knows of free() that it touches no account, and moves what
 * is read and written of accounts across it: it must not across this. */
void memory_charge(size_t *account)
{
	__asm__ volatile("" ::: "memory");
	charged = account;
	__asm__ volatile("" ::: "memory");
}

static void *taken(void *memory)
{
	if (charged && memory)
		*charged += malloc_usable_size(memory);
	return memory;
}

static void given_back(void *memory)
{
	if (charged && memory)
		*charged -= malloc_usable_size(memory);
}

void *__wrap_malloc(size_t size)
{
	return taken(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
	return taken(__real_calloc(count, size));
}

void *__wrap_realloc(void *old, size_t size)
{
	given_back(old);
	return taken(__real_realloc(old, size));
}

void __wrap_free(void *old)
{
	given_back(old);
	__real_free(old);
}
