#define _POSIX_C_SOURCE 200809L

#include "options/values.h"

#include "core/analyzer.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

struct unit {
	const char *name;
	uint64_t factor;
};

/* The digits that `*text` begins with; moves it behind them. */
static enum value_status read_digits(const char **text, uint64_t *value)
{
	const char *at = *text;
	enum value_status status = VALUE_OK;

	*value = 0;
	for (; *at >= '0' && *at <= '9'; at++) {
		uint64_t digit = (uint64_t)(*at - '0');

		if (*value > (UINT64_MAX - digit) / 10)
			status = VALUE_TOO_LARGE;
		else
			*value = *value * 10 + digit;
	}
	if (at == *text)
		return VALUE_MALFORMED;
	*text = at;
	return status;
}

/* Digits and one of the units, as a number of the smallest one, at most `largest`. */
static enum value_status read_with_unit(const char *text, const struct unit *units,
					size_t unit_count, uint64_t largest, uint64_t *value)
{
	enum value_status status = read_digits(&text, value);

	if (status == VALUE_MALFORMED)
		return status;
	for (size_t i = 0; i < unit_count; i++) {
		if (strcmp(text, units[i].name) != 0)
			continue;
		if (status == VALUE_TOO_LARGE || *value > largest / units[i].factor)
			return VALUE_TOO_LARGE;
		*value *= units[i].factor;
		return VALUE_OK;
	}
	return VALUE_MALFORMED;
}

enum value_status value_count(const char *text, uint64_t *count)
{
	static const struct unit units[] = {{"", 1}};

	return read_with_unit(text, units, 1, UINT64_MAX, count);
}

enum value_status value_size(const char *text, uint64_t *size_bytes)
{
	static const struct unit units[] = {
		{"", 1},
		{"K", UINT64_C(1) << 10},
		{"M", UINT64_C(1) << 20},
		{"G", UINT64_C(1) << 30},
		{"T", UINT64_C(1) << 40},
	};

	return read_with_unit(text, units, sizeof(units) / sizeof(units[0]), UINT64_MAX,
			      size_bytes);
}

enum value_status value_duration(const char *text, int64_t *duration_ns)
{
	static const struct unit units[] = {
		{"", 1000000000},
		{"ns", 1},
		{"us", 1000},
		{"ms", 1000000},
		{"s", 1000000000},
		{"m", UINT64_C(60) * 1000000000},
		{"h", UINT64_C(3600) * 1000000000},
		{"d", UINT64_C(86400) * 1000000000},
	};
	uint64_t value;
	enum value_status status = read_with_unit(text, units, sizeof(units) / sizeof(units[0]),
						  VALUE_DURATION_MAX_NS, &value);

	if (status == VALUE_OK)
		*duration_ns = (int64_t)value;
	return status;
}

enum value_status value_net(const char *text, struct analyzer_net *net)
{
	char address[INET6_ADDRSTRLEN];
	size_t length = strcspn(text, "/");
	bool four = memchr(text, ':', length) == NULL;
	uint64_t most = four ? 32 : 128, bits = most;

	if (length >= sizeof(address))
		return VALUE_MALFORMED;
	memcpy(address, text, length);
	address[length] = '\0';
	*net = (struct analyzer_net){.ip_version = four ? 4 : 6};
	if (inet_pton(four ? AF_INET : AF_INET6, address, net->addr) != 1)
		return VALUE_MALFORMED;
	if (text[length] == '/' &&
	    (value_count(text + length + 1, &bits) != VALUE_OK || bits > most))
		return VALUE_MALFORMED;
	net->bits = (uint8_t)bits;
	return VALUE_OK;
}
