/* SPDX-License-Identifier: ISC */
#include "svcreq/usage.h"

#include "base/strbuf.h"
#include "svcreq/commands.h"

const struct option_spec global_options[] = {
    {'C', "directory", "dir", "use that workspace, wherever we are", false},
    {'V', "version", NULL, "print the version", false},
    {.name = NULL},
};

static const struct option_spec help_option = {'h', "help", NULL, "show this help", false};

void
usage_line(FILE *out, const struct command_entry *entry)
{
	if (entry == NULL)
		fprintf(out, "usage: svcreq [-C dir] <command> [<argument>...]\n");
	else
		fprintf(out, "usage: svcreq %s%s%s\n", entry->name,
		    *entry->synopsis == '\0' ? "" : " ", entry->synopsis);
}

static void
print_option(FILE *out, const struct option_spec *spec)
{
	struct strbuf words = STRBUF_INIT;

	if (spec->letter != 0)
		strbuf_addf(&words, "-%c, ", spec->letter);
	else
		strbuf_addstr(&words, "    ");
	strbuf_addf(&words, "--%s", spec->name);
	if (spec->argument != NULL)
		strbuf_addf(&words, " %s", spec->argument);
	fprintf(out, "  %-26s %s\n", words.buf, spec->help);
	strbuf_release(&words);
}

static void
print_options(FILE *out, const struct option_spec *spec)
{
	for (; spec->name != NULL; spec++)
		print_option(out, spec);
	print_option(out, &help_option);
}

void
usage_command(const struct command_entry *entry)
{
	usage_line(stdout, entry);
	printf("%s\n\n", entry->summary);
	print_options(stdout, entry->options);
	printf("\nSee 'man svcreq-%s'.\n", entry->name);
}

void
usage_overview(FILE *out)
{
	usage_line(out, NULL);
	for (size_t group = 0; group < GROUP_COUNT; group++) {
		fprintf(out, "\n%s\n", command_groups[group]);
		for (const struct command_entry *entry = commands; entry->name != NULL; entry++) {
			if (entry->group == group)
				fprintf(out, "  %-11s %s\n", entry->name, entry->summary);
		}
	}
	fprintf(out, "\noptions\n");
	print_options(out, global_options);
	fprintf(out, "\n'svcreq help <command>' and 'man svcreq' tell more.\n");
}
