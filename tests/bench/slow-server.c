/* SPDX-License-Identifier: ISC */
/*
 * slow-server <milliseconds> <file for the port>
 *
 * Answers {} to every request that long after its head has come, on a port that the system chooses,
 * and closes the connection.  One thread, so that the machine is left to what is measured.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define WAITING_MAX 65536

static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
			     "Content-Length: 2\r\nConnection: close\r\n\r\n{}";

/* Who waits for an answer: all wait as long, so the first to come is the first to go. */
static struct {
	int fd;
	double due;
} waiting[WAITING_MAX];
static unsigned first, next;

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static void
check(bool holds, const char *what)
{
	if (holds)
		return;
	perror(what);
	exit(1);
}

static int
listen_somewhere(const char *port_file)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	FILE *file;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	check(fd >= 0 && bind(fd, (struct sockaddr *)&address, len) == 0, "bind");
	check(listen(fd, 4096) == 0, "listen");
	check(getsockname(fd, (struct sockaddr *)&address, &len) == 0, "getsockname");
	file = fopen(port_file, "w");
	check(file != NULL && fprintf(file, "%d\n", ntohs(address.sin_port)) > 0, port_file);
	check(fclose(file) == 0, port_file);
	return fd;
}

/* What has come is forgotten; that it has come starts the clock. */
static void
receive(int epoll, int fd, double delay)
{
	char text[65536];
	ssize_t got = recv(fd, text, sizeof(text) - 1, 0);

	if (got < 0 && errno == EAGAIN)
		return;
	epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
	if (got <= 0) {
		close(fd);
		return;
	}
	waiting[next % WAITING_MAX].fd = fd;
	waiting[next++ % WAITING_MAX].due = now() + delay;
}

static void
accept_all(int epoll, int listener)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

		check(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
	}
}

static void
answer_due(void)
{
	for (; first != next && waiting[first % WAITING_MAX].due <= now(); first++) {
		int fd = waiting[first % WAITING_MAX].fd;

		(void)!send(fd, answer, sizeof(answer) - 1, MSG_NOSIGNAL);
		close(fd);
	}
}

int
main(int argc, char **argv)
{
	struct epoll_event events[256];
	double delay;
	int epoll, listener;

	check(argc == 3, "usage: slow-server <milliseconds> <file for the port>");
	delay = atof(argv[1]);
	epoll = epoll_create1(0);
	listener = listen_somewhere(argv[2]);
	events[0] = (struct epoll_event){.events = EPOLLIN, .data.fd = listener};
	check(epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &events[0]) == 0, "epoll_ctl");
	for (;;) {
		double left = first == next ? -1 : waiting[first % WAITING_MAX].due - now();
		int count = epoll_wait(
		    epoll, events, 256, left < 0 ? (first == next ? -1 : 0) : (int)left + 1);

		for (int i = 0; i < count; i++) {
			if (events[i].data.fd == listener)
				accept_all(epoll, listener);
			else
				receive(epoll, events[i].data.fd, delay);
		}
		answer_due();
	}
}
