/*
 * A pcap file that is written: frames as they were captured, with times in nanoseconds.
 *
 * A pcap file has one link type, that of the first frame put into it. Where no frame comes, the
 * file is a capture without any.
 */
#ifndef TCPBYE_SOURCE_PACKET_FILE_H
#define TCPBYE_SOURCE_PACKET_FILE_H

#include <stdbool.h>

#include "source/frame.h"

struct packet_file;

/* Opens, and empties, the file; NULL with errno set when that fails. */
struct packet_file *packet_file_open(const char *path);

enum packet_file_put {
	PACKET_FILE_WRITTEN,
	PACKET_FILE_LEFT_OUT, /* of another link type than the first frame */
	PACKET_FILE_FAILED,   /* errno says why */
};

enum packet_file_put packet_file_put(struct packet_file *file, const struct frame *frame);

/* Writes what is left and closes; false with errno set when that, or any write before, failed. */
bool packet_file_close(struct packet_file *file);

#endif
