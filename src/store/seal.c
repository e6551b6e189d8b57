/* SPDX-License-Identifier: ISC */
#include "store/seal.h"

#include <stdbool.h>
#include <string.h>

#include "base/digest.h"

#define NAME   ",\"sha256\":\""
#define END    "\"}\n"
#define DIGITS (DIGEST_SIZE - 1)
#define LENGTH (sizeof(NAME) - 1 + DIGITS + sizeof(END) - 1)

void
seal_add(struct strbuf *text)
{
	char digest[DIGEST_SIZE];

	strbuf_truncate(text, text->len - 2); /* the brace and the newline */
	digest_sha256(text->buf, text->len, digest);
	strbuf_addf(text, NAME "%s" END, digest);
}

/* Whether the end is a check as it is written, and fits. */
static bool
fits(const char *text, size_t len)
{
	char digest[DIGEST_SIZE];
	const char *seal;

	if (len < LENGTH)
		return false;
	seal = text + len - LENGTH;
	digest_sha256(text, len - LENGTH, digest);
	return memcmp(seal, NAME, sizeof(NAME) - 1) == 0 &&
	       memcmp(seal + sizeof(NAME) - 1, digest, DIGITS) == 0 &&
	       memcmp(seal + LENGTH - (sizeof(END) - 1), END, sizeof(END) - 1) == 0;
}

/*
 * Whether an event without a check seems to have had one, the name of which was damaged: no other
 * text that long is the last member, but that of prev.
 */
static bool
seems_to_have_one(const char *text, size_t len)
{
	static const char prev[] = "\"prev\":";
	const char *value;

	if (len < LENGTH || text[len - 3] != '"')
		return false;
	for (value = text + len - 4; value > text && *value != '"'; value--)
		continue;
	if (text + len - 3 - value < DIGITS || value - text < (ptrdiff_t)sizeof(prev))
		return false;
	return memcmp(value - (sizeof(prev) - 1), prev, sizeof(prev) - 1) != 0;
}

int
seal_check(const char *name, const char *text, size_t len, const char *sha256, struct strbuf *fault)
{
	if (len == 0 || text[len - 1] != '\n')
		return fail(fault, "%s: it is cut off: the newline at its end is missing", name);
	if (sha256 != NULL ? !fits(text, len) : seems_to_have_one(text, len))
		return fail(fault,
		    "%s: it was changed after it was written: its sha256 does not fit", name);
	return 0;
}
