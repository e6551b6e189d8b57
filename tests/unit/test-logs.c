/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/redact/redact.h"
#include "model/request/request.h"
#include "steps/catalogue.h"
#include "workspace/logs.h"
#include "workspace/workspace.h"

#define STAMP_LEN 24 /* "2026-11-23T08:41:39.123Z" */

static char scratch[] = "/tmp/test-logs-XXXXXX";
static struct workspace *workspace;
static int logs_fd = -1;
static struct redactor *redactor;
static struct strbuf content = STRBUF_INIT;

/* Makes a workspace in the scratch folder, opens it, and opens its folder of logs. */
static int
open_workspace(bool shared)
{
	struct strbuf err = STRBUF_INIT;
	bool existed;
	int root, result = -1;

	if (workspace_init(scratch, shared, &existed, &err) == 0)
		workspace = workspace_open(scratch, steps_catalogue, &err);
	root = open(scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	logs_fd = openat(root, "executor_logs", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	close(root);
	if (workspace != NULL && logs_fd >= 0)
		result = 0;
	strbuf_release(&err);
	return result;
}

static void
close_workspace(void)
{
	char command[64];

	close(logs_fd);
	workspace_close(workspace);
	workspace = NULL;
	snprintf(command, sizeof(command), "rm -r %s", scratch);
	assert_int_equal(system(command), 0);
}

static int
set_up(void **state)
{
	(void)state;
	memset(scratch + strlen(scratch) - 6, 'X', 6);
	if (mkdtemp(scratch) == NULL)
		return -1;
	redactor = redactor_new();
	redactor_add(redactor, "s3cret");
	return open_workspace(false);
}

static int
tear_down(void **state)
{
	(void)state;
	redactor_free(redactor);
	strbuf_release(&content);
	close_workspace();
	return 0;
}

static struct log *
new_log(void)
{
	return log_open(workspace_store(workspace), 7, "Make API Call", redactor);
}

/* Closes a log that had nothing to report. */
static void
close_log(struct log *log)
{
	struct strbuf err = STRBUF_INIT;

	assert_int_equal(log_close(log, &err), 0);
	assert_string_equal(err.buf, "");
}

/* The log without its time stamps, each of which must be one. */
static const char *
read_log(void)
{
	struct strbuf file = STRBUF_INIT;

	strbuf_reset(&content);
	assert_int_equal(file_read(logs_fd, "7/Make API Call.log", 1 << 24, &file), 0);
	for (char *line = file.buf; *line != '\0'; line += strcspn(line, "\n") + 1) {
		char stamp[STAMP_LEN + 1] = "";
		size_t len = strcspn(line, "\n");
		assert_true(len > STAMP_LEN && line[len] == '\n');
		memcpy(stamp, line, STAMP_LEN);
		assert_true(timestamp_parse(stamp) > 0);
		strbuf_add(&content, line + STAMP_LEN, len - STAMP_LEN + 1);
	}
	strbuf_release(&file);
	return content.buf;
}

static bool
exists(const char *path)
{
	struct stat st;

	return fstatat(logs_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static unsigned
mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(fstatat(logs_fd, path, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st.st_mode & 07777;
}

/* Closes a log that had something to report, which is then in said. */
static void
close_log_with_error(struct log *log, char *said, size_t size)
{
	struct strbuf err = STRBUF_INIT;

	assert_int_equal(log_close(log, &err), -1);
	snprintf(said, size, "%s", err.buf);
	strbuf_release(&err);
}

static void
test_file_appears_with_the_first_line(void **state)
{
	struct log *log = new_log();

	(void)state;
	assert_false(exists("7"));
	log_text(log, LOG_INFO, "> ", "", 0);
	assert_false(exists("7"));
	log_line(log, LOG_INFO, "started");
	assert_true(exists("7/Make API Call.log"));
	close_log(log);
	assert_string_equal(read_log(), " INFO    started\n");
}

static void
test_line_has_level_and_message(void **state)
{
	struct log *log = new_log();

	(void)state;
	log_line(log, LOG_INFO, "attempt %d", 1);
	log_line(log, LOG_WARNING, "%s", "insecure");
	log_line(log, LOG_ERROR, "it failed");
	close_log(log);
	assert_string_equal(
	    read_log(), " INFO    attempt 1\n WARNING insecure\n ERROR   it failed\n");
}

static void
test_later_lines_are_added_at_the_end(void **state)
{
	(void)state;
	for (int i = 1; i <= 2; i++) {
		struct log *log = new_log();
		log_line(log, LOG_INFO, "run %d", i);
		close_log(log);
	}
	assert_string_equal(read_log(), " INFO    run 1\n INFO    run 2\n");
}

static void
test_modes_are_exact(void **state)
{
	mode_t mask = umask(0);
	struct log *log = log_open(workspace_store(workspace), 8, "a", NULL);

	(void)state;
	log_line(log, LOG_INFO, "x");
	close_log(log);
	assert_int_equal(mode_of("8"), 0700);
	assert_int_equal(mode_of("8/a.log"), 0600);
	close_workspace();
	assert_int_equal(open_workspace(true), 0);
	umask(077);
	log = log_open(workspace_store(workspace), 7, "a", NULL);
	log_line(log, LOG_INFO, "x");
	close_log(log);
	assert_int_equal(mode_of("7"), 02770);
	assert_int_equal(mode_of("7/a.log"), 0660);
	umask(mask);
}

static void
test_folder_of_logs_is_made_again(void **state)
{
	struct log *log = new_log();
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "%s/executor_logs", scratch);
	assert_int_equal(rmdir(path), 0);
	close(logs_fd);
	log_line(log, LOG_INFO, "x");
	close_log(log);
	logs_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mode_of("."), 0700);
	assert_string_equal(read_log(), " INFO    x\n");
}

static void
test_modes_of_what_exists_stay(void **state)
{
	struct log *log = new_log();

	(void)state;
	assert_int_equal(mkdirat(logs_fd, "7", 0755), 0);
	int fd = openat(logs_fd, "7/Make API Call.log", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	fchmod(fd, 0644);
	close(fd);
	log_line(log, LOG_INFO, "x");
	close_log(log);
	assert_int_equal(mode_of("7"), 0755);
	assert_int_equal(mode_of("7/Make API Call.log"), 0644);
	assert_string_equal(read_log(), " INFO    x\n");
}

static void
test_control_bytes_are_escaped_and_secrets_masked(void **state)
{
	static const char text[] =
	    "Authorization: Basic bWU6czNjcmV0\r\n\r\nX: \x1b[31m\xff s3cret";
	struct log *log = new_log();

	(void)state;
	log_line(log, LOG_INFO, "one\ntwo %s \x1b]0;", "s3cret");
	log_text(log, LOG_INFO, "> ", text, strlen(text));
	close_log(log);
	assert_string_equal(read_log(), " INFO    one\\x0atwo *** \\x1b]0;\n"
					" INFO    > Authorization: Basic bWU6***\n"
					" INFO    > \n"
					" INFO    > X: \\x1b[31m\\xff ***\n");
}

static void
test_secret_over_two_lines_is_masked(void **state)
{
	struct log *log = new_log();

	(void)state;
	redactor_add(redactor, "line one\nline two");
	log_text(log, LOG_INFO, "| ", "a line one\nline two b\n", 22);
	close_log(log);
	assert_string_equal(read_log(), " INFO    | a *** b\n");
}

static void
test_text_body(void **state)
{
	struct log *log = new_log();

	(void)state;
	log_body(log, LOG_INFO, "< ", "{\"k\": \"s3cret\"}\n\xc3\xa9\n", 19);
	log_body(log, LOG_INFO, "< ", "cut \xe2\x82", 6); /* by max_response */
	log_body(log, LOG_INFO, "< ", "", 0);
	log_body(log, LOG_INFO, "< ", NULL, 0);
	close_log(log);
	assert_string_equal(read_log(),
	    " INFO    < {\"k\": \"***\"}\n INFO    < \xc3\xa9\n INFO    < cut \\xe2\\x82\n");
}

static void
test_long_text_body_is_cut(void **state)
{
	const size_t len = 70000;
	struct log *log = new_log();
	char *body = malloc(len + 6);
	size_t line = strlen(" INFO    < ");

	(void)state;
	assert_non_null(body);
	memset(body, 'a', len);
	memcpy(body + 65535, "\xc3\xa9", 2); /* stands across the 64 KiB */
	memcpy(body + len, "s3cret", 6);
	log_body(log, LOG_INFO, "< ", body, len + 6);
	close_log(log);
	read_log();
	assert_int_equal(content.buf[line + 65534], 'a');
	assert_string_equal(content.buf + line + 65535, "\n INFO    < ... 4468 bytes more\n");
	free(body);
}

static void
test_secret_across_the_cut_is_masked(void **state)
{
	const size_t len = 70000;
	struct log *log = new_log();
	char *body = malloc(len);

	(void)state;
	assert_non_null(body);
	memset(body, 'a', len);
	memcpy(body + 65533, "s3cret", 6);
	log_body(log, LOG_INFO, "< ", body, len);
	close_log(log);
	assert_null(strstr(read_log(), "s3c"));
	free(body);
}

static void
what_is_compressed_is_not_shown(void **state)
{
	/* gzip and zlib of "s3cret" */
	static const char *const bodies[] = {"\x1f\x8b\x08\x00\x81\x73", "\x78\x9c\x2b\x36\x4e",
	    "\x78\x01\x2b\x36\x4e", "BZh9\x31\x41\xff", "\x28\xb5\x2f\xfd\x20\x06\x31"};
	struct log *log = new_log();

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		log_body(log, LOG_INFO, "< ", bodies[i], 5);
	log_body(log, LOG_INFO, "< ", "PK is text", 10);
	close_log(log);
	read_log();
	assert_null(strstr(content.buf, "< 1f"));
	assert_null(strstr(content.buf, "< 78"));
	assert_null(strstr(content.buf, "< 42"));
	assert_null(strstr(content.buf, "< 28"));
	assert_non_null(strstr(content.buf, "< PK is text"));
	assert_non_null(strstr(content.buf, "binary, 5 bytes, sha256"));
}

static void
test_binary_body(void **state)
{
	static const char zeros[300] = "s3cret";
	struct log *log = new_log();

	(void)state;
	log_body(log, LOG_ERROR, "< ", "a\0b", 3);
	log_body(log, LOG_ERROR, "< ", zeros, sizeof(zeros));
	log_body(log, LOG_ERROR, "< ", "\x80\x80\x80\x80\x80", 5);
	close_log(log);
	read_log();
	assert_non_null(strstr(content.buf,
	    " ERROR   < binary, 3 bytes, sha256 "
	    "59b271ae1bbcb1d31d41929817f4b16fb439eb4f31520b5ad1d5ce98920a7138\n"));
	assert_non_null(strstr(content.buf, "\n ERROR   < 61 00 62\n"));
	assert_non_null(strstr(content.buf, " ERROR   < binary, 300 bytes, sha256 "));
	assert_non_null(strstr(content.buf, "\n ERROR   < 2a 2a 2a 00 00 "));
	assert_null(strstr(content.buf, "73 33 63"));
	assert_non_null(strstr(content.buf, "\n ERROR   < 80 80 80 80 80\n"));
	size_t lines = 0;
	for (const char *at = content.buf; (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	assert_int_equal(lines, 2 + 1 + 256 / 32 + 2);
}

static void
test_two_writers_do_not_mix(void **state)
{
	enum { BLOCKS = 200, LINES = 20 };
	struct strbuf block = STRBUF_INIT;
	pid_t pids[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		pids[i] = fork();
		if (pids[i] != 0)
			continue;
		struct log *log = new_log();
		for (int line = 0; line < LINES; line++)
			strbuf_addf(&block, "writer %d line %d\n", i, line);
		for (int j = 0; j < BLOCKS; j++)
			log_text(log, LOG_INFO, "", block.buf, block.len);
		close_log(log);
		_exit(0);
	}
	for (int i = 0; i < 2; i++) {
		int status = 1;
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	const char *at = read_log();
	for (int j = 0; j < 2 * BLOCKS; j++) {
		int writer = -1, line = -1, used = 0, first = -1;
		for (int i = 0; i < LINES; i++, at += used) {
			assert_int_equal(
			    sscanf(at, " INFO writer %d line %d%n", &writer, &line, &used), 2);
			if (i == 0)
				first = writer;
			assert_int_equal(line, i);
			assert_int_equal(writer, first);
		}
	}
}

static void
test_symbolic_link_is_not_followed(void **state)
{
	struct log *log = new_log();
	char said[256];

	(void)state;
	assert_int_equal(mkdirat(logs_fd, "7", 0700), 0);
	assert_int_equal(symlinkat("../target", logs_fd, "7/Make API Call.log"), 0);
	log_line(log, LOG_INFO, "x");
	log_line(log, LOG_INFO, "y");
	close_log_with_error(log, said, sizeof(said));
	assert_false(exists("target"));
	assert_non_null(strstr(said,
	    "cannot write the log of step 'Make API Call' of request 7: "
	    "'executor_logs/7/Make API Call.log' is a symbolic link, not a regular file"));

	assert_int_equal(symlinkat(".", logs_fd, "8"), 0);
	log = log_open(workspace_store(workspace), 8, "a", NULL);
	log_line(log, LOG_INFO, "x");
	close_log_with_error(log, said, sizeof(said));
	assert_false(exists("a.log"));
	assert_non_null(
	    strstr(said, "of request 8: 'executor_logs/8' is a symbolic link, not a directory"));
}

static void
test_what_is_no_file_is_refused(void **state)
{
	struct log *log = new_log();
	char said[256];

	(void)state;
	assert_int_equal(mkdirat(logs_fd, "7", 0700), 0);
	assert_int_equal(mkfifoat(logs_fd, "7/Make API Call.log", 0600), 0);
	int reader = openat(logs_fd, "7/Make API Call.log", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(reader >= 0);
	log_line(log, LOG_INFO, "x");
	close_log_with_error(log, said, sizeof(said));
	assert_non_null(strstr(said, "is a FIFO, not a regular file"));
	close(reader);

	log = log_open(workspace_store(workspace), 7, "../8", NULL);
	log_line(log, LOG_INFO, "x");
	close_log_with_error(log, said, sizeof(said));
	assert_non_null(strstr(said, "Invalid argument"));
	assert_false(exists("8.log"));
}

static void
test_lines_that_are_lost_are_reported_once(void **state)
{
	struct log *log = new_log();
	struct rlimit limit, none;
	char said[256];

	(void)state;
	log_line(log, LOG_INFO, "x");
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	none = limit;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	log_line(log, LOG_INFO, "y");
	log_line(log, LOG_INFO, "z");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	log_line(log, LOG_INFO, "back");
	close_log_with_error(log, said, sizeof(said));
	assert_string_equal(said, "cannot write the log of step 'Make API Call' of request 7: "
				  "File too large");
	assert_string_equal(read_log(), " INFO    x\n INFO    back\n");
}

static void
test_nothing_is_reported_of_what_was_not_written(void **state)
{
	(void)state;
	close_log(new_log());
	close_log(NULL);
	assert_false(exists("7"));
}

/* ---- reading */

static struct step steps[] = {{.name = "One"}, {.name = "Two"}, {.name = "Three"}};
static const struct request request = {
    .id = 7,
    .pipeline = {.steps = steps, .step_count = 3},
};

/* Adds what a reader hands over as "step: line". */
static void
take(void *context, const char *step_name, const char *line)
{
	strbuf_addf(context, "%s: %s\n", step_name, line);
}

/* What is new. */
static const char *
read_on(struct log_reader *reader)
{
	struct strbuf err = STRBUF_INIT;

	strbuf_reset(&content);
	assert_int_equal(log_read(reader, take, &content, &err), 0);
	assert_string_equal(err.buf, "");
	return content.buf;
}

static int
count_logs(const struct log_reader *reader)
{
	struct strbuf err = STRBUF_INIT;
	int count = log_reader_count(reader, &err);

	assert_string_equal(err.buf, "");
	return count;
}

/* Adds text to a log as it is. */
static void
add(const char *path, const char *text)
{
	int fd;

	mkdirat(logs_fd, "7", 0700);
	fd = openat(logs_fd, path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, text, strlen(text)), 0);
	close(fd);
}

static void
test_what_is_new_is_read_in_whole_lines(void **state)
{
	struct log_reader *reader =
	    log_reader_open(workspace_store(workspace), &request, NULL, true);

	(void)state;
	assert_int_equal(count_logs(reader), 0);
	assert_string_equal(read_on(reader), "");
	add("7/Two.log", "a\n\nb");
	assert_int_equal(count_logs(reader), 1);
	assert_string_equal(read_on(reader), "Two: a\nTwo: \n");
	assert_string_equal(read_on(reader), "");
	add("7/Two.log", "c\nd\n");
	add("7/One.log", "first\nopen");
	add("7/Other.log", "of no step\n");
	assert_int_equal(count_logs(reader), 2);
	assert_string_equal(read_on(reader), "One: first\nTwo: bc\nTwo: d\n");
	strbuf_reset(&content);
	log_read_rest(reader, take, &content);
	assert_string_equal(content.buf, "One: open\n");
	log_reader_close(reader);
}

static void
test_one_step_is_read_alone(void **state)
{
	struct log_reader *reader =
	    log_reader_open(workspace_store(workspace), &request, "Two", true);

	(void)state;
	add("7/One.log", "x\n");
	assert_int_equal(count_logs(reader), 0);
	add("7/Two.log", "y\n");
	assert_int_equal(count_logs(reader), 1);
	assert_string_equal(read_on(reader), "Two: y\n");
	log_reader_close(reader);
}

static void
test_more_than_one_chunk_is_read(void **state)
{
	struct log_reader *reader =
	    log_reader_open(workspace_store(workspace), &request, "One", true);
	struct strbuf line = STRBUF_INIT;

	(void)state;
	for (int i = 0; i < 200000; i++)
		strbuf_addch(&line, (char)('a' + i % 26));
	add("7/One.log", line.buf);
	assert_string_equal(read_on(reader), "");
	add("7/One.log", "\n");
	read_on(reader);
	assert_int_equal(content.len, strlen("One: ") + line.len + 1);
	assert_memory_equal(content.buf + strlen("One: "), line.buf, line.len);
	strbuf_release(&line);
	log_reader_close(reader);
}

static void
test_log_that_was_cut_off_or_replaced_is_read_from_its_beginning(void **state)
{
	struct log_reader *reader =
	    log_reader_open(workspace_store(workspace), &request, "One", true);
	int fd;

	(void)state;
	add("7/One.log", "one\ntw");
	assert_string_equal(read_on(reader), "One: one\n");
	fd = openat(logs_fd, "7/One.log", O_WRONLY | O_TRUNC | O_CLOEXEC);
	close(fd);
	add("7/One.log", "1\n");
	assert_string_equal(read_on(reader), "One: tw\nOne: 1\n");
	assert_int_equal(renameat(logs_fd, "7/One.log", logs_fd, "7/One.log.1"), 0);
	assert_string_equal(read_on(reader), "");
	add("7/One.log", "two, and longer than before\n");
	assert_string_equal(read_on(reader), "One: two, and longer than before\n");
	log_reader_close(reader);
}

/* Whoever rotates by a new name leaves the old file to those who have it open. */
static void
test_log_that_is_rotated_is_followed_in_both_files(void **state)
{
	struct log_reader *reader =
	    log_reader_open(workspace_store(workspace), &request, "One", true);
	int old;

	(void)state;
	add("7/One.log", "one\n");
	assert_string_equal(read_on(reader), "One: one\n");
	old = openat(logs_fd, "7/One.log", O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_int_equal(renameat(logs_fd, "7/One.log", logs_fd, "7/One.log.1"), 0);
	assert_int_equal(write(old, "two\n", 4), 4);
	assert_string_equal(read_on(reader), "One: two\n");
	assert_int_equal(write(old, "three\n", 6), 6);
	add("7/One.log", "four\n");
	assert_string_equal(read_on(reader), "One: three\nOne: four\n");
	assert_int_equal(write(old, "five\n", 5), 5);
	add("7/One.log", "six\n");
	assert_string_equal(read_on(reader), "One: five\nOne: six\n");
	close(old);
	log_reader_close(reader);
}

static void
test_log_that_was_cut_off_and_is_longer_than_before_is_noticed(void **state)
{
	struct log_reader *reader =
	    log_reader_open(workspace_store(workspace), &request, "One", true);
	int fd;

	(void)state;
	add("7/One.log", "one\n");
	assert_string_equal(read_on(reader), "One: one\n");
	for (int i = 0; i < 2; i++) {
		fd = openat(logs_fd, "7/One.log", O_WRONLY | O_TRUNC | O_CLOEXEC);
		close(fd);
		add("7/One.log", i == 0 ? "two, longer\n" : "three, which is longer than that\n");
		assert_string_equal(read_on(reader),
		    i == 0 ? "One: two, longer\n" : "One: three, which is longer than that\n");
		assert_string_equal(read_on(reader), "");
	}
	add("7/One.log", "four\n");
	assert_string_equal(read_on(reader), "One: four\n");
	log_reader_close(reader);
}

/* As an overlay does when what lies below it is written to for the first time. */
static void
test_log_that_got_another_file_with_the_same_text_goes_on(void **state)
{
	struct log_reader *reader =
	    log_reader_open(workspace_store(workspace), &request, "One", true);
	struct strbuf text = STRBUF_INIT;

	(void)state;
	for (int i = 0; i < 500; i++)
		strbuf_addf(&text, "%d\n", i);
	add("7/One.log", text.buf);
	read_on(reader);
	add("7/Copy.log", text.buf);
	add("7/Copy.log", "more\n");
	assert_int_equal(renameat(logs_fd, "7/Copy.log", logs_fd, "7/One.log"), 0);
	assert_string_equal(read_on(reader), "One: more\n");
	strbuf_release(&text);
	log_reader_close(reader);
}

static void
test_writer_goes_on_in_the_file_that_has_the_name(void **state)
{
	struct log *log = log_open(workspace_store(workspace), 7, "One", NULL);
	struct log_reader *reader =
	    log_reader_open(workspace_store(workspace), &request, "One", true);
	struct strbuf err = STRBUF_INIT;

	(void)state;
	log_line(log, LOG_INFO, "first");
	assert_non_null(strstr(read_on(reader), "first\n"));
	assert_int_equal(renameat(logs_fd, "7/One.log", logs_fd, "7/One.log.1"), 0);
	log_line(log, LOG_INFO, "second");
	assert_null(strstr(read_on(reader), "first\n"));
	assert_non_null(strstr(content.buf, "second\n"));
	assert_int_equal(faccessat(logs_fd, "7/One.log", F_OK, 0), 0);
	/* logrotate's "create" has made it already */
	assert_int_equal(renameat(logs_fd, "7/One.log", logs_fd, "7/One.log.1"), 0);
	add("7/One.log", "");
	log_line(log, LOG_INFO, "third");
	assert_non_null(strstr(read_on(reader), "third\n"));
	/* what cannot be opened does not stop it: it goes on where it was */
	assert_int_equal(renameat(logs_fd, "7/One.log", logs_fd, "7/One.log.1"), 0);
	assert_int_equal(symlinkat("/etc/passwd", logs_fd, "7/One.log"), 0);
	log_line(log, LOG_INFO, "fourth");
	assert_int_equal(log_close(log, &err), 0);
	assert_int_equal(unlinkat(logs_fd, "7/One.log", 0), 0);
	assert_non_null(strstr(read_on(reader), "fourth\n"));
	log_reader_close(reader);
}

static void
test_what_is_no_log_is_not_read(void **state)
{
	struct log_reader *reader =
	    log_reader_open(workspace_store(workspace), &request, NULL, true);
	struct strbuf err = STRBUF_INIT;

	(void)state;
	assert_int_equal(mkdirat(logs_fd, "7", 0700), 0);
	assert_int_equal(symlinkat("/etc/passwd", logs_fd, "7/One.log"), 0);
	assert_int_equal(log_read(reader, take, &content, &err), -1);
	assert_non_null(strstr(err.buf, "One.log' is a symbolic link, not a regular file: mv "));
	strbuf_reset(&err);
	assert_int_equal(unlinkat(logs_fd, "7/One.log", 0), 0);
	assert_int_equal(mkfifoat(logs_fd, "7/Two.log", 0600), 0);
	assert_int_equal(log_read(reader, take, &content, &err), -1);
	assert_non_null(strstr(err.buf, "Two.log' is a FIFO, not a regular file: mv "));
	assert_string_equal(content.buf, "");
	strbuf_release(&err);
	log_reader_close(reader);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_file_appears_with_the_first_line),
	    TEST(test_line_has_level_and_message),
	    TEST(test_later_lines_are_added_at_the_end),
	    TEST(test_modes_are_exact),
	    TEST(test_modes_of_what_exists_stay),
	    TEST(test_control_bytes_are_escaped_and_secrets_masked),
	    TEST(test_secret_over_two_lines_is_masked),
	    TEST(test_text_body),
	    TEST(test_long_text_body_is_cut),
	    TEST(test_secret_across_the_cut_is_masked),
	    TEST(test_binary_body),
	    TEST(what_is_compressed_is_not_shown),
	    TEST(test_two_writers_do_not_mix),
	    TEST(test_symbolic_link_is_not_followed),
	    TEST(test_what_is_no_file_is_refused),
	    TEST(test_lines_that_are_lost_are_reported_once),
	    TEST(test_folder_of_logs_is_made_again),
	    TEST(test_nothing_is_reported_of_what_was_not_written),
	    TEST(test_what_is_new_is_read_in_whole_lines),
	    TEST(test_one_step_is_read_alone),
	    TEST(test_more_than_one_chunk_is_read),
	    TEST(test_log_that_was_cut_off_or_replaced_is_read_from_its_beginning),
	    TEST(test_log_that_is_rotated_is_followed_in_both_files),
	    TEST(test_log_that_was_cut_off_and_is_longer_than_before_is_noticed),
	    TEST(test_log_that_got_another_file_with_the_same_text_goes_on),
	    TEST(test_writer_goes_on_in_the_file_that_has_the_name),
	    TEST(test_what_is_no_log_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
