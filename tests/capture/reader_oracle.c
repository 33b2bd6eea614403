/*
 * Reads captures with our reader and with libpcap side by side: the frames must be the same, to the
 * byte and the nanosecond.
 *
 * libpcap refuses files that we read (several link types or snap lengths in a pcapng) and gives up
 * earlier on damage; up to there its frames count. It cuts packets to the snap length of the file
 * header, gives the frame of a simple packet block no time, and has no name for link types of other
 * systems: the only differences that are allowed.
 *
 * Usage: reader_oracle FILE... ; exit status 1 if any file differs, 2 without arguments.
 */
#define _DEFAULT_SOURCE

#include "source/linktype.h"
#include "source/source.h"

#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

enum { NS_PER_S = 1000000000 };

/* Both readers at the same place of one file. */
struct pair {
	const char *name;
	struct source *source;
	pcap_t *pcap;
	uint64_t compared;
};

static int64_t oracle_ns(const struct pair *pair, const struct pcap_pkthdr *header)
{
	int64_t seconds = header->ts.tv_sec;
	int64_t fraction = header->ts.tv_usec;

	/* Classic pcap has unsigned 32-bit fields, which libpcap takes for signed ones. */
	if (pcap_major_version(pair->pcap) == 2) {
		seconds = (uint32_t)seconds;
		if (fraction < 0)
			fraction += (INT64_C(1) << 32) * (fraction % 1000 == 0 ? 1000 : 1);
	}
	return seconds * NS_PER_S + fraction;
}

static bool differs(const struct pair *pair, const char *what, int64_t ours, int64_t theirs)
{
	printf("%s: frame %" PRIu64 ": %s is %" PRId64 " here and %" PRId64 " in libpcap\n",
	       pair->name, pair->compared + 1, what, ours, theirs);
	return true;
}

static bool frame_differs(const struct pair *pair, const struct frame *frame,
			  const struct pcap_pkthdr *header, const uint8_t *bytes)
{
	int64_t expected_ns = oracle_ns(pair, header);
	uint32_t captured = frame->captured_bytes;

	if (captured > (uint32_t)pcap_snapshot(pair->pcap))
		captured = (uint32_t)pcap_snapshot(pair->pcap);
	if (frame->ts_ns != expected_ns && expected_ns != 0)
		return differs(pair, "time", frame->ts_ns, expected_ns);
	if (captured != header->caplen)
		return differs(pair, "captured length", captured, header->caplen);
	if (frame->wire_bytes != header->len)
		return differs(pair, "length", frame->wire_bytes, header->len);
	if (linktype_to_dlt(frame->linktype) != pcap_datalink(pair->pcap) &&
	    pcap_datalink_val_to_name(pcap_datalink(pair->pcap)))
		return differs(pair, "link type", linktype_to_dlt(frame->linktype),
			       pcap_datalink(pair->pcap));
	if (captured && memcmp(frame->bytes, bytes, captured) != 0)
		return differs(pair, "content", 0, 0);
	return false;
}

/* Compares until libpcap has no more; true if something differs. */
static bool frames_differ(struct pair *pair)
{
	struct pcap_pkthdr *header;
	const uint8_t *bytes;
	struct frame frame;
	struct source_error error;
	int theirs;

	while ((theirs = pcap_next_ex(pair->pcap, &header, &bytes)) == 1) {
		if (source_next(pair->source, &frame, &error) != SOURCE_FRAME)
			return differs(pair, "number of frames", (int64_t)pair->compared, -1);
		if (frame_differs(pair, &frame, header, bytes))
			return true;
		pair->compared++;
	}
	if (theirs == PCAP_ERROR_BREAK && source_next(pair->source, &frame, &error) != SOURCE_END)
		return differs(pair, "number of frames", -1, (int64_t)pair->compared);
	if (theirs == PCAP_ERROR)
		printf("%s: libpcap stops after %" PRIu64 " frames: %s\n", pair->name,
		       pair->compared, pcap_geterr(pair->pcap));
	return false;
}

static bool file_differs(const char *name)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	struct source_error error;
	struct pair pair = {.name = name};

	pair.pcap = pcap_open_offline_with_tstamp_precision(name, PCAP_TSTAMP_PRECISION_NANO, why);
	if (!pair.pcap) {
		printf("%s: libpcap refuses it: %s\n", name, why);
		return false;
	}
	pair.source = source_open_file(name, 0, &error);
	bool different = !pair.source || frames_differ(&pair);
	if (!pair.source)
		printf("%s\n", error.text);
	else if (!different)
		printf("%s: %" PRIu64 " frames are the same\n", name, pair.compared);
	source_close(pair.source);
	pcap_close(pair.pcap);
	return different;
}

int main(int argc, char **argv)
{
	int different = 0;

	if (argc < 2) {
		fprintf(stderr, "usage: reader_oracle FILE...\n");
		return 2;
	}
	for (int i = 1; i < argc; i++)
		different += file_differs(argv[i]);
	return different ? 1 : 0;
}
