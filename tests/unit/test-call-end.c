/* SPDX-License-Identifier: ISC */
/*
 * How a call ends, compared with the table in svcreq-pipeline(5): every status, repeatable or not,
 * with its outputs or without.
 */
#include "unit.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/strbuf.h"
#include "steps/call-end.h"

#define ROWS_MAX 32

struct row {
	const char *answer;
	const char *repeatable;
	const char *other;
	bool used;
};

static struct strbuf page = STRBUF_INIT;
static struct row rows[ROWS_MAX];
static size_t row_count;

/* Takes the rows out of the page, but for the heading. */
static int
read_table(void **state)
{
	const char *tests = getenv("SVCREQ_TESTS_DIR");
	struct strbuf name = STRBUF_INIT;
	char *line, *save = NULL;

	(void)state;
	strbuf_addf(&name, "%s/../man/svcreq-pipeline.5", tests == NULL ? "tests" : tests);
	if (file_read(AT_FDCWD, name.buf, (size_t)1 << 20, &page) != 0)
		return -1;
	strbuf_release(&name);
	line = strstr(page.buf, ".Ss How a call ends\n");
	line = line == NULL ? NULL : strstr(line, ".It Em the answer");
	if (line == NULL)
		return -1;
	strtok_r(line, "\n", &save);
	while ((line = strtok_r(NULL, "\n", &save)) != NULL && strcmp(line, ".El") != 0) {
		struct row *row = &rows[row_count++];
		char *first = strstr(line, " Ta "), *second;

		second = first == NULL ? NULL : strstr(first + 1, " Ta ");
		if (row_count == ROWS_MAX || second == NULL)
			return -1;
		*first = *second = '\0';
		row->answer = line + strlen(".It ");
		row->repeatable = first + strlen(" Ta ");
		row->other = second + strlen(" Ta ");
	}
	return row_count > 0 ? 0 : -1;
}

static int
check_all_used(void **state)
{
	int ret = 0;

	(void)state;
	for (size_t i = 0; i < row_count; i++) {
		if (!rows[i].used) {
			print_error("no call ends as '%s' says\n", rows[i].answer);
			ret = -1;
		}
	}
	strbuf_release(&page);
	return ret;
}

/* Whether one of "404", "4xx", "5xx to 9xx" in the text, up to end, is the status. */
static bool
names_status(const char *text, const char *end, int status)
{
	int first = 0, last = 0;

	while (text < end) {
		int number = (text[0] - '0') * 100;
		bool is_class = text[1] == 'x';

		if (!is_class)
			number += (text[1] - '0') * 10 + (text[2] - '0');
		last = is_class ? number + 99 : number;
		if (first == 0)
			first = number;
		if (status >= first && status <= last)
			return true;
		text += 3;
		if (strncmp(text, " to ", 4) == 0) {
			text += 4;
			continue;
		}
		first = 0;
		text += strspn(text, ", ");
	}
	return false;
}

static bool
row_has_status(const struct row *row, int status)
{
	const char *text = row->answer, *but;

	if (strncmp(text, "other ", 6) == 0)
		text += 6;
	if (text[0] < '1' || text[0] > '9')
		return false;
	but = strstr(text, " but ");
	if (but == NULL)
		return names_status(text, text + strlen(text), status);
	return names_status(text, but, status) && !names_status(but + 5, but + strlen(but), status);
}

/* Which cell of the row the end is. */
static void
assert_end(struct row *row, const struct call_facts *facts)
{
	const char *wanted = facts->repeatable ? row->repeatable : row->other;
	struct call_end end = call_end_of(facts);
	struct strbuf got = STRBUF_INIT;

	row->used = true;
	strbuf_addstr(&got, end.completed ? "Completed" : end.try_again ? "tried again" : "Failed");
	if (!end.completed && end.reason == REASON_OUTCOME_UNKNOWN)
		strbuf_addstr(&got, ", unknown");
	else if (!end.completed && end.effect != EFFECT_NONE)
		strbuf_addstr(&got, end.effect == EFFECT_CERTAIN ? ", carried out" : ", perhaps");
	if (strcmp(got.buf, wanted) != 0)
		print_error("%d, %s, %s\n", facts->status,
		    facts->repeatable ? "repeatable" : "other", row->answer);
	assert_string_equal(got.buf, wanted);
	/* what is tried again cannot do a thing twice, and what is unknown may have been done */
	if (end.try_again || facts->repeatable)
		assert_int_equal(end.effect, EFFECT_NONE);
	if (end.reason == REASON_OUTCOME_UNKNOWN)
		assert_int_equal(end.effect, EFFECT_POSSIBLE);
	if (end.completed && !facts->repeatable)
		assert_int_equal(end.effect, EFFECT_CERTAIN);
	assert_int_equal(end.completed, end.reason == REASON_NONE);
	strbuf_release(&got);
}

static struct row *
row_of(const char *answer)
{
	for (size_t i = 0; i < row_count; i++) {
		if (strcmp(rows[i].answer, answer) == 0)
			return &rows[i];
	}
	print_error("the table has no row '%s'\n", answer);
	abort();
}

static struct row *
row_of_status(int status)
{
	struct row *found = NULL;

	for (size_t i = 0; i < row_count; i++) {
		if (row_has_status(&rows[i], status)) {
			if (found != NULL)
				print_error("two rows for %d\n", status);
			assert_null(found);
			found = &rows[i];
		}
	}
	if (found == NULL)
		print_error("no row for %d\n", status);
	assert_non_null(found);
	return found;
}

/* What is known of a call with that status: each of 36 sets of facts. */
static struct call_facts
facts_of(int status, unsigned bits)
{
	return (struct call_facts){
	    .status = status,
	    .sent = true,
	    .repeatable = (bits & 1) != 0,
	    .success = (bits & 2) != 0,
	    .outputs = bits / 4 % 3,
	    .expectation = bits / 12,
	};
}

/* An answer that says no is no answer to take outputs from. */
static struct row *
row_of_success(const struct call_facts *facts)
{
	static const char *const outputs[] = {
	    [OUTPUTS_TAKEN] = "success, outputs taken",
	    [OUTPUTS_CUT] = "success, body broken off",
	    [OUTPUTS_MISSING] = "success, output missing",
	};

	if (facts->expectation == UNEXPECTED)
		return row_of("success, not as expected");
	if (facts->expectation == EXPECTATION_CUT)
		return row_of("success, body broken off");
	return row_of(outputs[facts->outputs]);
}

static void
every_status_ends_as_the_manual_says(void **state)
{
	(void)state;
	for (int status = 200; status <= 999; status++) {
		for (unsigned bits = 0; bits < 36; bits++) {
			struct call_facts facts = facts_of(status, bits);

			assert_end(
			    facts.success ? row_of_success(&facts) : row_of_status(status), &facts);
		}
	}
}

/* 1xx is no final status: the caller has none then. */
static void
what_has_no_final_status_ends_as_the_manual_says(void **state)
{
	static const struct {
		enum call_break broke;
		bool sent;
		const char *answer;
		enum reason reason;
	} table[] = {
	    {CALL_REFUSED, false, "not sent, and no use to ask again", REASON_EXECUTOR},
	    {CALL_HOPELESS, false, "not sent, and no use to ask again", REASON_TRANSPORT},
	    {CALL_BROKEN, false, "not sent else", REASON_TRANSPORT},
	    {CALL_TIMED_OUT, false, "not sent else", REASON_TIMEOUT},
	    {CALL_HOPELESS, true, "sent, our certificate is refused", REASON_TRANSPORT},
	    {CALL_BROKEN, true, "sent, no whole answer", REASON_TRANSPORT},
	    {CALL_TIMED_OUT, true, "sent, no whole answer", REASON_TIMEOUT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		for (int repeatable = 0; repeatable < 2; repeatable++) {
			struct call_facts facts = {.broke = table[i].broke,
			    .sent = table[i].sent,
			    .repeatable = repeatable != 0};
			bool unknown =
			    repeatable == 0 && table[i].sent && table[i].broke != CALL_HOPELESS;

			assert_end(row_of(table[i].answer), &facts);
			assert_int_equal(call_end_of(&facts).reason,
			    unknown ? REASON_OUTCOME_UNKNOWN : table[i].reason);
		}
	}
}

/* retry.on makes a failure one that is tried again, and never a call that is not repeatable. */
static void
only_a_repeatable_call_is_asked_again(void **state)
{
	(void)state;
	for (int status = 200; status <= 999; status++) {
		for (unsigned bits = 0; bits < 36; bits++) {
			struct call_facts facts = facts_of(status, bits);
			struct call_end plain = call_end_of(&facts), end;

			facts.ask_again = true;
			end = call_end_of(&facts);
			assert_int_equal(end.completed, plain.completed);
			assert_int_equal(end.reason, plain.reason);
			assert_int_equal(end.effect, plain.effect);
			assert_int_equal(end.try_again,
			    plain.try_again || (facts.repeatable && !plain.completed));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_status_ends_as_the_manual_says),
	    cmocka_unit_test(what_has_no_final_status_ends_as_the_manual_says),
	    cmocka_unit_test(only_a_repeatable_call_is_asked_again),
	};

	return cmocka_run_group_tests(tests, read_table, check_all_used);
}
