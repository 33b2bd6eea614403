#include "core/incarnation.h"

#include "core/raise.h"
#include "core/seq.h"

/* Numbers this far beyond what was seen may be this connection's, the capture having lost some. */
enum { NEAR = 1 << 20 };

static uint64_t tuple_print(const struct analyzer *analyzer, const struct tuple *tuple)
{
	static const struct hash_key key = {{UINT64_C(0x656e6465645f6973), 1}};

	return tuple_context_hash(tuple, analyzer->config.flow_key, &key);
}

void incarnation_remember(struct analyzer *analyzer, const struct flow *flow)
{
	uint64_t print = tuple_print(analyzer, &flow->tuple);
	struct ended *ended = &analyzer->learned->ended[print % ENDED_TUPLES];

	if (!flow->end[flow->client].has_iss || flow->orientation != ORIENTATION_HANDSHAKE)
		return;
	*ended = (struct ended){.print = print, .client = flow->client};
	for (unsigned side = 0; side < 2; side++) {
		const struct endpoint *end = &flow->end[side];

		ended->iss[side] = end->has_iss ? end->iss : end->una;
		ended->max[side] = end->max;
	}
}

/* The tuple's last incarnation, or NULL. */
static const struct ended *recall(const struct analyzer *analyzer, const struct tuple *tuple)
{
	uint64_t print = tuple_print(analyzer, tuple);
	const struct ended *ended = &analyzer->learned->ended[print % ENDED_TUPLES];

	return ended->print == print ? ended : NULL;
}

bool incarnation_same_isn(const struct analyzer *analyzer, const struct tuple *tuple,
			  unsigned client, uint32_t iss)
{
	const struct ended *ended = recall(analyzer, tuple);

	return ended != NULL && ended->client == client && ended->iss[client] == iss;
}

static bool is_near(const struct endpoint *end, uint32_t seq)
{
	return seq_geq(seq, end->iss) && seq_diff(seq, end->max) < NEAR;
}

static bool within(const struct ended *ended, unsigned side, uint32_t seq)
{
	return seq_geq(seq, ended->iss[side]) && seq_leq(seq, ended->max[side]);
}

bool incarnation_take_stale(struct analyzer *analyzer, struct flow *flow,
			    const struct segment *segment)
{
	unsigned side = segment->from;
	const struct endpoint *end = &flow->end[side];
	const struct ended *ended;

	if (!end->has_iss || !segment_has(segment, TCP_ACK) || is_near(end, segment->seq))
		return false;
	ended = recall(analyzer, &flow->tuple);
	if (ended == NULL || !within(ended, side, segment->seq) ||
	    !within(ended, other(side), segment->ack))
		return false;
	anomaly_raise(analyzer, flow,
		      &(struct finding){
			      .id = ANOMALY_STALE_SEGMENT_NEW_INCARNATION,
			      .side = side,
			      .by = trace_of(segment),
			      .expected = evidence_seq(end->max),
			      .observed = evidence_seq(segment->seq),
		      });
	return true;
}
