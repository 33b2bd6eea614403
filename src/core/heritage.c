#include "core/heritage.h"

/* Wireshark's tcp.completeness. */
enum {
	COMPLETE_SYN = 1,
	COMPLETE_SYN_ACK = 2,
	COMPLETE_ACK = 4,
	COMPLETE_DATA = 8,
	COMPLETE_FIN = 16,
	COMPLETE_RST = 32,
};

/* Each of these letters stands at most once per side. */
enum letter {
	LETTER_SYN,
	LETTER_SYN_ACK,
	LETTER_ACK,
	LETTER_DATA,
	LETTER_FIN,
	LETTER_RST,
	LETTER_FIN_RST,
	LETTER_ODD_SYN,
	LETTER_RETRANSMISSION,
	LETTER_ZERO_WINDOW,
	LETTERS,
};
static const char letters[] = "shadfriqtw";
_Static_assert(sizeof letters == LETTERS + 1, "a character for each");

static inline void add_letter(struct flow *flow, unsigned side, enum letter letter)
{
	struct endpoint *end = &flow->end[side];
	unsigned bit = 1U << letter;

	if ((end->letters & bit) != 0 || flow->history_count == FLOW_HISTORY_MAX)
		return;
	end->letters = (uint16_t)(end->letters | bit);
	flow->history[flow->history_count++] =
		side == 0 ? (char)(letters[letter] - 'a' + 'A') : letters[letter];
}

static void note_completeness(struct flow *flow, const struct segment *segment)
{
	unsigned bits = 0;

	if (segment_has(segment, TCP_SYN))
		bits |= segment_has(segment, TCP_ACK) ? COMPLETE_SYN_ACK : COMPLETE_SYN;
	else if ((segment->flags & (TCP_ACK | TCP_RST)) == TCP_ACK && segment->payload_bytes == 0 &&
		 !segment_has(segment, TCP_FIN))
		bits |= COMPLETE_ACK;
	if (segment->payload_bytes > 0 && (segment->flags & TCP_RST) == 0)
		bits |= COMPLETE_DATA;
	if (segment_has(segment, TCP_FIN | TCP_ACK))
		bits |= COMPLETE_FIN;
	if (segment_has(segment, TCP_RST))
		bits |= COMPLETE_RST;
	flow->completeness = (uint8_t)(flow->completeness | bits);
}

void heritage_note(struct flow *flow, const struct segment *segment)
{
	unsigned side = segment->from;
	bool syn = segment_has(segment, TCP_SYN), fin = segment_has(segment, TCP_FIN);
	bool rst = segment_has(segment, TCP_RST), ack = segment_has(segment, TCP_ACK);

	note_completeness(flow, segment);
	if (syn && (fin || rst))
		add_letter(flow, side, LETTER_ODD_SYN);
	else if (fin && rst)
		add_letter(flow, side, LETTER_FIN_RST);
	else if (syn)
		add_letter(flow, side, ack ? LETTER_SYN_ACK : LETTER_SYN);
	else if (fin)
		add_letter(flow, side, LETTER_FIN);
	else if (rst)
		add_letter(flow, side, LETTER_RST);
	else if (ack && segment->payload_bytes == 0)
		add_letter(flow, side, LETTER_ACK);
	if (segment->payload_bytes > 0 && !rst)
		add_letter(flow, side, LETTER_DATA);
	if (segment->window == 0 && !syn && !fin && !rst && (segment->marks & SEGMENT_CUT) == 0)
		add_letter(flow, side, LETTER_ZERO_WINDOW);
}

bool heritage_has_acknowledged(const struct endpoint *end)
{
	return (end->letters >> LETTER_ACK & 1) != 0;
}

bool heritage_has_sent(const struct endpoint *end)
{
	return (end->letters >> LETTER_DATA & 1) != 0;
}

bool heritage_is_noted(const struct flow *flow, const struct segment *segment)
{
	const struct endpoint *end = &flow->end[segment->from];

	return segment->payload_bytes == 0 ? heritage_has_acknowledged(end)
					   : heritage_has_sent(end);
}

void heritage_note_retransmission(struct flow *flow, unsigned side)
{
	add_letter(flow, side, LETTER_RETRANSMISSION);
}

void heritage_history(const struct flow *flow, char *text)
{
	for (unsigned i = 0; i < flow->history_count; i++) {
		char letter = flow->history[i];

		if (flow->client == 1)
			letter = (char)(letter ^ 0x20);
		text[i] = letter;
	}
	text[flow->history_count] = '\0';
}

/* What Zeek keeps per endpoint. */
enum zeek_endpoint { INACTIVE, SYN_SENT, SYN_ACK_SENT, PARTIAL, ESTABLISHED, CLOSED, RESET };

static enum zeek_endpoint zeek_endpoint(const struct flow *flow, unsigned side)
{
	const struct endpoint *end = &flow->end[side];
	const struct endpoint *peer = &flow->end[other(side)];

	if (!end->sent)
		return INACTIVE;
	if ((end->flags & TCP_RST) != 0)
		return RESET;
	if ((end->flags & TCP_FIN) != 0)
		return CLOSED;
	if ((end->flags & TCP_SYN) == 0)
		return PARTIAL;
	if (side == flow->client)
		return (peer->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK) ? ESTABLISHED
										  : SYN_SENT;
	return (peer->flags & TCP_SYN) != 0 ? ESTABLISHED : SYN_ACK_SENT;
}

static enum conn_state reset_by_server(const struct flow *flow, enum zeek_endpoint client)
{
	bool empty = flow->end[0].payload_bytes + flow->end[1].payload_bytes == 0;

	if (client == SYN_SENT || client == SYN_ACK_SENT || (client == RESET && empty))
		return CONN_REJ;
	return client == INACTIVE || client == PARTIAL ? CONN_RSTRH : CONN_RSTR;
}

enum conn_state heritage_conn_state(const struct flow *flow)
{
	enum zeek_endpoint client = zeek_endpoint(flow, flow->client);
	enum zeek_endpoint server = zeek_endpoint(flow, other(flow->client));
	bool client_unknown = client == INACTIVE || client == PARTIAL;
	bool server_unknown = server == INACTIVE || server == PARTIAL;

	if (server == RESET)
		return reset_by_server(flow, client);
	if (client == RESET)
		return server_unknown ? CONN_RSTOS0 : CONN_RSTO;
	if (client == CLOSED && server == CLOSED)
		return CONN_SF;
	if (client == CLOSED)
		return server_unknown ? CONN_SH : CONN_S2;
	if (server == CLOSED)
		return client_unknown ? CONN_SHR : CONN_S3;
	if (client == SYN_SENT && server == INACTIVE)
		return CONN_S0;
	return client == ESTABLISHED && server == ESTABLISHED ? CONN_S1 : CONN_OTH;
}

const char *conn_state_word(unsigned value)
{
	static const char *const words[] = {"S0",   "S1",     "SF",    "REJ", "S2",  "S3", "RSTO",
					    "RSTR", "RSTOS0", "RSTRH", "SH",  "SHR", "OTH"};

	return value < CONN_COUNT ? words[value] : NULL;
}
