#include "sink/text_summary.h"

#include "sink/text_closes.h"
#include "sink/text_findings.h"
#include "sink/text_headline.h"
#include "sink/text_input.h"
#include "sink/text_labels.h"
#include "sink/text_phrase.h"
#include "sink/text_table.h"

static void put_span(struct text_out *out, const struct run_report *run)
{
	struct phrase words;

	if (!run->has_packets)
		return;
	text_put(out, TEXT_PLAIN, "Captured from ");
	text_put(out, TEXT_PLAIN, phrase_date(&words, run->first_ns));
	text_put(out, TEXT_PLAIN, " ");
	text_put(out, TEXT_PLAIN, phrase_clock(&words, run->first_ns));
	text_put(out, TEXT_PLAIN, " UTC, over ");
	text_put(out, TEXT_PLAIN,
		 phrase_duration(&words, run->last_ns - run->first_ns, out->charset));
	text_end_line(out);
}

/* Puts a row for each count that is not zero and has a label; of many, with its share of `whole`.
 */
static void put_counts(struct text_out *out, const char *heading, const uint64_t *counts,
		       const char *const *labels, unsigned count, uint64_t whole)
{
	bool shares = whole >= PHRASE_SHARE_FROM;
	struct text_table table;

	text_table_begin(&table, shares ? "rrw" : "rw");
	for (unsigned i = 0; i < count; i++) {
		struct phrase *cell;

		if (counts[i] == 0 || labels[i] == NULL)
			continue;
		cell = text_table_row(&table, TEXT_PLAIN);
		phrase_number(&cell[0], counts[i]);
		if (shares)
			phrase_share(&cell[1], counts[i], whole);
		phrase_set(&cell[shares ? 2 : 1], labels[i]);
	}
	text_table_put(out, heading, &table);
}

/* Adds the row of each count that is not zero and has a label. */
static void add_counts(struct text_table *table, const uint64_t *counts, const char *const *labels,
		       unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (counts[i] == 0 || labels[i] == NULL)
			continue;
		struct phrase *cell = text_table_row(table, TEXT_PLAIN);

		phrase_number(&cell[0], counts[i]);
		phrase_set(&cell[1], labels[i]);
	}
}

static void put_ends(struct text_out *out, const struct tally_view *view)
{
	put_counts(out, "How they ended", view->by_teardown, label_end, TEARDOWN_COUNT,
		   view->flows);
	put_counts(out, "Not followed to their end, because of", view->by_reason, label_reason,
		   REASON_COUNT, 0);
	put_counts(out, "Who closed first", view->closed_by, label_closer, WHO_COUNT + 1,
		   view->flows);
}

static void put_resets(struct text_out *out, const struct tally_view *view)
{
	struct text_table table;

	text_table_begin(&table, "rw");
	add_counts(&table, view->resets_by_form, label_reset_form, RESET_FORM_COUNT);
	if (view->resets > 0)
		add_counts(&table, view->reset_by, label_reset_sender, WHO_COUNT + 1);
	text_table_put(out, "Resets: what they were, and who sent them", &table);
}

static void put_time_waits(struct text_out *out, const struct tally_view *view)
{
	static const char *const holders[] = {"held by the client", "held by the server"};
	struct text_table table;
	struct phrase words;

	text_table_begin(&table, "rw");
	add_counts(&table, view->time_waits_by_side, holders, 2);
	if (view->time_waits_peak > 0) {
		struct phrase *cell = text_table_row(&table, TEXT_PLAIN);

		phrase_number(&cell[0], view->time_waits_peak);
		phrase_set(&cell[1], "at once, at most: ");
		phrase_append(&cell[1], phrase_date(&words, view->time_waits_peak_at_ns));
		phrase_append(&cell[1], " ");
		phrase_append(&cell[1], phrase_clock(&words, view->time_waits_peak_at_ns));
	}
	text_table_put(out, "TIME-WAIT", &table);
}

/* "of 28,232 ports, none left in 50 s"; "" where the holder's ports are not what runs out. */
static void say_capacity(struct phrase *cell, const struct tally_occupancy *occupancy)
{
	struct phrase words;

	if (!occupancy->has_capacity)
		return;
	phrase_set(cell, "of ");
	phrase_append(cell, phrase_number(&words, occupancy->capacity));
	phrase_append(cell, " ports");
	if (occupancy->forecast.present) {
		phrase_append(cell, ", none left within ");
		phrase_append(cell, phrase_number(&words, occupancy->forecast.seconds_to_capacity));
		phrase_append(cell, " s");
	}
}

static void put_occupancy(struct text_out *out, const struct tally_view *view)
{
	struct text_table table;
	struct phrase *cell;

	text_table_begin(&table, "rllw");
	for (unsigned i = 0; i < view->occupancy_count; i++) {
		const struct tally_occupancy *occupancy = &view->occupancy[i];

		cell = text_table_row(&table, TEXT_PLAIN);
		phrase_number(&cell[0], occupancy->peak);
		phrase_set(&cell[1], phrase_who(occupancy->holder, ORIENTATION_HANDSHAKE));
		phrase_service(&cell[2], occupancy->addr, occupancy->server_port,
			       occupancy->ip_version);
		say_capacity(&cell[3], occupancy);
	}
	if (view->occupancy_left_out > 0) {
		cell = text_table_row(&table, TEXT_FAINT);
		phrase_number(&cell[0], view->occupancy_left_out);
		phrase_set(&cell[1], "TIME-WAITs not counted here: too many services");
	}
	text_table_put(out, "TIME-WAIT held at once, by service: at most, by whom, client > server",
		       &table);
}

static void add_host(struct text_table *table, const struct tally_host *host)
{
	const uint64_t counts[] = {host->closes_begun, host->time_waits_held, host->resets_sent,
				   host->close_waits};
	struct phrase *cell;

	if (counts[0] + counts[1] + counts[2] + counts[3] == 0)
		return;
	cell = text_table_row(table, TEXT_PLAIN);
	for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		phrase_number(&cell[i], counts[i]);
	phrase_address(&cell[4], host->addr, host->ip_version);
}

static void put_hosts(struct text_out *out, const struct tally_view *view)
{
	static const char *const heads[] = {"closes", "TIME-WAITs", "RSTs", "CLOSE-WAITs", "host"};
	struct text_table table;
	struct phrase *cell;

	if (view->host_count == 0)
		return;
	text_table_begin(&table, "rrrrl");
	cell = text_table_row(&table, TEXT_FAINT);
	for (unsigned i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		phrase_set(&cell[i], heads[i]);
	for (unsigned i = 0; i < view->host_count; i++)
		add_host(&table, &view->host[i]);
	if (table.row_count == 1)
		return;
	if (view->hosts_left_out > 0)
		phrase_set(&text_table_row(&table, TEXT_FAINT)[4], "(others: too many to count)");
	text_table_put(out, "Hosts: closes begun, TIME-WAITs held, RSTs sent, CLOSE-WAITs", &table);
}

static void put_durations(struct text_out *out, const struct tally_view *view)
{
	const struct tally_durations *close = &view->close;
	const struct {
		const char *label;
		uint64_t ns;
		uint64_t from_count; /* with fewer closes it says nothing new */
	} rows[] = {{"median", close->p50_ns, 3},
		    {"9 in 10 within", close->p90_ns, 10},
		    {"longest", close->max_ns, 1}};
	struct text_table table;
	struct phrase words, heading;

	if (close->count == 0)
		return;
	text_table_begin(&table, "lr");
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct phrase *cell;

		if (close->count < rows[i].from_count)
			continue;
		cell = text_table_row(&table, TEXT_PLAIN);
		phrase_set(&cell[0], rows[i].label);
		phrase_duration(&cell[1], (int64_t)rows[i].ns, out->charset);
	}
	phrase_set(&heading, "How long closing took, of ");
	phrase_append(&heading, phrase_count(&words, close->count, "close"));
	text_table_put(out, heading.text, &table);
}

/* Hosts that left connections in CLOSE-WAIT: their applications may have forgotten to close. */
static void put_close_waits(struct text_out *out, const struct tally_view *view)
{
	static const char *const heads[] = {"open", "of", "longest", "host"};
	struct text_table table;
	struct phrase *cell;

	text_table_begin(&table, "rrrl");
	cell = text_table_row(&table, TEXT_FAINT);
	for (unsigned i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		phrase_set(&cell[i], heads[i]);
	for (unsigned i = 0; i < view->host_count; i++) {
		const struct tally_host *host = &view->host[i];

		if (host->close_waits_open == 0)
			continue;
		cell = text_table_row(&table, TEXT_PLAIN);
		phrase_number(&cell[0], host->close_waits_open);
		phrase_number(&cell[1], host->close_waits);
		phrase_duration(&cell[2], host->close_wait_max_ns, out->charset);
		phrase_address(&cell[3], host->addr, host->ip_version);
	}
	if (table.row_count > 1)
		text_table_put(out, "CLOSE-WAIT not seen to end: candidates for a leak", &table);
}

void text_summary(struct text_out *out, const struct run_report *run, const struct tally_view *view)
{
	const struct findings *findings = run->tally != NULL ? tally_findings(run->tally) : NULL;

	text_headline(out, view, findings);
	put_span(out, run);
	if (findings != NULL)
		text_findings(out, run, findings);
	put_ends(out, view);
	put_resets(out, view);
	if (findings != NULL)
		text_reset_causes(out, findings);
	put_durations(out, view);
	if (findings != NULL)
		text_slowest_closes(out, findings);
	put_time_waits(out, view);
	put_occupancy(out, view);
	put_close_waits(out, view);
	put_hosts(out, view);
	text_input(out, run);
}
