/* SPDX-License-Identifier: ISC */
#include "cli/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/message.h"

/* A terminal hands out lines of at most 4096 bytes; Ctrl-D within a line joins several. */
#define ANSWER_MAX_BYTES 16384
/* What a question changes, or needs. */
#define OUR_FLAGS ((tcflag_t)(ECHO | ICANON))

/* Without a handler these neither end nor stop a process. */
static const int harmless[] = {SIGCHLD, SIGURG, SIGWINCH};
static const int stopping[] = {SIGTSTP, SIGTTIN, SIGTTOU};

/*
 * All signals that are caught are blocked, but for two moments: when a question sets the modes,
 * and when it waits for input.
 */
static struct {
	sigset_t outside, caught;
	struct sigaction actions[_NSIG]; /* of those that are caught, the caller's */
	struct termios found, ours;
	bool changed; /* and not put back: it has our modes, or those of another process */
	char text[ANSWER_MAX_BYTES + 1];
} terminal;

/* What came: the latest signal of each kind, or 0. */
static volatile sig_atomic_t ended, stopped, continued;

static bool
is_among(int number, const int *list, size_t count)
{
	while (count > 0) {
		if (list[--count] == number)
			return true;
	}
	return false;
}

#define IS_AMONG(number, list) is_among(number, list, sizeof(list) / sizeof((list)[0]))

static void
note_signal(int number)
{
	if (number == SIGCONT)
		continued = number;
	else if (IS_AMONG(number, stopping))
		stopped = number;
	else
		ended = number;
}

bool
terminal_is_there(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

/* ---- modes */

/* Leaves modes that are not ours: the shell that has the terminal now has set its own. */
static void
restore_modes(bool forget_typed)
{
	struct termios now;

	if (terminal.changed && tcgetattr(STDIN_FILENO, &now) == 0 &&
	    now.c_lflag == terminal.ours.c_lflag) {
		if (forget_typed)
			tcflush(STDIN_FILENO, TCIFLUSH);
		tcsetattr(STDIN_FILENO, TCSANOW, &terminal.found);
		terminal.changed = false;
	}
}

static void
restore_modes_at_exit(void)
{
	restore_modes(true);
}

/*
 * In the background this stops the process, or fails; the kernel does so only while the signals of
 * job control are not blocked.
 */
static int
set_modes(bool hidden, bool forget_typed)
{
	struct termios modes;
	int ret;

	if (tcgetattr(STDIN_FILENO, &modes) != 0)
		return -1;
	if (terminal.changed) /* these may be ours still, or again: a shell may have kept them */
		modes.c_lflag = (modes.c_lflag & ~OUR_FLAGS) | (terminal.found.c_lflag & OUR_FLAGS);
	terminal.found = modes;
	modes.c_lflag |= ICANON;
	if (hidden)
		modes.c_lflag &= ~(tcflag_t)ECHO;
	terminal.ours = modes;
	sigprocmask(SIG_SETMASK, &terminal.outside, NULL);
	ret = tcsetattr(STDIN_FILENO, TCSANOW, &modes);
	if (ret == 0 && (hidden || forget_typed))
		tcflush(STDIN_FILENO, TCIFLUSH);
	sigprocmask(SIG_BLOCK, &terminal.caught, NULL);
	terminal.changed |= ret == 0;
	return ret;
}

/* ---- signals */

static void
catch_signal(int number)
{
	struct sigaction action = {.sa_handler = note_signal};

	sigfillset(&action.sa_mask);
	sigaction(number, &action, NULL);
}

void
terminal_begin(void)
{
	static bool is_registered;

	if (!is_registered)
		atexit(restore_modes_at_exit); /* running out of memory exits */
	is_registered = true;
	ended = stopped = continued = 0;
	sigemptyset(&terminal.caught);
	for (int number = 1; number < _NSIG; number++) {
		if (!IS_AMONG(number, harmless) &&
		    sigaction(number, NULL, &terminal.actions[number]) == 0 &&
		    terminal.actions[number].sa_handler == SIG_DFL)
			sigaddset(&terminal.caught, number);
	}
	sigprocmask(SIG_BLOCK, &terminal.caught, &terminal.outside);
	for (int number = 1; number < _NSIG; number++) {
		if (sigismember(&terminal.caught, number) == 1)
			catch_signal(number);
	}
}

int
terminal_end(void)
{
	restore_modes(ended != 0);
	explicit_bzero(terminal.text, sizeof(terminal.text));
	for (int number = 1; number < _NSIG; number++) {
		if (sigismember(&terminal.caught, number) == 1)
			sigaction(number, &terminal.actions[number], NULL);
	}
	sigprocmask(SIG_SETMASK, &terminal.outside, NULL);
	return ended;
}

/* Stops the process as the signal would have done, and returns when it is continued. */
static void
stop(int number)
{
	restore_modes(true);
	explicit_bzero(terminal.text, sizeof(terminal.text));
	stopped = 0;
	signal(number, SIG_DFL);
	raise(number);
	sigprocmask(SIG_SETMASK, &terminal.outside, NULL);
	sigprocmask(SIG_BLOCK, &terminal.caught, NULL);
	catch_signal(number);
}

/* ---- a question */

static bool
signal_came(void)
{
	return ended != 0 || stopped != 0 || continued != 0;
}

/* As read(), and EINTR also when the signal came before. */
static ssize_t
read_input(char *buf, size_t size)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	ssize_t len;

	if (!signal_came() && ppoll(&input, 1, NULL, &terminal.outside) < 0 && errno != EINTR)
		return -1;
	errno = EINTR;
	if (signal_came())
		return -1;
	sigprocmask(SIG_SETMASK, &terminal.outside, NULL); /* somebody may have read it first */
	len = read(STDIN_FILENO, buf, size);
	sigprocmask(SIG_BLOCK, &terminal.caught, NULL);
	return len;
}

/* Reads a line into terminal.text.  TERMINAL_SIGNAL: any that is caught. */
static enum terminal_result
read_line(size_t *len)
{
	bool fits = true;
	ssize_t got;

	*len = 0;
	do {
		if (*len == ANSWER_MAX_BYTES) {
			fits = false;
			*len = 0;
		}
		got = read_input(terminal.text + *len, ANSWER_MAX_BYTES - *len);
		if (signal_came())
			return TERMINAL_SIGNAL;
		if (got < 0 || (got == 0 && *len == 0))
			return TERMINAL_END;
		*len += (size_t)got;
	} while (got > 0 && terminal.text[*len - 1] != '\n');
	if (got > 0)
		--*len;
	terminal.text[*len] = '\0';
	return fits ? TERMINAL_ANSWER : TERMINAL_TOO_LONG;
}

/* Prints the question and reads the answer, once. */
static enum terminal_result
ask_once(const char *question, bool hidden, bool again, size_t *len)
{
	enum terminal_result result;
	int ret;

	continued = 0;
	ret = set_modes(hidden, again);
	if (signal_came())
		return TERMINAL_SIGNAL;
	if (ret != 0)
		return TERMINAL_END;
	message_prompt("%s", question);
	result = read_line(len);
	if (result != TERMINAL_SIGNAL)
		restore_modes(false);
	if (hidden && (result == TERMINAL_ANSWER || result == TERMINAL_TOO_LONG))
		message_end_prompt(); /* Enter was not shown either */
	return result;
}

enum terminal_result
terminal_ask(const char *question, bool hidden, const char **answer, size_t *len)
{
	enum terminal_result result = ask_once(question, hidden, false, len);

	while (result == TERMINAL_SIGNAL && ended == 0) {
		if (stopped != 0)
			stop(stopped);
		else
			message_end_prompt();
		if (ended == 0)
			result = ask_once(question, hidden, true, len);
	}
	if (result == TERMINAL_SIGNAL)
		restore_modes(true);
	*answer = terminal.text;
	return result;
}
