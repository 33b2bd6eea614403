/*
 * What a service manager is told, over a socket of its own.
 */
#define _GNU_SOURCE

#include "monitor/notify.h"

#include "shell/directory.h"

#include <sys/socket.h>
#include <sys/un.h>

static int manager;
static struct notify notify;

static void listen_at(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));

	memcpy(address.sun_path, name, strlen(name));
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	cr_assert_eq(bind(manager, (struct sockaddr *)&address, size), 0);
	setenv("NOTIFY_SOCKET", name, 1);
}

static void set_up(void)
{
	enter_directory();
	manager = -1;
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

static void tear_down(void)
{
	notify_close(&notify);
	if (manager != -1)
		close(manager);
	leave_directory();
}

TestSuite(notify, .init = set_up, .fini = tear_down);

static void hears(const char *line)
{
	ssize_t count = recv(manager, content, sizeof content - 1, 0);

	cr_assert_geq(count, 0, "nothing was told");
	content[count] = '\0';
	cr_assert_str_eq(content, line);
}

Test(notify, tells_nobody_where_nobody_asks)
{
	notify_open(&notify);
	cr_assert_eq(notify.fd, -1);
	cr_assert_eq(notify.interval_ns, 0);
	notify_ready(&notify);
	notify_alive(&notify);
	notify_stopping(&notify);
}

Test(notify, tells_a_socket_in_the_file_system)
{
	char name[128];

	snprintf(name, sizeof name, "%s/socket", directory);
	listen_at(name);
	notify_open(&notify);
	notify_ready(&notify);
	hears("READY=1\n");
	notify_alive(&notify);
	hears("WATCHDOG=1\n");
	notify_stopping(&notify);
	hears("STOPPING=1\n");
}

Test(notify, tells_an_abstract_socket)
{
	char name[64];

	snprintf(name, sizeof name, "@tcpbye-test-%d", (int)getpid());
	listen_at(name);
	notify_open(&notify);
	notify_ready(&notify);
	hears("READY=1\n");
}

Test(notify, ignores_what_is_no_address)
{
	char name[256];

	memset(name, 'x', sizeof name - 1);
	name[0] = '/';
	name[sizeof name - 1] = '\0';
	setenv("NOTIFY_SOCKET", name, 1);
	notify_open(&notify);
	cr_assert_eq(notify.fd, -1, "a name that is too long");
	setenv("NOTIFY_SOCKET", "relative", 1);
	notify_open(&notify);
	cr_assert_eq(notify.fd, -1, "a relative name");
	setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1);
	notify_open(&notify);
	cr_assert_eq(notify.fd, -1, "a socket that is not there");
}

static int64_t interval(const char *limit_us, const char *whom)
{
	setenv("WATCHDOG_USEC", limit_us, 1);
	unsetenv("WATCHDOG_PID");
	if (whom != NULL)
		setenv("WATCHDOG_PID", whom, 1);
	notify_close(&notify);
	notify_open(&notify);
	return notify.interval_ns;
}

Test(notify, says_that_it_lives_twice_in_the_time)
{
	char name[128], self[32];

	snprintf(name, sizeof name, "%s/socket", directory);
	snprintf(self, sizeof self, "%d", (int)getpid());
	listen_at(name);
	notify_open(&notify);
	cr_assert_eq(interval("30000000", NULL), INT64_C(15000000000));
	cr_assert_eq(interval("30000000", self), INT64_C(15000000000));
	cr_assert_eq(interval("30000000", "1"), 0, "somebody else is watched");
	cr_assert_eq(interval("0", NULL), 0);
	cr_assert_eq(interval("-5", NULL), 0);
	cr_assert_eq(interval("soon", NULL), 0);
	cr_assert_eq(interval("9223372036854775807", NULL), 0, "too long to be nanoseconds");
}
