#include "core/deadlines.h"

#include <string.h>

#include "core/bits.h"
#include "core/prefetch.h"

enum { TICK_BITS = 20, FIRST_ROOM = 128, DIGIT_BITS = 8, DIGITS = 1 << DIGIT_BITS };

/* What `before` says besides the item before: this is the first of its slot's list (the slot's
 * number is in the low bits), or it stands in the heap. */
#define FIRST_OF_SLOT UINT32_C(0x80000000)
#define IN_HEAP       UINT32_C(0xffffffff)
#define KEPT          UINT32_C(0xfffffffe) /* in drop_stale(): its entry was met */

void deadlines_open(struct deadlines *deadlines, const struct memory *memory,
		    const struct pool *pool)
{
	*deadlines = (struct deadlines){.memory = memory, .pool = pool, .due_ns = INT64_MAX};
}

void deadlines_close(struct deadlines *deadlines)
{
	if (deadlines->heap != NULL)
		deadlines->memory->release(deadlines->heap);
	deadlines->heap = NULL;
}

static struct ripe *first_ripe(const struct deadlines *deadlines)
{
	return deadlines->first == 0 ? deadlines->heap : deadlines->heap + deadlines->first;
}

/* An eighth of the room is for stale entries. */
bool deadlines_reserve(struct deadlines *deadlines, uint32_t items)
{
	uint32_t room = deadlines->room == 0 ? FIRST_ROOM : deadlines->room;
	struct ripe *wider;

	while (room - room / 8 < items)
		room *= 2;
	if (room == deadlines->room)
		return true;
	wider = deadlines->memory->allocate(room * sizeof *wider);
	if (wider == NULL)
		return false;
	if (deadlines->heap != NULL) {
		memcpy(wider, first_ripe(deadlines), deadlines->count * sizeof *wider);
		deadlines->memory->release(deadlines->heap);
	}
	deadlines->heap = wider;
	deadlines->first = 0;
	deadlines->room = room;
	return true;
}

static struct deadline *item_at(const struct deadlines *deadlines, uint32_t item)
{
	return pool_at(deadlines->pool, item);
}

static uint64_t tick_of(int64_t at_ns)
{
	return at_ns < 0 ? 0 : (uint64_t)at_ns >> TICK_BITS;
}

void deadlines_begin_at(struct deadlines *deadlines, int64_t now_ns)
{
	deadlines->tick = tick_of(now_ns);
}

static bool earlier(const struct ripe *a, const struct ripe *b)
{
	return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->serial < b->serial;
}

static void sift_up(struct ripe *heap, uint32_t index)
{
	struct ripe entry = heap[index];

	while (index > 0 && earlier(&entry, &heap[(index - 1) / 2])) {
		heap[index] = heap[(index - 1) / 2];
		index = (index - 1) / 2;
	}
	heap[index] = entry;
}

static void sift_down(struct ripe *heap, uint32_t count, uint32_t index)
{
	struct ripe entry = heap[index];

	for (;;) {
		uint32_t child = 2 * index + 1;

		if (child >= count)
			break;
		if (child + 1 < count && earlier(&heap[child + 1], &heap[child]))
			child++;
		if (!earlier(&heap[child], &entry))
			break;
		heap[index] = heap[child];
		index = child;
	}
	heap[index] = entry;
}

static void make_heap(struct deadlines *deadlines)
{
	for (uint32_t i = deadlines->count / 2; i > 0; i--)
		sift_down(first_ripe(deadlines), deadlines->count, i - 1);
}

/* Behind all others; the heap is not restored by it. */
static void append(struct deadlines *deadlines, struct ripe entry)
{
	struct ripe *end = first_ripe(deadlines) + deadlines->count;

	deadlines->in_order =
		deadlines->count == 0 || (deadlines->in_order && !earlier(&entry, end - 1));
	*end = entry;
	deadlines->count++;
}

static bool is_stale(const struct deadlines *deadlines, const struct ripe *entry)
{
	const struct deadline *deadline = item_at(deadlines, entry->item);

	return deadline->before != IN_HEAP || deadline->serial != entry->serial ||
	       deadline->at_ns != entry->at_ns;
}

/* Of an item that came back to a time at which it had stood before, one entry is kept: there are as
 * many as items, for which there is room. */
static void drop_stale(struct deadlines *deadlines)
{
	const struct ripe *ripe = first_ripe(deadlines);
	uint32_t kept = 0;

	for (uint32_t i = 0; i < deadlines->count; i++) {
		if (is_stale(deadlines, &ripe[i]))
			continue;
		deadlines->heap[kept++] = ripe[i];
		item_at(deadlines, ripe[i].item)->before = KEPT;
	}
	for (uint32_t i = 0; i < kept; i++)
		item_at(deadlines, deadlines->heap[i].item)->before = IN_HEAP;
	deadlines->first = 0;
	deadlines->stale -= deadlines->count - kept;
	deadlines->count = kept;
	if (!deadlines->in_order)
		make_heap(deadlines);
}

static void ripen(struct deadlines *deadlines, uint32_t item)
{
	struct deadline *deadline = item_at(deadlines, item);

	if (deadlines->first + deadlines->count == deadlines->room)
		drop_stale(deadlines);
	deadline->before = IN_HEAP;
	append(deadlines, (struct ripe){deadline->at_ns, deadline->serial, item});
	if (!deadlines->in_order)
		sift_up(first_ripe(deadlines), deadlines->count - 1);
}

/* The highest level on which the two differ: below it, all slots up to that time are passed. */
static unsigned level_of(uint64_t tick, uint64_t now)
{
	uint64_t differ = tick ^ now;
	unsigned level = 0;

	while ((differ >>= DEADLINE_LEVEL_BITS) != 0)
		level++;
	return level;
}

static unsigned slot_of(uint64_t tick, unsigned level)
{
	return (unsigned)(tick >> (DEADLINE_LEVEL_BITS * level)) % DEADLINE_SLOTS;
}

static void enter(struct deadlines *deadlines, uint32_t item)
{
	struct deadline *deadline = item_at(deadlines, item);
	uint64_t tick = tick_of(deadline->at_ns);
	unsigned level = level_of(tick, deadlines->tick);
	unsigned slot = slot_of(tick, level);
	uint32_t *head = &deadlines->head[level][slot];

	if (tick <= deadlines->tick) {
		ripen(deadlines, item);
		return;
	}
	deadline->next = *head;
	deadline->before = FIRST_OF_SLOT | level << DEADLINE_LEVEL_BITS | slot;
	if (*head != POOL_NONE)
		item_at(deadlines, *head)->before = item;
	*head = item;
	deadlines->occupied[level] |= UINT64_C(1) << slot;
}

static void take_out(struct deadlines *deadlines, struct deadline *deadline)
{
	uint32_t before = deadline->before;
	unsigned level = (before >> DEADLINE_LEVEL_BITS) % DEADLINE_LEVELS;
	unsigned slot = before % DEADLINE_SLOTS;

	deadline->before = 0;
	deadlines->stale += before == IN_HEAP;
	if (before == 0 || before == IN_HEAP)
		return;
	if (deadline->next != POOL_NONE)
		item_at(deadlines, deadline->next)->before = before;
	if ((before & FIRST_OF_SLOT) == 0) {
		item_at(deadlines, before)->next = deadline->next;
		return;
	}
	deadlines->head[level][slot] = deadline->next;
	if (deadline->next == POOL_NONE)
		deadlines->occupied[level] &= ~(UINT64_C(1) << slot);
}

void deadlines_update(struct deadlines *deadlines, uint32_t item, int64_t at_ns)
{
	struct deadline *deadline = item_at(deadlines, item);

	take_out(deadlines, deadline);
	deadline->at_ns = at_ns;
	enter(deadlines, item);
	if (at_ns < deadlines->due_ns)
		deadlines->due_ns = at_ns;
}

void deadlines_remove(struct deadlines *deadlines, uint32_t item)
{
	take_out(deadlines, item_at(deadlines, item));
}

int64_t deadlines_key(const struct deadlines *deadlines, uint32_t item)
{
	const struct deadline *deadline = item_at(deadlines, item);

	return deadline->before == 0 ? INT64_MAX : deadline->at_ns;
}

/* The first slot of the level that is not empty and lies behind the present one; DEADLINE_SLOTS:
 * none. */
static unsigned next_slot(const struct deadlines *deadlines, unsigned level)
{
	unsigned slot = slot_of(deadlines->tick, level) + 1;
	uint64_t behind = slot == DEADLINE_SLOTS ? 0 : deadlines->occupied[level] >> slot;

	if (behind == 0)
		return DEADLINE_SLOTS;
	return slot + bits_lowest(behind);
}

/* What stands in a slot goes to the levels below, or to the heap. */
static void empty_slot(struct deadlines *deadlines, unsigned level, unsigned slot)
{
	uint32_t item = deadlines->head[level][slot];

	deadlines->head[level][slot] = POOL_NONE;
	deadlines->occupied[level] &= ~(UINT64_C(1) << slot);
	while (item != POOL_NONE) {
		uint32_t next = item_at(deadlines, item)->next;

		if (next != POOL_NONE)
			prefetch(item_at(deadlines, next), sizeof(struct deadline));
		enter(deadlines, item);
		item = next;
	}
}

/* Goes on to the next slot that is not empty, if it begins by `now_ns`; else notes when it does. */
static bool turn(struct deadlines *deadlines, int64_t now_ns)
{
	for (unsigned level = 0; level < DEADLINE_LEVELS; level++) {
		unsigned slot = next_slot(deadlines, level);
		unsigned shift = DEADLINE_LEVEL_BITS * level;
		uint64_t begin;

		if (slot == DEADLINE_SLOTS)
			continue;
		begin = (deadlines->tick >> shift >> DEADLINE_LEVEL_BITS << DEADLINE_LEVEL_BITS |
			 slot)
			<< shift;
		if (begin > tick_of(now_ns)) {
			deadlines->due_ns = (int64_t)(begin << TICK_BITS);
			return false;
		}
		deadlines->tick = begin;
		empty_slot(deadlines, level, slot);
		return true;
	}
	deadlines->due_ns = INT64_MAX;
	return false;
}

/* The first entry is stale. */
static void drop_top(struct deadlines *deadlines)
{
	struct ripe *ripe = first_ripe(deadlines);

	deadlines->stale--;
	deadlines->count--;
	if (deadlines->count == 0) {
		deadlines->first = 0;
	} else if (deadlines->in_order) {
		deadlines->first++;
	} else {
		ripe[0] = ripe[deadlines->count];
		sift_down(ripe, deadlines->count, 0);
	}
}

uint32_t deadlines_search(struct deadlines *deadlines, int64_t now_ns)
{
	for (;;) {
		const struct ripe *top = first_ripe(deadlines);

		if (deadlines->count == 0) {
			if (!turn(deadlines, now_ns))
				return POOL_NONE;
		} else if (deadlines->stale > 0 && is_stale(deadlines, top)) {
			drop_top(deadlines);
		} else {
			deadlines->due_ns = top->at_ns;
			return top->at_ns <= now_ns ? top->item : POOL_NONE;
		}
	}
}

/* By one digit of their serials, counted from `least`, those with the same one as they stood. */
static void deal(const struct ripe *from, uint32_t count, uint64_t least, unsigned shift,
		 struct ripe *to)
{
	uint32_t place[DIGITS + 1] = {0};

	for (uint32_t i = 0; i < count; i++)
		place[((from[i].serial - least) >> shift) % DIGITS + 1]++;
	for (unsigned digit = 0; digit < DIGITS; digit++)
		place[digit + 1] += place[digit];
	for (uint32_t i = 0; i < count; i++)
		to[place[((from[i].serial - least) >> shift) % DIGITS]++] = from[i];
}

/* Entries of one time. False where there is no memory for it, and nothing is changed. */
static bool sort_by_serial(struct deadlines *deadlines)
{
	struct ripe *entries = deadlines->heap;
	struct ripe *spare = deadlines->memory->allocate(deadlines->room * sizeof *spare);
	uint64_t least = UINT64_MAX, most = 0;

	if (spare == NULL)
		return false;
	for (uint32_t i = 0; i < deadlines->count; i++) {
		least = entries[i].serial < least ? entries[i].serial : least;
		most = entries[i].serial > most ? entries[i].serial : most;
	}
	for (unsigned shift = 0; shift < 64 && (most - least) >> shift != 0; shift += DIGIT_BITS) {
		deal(entries, deadlines->count, least, shift, spare);
		deadlines->heap = spare;
		spare = entries;
		entries = deadlines->heap;
	}
	deadlines->memory->release(spare);
	deadlines->in_order = true;
	return true;
}

void deadlines_forget_times(struct deadlines *deadlines)
{
	deadlines->first = deadlines->count = deadlines->stale = 0;
	for (uint32_t item = 1; item <= deadlines->pool->ever; item++) {
		struct deadline *deadline = item_at(deadlines, item);

		if (deadline->before == 0)
			continue;
		deadline->at_ns = INT64_MIN;
		deadline->before = IN_HEAP;
		append(deadlines, (struct ripe){INT64_MIN, deadline->serial, item});
	}
	memset(deadlines->head, 0, sizeof deadlines->head);
	memset(deadlines->occupied, 0, sizeof deadlines->occupied);
	if (!deadlines->in_order && !sort_by_serial(deadlines))
		make_heap(deadlines);
	deadlines->due_ns = INT64_MIN;
}
