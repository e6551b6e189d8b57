/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/json/json-writer.h"
#include "base/strbuf.h"
#include "base/value.h"

static struct strbuf out = STRBUF_INIT;
static struct json_writer writer;

static int
begin(void **state)
{
	(void)state;
	strbuf_reset(&out);
	json_writer_init(&writer, &out);
	return 0;
}

static int
release(void **state)
{
	(void)state;
	strbuf_release(&out);
	return 0;
}

static void
an_object_has_commas_between_its_pairs(void **state)
{
	(void)state;
	json_begin_object(&writer);
	json_name(&writer, "id");
	json_integer(&writer, 7);
	json_name(&writer, "list");
	json_begin_array(&writer);
	json_boolean(&writer, true);
	json_boolean(&writer, false);
	json_null(&writer);
	json_begin_object(&writer);
	json_end(&writer);
	json_end(&writer);
	json_name(&writer, "none");
	json_string(&writer, NULL);
	json_end(&writer);
	assert_string_equal(out.buf, "{\"id\":7,\"list\":[true,false,null,{}],\"none\":null}");
}

static void
a_member_that_is_not_there_is_null(void **state)
{
	static const struct value yes = {.type = VALUE_BOOLEAN, .boolean = true};

	(void)state;
	json_begin_object(&writer);
	json_string_member(&writer, "a", "x");
	json_string_member(&writer, "b", NULL);
	json_value_member(&writer, "c", &yes);
	json_value_member(&writer, "d", NULL);
	json_end(&writer);
	assert_string_equal(out.buf, "{\"a\":\"x\",\"b\":null,\"c\":true,\"d\":null}");
}

static void
a_scalar_can_be_the_root(void **state)
{
	(void)state;
	json_string(&writer, "x");
	assert_string_equal(out.buf, "\"x\"");
}

static void
integers_have_their_whole_range(void **state)
{
	(void)state;
	json_begin_array(&writer);
	json_integer(&writer, INT64_MIN);
	json_integer(&writer, INT64_MAX);
	json_end(&writer);
	assert_string_equal(out.buf, "[-9223372036854775808,9223372036854775807]");
}

static void
strings_and_names_are_escaped(void **state)
{
	(void)state;
	json_begin_object(&writer);
	json_name(&writer, "a\"b");
	json_string(&writer, "q\" b\\ /\b\f\n\r\t\x01\x1f\x7f \xc3\xa9 \xf0\x9f\x98\x80");
	json_end(&writer);
	assert_string_equal(out.buf,
	    "{\"a\\\"b\":\"q\\\" b\\\\ /\\b\\f\\n\\r\\t\\u0001\\u001f\x7f \xc3\xa9 "
	    "\xf0\x9f\x98\x80\"}");
}

static void
bytes_that_are_not_utf8_are_replaced(void **state)
{
	(void)state;
	json_string(&writer, "a\xff\xc3(\xed\xa0\x80");
	assert_string_equal(
	    out.buf, "\"a\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void
a_value_is_written_with_the_digits_it_was_read_with(void **state)
{
	struct arena arena = ARENA_INIT;
	struct value *map = value_new(&arena, VALUE_MAP), *list = value_new(&arena, VALUE_LIST);
	struct value *number = value_new(&arena, VALUE_NUMBER);

	(void)state;
	number->text = "1.10";
	value_list_add(&arena, list, number);
	value_list_add(&arena, list, value_boolean(&arena, true));
	value_list_add(&arena, list, value_new(&arena, VALUE_NULL));
	value_map_set(&arena, map, "z", list);
	value_map_set(&arena, map, "a", value_string(&arena, "t\n"));
	json_value(&writer, map);
	assert_string_equal(out.buf, "{\"z\":[1.10,true,null],\"a\":\"t\\n\"}");
	arena_release(&arena);
}

static void
value_without_name(void)
{
	json_begin_object(&writer);
	json_null(&writer);
}

static void
name_in_array(void)
{
	json_begin_array(&writer);
	json_name(&writer, "x");
}

static void
two_names(void)
{
	json_begin_object(&writer);
	json_name(&writer, "x");
	json_name(&writer, "y");
}

static void
name_without_value(void)
{
	json_begin_object(&writer);
	json_name(&writer, "x");
	json_end(&writer);
}

static void
end_without_begin(void)
{
	json_end(&writer);
}

static void
two_roots(void)
{
	json_null(&writer);
	json_null(&writer);
}

static void
too_deep(void)
{
	for (int i = 0; i < JSON_WRITER_DEPTH; i++)
		json_begin_array(&writer);
}

static void
a_call_out_of_order_aborts(void **state)
{
	static void (*const bugs[])(void) = {value_without_name, name_in_array, two_names,
	    name_without_value, end_without_begin, two_roots, too_deep};

	(void)state;
	for (size_t i = 0; i < sizeof(bugs) / sizeof(bugs[0]); i++) {
		int status;
		pid_t pid = fork();

		if (pid == 0) {
			setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
			close(STDERR_FILENO);
			signal(SIGABRT, SIG_DFL);
			bugs[i]();
			_exit(0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	}
}

static void
the_deepest_value_that_is_read_can_be_written_within_others(void **state)
{
	(void)state;
	for (int i = 1; i < JSON_WRITER_DEPTH; i++)
		json_begin_array(&writer);
	for (int i = 1; i < JSON_WRITER_DEPTH; i++)
		json_end(&writer);
	assert_int_equal(out.len, 2 * (JSON_WRITER_DEPTH - 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(an_object_has_commas_between_its_pairs, begin),
	    cmocka_unit_test_setup(a_member_that_is_not_there_is_null, begin),
	    cmocka_unit_test_setup(a_scalar_can_be_the_root, begin),
	    cmocka_unit_test_setup(integers_have_their_whole_range, begin),
	    cmocka_unit_test_setup(strings_and_names_are_escaped, begin),
	    cmocka_unit_test_setup(bytes_that_are_not_utf8_are_replaced, begin),
	    cmocka_unit_test_setup(a_value_is_written_with_the_digits_it_was_read_with, begin),
	    cmocka_unit_test_setup(a_call_out_of_order_aborts, begin),
	    cmocka_unit_test_setup(
		the_deepest_value_that_is_read_can_be_written_within_others, begin),
	};

	return cmocka_run_group_tests(tests, NULL, release);
}
