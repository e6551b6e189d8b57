/* SPDX-License-Identifier: ISC */
/*
 * alternate <times> <program A> [<argument of A>... --] <program B> [<argument of B>...]
 *
 * Runs A and B in turn, so that whatever else the machine does slows both down alike, and
 * prints the median of each in microseconds, and B's divided by A's.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void
die(const char *what)
{
	fprintf(stderr, "alternate: %s\n", what);
	exit(1);
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

/* How long the program took, from before it was started until it has ended. */
static double
run(posix_spawn_file_actions_t *quiet, char *argv[])
{
	double start = now();
	pid_t pid;
	int status;

	if (posix_spawn(&pid, argv[0], quiet, NULL, argv, environ) != 0)
		die("cannot start a program");
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		die("a program failed");
	return now() - start;
}

static int
by_size(const void *a, const void *b)
{
	const double *x = a;
	const double *y = b;

	return (*x > *y) - (*x < *y);
}

static double
median(double *times, size_t count)
{
	qsort(times, count, sizeof(*times), by_size);
	return times[count / 2];
}

int
main(int argc, char *argv[])
{
	posix_spawn_file_actions_t quiet;
	long count = argc > 3 ? strtol(argv[1], NULL, 10) : 0;
	char **second = argv + 3;
	double *a;
	double *b;

	if (count <= 0)
		die("usage: alternate <times> <program A> [<argument of A>... --] <program B> "
		    "[<argument of B>...]");
	for (int i = 3; i < argc - 1; i++) {
		if (strcmp(argv[i], "--") == 0) {
			argv[i] = NULL;
			second = argv + i + 1;
			break;
		}
	}
	if (second == argv + 3) /* A has no arguments */
		second = NULL;
	a = calloc((size_t)count, sizeof(*a));
	b = calloc((size_t)count, sizeof(*b));
	if (a == NULL || b == NULL || posix_spawn_file_actions_init(&quiet) != 0 ||
	    posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0) != 0)
		die("out of memory");
	for (long i = 0; i < count; i++) {
		a[i] = run(&quiet, second != NULL ? argv + 2 : (char *[]){argv[2], NULL});
		b[i] = run(&quiet, second != NULL ? second : argv + 3);
	}
	printf("%.0f %.0f %.2f\n", median(a, (size_t)count), median(b, (size_t)count),
	    median(b, (size_t)count) / median(a, (size_t)count));
	posix_spawn_file_actions_destroy(&quiet);
	free(a);
	free(b);
	return 0;
}
