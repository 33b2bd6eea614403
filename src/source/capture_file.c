#define _POSIX_C_SOURCE 200809L

#include "source/capture_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void capture_note(struct source *source, uint16_t linktype, uint32_t snaplen, unsigned digits)
{
	struct source_info *info = &source->info;
	unsigned known = 0;

	if (snaplen > info->snaplen)
		info->snaplen = snaplen;
	if (digits > info->tstamp_digits)
		info->tstamp_digits = digits;
	while (known < info->linktype_count && info->linktype[known] != linktype)
		known++;
	if (known == info->linktype_count && known < SOURCE_LINKTYPES_MAX)
		info->linktype[info->linktype_count++] = linktype;
}

/* "the 16 frames before it were read" */
static const char *frames_before(const struct source *source, char *text, size_t size)
{
	uint64_t frames = source->info.frames;

	if (frames == 0)
		snprintf(text, size, "no frame before it could be read");
	else if (frames == 1)
		snprintf(text, size, "the one frame before it was read");
	else
		snprintf(text, size, "the %" PRIu64 " frames before it were read", frames);
	return text;
}

/* " (frame 17)", or nothing where the number is 0. */
static const char *frame_number(uint64_t number, char *text, size_t size)
{
	text[0] = '\0';
	if (number)
		snprintf(text, size, " (frame %" PRIu64 ")", number);
	return text;
}

/* Damage in what the file is compressed with. */
static enum source_status badly_compressed(struct source *source)
{
	const struct decompress *decompress = source->buffer.decompress;
	const char *reason = decompress_reason(decompress);
	char before[64];

	snprintf(source->error.text, sizeof(source->error.text),
		 "%s: its %s compression %s at byte %" PRIu64 "%s%s; %s", source->label,
		 decompress_name(decompress), reason ? "is damaged" : "breaks off",
		 decompress_offset_bytes(decompress), reason ? ": " : "", reason ? reason : "",
		 frames_before(source, before, sizeof(before)));
	return SOURCE_CORRUPT;
}

/* Offsets in what is compressed are not those of the file. */
static const char *kind_of_byte(const struct source *source)
{
	return source->buffer.decompress ? "decompressed byte" : "byte";
}

/* Where the input has no more: SOURCE_END, unless the file has lost what was not yet read, or even
 * what was. */
static enum source_status end_or_shrunk(struct source *source)
{
	uint64_t whole_bytes = source->info.size_bytes;
	off_t read_bytes = lseek(source->buffer.fd, 0, SEEK_CUR);
	struct stat now;
	char before[64];

	if (fstat(source->buffer.fd, &now) != 0 || !S_ISREG(now.st_mode) || read_bytes < 0 ||
	    ((uint64_t)read_bytes >= whole_bytes && now.st_size >= read_bytes))
		return SOURCE_END;
	snprintf(source->error.text, sizeof(source->error.text),
		 "%s: has shrunk to %" PRIu64 " bytes while it was read: byte %" PRIu64
		 " is no longer there; %s",
		 source->label, (uint64_t)now.st_size, (uint64_t)now.st_size,
		 frames_before(source, before, sizeof(before)));
	return SOURCE_CORRUPT;
}

enum source_status capture_fill(struct source *source, size_t count_bytes)
{
	char before[64];

	switch (block_buffer_fill(&source->buffer, count_bytes)) {
	case BLOCK_BUFFER_READY:
		return SOURCE_FRAME;
	case BLOCK_BUFFER_SHORT:
		return end_or_shrunk(source);
	case BLOCK_BUFFER_INTERRUPTED:
		return SOURCE_INTERRUPTED;
	case BLOCK_BUFFER_DAMAGED:
		return badly_compressed(source);
	case BLOCK_BUFFER_TOO_LARGE:
		return capture_failed(source,
				      "takes more than 128 MiB of memory to decompress; "
				      "decompress it first: zstdcat --long=31 FILE | tcpbye -r -");
	case BLOCK_BUFFER_FAILED:
		break;
	}
	return capture_failed(source, "reading failed at byte %" PRIu64 ": %s; %s",
			      block_buffer_file_offset(&source->buffer), strerror(errno),
			      frames_before(source, before, sizeof(before)));
}

enum source_status capture_cut(struct source *source, const char *what, uint64_t number,
			       size_t before_bytes, size_t wanted_bytes)
{
	struct block_buffer *buffer = &source->buffer;
	size_t held = block_buffer_held(buffer);
	char frame[40], before[64];

	block_buffer_take(buffer, held);
	snprintf(source->error.text, sizeof(source->error.text),
		 "%s: cut in the middle of %s at %s %" PRIu64 "%s: %zu of %zu bytes are there; %s",
		 source->label, what, kind_of_byte(source), buffer->offset_bytes,
		 frame_number(number, frame, sizeof(frame)), held - before_bytes, wanted_bytes,
		 frames_before(source, before, sizeof(before)));
	return SOURCE_CORRUPT;
}

enum source_status capture_damaged(struct source *source, uint64_t offset_bytes, uint64_t number,
				   const char *format, ...)
{
	char what[160], frame[40], before[64];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	snprintf(source->error.text, sizeof(source->error.text),
		 "%s: damaged at %s %" PRIu64 "%s: %s; %s", source->label, kind_of_byte(source),
		 offset_bytes, frame_number(number, frame, sizeof(frame)), what,
		 frames_before(source, before, sizeof(before)));
	return SOURCE_CORRUPT;
}

enum source_status capture_failed(struct source *source, const char *format, ...)
{
	char what[300];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	snprintf(source->error.text, sizeof(source->error.text), "%s: %s", source->label, what);
	return SOURCE_FAILED;
}
