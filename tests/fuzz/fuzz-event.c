/* SPDX-License-Identifier: ISC */
/*
 * Lines as the events of a request: each is refused with a message and changes nothing, or is
 * written as it was read, and the request stays one that can be asked what it needs next.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/strbuf.h"
#include "model/request/event.h"
#include "model/request/next.h"
#include "model/request/request.h"
#include "steps/catalogue.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void
check(int holds)
{
	if (!holds)
		abort();
}

static void
check_round_trip(struct arena *arena, const struct event *event, char digest[DIGEST_SIZE])
{
	struct strbuf once = STRBUF_INIT, twice = STRBUF_INIT, err = STRBUF_INIT;
	struct event again;

	event_write(event, &once);
	check(event_read(arena, "event", once.buf, once.len, &again, &err) == 0);
	event_write(&again, &twice);
	check(strcmp(once.buf, twice.buf) == 0);
	digest_sha256(once.buf, once.len, digest);
	strbuf_release(&err);
	strbuf_release(&twice);
	strbuf_release(&once);
}

/*
 * Puts the event behind those before it, so that the chain does not refuse what the state machine
 * should.
 */
static void
apply(struct request *request, struct event *event, const char *digest)
{
	struct strbuf err = STRBUF_INIT;
	size_t count = request->event_count;
	struct next next;

	event->event_id = (int64_t)count + 1;
	event->service_request_id = (int64_t)request->id;
	event->prev = count == 0 ? NULL : request->head;
	request_status_after(request, event, &err);
	strbuf_reset(&err);
	if (request_apply(request, steps_catalogue, event, digest, &err) == 0)
		check(err.len == 0 && request->event_count == count + 1);
	else
		check(err.len > 0 && request->event_count == count);
	next = request_next(request, event->created_at);
	check((next.kind == NEXT_NOTHING) == (next.step == NULL));
	strbuf_release(&err);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const char *text = (const char *)data, *end = text + size;
	struct request request;

	request_init(&request, 1);
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t len = newline == NULL ? (size_t)(end - text) : (size_t)(newline - text);
		struct strbuf err = STRBUF_INIT;
		struct event event;
		char digest[DIGEST_SIZE];

		if (event_read(&request.arena, "event", text, len, &event, &err) == 0) {
			check(err.len == 0);
			check_round_trip(&request.arena, &event, digest);
			apply(&request, &event, digest);
		} else {
			check(err.len > 0);
		}
		strbuf_release(&err);
		text += len + (newline != NULL);
	}
	request_release(&request);
	return 0;
}
