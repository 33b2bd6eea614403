#include "sink/text_summary.h"

#include "sink/text_input.h"
#include "sink/text_phrase.h"
#include "sink/text_table.h"

enum { ANOMALIES_SHOWN = 10 };

static const char *const end_labels[] = {
	[TEARDOWN_FOUR_WAY] = "closed in order, 4 segments",
	[TEARDOWN_THREE_SEGMENT] = "closed in order, 3 segments",
	[TEARDOWN_SIMULTANEOUS] = "closed in order, both at once",
	[TEARDOWN_FOUR_WAY_INCOMPLETE] = "both closed, one FIN never acknowledged",
	[TEARDOWN_HALF_CLOSED] = "half-closed, other side still open",
	[TEARDOWN_ONE_SIDED_FIN] = "one FIN, not acknowledged",
	[TEARDOWN_RST_ABORT] = "reset while open",
	[TEARDOWN_FIN_THEN_RST] = "reset during the close",
	[TEARDOWN_REFUSED] = "refused",
	[TEARDOWN_CONNECT_TIMEOUT] = "no answer to SYN",
	[TEARDOWN_HANDSHAKE_ABANDONED] = "handshake abandoned",
	[TEARDOWN_NONE] = "no close seen",
};
_Static_assert(sizeof(end_labels) / sizeof(end_labels[0]) == TEARDOWN_COUNT,
	       "every end has its label");

static const char *const reason_labels[] = {
	[REASON_CLOSED] = NULL, /* seen to their ends */
	[REASON_RESET] = NULL,
	[REASON_IDLE_TIMEOUT] = "silence for too long",
	[REASON_REUSED] = "reuse of the ports",
	[REASON_CAPTURE_END] = "the end of the capture",
	[REASON_EVICTED] = "the bound on memory",
	[REASON_SHUTDOWN] = "the end of the run",
};
_Static_assert(sizeof(reason_labels) / sizeof(reason_labels[0]) == REASON_COUNT,
	       "every reason has its label");

static const char *const form_labels[] = {
	[RESET_FORM_ABORT] = "abort",
	[RESET_FORM_REPLY] = "reply to a segment for a closed socket",
	[RESET_FORM_REFUSAL] = "refusal of a SYN",
	[RESET_FORM_UNKNOWN] = "form not known",
};
_Static_assert(sizeof(form_labels) / sizeof(form_labels[0]) == RESET_FORM_COUNT,
	       "every form has its label");

static const char *const sender_labels[] = {
	[WHO_CLIENT] = "sent by the client", [WHO_SERVER] = "sent by the server",
	[WHO_BOTH] = "sent by both",         [WHO_THIRD_PARTY] = "sent by a third party",
	[WHO_NULL] = "sender not known",
};
static const char *const closer_labels[] = {
	[WHO_CLIENT] = "client",
	[WHO_SERVER] = "server",
	[WHO_BOTH] = "both at once",
	[WHO_THIRD_PARTY] = "a third party",
	[WHO_NULL] = "nobody, or not known",
};
_Static_assert(sizeof(closer_labels) / sizeof(closer_labels[0]) == WHO_COUNT + 1 &&
		       sizeof(sender_labels) / sizeof(sender_labels[0]) == WHO_COUNT + 1,
	       "everybody has a label, and nobody too");

/* One of the headline's counts: "2 reset", after a comma where it is not the first. */
static void say_count(struct text_out *out, unsigned *said, uint64_t count, const char *what)
{
	struct phrase words;

	if (count == 0)
		return;
	phrase_number(&words, count);
	phrase_append(&words, " ");
	phrase_append(&words, what);
	text_put(out, TEXT_PLAIN, *said > 0 ? "," : "");
	text_words(out, " ", TEXT_PLAIN, words.text);
	(*said)++;
}

static uint64_t closed_in_order(const struct tally_view *view)
{
	return view->by_teardown[TEARDOWN_FOUR_WAY] + view->by_teardown[TEARDOWN_THREE_SEGMENT] +
	       view->by_teardown[TEARDOWN_SIMULTANEOUS];
}

/* "21 connections: 17 closed in order, 2 reset, 1 refused, 1 half-closed; first to close: server 9,
 * client 8" */
static void put_headline(struct text_out *out, const struct tally_view *view)
{
	const uint64_t *ended = view->by_teardown;
	struct phrase words;
	unsigned said = 0, closers = 0;

	out->indent = TABLE_INDENT;
	text_put(out, TEXT_HEADING, phrase_count(&words, view->flows, "connection"));
	text_put(out, TEXT_PLAIN, view->flows > 0 ? ":" : "");
	say_count(out, &said, closed_in_order(view), "closed in order");
	say_count(out, &said, ended[TEARDOWN_RST_ABORT] + ended[TEARDOWN_FIN_THEN_RST], "reset");
	say_count(out, &said, ended[TEARDOWN_REFUSED], "refused");
	say_count(out, &said, ended[TEARDOWN_HALF_CLOSED], "half-closed");
	say_count(out, &said, ended[TEARDOWN_FOUR_WAY_INCOMPLETE] + ended[TEARDOWN_ONE_SIDED_FIN],
		  "with a FIN never acknowledged");
	say_count(out, &said, ended[TEARDOWN_CONNECT_TIMEOUT], "never answered");
	say_count(out, &said, ended[TEARDOWN_HANDSHAKE_ABANDONED], "never established");
	say_count(out, &said, ended[TEARDOWN_NONE], "without a close");
	if (view->closed_by[WHO_CLIENT] + view->closed_by[WHO_SERVER] > 0) {
		text_put(out, TEXT_PLAIN, ";");
		say_count(out, &closers, view->closed_by[WHO_CLIENT], "ended by the client first");
		say_count(out, &closers, view->closed_by[WHO_SERVER], "by the server first");
	}
	text_end_line(out);
}

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
	struct text_table table;

	text_table_begin(&table, "rw");
	add_counts(&table, view->by_teardown, end_labels, TEARDOWN_COUNT);
	text_table_put(out, "How they ended", &table);
	text_table_begin(&table, "rw");
	add_counts(&table, view->by_reason, reason_labels, REASON_COUNT);
	text_table_put(out, "Not followed to their end, because of", &table);
	text_table_begin(&table, "rw");
	add_counts(&table, view->closed_by, closer_labels, WHO_COUNT + 1);
	text_table_put(out, "Who closed first", &table);
}

static void put_resets(struct text_out *out, const struct tally_view *view)
{
	struct text_table table;

	text_table_begin(&table, "rw");
	add_counts(&table, view->resets_by_form, form_labels, RESET_FORM_COUNT);
	if (view->resets > 0)
		add_counts(&table, view->reset_by, sender_labels, WHO_COUNT + 1);
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
	if (view->hosts_left_out > 0)
		phrase_set(&text_table_row(&table, TEXT_FAINT)[4], "(others: too many to count)");
	text_table_put(out, "Hosts: closes begun, TIME-WAITs held, RSTs sent, CLOSE-WAITs", &table);
}

/* The more frequent anomaly; of two equally frequent ones, that of the lower number. */
static bool goes_before(const struct tally_view *view, unsigned a, unsigned b)
{
	if (view->by_anomaly[a] != view->by_anomaly[b])
		return view->by_anomaly[a] > view->by_anomaly[b];
	return anomaly_row(a)->number < anomaly_row(b)->number;
}

/* The seen anomalies, most frequent first, into `ids`; returns how many there are. */
static unsigned rank_anomalies(const struct tally_view *view, unsigned ids[ANOMALY_COUNT])
{
	unsigned count = 0;

	for (unsigned id = 0; id < ANOMALY_COUNT; id++) {
		unsigned place = count;

		if (view->by_anomaly[id] == 0)
			continue;
		for (; place > 0 && goes_before(view, id, ids[place - 1]); place--)
			ids[place] = ids[place - 1];
		ids[place] = id;
		count++;
	}
	return count;
}

/* "Anomalies: 1 error, 3 warnings" */
static void name_severities(struct phrase *heading, const struct tally_view *view)
{
	const char *separator = ": ";
	struct phrase words;

	phrase_set(heading, "Anomalies");
	for (unsigned i = SEVERITY_COUNT; i-- > 0;) {
		if (view->by_severity[i] == 0)
			continue;
		phrase_append(heading, separator);
		phrase_append(heading, phrase_number(&words, view->by_severity[i]));
		phrase_append(heading, " ");
		phrase_append(heading, severity_word(i));
		phrase_append(heading, i != SEVERITY_INFO && view->by_severity[i] != 1 ? "s" : "");
		separator = ", ";
	}
}

static void put_anomalies(struct text_out *out, const struct tally_view *view)
{
	unsigned ids[ANOMALY_COUNT];
	unsigned count = rank_anomalies(view, ids);
	struct text_table table;
	struct phrase heading, *cell;

	text_table_begin(&table, "rlw");
	for (unsigned i = 0; i < count && i < ANOMALIES_SHOWN; i++) {
		const struct anomaly_row *row = anomaly_row(ids[i]);

		cell = text_table_row(&table, TEXT_PLAIN);
		phrase_number(&cell[0], view->by_anomaly[ids[i]]);
		phrase_set(&cell[1], row->id);
		phrase_set(&cell[2], row->message);
	}
	if (count > ANOMALIES_SHOWN) {
		cell = text_table_row(&table, TEXT_FAINT);
		phrase_set(&cell[1], "and ");
		phrase_append(&cell[1], phrase_count(&heading, count - ANOMALIES_SHOWN, "other"));
	}
	name_severities(&heading, view);
	text_table_put(out, heading.text, &table);
}

static void put_durations(struct text_out *out, const struct tally_view *view)
{
	const struct tally_durations *close = &view->close;
	const struct {
		const char *label;
		uint64_t ns;
	} rows[] = {{"median", close->p50_ns},
		    {"9 in 10 within", close->p90_ns},
		    {"longest", close->max_ns}};
	struct text_table table;
	struct phrase words, heading;

	if (close->count == 0)
		return;
	text_table_begin(&table, "lr");
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct phrase *cell = text_table_row(&table, TEXT_PLAIN);

		phrase_set(&cell[0], rows[i].label);
		phrase_duration(&cell[1], (int64_t)rows[i].ns, out->charset);
	}
	phrase_set(&heading, "How long closing took, of ");
	phrase_append(&heading, phrase_count(&words, close->count, "close"));
	text_table_put(out, heading.text, &table);
}

void text_summary(struct text_out *out, const struct run_report *run, const struct tally_view *view)
{
	put_headline(out, view);
	put_span(out, run);
	put_ends(out, view);
	put_resets(out, view);
	put_durations(out, view);
	put_time_waits(out, view);
	put_occupancy(out, view);
	put_hosts(out, view);
	put_anomalies(out, view);
	text_input(out, run);
}
