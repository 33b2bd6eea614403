#include "support/scenario_payload.h"

#include <string.h>

enum { RECORD_HEADER_BYTES = 5, SHORT_BYTES = 19 };

/*
 * A payload's name and its first bytes; the rest is filled up. The length in a TLS record's header
 * is made to fit the whole payload, unless the first bytes are the whole record.
 */
struct kind {
	const char *word;
	enum payload_look look;
	const char *begin;
	uint32_t begin_bytes;
	bool is_record;
};

#define TEXT(text) text, sizeof text - 1

static const struct kind kinds[] = {
	{"request", PAYLOAD_HTTP_REQUEST, TEXT("GET / HTTP/1.1\r\n\r\n"), false},
	{"last-request", PAYLOAD_HTTP_LAST_REQUEST, TEXT("GET / HTTP/1.0\r\n\r\n"), false},
	{"response", PAYLOAD_HTTP_RESPONSE, TEXT("HTTP/1.1 200 OK\r\n\r\n"), false},
	{"last-response", PAYLOAD_HTTP_LAST_RESPONSE,
	 TEXT("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"), false},
	{"tls", PAYLOAD_TLS, TEXT("\x17\x03\x03"), true},
	{"tls-finished", PAYLOAD_TLS_OLD,
	 TEXT("\x14\x03\x03\x00\x01\x01\x16\x03\x03\x00\x10\x30\x31\x32\x33\x34\x35\x36\x37\x38\x39"
	      "\x3a"
	      "\x3b\x3c\x3d\x3e\x3f"),
	 false},
	{"tls-fatal", PAYLOAD_TLS_FATAL, TEXT("\x15\x03\x03\x00\x02\x02\x28"), false},
	{"tls-close-notify", PAYLOAD_TLS_CLOSE_NOTIFY, TEXT("\x15\x03\x03\x00\x02\x01\x00"), false},
	{"tls-alert", PAYLOAD_TLS_ALERT, TEXT("\x15\x03\x03"), true},
	{"tls-short", PAYLOAD_TLS_SHORT, TEXT("\x17\x03\x03"), true},
};

static const struct kind *kind_of(enum payload_look look)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (kinds[i].look == look)
			return &kinds[i];
	}
	return NULL;
}

bool scenario_payload_named(const char *word, enum payload_look *look)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (strcmp(kinds[i].word, word) != 0)
			continue;
		*look = kinds[i].look;
		return true;
	}
	return false;
}

bool scenario_payload_fits(enum payload_look look, uint32_t bytes)
{
	const struct kind *kind = kind_of(look);

	if (kind == NULL)
		return true;
	if (kind->begin[0] < ' ' && !kind->is_record)
		return bytes == kind->begin_bytes;
	if (look == PAYLOAD_TLS_SHORT)
		return bytes == RECORD_HEADER_BYTES + SHORT_BYTES;
	return bytes >= kind->begin_bytes + (kind->is_record ? RECORD_HEADER_BYTES : 0);
}

void scenario_payload_write(enum payload_look look, uint8_t *at, uint32_t bytes)
{
	const struct kind *kind = kind_of(look);
	uint32_t body_bytes = bytes - RECORD_HEADER_BYTES;

	memset(at, 'x', bytes);
	if (kind == NULL)
		return;
	memcpy(at, kind->begin, kind->begin_bytes);
	if (!kind->is_record)
		return;
	at[3] = (uint8_t)(body_bytes >> 8);
	at[4] = (uint8_t)body_bytes;
}
