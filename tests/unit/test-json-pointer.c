/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <string.h>

#include "base/arena.h"
#include "base/json/json-pointer.h"
#include "base/json/json.h"
#include "base/strbuf.h"
#include "base/value.h"

/* The document and the pointers of RFC 6901, section 5, but for the key with a quote. */
static const char document[] = "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,"
			       "\"g|h\":4,\"i\\\\j\":5,\" \":7,\"m~n\":8}";

static void
assert_at(const struct value *root, const char *pointer, const char *text)
{
	const struct value *found = json_pointer_find(root, pointer);

	if (text == NULL) {
		assert_null(found);
		return;
	}
	assert_non_null(found);
	assert_string_equal(found->text, text);
}

static struct value *
parse(struct arena *arena, const char *text)
{
	struct strbuf err = STRBUF_INIT;
	struct value *root = NULL;

	assert_int_equal(json_parse(arena, NULL, text, strlen(text), &root, &err), 0);
	return root;
}

static void
the_examples_of_the_rfc_are_found(void **state)
{
	struct arena arena = ARENA_INIT;
	struct value *root = parse(&arena, document);

	(void)state;
	assert_ptr_equal(json_pointer_find(root, ""), root);
	assert_int_equal(json_pointer_find(root, "/foo")->type, VALUE_LIST);
	assert_at(root, "/foo/0", "bar");
	assert_at(root, "/", "0");
	assert_at(root, "/a~1b", "1");
	assert_at(root, "/c%d", "2");
	assert_at(root, "/e^f", "3");
	assert_at(root, "/g|h", "4");
	assert_at(root, "/i\\j", "5");
	assert_at(root, "/ ", "7");
	assert_at(root, "/m~0n", "8");
	arena_release(&arena);
}

static void
what_is_not_there_is_not_found(void **state)
{
	static const char *const nowhere[] = {"/nope", "/foo/2", "/foo/-", "/foo/00", "/foo/01",
	    "/foo/x", "/foo/0/x", "foo", "/m~2n", "/m~", "/foo/18446744073709551616", "/foo/+1",
	    "/foo/"};
	struct arena arena = ARENA_INIT;
	struct value *root = parse(&arena, document);

	(void)state;
	for (size_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++)
		assert_at(root, nowhere[i], NULL);
	arena_release(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_examples_of_the_rfc_are_found),
	    cmocka_unit_test(what_is_not_there_is_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
