/*
 * What the readers of pcap and pcapng share: a source over a block buffer, and the words for
 * damage.
 */
#ifndef TCPBYE_SOURCE_CAPTURE_FILE_H
#define TCPBYE_SOURCE_CAPTURE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "source/block_buffer.h"
#include "source/bytes.h"
#include "source/pcap_reader.h"
#include "source/pcapng_reader.h"
#include "source/source.h"

enum { CAPTURE_LABEL_MAX = 200 };

struct source {
	struct block_buffer buffer;
	enum source_status (*next)(struct source *source, struct frame *frame);
	/* Of source_more(); NULL: the format has none. */
	unsigned (*more)(struct source *source, struct frame *frames, unsigned room);
	enum source_status status; /* SOURCE_FRAME while it goes on, else how it ended */
	enum byte_order order;
	uint64_t number; /* of the last frame */
	uint16_t index;
	bool foreign; /* its first bytes tell no capture */
	union {
		struct pcap_reader pcap;
		struct pcapng_reader pcapng;
	};
	struct source_info info;
	struct source_error error;
	char label[CAPTURE_LABEL_MAX]; /* the name as messages give it */
	char name[];
};

/* Notes for the summary that the file has frames of this kind. */
void capture_note(struct source *source, uint16_t linktype, uint32_t snaplen, unsigned digits);

/* The slow way of capture_need(). */
enum source_status capture_fill(struct source *source, size_t count_bytes);

/*
 * SOURCE_FRAME if the next `count_bytes` are held, SOURCE_INTERRUPTED, SOURCE_FAILED with the error
 * set, SOURCE_CORRUPT with the error set where the compression is damaged, or SOURCE_END where the
 * input has no more than it holds.
 */
static inline enum source_status capture_need(struct source *source, size_t count_bytes)
{
	return block_buffer_held(&source->buffer) >= count_bytes
		       ? SOURCE_FRAME
		       : capture_fill(source, count_bytes);
}

/*
 * Where the input ended `wanted_bytes` behind the first `before_bytes` that it still holds:
 * SOURCE_CORRUPT with the error set. `what` is being read; `number` is the frame's, or 0 where it
 * is none.
 */
enum source_status capture_cut(struct source *source, const char *what, uint64_t number,
			       size_t before_bytes, size_t wanted_bytes);

/*
 * Damage in the record at `offset_bytes`, `number` as above: SOURCE_CORRUPT with the error set; the
 * format's arguments say what is wrong with it.
 */
enum source_status capture_damaged(struct source *source, uint64_t offset_bytes, uint64_t number,
				   const char *format, ...) __attribute__((format(printf, 4, 5)));

/* SOURCE_FAILED with the error set: the name, then the text. */
enum source_status capture_failed(struct source *source, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
