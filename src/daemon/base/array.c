/* SPDX-License-Identifier: BSD-2-Clause */
#include "array.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 64

void array_append(struct array *array, const void *element)
{
	if (array->count == array->room) {
		size_t room = array->room ? 2 * array->room : ROOM_FIRST;
		void *at = realloc(array->at, room * array->size);
		if (!at) {
			array->incomplete = true;
			return;
		}
		array->at = at;
		array->room = room;
	}
	memcpy((char *)array->at + array->count++ * array->size, element, array->size);
}
