/* SPDX-License-Identifier: ISC */
#include "base/digest.h"

#include <sys/types.h>

#include <sha2.h>

_Static_assert(DIGEST_SIZE == SHA256_DIGEST_STRING_LENGTH, "SHA256Data() writes so much");

void
digest_sha256(const void *data, size_t len, char out[DIGEST_SIZE])
{
	SHA256Data(data, len, out);
}
