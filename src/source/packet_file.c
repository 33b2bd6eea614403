#define _POSIX_C_SOURCE 200809L

#include "source/packet_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { LINKTYPE_ETHERNET = 1, SNAPLEN_BYTES = 262144, VERSION_MAJOR = 2, VERSION_MINOR = 4 };

static const int64_t second_ns = 1000000000;
static const uint32_t magic_nanoseconds = 0xa1b23c4d; /* readers see from it our byte order too */

struct file_header {
	uint32_t magic;
	uint16_t version_major, version_minor;
	uint32_t unused[2];
	uint32_t snaplen_bytes;
	uint32_t linktype;
};
_Static_assert(sizeof(struct file_header) == 24, "as in the file");

struct record_header {
	uint32_t seconds, nanoseconds;
	uint32_t captured_bytes, wire_bytes;
};
_Static_assert(sizeof(struct record_header) == 16, "as in the file");

struct packet_file {
	FILE *stream;
	bool begun; /* the header has been written */
	uint16_t linktype;
};

struct packet_file *packet_file_open(const char *path)
{
	struct packet_file *file = calloc(1, sizeof(*file));

	if (file == NULL)
		return NULL;
	file->stream = fopen(path, "wbe");
	if (file->stream == NULL) {
		free(file);
		return NULL;
	}
	return file;
}

static bool begin(struct packet_file *file, uint16_t linktype)
{
	const struct file_header header = {
		.magic = magic_nanoseconds,
		.version_major = VERSION_MAJOR,
		.version_minor = VERSION_MINOR,
		.snaplen_bytes = SNAPLEN_BYTES,
		.linktype = linktype,
	};

	file->begun = true;
	file->linktype = linktype;
	return fwrite(&header, sizeof(header), 1, file->stream) == 1;
}

static bool write_record(struct packet_file *file, const struct frame *frame)
{
	int64_t rest_ns = frame->ts_ns % second_ns;
	int64_t seconds = frame->ts_ns / second_ns - (rest_ns < 0);
	const struct record_header header = {
		.seconds = (uint32_t)seconds,
		.nanoseconds = (uint32_t)(rest_ns < 0 ? rest_ns + second_ns : rest_ns),
		.captured_bytes = frame->captured_bytes,
		.wire_bytes = frame->wire_bytes,
	};

	return fwrite(&header, sizeof(header), 1, file->stream) == 1 &&
	       fwrite(frame->bytes, 1, frame->captured_bytes, file->stream) ==
		       frame->captured_bytes;
}

enum packet_file_put packet_file_put(struct packet_file *file, const struct frame *frame)
{
	if (!file->begun && !begin(file, frame->linktype))
		return PACKET_FILE_FAILED;
	if (frame->linktype != file->linktype)
		return PACKET_FILE_LEFT_OUT;
	return write_record(file, frame) ? PACKET_FILE_WRITTEN : PACKET_FILE_FAILED;
}

bool packet_file_close(struct packet_file *file)
{
	bool written = (file->begun || begin(file, LINKTYPE_ETHERNET)) && !ferror(file->stream);
	int error = errno;

	if (fclose(file->stream) != 0 && written) {
		written = false;
		error = errno;
	}
	free(file);
	errno = error;
	return written;
}
