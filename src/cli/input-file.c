/* SPDX-License-Identifier: ISC */
#include "cli/input-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/context.h"
#include "workspace/caller.h"

static int
read_text(const char *path, size_t max, struct strbuf *out)
{
	if (strcmp(path, "-") == 0)
		return file_read_fd(STDIN_FILENO, max, out);
	/* a pipe, as of <(...), is as good as a file */
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	int ret = file_read_fd(fd, max, out), reason = errno;
	close(fd);
	errno = reason;
	return ret;
}

enum exit_code
input_file_read_max(
    struct context *context, const char *path, int max_mib, const char **name, struct strbuf *out)
{
	bool from_stdin = strcmp(path, "-") == 0;
	const char *quote = from_stdin ? "" : "'";

	*name = from_stdin ? "<stdin>" : path;
	if (!from_stdin && caller_check_file(context->workspace, path, &context->err) != 0)
		return CODE_NOT_PERMITTED;
	if (read_text(path, (size_t)max_mib << 20, out) == 0)
		return CODE_DONE;
	if (errno == EFBIG)
		return context_fail(context, CODE_INVALID, "%s%s%s is larger than %d MiB", quote,
		    from_stdin ? "standard input" : path, quote, max_mib);
	fail_errno(&context->err, "cannot read '%s'", path);
	return CODE_ERROR;
}

enum exit_code
input_file_read(struct context *context, const char *path, const char **name, struct strbuf *out)
{
	return input_file_read_max(context, path, INPUT_FILE_MAX_MIB, name, out);
}
