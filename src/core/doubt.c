#include "core/doubt.h"

/* So many packets of one sender are overtaken at once at most: as many as are remembered of it. */
enum { OVERTAKEN_BY = 2 * FRAMES_KEPT };

static bool is_copy(const struct frame_print *frame, const struct trace *offender)
{
	return frame->kept && frame->ip_id == offender->ip_id && frame->seq == offender->seq &&
	       frame->ack == offender->ack && frame->flags == offender->flags &&
	       frame->payload_bytes == offender->payload_bytes && frame->ts_ns < offender->ts_ns;
}

/* The frame came first, and its sender had numbered it later. */
static bool has_overtaken(const struct frame_print *frame, const struct trace *offender,
			  int64_t window_ns)
{
	uint16_t ahead = (uint16_t)(frame->ip_id - offender->ip_id);

	return frame->kept && frame->ip_id != 0 && ahead > 0 && ahead <= OVERTAKEN_BY &&
	       frame->ts_ns <= offender->ts_ns && offender->ts_ns - frame->ts_ns <= window_ns;
}

/* The capture shows a copy, or an order, that its sender did not make (IPv4 identification). */
static bool is_made_on_the_way(const struct analyzer *analyzer, const struct flow *flow,
			       const struct trace *offender)
{
	if (offender->ip_id == 0)
		return false;
	for (unsigned side = 0; side < 2; side++) {
		for (unsigned i = 0; i < FRAMES_KEPT; i++) {
			const struct frame_print *frame = &flow->frame[side][i];

			if (is_copy(frame, offender) ||
			    has_overtaken(frame, offender, analyzer->config.reorder_window_ns))
				return true;
		}
	}
	return false;
}

enum doubt doubt_of(const struct analyzer *analyzer, const struct flow *flow, enum anomaly_id id,
		    const struct trace *offender)
{
	if (anomaly_row(id)->group == ANOMALY_GROUP_CAPTURE)
		return DOUBT_NONE;
	if (flow->loss_at_close || flow_may_lack_frames(analyzer, flow) ||
	    is_made_on_the_way(analyzer, flow, offender))
		return DOUBT_LIKELY;
	return flow->capture_loss ? DOUBT_POSSIBLE : DOUBT_NONE;
}

enum doubt doubt_in_the_end(const struct analyzer *analyzer, const struct flow *flow,
			    enum anomaly_id id)
{
	enum anomaly_group group = anomaly_row(id)->group;

	if (group == ANOMALY_GROUP_CAPTURE)
		return DOUBT_NONE;
	if (flow_may_lack_frames(analyzer, flow))
		return DOUBT_LIKELY;
	if (flow->loss_at_close && group != ANOMALY_GROUP_OPENING)
		return DOUBT_LIKELY;
	return flow->capture_loss ? DOUBT_POSSIBLE : DOUBT_NONE;
}

enum severity doubt_demote(enum severity severity, enum doubt doubt)
{
	return doubt == DOUBT_LIKELY && severity != SEVERITY_INFO ? severity - 1 : severity;
}
