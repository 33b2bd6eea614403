#include "sink/text_input.h"

#include "sink/text_phrase.h"
#include "sink/text_table.h"

#include <string.h>

enum {
	SOURCES_SHOWN = 10, /* of those without damage */
	NAME_BYTES = 1024,
};

static void put_heading(struct text_out *out, const char *heading)
{
	text_end_line(out);
	text_put(out, TEXT_HEADING, heading);
	text_end_line(out);
}

static void add_frames(struct text_table *table, uint64_t count, const char *what)
{
	if (count == 0)
		return;
	struct phrase *cell = text_table_row(table, TEXT_PLAIN);

	phrase_number(&cell[0], count);
	phrase_set(&cell[1], what);
}

static uint64_t frames_lent(const struct run_report *run)
{
	uint64_t frames = 0;

	for (unsigned i = 0; i < run->source_count; i++)
		frames += run->source[i].frames;
	return frames;
}

/* Every frame once, so that the lines add up to the last. */
static void put_frames(struct text_out *out, const struct run_report *run)
{
	static const char *const unread[] = {
		[DECODE_TCP] = "TCP",
		[DECODE_NOT_TCP] = "not analysed: another protocol",
		[DECODE_FRAGMENT] = "parts of fragmented IP packets",
		[DECODE_TRUNCATED] = "not analysed: cut short by the capture",
		[DECODE_INVALID] = "not analysed: invalid lengths",
	};
	const struct decode_counters *decoder = &run->decoder;
	uint64_t lent = frames_lent(run);
	uint64_t all = lent > decoder->frames ? lent : decoder->frames;
	struct text_table table;

	_Static_assert(sizeof(unread) / sizeof(unread[0]) == DECODE_VERDICT_COUNT,
		       "every verdict has its words");
	text_table_begin(&table, "rw");
	for (unsigned i = 0; i < DECODE_VERDICT_COUNT; i++)
		add_frames(&table, decoder->by_verdict[i], unread[i]);
	add_frames(&table, all - decoder->frames,
		   run->filter != NULL ? "left out by the filter" : "left out before decoding");
	add_frames(&table, all, "in all");
	text_table_put(out, "Frames", &table);
	if (run->analyzer.ignored > 0) {
		struct phrase words;

		phrase_count(&words, run->analyzer.ignored, "TCP frame");
		phrase_append(&words, " not judged: wrong checksum, or header cut short");
		text_tab(out, TABLE_INDENT);
		out->indent = 2 * TABLE_INDENT;
		text_words(out, "", TEXT_NOTICE, words.text);
		text_end_line(out);
	}
}

static void put_escaped(struct text_out *out, const char *separator, enum text_style style,
			const char *name)
{
	char safe[NAME_BYTES];

	text_escape(out, name, safe, sizeof(safe));
	text_words(out, separator, style, safe);
}

static void put_source(struct text_out *out, const struct source_info *source)
{
	struct phrase words;

	text_tab(out, TABLE_INDENT);
	out->indent = 2 * TABLE_INDENT;
	put_escaped(out, "", TEXT_PLAIN,
		    strcmp(source->name, "-") == 0 ? "(standard input)" : source->name);
	text_put(out, TEXT_PLAIN, ":");
	text_words(out, " ", TEXT_PLAIN,
		   source->format != NULL ? source->format : "unknown format");
	text_put(out, TEXT_PLAIN, ",");
	text_words(out, " ", TEXT_PLAIN, phrase_count(&words, source->frames, "frame"));
	text_put(out, TEXT_PLAIN, ",");
	if (source->error != NULL) {
		text_words(out, " ", TEXT_ERROR, "DAMAGED OR INCOMPLETE:");
		put_escaped(out, " ", TEXT_ERROR, source->error);
	} else {
		text_words(out, " ", source->complete ? TEXT_PLAIN : TEXT_WARNING,
			   source->complete ? "read to its end" : "not read to its end");
	}
	text_end_line(out);
}

static void put_sources(struct text_out *out, const struct run_report *run)
{
	unsigned shown = 0, more = 0;
	struct phrase words;

	if (run->source_count == 0)
		return;
	put_heading(out, run->source_count == 1 ? "Source" : "Sources");
	for (unsigned i = 0; i < run->source_count; i++) {
		const struct source_info *source = &run->source[i];

		if (source->error == NULL && shown == SOURCES_SHOWN) {
			more++;
			continue;
		}
		shown += source->error == NULL;
		put_source(out, source);
	}
	if (more > 0) {
		text_tab(out, TABLE_INDENT);
		text_put(out, TEXT_PLAIN, "and ");
		text_put(out, TEXT_PLAIN, phrase_number(&words, more));
		text_put(out, TEXT_PLAIN, " more without damage");
		text_end_line(out);
	}
}

static const char *stop_words(const char *stopped_by)
{
	static const struct {
		const char *word, *words;
	} stops[] = {
		{"count", "Stopped after as many packets as were asked for."},
		{"signal", "Stopped by a signal before the input ended."},
		{"error", "Stopped by an error before the input ended."},
	};

	for (size_t i = 0; stopped_by != NULL && i < sizeof(stops) / sizeof(stops[0]); i++) {
		if (strcmp(stopped_by, stops[i].word) == 0)
			return stops[i].words;
	}
	return NULL;
}

static void put_note(struct text_out *out, enum text_style style, const char *words)
{
	out->indent = 0;
	text_end_line(out);
	text_words(out, "", style, words);
	text_end_line(out);
}

static void put_notes(struct text_out *out, const struct run_report *run)
{
	const char *stop = stop_words(run->stopped_by);
	struct phrase words;

	if (run->analyzer.flows_evicted > 0) {
		phrase_count(&words, run->analyzer.flows_evicted, "connection");
		phrase_append(&words,
			      " dropped from the table early, to keep to the bound on memory.");
		put_note(out, TEXT_WARNING, words.text);
	}
	if (stop != NULL)
		put_note(out, TEXT_WARNING, stop);
}

void text_input(struct text_out *out, const struct run_report *run)
{
	put_frames(out, run);
	if (run->filter != NULL) {
		text_tab(out, TABLE_INDENT);
		out->indent = 2 * TABLE_INDENT;
		text_put(out, TEXT_PLAIN, "filter:");
		put_escaped(out, " ", TEXT_PLAIN, run->filter);
		text_end_line(out);
	}
	put_sources(out, run);
	put_notes(out, run);
}
