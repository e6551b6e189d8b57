/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/message.h"

/* Descriptors 1 and 2 go to one file while the test runs. */
static int saved_out, saved_err;
static FILE *printed;

static void
capture(void)
{
	fflush(stdout);
	printed = tmpfile();
	assert_non_null(printed);
	saved_out = dup(STDOUT_FILENO);
	saved_err = dup(STDERR_FILENO);
	dup2(fileno(printed), STDOUT_FILENO);
	dup2(fileno(printed), STDERR_FILENO);
}

static void
assert_printed(const char *expected)
{
	char text[512];
	size_t len;

	fflush(stdout);
	dup2(saved_out, STDOUT_FILENO);
	dup2(saved_err, STDERR_FILENO);
	close(saved_out);
	close(saved_err);
	rewind(printed);
	len = fread(text, 1, sizeof(text) - 1, printed);
	text[len] = '\0';
	fclose(printed);
	assert_string_equal(text, expected);
}

static void
a_message_is_one_line(void **state)
{
	(void)state;
	capture();
	message("request %d: %s", 7, "done");
	assert_printed("request 7: done\n");
}

static void
control_characters_and_bytes_that_are_not_utf8_are_shown(void **state)
{
	(void)state;
	capture();
	message("%s", "a\033[31mb\nc\td\xff \xc2\x85 \xe2\x80\xae \xc3\xa4");
	message_prompt("Size\007: ");
	message_end_prompt();
	assert_printed("a\\x1b[31mb\\x0ac\\x09d\\xff \\u0085 \\u202e \xc3\xa4\nSize\\x07: \n");
}

static void
what_waits_for_standard_output_comes_first(void **state)
{
	(void)state;
	capture();
	fputs("first\n", stdout);
	message("second");
	fputs("third\n", stdout);
	assert_printed("first\nsecond\nthird\n");
}

static void
a_literal_line_is_printed_as_it_is(void **state)
{
	(void)state;
	capture();
	message_literal("svcreq: out of memory");
	assert_printed("svcreq: out of memory\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_message_is_one_line),
	    cmocka_unit_test(control_characters_and_bytes_that_are_not_utf8_are_shown),
	    cmocka_unit_test(what_waits_for_standard_output_comes_first),
	    cmocka_unit_test(a_literal_line_is_printed_as_it_is),
	};

	setvbuf(stdout, NULL, _IOFBF, BUFSIZ);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
