/* SPDX-License-Identifier: ISC */
/* Whether a new request may be made from one, which decision.c decides by. */
#ifndef MODEL_REPLACE_H
#define MODEL_REPLACE_H

#include "model/decision.h"

struct request;
struct strbuf;

/*
 * Returns VERDICT_DECIDED; or VERDICT_REFUSED, when calls were, or may have been, carried out that a
 * new request would make once more, with these steps in why.
 */
enum verdict
replace_check(const struct request *, const struct decision_input *, struct strbuf *why);

#endif
