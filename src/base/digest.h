/* SPDX-License-Identifier: ISC */
/* SHA-256 (FIPS 180-4) as 64 lower-case hexadecimal digits. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>

#define DIGEST_SIZE 65 /* with the NUL */

void digest_sha256(const void *data, size_t len, char out[DIGEST_SIZE]);

#endif
