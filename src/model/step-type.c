/* SPDX-License-Identifier: ISC */
#include "model/step-type.h"

#include <string.h>

const struct step_type *
step_type_find(const struct step_type *const *types, const char *name)
{
	for (; *types != NULL; types++) {
		if (strcmp((*types)->name, name) == 0)
			return *types;
	}
	return NULL;
}
