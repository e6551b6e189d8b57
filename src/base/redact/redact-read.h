/* SPDX-License-Identifier: ISC */
/* The ways in which a secret may be written in a text: each reads the text unit by unit. */
#ifndef BASE_REDACT_REDACT_READ_H
#define BASE_REDACT_REDACT_READ_H

#include <stddef.h>

/*
 * Reads one unit of encoded text: the bytes it stands for in out, how many they are,
 * and in *used how long the unit is.  len is not 0.
 */
typedef size_t unit_reader(const char *text, size_t len, char out[4], size_t *used);

/* The longest unit of all. */
#define UNIT_MAX 24 /* bytes: \\ud83d\\ude00, and then some */

unit_reader read_plain;
unit_reader read_percent;
/* Percent-encoded as in forms and queries: a plus sign is a space. */
unit_reader read_form;
unit_reader read_json;
/*
 * A query that was decoded in part and then written in JSON, as servers do that tell what they
 * got.
 */
unit_reader read_form_in_json;
/* JSON in a string of JSON. */
unit_reader read_json_in_json;

#endif
