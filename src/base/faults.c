/* SPDX-License-Identifier: ISC */
#include "base/faults.h"

#include <stdarg.h>

#include "base/utf8.h"
#include "base/value.h"

void
faults_init(struct faults *faults, const char *file)
{
	faults->file = file;
	strbuf_init(&faults->text);
	faults->count = 0;
}

void
faults_release(struct faults *faults)
{
	strbuf_release(&faults->text);
	faults->count = 0;
}

static void __attribute__((format(printf, 2, 0)))
add_printable(struct strbuf *out, const char *fmt, va_list ap)
{
	struct strbuf message = STRBUF_INIT;

	strbuf_vaddf(&message, fmt, ap);
	utf8_add_printable(out, message.buf, message.len);
	strbuf_release(&message);
}

void
fault_add(struct faults *faults, const struct value *where, const char *fmt, ...)
{
	va_list ap;

	if (faults->file && where && where->line)
		strbuf_addf(&faults->text, "%s:%u:%u: ", faults->file, where->line, where->column);
	else if (faults->file)
		strbuf_addf(&faults->text, "%s: ", faults->file);
	va_start(ap, fmt);
	add_printable(&faults->text, fmt, ap);
	va_end(ap);
	strbuf_addch(&faults->text, '\n');
	faults->count++;
}

int
fail_at(struct strbuf *err, const char *name, size_t line, size_t column, const char *fmt, ...)
{
	va_list ap;

	if (name)
		strbuf_addf(err, "%s:", name);
	strbuf_addf(err, "%zu:%zu: ", line, column);
	va_start(ap, fmt);
	add_printable(err, fmt, ap);
	va_end(ap);
	return -1;
}
