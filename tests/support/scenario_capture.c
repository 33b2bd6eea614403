#include "support/scenario_capture.h"

#include "support/scenario_payload.h"

#include <string.h>

enum {
	FRAME_MAX = SCENARIO_SNAPLEN_MAX,
	LINKTYPE_ETHERNET = 1,
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_ARP = 0x0806,
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_IPV6 = 0x86dd,
	PROTOCOL_HOP_BY_HOP = 0,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	PROTOCOL_GRE = 47,
	PROTOCOL_DESTINATION_OPTIONS = 60,
	OPTION_NOP = 1,
	OPTION_MSS = 2,
	OPTION_WINDOW_SCALE = 3,
	OPTION_SACK = 5,
	OPTION_TIMESTAMPS = 8,
	OPTION_MULTIPATH = 30,
	OPTION_FAST_OPEN = 34,
	GRE_KEY = 0x2000,
	PORT_VXLAN = 4789,
	VXLAN_HAS_NETWORK = 0x08,
	OUTER_TTL = 64,
	MULTIPATH_DSS = 2,
	MULTIPATH_FAST_CLOSE = 7,
	MULTIPATH_RESET = 8,
	OPTION_PADN = 1,
};

static const uint32_t pcap_nanoseconds = 0xa1b23c4d;

/* Bytes being laid down in network order. */
struct bytes {
	uint8_t at[FRAME_MAX];
	size_t count;
};

static void put_8(struct bytes *bytes, unsigned value)
{
	bytes->at[bytes->count++] = (uint8_t)value;
}

static void put_16(struct bytes *bytes, unsigned value)
{
	put_8(bytes, value >> 8 & 0xff);
	put_8(bytes, value & 0xff);
}

static void put_32(struct bytes *bytes, uint32_t value)
{
	put_16(bytes, value >> 16);
	put_16(bytes, value & 0xffff);
}

static void put_bytes(struct bytes *bytes, const void *from, size_t count)
{
	memcpy(bytes->at + bytes->count, from, count);
	bytes->count += count;
}

static void put_same(struct bytes *bytes, uint8_t value, size_t count)
{
	memset(bytes->at + bytes->count, value, count);
	bytes->count += count;
}

static void patch_16(struct bytes *bytes, size_t at, unsigned value)
{
	bytes->at[at] = (uint8_t)(value >> 8);
	bytes->at[at + 1] = (uint8_t)value;
}

/* One's complement sum of 16-bit words (RFC 1071), not folded. */
static uint32_t sum_words(const uint8_t *at, size_t count)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += (uint32_t)(i % 2 == 0 ? at[i] << 8 : at[i]);
	return sum;
}

static unsigned folded(uint32_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

/* MP_FASTCLOSE with the receiver's key, MP_TCPRST with its reason, or else a DSS without content
 * (RFC 8684). */
static void put_multipath(struct bytes *bytes, const struct segment *segment)
{
	bool fast_close = (segment->marks & SEGMENT_FAST_CLOSE) != 0;
	bool reset = (segment->marks & SEGMENT_MULTIPATH_RESET) != 0;

	put_8(bytes, OPTION_MULTIPATH);
	put_8(bytes, fast_close ? 12 : 4);
	if (fast_close) {
		put_16(bytes, MULTIPATH_FAST_CLOSE << 12);
		put_same(bytes, 0x5a, 8);
	} else if (reset) {
		put_8(bytes, MULTIPATH_RESET << 4);
		put_8(bytes, segment->reset_reason);
	} else {
		put_16(bytes, MULTIPATH_DSS << 12);
	}
}

static void put_options(struct bytes *bytes, const struct segment *segment)
{
	if (segment->mss != 0) {
		put_8(bytes, OPTION_MSS);
		put_8(bytes, 4);
		put_16(bytes, segment->mss);
	}
	if (segment->window_scale != SEGMENT_NO_WINDOW_SCALE) {
		put_8(bytes, OPTION_NOP);
		put_8(bytes, OPTION_WINDOW_SCALE);
		put_8(bytes, 3);
		put_8(bytes, segment->window_scale);
	}
	if ((segment->marks & SEGMENT_TIMESTAMPS) != 0) {
		put_8(bytes, OPTION_NOP);
		put_8(bytes, OPTION_NOP);
		put_8(bytes, OPTION_TIMESTAMPS);
		put_8(bytes, 10);
		put_32(bytes, segment->tsval);
		put_32(bytes, segment->tsecr);
	}
	if ((segment->marks & SEGMENT_FAST_OPEN) != 0) {
		put_8(bytes, OPTION_NOP);
		put_8(bytes, OPTION_NOP);
		put_8(bytes, OPTION_FAST_OPEN);
		put_8(bytes, 10);
		put_same(bytes, 0xc0, 8);
	}
	if ((segment->marks & SEGMENT_BAD_OPTIONS) != 0) {
		put_8(bytes, OPTION_NOP);
		put_8(bytes, OPTION_NOP);
		put_8(bytes, OPTION_TIMESTAMPS);
		put_8(bytes, 40); /* beyond the header's end */
	}
	if ((segment->marks & SEGMENT_MULTIPATH) != 0)
		put_multipath(bytes, segment);
	if ((segment->marks & SEGMENT_DSACK) != 0) {
		put_8(bytes, OPTION_NOP);
		put_8(bytes, OPTION_NOP);
		put_8(bytes, OPTION_SACK);
		put_8(bytes, 10);
		put_32(bytes, segment->ack - 1);
		put_32(bytes, segment->ack);
	}
}

static uint32_t pseudo_header_sum(const struct segment *segment, size_t tcp_bytes)
{
	size_t address_bytes = segment->tuple.ip_version == 4 ? 4 : 16;

	return sum_words(segment->tuple.addr[0], address_bytes) +
	       sum_words(segment->tuple.addr[1], address_bytes) + PROTOCOL_TCP +
	       (uint32_t)tcp_bytes;
}

/* A host that leaves the checksum to its card puts the pseudo header's sum into the field. */
static void put_tcp(struct bytes *bytes, const struct segment *segment, bool offloaded)
{
	size_t begin = bytes->count, header_bytes, tcp_bytes;
	unsigned sum;

	put_16(bytes, segment->tuple.port[segment->from]);
	put_16(bytes, segment->tuple.port[1 - segment->from]);
	put_32(bytes, segment->seq);
	put_32(bytes, segment->ack);
	put_8(bytes, 0);
	put_8(bytes, segment->flags);
	put_16(bytes, segment->window);
	put_32(bytes, 0);
	if ((segment->marks & SEGMENT_CUT) != 0) /* whatever they were, they are not captured */
		put_same(bytes, OPTION_NOP,
			 segment->frame_bytes - segment->payload_bytes - bytes->count);
	else
		put_options(bytes, segment);
	header_bytes = bytes->count - begin;
	bytes->at[begin + 12] = (uint8_t)(header_bytes / 4 << 4);
	scenario_payload_write(segment->look, bytes->at + bytes->count, segment->payload_bytes);
	bytes->count += segment->payload_bytes;
	tcp_bytes = bytes->count - begin;
	sum = folded(sum_words(bytes->at + begin, tcp_bytes) +
		     pseudo_header_sum(segment, tcp_bytes));
	if (offloaded)
		sum = ~folded(pseudo_header_sum(segment, tcp_bytes)) & 0xffff;
	else if ((segment->marks & SEGMENT_BAD_CHECKSUM) != 0)
		sum = ~sum & 0xffff;
	patch_16(bytes, begin + 16, sum);
}

static void put_ipv4(struct bytes *bytes, const struct scenario_event *event, bool offloaded)
{
	const struct segment *segment = &event->segment;
	size_t begin = bytes->count;

	put_16(bytes, 0x4500);
	put_16(bytes, 0);
	put_16(bytes, segment->ip_id);
	put_16(bytes, 0x4000);
	put_8(bytes, segment->ttl);
	put_8(bytes, PROTOCOL_TCP);
	put_16(bytes, 0);
	put_bytes(bytes, segment->tuple.addr[segment->from], 4);
	put_bytes(bytes, segment->tuple.addr[1 - segment->from], 4);
	put_tcp(bytes, segment, offloaded);
	if (!event->no_total_length)
		patch_16(bytes, begin + 2, (unsigned)(bytes->count - begin));
	patch_16(bytes, begin + 10, folded(sum_words(bytes->at + begin, 20)));
}

static void put_extension(struct bytes *bytes, unsigned next)
{
	put_8(bytes, next);
	put_8(bytes, 0);
	put_8(bytes, OPTION_PADN);
	put_8(bytes, 4);
	put_32(bytes, 0);
}

static void put_ipv6(struct bytes *bytes, const struct segment *segment,
		     enum scenario_network network, bool offloaded)
{
	bool extended = network == SCENARIO_IPV6_EXTENDED;
	size_t begin = bytes->count;

	put_32(bytes, UINT32_C(6) << 28);
	put_16(bytes, 0);
	put_8(bytes, extended ? PROTOCOL_HOP_BY_HOP : PROTOCOL_TCP);
	put_8(bytes, segment->ttl);
	put_bytes(bytes, segment->tuple.addr[segment->from], 16);
	put_bytes(bytes, segment->tuple.addr[1 - segment->from], 16);
	if (extended) {
		put_extension(bytes, PROTOCOL_DESTINATION_OPTIONS);
		put_extension(bytes, PROTOCOL_TCP);
	}
	put_tcp(bytes, segment, offloaded);
	patch_16(bytes, begin + 4, (unsigned)(bytes->count - begin - 40));
}

static void put_ethernet(struct bytes *bytes, unsigned sender, uint32_t link)
{
	put_32(bytes, 0x02000000);
	put_16(bytes, 2 - sender);
	put_16(bytes, 0x0200);
	put_32(bytes, link);
}

/* The IPv4 header of a tunnel, from 192.0.2.1 to 192.0.2.2 or back; its lengths are patched by
 * close_tunnel(). */
static void put_outer_ipv4(struct bytes *bytes, unsigned sender, unsigned protocol)
{
	put_16(bytes, 0x4500);
	put_32(bytes, 0);
	put_16(bytes, 0x4000);
	put_8(bytes, OUTER_TTL);
	put_8(bytes, protocol);
	put_16(bytes, 0);
	put_32(bytes, 0xc0000201U + sender);
	put_32(bytes, 0xc0000202U - sender);
}

/* The headers of the tunnel, each side of it being a host of its own. */
static void open_tunnel(struct bytes *bytes, const struct scenario_event *event,
			const struct scenario *scenario)
{
	unsigned ethertype = event->segment.tuple.ip_version == 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;

	if (scenario->tunnel == SCENARIO_NO_TUNNEL)
		return;
	put_16(bytes, ETHERTYPE_IPV4);
	if (scenario->tunnel == SCENARIO_GRE) {
		put_outer_ipv4(bytes, event->sender, PROTOCOL_GRE);
		put_16(bytes, GRE_KEY);
		put_16(bytes, ethertype);
		put_32(bytes, scenario->tunnel_id);
		return;
	}
	put_outer_ipv4(bytes, event->sender, PROTOCOL_UDP);
	put_16(bytes, 50000);
	put_16(bytes, PORT_VXLAN);
	put_32(bytes, 0); /* length, and no checksum */
	put_32(bytes, (uint32_t)VXLAN_HAS_NETWORK << 24);
	put_32(bytes, scenario->tunnel_id << 8);
	put_ethernet(bytes, event->sender, event->segment.link);
	put_16(bytes, ethertype);
}

static void close_tunnel(struct bytes *bytes, size_t begin, const struct scenario *scenario)
{
	size_t ip = begin + 2;

	if (scenario->tunnel == SCENARIO_NO_TUNNEL)
		return;
	patch_16(bytes, ip + 2, (unsigned)(bytes->count - ip));
	patch_16(bytes, ip + 10, folded(sum_words(bytes->at + ip, 20)));
	if (scenario->tunnel == SCENARIO_VXLAN)
		patch_16(bytes, ip + 24, (unsigned)(bytes->count - ip - 20));
}

static void put_packet(struct bytes *bytes, const struct scenario_event *event,
		       const struct scenario *scenario)
{
	bool offloaded = scenario->offloaded[event->sender];
	bool four = event->segment.tuple.ip_version == 4;
	size_t begin = bytes->count;

	open_tunnel(bytes, event, scenario);
	if (scenario->tunnel == SCENARIO_NO_TUNNEL)
		put_16(bytes, four ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
	if (four)
		put_ipv4(bytes, event, offloaded);
	else
		put_ipv6(bytes, &event->segment, scenario->network, offloaded);
	close_tunnel(bytes, begin, scenario);
}

static void put_frame(struct bytes *bytes, const struct scenario_event *event,
		      const struct scenario *scenario)
{
	put_ethernet(bytes, event->sender, event->segment.link);
	if (event->is_tick) {
		put_16(bytes, ETHERTYPE_ARP);
		put_same(bytes, 0, SCENARIO_TICK_BYTES - bytes->count);
		return;
	}
	for (unsigned i = 0; i < event->segment.tuple.vlan_count; i++) {
		put_16(bytes, ETHERTYPE_VLAN);
		put_16(bytes, event->segment.tuple.vlan[i]);
	}
	put_packet(bytes, event, scenario);
}

static bool write_32(FILE *file, uint32_t value)
{
	return fwrite(&value, sizeof value, 1, file) == 1;
}

static bool write_file_header(FILE *file, uint32_t snaplen_bytes)
{
	uint16_t version[2] = {2, 4};

	return write_32(file, pcap_nanoseconds) && fwrite(version, sizeof version, 1, file) == 1 &&
	       write_32(file, 0) && write_32(file, 0) && write_32(file, snaplen_bytes) &&
	       write_32(file, LINKTYPE_ETHERNET);
}

static bool write_frame(const struct scenario *scenario, int64_t ts_ns, const struct bytes *bytes,
			FILE *file)
{
	size_t held_bytes =
		bytes->count < scenario->snaplen_bytes ? bytes->count : scenario->snaplen_bytes;

	return write_32(file, (uint32_t)(ts_ns / 1000000000)) &&
	       write_32(file, (uint32_t)(ts_ns % 1000000000)) &&
	       write_32(file, (uint32_t)held_bytes) && write_32(file, (uint32_t)bytes->count) &&
	       fwrite(bytes->at, 1, held_bytes, file) == held_bytes;
}

/* Makes the frame one of two fragments (RFC 791, 3.2), with these bytes behind the IPv4 header. */
static void cut_to_fragment(struct bytes *bytes, size_t ip, size_t from, size_t until)
{
	enum { MORE_FRAGMENTS = 0x2000, UNIT_BYTES = 8 };
	size_t body = ip + SCENARIO_IPV4_BYTES;
	bool last = body + until == bytes->count;

	memmove(bytes->at + body, bytes->at + body + from, until - from);
	bytes->count = body + until - from;
	patch_16(bytes, ip + 2, (unsigned)(bytes->count - ip));
	patch_16(bytes, ip + 6, (unsigned)(from / UNIT_BYTES) | (last ? 0 : MORE_FRAGMENTS));
	patch_16(bytes, ip + 10, 0);
	patch_16(bytes, ip + 10, folded(sum_words(bytes->at + ip, SCENARIO_IPV4_BYTES)));
}

static bool write_fragments(const struct scenario *scenario, const struct scenario_event *event,
			    const struct bytes *whole, FILE *file)
{
	static struct bytes part;
	size_t ip = SCENARIO_ETHERNET_BYTES + 4U * event->segment.tuple.vlan_count;
	size_t body_bytes = whole->count - ip - SCENARIO_IPV4_BYTES;

	part = *whole;
	cut_to_fragment(&part, ip, 0, SCENARIO_FIRST_FRAGMENT_BYTES);
	if (!write_frame(scenario, event->segment.ts_ns, &part, file))
		return false;
	part = *whole;
	cut_to_fragment(&part, ip, SCENARIO_FIRST_FRAGMENT_BYTES, body_bytes);
	return write_frame(scenario, event->segment.ts_ns, &part, file);
}

bool scenario_write_capture(const struct scenario *scenario, FILE *file)
{
	static struct bytes bytes;
	bool good = write_file_header(file, scenario->snaplen_bytes);

	for (size_t i = 0; good && i < scenario->count; i++) {
		const struct scenario_event *event = &scenario->event[i];

		bytes.count = 0;
		put_frame(&bytes, event, scenario);
		good = event->fragmented
			       ? write_fragments(scenario, event, &bytes, file)
			       : write_frame(scenario, event->segment.ts_ns, &bytes, file);
	}
	return good && fflush(file) == 0;
}
