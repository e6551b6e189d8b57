/* SPDX-License-Identifier: ISC */
/* The environment that is made anew, and what says who has come. */
#include "unit.h"

#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "workspace/environment.h"
#include "workspace/identity.h"

static int
set_up(void **state)
{
	(void)state;
	clearenv();
	return 0;
}

/* What is left of a variable with that value; NULL: nothing. */
static const char *
left_of(const char *name, const char *value)
{
	clearenv();
	setenv(name, value, 1);
	environment_rebuild();
	return getenv(name);
}

static void
a_list_says_what_stays(void **state)
{
	static const char *const stays[][2] = {
	    {"TERM", "xterm-256color"},
	    {"TERM", "screen.xterm+x"},
	    {"LANG", "de_DE.UTF-8@euro"},
	    {"LANGUAGE", "de:en_GB"},
	    {"LC_ALL", "C.UTF-8"},
	    {"LC_TIME", ""},
	    {"TZ", "Europe/Berlin"},
	    {"TZ", "EST5EDT,M3.2.0,M11.1.0"},
	    {"TZ", "<+0330>-3"},
	    {"COLUMNS", "80"},
	    {"LINES", "24"},
	    {"NO_COLOR", "yes, please"},
	    {"SVCREQ_ROOT", "/srv/of mine"},
	    {"SVCREQ_NAME", "sudo -u svcreq request"},
	    {"SUDO_USER", "alice"},
	    {"SUDO_UID", "1000"},
	    {"DOAS_USER", "alice"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(stays) / sizeof(stays[0]); i++)
		assert_string_equal(left_of(stays[i][0], stays[i][1]), stays[i][1]);
}

static void
nothing_else_stays(void **state)
{
	static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
	    "ALL_PROXY", "no_proxy", "NO_PROXY", "HTTP_PROXY", "CREDENTIALS_DIRECTORY",
	    "SVCREQ_SECRET_TOKEN", "SVCREQ_EXEC_PATH", "SVCREQ_ODD", "LD_PRELOAD",
	    "LD_LIBRARY_PATH", "LD_AUDIT", "OPENSSL_CONF", "OPENSSL_MODULES", "SSL_CERT_FILE",
	    "SSL_CERT_DIR", "SSLKEYLOGFILE", "CURL_HOME", "CURL_CA_BUNDLE", "XDG_CONFIG_HOME",
	    "RES_OPTIONS", "LOCALDOMAIN", "HOSTALIASES", "LOCPATH", "NLSPATH", "GCONV_PATH",
	    "TZDIR", "TMPDIR", "MALLOC_TRACE", "GLIBC_TUNABLES", "ASAN_OPTIONS", "IFS", "ENV",
	    "BASH_ENV", "USER", "LOGNAME", "LC_x/y", "LC", "LANGX", "TERMINFO", "SUDO_COMMAND",
	    "SUDO_USERX"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_null(left_of(names[i], "1"));
}

static void
an_odd_value_does_not_stay(void **state)
{
	char *longer = calloc(1, 300);
	static const char *const odd[][2] = {
	    {"TERM", "xterm;id"},
	    {"TERM", "../../x"},
	    {"TERM", "/etc/x"},
	    {"LANG", "../x"},
	    {"LC_ALL", "/tmp/x"},
	    {"LC_ALL", "a..b"},
	    {"TZ", ":/etc/passwd"},
	    {"TZ", "/etc/passwd"},
	    {"TZ", "../../etc/passwd"},
	    {"COLUMNS", "-1"},
	    {"LINES", "1x"},
	    {"SVCREQ_NAME", "a;b"},
	    {"SVCREQ_NAME", "a\nb"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		assert_null(left_of(odd[i][0], odd[i][1]));
	memset(longer, 'a', 299);
	assert_null(left_of("LANG", longer));
	free(longer);
}

/* Of two of one name programs see the first. */
static void
a_name_that_is_there_twice_is_there_once(void **state)
{
	static char first[] = "SUDO_USER=alice", second[] = "SUDO_USER=bob", none[] = "odd";
	char *two[] = {none, first, second, NULL};
	size_t count = 0;

	(void)state;
	environ = two;
	environment_rebuild();
	assert_string_equal(getenv("SUDO_USER"), "alice");
	for (size_t i = 0; environ[i] != NULL; i++)
		count += strncmp(environ[i], "SUDO_USER=", strlen("SUDO_USER=")) == 0;
	assert_int_equal(count, 1);
}

static void
home_and_path_are_the_system_s(void **state)
{
	const struct passwd *me = getpwuid(geteuid());

	(void)state;
	setenv("HOME", "/tmp/evil", 1);
	setenv("PATH", "/tmp/evil", 1);
	environment_rebuild();
	assert_string_equal(getenv("HOME"), me == NULL ? "/" : me->pw_dir);
	assert_string_equal(getenv("PATH"), "/usr/local/bin:/usr/bin:/bin");
}

static void
the_variables_of_each_way_say_that_somebody_has_come(void **state)
{
	static const struct {
		const char *variable;
		const char *value;
		const char *way;
	} cases[] = {
	    {"SUDO_USER", "alice", "sudo"},
	    {"SUDO_UID", "1000", "sudo"},
	    {"DOAS_USER", "alice", "doas"},
	    {"PKEXEC_UID", "1000", "pkexec"},
	    {"SUDO_USER", "", NULL},
	    {"SUDO_GID", "1000", NULL},
	    {"USER", "alice", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		clearenv();
		setenv(cases[i].variable, cases[i].value, 1);
		assert_int_equal(identity_is_on_behalf(), cases[i].way != NULL);
		if (cases[i].way != NULL)
			assert_string_equal(identity_way(), cases[i].way);
		else
			assert_null(identity_way());
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(a_list_says_what_stays, set_up),
	    cmocka_unit_test_setup(nothing_else_stays, set_up),
	    cmocka_unit_test_setup(an_odd_value_does_not_stay, set_up),
	    cmocka_unit_test_setup(a_name_that_is_there_twice_is_there_once, set_up),
	    cmocka_unit_test_setup(home_and_path_are_the_system_s, set_up),
	    cmocka_unit_test_setup(the_variables_of_each_way_say_that_somebody_has_come, set_up),
	};

	/* cmocka asks the environment how to report, of which nothing is left then */
	if (getenv("CMOCKA_MESSAGE_OUTPUT") != NULL)
		cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
