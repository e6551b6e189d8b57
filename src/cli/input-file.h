/* SPDX-License-Identifier: ISC */
/* A file of the caller's that a command reads, or standard input.  Nothing else here reads one. */
#ifndef CLI_INPUT_FILE_H
#define CLI_INPUT_FILE_H

#include "model/exit-code.h"

struct context;
struct strbuf;

#define INPUT_FILE_MAX_MIB 1

/*
 * Reads the file of that path; "-" is standard input.  *name is what messages call it, borrowed
 * from the path.  Returns CODE_DONE, or an exit code with the reason in context->err: CODE_INVALID
 * when it is larger than INPUT_FILE_MAX_MIB, CODE_NOT_PERMITTED as caller_check_file() says.
 */
enum exit_code
input_file_read(struct context *, const char *path, const char **name, struct strbuf *out);
/* The same of one that may be so large. */
enum exit_code input_file_read_max(
    struct context *, const char *path, int max_mib, const char **name, struct strbuf *out);

#endif
