#define _POSIX_C_SOURCE 200809L
#include "sink/text_phrase.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { DIGITS_MAX = 20 };

static const int64_t ns_per_us = 1000;
static const int64_t ns_per_ms = 1000000;
static const int64_t ns_per_s = 1000000000;

/* Three digits of ns / unit_ns: "1.23", "12.3", "123". */
static void write_three_digits(struct phrase *phrase, int64_t ns, int64_t unit_ns, const char *unit)
{
	int64_t thousandths = ns / (unit_ns / 1000);
	int64_t whole = thousandths / 1000;

	if (whole >= 100)
		snprintf(phrase->text, sizeof(phrase->text), "%" PRId64 " %s", whole, unit);
	else if (whole >= 10)
		snprintf(phrase->text, sizeof(phrase->text), "%" PRId64 ".%" PRId64 " %s", whole,
			 thousandths % 1000 / 100, unit);
	else
		snprintf(phrase->text, sizeof(phrase->text), "%" PRId64 ".%02" PRId64 " %s", whole,
			 thousandths % 1000 / 10, unit);
}

static void write_two_units(struct phrase *phrase, int64_t seconds)
{
	static const struct {
		int64_t seconds, per_big;
		const char *big, *small;
	} steps[] = {{86400, 3600, "d", "h"}, {3600, 60, "h", "m"}, {60, 1, "m", "s"}};
	size_t i = 0;

	while (i < 2 && seconds < steps[i].seconds)
		i++;
	snprintf(phrase->text, sizeof(phrase->text), "%" PRId64 " %s %02" PRId64 " %s",
		 seconds / steps[i].seconds, steps[i].big,
		 seconds % steps[i].seconds / steps[i].per_big, steps[i].small);
}

const char *phrase_duration(struct phrase *phrase, int64_t duration_ns, enum text_charset charset)
{
	int64_t ns = duration_ns > 0 ? duration_ns : 0;

	if (ns < ns_per_us)
		snprintf(phrase->text, sizeof(phrase->text), "%" PRId64 "%s", ns,
			 ns == 0 ? " s" : " ns");
	else if (ns < ns_per_ms)
		write_three_digits(phrase, ns, ns_per_us, charset == TEXT_ASCII ? "us" : "µs");
	else if (ns < ns_per_s)
		write_three_digits(phrase, ns, ns_per_ms, "ms");
	else if (ns < 60 * ns_per_s)
		write_three_digits(phrase, ns, ns_per_s, "s");
	else
		write_two_units(phrase, ns / ns_per_s);
	return phrase->text;
}

/* Splits `ts_ns` into a UTC calendar time and the nanoseconds beyond its second. */
static struct tm split_time(int64_t ts_ns, int64_t *rest_ns)
{
	int64_t seconds = ts_ns / ns_per_s;
	struct tm split = {0};

	*rest_ns = ts_ns % ns_per_s;
	if (*rest_ns < 0) {
		*rest_ns += ns_per_s;
		seconds--;
	}
	gmtime_r(&(time_t){(time_t)seconds}, &split);
	return split;
}

const char *phrase_clock(struct phrase *phrase, int64_t ts_ns)
{
	int64_t rest_ns;
	struct tm split = split_time(ts_ns, &rest_ns);

	snprintf(phrase->text, sizeof(phrase->text), "%02d:%02d:%02d.%03" PRId64, split.tm_hour,
		 split.tm_min, split.tm_sec, rest_ns / ns_per_ms);
	return phrase->text;
}

const char *phrase_date(struct phrase *phrase, int64_t ts_ns)
{
	int64_t rest_ns;
	struct tm split = split_time(ts_ns, &rest_ns);

	snprintf(phrase->text, sizeof(phrase->text), "%04d-%02d-%02d", split.tm_year + 1900,
		 split.tm_mon + 1, split.tm_mday);
	return phrase->text;
}

const char *phrase_number(struct phrase *phrase, uint64_t number)
{
	char digits[DIGITS_MAX + 1];
	int count = snprintf(digits, sizeof(digits), "%" PRIu64, number);
	size_t used = 0;

	for (int i = 0; i < count; i++) {
		if (i > 0 && (count - i) % 3 == 0)
			phrase->text[used++] = ',';
		phrase->text[used++] = digits[i];
	}
	phrase->text[used] = '\0';
	return phrase->text;
}

const char *phrase_count(struct phrase *phrase, uint64_t count, const char *noun)
{
	struct phrase number;

	snprintf(phrase->text, sizeof(phrase->text), "%s %.100s%s", phrase_number(&number, count),
		 noun, count == 1 ? "" : "s");
	return phrase->text;
}

const char *phrase_share(struct phrase *phrase, uint64_t part, uint64_t whole)
{
	uint64_t percent = (part * 100 + whole / 2) / whole;

	if (percent == 0 && part > 0)
		percent = 1;
	if (percent == 100 && part < whole)
		percent = 99;
	snprintf(phrase->text, sizeof(phrase->text), "%" PRIu64 " %%", percent);
	return phrase->text;
}

const char *phrase_address(struct phrase *phrase, const uint8_t *address, unsigned ip_version)
{
	int family = ip_version == 6 ? AF_INET6 : AF_INET;

	if (inet_ntop(family, address, phrase->text, (socklen_t)sizeof(phrase->text)) == NULL)
		snprintf(phrase->text, sizeof(phrase->text), "?");
	return phrase->text;
}

static void append_end(struct phrase *phrase, const uint8_t *address, uint16_t port,
		       unsigned ip_version)
{
	struct phrase words;
	char number[8];

	phrase_append(phrase, ip_version == 6 ? "[" : "");
	phrase_append(phrase, phrase_address(&words, address, ip_version));
	phrase_append(phrase, ip_version == 6 ? "]:" : ":");
	snprintf(number, sizeof(number), "%u", (unsigned)port);
	phrase_append(phrase, number);
}

const char *phrase_end(struct phrase *phrase, const struct report_envelope *envelope, unsigned side)
{
	phrase_set(phrase, "");
	append_end(phrase, envelope->addr[side], envelope->port[side], envelope->ip_version);
	return phrase->text;
}

const char *phrase_tuple(struct phrase *phrase, const struct report_envelope *envelope,
			 enum orientation orientation)
{
	phrase_set(phrase, "");
	append_end(phrase, envelope->addr[REPORT_CLIENT], envelope->port[REPORT_CLIENT],
		   envelope->ip_version);
	phrase_append(phrase, orientation == ORIENTATION_UNKNOWN ? " <> " : " > ");
	append_end(phrase, envelope->addr[REPORT_SERVER], envelope->port[REPORT_SERVER],
		   envelope->ip_version);
	return phrase->text;
}

const char *phrase_port(struct phrase *phrase, const uint8_t *address, uint16_t port,
			unsigned ip_version)
{
	phrase_set(phrase, "");
	append_end(phrase, address, port, ip_version);
	return phrase->text;
}

const char *phrase_service(struct phrase *phrase, const uint8_t address[2][16],
			   uint16_t server_port, unsigned ip_version)
{
	phrase_address(phrase, address[REPORT_CLIENT], ip_version);
	phrase_append(phrase, " > ");
	append_end(phrase, address[REPORT_SERVER], server_port, ip_version);
	return phrase->text;
}

const char *phrase_who(enum who who, enum orientation orientation)
{
	bool known = orientation != ORIENTATION_UNKNOWN;

	switch (who) {
	case WHO_CLIENT:
		return known ? "client" : "left";
	case WHO_SERVER:
		return known ? "server" : "right";
	case WHO_BOTH:
		return "both";
	case WHO_THIRD_PARTY:
		return "a third party";
	case WHO_NULL:
		break;
	}
	return "one side";
}

const char *phrase_state(struct phrase *phrase, enum state state)
{
	const char *word = state_word(state);

	phrase_set(phrase, word != NULL ? word : "unknown");
	if (word == NULL)
		return phrase->text;
	for (char *letter = phrase->text; *letter != '\0'; letter++) {
		if (*letter == '_')
			*letter = '-';
		else if (*letter >= 'a' && *letter <= 'z')
			*letter = (char)(*letter - 'a' + 'A');
	}
	return phrase->text;
}

void phrase_set(struct phrase *phrase, const char *text)
{
	snprintf(phrase->text, sizeof(phrase->text), "%s", text);
}

void phrase_append(struct phrase *phrase, const char *text)
{
	size_t used = strlen(phrase->text);

	snprintf(phrase->text + used, sizeof(phrase->text) - used, "%s", text);
}
