/* SPDX-License-Identifier: ISC */
/*
 * An automaton that finds many patterns in one pass (Aho and Corasick, 1975).  A state is the
 * longest end of what was read that some pattern begins with; 0 is the state of having read nothing
 * of any.  Reading n bytes takes O(n), whatever they are.
 *
 * Built in O(bytes of the patterns, times the logarithm of their number for sorting them), with up
 * to 36 bytes of memory for each byte of them, of which 28 stay.
 */
#ifndef BASE_REDACT_AUTOMATON_H
#define BASE_REDACT_AUTOMATON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a pattern is. */
enum pattern_kind {
	PATTERN_WHOLE, /* a secret */
	PATTERN_PART,  /* a part of one */
	PATTERN_KNOWN, /* no secret: what its reader has typed */
	PATTERN_KINDS
};

struct pattern {
	unsigned char *text;
	uint32_t len; /* not 0 */
	enum pattern_kind kind;
};

struct automaton;

/* Sorts the patterns, which it borrows until it returns.  They have less than 4 GiB in all. */
struct automaton *automaton_new(struct pattern *, size_t count);
/* Overwrites what it knows. */
void automaton_free(struct automaton *);
/* Returns the state after a byte more. */
uint32_t automaton_step(const struct automaton *, uint32_t state, unsigned char byte);
/* Returns how long the longest pattern of that kind is that ends there; 0: none does. */
uint32_t automaton_found(const struct automaton *, uint32_t state, enum pattern_kind);
/*
 * Returns how long the longest end of what was read is that a secret, or a part, begins with, and
 * is longer.
 */
uint32_t automaton_begun(const struct automaton *, uint32_t state);

#endif
