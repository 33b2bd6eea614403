/*
 * Reading on at the end of a file that is still being written.
 */
#ifndef TCPBYE_SOURCE_GROWTH_H
#define TCPBYE_SOURCE_GROWTH_H

#include <stddef.h>
#include <sys/types.h>

enum growth {
	GROWTH_ENDED, /* what is there is all */
	GROWTH_AWAITED,
};

/*
 * read(2); but where the end is reached of a regular file whose growth is awaited, it waits for a
 * tenth of a second, and then fails with EINTR, as it does at a signal. A file that has become
 * shorter than what was read of it has ended.
 */
ssize_t growth_read(int fd, void *at, size_t room_bytes, enum growth growth);

#endif
