/*
 * What the reader of .pkt files shares between its two halves: the file's directives, and the lines
 * of packets.
 */
#ifndef TCPBYE_TESTS_SCENARIO_INTERNAL_H
#define TCPBYE_TESTS_SCENARIO_INTERNAL_H

#include "support/scenario.h"

/* The words of one line, cut at blanks. */
enum { LINE_WORDS_MAX = 24 };

struct line {
	unsigned number;
	unsigned count;
	char *word[LINE_WORDS_MAX];
};

/* What a side's next packet takes from its last ones. */
struct side_memory {
	uint32_t iss;
	uint16_t ip_id;
	uint8_t ttl;
	uint32_t tsval; /* latest sent */
};

struct reader {
	const char *path;
	struct scenario *scenario;
	struct scenario_error *error;
	struct side_memory side[2];
	uint16_t window;
	bool timestamps;
	bool has_prelude;
	int64_t last_ns; /* of the latest event */
	size_t room;
};

/* What a packet line says, before defaults are filled in. */
struct packet {
	unsigned line;
	int64_t at_ns;
	uint8_t sender;
	uint8_t flags;
	uint32_t seq, payload_bytes, ack;
	enum state state[2];
};

/* Reports a mistake; false, for the caller to return. */
bool reader_fail(struct reader *reader, unsigned line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Appends a packet with the defaults of the scenario; NULL with the error set when there is no
 * memory. */
struct segment *reader_add_packet(struct reader *reader, const struct packet *packet);
bool reader_add_tick(struct reader *reader, unsigned line, int64_t at_ns);

/* The handshake of two sides whose initial sequence numbers are known, and the exchange after it.
 */
bool reader_handshake(struct reader *reader);
bool reader_data(struct reader *reader);

/* Reads `+dt` and `@t` in seconds. */
bool reader_time(struct reader *reader, const struct line *line, const char *word, int64_t *at_ns);

/* Reads a decimal or 0x number up to `limit`. */
bool reader_number(struct reader *reader, const struct line *line, const char *word, uint64_t limit,
		   uint64_t *number);

/* Reads a line that is a packet. */
bool reader_packet(struct reader *reader, struct line *line);

#endif
