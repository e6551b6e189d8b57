/* SPDX-License-Identifier: ISC */
/* Whether a new request may be made from one, which decision.c decides by. */
#ifndef MODEL_REPLACE_H
#define MODEL_REPLACE_H

#include "model/decision.h"

struct request;
struct strbuf;

/*
 * Returns VERDICT_DECIDED; or VERDICT_REFUSED, with the steps in why, when calls were carried out,
 * or may have been, that a new request would send once more.
 */
enum verdict
replace_check(const struct request *, const struct decision_input *, struct strbuf *why);

#endif
