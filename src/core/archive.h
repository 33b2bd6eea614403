/*
 * A program's state as bytes that any machine can read back: integers of variable length, seven
 * bits a byte, low ones first.
 *
 * For every structure one function visits its members in a fixed order, whether they are written or
 * read: what is written cannot drift apart from what is read. Nothing that is read is believed. A
 * value that does not fit its member, or is beyond the bounds given, makes the archive wrong: what
 * is wrong is remembered, and every later value reads as zero.
 *
 * The same functions also describe the order of the members, as a number: two programs that agree
 * on it agree on the meaning of the bytes.
 */
#ifndef TCPBYE_CORE_ARCHIVE_H
#define TCPBYE_CORE_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum archive_way { ARCHIVE_WRITES, ARCHIVE_READS, ARCHIVE_DESCRIBES };

enum { ARCHIVE_BUFFER_BYTES = 4096, ARCHIVE_SOURCES = 1 << 16 };

/* Of which sources of a run the archive speaks: a bit for each. */
struct archive_sources {
	uint8_t named[ARCHIVE_SOURCES / 8];
};

struct archive {
	enum archive_way way;
	void *context;
	/* False where the bytes cannot be written. */
	bool (*put)(void *context, const uint8_t *bytes, size_t count);
	/* As many bytes as there are, at most `room`; 0: there are no more. */
	size_t (*get)(void *context, uint8_t *bytes, size_t room);
	struct archive_sources *sources; /* filled in while writing */
	bool forgets_sources; /* all that are read become the last number, which nobody has */

	const char *wrong; /* the member that cannot be what it is; NULL: all is well */
	bool failed;       /* bytes could not be written */
	int64_t origin_ns; /* times are written as the distance from here */
	uint64_t layout;   /* what was described */
	size_t at, end;    /* of what is in the buffer */
	uint8_t buffer[ARCHIVE_BUFFER_BYTES];
};

/* Before the first value: the way and what goes with it is set, all else is zero. */
void archive_open(struct archive *archive);

/* Hands on what is still in the buffer; true if everything could be written. */
bool archive_flush(struct archive *archive);

/* True where the next value would be behind the last one. */
bool archive_is_at_end(struct archive *archive);

/* Takes note of what is wrong, unless something was before. */
void archive_refuse(struct archive *archive, const char *what);

static inline bool archive_is_well(const struct archive *archive)
{
	return archive->wrong == NULL && !archive->failed;
}

/* Each of these writes the value, or returns the one that was read. */
uint64_t archive_value(struct archive *archive, const char *name, uint64_t value, uint64_t most);
bool archive_flag(struct archive *archive, const char *name, bool value);

/* The same for something that may be left out: describing, it is always there. */
bool archive_present(struct archive *archive, const char *name, bool present);

/* How many there are of what follows: one, where that is described. */
uint64_t archive_count(struct archive *archive, const char *name, uint64_t count, uint64_t most);

/* A member of 1, 2, 4 or 8 bytes; at most `most` in the second case. */
void archive_member(struct archive *archive, const char *name, void *member, size_t bytes);
void archive_bounded(struct archive *archive, const char *name, void *member, size_t bytes,
		     uint64_t most);

/* A time since 1970 and a span of time: neither may be so large that a sum overflows. */
void archive_time(struct archive *archive, const char *name, int64_t *time_ns);
void archive_span(struct archive *archive, const char *name, int64_t *span_ns);

void archive_bytes(struct archive *archive, const char *name, void *bytes, size_t count);

/* Which of the run's sources something came from. */
void archive_source(struct archive *archive, uint16_t *source);

#define ARCHIVE(archive, member) archive_member(archive, #member, &(member), sizeof(member))
#define ARCHIVE_UPTO(archive, member, most)                                                        \
	archive_bounded(archive, #member, &(member), sizeof(member), most)
#define ARCHIVE_FLAG(archive, member)  (member) = archive_flag(archive, #member, member)
#define ARCHIVE_TIME(archive, member)  archive_time(archive, #member, &(member))
#define ARCHIVE_SPAN(archive, member)  archive_span(archive, #member, &(member))
#define ARCHIVE_BYTES(archive, member) archive_bytes(archive, #member, member, sizeof(member))

#endif
