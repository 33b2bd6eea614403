#include "core/first_syn.h"

#include "core/lifecycle.h"
#include "core/lone_report.h"
#include "core/lone_syn.h"

/* Nothing about it that lone_syn_unpack() would not know. */
static bool is_bare_syn(const struct segment *segment)
{
	return (segment->flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK)) == TCP_SYN &&
	       (segment->marks & ~(unsigned)SEGMENT_TIMESTAMPS) == 0 &&
	       (segment->marks != 0 || segment->tsval == 0) && segment->ack == 0 &&
	       segment->payload_bytes == 0 && segment->look == PAYLOAD_UNSEEN &&
	       tuple_is_plain_ipv4(&segment->tuple) && segment->tuple.interface == 0;
}

static struct lone_syn syn_of(const struct analyzer *analyzer, const struct segment *segment)
{
	struct lone_syn syn = lone_syn_of(segment);

	syn.flow_id = lifecycle_flow_id(segment);
	syn.framed = true;
	syn.port_taken = analyzer->sink.port != NULL;
	return syn;
}

bool first_syn_take(struct analyzer *analyzer, const struct segment *segment)
{
	struct flow_table *table = &analyzer->table;
	struct lone_syn syn;
	uint64_t hash;
	uint32_t handle;

	if (!is_bare_syn(segment) || analyzer->long_way || segment->ts_ns != analyzer->now_ns)
		return false;
	hash = core_hash(analyzer, segment);
	if (flow_table_may_know(table, hash))
		return false;
	lifecycle_make_room(analyzer);
	if (!deadlines_reserve(&analyzer->deadlines, table->nodes.used + 1))
		return false;
	syn = syn_of(analyzer, segment);
	handle = flow_table_add_lone(table, &segment->tuple, hash, &syn);
	if (handle == POOL_NONE)
		return false;
	if (segment->ordinal != 0)
		node_at(table, handle)->due.serial = segment->ordinal;
	lone_report_opening(analyzer, &segment->tuple, &syn);
	deadlines_update(&analyzer->deadlines, handle,
			 segment->ts_ns + analyzer->config.syn_timeout_ns);
	return true;
}
