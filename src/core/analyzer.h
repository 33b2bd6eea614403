/*
 * The core's door: takes segments, lets time pass, finishes.
 *
 * It knows no clock: time is what segments and analyzer_advance() say. It allocates only through
 * the caller's functions, and never for a packet as such: memory grows with connections, up to the
 * limits given.
 */
#ifndef TCPBYE_CORE_ANALYZER_H
#define TCPBYE_CORE_ANALYZER_H

#include <stddef.h>
#include <stdint.h>

#include "core/report.h"
#include "core/segment.h"

struct analyzer;
struct analyzer_scratch;

/* The caller's memory. allocate() returns zeroed memory, or NULL when there is none. */
struct memory {
	void *(*allocate)(size_t bytes);
	void (*release)(void *allocation);
};

enum checksum_policy { CHECKSUM_NONE, CHECKSUM_ALL, CHECKSUM_AUTO };

/* What becomes of an open connection's record when it has been silent for idle_timeout_ns. */
enum idle_policy {
	IDLE_WAITS,  /* for a SYN, the end or the need for room: what speaks again is still the same
		      */
	IDLE_LEAVES, /* it is reported then and there: live, nobody waits for the end */
};

enum { ANALYZER_SERVER_PORTS_MAX = 64, ANALYZER_SERVER_NETS_MAX = 64 };

/* A network: the addresses that begin with these bits. */
struct analyzer_net {
	uint8_t addr[16]; /* network order; IPv4 uses the first 4 bytes */
	uint8_t ip_version;
	uint8_t bits;
};

struct analyzer_config {
	int64_t time_wait_ns; /* nominal length of TIME-WAIT */
	enum profile profile; /* whose length and rules that is */
	int64_t idle_timeout_ns;
	enum idle_policy idle;
	int64_t syn_timeout_ns;  /* for an unanswered SYN or SYN-ACK */
	int64_t reset_linger_ns; /* of silence after an accepted RST */
	int64_t reorder_window_ns;
	int64_t duplicate_window_ns;
	int64_t half_close_limit_ns;
	int64_t close_wait_limit_ns;
	uint64_t max_flows;      /* at least 1 */
	uint64_t memcap_bytes;   /* bound on what the core allocates */
	uint32_t unpacked_flows; /* whose records stand ready at most; the others are packed */
	unsigned flow_key;       /* TUPLE_*: what besides the ends tells connections apart */
	enum checksum_policy checksum;
	unsigned server_port_count;
	uint16_t server_port[ANALYZER_SERVER_PORTS_MAX];
	unsigned server_net_count;
	struct analyzer_net server_net[ANALYZER_SERVER_NETS_MAX];
	bool long_way; /* every segment and every report goes the long way (steady.h, first_syn.h,
			  ordinary.h, lone_report.h): for tests that compare */
	struct hash_key hash_key;
	struct analyzer_scratch *scratch; /* NULL: the analyzer has its own */
};

/* Where reports are made. Analyzers that the same thread runs may share one, so that the processor
 * still holds it when the next of them needs it; it must outlive them. NULL when there is no
 * memory; released by memory->release(). */
struct analyzer_scratch *analyzer_scratch_create(const struct memory *memory);

/* Stamps before 1970, or later than a sum of times can hold, are taken for the nearest time that is
 * not. */
#define ANALYZER_LATEST_NS (INT64_C(1) << 62)

static inline int64_t analyzer_time_ns(int64_t ts_ns)
{
	if (ts_ns < 0)
		return 0;
	return ts_ns < ANALYZER_LATEST_NS ? ts_ns : ANALYZER_LATEST_NS;
}

/* Counters that only ever grow, and gauges of now. */
struct analyzer_stats {
	uint64_t segments; /* given to analyzer_take() */
	uint64_t
		ignored; /* of these, in no record: a bad checksum under the policy, or no memory */
	uint64_t flows_total;  /* ever opened */
	uint64_t flows_active; /* now */
	uint64_t flows_evicted;
	uint64_t memory_bytes; /* entry counts times entry sizes, so that it repeats; what a state
				  file brought back is packed otherwise, and may differ */
	uint64_t memcap_bytes;
	uint64_t time_waits_active, time_waits_peak;
};

/* Why the analyzer is being finished: what open flows are reported as. */
enum finish_reason { FINISH_CAPTURE_END, FINISH_SHUTDOWN };

/* The defaults of the command line: linux, 60 s, 3 h, 130 s, 5 s, 3 ms, 5 ms, 60 s, 120 s,
 * 4,000,000, 2 GiB. */
void analyzer_config_default(struct analyzer_config *config);

/* NULL when there is not memory enough for an empty one. Release with analyzer_destroy(). */
struct analyzer *analyzer_create(const struct analyzer_config *config, const struct memory *memory,
				 const struct report_sink *sink);
void analyzer_destroy(struct analyzer *analyzer);

/* Whoever knows more about the ends of connections than one analyzer can see. */
struct ends_knowledge {
	const void *context;
	/* True where this side of the tuple answered a SYN before the segment of that ordinal. */
	bool (*listens)(const void *context, const struct tuple *tuple, unsigned side,
			uint64_t ordinal);
	/* With how many others it was met, by then, in connections whose start was not seen. */
	unsigned (*peers)(const void *context, const struct tuple *tuple, unsigned side,
			  uint64_t ordinal);
};

/* From now on that is asked, and not what the analyzer has learned itself. */
void analyzer_trust(struct analyzer *analyzer, const struct ends_knowledge *knowledge);

/* Of an analyzer that was created with a scratch: from now on another thread works with it, in this
 * scratch, and what it reports goes there. */
void analyzer_move(struct analyzer *analyzer, struct analyzer_scratch *scratch,
		   const struct report_sink *sink);

/* Takes one segment; first everything that was due before its time happens. */
void analyzer_take(struct analyzer *analyzer, const struct segment *segment);

/*
 * Has the processor fetch what will be needed to take a segment with this hash: first its entry in
 * the index, in a second round its node, in a third its record. They change nothing but how long
 * taking lasts: with some 10 segments between the rounds, most of the memory's latency is hidden.
 * The second returns where the segment's flow most likely is, 0 where there is none: the third
 * wants it, and the segment bears it, so that it need not be looked for again.
 */
void analyzer_prefetch_index(const struct analyzer *analyzer, uint64_t hash);
uint32_t analyzer_prefetch_node(const struct analyzer *analyzer, uint64_t hash);
void analyzer_prefetch_flow(const struct analyzer *analyzer, uint32_t likely);

/*
 * The express way (pipeline/express.h): a frame is noted in the stretch of its flow without asking
 * the analyzer. `round` counts segments in step with the flow table; in every
 * FLOW_ROUNDS_PER_LOOK'th of them an idle record is looked for, unless there is room for many.
 */
struct analyzer_pace {
	uint32_t round;
	bool is_roomy;
};

/* The stretch that the segment, the last one taken, stands in, if frames may find it by their
 * addresses and ports alone; else NULL. */
struct stretch *analyzer_stretch(const struct analyzer *analyzer, const struct segment *segment);

void analyzer_pace(const struct analyzer *analyzer, struct analyzer_pace *pace);

/* So many segments have come the express way since, the last of them when the clock showed that. */
void analyzer_catch_up(struct analyzer *analyzer, uint64_t segments, int64_t clock_ns);

/* False while there are so few flows that asking for them gains nothing. */
bool analyzer_is_worth_prefetching(const struct analyzer *analyzer);

/* Lets time pass to `now_ns`: every deadline up to it happens, each at its own time. Never goes
 * back. */
void analyzer_advance(struct analyzer *analyzer, int64_t now_ns);

/* The clock of the run, to which other analyzers belong too, has come to `now_ns`: flows count
 * their time from there, but nothing happens by that. */
void analyzer_set_clock(struct analyzer *analyzer, int64_t now_ns);

/* What time alone brings about. Of equal times, what has the lower serial comes first. */
struct analyzer_due {
	int64_t at_ns;
	uint64_t
		serial; /* the ordinal of the flow's first segment, or how many flows were before */
};

/* The first thing that is due by `now_ns`; false: nothing is. */
bool analyzer_due(struct analyzer *analyzer, int64_t now_ns, struct analyzer_due *due);

/* Before this time nothing is due; INT64_MAX: nothing ever. */
int64_t analyzer_idle_until_ns(const struct analyzer *analyzer);

/* Lets happen what analyzer_due() told of. */
void analyzer_serve(struct analyzer *analyzer, int64_t now_ns);

/*
 * Takes note that the capture may have lost frames up to `until_ns`: the verdict on every flow that
 * began by then, and is not reported yet, carries the doubt.
 */
void analyzer_note_loss(struct analyzer *analyzer, int64_t until_ns);

/* The input has ended, and no segment may be taken any more: the reports of all flows that are
 * still open become due, by first packet, at INT64_MIN. */
void analyzer_end(struct analyzer *analyzer, enum finish_reason reason);

/* Has the processor fetch what the reports of the next flows will need, after analyzer_end(). */
void analyzer_prefetch_leaving(const struct analyzer *analyzer);

/* Reports every flow that is still open, by first packet; afterwards there are none, nothing is
 * remembered of them, and no segment may be taken. */
void analyzer_finish(struct analyzer *analyzer, enum finish_reason reason);

void analyzer_stats(const struct analyzer *analyzer, struct analyzer_stats *stats);

#endif
