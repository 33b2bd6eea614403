#include "decode/reassembly.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

static_assert(sizeof(struct datagram_key) ==
		      sizeof(struct tuple) + sizeof(uint8_t[32]) + 2 * sizeof(uint32_t),
	      "keys are compared as bytes");

enum { HOLD_NS = 100 * 1000 * 1000, COPY_NS = 1000 * 1000 * 1000 };

static const int64_t lifetime_ns = INT64_C(30) * 1000 * 1000 * 1000;

static const struct hash_key spread = {
	{UINT64_C(0x667261676d656e74), UINT64_C(0x7265617373656d62)}};

/* Whether `now_ns` is at least so long after `then_ns`, which may be any time. */
static bool has_passed(int64_t then_ns, int64_t now_ns, int64_t duration_ns)
{
	return now_ns > then_ns && (uint64_t)now_ns - (uint64_t)then_ns >= (uint64_t)duration_ns;
}

static struct datagram *find_set(struct reassembly *reassembly, const struct datagram_key *key)
{
	return reassembly->datagram[siphash_1_3(key, sizeof(*key), &spread) % REASSEMBLY_SETS];
}

static void let_go(struct reassembly *reassembly, struct datagram *datagram)
{
	reassembly->holding -= datagram->holds;
	datagram->holds = false;
}

/* A part that comes after this belongs to another datagram of the same name. */
static bool is_over(const struct datagram *datagram, int64_t now_ns)
{
	int64_t end_ns = datagram->state == DATAGRAM_PARTIAL ? lifetime_ns : COPY_NS;

	return has_passed(datagram->begin_ns, now_ns, end_ns) ||
	       has_passed(now_ns, datagram->begin_ns, lifetime_ns);
}

struct datagram *reassembly_find(struct reassembly *reassembly, const struct datagram_key *key,
				 int64_t now_ns)
{
	struct datagram *set = find_set(reassembly, key);

	for (unsigned way = 0; way < REASSEMBLY_WAYS; way++) {
		struct datagram *datagram = &set[way];

		if (datagram->state == DATAGRAM_FREE ||
		    memcmp(&datagram->key, key, sizeof(*key)) != 0)
			continue;
		if (!is_over(datagram, now_ns))
			return datagram;
		reassembly_drop(reassembly, datagram);
	}
	return NULL;
}

struct datagram *reassembly_begin(struct reassembly *reassembly, const struct datagram_key *key,
				  int64_t now_ns)
{
	struct datagram *set = find_set(reassembly, key);
	struct datagram *oldest = set;

	for (unsigned way = 1; way < REASSEMBLY_WAYS; way++)
		if (set[way].use < oldest->use)
			oldest = &set[way];
	let_go(reassembly, oldest);
	memset(oldest, 0, offsetof(struct datagram, range));
	oldest->key = *key;
	oldest->state = DATAGRAM_PARTIAL;
	oldest->begin_ns = now_ns;
	oldest->head_bytes = REASSEMBLY_HEAD_BYTES;
	return oldest;
}

void reassembly_drop(struct reassembly *reassembly, struct datagram *datagram)
{
	let_go(reassembly, datagram);
	datagram->state = DATAGRAM_FREE;
	datagram->use = 0;
}

static void spoil(struct reassembly *reassembly, struct datagram *datagram)
{
	let_go(reassembly, datagram);
	datagram->state = DATAGRAM_SPOILT;
}

enum fit { FIT_NEW, FIT_COPY, FIT_CONTRADICTION };

/* How a part fits to those that have come (RFC 5722: what overlaps is no datagram). */
static enum fit find_fit(const struct datagram *datagram, uint32_t begin, uint32_t end, bool more)
{
	uint32_t total = datagram->total_bytes;

	for (unsigned i = 0; i < datagram->range_count; i++) {
		uint32_t range_begin = datagram->range[i].begin;
		uint32_t range_end = datagram->range[i].end;

		if (begin >= range_begin && end <= range_end)
			return FIT_COPY;
		if ((begin < range_end && range_begin < end) || (!more && range_end > end))
			return FIT_CONTRADICTION;
	}
	if (total && (!more || end >= total))
		return FIT_CONTRADICTION;
	return FIT_NEW;
}

/* Adds a range, joined with those that it touches; false where there are too many. */
static bool add_range(struct datagram *datagram, uint32_t begin, uint32_t end)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < datagram->range_count; i++) {
		if (datagram->range[i].end == begin)
			begin = datagram->range[i].begin;
		else if (datagram->range[i].begin == end)
			end = datagram->range[i].end;
		else
			datagram->range[kept++] = datagram->range[i];
	}
	if (kept == REASSEMBLY_RANGES_MAX)
		return false;
	datagram->range[kept].begin = (uint16_t)begin;
	datagram->range[kept].end = (uint16_t)end;
	datagram->range_count = (uint8_t)(kept + 1);
	return true;
}

static void add_head(struct datagram *datagram, uint32_t offset, const uint8_t *at,
		     uint32_t captured_bytes, uint32_t length_bytes)
{
	if (offset >= REASSEMBLY_HEAD_BYTES)
		return;
	uint32_t room = REASSEMBLY_HEAD_BYTES - offset;
	memcpy(datagram->head + offset, at, captured_bytes < room ? captured_bytes : room);
	if (captured_bytes < length_bytes && offset + captured_bytes < datagram->head_bytes)
		datagram->head_bytes = offset + captured_bytes;
}

static bool is_whole(const struct datagram *datagram)
{
	return datagram->total_bytes && datagram->range_count == 1 &&
	       datagram->range[0].begin == 0 && datagram->range[0].end == datagram->total_bytes;
}

bool reassembly_add(struct reassembly *reassembly, struct datagram *datagram,
		    const struct fragment *fragment, const uint8_t *at, uint32_t captured_bytes,
		    uint32_t length_bytes, uint32_t frame_bytes)
{
	uint32_t begin = fragment->offset_bytes, end = begin + length_bytes;
	enum fit fit;

	datagram->use = ++reassembly->uses;
	reassembly->rest_was_seen |= begin > 0;
	if (datagram->state != DATAGRAM_PARTIAL)
		return false;
	fit = find_fit(datagram, begin, end, fragment->more);
	if (fit == FIT_COPY)
		return false;
	if (fit == FIT_CONTRADICTION || !add_range(datagram, begin, end)) {
		spoil(reassembly, datagram);
		return false;
	}
	if (begin == 0)
		datagram->protocol = fragment->protocol;
	add_head(datagram, begin, at, captured_bytes, length_bytes);
	datagram->frame_bytes += frame_bytes;
	if (!fragment->more)
		datagram->total_bytes = end;
	if (!is_whole(datagram))
		return false;
	let_go(reassembly, datagram);
	datagram->state = DATAGRAM_WHOLE;
	return !datagram->judged;
}

bool reassembly_hold(struct reassembly *reassembly, struct datagram *datagram,
		     const struct segment *segment)
{
	if (datagram->state != DATAGRAM_PARTIAL || datagram->holds || datagram->judged)
		return true;
	datagram->first = *segment;
	datagram->is_known = true;
	if (reassembly->rest_was_missed && !reassembly->rest_was_seen) {
		datagram->judged = true;
		return false;
	}
	datagram->holds = true;
	if (reassembly->holding++ == 0 || segment->ts_ns < reassembly->holds_since_ns)
		reassembly->holds_since_ns = segment->ts_ns;
	return true;
}

/* The datagram that holds the segment of the earliest time, and of the lowest number. */
static struct datagram *find_earliest(struct reassembly *reassembly)
{
	struct datagram *earliest = NULL;

	for (unsigned i = 0; i < REASSEMBLY_SETS * REASSEMBLY_WAYS; i++) {
		struct datagram *datagram =
			&reassembly->datagram[i / REASSEMBLY_WAYS][i % REASSEMBLY_WAYS];

		if (datagram->holds &&
		    (!earliest || datagram->first.ts_ns < earliest->first.ts_ns ||
		     (datagram->first.ts_ns == earliest->first.ts_ns &&
		      datagram->first.number < earliest->first.number)))
			earliest = datagram;
	}
	return earliest;
}

bool reassembly_release(struct reassembly *reassembly, int64_t now_ns, struct segment *segment)
{
	if (!reassembly->holding || !has_passed(reassembly->holds_since_ns, now_ns, HOLD_NS))
		return false;
	struct datagram *datagram = find_earliest(reassembly);
	reassembly->holds_since_ns = datagram->first.ts_ns;
	if (!has_passed(reassembly->holds_since_ns, now_ns, HOLD_NS))
		return false;
	*segment = datagram->first;
	datagram->judged = true;
	let_go(reassembly, datagram);
	reassembly->rest_was_missed = true;
	return true;
}
