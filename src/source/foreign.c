#include "source/foreign.h"

#include <string.h>

#define COMPRESSED(name, command)                                                                  \
	{                                                                                          \
		name "-compressed", "decompress it first: " command " FILE | tcpbye -r -"          \
	}
#define CONVERTIBLE(name)                                                                          \
	{                                                                                          \
		name ", not pcap", "convert it first: editcap -F pcap FILE NEW.pcap"               \
	}

static const struct {
	const char *magic;
	size_t bytes;
	struct foreign foreign;
} foreigners[] = {
	{"\x1f\x8b", 2, COMPRESSED("gzip", "zcat")},
	{"\x28\xb5\x2f\xfd", 4, COMPRESSED("zstd", "zstdcat")},
	{"\x04\x22\x4d\x18", 4, COMPRESSED("lz4", "lz4cat")},
	{"\x02\x21\x4c\x18", 4, COMPRESSED("lz4 (old format)", "lz4cat")},
	{"\xfd\x37zXZ", 5, COMPRESSED("xz", "xzcat")},
	{"BZh", 3, COMPRESSED("bzip2", "bzcat")},
	{"PK\x03\x04", 4, COMPRESSED("zip", "unzip -p")},
	{"snoop\0\0\0", 8, CONVERTIBLE("a snoop capture")},
	{"btsnoop\0", 8, CONVERTIBLE("a btsnoop capture")},
	{"GMBU", 4, CONVERTIBLE("a Network Monitor capture")},
	{"RTSS", 4, CONVERTIBLE("a Network Monitor capture")},
	{"TRSNIFF data", 12, CONVERTIBLE("a Sniffer capture")},
	{"XCP\0", 4, CONVERTIBLE("a NetXRay capture")},
	{"iptrace ", 8, CONVERTIBLE("an iptrace capture")},
};

const struct foreign *foreign_find(const uint8_t *begin, size_t count_bytes)
{
	for (size_t i = 0; i < sizeof(foreigners) / sizeof(foreigners[0]); i++)
		if (count_bytes >= foreigners[i].bytes &&
		    memcmp(begin, foreigners[i].magic, foreigners[i].bytes) == 0)
			return &foreigners[i].foreign;
	return NULL;
}
