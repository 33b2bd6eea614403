#include "core/storm.h"

#include "core/raise.h"

enum { STORM = 1000 };

#define STORM_GAP_NS NS_PER_S

/* What storms are made of: a RST, or else a FIN; 0 for anything else. */
static unsigned kind_of(unsigned flags)
{
	return (flags & TCP_RST) != 0 ? TCP_RST : flags & TCP_FIN;
}

void storm_note(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	struct endpoint *end = &flow->end[segment->from];
	unsigned kind = kind_of(segment->flags);
	struct finding finding;

	if (kind == 0 || end->last_frame.number == 0 || kind_of(end->last_frame.flags) != kind ||
	    segment->ts_ns - end->last_frame.ts_ns > STORM_GAP_NS) {
		end->row = kind != 0;
		return;
	}
	finding = (struct finding){
		.id = kind == TCP_RST ? ANOMALY_RST_STORM : ANOMALY_FIN_STORM,
		.side = segment->from,
		.by = trace_of(segment),
	};
	if (end->row == STORM) {
		anomaly_raise(analyzer, flow, &finding);
		return;
	}
	finding.count = ++end->row;
	if (end->row == STORM)
		anomaly_raise(analyzer, flow, &finding);
}
