/* SPDX-License-Identifier: ISC */
/* The manual against the tables of the program: what is data here must be true there. */
#include "unit.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "model/exit-code.h"
#include "model/request/permission.h"
#include "model/request/status.h"
#include "model/parameter-kinds.h"
#include "model/pipeline/pipeline.h"
#include "model/step-type.h"
#include "model/request/transition.h"
#include "steps/catalogue.h"
#include "steps/http-kinds.h"
#include "steps/http-url.h"

#define STEP_STATUS_COUNT (STEP_COMPLETED + 1)
#define COLUMNS_MOST	  12
#define BIT(number)	  (1U << (unsigned)(number))

static void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

static void
complain(const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	print_error("%s\n", text);
	_fail(__FILE__, __LINE__);
	abort();
}

/* The text of a file of the repository, to be released. */
static void
read_source(const char *path, struct strbuf *out)
{
	const char *tests = getenv("SVCREQ_TESTS_DIR");
	struct strbuf name = STRBUF_INIT;

	if (tests != NULL)
		strbuf_addf(&name, "%s/../", tests);
	strbuf_addstr(&name, path);
	if (file_read(AT_FDCWD, name.buf, (size_t)1 << 20, out) != 0)
		complain("cannot read '%s'", name.buf);
	strbuf_release(&name);
}

/* Appends the lines that begin with start, in the section of a page that begins with that line. */
static void
lines_of_section(const char *page, const char *section, const char *start, struct strbuf *out)
{
	struct strbuf text = STRBUF_INIT;
	char *save = NULL;
	bool inside = false, found = false;

	read_source(page, &text);
	for (char *line = strtok_r(text.buf, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		if (strcmp(line, section) == 0)
			inside = found = true;
		else if (strncmp(line, ".Sh ", 4) == 0 || strncmp(line, ".Ss ", 4) == 0)
			inside = false;
		else if (inside && strncmp(line, start, strlen(start)) == 0)
			strbuf_addf(out, "%s\n", line);
	}
	strbuf_release(&text);
	if (!found)
		complain("%s has no '%s'", page, section);
}

static void
add_limit(struct strbuf *out, const struct parameter_field *field)
{
	strbuf_addstr(out, " , at most ");
	if (field->kind == &kind_duration)
		duration_add(out, field->max);
	else if (field->kind == &kind_size)
		strbuf_addf(out, "%" PRId64 "MiB", field->max >> 20);
	else
		strbuf_addf(out, "%" PRId64, field->max);
}

/* ".It Cm timeout Pq duration , default 60s , at most 1h", and so on. */
static void
add_parameters(struct strbuf *out, const struct parameter_field *fields)
{
	for (; fields->name != NULL; fields++) {
		strbuf_addf(out, ".It Cm %s Pq %s", fields->name, fields->kind->title);
		if (fields->required)
			strbuf_addstr(out, " , required");
		if (fields->fallback != NULL)
			strbuf_addf(out, " , default %s", fields->fallback);
		if (fields->max != 0)
			add_limit(out, fields);
		if (fields->literal_only)
			strbuf_addstr(out, " , fixed");
		strbuf_addch(out, '\n');
		if (fields->members != NULL)
			add_parameters(out, fields->members);
	}
}

static void
every_step_type_and_its_parameters_are_in_the_manual(void **state)
{
	struct strbuf wanted = STRBUF_INIT, written = STRBUF_INIT, section = STRBUF_INIT;

	(void)state;
	for (const struct step_type *const *each = steps_catalogue; *each != NULL; each++) {
		const struct step_type *type = *each;

		strbuf_reset(&section);
		strbuf_addf(&section, ".Ss %s", type->name);
		add_parameters(&wanted, type->fields);
		lines_of_section("man/svcreq-pipeline.5", section.buf, ".It Cm ", &written);
	}
	assert_string_equal(written.buf, wanted.buf);
	strbuf_release(&wanted);
	strbuf_release(&written);
	strbuf_release(&section);
}

static void
every_kind_of_parameter_is_in_the_manual(void **state)
{
	static const struct parameter_kind *const kinds[] = {&kind_text, &kind_word, &kind_method,
	    &kind_url, &kind_proxy, &kind_headers, &kind_query, &kind_json, &kind_statuses,
	    &kind_duration, &kind_count, &kind_size, &kind_boolean, &kind_users, &kind_list,
	    &kind_pointers, &kind_group};
	struct strbuf wanted = STRBUF_INIT, written = STRBUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		strbuf_addf(&wanted, ".It %s\n", kinds[i]->title);
	lines_of_section("man/svcreq-pipeline.5", ".Ss Kinds of parameters", ".It ", &written);
	assert_string_equal(written.buf, wanted.buf);
	strbuf_release(&wanted);
	strbuf_release(&written);
}

/* ".It Cm event_id Pq integer , always" for a line of the table in event.c. */
static void
add_field(struct strbuf *out, const char *line)
{
	static const struct {
		const char *kind;
		const char *words;
	} kinds[] = {{"INTEGER", "integer"}, {"TEXT", "text"}, {"TIME", "time"},
	    {"EVENT_TYPE", "event type"}, {"STATUS", "status"}, {"REASON", "reason"},
	    {"EFFECT", "effect"}, {"VALUE", "value"}, {"LIST", "list"}, {"MAP", "map"},
	    {"FLAG", "boolean"}, {"USER_NUMBER", "integer"}};
	char name[64], kind[64], required[8];
	const char *words = "an unknown kind";

	assert_int_equal(
	    sscanf(line, " {\"%63[^\"]\", FIELD_%63[A-Z_], %7[a-z]", name, kind, required), 3);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kind, kinds[i].kind) == 0)
			words = kinds[i].words;
	}
	strbuf_addf(out, ".It Cm %s Pq %s%s\n", name, words,
	    strcmp(required, "true") == 0 ? " , always" : "");
}

static void
every_event_field_is_in_the_manual(void **state)
{
	struct strbuf source = STRBUF_INIT, wanted = STRBUF_INIT, written = STRBUF_INIT;
	char *save = NULL;

	(void)state;
	read_source("src/model/request/event.c", &source);
	for (char *line = strtok_r(source.buf, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, "    {\"", 6) == 0)
			add_field(&wanted, line);
	}
	lines_of_section("man/svcreq-state.5", ".Ss Events", ".It Cm ", &written);
	assert_string_equal(written.buf, wanted.buf);
	strbuf_release(&source);
	strbuf_release(&wanted);
	strbuf_release(&written);
}

static void
every_event_type_and_reason_is_in_the_manual(void **state)
{
	struct strbuf wanted = STRBUF_INIT, written = STRBUF_INIT;
	char line[64];

	(void)state;
	lines_of_section("man/svcreq-state.5", ".Ss Event types", ".It Ql ", &written);
	for (int type = 0; type < EVENT_TYPE_COUNT; type++) {
		snprintf(line, sizeof(line), ".It Ql %s\n", event_type_name((enum event_type)type));
		assert_non_null(strstr(written.buf, line));
	}
	strbuf_reset(&written);
	for (int reason = REASON_NONE + 1; reason < REASON_COUNT; reason++)
		strbuf_addf(&wanted, ".It Ql %s\n", reason_name((enum reason)reason));
	lines_of_section("man/svcreq-state.5", ".Ss Reasons", ".It Ql ", &written);
	assert_string_equal(written.buf, wanted.buf);
	strbuf_release(&wanted);
	strbuf_release(&written);
}

/* Takes the cells of ".It a Ta b Ta c" apart; returns how many there are. */
static size_t
split_row(char *row, char *cells[COLUMNS_MOST])
{
	size_t count = 0;
	char *next = row + strlen(".It ");

	while (next != NULL && count < COLUMNS_MOST) {
		cells[count] = next;
		next = strstr(next, " Ta ");
		if (next != NULL) {
			*next = '\0';
			next += strlen(" Ta ");
		}
		count++;
	}
	return count;
}

static int
step_status_find(const char *name)
{
	for (int status = 0; status < STEP_STATUS_COUNT; status++) {
		if (strcmp(name, step_status_name((enum step_status)status)) == 0)
			return status;
	}
	complain("'%s' is no status of a step", name);
}

/* "Not Started, Running" as a set. */
static unsigned
step_statuses(char *list)
{
	unsigned set = 0;
	char *save = NULL;

	for (char *name = strtok_r(list, ",", &save); name != NULL;
	     name = strtok_r(NULL, ",", &save))
		set |= BIT(step_status_find(name + strspn(name, " ")));
	return set;
}

/* The tables of svcreq-state(5), read into what the functions of the state machine tell. */
struct manual {
	unsigned steps[EVENT_TYPE_COUNT][REQUEST_STATUS_COUNT]; /* sets of states of the step */
	int after[EVENT_TYPE_COUNT][REQUEST_STATUS_COUNT];
	bool request[EVENT_TYPE_COUNT][REQUEST_STATUS_COUNT];
	bool command[COMMAND_COUNT][REQUEST_STATUS_COUNT];
};

static void
read_event_row(struct manual *manual, char *cells[COLUMNS_MOST])
{
	int event = event_type_find(cells[0]), request = request_status_find(cells[1]);

	assert_true(event >= 0 && request >= 0);
	if (strcmp(cells[2], "-") == 0) {
		assert_string_equal(cells[3], "-");
		manual->request[event][request] = true;
		return;
	}
	assert_int_equal(manual->steps[event][request], 0);
	manual->steps[event][request] = step_statuses(cells[2]);
	manual->after[event][request] = step_status_find(cells[3]);
}

static void
read_command_row(struct manual *manual, char *cells[COLUMNS_MOST])
{
	int request = request_status_find(cells[0]);

	assert_true(request >= 0);
	for (int command = 0; command < COMMAND_COUNT; command++) {
		bool allowed = strcmp(cells[command + 1], "yes") == 0;

		assert_true(allowed || strcmp(cells[command + 1], "-") == 0);
		manual->command[command][request] = allowed;
	}
}

static void
check_headings(char *cells[COLUMNS_MOST])
{
	for (int command = 0; command < COMMAND_COUNT; command++)
		assert_string_equal(
		    cells[command + 1] + strlen("Em "), command_name((enum command)command));
}

static void
read_manual(struct manual *manual)
{
	struct strbuf rows = STRBUF_INIT;
	char *save = NULL, *cells[COLUMNS_MOST];

	*manual = (struct manual){0};
	lines_of_section("man/svcreq-state.5", ".Ss Which event may follow", ".It ", &rows);
	for (char *row = strtok_r(rows.buf, "\n", &save); row != NULL;
	     row = strtok_r(NULL, "\n", &save)) {
		size_t count = split_row(row, cells);

		if (strncmp(cells[0], "Em ", 3) != 0 && count == 4)
			read_event_row(manual, cells);
		else if (count == COMMAND_COUNT + 1 && strncmp(cells[0], "Em ", 3) == 0)
			check_headings(cells);
		else if (count == COMMAND_COUNT + 1)
			read_command_row(manual, cells);
	}
	strbuf_release(&rows);
}

static void
check_event(const struct manual *manual, enum event_type event, enum request_status request)
{
	assert_int_equal(manual->request[event][request], request_event_allowed(request, event));
	for (int i = 0; i < STEP_STATUS_COUNT; i++) {
		enum step_status step = (enum step_status)i;
		bool written = (manual->steps[event][request] & BIT(step)) != 0;

		if (written != step_event_allowed(request, step, event))
			complain("'%s' while the request is %s and the step is %s",
			    event_type_name(event), request_status_name(request),
			    step_status_name(step));
		if (written)
			assert_int_equal(
			    manual->after[event][request], step_status_after(request, step, event));
	}
}

static void
the_transition_table_of_the_manual_is_that_of_the_program(void **state)
{
	struct manual manual;

	(void)state;
	read_manual(&manual);
	for (int event = 0; event < EVENT_TYPE_COUNT; event++) {
		for (int request = 0; request < REQUEST_STATUS_COUNT; request++)
			check_event(&manual, (enum event_type)event, (enum request_status)request);
	}
}

static void
the_command_table_of_the_manual_is_that_of_the_program(void **state)
{
	struct manual manual;

	(void)state;
	read_manual(&manual);
	for (int command = 0; command < COMMAND_COUNT; command++) {
		for (int request = 0; request < REQUEST_STATUS_COUNT; request++) {
			if (manual.command[command][request] !=
			    command_allowed((enum request_status)request, (enum command)command))
				complain("'%s' while the request is %s",
				    command_name((enum command)command),
				    request_status_name((enum request_status)request));
		}
	}
}

/* The roles that a row of the table of permissions speaks of. */
static unsigned
roles_in(const char *text)
{
	unsigned roles = 0;

	if (strstr(text, "not the requester") != NULL)
		roles |= ROLE_OTHER;
	else if (strstr(text, "requester") != NULL)
		roles |= ROLE_REQUESTER;
	roles |= strstr(text, "who has approved it") != NULL ? ROLE_VOTER : 0;
	roles |= strstr(text, "owner") != NULL ? ROLE_OWNER : 0;
	roles |= strstr(text, "service") != NULL ? ROLE_SERVICE : 0;
	roles |= strstr(text, "The approvers of the step") != NULL ? ROLE_APPROVER : 0;
	/* an admin is an approver where none are named */
	if ((roles & ROLE_APPROVER) == 0 && strstr(text, "admins") != NULL)
		roles |= ROLE_ADMIN;
	return roles;
}

/* "update, cancel" and what is said of them; the commands that are not in the table are for all. */
static void
check_permission_row(char *names, const char *text, bool found[COMMAND_COUNT])
{
	char *save = NULL;

	for (char *name = strtok_r(names, ", \n", &save); name != NULL;
	     name = strtok_r(NULL, ", \n", &save)) {
		unsigned roles = 0;

		for (int command = 0; command < COMMAND_COUNT; command++) {
			if (strcmp(name, command_name((enum command)command)) != 0)
				continue;
			found[command] = true;
			roles = permission_roles((enum command)command);
		}
		if (roles != roles_in(text))
			complain("who may '%s' is not: %s", name, text);
		if (roles == 0)
			assert_non_null(strstr(text, "Everybody"));
	}
}

static void
who_may_do_what_is_in_the_manual(void **state)
{
	struct strbuf text = STRBUF_INIT;
	bool found[COMMAND_COUNT] = {false};
	char *row, *next, *end;

	(void)state;
	read_source("man/svcreq.1", &text);
	row = strstr(text.buf, ".Sh PERMISSIONS\n");
	assert_non_null(row);
	end = strstr(row, "\n.El\n");
	assert_non_null(end);
	*end = '\0';
	for (row = strstr(row, ".It "); row != NULL; row = next) {
		next = strstr(row + 1, ".It ");
		if (next != NULL)
			next[-1] = '\0';
		end = strchr(row, '\n');
		assert_non_null(end);
		*end = '\0';
		check_permission_row(row + strlen(".It "), end + 1, found);
	}
	for (int command = 0; command < COMMAND_COUNT; command++)
		assert_true(found[command]);
	strbuf_release(&text);
}

static void
every_number_of_rules_is_in_the_manual(void **state)
{
	struct strbuf manual = STRBUF_INIT, expected = STRBUF_INIT;

	(void)state;
	for (int rules = 1; rules <= PIPELINE_RULES; rules++)
		strbuf_addf(&expected, ".It %d\n", rules);
	lines_of_section("man/svcreq-state.5", ".Ss Rules", ".It ", &manual);
	assert_string_equal(manual.buf, expected.buf);
	strbuf_release(&manual);
	strbuf_release(&expected);
}

static void
every_exit_code_is_in_the_manual(void **state)
{
	struct strbuf wanted = STRBUF_INIT, written = STRBUF_INIT;

	(void)state;
	for (int code = CODE_DONE; code <= CODE_CANCELLED; code++)
		strbuf_addf(&wanted, ".It %d\n", code);
	lines_of_section("man/svcreq.1", ".Sh EXIT STATUS", ".It ", &written);
	assert_string_equal(written.buf, wanted.buf);
	strbuf_release(&wanted);
	strbuf_release(&written);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_step_type_and_its_parameters_are_in_the_manual),
	    cmocka_unit_test(every_kind_of_parameter_is_in_the_manual),
	    cmocka_unit_test(every_event_field_is_in_the_manual),
	    cmocka_unit_test(every_event_type_and_reason_is_in_the_manual),
	    cmocka_unit_test(the_transition_table_of_the_manual_is_that_of_the_program),
	    cmocka_unit_test(the_command_table_of_the_manual_is_that_of_the_program),
	    cmocka_unit_test(who_may_do_what_is_in_the_manual),
	    cmocka_unit_test(every_number_of_rules_is_in_the_manual),
	    cmocka_unit_test(every_exit_code_is_in_the_manual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
