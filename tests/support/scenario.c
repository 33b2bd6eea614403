#define _POSIX_C_SOURCE 200809L

#include "support/scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/scenario_internal.h"

static const uint8_t address_a[2][16] = {
	{10, 0, 0, 1},
	{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
};
static const uint8_t address_b[2][16] = {
	{10, 0, 0, 2},
	{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2},
};

/* A directive: its word, how many words follow it (SIZE_MAX: any number), and what it does. */
struct directive {
	const char *word;
	size_t arguments;
	bool (*apply)(struct reader *reader, struct line *line);
};

static bool before_packets(struct reader *reader, const struct line *line)
{
	if (reader->scenario->count == 0)
		return true;
	return reader_fail(reader, line->number, "'%s' must stand before the first packet",
			   line->word[0]);
}

static bool apply_iss(struct reader *reader, struct line *line)
{
	uint64_t a, b;

	if (!before_packets(reader, line) ||
	    !reader_number(reader, line, line->word[1], UINT32_MAX, &a) ||
	    !reader_number(reader, line, line->word[2], UINT32_MAX, &b))
		return false;
	reader->side[SCENARIO_A].iss = (uint32_t)a;
	reader->side[SCENARIO_B].iss = (uint32_t)b;
	return true;
}

static bool apply_ttl(struct reader *reader, struct line *line)
{
	uint64_t a, b;

	if (!reader_number(reader, line, line->word[1], UINT8_MAX, &a) ||
	    !reader_number(reader, line, line->word[2], UINT8_MAX, &b))
		return false;
	reader->side[SCENARIO_A].ttl = (uint8_t)a;
	reader->side[SCENARIO_B].ttl = (uint8_t)b;
	return true;
}

static bool apply_window(struct reader *reader, struct line *line)
{
	uint64_t window;

	if (!reader_number(reader, line, line->word[1], UINT16_MAX, &window))
		return false;
	reader->window = (uint16_t)window;
	return true;
}

static bool apply_ipv6(struct reader *reader, struct line *line)
{
	bool extended = line->count == 2 && strcmp(line->word[1], "extended") == 0;

	if (!before_packets(reader, line))
		return false;
	if (line->count > 1 && !extended)
		return reader_fail(reader, line->number, "'ipv6' or 'ipv6 extended'");
	reader->scenario->network = extended ? SCENARIO_IPV6_EXTENDED : SCENARIO_IPV6;
	return true;
}

static bool apply_timestamps(struct reader *reader, struct line *line)
{
	if (!before_packets(reader, line))
		return false;
	reader->timestamps = true;
	return true;
}

static bool apply_snaplen(struct reader *reader, struct line *line)
{
	uint64_t bytes;

	if (!reader_number(reader, line, line->word[1], SCENARIO_SNAPLEN_MAX, &bytes))
		return false;
	reader->scenario->snaplen_bytes = (uint32_t)bytes;
	return true;
}

static bool apply_offload(struct reader *reader, struct line *line)
{
	const char *side = line->word[1];

	if (strcmp(side, "A") != 0 && strcmp(side, "B") != 0)
		return reader_fail(reader, line->number, "'offload A' or 'offload B'");
	reader->scenario->offloaded[side[0] == 'A' ? SCENARIO_A : SCENARIO_B] = true;
	return true;
}

static bool apply_option(struct reader *reader, struct line *line)
{
	struct scenario *scenario = reader->scenario;

	if (line->count < 2)
		return reader_fail(reader, line->number, "'option' needs one");
	for (unsigned i = 1; i < line->count; i++) {
		if (scenario->option_count == SCENARIO_OPTIONS_MAX ||
		    strlen(line->word[i]) >= SCENARIO_WORD_MAX)
			return reader_fail(reader, line->number, "too much of options");
		strcpy(scenario->option[scenario->option_count++], line->word[i]);
	}
	return true;
}

static bool apply_handshake(struct reader *reader, struct line *line)
{
	return before_packets(reader, line) && reader_handshake(reader);
}

static bool apply_data(struct reader *reader, struct line *line)
{
	if (!reader->has_prelude)
		return reader_fail(reader, line->number, "'data' needs a handshake before it");
	return reader_data(reader);
}

static bool apply_established(struct reader *reader, struct line *line)
{
	if (!apply_iss(reader, line))
		return false;
	reader->side[SCENARIO_A].iss--;
	reader->side[SCENARIO_B].iss--;
	return reader_handshake(reader);
}

static bool apply_tick(struct reader *reader, struct line *line)
{
	int64_t at_ns;

	return reader_time(reader, line, line->word[1], &at_ns) &&
	       reader_add_tick(reader, line->number, at_ns);
}

static bool apply_mark(struct reader *reader, struct line *line)
{
	if (reader->scenario->count == 0)
		return reader_fail(reader, line->number, "'mark' needs a packet before it");
	reader->scenario->origin_ns = reader->last_ns;
	return true;
}

static bool apply_tunnel(struct reader *reader, struct line *line)
{
	bool gre = strcmp(line->word[1], "gre") == 0;
	uint64_t id;

	if (!before_packets(reader, line) ||
	    !reader_number(reader, line, line->word[2], gre ? UINT32_MAX : 0xffffff, &id))
		return false;
	if (!gre && strcmp(line->word[1], "vxlan") != 0)
		return reader_fail(reader, line->number, "'tunnel gre KEY' or 'tunnel vxlan VNI'");
	reader->scenario->tunnel = gre ? SCENARIO_GRE : SCENARIO_VXLAN;
	reader->scenario->tunnel_id = (uint32_t)id;
	return true;
}

static const struct directive directives[] = {
	{"data", 0, apply_data},
	{"established", 2, apply_established},
	{"handshake", 0, apply_handshake},
	{"ipv6", SIZE_MAX, apply_ipv6},
	{"iss", 2, apply_iss},
	{"mark", 0, apply_mark},
	{"offload", 1, apply_offload},
	{"option", SIZE_MAX, apply_option},
	{"snaplen", 1, apply_snaplen},
	{"tick", 1, apply_tick},
	{"timestamps", 0, apply_timestamps},
	{"ttl", 2, apply_ttl},
	{"tunnel", 2, apply_tunnel},
	{"window", 1, apply_window},
};

static bool read_directive(struct reader *reader, struct line *line)
{
	for (size_t i = 0; i < sizeof directives / sizeof directives[0]; i++) {
		const struct directive *directive = &directives[i];

		if (strcmp(line->word[0], directive->word) != 0)
			continue;
		if (directive->arguments != SIZE_MAX && directive->arguments != line->count - 1)
			return reader_fail(reader, line->number, "'%s' takes %zu words",
					   directive->word, directive->arguments);
		return directive->apply(reader, line);
	}
	return reader_fail(reader, line->number, "neither a packet nor a directive: '%s'",
			   line->word[0]);
}

static bool split(struct reader *reader, char *text, struct line *line)
{
	char *comment = strstr(text, "//");
	char *rest = NULL;

	if (comment != NULL)
		*comment = '\0';
	line->count = 0;
	for (char *word = strtok_r(text, " \t\r\n", &rest); word != NULL;
	     word = strtok_r(NULL, " \t\r\n", &rest)) {
		if (line->count == LINE_WORDS_MAX)
			return reader_fail(reader, line->number, "too many words");
		line->word[line->count++] = word;
	}
	return true;
}

static bool read_line(struct reader *reader, char *text, unsigned number)
{
	struct line line = {.number = number};

	if (!split(reader, text, &line))
		return false;
	if (line.count == 0)
		return true;
	if (strchr("+-@", line.word[0][0]) != NULL)
		return reader_packet(reader, &line);
	return read_directive(reader, &line);
}

static bool read_lines(struct reader *reader, FILE *file)
{
	char *text = NULL;
	size_t room = 0;
	bool good = true;

	for (unsigned number = 1; good && getline(&text, &room, file) >= 0; number++)
		good = read_line(reader, text, number);
	free(text);
	if (good && ferror(file))
		good = reader_fail(reader, 0, "cannot be read");
	return good;
}

/* Of a header that the capture cuts the options are not known; payload that it cuts off cannot be
 * looked at. */
static void cut_headers(struct scenario *scenario)
{
	for (size_t i = 0; i < scenario->count; i++) {
		struct segment *segment = &scenario->event[i].segment;

		if (segment->frame_bytes - segment->payload_bytes >= scenario->snaplen_bytes)
			segment->look = PAYLOAD_UNSEEN;
		if (scenario->event[i].is_tick ||
		    segment->frame_bytes - segment->payload_bytes <= scenario->snaplen_bytes)
			continue;
		segment->marks = SEGMENT_CUT;
		segment->mss = 0;
		segment->tsval = segment->tsecr = 0;
		segment->window_scale = SEGMENT_NO_WINDOW_SCALE;
	}
}

static void give_addresses(struct scenario *scenario)
{
	unsigned six = scenario->network != SCENARIO_IPV4;

	scenario_readdress(scenario, six ? 6 : 4, address_a[six], 40000, address_b[six], 80);
}

struct scenario *scenario_read(const char *path, struct scenario_error *error)
{
	struct scenario *scenario = calloc(1, sizeof *scenario);
	FILE *file = fopen(path, "r");
	struct reader reader = {
		.path = path,
		.scenario = scenario,
		.error = error,
		.side = {{.iss = 1000, .ip_id = 0x1000, .ttl = 64, .tsval = 100000},
			 {.iss = 5000, .ip_id = 0x8000, .ttl = 64, .tsval = 700000}},
		.window = 65535,
	};
	bool good;

	if (scenario != NULL)
		scenario->snaplen_bytes = SCENARIO_SNAPLEN_MAX;
	if (scenario == NULL || file == NULL)
		good = reader_fail(&reader, 0, "cannot be opened");
	else
		good = read_lines(&reader, file);
	if (file != NULL)
		fclose(file);
	if (good && scenario->count == 0)
		good = reader_fail(&reader, 0, "holds no packet");
	if (!good) {
		scenario_free(scenario);
		return NULL;
	}
	give_addresses(scenario);
	cut_headers(scenario);
	return scenario;
}

void scenario_free(struct scenario *scenario)
{
	if (scenario == NULL)
		return;
	free(scenario->event);
	free(scenario);
}

struct scenario *scenario_copy(const struct scenario *scenario)
{
	struct scenario *copy = malloc(sizeof *copy);

	if (copy == NULL)
		return NULL;
	*copy = *scenario;
	copy->event = malloc(scenario->count * sizeof *copy->event);
	if (copy->event == NULL) {
		free(copy);
		return NULL;
	}
	memcpy(copy->event, scenario->event, scenario->count * sizeof *copy->event);
	return copy;
}

/* The index of A. */
static unsigned set_ends(struct scenario_event *event, const uint8_t *a, uint16_t a_port,
			 const uint8_t *b, uint16_t b_port)
{
	struct tuple *tuple = &event->segment.tuple;
	size_t size = tuple->ip_version == 4 ? 4 : 16;
	uint8_t translated[16];

	if (!event->behind_nat)
		return tuple_set_ends(tuple, a, a_port, b, b_port);
	memcpy(translated, a, size);
	translated[size - 1] ^= 0x80;
	return tuple_set_ends(tuple, translated, (uint16_t)(a_port + 1000), b, b_port);
}

void scenario_readdress(struct scenario *scenario, uint8_t ip_version, const uint8_t *a,
			uint16_t a_port, const uint8_t *b, uint16_t b_port)
{
	for (size_t i = 0; i < scenario->count; i++) {
		struct segment *segment = &scenario->event[i].segment;
		uint8_t sender = scenario->event[i].sender;
		unsigned a_index;

		if (scenario->event[i].is_tick)
			continue;
		segment->tuple.ip_version = ip_version;
		a_index = set_ends(&scenario->event[i], a, a_port, b, b_port);
		segment->from = (uint8_t)(sender == SCENARIO_A ? a_index : 1 - a_index);
		if (ip_version == 6)
			segment->ip_id = 0;
	}
}
