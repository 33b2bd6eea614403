#define _POSIX_C_SOURCE 200809L

#include "support/scenario_internal.h"
#include "support/scenario_payload.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S  INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)
#define PACE_NS   (10 * NS_PER_MS)                 /* between the packets of a prelude */
#define BEGIN_NS  (INT64_C(1700000060) * NS_PER_S) /* 2023-11-14T22:14:20Z */

enum { TCP_HEADER_BYTES = 20, PAYLOAD_MAX = 65000, REPEAT_MAX = 10000 };

bool reader_fail(struct reader *reader, unsigned line, const char *format, ...)
{
	char what[SCENARIO_ERROR_MAX / 2];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof what, format, arguments);
	va_end(arguments);
	if (line == 0)
		snprintf(reader->error->text, sizeof reader->error->text, "%s: %s", reader->path,
			 what);
	else
		snprintf(reader->error->text, sizeof reader->error->text, "%s:%u: %s", reader->path,
			 line, what);
	return false;
}

static struct scenario_event *add_event(struct reader *reader, unsigned line, int64_t at_ns)
{
	struct scenario *scenario = reader->scenario;
	struct scenario_event *event;

	if (scenario->count == reader->room) {
		size_t room = reader->room == 0 ? 32 : 2 * reader->room;
		struct scenario_event *more = realloc(scenario->event, room * sizeof *more);

		if (more == NULL) {
			reader_fail(reader, line, "no memory");
			return NULL;
		}
		scenario->event = more;
		reader->room = room;
	}
	event = &scenario->event[scenario->count++];
	memset(event, 0, sizeof *event);
	event->line = line;
	event->state[0] = event->state[1] = STATE_NULL;
	event->segment.ts_ns = at_ns;
	event->segment.number = scenario->count + scenario->second_fragments;
	reader->last_ns = at_ns;
	return event;
}

bool reader_add_tick(struct reader *reader, unsigned line, int64_t at_ns)
{
	struct scenario_event *event = add_event(reader, line, at_ns);

	if (event == NULL)
		return false;
	event->is_tick = true;
	event->segment.frame_bytes = SCENARIO_TICK_BYTES;
	return true;
}

/* A clock of one tick a millisecond for each side, which never shows less than it did. */
static void stamp(struct reader *reader, uint8_t sender, struct segment *segment)
{
	static const uint32_t begin[2] = {100000, 700000};
	int64_t elapsed_ms = (segment->ts_ns - BEGIN_NS) / NS_PER_MS;
	struct side_memory *side = &reader->side[sender];

	side->tsval = begin[sender] + (uint32_t)elapsed_ms;
	segment->marks |= SEGMENT_TIMESTAMPS;
	segment->tsval = side->tsval;
	segment->tsecr = (segment->flags & TCP_ACK) != 0 ? reader->side[1 - sender].tsval : 0;
}

static void enter_tunnel(const struct scenario *scenario, struct segment *segment)
{
	if (scenario->tunnel == SCENARIO_NO_TUNNEL)
		return;
	segment->tuple.tunnelled = segment->tuple.tunnel_has_id = true;
	segment->tuple.tunnel_type = scenario->tunnel == SCENARIO_GRE ? TUNNEL_GRE : TUNNEL_VXLAN;
	segment->tuple.tunnel_id = scenario->tunnel_id;
}

struct segment *reader_add_packet(struct reader *reader, const struct packet *packet)
{
	struct scenario_event *event = add_event(reader, packet->line, packet->at_ns);
	struct side_memory *side = &reader->side[packet->sender];
	struct segment *segment;

	if (event == NULL)
		return NULL;
	segment = &event->segment;
	event->sender = packet->sender;
	event->state[0] = packet->state[0];
	event->state[1] = packet->state[1];
	segment->seq = packet->seq;
	segment->ack = packet->ack;
	segment->flags = packet->flags;
	segment->payload_bytes = packet->payload_bytes;
	segment->window = reader->window;
	segment->ip_id = ++side->ip_id;
	segment->ttl = side->ttl;
	segment->window_scale = SEGMENT_NO_WINDOW_SCALE;
	segment->look = packet->payload_bytes > 0 ? PAYLOAD_UNKNOWN : PAYLOAD_UNSEEN;
	segment->link = 1U + packet->sender;
	if (reader->timestamps)
		stamp(reader, packet->sender, segment);
	enter_tunnel(reader->scenario, segment);
	return segment;
}

/* The frame's length on the wire, by the options that the segment came to have. */
static void measure(const struct reader *reader, struct segment *segment)
{
	uint32_t ip_bytes = reader->scenario->network == SCENARIO_IPV4 ? 20 : 40;
	uint32_t option_bytes = 0;

	if (reader->scenario->network == SCENARIO_IPV6_EXTENDED)
		ip_bytes += SCENARIO_EXTENSION_BYTES;
	option_bytes += segment->mss != 0 ? 4 : 0;
	option_bytes += segment->window_scale != SEGMENT_NO_WINDOW_SCALE ? 4 : 0;
	option_bytes += (segment->marks & SEGMENT_TIMESTAMPS) != 0 ? 12 : 0;
	option_bytes += (segment->marks & SEGMENT_BAD_OPTIONS) != 0 ? 4 : 0;
	option_bytes += (segment->marks & SEGMENT_FAST_OPEN) != 0 ? 12 : 0;
	if ((segment->marks & SEGMENT_MULTIPATH) != 0)
		option_bytes += (segment->marks & SEGMENT_FAST_CLOSE) != 0 ? 12 : 4;
	option_bytes += (segment->marks & SEGMENT_DSACK) != 0 ? 12 : 0;
	if (reader->scenario->tunnel == SCENARIO_GRE)
		ip_bytes += SCENARIO_GRE_BYTES;
	if (reader->scenario->tunnel == SCENARIO_VXLAN)
		ip_bytes += SCENARIO_VXLAN_BYTES;
	segment->frame_bytes = SCENARIO_ETHERNET_BYTES + 4U * segment->tuple.vlan_count + ip_bytes +
			       TCP_HEADER_BYTES + option_bytes + segment->payload_bytes;
}

static bool paced(struct reader *reader, uint8_t sender, uint8_t flags, uint32_t seq,
		  uint32_t payload_bytes, uint32_t ack)
{
	bool first = reader->scenario->count == 0;
	struct packet packet = {
		.at_ns = first ? BEGIN_NS : reader->last_ns + PACE_NS,
		.sender = sender,
		.flags = flags,
		.seq = seq,
		.payload_bytes = payload_bytes,
		.ack = ack,
		.state = {STATE_NULL, STATE_NULL},
	};
	struct segment *segment = reader_add_packet(reader, &packet);

	if (segment == NULL)
		return false;
	measure(reader, segment);
	reader->scenario->origin_ns = packet.at_ns;
	reader->has_prelude = true;
	return true;
}

bool reader_handshake(struct reader *reader)
{
	uint32_t a = reader->side[SCENARIO_A].iss, b = reader->side[SCENARIO_B].iss;

	return paced(reader, SCENARIO_A, TCP_SYN, a, 0, 0) &&
	       paced(reader, SCENARIO_B, TCP_SYN | TCP_ACK, b, 0, a + 1) &&
	       paced(reader, SCENARIO_A, TCP_ACK, a + 1, 0, b + 1);
}

bool reader_data(struct reader *reader)
{
	uint32_t a = reader->side[SCENARIO_A].iss + 1, b = reader->side[SCENARIO_B].iss + 1;

	return paced(reader, SCENARIO_A, TCP_PSH | TCP_ACK, a, 100, b) &&
	       paced(reader, SCENARIO_B, TCP_ACK, b, 0, a + 100) &&
	       paced(reader, SCENARIO_B, TCP_PSH | TCP_ACK, b, 200, a + 100) &&
	       paced(reader, SCENARIO_A, TCP_ACK, a + 100, 0, b + 200);
}

bool reader_number(struct reader *reader, const struct line *line, const char *word, uint64_t limit,
		   uint64_t *number)
{
	char *end;

	errno = 0;
	if (!isdigit((unsigned char)word[0]))
		return reader_fail(reader, line->number, "not a number: '%s'", word);
	*number = strtoull(word, &end, 0);
	if (errno != 0 || *end != '\0' || *number > limit)
		return reader_fail(reader, line->number, "not a number up to %llu: '%s'",
				   (unsigned long long)limit, word);
	return true;
}

/* Seconds with up to nine decimals, exactly. */
static bool seconds(const char *word, int64_t *ns)
{
	int64_t unit = NS_PER_S, whole = 0, fraction = 0;
	const char *at = word;

	for (; isdigit((unsigned char)*at) && whole < 100000000; at++)
		whole = 10 * whole + (*at - '0');
	if (*at == '.') {
		for (at++; isdigit((unsigned char)*at) && unit > 1; at++) {
			unit /= 10;
			fraction += unit * (*at - '0');
		}
	}
	*ns = whole * NS_PER_S + fraction;
	return *at == '\0' && at != word;
}

bool reader_time(struct reader *reader, const struct line *line, const char *word, int64_t *at_ns)
{
	int64_t given_ns;

	if (strchr("+-@", word[0]) == NULL || !seconds(word + 1, &given_ns))
		return reader_fail(reader, line->number, "not a time: '%s'", word);
	if (reader->scenario->count == 0) {
		*at_ns = BEGIN_NS + given_ns;
		reader->scenario->origin_ns = *at_ns;
		return true;
	}
	if (word[0] == '-')
		given_ns = -given_ns;
	*at_ns = given_ns + (word[0] == '@' ? reader->scenario->origin_ns : reader->last_ns);
	if (*at_ns < reader->last_ns && word[0] != '-')
		return reader_fail(reader, line->number, "time goes back: '%s'", word);
	return true;
}

static bool read_flags(struct reader *reader, const struct line *line, const char *word,
		       uint8_t *flags)
{
	static const char letters[] = "FSRPAUEC";

	*flags = 0;
	if (strcmp(word, "-") == 0)
		return true;
	for (; *word != '\0'; word++) {
		const char *letter = strchr(letters, *word);

		if (letter == NULL)
			return reader_fail(reader, line->number, "flags are of %s: '%c'", letters,
					   *word);
		*flags |= (uint8_t)(1U << (letter - letters));
	}
	return true;
}

/* "1101:1151(50)", where the second number must be the first plus the third. */
static bool read_span(struct reader *reader, const struct line *line, const char *word,
		      struct packet *packet)
{
	unsigned long long begin, end, bytes;
	int used = 0;

	if (sscanf(word, "%llu:%llu(%llu)%n", &begin, &end, &bytes, &used) != 3 ||
	    word[used] != '\0' || begin > UINT32_MAX || bytes > PAYLOAD_MAX)
		return reader_fail(reader, line->number, "not FIRST:LAST(BYTES): '%s'", word);
	if ((uint32_t)(begin + bytes) != end)
		return reader_fail(reader, line->number, "%llu bytes from %llu end at %llu", bytes,
				   begin, (begin + bytes) & UINT32_MAX);
	packet->seq = (uint32_t)begin;
	packet->payload_bytes = (uint32_t)bytes;
	return true;
}

/* A state as RFC 9293 spells it, or "-". */
static bool read_state(struct reader *reader, const struct line *line, const char *word,
		       enum state *state)
{
	char lower[SCENARIO_WORD_MAX];
	size_t length = strlen(word);

	*state = STATE_NULL;
	if (strcmp(word, "-") == 0)
		return true;
	for (size_t i = 0; i <= length && i < sizeof lower; i++)
		lower[i] = (char)(word[i] == '-' ? '_' : tolower((unsigned char)word[i]));
	for (unsigned value = 0; length < sizeof lower && value < STATE_COUNT; value++) {
		if (strcmp(lower, state_word(value)) == 0) {
			*state = (enum state)value;
			return true;
		}
	}
	return reader_fail(reader, line->number, "no such state: '%s'", word);
}

static bool read_states(struct reader *reader, struct line *line, struct packet *packet)
{
	for (unsigned i = 0; i < line->count; i++) {
		if (strcmp(line->word[i], "|") != 0)
			continue;
		if (line->count != i + 3)
			return reader_fail(reader, line->number, "after | stand two states");
		if (!read_state(reader, line, line->word[i + 1], &packet->state[0]) ||
		    !read_state(reader, line, line->word[i + 2], &packet->state[1]))
			return false;
		line->count = i;
	}
	return true;
}

/* A detail of a packet: its word, how many numbers follow it, their limit, and what it sets. */
struct detail {
	const char *word;
	unsigned numbers;
	uint64_t limit;
	void (*set)(struct segment *segment, const uint64_t *number);
};

static void set_window(struct segment *segment, const uint64_t *number)
{
	segment->window = (uint16_t)number[0];
}

static void set_id(struct segment *segment, const uint64_t *number)
{
	segment->ip_id = (uint16_t)number[0];
}

static void set_ttl(struct segment *segment, const uint64_t *number)
{
	segment->ttl = (uint8_t)number[0];
}

static void set_mss(struct segment *segment, const uint64_t *number)
{
	segment->mss = (uint16_t)number[0];
}

static void set_window_scale(struct segment *segment, const uint64_t *number)
{
	segment->window_scale = (uint8_t)number[0];
}

static void set_link(struct segment *segment, const uint64_t *number)
{
	segment->link = (uint32_t)number[0];
}

static void set_bad_options(struct segment *segment, const uint64_t *number)
{
	(void)number;
	segment->marks |= SEGMENT_BAD_OPTIONS;
}

static void set_bad_checksum(struct segment *segment, const uint64_t *number)
{
	(void)number;
	segment->marks |= SEGMENT_BAD_CHECKSUM;
}

static void set_vlan(struct segment *segment, const uint64_t *number)
{
	segment->tuple.vlan[0] = (uint16_t)number[0];
	segment->tuple.vlan_count = 1;
}

static void set_timestamps(struct segment *segment, const uint64_t *number)
{
	segment->marks |= SEGMENT_TIMESTAMPS;
	segment->tsval = (uint32_t)number[0];
	segment->tsecr = (uint32_t)number[1];
}

static void set_fast_open(struct segment *segment, const uint64_t *number)
{
	(void)number;
	segment->marks |= SEGMENT_FAST_OPEN;
}

static void set_multipath(struct segment *segment, const uint64_t *number)
{
	(void)number;
	segment->marks |= SEGMENT_MULTIPATH;
}

static void set_dsack(struct segment *segment, const uint64_t *number)
{
	(void)number;
	segment->marks |= SEGMENT_DSACK;
}

static void set_fast_close(struct segment *segment, const uint64_t *number)
{
	(void)number;
	segment->marks |= SEGMENT_MULTIPATH | SEGMENT_FAST_CLOSE;
}

static void set_multipath_reset(struct segment *segment, const uint64_t *number)
{
	segment->marks |= SEGMENT_MULTIPATH | SEGMENT_MULTIPATH_RESET;
	segment->reset_reason = (uint8_t)number[0];
}

static const struct detail details[] = {
	{"mac", 1, UINT16_MAX, set_link},    {"badoption", 0, 0, set_bad_options},
	{"badsum", 0, 0, set_bad_checksum},  {"win", 1, UINT16_MAX, set_window},
	{"id", 1, UINT16_MAX, set_id},       {"ttl", 1, UINT8_MAX, set_ttl},
	{"mss", 1, UINT16_MAX, set_mss},     {"wscale", 1, 14, set_window_scale},
	{"vlan", 1, 4094, set_vlan},         {"ts", 2, UINT32_MAX, set_timestamps},
	{"fastopen", 0, 0, set_fast_open},   {"multipath", 0, 0, set_multipath},
	{"fastclose", 0, 0, set_fast_close}, {"tcprst", 1, UINT8_MAX, set_multipath_reset},
	{"dsack", 0, 0, set_dsack},
};

static const struct detail *find_detail(const char *word)
{
	for (size_t i = 0; i < sizeof details / sizeof details[0]; i++) {
		if (strcmp(details[i].word, word) == 0)
			return &details[i];
	}
	return NULL;
}

static struct scenario_event *last_event(const struct reader *reader)
{
	return &reader->scenario->event[reader->scenario->count - 1];
}

/* The packet travels in two frames, and is judged with the second. */
static bool fragment_packet(struct reader *reader, const struct line *line,
			    struct scenario_event *event)
{
	if (reader->scenario->network != SCENARIO_IPV4 ||
	    reader->scenario->tunnel != SCENARIO_NO_TUNNEL ||
	    event->segment.payload_bytes <= SCENARIO_FIRST_FRAGMENT_BYTES)
		return reader_fail(reader, line->number,
				   "a fragment is IPv4 without a tunnel, with more than %d bytes",
				   SCENARIO_FIRST_FRAGMENT_BYTES);
	event->fragmented = true;
	event->segment.marks |= SEGMENT_FRAGMENT;
	event->segment.number++;
	reader->scenario->second_fragments++;
	return true;
}

/* `payload WORD`: what the payload's first bytes look like. */
static bool read_payload(struct reader *reader, const struct line *line, unsigned at,
			 struct segment *segment)
{
	enum payload_look look;

	if (at == line->count || !scenario_payload_named(line->word[at], &look))
		return reader_fail(reader, line->number, "'payload' needs a word of its list");
	if (!scenario_payload_fits(look, segment->payload_bytes))
		return reader_fail(reader, line->number, "%u bytes cannot look like '%s'",
				   segment->payload_bytes, line->word[at]);
	segment->look = (uint8_t)look;
	return true;
}

/* Applies the words from `at` on: `copy`, `payload`, what only the frame shows, and the table's
 * details. */
static bool apply_details(struct reader *reader, const struct line *line, unsigned at,
			  uint8_t sender, struct segment *segment)
{
	while (at < line->count) {
		const char *word = line->word[at++];
		const struct detail *detail = find_detail(word);
		uint64_t number[2] = {0};

		if (strcmp(word, "copy") == 0) {
			segment->ip_id = --reader->side[sender].ip_id;
			continue;
		}
		if (strcmp(word, "payload") == 0) {
			if (!read_payload(reader, line, at++, segment))
				return false;
			continue;
		}
		if (strcmp(word, "nat") == 0 || strcmp(word, "tso") == 0) {
			struct scenario_event *event = last_event(reader);

			event->behind_nat |= word[0] == 'n';
			event->no_total_length |= word[0] == 't';
			continue;
		}
		if (strcmp(word, "fragment") == 0) {
			if (!fragment_packet(reader, line, last_event(reader)))
				return false;
			continue;
		}
		if (detail == NULL || line->count - at < detail->numbers)
			return reader_fail(reader, line->number, "not a detail, or cut short: '%s'",
					   word);
		for (unsigned i = 0; i < detail->numbers; i++) {
			if (!reader_number(reader, line, line->word[at++], detail->limit,
					   &number[i]))
				return false;
		}
		detail->set(segment, number);
	}
	return true;
}

static bool read_direction(struct reader *reader, const struct line *line, struct packet *packet)
{
	if (strcmp(line->word[1], ">") == 0)
		packet->sender = SCENARIO_A;
	else if (strcmp(line->word[1], "<") == 0)
		packet->sender = SCENARIO_B;
	else
		return reader_fail(reader, line->number, "a direction is > or <: '%s'",
				   line->word[1]);
	return true;
}

/* Reads `ack N`, which a packet with the ACK bit must have. */
static bool read_ack(struct reader *reader, const struct line *line, unsigned *at,
		     struct packet *packet)
{
	uint64_t ack = 0;

	if (*at + 1 < line->count && strcmp(line->word[*at], "ack") == 0) {
		if (!reader_number(reader, line, line->word[*at + 1], UINT32_MAX, &ack))
			return false;
		*at += 2;
	} else if ((packet->flags & TCP_ACK) != 0) {
		return reader_fail(reader, line->number, "flag A without 'ack N'");
	}
	packet->ack = (uint32_t)ack;
	return true;
}

/* Takes `repeat N` off the line's end. */
static bool read_repeat(struct reader *reader, struct line *line, uint64_t *times)
{
	*times = 1;
	if (line->count < 2 || strcmp(line->word[line->count - 2], "repeat") != 0)
		return true;
	line->count -= 2;
	if (!reader_number(reader, line, line->word[line->count + 1], REPEAT_MAX, times))
		return false;
	if (*times == 0 || reader->scenario->count == 0)
		return reader_fail(reader, line->number,
				   "'repeat' needs a number above 0, and a packet before it");
	return true;
}

/* Adds the packet, its details being the words from `at` on. */
static bool add_detailed(struct reader *reader, const struct line *line, unsigned at,
			 const struct packet *packet)
{
	struct segment *segment = reader_add_packet(reader, packet);

	if (segment == NULL || !apply_details(reader, line, at, packet->sender, segment))
		return false;
	measure(reader, segment);
	if (last_event(reader)->fragmented)
		segment->frame_bytes += SCENARIO_ETHERNET_BYTES + SCENARIO_IPV4_BYTES +
					4U * segment->tuple.vlan_count;
	return true;
}

bool reader_packet(struct reader *reader, struct line *line)
{
	struct packet packet = {.line = line->number, .state = {STATE_NULL, STATE_NULL}};
	int64_t before_ns = reader->last_ns, apart_ns;
	uint64_t times;
	unsigned at = 4;

	if (!read_states(reader, line, &packet) || !read_repeat(reader, line, &times))
		return false;
	if (line->count < at)
		return reader_fail(reader, line->number,
				   "a packet is TIME > FLAGS FIRST:LAST(BYTES)");
	if (!reader_time(reader, line, line->word[0], &packet.at_ns) ||
	    !read_direction(reader, line, &packet) ||
	    !read_flags(reader, line, line->word[2], &packet.flags) ||
	    !read_span(reader, line, line->word[3], &packet) ||
	    !read_ack(reader, line, &at, &packet))
		return false;
	apart_ns = packet.at_ns - before_ns;
	for (; times > 0; times--, packet.at_ns += apart_ns) {
		if (!add_detailed(reader, line, at, &packet))
			return false;
	}
	return true;
}
