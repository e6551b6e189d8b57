/* SPDX-License-Identifier: ISC */
#include "base/pattern.h"

#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/alloc.h"
#include "base/strbuf.h"

/*
 * What is tried for one text: steps, how deep they are nested, and KiB of memory.  There is no
 * just-in-time compiler: it knows no limit of depth, and memory that is written and executed is
 * worth more to an attacker than its speed is here.
 */
#define STEPS_MAX  100000
#define DEPTH_MAX  20000
#define MEMORY_MAX 8192

/* \C would cut a character in two; \d and \w are ASCII, as people mean them. */
#define OPTIONS (PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_ANCHORED | PCRE2_ENDANCHORED)

/* The latest that were compiled: a file of requests asks for the same few again and again. */
#define KEPT 16

static struct kept_pattern {
	char *text; /* NULL: none */
	pcre2_code *code;
} kept[KEPT];
static size_t next_kept;

static int
fail_code(struct strbuf *err, int code)
{
	PCRE2_UCHAR reason[128];

	pcre2_get_error_message(code, reason, sizeof(reason));
	return fail(err, "%s", (const char *)reason);
}

static pcre2_code *
compile(const char *pattern, struct strbuf *err)
{
	size_t len = strlen(pattern), offset;
	pcre2_code *code;
	int error;

	if (len > PATTERN_MAX) {
		fail(err, "a pattern has at most %d bytes", PATTERN_MAX);
		return NULL;
	}
	code = pcre2_compile((PCRE2_SPTR)pattern, len, OPTIONS, &error, &offset, NULL);
	if (code == NULL) {
		fail_code(err, error);
		if (err != NULL)
			strbuf_addf(err, " (at byte %zu)", offset + 1);
	}
	return code;
}

/* NULL with err: it is none. */
static const pcre2_code *
find(const char *pattern, struct strbuf *err)
{
	struct kept_pattern *place;
	pcre2_code *code;

	for (size_t i = 0; i < KEPT; i++) {
		if (kept[i].text != NULL && strcmp(kept[i].text, pattern) == 0)
			return kept[i].code;
	}
	code = compile(pattern, err);
	if (code == NULL)
		return NULL;
	place = &kept[next_kept++ % KEPT];
	free(place->text);
	pcre2_code_free(place->code);
	*place = (struct kept_pattern){xstrdup(pattern), code};
	return code;
}

int
pattern_check(const char *pattern, struct strbuf *err)
{
	return find(pattern, err) == NULL ? -1 : 0;
}

static int
run(const pcre2_code *code, const char *text, size_t len)
{
	pcre2_match_context *limits = pcre2_match_context_create(NULL);
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);
	int result = PCRE2_ERROR_NOMEMORY;

	if (limits != NULL && data != NULL) {
		pcre2_set_match_limit(limits, STEPS_MAX);
		pcre2_set_depth_limit(limits, DEPTH_MAX);
		pcre2_set_heap_limit(limits, MEMORY_MAX);
		result = pcre2_match(code, (PCRE2_SPTR)text, len, 0, 0, data, limits);
	}
	pcre2_match_data_free(data);
	pcre2_match_context_free(limits);
	return result;
}

enum pattern_result
pattern_match(const char *pattern, const char *text, struct strbuf *err)
{
	size_t len = strlen(text);
	const pcre2_code *code;
	int result;

	if (len > PATTERN_TEXT_MAX) {
		fail(err, "it has more than %d bytes, too many for a pattern", PATTERN_TEXT_MAX);
		return PATTERN_REFUSED;
	}
	code = find(pattern, err);
	if (code == NULL)
		return PATTERN_REFUSED;
	result = run(code, text, len);
	if (result >= 0)
		return PATTERN_FITS;
	if (result == PCRE2_ERROR_NOMATCH)
		return PATTERN_DIFFERS;
	if (result == PCRE2_ERROR_MATCHLIMIT || result == PCRE2_ERROR_DEPTHLIMIT ||
	    result == PCRE2_ERROR_HEAPLIMIT)
		fail(err, "whether it fits the pattern takes too long to find out");
	else
		fail_code(err, result);
	return PATTERN_REFUSED;
}
