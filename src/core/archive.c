#include "core/archive.h"

#include <assert.h>
#include <string.h>

enum { NUMBER_MAX_BYTES = 10 };

/* Sums of two times, and of a time and twice a span, fit. */
#define TIME_MOST_NS (INT64_C(3) << 61)
#define SPAN_MOST_NS (INT64_C(1) << 62)

/* FNV-1a */
#define LAYOUT_BASIS UINT64_C(0xcbf29ce484222325)
#define LAYOUT_PRIME UINT64_C(0x100000001b3)

void archive_open(struct archive *archive)
{
	archive->layout = LAYOUT_BASIS;
}

static void describe(struct archive *archive, uint64_t number)
{
	for (unsigned i = 0; i < 8; i++)
		archive->layout = (archive->layout ^ (number >> 8 * i & 0xff)) * LAYOUT_PRIME;
}

static void describe_member(struct archive *archive, const char *name, uint64_t bytes,
			    uint64_t most)
{
	for (; *name != '\0'; name++)
		archive->layout = (archive->layout ^ (uint8_t)*name) * LAYOUT_PRIME;
	describe(archive, bytes);
	describe(archive, most);
}

bool archive_flush(struct archive *archive)
{
	if (archive->way == ARCHIVE_WRITES && !archive->failed &&
	    !archive->put(archive->context, archive->buffer, archive->at))
		archive->failed = true;
	archive->at = 0;
	return !archive->failed;
}

void archive_refuse(struct archive *archive, const char *what)
{
	if (archive->wrong == NULL)
		archive->wrong = what;
}

static bool fill(struct archive *archive)
{
	archive->at = 0;
	archive->end = archive->get(archive->context, archive->buffer, sizeof archive->buffer);
	return archive->end > 0;
}

bool archive_is_at_end(struct archive *archive)
{
	return archive->at == archive->end && !fill(archive);
}

static bool take_byte(struct archive *archive, uint8_t *byte)
{
	if (archive_is_at_end(archive))
		return false;
	*byte = archive->buffer[archive->at++];
	return true;
}

static void put_number(struct archive *archive, uint64_t value)
{
	if (archive->at + NUMBER_MAX_BYTES > sizeof archive->buffer)
		archive_flush(archive);
	while (value >= 0x80) {
		archive->buffer[archive->at++] = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	archive->buffer[archive->at++] = (uint8_t)value;
}

static uint64_t take_number(struct archive *archive, const char *name)
{
	uint64_t value = 0;

	for (unsigned shift = 0; archive->wrong == NULL && shift < 64; shift += 7) {
		uint8_t byte;

		if (!take_byte(archive, &byte) || (shift == 63 && byte > 1))
			break;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if ((byte & 0x80) == 0)
			return value;
	}
	archive_refuse(archive, name);
	return 0;
}

/* A member of so many bytes, as it is described; what was read, or 0. */
static uint64_t pass(struct archive *archive, const char *name, size_t bytes, uint64_t value,
		     uint64_t most)
{
	switch (archive->way) {
	case ARCHIVE_WRITES:
		put_number(archive, value);
		return value;
	case ARCHIVE_DESCRIBES:
		describe_member(archive, name, bytes, most);
		return value;
	case ARCHIVE_READS:
		break;
	}
	value = take_number(archive, name);
	if (value > most)
		archive_refuse(archive, name);
	return value > most ? 0 : value;
}

uint64_t archive_value(struct archive *archive, const char *name, uint64_t value, uint64_t most)
{
	return pass(archive, name, 0, value, most);
}

bool archive_flag(struct archive *archive, const char *name, bool value)
{
	return pass(archive, name, 0, value, 1) != 0;
}

bool archive_present(struct archive *archive, const char *name, bool present)
{
	return archive_flag(archive, name, present) || archive->way == ARCHIVE_DESCRIBES;
}

uint64_t archive_count(struct archive *archive, const char *name, uint64_t count, uint64_t most)
{
	count = pass(archive, name, 0, count, archive->way == ARCHIVE_DESCRIBES ? 0 : most);
	return archive->way == ARCHIVE_DESCRIBES ? 1 : count;
}

static uint64_t load(const void *member, size_t bytes)
{
	uint16_t two;
	uint32_t four;
	uint64_t eight;

	switch (bytes) {
	case 1:
		return *(const uint8_t *)member;
	case sizeof two:
		memcpy(&two, member, sizeof two);
		return two;
	case sizeof four:
		memcpy(&four, member, sizeof four);
		return four;
	default:
		assert(bytes == sizeof eight);
		memcpy(&eight, member, sizeof eight);
		return eight;
	}
}

static void store(void *member, size_t bytes, uint64_t value)
{
	uint16_t two = (uint16_t)value;
	uint32_t four = (uint32_t)value;

	switch (bytes) {
	case 1:
		*(uint8_t *)member = (uint8_t)value;
		break;
	case sizeof two:
		memcpy(member, &two, sizeof two);
		break;
	case sizeof four:
		memcpy(member, &four, sizeof four);
		break;
	default:
		memcpy(member, &value, sizeof value);
		break;
	}
}

void archive_bounded(struct archive *archive, const char *name, void *member, size_t bytes,
		     uint64_t most)
{
	uint64_t value = pass(archive, name, bytes, load(member, bytes), most);

	if (archive->way == ARCHIVE_READS)
		store(member, bytes, value);
}

void archive_member(struct archive *archive, const char *name, void *member, size_t bytes)
{
	archive_bounded(archive, name, member, bytes, UINT64_MAX >> (64 - 8 * bytes));
}

/* Small numbers of either sign become small numbers; 0 stays 0. */
static uint64_t fold(uint64_t difference)
{
	return difference << 1 ^ (0 - (difference >> 63));
}

static int64_t unfold(uint64_t folded)
{
	return (int64_t)(folded >> 1 ^ (0 - (folded & 1)));
}

/* 0 means that there is no time. */
void archive_time(struct archive *archive, const char *name, int64_t *time_ns)
{
	uint64_t origin = (uint64_t)archive->origin_ns;
	uint64_t value = *time_ns == 0 ? 0 : fold((uint64_t)*time_ns - origin) + 1;

	value = pass(archive, name, sizeof *time_ns, value, UINT64_MAX);
	if (archive->way != ARCHIVE_READS)
		return;
	*time_ns = value == 0 ? 0 : (int64_t)((uint64_t)unfold(value - 1) + origin);
	if (*time_ns >= 0 && *time_ns <= TIME_MOST_NS)
		return;
	archive_refuse(archive, name);
	*time_ns = 0;
}

void archive_span(struct archive *archive, const char *name, int64_t *span_ns)
{
	uint64_t value = pass(archive, name, sizeof *span_ns, fold((uint64_t)*span_ns), UINT64_MAX);

	if (archive->way != ARCHIVE_READS)
		return;
	*span_ns = unfold(value);
	if (*span_ns >= -SPAN_MOST_NS && *span_ns <= SPAN_MOST_NS)
		return;
	archive_refuse(archive, name);
	*span_ns = 0;
}

void archive_bytes(struct archive *archive, const char *name, void *bytes, size_t count)
{
	uint8_t *at = bytes;

	if (archive->way == ARCHIVE_DESCRIBES)
		describe_member(archive, name, count, 0);
	for (size_t i = 0; i < count && archive->way == ARCHIVE_WRITES; i++) {
		if (archive->at == sizeof archive->buffer)
			archive_flush(archive);
		archive->buffer[archive->at++] = at[i];
	}
	for (size_t i = 0; i < count && archive->way == ARCHIVE_READS; i++) {
		if (archive->wrong == NULL && !take_byte(archive, &at[i]))
			archive_refuse(archive, name);
		if (archive->wrong != NULL)
			at[i] = 0;
	}
}

void archive_source(struct archive *archive, uint16_t *source)
{
	if (archive->way == ARCHIVE_WRITES && archive->sources != NULL)
		archive->sources->named[*source / 8] |= (uint8_t)(1U << *source % 8);
	ARCHIVE(archive, *source);
	if (archive->way == ARCHIVE_READS && archive->forgets_sources)
		*source = UINT16_MAX;
}
