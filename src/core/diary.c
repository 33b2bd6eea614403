#include "core/diary.h"

enum { NS_PER_US = 1000 };

bool diary_since(int64_t ns, uint64_t frames, uint64_t *since)
{
	uint64_t length = (uint64_t)ns, time = length * 2 + 1;

	if (length % NS_PER_US == 0)
		time = length / NS_PER_US * 2;
	if (ns < 0 || time >> DIARY_TIME_BITS != 0 || frames > DIARY_FRAMES_MASK)
		return false;
	*since = time << DIARY_FRAME_BITS | frames;
	return true;
}

void diary_pass(uint64_t since, int64_t *ts_ns, uint64_t *number)
{
	uint64_t time = since >> DIARY_FRAME_BITS;

	*ts_ns += (int64_t)(time / 2 * ((time & 1) != 0 ? 1 : NS_PER_US));
	*number += since & DIARY_FRAMES_MASK;
}
