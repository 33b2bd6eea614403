#include "core/ports.h"

#include <string.h>

#include "core/envelope.h"

/* Who is told to use the port: an endpoint; PORT_FREE: nobody. */
enum { PORT_FREE = 2 };

static unsigned user(const struct flow *flow)
{
	return flow->port_taken ? flow->port_user : PORT_FREE;
}

static void swap_ends(struct report_envelope *envelope)
{
	struct report_envelope other_way = *envelope;

	for (unsigned i = 0; i < 2; i++) {
		memcpy(envelope->addr[i], other_way.addr[1 - i], sizeof envelope->addr[i]);
		envelope->port[i] = other_way.port[1 - i];
	}
}

static void tell(struct analyzer *analyzer, const struct flow *flow, unsigned client, bool taken)
{
	struct port_report report = {.taken = taken, .opened = flow->origin == ORIGIN_HANDSHAKE};

	envelope_fill(flow, analyzer->now_ns, flow->last_number, &report.envelope);
	if (client != flow->client)
		swap_ends(&report.envelope);
	analyzer->sink.port(analyzer->sink.context, &report);
}

static void set_user(struct analyzer *analyzer, struct flow *flow, unsigned client)
{
	if (user(flow) == client || analyzer->sink.port == NULL)
		return;
	if (flow->port_taken)
		tell(analyzer, flow, flow->port_user, false);
	flow->port_taken = client != PORT_FREE;
	if (!flow->port_taken)
		return;
	flow->port_user = client == 1;
	tell(analyzer, flow, client, true);
}

void ports_settle(struct analyzer *analyzer, struct flow *flow)
{
	enum state state = flow->end[flow->client].state;

	set_user(analyzer, flow,
		 state == STATE_CLOSED || state == STATE_LISTEN ? PORT_FREE : flow->client);
}

void ports_release(struct analyzer *analyzer, struct flow *flow)
{
	set_user(analyzer, flow, PORT_FREE);
}
