/* SPDX-License-Identifier: ISC */
/*
 * Messages that wait for no reader.  A pager that nobody scrolls, a terminal that is stopped with
 * Ctrl-S or a pipe that is full must not stop a program that has calls under way.  A thread of its
 * own writes them, because nothing else is never stopped and leaves the flags of the descriptor,
 * which others share, as they are.
 */
#ifndef BASE_MESSAGE_QUEUE_H
#define BASE_MESSAGE_QUEUE_H

struct strbuf;

/*
 * From now on message() and its like only add to a queue.  What overflows it is left out, counted,
 * and said in its place.  Returns 0, or -1 with err: messages are written as before.
 */
int message_queue_start(struct strbuf *err);
/*
 * Waits until all is written, but not for a reader that takes nothing for 3 seconds: the rest is
 * lost then.  Messages are written as before afterwards.  Does nothing when none was started.
 */
void message_queue_end(void);

#endif
