#include "core/flow_index.h"

#include "core/prefetch.h"

enum { FIRST_SLOTS = 128, SLOTS_PER_STEP = 8 };

static bool array_open(struct index_array *array, const struct memory *memory, uint32_t slots)
{
	*array = (struct index_array){
		.slot = memory->allocate(slots * sizeof *array->slot),
		.slots = slots,
	};
	return array->slot != NULL;
}

static void array_close(struct index_array *array, const struct memory *memory)
{
	if (array->slot != NULL)
		memory->release(array->slot);
	*array = (struct index_array){0};
}

static void array_put(struct index_array *array, struct index_slot entry)
{
	uint32_t at = index_home(array, entry.print);

	while (array->slot[at].flow != POOL_NONE)
		at = (at + 1) & (array->slots - 1);
	array->slot[at] = entry;
	array->used++;
}

/* Without tombstones: what follows moves up where it may. */
static void array_erase(struct index_array *array, uint32_t hole)
{
	uint32_t mask = array->slots - 1;

	for (uint32_t at = (hole + 1) & mask; array->slot[at].flow != POOL_NONE;
	     at = (at + 1) & mask) {
		uint32_t wanted = index_home(array, array->slot[at].print);

		if (((at - wanted) & mask) >= ((at - hole) & mask)) {
			array->slot[hole] = array->slot[at];
			hole = at;
		}
	}
	array->slot[hole] = (struct index_slot){0, POOL_NONE};
	array->used--;
}

static bool array_remove(struct index_array *array, uint32_t print, uint32_t flow)
{
	if (array->slots == 0)
		return false;
	for (uint32_t at = index_home(array, print); array->slot[at].flow != POOL_NONE;
	     at = (at + 1) & (array->slots - 1)) {
		if (array->slot[at].flow == flow) {
			array_erase(array, at);
			return true;
		}
	}
	return false;
}

bool flow_index_open(struct flow_index *index, const struct memory *memory)
{
	*index = (struct flow_index){.memory = memory};
	return array_open(&index->now, memory, FIRST_SLOTS);
}

bool flow_index_reopen(struct flow_index *index, uint32_t slots)
{
	array_close(&index->now, index->memory);
	return array_open(&index->now, index->memory, slots);
}

void flow_index_close(struct flow_index *index)
{
	array_close(&index->now, index->memory);
	array_close(&index->old, index->memory);
}

/* Empties the next slots of the old array, and those that follow up to a free one: so all that
 * stand in a row leave together, in the order in which they stood, and no search for what is left
 * stops too early. */
static void move_some(struct flow_index *index, uint32_t slots)
{
	struct index_array *old = &index->old;

	while (old->used > 0 && (slots > 0 || old->slot[index->next].flow != POOL_NONE)) {
		struct index_slot *slot = &old->slot[index->next];

		if (slot->flow != POOL_NONE) {
			array_put(&index->now, *slot);
			*slot = (struct index_slot){0, POOL_NONE};
			old->used--;
		}
		index->next = (index->next + 1) & (old->slots - 1);
		slots -= slots > 0;
	}
	if (old->used == 0)
		array_close(old, index->memory);
}

static void grow(struct flow_index *index)
{
	struct index_array wider;

	if (index->now.slots > UINT32_MAX / 2 ||
	    !array_open(&wider, index->memory, 2 * index->now.slots))
		return;
	index->old = index->now;
	index->now = wider;
	index->next = 0;
	while (index->old.slot[index->next].flow != POOL_NONE)
		index->next++;
}

/* Half full at most while entries still move, three quarters at most else. */
bool flow_index_add(struct flow_index *index, uint32_t print, uint32_t flow)
{
	if (index->old.slots != 0)
		move_some(index, SLOTS_PER_STEP);
	else if (index->now.used >= index->now.slots / 4 * 3)
		grow(index);
	if (index->now.used + 1 >= index->now.slots)
		return false;
	array_put(&index->now, (struct index_slot){print, flow});
	return true;
}

void flow_index_remove(struct flow_index *index, uint32_t print, uint32_t flow)
{
	if (!array_remove(&index->now, print, flow))
		array_remove(&index->old, print, flow);
}

void flow_index_dismiss(struct flow_index *index)
{
	struct index_array *array = index->now.used > 0 ? &index->now : &index->old;

	array->used--;
}

void flow_index_prefetch(const struct flow_index *index, uint32_t print)
{
	prefetch(&index->now.slot[index_home(&index->now, print)], sizeof *index->now.slot);
	if (index->old.slots != 0)
		prefetch(&index->old.slot[index_home(&index->old, print)], sizeof *index->old.slot);
}

bool flow_index_go_on(const struct flow_index *index, struct index_search *search)
{
	if (search->array == &index->old || index->old.slots == 0)
		return false;
	search->array = &index->old;
	search->at = index_home(&index->old, search->print);
	return true;
}

uint64_t flow_index_bytes(const struct flow_index *index)
{
	return ((uint64_t)index->now.used + index->old.used) * 2 * sizeof(struct index_slot);
}
