#include "core/diary.h"

/* 36 bits for the time, 28 for the frames. */
enum { FRAME_BITS = 28 };
#define FRAMES_MASK ((UINT64_C(1) << FRAME_BITS) - 1)
#define MOST_NS     ((INT64_C(1) << (64 - FRAME_BITS)) - 1)

bool diary_since(int64_t ns, uint64_t frames, uint32_t since[2])
{
	uint64_t both = (uint64_t)ns << FRAME_BITS | frames;

	if (ns < 0 || ns > MOST_NS || frames > FRAMES_MASK)
		return false;
	since[0] = (uint32_t)both;
	since[1] = (uint32_t)(both >> 32);
	return true;
}

void diary_pass(const uint32_t since[2], int64_t *ts_ns, uint64_t *number)
{
	uint64_t both = (uint64_t)since[1] << 32 | since[0];

	*ts_ns += (int64_t)(both >> FRAME_BITS);
	*number += both & FRAMES_MASK;
}
