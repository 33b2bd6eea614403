#define _POSIX_C_SOURCE 200809L

#include "options/flow_choice.h"

#include "options/values.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

struct end {
	uint8_t addr[16];
	uint16_t port;
	unsigned ip_version;
};

/* Reads an address of `length` characters; false if it is none. */
static bool read_address(const char *text, size_t length, struct end *end)
{
	char address[INET6_ADDRSTRLEN];
	int family = end->ip_version == 6 ? AF_INET6 : AF_INET;

	if (length >= sizeof(address))
		return false;
	memcpy(address, text, length);
	address[length] = '\0';
	return inet_pton(family, address, end->addr) == 1;
}

static bool read_port(const char *text, size_t length, struct end *end)
{
	char digits[8];
	uint64_t port;

	if (length >= sizeof(digits))
		return false;
	memcpy(digits, text, length);
	digits[length] = '\0';
	if (value_count(digits, &port) != VALUE_OK || port > UINT16_MAX)
		return false;
	end->port = (uint16_t)port;
	return true;
}

/* Reads "10.0.0.1:80" or "[::1]:80" and what comes behind it; NULL if there is no such thing. */
static const char *read_end(const char *text, struct end *end)
{
	const char *address = text, *behind;
	size_t digits;

	end->ip_version = *text == '[' ? 6 : 4;
	if (end->ip_version == 6) {
		address = text + 1;
		behind = strchr(address, ']');
		if (behind == NULL || behind[1] != ':' ||
		    !read_address(address, (size_t)(behind - address), end))
			return NULL;
		behind++;
	} else {
		behind = address + strspn(address, "0123456789.");
		if (*behind != ':' || !read_address(address, (size_t)(behind - address), end))
			return NULL;
	}
	digits = strspn(behind + 1, "0123456789");
	return read_port(behind + 1, digits, end) ? behind + 1 + digits : NULL;
}

bool flow_choice_read(const char *text, struct flow_choice *choice)
{
	struct end first = {.port = 0}, second = {.port = 0};
	const char *behind;

	*choice = (struct flow_choice){.by = FLOW_CHOICE_ID};
	if (value_count(text, &choice->id) == VALUE_OK)
		return choice->id != 0;
	behind = read_end(text, &first);
	if (behind == NULL || strspn(behind, " <>-,") == 0)
		return false;
	behind = read_end(behind + strspn(behind, " <>-,"), &second);
	if (behind == NULL || *behind != '\0' || first.ip_version != second.ip_version)
		return false;
	choice->by = FLOW_CHOICE_ENDS;
	choice->ends.ip_version = (uint8_t)first.ip_version;
	tuple_set_ends(&choice->ends, first.addr, first.port, second.addr, second.port);
	return true;
}

static bool has_ends(const struct tuple *ends, const struct report_envelope *envelope)
{
	struct tuple tuple = {.ip_version = envelope->ip_version};

	tuple_set_ends(&tuple, envelope->addr[REPORT_CLIENT], envelope->port[REPORT_CLIENT],
		       envelope->addr[REPORT_SERVER], envelope->port[REPORT_SERVER]);
	return tuple_same_ends(&tuple, ends);
}

bool flow_choice_has(const struct flow_choice *choice, const struct report_envelope *envelope)
{
	switch (choice->by) {
	case FLOW_CHOICE_ID:
		return envelope->flow_id == choice->id;
	case FLOW_CHOICE_ENDS:
		return has_ends(&choice->ends, envelope);
	case FLOW_CHOICE_ANY:
		break;
	}
	return true;
}
