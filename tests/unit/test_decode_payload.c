/* What the first bytes of a payload look like. */
#include "test_decode_packet.h"

#include "decode/layers.h"

#define TEXT(text) text, sizeof(text) - 1

struct sample {
	const char *bytes;
	size_t count;
	enum payload_look look;
};

static struct packet with_payload(const char *bytes, size_t count)
{
	struct packet packet = {.count = 0};

	put_ipv4(&packet, 6, 20 + (unsigned)count);
	put_tcp(&packet, TCP_ACK | TCP_PSH);
	for (size_t i = 0; i < count; i++)
		put8(&packet, (uint8_t)bytes[i]);
	return packet;
}

static enum payload_look look_at_part(const struct packet *packet, uint32_t captured)
{
	struct decoded decoded =
		decode_part(packet, LINK_RAW, captured, packet->count, DECODE_LOOK_AT_PAYLOAD);

	cr_assert_eq(decoded.verdict, DECODE_TCP);
	return (enum payload_look)decoded.segment.look;
}

static enum payload_look look_at(const char *bytes, size_t count)
{
	struct packet packet = with_payload(bytes, count);

	return look_at_part(&packet, packet.count);
}

static const struct sample http[] = {
	{TEXT("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), PAYLOAD_HTTP_REQUEST},
	{TEXT("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), PAYLOAD_HTTP_LAST_REQUEST},
	{TEXT("GET / HTTP/1.1\r\ncOnNeCtIoN:  Upgrade,\tClOsE \r\n\r\n"),
	 PAYLOAD_HTTP_LAST_REQUEST},
	{TEXT("GET / HTTP/1.1\r\nConnection: closed\r\n\r\n"), PAYLOAD_HTTP_REQUEST},
	{TEXT("GET / HTTP/1.1\r\nX-Connection: close\r\n\r\n"), PAYLOAD_HTTP_REQUEST},
	{TEXT("GET / HTTP/1.1\r\nX: a\r\n\tb\r\nConnection: close\r\n\r\n"),
	 PAYLOAD_HTTP_LAST_REQUEST},
	{TEXT("GET / HTTP/1.1\r\nno field\r\nConnection: close\r\n\r\n"), PAYLOAD_HTTP_REQUEST},
	{TEXT("GET / HTTP/1.0\r\nno field\r\n\r\n"), PAYLOAD_HTTP_REQUEST},
	{TEXT("GET / HTTP/1.1\r\n\r\nConnection: close\r\n"), PAYLOAD_HTTP_REQUEST},
	{TEXT("GET / HTTP/1.1\nConnection: close\n\n"), PAYLOAD_HTTP_LAST_REQUEST},
	{TEXT("POST /x HTTP/1.0\r\n\r\nbody"), PAYLOAD_HTTP_LAST_REQUEST},
	{TEXT("POST /x HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"), PAYLOAD_HTTP_REQUEST},
	{TEXT("POST /x HTTP/1.0\r\nHost: a\r\n"), PAYLOAD_HTTP_REQUEST},
	{TEXT("HEAD / HTTP/1.1\r\n\r\n"), PAYLOAD_HTTP_REQUEST},
	{TEXT("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), PAYLOAD_HTTP_RESPONSE},
	{TEXT("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"), PAYLOAD_HTTP_LAST_RESPONSE},
	{TEXT("HTTP/1.1 200\r\nConnection: close"), PAYLOAD_HTTP_RESPONSE},
	{TEXT("HTTP/1.0 200 OK\r\n\r\n<html>"), PAYLOAD_HTTP_LAST_RESPONSE},
	{TEXT("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n"), PAYLOAD_HTTP_RESPONSE},
	{TEXT("HTTP/2.0 200 OK\r\n\r\n"), PAYLOAD_UNKNOWN},
	{TEXT("GET / HTTP/1.1"), PAYLOAD_UNKNOWN},
	{TEXT("GET /\r\n"), PAYLOAD_UNKNOWN},
	{TEXT("GETTING HTTP/1.1\r\n\r\n"), PAYLOAD_UNKNOWN},
	{TEXT("PRI * HTTP/2.0\r\n\r\n"), PAYLOAD_UNKNOWN},
	{TEXT("x"), PAYLOAD_UNKNOWN},
};

Test(payload, http_messages)
{
	for (size_t i = 0; i < sizeof http / sizeof http[0]; i++)
		cr_expect_eq(look_at(http[i].bytes, http[i].count), http[i].look, "%s",
			     http[i].bytes);
}

#define ALERT_CLOSE "\x15\x03\x03\x00\x02\x01\x00"
#define ALERT_FATAL "\x15\x03\x01\x00\x02\x02\x28"
#define CHANGE      "\x14\x03\x03\x00\x01\x01"
#define DATA_4      "\x17\x03\x03\x00\x04yyyy"
#define DATA_19     "\x17\x03\x03\x00\x13yyyyyyyyyyyyyyyyyyy"

static const struct sample tls[] = {
	{TEXT(DATA_4), PAYLOAD_TLS},
	{TEXT(DATA_4 DATA_4), PAYLOAD_TLS},
	{TEXT("\x16\x03\x01\x00\x04yyyy"), PAYLOAD_TLS},
	{TEXT(ALERT_CLOSE), PAYLOAD_TLS_CLOSE_NOTIFY},
	{TEXT(DATA_4 ALERT_CLOSE), PAYLOAD_TLS_CLOSE_NOTIFY},
	{TEXT(ALERT_CLOSE DATA_4), PAYLOAD_TLS},
	{TEXT(ALERT_FATAL), PAYLOAD_TLS_FATAL},
	{TEXT("\x15\x03\x03\x00\x02\x01\x5a"), PAYLOAD_TLS},
	{TEXT("\x15\x03\x03\x00\x04yyyy"), PAYLOAD_TLS_ALERT},
	{TEXT(DATA_19), PAYLOAD_TLS_SHORT},
	{TEXT(DATA_4 DATA_19), PAYLOAD_TLS_SHORT},
	{TEXT("\x17\x03\x03\x00\x40yyyy"), PAYLOAD_TLS},
	{TEXT(DATA_4 "yyyyyyyy"), PAYLOAD_TLS_CUT},
	{TEXT(CHANGE "\x16\x03\x03\x00\x04yyyy"), PAYLOAD_TLS_OLD},
	{TEXT(CHANGE "\x16\x03\x03\x00\x04yyyy" DATA_4), PAYLOAD_TLS_OLD},
	{TEXT(CHANGE "\x16\x03\x03\x00\x04yyyy" ALERT_CLOSE), PAYLOAD_TLS_CLOSE_NOTIFY},
	{TEXT(CHANGE "\x16\x03\x03\x00\x04\x01yyy"), PAYLOAD_TLS}, /* a second ClientHello */
	{TEXT(CHANGE DATA_4), PAYLOAD_TLS},
	{TEXT("\x17\x03\x05\x00\x04yyyy"), PAYLOAD_UNKNOWN},
	{TEXT("\x17\x02\x03\x00\x04yyyy"), PAYLOAD_UNKNOWN},
	{TEXT("\x13\x03\x03\x00\x04yyyy"), PAYLOAD_UNKNOWN},
	{TEXT("\x17\x03\x03\x00\x00yyyy"), PAYLOAD_UNKNOWN},
	{TEXT("\x17\x03\x03\xff\xffyyyy"), PAYLOAD_UNKNOWN},
	{TEXT("\x17\x03\x03"), PAYLOAD_UNKNOWN},
};

Test(payload, tls_records)
{
	for (size_t i = 0; i < sizeof tls / sizeof tls[0]; i++)
		cr_expect_eq(look_at(tls[i].bytes, tls[i].count), tls[i].look, "sample %zu", i);
}

/* An alert that the capture, or the bound, cuts off must not be missed silently. */
Test(payload, what_lies_too_far_is_told)
{
	char bytes[2000] = "\x17\x03\x03\x06\x40";
	struct packet cut = with_payload(TEXT(DATA_4 ALERT_CLOSE));

	memcpy(bytes + 5 + 1600, ALERT_CLOSE, 7);
	cr_expect_eq(look_at(bytes, 5 + 1600 + 7), PAYLOAD_TLS_CUT);
	cr_expect_eq(look_at_part(&cut, cut.count - 1), PAYLOAD_TLS_CUT);
	cr_expect_eq(look_at_part(&cut, cut.count - 7), PAYLOAD_TLS_CUT);
}

/* Every prefix lies alone in memory, so that an overread is found. */
Test(payload, no_prefix_is_overread)
{
	for (size_t i = 0; i < sizeof http / sizeof http[0]; i++) {
		struct packet packet = with_payload(http[i].bytes, http[i].count);

		for (uint32_t captured = 40; captured < packet.count; captured++)
			cr_assert_neq(look_at_part(&packet, captured), PAYLOAD_TLS);
		cr_expect_eq(look_at_part(&packet, 40), PAYLOAD_UNSEEN);
	}
	for (size_t i = 0; i < sizeof tls / sizeof tls[0]; i++) {
		struct packet packet = with_payload(tls[i].bytes, tls[i].count);

		for (uint32_t captured = 41; captured < packet.count; captured++)
			cr_assert_neq(look_at_part(&packet, captured), PAYLOAD_UNSEEN);
	}
}

Test(payload, looked_at_only_where_asked)
{
	struct packet packet = with_payload(TEXT(ALERT_CLOSE));

	cr_expect_eq(decode_whole(&packet, LINK_RAW).segment.look, PAYLOAD_UNSEEN);
}

/* Where a first byte is enough to know that nothing is known, it is asked alone. */
Test(payload, a_first_byte_tells_where_nothing_is_known)
{
	static const char *const heads[] = {
		"CONNECT a:1 HTTP/1.1\r\n", "DELETE / HTTP/1.1\r\n", "GET / HTTP/1.1\r\n",
		"HEAD / HTTP/1.1\r\n",      "HTTP/1.1 200 OK\r\n",   "OPTIONS * HTTP/1.1\r\n",
		"POST / HTTP/1.1\r\n",      "PUT / HTTP/1.1\r\n",    "PATCH / HTTP/1.1\r\n",
		"TRACE / HTTP/1.1\r\n",
	};
	bool known[UINT8_MAX + 1] = {false};

	for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
		cr_assert_gt(look_at(heads[i], strlen(heads[i])), PAYLOAD_UNKNOWN, "%s", heads[i]);
		known[(uint8_t)heads[i][0]] = true;
	}
	for (unsigned first = 0; first <= UINT8_MAX; first++) {
		const char record[] = {(char)first, 3, 3, 0, 4, 1, 2, 3, 4};

		known[first] |= look_at(record, sizeof record) > PAYLOAD_UNKNOWN;
		cr_expect_eq(decode_may_know((uint8_t)first), known[first], "%u", first);
	}
}
