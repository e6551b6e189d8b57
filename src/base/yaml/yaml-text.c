/* SPDX-License-Identifier: ISC */
#include "base/yaml/yaml-text.h"

#include <stdbool.h>

#include "base/faults.h"
#include "base/utf8.h"

static bool
is_allowed(long c)
{
	if (c < 0x20)
		return c == '\t' || c == '\n' || c == '\r';
	return c < 0x7f || c == 0x85 || (c >= 0xa0 && c != 0xfffe && c != 0xffff);
}

int
yaml_check_text(const char *text, size_t len, struct faults *faults)
{
	size_t line = 1, column = 1, used;

	for (size_t at = 0; at < len; at += used) {
		long c = utf8_decode(text + at, len - at, &used);

		if (c < 0) {
			fault_add_at(faults, line, column, "invalid UTF-8");
			return -1;
		}
		if (!is_allowed(c)) {
			fault_add_at(
			    faults, line, column, "control character U+%04lX", (unsigned long)c);
			return -1;
		}
		column = c == '\n' ? 1 : column + 1;
		line += c == '\n';
	}
	return 0;
}
