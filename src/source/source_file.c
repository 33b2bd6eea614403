#define _POSIX_C_SOURCE 200809L

#include "source/source.h"

#include "source/capture_file.h"
#include "source/foreign.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAGIC_BYTES = 4, FOREIGN_BYTES = 12 };

/* The name as messages give it: on one line, and of a very long one the end, so that the rest keeps
 * its place. */
static void set_label(struct source *source)
{
	size_t length = strlen(source->name);
	size_t room = sizeof(source->label) - 1;

	if (strcmp(source->name, "-") == 0)
		snprintf(source->label, sizeof(source->label), "standard input");
	else if (length <= room)
		memcpy(source->label, source->name, length + 1);
	else
		snprintf(source->label, sizeof(source->label), "...%s",
			 source->name + length - (room - 3));
	for (char *at = source->label; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = '?';
}

static struct source *create(const char *name, uint16_t index)
{
	size_t size = strlen(name) + 1;
	struct source *source = calloc(1, sizeof(*source) + size);

	if (!source)
		return NULL;
	memcpy(source->name, name, size);
	source->index = index;
	source->status = SOURCE_FRAME;
	source->info.name = source->name;
	source->buffer.fd = -1;
	set_label(source);
	return source;
}

static enum source_status refused(struct source *source, int reason)
{
	switch (reason) {
	case ENOENT:
		return capture_failed(source, "no such file; check the name");
	case EACCES:
	case EPERM:
		return capture_failed(source, "no permission to read it; change its mode or read "
					      "it as another user");
	case ENXIO:
		return capture_failed(source, "is a socket, or a device that is not there; name a "
					      "capture, or write it to standard input (-)");
	case EMFILE:
	case ENFILE:
		return capture_failed(source, "cannot be opened: too many files are open; raise "
					      "the limit (ulimit -n) or give fewer at once");
	default:
		return capture_failed(source, "cannot be opened: %s", strerror(reason));
	}
}

/* What kind of file stands behind the descriptor, and how long it is. */
static enum source_status look_at(struct source *source, int fd)
{
	struct stat status;

	if (fstat(fd, &status))
		return capture_failed(source, "cannot be examined: %s", strerror(errno));
	if (S_ISDIR(status.st_mode))
		return capture_failed(source,
				      "is a directory, and no file in it is a capture; name one "
				      "that holds captures");
	if (S_ISREG(status.st_mode))
		source->info.size_bytes = (uint64_t)status.st_size;
	return SOURCE_FRAME;
}

static enum source_status open_buffer(struct source *source, enum growth growth)
{
	bool standard_input = strcmp(source->name, "-") == 0;
	int fd = standard_input ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
				: open(source->name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return refused(source, errno);
	enum source_status status = look_at(source, fd);
	if (status == SOURCE_FRAME && !block_buffer_open(&source->buffer, fd, growth))
		status = capture_failed(source, "no memory to read it");
	if (status != SOURCE_FRAME)
		close(fd);
	return status;
}

/* What is compressed is no capture: says both. */
static enum source_status no_capture_inside(struct source *source)
{
	const uint8_t *begin = block_buffer_at(&source->buffer);
	size_t held = block_buffer_held(&source->buffer);
	const struct foreign *foreign = foreign_find(begin, held);
	const char *compression = source->info.compression;

	if (foreign)
		return capture_failed(source,
				      "is %s-compressed, and what is in it is %s; make a pcap or "
				      "pcapng of it first",
				      compression, foreign->what);
	if (held == 0)
		return capture_failed(source,
				      "is %s-compressed, and what is in it is empty; was "
				      "nothing captured?",
				      compression);
	if (held < MAGIC_BYTES)
		return capture_failed(source,
				      "is %s-compressed, and what is in it is too short for a "
				      "capture: it has %zu of the 24 bytes that a file header "
				      "takes",
				      compression, held);
	return capture_failed(
		source,
		"is %s-compressed, and what is in it is neither pcap nor pcapng (it "
		"begins with %02x %02x %02x %02x); give a capture that was compressed",
		compression, begin[0], begin[1], begin[2], begin[3]);
}

/* The input is no capture: says what it is instead. */
static enum source_status no_capture(struct source *source)
{
	const uint8_t *begin = block_buffer_at(&source->buffer);
	size_t held = block_buffer_held(&source->buffer);
	const struct foreign *foreign = foreign_find(begin, held);

	source->foreign = true;
	if (source->info.compression)
		return no_capture_inside(source);
	if (foreign)
		return capture_failed(source, "is %s; %s", foreign->what, foreign->remedy);
	if (held == 0)
		return capture_failed(source, "is empty; was nothing captured, or not yet written "
					      "(tcpdump -U writes each packet at once)?");
	if (held < MAGIC_BYTES)
		return capture_failed(source,
				      "is too short for a capture: it has %zu of the 24 bytes that "
				      "a file header takes",
				      held);
	return capture_failed(source,
			      "is neither pcap nor pcapng (it begins with %02x %02x %02x %02x); "
			      "give a file that tcpdump -w or dumpcap -w has written",
			      begin[0], begin[1], begin[2], begin[3]);
}

/* More than the magic number, so that what is foreign can be named; where there is less, that is no
 * error yet. */
static enum source_status need_first_bytes(struct source *source)
{
	enum source_status status = capture_need(source, FOREIGN_BYTES);

	return status == SOURCE_END ? SOURCE_FRAME : status;
}

/* Once only: what is compressed twice is not followed. */
static enum source_status decompress(struct source *source)
{
	const struct codec *codec = decompress_codec(block_buffer_at(&source->buffer),
						     block_buffer_held(&source->buffer));

	if (!codec)
		return SOURCE_FRAME;
	if (!block_buffer_decompress(&source->buffer, codec))
		return capture_failed(source, "no memory to decompress it");
	source->info.compression = codec->name;
	return need_first_bytes(source);
}

/* Everything before the first frame; after an interruption it may be called again. */
static enum source_status begin(struct source *source)
{
	enum source_status status = need_first_bytes(source);

	if (status == SOURCE_FRAME && !source->info.compression)
		status = decompress(source);
	if (status != SOURCE_FRAME)
		return status;
	const uint8_t *magic = block_buffer_at(&source->buffer);
	if (block_buffer_held(&source->buffer) < MAGIC_BYTES)
		return no_capture(source);
	if (pcap_reader_knows(magic)) {
		source->next = pcap_reader_next;
		source->more = pcap_reader_more;
		return pcap_reader_begin(source);
	}
	if (pcapng_reader_knows(magic)) {
		source->next = pcapng_reader_next;
		return pcapng_reader_begin(source);
	}
	return no_capture(source);
}

/* The first call of a growing file's source_next(), until there is enough to begin with. */
static enum source_status begin_and_read(struct source *source, struct frame *frame)
{
	enum source_status status = begin(source);

	if (status == SOURCE_FRAME)
		return source->next(source, frame);
	if (status == SOURCE_INTERRUPTED)
		source->next = begin_and_read;
	return status;
}

static struct source *no_memory(const char *name, struct source_error *error)
{
	snprintf(error->text, sizeof(error->text), "%.200s: no memory to read it", name);
	return NULL;
}

/* The source, unless opening it failed. */
static struct source *opened(struct source *source, enum source_status status,
			     struct source_error *error)
{
	if (status == SOURCE_FAILED) {
		*error = source->error;
		source_close(source);
		return NULL;
	}
	source->status = status;
	source->buffer.tells_waiting = source->info.size_bytes == 0;
	return source;
}

struct source *source_open_file(const char *name, uint16_t index, struct source_error *error)
{
	struct source *source = create(name, index);

	if (!source)
		return no_memory(name, error);
	enum source_status status = open_buffer(source, GROWTH_ENDED);
	if (status == SOURCE_FRAME)
		status = begin(source);
	if (status == SOURCE_INTERRUPTED)
		status = capture_failed(source, "interrupted before its first bytes came");
	return opened(source, status, error);
}

struct source *source_open_growing(const char *name, uint16_t index, struct source_error *error)
{
	struct source *source = create(name, index);

	if (!source)
		return no_memory(name, error);
	source->next = begin_and_read;
	return opened(source, open_buffer(source, GROWTH_AWAITED), error);
}

bool source_may_be_capture(const char *name, struct source_error *error)
{
	struct source *source = create(name, 0);

	if (!source)
		return true;
	if (open_buffer(source, GROWTH_ENDED) == SOURCE_FRAME)
		begin(source);
	bool may_be = !source->foreign;
	if (!may_be)
		*error = source->error;
	source_close(source);
	return may_be;
}

enum source_status source_next(struct source *source, struct frame *frame,
			       struct source_error *error)
{
	if (source->status == SOURCE_FRAME) {
		enum source_status status = source->next(source, frame);

		if (status == SOURCE_FRAME) {
			frame->source = source->index;
			source->info.frames++;
			return SOURCE_FRAME;
		}
		if (status == SOURCE_INTERRUPTED)
			return status;
		source->status = status;
	}
	if (source->status != SOURCE_END)
		*error = source->error;
	return source->status;
}

unsigned source_more(struct source *source, struct frame *frames, unsigned room)
{
	unsigned count = source->more != NULL ? source->more(source, frames, room) : 0;

	for (unsigned i = 0; i < count; i++)
		frames[i].source = source->index;
	source->info.frames += count;
	return count;
}

void source_info(const struct source *source, struct source_info *info)
{
	*info = source->info;
	info->bytes = block_buffer_file_offset(&source->buffer);
	info->complete = source->status == SOURCE_END;
	if (source->status == SOURCE_FAILED || source->status == SOURCE_CORRUPT)
		info->error = source->error.text;
}

void source_close(struct source *source)
{
	if (!source)
		return;
	if (source->next == pcapng_reader_next)
		pcapng_reader_end(source);
	if (source->buffer.bytes)
		block_buffer_close(&source->buffer);
	free(source);
}
