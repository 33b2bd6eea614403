/*
 * privilege_probe DIRECTORY: gives up its privileges as the program does, with DIRECTORY for its
 * output, and then tries what must be refused, and what must not.
 */
#define _GNU_SOURCE

#include "privilege/privilege.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <unistd.h>

static unsigned wrong;

static void expect_refused(const char *what, bool done)
{
	printf("%s: %s\n", what, done ? "ALLOWED" : strerror(errno));
	wrong += done;
}

static void expect_allowed(const char *what, bool done)
{
	printf("%s: %s\n", what, done ? "allowed" : strerror(errno));
	wrong += !done;
}

static bool can_open(const char *path, int flags)
{
	int fd = open(path, flags, 0600);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void try_files(const char *output, const char *beside)
{
	expect_refused("read /etc/shadow", can_open("/etc/shadow", O_RDONLY));
	expect_refused("read /etc/passwd", can_open("/etc/passwd", O_RDONLY));
	expect_refused("list /", can_open("/", O_RDONLY | O_DIRECTORY));
	expect_refused("write to /dev/shm", can_open("/dev/shm/tcpbye", O_WRONLY | O_CREAT));
	expect_allowed("open the output again", can_open(output, O_WRONLY | O_APPEND | O_CREAT));
	expect_refused("remove a file beside it", unlink(beside) == 0);
}

static void try_calls(int open_socket)
{
	char *const arguments[] = {(char[]){"true"}, NULL};
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(8000)};

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	expect_refused("connect",
		       connect(open_socket, (struct sockaddr *)&address, sizeof(address)) == 0);
	expect_refused("socket", socket(AF_INET, SOCK_STREAM, 0) >= 0);
	expect_refused("exec", execve("/bin/true", arguments, NULL) == 0);
	expect_refused("ptrace", ptrace(PTRACE_TRACEME, 0, 0, 0) == 0);
	expect_refused("become root", setuid(0) == 0);
	expect_refused("change root", chroot("/") == 0);
}

int main(int argc, char **argv)
{
	char output[4096], beside[4096];
	struct privilege_report report;
	struct privilege_plan plan = {.output = output};
	int open_socket = socket(AF_INET, SOCK_STREAM, 0);

	if (argc != 2)
		return 2;
	snprintf(output, sizeof(output), "%s/output", argv[1]);
	snprintf(beside, sizeof(beside), "%s/beside", argv[1]);
	plan.output_fd = open(output, O_WRONLY | O_CREAT, 0600);
	if (!can_open(beside, O_WRONLY | O_CREAT) || !can_open("/etc/shadow", O_RDONLY))
		return 2;
	if (!privilege_drop(&plan, &report)) {
		fprintf(stderr, "%s\n", report.error);
		return 1;
	}
	printf("%s\n", report.weak[0] != '\0' ? report.weak : "nothing is left open");
	try_files(output, beside);
	try_calls(open_socket);
	return wrong == 0 ? 0 : 1;
}
