/* SPDX-License-Identifier: ISC */
/* Finding and making a workspace, its configuration and its pipelines. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pwd.h>
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
#include "workspace/config.h"
#include "workspace/pipelines.h"
#include "workspace/secrets.h"
#include "workspace/workspace.h"
#include "steps/catalogue.h"

#define STEP "steps: [{step_name: A, step_type: WAIT_FOR_APPROVAL}]\n"

static char folder[64];
static char credentials[128];
static struct workspace *workspace;
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
	unsetenv("CREDENTIALS_DIRECTORY");
	unsetenv("SVCREQ_SECRET_token");
	snprintf(folder, sizeof(folder), "/tmp/svcreq-workspace-XXXXXX");
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	strbuf_init(&err);
	faults_init(&faults, NULL);
	assert_int_equal(workspace_init("w", false, &existed, &err), 0);
	assert_false(existed);
	workspace = workspace_open("w", steps_catalogue, &err);
	assert_non_null(workspace);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	workspace_close(workspace);
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
	struct workspace *found;

	strbuf_reset(&err);
	found = workspace_open(directory, steps_catalogue, &err);
	assert_string_equal(err.buf, message);
	assert_int_equal(found == NULL, message[0] != '\0');
	if (found != NULL)
		assert_string_equal(workspace_path(found) + strlen(folder), path);
	workspace_close(found);
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
	assert_int_equal(mode_of("private/state/keys"), 0700);
	assert_int_equal(mode_of("private/state/format"), 0600);
}

static void
a_shared_workspace_is_for_its_group(void **state)
{
	bool existed;

	(void)state;
	mode_t before = umask(077);
	assert_int_equal(workspace_init("shared", true, &existed, &err), 0);
	umask(before);
	assert_int_equal(mode_of("shared"), 02770);
	assert_int_equal(mode_of("shared/pipelines"), 02770);
	assert_int_equal(mode_of("shared/state/queue/failed"), 02770);
	assert_int_equal(mode_of("shared/state/keys"), 02770);
	assert_int_equal(mode_of("shared/state/format"), 0640);
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
the_owner_is_the_one_of_its_state(void **state)
{
	const struct passwd *me = getpwuid(geteuid());

	(void)state;
	assert_non_null(me);
	assert_string_equal(workspace_owner(workspace, &arena), me->pw_name);
	if (geteuid() != 0)
		return;
	workspace_close(workspace);
	assert_int_equal(chown("w/state", 4123456, 4123456), 0);
	workspace = workspace_open("w", steps_catalogue, &err);
	assert_non_null(workspace);
	assert_string_equal(workspace_owner(workspace, &arena), "#4123456");
}

/* Reads the secret of that name: its text, or what is wrong. */
static const char *
secret_of(const char *name)
{
	const struct value *secret;

	strbuf_reset(&err);
	secret = secret_read(workspace, &arena, name, &err);
	assert_int_equal(secret == NULL, err.len > 0);
	return secret != NULL ? secret->text : err.buf;
}

static void
a_secret_is_read_from_the_first_place_that_has_it(void **state)
{
	(void)state;
	assert_int_equal(mkdir("credentials", 0700), 0);
	assert_int_equal(mkdir("w/state/secrets", 0700), 0);
	setenv("CREDENTIALS_DIRECTORY", "credentials", 1); /* not absolute: not systemd's */
	assert_string_equal(secret_of("token"),
	    "there is no secret 'token' (state/secrets/token or $SVCREQ_SECRET_token)");
	setenv("SVCREQ_SECRET_token", "of the environment", 1);
	assert_string_equal(secret_of("token"), "of the environment");
	put("w/state/secrets/token", "of the workspace\n\n");
	assert_string_equal(secret_of("token"), "of the workspace\n");
	put("credentials/token", "of systemd\n");
	assert_int_equal(chmod("credentials/token", 0444), 0);
	assert_string_equal(secret_of("token"), "of the workspace\n");
	snprintf(credentials, sizeof(credentials), "%s/credentials", folder);
	setenv("CREDENTIALS_DIRECTORY", credentials, 1);
	assert_string_equal(secret_of("token"), "of systemd");
	assert_string_equal(secret_of("other"),
	    "there is no secret 'other' (in $CREDENTIALS_DIRECTORY, state/secrets/other or "
	    "$SVCREQ_SECRET_other)");
}

static void
a_secrets_file_loses_what_an_editor_added(void **state)
{
	static const char *const files[][2] = {
	    {"t0ken", "t0ken"},
	    {"t0ken\n", "t0ken"},
	    {"t0ken\r\n", "t0ken"},
	    {"t0ken\r", "t0ken"},
	    {"t0ken\n\n", "t0ken\n"},
	    {"t0ken\r\n\r\n", "t0ken\r\n"},
	    {"t0ken\r\r", "t0ken\r"},
	    {"t0ken \n", "t0ken "},
	    {"\xef\xbb\xbft0ken", "t0ken"},
	    {"\xef\xbb\xbft0ken\r\n", "t0ken"},
	    {"\xef\xbb\xbf\xef\xbb\xbft0ken", "\xef\xbb\xbft0ken"},
	    {"two\r\nlines\r\n", "two\r\nlines"},
	    {"\xef\xbb\xbf\r\n", "the secret 'token' is empty"},
	    {"\xef\xbb\xbf", "the secret 'token' is empty"},
	};

	(void)state;
	assert_int_equal(mkdir("w/state/secrets", 0700), 0);
	assert_int_equal(mkdir("credentials", 0700), 0);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		unsetenv("CREDENTIALS_DIRECTORY");
		put("w/state/secrets/token", files[i][0]);
		assert_string_equal(secret_of("token"), files[i][1]);
		put("credentials/token", files[i][0]);
		put("w/state/secrets/token", "another");
		snprintf(credentials, sizeof(credentials), "%s/credentials", folder);
		setenv("CREDENTIALS_DIRECTORY", credentials, 1);
		assert_string_equal(secret_of("token"), files[i][1]);
	}
}

/* The text with the workspace's path for each "%s", in a buffer that the next call overwrites. */
static const char *
with_path(const char *text)
{
	static struct strbuf out = STRBUF_INIT;

	strbuf_reset(&out);
	for (; *text != '\0'; text++) {
		if (text[0] == '%' && text[1] == 's') {
			strbuf_addstr(&out, workspace_path(workspace));
			text++;
		} else {
			strbuf_addch(&out, *text);
		}
	}
	return out.buf;
}

static void
a_secret_that_cannot_be_used_is_refused(void **state)
{
	(void)state;
	assert_int_equal(mkdir("w/state/secrets", 0700), 0);
	put("w/state/secrets/a", "open to all");
	assert_int_equal(chmod("w/state/secrets/a", 0604), 0);
	assert_string_equal(
	    secret_of("a"), with_path("'state/secrets/a' can be read by others: chmod 600 %s/"
				      "state/secrets/a"));
	put("w/state/secrets/b", "\n");
	assert_string_equal(secret_of("b"), "the secret 'b' is empty");
	put("w/state/secrets/c", "abc\n");
	assert_string_equal(
	    secret_of("c"), "the secret 'c' is too short to be masked: it needs 4 bytes");
	put("w/state/secrets/d", "\xff\xff\xff\xff\xff");
	assert_string_equal(secret_of("d"), "the secret 'd' is not text");
	assert_int_equal(mkdir("w/state/secrets/e", 0700), 0);
	assert_string_equal(secret_of("e"),
	    with_path("'state/secrets/e' is a directory, not a regular file: mv %s/state/secrets/e "
		      "%s/state/secrets/e.away"));
	assert_string_equal(secret_of("../format"), "'../format' cannot be the name of a secret");
	assert_string_equal(secret_of(".a"), "'.a' cannot be the name of a secret");
	assert_string_equal(secret_of(""), "'' cannot be the name of a secret");
}

/* Opens the workspace anew, since it reads its configuration once. */
static const struct config *
config_of(const char *text)
{
	put("w/state/config.yaml", text);
	strbuf_reset(&err);
	workspace_close(workspace);
	workspace = workspace_open("w", steps_catalogue, &err);
	assert_non_null(workspace);
	return workspace_config(workspace, &err);
}

static void
expect_config_fault(const char *text, const char *message)
{
	assert_null(config_of(text));
	assert_string_equal(err.buf, message);
}

static void
a_configuration_that_says_nothing_leaves_everything_as_it_is(void **state)
{
	static const char *const texts[] = {"", "# none\n", "{}\n"};
	const struct config *config = workspace_config(workspace, &err);

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_non_null(config);
		assert_true(config->admins == NULL && config->authors == NULL && !config->service);
		assert_true(config->secrets == NULL && config->proxy == NULL);
		config = config_of(texts[i]);
	}
}

static void
the_configuration_says_who_decides_and_what_secrets_are_for(void **state)
{
	const struct config *config =
	    config_of("admins: [alice, '@ops']\n"
		      "authors: '@authors'\n"
		      "owner: service\n"
		      "proxy: http://proxy.example:3128\n"
		      "no_proxy: localhost,.example.org\n"
		      "secrets:\n"
		      "  TOKEN: {origins: [https://a.example], pipelines: [order]}\n"
		      "  OTHER: {}\n");

	(void)state;
	assert_non_null(config);
	assert_int_equal(config->admins->count, 2);
	assert_string_equal(config->authors, "authors");
	assert_true(config->service);
	assert_string_equal(config->proxy, "http://proxy.example:3128");
	assert_string_equal(config->no_proxy, "localhost,.example.org");
	assert_int_equal(config->secrets->count, 2);
	assert_ptr_equal(workspace_config(workspace, &err), config);
	assert_false(config_of("owner: person\n")->service);
}

static void
a_fault_in_the_configuration_says_where_it_is(void **state)
{
	(void)state;
	expect_config_fault("\nadmin: [alice]\n",
	    "state/config.yaml:2:1: unknown key 'admin', did you mean 'admins'?");
	expect_config_fault("colour: red\n", "state/config.yaml:1:1: unknown key 'colour'");
	expect_config_fault("admins: alice\n",
	    "state/config.yaml:1:9: 'admins' must be a list of users and @groups");
	expect_config_fault(
	    "admins: [alice, 7]\n", "state/config.yaml:1:17: an admin must be a user or an @group");
	expect_config_fault("admins: [alice, 'root ']\n",
	    "state/config.yaml:1:17: 'root ' cannot be a user name or @group: there is a space at "
	    "an end of the name");
	expect_config_fault("authors: '@@ops'\n",
	    "state/config.yaml:1:10: '@@ops' cannot be a user name or @group: a name has no second "
	    "'@'");
	expect_config_fault(
	    "[alice]\n", "state/config.yaml:1:1: it must be a map, as 'admins: [alice]'");
	expect_config_fault("authors: alice\n",
	    "state/config.yaml:1:10: 'authors' must be the group of those who write pipelines, "
	    "\"@group\"");
	expect_config_fault(
	    "owner: robot\n", "state/config.yaml:1:8: 'owner' must be 'person' or 'service'");
	expect_config_fault(
	    "proxy: ''\n", "state/config.yaml:1:8: 'proxy' must be the URL of a proxy");
	expect_config_fault("no_proxy: [a]\n",
	    "state/config.yaml:1:11: 'no_proxy' must be hosts and domains, separated by commas");
	expect_config_fault("secrets: [T]\n",
	    "state/config.yaml:1:10: 'secrets' must be a map from names of secrets to what they "
	    "are for");
	expect_config_fault("secrets: {T: {origin: [x]}}\n",
	    "state/config.yaml:1:15: unknown key 'origin', did you mean 'origins'?");
	expect_config_fault("secrets: {T: {origins: x}}\n",
	    "state/config.yaml:1:24: 'origins' must be a list such as [https://api.example.org]");
	expect_config_fault("secrets: {T: {pipelines: ['']}}\n",
	    "state/config.yaml:1:27: 'pipelines' must be a list of their names");
	expect_config_fault("secrets: {T: x}\n",
	    "state/config.yaml:1:14: a secret is bound by a map with 'origins' and 'pipelines'");
}

/* Reads the pipeline of that name: its own name, or what is wrong. */
static const char *
pipeline_of(const char *name)
{
	strbuf_reset(&err);
	faults_release(&faults);
	int result = pipelines_find(workspace, &arena, name, &pipeline, &faults, &err);
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
	assert_int_equal(
	    pipelines_read(NULL, &arena, "none.yaml", steps_catalogue, &pipeline, &faults, &err),
	    -1);
	assert_string_equal(err.buf, "cannot read 'none.yaml': No such file or directory");
	put("p.yaml", STEP);
	faults_release(&faults);
	assert_int_equal(
	    pipelines_read(NULL, &arena, "./p.yaml", steps_catalogue, &pipeline, &faults, &err), 0);
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
	assert_int_equal(pipelines_list(workspace, &arena, &paths, &count, &err), 0);
	assert_int_equal(count, 3);
	assert_string_equal(paths[0], "pipelines/a.yml");
	assert_string_equal(paths[1], "pipelines/b.yaml");
	assert_string_equal(paths[2], "pipelines/c.json");
	assert_int_equal(rename("w/pipelines", "w/gone"), 0);
	assert_int_equal(pipelines_list(workspace, &arena, &paths, &count, &err), 0);
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
	    TEST(the_owner_is_the_one_of_its_state),
	    TEST(a_secret_is_read_from_the_first_place_that_has_it),
	    TEST(a_secrets_file_loses_what_an_editor_added),
	    TEST(a_secret_that_cannot_be_used_is_refused),
	    TEST(a_configuration_that_says_nothing_leaves_everything_as_it_is),
	    TEST(the_configuration_says_who_decides_and_what_secrets_are_for),
	    TEST(a_fault_in_the_configuration_says_where_it_is),
	    TEST(a_pipeline_is_found_by_its_file_and_by_its_name),
	    TEST(a_name_that_two_files_define_is_refused),
	    TEST(faults_say_where_they_are),
	    TEST(pipelines_are_listed_in_order),
	};

	/* cmocka asks the environment how to report, of which nothing is left then */
	if (getenv("CMOCKA_MESSAGE_OUTPUT") != NULL)
		cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
