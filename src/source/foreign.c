#include "source/foreign.h"

#include <string.h>

#define DECOMPRESS(name, command)                                                                  \
	"is " name "-compressed; decompress it first: " command " FILE | tcpbye -r -"
#define CONVERT(name) "is " name ", not pcap; convert it first: editcap -F pcap FILE NEW.pcap"

static const struct {
	const char *magic;
	size_t bytes;
	const char *advice;
} foreigners[] = {
	{"\x1f\x8b", 2, DECOMPRESS("gzip", "zcat")},
	{"\x28\xb5\x2f\xfd", 4, DECOMPRESS("zstd", "zstdcat")},
	{"\x04\x22\x4d\x18", 4, DECOMPRESS("lz4", "lz4cat")},
	{"\xfd\x37zXZ", 5, DECOMPRESS("xz", "xzcat")},
	{"BZh", 3, DECOMPRESS("bzip2", "bzcat")},
	{"PK\x03\x04", 4, DECOMPRESS("zip", "unzip -p")},
	{"snoop\0\0\0", 8, CONVERT("a snoop capture")},
	{"btsnoop\0", 8, CONVERT("a btsnoop capture")},
	{"GMBU", 4, CONVERT("a Network Monitor capture")},
	{"RTSS", 4, CONVERT("a Network Monitor capture")},
	{"TRSNIFF data", 12, CONVERT("a Sniffer capture")},
	{"XCP\0", 4, CONVERT("a NetXRay capture")},
	{"iptrace ", 8, CONVERT("an iptrace capture")},
};

const char *foreign_advice(const uint8_t *begin, size_t count_bytes)
{
	for (size_t i = 0; i < sizeof(foreigners) / sizeof(foreigners[0]); i++)
		if (count_bytes >= foreigners[i].bytes &&
		    memcmp(begin, foreigners[i].magic, foreigners[i].bytes) == 0)
			return foreigners[i].advice;
	return NULL;
}
