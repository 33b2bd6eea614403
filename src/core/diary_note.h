/*
 * What a diary keeps of a segment: what it does not share with those before it, in as few bytes as
 * that takes.
 *
 * Of an ordinary connection that is some eight bytes: the time and the frames since the segment
 * before, some payload; most else goes on as it was, or counts up by one.
 */
#ifndef TCPBYE_CORE_DIARY_NOTE_H
#define TCPBYE_CORE_DIARY_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A segment after the handshake. */
struct diary_note {
	uint64_t since;      /* the segment before: see diary_since() */
	uint32_t tsval_more; /* than the latest time stamp of its sender */
	uint16_t payload_bytes, window, ip_id;
	uint8_t header_bytes; /* of the frame: what is not payload */
	uint8_t tsecr_less;   /* than the latest time stamp of its peer */
	uint8_t look, from;
	bool fin, push;
};

/* Where a note ends: what the next one is told by. */
struct diary_mark {
	uint16_t window[2], ip_id[2]; /* of each endpoint's latest segment */
	uint8_t header_bytes;         /* of the latest segment; 0: there is none yet */
	uint8_t bytes;                /* that the notes up to here take */
};

enum {
	DIARY_TSVAL_MORE_MAX = (1 << 24) - 1,
	DIARY_TSECR_LESS_MAX = (1 << 8) - 1,
	DIARY_NOTE_MAX_BYTES = 23,
	DIARY_NOTES_MAX_BYTES = 240,
	DIARY_NOTES_SLACK_BYTES = 8, /* that must stand behind them, whatever they hold */
};

/* Writes the note where the mark is, and moves the mark behind it. False, and nothing is changed,
 * where it has no room in the first `room_bytes` of the notes. */
bool diary_note_write(const struct diary_note *note, struct diary_mark *mark, uint8_t *notes,
		      size_t room_bytes);

/* The other way round: the note at the mark. */
struct diary_note diary_note_read(struct diary_mark *mark, const uint8_t *notes);

#endif
