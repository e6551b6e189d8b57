/* SPDX-License-Identifier: ISC */
#include "cli/table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#define GAP 2 /* between columns */

void
table_init(struct table *table, size_t columns)
{
	*table = (struct table){.columns = columns};
}

void
table_release(struct table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free(table->cells[i].text);
	free(table->cells);
	table_init(table, table->columns);
}

void
table_headings(struct table *table, const char *const *names)
{
	for (; *names != NULL; names++)
		table_add(table, COLOUR_BOLD, *names);
}

void
table_add(struct table *table, enum colour colour, const char *text)
{
	struct strbuf printable = STRBUF_INIT;

	ALLOC_GROW(table->cells, table->count, table->capacity);
	utf8_add_printable(&printable, text, strlen(text));
	table->cells[table->count++] = (struct table_cell){strbuf_detach(&printable), colour};
}

void
table_addf(struct table *table, enum colour colour, const char *fmt, ...)
{
	struct strbuf text = STRBUF_INIT;
	va_list args;

	va_start(args, fmt);
	strbuf_vaddf(&text, fmt, args);
	va_end(args);
	table_add(table, colour, text.buf);
	strbuf_release(&text);
}

static void
print_row(const struct table *table, const struct table_cell *row, const size_t *widths)
{
	size_t last = table->columns;

	/* nothing is padded behind the last text of a row */
	while (last > 0 && *row[last - 1].text == '\0')
		last--;
	for (size_t i = 0; i < last; i++) {
		print_coloured(row[i].colour, row[i].text);
		if (i + 1 < last)
			printf("%*s", (int)(widths[i] - utf8_columns(row[i].text) + GAP), "");
	}
	fputs("\n", stdout);
}

void
table_print(const struct table *table, const char *indent)
{
	size_t *widths = xcalloc(table->columns, sizeof(*widths));

	for (size_t i = 0; i < table->count; i++) {
		size_t width = utf8_columns(table->cells[i].text);

		if (width > widths[i % table->columns])
			widths[i % table->columns] = width;
	}
	for (size_t i = 0; i + table->columns <= table->count; i += table->columns) {
		fputs(indent, stdout);
		print_row(table, &table->cells[i], widths);
	}
	free(widths);
}
