/* SPDX-License-Identifier: ISC */
#include "redact-helper.h"

#include <string.h>

#include "unit.h"

#include "base/redact/redact.h"
#include "base/strbuf.h"

void
redact_check(const char *const *secrets, const char *text, const char *expected)
{
	struct redactor *redactor = redactor_new();
	struct strbuf out = STRBUF_INIT;

	for (; *secrets != NULL; secrets++)
		redactor_add(redactor, *secrets);
	strbuf_addstr(&out, "<");
	redactor_apply(redactor, text, strlen(text), &out);
	assert_int_equal(out.buf[0], '<'); /* it appends */
	assert_string_equal(out.buf + 1, expected);
	strbuf_release(&out);
	redactor_free(redactor);
}

void
redact_check_one(const char *secret, const char *text, const char *expected)
{
	const char *const secrets[] = {secret, NULL};

	redact_check(secrets, text, expected);
}
