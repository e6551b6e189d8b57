/* SPDX-License-Identifier: ISC */
/* The step types that are built in. */
#ifndef STEPS_CATALOGUE_H
#define STEPS_CATALOGUE_H

struct step_type;

extern const struct step_type *const steps_catalogue[]; /* ends in NULL */

#endif
