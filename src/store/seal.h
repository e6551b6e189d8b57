/* SPDX-License-Identifier: ISC */
/*
 * The check that an event carries of itself: its last member is the SHA-256 of all bytes before it.
 * So damage to the latest event is noticed, too, of which no other event has the digest.
 */
#ifndef STORE_SEAL_H
#define STORE_SEAL_H

#include <stddef.h>

#include "base/strbuf.h"

/* Adds the check to the text of an event, which is one line of JSON with its newline. */
void seal_add(struct strbuf *text);
/*
 * Checks the text of an event; name is for messages, and sha256 is what was read as that member.
 * NULL: it has none, as those of the first version have none.  Returns 0, or -1 with fault.
 */
int seal_check(
    const char *name, const char *text, size_t len, const char *sha256, struct strbuf *fault);

#endif
