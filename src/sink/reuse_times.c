#include "sink/reuse_times.h"

#include <string.h>

struct tuple_key {
	uint8_t addr[2][16];
	uint16_t port[2];
	uint16_t vlan[TUPLE_VLANS_MAX];
	uint8_t vlan_count;
	uint8_t ip_version;
	uint32_t tunnel_id;
};
_Static_assert(sizeof(struct tuple_key) == 48, "no padding, whose bytes would be compared too");

struct tuple_end {
	struct tuple_key key;
	bool known;
	int64_t end_ns;
};

void reuse_times_init(struct reuse_times *reuse)
{
	keymap_init(&reuse->ends, sizeof(struct tuple_key), sizeof(struct tuple_end),
		    REUSE_TUPLES_MAX);
}

void reuse_times_release(struct reuse_times *reuse)
{
	keymap_release(&reuse->ends);
}

static struct tuple_key key_of(const struct report_envelope *envelope)
{
	struct tuple_key key = {
		.port = {envelope->port[REPORT_CLIENT], envelope->port[REPORT_SERVER]},
		.vlan_count = envelope->vlan_count,
		.ip_version = envelope->ip_version,
		.tunnel_id = envelope->tunnel.present && envelope->tunnel.has_id
				     ? envelope->tunnel.id
				     : 0,
	};

	memcpy(key.addr, envelope->addr, sizeof(key.addr));
	for (unsigned i = 0; i < envelope->vlan_count && i < TUPLE_VLANS_MAX; i++)
		key.vlan[i] = envelope->vlan[i];
	return key;
}

void reuse_times_take(struct reuse_times *reuse, const struct flow_report *report)
{
	const struct tuple_key key = key_of(&report->envelope);
	struct tuple_end *end = keymap_obtain(&reuse->ends, &key);

	if (end == NULL) {
		reuse->left_out++;
		return;
	}
	if (end->known && report->start_ns >= end->end_ns)
		histogram_add(&reuse->intervals_ns,
			      (uint64_t)report->start_ns - (uint64_t)end->end_ns);
	if (!end->known || report->end_ns > end->end_ns)
		end->end_ns = report->end_ns;
	end->known = true;
}
