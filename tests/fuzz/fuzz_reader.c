/*
 * The readers of pcap and pcapng on any file: every byte that is lent can be read, the numbers add
 * up, and an end stays an end.
 */
#include "fuzz/capture_input.h"
#include "fuzz/harness.h"
#include "source/source.h"

#include <string.h>

static volatile uint8_t touched;

/* Sanitizers check what is read, not what is pointed to. */
static void touch(const struct frame *frame)
{
	uint8_t sum = 0;

	for (uint32_t i = 0; i < frame->captured_bytes; i++)
		sum ^= frame->bytes[i];
	touched = sum;
}

static void check_info(const struct source *source, size_t size_bytes, uint64_t frames,
		       enum source_status status)
{
	struct source_info info;

	source_info(source, &info);
	MUST(info.frames == frames);
	MUST(info.bytes <= size_bytes && info.size_bytes == size_bytes);
	MUST(info.linktype_count <= SOURCE_LINKTYPES_MAX);
	MUST(info.complete == (status == SOURCE_END));
	MUST((info.error == NULL) == info.complete);
	for (unsigned i = 0; i < info.linktype_count; i++)
		source_linktype_name(info.linktype[i]);
}

static void read_to_end(struct source *source, size_t size_bytes)
{
	struct source_error error = {.text = ""};
	struct source_info info;
	struct frame frame, more[4];
	enum source_status status;
	uint64_t frames = 0;

	source_info(source, &info);
	while ((status = source_next(source, &frame, &error)) == SOURCE_FRAME) {
		frames++;
		MUST(frame.captured_bytes <= size_bytes || info.compression != NULL);
		MUST(frame.source == 0);
		unsigned count = source_more(source, more, (unsigned)frames % 5);
		frames += count;
		while (count > 0)
			touch(&more[--count]);
		touch(&frame);
	}
	MUST(status == SOURCE_END || status == SOURCE_CORRUPT || status == SOURCE_FAILED);
	MUST((status == SOURCE_END) == (error.text[0] == '\0'));
	MUST(source_next(source, &frame, &error) == status);
	check_info(source, size_bytes, frames, status);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
	struct source_error error = {.text = ""};
	struct source *source = capture_input_open(bytes, size_bytes, &error);

	if (source == NULL) {
		MUST(error.text[0] != '\0');
		MUST(memchr(error.text, '\n', strlen(error.text)) == NULL);
		return 0;
	}
	read_to_end(source, size_bytes);
	source_close(source);
	return 0;
}
