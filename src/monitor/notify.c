#define _GNU_SOURCE /* SOCK_CLOEXEC */

#include "monitor/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A name that begins with @ is not one of a file. */
static socklen_t make_address(const char *name, struct sockaddr_un *address)
{
	size_t length = strlen(name);

	if ((name[0] != '/' && name[0] != '@') || length >= sizeof(address->sun_path))
		return 0;
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(address->sun_path, name, length);
	if (name[0] == '@')
		address->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

/* Half of the time after which the manager would take the program for dead. */
static int64_t watchdog_interval_ns(void)
{
	const char *limit = getenv("WATCHDOG_USEC");
	const char *whom = getenv("WATCHDOG_PID");
	long long limit_us = limit != NULL ? strtoll(limit, NULL, 10) : 0;

	if (limit_us <= 0 || limit_us > INT64_MAX / 1000 ||
	    (whom != NULL && strtoll(whom, NULL, 10) != getpid()))
		return 0;
	return limit_us * 1000 / 2;
}

void notify_open(struct notify *notify)
{
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address;
	socklen_t size = name != NULL ? make_address(name, &address) : 0;

	*notify = (struct notify){.fd = -1};
	if (size == 0)
		return;
	notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (notify->fd >= 0 && connect(notify->fd, (struct sockaddr *)&address, size) != 0)
		notify_close(notify);
	if (notify->fd >= 0)
		notify->interval_ns = watchdog_interval_ns();
}

void notify_close(struct notify *notify)
{
	if (notify->fd >= 0)
		close(notify->fd);
	notify->fd = -1;
}

/* A manager that does not listen misses something; what it thinks of that is its own affair. */
static void tell(const struct notify *notify, const char *line)
{
	if (notify->fd >= 0)
		(void)!send(notify->fd, line, strlen(line), MSG_NOSIGNAL);
}

void notify_ready(const struct notify *notify)
{
	tell(notify, "READY=1\n");
}

void notify_alive(const struct notify *notify)
{
	tell(notify, "WATCHDOG=1\n");
}

void notify_stopping(const struct notify *notify)
{
	tell(notify, "STOPPING=1\n");
}
