#define _POSIX_C_SOURCE 200809L

#include "sink/json_values.h"

#include "sink/twins.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static const int64_t second_ns = 1000000000;
static const int64_t day_s = 86400;

/* Division that rounds down also below zero. */
static int64_t floor_div(int64_t value, int64_t by)
{
	return value / by - (value % by < 0);
}

struct date {
	unsigned year; /* 1677 to 2262: more does not fit into 64 bits of nanoseconds */
	unsigned month;
	unsigned day;
};

/* The Gregorian date of a day counted from 1970-01-01; years are taken from March, so that leap
 * days come last. */
static struct date date_of(int64_t day)
{
	int64_t since = day + 719468; /* from 0000-03-01 */
	int64_t era = floor_div(since, 146097);
	int64_t in_era = since - era * 146097;
	int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * in_year + 2) / 153; /* 0: March */
	return (struct date){
		.year = (unsigned)(year + era * 400 + (month >= 10)),
		.month = (unsigned)(month < 10 ? month + 3 : month - 9),
		.day = (unsigned)(in_year - (153 * month + 2) / 5 + 1),
	};
}

/* Writes so many decimal digits and what follows them; returns where to go on. */
static char *put_digits(char *at, unsigned digits, unsigned value, char follows)
{
	at = writer_fixed_digits(at, digits, value);
	*at = follows;
	return at + 1;
}

static void put_second(char text[WRITER_SECOND_BYTES], int64_t second)
{
	int64_t day = floor_div(second, day_s);
	unsigned in_day = (unsigned)(second - day * day_s);
	struct date date = date_of(day);
	char *at = put_digits(text, 4, date.year, '-');
	at = put_digits(at, 2, date.month, '-');
	at = put_digits(at, 2, date.day, 'T');
	at = put_digits(at, 2, in_day / 3600, ':');
	at = put_digits(at, 2, in_day / 60 % 60, ':');
	put_digits(at, 2, in_day % 60, '.');
}

char *value_put_time(char *at, int64_t ts_ns, unsigned digits, struct writer_second *last)
{
	uint64_t fraction = (uint64_t)ts_ns - last->begin_ns;

	if (!last->known || fraction >= (uint64_t)second_ns) {
		int64_t second = floor_div(ts_ns, second_ns);

		put_second(last->text, second);
		last->begin_ns = (uint64_t)second * (uint64_t)second_ns;
		last->known = true;
		fraction = (uint64_t)ts_ns - last->begin_ns;
	}
	memcpy(at, last->text, sizeof last->text);
	at = writer_fixed_digits(at + sizeof last->text, digits == 9 ? 9 : 6,
				 digits == 9 ? fraction : fraction / 1000);
	*at = 'Z';
	return at + 1;
}

struct value_text value_timestamp(int64_t ts_ns, unsigned digits)
{
	struct writer_second none = {.known = false};
	struct value_text value;

	*value_put_time(value.text, ts_ns, digits, &none) = '\0';
	return value;
}

void value_write_time(struct writer *writer, const char *key, int64_t ts_ns, unsigned digits)
{
	size_t key_bytes = writer_key_bytes(key);
	char *at = writer_room(writer, key_bytes + VALUE_TEXT_MAX + WRITER_KEY_EXTRA);

	if (at == NULL)
		return;
	at = writer_key(at, key, key_bytes);
	*at++ = '"';
	at = value_put_time(at, ts_ns, digits, &writer->last);
	*at++ = '"';
	*at++ = ',';
	writer_take(writer, at);
}

struct value_text value_address(const uint8_t *address, unsigned ip_version)
{
	struct value_text value = {.text = ""};
	char *at = value.text;

	if (ip_version != 4) {
		inet_ntop(AF_INET6, address, value.text, sizeof value.text);
		return value;
	}
	for (unsigned i = 0; i < 4; i++) {
		at = writer_digits(at, address[i]);
		*at++ = '.';
	}
	at[-1] = '\0';
	return value;
}

struct value_text value_flags_hex(uint8_t flags)
{
	static const char hex[] = "0123456789abcdef";
	return (struct value_text){.text = {hex[flags >> 4], hex[flags & 0xf]}};
}

struct value_text value_flags_letters(uint8_t flags)
{
	static const char letters[] = "FSRPAUEC"; /* from TCP_FIN up */
	struct value_text value = {.text = ""};
	size_t length = 0;
	for (unsigned bit = 0; bit < 8; bit++) {
		if (flags >> bit & 1)
			value.text[length++] = letters[bit];
	}
	return value;
}

struct value_text value_linktype(unsigned linktype)
{
	struct value_text value;
	const char *name = source_linktype_name(linktype);
	if (name != NULL)
		snprintf(value.text, sizeof value.text, "%s", name);
	else
		snprintf(value.text, sizeof value.text, "linktype_%u", linktype);
	return value;
}

int64_t value_span(int64_t start, int64_t end)
{
	if (end <= start)
		return 0;
	uint64_t span = (uint64_t)end - (uint64_t)start;
	return span > INT64_MAX ? INT64_MAX : (int64_t)span;
}

unsigned value_flow_end_reason(enum reason reason)
{
	static const unsigned by_reason[REASON_COUNT + 1] = {
		[REASON_IDLE_TIMEOUT] = 1, [REASON_CLOSED] = 3,      [REASON_RESET] = 3,
		[REASON_REUSED] = 3,       [REASON_CAPTURE_END] = 4, [REASON_SHUTDOWN] = 4,
		[REASON_EVICTED] = 5,      [REASON_NULL] = 4,
	};
	return by_reason[reason];
}

static const char *source_name(const struct sink_config *config, enum sink_sources sources,
			       const struct report_envelope *envelope)
{
	return config->sources == sources && envelope->source < config->source_count
		       ? config->source_name[envelope->source]
		       : NULL;
}

const char *value_file_name(const struct sink_config *config,
			    const struct report_envelope *envelope)
{
	return source_name(config, SINK_FILES, envelope);
}

const char *value_interface_name(const struct sink_config *config,
				 const struct report_envelope *envelope)
{
	return source_name(config, SINK_INTERFACES, envelope);
}

struct value_text value_first_name(const char *names)
{
	struct value_text value;

	snprintf(value.text, sizeof value.text, "%.*s", (int)strcspn(names, " "), names);
	return value;
}

uint64_t value_nat_twin(const struct sink_config *config, const struct report_envelope *envelope)
{
	return twins_find(config->twins, envelope);
}

const char *anomaly_word(unsigned value)
{
	const struct anomaly_row *row = anomaly_row(value);
	return row != NULL ? row->id : NULL;
}
