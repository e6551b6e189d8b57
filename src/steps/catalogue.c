/* SPDX-License-Identifier: ISC */
#include "steps/catalogue.h"

#include <stddef.h>

#include "model/step-type.h"

/* A line for each type: the struct step_type_<name> of its file. */
#define TYPES     \
	TYPE(api) \
	TYPE(approval)

#define TYPE(name) extern const struct step_type step_type_##name;
TYPES
#undef TYPE

#define TYPE(name) &step_type_##name,
const struct step_type *const steps_catalogue[] = {TYPES NULL};
