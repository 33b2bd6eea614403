#include "sink/occupancy.h"

#include <string.h>

enum {
	RATE_SECONDS = 10,
	BUCKETS = RATE_SECONDS + 1,
	LINUX_PORTS = 28232,
	PILEUP = 1000,  /* TIME-WAITs held for one client and service */
	HORIZON_S = 60, /* a forecast that is nearer is an anomaly */
};

static const int64_t second_ns = 1000000000;

struct service_key {
	uint8_t addr[2][16];
	uint16_t server_port;
	uint8_t ip_version;
	uint8_t unused;
};

/* What happened in each of the latest seconds, by second modulo BUCKETS. */
struct rates {
	uint32_t taken[BUCKETS], freed[BUCKETS]; /* ports */
	uint32_t waits[BUCKETS];                 /* TIME-WAITs begun by the client */
	int64_t second;                          /* the current one */
	int64_t first_second;                    /* when the first port was taken */
	bool begun;
};

struct service {
	struct service_key key;
	struct rates rates;
	struct holding holding[2]; /* of WHO_CLIENT, of WHO_SERVER */
	uint64_t in_use, in_use_peak;
	int64_t in_use_peak_at_ns;
	uint64_t ports_seen;
	uint64_t ports_left_out;
	struct tally_forecast forecast;
	bool exhausted;
};

/* One side's row of the summary. */
struct row {
	const struct service *service;
	enum who holder;
};

enum { BLOCK_PORTS = 64 };

struct ports_key {
	uint32_t service;
	uint32_t block; /* of BLOCK_PORTS ports */
};

struct ports_entry {
	struct ports_key key;
	uint64_t met; /* a bit for each port */
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
	keymap_init(&occupancy->ports, sizeof(struct ports_key), sizeof(struct ports_entry),
		    OCCUPANCY_BLOCKS_MAX);
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

static size_t bucket_of(int64_t second)
{
	return (size_t)((uint64_t)second % BUCKETS);
}

/* Forgets the seconds that have left the window of rates. */
static void pass_seconds(struct rates *rates, int64_t second)
{
	if (second - rates->second >= BUCKETS) {
		memset(rates->taken, 0, sizeof rates->taken);
		memset(rates->freed, 0, sizeof rates->freed);
		memset(rates->waits, 0, sizeof rates->waits);
		rates->second = second;
	}
	while (rates->second < second) {
		size_t at = bucket_of(++rates->second);

		rates->taken[at] = rates->freed[at] = rates->waits[at] = 0;
	}
}

/* What the ten seconds before the current one counted. */
static uint64_t sum(const struct rates *rates, const uint32_t counts[BUCKETS])
{
	uint64_t total = 0;

	for (unsigned i = 0; i < BUCKETS; i++)
		total += counts[i];
	return total - counts[bucket_of(rates->second)];
}

/* Connections that live now, and the TIME-WAITs that the present rate will come to: below the
 * capacity there is nothing to forecast. */
static bool will_fill(const struct occupancy *occupancy, const struct service *service)
{
	uint64_t waiting = service->holding[WHO_CLIENT].held;
	uint64_t live = service->in_use > waiting ? service->in_use - waiting : 0;
	uint64_t waits = sum(&service->rates, service->rates.waits);
	uint64_t seconds = (uint64_t)(occupancy->time_wait_ns / second_ns);

	return live * RATE_SECONDS + waits * seconds >=
	       (uint64_t)occupancy->port_capacity * RATE_SECONDS;
}

static void forecast(const struct occupancy *occupancy, struct service *service)
{
	uint64_t capacity = occupancy->port_capacity;
	uint64_t room = capacity > service->in_use ? capacity - service->in_use : 0;
	uint64_t taken, freed, left;

	if (service->rates.second - service->rates.first_second < RATE_SECONDS)
		return;
	taken = sum(&service->rates, service->rates.taken);
	freed = sum(&service->rates, service->rates.freed);
	if (taken <= freed || !will_fill(occupancy, service))
		return;
	left = (room * RATE_SECONDS + taken - freed - 1) / (taken - freed);
	if (service->forecast.present && service->forecast.seconds_to_capacity <= left)
		return;
	service->forecast = (struct tally_forecast){
		.present = true,
		.seconds_to_capacity = left,
		.rate_per_s = taken / RATE_SECONDS,
		.in_use = service->in_use,
		.at_ns = occupancy->now_ns,
	};
}

/* Ports run out within the horizon, or have run out. */
static void judge_ports(const struct occupancy *occupancy, struct service *service,
			const struct report_envelope *where, struct alarms *alarms)
{
	struct alarm alarm = {
		.id = ANOMALY_PORT_EXHAUSTION_RISK,
		.severity = SEVERITY_ERROR,
		.side = WHO_CLIENT,
		.count = service->in_use,
	};
	bool full = service->in_use >= occupancy->port_capacity;
	bool near = service->forecast.present && service->forecast.seconds_to_capacity <= HORIZON_S;

	if (service->exhausted || (!full && !near))
		return;
	service->exhausted = true;
	alarm.observed.has = EVIDENCE_DURATION;
	if (!full)
		alarm.observed.duration_ns =
			(int64_t)service->forecast.seconds_to_capacity * second_ns;
	alarms_raise(alarms, where, &alarm);
}

static void judge_pileup(const struct occupancy *occupancy, struct holding *holding,
			 const struct time_wait_report *report, struct alarms *alarms)
{
	bool half = report->holder == WHO_CLIENT && holding->held > occupancy->port_capacity / 2;

	if (holding->piled_up || (holding->held <= PILEUP && !half))
		return;
	holding->piled_up = true;
	alarms_raise(alarms, &report->envelope,
		     &(struct alarm){.id = ANOMALY_TIME_WAIT_PILEUP,
				     .severity = SEVERITY_WARNING,
				     .side = report->holder,
				     .count = holding->held});
}

static void count_port(struct occupancy *occupancy, struct service *service, uint16_t port)
{
	const unsigned char *first = keymap_entry(&occupancy->services, 0);
	size_t index = (size_t)((const unsigned char *)service - first) / sizeof *service;
	struct ports_key key = {.service = (uint32_t)index, .block = port / BLOCK_PORTS};
	struct ports_entry *entry = keymap_obtain(&occupancy->ports, &key);
	uint64_t bit = UINT64_C(1) << port % BLOCK_PORTS;

	if (entry == NULL) {
		service->ports_left_out++;
		return;
	}
	service->ports_seen += (entry->met & bit) == 0;
	entry->met |= bit;
}

/* The connection's service, with its rates up to now; NULL where there is no room for it. */
static struct service *find_service(struct occupancy *occupancy,
				    const struct report_envelope *envelope)
{
	struct service_key key = {
		.server_port = envelope->port[REPORT_SERVER],
		.ip_version = envelope->ip_version,
	};
	struct service *service;

	if (envelope->ts_ns > occupancy->now_ns)
		occupancy->now_ns = envelope->ts_ns;
	memcpy(key.addr, envelope->addr, sizeof key.addr);
	service = keymap_obtain(&occupancy->services, &key);
	if (service != NULL)
		pass_seconds(&service->rates, second_of(occupancy->now_ns));
	return service;
}

void occupancy_take_port(struct occupancy *occupancy, const struct port_report *report,
			 struct alarms *alarms)
{
	struct service *service = find_service(occupancy, &report->envelope);
	size_t bucket;

	if (service == NULL)
		return;
	bucket = bucket_of(service->rates.second);
	if (!report->taken) {
		service->rates.freed[bucket]++;
		service->in_use -= service->in_use > 0;
		return;
	}
	if (!service->rates.begun) {
		service->rates.begun = true;
		service->rates.first_second = service->rates.second;
	}
	service->rates.taken[bucket] += report->opened;
	service->in_use++;
	if (service->in_use > service->in_use_peak) {
		service->in_use_peak = service->in_use;
		service->in_use_peak_at_ns = occupancy->now_ns;
	}
	count_port(occupancy, service, report->envelope.port[REPORT_CLIENT]);
	forecast(occupancy, service);
	judge_ports(occupancy, service, &report->envelope, alarms);
}

static void hold(struct holding *holding, int64_t now_ns, bool begins)
{
	if (begins)
		holding->held++;
	else
		holding->held -= holding->held > 0;
	if (holding->held > holding->peak) {
		holding->peak = holding->held;
		holding->peak_at_ns = now_ns;
	}
	series_tell(&holding->timeline, second_of(now_ns), (uint32_t)holding->held);
}

void occupancy_take_time_wait(struct occupancy *occupancy, const struct time_wait_report *report,
			      struct alarms *alarms)
{
	struct service *service = find_service(occupancy, &report->envelope);
	struct holding *holding;

	hold(&occupancy->all, occupancy->now_ns, report->begins);
	if (service == NULL) {
		occupancy->left_out += report->begins;
		return;
	}
	holding = &service->holding[report->holder == WHO_SERVER ? WHO_SERVER : WHO_CLIENT];
	if (report->begins && report->holder == WHO_CLIENT)
		service->rates.waits[bucket_of(service->rates.second)]++;
	hold(holding, occupancy->now_ns, report->begins);
	judge_pileup(occupancy, holding, report, alarms);
}

static struct tally_occupancy describe(const struct occupancy *occupancy, const struct row *row)
{
	const struct service *service = row->service;
	const struct holding *holding = &service->holding[row->holder];
	bool client = row->holder == WHO_CLIENT;
	struct tally_occupancy told = {
		.ip_version = service->key.ip_version,
		.server_port = service->key.server_port,
		.holder = row->holder,
		.peak = holding->peak,
		.peak_at_ns = holding->peak_at_ns,
		.timeline = holding->timeline,
		.has_ports_seen = service->ports_left_out == 0,
		.ports_seen = service->ports_seen,
		.in_use_peak = service->in_use_peak,
		.in_use_peak_at_ns = service->in_use_peak_at_ns,
		.has_capacity = client,
		.capacity = client ? occupancy->port_capacity : 0,
	};

	if (client)
		told.forecast = service->forecast;
	memcpy(told.addr, service->key.addr, sizeof told.addr);
	return told;
}

/* By peak; what is equal, by key, so that the order is always the same. */
static bool ranks_before(const struct row *a, const struct row *b)
{
	uint64_t peak_a = a->service->holding[a->holder].peak;
	uint64_t peak_b = b->service->holding[b->holder].peak;
	int by_key = memcmp(&a->service->key, &b->service->key, sizeof a->service->key);

	if (peak_a != peak_b)
		return peak_a > peak_b;
	return by_key != 0 ? by_key < 0 : a->holder < b->holder;
}

static bool is_told(const struct row *row)
{
	return row->service->holding[row->holder].peak > 0 ||
	       (row->holder == WHO_CLIENT &&
		(row->service->forecast.present || row->service->exhausted));
}

void occupancy_view(const struct occupancy *occupancy, struct tally_view *view)
{
	struct row top[TALLY_TOP + 1];
	unsigned count = 0;

	for (uint32_t i = 0; i < 2 * occupancy->services.count; i++) {
		struct row row = {keymap_entry(&occupancy->services, i / 2),
				  i % 2 == 0 ? WHO_CLIENT : WHO_SERVER};
		unsigned at = count;

		if (!is_told(&row))
			continue;
		for (; at > 0 && ranks_before(&row, &top[at - 1]); at--)
			top[at] = top[at - 1];
		top[at] = row;
		if (count < TALLY_TOP)
			count++;
	}
	view->occupancy_count = count;
	for (unsigned i = 0; i < count; i++)
		view->occupancy[i] = describe(occupancy, &top[i]);
	view->occupancy_left_out = occupancy->left_out;
	view->port_capacity = occupancy->port_capacity;
	view->time_waits_peak = occupancy->all.peak;
	view->time_waits_peak_at_ns = occupancy->all.peak_at_ns;
	view->time_waits_timeline = occupancy->all.timeline;
}

static void rates_archive(struct archive *archive, struct rates *rates)
{
	for (unsigned i = 0; i < BUCKETS; i++) {
		ARCHIVE(archive, rates->taken[i]);
		ARCHIVE(archive, rates->freed[i]);
		ARCHIVE(archive, rates->waits[i]);
	}
	ARCHIVE_TIME(archive, rates->second);
	ARCHIVE_TIME(archive, rates->first_second);
	ARCHIVE_FLAG(archive, rates->begun);
}

static void holding_archive(struct archive *archive, struct holding *holding)
{
	ARCHIVE(archive, holding->held);
	ARCHIVE(archive, holding->peak);
	ARCHIVE_TIME(archive, holding->peak_at_ns);
	series_archive(archive, &holding->timeline);
	ARCHIVE_FLAG(archive, holding->piled_up);
}

static void forecast_archive(struct archive *archive, struct tally_forecast *forecast)
{
	ARCHIVE_FLAG(archive, forecast->present);
	ARCHIVE_UPTO(archive, forecast->seconds_to_capacity, UINT32_MAX);
	ARCHIVE(archive, forecast->rate_per_s);
	ARCHIVE(archive, forecast->in_use);
	ARCHIVE_TIME(archive, forecast->at_ns);
}

static void service_archive(struct archive *archive, void *entry)
{
	struct service *service = entry;

	ARCHIVE_BYTES(archive, service->key.addr);
	ARCHIVE(archive, service->key.server_port);
	ARCHIVE(archive, service->key.ip_version);
	rates_archive(archive, &service->rates);
	holding_archive(archive, &service->holding[WHO_CLIENT]);
	holding_archive(archive, &service->holding[WHO_SERVER]);
	ARCHIVE(archive, service->in_use);
	ARCHIVE(archive, service->in_use_peak);
	ARCHIVE_TIME(archive, service->in_use_peak_at_ns);
	ARCHIVE(archive, service->ports_seen);
	ARCHIVE(archive, service->ports_left_out);
	forecast_archive(archive, &service->forecast);
	ARCHIVE_FLAG(archive, service->exhausted);
}

static void ports_archive(struct archive *archive, void *entry)
{
	struct ports_entry *ports = entry;

	ARCHIVE(archive, ports->key.service);
	ARCHIVE(archive, ports->key.block);
	ARCHIVE(archive, ports->met);
}

void occupancy_archive(struct archive *archive, struct occupancy *occupancy)
{
	keymap_archive(archive, &occupancy->services, service_archive);
	keymap_archive(archive, &occupancy->ports, ports_archive);
	holding_archive(archive, &occupancy->all);
	ARCHIVE(archive, occupancy->now_ns);
	ARCHIVE(archive, occupancy->left_out);
}
