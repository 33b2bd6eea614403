/*
 * The file of a state: the old one or the new one, and nothing that is not whole.
 */
#define _POSIX_C_SOURCE 200809L

#include "run/state_file.h"

#include "shell/directory.h"

#include <errno.h>
#include <sys/stat.h>

static struct state_file *file;
static enum state_file_found found;
static char error[STATE_FILE_ERROR_MAX];

TestSuite(state_file, .init = enter_directory, .fini = leave_directory);

static void open_file(enum state_file_found wanted)
{
	file = state_file_open("state", &found, error);
	cr_assert_eq(found, wanted, "%s", error);
	cr_assert_eq(file != NULL, wanted == STATE_FILE_NEW || wanted == STATE_FILE_FOUND);
}

static void save(const char *text)
{
	cr_assert(state_file_begin(file));
	cr_assert(state_file_write(file, (const uint8_t *)text, strlen(text)));
	cr_assert(state_file_replace(file));
}

static void holds(const char *text)
{
	uint8_t bytes[64];
	size_t count = 0, more;

	while ((more = state_file_read(file, bytes + count, 3)) > 0)
		count += more;
	cr_assert_eq(count, strlen(text));
	cr_assert_eq(memcmp(bytes, text, count), 0);
}

Test(state_file, gives_back_what_was_saved)
{
	struct stat status;

	open_file(STATE_FILE_NEW);
	save("first");
	save("second state");
	state_file_close(file);
	open_file(STATE_FILE_FOUND);
	holds("second state");
	state_file_close(file);
	cr_assert_eq(stat("state", &status), 0);
	cr_assert_eq(status.st_mode & 0777, 0600);
	cr_assert_neq(access("state.new", F_OK), 0);
}

Test(state_file, keeps_the_old_one_until_the_new_one_is_whole)
{
	open_file(STATE_FILE_NEW);
	save("old");
	cr_assert(state_file_begin(file));
	cr_assert(state_file_write(file, (const uint8_t *)"new", 3));
	state_file_abandon(file);
	cr_assert(state_file_begin(file));
	state_file_close(file);
	cr_assert_neq(access("state.new", F_OK), 0);
	open_file(STATE_FILE_FOUND);
	holds("old");
	state_file_close(file);
}

Test(state_file, can_be_replaced_on_a_thread)
{
	open_file(STATE_FILE_NEW);
	cr_assert(state_file_is_idle(file));
	cr_assert(state_file_begin(file));
	cr_assert(state_file_write(file, (const uint8_t *)"later", 5));
	cr_assert(state_file_replace_later(file));
	cr_assert(state_file_finish(file));
	cr_assert(state_file_is_idle(file));
	state_file_close(file);
	open_file(STATE_FILE_FOUND);
	holds("later");
	state_file_close(file);
}

Test(state_file, tells_what_failed_on_the_thread)
{
	open_file(STATE_FILE_NEW);
	cr_assert(state_file_begin(file));
	cr_assert_eq(mkdir("state", 0700), 0); /* no file can take its place */
	cr_assert(state_file_replace_later(file));
	cr_assert_not(state_file_finish(file));
	cr_assert_eq(errno, EISDIR);
	cr_assert(state_file_finish(file));
	state_file_close(file);
}

Test(state_file, refuses_every_file_with_a_changed_byte)
{
	size_t count;

	open_file(STATE_FILE_NEW);
	save("some content");
	state_file_close(file);
	count = read_file("state");
	for (size_t i = 0; i < count; i++) {
		content[i] ^= 0x20;
		write_file("state", content, count);
		open_file(STATE_FILE_DAMAGED);
		cr_assert_not_null(strstr(error, "state: "));
		content[i] ^= 0x20;
	}
	for (size_t shorter = 0; shorter < count; shorter++) {
		write_file("state", content, shorter);
		open_file(STATE_FILE_DAMAGED);
	}
	content[count] = 'x';
	write_file("state", content, count + 1);
	open_file(STATE_FILE_DAMAGED);
}

Test(state_file, refuses_what_is_no_file)
{
	cr_assert_eq(mkdir("state", 0700), 0);
	open_file(STATE_FILE_DAMAGED);
	cr_assert_not_null(strstr(error, "is no regular file"));
	cr_assert_null(state_file_open("nowhere/state", &found, error));
	cr_assert_eq(found, STATE_FILE_FAILED);
	cr_assert_null(state_file_open("a/b/", &found, error));
}

Test(state_file, follows_no_link_that_stands_where_the_new_one_is_made)
{
	write_file("victim", "untouched", 9);
	cr_assert_eq(symlink("victim", "state.new"), 0);
	open_file(STATE_FILE_NEW);
	cr_assert_not(state_file_begin(file));
	cr_assert_eq(errno, ELOOP);
	state_file_close(file);
	read_file("victim");
	cr_assert_str_eq(content, "untouched");
}
