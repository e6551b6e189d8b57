/* SPDX-License-Identifier: ISC */
/* Finding and making a workspace, its configuration and its pipelines. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "model/pipeline/pipeline.h"
#include "workspace/workspace.h"
#include "steps/catalogue.h"

#define STEP "steps: [{step_name: A, step_type: WAIT_FOR_APPROVAL}]\n"

static char folder[64];
static struct workspace workspace;
static struct arena arena;
static struct faults faults;
static struct strbuf err;
static struct pipeline pipeline;

static int
remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

static int
set_up(void **state)
{
	bool existed;

	(void)state;
	unsetenv("SVCREQ_ROOT");
	snprintf(folder, sizeof(folder), "/tmp/svcreq-workspace-XXXXXX");
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	strbuf_init(&err);
	faults_init(&faults, NULL);
	assert_int_equal(workspace_init("w", false, &existed, &err), 0);
	assert_false(existed);
	assert_int_equal(workspace_open(&workspace, "w", steps_catalogue, &err), 0);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	workspace_close(&workspace);
	faults_release(&faults);
	strbuf_release(&err);
	arena_release(&arena);
	assert_int_equal(chdir("/"), 0);
	return nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void
put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, text, strlen(text)), 0);
	close(fd);
}

static unsigned
mode_of(const char *path)
{
	struct stat status;

	assert_int_equal(lstat(path, &status), 0);
	return status.st_mode & 07777;
}

static void
expect_open(const char *directory, const char *path, const char *message)
{
	struct workspace found;

	strbuf_reset(&err);
	int result = workspace_open(&found, directory, steps_catalogue, &err);
	assert_string_equal(err.buf, message);
	if (result == 0)
		assert_string_equal(found.path + strlen(folder), path);
	workspace_close(&found);
}

#define NOT_HERE "not in a workspace (no state/format here or above); make one with 'svcreq init'"

static void
a_workspace_is_found_from_below(void **state)
{
	(void)state;
	expect_open(NULL, "", NOT_HERE);
	expect_open("w", "/w", "");
	expect_open("pipelines", "", "cannot open 'pipelines': No such file or directory");
	expect_open(".", "",
	    "'.' is not a workspace (it has no state/format); make it one with 'svcreq init .'");
	assert_int_equal(chdir("w/state/queue"), 0);
	expect_open(NULL, "/w", "");
	assert_int_equal(chdir(folder), 0);
	setenv("SVCREQ_ROOT", "w/", 1);
	expect_open(NULL, "/w", "");
	expect_open(".", "",
	    "'.' is not a workspace (it has no state/format); make it one with 'svcreq init .'");
	setenv("SVCREQ_ROOT", "elsewhere", 1);
	expect_open(NULL, "", "$SVCREQ_ROOT: cannot open 'elsewhere': No such file or directory");
	setenv("SVCREQ_ROOT", "", 1);
	expect_open(NULL, "", NOT_HERE);
}

static void
a_private_workspace_is_for_its_owner_alone(void **state)
{
	bool existed;

	(void)state;
	mode_t before = umask(0);
	assert_int_equal(workspace_init("private", false, &existed, &err), 0);
	umask(before);
	assert_int_equal(mode_of("private"), 0700);
	assert_int_equal(mode_of("private/pipelines"), 0700);
	assert_int_equal(mode_of("private/executor_logs"), 0700);
	assert_int_equal(mode_of("private/state/requests"), 0700);
	assert_int_equal(mode_of("private/state/queue/failed"), 0700);
	assert_int_equal(mode_of("private/state/format"), 0600);
	assert_int_equal(workspace.dir_mode, 0700);
	assert_int_equal(workspace.file_mode, 0600);
	assert_int_equal(workspace.owner, geteuid());
}

static void
a_shared_workspace_is_for_its_group(void **state)
{
	bool existed;
	struct workspace shared;

	(void)state;
	mode_t before = umask(077);
	assert_int_equal(workspace_init("shared", true, &existed, &err), 0);
	umask(before);
	assert_int_equal(mode_of("shared"), 02770);
	assert_int_equal(mode_of("shared/pipelines"), 02770);
	assert_int_equal(mode_of("shared/state/queue/failed"), 02770);
	assert_int_equal(mode_of("shared/state/format"), 0660);
	assert_int_equal(workspace_open(&shared, "shared", steps_catalogue, &err), 0);
	assert_int_equal(shared.dir_mode, 02770);
	assert_int_equal(shared.file_mode, 0660);
	workspace_close(&shared);
}

static void
what_is_there_stays(void **state)
{
	bool existed;

	(void)state;
	assert_int_equal(mkdir("mine", 0755), 0);
	assert_int_equal(mkdir("mine/pipelines", 0755), 0);
	put("mine/pipelines/x.yaml", STEP);
	assert_int_equal(workspace_init("mine", false, &existed, &err), 0);
	assert_false(existed);
	assert_int_equal(mode_of("mine"), 0755);
	assert_int_equal(mode_of("mine/pipelines"), 0755);
	assert_int_equal(mode_of("mine/pipelines/x.yaml"), 0600);
	assert_int_equal(rmdir("mine/executor_logs"), 0);
	assert_int_equal(workspace_init("mine", false, &existed, &err), 0);
	assert_true(existed);
	assert_int_equal(workspace_init("mine", true, &existed, &err), -1);
	assert_true(strstr(err.buf, "'mine' is a workspace already and stays private") != NULL);
	strbuf_reset(&err);
	assert_int_equal(mode_of("mine/state"), 0700);
	assert_int_equal(access("mine/executor_logs", F_OK), -1);
}

static void
a_workspace_cannot_be_made_in_a_file_or_nowhere(void **state)
{
	bool existed;

	(void)state;
	put("file", "");
	assert_int_equal(workspace_init("file", false, &existed, &err), -1);
	assert_string_equal(err.buf, "cannot open 'file': Not a directory");
	strbuf_reset(&err);
	assert_int_equal(workspace_init("no/where", false, &existed, &err), -1);
	assert_string_equal(err.buf, "cannot make 'no/where': No such file or directory");
}

static void
the_log_folder_is_made_on_demand(void **state)
{
	(void)state;
	assert_int_equal(rmdir("w/executor_logs"), 0);
	assert_int_equal(workspace_logs_fd(&workspace, false), -1);
	assert_int_equal(errno, ENOENT);
	int fd = workspace_logs_fd(&workspace, true);
	assert_true(fd >= 0);
	assert_int_equal(mode_of("w/executor_logs"), 0700);
	close(fd);
}

static void
expect_admins(const char *config, size_t count, const char *message)
{
	const struct value *admins = NULL;

	put("w/state/config.yaml", config);
	strbuf_reset(&err);
	int result = workspace_admins(&workspace, &arena, &admins, &err);
	assert_string_equal(err.buf, message);
	assert_int_equal(result, message[0] ? -1 : 0);
	assert_int_equal(admins ? admins->count : 0, count);
}

static void
the_admins_come_from_the_configuration(void **state)
{
	const struct value *admins = (const struct value *)&arena;

	(void)state;
	assert_int_equal(workspace_admins(&workspace, &arena, &admins, &err), 0);
	assert_null(admins);
	expect_admins("", 0, "");
	expect_admins("# none\n", 0, "");
	expect_admins("admins: [alice, '@ops']\n", 2, "");
	expect_admins("\nadmin: [alice]\n", 0,
	    "state/config.yaml:2:1: unknown key 'admin', did you mean 'admins'?");
	expect_admins("colour: red\n", 0, "state/config.yaml:1:1: unknown key 'colour'");
	expect_admins("admins: alice\n", 0,
	    "state/config.yaml:1:9: 'admins' must be a list of users and @groups");
	expect_admins("admins: [alice, 7]\n", 0,
	    "state/config.yaml:1:17: an admin must be a user or an @group");
	expect_admins(
	    "[alice]\n", 0, "state/config.yaml:1:1: it must be a map, as 'admins: [alice]'");
}

/* Reads the pipeline of that name: its own name, or what is wrong. */
static const char *
pipeline_of(const char *name)
{
	strbuf_reset(&err);
	faults_release(&faults);
	int result = workspace_pipeline(&workspace, &arena, name, &pipeline, &faults, &err);
	assert_int_equal(faults.count > 0, result == 1);
	return result == 0 ? pipeline.name : result == 1 ? faults_text(&faults) : err.buf;
}

static void
a_pipeline_is_found_by_its_file_and_by_its_name(void **state)
{
	(void)state;
	put("w/pipelines/deploy.yaml", STEP);
	put("w/pipelines/other.yml", "pipeline_name: Grant access\n" STEP);
	put("w/pipelines/third.json",
	    "{\"steps\":[{\"step_name\":\"\\ud83d\\ude00\",\"step_type\":\"WAIT_FOR_APPROVAL\"}]}");
	put("w/pipelines/.hidden.yaml", "pipeline_name: hidden\n" STEP);
	assert_string_equal(pipeline_of("deploy"), "deploy");
	assert_string_equal(pipeline_of("other"), "Grant access");
	assert_string_equal(pipeline_of("Grant access"), "Grant access");
	assert_string_equal(pipeline_of("third"), "third");
	assert_string_equal(pipeline.steps[0].name, "\xf0\x9f\x98\x80");
	assert_string_equal(
	    pipeline_of("deplyo"), "no such pipeline: 'deplyo', did you mean 'deploy'?");
	assert_string_equal(pipeline_of("Grant acces"),
	    "no such pipeline: 'Grant acces', did you mean 'Grant access'?");
	assert_string_equal(pipeline_of("hidden"), "no such pipeline: 'hidden'");
	assert_string_equal(pipeline_of("../pipelines/deploy"),
	    "no such pipeline: '../pipelines/deploy', did you mean 'deploy'?");
	assert_string_equal(pipeline_of("pipelines/deploy.yaml"),
	    "no such pipeline: 'pipelines/deploy.yaml', did you mean 'deploy'?");
	assert_string_equal(
	    pipeline_of("deploy.yml"), "no such pipeline: 'deploy.yml', did you mean 'deploy'?");
	assert_string_equal(pipeline_of(""), "no such pipeline: ''");
}

static void
a_name_that_two_files_define_is_refused(void **state)
{
	(void)state;
	put("w/pipelines/a.yaml", "pipeline_name: same\n" STEP);
	put("w/pipelines/b.yaml", "pipeline_name: same\n" STEP);
	put("w/pipelines/a.json", "{}");
	assert_string_equal(pipeline_of("same"),
	    "two files define the pipeline 'same': 'pipelines/a.yaml' and 'pipelines/b.yaml'");
	assert_string_equal(pipeline_of("a"),
	    "two files define the pipeline 'a': 'pipelines/a.json' and 'pipelines/a.yaml'");
	assert_string_equal(pipeline_of("b"), "same");
}

static void
faults_say_where_they_are(void **state)
{
	(void)state;
	put("w/pipelines/a.yaml", "steps: [\n");
	assert_int_equal(strncmp(pipeline_of("a"), "pipelines/a.yaml:", 17), 0);
	assert_int_equal(faults.count, 1);
	put("w/pipelines/a.yaml", "steps: [{step_name: A, step_type: WAIT_FOR_APROVAL}]\n");
	assert_non_null(strstr(pipeline_of("a"), "pipelines/a.yaml:1:"));
	char *large = malloc(1024 * 1024 + 2);
	memset(large, ' ', 1024 * 1024 + 1);
	large[1024 * 1024 + 1] = '\0';
	put("w/pipelines/a.yaml", large);
	free(large);
	assert_string_equal(pipeline_of("a"), "pipelines/a.yaml: larger than 1 MiB\n");
	assert_int_equal(pipeline_file_read(&arena, AT_FDCWD, "none.yaml", steps_catalogue,
			     &pipeline, &faults, &err),
	    -1);
	assert_string_equal(err.buf, "cannot read 'none.yaml': No such file or directory");
	put("p.yaml", STEP);
	faults_release(&faults);
	assert_int_equal(pipeline_file_read(&arena, AT_FDCWD, "./p.yaml", steps_catalogue,
			     &pipeline, &faults, &err),
	    0);
	assert_string_equal(pipeline.name, "p");
}

static void
pipelines_are_listed_in_order(void **state)
{
	const char **paths;
	size_t count;

	(void)state;
	put("w/pipelines/b.yaml", "");
	put("w/pipelines/c.json", "");
	put("w/pipelines/a.yml", "");
	put("w/pipelines/notes.txt", "");
	put("w/pipelines/.yaml", "");
	put("w/pipelines/b.yaml~", "");
	assert_int_equal(workspace_pipeline_files(&workspace, &arena, &paths, &count, &err), 0);
	assert_int_equal(count, 3);
	assert_string_equal(paths[0], "pipelines/a.yml");
	assert_string_equal(paths[1], "pipelines/b.yaml");
	assert_string_equal(paths[2], "pipelines/c.json");
	assert_int_equal(rename("w/pipelines", "w/gone"), 0);
	assert_int_equal(workspace_pipeline_files(&workspace, &arena, &paths, &count, &err), 0);
	assert_int_equal(count, 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(a_workspace_is_found_from_below),
	    TEST(a_private_workspace_is_for_its_owner_alone),
	    TEST(a_shared_workspace_is_for_its_group),
	    TEST(what_is_there_stays),
	    TEST(a_workspace_cannot_be_made_in_a_file_or_nowhere),
	    TEST(the_log_folder_is_made_on_demand),
	    TEST(the_admins_come_from_the_configuration),
	    TEST(a_pipeline_is_found_by_its_file_and_by_its_name),
	    TEST(a_name_that_two_files_define_is_refused),
	    TEST(faults_say_where_they_are),
	    TEST(pipelines_are_listed_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
