#include "sink/ladder_label.h"

#include <inttypes.h>
#include <stdio.h>

static unsigned peer_of(unsigned side)
{
	return side == REPORT_CLIENT ? REPORT_SERVER : REPORT_CLIENT;
}

/* Where no handshake tells, the first number that was seen counts as 1, as in Wireshark. */
static void find_base(struct ladder_numbers *numbers, const struct flow_report *report,
		      const struct ladder_rows *rows, unsigned side)
{
	numbers->has_base[side] = report->endpoint[side].has_iss;
	numbers->base[side] = report->endpoint[side].iss;
	for (unsigned i = 0; i < rows->count && !numbers->has_base[side]; i++) {
		const struct ladder_row *row = &rows->row[i];
		bool tells = row->from == side || (row->flags & TCP_ACK) != 0;

		if (!tells)
			continue;
		numbers->has_base[side] = true;
		numbers->base[side] = (row->from == side ? row->seq : row->ack) - 1;
	}
}

static void name_waves(struct ladder_numbers *numbers, const struct flow_report *report)
{
	const struct report_endpoint *first, *second;

	if (report->wave_count == 0 || report->wave[0].side > WHO_SERVER)
		return;
	numbers->first_closer = report->wave[0].side == WHO_CLIENT ? REPORT_CLIENT : REPORT_SERVER;
	first = &report->endpoint[numbers->first_closer];
	second = &report->endpoint[peer_of(numbers->first_closer)];
	numbers->has_u = first->has_fin_seq;
	numbers->u = first->fin_seq;
	numbers->has_w = second->has_fin_seq;
	numbers->w = second->fin_seq;
	numbers->has_v = report->wave[1].has_segment && !report->wave[1].piggybacked;
	numbers->v = report->wave[1].seq;
	numbers->v_number = report->wave[1].number;
}

void ladder_numbers_find(struct ladder_numbers *numbers, const struct flow_report *report,
			 const struct ladder_rows *rows)
{
	*numbers = (struct ladder_numbers){0};
	find_base(numbers, report, rows, REPORT_CLIENT);
	find_base(numbers, report, rows, REPORT_SERVER);
	name_waves(numbers, report);
}

const char *ladder_number(struct phrase *phrase, const struct ladder_numbers *numbers,
			  unsigned side, uint32_t seq)
{
	snprintf(phrase->text, sizeof(phrase->text), "%" PRIu32, seq - numbers->base[side]);
	return phrase->text;
}

const char *ladder_flags(struct phrase *phrase, unsigned flags)
{
	static const struct {
		unsigned bit;
		const char *name;
	} bits[] = {{TCP_SYN, "SYN"}, {TCP_FIN, "FIN"}, {TCP_RST, "RST"}, {TCP_PSH, "PSH"},
		    {TCP_URG, "URG"}, {TCP_ECE, "ECE"}, {TCP_CWR, "CWR"}, {TCP_ACK, "ACK"}};
	const char *separator = "";

	phrase_set(phrase, flags == 0 ? "no flags" : "");
	for (unsigned i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		if ((flags & bits[i].bit) == 0)
			continue;
		phrase_append(phrase, separator);
		phrase_append(phrase, bits[i].name);
		separator = ",";
	}
	return phrase->text;
}

/* The name of a number that `side` sent, "" where it has none. The octet after a FIN is its +1. */
static const char *name_of(const struct ladder_numbers *numbers, unsigned side, uint32_t seq)
{
	bool is_first = side == numbers->first_closer;

	if (is_first && numbers->has_u && seq - numbers->u <= 1)
		return seq == numbers->u ? "(u)" : "(u+1)";
	if (!is_first && numbers->has_w && seq - numbers->w <= 1)
		return seq == numbers->w ? "(w)" : "(w+1)";
	return "";
}

static void append_number(struct phrase *label, const char *what,
			  const struct ladder_numbers *numbers, unsigned side, uint32_t seq,
			  const char *name)
{
	struct phrase number;

	phrase_append(label, what);
	phrase_append(label, ladder_number(&number, numbers, side, seq));
	phrase_append(label, name);
}

/* The name that the row's own number goes by: v in wave 2, and in a FIN that of its own octet. */
static const char *seq_name(const struct ladder_numbers *numbers, const struct ladder_row *row)
{
	if (numbers->has_v && row->number == numbers->v_number && row->seq == numbers->v)
		return "(v)";
	if ((row->flags & TCP_FIN) != 0 && row->payload_bytes > 0)
		return "";
	if ((row->flags & TCP_FIN) == 0 &&
	    row->seq != (row->from == numbers->first_closer ? numbers->u : numbers->w) + 1)
		return "";
	return name_of(numbers, row->from, row->seq);
}

/* An acknowledgement goes by a name only where it covers a FIN. */
static const char *ack_name(const struct ladder_numbers *numbers, unsigned side, uint32_t ack)
{
	bool is_first = side == numbers->first_closer;
	bool covers = is_first ? numbers->has_u && ack == numbers->u + 1
			       : numbers->has_w && ack == numbers->w + 1;

	return covers ? name_of(numbers, side, ack) : "";
}

const char *ladder_label(struct phrase *phrase, const struct ladder_numbers *numbers,
			 const struct ladder_row *row)
{
	struct phrase number;

	ladder_flags(phrase, row->flags);
	append_number(phrase, " seq=", numbers, row->from, row->seq, seq_name(numbers, row));
	if ((row->flags & TCP_ACK) != 0)
		append_number(phrase, " ack=", numbers, peer_of(row->from), row->ack,
			      ack_name(numbers, peer_of(row->from), row->ack));
	if (row->payload_bytes > 0) {
		snprintf(number.text, sizeof(number.text), " len=%" PRIu32, row->payload_bytes);
		phrase_append(phrase, number.text);
	}
	if ((row->flags & TCP_FIN) != 0 && row->payload_bytes > 0) {
		const char *name = name_of(numbers, row->from, row->seq + row->payload_bytes);

		phrase_append(phrase, name[0] != '\0' ? " fin=" : "");
		phrase_append(phrase, name[0] != '\0' ? ladder_number(&number, numbers, row->from,
								      row->seq + row->payload_bytes)
						      : "");
		phrase_append(phrase, name);
	}
	return phrase->text;
}

const char *ladder_unseen_label(struct phrase *phrase, const struct ladder_numbers *numbers,
				const struct flow_report *report, unsigned wave)
{
	bool by_first = wave == 0 || wave == 3;
	unsigned from = by_first ? numbers->first_closer : peer_of(numbers->first_closer);
	const struct report_endpoint *sender = &report->endpoint[from];
	const struct report_endpoint *peer = &report->endpoint[peer_of(from)];

	if (report->wave[wave].role == WAVE_ROLE_FIN) {
		phrase_set(phrase, "FIN");
		if (sender->has_fin_seq)
			append_number(phrase, " seq=", numbers, from, sender->fin_seq,
				      name_of(numbers, from, sender->fin_seq));
		return phrase->text;
	}
	phrase_set(phrase, "ACK");
	if (peer->has_fin_seq)
		append_number(phrase, " ack=", numbers, peer_of(from), peer->fin_seq + 1,
			      name_of(numbers, peer_of(from), peer->fin_seq + 1));
	return phrase->text;
}

const char *ladder_expected(struct phrase *phrase, const struct ladder_numbers *numbers,
			    const struct report_wave *wave)
{
	unsigned from = wave->side == WHO_SERVER ? REPORT_SERVER : REPORT_CLIENT;

	phrase_set(phrase, "");
	if (wave->status != WAVE_STATUS_BAD)
		return phrase->text;
	switch (wave->why) {
	case WAVE_WHY_SEQ:
		phrase_set(phrase, "wrong number");
		if (wave->has_expected_seq)
			append_number(phrase, ": expected seq=", numbers, from, wave->expected_seq,
				      name_of(numbers, from, wave->expected_seq));
		break;
	case WAVE_WHY_ACK:
		phrase_set(phrase, "wrong acknowledgement");
		if (wave->has_expected_ack)
			append_number(phrase, ": expected ack=", numbers, peer_of(from),
				      wave->expected_ack,
				      name_of(numbers, peer_of(from), wave->expected_ack));
		break;
	case WAVE_WHY_WINDOW:
		phrase_set(phrase, "beyond the receiver's window");
		break;
	case WAVE_WHY_NO_ACK_FLAG:
		phrase_set(phrase, "without the ACK bit, which receivers demand");
		break;
	case WAVE_WHY_NULL:
		break;
	}
	return phrase->text;
}

void ladder_row_number(struct phrase *phrase, const struct ladder_row *row, unsigned columns)
{
	snprintf(phrase->text, sizeof(phrase->text), "#%" PRIu64 "-%" PRIu64, row->number,
		 row->last_number);
	if (ladder_row_is_folded(row) && text_width(phrase->text) <= columns)
		return;
	snprintf(phrase->text, sizeof(phrase->text), "#%" PRIu64 "%s", row->number,
		 ladder_row_is_folded(row) ? ".." : "");
}
