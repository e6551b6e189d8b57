/* SPDX-License-Identifier: ISC */
/*
 * Appending beside the caller: one thread makes durable what is handed over, all that has gathered
 * while it was busy with what came before.
 *
 * Where calls are short, those whose events have just become durable are back soon with the next
 * ones.  Without a pause for them, two halves of the slots would wait for each other's commits in
 * turn, and have the disk wait twice as often.  So it waits for as many as have taken part, but
 * much shorter than the disk takes; and for a while not at all, when that was in vain.
 *
 * It works on a twin of the backend, with descriptors, locks and a trust of its own; of the
 * caller's it has the folders of the requests whose locks are held, and the lists below.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "store/files/internal.h"

#define PATIENCE_PART 2 /* of what the disk took last */
#define IN_VAIN_MAX   6

/* An append that was handed over, in one list after the other. */
struct item {
	struct group_member member;
	struct item *next;
};

struct item_list {
	struct item *first;
	struct item *last;
	size_t count;
};

struct committer {
	struct trust trust;
	struct files *files; /* the twin */
	bool has_thread;     /* the system gave one; else all is done at once */
	pthread_t thread;
	int done_fd; /* an eventfd, readable while something is done; -1: without a thread */
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t changed;
	struct item_list waiting;
	struct item_list done;
	size_t under_way; /* taken from the one, and not in the other yet */
	bool ending;
	/* of the thread alone: */
	size_t expected;  /* in the next group, if all who took part come back in time */
	unsigned in_vain; /* how often in turn they did not */
	unsigned skips;	  /* so many groups are not waited for */
};

static void
add_item(struct item_list *list, struct item *item)
{
	item->next = NULL;
	if (list->first == NULL)
		list->first = item;
	else
		list->last->next = item;
	list->last = item;
	list->count++;
}

static struct item *
take_item(struct item_list *list)
{
	struct item *item = list->first;

	if (item == NULL)
		return NULL;
	list->first = item->next;
	list->count--;
	return item;
}

static void
move_items(struct item_list *to, struct item_list *from)
{
	struct item *item;

	while ((item = take_item(from)) != NULL)
		add_item(to, item);
}

/* ---- the thread */

/* Lets others come in who took part before.  With the lock. */
static void
gather(struct committer *committer)
{
	size_t at_first = committer->waiting.count;
	int64_t patience_us = committer->files->costs.last_us / PATIENCE_PART;
	int64_t end = clock_monotonic_us() + patience_us;
	struct timespec until = {.tv_sec = end / 1000000, .tv_nsec = end % 1000000 * 1000};
	int result = 0;

	if (at_first >= committer->expected || committer->ending)
		return;
	if (committer->skips > 0) {
		committer->skips--;
		return;
	}
	while (result == 0 && committer->waiting.count < committer->expected && !committer->ending)
		result = pthread_cond_timedwait(&committer->changed, &committer->lock, &until);
	if (committer->waiting.count - at_first >= (committer->expected - at_first + 1) / 2)
		committer->in_vain = 0;
	else if (committer->in_vain < IN_VAIN_MAX)
		committer->in_vain++;
	committer->skips = (1U << committer->in_vain) - 1;
}

/* Takes all that waits, or waits for it.  False: no more will come. */
static bool
take_group(struct committer *committer, struct item_list *out)
{
	pthread_mutex_lock(&committer->lock);
	while (committer->waiting.count == 0 && !committer->ending)
		pthread_cond_wait(&committer->changed, &committer->lock);
	gather(committer);
	*out = committer->waiting;
	committer->waiting = (struct item_list){0};
	committer->under_way = out->count;
	pthread_mutex_unlock(&committer->lock);
	return out->count > 0;
}

/* With the lock. */
static void
hand_back(struct committer *committer, struct item_list *items)
{
	if (committer->done.count == 0 && items->count > 0 && committer->has_thread)
		eventfd_write(committer->done_fd, 1);
	move_items(&committer->done, items);
	pthread_cond_broadcast(&committer->changed);
}

static void *
commit(void *context)
{
	struct committer *committer = context;
	struct item_list group;

	while (take_group(committer, &group)) {
		struct group_member *members = xcalloc(group.count, sizeof(*members));
		size_t count = 0;

		for (const struct item *item = group.first; item != NULL; item = item->next)
			members[count++] = item->member;
		append_members(committer->files, members, count);
		count = 0;
		for (struct item *item = group.first; item != NULL; item = item->next)
			item->member = members[count++];
		free(members);
		pthread_mutex_lock(&committer->lock);
		committer->under_way = 0;
		committer->expected = count + committer->waiting.count;
		hand_back(committer, &group);
		pthread_mutex_unlock(&committer->lock);
	}
	return NULL;
}

/* ---- the caller */

static bool
start_thread(struct committer *committer)
{
	sigset_t all, before;
	int result;

	/* what a signal does is done by the thread of the caller */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	result = pthread_create(&committer->thread, NULL, commit, committer);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return result == 0;
}

static struct committer *
start(const struct files *files)
{
	struct committer *committer = xcalloc(1, sizeof(*committer));
	pthread_condattr_t attributes;

	trust_copy(&committer->trust, files->trust);
	committer->files = files_twin(files, &committer->trust);
	pthread_mutex_init(&committer->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&committer->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	committer->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	committer->has_thread = committer->done_fd >= 0 && start_thread(committer);
	if (!committer->has_thread)
		committer->done_fd = file_close_quietly(committer->done_fd);
	return committer;
}

static void
stop_thread(struct committer *committer)
{
	pthread_mutex_lock(&committer->lock);
	committer->ending = true;
	pthread_cond_broadcast(&committer->changed);
	pthread_mutex_unlock(&committer->lock);
	pthread_join(committer->thread, NULL);
}

void
committer_free(struct committer *committer)
{
	if (committer == NULL)
		return;
	if (committer->has_thread)
		stop_thread(committer);
	file_close_quietly(committer->done_fd);
	pthread_cond_destroy(&committer->changed);
	pthread_mutex_destroy(&committer->lock);
	files_close(committer->files);
	trust_release(&committer->trust);
	free(committer);
}

void
files_append_begin(void *self, struct backend_append *const *appends, size_t count)
{
	struct files *files = self;
	struct item_list admitted = {0}, refused = {0};
	struct committer *committer;

	if (files->committer == NULL)
		files->committer = start(files);
	committer = files->committer;
	for (size_t i = 0; i < count; i++) {
		struct item *item = xcalloc(1, sizeof(*item));
		bool is_admitted = append_admit(files, appends[i], &item->member);

		item->member.append = appends[i];
		if (is_admitted && !committer->has_thread)
			append_members(files, &item->member, 1);
		add_item(is_admitted && committer->has_thread ? &admitted : &refused, item);
	}
	pthread_mutex_lock(&committer->lock);
	hand_back(committer, &refused);
	move_items(&committer->waiting, &admitted);
	pthread_cond_broadcast(&committer->changed);
	pthread_mutex_unlock(&committer->lock);
}

/* The descriptor is readable for as long as something is done. */
static struct item *
take_done(struct committer *committer, bool wait)
{
	struct item *item;
	eventfd_t unused;

	pthread_mutex_lock(&committer->lock);
	while (wait && committer->done.count == 0 &&
	       (committer->waiting.count > 0 || committer->under_way > 0))
		pthread_cond_wait(&committer->changed, &committer->lock);
	item = take_item(&committer->done);
	if (item != NULL && committer->done.count == 0 && committer->has_thread)
		eventfd_read(committer->done_fd, &unused);
	pthread_mutex_unlock(&committer->lock);
	return item;
}

struct backend_append *
files_append_collect(void *self, bool wait)
{
	struct committer *committer = ((struct files *)self)->committer;
	struct item *item = committer == NULL ? NULL : take_done(committer, wait);
	struct backend_append *append = item == NULL ? NULL : item->member.append;

	if (item != NULL)
		append_dismiss(self, &item->member);
	free(item);
	return append;
}

int
files_append_fd(void *self)
{
	const struct committer *committer = ((const struct files *)self)->committer;

	return committer == NULL ? -1 : committer->done_fd;
}
