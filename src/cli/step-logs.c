/* SPDX-License-Identifier: ISC */
#include "cli/step-logs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "model/request/request.h"
#include "cli/context.h"
#include "cli/print.h"

#define CHUNK ((size_t)64 * 1024)

void
step_logs_init(struct step_logs *logs, const struct context *context, const struct request *request,
    const char *step_name)
{
	size_t steps = request->pipeline.step_count;

	*logs = (struct step_logs){.context = context};
	snprintf(logs->id, sizeof(logs->id), "%" PRIu64, request->id);
	logs->files = xcalloc(steps, sizeof(*logs->files));
	for (size_t i = 0; i < steps; i++) {
		const char *name = request->steps[i].step->name;

		if (step_name != NULL && strcmp(step_name, name) != 0)
			continue;
		logs->files[logs->count++] = (struct step_log_file){
		    .step_name = xstrdup(name), .fd = -1, .line = STRBUF_INIT};
	}
	logs->shown = logs->count;
}

void
step_logs_release(struct step_logs *logs)
{
	for (size_t i = 0; i < logs->count; i++) {
		if (logs->files[i].fd >= 0)
			close(logs->files[i].fd);
		free(logs->files[i].step_name);
		strbuf_release(&logs->files[i].line);
	}
	free(logs->files);
}

/* -1 with errno. */
static int
open_folder(const struct step_logs *logs)
{
	int parent = workspace_logs_fd(&logs->context->workspace, false), folder, reason;

	if (parent < 0)
		return -1;
	folder = openat(parent, logs->id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	reason = errno;
	close(parent);
	errno = reason;
	return folder;
}

/* Opens it when it is there by now. */
static int
open_file(struct step_log_file *file, int folder, struct strbuf *err)
{
	char name[STEP_NAME_MAX + sizeof(".log")];
	struct stat st;

	snprintf(name, sizeof(name), "%s.log", file->step_name);
	file->fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (file->fd < 0)
		return errno == ENOENT
			   ? 0
			   : fail_errno(err, "cannot open the log of step '%s'", file->step_name);
	if (fstat(file->fd, &st) == 0 && S_ISREG(st.st_mode))
		return 0;
	return fail(err, "the log of step '%s' is not a regular file", file->step_name);
}

static int
open_files(struct step_logs *logs, struct strbuf *err)
{
	int folder = open_folder(logs), ret = 0;

	if (folder < 0)
		return errno == ENOENT
			   ? 0
			   : fail_errno(err, "cannot open 'executor_logs/%s'", logs->id);
	for (size_t i = 0; i < logs->count && ret == 0; i++) {
		if (logs->files[i].fd < 0)
			ret = open_file(&logs->files[i], folder, err);
	}
	close(folder);
	return ret;
}

static void
print_line(struct step_logs *logs, size_t index)
{
	struct strbuf *line = &logs->files[index].line;

	if (logs->headings && logs->shown != index) {
		printf("%s==> ", logs->shown == logs->count ? "" : "\n");
		print_text(logs->files[index].step_name);
		puts(" <==");
	}
	logs->shown = index;
	print_text(line->buf);
	puts("");
	strbuf_reset(line);
}

static void
print_chunk(struct step_logs *logs, size_t index, const char *text, size_t len)
{
	struct strbuf *line = &logs->files[index].line;

	while (len > 0) {
		const char *end = memchr(text, '\n', len);
		size_t used = end == NULL ? len : (size_t)(end - text);

		strbuf_add(line, text, used);
		if (end == NULL)
			return;
		print_line(logs, index);
		text += used + 1;
		len -= used + 1;
	}
}

static int
print_file(struct step_logs *logs, size_t index, struct strbuf *err)
{
	char *chunk = xmalloc(CHUNK);
	ssize_t len;

	while (
	    (len = read(logs->files[index].fd, chunk, CHUNK)) > 0 || (len < 0 && errno == EINTR)) {
		if (len > 0)
			print_chunk(logs, index, chunk, (size_t)len);
	}
	free(chunk);
	if (len == 0)
		return 0;
	return fail_errno(err, "cannot read the log of step '%s'", logs->files[index].step_name);
}

int
step_logs_print(struct step_logs *logs, struct strbuf *err)
{
	int found = 0;

	if (open_files(logs, err) != 0)
		return -1;
	for (size_t i = 0; i < logs->count; i++)
		found += logs->files[i].fd >= 0;
	logs->headings = logs->headings || found > 1;
	for (size_t i = 0; i < logs->count; i++) {
		if (logs->files[i].fd >= 0 && print_file(logs, i, err) != 0)
			return -1;
	}
	return found;
}

void
step_logs_finish(struct step_logs *logs)
{
	for (size_t i = 0; i < logs->count; i++) {
		if (logs->files[i].line.len > 0)
			print_line(logs, i);
	}
}
