#include "core/profile.h"

int64_t profile_time_wait_ns(enum profile profile)
{
	static const int64_t time_wait_s[PROFILE_COUNT] = {
		[PROFILE_LINUX] = 60,    [PROFILE_FREEBSD] = 60, [PROFILE_MACOS] = 30,
		[PROFILE_WINDOWS] = 120, [PROFILE_SOLARIS] = 60, [PROFILE_RFC] = 240,
	};

	return time_wait_s[profile] * 1000000000;
}
