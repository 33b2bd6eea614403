#include "speech.h"

#include "core/segment.h"

#include <string.h>

static const char *const payload[SPEECH_LOOKS] = {
	"\1nothing that is known here",
	"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
	"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
	"Tell me something that only begins as if it were known",
	"\x17\x03\x03\x01\x10",
	"\x15\x03\x03\x01\x13 seventeen bytes..",
};

/* The headers lie, or are not all there. */
static void spoil(struct speech *speech, struct dice *dice)
{
	switch (dice_throw(dice, 7)) {
	case 0:
		speech->cut_at = dice_throw(dice, 90);
		break;
	case 1:
		speech->total_off = (int)dice_throw(dice, 80) - 40;
		break;
	case 2:
		speech->total_off = -2000; /* none, for a capture before segmentation */
		break;
	case 3:
		speech->options_off = (int)dice_throw(dice, 6) - 2;
		break;
	case 4:
		speech->linktype = dice_throw(dice, 2) == 0 ? 101 : 113;
		break;
	case 5:
		speech->fragment =
			dice_throw(dice, 2) == 0 ? 0x2000 : (uint16_t)dice_throw(dice, 0x4000);
		break;
	default:
		speech->payload_bytes += dice_throw(dice, 60000);
		break;
	}
}

/* What stands beside the fields that are asked for. */
static void embellish(struct speech *speech, struct dice *dice)
{
	switch (dice_throw(dice, 9)) {
	case 0:
		speech->tos = (uint8_t)dice_throw(dice, 256);
		break;
	case 1:
		speech->tcp_bits = (uint8_t)dice_throw(dice, 16);
		break;
	case 2:
		speech->link_bits[dice_throw(dice, 4)] = (uint8_t)dice_throw(dice, 3);
		break;
	case 3:
		speech->ip_begins = (uint8_t)dice_throw(dice, 256);
		break;
	case 4:
		speech->ip_flags = (uint16_t)(dice_throw(dice, 8) << 13);
		break;
	case 5:
		speech->ethertype = (uint16_t)(1U << dice_throw(dice, 16));
		break;
	case 6:
		speech->padding_bytes = dice_throw(dice, 30);
		break;
	case 7:
		speech->option_off = (uint8_t)(1 + dice_throw(dice, 4));
		break;
	default:
		speech->total_off = -(int)dice_throw(dice, 65000);
		break;
	}
}

void speech_twist(struct speech *speech, struct dice *dice)
{
	if (dice_throw(dice, 3) == 0) {
		embellish(speech, dice);
		return;
	}
	switch (dice_throw(dice, 17)) {
	case 0:
		speech->seq -= 1 + dice_throw(dice, 3000);
		break;
	case 1:
		speech->seq += 1 + dice_throw(dice, 3000);
		break;
	case 2:
		speech->ack -= 1 + dice_throw(dice, 3000);
		break;
	case 3:
		speech->ack += 1 + dice_throw(dice, 3000);
		break;
	case 4:
		speech->seq -= 1; /* a probe */
		speech->payload_bytes = dice_throw(dice, 2);
		break;
	case 5:
		speech->window = 0;
		break;
	case 6:
		speech->window = (uint16_t)dice_throw(dice, 65536);
		break;
	case 7:
		speech->ttl = (uint8_t)(60 + dice_throw(dice, 8));
		break;
	case 8:
		speech->mac = (uint8_t)dice_throw(dice, 8);
		break;
	case 9:
		speech->flags = (uint8_t)dice_throw(dice, 256);
		break;
	case 10:
		speech->tsval -= dice_throw(dice, 3000);
		break;
	case 11:
		speech->tsecr += UINT32_C(1) << dice_throw(dice, 32);
		break;
	case 12:
		speech->stamped = !speech->stamped;
		break;
	case 13:
		speech->interface = 1 + dice_throw(dice, 2);
		break;
	case 14:
		speech->protocol = 17;
		break;
	case 15:
		speech->is_ipv6 = true;
		break;
	default:
		spoil(speech, dice);
		break;
	}
}

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

static uint32_t put_options(uint8_t *at, const struct speech *speech)
{
	bool is_syn = (speech->flags & TCP_SYN) != 0;
	uint32_t bytes = 0;

	if (is_syn) {
		put32(at, UINT32_C(0x02040000) | speech->mss);
		bytes = 4;
	}
	if (is_syn && speech->scale != SEGMENT_NO_WINDOW_SCALE) {
		put32(at + bytes, UINT32_C(0x01030300) | speech->scale);
		bytes += 4;
	}
	if (!speech->stamped)
		return bytes;
	put32(at + bytes, UINT32_C(0x0101080a));
	put32(at + bytes + 4, speech->tsval);
	put32(at + bytes + 8, speech->tsecr);
	if (speech->option_off != 0)
		at[bytes + speech->option_off - 1] ^= 1;
	return bytes + 12;
}

static uint32_t put_tcp(uint8_t *at, const struct speech *speech, const struct speech_end *from,
			const struct speech_end *to)
{
	uint32_t bytes = 20 + put_options(at + 20, speech);

	put16(at, from->port);
	put16(at + 2, to->port);
	put32(at + 4, speech->seq);
	put32(at + 8, speech->ack);
	at[12] = (uint8_t)((bytes / 4 + (uint32_t)speech->options_off) << 4 | speech->tcp_bits);
	at[13] = speech->flags;
	put16(at + 14, speech->window);
	return bytes;
}

static uint32_t put_ipv4(uint8_t *at, const struct speech *speech, const struct speech_end *from,
			 const struct speech_end *to)
{
	uint32_t bytes = 20 + put_tcp(at + 20, speech, from, to);
	int total_bytes = (int)(bytes + speech->payload_bytes) + speech->total_off;

	at[0] = 0x45 ^ speech->ip_begins;
	at[1] = speech->tos;
	put16(at + 2, total_bytes < 0 ? 0 : (uint32_t)total_bytes);
	put16(at + 4, speech->ip_id);
	put16(at + 6, speech->fragment | (0x4000U ^ speech->ip_flags));
	at[8] = speech->ttl;
	at[9] = speech->protocol;
	memcpy(at + 12, from->address, 4);
	memcpy(at + 16, to->address, 4);
	return bytes;
}

static uint32_t put_ipv6(uint8_t *at, const struct speech *speech, const struct speech_end *from,
			 const struct speech_end *to)
{
	uint32_t bytes = put_tcp(at + 40, speech, from, to);

	at[0] = 0x60;
	put16(at + 4, bytes + speech->payload_bytes);
	at[6] = speech->protocol;
	at[7] = speech->ttl;
	memcpy(at + 20, from->address, 4);
	memcpy(at + 36, to->address, 4);
	return 40 + bytes;
}

static uint32_t put_headers(uint8_t *at, const struct speech *speech, const struct speech_end *from,
			    const struct speech_end *to)
{
	uint32_t bytes = 14;

	at[5] = (uint8_t)(9 - speech->from);
	memcpy(at + 7, speech->link_bits, sizeof speech->link_bits);
	at[11] = speech->mac;
	if (speech->vlan != 0) {
		put16(at + 12, 0x8100);
		put16(at + 14, speech->vlan);
		bytes = 18;
	}
	put16(at + bytes - 2, (speech->is_ipv6 ? 0x86ddU : 0x0800U) ^ speech->ethertype);
	return bytes + (speech->is_ipv6 ? put_ipv6 : put_ipv4)(at + bytes, speech, from, to);
}

uint32_t speech_write(const struct speech *speech, const struct speech_end end[2],
		      uint8_t bytes[SPEECH_FRAME_MAX_BYTES])
{
	uint32_t headers_bytes;

	memset(bytes, 0, SPEECH_FRAME_MAX_BYTES);
	headers_bytes = put_headers(bytes, speech, &end[speech->from], &end[1 - speech->from]);
	strncpy((char *)bytes + headers_bytes, payload[speech->look], SPEECH_PAYLOAD_MAX_BYTES);
	return headers_bytes;
}
