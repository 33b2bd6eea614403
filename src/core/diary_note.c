#include "core/diary_note.h"

#include "core/diary.h"
#include "core/octets.h"

/* Sixteen bits stand first: what the segment is, which numbers are not as before, and how many
 * bytes the others take, in the order in which they follow. */
enum {
	OF_SECOND = 0x01, /* from the endpoint with index 1 */
	WITH_FIN = 0x02,
	WITH_PUSH = 0x04,
	WITH_WINDOW = 0x08,  /* another one than its sender's latest */
	WITH_CONTENT = 0x10, /* payload, or what it looks like */
	WITH_ODDS = 0x20,    /* another header than the latest, or an older time stamp returned */
	TIME_BIT = 6,
	FRAMES_BIT = 9,
	TSVAL_BIT = 12,
	IP_ID_BIT = 14,
	LONG_MASK = 7, /* three bits */
	SHORT_MASK = 3,
	FORM_BYTES = 2,
	WINDOW_BYTES = 2,
	IP_ID_MAX_BYTES = 2,
	CONTENT_BYTES = 3,
	ODDS_BYTES = 2,
};
_Static_assert(DIARY_TIME_BITS <= 8 * LONG_MASK && DIARY_FRAME_BITS <= 8 * LONG_MASK &&
		       DIARY_TSVAL_MORE_MAX < 1 << 8 * SHORT_MASK,
	       "the number of bytes fits");
_Static_assert(FORM_BYTES + (DIARY_TIME_BITS + 7) / 8 + (DIARY_FRAME_BITS + 7) / 8 + SHORT_MASK +
			       IP_ID_MAX_BYTES + WINDOW_BYTES + CONTENT_BYTES + ODDS_BYTES <=
		       DIARY_NOTE_MAX_BYTES,
	       "no note takes more");

/* The numbers of a note in the form in which they are written. */
struct numbers {
	uint64_t time, frames;
	unsigned tsval, ip_id, content, odds;
	unsigned time_bytes, frames_bytes, tsval_bytes, ip_id_bytes;
};

/* By how much an IP identification differs from the one after the latest: close to zero where its
 * host counts packets, or always says the same. */
static unsigned fold_ip_id(uint16_t ip_id, uint16_t latest)
{
	unsigned more = (ip_id - latest - 1U) & UINT16_MAX;

	return (more << 1 ^ (0U - (more >> 15))) & UINT16_MAX;
}

static uint16_t unfold_ip_id(unsigned folded, uint16_t latest)
{
	return (uint16_t)(latest + 1U + (folded >> 1 ^ (0U - (folded & 1))));
}

static struct numbers numbers_of(const struct diary_note *note, const struct diary_mark *mark)
{
	struct numbers numbers = {
		.time = note->since >> DIARY_FRAME_BITS,
		.frames = note->since & DIARY_FRAMES_MASK,
		.tsval = note->tsval_more,
		.ip_id = fold_ip_id(note->ip_id, mark->ip_id[note->from]),
		.content = note->payload_bytes | (unsigned)note->look << 16,
		.odds = note->header_bytes | (unsigned)note->tsecr_less << 8,
	};

	numbers.time_bytes = octets_of(numbers.time);
	numbers.frames_bytes = octets_of(numbers.frames);
	numbers.tsval_bytes = octets_of(numbers.tsval);
	numbers.ip_id_bytes = octets_of(numbers.ip_id);
	return numbers;
}

static unsigned form_of(const struct diary_note *note, const struct diary_mark *mark,
			const struct numbers *numbers)
{
	return (note->from != 0 ? OF_SECOND : 0U) | (note->fin ? WITH_FIN : 0U) |
	       (note->push ? WITH_PUSH : 0U) |
	       (note->window != mark->window[note->from] ? WITH_WINDOW : 0U) |
	       (numbers->content != 0 ? WITH_CONTENT : 0U) |
	       (numbers->odds != mark->header_bytes ? WITH_ODDS : 0U) |
	       numbers->time_bytes << TIME_BIT | numbers->frames_bytes << FRAMES_BIT |
	       numbers->tsval_bytes << TSVAL_BIT | numbers->ip_id_bytes << IP_ID_BIT;
}

static unsigned bytes_of(unsigned form, const struct numbers *numbers)
{
	return FORM_BYTES + numbers->time_bytes + numbers->frames_bytes + numbers->tsval_bytes +
	       numbers->ip_id_bytes + ((form & WITH_WINDOW) != 0 ? WINDOW_BYTES : 0U) +
	       ((form & WITH_CONTENT) != 0 ? CONTENT_BYTES : 0U) +
	       ((form & WITH_ODDS) != 0 ? ODDS_BYTES : 0U);
}

static void write_numbers(uint8_t *at, unsigned form, const struct diary_note *note,
			  const struct numbers *numbers)
{
	at = octets_put(at, form, FORM_BYTES);
	at = octets_put(at, numbers->time, numbers->time_bytes);
	at = octets_put(at, numbers->frames, numbers->frames_bytes);
	at = octets_put(at, numbers->tsval, numbers->tsval_bytes);
	at = octets_put(at, numbers->ip_id, numbers->ip_id_bytes);
	if ((form & WITH_WINDOW) != 0)
		at = octets_put(at, note->window, WINDOW_BYTES);
	if ((form & WITH_CONTENT) != 0)
		at = octets_put(at, numbers->content, CONTENT_BYTES);
	if ((form & WITH_ODDS) != 0)
		octets_put(at, numbers->odds, ODDS_BYTES);
}

static void pass(struct diary_mark *mark, const struct diary_note *note, size_t bytes)
{
	mark->window[note->from] = note->window;
	mark->ip_id[note->from] = note->ip_id;
	mark->header_bytes = note->header_bytes;
	mark->bytes = (uint8_t)(mark->bytes + bytes);
}

bool diary_note_write(const struct diary_note *note, struct diary_mark *mark, uint8_t *notes,
		      size_t room_bytes)
{
	const struct numbers numbers = numbers_of(note, mark);
	unsigned form = form_of(note, mark, &numbers);
	unsigned bytes = bytes_of(form, &numbers);

	if (mark->bytes + bytes > room_bytes)
		return false;
	write_numbers(notes + mark->bytes, form, note, &numbers);
	pass(mark, note, bytes);
	return true;
}

struct diary_note diary_note_read(struct diary_mark *mark, const uint8_t *notes)
{
	const uint8_t *begin = notes + mark->bytes, *at = begin;
	unsigned form = (unsigned)octets_get(&at, FORM_BYTES), from = form & OF_SECOND;
	uint64_t time = octets_get(&at, form >> TIME_BIT & LONG_MASK);
	uint64_t frames = octets_get(&at, form >> FRAMES_BIT & LONG_MASK);
	struct diary_note note = {
		.since = time << DIARY_FRAME_BITS | frames,
		.from = (uint8_t)from,
		.fin = (form & WITH_FIN) != 0,
		.push = (form & WITH_PUSH) != 0,
		.window = mark->window[from],
		.header_bytes = mark->header_bytes,
	};

	note.tsval_more = (uint32_t)octets_get(&at, form >> TSVAL_BIT & SHORT_MASK);
	note.ip_id = unfold_ip_id((unsigned)octets_get(&at, form >> IP_ID_BIT), mark->ip_id[from]);
	if ((form & WITH_WINDOW) != 0)
		note.window = (uint16_t)octets_get(&at, WINDOW_BYTES);
	if ((form & WITH_CONTENT) != 0) {
		note.payload_bytes = (uint16_t)octets_get(&at, CONTENT_BYTES - 1);
		note.look = (uint8_t)octets_get(&at, 1);
	}
	if ((form & WITH_ODDS) != 0) {
		note.header_bytes = (uint8_t)octets_get(&at, 1);
		note.tsecr_less = (uint8_t)octets_get(&at, 1);
	}
	pass(mark, &note, (size_t)(at - begin));
	return note;
}
