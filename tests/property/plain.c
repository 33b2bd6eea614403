/*
 * The straight way of plain frames (decode/plain.h) gives what the general way gives: verdict,
 * counters and every byte of the segment, for all frames of the captures, and for all that one gets
 * from each of them by changing one byte of its headers or cutting it anywhere in them. And each of
 * these is of the kind of its original where the segments of both say so, and only there.
 *
 * usage: plain CAPTURE...
 *
 * Exit status: 0 all gave the same; 1 some did not, and the first of each capture is printed; 2
 * could not be run.
 */
#include "decode/plain.h"
#include "decode/decode.h"
#include "source/source.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ethernet, IPv4 and TCP with all the options that they can have, and the first of the payload. */
enum { HEADERS_BYTES = 14 + 60 + 60 + 16, FRAME_MAX_BYTES = 1 << 18 };

struct decoded {
	enum decode_verdict verdict;
	struct decode_counters counters;
	struct segment segment;
};

/* Of what kind a frame is, if it is plain. */
struct likeness {
	bool is_plain;
	uint32_t link;
	uint8_t ttl;
	enum plain_form form;
};

struct trial {
	const char *name;
	struct likeness original; /* of the frame that is tried */
	uint64_t of_its_kind;
	uint64_t frames, differences;
	uint64_t plain; /* frames that went the straight way */
};

static void decode(const struct frame *frame, unsigned depth, struct decoded *decoded)
{
	memset(decoded, 0, sizeof *decoded);
	decoded->verdict = decode_frame(frame, depth, &decoded->segment, &decoded->counters);
	/* It means something only with this verdict. */
	if (decoded->verdict != DECODE_TCP)
		memset(&decoded->segment, 0, sizeof decoded->segment);
}

static struct likeness likeness_of(const struct frame *frame)
{
	enum { ASKED = TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK };
	struct segment segment = {.marks = 0};
	struct decode_counters counters = {0};

	if (!decode_plain(frame, DECODE_HEADERS_ONLY, &segment, &counters) ||
	    (segment.flags & ASKED) != TCP_ACK)
		return (struct likeness){.is_plain = false};
	return (struct likeness){
		.is_plain = true,
		.link = segment.link,
		.ttl = segment.ttl,
		.form = (segment.marks & SEGMENT_TIMESTAMPS) != 0 ? PLAIN_STAMPED : PLAIN_BARE,
	};
}

static void compare_kind(struct trial *trial, const struct frame *frame)
{
	const struct likeness *original = &trial->original;
	const struct likeness own = likeness_of(frame);
	const struct plain_kind kind = plain_kind(original->link, original->ttl, original->form);
	struct plain one = plain_measure_kind(frame, &kind, original->form);
	struct plain other = {0};

	if (own.is_plain && own.link == original->link && own.ttl == original->ttl &&
	    own.form == original->form)
		other = plain_measure(frame);
	trial->of_its_kind += other.headers_bytes != 0;
	if (memcmp(&one, &other, sizeof one) != 0 && trial->differences++ == 0)
		printf("%s: frame %" PRIu64 ", %u of %u bytes: of the kind of its original: %d\n",
		       trial->name, frame->number, frame->captured_bytes, frame->wire_bytes,
		       other.headers_bytes != 0);
}

static void compare(struct trial *trial, const struct frame *frame, unsigned depth)
{
	struct decoded one, other;

	decode(frame, depth, &one);
	decode(frame, depth | DECODE_LONG_WAY, &other);
	trial->frames++;
	trial->plain +=
		decode_plain(frame, depth, &(struct segment){0}, &(struct decode_counters){0});
	if (trial->original.is_plain && depth == DECODE_LOOK_AT_PAYLOAD)
		compare_kind(trial, frame);
	if (one.verdict == other.verdict &&
	    memcmp(&one.counters, &other.counters, sizeof one.counters) == 0 &&
	    memcmp(&one.segment, &other.segment, sizeof one.segment) == 0)
		return;
	if (trial->differences++ == 0)
		printf("%s: frame %" PRIu64 ", %u of %u bytes, depth %u: verdicts %u and %u\n",
		       trial->name, frame->number, frame->captured_bytes, frame->wire_bytes, depth,
		       (unsigned)one.verdict, (unsigned)other.verdict);
}

static uint32_t headers_of(const struct frame *frame)
{
	return frame->captured_bytes < HEADERS_BYTES ? frame->captured_bytes : HEADERS_BYTES;
}

static void change_each_byte(struct trial *trial, struct frame *frame, uint8_t *bytes)
{
	static const uint8_t masks[] = {0x01, 0x04, 0x10, 0x20, 0x80, 0xff};

	for (uint32_t at = 0; at < headers_of(frame); at++) {
		uint8_t before = bytes[at];

		for (unsigned i = 0; i < sizeof masks; i++) {
			bytes[at] = before ^ masks[i];
			compare(trial, frame, DECODE_LOOK_AT_PAYLOAD);
		}
		bytes[at] = 0;
		compare(trial, frame, DECODE_HEADERS_ONLY);
		bytes[at] = before;
	}
}

/* The capture cut it, or it was that short. */
static void cut_anywhere(struct trial *trial, const struct frame *frame)
{
	for (uint32_t bytes = 0; bytes <= headers_of(frame); bytes++) {
		struct frame cut = *frame;

		cut.captured_bytes = bytes;
		compare(trial, &cut, DECODE_LOOK_AT_PAYLOAD);
		cut.wire_bytes = bytes;
		compare(trial, &cut, DECODE_LOOK_AT_PAYLOAD);
	}
}

/* As its bytes are nobody else's, AddressSanitizer sees what reads beyond them. */
static void try_frame(struct trial *trial, const struct frame *lent)
{
	uint8_t *bytes = malloc(lent->captured_bytes + 1);
	struct frame frame = *lent;

	if (bytes == NULL)
		exit(2);
	memcpy(bytes, lent->bytes, lent->captured_bytes);
	frame.bytes = bytes;
	trial->original = likeness_of(&frame);
	for (unsigned depth = 0; depth <= (DECODE_VERIFY_CHECKSUMS | DECODE_LOOK_AT_PAYLOAD);
	     depth++)
		compare(trial, &frame, depth);
	change_each_byte(trial, &frame, bytes);
	cut_anywhere(trial, &frame);
	frame.interface = 300;
	frame.linktype = frame.linktype == 1 ? 101 : 1;
	compare(trial, &frame, DECODE_LOOK_AT_PAYLOAD);
	free(bytes);
}

static struct trial try_capture(const char *name)
{
	struct trial trial = {.name = name};
	struct source_error error;
	struct source *source = source_open_file(name, 3, &error);
	struct frame frame;

	if (source == NULL) {
		printf("%s\n", error.text);
		exit(2);
	}
	while (source_next(source, &frame, &error) == SOURCE_FRAME)
		try_frame(&trial, &frame);
	source_close(source);
	return trial;
}

int main(int argc, char **argv)
{
	uint64_t frames = 0, differences = 0, plain = 0, of_its_kind = 0;

	for (int i = 1; i < argc; i++) {
		struct trial trial = try_capture(argv[i]);

		frames += trial.frames;
		differences += trial.differences;
		plain += trial.plain;
		of_its_kind += trial.of_its_kind;
	}
	printf("%" PRIu64 " frames, %" PRIu64 " of them plain, %" PRIu64
	       " of the kind of their original, %" PRIu64 " differences\n",
	       frames, plain, of_its_kind, differences);
	/* Nothing was compared, or nothing that is not plain. */
	if (plain == 0 || plain == frames || of_its_kind == 0)
		return 2;
	return differences > 0 ? 1 : 0;
}
