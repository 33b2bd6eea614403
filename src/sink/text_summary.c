#include "sink/text_summary.h"

#include "sink/text_closes.h"
#include "sink/text_findings.h"
#include "sink/text_headline.h"
#include "sink/text_input.h"
#include "sink/text_labels.h"
#include "sink/text_phrase.h"
#include "sink/text_services.h"
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

void text_summary(struct text_out *out, const struct run_report *run, const struct tally_view *view)
{
	const struct findings *findings = run->tally != NULL ? tally_findings(run->tally) : NULL;

	text_headline(out, view, findings);
	put_span(out, run);
	if (findings != NULL)
		text_findings(out, run, view, findings);
	put_ends(out, view);
	put_resets(out, view);
	if (findings != NULL)
		text_reset_causes(out, findings);
	put_durations(out, view);
	if (findings != NULL)
		text_slowest_closes(out, findings);
	text_time_waits(out, view);
	text_services(out, view);
	text_hosts(out, view);
	text_input(out, run);
}
