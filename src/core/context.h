/*
 * What the core's modules share: the analyzer's inside. Nothing outside src/core includes this.
 */
#ifndef TCPBYE_CORE_CONTEXT_H
#define TCPBYE_CORE_CONTEXT_H

#include "core/analyzer.h"
#include "core/deadlines.h"
#include "core/flow.h"
#include "core/flow_table.h"
#include "core/pool.h"

#include <assert.h>
#include <string.h>

enum { LISTENERS = 4096, ENDED_TUPLES = 4096, SOCIABLE_ENDS = 1024, FLOWS_LEAST = 64 };
enum { FLOWS_LATEST = 4 };

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)

/* Where the numbers of a connection that is over began and ended, by endpoint. */
struct ended {
	uint64_t print; /* of its tuple */
	uint32_t iss[2], max[2];
	uint32_t client;
};

/* With how many others an end was met, where nobody saw it listen. */
struct sociable {
	uint64_t print; /* of its address and port */
	uint64_t peers; /* a bit for each, by its hash */
};

/* Too large for a stack. */
struct analyzer_scratch {
	struct flow record;
	struct flow_report report;
};

/* What has been learned besides the flows, in places that the newest takes. Kept apart from the
 * analyzer: the first bytes of many large pieces of memory would all compete for the same few
 * places in the nearest cache. */
struct learned {
	uint64_t listener[LISTENERS]; /* fingerprints of (address, port) seen to answer a SYN */
	struct sociable sociable[SOCIABLE_ENDS];
	struct ended ended[ENDED_TUPLES];
};

/* What every segment needs stands first, in as few cache lines as can be: of 64 analyzers that take
 * turns, the nearest cache holds little. */
struct analyzer {
	int64_t now_ns;
	uint64_t segments;
	uint32_t latest[FLOWS_LATEST]; /* that segments were of, by their hashes; each may have left
					  since */
	bool started;
	bool finishing; /* all flows are to be reported, with this reason */
	bool at_rest;   /* and all they do is leave: see lifecycle_settle_end() */
	bool long_way;  /* config.long_way */
	enum reason finish_reason;
	struct deadlines deadlines;
	struct flow_table table;
	struct analyzer_config config;
	int64_t lost_until_ns; /* the capture may have lost frames up to here; 0: none */
	uint64_t ignored, evicted;
	struct pool steps, anomalies, held;
	const struct memory *memory;
	struct analyzer_scratch *scratch;
	struct report_sink sink;
	uint64_t time_waits_active, time_waits_peak;
	struct ends_knowledge knowledge; /* without: what was learned of listeners and peers */
	struct learned *learned;
};

/* What all that is kept takes, from entry counts, so that it repeats. */
static inline uint64_t core_memory_bytes(const struct analyzer *analyzer)
{
	return flow_table_bytes(&analyzer->table) +
	       analyzer->steps.used * (uint64_t)sizeof(struct step_block) +
	       analyzer->anomalies.used * (uint64_t)sizeof(struct anomaly_entry) +
	       analyzer->held.used * (uint64_t)sizeof(struct held);
}

static inline uint32_t core_left(uint32_t most, uint32_t used)
{
	return used < most ? most - used : 0;
}

/* The same, with all the records that may ever stand unpacked: what the bound is on. */
static inline uint64_t core_bound_bytes(const struct analyzer *analyzer)
{
	const struct flow_table *table = &analyzer->table;

	return core_memory_bytes(analyzer) +
	       (uint64_t)core_left(table->records_max, table->records.used) *
		       (sizeof(struct flow) + sizeof(struct seat)) +
	       (uint64_t)core_left(table->records_max, table->stretches.used) *
		       sizeof(struct stretch);
}

/* The hash under which the flow table knows the segment's tuple. */
static inline uint64_t core_hash(const struct analyzer *analyzer, const struct segment *segment)
{
	return segment->hash != 0 ? segment->hash
				  : tuple_hash(&segment->tuple, &analyzer->config.hash_key);
}

/* An item for a flow's evidence, within the memory bound; POOL_NONE: there is no room for it. */
static inline uint32_t core_take_item(const struct analyzer *analyzer, struct pool *pool)
{
	if (core_memory_bytes(analyzer) + pool->item_bytes > analyzer->config.memcap_bytes)
		return POOL_NONE;
	return pool_take(pool);
}

/* True where the capture may have lost frames since then, by what the kernel counted. */
static inline bool core_may_lack_frames(const struct analyzer *analyzer, int64_t since_ns)
{
	return analyzer->lost_until_ns != 0 && since_ns <= analyzer->lost_until_ns;
}

/* The same of a flow's frames. */
static inline bool flow_may_lack_frames(const struct analyzer *analyzer, const struct flow *flow)
{
	return core_may_lack_frames(analyzer, flow->first_ns);
}

/*
 * What time it is by the stamps of the flow's own packets: nothing of it is overdue because the
 * capture's clock had been ahead before it was set right.
 */
static inline int64_t flow_now_ns(const struct analyzer *analyzer, const struct flow *flow)
{
	return flow->last_ns + (analyzer->now_ns - flow->clock_ns);
}

/* Retransmission timeout as the rules take it: max(200 ms, 2 RTT), 1 s where the RTT is unknown
 * (0). */
static inline int64_t core_rto_ns(int64_t rtt_ns)
{
	if (rtt_ns == 0)
		return NS_PER_S;
	return 2 * rtt_ns > 200 * NS_PER_MS ? 2 * rtt_ns : 200 * NS_PER_MS;
}

static inline int64_t flow_rto_ns(const struct flow *flow)
{
	return core_rto_ns(flow->rtt_ns);
}

/* How long after it is due something counts as not having come: 3 RTO, at least 1 s. */
static inline int64_t core_patience_ns(int64_t rtt_ns)
{
	int64_t three = 3 * core_rto_ns(rtt_ns);

	return three > NS_PER_S ? three : NS_PER_S;
}

static inline int64_t flow_patience_ns(const struct flow *flow)
{
	return core_patience_ns(flow->rtt_ns);
}

/* From what time on it counts as slow when a side that was closed closes too: 5 RTT, at least 1 s.
 */
static inline int64_t core_slow_close_ns(int64_t rtt_ns)
{
	return 5 * rtt_ns > NS_PER_S ? 5 * rtt_ns : NS_PER_S;
}

/* Two round trips, 1 s where the RTT is unknown: in what time an answer comes. */
static inline int64_t flow_answer_ns(const struct flow *flow)
{
	return flow->rtt_ns == 0 ? NS_PER_S : 2 * flow->rtt_ns;
}

/*
 * What a trace keeps of a segment stands in it in two pieces, of which the second is in a frame's
 * print as well: each is copied as one.
 */
enum {
	TRACE_NUMBERS_AT = offsetof(struct trace, seq),
	TRACE_NUMBERS_BYTES = sizeof(struct trace) - TRACE_NUMBERS_AT,
};

#define STANDS_ALIKE(member, kept)                                                                 \
	(offsetof(struct segment, member) - offsetof(struct segment, seq) ==                       \
	 offsetof(struct kept, member) - offsetof(struct kept, seq))

static_assert(offsetof(struct segment, ts_ns) == offsetof(struct trace, ts_ns) &&
		      offsetof(struct segment, number) == offsetof(struct trace, number),
	      "a segment begins as its trace does");
static_assert(STANDS_ALIKE(ack, trace) && STANDS_ALIKE(payload_bytes, trace) &&
		      STANDS_ALIKE(ip_id, trace) && STANDS_ALIKE(flags, trace) &&
		      STANDS_ALIKE(ttl, trace) &&
		      sizeof(struct trace) == offsetof(struct trace, ttl) + 1,
	      "what follows has one order in both");
static_assert(STANDS_ALIKE(ack, frame_print) && STANDS_ALIKE(payload_bytes, frame_print) &&
		      STANDS_ALIKE(ip_id, frame_print) && STANDS_ALIKE(flags, frame_print) &&
		      offsetof(struct frame_print, unused) ==
			      offsetof(struct frame_print, flags) + 1,
	      "and in a print, which has a member to spare for the hop limit");

/* `kept` is where the numbers begin in what they are kept in. */
static inline void keep_numbers(void *kept, const struct segment *segment)
{
	memcpy(kept, (const char *)segment + offsetof(struct segment, seq), TRACE_NUMBERS_BYTES);
}

static inline struct trace trace_of(const struct segment *segment)
{
	struct trace trace;

	memcpy(&trace, segment, TRACE_NUMBERS_AT);
	keep_numbers((char *)&trace + TRACE_NUMBERS_AT, segment);
	return trace;
}

#endif
