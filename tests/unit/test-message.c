/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/message-queue.h"
#include "base/message.h"
#include "base/strbuf.h"

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

static void
a_queue_waits_for_no_reader_and_counts_what_overflows(void **state)
{
	struct strbuf read_back = STRBUF_INIT;
	const char *left_out;
	size_t printed_lines = 0, lost = 0;
	int ends[2], saved = dup(STDERR_FILENO);

	(void)state;
	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	assert_int_equal(message_queue_start(NULL), 0);
	for (int i = 0; i < 2000; i++) /* 2 MB, of which a pipe takes 64 KiB */
		message("%01000d", i);
	do {
		char text[65536];
		ssize_t len = read(ends[0], text, sizeof(text));

		assert_true(len > 0);
		strbuf_add(&read_back, text, (size_t)len);
		left_out = strstr(read_back.buf, "svcreq: ");
	} while (left_out == NULL || strchr(left_out, '\n') == NULL);
	message_queue_end();
	message("as before");
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(ends[1]);
	assert_int_equal(sscanf(left_out, "svcreq: %zu messages were left out: ", &lost), 1);
	for (const char *at = read_back.buf; at < left_out; at += 1001)
		printed_lines++;
	assert_int_equal(printed_lines + lost, 2000);
	assert_true(lost > 1000);
	strbuf_reset(&read_back);
	strbuf_grow(&read_back, 100);
	assert_int_equal(read(ends[0], read_back.buf, 100), strlen("as before\n"));
	close(ends[0]);
	strbuf_release(&read_back);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_message_is_one_line),
	    cmocka_unit_test(control_characters_and_bytes_that_are_not_utf8_are_shown),
	    cmocka_unit_test(what_waits_for_standard_output_comes_first),
	    cmocka_unit_test(a_literal_line_is_printed_as_it_is),
	    cmocka_unit_test(a_queue_waits_for_no_reader_and_counts_what_overflows),
	};

	setvbuf(stdout, NULL, _IOFBF, BUFSIZ);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
