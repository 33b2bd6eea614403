/*
 * A compressed file read as what is in it: gzip, zstd and lz4, told by their first bytes.
 *
 * Memory is bounded by what the format's window takes, at most 128 MiB, however much comes out.
 * Members that follow each other in one file are read as one. What comes out is not looked at:
 * what is compressed twice comes out compressed.
 */
#ifndef TCPBYE_SOURCE_DECOMPRESS_H
#define TCPBYE_SOURCE_DECOMPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source/codec.h"
#include "source/growth.h"

struct decompress;

enum decompress_status {
	DECOMPRESS_READY,       /* there are bytes */
	DECOMPRESS_END,         /* the input ended as it should */
	DECOMPRESS_INTERRUPTED, /* a signal came, or growth is awaited; call again */
	DECOMPRESS_FAILED,      /* errno says why */
	DECOMPRESS_DAMAGED,     /* decompress_reason() says how; all before was given */
	DECOMPRESS_TOO_LARGE,   /* it needs more memory than it may have */
};

/* By the first bytes of a file; NULL where they are none that can be decompressed. */
const struct codec *decompress_codec(const uint8_t *begin, size_t count_bytes);

/*
 * Decompresses a file of which `count_bytes` (at most BLOCK_BUFFER_BLOCK_BYTES) have been read
 * already, and which may still grow; NULL if memory is short. Free with decompress_destroy().
 */
struct decompress *decompress_create(const struct codec *codec, enum growth growth,
				     const uint8_t *begin, size_t count_bytes);
void decompress_destroy(struct decompress *decompress);

/*
 * Decompresses into `room_bytes` (more than 0) at `at`, reading from `fd` what it needs; gives back
 * in `given_bytes` how many there are, more than 0 with DECOMPRESS_READY and 0 else. The end,
 * damage and lack of memory are answered to every further call.
 */
enum decompress_status decompress_read(struct decompress *decompress, int fd, uint8_t *at,
				       size_t room_bytes, size_t *given_bytes);

/* True while some of the file has been read and not been decompressed. */
bool decompress_holds_input(const struct decompress *decompress);

/* How much of the compressed file has been decompressed. */
uint64_t decompress_offset_bytes(const struct decompress *decompress);

/* "gzip", "zstd" or "lz4" */
const char *decompress_name(const struct decompress *decompress);

/* What the damage is; NULL where the file ends too early. */
const char *decompress_reason(const struct decompress *decompress);

#endif
