/* SPDX-License-Identifier: ISC */
/* What forms ask the machine on which they are filled in: its users, the workspace's time zone. */
#ifndef WORKSPACE_FORM_MACHINE_H
#define WORKSPACE_FORM_MACHINE_H

#include "model/pipeline/field.h"

struct workspace;

/* Borrows the workspace. */
struct form_machine workspace_form_machine(const struct workspace *);

#endif
