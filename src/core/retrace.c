#include "core/retrace.h"

#include <assert.h>

#include "core/diary.h"
#include "core/lifecycle.h"

/* What the analyzer must be the same in afterwards. */
struct present {
	int64_t now_ns;
	struct report_sink sink;
	uint64_t time_waits_active, time_waits_peak;
};

static struct present leave_present(struct analyzer *analyzer)
{
	struct present present = {
		analyzer->now_ns,
		analyzer->sink,
		analyzer->time_waits_active,
		analyzer->time_waits_peak,
	};

	analyzer->sink = (struct report_sink){0};
	analyzer->retracing = true;
	return present;
}

static void return_to(struct analyzer *analyzer, const struct present *present)
{
	analyzer->now_ns = present->now_ns;
	analyzer->sink = present->sink;
	analyzer->time_waits_active = present->time_waits_active;
	analyzer->time_waits_peak = present->time_waits_peak;
	analyzer->retracing = false;
}

static void take(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	analyzer->now_ns = segment->ts_ns;
	lifecycle_feed(analyzer, flow, segment);
}

/* The next sequence number of each endpoint, and its latest time stamp. */
struct ends {
	uint32_t next[2], tsval[2];
};

static struct segment answer_of(const struct diary *diary)
{
	const struct diary_answer *answer = &diary->answer;
	struct segment segment = {
		.ts_ns = diary->syn.ts_ns,
		.number = diary->syn.number,
		.frame_bytes = answer->frame_bytes,
		.seq = answer->seq,
		.ack = diary->syn.seq + 1,
		.ip_id = answer->ip_id,
		.flags = answer->flags,
		.ttl = answer->ttl,
		.tsval = answer->tsval,
		.tsecr = diary->syn.tsval,
		.link = answer->link,
		.window = answer->window,
		.mss = answer->mss,
		.source = diary->syn.source,
		.marks = diary->syn.stamped ? SEGMENT_TIMESTAMPS : 0,
		.from = (uint8_t)other(diary->syn.from),
		.window_scale = answer->window_scale,
	};

	diary_pass(diary->answer_since, &segment.ts_ns, &segment.number);
	return segment;
}

/* What a note stands for, after the segment before it. */
static void make_next(const struct diary *diary, const struct diary_note *note,
		      const struct ends *ends, struct segment *segment)
{
	bool client = note->from == diary->syn.from;

	diary_pass(note->since, &segment->ts_ns, &segment->number);
	segment->from = note->from;
	segment->seq = ends->next[note->from];
	segment->ack = ends->next[other(note->from)];
	segment->payload_bytes = note->payload_bytes;
	segment->frame_bytes = (uint32_t)note->header_bytes + note->payload_bytes;
	segment->ip_id = note->ip_id;
	segment->flags =
		(uint8_t)(TCP_ACK | (note->fin ? TCP_FIN : 0) | (note->push ? TCP_PSH : 0));
	segment->ttl = client ? diary->syn.ttl : diary->answer.ttl;
	segment->link = client ? diary->syn.link : diary->answer.link;
	segment->tsval = ends->tsval[note->from] + note->tsval_more;
	segment->tsecr = ends->tsval[other(note->from)] - note->tsecr_less;
	segment->window = note->window;
	segment->look = note->look;
}

static void pass(struct ends *ends, const struct segment *segment)
{
	ends->next[segment->from] = segment_end(segment);
	ends->tsval[segment->from] = segment->tsval;
}

void retrace(struct analyzer *analyzer, const struct diary *diary, struct flow *flow)
{
	const struct diary_note *note = (const struct diary_note *)(diary + 1);
	struct present present = leave_present(analyzer);
	struct segment segment = answer_of(diary);
	unsigned client = diary->syn.from;
	struct ends ends;

	ends.next[client] = diary->syn.seq + 1;
	ends.tsval[client] = diary->syn.tsval;
	lone_syn_unpack(&diary->syn, flow);
	take(analyzer, flow, &segment);
	pass(&ends, &segment);
	segment.mss = 0;
	segment.window_scale = SEGMENT_NO_WINDOW_SCALE;
	for (unsigned i = 0; i < diary->count; i++) {
		make_next(diary, &note[i], &ends, &segment);
		take(analyzer, flow, &segment);
		pass(&ends, &segment);
	}
	assert(flow->anomalies == POOL_NONE);
	if (diary->stage == DIARY_OVER && diary->closer != client)
		flow->port_taken = false; /* that was told */
	return_to(analyzer, &present);
}
