#include "core/flow_archive.h"

#include <string.h>

#include "core/segment_archive.h"

enum { WINDOW_SCALE_MOST = 14 };

static bool is_zero(const void *bytes, size_t count)
{
	const uint8_t *at = bytes;

	return at[0] == 0 && memcmp(at, at + 1, count - 1) == 0;
}

/* Most traces are of nothing. */
static void trace_archive(struct archive *archive, struct trace *trace)
{
	if (!archive_present(archive, "trace", !is_zero(trace, sizeof *trace)))
		return;
	ARCHIVE_TIME(archive, trace->ts_ns);
	ARCHIVE(archive, trace->number);
	ARCHIVE(archive, trace->seq);
	ARCHIVE(archive, trace->ack);
	ARCHIVE(archive, trace->payload_bytes);
	ARCHIVE(archive, trace->ip_id);
	ARCHIVE(archive, trace->flags);
	ARCHIVE(archive, trace->ttl);
}

static void unseen_archive(struct archive *archive, struct unseen *unseen)
{
	trace_archive(archive, &unseen->by);
	ARCHIVE(archive, unseen->from);
	ARCHIVE(archive, unseen->until);
}

static void sequence_archive(struct archive *archive, struct endpoint *end)
{
	ARCHIVE(archive, end->iss);
	ARCHIVE(archive, end->max);
	ARCHIVE(archive, end->una);
	ARCHIVE(archive, end->edge);
	ARCHIVE(archive, end->contiguous);
	ARCHIVE(archive, end->island_begin);
	ARCHIVE(archive, end->island_end);
	ARCHIVE(archive, end->fin_seq);
	ARCHIVE(archive, end->last_ack);
	ARCHIVE(archive, end->confirm_end);
	ARCHIVE(archive, end->announced);
	ARCHIVE(archive, end->tsval);
	ARCHIVE(archive, end->echoed);
	ARCHIVE(archive, end->covering_seq);
}

static void marks_archive(struct archive *archive, struct endpoint *end)
{
	ARCHIVE_FLAG(archive, end->sent);
	ARCHIVE_FLAG(archive, end->has_iss);
	ARCHIVE_FLAG(archive, end->has_max);
	ARCHIVE_FLAG(archive, end->has_edge);
	ARCHIVE_FLAG(archive, end->has_island);
	ARCHIVE_FLAG(archive, end->has_last_ack);
	ARCHIVE_FLAG(archive, end->ack_advanced);
	ARCHIVE_FLAG(archive, end->has_tsval);
	ARCHIVE_FLAG(archive, end->has_echoed);
	ARCHIVE_FLAG(archive, end->has_fin);
	ARCHIVE_FLAG(archive, end->fin_inferred);
	ARCHIVE_FLAG(archive, end->fin_in_order);
	ARCHIVE_FLAG(archive, end->fin_acked);
	ARCHIVE_FLAG(archive, end->fin_rejected);
	ARCHIVE_FLAG(archive, end->fin_waiting);
	ARCHIVE_FLAG(archive, end->fin_unanswered);
	ARCHIVE_FLAG(archive, end->got_fin);
	ARCHIVE_FLAG(archive, end->passive);
	ARCHIVE_FLAG(archive, end->covered_again);
	ARCHIVE_FLAG(archive, end->counts_packets);
	ARCHIVE_FLAG(archive, end->spoke_since_fin);
	ARCHIVE_FLAG(archive, end->presumed);
	ARCHIVE_FLAG(archive, end->has_confirm_end);
	ARCHIVE_FLAG(archive, end->ack_waiting);
	ARCHIVE_FLAG(archive, end->scale_unknown);
	ARCHIVE_FLAG(archive, end->tls_old);
	ARCHIVE_FLAG(archive, end->death_told);
	ARCHIVE_FLAG(archive, end->probes_told);
	ARCHIVE_FLAG(archive, end->sent_reset);
	ARCHIVE_FLAG(archive, end->zero_window);
	ARCHIVE_FLAG(archive, end->fast_open);
}

static void standing_archive(struct archive *archive, struct endpoint *end)
{
	ARCHIVE_UPTO(archive, end->state, STATE_COUNT - 1);
	ARCHIVE_UPTO(archive, end->proven, STATE_COUNT - 1);
	ARCHIVE(archive, end->window_scale);
	if (end->window_scale > WINDOW_SCALE_MOST && end->window_scale != SEGMENT_NO_WINDOW_SCALE)
		archive_refuse(archive, "end->window_scale");
	ARCHIVE(archive, end->flags);
	ARCHIVE(archive, end->row);
	ARCHIVE(archive, end->letters);
	ARCHIVE_UPTO(archive, end->path_count, REPORT_PATH_MAX);
	ARCHIVE(archive, end->ttl);
	ARCHIVE(archive, end->mss);
	ARCHIVE(archive, end->ttl_count);
	ARCHIVE(archive, end->link);
	ARCHIVE(archive, end->link_count);
}

static void traffic_archive(struct archive *archive, struct endpoint *end)
{
	ARCHIVE(archive, end->packets);
	ARCHIVE(archive, end->frame_bytes);
	ARCHIVE(archive, end->payload_bytes);
	ARCHIVE(archive, end->retransmissions);
	ARCHIVE(archive, end->keepalives);
	ARCHIVE(archive, end->backoffs);
	ARCHIVE_TIME(archive, end->backoff_ns);
	ARCHIVE_SPAN(archive, end->backoff_wait_ns);
	ARCHIVE_SPAN(archive, end->leg_ns);
	ARCHIVE_TIME(archive, end->timed_ns);
	ARCHIVE(archive, end->timed_end);
	ARCHIVE_SPAN(archive, end->payload_gap_ns);
	ARCHIVE(archive, end->good_checksums);
	ARCHIVE(archive, end->look_end);
	ARCHIVE(archive, end->look_number);
	ARCHIVE(archive, end->look);
}

static void endpoint_archive(struct archive *archive, struct endpoint *end)
{
	sequence_archive(archive, end);
	marks_archive(archive, end);
	standing_archive(archive, end);
	trace_archive(archive, &end->last_frame);
	trace_archive(archive, &end->last);
	trace_archive(archive, &end->last_payload);
	trace_archive(archive, &end->waiting_ack);
	unseen_archive(archive, &end->unseen);
	ARCHIVE_TIME(archive, end->zero_window_ns);
	ARCHIVE_SPAN(archive, end->shut_ns);
	ARCHIVE_TIME(archive, end->reopened_ns);
	traffic_archive(archive, end);
}

static void evidence_archive(struct archive *archive, struct fin_evidence *close)
{
	trace_archive(archive, &close->fin);
	trace_archive(archive, &close->last_fin);
	trace_archive(archive, &close->ack);
	ARCHIVE(archive, close->fin_expected_seq);
	ARCHIVE(archive, close->ack_expected_seq);
	ARCHIVE(archive, close->fin_repeats);
	ARCHIVE(archive, close->ack_repeats);
	ARCHIVE_UPTO(archive, close->fin_why, WAVE_WHY_NULL);
	ARCHIVE_UPTO(archive, close->ack_why, WAVE_WHY_NULL);
	ARCHIVE_SPAN(archive, close->idle_ns);
	ARCHIVE(archive, close->last_fin_tsval);
	ARCHIVE_FLAG(archive, close->last_fin_stamped);
	ARCHIVE_FLAG(archive, close->doubtful);
	ARCHIVE_FLAG(archive, close->ack_gap);
}

static void time_wait_archive(struct archive *archive, struct time_wait *wait)
{
	ARCHIVE_FLAG(archive, wait->held);
	ARCHIVE_FLAG(archive, wait->active);
	ARCHIVE_UPTO(archive, wait->via, TW_VIA_NULL);
	ARCHIVE_UPTO(archive, wait->ended_by, TW_END_NULL);
	ARCHIVE_TIME(archive, wait->start_ns);
	ARCHIVE_TIME(archive, wait->restart_ns);
	ARCHIVE_TIME(archive, wait->end_ns);
	ARCHIVE_TIME(archive, wait->alive_ns);
	ARCHIVE_TIME(archive, wait->absent_ns);
	ARCHIVE(archive, wait->restarts);
	trace_archive(archive, &wait->asked);
}

static void reset_archive(struct archive *archive, struct reset *reset)
{
	ARCHIVE_FLAG(archive, reset->seen);
	ARCHIVE_FLAG(archive, reset->accepted);
	ARCHIVE_FLAG(archive, reset->void_);
	ARCHIVE_FLAG(archive, reset->waiting);
	ARCHIVE_FLAG(archive, reset->challenged);
	ARCHIVE_FLAG(archive, reset->survived);
	ARCHIVE_FLAG(archive, reset->after_fin);
	ARCHIVE_FLAG(archive, reset->after_close);
	ARCHIVE_UPTO(archive, reset->from, 1);
	ARCHIVE_FLAG(archive, reset->third_party);
	ARCHIVE_UPTO(archive, reset->form, RESET_FORM_NULL);
	ARCHIVE_UPTO(archive, reset->class, RESET_CLASS_NULL);
	ARCHIVE_UPTO(archive, reset->acceptance, RESET_ACCEPTED_NULL);
	ARCHIVE_UPTO(archive, reset->multipath, MULTIPATH_RESET_NULL);
	ARCHIVE(archive, reset->multipath_reason);
	trace_archive(archive, &reset->by);
	ARCHIVE(archive, reset->trigger_number);
	ARCHIVE_FLAG(archive, reset->answers_payload);
	ARCHIVE(archive, reset->sender_max);
	for (unsigned side = 0; side < 2; side++) {
		ARCHIVE(archive, reset->bytes_lost[side]);
		ARCHIVE_UPTO(archive, reset->state_before[side], STATE_COUNT - 1);
	}
	ARCHIVE(archive, reset->replies);
}

void step_archive(struct archive *archive, struct step *step)
{
	ARCHIVE_TIME(archive, step->ts_ns);
	step->side = archive_value(archive, "step->side", step->side, 1) & 1;
	step->refuted = archive_value(archive, "step->refuted", step->refuted, 1) & 1;
	step->certainty =
		archive_value(archive, "step->certainty", step->certainty, CERTAINTY_COUNT - 1) &
		0xf;
	step->state = archive_value(archive, "step->state", step->state, STATE_COUNT - 1) & 0x3f;
	step->number = archive_value(archive, "step->number", step->number, STEP_NUMBER_MAX) &
		       STEP_NUMBER_MAX;
}

static void frame_archive(struct archive *archive, struct frame_print *frame)
{
	if (!archive_present(archive, "frame", !is_zero(frame, sizeof *frame)))
		return;
	ARCHIVE_TIME(archive, frame->ts_ns);
	ARCHIVE(archive, frame->seq);
	ARCHIVE(archive, frame->ack);
	ARCHIVE(archive, frame->payload_bytes);
	ARCHIVE(archive, frame->tsval);
	ARCHIVE(archive, frame->ip_id);
	ARCHIVE(archive, frame->window);
	ARCHIVE(archive, frame->flags);
	ARCHIVE_FLAG(archive, frame->stamped);
	ARCHIVE_FLAG(archive, frame->kept);
}

/* Letters only: they go into records. */
static void history_archive(struct archive *archive, struct flow *flow)
{
	ARCHIVE_UPTO(archive, flow->history_count, FLOW_HISTORY_MAX);
	archive_bytes(archive, "flow->history", flow->history, flow->history_count);
	for (unsigned i = 0; i < flow->history_count; i++) {
		char lower = (char)(flow->history[i] | 0x20);

		if (lower < 'a' || lower > 'z')
			archive_refuse(archive, "flow->history");
	}
}

static void nature_archive(struct archive *archive, struct flow *flow)
{
	ARCHIVE_UPTO(archive, flow->client, 1);
	ARCHIVE_UPTO(archive, flow->orientation, ORIENTATION_NULL);
	ARCHIVE_UPTO(archive, flow->origin, ORIGIN_NULL);
	ARCHIVE_FLAG(archive, flow->simultaneous_open);
	ARCHIVE_FLAG(archive, flow->multipath);
	ARCHIVE_FLAG(archive, flow->path_truncated);
	ARCHIVE_FLAG(archive, flow->capture_loss);
	ARCHIVE_FLAG(archive, flow->fast_close);
	ARCHIVE_FLAG(archive, flow->loss_at_close);
	ARCHIVE_FLAG(archive, flow->anomalies_truncated);
	ARCHIVE_FLAG(archive, flow->answered);
	ARCHIVE_FLAG(archive, flow->stuck_told);
	ARCHIVE_FLAG(archive, flow->established);
	ARCHIVE_FLAG(archive, flow->overdue);
	ARCHIVE_FLAG(archive, flow->port_taken);
	ARCHIVE_FLAG(archive, flow->port_user);
	ARCHIVE_FLAG(archive, flow->parked);
	ARCHIVE(archive, flow->completeness);
	archive_source(archive, &flow->source);
}

static void course_archive(struct archive *archive, struct flow *flow)
{
	ARCHIVE_TIME(archive, flow->last_ns);
	ARCHIVE_TIME(archive, flow->clock_ns);
	ARCHIVE(archive, flow->first_number);
	ARCHIVE(archive, flow->last_number);
	ARCHIVE_TIME(archive, flow->syn_ns);
	ARCHIVE_TIME(archive, flow->syn_ack_ns);
	ARCHIVE(archive, flow->syn_ack_number);
	ARCHIVE_SPAN(archive, flow->rtt_ns);
	ARCHIVE_SPAN(archive, flow->silence_ns);
	ARCHIVE_TIME(archive, flow->payload_ns);
	ARCHIVE_FLAG(archive, flow->syn_repeated);
	ARCHIVE_FLAG(archive, flow->half_close_seen);
	ARCHIVE(archive, flow->half_close_bytes);
	ARCHIVE_TIME(archive, flow->half_close_last_ns);
	trace_archive(archive, &flow->challenged_syn);
	ARCHIVE(archive, flow->reordered);
	ARCHIVE(archive, flow->duplicates);
	ARCHIVE(archive, flow->truncated);
	ARCHIVE(archive, flow->fragments);
}

void flow_archive(struct archive *archive, struct flow *flow)
{
	archive->origin_ns = 0;
	ARCHIVE_TIME(archive, flow->first_ns);
	archive->origin_ns = flow->first_ns;
	tuple_archive(archive, &flow->tuple);
	ARCHIVE(archive, flow->id);
	nature_archive(archive, flow);
	course_archive(archive, flow);
	for (unsigned side = 0; side < 2; side++) {
		endpoint_archive(archive, &flow->end[side]);
		evidence_archive(archive, &flow->close[side]);
		time_wait_archive(archive, &flow->time_wait[side]);
		ARCHIVE_UPTO(archive, flow->next_frame[side], FRAMES_KEPT - 1);
		for (unsigned i = 0; i < FRAMES_KEPT; i++)
			frame_archive(archive, &flow->frame[side][i]);
	}
	reset_archive(archive, &flow->reset);
	history_archive(archive, flow);
	ARCHIVE_UPTO(archive, flow->step_count, 2 * REPORT_PATH_MAX);
	for (unsigned i = 0; i < FLOW_STEPS && i < flow->step_count; i++)
		step_archive(archive, &flow->step[i]);
}
