#include "core/vantage.h"

#include <string.h>

/* The way to a host that the tap stands beside takes no longer, and a tenth of the other one. */
#define BESIDE_NS    (200 * INT64_C(1000))
#define BESIDE_RATIO 10

static bool is_loopback(const struct tuple *tuple, unsigned side)
{
	static const uint8_t loopback[16] = {[15] = 1};

	return tuple->ip_version == 4 ? tuple->addr[side][0] == 127
				      : memcmp(tuple->addr[side], loopback, sizeof loopback) == 0;
}

bool vantage_is_one_host(const struct tuple *tuple)
{
	return memcmp(tuple->addr[0], tuple->addr[1], sizeof tuple->addr[0]) == 0 ||
	       (is_loopback(tuple, 0) && is_loopback(tuple, 1));
}

static bool is_beside(int64_t leg_ns, int64_t other_leg_ns)
{
	return leg_ns < BESIDE_NS && leg_ns < other_leg_ns / BESIDE_RATIO;
}

static enum vantage place_of(const struct flow *flow, const struct report_vantage *vantage)
{
	int64_t client_ns = vantage->leg_ns[REPORT_CLIENT];
	int64_t server_ns = vantage->leg_ns[REPORT_SERVER];

	if (vantage_is_one_host(&flow->tuple))
		return VANTAGE_SAME_HOST;
	if (is_beside(client_ns, server_ns))
		return VANTAGE_NEAR_CLIENT;
	return is_beside(server_ns, client_ns) ? VANTAGE_NEAR_SERVER : VANTAGE_MIDDLE;
}

void vantage_fill(const struct flow *flow, struct report_vantage *vantage)
{
	vantage->leg_ns[REPORT_CLIENT] = flow->end[flow->client].leg_ns;
	vantage->leg_ns[REPORT_SERVER] = flow->end[other(flow->client)].leg_ns;
	vantage->has_legs = flow->rtt_ns != 0 && vantage->leg_ns[0] != 0 && vantage->leg_ns[1] != 0;
	vantage->present = vantage->has_legs || vantage_is_one_host(&flow->tuple);
	vantage->place = place_of(flow, vantage);
}
