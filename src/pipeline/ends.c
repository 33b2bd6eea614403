#include "pipeline/ends.h"

#include <stdatomic.h>
#include <string.h>

#include "core/prefetch.h"

enum { SLOTS = 1 << 16, ENDS_MAX = SLOTS / 2, PAIRS = 1 << 15, PEERS_MAX = 64 };

/*
 * One end, and whom it was met with where connections began before the capture did; with the same
 * index, and apart since that is rare. What a reader of `print`, `listens_since` and `peers` finds
 * there was complete before it stood there: `peer_since[i]` is written before bit i of `peers` is,
 * and never changes.
 */
struct end {
	_Atomic uint64_t print;         /* of address and port; 0: free */
	_Atomic uint64_t listens_since; /* ordinal of its first SYN-ACK; 0: none */
};

struct met {
	_Atomic uint64_t peers;         /* a bit for each 64th of all peers that it was met with */
	uint64_t peer_since[PEERS_MAX]; /* ordinals */
};

struct ends {
	const struct memory *memory;
	struct hash_key key;
	unsigned count;
	uint64_t changes;
	uint64_t pair[PAIRS]; /* hashes of tuples that were noted lately */
	struct end end[SLOTS];
	struct met met[SLOTS];
};

struct ends *ends_create(const struct memory *memory, const struct hash_key *key)
{
	struct ends *ends = memory->allocate(sizeof *ends);

	if (ends == NULL)
		return NULL;
	ends->memory = memory;
	ends->key = *key;
	return ends;
}

void ends_destroy(struct ends *ends)
{
	ends->memory->release(ends);
}

static uint64_t print_of(const struct ends *ends, const struct tuple *tuple, unsigned side)
{
	uint8_t bytes[sizeof tuple->addr[0] + sizeof tuple->port[0]];

	memcpy(bytes, tuple->addr[side], sizeof tuple->addr[0]);
	memcpy(bytes + sizeof tuple->addr[0], &tuple->port[side], sizeof tuple->port[0]);
	return siphash_1_3(bytes, sizeof bytes, &ends->key) | 1;
}

/* The index of the print's end, or of the free place where it belongs. */
static unsigned find(const struct ends *ends, uint64_t print)
{
	unsigned at = (unsigned)(print >> 32) % SLOTS;

	for (;; at = (at + 1) % SLOTS) {
		uint64_t there = atomic_load_explicit(&ends->end[at].print, memory_order_acquire);

		if (there == 0 || there == print)
			return at;
	}
}

/* The end, entered if it is new; NULL where there is no room for it. */
static struct end *obtain(struct ends *ends, uint64_t print)
{
	struct end *end = &ends->end[find(ends, print)];

	if (atomic_load_explicit(&end->print, memory_order_relaxed) == print)
		return end;
	if (ends->count == ENDS_MAX)
		return NULL;
	ends->count++;
	atomic_store_explicit(&end->print, print, memory_order_release);
	return end;
}

static struct met *met_of(struct ends *ends, const struct end *end)
{
	return &ends->met[end - ends->end];
}

static void note_listener(struct ends *ends, const struct segment *segment)
{
	struct end *end = obtain(ends, print_of(ends, &segment->tuple, segment->from));

	if (end != NULL && atomic_load_explicit(&end->listens_since, memory_order_relaxed) == 0)
		atomic_store_explicit(&end->listens_since, segment->ordinal, memory_order_relaxed);
}

static void note_peer(struct ends *ends, uint64_t print, uint64_t peer, uint64_t ordinal)
{
	struct end *end = obtain(ends, print);
	unsigned place = (unsigned)(peer >> 1) % PEERS_MAX;
	struct met *met;
	uint64_t peers;

	if (end == NULL)
		return;
	met = met_of(ends, end);
	peers = atomic_load_explicit(&met->peers, memory_order_relaxed);
	if ((peers >> place & 1) != 0)
		return;
	met->peer_since[place] = ordinal;
	atomic_store_explicit(&met->peers, peers | UINT64_C(1) << place, memory_order_release);
}

/* A tuple that was not met lately, and not with a SYN first: its start was not captured. */
static void note_pair(struct ends *ends, const struct segment *segment)
{
	uint64_t print[2] = {print_of(ends, &segment->tuple, 0),
			     print_of(ends, &segment->tuple, 1)};

	note_peer(ends, print[0], print[1], segment->ordinal);
	note_peer(ends, print[1], print[0], segment->ordinal);
}

static unsigned pair_place(uint64_t hash)
{
	return hash >> 32 & (PAIRS - 1);
}

static uint64_t *pair_of(struct ends *ends, uint64_t hash)
{
	return &ends->pair[pair_place(hash)];
}

void ends_note(struct ends *ends, const struct segment *segment)
{
	uint64_t *pair = pair_of(ends, segment->hash);
	bool is_known = *pair == segment->hash;

	*pair = segment->hash;
	ends->changes += !is_known;
	if ((segment->marks & SEGMENT_BAD_CHECKSUM) != 0)
		return;
	if ((segment->flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) == (TCP_SYN | TCP_ACK))
		note_listener(ends, segment);
	else if (!is_known && (segment->flags & TCP_SYN) == 0)
		note_pair(ends, segment);
}

void ends_prefetch(const struct ends *ends, uint64_t hash)
{
	prefetch(&ends->pair[pair_place(hash)], sizeof ends->pair[0]);
}

uint64_t ends_changes(const struct ends *ends)
{
	return ends->changes;
}

bool ends_know(const struct ends *ends, uint64_t hash)
{
	return ends->pair[pair_place(hash)] == hash;
}

/* Of an end that was never noted, a free place: nobody was met there, and it does not listen. What
 * takes the place later bears a later ordinal. */
static bool listens(const void *context, const struct tuple *tuple, unsigned side, uint64_t ordinal)
{
	const struct ends *ends = context;
	const struct end *end = &ends->end[find(ends, print_of(ends, tuple, side))];
	uint64_t since = atomic_load_explicit(&end->listens_since, memory_order_relaxed);

	return since != 0 && since < ordinal;
}

static unsigned peers(const void *context, const struct tuple *tuple, unsigned side,
		      uint64_t ordinal)
{
	const struct ends *ends = context;
	const struct met *met = &ends->met[find(ends, print_of(ends, tuple, side))];
	uint64_t peers = atomic_load_explicit(&met->peers, memory_order_acquire);
	unsigned count = 0;

	for (unsigned place = 0; place < PEERS_MAX; place++)
		count += (peers >> place & 1) != 0 && met->peer_since[place] <= ordinal;
	return count;
}

static void end_archive(struct archive *archive, struct end *end, struct met *met)
{
	uint64_t listens_since = atomic_load_explicit(&end->listens_since, memory_order_relaxed);
	uint64_t peers = atomic_load_explicit(&met->peers, memory_order_relaxed);

	ARCHIVE(archive, listens_since);
	ARCHIVE(archive, peers);
	for (unsigned place = 0; place < PEERS_MAX; place++) {
		if ((peers >> place & 1) != 0)
			ARCHIVE(archive, met->peer_since[place]);
	}
	atomic_store_explicit(&end->listens_since, listens_since, memory_order_relaxed);
	atomic_store_explicit(&met->peers, peers, memory_order_release);
}

static void write_ends(struct archive *archive, struct ends *ends)
{
	for (unsigned at = 0; at < SLOTS; at++) {
		struct end *end = &ends->end[at];
		uint64_t print = atomic_load_explicit(&end->print, memory_order_relaxed);

		if (print == 0)
			continue;
		ARCHIVE(archive, print);
		end_archive(archive, end, met_of(ends, end));
	}
	archive_value(archive, "print", 0, UINT64_MAX);
}

static void read_ends(struct archive *archive, struct ends *ends)
{
	uint64_t print;

	while ((print = archive_value(archive, "print", 0, UINT64_MAX)) != 0) {
		struct end *end = obtain(ends, print);

		if (end == NULL) {
			archive_refuse(archive, "print");
			return;
		}
		end_archive(archive, end, met_of(ends, end));
	}
}

/* Pairs stand where their hashes say. */
static void pairs_archive(struct archive *archive, struct ends *ends)
{
	uint64_t hash;

	for (unsigned at = 0; archive->way == ARCHIVE_WRITES && at < PAIRS; at++) {
		if (ends->pair[at] != 0)
			ARCHIVE(archive, ends->pair[at]);
	}
	if (archive->way == ARCHIVE_WRITES)
		archive_value(archive, "pair", 0, UINT64_MAX);
	while (archive->way == ARCHIVE_READS &&
	       (hash = archive_value(archive, "pair", 0, UINT64_MAX)) != 0)
		*pair_of(ends, hash) = hash;
}

void ends_archive(struct archive *archive, struct ends *ends)
{
	if (archive->way == ARCHIVE_WRITES)
		write_ends(archive, ends);
	if (archive->way == ARCHIVE_READS)
		read_ends(archive, ends);
	pairs_archive(archive, ends);
}

struct ends_knowledge ends_knowledge(const struct ends *ends)
{
	return (struct ends_knowledge){ends, listens, peers};
}
