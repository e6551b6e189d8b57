/* SPDX-License-Identifier: ISC */
#include "cli/usage.h"

#include "base/strbuf.h"
#include "workspace/program-name.h"
#include "cli/commands.h"

#define COLUMNS	     80
#define OPTION_WIDTH 26

const struct option_spec global_options[] = {
    {'C', "directory", "<dir>", "use the workspace in that folder", OPTION_ONCE},
    {'V', "version", NULL, "print the version", OPTION_ONCE},
    {.name = NULL},
};

static const struct option_spec help_option = {'h', "help", NULL, "show this help", OPTION_ONCE};

/* The length of the first word; what is in brackets is one word. */
static size_t
word_length(const char *text)
{
	size_t len = 0;
	int depth = 0;

	for (; text[len] != '\0' && (text[len] != ' ' || depth > 0); len++)
		depth += (text[len] == '[') - (text[len] == ']');
	return len;
}

/* Prints the text from that column on, and what does not fit below it; with a newline. */
static void
print_wrapped(FILE *out, size_t column, const char *text)
{
	size_t at = column;

	while (*text != '\0') {
		size_t len = word_length(text);

		if (at > column && at + 1 + len > COLUMNS) {
			fprintf(out, "\n%*s", (int)column, "");
			at = column;
		}
		at += (size_t)fprintf(out, "%s%.*s", at > column ? " " : "", (int)len, text);
		text += len;
		text += *text == ' ';
	}
	fputs("\n", out);
}

void
usage_line(FILE *out, const struct command_entry *entry)
{
	const char *synopsis = "[-C <dir>] <command> [<argument>...]";
	struct strbuf words = STRBUF_INIT;

	strbuf_addstr(&words, "usage: ");
	program_name_add(&words, NULL);
	strbuf_addch(&words, ' ');
	if (entry != NULL) {
		synopsis = entry->synopsis;
		strbuf_addf(&words, "%s%s", entry->name, *synopsis == '\0' ? "" : " ");
	}
	fputs(words.buf, out);
	print_wrapped(out, words.len, synopsis);
	strbuf_release(&words);
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
	if (words.len > OPTION_WIDTH)
		fprintf(out, "  %s\n  %*s ", words.buf, OPTION_WIDTH, "");
	else
		fprintf(out, "  %-*s ", OPTION_WIDTH, words.buf);
	print_wrapped(out, OPTION_WIDTH + 3, spec->help);
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
	printf("\n%s\n\n", entry->summary);
	print_options(stdout, entry->options);
	printf("\nSee 'man svcreq-%s'.\n", entry->name);
}

void
usage_overview(FILE *out)
{
	struct strbuf name = STRBUF_INIT;

	usage_line(out, NULL);
	for (size_t group = 0; group < GROUP_COUNT; group++) {
		fprintf(out, "\n%s\n", command_groups[group]);
		for (size_t i = 0; commands[i] != NULL; i++) {
			if (commands[i]->group == group)
				fprintf(
				    out, "  %-11s %s\n", commands[i]->name, commands[i]->summary);
		}
	}
	fprintf(out, "\noptions\n");
	print_options(out, global_options);
	program_name_add(&name, NULL);
	fprintf(out, "\n'%s help <command>' and 'man svcreq' tell more.\n", name.buf);
	strbuf_release(&name);
}
