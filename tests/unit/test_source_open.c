/* What cannot be opened says so, and what to do. */
#define _POSIX_C_SOURCE 200809L

#include "test_source_bytes.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static void must_refuse(const char *name, const char *expected)
{
	struct source_error error = {""};

	cr_assert_null(source_open_file(name, 0, &error));
	cr_assert_str_eq(error.text, expected);
}

/* A file with these bytes is refused with this text after its name. */
static void check_content(const void *content, size_t count, const char *expected)
{
	struct bytes file = {.count = count};
	struct source_error error = {""};

	if (count)
		memcpy(file.at, content, count);
	cr_assert_null(open_bytes(&file, &error));
	const char *text = strstr(error.text, ": ");
	cr_assert_not_null(text);
	cr_assert_str_eq(text + 2, expected);
}

Test(open, no_such_file)
{
	must_refuse("/tmp/no/such/one.pcap", "/tmp/no/such/one.pcap: no such file; check the name");
}

Test(open, directory)
{
	must_refuse("/tmp", "/tmp: is a directory, and no file in it is a capture; name one that "
			    "holds captures");
}

Test(open, socket)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char expected[300];

	snprintf(address.sun_path, sizeof(address.sun_path), "/tmp/tcpbye-test-%ld",
		 (long)getpid());
	cr_assert_eq(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	snprintf(expected, sizeof(expected),
		 "%s: is a socket, or a device that is not there; name a capture, or write it to "
		 "standard input (-)",
		 address.sun_path);
	must_refuse(address.sun_path, expected);
	unlink(address.sun_path);
	close(fd);
}

Test(open, no_permission)
{
	struct bytes file = {.count = 4};
	char *name = write_file(&file);
	char expected[200];

	snprintf(expected, sizeof(expected),
		 "%s: no permission to read it; change its mode or read it as another user", name);
	cr_assert_eq(chmod(name, 0), 0);
	if (geteuid() == 0)
		cr_assert_eq(setuid(65534), 0);
	must_refuse(name, expected);
	unlink(name);
	free(name);
}

Test(open, too_many_files)
{
	struct bytes file = {.order = BYTES_LITTLE};
	struct rlimit limit = {0, 0};

	put_pcap_header(&file, 0xa1b2c3d4, 0, 1);
	char *name = write_file(&file);
	struct source_error error = {""};
	getrlimit(RLIMIT_NOFILE, &limit);
	rlim_t before = limit.rlim_cur;
	limit.rlim_cur = 0;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	struct source *source = source_open_file(name, 0, &error);
	limit.rlim_cur = before;
	setrlimit(RLIMIT_NOFILE, &limit);
	unlink(name);
	free(name);
	cr_assert_null(source);
	cr_assert_not_null(strstr(error.text,
				  ": cannot be opened: too many files are open; raise the "
				  "limit (ulimit -n) or give fewer at once"));
}

Test(open, other_reasons_in_the_systems_words)
{
	must_refuse("/dev/null/x", "/dev/null/x: cannot be opened: Not a directory");
}

Test(open, empty_and_short)
{
	check_content("", 0,
		      "is empty; was nothing captured, or not yet written (tcpdump -U writes "
		      "each packet at once)?");
	check_content("\xd4\xc3", 2,
		      "is too short for a capture: it has 2 of the 24 bytes that a file "
		      "header takes");
}

Test(open, unknown)
{
	check_content("GET / HTTP/1.0", 14,
		      "is neither pcap nor pcapng (it begins with 47 45 54 20); give a file that "
		      "tcpdump -w or dumpcap -w has written");
}

Test(open, compressed_in_ways_that_are_not_read)
{
	check_content("\xfd"
		      "7zXZ\0",
		      6, "is xz-compressed; decompress it first: xzcat FILE | tcpbye -r -");
	check_content(
		"\x02\x21\x4c\x18\0\0", 6,
		"is lz4 (old format)-compressed; decompress it first: lz4cat FILE | tcpbye -r -");
	check_content("BZh91AY", 7,
		      "is bzip2-compressed; decompress it first: bzcat FILE | tcpbye -r -");
}

Test(open, other_capture_formats)
{
	check_content(
		"snoop\0\0\0\0\0\0\2", 12,
		"is a snoop capture, not pcap; convert it first: editcap -F pcap FILE NEW.pcap");
	check_content(
		"btsnoop\0\0\0\0\1", 12,
		"is a btsnoop capture, not pcap; convert it first: editcap -F pcap FILE NEW.pcap");
}

Test(open, standard_input_is_called_so)
{
	int fd = open("/dev/null", O_RDONLY);

	cr_assert_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	must_refuse("-",
		    "standard input: is empty; was nothing captured, or not yet written (tcpdump "
		    "-U writes each packet at once)?");
}

Test(open, a_message_is_one_line_however_the_file_is_called)
{
	struct source_error error = {""};
	char name[1000] = "/tmp/new\nline\x1b[1m";

	cr_assert_null(source_open_file(name, 0, &error));
	cr_assert_str_eq(error.text, "/tmp/new?line?[1m: no such file; check the name");
	memset(name, 'a', sizeof(name) - 1);
	memcpy(name + sizeof(name) - 6, ".pcap", 6);
	cr_assert_null(source_open_file(name, 0, &error));
	cr_assert_eq(strncmp(error.text, "...aaa", 6), 0);
	cr_assert_not_null(strstr(error.text, "aaa.pcap: cannot be opened: File name too long"));
}

static void on_alarm(int number)
{
	(void)number;
}

/* A pipe on standard input whose writing end is returned; SIGALRM comes soon. */
static int pipe_with_alarm(void)
{
	struct sigaction action = {.sa_handler = on_alarm};
	int ends[2];

	cr_assert_eq(sigaction(SIGALRM, &action, NULL), 0);
	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	close(ends[0]);
	alarm(1);
	return ends[1];
}

Test(open, a_signal_interrupts_the_wait_for_the_first_bytes, .timeout = 10)
{
	pipe_with_alarm();
	must_refuse("-", "standard input: interrupted before its first bytes came");
}

Test(next, a_signal_interrupts_the_wait_and_nothing_is_lost, .timeout = 10)
{
	struct bytes file = {.order = BYTES_LITTLE};
	struct source_error error = {""};
	struct frame frame;
	int writer = pipe_with_alarm();

	put_pcap_header(&file, 0xa1b2c3d4, 0, 1);
	put_pcap_record(&file, 1, 0, 8, 8, 40);
	cr_assert_eq(write(writer, file.at, 45), 45);
	struct source *source = source_open_file("-", 0, &error);
	cr_assert_not_null(source, "%s", error.text);
	cr_assert_eq(source_next(source, &frame, &error), SOURCE_INTERRUPTED);
	cr_assert_eq(write(writer, file.at + 45, file.count - 45), (ssize_t)file.count - 45);
	close(writer);
	frame = must_read(source);
	cr_assert_eq(frame.bytes[7], 47);
	must_end(source);
	source_close(source);
}

Test(open, a_read_error_is_a_failure)
{
	struct source_error error = {""};
	int fd = open("/dev/null", O_WRONLY);

	cr_assert_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	cr_assert_null(source_open_file("-", 0, &error));
	cr_assert_str_eq(error.text,
			 "standard input: reading failed at byte 0: Bad file descriptor; no "
			 "frame before it could be read");
}

Test(linktype, names)
{
	cr_assert_str_eq(source_linktype_name(1), "EN10MB");
	cr_assert_str_eq(source_linktype_name(101), "RAW");
	cr_assert_str_eq(source_linktype_name(12), "RAW");
	cr_assert_str_eq(source_linktype_name(113), "LINUX_SLL");
	cr_assert_str_eq(source_linktype_name(276), "LINUX_SLL2");
	cr_assert_null(source_linktype_name(4711));
}
