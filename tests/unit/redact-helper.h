/* SPDX-License-Identifier: ISC */
#ifndef REDACT_HELPER_H
#define REDACT_HELPER_H

/* Masks a text with these secrets, NULL-terminated, and compares. */
void redact_check(const char *const *secrets, const char *text, const char *expected);
void redact_check_one(const char *secret, const char *text, const char *expected);

#endif
