/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/strbuf.h"

static void
an_unused_buffer_is_an_empty_string(void **state)
{
	struct strbuf sb = STRBUF_INIT;

	(void)state;
	assert_string_equal(sb.buf, "");
	assert_int_equal(sb.len, 0);
	strbuf_add(&sb, "never read", 0);
	strbuf_addstr(&sb, "");
	strbuf_truncate(&sb, 0);
	strbuf_reset(&sb);
	assert_ptr_equal(sb.buf, strbuf_empty);
	strbuf_release(&sb);
}

static void
text_is_added_at_the_end(void **state)
{
	struct strbuf sb = STRBUF_INIT;

	(void)state;
	strbuf_addstr(&sb, "one ");
	strbuf_addch(&sb, '2');
	strbuf_addf(&sb, " %s %d", "three", 4);
	strbuf_add(&sb, " five!", 5);
	assert_string_equal(sb.buf, "one 2 three 4 five");
	assert_int_equal(sb.len, strlen("one 2 three 4 five"));
	strbuf_release(&sb);
}

static void
a_buffer_keeps_bytes_after_a_nul(void **state)
{
	struct strbuf sb = STRBUF_INIT;

	(void)state;
	strbuf_add(&sb, "a\0b", 3);
	assert_int_equal(sb.len, 3);
	assert_memory_equal(sb.buf, "a\0b", 4);
	strbuf_release(&sb);
}

static void
every_length_of_formatted_text_fits(void **state)
{
	(void)state;
	for (int width = 0; width < 300; width++) {
		struct strbuf sb = STRBUF_INIT;

		strbuf_addf(&sb, "<%*s>", width, "");
		assert_int_equal(sb.len, width + 2);
		assert_int_equal(sb.buf[width + 1], '>');
		assert_int_equal(sb.buf[sb.len], '\0');
		assert_true(sb.len < sb.size);
		strbuf_release(&sb);
	}
}

static void
a_buffer_grows_byte_by_byte(void **state)
{
	struct strbuf sb = STRBUF_INIT;

	(void)state;
	for (size_t i = 0; i < 100000; i++) {
		strbuf_addch(&sb, (char)('a' + i % 26));
		assert_int_equal(sb.buf[sb.len], '\0');
	}
	assert_int_equal(sb.len, 100000);
	assert_int_equal(sb.buf[99999], 'a' + 99999 % 26);
	strbuf_release(&sb);
}

static void
reset_and_truncate_keep_the_memory(void **state)
{
	struct strbuf sb = STRBUF_INIT;
	const char *before;

	(void)state;
	strbuf_addstr(&sb, "something");
	before = sb.buf;
	strbuf_truncate(&sb, 4);
	assert_string_equal(sb.buf, "some");
	strbuf_reset(&sb);
	assert_string_equal(sb.buf, "");
	assert_ptr_equal(sb.buf, before);
	strbuf_release(&sb);
}

static void
detached_text_belongs_to_the_caller(void **state)
{
	struct strbuf sb = STRBUF_INIT;
	char *text;

	(void)state;
	text = strbuf_detach(&sb);
	assert_string_equal(text, "");
	free(text);
	strbuf_addstr(&sb, "kept");
	text = strbuf_detach(&sb);
	assert_string_equal(text, "kept");
	assert_string_equal(sb.buf, "");
	free(text);
}

static void
fail_returns_minus_one_and_says_why(void **state)
{
	struct strbuf err = STRBUF_INIT;

	(void)state;
	assert_int_equal(fail(&err, "no '%s'", "x"), -1);
	assert_string_equal(err.buf, "no 'x'");
	strbuf_reset(&err);
	errno = ENOENT;
	assert_int_equal(fail_errno(&err, "cannot open '%s'", "x.yaml"), -1);
	assert_int_equal(errno, ENOENT);
	assert_string_equal(err.buf, "cannot open 'x.yaml': No such file or directory");
	strbuf_release(&err);
}

static void
a_caller_that_wants_no_message_passes_null(void **state)
{
	(void)state;
	errno = ENOENT;
	assert_int_equal(fail(NULL, "no %s", "step"), -1);
	assert_int_equal(fail_errno(NULL, "cannot open '%s'", "x"), -1);
	assert_int_equal(errno, ENOENT);
}

static void
arrays_grow_and_keep_their_items(void **state)
{
	struct arena arena = ARENA_INIT;
	int *in_heap = NULL, *in_arena = NULL;
	size_t heap_count = 0, heap_capacity = 0, arena_count = 0, arena_capacity = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		ALLOC_GROW(in_heap, heap_count, heap_capacity);
		in_heap[heap_count++] = i;
		ARENA_GROW(&arena, in_arena, arena_count, arena_capacity);
		in_arena[arena_count++] = i;
	}
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(in_heap[i], i);
		assert_int_equal(in_arena[i], i);
	}
	free(in_heap);
	arena_release(&arena);
}

static void
arena_memory_is_zeroed_and_aligned(void **state)
{
	struct arena arena = ARENA_INIT;

	(void)state;
	for (size_t size = 0; size < 20000; size = size * 2 + 1) {
		unsigned char *memory = arena_alloc(&arena, size);

		assert_int_equal((uintptr_t)memory % alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(memory[i], 0);
		if (size)
			memset(memory, 0xff, size);
		arena_strdup(&arena, "x"); /* puts the next piece off its alignment */
	}
	arena_release(&arena);
}

static void
pieces_of_an_arena_do_not_overlap(void **state)
{
	struct arena arena = ARENA_INIT;
	static unsigned char *pieces[2000];

	(void)state;
	for (size_t i = 0; i < 2000; i++) {
		pieces[i] = arena_alloc(&arena, i % 97 + (i % 500 == 0 ? 9000 : 1));
		pieces[i][0] = (unsigned char)i;
		pieces[i][i % 97] = (unsigned char)i;
	}
	for (size_t i = 0; i < 2000; i++) {
		assert_int_equal(pieces[i][0], (unsigned char)i);
		assert_int_equal(pieces[i][i % 97], (unsigned char)i);
	}
	arena_release(&arena);
}

static void
a_large_piece_leaves_the_rest_of_the_block_in_use(void **state)
{
	struct arena arena = ARENA_INIT;
	const char *first, *second;

	(void)state;
	first = arena_strdup(&arena, "first");
	arena_alloc(&arena, 5000000);
	second = arena_strdup(&arena, "second");
	assert_ptr_equal(second, first + sizeof("first"));
	arena_release(&arena);
}

static void
arena_copies_end_in_a_nul(void **state)
{
	struct arena arena = ARENA_INIT;

	(void)state;
	assert_string_equal(arena_strdup(&arena, "text"), "text");
	assert_string_equal(arena_strndup(&arena, "text", 2), "te");
	assert_string_equal(arena_strndup(&arena, NULL, 0), "");
	assert_string_equal(arena_printf(&arena, "%s-%04d", "REQ", 7), "REQ-0007");
	arena_release(&arena);
}

static void
a_released_arena_can_be_used_again(void **state)
{
	struct arena arena = ARENA_INIT;

	(void)state;
	arena_release(&arena);
	arena_strdup(&arena, "once");
	arena_release(&arena);
	assert_null(arena.blocks);
	assert_string_equal(arena_strdup(&arena, "again"), "again");
	arena_release(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_unused_buffer_is_an_empty_string),
	    cmocka_unit_test(text_is_added_at_the_end),
	    cmocka_unit_test(a_buffer_keeps_bytes_after_a_nul),
	    cmocka_unit_test(every_length_of_formatted_text_fits),
	    cmocka_unit_test(a_buffer_grows_byte_by_byte),
	    cmocka_unit_test(reset_and_truncate_keep_the_memory),
	    cmocka_unit_test(detached_text_belongs_to_the_caller),
	    cmocka_unit_test(fail_returns_minus_one_and_says_why),
	    cmocka_unit_test(a_caller_that_wants_no_message_passes_null),
	    cmocka_unit_test(arrays_grow_and_keep_their_items),
	    cmocka_unit_test(arena_memory_is_zeroed_and_aligned),
	    cmocka_unit_test(pieces_of_an_arena_do_not_overlap),
	    cmocka_unit_test(a_large_piece_leaves_the_rest_of_the_block_in_use),
	    cmocka_unit_test(arena_copies_end_in_a_nul),
	    cmocka_unit_test(a_released_arena_can_be_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
