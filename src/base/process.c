/* SPDX-License-Identifier: ISC */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/strbuf.h"

#define MIB ((rlim_t)1 << 20)

/* Limits of the caller that would stop a run in the middle, or keep it from recording its end. */
static const struct limit {
	int resource;
	rlim_t wanted; /* RLIM_INFINITY: as much as is allowed */
	rlim_t needed; /* by a run, of what is allowed */
	const char *name;
	char option; /* of ulimit */
} limits[] = {
    {RLIMIT_CPU, RLIM_INFINITY, 600, "processor time", 't'},
    {RLIMIT_FSIZE, RLIM_INFINITY, 64 * MIB, "the size of files", 'f'},
    {RLIMIT_DATA, RLIM_INFINITY, 256 * MIB, "memory", 'd'},
    {RLIMIT_AS, RLIM_INFINITY, 512 * MIB, "memory", 'v'},
    /* libcurl looks up names in threads; without one it says so before anything is sent */
    {RLIMIT_NPROC, RLIM_INFINITY, 0, "processes", 'u'},
    {RLIMIT_NOFILE, RLIM_INFINITY, 0, "open files", 'n'}, /* a run counts those that it needs */
    /* without a limit addresses would be laid out otherwise */
    {RLIMIT_STACK, 8 * MIB, MIB, "the stack", 's'},
};

#define LIMIT_COUNT (sizeof(limits) / sizeof(limits[0]))

/* Those of timers, which a caller may have set and execve(2) keeps. */
static const int timer_signals[] = {SIGALRM, SIGVTALRM, SIGPROF};

/* No file that is opened later becomes standard output; printing to a closed one is an error. */
static void
occupy_standard_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) == -1 && errno == EBADF)
			(void)!open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_RDWR);
	}
}

static void
stop_timers(void)
{
	const struct itimerval none = {{0, 0}, {0, 0}};

	setitimer(ITIMER_REAL, &none, NULL);
	setitimer(ITIMER_VIRTUAL, &none, NULL);
	setitimer(ITIMER_PROF, &none, NULL);
	for (size_t i = 0; i < sizeof(timer_signals) / sizeof(timer_signals[0]); i++) {
		/* this forgets one that is pending, too */
		signal(timer_signals[i], SIG_IGN);
		signal(timer_signals[i], SIG_DFL);
	}
}

static bool
may_stay_ignored(int signal_number)
{
	return signal_number == SIGHUP || signal_number == SIGINT || signal_number == SIGQUIT;
}

static void
set_signals(bool on_behalf)
{
	struct sigaction action;
	sigset_t none;

	for (int number = 1; number < NSIG; number++) {
		/* what has a handler already has it of a sanitizer */
		if (sigaction(number, NULL, &action) != 0 || action.sa_handler != SIG_IGN)
			continue;
		if (on_behalf || !may_stay_ignored(number))
			signal(number, SIG_DFL);
	}
	signal(SIGXFSZ, SIG_IGN); /* a limit is an error (EFBIG), and not the end */
	stop_timers();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void
raise_limits(void)
{
	for (size_t i = 0; i < LIMIT_COUNT; i++) {
		rlim_t wanted = limits[i].wanted;
		struct rlimit limit;

		if (getrlimit((unsigned)limits[i].resource, &limit) != 0 ||
		    limit.rlim_cur >= wanted)
			continue;
		limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
		setrlimit((unsigned)limits[i].resource, &limit);
	}
}

int
process_check_limits(struct strbuf *err)
{
	for (size_t i = 0; i < LIMIT_COUNT; i++) {
		struct rlimit limit;

		if (getrlimit((unsigned)limits[i].resource, &limit) == 0 &&
		    limit.rlim_max < limits[i].needed)
			return fail(err,
			    "whoever has started this allows it too little of %s to end what it "
			    "begins (ulimit -H -%c)",
			    limits[i].name, limits[i].option);
	}
	return 0;
}

/* ---- stops */

/* Of the thread: each has a mask of its own. */
static _Thread_local sigset_t mask_before;
static _Thread_local unsigned stops_held;

void
process_hold_stops(void)
{
	sigset_t stops;

	if (stops_held++ > 0)
		return;
	sigemptyset(&stops);
	sigaddset(&stops, SIGTSTP);
	sigaddset(&stops, SIGTTIN);
	sigaddset(&stops, SIGTTOU);
	pthread_sigmask(SIG_BLOCK, &stops, &mask_before);
}

void
process_release_stops(void)
{
	if (stops_held > 0 && --stops_held == 0)
		pthread_sigmask(SIG_SETMASK, &mask_before, NULL);
}

/* ---- the start */

void
process_start(bool on_behalf)
{
	umask(077);
	if (on_behalf)
		close_range(STDERR_FILENO + 1, UINT_MAX, 0);
	occupy_standard_descriptors();
	raise_limits();
	set_signals(on_behalf);
	prctl(PR_SET_PDEATHSIG, 0); /* the end of the caller is not ours */
}

/* Only opening them tells: a limit counts what was inherited, and the system has one of its own. */
size_t
process_free_descriptors(size_t wanted)
{
	int *opened = xcalloc(wanted, sizeof(*opened));
	size_t count = 0;

	while (count < wanted && (opened[count] = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)) >= 0)
		count++;
	for (size_t i = 0; i < count; i++)
		close(opened[i]);
	free(opened);
	return count;
}
