/* SPDX-License-Identifier: ISC */
/* The names of folders and files that stand for ids and event numbers. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/disk.h"
#include "store/files/file-store-internal.h"

#define EVENT_SUFFIX ".json"
#define EVENT_DIGITS 6

/* The number at the start of text and, in *used, its digits; 0: none, or one above the most. */
static uint64_t
parse_number(const char *text, uint64_t most, size_t *used)
{
	uint64_t number = 0;

	*used = 0;
	for (; *text >= '0' && *text <= '9'; text++, (*used)++) {
		uint64_t digit = (uint64_t)(*text - '0');
		if (number > (most - digit) / 10)
			return 0;
		number = number * 10 + digit;
	}
	return number;
}

bool
id_is_valid(uint64_t id)
{
	return id > 0 && id <= ID_MAX;
}

void
id_name(uint64_t id, char out[ID_NAME_SIZE])
{
	snprintf(out, ID_NAME_SIZE, "%" PRIu64, id);
}

uint64_t
id_parse(const char *name)
{
	size_t used;

	uint64_t id = parse_number(name, ID_MAX, &used);
	return name[0] == '0' || name[used] ? 0 : id;
}

void
event_name(int64_t number, char *out, size_t size)
{
	snprintf(out, size, "%0*" PRId64 EVENT_SUFFIX, EVENT_DIGITS, number);
}

int64_t
event_name_parse(const char *name)
{
	size_t used;

	uint64_t number = parse_number(name, INT64_MAX, &used);
	if (used < EVENT_DIGITS || (used > EVENT_DIGITS && name[0] == '0') ||
	    strcmp(name + used, EVENT_SUFFIX) != 0)
		return 0;
	return (int64_t)number;
}

int
id_list_read(struct id_list *list, int dir_fd)
{
	const char *name;
	size_t room = list->count;

	DIR *dir = disk_entries(dir_fd);
	if (dir == NULL)
		return -1;
	while ((name = disk_next_entry(dir)) != NULL) {
		uint64_t id = id_parse(name);
		if (id == 0)
			continue;
		if (list->count == room) {
			room = room < 32 ? 64 : room * 2;
			list->ids = xreallocarray(list->ids, room, sizeof(*list->ids));
		}
		list->ids[list->count++] = id;
	}
	int reason = errno;
	closedir(dir);
	errno = reason;
	return reason ? -1 : 0;
}

static int
compare_ids(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left;
	uint64_t b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

void
id_list_sort(struct id_list *list)
{
	size_t kept = 0;

	if (list->count == 0)
		return;
	qsort(list->ids, list->count, sizeof(*list->ids), compare_ids);
	for (size_t i = 1; i < list->count; i++) {
		if (list->ids[i] != list->ids[kept])
			list->ids[++kept] = list->ids[i];
	}
	list->count = kept + 1;
}
