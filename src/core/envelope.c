#include "core/envelope.h"

#include <string.h>

enum who envelope_who(const struct flow *flow, unsigned side)
{
	if (side > 1)
		return WHO_NULL;
	return side == flow->client ? WHO_CLIENT : WHO_SERVER;
}

void envelope_context(const struct tuple *tuple, struct report_context *context)
{
	*context = (struct report_context){
		.vlan_count = tuple->vlan_count,
		.tunnel =
			{
				.present = tuple->tunnelled,
				.has_id = tuple->tunnel_has_id,
				.type = tuple->tunnelled ? (enum tunnel)tuple->tunnel_type
							 : TUNNEL_NULL,
				.id = tuple->tunnel_id,
			},
	};
	memcpy(context->vlan, tuple->vlan, sizeof context->vlan);
}

static void set_context(const struct tuple *tuple, struct report_envelope *envelope)
{
	struct report_context context;

	envelope_context(tuple, &context);
	envelope->vlan_count = context.vlan_count;
	envelope->tunnel = context.tunnel;
	memcpy(envelope->vlan, context.vlan, sizeof envelope->vlan);
}

void envelope_fill(const struct flow *flow, int64_t ts_ns, uint64_t number,
		   struct report_envelope *envelope)
{
	const struct tuple *tuple = &flow->tuple;

	*envelope = (struct report_envelope){
		.ts_ns = ts_ns,
		.flow_id = flow->id,
		.number = number,
		.source = flow->source,
		.ip_version = tuple->ip_version,
		.tunnel.type = TUNNEL_NULL,
		.multipath = flow->multipath,
		.orientation = flow->orientation,
	};
	if (tuple->vlan_count != 0 || tuple->tunnelled)
		set_context(tuple, envelope);
	envelope->birth.seen =
		flow->end[0].has_iss && flow->end[1].has_iss && flow->syn_ack_number != 0;
	envelope->birth.ts_ns = flow->syn_ack_ns;
	for (unsigned i = 0; i < 2; i++) {
		unsigned side = i == 0 ? flow->client : other(flow->client);

		envelope->birth.iss[i] = flow->end[side].iss;
		envelope->birth.ttl[i] = flow->end[side].ttl;

		memcpy(envelope->addr[i], tuple->addr[side], sizeof envelope->addr[i]);
		envelope->port[i] = tuple->port[side];
	}
}
