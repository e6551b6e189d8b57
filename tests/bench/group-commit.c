/* SPDX-License-Identifier: ISC */
/*
 * group-commit <folder> <requests> <at a time> <url>
 *
 * The least program that does what a run of one-step POSTs must do: for each request a durable
 * intent, the call on a connection of its own, and a durable outcome.  What is ready together is
 * committed together, in two phases of one syncfs() each.  Nothing is checked, listed, logged or
 * locked: this is what the disk, the network and libcurl leave to a program.  It makes its
 * folders, waits until they are on disk, and then prints how many microseconds the work took.
 */
#include <curl/curl.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* As long as events are that have a host, a process and a check. */
static const char text[] =
    "{\"event_id\":3,\"service_request_id\":1,\"event_type\":\"Running\",\"step_name\":\"Call\","
    "\"attempt\":1,\"created_by\":\"alice\",\"created_at\":\"2026-11-23T08:41:39.123Z\","
    "\"status\":\"Running\",\"effect\":\"possible\",\"host\":\"build\",\"boot\":"
    "\"8d3a4f0e-57b7-4a2e-9d0c-7f7f5f1f7a11\",\"process\":4711,\"process_start\":123456,"
    "\"prev\":\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\","
    "\"sha256\":\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"}\n";

enum state {
	IDLE,
	INTENT, /* to be committed */
	CALLING,
	OUTCOME, /* to be committed */
};

struct slot {
	enum state state;
	int dir_fd;
	int fd;
	CURL *call;
};

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static size_t /* NOLINTNEXTLINE(readability-non-const-parameter): libcurl's own type */
ignore(char *data, size_t size, size_t count, void *context)
{
	(void)data;
	(void)context;
	return size * count;
}

static void
commit(struct slot *slots, size_t count, int root)
{
	size_t waiting = 0;

	for (size_t i = 0; i < count; i++) {
		struct slot *slot = &slots[i];

		if (slot->state != INTENT && slot->state != OUTCOME)
			continue;
		waiting++;
		slot->fd = openat(slot->dir_fd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
		if (slot->fd < 0 || write(slot->fd, text, sizeof(text) - 1) < 0)
			die("write");
	}
	if (waiting == 0)
		return;
	if (syncfs(root) != 0)
		die("syncfs");
	for (size_t i = 0; i < count; i++) {
		struct slot *slot = &slots[i];
		char path[64];

		if (slot->state != INTENT && slot->state != OUTCOME)
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", slot->fd);
		if (linkat(AT_FDCWD, path, slot->dir_fd,
			slot->state == INTENT ? "000003.json" : "000004.json",
			AT_SYMLINK_FOLLOW) != 0)
			die("linkat");
		close(slot->fd);
	}
	if (syncfs(root) != 0)
		die("syncfs");
}

static void
begin_call(struct slot *slot, CURLM *calls, const char *url)
{
	slot->call = curl_easy_init();
	curl_easy_setopt(slot->call, CURLOPT_URL, url);
	curl_easy_setopt(slot->call, CURLOPT_POSTFIELDS, "{\"name\":\"web1\"}");
	curl_easy_setopt(slot->call, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(slot->call, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(slot->call, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(slot->call, CURLOPT_PRIVATE, (char *)slot);
	curl_easy_setopt(slot->call, CURLOPT_WRITEFUNCTION, ignore);
	curl_multi_add_handle(calls, slot->call);
	slot->state = CALLING;
}

static void
take_answers(CURLM *calls)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(calls, &left)) != NULL) {
		CURL *call = message->easy_handle;
		CURLcode result = message->data.result;
		char *slot;

		if (result != CURLE_OK) {
			fprintf(stderr, "group-commit: %s\n", curl_easy_strerror(result));
			exit(1);
		}
		curl_easy_getinfo(call, CURLINFO_PRIVATE, &slot);
		((struct slot *)(void *)slot)->state = OUTCOME;
		curl_multi_remove_handle(calls, call);
		curl_easy_cleanup(call);
	}
}

/* Until there is something to commit. */
static void
wait_for_answers(const struct slot *slots, size_t count, CURLM *calls)
{
	bool ready = false;
	int running;

	for (;;) {
		curl_multi_perform(calls, &running);
		take_answers(calls);
		for (size_t i = 0; i < count; i++)
			ready = ready || slots[i].state == OUTCOME;
		if (ready || running == 0)
			return;
		curl_multi_poll(calls, NULL, 0, 1000, NULL);
	}
}

static void
make_folders(int root, size_t count)
{
	char name[32];

	for (size_t i = 1; i <= count; i++) {
		snprintf(name, sizeof(name), "%zu", i);
		if (mkdirat(root, name, 0700) != 0)
			die(name);
	}
	if (syncfs(root) != 0)
		die("syncfs");
}

static int
open_folder(int root, size_t number)
{
	char name[32];

	snprintf(name, sizeof(name), "%zu", number);
	return openat(root, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Moves each slot on after what it had was committed.  Returns whether any is in use. */
static bool
move(struct slot *slots, size_t count, int root, size_t requests, size_t *next)
{
	bool active = false;

	for (size_t i = 0; i < count; i++) {
		struct slot *slot = &slots[i];

		if (slot->state == IDLE && *next <= requests) {
			slot->dir_fd = open_folder(root, (*next)++);
			slot->state = INTENT;
		}
		active = active || slot->state != IDLE;
	}
	return active;
}

int
main(int argc, char *argv[])
{
	size_t requests = argc == 5 ? strtoul(argv[2], NULL, 10) : 0, next = 1;
	size_t count = argc == 5 ? strtoul(argv[3], NULL, 10) : 0;
	struct slot *slots;
	CURLM *calls;
	double start;
	int root;

	if (requests == 0 || count == 0) {
		fprintf(stderr, "usage: group-commit <folder> <requests> <at a time> <url>\n");
		return 2;
	}
	slots = calloc(count, sizeof(*slots));
	if (slots == NULL)
		die("slots");
	root = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		die(argv[1]);
	make_folders(root, requests);
	start = now();
	curl_global_init(CURL_GLOBAL_DEFAULT);
	calls = curl_multi_init();
	while (move(slots, count, root, requests, &next)) {
		commit(slots, count, root);
		for (size_t i = 0; i < count; i++) {
			struct slot *slot = &slots[i];

			if (slot->state == INTENT)
				begin_call(slot, calls, argv[4]);
			else if (slot->state == OUTCOME) {
				slot->state = IDLE;
				close(slot->dir_fd);
			}
		}
		wait_for_answers(slots, count, calls);
	}
	printf("%.0f\n", now() - start);
	curl_multi_cleanup(calls);
	curl_global_cleanup();
	free(slots);
	return 0;
}
