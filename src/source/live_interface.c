#define _DEFAULT_SOURCE

#include "source/live_interface.h"

#include "source/linktype.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum {
	TIMEOUT_MS = 100,    /* after which the kernel hands over a block that is not full */
	HEADROOM_BYTES = 64, /* what libpcap may put before a frame: a VLAN tag, a cooked header */
	BATCH_BYTES = 1 << 20,
};

#define ANY "any"

__attribute__((format(printf, 3, 4))) static void
refuse(struct live_refusal *refusal, enum live_fault fault, const char *format, ...)
{
	va_list arguments;

	refusal->fault = fault;
	va_start(arguments, format);
	vsnprintf(refusal->error.text, sizeof(refusal->error.text), format, arguments);
	va_end(arguments);
}

static void explain_activation(const struct live_interface *interface, int status,
			       struct live_refusal *refusal)
{
	const char *why = pcap_geterr(interface->pcap);
	char text[256];

	switch (status) {
	case PCAP_ERROR_NO_SUCH_DEVICE:
		snprintf(text, sizeof(text), "no such interface (see tcpbye -D)");
		break;
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		snprintf(text, sizeof(text),
			 "no permission to capture (run as root, or give the program the right "
			 "with setcap cap_net_raw=ep)");
		break;
	case PCAP_ERROR_IFACE_NOT_UP:
		snprintf(text, sizeof(text), "is down (ip link set %.60s up)", interface->name);
		break;
	default:
		snprintf(text, sizeof(text), "cannot be captured from: %.120s%s%.60s",
			 pcap_statustostr(status), why[0] != '\0' ? ": " : "", why);
	}
	refuse(refusal, LIVE_FAULT_INTERFACE, "%.100s: %s", interface->name, text);
}

static bool set_tstamp_type(struct live_interface *interface, const char *name,
			    struct live_refusal *refusal)
{
	int type = pcap_tstamp_type_name_to_val(name);
	int status = type < 0 ? PCAP_ERROR : pcap_set_tstamp_type(interface->pcap, type);

	if (status == 0)
		return true;
	refuse(refusal, LIVE_FAULT_ARGUMENT,
	       "%.100s: there is no time stamp type %.100s %s(host is always there)",
	       interface->name, name, type < 0 ? "" : "on this interface ");
	return false;
}

static bool configure(struct live_interface *interface, const struct live_config *config,
		      struct live_refusal *refusal)
{
	pcap_t *pcap = interface->pcap;

	pcap_set_snaplen(pcap, (int)config->snaplen_bytes);
	pcap_set_promisc(pcap, interface->promiscuous);
	pcap_set_timeout(pcap, TIMEOUT_MS);
	pcap_set_buffer_size(pcap, (int)config->buffer_bytes);
	pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
	return config->tstamp_type == NULL ||
	       set_tstamp_type(interface, config->tstamp_type, refusal);
}

static bool activate(struct live_interface *interface, struct live_refusal *refusal,
		     struct source_error *caution)
{
	int status = pcap_activate(interface->pcap);

	if (status < 0) {
		explain_activation(interface, status, refusal);
		return false;
	}
	if (status > 0)
		snprintf(caution->text, sizeof(caution->text), "%.100s: %.100s: %.200s",
			 interface->name, pcap_statustostr(status), pcap_geterr(interface->pcap));
	interface->ns_per_tick =
		pcap_get_tstamp_precision(interface->pcap) == PCAP_TSTAMP_PRECISION_NANO ? 1 : 1000;
	return true;
}

/* The link type that was asked for; with "any" the kind that tells the interfaces apart. */
static bool choose_linktype(struct live_interface *interface, const char *name,
			    struct live_refusal *refusal)
{
	int dlt = pcap_datalink(interface->pcap);

	if (name != NULL) {
		dlt = pcap_datalink_name_to_val(name);
		if (dlt < 0 || pcap_set_datalink(interface->pcap, dlt) != 0) {
			refuse(refusal, LIVE_FAULT_ARGUMENT,
			       "%.100s: there is no link type %.100s on it (see tcpbye -L -i "
			       "%.100s)",
			       interface->name, name, interface->name);
			return false;
		}
	} else if (dlt == DLT_LINUX_SLL &&
		   pcap_set_datalink(interface->pcap, DLT_LINUX_SLL2) == 0) {
		dlt = DLT_LINUX_SLL2;
	}
	interface->linktype = linktype_of_dlt(dlt);
	return true;
}

static bool set_filter(struct live_interface *interface, const char *expression,
		       struct live_refusal *refusal)
{
	struct bpf_program program;
	bool set;

	if (pcap_compile(interface->pcap, &program, expression, 1, PCAP_NETMASK_UNKNOWN) != 0) {
		refuse(refusal, LIVE_FAULT_ARGUMENT,
		       "filter \"%.160s\": %.220s (see pcap-filter(7))", expression,
		       pcap_geterr(interface->pcap));
		return false;
	}
	set = pcap_setfilter(interface->pcap, &program) == 0;
	pcap_freecode(&program);
	if (!set)
		refuse(refusal, LIVE_FAULT_ARGUMENT,
		       "%.100s: the filter cannot be set: %.200s (try a shorter one)",
		       interface->name, pcap_geterr(interface->pcap));
	return set;
}

static bool set_direction(struct live_interface *interface, enum live_direction direction,
			  struct live_refusal *refusal)
{
	pcap_direction_t side = direction == LIVE_IN ? PCAP_D_IN : PCAP_D_OUT;

	if (direction == LIVE_IN_AND_OUT || pcap_setdirection(interface->pcap, side) == 0)
		return true;
	refuse(refusal, LIVE_FAULT_ARGUMENT,
	       "%.100s: one direction alone cannot be captured: %.200s (leave --direction out)",
	       interface->name, pcap_geterr(interface->pcap));
	return false;
}

static bool set_nonblock(struct live_interface *interface, struct live_refusal *refusal)
{
	char why[PCAP_ERRBUF_SIZE];

	if (pcap_setnonblock(interface->pcap, 1, why) == 0)
		return true;
	refuse(refusal, LIVE_FAULT_INTERFACE, "%.100s: cannot be captured from: %.200s",
	       interface->name, why);
	return false;
}

/* Where its socket is bound to. */
static struct sockaddr_ll binding(const struct live_interface *interface)
{
	struct sockaddr_ll address = {0};
	socklen_t size = sizeof(address);

	if (getsockname(pcap_fileno(interface->pcap), (struct sockaddr *)&address, &size) != 0)
		address.sll_ifindex = -1;
	return address;
}

static bool make_room(struct live_interface *interface, const struct live_config *config,
		      struct live_refusal *refusal)
{
	size_t longest_bytes = config->snaplen_bytes + HEADROOM_BYTES;

	interface->batch_limit = (unsigned)(BATCH_BYTES / longest_bytes);
	if (interface->batch_limit == 0)
		interface->batch_limit = 1;
	if (interface->batch_limit > LIVE_BATCH_FRAMES)
		interface->batch_limit = LIVE_BATCH_FRAMES;
	interface->bytes_room = interface->batch_limit * longest_bytes;
	interface->bytes_kept = malloc(interface->bytes_room);
	if (interface->bytes_kept == NULL)
		refuse(refusal, LIVE_FAULT_INTERFACE, "%.100s: no memory to capture from it",
		       interface->name);
	return interface->bytes_kept != NULL;
}

static bool open_steps(struct live_interface *interface, const struct live_config *config,
		       struct live_refusal *refusal, struct source_error *caution)
{
	char why[PCAP_ERRBUF_SIZE];

	interface->pcap = pcap_create(interface->name, why);
	if (interface->pcap == NULL) {
		refuse(refusal, LIVE_FAULT_INTERFACE, "%.100s: cannot be captured from: %.200s",
		       interface->name, why);
		return false;
	}
	if (!configure(interface, config, refusal) || !activate(interface, refusal, caution) ||
	    !choose_linktype(interface, config->linktype, refusal) ||
	    (config->filter != NULL && !set_filter(interface, config->filter, refusal)) ||
	    !set_direction(interface, config->direction, refusal) ||
	    !set_nonblock(interface, refusal) || !make_room(interface, config, refusal))
		return false;
	interface->snaplen_bytes = (uint32_t)pcap_snapshot(interface->pcap);
	interface->hardware = binding(interface).sll_hatype;
	return true;
}

struct live_interface *live_interface_open(const struct live_config *config, unsigned index,
					   struct live_refusal *refusal,
					   struct source_error *caution)
{
	struct live_interface *interface = calloc(1, sizeof(*interface));

	caution->text[0] = '\0';
	if (interface == NULL) {
		refuse(refusal, LIVE_FAULT_INTERFACE, "%.100s: no memory to capture from it",
		       config->interface[index]);
		return NULL;
	}
	interface->name = config->interface[index];
	interface->index = (uint16_t)index;
	interface->is_any = strcmp(interface->name, ANY) == 0;
	interface->promiscuous =
		config->promiscuity == LIVE_PROMISCUOUS && !interface->is_any ? 1 : 0;
	if (open_steps(interface, config, refusal, caution))
		return interface;
	live_interface_close(interface);
	return NULL;
}

int live_interface_descriptor(const struct live_interface *interface)
{
	return pcap_get_selectable_fd(interface->pcap);
}

void live_interface_close(struct live_interface *interface)
{
	if (interface->pcap != NULL)
		pcap_close(interface->pcap);
	free(interface->bytes_kept);
	free(interface);
}

/* Keeps one frame of those that libpcap lends. */
static void keep(u_char *context, const struct pcap_pkthdr *header, const u_char *bytes)
{
	struct live_interface *interface = (struct live_interface *)(void *)context;
	uint8_t *place = interface->bytes_kept + interface->bytes_used;
	size_t room_bytes = interface->bytes_room - interface->bytes_used;
	uint32_t size_bytes = header->caplen < room_bytes ? header->caplen : (uint32_t)room_bytes;

	memcpy(place, bytes, size_bytes);
	interface->bytes_used += size_bytes;
	interface->bytes += size_bytes;
	interface->batch[interface->batch_count++] = (struct frame){
		.ts_ns = (int64_t)header->ts.tv_sec * 1000000000 +
			 (int64_t)header->ts.tv_usec * interface->ns_per_tick,
		.number = ++interface->frames,
		.bytes = place,
		.captured_bytes = size_bytes,
		.wire_bytes = header->len,
		.linktype = interface->linktype,
		.source = interface->index,
	};
}

bool live_interface_read(struct live_interface *interface)
{
	interface->batch_count = interface->batch_next = 0;
	interface->bytes_used = 0;
	if (interface->state == WIRE_FAILED)
		return true;
	return pcap_dispatch(interface->pcap, (int)interface->batch_limit, keep,
			     (u_char *)interface) >= 0 ||
	       interface->state == WIRE_GONE;
}

/* Which interface bears its name now: 0 if none does. */
static int present_index(const struct live_interface *interface)
{
	struct ifreq request = {0};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface->name);
	return ioctl(pcap_fileno(interface->pcap), SIOCGIFINDEX, &request) == 0
		       ? request.ifr_ifindex
		       : 0;
}

static bool is_up(const struct live_interface *interface)
{
	struct ifreq request = {0};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface->name);
	return ioctl(pcap_fileno(interface->pcap), SIOCGIFFLAGS, &request) == 0 &&
	       (request.ifr_flags & IFF_UP) != 0;
}

/* Ties the socket to the interface that has come back. */
static enum live_event rebind(struct live_interface *interface, int ifindex)
{
	int fd = pcap_fileno(interface->pcap);
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = binding(interface).sll_protocol,
		.sll_ifindex = ifindex,
	};
	struct packet_mreq membership = {.mr_ifindex = ifindex, .mr_type = PACKET_MR_PROMISC};

	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		snprintf(interface->error.text, sizeof(interface->error.text),
			 "%.100s: cannot be captured from after it came back: %s", interface->name,
			 strerror(errno));
		interface->state = WIRE_FAILED;
		return LIVE_BROKE;
	}
	if (binding(interface).sll_hatype != interface->hardware) {
		address.sll_protocol = 0;
		bind(fd, (struct sockaddr *)&address, sizeof(address));
		snprintf(interface->error.text, sizeof(interface->error.text),
			 "%.100s: another kind of interface came back under its name (start again "
			 "to capture from it)",
			 interface->name);
		interface->state = WIRE_FAILED;
		return LIVE_CHANGED;
	}
	if (interface->promiscuous != 0)
		setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership, sizeof(membership));
	interface->state = WIRE_UP;
	return LIVE_RETURNED;
}

static bool change_to(struct live_interface *interface, enum wire_state state,
		      enum live_event event, struct live_news *news)
{
	if (interface->state == state)
		return false;
	interface->state = state;
	news->event = event;
	return true;
}

bool live_interface_look(struct live_interface *interface, struct live_news *news)
{
	int ifindex;

	if (interface->is_any || interface->state == WIRE_FAILED)
		return false;
	news->interface = interface->index;
	news->error = interface->error.text;
	ifindex = present_index(interface);
	if (ifindex == 0)
		return change_to(interface, WIRE_GONE, LIVE_VANISHED, news);
	if (binding(interface).sll_ifindex != ifindex) {
		news->event = rebind(interface, ifindex);
		return true;
	}
	if (!is_up(interface))
		return change_to(interface, WIRE_DOWN, LIVE_WENT_DOWN, news);
	return change_to(interface, WIRE_UP, LIVE_CAME_UP, news);
}

void live_interface_blame(struct live_interface *interface, struct live_news *news)
{
	if (live_interface_look(interface, news))
		return;
	interface->state = WIRE_FAILED;
	snprintf(interface->error.text, sizeof(interface->error.text),
		 "%.100s: cannot be captured from any longer: %.200s", interface->name,
		 pcap_geterr(interface->pcap));
	*news = (struct live_news){
		.event = LIVE_BROKE,
		.interface = interface->index,
		.error = interface->error.text,
	};
}

/* By how much a 32-bit counter of libpcap's has grown; not at all where it went back, as that of an
 * interface does that is no longer there. */
static uint64_t growth(unsigned now, unsigned before)
{
	uint32_t grown = now - before;

	return grown > INT32_MAX ? 0 : grown;
}

uint64_t live_interface_count(struct live_interface *interface)
{
	struct live_counters *counters = &interface->counters;
	struct pcap_stat now;
	uint64_t drops, ifdrops;

	if (interface->state == WIRE_FAILED || pcap_stats(interface->pcap, &now) != 0)
		return 0;
	drops = growth(now.ps_drop, interface->dropped);
	ifdrops = growth(now.ps_ifdrop, interface->missed);
	counters->kernel_packets += growth(now.ps_recv, interface->received);
	counters->kernel_drops += drops;
	counters->kernel_ifdrops += ifdrops;
	interface->received = now.ps_recv;
	interface->dropped = now.ps_drop;
	interface->missed = now.ps_ifdrop;
	return drops + ifdrops;
}
