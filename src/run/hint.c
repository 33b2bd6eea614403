#define _POSIX_C_SOURCE 200809L

#include "run/hint.h"

#include "core/words.h"
#include "decode/decode.h"
#include "source/filter.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES_MAX = 10000, ATTEMPTS = 5 };

/* What hides packets, and how an expression is written that looks behind it. */
static const struct {
	const char *what;
	const char *format;
} ways[ATTEMPTS] = {
	{"frames carry VLAN tags", "(vlan and (%s))"},
	{"frames carry two VLAN tags", "(vlan and vlan and (%s))"},
	{"frames carry MPLS labels", "(mpls and (%s))"},
	{"frames are of PPPoE sessions", "(pppoes and (%s))"},
	{"packets are inside of Geneve tunnels", "(geneve and (%s))"},
};

struct attempt {
	char *expression;
	struct filter *filter; /* NULL: it cannot be written so */
	bool found;            /* a frame that passes */
};

struct hint {
	const char *expression;
	struct attempt attempt[ATTEMPTS];
	unsigned looked;
	struct decode_counters counters;
	uint8_t tunnel_type; /* enum tunnel, of the last one that was met */
};

static bool prepare(struct attempt *attempt, const char *format, const char *expression)
{
	struct source_error unused;
	size_t size = strlen(format) + strlen(expression) + 1;

	attempt->expression = malloc(size);
	if (attempt->expression == NULL)
		return false;
	snprintf(attempt->expression, size, format, expression);
	attempt->filter = filter_create(attempt->expression, &unused);
	return true;
}

struct hint *hint_create(const char *expression)
{
	struct hint *hint = calloc(1, sizeof(*hint));

	if (hint == NULL)
		return NULL;
	hint->expression = expression;
	for (unsigned i = 0; i < ATTEMPTS; i++) {
		if (!prepare(&hint->attempt[i], ways[i].format, expression)) {
			hint_destroy(hint);
			return NULL;
		}
	}
	return hint;
}

void hint_destroy(struct hint *hint)
{
	if (hint == NULL)
		return;
	for (unsigned i = 0; i < ATTEMPTS; i++) {
		filter_destroy(hint->attempt[i].filter);
		free(hint->attempt[i].expression);
	}
	free(hint);
}

void hint_look(struct hint *hint, const struct frame *frame)
{
	struct source_error unused;
	struct segment segment;

	if (hint->looked == FRAMES_MAX)
		return;
	hint->looked++;
	if (decode_frame(frame, DECODE_HEADERS_ONLY, &segment, &hint->counters) == DECODE_TCP &&
	    segment.tuple.tunnelled)
		hint->tunnel_type = segment.tuple.tunnel_type;
	for (unsigned i = 0; i < ATTEMPTS; i++) {
		struct attempt *attempt = &hint->attempt[i];

		if (attempt->filter != NULL && !attempt->found)
			attempt->found = filter_match(attempt->filter, frame, &unused) == 1;
	}
}

static void tell_way(unsigned way, const char *expression, const struct talk *talk)
{
	talk_warning(talk,
		     "the filter let nothing pass, and %s, which hide packets from it (try '%s')",
		     ways[way].what, expression);
}

void hint_tell(const struct hint *hint, const struct talk *talk)
{
	for (unsigned i = 0; i < ATTEMPTS; i++) {
		if (hint->attempt[i].found) {
			tell_way(i, hint->attempt[i].expression, talk);
			return;
		}
	}
	if (hint->counters.tunnel != 0)
		talk_warning(talk,
			     "the filter let nothing pass, and packets are inside of tunnels (%s), "
			     "into which no filter looks (leave it out, and choose among the "
			     "records: jq 'select(.dest_port == 80)')",
			     tunnel_word(hint->tunnel_type));
	else if (hint->counters.vlan != 0)
		tell_way(0, hint->attempt[0].expression, talk);
}
