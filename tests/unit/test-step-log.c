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
#include "workspace/step-log.h"

#define STAMP_LEN 24 /* "2026-11-23T08:41:39.123Z" */

static char scratch[] = "/tmp/test-step-log-XXXXXX";
static int logs_fd = -1;
static struct redactor *redactor;
static struct strbuf content = STRBUF_INIT;

static int
set_up(void **state)
{
	(void)state;
	memset(scratch + strlen(scratch) - 6, 'X', 6);
	if (mkdtemp(scratch) == NULL)
		return -1;
	logs_fd = open(scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	redactor = redactor_new();
	redactor_add(redactor, "s3cret");
	return logs_fd < 0;
}

static int
tear_down(void **state)
{
	char command[64];

	(void)state;
	close(logs_fd);
	redactor_free(redactor);
	strbuf_release(&content);
	snprintf(command, sizeof(command), "rm -r %s", scratch);
	return system(command);
}

static struct step_log *
new_log(void)
{
	return step_log_new(logs_fd, 7, "Make API Call", 0700, 0600, redactor);
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

/* What freeing the log says on standard error. */
static void
free_log_and_listen(struct step_log *log, char *said, size_t size)
{
	int kept = dup(STDERR_FILENO);
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	fflush(stderr);
	dup2(fds[1], STDERR_FILENO);
	step_log_free(log);
	fflush(stderr);
	dup2(kept, STDERR_FILENO);
	close(kept);
	close(fds[1]);
	ssize_t len = read(fds[0], said, size - 1);
	assert_true(len >= 0);
	said[len] = '\0';
	close(fds[0]);
}

static void
test_file_appears_with_the_first_line(void **state)
{
	struct step_log *log = new_log();

	(void)state;
	assert_false(exists("7"));
	step_log_text(log, LOG_INFO, "> ", "", 0);
	assert_false(exists("7"));
	step_log(log, LOG_INFO, "started");
	assert_true(exists("7/Make API Call.log"));
	step_log_free(log);
	assert_string_equal(read_log(), " INFO    started\n");
}

static void
test_line_has_level_and_message(void **state)
{
	struct step_log *log = new_log();

	(void)state;
	step_log(log, LOG_INFO, "attempt %d", 1);
	step_log(log, LOG_WARNING, "%s", "insecure");
	step_log(log, LOG_ERROR, "it failed");
	step_log_free(log);
	assert_string_equal(
	    read_log(), " INFO    attempt 1\n WARNING insecure\n ERROR   it failed\n");
}

static void
test_later_lines_are_added_at_the_end(void **state)
{
	(void)state;
	for (int i = 1; i <= 2; i++) {
		struct step_log *log = new_log();
		step_log(log, LOG_INFO, "run %d", i);
		step_log_free(log);
	}
	assert_string_equal(read_log(), " INFO    run 1\n INFO    run 2\n");
}

static void
test_modes_are_exact(void **state)
{
	mode_t mask = umask(077);
	struct step_log *log = step_log_new(logs_fd, 7, "a", 02770, 0660, NULL);

	(void)state;
	step_log(log, LOG_INFO, "x");
	step_log_free(log);
	assert_int_equal(mode_of("7"), 02770);
	assert_int_equal(mode_of("7/a.log"), 0660);
	umask(0);
	log = step_log_new(logs_fd, 8, "a", 0700, 0600, NULL);
	step_log(log, LOG_INFO, "x");
	step_log_free(log);
	assert_int_equal(mode_of("8"), 0700);
	assert_int_equal(mode_of("8/a.log"), 0600);
	umask(mask);
}

static void
test_modes_of_what_exists_stay(void **state)
{
	struct step_log *log = new_log();

	(void)state;
	assert_int_equal(mkdirat(logs_fd, "7", 0755), 0);
	int fd = openat(logs_fd, "7/Make API Call.log", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	fchmod(fd, 0644);
	close(fd);
	step_log(log, LOG_INFO, "x");
	step_log_free(log);
	assert_int_equal(mode_of("7"), 0755);
	assert_int_equal(mode_of("7/Make API Call.log"), 0644);
	assert_string_equal(read_log(), " INFO    x\n");
}

static void
test_control_bytes_are_escaped_and_secrets_masked(void **state)
{
	static const char text[] =
	    "Authorization: Basic bWU6czNjcmV0\r\n\r\nX: \x1b[31m\xff s3cret";
	struct step_log *log = new_log();

	(void)state;
	step_log(log, LOG_INFO, "one\ntwo %s \x1b]0;", "s3cret");
	step_log_text(log, LOG_INFO, "> ", text, strlen(text));
	step_log_free(log);
	assert_string_equal(read_log(), " INFO    one\\x0atwo *** \\x1b]0;\n"
					" INFO    > Authorization: Basic bWU6***\n"
					" INFO    > \n"
					" INFO    > X: \\x1b[31m\\xff ***\n");
}

static void
test_secret_over_two_lines_is_masked(void **state)
{
	struct step_log *log = new_log();

	(void)state;
	redactor_add(redactor, "line one\nline two");
	step_log_text(log, LOG_INFO, "| ", "a line one\nline two b\n", 22);
	step_log_free(log);
	assert_string_equal(read_log(), " INFO    | a *** b\n");
}

static void
test_text_body(void **state)
{
	struct step_log *log = new_log();

	(void)state;
	step_log_body(log, LOG_INFO, "< ", "{\"k\": \"s3cret\"}\n\xc3\xa9\n", 19);
	step_log_body(log, LOG_INFO, "< ", "cut \xe2\x82", 6); /* by max_response */
	step_log_body(log, LOG_INFO, "< ", "", 0);
	step_log_body(log, LOG_INFO, "< ", NULL, 0);
	step_log_free(log);
	assert_string_equal(read_log(),
	    " INFO    < {\"k\": \"***\"}\n INFO    < \xc3\xa9\n INFO    < cut \\xe2\\x82\n");
}

static void
test_long_text_body_is_cut(void **state)
{
	const size_t len = 70000;
	struct step_log *log = new_log();
	char *body = malloc(len + 6);
	size_t line = strlen(" INFO    < ");

	(void)state;
	assert_non_null(body);
	memset(body, 'a', len);
	memcpy(body + 65535, "\xc3\xa9", 2); /* stands across the 64 KiB */
	memcpy(body + len, "s3cret", 6);
	step_log_body(log, LOG_INFO, "< ", body, len + 6);
	step_log_free(log);
	read_log();
	assert_int_equal(content.buf[line + 65534], 'a');
	assert_string_equal(content.buf + line + 65535, "\n INFO    < ... 4468 bytes more\n");
	free(body);
}

static void
test_secret_across_the_cut_is_masked(void **state)
{
	const size_t len = 70000;
	struct step_log *log = new_log();
	char *body = malloc(len);

	(void)state;
	assert_non_null(body);
	memset(body, 'a', len);
	memcpy(body + 65533, "s3cret", 6);
	step_log_body(log, LOG_INFO, "< ", body, len);
	step_log_free(log);
	assert_null(strstr(read_log(), "s3c"));
	free(body);
}

static void
test_binary_body(void **state)
{
	static const char zeros[300] = "s3cret";
	struct step_log *log = new_log();

	(void)state;
	step_log_body(log, LOG_ERROR, "< ", "a\0b", 3);
	step_log_body(log, LOG_ERROR, "< ", zeros, sizeof(zeros));
	step_log_body(log, LOG_ERROR, "< ", "\x80\x80\x80\x80\x80", 5);
	step_log_free(log);
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
		struct step_log *log = new_log();
		for (int line = 0; line < LINES; line++)
			strbuf_addf(&block, "writer %d line %d\n", i, line);
		for (int j = 0; j < BLOCKS; j++)
			step_log_text(log, LOG_INFO, "", block.buf, block.len);
		step_log_free(log);
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
	struct step_log *log = new_log();
	char said[256];

	(void)state;
	assert_int_equal(mkdirat(logs_fd, "7", 0700), 0);
	assert_int_equal(symlinkat("../target", logs_fd, "7/Make API Call.log"), 0);
	step_log(log, LOG_INFO, "x");
	step_log(log, LOG_INFO, "y");
	free_log_and_listen(log, said, sizeof(said));
	assert_false(exists("target"));
	assert_string_equal(said,
	    "svcreq: cannot write the log of step 'Make API Call' of request 7: "
	    "Too many levels of symbolic links\n");

	assert_int_equal(symlinkat(".", logs_fd, "8"), 0);
	log = step_log_new(logs_fd, 8, "a", 0700, 0600, NULL);
	step_log(log, LOG_INFO, "x");
	free_log_and_listen(log, said, sizeof(said));
	assert_false(exists("a.log"));
	assert_non_null(strstr(said, "of request 8: Not a directory\n"));
}

static void
test_what_is_no_file_is_refused(void **state)
{
	struct step_log *log = new_log();
	char said[256];

	(void)state;
	assert_int_equal(mkdirat(logs_fd, "7", 0700), 0);
	assert_int_equal(mkfifoat(logs_fd, "7/Make API Call.log", 0600), 0);
	int reader = openat(logs_fd, "7/Make API Call.log", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(reader >= 0);
	step_log(log, LOG_INFO, "x");
	free_log_and_listen(log, said, sizeof(said));
	assert_non_null(strstr(said, "Invalid argument"));
	close(reader);

	log = step_log_new(logs_fd, 7, "../8", 0700, 0600, NULL);
	step_log(log, LOG_INFO, "x");
	free_log_and_listen(log, said, sizeof(said));
	assert_non_null(strstr(said, "Invalid argument"));
	assert_false(exists("8.log"));
}

static void
test_lines_that_are_lost_are_reported_once(void **state)
{
	struct step_log *log = new_log();
	struct rlimit limit, none;
	char said[256];

	(void)state;
	step_log(log, LOG_INFO, "x");
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	none = limit;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	step_log(log, LOG_INFO, "y");
	step_log(log, LOG_INFO, "z");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	step_log(log, LOG_INFO, "back");
	free_log_and_listen(log, said, sizeof(said));
	assert_string_equal(said,
	    "svcreq: cannot write the log of step 'Make API Call' of request 7: "
	    "File too large\n");
	assert_string_equal(read_log(), " INFO    x\n INFO    back\n");
}

static void
test_silence_when_all_is_well(void **state)
{
	struct step_log *log = new_log();
	char said[256];

	(void)state;
	free_log_and_listen(log, said, sizeof(said));
	assert_string_equal(said, "");
	step_log_free(NULL);
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
	    TEST(test_two_writers_do_not_mix),
	    TEST(test_symbolic_link_is_not_followed),
	    TEST(test_what_is_no_file_is_refused),
	    TEST(test_lines_that_are_lost_are_reported_once),
	    TEST(test_silence_when_all_is_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
