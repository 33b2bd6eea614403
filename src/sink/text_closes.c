#include "sink/text_closes.h"

#include "sink/text_phrase.h"
#include "sink/text_table.h"
#include "sink/text_verdict.h"

enum { CAUSES_SHOWN = 8 };

/* The cause with most resets among those that have fewer than the one before, of equal ones the
 * next; CAUSE_COUNT + 1: there is none. */
static unsigned next_cause(const struct finding_cause *causes, unsigned before)
{
	unsigned next = CAUSE_COUNT + 1;

	for (unsigned cause = 0; cause <= CAUSE_COUNT; cause++) {
		uint64_t count = causes->by_cause[cause];
		bool follows = before > CAUSE_COUNT || count < causes->by_cause[before] ||
			       (count == causes->by_cause[before] && cause > before);

		if (count > 0 && follows && (next > CAUSE_COUNT || count > causes->by_cause[next]))
			next = cause;
	}
	return next;
}

void text_reset_causes(struct text_out *out, const struct findings *findings)
{
	struct finding_cause causes;
	struct text_table table;
	unsigned cause = CAUSE_COUNT + 1;

	findings_causes(findings, &causes);
	text_table_begin(&table, "rw");
	for (unsigned i = 0; i < CAUSES_SHOWN; i++) {
		struct phrase *cell;

		cause = next_cause(&causes, cause);
		if (cause > CAUSE_COUNT)
			break;
		cell = text_table_row(&table, TEXT_PLAIN);
		phrase_number(&cell[0], causes.by_cause[cause]);
		phrase_set(&cell[1], cause == CAUSE_NULL ? "no explanation"
							 : verdict_cause_words((enum cause)cause));
	}
	text_table_put(out, "Resets of connections: what explains them best", &table);
}

static void put_slow(struct text_table *table, const struct finding_slow *slow,
		     enum text_charset charset)
{
	struct phrase *cell = text_table_row(table, TEXT_PLAIN);

	phrase_duration(&cell[0], slow->close_ns, charset);
	if (slow->has_application) {
		phrase_duration(&cell[1], slow->close_ns - slow->application_ns, charset);
		phrase_duration(&cell[2], slow->application_ns, charset);
	} else {
		phrase_duration(&cell[1], slow->close_ns, charset);
		phrase_set(&cell[2], "-");
	}
	phrase_tuple(&cell[3], &slow->envelope, slow->orientation);
}

void text_slowest_closes(struct text_out *out, const struct findings *findings)
{
	static const char *const heads[] = {"whole", "network", "application", "connection"};
	struct finding_slow list[FINDINGS_SLOWEST];
	unsigned count = findings_slowest(findings, list);
	struct text_table table;
	struct phrase *cell;

	if (count == 0)
		return;
	text_table_begin(&table, "rrrw");
	cell = text_table_row(&table, TEXT_FAINT);
	for (unsigned i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		phrase_set(&cell[i], heads[i]);
	for (unsigned i = 0; i < count; i++)
		put_slow(&table, &list[i], out->charset);
	text_table_put(out, "Slowest closes, and where their time went", &table);
}
