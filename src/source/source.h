/*
 * Where frames come from: capture files and standard input, plain or compressed.
 *
 * A source says what went wrong in a caller-owned error, never prints, and hands out everything
 * that was readable before the damage.
 */
#ifndef TCPBYE_SOURCE_H
#define TCPBYE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "source/frame.h"

struct source;

enum { SOURCE_ERROR_TEXT_MAX = 512, SOURCE_LINKTYPES_MAX = 32, SOURCE_INTERFACES_MAX = 16 };

/* What went wrong, where and what to do, as one line without the program's name. */
struct source_error {
	char text[SOURCE_ERROR_TEXT_MAX];
};

enum source_status {
	SOURCE_INTERRUPTED = 2, /* nothing was lent, nothing is lost: a signal came while waiting, a
				   growing file has not grown for a while, or the next call will
				   wait, for nothing is there yet */
	SOURCE_FRAME = 1,       /* a frame was lent */
	SOURCE_END = 0,         /* the input ended as it should */
	SOURCE_FAILED = -1,  /* cannot be opened or read, or its format cannot be known: exit 1 */
	SOURCE_CORRUPT = -3, /* ended early or is damaged; what came before was lent: exit 3 */
};

/* What the summary says about a source. */
struct source_info {
	const char *name;        /* as given by the user; "-" is standard input */
	const char *format;      /* "pcap", "pcapng", or NULL where unknown */
	const char *compression; /* "gzip", "zstd", "lz4", or NULL where there is none */
	unsigned linktype_count;
	uint16_t linktype[SOURCE_LINKTYPES_MAX]; /* each one once, in order of appearance */
	unsigned interface_count;
	const char *interface[SOURCE_INTERFACES_MAX]; /* as a pcapng names them; the same rules */
	unsigned tstamp_digits; /* 6 or 9; the finest of its interfaces; 0 where unknown */
	uint32_t snaplen;       /* the largest of its interfaces; 0 where unknown */
	uint64_t bytes;         /* of the file, be it compressed or not, read so far */
	uint64_t size_bytes;    /* of the whole file; 0 where unknown (a pipe) */
	uint64_t frames;        /* lent so far */
	bool complete;          /* read to its proper end */
	const char *error;      /* the one-line reason why not, or NULL */
};

/*
 * Opens a capture file, or standard input if `name` is "-"; its frames will carry `index` as their
 * source. NULL with `error` filled in when it cannot be read or even its first bytes tell no
 * capture. Close with source_close().
 */
struct source *source_open_file(const char *name, uint16_t index, struct source_error *error);

/*
 * The same for a file that is still being written: where it ends, source_next() waits until it
 * grows, and is interrupted every tenth of a second. It may be empty at first: that it is no
 * capture is told by source_next() as well.
 */
struct source *source_open_growing(const char *name, uint16_t index, struct source_error *error);

/*
 * False with `error` filled in if the file's first bytes tell no capture; true as well where it
 * cannot be opened or read, which source_open_file() then tells.
 */
bool source_may_be_capture(const char *name, struct source_error *error);

/*
 * Lends the next frame, until the next call. `error` is filled in with SOURCE_FAILED and
 * SOURCE_CORRUPT; after these and after SOURCE_END every further call answers the same.
 */
enum source_status source_next(struct source *source, struct frame *frame,
			       struct source_error *error);

/*
 * Lends, after source_next() has lent one, at most `room` of the frames behind it, as far as they
 * are in memory already; returns how many. All of them, the first too, stay until the next
 * source_next(), which goes on behind them.
 */
unsigned source_more(struct source *source, struct frame *frames, unsigned room);

/* What is known so far; the texts that `info` points to live as long as the source. */
void source_info(const struct source *source, struct source_info *info);

void source_close(struct source *source);

/* Name of a link type as Wireshark and tcpdump write it ("EN10MB"), or NULL. */
const char *source_linktype_name(unsigned linktype);

#endif
