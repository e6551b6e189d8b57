/* SPDX-License-Identifier: ISC */
/*
 * One pass over the text checks its grammar, without recursion, since a text may have as many
 * levels as bytes, and remembers where the values begin and end that pointers name.  Then these
 * are read like texts of their own.
 *
 * A path is what leads to a value: a key or an index for each list or map that is open.  Each
 * target knows how much of the present path its pointer begins with, so that only the items of
 * lists and maps on the way to one are compared.
 */
#include "base/json/json-pick.h"

#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/json/json-cursor.h"
#include "base/json/json-pointer.h"
#include "base/json/json.h"
#include "base/number.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/value.h"

#define BOM	      "\xef\xbb\xbf"
#define NO_INDEX      UINT64_MAX
#define ESCAPE_LENGTH 6 /* of \uXXXX */

/* A token of a pointer. */
struct step {
	const char *name;
	uint64_t index; /* the same in a list; NO_INDEX: no item of one */
};

/* A pick while the text is gone through. */
struct target {
	struct step *steps;
	size_t count;
	size_t capacity;
	size_t matched; /* so many are the beginning of the present path, or all of it */
	size_t reached; /* so many were, of a path before or of this one */
	struct json_cursor start;
	size_t end; /* 0: the value was not found, or not passed yet */
	bool found;
	const char *fault;
};

struct scan {
	struct arena *arena;
	struct json_cursor cursor;
	struct strbuf open; /* the closing bracket of each list and map around the cursor */
	struct target *targets;
	size_t count;
	size_t followed;     /* the greatest number of steps that a target has matched */
	uint64_t *positions; /* of the next item in each list that is on the way to a target */
};

/* ---- the way to the values */

static void
add_steps(struct arena *arena, struct target *target, const char *pointer)
{
	struct strbuf token = STRBUF_INIT;

	while (*pointer == '/' && json_pointer_next(&pointer, &token)) {
		struct step step = {
		    .name = arena_strndup(arena, token.buf, token.len), .index = NO_INDEX};

		number_parse(step.name, NO_INDEX - 1, &step.index);
		ARENA_GROW(arena, target->steps, target->count, target->capacity);
		target->steps[target->count++] = step;
	}
	strbuf_release(&token);
}

/* Compares a key as it is written, without its quotes, with a name. */
static bool
key_equals(const char *key, size_t len, const char *name)
{
	struct json_cursor cursor;
	char bytes[4];

	if (memchr(key, '\\', len) == NULL)
		return strlen(name) == len && memcmp(key, name, len) == 0;
	json_cursor_init(&cursor, key, len, 1, 1, NULL);
	while (cursor.at < len) {
		long code_point = json_cursor_any_character(&cursor, len);
		size_t used = utf8_put(bytes, (unsigned long)code_point);

		if (code_point == 0 || strncmp(name, bytes, used) != 0)
			return false;
		name += used;
	}
	return *name == '\0';
}

/* The item that begins now is on the way to the target. */
static void
match(struct scan *scan, const struct json_cursor *at, struct target *target, size_t levels)
{
	if (target->reached >= levels && target->fault == NULL)
		target->fault = arena_printf(scan->arena, "%u:%u: duplicate key '%s'", at->line,
		    json_cursor_column(at), target->steps[levels - 1].name);
	target->matched = target->reached = scan->followed = levels;
}

/* An item of the innermost list or map begins at a place; key: as it is written; NULL: no map. */
static void
enter_item(struct scan *scan, const struct json_cursor *at, const char *key, size_t len)
{
	size_t levels = scan->open.len;
	uint64_t position = 0;

	if (scan->followed != levels - 1)
		return;
	if (key == NULL)
		position = scan->positions[levels - 1]++;
	for (size_t i = 0; i < scan->count; i++) {
		struct target *target = &scan->targets[i];
		const struct step *step;

		if (target->matched != levels - 1 || target->count < levels)
			continue;
		step = &target->steps[levels - 1];
		if (key == NULL ? step->index == position : key_equals(key, len, step->name))
			match(scan, at, target, levels);
	}
}

static void
leave_item(struct scan *scan)
{
	size_t levels = scan->open.len;

	if (scan->followed != levels)
		return;
	for (size_t i = 0; i < scan->count; i++) {
		if (scan->targets[i].matched == levels)
			scan->targets[i].matched--;
	}
	scan->followed--;
}

/* The value at the cursor begins, or has been passed. */
static void
mark_value(struct scan *scan, bool passed)
{
	size_t levels = scan->open.len;

	if (scan->followed != levels)
		return;
	for (size_t i = 0; i < scan->count; i++) {
		struct target *target = &scan->targets[i];

		if (target->matched != levels || target->count != levels)
			continue;
		if (!passed && !target->found) {
			target->start = scan->cursor;
			target->found = true;
		} else if (passed && target->end == 0) {
			target->end = scan->cursor.at;
		}
	}
}

/* ---- the grammar */

static size_t
ordinary_length(const char *text, size_t len)
{
	size_t ordinary = 0;

	while (ordinary < len && text[ordinary] >= 0x20 && text[ordinary] < 0x7f &&
	       text[ordinary] != '\\' && text[ordinary] != '"')
		ordinary++;
	return ordinary;
}

/* Passes the string at the cursor.  Returns 0 with its text as it is written, or -1. */
static int
scan_string(struct json_cursor *cursor, const char **text, size_t *len)
{
	unsigned column = json_cursor_column(cursor);
	size_t start = ++cursor->at;

	for (;;) {
		cursor->at += ordinary_length(cursor->text + cursor->at, cursor->len - cursor->at);
		if (cursor->at == cursor->len)
			return fault_add_at(
			    cursor->faults, cursor->line, column, "the string is not closed");
		if (cursor->text[cursor->at] == '"')
			break;
		if (json_cursor_any_character(cursor, cursor->len) < 0)
			return -1;
	}
	*text = cursor->text + start;
	*len = cursor->at++ - start;
	return 0;
}

static int
scan_key(struct json_cursor *cursor, const char **key, size_t *len)
{
	if (json_cursor_peek(cursor) != '"')
		return json_cursor_fail_expected(cursor, "a key in quotes");
	return scan_string(cursor, key, len);
}

/* Passes the bracket that opens a list or map.  Returns 1 at its first item, 0 behind its end. */
static int
open_value(struct scan *scan, char closing)
{
	size_t levels = scan->open.len;

	scan->cursor.at++;
	json_cursor_skip_space(&scan->cursor);
	if (json_cursor_leave(&scan->cursor, closing))
		return 0;
	if (scan->followed == levels)
		scan->positions[levels] = 0;
	strbuf_addch(&scan->open, closing);
	return 1;
}

/* Passes a value, or the bracket before its first item: 1 then, 0 otherwise, or -1. */
static int
scan_value(struct scan *scan)
{
	struct json_cursor *cursor = &scan->cursor;
	const char *text;
	size_t len;

	switch (json_cursor_peek(cursor)) {
	case '{':
		return open_value(scan, '}');
	case '[':
		return open_value(scan, ']');
	case '"':
		return scan_string(cursor, &text, &len);
	default:
		if (json_cursor_literal(cursor, &len) != 0)
			return -1;
		cursor->at += len;
		return 0;
	}
}

/* Passes the key of an item, in a map.  Returns 0 at its value, or -1. */
static int
scan_item(struct scan *scan)
{
	struct json_cursor *cursor = &scan->cursor, start = *cursor;
	const char *key = NULL;
	size_t len = 0;

	if (scan->open.buf[scan->open.len - 1] == '}') {
		if (scan_key(cursor, &key, &len) != 0)
			return -1;
		enter_item(scan, &start, key, len);
		return json_cursor_pass_colon(cursor);
	}
	enter_item(scan, &start, NULL, 0);
	return 0;
}

/*
 * Passes what follows a value, and the ends of the lists and maps that end with it.  Returns 1 at
 * the next item, 0 behind the root, or -1.
 */
static int
end_values(struct scan *scan)
{
	int more = 0;

	for (;;) {
		mark_value(scan, true);
		if (scan->open.len == 0)
			return 0;
		leave_item(scan);
		more = json_cursor_next_item(&scan->cursor, scan->open.buf[scan->open.len - 1]);
		if (more != 0)
			return more;
		strbuf_truncate(&scan->open, scan->open.len - 1);
	}
}

/* Passes the root.  Returns 0, or -1. */
static int
scan_root(struct scan *scan)
{
	int more;

	json_cursor_skip_space(&scan->cursor);
	do {
		mark_value(scan, false);
		more = scan_value(scan);
		if (more == 0)
			more = end_values(scan);
		if (more > 0 && scan_item(scan) != 0)
			return -1;
	} while (more > 0);
	if (more < 0)
		return -1;
	json_cursor_skip_space(&scan->cursor);
	return json_cursor_peek(&scan->cursor) == -1
		   ? 0
		   : json_cursor_fail_after_value(&scan->cursor, '\0');
}

/* ---- texts that end early */

/* Whether a character of UTF-8 begins there that has more bytes. */
static bool
begins_character(const char *text, size_t len)
{
	unsigned char lead = (unsigned char)text[0];
	size_t whole = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;

	if (lead < 0xc2 || lead > 0xf4 || len >= whole)
		return false;
	for (size_t i = 1; i < len; i++) {
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return false;
	}
	return true;
}

/* Whether a number, true, false or null begins there that has more bytes. */
static bool
begins_literal(const char *text, size_t len)
{
	static const char *const words[] = {"true", "false", "null"};
	struct strbuf number = STRBUF_INIT;
	bool begins;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (len < strlen(words[i]) && memcmp(text, words[i], len) == 0)
			return true;
	}
	strbuf_add(&number, text, len);
	strbuf_addch(&number, '0');
	begins = json_is_number(number.buf, number.len);
	strbuf_release(&number);
	return begins;
}

/* Whether what is at a fault, up to the end of the text, could be right if more followed. */
static bool
is_cut_off(const char *text, size_t len)
{
	if (len == 0)
		return true;
	if (text[0] == '\\')
		return len == 1 || (len < ESCAPE_LENGTH && text[1] == 'u' &&
				       number_read_hex(text + 2, len - 2, len - 2) >= 0);
	return begins_character(text, len) || begins_literal(text, len);
}

/* ---- all of it */

/* Reads the value that a target has found, and says what came of it. */
static void
read_target(struct scan *scan, struct target *target, struct json_pick *pick)
{
	struct strbuf err = STRBUF_INIT;
	struct faults faults;

	pick->value = NULL;
	pick->fault = target->fault;
	if (!target->found || target->fault != NULL)
		return;
	faults_init(&faults, NULL);
	faults.first_only = true;
	target->start.faults = &faults;
	json_cursor_read(scan->arena, &target->start, target->end - target->start.at, &pick->value);
	if (faults.count > 0) {
		faults_fail(&faults, &err);
		pick->fault = arena_strndup(scan->arena, err.buf, err.len);
		pick->value = NULL;
	}
	faults_release(&faults);
	strbuf_release(&err);
}

static void
prepare(struct scan *scan, const struct json_pick *picks, size_t count)
{
	size_t longest = 0;

	scan->targets = arena_calloc(scan->arena, count, sizeof(*scan->targets));
	scan->count = count;
	for (size_t i = 0; i < count; i++) {
		add_steps(scan->arena, &scan->targets[i], picks[i].pointer);
		if (scan->targets[i].count > longest)
			longest = scan->targets[i].count;
	}
	scan->positions = arena_calloc(scan->arena, longest + 1, sizeof(*scan->positions));
}

enum json_picked
json_pick(struct arena *arena, const char *text, size_t len, struct json_pick *picks, size_t count,
    struct strbuf *err)
{
	size_t bom = len >= strlen(BOM) && memcmp(text, BOM, strlen(BOM)) == 0 ? strlen(BOM) : 0;
	struct scan scan = {.arena = arena, .open = STRBUF_INIT};
	struct json_cursor *cursor = &scan.cursor;
	enum json_picked result = JSON_PICKED;
	struct faults faults;

	faults_init(&faults, NULL);
	faults.first_only = true;
	json_cursor_init(cursor, text + bom, len - bom, 1, 1, &faults);
	prepare(&scan, picks, count);
	if (scan_root(&scan) != 0) {
		result = is_cut_off(cursor->text + cursor->at, cursor->len - cursor->at)
			     ? JSON_CUT_OFF
			     : JSON_IS_NONE;
		faults_fail(&faults, err);
	}
	for (size_t i = 0; result == JSON_PICKED && i < count; i++)
		read_target(&scan, &scan.targets[i], &picks[i]);
	faults_release(&faults);
	strbuf_release(&scan.open);
	return result;
}
