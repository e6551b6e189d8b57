/* SPDX-License-Identifier: ISC */
/*
 * What the owner of a workspace allows its secrets for: a map from names to maps with "origins", to
 * which one may be sent, and "pipelines", which may use it.  What a map does not have is not asked,
 * and a secret that has none may be sent anywhere.
 */
#ifndef MODEL_SECRET_BINDING_H
#define MODEL_SECRET_BINDING_H

struct check_mode;
struct faults;
struct pipeline;
struct step;
struct value;

/*
 * Adds a fault for each place of a step at which a secret stands that is bound elsewhere.
 * parameters is the struct of the step's type, read as the mode says; bindings is NULL for none.
 */
void secret_bindings_check(const struct value *bindings, const struct pipeline *,
    const struct step *, const void *parameters, const struct check_mode *, struct faults *);

#endif
