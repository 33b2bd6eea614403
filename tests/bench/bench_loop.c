/*
 * What reading a pcap file costs at least: the loops that the program's time is held against.
 *
 *     bench_loop read FILE      read(2) through the file
 *     bench_loop walk FILE      the same in blocks, going from record to record and looking at the
 *                               TCP header of each
 *     bench_loop libpcap FILE   pcap_loop() with a callback that only counts
 *
 * Prints how many packets there were; for `read`, bytes.
 */
#define _DEFAULT_SOURCE /* pcap.h needs u_char */

#include <fcntl.h>
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK_BYTES = 256 * 1024, FILE_HEADER_BYTES = 24, RECORD_HEADER_BYTES = 16, FLAGS_AT = 47 };

static uint8_t block[2 * BLOCK_BYTES];

static int complain(const char *path, const char *why)
{
	fprintf(stderr, "bench_loop: %s: %s\n", path, why);
	return 1;
}

static int loop_read(const char *path, uint64_t *count)
{
	int fd = open(path, O_RDONLY);
	ssize_t got;

	while ((got = read(fd, block, BLOCK_BYTES)) > 0)
		*count += (uint64_t)got;
	if (got < 0)
		return complain(path, "cannot be read");
	return close(fd);
}

/* Walks what is whole of `size` bytes; returns how many bytes that were. `syns` keeps the compiler
 * from leaving the look out. */
static size_t walk_records(size_t size, uint64_t *count, uint64_t *syns)
{
	size_t at = 0;

	while (size - at >= RECORD_HEADER_BYTES) {
		uint32_t captured;

		memcpy(&captured, block + at + 8, sizeof captured);
		if (captured > BLOCK_BYTES || size - at - RECORD_HEADER_BYTES < captured)
			break;
		if (captured > FLAGS_AT)
			*syns += block[at + RECORD_HEADER_BYTES + FLAGS_AT] >> 1 & 1;
		at += RECORD_HEADER_BYTES + captured;
		++*count;
	}
	return at;
}

static int loop_walk(const char *path, uint64_t *count)
{
	int fd = open(path, O_RDONLY);
	size_t held = 0;
	uint64_t syns = 0;
	ssize_t got = read(fd, block, FILE_HEADER_BYTES);

	while (got > 0 && (got = read(fd, block + held, BLOCK_BYTES)) > 0) {
		held += (size_t)got;
		size_t done = walk_records(held, count, &syns);
		held -= done;
		memmove(block, block + done, held);
	}
	if (got < 0 || held > 0 || syns > *count)
		return complain(path, "cannot be walked through");
	return close(fd);
}

static void count_packet(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
	uint64_t *count = (uint64_t *)(void *)user;

	(void)header;
	(void)bytes;
	++*count;
}

static int loop_libpcap(const char *path, uint64_t *count)
{
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline(path, error);

	if (pcap == NULL)
		return complain(path, error);
	if (pcap_loop(pcap, -1, count_packet, (u_char *)count) != 0)
		return complain(path, pcap_geterr(pcap));
	pcap_close(pcap);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(const char *path, uint64_t *count);
} loops[] = {
	{"read", loop_read},
	{"walk", loop_walk},
	{"libpcap", loop_libpcap},
};

int main(int argc, char **argv)
{
	uint64_t count = 0;

	for (size_t i = 0; argc == 3 && i < sizeof loops / sizeof loops[0]; i++) {
		if (strcmp(argv[1], loops[i].name) != 0)
			continue;
		if (loops[i].run(argv[2], &count) != 0)
			return 1;
		printf("%" PRIu64 "\n", count);
		return 0;
	}
	fputs("usage: bench_loop read|walk|libpcap FILE\n", stderr);
	return 2;
}
