#include "core/orient.h"

#include <string.h>

enum { WELL_KNOWN_PORTS = 1024, PEERS_OF_A_SERVER = 2 };

static uint64_t end_print(const struct tuple *tuple, unsigned side)
{
	static const struct hash_key key = {{UINT64_C(0x6c697374656e6572), 1}};
	uint8_t bytes[18];

	memcpy(bytes, tuple->addr[side], 16);
	bytes[16] = (uint8_t)(tuple->port[side] >> 8);
	bytes[17] = (uint8_t)tuple->port[side];
	return siphash_1_3(bytes, sizeof bytes, &key);
}

void orient_learn_listener(struct analyzer *analyzer, const struct tuple *tuple, unsigned side)
{
	uint64_t print;

	if (analyzer->knowledge.listens != NULL)
		return; /* it is asked instead */
	print = end_print(tuple, side);
	analyzer->learned->listener[print % LISTENERS] = print;
}

static bool is_listener(const struct analyzer *analyzer, const struct segment *segment,
			unsigned side)
{
	const struct ends_knowledge *knowledge = &analyzer->knowledge;
	uint64_t print;

	if (knowledge->listens != NULL)
		return knowledge->listens(knowledge->context, &segment->tuple, side,
					  segment->ordinal);
	print = end_print(&segment->tuple, side);
	return analyzer->learned->listener[print % LISTENERS] == print;
}

static bool is_server_port(const struct analyzer_config *config, uint16_t port)
{
	for (unsigned i = 0; i < config->server_port_count; i++) {
		if (config->server_port[i] == port)
			return true;
	}
	return false;
}

static bool lies_in(const struct analyzer_net *net, const uint8_t *addr, unsigned ip_version)
{
	unsigned bytes = net->bits / 8, bits = net->bits % 8;

	if (net->ip_version != ip_version || memcmp(net->addr, addr, bytes) != 0)
		return false;
	return bits == 0 || (net->addr[bytes] ^ addr[bytes]) >> (8 - bits) == 0;
}

static bool is_server_address(const struct analyzer_config *config, const struct tuple *tuple,
			      unsigned side)
{
	for (unsigned i = 0; i < config->server_net_count; i++) {
		if (lies_in(&config->server_net[i], tuple->addr[side], tuple->ip_version))
			return true;
	}
	return false;
}

static unsigned count_bits(uint64_t bits)
{
	unsigned count = 0;

	for (; bits != 0; bits &= bits - 1)
		count++;
	return count;
}

/*
 * Notes the peer of an end, and says with how many it was met, at least. Ends share their places:
 * one that was met with many keeps its place until as many others wanted it.
 */
static unsigned meet(struct analyzer *analyzer, uint64_t print, uint64_t peer)
{
	struct sociable *place = &analyzer->learned->sociable[print % SOCIABLE_ENDS];

	if (place->print != print) {
		place->peers &= place->peers - 1;
		if (place->peers != 0)
			return 1;
		place->print = print;
	}
	place->peers |= UINT64_C(1) << peer % 64;
	return count_bits(place->peers);
}

/* The one of two sides of which this holds and of the other not; 2: none. */
static unsigned only_one(bool first, bool second)
{
	if (first == second)
		return 2;
	return first ? 0 : 1;
}

static void count_peers(struct analyzer *analyzer, const struct segment *segment, unsigned peers[2])
{
	const struct ends_knowledge *knowledge = &analyzer->knowledge;
	const struct tuple *tuple = &segment->tuple;
	uint64_t print[2];

	for (unsigned side = 0; side < 2; side++) {
		print[side] = end_print(tuple, side);
		if (knowledge->peers != NULL)
			peers[side] =
				knowledge->peers(knowledge->context, tuple, side, segment->ordinal);
	}
	if (knowledge->peers != NULL)
		return;
	peers[0] = meet(analyzer, print[0], print[1]);
	peers[1] = meet(analyzer, print[1], print[0]);
}

/* The side that was met with more peers than the other; 2: neither. */
static unsigned more_sociable(struct analyzer *analyzer, const struct segment *segment)
{
	unsigned peers[2], more;

	count_peers(analyzer, segment, peers);
	more = peers[0] > peers[1] ? 0 : 1;

	return peers[0] != peers[1] && peers[more] >= PEERS_OF_A_SERVER ? more : 2;
}

void orient_midstream(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	const struct analyzer_config *config = &analyzer->config;
	const struct tuple *tuple = &flow->tuple;
	const struct {
		unsigned server; /* 2: it does not say */
		enum orientation how;
	} rule[] = {
		{only_one(is_server_port(config, tuple->port[0]),
			  is_server_port(config, tuple->port[1])),
		 ORIENTATION_OPTION},
		{only_one(is_server_address(config, tuple, 0), is_server_address(config, tuple, 1)),
		 ORIENTATION_OPTION},
		{only_one(is_listener(analyzer, segment, 0), is_listener(analyzer, segment, 1)),
		 ORIENTATION_LEARNED},
		{only_one(tuple->port[0] < WELL_KNOWN_PORTS, tuple->port[1] < WELL_KNOWN_PORTS),
		 ORIENTATION_PORT},
		{more_sociable(analyzer, segment), ORIENTATION_LEARNED},
		{segment->payload_bytes > 0 ? other(segment->from) : 2U, ORIENTATION_PAYLOAD},
	};

	orient_as(flow, 0, ORIENTATION_UNKNOWN);
	for (unsigned i = 0; i < sizeof rule / sizeof rule[0]; i++) {
		if (rule[i].server > 1)
			continue;
		orient_as(flow, other(rule[i].server), rule[i].how);
		return;
	}
}
