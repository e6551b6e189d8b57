/* SPDX-License-Identifier: ISC */
#include "base/document.h"

#include <string.h>

#include "base/faults.h"
#include "base/json/json.h"
#include "base/yaml/yaml.h"

int
document_read(struct arena *arena, const char *name, const char *text, size_t len,
    struct value **out, struct faults *faults)
{
	size_t before = faults->count, name_len = strlen(name);
	int result = json_read_all(arena, text, len, out, faults);

	if (result == 0 || (name_len > 5 && strcmp(name + name_len - 5, ".json") == 0))
		return result;
	faults_truncate(faults, before);
	return yaml_read_all(arena, text, len, out, faults);
}
