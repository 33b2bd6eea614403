#include "core/diary_seal.h"

#include <string.h>

/* What is kept as it is. It stands last, so that no number before it is read from behind the end.
 */
struct head {
	int64_t first_ns;
	uint32_t iss[2], first_tsval[2], link[2];
	uint16_t frame_bytes[2], window[2], ip_id[2], mss[2], source;
	uint8_t flags[2], ttl[2], window_scale[2];
};
_Static_assert(sizeof(struct head) == DIARY_SEALED_HEAD_BYTES, "as long as the header says");
_Static_assert(sizeof(struct head) >= DIARY_NOTES_SLACK_BYTES, "and behind the notes as well");

/* Three bytes stand first: what is told in a bit, and how many bytes the numbers take that follow,
 * before the notes. */
enum {
	CLIENT = 0x01,
	CLOSER = 0x02,
	STAMPED = 0x04,
	PORT_TAKEN = 0x08,
	FRAMED = 0x10,
	SINCE_BIT = 5,
	NUMBER_BIT = 9,
	FLOW_ID_BIT = 13,
	WIDTH_MASK = 0xf,
	FORM_BYTES = 3,
};

static uint8_t *seal_numbers(const struct diary *diary, uint8_t *at)
{
	unsigned since_bytes = octets_of(diary->answer_since);
	unsigned number_bytes = octets_of(diary->first_number);
	unsigned flow_id_bytes = octets_of(diary->flow_id);
	unsigned form = (diary->client != 0 ? CLIENT : 0U) | (diary->closer != 0 ? CLOSER : 0U) |
			(diary->stamped ? STAMPED : 0U) | (diary->port_taken ? PORT_TAKEN : 0U) |
			(diary->framed ? FRAMED : 0U) | since_bytes << SINCE_BIT |
			number_bytes << NUMBER_BIT | flow_id_bytes << FLOW_ID_BIT;

	at = octets_put(at, form, FORM_BYTES);
	at = octets_put(at, diary->answer_since, since_bytes);
	at = octets_put(at, diary->first_number, number_bytes);
	return octets_put(at, diary->flow_id, flow_id_bytes);
}

static const uint8_t *unseal_numbers(const uint8_t *at, struct diary *diary)
{
	unsigned form = (unsigned)octets_get(&at, FORM_BYTES);

	diary->client = (form & CLIENT) != 0;
	diary->closer = (form & CLOSER) != 0;
	diary->stamped = (form & STAMPED) != 0;
	diary->port_taken = (form & PORT_TAKEN) != 0;
	diary->framed = (form & FRAMED) != 0;
	diary->answer_since = octets_get(&at, form >> SINCE_BIT & WIDTH_MASK);
	diary->first_number = octets_get(&at, form >> NUMBER_BIT & WIDTH_MASK);
	diary->flow_id = octets_get(&at, form >> FLOW_ID_BIT & WIDTH_MASK);
	return at;
}

static struct head head_of(const struct diary *diary)
{
	return (struct head){
		.first_ns = diary->first_ns,
		.iss = {diary->iss[0], diary->iss[1]},
		.first_tsval = {diary->first_tsval[0], diary->first_tsval[1]},
		.link = {diary->link[0], diary->link[1]},
		.frame_bytes = {diary->frame_bytes[0], diary->frame_bytes[1]},
		.window = {diary->window[0], diary->window[1]},
		.ip_id = {diary->ip_id[0], diary->ip_id[1]},
		.mss = {diary->mss[0], diary->mss[1]},
		.source = diary->source,
		.flags = {diary->flags[0], diary->flags[1]},
		.ttl = {diary->ttl[0], diary->ttl[1]},
		.window_scale = {diary->window_scale[0], diary->window_scale[1]},
	};
}

static struct diary diary_of(const struct head *head)
{
	return (struct diary){
		.stage = DIARY_OVER,
		.first_ns = head->first_ns,
		.iss = {head->iss[0], head->iss[1]},
		.first_tsval = {head->first_tsval[0], head->first_tsval[1]},
		.link = {head->link[0], head->link[1]},
		.frame_bytes = {head->frame_bytes[0], head->frame_bytes[1]},
		.window = {head->window[0], head->window[1]},
		.ip_id = {head->ip_id[0], head->ip_id[1]},
		.mss = {head->mss[0], head->mss[1]},
		.source = head->source,
		.flags = {head->flags[0], head->flags[1]},
		.ttl = {head->ttl[0], head->ttl[1]},
		.window_scale = {head->window_scale[0], head->window_scale[1]},
	};
}

size_t diary_seal(const struct diary *diary, uint8_t *sealed)
{
	const struct head head = head_of(diary);
	uint8_t *at = seal_numbers(diary, sealed);

	memcpy(at, diary + 1, diary->mark.bytes);
	at += diary->mark.bytes;
	memcpy(at, &head, sizeof head);
	return (size_t)(at - sealed) + sizeof head;
}

const uint8_t *diary_unseal(const uint8_t *sealed, size_t bytes, struct diary *diary)
{
	const uint8_t *end = sealed + bytes - sizeof(struct head), *notes;
	struct head head;

	memcpy(&head, end, sizeof head);
	*diary = diary_of(&head);
	notes = unseal_numbers(sealed, diary);
	diary->mark.bytes = (uint8_t)(end - notes);
	return notes;
}
