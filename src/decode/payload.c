/*
 * What the first bytes of a payload say of how the connection will end: whether an HTTP/1 message
 * is to be the last one (RFC 9112, 9.3 and 9.6), and whether TLS says goodbye (RFC 8446, 6.1).
 *
 * Nothing is assembled: a message or a record counts where it begins with a segment. Nothing but a
 * verdict leaves.
 */
#include "decode/layers.h"

#include "source/bytes.h"

#include <string.h>

enum {
	HTTP_VERSION_BYTES = 8, /* "HTTP/1.1" */
	RECORD_HEADER_BYTES = 5,
	RECORD_MAX_BYTES = (1 << 14) + 2048, /* RFC 5246, 6.2.3 */
	RECORD_CHANGE_CIPHER_SPEC = 20,
	RECORD_ALERT = 21,
	RECORD_HANDSHAKE = 22,
	RECORD_APPLICATION_DATA = 23,
	RECORD_HEARTBEAT = 24,
	CLIENT_HELLO = 1,
	ALERT_BYTES = 2,
	ALERT_WARNING = 1,
	ALERT_FATAL = 2,
	CLOSE_NOTIFY = 0,
	ENCRYPTED_ALERT_BYTES = ALERT_BYTES + 1 + 16, /* with its type and a tag (RFC 8446, 5.2) */
	CLOSE_FIELD_BYTES = sizeof("Connection:close"), /* with the end of its line, at least */
};

/* Bytes from `at` up to `end`. */
struct text {
	const uint8_t *at;
	const uint8_t *end;
};

static size_t text_bytes(const struct text *text)
{
	return (size_t)(text->end - text->at);
}

/* Inlined, so that where `with` is a literal it is compared as one number. */
static inline bool begins(const struct text *text, const char *with)
{
	size_t bytes = strlen(with);

	return text_bytes(text) >= bytes && memcmp(text->at, with, bytes) == 0;
}

static uint8_t lower(uint8_t byte)
{
	return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + ('a' - 'A')) : byte;
}

/* The same but for upper and lower case; `word` is in lower case. */
static bool is_word(const struct text *text, const char *word)
{
	size_t bytes = strlen(word);

	if (text_bytes(text) != bytes)
		return false;
	for (size_t i = 0; i < bytes; i++)
		if (lower(text->at[i]) != (uint8_t)word[i])
			return false;
	return true;
}

static void trim(struct text *text)
{
	while (text->at < text->end && (*text->at == ' ' || *text->at == '\t'))
		text->at++;
	while (text->at < text->end && (text->end[-1] == ' ' || text->end[-1] == '\t'))
		text->end--;
}

/* Takes what stands before `separator` off the rest; false where it does not occur. */
static inline bool cut(struct text *rest, uint8_t separator, struct text *head)
{
	const uint8_t *found = memchr(rest->at, separator, text_bytes(rest));

	if (found == NULL)
		return false;
	*head = (struct text){rest->at, found};
	rest->at = found + 1;
	return true;
}

/* Takes a line off the rest, without its CR and LF; false where its end was not captured. */
static inline bool take_line(struct text *rest, struct text *line)
{
	if (!cut(rest, '\n', line))
		return false;
	if (line->at < line->end && line->end[-1] == '\r')
		line->end--;
	return true;
}

/* What a message's head says of the connection. */
struct wishes {
	bool close, keep_alive;
	bool whole; /* the head was seen to its end */
};

/* The options of a Connection field (RFC 9110, 7.6.1). */
static void take_options(struct wishes *wishes, struct text value)
{
	for (bool more = true; more;) {
		struct text option = value;

		more = cut(&value, ',', &option);
		trim(&option);
		wishes->close |= is_word(&option, "close");
		wishes->keep_alive |= is_word(&option, "keep-alive");
	}
}

/* A line that goes on with the field before it (RFC 9112, 5.2). */
static bool is_folded(const struct text *line)
{
	return *line->at == ' ' || *line->at == '\t';
}

/* A line that is no field ends the look: what follows is no head (RFC 9112, 5). */
static struct wishes read_fields(struct text rest)
{
	struct wishes wishes = {0};
	struct text line, name;

	while (take_line(&rest, &line)) {
		if (line.at == line.end) {
			wishes.whole = true;
			break;
		}
		if (is_folded(&line))
			continue;
		if (!cut(&line, ':', &name))
			break;
		if (lower(*name.at) == 'c' && is_word(&name, "connection"))
			take_options(&wishes, line);
	}
	return wishes;
}

/* Whether the fields say that the connection ends after the message (RFC 9112, 9.3). */
static bool say_last(struct text fields, bool is_old)
{
	struct wishes wishes = read_fields(fields);

	return wishes.close || (is_old && wishes.whole && !wishes.keep_alive);
}

/* The same, searching no field where none fits in: most of what is looked at is cut soon. */
static inline bool is_last(const struct text *version, struct text fields)
{
	bool is_old = begins(version, "HTTP/1.0");

	if (!is_old && text_bytes(&fields) < CLOSE_FIELD_BYTES)
		return false;
	return say_last(fields, is_old);
}

static bool is_version(const struct text *version)
{
	return text_bytes(version) >= HTTP_VERSION_BYTES &&
	       (begins(version, "HTTP/1.1") || begins(version, "HTTP/1.0"));
}

static bool names_method(const struct text *payload)
{
	switch (payload->at[0]) {
	case 'C':
		return begins(payload, "CONNECT ");
	case 'D':
		return begins(payload, "DELETE ");
	case 'G':
		return begins(payload, "GET ");
	case 'H':
		return begins(payload, "HEAD ");
	case 'O':
		return begins(payload, "OPTIONS ");
	case 'P':
		return begins(payload, "POST ") || begins(payload, "PUT ") ||
		       begins(payload, "PATCH ");
	default:
		return begins(payload, "TRACE ");
	}
}

static enum payload_look look_at_request(struct text payload)
{
	struct text line, version;

	if (!names_method(&payload) || !take_line(&payload, &line) ||
	    text_bytes(&line) < HTTP_VERSION_BYTES)
		return PAYLOAD_UNKNOWN;
	version = (struct text){line.end - HTTP_VERSION_BYTES, line.end};
	if (!is_version(&version))
		return PAYLOAD_UNKNOWN;
	return is_last(&version, payload) ? PAYLOAD_HTTP_LAST_REQUEST : PAYLOAD_HTTP_REQUEST;
}

static enum payload_look look_at_response(struct text payload)
{
	struct text line;

	if (!is_version(&payload) || !take_line(&payload, &line))
		return PAYLOAD_UNKNOWN;
	return is_last(&line, payload) ? PAYLOAD_HTTP_LAST_RESPONSE : PAYLOAD_HTTP_RESPONSE;
}

/* The header of a TLS record, which all versions write alike (RFC 8446, 5.1). */
static bool is_record(const struct text *rest, uint32_t *body_bytes)
{
	if (text_bytes(rest) < RECORD_HEADER_BYTES || rest->at[0] < RECORD_CHANGE_CIPHER_SPEC ||
	    rest->at[0] > RECORD_HEARTBEAT || rest->at[1] != 3 || rest->at[2] > 4)
		return false;
	*body_bytes = bytes_be16(rest->at + 3);
	return *body_bytes > 0 && *body_bytes <= RECORD_MAX_BYTES;
}

static enum payload_look look_at_alert(const uint8_t *body, uint32_t body_bytes)
{
	if (body_bytes != ALERT_BYTES)
		return PAYLOAD_TLS_ALERT;
	if (body[0] == ALERT_WARNING && body[1] == CLOSE_NOTIFY)
		return PAYLOAD_TLS_CLOSE_NOTIFY;
	return body[0] == ALERT_FATAL ? PAYLOAD_TLS_FATAL : PAYLOAD_TLS;
}

/*
 * Until TLS 1.2 a side's Finished, a handshake record, follows its ChangeCipherSpec (RFC
 * 5246, 7.1); in TLS 1.3 only a second ClientHello can (RFC 8446, D.4).
 */
static bool is_old_finished(unsigned before, unsigned type, const uint8_t *body)
{
	return before == RECORD_CHANGE_CIPHER_SPEC && type == RECORD_HANDSHAKE &&
	       body[0] != CLIENT_HELLO;
}

/* Steps from record to record; the last one decides. `beyond` bytes follow that are not looked at.
 */
static enum payload_look look_at_records(struct text rest, uint32_t beyond)
{
	enum payload_look look = PAYLOAD_UNKNOWN;
	unsigned type = 0;
	bool old = false;
	uint32_t body_bytes;

	while (is_record(&rest, &body_bytes)) {
		unsigned before = type;
		const uint8_t *body = rest.at + RECORD_HEADER_BYTES;

		type = rest.at[0];
		if ((size_t)(rest.end - body) < body_bytes)
			return beyond > 0 ? PAYLOAD_TLS_CUT : PAYLOAD_TLS;
		old = old || is_old_finished(before, type, body);
		look = old ? PAYLOAD_TLS_OLD : PAYLOAD_TLS;
		if (type == RECORD_ALERT)
			look = look_at_alert(body, body_bytes);
		else if (type == RECORD_APPLICATION_DATA && body_bytes == ENCRYPTED_ALERT_BYTES)
			look = PAYLOAD_TLS_SHORT;
		rest.at = body + body_bytes;
	}
	if (look != PAYLOAD_UNKNOWN && (rest.at < rest.end || beyond > 0))
		return PAYLOAD_TLS_CUT;
	return look;
}

enum payload_look decode_look(const uint8_t *payload, uint32_t captured_bytes, uint32_t wire_bytes)
{
	uint32_t looked_at =
		captured_bytes < DECODE_LOOK_BYTES ? captured_bytes : DECODE_LOOK_BYTES;
	struct text text = {payload, payload + looked_at};

	switch (payload[0]) {
	case 'C':
	case 'D':
	case 'G':
	case 'O':
	case 'P':
	case 'T':
		return look_at_request(text);
	case 'H':
		return begins(&text, "HTTP/") ? look_at_response(text) : look_at_request(text);
	default:
		return look_at_records(text, wire_bytes - looked_at);
	}
}
