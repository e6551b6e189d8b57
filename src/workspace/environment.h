/* SPDX-License-Identifier: ISC */
/* The environment of a run that is not its caller's own. */
#ifndef WORKSPACE_ENVIRONMENT_H
#define WORKSPACE_ENVIRONMENT_H

/*
 * Makes the environment anew from a list: how to show something to the person, who that person is,
 * and where the workspace is; what has an odd value is left out.  HOME is that of the account, by
 * the user database, and PATH the system's.  No proxy, credential, secret, or variable of a loader,
 * of OpenSSL or of libcurl stays.
 */
void environment_rebuild(void);

#endif
