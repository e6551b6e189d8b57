/* SPDX-License-Identifier: ISC */
#include "cli/table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/shown.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/wrap.h"

#define GAP    2 /* between columns */
#define INDENT 6 /* of what goes on below, where the last column begins far to the right */

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

static void
add(struct table *table, enum colour colour, struct strbuf *text)
{
	ALLOC_GROW(table->cells, table->count, table->capacity);
	table->cells[table->count++] = (struct table_cell){strbuf_detach(text), colour};
}

void
table_add(struct table *table, enum colour colour, const char *text)
{
	struct strbuf shown = STRBUF_INIT;

	print_add_text(&shown, text);
	add(table, colour, &shown);
}

void
table_add_shown(struct table *table, enum colour colour, const char *shown)
{
	struct strbuf safe = STRBUF_INIT;

	shown_add_safe(&safe, shown, strlen(shown));
	add(table, colour, &safe);
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

/* Prints the last cell of a row, which begins in that column. */
static void
print_last(const struct table_cell *cell, size_t column, size_t columns)
{
	struct strbuf mark = STRBUF_INIT, lines = STRBUF_INIT;

	strbuf_addf(&mark, "%*s| ", (int)(column < columns / 2 ? column : INDENT), "");
	wrap_add(&lines, cell->text, column, columns, mark.buf);
	print_coloured(cell->colour, lines.buf);
	strbuf_release(&mark);
	strbuf_release(&lines);
}

/* column: where the row begins. */
static void
print_row(const struct table *table, const struct table_cell *row, const size_t *widths,
    size_t column, size_t columns)
{
	size_t last = table->columns;

	/* nothing is padded behind the last text of a row */
	while (last > 0 && *row[last - 1].text == '\0')
		last--;
	for (size_t i = 0; i + 1 < last; i++) {
		print_coloured(row[i].colour, row[i].text);
		printf("%*s", (int)(widths[i] - utf8_columns(row[i].text) + GAP), "");
		column += widths[i] + GAP;
	}
	if (last > 0)
		print_last(&row[last - 1], column, columns);
	fputs("\n", stdout);
}

void
table_print(const struct table *table, const char *indent)
{
	size_t *widths = xcalloc(table->columns, sizeof(*widths));
	size_t columns = wrap_columns(STDOUT_FILENO);

	for (size_t i = 0; i < table->count; i++) {
		size_t width = utf8_columns(table->cells[i].text);

		if (width > widths[i % table->columns])
			widths[i % table->columns] = width;
	}
	for (size_t i = 0; i + table->columns <= table->count; i += table->columns) {
		fputs(indent, stdout);
		print_row(table, &table->cells[i], widths, strlen(indent), columns);
	}
	free(widths);
}
