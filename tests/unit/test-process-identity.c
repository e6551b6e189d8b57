/* SPDX-License-Identifier: ISC */
/* Whether a process lives that somebody has named, perhaps on another machine. */
#include "unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/process-identity.h"

static struct arena arena;

static struct process_identity
self(void)
{
	struct process_identity identity;

	process_identify(&arena, &identity);
	return identity;
}

/* A process that waits to be killed, by its own words. */
static struct process_identity
start_child(void)
{
	struct process_identity identity;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	if (fork() == 0) {
		identity = self();
		if (write(ends[1], &identity.process, sizeof(identity.process)) < 0 ||
		    write(ends[1], &identity.start, sizeof(identity.start)) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	identity = self();
	assert_int_equal(
	    read(ends[0], &identity.process, sizeof(identity.process)), sizeof(identity.process));
	assert_int_equal(
	    read(ends[0], &identity.start, sizeof(identity.start)), sizeof(identity.start));
	close(ends[0]);
	close(ends[1]);
	return identity;
}

static void
a_process_names_itself_and_is_seen_to_live(void **state)
{
	struct process_identity identity = self();

	(void)state;
	assert_non_null(identity.host);
	assert_non_null(identity.boot);
	assert_int_equal(identity.process, getpid());
	assert_true(identity.start > 0);
	assert_int_equal(process_see(&identity), PROCESS_LIVES);
	identity.start = 0; /* that was not told */
	assert_int_equal(process_see(&identity), PROCESS_LIVES);
}

static void
a_process_that_was_killed_has_ended_before_and_after_its_parent_has_noticed(void **state)
{
	struct process_identity child = start_child();
	siginfo_t info;

	(void)state;
	assert_int_equal(process_see(&child), PROCESS_LIVES);
	kill((pid_t)child.process, SIGSTOP);
	waitid(P_PID, (id_t)child.process, &info, WSTOPPED);
	assert_int_equal(process_see(&child), PROCESS_LIVES);
	kill((pid_t)child.process, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)child.process, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(process_see(&child), PROCESS_ENDED);
	assert_int_equal(waitpid((pid_t)child.process, NULL, 0), child.process);
	assert_int_equal(process_see(&child), PROCESS_ENDED);
}

static void
another_process_that_has_got_the_number_is_not_taken_for_it(void **state)
{
	struct process_identity identity = self();

	(void)state;
	identity.start++;
	assert_int_equal(process_see(&identity), PROCESS_ENDED);
}

static void
nothing_is_known_of_a_process_of_another_host_or_boot_or_of_none(void **state)
{
	struct process_identity cases[6];

	(void)state;
	for (size_t i = 0; i < 6; i++)
		cases[i] = self();
	cases[0].host = "another";
	cases[1].boot = "00000000-0000-0000-0000-000000000000";
	cases[2].host = NULL;
	cases[3].boot = NULL;
	cases[4].process = 0;
	cases[5].process = INT64_MAX;
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(process_see(&cases[i]), PROCESS_ELSEWHERE);
}

static int
release(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_process_names_itself_and_is_seen_to_live),
	    cmocka_unit_test(
		a_process_that_was_killed_has_ended_before_and_after_its_parent_has_noticed),
	    cmocka_unit_test(another_process_that_has_got_the_number_is_not_taken_for_it),
	    cmocka_unit_test(nothing_is_known_of_a_process_of_another_host_or_boot_or_of_none),
	};

	return cmocka_run_group_tests(tests, NULL, release);
}
