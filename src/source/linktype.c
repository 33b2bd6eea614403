#define _DEFAULT_SOURCE

#include "source/linktype.h"

#include "source/block_buffer.h"
#include "source/source.h"

#include <pcap/pcap.h>
#include <stddef.h>

enum {
	MAX_PACKET_BYTES = 256 * 1024,
	MAX_LONG_PACKET_BYTES = BLOCK_BUFFER_MAX_BYTES / 2,
};

/* The link types whose number in files differs from the one that libpcap uses here. */
static const struct {
	uint16_t linktype;
	int dlt;
} renumbered[] = {
	{14, DLT_RAW}, /* as OpenBSD writes it */
	{100, DLT_ATM_RFC1483}, {101, DLT_RAW},      {102, DLT_SLIP_BSDOS},
	{103, DLT_PPP_BSDOS},   {106, DLT_ATM_CLIP},
};

int linktype_to_dlt(unsigned linktype)
{
	for (size_t i = 0; i < sizeof(renumbered) / sizeof(renumbered[0]); i++)
		if (renumbered[i].linktype == linktype)
			return renumbered[i].dlt;
	return (int)linktype;
}

uint16_t linktype_of_dlt(int dlt)
{
	/* The first row is OpenBSD's number for what has one of its own as well. */
	for (size_t i = 1; i < sizeof(renumbered) / sizeof(renumbered[0]); i++)
		if (renumbered[i].dlt == dlt)
			return renumbered[i].linktype;
	return (uint16_t)dlt;
}

const char *source_linktype_name(unsigned linktype)
{
	return pcap_datalink_val_to_name(linktype_to_dlt(linktype));
}

uint32_t linktype_max_packet_bytes(unsigned linktype)
{
	switch (linktype_to_dlt(linktype)) {
	case DLT_DBUS:
	case DLT_EBHSCR:
	case DLT_USBPCAP:
	case DLT_USB_DARWIN:
	case DLT_USB_LINUX:
	case DLT_USB_LINUX_MMAPPED:
		return MAX_LONG_PACKET_BYTES;
	default:
		return MAX_PACKET_BYTES;
	}
}
