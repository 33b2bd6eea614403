#include "sink/occupancy.h"

#include <string.h>

enum { RATE_SECONDS = 10, BUCKETS = RATE_SECONDS + 1, LINUX_PORTS = 28232 };

static const int64_t second_ns = 1000000000;

struct service_key {
	uint8_t addr[2][16];
	uint16_t server_port;
	uint8_t ip_version;
	uint8_t holder;
};

struct service {
	struct service_key key;
	uint32_t begun[BUCKETS]; /* by second modulo BUCKETS */
	uint32_t ended[BUCKETS];
	int64_t second; /* the current one */
	int64_t first_second;
	uint64_t held, peak;
	int64_t peak_at_ns;
	uint64_t ports_seen;
	uint64_t ports_left_out;
	struct tally_forecast forecast;
};

struct port_key {
	uint32_t service;
	uint32_t port;
};

void occupancy_init(struct occupancy *occupancy)
{
	*occupancy = (struct occupancy){
		.now_ns = INT64_MIN,
		.time_wait_ns = 60 * second_ns,
		.port_capacity = LINUX_PORTS,
	};
	keymap_init(&occupancy->services, sizeof(struct service_key), sizeof(struct service),
		    TALLY_KEYS_MAX);
	keymap_init(&occupancy->ports, sizeof(struct port_key), sizeof(struct port_key),
		    OCCUPANCY_PORTS_MAX);
}

void occupancy_release(struct occupancy *occupancy)
{
	keymap_release(&occupancy->services);
	keymap_release(&occupancy->ports);
}

static int64_t second_of(int64_t ts_ns)
{
	return ts_ns / second_ns - (ts_ns % second_ns < 0);
}

/* Forgets the seconds that have left the window of rates. */
static void pass_seconds(struct service *service, int64_t second)
{
	if (second - service->second >= BUCKETS) {
		memset(service->begun, 0, sizeof service->begun);
		memset(service->ended, 0, sizeof service->ended);
		service->second = second;
	}
	while (service->second < second) {
		service->second++;
		size_t at = (size_t)((uint64_t)service->second % BUCKETS);
		service->begun[at] = 0;
		service->ended[at] = 0;
	}
}

/* What the ten seconds before the current one counted. */
static uint64_t sum(const struct service *service, const uint32_t counts[BUCKETS])
{
	uint64_t total = 0;
	for (unsigned i = 0; i < BUCKETS; i++)
		total += counts[i];
	return total - counts[(uint64_t)service->second % BUCKETS];
}

/* Steady state is the rate times the length of TIME-WAIT: below the capacity there is nothing to
 * forecast. */
static void forecast(const struct occupancy *occupancy, struct service *service)
{
	uint64_t begun = sum(service, service->begun);
	uint64_t ended = sum(service, service->ended);
	uint64_t seconds = (uint64_t)(occupancy->time_wait_ns / second_ns);
	uint64_t capacity = occupancy->port_capacity;
	if (service->key.holder != WHO_CLIENT || begun <= ended ||
	    service->second - service->first_second < RATE_SECONDS ||
	    begun * seconds < capacity * RATE_SECONDS)
		return;
	uint64_t room = capacity > service->held ? capacity - service->held : 0;
	uint64_t growth = begun - ended; /* in RATE_SECONDS */
	uint64_t left = (room * RATE_SECONDS + growth - 1) / growth;
	if (service->forecast.present && service->forecast.seconds_to_capacity <= left)
		return;
	service->forecast = (struct tally_forecast){
		.present = true,
		.seconds_to_capacity = left,
		.rate_per_s = begun / RATE_SECONDS,
		.at_ns = occupancy->now_ns,
	};
}

static void count_port(struct occupancy *occupancy, struct service *service, uint32_t index,
		       uint16_t port)
{
	uint32_t known = occupancy->ports.count;
	struct port_key key = {.service = index, .port = port};
	if (keymap_obtain(&occupancy->ports, &key) == NULL)
		service->ports_left_out++;
	else if (occupancy->ports.count > known)
		service->ports_seen++;
}

static struct service *find_service(struct occupancy *occupancy,
				    const struct time_wait_report *report, uint32_t *index)
{
	const struct report_envelope *envelope = &report->envelope;
	struct service_key key = {
		.server_port = envelope->port[REPORT_SERVER],
		.ip_version = envelope->ip_version,
		.holder = (uint8_t)report->holder,
	};
	memcpy(key.addr, envelope->addr, sizeof key.addr);
	struct service *service = keymap_obtain(&occupancy->services, &key);
	if (service == NULL)
		return NULL;
	const unsigned char *first = keymap_entry(&occupancy->services, 0);
	*index = (uint32_t)((size_t)((const unsigned char *)service - first) / sizeof *service);
	return service;
}

static void begin(struct occupancy *occupancy, struct service *service, uint32_t index,
		  const struct time_wait_report *report)
{
	service->begun[(uint64_t)service->second % BUCKETS]++;
	service->held++;
	if (service->held > service->peak) {
		service->peak = service->held;
		service->peak_at_ns = occupancy->now_ns;
	}
	count_port(occupancy, service, index, report->envelope.port[REPORT_CLIENT]);
	forecast(occupancy, service);
}

static void end(struct service *service)
{
	service->ended[(uint64_t)service->second % BUCKETS]++;
	if (service->held > 0)
		service->held--;
}

static void take_total(struct occupancy *occupancy, const struct time_wait_report *report)
{
	if (report->envelope.ts_ns > occupancy->now_ns)
		occupancy->now_ns = report->envelope.ts_ns;
	if (!report->begins) {
		if (occupancy->held > 0)
			occupancy->held--;
		return;
	}
	occupancy->held++;
	if (occupancy->held > occupancy->peak) {
		occupancy->peak = occupancy->held;
		occupancy->peak_at_ns = occupancy->now_ns;
	}
}

void occupancy_take(struct occupancy *occupancy, const struct time_wait_report *report)
{
	take_total(occupancy, report);
	uint32_t index = 0;
	struct service *service = find_service(occupancy, report, &index);
	if (service == NULL) {
		occupancy->left_out += report->begins;
		return;
	}
	int64_t second = second_of(occupancy->now_ns);
	if (service->peak == 0)
		service->second = service->first_second = second;
	pass_seconds(service, second);
	if (report->begins)
		begin(occupancy, service, index, report);
	else
		end(service);
}

static struct tally_occupancy describe(const struct occupancy *occupancy,
				       const struct service *service)
{
	bool client = service->key.holder == WHO_CLIENT;
	struct tally_occupancy row = {
		.ip_version = service->key.ip_version,
		.server_port = service->key.server_port,
		.holder = (enum who)service->key.holder,
		.peak = service->peak,
		.peak_at_ns = service->peak_at_ns,
		.has_ports_seen = service->ports_left_out == 0,
		.ports_seen = service->ports_seen,
		.has_capacity = client,
		.capacity = client ? occupancy->port_capacity : 0,
		.forecast = service->forecast,
	};
	memcpy(row.addr, service->key.addr, sizeof row.addr);
	return row;
}

/* By peak; what is equal, by key, so that the order is always the same. */
static bool ranks_before(const struct service *a, const struct service *b)
{
	if (a->peak != b->peak)
		return a->peak > b->peak;
	return memcmp(&a->key, &b->key, sizeof a->key) < 0;
}

void occupancy_view(const struct occupancy *occupancy, struct tally_view *view)
{
	const struct service *top[TALLY_TOP + 1];
	unsigned count = 0;
	for (uint32_t i = 0; i < occupancy->services.count; i++) {
		const struct service *service = keymap_entry(&occupancy->services, i);
		unsigned at = count;
		for (; at > 0 && ranks_before(service, top[at - 1]); at--)
			top[at] = top[at - 1];
		top[at] = service;
		if (count < TALLY_TOP)
			count++;
	}
	view->occupancy_count = count;
	for (unsigned i = 0; i < count; i++)
		view->occupancy[i] = describe(occupancy, top[i]);
	view->occupancy_left_out = occupancy->left_out;
	view->time_waits_peak = occupancy->peak;
	view->time_waits_peak_at_ns = occupancy->peak_at_ns;
}
