/* SPDX-License-Identifier: ISC */
#include "base/message-queue.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/message.h"
#include "base/strbuf.h"

#define QUEUE_MAX_BYTES ((size_t)256 * 1024)
#define PATIENCE_S	3

static struct {
	pthread_mutex_t lock; /* of all that follows */
	pthread_cond_t changed;
	struct strbuf waiting; /* whole lines */
	size_t lost;	       /* messages that came after those that wait */
	unsigned long written; /* how often something was: the reader reads */
	bool ending;
	bool ended; /* the thread has written all, and is gone */
} queue = {.lock = PTHREAD_MUTEX_INITIALIZER, .waiting = STRBUF_INIT};

static void
add(const char *text, size_t len)
{
	pthread_mutex_lock(&queue.lock);
	if (queue.lost > 0 || queue.waiting.len + len > QUEUE_MAX_BYTES)
		queue.lost++;
	else
		strbuf_add(&queue.waiting, text, len);
	pthread_cond_broadcast(&queue.changed);
	pthread_mutex_unlock(&queue.lock);
}

/* As many whole lines as a pipe takes at once, so that those of several processes do not mix. */
static size_t
lines_at_once(const char *text, size_t len)
{
	const char *end = len > PIPE_BUF ? memrchr(text, '\n', PIPE_BUF) : text + len - 1;

	if (end == NULL)
		end = memchr(text, '\n', len);
	return end == NULL ? len : (size_t)(end - text) + 1;
}

static void
write_lines(const struct strbuf *lines)
{
	const char *text = lines->buf;

	for (size_t at = 0; text != NULL && at < lines->len;) {
		size_t size = lines_at_once(text + at, lines->len - at);

		message_write(text + at, size, -1); /* what it gives up, nobody can be told */
		at += size;
		pthread_mutex_lock(&queue.lock);
		queue.written++;
		pthread_cond_broadcast(&queue.changed);
		pthread_mutex_unlock(&queue.lock);
	}
}

/* Takes what waits, or waits for it.  Returns false when all is written and no more will come. */
static bool
take(struct strbuf *out)
{
	bool more;

	strbuf_reset(out);
	pthread_mutex_lock(&queue.lock);
	while (queue.waiting.len == 0 && !queue.ending)
		pthread_cond_wait(&queue.changed, &queue.lock);
	strbuf_add(out, queue.waiting.buf, queue.waiting.len);
	strbuf_reset(&queue.waiting);
	if (queue.lost > 0)
		strbuf_addf(out, "svcreq: %zu message%s left out: nobody was reading\n", queue.lost,
		    queue.lost == 1 ? " was" : "s were");
	queue.lost = 0;
	more = out->len > 0 || !queue.ending;
	queue.ended = !more;
	pthread_cond_broadcast(&queue.changed);
	pthread_mutex_unlock(&queue.lock);
	return more;
}

static void *
write_all(void *unused)
{
	struct strbuf lines = STRBUF_INIT;

	while (take(&lines))
		write_lines(&lines);
	strbuf_release(&lines);
	return unused;
}

int
message_queue_start(struct strbuf *err)
{
	pthread_condattr_t attributes;
	pthread_t thread;
	sigset_t all, before;
	int result;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&queue.changed, &attributes);
	pthread_condattr_destroy(&attributes);
	queue.ending = queue.ended = false;
	/* what a signal does is done by the thread that waits for the others */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	result = pthread_create(&thread, NULL, write_all, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (result != 0) {
		errno = result;
		return fail_errno(err, "cannot start a thread");
	}
	pthread_detach(thread);
	message_redirect(add);
	return 0;
}

void
message_queue_end(void)
{
	struct timespec until;
	unsigned long written;
	int result = 0;

	if (!message_redirect(NULL))
		return;
	pthread_mutex_lock(&queue.lock);
	queue.ending = true;
	pthread_cond_broadcast(&queue.changed);
	while (!queue.ended && result == 0) {
		written = queue.written;
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += PATIENCE_S;
		while (!queue.ended && queue.written == written && result == 0)
			result = pthread_cond_timedwait(&queue.changed, &queue.lock, &until);
	}
	pthread_mutex_unlock(&queue.lock);
}
