#define _POSIX_C_SOURCE 200809L

#include "source/decompress.h"

#include "source/block_buffer.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct decompress {
	const struct codec *codec;
	enum growth growth;
	void *state;
	enum decompress_status status; /* DECOMPRESS_READY while it goes on */
	const char *reason;
	bool within;           /* a member, whose end has not come */
	size_t begin, end;     /* what has been read of the file and not been decompressed */
	uint64_t offset_bytes; /* of `begin` in the file */
	uint8_t input[BLOCK_BUFFER_BLOCK_BYTES];
};

static const struct {
	const char *magic;
	size_t bytes;
	const struct codec *codec;
} known[] = {
	{"\x1f\x8b", 2, &codec_gzip},
	{"\x28\xb5\x2f\xfd", 4, &codec_zstd},
	{"\x04\x22\x4d\x18", 4, &codec_lz4},
};

/* A frame to be skipped, with which parallel compressors of zstd begin their files. */
static bool begins_with_skippable(const uint8_t *begin, size_t count_bytes)
{
	return count_bytes >= 4 && (begin[0] & 0xf0) == 0x50 &&
	       memcmp(begin + 1, "\x2a\x4d\x18", 3) == 0;
}

const struct codec *decompress_codec(const uint8_t *begin, size_t count_bytes)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (count_bytes >= known[i].bytes &&
		    memcmp(begin, known[i].magic, known[i].bytes) == 0)
			return known[i].codec;
	return begins_with_skippable(begin, count_bytes) ? &codec_zstd : NULL;
}

struct decompress *decompress_create(const struct codec *codec, enum growth growth,
				     const uint8_t *begin, size_t count_bytes)
{
	struct decompress *decompress = malloc(sizeof(*decompress));

	assert(count_bytes <= sizeof(decompress->input));
	if (!decompress)
		return NULL;
	decompress->codec = codec;
	decompress->growth = growth;
	decompress->state = codec->open();
	if (!decompress->state) {
		free(decompress);
		return NULL;
	}
	decompress->status = DECOMPRESS_READY;
	decompress->reason = NULL;
	decompress->within = false;
	decompress->begin = 0;
	decompress->end = count_bytes;
	decompress->offset_bytes = 0;
	memcpy(decompress->input, begin, count_bytes);
	return decompress;
}

void decompress_destroy(struct decompress *decompress)
{
	if (!decompress)
		return;
	decompress->codec->close(decompress->state);
	free(decompress);
}

/* Keeps in mind how the codec's last step ended. */
static void note_status(struct decompress *decompress, enum codec_status status, size_t taken_bytes)
{
	switch (status) {
	case CODEC_GOES_ON:
		decompress->within = decompress->within || taken_bytes > 0;
		break;
	case CODEC_ENDED:
		decompress->within = false;
		break;
	case CODEC_DAMAGED:
		decompress->status = DECOMPRESS_DAMAGED;
		break;
	case CODEC_TOO_LARGE:
		decompress->status = DECOMPRESS_TOO_LARGE;
		break;
	case CODEC_NO_MEMORY:
		decompress->status = DECOMPRESS_FAILED;
		break;
	}
}

/* Decompresses what is there of the file; returns how much came out. */
static size_t step(struct decompress *decompress, uint8_t *at, size_t room_bytes)
{
	size_t held = decompress->end - decompress->begin;
	struct codec_io io = {
		.in = decompress->input + decompress->begin,
		.in_bytes = held,
		.out_bytes = room_bytes,
	};

	io.out = at;
	if (held == 0 && !decompress->within)
		return 0;
	enum codec_status status =
		decompress->codec->step(decompress->state, &io, &decompress->reason);
	size_t taken = held - io.in_bytes;
	decompress->begin += taken;
	decompress->offset_bytes += taken;
	note_status(decompress, status, taken);
	return room_bytes - io.out_bytes;
}

/* Reads on in the file, all of which has been decompressed. */
static enum decompress_status refill(struct decompress *decompress, int fd)
{
	ssize_t got =
		growth_read(fd, decompress->input, sizeof(decompress->input), decompress->growth);

	if (got < 0)
		return errno == EINTR ? DECOMPRESS_INTERRUPTED : DECOMPRESS_FAILED;
	if (got == 0)
		decompress->status = decompress->within ? DECOMPRESS_DAMAGED : DECOMPRESS_END;
	decompress->begin = 0;
	decompress->end = (size_t)got;
	return DECOMPRESS_READY;
}

enum decompress_status decompress_read(struct decompress *decompress, int fd, uint8_t *at,
				       size_t room_bytes, size_t *given_bytes)
{
	*given_bytes = 0;
	while (decompress->status == DECOMPRESS_READY) {
		*given_bytes = step(decompress, at, room_bytes);
		if (*given_bytes > 0)
			return DECOMPRESS_READY;
		if (decompress->status == DECOMPRESS_READY &&
		    decompress->begin == decompress->end) {
			enum decompress_status status = refill(decompress, fd);

			if (status != DECOMPRESS_READY)
				return status;
		}
	}
	if (decompress->status == DECOMPRESS_FAILED)
		errno = ENOMEM;
	return decompress->status;
}

bool decompress_holds_input(const struct decompress *decompress)
{
	return decompress->begin < decompress->end;
}

uint64_t decompress_offset_bytes(const struct decompress *decompress)
{
	return decompress->offset_bytes;
}

const char *decompress_name(const struct decompress *decompress)
{
	return decompress->codec->name;
}

const char *decompress_reason(const struct decompress *decompress)
{
	return decompress->reason;
}
