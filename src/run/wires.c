#include "run/wires.h"

#include "process/status.h"

#include <inttypes.h>
#include <stdlib.h>

/* Drops are told at once, but not again and again. */
static const int64_t silence_ns = INT64_C(10000000000);

struct wires {
	const char *const *name;
	unsigned count;
	struct live *live;
	struct source_info *info;
	uint64_t drops_told;
	int64_t told_ns; /* when */
};

static void caution(void *context, const char *text)
{
	talk_warning(context, "%s", text);
}

static enum live_direction direction(const struct options *options)
{
	switch (options->direction) {
	case DIRECTION_IN:
		return LIVE_IN;
	case DIRECTION_OUT:
		return LIVE_OUT;
	case DIRECTION_BOTH:
		break;
	}
	return LIVE_IN_AND_OUT;
}

static struct live *open_live(const struct options *options, const char *filter,
			      const struct talk *talk, int *status)
{
	struct live_config config = {
		.interface = options->source,
		.count = options->source_count,
		.filter = filter,
		.snaplen_bytes = (unsigned)options->snaplen_bytes,
		.buffer_bytes = options->buffer_kib * 1024,
		.tstamp_type = options->tstamp_type,
		.linktype = options->linktype,
		.direction = direction(options),
		.promiscuity = options->no_promiscuous ? LIVE_NOT_PROMISCUOUS : LIVE_PROMISCUOUS,
	};
	struct live_refusal refusal;
	struct live *live = live_open(&config, &refusal, caution, (void *)talk);

	if (live != NULL)
		return live;
	talk_error(talk, "%s", refusal.error.text);
	*status = refusal.fault == LIVE_FAULT_ARGUMENT ? STATUS_USAGE : STATUS_FAILED;
	return NULL;
}

struct wires *wires_open(const struct options *options, const char *filter, const struct talk *talk,
			 int *status)
{
	struct wires *wires = calloc(1, sizeof(*wires));

	*status = STATUS_FAILED;
	if (wires != NULL) {
		wires->name = options->source;
		wires->count = options->source_count;
		wires->info = calloc(wires->count, sizeof(*wires->info));
	}
	if (wires == NULL || wires->info == NULL) {
		talk_error(talk, "not enough memory to capture");
	} else {
		wires->live = open_live(options, filter, talk, status);
		if (wires->live != NULL)
			return wires;
	}
	wires_close(wires);
	return NULL;
}

void wires_close(struct wires *wires)
{
	if (wires == NULL)
		return;
	live_close(wires->live);
	free(wires->info);
	free(wires);
}

void wires_introduce(struct wires *wires, const struct talk *talk)
{
	const struct source_info *info = wires_info(wires);

	for (unsigned i = 0; i < wires->count; i++) {
		const char *linktype = source_linktype_name(info[i].linktype[0]);

		talk_note(talk, "%s: listening, link type %s, %u bytes of each packet",
			  wires->name[i], linktype != NULL ? linktype : "unknown",
			  (unsigned)info[i].snaplen);
	}
}

static void tell_drops(struct wires *wires, const struct live_news *news, const struct talk *talk)
{
	struct live_counters counters;
	uint64_t drops;

	live_count(wires->live, &counters);
	drops = counters.kernel_drops + counters.kernel_ifdrops;
	if (wires->told_ns != 0 && news->at_ns - wires->told_ns < silence_ns)
		return;
	talk_warning(talk,
		     "%s: %" PRIu64 " packets were dropped before they could be looked at, %" PRIu64
		     " in all: connections of now are marked as doubtful (a larger --buffer-size "
		     "or a filter may help)",
		     wires->name[news->interface], drops - wires->drops_told, drops);
	wires->drops_told = drops;
	wires->told_ns = news->at_ns;
}

static void tell(struct wires *wires, const struct live_news *news, const struct talk *talk)
{
	const char *name = wires->name[news->interface];

	switch (news->event) {
	case LIVE_DROPPED:
		tell_drops(wires, news, talk);
		break;
	case LIVE_WENT_DOWN:
		talk_warning(talk, "%s: is down; waiting until it is up", name);
		break;
	case LIVE_CAME_UP:
		talk_warning(talk, "%s: is up again", name);
		break;
	case LIVE_VANISHED:
		talk_warning(talk, "%s: has disappeared; waiting until it is back", name);
		break;
	case LIVE_RETURNED:
		talk_warning(talk, "%s: is back", name);
		break;
	case LIVE_CHANGED:
	case LIVE_BROKE:
		talk_error(talk, "%s", news->error);
		break;
	}
}

enum wires_status wires_next(struct wires *wires, struct frame *frame, const struct talk *talk)
{
	const struct live_news *news;

	switch (live_next(wires->live, frame)) {
	case LIVE_FRAME:
		return WIRES_FRAME;
	case LIVE_TIME:
		return WIRES_TIME;
	case LIVE_FAILED:
		return WIRES_FAILED;
	case LIVE_NEWS:
		break;
	}
	news = live_news(wires->live);
	tell(wires, news, talk);
	frame->ts_ns = news->at_ns;
	return WIRES_LOSS;
}

int wires_conclude(struct wires *wires, const struct talk *talk)
{
	struct live_counters counters;
	int status = STATUS_DONE;

	live_count(wires->live, &counters);
	if (counters.kernel_drops + counters.kernel_ifdrops > wires->drops_told)
		talk_warning(talk,
			     "%" PRIu64 " packets in all were dropped before they could be "
			     "looked at",
			     counters.kernel_drops + counters.kernel_ifdrops);
	for (unsigned i = 0; i < wires->count; i++)
		if (!wires_info(wires)[i].complete)
			status = STATUS_FAILED;
	return status;
}

void wires_count(const struct wires *wires, struct live_counters *counters)
{
	live_count(wires->live, counters);
}

const struct source_info *wires_info(struct wires *wires)
{
	for (unsigned i = 0; i < wires->count; i++)
		live_info(wires->live, i, &wires->info[i]);
	return wires->info;
}
