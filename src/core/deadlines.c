#include "core/deadlines.h"

#include <stddef.h>
#include <string.h>

void deadlines_open(struct deadlines *deadlines, const struct memory *memory)
{
	*deadlines = (struct deadlines){.memory = memory};
}

void deadlines_close(struct deadlines *deadlines)
{
	if (deadlines->heap != NULL)
		deadlines->memory->release(deadlines->heap);
	if (deadlines->place != NULL)
		deadlines->memory->release(deadlines->place);
	deadlines->heap = NULL;
	deadlines->place = NULL;
}

static void *widened(const struct memory *memory, void *old, size_t old_bytes, size_t new_bytes)
{
	void *wider = memory->allocate(new_bytes);

	if (wider != NULL && old != NULL) {
		memcpy(wider, old, old_bytes);
		memory->release(old);
	}
	return wider;
}

bool deadlines_reserve(struct deadlines *deadlines, uint32_t flow)
{
	uint32_t room = deadlines->room == 0 ? 1024 : deadlines->room;
	void *wider;

	while (room <= flow)
		room *= 2;
	if (room > deadlines->room) {
		wider = widened(deadlines->memory, deadlines->heap,
				deadlines->room * sizeof *deadlines->heap,
				room * sizeof *deadlines->heap);
		if (wider == NULL)
			return false;
		deadlines->heap = wider;
		deadlines->room = room;
	}
	if (room > deadlines->places) {
		wider = widened(deadlines->memory, deadlines->place,
				deadlines->places * sizeof *deadlines->place,
				room * sizeof *deadlines->place);
		if (wider == NULL)
			return false;
		deadlines->place = wider;
		deadlines->places = room;
	}
	return true;
}

static bool earlier(const struct deadline *a, const struct deadline *b)
{
	return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->serial < b->serial;
}

static void set(struct deadlines *deadlines, uint32_t index, struct deadline entry)
{
	deadlines->heap[index] = entry;
	deadlines->place[entry.flow] = index + 1;
}

static void sift_up(struct deadlines *deadlines, uint32_t index)
{
	struct deadline entry = deadlines->heap[index];

	while (index > 0 && earlier(&entry, &deadlines->heap[(index - 1) / 2])) {
		set(deadlines, index, deadlines->heap[(index - 1) / 2]);
		index = (index - 1) / 2;
	}
	set(deadlines, index, entry);
}

static void sift_down(struct deadlines *deadlines, uint32_t index)
{
	struct deadline entry = deadlines->heap[index];

	for (;;) {
		uint32_t child = 2 * index + 1;

		if (child >= deadlines->count)
			break;
		if (child + 1 < deadlines->count &&
		    earlier(&deadlines->heap[child + 1], &deadlines->heap[child]))
			child++;
		if (!earlier(&deadlines->heap[child], &entry))
			break;
		set(deadlines, index, deadlines->heap[child]);
		index = child;
	}
	set(deadlines, index, entry);
}

void deadlines_update(struct deadlines *deadlines, uint32_t flow, uint64_t serial, int64_t at_ns)
{
	uint32_t index;

	if (deadlines->place[flow] == 0) {
		set(deadlines, deadlines->count, (struct deadline){at_ns, serial, flow});
		deadlines->count++;
	}
	index = deadlines->place[flow] - 1;
	deadlines->heap[index].at_ns = at_ns;
	deadlines->heap[index].serial = serial;
	sift_up(deadlines, index);
	sift_down(deadlines, deadlines->place[flow] - 1);
}

void deadlines_remove(struct deadlines *deadlines, uint32_t flow)
{
	uint32_t index;

	if (flow >= deadlines->places || deadlines->place[flow] == 0)
		return;
	index = deadlines->place[flow] - 1;
	deadlines->place[flow] = 0;
	deadlines->count--;
	if (index == deadlines->count)
		return;
	set(deadlines, index, deadlines->heap[deadlines->count]);
	sift_up(deadlines, index);
	sift_down(deadlines, index);
}

int64_t deadlines_key(const struct deadlines *deadlines, uint32_t flow)
{
	if (flow >= deadlines->places || deadlines->place[flow] == 0)
		return INT64_MAX;
	return deadlines->heap[deadlines->place[flow] - 1].at_ns;
}

const struct deadline *deadlines_first(const struct deadlines *deadlines)
{
	return deadlines->count == 0 ? NULL : &deadlines->heap[0];
}

void deadlines_forget_times(struct deadlines *deadlines)
{
	for (uint32_t i = 0; i < deadlines->count; i++)
		deadlines->heap[i].at_ns = INT64_MIN;
	for (uint32_t i = deadlines->count / 2; i > 0; i--)
		sift_down(deadlines, i - 1);
}
