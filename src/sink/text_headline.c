#include "sink/text_headline.h"

#include "sink/text_phrase.h"
#include "sink/text_verdict.h"

/* "17", or of many "96 %". */
static const char *say_share(struct phrase *phrase, uint64_t part, uint64_t whole)
{
	if (whole < PHRASE_SHARE_FROM || part == 0)
		return phrase_number(phrase, part);
	return phrase_share(phrase, part, whole);
}

/* Adds a part to the sentence. */
static void say(struct text_out *out, const char *words)
{
	text_put(out, TEXT_PLAIN, ";");
	text_words(out, " ", TEXT_PLAIN, words);
}

static void say_order(struct text_out *out, const struct tally_view *view)
{
	uint64_t orderly = view->by_teardown[TEARDOWN_FOUR_WAY] +
			   view->by_teardown[TEARDOWN_THREE_SEGMENT] +
			   view->by_teardown[TEARDOWN_SIMULTANEOUS];
	struct phrase words;

	if (orderly == view->flows) {
		say(out, orderly == 1 ? "closed in order" : "all closed in order");
		return;
	}
	say_share(&words, orderly, view->flows);
	phrase_append(&words, " closed in order");
	say(out, orderly == 0 ? "none closed in order" : words.text);
}

/* Who closes first more often than the other, of the connections of which that is known. */
static void say_closer(struct text_out *out, const struct tally_view *view)
{
	uint64_t client = view->closed_by[WHO_CLIENT], server = view->closed_by[WHO_SERVER];
	uint64_t known = client + server + view->closed_by[WHO_BOTH];
	bool is_client = client >= server;
	uint64_t most = is_client ? client : server;
	struct phrase words, share;

	if (most == 0)
		return;
	phrase_set(&words, is_client ? "the client closed first" : "the server closed first");
	if (most == known && known > 1) {
		phrase_append(&words, " in all");
	} else if (known > 1) {
		phrase_append(&words, " in ");
		phrase_append(&words, say_share(&share, most, known));
	}
	say(out, words.text);
}

static void say_resets(struct text_out *out, const struct findings *findings, uint64_t resets)
{
	struct finding_cause causes = {.commonest = CAUSE_NULL};
	struct phrase words, part;

	if (resets == 0)
		return;
	phrase_number(&words, resets);
	phrase_append(&words, " reset");
	if (findings != NULL)
		findings_causes(findings, &causes);
	if (causes.commonest != CAUSE_NULL) {
		uint64_t explained = causes.by_cause[causes.commonest];

		phrase_append(&words, ", ");
		phrase_append(&words, explained == resets ? (resets == 1 ? "" : "all of them ")
							  : phrase_number(&part, explained));
		phrase_append(&words, explained == resets ? "" : " of them ");
		phrase_append(&words, "explained by ");
		phrase_append(&words, verdict_cause_words(causes.commonest));
	}
	if (causes.place.connections > 0) {
		phrase_append(&words, " at ");
		phrase_append(&words, phrase_port(&part, causes.place.addr, causes.place.port,
						  causes.place.ip_version));
	}
	say(out, words.text);
}

static void say_count(struct text_out *out, uint64_t count, const char *what)
{
	struct phrase words;

	if (count == 0)
		return;
	phrase_number(&words, count);
	phrase_append(&words, what);
	say(out, words.text);
}

void text_headline(struct text_out *out, const struct tally_view *view,
		   const struct findings *findings)
{
	const uint64_t *ended = view->by_teardown;
	struct phrase words;

	out->indent = 2;
	text_put(out, TEXT_HEADING, phrase_count(&words, view->flows, "connection"));
	if (view->flows > 0) {
		say_order(out, view);
		say_closer(out, view);
		say_resets(out, findings, ended[TEARDOWN_RST_ABORT] + ended[TEARDOWN_FIN_THEN_RST]);
		say_count(out, ended[TEARDOWN_REFUSED], " refused");
		say_count(out, ended[TEARDOWN_CONNECT_TIMEOUT], " never answered");
		say_count(out, ended[TEARDOWN_HANDSHAKE_ABANDONED], " never established");
		say_count(out, ended[TEARDOWN_HALF_CLOSED], " half-closed");
		say_count(out, ended[TEARDOWN_FOUR_WAY_INCOMPLETE] + ended[TEARDOWN_ONE_SIDED_FIN],
			  " with a FIN never acknowledged");
		say_count(out, ended[TEARDOWN_NONE], " whose close was not seen");
	}
	text_end_line(out);
}
