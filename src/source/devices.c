#define _DEFAULT_SOURCE

#include "source/devices.h"

#include <pcap/pcap.h>

static void write_device(const pcap_if_t *device, FILE *output)
{
	const char *state = (device->flags & PCAP_IF_UP) == 0 ? "down"
			    : device->flags & PCAP_IF_RUNNING ? "up, running"
							      : "up";

	fprintf(output, "%s", device->name);
	if (device->description != NULL)
		fprintf(output, " (%s)", device->description);
	fprintf(output, " [%s%s]\n", state, device->flags & PCAP_IF_LOOPBACK ? ", loopback" : "");
}

bool devices_write(FILE *output, struct source_error *error)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_if_t *first;

	if (pcap_findalldevs(&first, why) != 0) {
		snprintf(error->text, sizeof(error->text), "interfaces cannot be listed: %.200s",
			 why);
		return false;
	}
	for (const pcap_if_t *device = first; device != NULL; device = device->next)
		write_device(device, output);
	pcap_freealldevs(first);
	return true;
}

static void write_linktype(int dlt, FILE *output)
{
	const char *name = pcap_datalink_val_to_name(dlt);
	const char *description = pcap_datalink_val_to_description(dlt);

	if (name != NULL)
		fprintf(output, "%s (%s)\n", name, description != NULL ? description : "unknown");
	else
		fprintf(output, "DLT %d\n", dlt);
}

static bool write_all(pcap_t *pcap, FILE *output)
{
	int *dlt;
	int count = pcap_activate(pcap) < 0 ? -1 : pcap_list_datalinks(pcap, &dlt);

	if (count < 0)
		return false;
	for (int i = 0; i < count; i++)
		write_linktype(dlt[i], output);
	pcap_free_datalinks(dlt);
	return true;
}

bool devices_write_linktypes(const char *interface, FILE *output, struct source_error *error)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_create(interface, why);
	bool written = pcap != NULL && write_all(pcap, output);

	if (!written)
		snprintf(error->text, sizeof(error->text),
			 "%.100s: its link types cannot be listed: %.200s (see tcpbye -D)",
			 interface, pcap != NULL ? pcap_geterr(pcap) : why);
	if (pcap != NULL)
		pcap_close(pcap);
	return written;
}
