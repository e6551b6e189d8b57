/* SPDX-License-Identifier: ISC */
#include "base/options.h"

#include <assert.h>
#include <getopt.h>
#include <string.h>

#include "base/arena.h"
#include "base/number.h"
#include "base/strbuf.h"
#include "base/suggest.h"

#define OPERAND	   1
#define LONG_FIRST 256 /* what getopt_long() gives for the first long option, and so on */

struct parser {
	const struct option_spec *options;
	size_t count;
	char letters[64];
	struct option *names;
};

/*
 * Each long option has a number of its own, so that messages quote the words that were
 * used.
 */
static void
parser_init(struct parser *parser, struct arena *arena, const struct option_spec *options,
    bool operands_last)
{
	size_t len;

	*parser = (struct parser){.options = options};
	while (options[parser->count].name != NULL)
		parser->count++;
	parser->names = arena_calloc(arena, parser->count + 2, sizeof(struct option));
	/*
	 * "-": operands come as they stand, whatever POSIXLY_CORRECT says; ":": faults are ours
	 * to tell
	 */
	memcpy(parser->letters, operands_last ? "+:h" : "-:h", sizeof("-:h"));
	len = strlen(parser->letters);
	for (size_t i = 0; i < parser->count; i++) {
		bool takes = options[i].argument != NULL;

		assert(len + 3 < sizeof(parser->letters));
		parser->names[i] = (struct option){options[i].name,
		    takes ? required_argument : no_argument, NULL, LONG_FIRST + (int)i};
		if (options[i].letter == 0)
			continue;
		parser->letters[len++] = options[i].letter;
		if (takes)
			parser->letters[len++] = ':';
		parser->letters[len] = '\0';
	}
	parser->names[parser->count] =
	    (struct option){"help", no_argument, NULL, LONG_FIRST + (int)parser->count};
}

/* NULL: none, or the help. */
static const struct option_spec *
find_spec(const struct parser *parser, int code)
{
	if (code >= LONG_FIRST)
		return (size_t)(code - LONG_FIRST) < parser->count
			   ? &parser->options[code - LONG_FIRST]
			   : NULL;
	for (size_t i = 0; i < parser->count; i++) {
		if (parser->options[i].letter == code)
			return &parser->options[i];
	}
	return NULL;
}

static const char *
name_of_code(const struct parser *parser, int code)
{
	return parser->names[code - LONG_FIRST].name;
}

static int
fail_long(const struct parser *parser, const char *word, struct strbuf *err)
{
	size_t len = strcspn(word + 2, "="), matches = 0;
	struct suggestion near;

	suggest_init(&near, word + 2);
	near.prefix = "--";
	for (size_t i = 0; i <= parser->count; i++) {
		suggest_offer(&near, parser->names[i].name);
		if (strncmp(parser->names[i].name, word + 2, len) == 0)
			matches++;
	}
	if (matches > 1)
		return fail(err, "option '%s' is ambiguous", word);
	return fail(err, "unknown option '%s'%s", word, suggest_text(&near));
}

/* word: what getopt_long() has just passed. */
static int
fail_option(const struct parser *parser, int code, const char *word, struct strbuf *err)
{
	const struct option_spec *spec = find_spec(parser, optopt);

	if (code == ':' && optopt >= LONG_FIRST)
		return fail(err, "option '--%s' needs a value: %s", spec->name, spec->argument);
	if (code == ':')
		return fail(err, "option '-%c' needs a value: %s", spec->letter, spec->argument);
	if (optopt >= LONG_FIRST)
		return fail(err, "option '--%s' takes no value", name_of_code(parser, optopt));
	if (optopt != 0)
		return fail(err, "unknown option '-%c'", optopt);
	return fail_long(parser, word, err);
}

/* Both names: either may have been typed. */
static int
fail_repeated(const struct option_spec *spec, struct strbuf *err)
{
	if (spec->letter != 0)
		return fail(
		    err, "option '-%c' ('--%s') is given more than once", spec->letter, spec->name);
	return fail(err, "option '--%s' is given more than once", spec->name);
}

static int
check_repeated(const struct arguments *arguments, struct strbuf *err)
{
	for (size_t i = 0; i < arguments->given_count; i++) {
		const struct option_spec *spec = arguments->given[i].spec;

		if (spec->argument == NULL || spec->use == OPTION_ADDS)
			continue;
		for (size_t before = 0; before < i; before++) {
			if (arguments->given[before].spec == spec)
				return fail_repeated(spec, err);
		}
	}
	return 0;
}

static int
check_required(const struct arguments *arguments, struct strbuf *err)
{
	for (const struct option_spec *spec = arguments->options; spec->name != NULL; spec++) {
		if (spec->use != OPTION_REQUIRED || option_given(arguments, spec->name))
			continue;
		if (spec->letter != 0)
			return fail(
			    err, "option '-%c %s' is required", spec->letter, spec->argument);
		return fail(err, "option '--%s %s' is required", spec->name, spec->argument);
	}
	return 0;
}

/* No more options than characters: "-qqq" gives three. */
static size_t
most_options(int argc, char **argv)
{
	size_t count = 0;

	for (int i = 1; i < argc; i++)
		count += strlen(argv[i]) + 1;
	return count;
}

int
options_parse(struct arena *arena, const struct option_spec *options, bool operands_last, int argc,
    char **argv, struct arguments *out, struct strbuf *err)
{
	struct parser parser;
	int code;

	parser_init(&parser, arena, options, operands_last);
	*out = (struct arguments){
	    .options = options,
	    .given = arena_calloc(arena, most_options(argc, argv) + 1, sizeof(*out->given)),
	    .operands = arena_calloc(arena, (size_t)argc + 1, sizeof(*out->operands)),
	};
	optind = 0;
	opterr = 0;
	while ((code = getopt_long(argc, argv, parser.letters, parser.names, NULL)) != -1) {
		const struct option_spec *spec = find_spec(&parser, code);

		if (code == '?' || code == ':')
			return fail_option(&parser, code, argv[optind - 1], err);
		if (code == OPERAND)
			out->operands[out->operand_count++] = optarg;
		else if (spec == NULL)
			out->help = true;
		else
			out->given[out->given_count++] = (struct option_value){spec, optarg};
	}
	for (; optind < argc; optind++)
		out->operands[out->operand_count++] = argv[optind];
	if (out->help)
		return 0;
	return check_repeated(out, err) != 0 ? -1 : check_required(out, err);
}

static const struct option_value *
find_given(const struct arguments *arguments, const char *name)
{
	for (size_t i = arguments->given_count; i > 0; i--) {
		if (strcmp(arguments->given[i - 1].spec->name, name) == 0)
			return &arguments->given[i - 1];
	}
	return NULL;
}

bool
option_given(const struct arguments *arguments, const char *name)
{
	return find_given(arguments, name) != NULL;
}

const char *
option_text(const struct arguments *arguments, const char *name)
{
	const struct option_value *given = find_given(arguments, name);

	return given == NULL ? NULL : given->text;
}

const char *const *
option_texts(struct arena *arena, const struct arguments *arguments, const char *name)
{
	const char **texts = arena_calloc(arena, arguments->given_count + 1, sizeof(*texts));
	size_t count = 0;

	for (size_t i = 0; i < arguments->given_count; i++) {
		if (strcmp(arguments->given[i].spec->name, name) == 0)
			texts[count++] = arguments->given[i].text;
	}
	return count == 0 ? NULL : texts;
}

int64_t
option_count(const char *text)
{
	uint64_t count;

	return number_parse(text, INT64_MAX, &count) ? (int64_t)count : 0;
}
