/* SPDX-License-Identifier: ISC */
#include "base/faults.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/shown.h"
#include "base/value.h"

void
faults_init(struct faults *faults, const char *file)
{
	*faults = (struct faults){.file = file, .text = STRBUF_INIT};
}

void
faults_release(struct faults *faults)
{
	faults_truncate(faults, 0);
	free(faults->array);
	strbuf_release(&faults->text);
	faults_init(faults, faults->file);
}

void
faults_truncate(struct faults *faults, size_t count)
{
	while (faults->count > count)
		free(faults->array[--faults->count].message);
}

__attribute__((format(printf, 4, 0))) static void
add(struct faults *faults, size_t line, size_t column, const char *fmt, va_list ap)
{
	struct strbuf message = STRBUF_INIT;

	if (faults->first_only && faults->count > 0)
		return;
	ALLOC_GROW(faults->array, faults->count, faults->capacity);
	strbuf_vaddf(&message, fmt, ap);
	faults->array[faults->count] = (struct fault){
	    (unsigned)line, (unsigned)column, faults->count, strbuf_detach(&message)};
	faults->count++;
}

void
fault_add(struct faults *faults, const struct value *where, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(faults, where == NULL ? 0 : where->line, where == NULL ? 0 : where->column, fmt, ap);
	va_end(ap);
}

int
fault_add_at(struct faults *faults, size_t line, size_t column, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(faults, line, column, fmt, ap);
	va_end(ap);
	return -1;
}

void
faults_of_keys(struct arena *arena, struct value *map, struct faults *faults)
{
	const struct value *keys = value_map_drop_duplicates(arena, map);

	for (size_t i = 0; keys != NULL && i < keys->count; i++)
		fault_add(faults, keys->items[i], "duplicate key '%s'", keys->items[i]->text);
}

static int
compare(size_t a, size_t b)
{
	return a < b ? -1 : a > b;
}

static int
compare_faults(const void *left, const void *right)
{
	const struct fault *a = left, *b = right;
	int order = compare(a->line == 0, b->line == 0);

	if (order == 0)
		order = compare(a->line, b->line);
	if (order == 0)
		order = compare(a->column, b->column);
	return order == 0 ? compare(a->number, b->number) : order;
}

void
faults_sort(struct faults *faults)
{
	if (faults->file != NULL && faults->count > 1)
		qsort(faults->array, faults->count, sizeof(*faults->array), compare_faults);
}

const char *
faults_text(struct faults *faults)
{
	strbuf_reset(&faults->text);
	faults_sort(faults);
	for (size_t i = 0; i < faults->count; i++) {
		const struct fault *fault = &faults->array[i];

		if (faults->file != NULL) {
			shown_add(&faults->text, faults->file, strlen(faults->file));
			strbuf_addch(&faults->text, ':');
		}
		if (faults->file != NULL && fault->line != 0)
			strbuf_addf(&faults->text, "%u:%u:", fault->line, fault->column);
		strbuf_addstr(&faults->text, faults->file == NULL ? "" : " ");
		shown_add(&faults->text, fault->message, strlen(fault->message));
		strbuf_addch(&faults->text, '\n');
	}
	return faults->text.buf;
}

int
faults_fail(const struct faults *faults, struct strbuf *err)
{
	const struct fault *first = &faults->array[0];

	if (faults->file != NULL)
		strbuf_addf(err, "%s:", faults->file);
	return fail(err, "%u:%u: %s", first->line, first->column, first->message);
}
