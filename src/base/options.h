/* SPDX-License-Identifier: ISC */
/*
 * Options as data: a command declares a table of them, and asks for what was given by its long
 * name.
 */
#ifndef BASE_OPTIONS_H
#define BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct strbuf;

/* How often an option may be given.  One without a value may be repeated: it says the same. */
enum option_use {
	OPTION_ONCE,	 /* a second value is refused: it would be lost, or the first would */
	OPTION_REQUIRED, /* once, and never missing */
	OPTION_ADDS,	 /* each value counts: option_texts() */
};

struct option_spec {
	char letter;	      /* 0: it has none */
	const char *name;     /* the long one; NULL ends a table */
	const char *argument; /* what its value is called; NULL: it takes none */
	const char *help;
	enum option_use use;
};

struct option_value {
	const struct option_spec *spec;
	const char *text; /* NULL: it takes no value */
};

/* What the command line has.  The texts are those of argv. */
struct arguments {
	const struct option_spec *options;
	struct option_value *given; /* in order */
	size_t given_count;
	const char **operands;
	size_t operand_count;
	bool help; /* -h or --help, which every table has by itself */
};

/*
 * Parses argv[1] and what follows.  Options may stand behind operands unless operands_last is
 * true: then everything from the first operand on is one.  "--" ends the options.  Returns 0, or
 * -1 with err.  The lists are in the arena.
 */
int options_parse(struct arena *, const struct option_spec *, bool operands_last, int argc,
    char **argv, struct arguments *out, struct strbuf *err);

/* Whether it was given; the name is one of the table. */
bool option_given(const struct arguments *, const char *name);
/* Its value; NULL: not given. */
const char *option_text(const struct arguments *, const char *name);
/* All its values, in order, in the arena; the list ends in NULL.  NULL: not given. */
const char *const *option_texts(struct arena *, const struct arguments *, const char *name);
/* The number from 1 on that the text is; 0: it is none. */
int64_t option_count(const char *text);

#endif
