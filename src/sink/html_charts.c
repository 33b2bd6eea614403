#include "sink/html_charts.h"

#include <string.h>

_Static_assert((unsigned)TEARDOWN_COUNT <= RATES_KINDS_MAX &&
		       (unsigned)RESET_FORM_COUNT <= RATES_KINDS_MAX,
	       "each kind has its count");

/* Where the bars of distributions begin and end, in nanoseconds: 1, 2 and 5 of each power of ten
 * from 10 microseconds on, up to 100,000 s. */
enum { EDGES = 31 };
static const uint64_t first_edge_ns = 10000;

void html_charts_init(struct html_charts *charts)
{
	memset(charts, 0, sizeof(*charts));
	reuse_times_init(&charts->reuse);
}

void html_charts_release(struct html_charts *charts)
{
	reuse_times_release(&charts->reuse);
}

/* A reset that was not accepted ends nothing, but somebody sent it. */
static void take_reset(struct html_charts *charts, const struct report_reset *reset)
{
	if (reset->present && reset->form < RESET_FORM_COUNT)
		rates_add(&charts->resets, reset->ts_ns, reset->form);
}

static void take_latency(struct html_charts *charts, const struct flow_report *report)
{
	bool waited = report->latency.has_application && !report->wave[1].piggybacked;
	int64_t application_ns = waited ? report->latency.application_ns : 0;
	int64_t close_ns = report->teardown_end_ns - report->teardown_start_ns;

	if (!report->complete || report->wave_count == 0 || !report->has_teardown_start ||
	    !report->has_teardown_end || application_ns < 0 || close_ns < application_ns)
		return;
	histogram_add(&charts->network_ns, (uint64_t)(close_ns - application_ns));
	if (waited)
		histogram_add(&charts->application_ns, (uint64_t)application_ns);
}

void html_charts_take(struct html_charts *charts, const struct flow_report *report)
{
	if (report->teardown != TEARDOWN_NONE && report->teardown < TEARDOWN_COUNT)
		rates_add(&charts->closes,
			  report->has_teardown_start ? report->teardown_start_ns : report->end_ns,
			  report->teardown);
	take_reset(charts, &report->reset);
	take_latency(charts, report);
	reuse_times_take(&charts->reuse, report);
	if (report->time_wait_count > 0)
		charts->time_wait_ns = report->time_wait[0].nominal_ns;
}

static void put_kind(struct writer *writer, const struct rates *rates, unsigned kind,
		     const char *word)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < rates->count; i++)
		sum += rates->times[i][kind];
	if (sum == 0)
		return;
	writer_begin_object(writer, NULL);
	writer_string(writer, "kind", word);
	writer_begin_array(writer, "times");
	for (uint32_t i = 0; i < rates->count; i++)
		writer_integer(writer, NULL, rates->times[i][kind]);
	writer_end_array(writer);
	writer_end_object(writer);
}

static void put_rates(struct writer *writer, const char *key, const struct rates *rates,
		      const char *(*word)(unsigned), unsigned kinds)
{
	int64_t start_s = rates->first * rates->step_s;

	writer_begin_object(writer, key);
	writer_integer(writer, "start_s", start_s > 0 ? (uint64_t)start_s : 0);
	writer_integer(writer, "step_s", rates->step_s);
	writer_begin_array(writer, "kinds");
	for (unsigned kind = 0; kind < kinds; kind++)
		put_kind(writer, rates, kind, word(kind));
	writer_end_array(writer);
	writer_end_object(writer);
}

static uint64_t next_edge(uint64_t edge, unsigned index)
{
	return index % 3 == 1 ? edge / 2 * 5 : edge * 2;
}

static void put_edges(struct writer *writer, const char *key)
{
	uint64_t edge = first_edge_ns;

	writer_begin_array(writer, key);
	for (unsigned i = 0; i < EDGES; edge = next_edge(edge, i++))
		writer_integer(writer, NULL, edge);
	writer_end_array(writer);
}

/* How many values lie below the first edge, between each two, and above the last. */
static void put_distribution(struct writer *writer, const char *key,
			     const struct histogram *histogram)
{
	uint64_t edge = first_edge_ns, before = 0;

	writer_begin_object(writer, key);
	writer_integer(writer, "count", histogram->count);
	writer_integer(writer, "p50_ns", histogram_percentile(histogram, 50));
	writer_integer(writer, "p90_ns", histogram_percentile(histogram, 90));
	writer_integer(writer, "p99_ns", histogram_percentile(histogram, 99));
	writer_integer(writer, "max_ns", histogram->max);
	writer_begin_array(writer, "times");
	for (unsigned i = 0; i < EDGES; edge = next_edge(edge, i++)) {
		uint64_t below = histogram_below(histogram, edge);

		writer_integer(writer, NULL, below - before);
		before = below;
	}
	writer_integer(writer, NULL, histogram->count - before);
	writer_end_array(writer);
	writer_end_object(writer);
}

void html_charts_put(const struct html_charts *charts, struct writer *writer, const char *key)
{
	writer_begin_object(writer, key);
	put_rates(writer, "closes", &charts->closes, teardown_word, TEARDOWN_COUNT);
	put_rates(writer, "resets", &charts->resets, reset_form_word, RESET_FORM_COUNT);
	put_edges(writer, "edges_ns");
	put_distribution(writer, "network", &charts->network_ns);
	put_distribution(writer, "application", &charts->application_ns);
	put_distribution(writer, "reuse", &charts->reuse.intervals_ns);
	writer_integer(writer, "time_wait_ns", (uint64_t)charts->time_wait_ns);
	writer_integer(writer, "reuse_left_out", charts->reuse.left_out);
	writer_end_object(writer);
}
