#include "core/diary.h"

/* Of 64 bits 28 for the frames, one for the unit of time, and 35 for how many of it. */
enum { FRAME_BITS = 28, TIME_BITS = 35, NS_PER_US = 1000 };
#define FRAMES_MASK ((UINT64_C(1) << FRAME_BITS) - 1)
#define TIME_MASK   ((UINT64_C(1) << TIME_BITS) - 1)

bool diary_since(int64_t ns, uint64_t frames, uint32_t since[2])
{
	uint64_t time = (uint64_t)ns, in_us = 0, all;

	if (time > TIME_MASK && time % NS_PER_US == 0) {
		time /= NS_PER_US;
		in_us = 1;
	}
	if (ns < 0 || time > TIME_MASK || frames > FRAMES_MASK)
		return false;
	all = (in_us << TIME_BITS | time) << FRAME_BITS | frames;
	since[0] = (uint32_t)all;
	since[1] = (uint32_t)(all >> 32);
	return true;
}

void diary_pass(const uint32_t since[2], int64_t *ts_ns, uint64_t *number)
{
	uint64_t all = (uint64_t)since[1] << 32 | since[0];
	uint64_t time = all >> FRAME_BITS & TIME_MASK;

	*ts_ns += (int64_t)(all >> FRAME_BITS >> TIME_BITS != 0 ? time * NS_PER_US : time);
	*number += all & FRAMES_MASK;
}
