/* SPDX-License-Identifier: ISC */
#include "workspace/environment.h"

#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "workspace/identity.h"
#include "workspace/program-name.h"

#define DIGITS	"0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define LOCALE	LETTERS DIGITS "_.@-"

#define VALUE_MAX 256
#define PATH	  "/usr/local/bin:/usr/bin:/bin"

/* The variables that stay, when their value has no other character.  NULL: whatever it has. */
static const struct kept {
	const char *name; /* ending in "_": every name that begins with it */
	const char *allowed;
} kept[] = {
    {"TERM", LETTERS DIGITS "._+-"}, {"LANG", LOCALE}, {"LANGUAGE", LOCALE ":"}, {"LC_", LOCALE},
    {"TZ", LETTERS DIGITS "_+-/,.<>"}, {"COLUMNS", DIGITS}, {"LINES", DIGITS}, {"NO_COLOR", NULL},
    {"SVCREQ_ROOT", NULL}, /* finds the workspace, which is checked */
};

#define KEPT_COUNT (sizeof(kept) / sizeof(kept[0]))

/* A variable of the environment, in two texts. */
struct variable {
	char *name;
	const char *value;
};

static bool
has_name(const struct kept *line, const char *name)
{
	size_t len = strlen(line->name);

	if (line->name[len - 1] != '_')
		return strcmp(line->name, name) == 0;
	return strncmp(line->name, name, len) == 0 &&
	       name[len + strspn(name + len, LETTERS)] == '\0';
}

/* A zone must not be the name of any file but one of the system's zones. */
static bool
is_fit(const struct kept *line, const char *value)
{
	size_t len = strlen(value);

	if (line->allowed == NULL)
		return true;
	return len <= VALUE_MAX && value[strspn(value, line->allowed)] == '\0' && *value != '/' &&
	       strstr(value, "..") == NULL;
}

static bool
stays(const struct variable *variable)
{
	const char *name;

	if (strcmp(variable->name, "SVCREQ_NAME") == 0)
		return program_name_is_fit(variable->value);
	for (size_t i = 0; (name = identity_variable(i)) != NULL; i++) {
		if (strcmp(variable->name, name) == 0)
			return true;
	}
	for (size_t i = 0; i < KEPT_COUNT; i++) {
		if (has_name(&kept[i], variable->name))
			return is_fit(&kept[i], variable->value);
	}
	return false;
}

/* Splits "name=value" in two.  False: it is none. */
static bool
split(char *text, struct variable *out)
{
	char *equals = strchr(text, '=');

	if (equals == NULL)
		return false;
	*equals = '\0';
	*out = (struct variable){text, equals + 1};
	return true;
}

static void
set(const char *name, const char *value)
{
	/* of two of one name the first counts, as for getenv() */
	if (setenv(name, value, 0) != 0)
		out_of_memory();
}

void
environment_rebuild(void)
{
	const struct passwd *passwd;
	size_t count = 0;
	char **before;

	while (environ != NULL && environ[count] != NULL)
		count++;
	before = xcalloc(count + 1, sizeof(*before));
	for (size_t i = 0; i < count; i++)
		before[i] = xstrdup(environ[i]);
	clearenv();
	for (size_t i = 0; i < count; i++) {
		struct variable variable;

		if (split(before[i], &variable) && stays(&variable))
			set(variable.name, variable.value);
		free(before[i]);
	}
	free(before);
	passwd = getpwuid(geteuid());
	set("HOME", passwd == NULL ? "/" : passwd->pw_dir);
	set("PATH", PATH);
}
