#define _POSIX_C_SOURCE 200809L

#include "source/live.h"

#include "source/live_interface.h"

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	TICK_MS = 50,
	NEWS_PER_INTERFACE = 3, /* cannot be read, drops, looks different */
};

/* Behind the clock everything has come: a block of frames is handed over after 100 ms. */
static const int64_t lag_ns = 150 * INT64_C(1000000);
static const int64_t count_every_ns = 10 * INT64_C(1000000);
static const int64_t look_every_ns = INT64_C(1000000000);

struct live {
	struct live_interface **interface;
	struct pollfd *waiting;
	unsigned count;
	bool ticks;                    /* the frames' stamps are of our clock */
	bool lent;                     /* a frame, since the interfaces were read last */
	int64_t delivered_ns;          /* what was stamped up to here has been read */
	int64_t counted_ns, looked_ns; /* of the monotonic clock */
	struct live_news *news;
	unsigned news_count, news_next;
};

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* A clock of a network card's own says nothing about ours. */
static bool is_our_clock(const char *tstamp_type)
{
	return tstamp_type == NULL || strstr(tstamp_type, "unsynced") == NULL;
}

static bool allocate(struct live *live, const struct live_config *config)
{
	live->interface = calloc(config->count, sizeof(struct live_interface *));
	live->waiting = calloc(config->count, sizeof(*live->waiting));
	live->news = calloc(NEWS_PER_INTERFACE * (size_t)config->count, sizeof(*live->news));
	live->ticks = is_our_clock(config->tstamp_type);
	return live->interface != NULL && live->waiting != NULL && live->news != NULL;
}

struct live *live_open(const struct live_config *config, struct live_refusal *refusal,
		       void (*caution)(void *context, const char *text), void *context)
{
	struct live *live = calloc(1, sizeof(*live));
	struct source_error careful;

	if (live == NULL || !allocate(live, config)) {
		refusal->fault = LIVE_FAULT_INTERFACE;
		snprintf(refusal->error.text, sizeof(refusal->error.text),
			 "not enough memory to capture");
		live_close(live);
		return NULL;
	}
	for (; live->count < config->count; live->count++) {
		struct live_interface *interface =
			live_interface_open(config, live->count, refusal, &careful);

		if (interface == NULL) {
			live_close(live);
			return NULL;
		}
		if (careful.text[0] != '\0')
			caution(context, careful.text);
		live->interface[live->count] = interface;
		live->waiting[live->count].events = POLLIN;
	}
	return live;
}

void live_close(struct live *live)
{
	if (live == NULL)
		return;
	for (unsigned i = 0; i < live->count; i++)
		live_interface_close(live->interface[i]);
	free(live->interface);
	free(live->waiting);
	free(live->news);
	free(live);
}

static void add_news(struct live *live, struct live_news news)
{
	news.at_ns = clock_ns(CLOCK_REALTIME);
	live->news[live->news_count++] = news;
}

static void count_drops(struct live *live, int64_t now_ns)
{
	if (now_ns - live->counted_ns < count_every_ns)
		return;
	live->counted_ns = now_ns;
	for (unsigned i = 0; i < live->count; i++) {
		uint64_t lost = live_interface_count(live->interface[i]);

		if (lost > 0)
			add_news(live, (struct live_news){.event = LIVE_DROPPED,
							  .interface = i,
							  .frames = lost});
	}
}

static void look_at_all(struct live *live, int64_t now_ns)
{
	if (now_ns - live->looked_ns < look_every_ns)
		return;
	live->looked_ns = now_ns;
	for (unsigned i = 0; i < live->count; i++) {
		struct live_news news = {.interface = i};

		if (live_interface_look(live->interface[i], &news))
			add_news(live, news);
	}
}

static void read_one(struct live *live, struct live_interface *interface)
{
	struct live_news news = {.interface = interface->index};

	if (live_interface_head(interface) != NULL || live_interface_read(interface))
		return;
	live_interface_blame(interface, &news);
	add_news(live, news);
}

/* Reads from each interface of which nothing is left. */
static void refill(struct live *live)
{
	int64_t begin_ns = clock_ns(CLOCK_REALTIME);
	int64_t now_ns = clock_ns(CLOCK_MONOTONIC);

	live->news_count = live->news_next = 0;
	for (unsigned i = 0; i < live->count; i++)
		read_one(live, live->interface[i]);
	count_drops(live, now_ns);
	look_at_all(live, now_ns);
	live->delivered_ns = begin_ns - lag_ns;
	live->lent = false;
}

/* The interface whose next frame is the earliest; NULL if there is no frame. */
static struct live_interface *earliest(const struct live *live)
{
	struct live_interface *first = NULL;

	for (unsigned i = 0; i < live->count; i++) {
		const struct frame *head = live_interface_head(live->interface[i]);

		if (head != NULL &&
		    (first == NULL || head->ts_ns < live_interface_head(first)->ts_ns))
			first = live->interface[i];
	}
	return first;
}

/* True if an interface of which nothing is left could still deliver something earlier. */
static bool may_be_preceded(const struct live *live, const struct frame *head)
{
	if (live->count == 1 || !live->ticks || head->ts_ns <= live->delivered_ns)
		return false;
	for (unsigned i = 0; i < live->count; i++)
		if (live_interface_head(live->interface[i]) == NULL &&
		    live->interface[i]->state != WIRE_FAILED)
			return true;
	return false;
}

/* Until something comes, or what is held back is due, or a tick is over. */
static void wait_for_frames(struct live *live)
{
	const struct live_interface *first = earliest(live);
	int timeout_ms = TICK_MS;

	for (unsigned i = 0; i < live->count; i++) {
		const struct live_interface *interface = live->interface[i];
		bool asked =
			live_interface_head(interface) == NULL && interface->state != WIRE_FAILED;

		live->waiting[i].fd = asked ? live_interface_descriptor(interface) : -1;
	}
	if (first != NULL) {
		int64_t due_ns = live_interface_head(first)->ts_ns + lag_ns;
		int64_t left_ms = (due_ns - clock_ns(CLOCK_REALTIME)) / 1000000 + 1;

		if (left_ms < timeout_ms)
			timeout_ms = left_ms > 0 ? (int)left_ms : 0;
	}
	poll(live->waiting, live->count, timeout_ms);
}

static bool all_failed(const struct live *live)
{
	for (unsigned i = 0; i < live->count; i++)
		if (live->interface[i]->state != WIRE_FAILED)
			return false;
	return true;
}

/* Nothing that is still to be lent is earlier. */
static int64_t passed_ns(const struct live *live)
{
	const struct live_interface *first = earliest(live);

	if (!live->ticks)
		return INT64_MIN;
	if (first != NULL && live_interface_head(first)->ts_ns < live->delivered_ns)
		return live_interface_head(first)->ts_ns;
	return live->delivered_ns;
}

enum live_status live_next(struct live *live, struct frame *frame)
{
	struct live_interface *first;

	if (live->news_next < live->news_count) {
		live->news_next++;
		return LIVE_NEWS;
	}
	first = earliest(live);
	if (first != NULL && !may_be_preceded(live, live_interface_head(first))) {
		*frame = first->batch[first->batch_next++];
		live->lent = true;
		return LIVE_FRAME;
	}
	if (all_failed(live))
		return LIVE_FAILED;
	if (!live->lent)
		wait_for_frames(live);
	refill(live);
	frame->ts_ns = passed_ns(live);
	return LIVE_TIME;
}

const struct live_news *live_news(const struct live *live)
{
	return &live->news[live->news_next - 1];
}

void live_count(const struct live *live, struct live_counters *counters)
{
	*counters = (struct live_counters){0};
	for (unsigned i = 0; i < live->count; i++) {
		const struct live_counters *one = &live->interface[i]->counters;

		counters->kernel_packets += one->kernel_packets;
		counters->kernel_drops += one->kernel_drops;
		counters->kernel_ifdrops += one->kernel_ifdrops;
	}
}

void live_info(const struct live *live, unsigned index, struct source_info *info)
{
	const struct live_interface *interface = live->interface[index];

	*info = (struct source_info){
		.name = interface->name,
		.linktype_count = 1,
		.linktype = {interface->linktype},
		.tstamp_digits = interface->ns_per_tick == 1 ? 9 : 6,
		.snaplen = interface->snaplen_bytes,
		.bytes = interface->bytes,
		.frames = interface->frames,
		.complete = interface->state != WIRE_FAILED,
		.error = interface->state == WIRE_FAILED ? interface->error.text : NULL,
	};
}
