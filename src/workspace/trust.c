/* SPDX-License-Identifier: ISC */
#include "workspace/trust.h"

#include <sys/stat.h>
#include <unistd.h>

const struct trust_rule trust_closed_folder = {
    .type = S_IFDIR,
    .denied = S_IWGRP | S_IWOTH,
    .owned = true,
};

const struct trust_rule trust_private_file = {
    .type = S_IFREG,
    .denied = S_IRWXG | S_IRWXO,
};

const struct trust_rule trust_any_file = {
    .type = S_IFREG,
};

enum trust
trust_check(int fd, const struct trust_rule *rule)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return TRUST_UNKNOWN;
	if ((status.st_mode & S_IFMT) != rule->type)
		return TRUST_WRONG_TYPE;
	if (rule->owned && status.st_uid != geteuid() && status.st_uid != 0)
		return TRUST_WRONG_OWNER;
	if ((status.st_mode & rule->denied) != 0)
		return TRUST_WRONG_MODE;
	return TRUST_GIVEN;
}
