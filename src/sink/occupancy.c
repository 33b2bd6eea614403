#include "sink/occupancy.h"

#include "sink/end_word.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static_assert(TALLY_KEYS_MAX % OCCUPANCY_USES == 0, "each service has a place");

enum {
	LINUX_PORTS = 28232,
	PILEUP = 1000,  /* TIME-WAITs held for one client and service */
	HORIZON_S = 60, /* a forecast that is nearer is an anomaly */
	NOTES_MAX = 4,  /* about what a connection and its TIME-WAIT give rise to */
};

static const int64_t second_ns = 1000000000;

struct service_key {
	uint8_t addr[2][16];
	uint64_t server; /* its port and the IP version: see end_word.h */
};

/* Most clients meet most services once: until there is more to tell, only notes are taken. */
struct entry {
	struct service_key key;
	uint32_t note_count;
	struct service_use *use; /* NULL: the notes are all there is */
	struct use_note note[NOTES_MAX];
};

/* One side's row of the summary. */
struct row {
	const struct entry *entry;
	enum who holder;
	uint64_t peak;
};

enum { BLOCK_SHIFT = 6, BLOCK_PORTS = 1 << BLOCK_SHIFT };

struct ports_key {
	uint32_t service;
	uint32_t block; /* of BLOCK_PORTS ports */
};

struct ports_entry {
	struct ports_key key;
	uint64_t met; /* a bit for each port */
};

static const struct entry *entry_at(const struct occupancy *occupancy, uint32_t index)
{
	return keymap_entry(&occupancy->services, index);
}

void occupancy_init(struct occupancy *occupancy)
{
	*occupancy = (struct occupancy){
		.now_ns = INT64_MIN,
		.time_wait_ns = 60 * second_ns,
		.port_capacity = LINUX_PORTS,
	};
	keymap_init(&occupancy->services, sizeof(struct service_key), sizeof(struct entry),
		    TALLY_KEYS_MAX);
	keymap_init(&occupancy->ports, sizeof(struct ports_key), sizeof(struct ports_entry),
		    OCCUPANCY_BLOCKS_MAX);
}

void occupancy_guard(struct occupancy *occupancy, const struct hash_key *secret)
{
	keymap_guard(&occupancy->services, secret);
	keymap_guard(&occupancy->ports, secret);
}

void occupancy_release(struct occupancy *occupancy)
{
	for (unsigned i = 0; i < OCCUPANCY_USES_MADE; i++)
		free(occupancy->places[i]);
	memset(occupancy->places, 0, sizeof occupancy->places);
	keymap_release(&occupancy->services);
	keymap_release(&occupancy->ports);
}

/* Ports run out within the horizon, or have run out. */
static void judge_ports(const struct occupancy *occupancy, struct service_use *use,
			const struct report_envelope *where, struct alarms *alarms)
{
	struct alarm alarm = {
		.id = ANOMALY_PORT_EXHAUSTION_RISK,
		.severity = SEVERITY_ERROR,
		.side = WHO_CLIENT,
		.count = use->in_use,
	};
	bool full = use->in_use >= occupancy->port_capacity;
	bool near = use->forecast.present && use->forecast.seconds_to_capacity <= HORIZON_S;

	if (use->exhausted || (!full && !near))
		return;
	use->exhausted = true;
	alarm.observed.has = EVIDENCE_DURATION;
	if (!full)
		alarm.observed.duration_ns = (int64_t)use->forecast.seconds_to_capacity * second_ns;
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

/* Once a port is left out nobody can tell any more how many there are, and to look for more could
 * only take places from other services. */
static void count_port(struct occupancy *occupancy, struct service_use *use, uint16_t port)
{
	struct ports_key key = {
		.service = use->number,
		.block = port / BLOCK_PORTS,
	};
	uint64_t bit = UINT64_C(1) << port % BLOCK_PORTS;
	struct ports_entry *ports;

	if (use->ports_left_out)
		return;
	ports = keymap_obtain(&occupancy->ports, &key);
	if (ports == NULL) {
		use->ports_left_out = true;
		return;
	}
	use->ports_seen += (ports->met & bit) == 0;
	ports->met |= bit;
}

/* Whether one of the first `count` notes is of that port, or of that block of 2^shift ports. */
static bool is_noted(const struct entry *entry, unsigned count, uint16_t port, unsigned shift)
{
	for (unsigned i = 0; i < count; i++) {
		const struct use_note *note = &entry->note[i];

		if (use_note_takes_port(note) && note->port >> shift == port >> shift)
			return true;
	}
	return false;
}

/* How many ports were met, or blocks of 2^shift of them. */
static unsigned count_noted(const struct entry *entry, unsigned shift)
{
	unsigned count = 0;

	for (unsigned i = 0; i < entry->note_count; i++) {
		const struct use_note *note = &entry->note[i];

		count += use_note_takes_port(note) && !is_noted(entry, i, note->port, shift);
	}
	return count;
}

/* Whether of all that notes can tell no forecast and no alarm can come. */
static bool is_harmless(const struct occupancy *occupancy)
{
	uint64_t seconds = (uint64_t)(occupancy->time_wait_ns / second_ns);
	uint64_t capacity = occupancy->port_capacity;

	return capacity / 2 > NOTES_MAX &&
	       NOTES_MAX * (PORT_RATES_SECONDS + seconds) < capacity * PORT_RATES_SECONDS;
}

/*
 * True where a note is all that it takes for now. A block of ports that is only noted takes the
 * place of one in the table, so that as many find room there as if none was only noted.
 */
static bool take_note(struct occupancy *occupancy, struct entry *entry, const struct use_note *note)
{
	struct keymap *ports = &occupancy->ports;

	if (entry->use != NULL || entry->note_count == NOTES_MAX || !is_harmless(occupancy))
		return false;
	if (use_note_takes_port(note)) {
		if (ports->count == ports->entries_max)
			return false;
		ports->entries_max -= !is_noted(entry, entry->note_count, note->port, BLOCK_SHIFT);
	}
	entry->note[entry->note_count++] = *note;
	return true;
}

/*
 * Where service `index` is counted, all zero at first; NULL when there is no memory. Its index
 * alone tells where that is, so that it can be fetched together with the entry.
 */
static struct service_use *make_use(struct occupancy *occupancy, uint32_t index)
{
	struct service_use **made = &occupancy->places[index / OCCUPANCY_USES], *use;

	if (*made == NULL)
		*made = calloc(OCCUPANCY_USES, sizeof **made);
	if (*made == NULL)
		return NULL;
	use = *made + index % OCCUPANCY_USES;
	use->number = index;
	return use;
}

/* Counts what was noted so far; false when there is no memory. */
static bool count_notes(struct occupancy *occupancy, struct entry *entry)
{
	if (entry->use != NULL)
		return true;
	entry->use = make_use(occupancy, keymap_index(&occupancy->services, &entry->key));
	if (entry->use == NULL)
		return false;
	occupancy->ports.entries_max += count_noted(entry, BLOCK_SHIFT);
	for (unsigned i = 0; i < entry->note_count; i++) {
		service_use_count(entry->use, &entry->note[i]);
		if (use_note_takes_port(&entry->note[i]))
			count_port(occupancy, entry->use, entry->note[i].port);
	}
	entry->note_count = 0;
	return true;
}

void occupancy_prefetch(const struct occupancy *occupancy, const struct tuple *tuple,
			unsigned client, enum prefetch_round round)
{
	struct service_key key = {
		.server = end_word(tuple->port[1 - client], tuple->ip_version),
	};
	const struct service_use *made;
	uint32_t index;

	memcpy(key.addr[REPORT_CLIENT], tuple->addr[client], sizeof key.addr[0]);
	memcpy(key.addr[REPORT_SERVER], tuple->addr[1 - client], sizeof key.addr[0]);
	if (round == PREFETCH_FIRST) {
		keymap_prefetch(&occupancy->services, &key);
		return;
	}
	index = keymap_likely(&occupancy->services, &key);
	if (index == KEYMAP_NONE)
		return;
	prefetch(entry_at(occupancy, index), sizeof(struct entry));
	made = occupancy->places[index / OCCUPANCY_USES];
	if (made != NULL)
		prefetch(made + index % OCCUPANCY_USES, SERVICE_USE_BUSY_BYTES);
}

/* The entry of the connection's client and service; NULL where there is no room for it. */
static struct entry *find_entry(struct occupancy *occupancy, const struct report_envelope *envelope)
{
	struct service_key key = {
		.server = end_word(envelope->port[REPORT_SERVER], envelope->ip_version),
	};

	if (envelope->ts_ns > occupancy->now_ns)
		occupancy->now_ns = envelope->ts_ns;
	memcpy(key.addr, envelope->addr, sizeof key.addr);
	return keymap_obtain(&occupancy->services, &key);
}

void occupancy_take_port(struct occupancy *occupancy, const struct port_report *report,
			 struct alarms *alarms)
{
	struct entry *entry = find_entry(occupancy, &report->envelope);
	struct use_note note = {.now_ns = occupancy->now_ns, .event = PORT_FREED};

	if (report->taken) {
		note.event = report->opened ? PORT_TAKEN : PORT_IN_USE;
		note.port = report->envelope.port[REPORT_CLIENT];
	}
	if (entry == NULL || take_note(occupancy, entry, &note) || !count_notes(occupancy, entry))
		return;
	service_use_count(entry->use, &note);
	if (!report->taken)
		return;
	count_port(occupancy, entry->use, note.port);
	service_use_forecast(entry->use, note.now_ns, occupancy->port_capacity,
			     occupancy->time_wait_ns);
	judge_ports(occupancy, entry->use, &report->envelope, alarms);
}

static enum use_event time_wait_event(const struct time_wait_report *report)
{
	if (report->holder == WHO_SERVER)
		return report->begins ? SERVER_WAITS : SERVER_WAITED;
	return report->begins ? CLIENT_WAITS : CLIENT_WAITED;
}

void occupancy_take_time_wait(struct occupancy *occupancy, const struct time_wait_report *report,
			      struct alarms *alarms)
{
	struct entry *entry = find_entry(occupancy, &report->envelope);
	struct use_note note = {
		.now_ns = occupancy->now_ns,
		.event = (uint8_t)time_wait_event(report),
	};

	holding_tell(&occupancy->all, note.now_ns, report->begins ? HOLDING_BEGINS : HOLDING_ENDS);
	if (entry != NULL && take_note(occupancy, entry, &note))
		return;
	if (entry == NULL || !count_notes(occupancy, entry)) {
		occupancy->left_out += report->begins;
		return;
	}
	service_use_count(entry->use, &note);
	judge_pileup(occupancy,
		     &entry->use->holding[report->holder == WHO_SERVER ? WHO_SERVER : WHO_CLIENT],
		     report, alarms);
}

static struct tally_occupancy describe(const struct occupancy *occupancy, const struct row *row)
{
	const struct entry *entry = row->entry;
	struct service_use noted = {.in_use = 0};
	const struct service_use *use = entry->use != NULL ? entry->use : &noted;
	const struct holding *holding = &use->holding[row->holder];
	bool client = row->holder == WHO_CLIENT;
	struct tally_occupancy told;

	for (unsigned i = 0; i < entry->note_count; i++)
		service_use_count(&noted, &entry->note[i]);
	noted.ports_seen = count_noted(entry, 0);
	told = (struct tally_occupancy){
		.ip_version = end_word_ip_version(entry->key.server),
		.server_port = end_word_port(entry->key.server),
		.holder = row->holder,
		.peak = holding->peak,
		.peak_at_ns = holding->peak_at_ns,
		.timeline = holding->timeline,
		.has_ports_seen = !use->ports_left_out,
		.ports_seen = use->ports_seen,
		.in_use_peak = use->in_use_peak,
		.in_use_peak_at_ns = use->in_use_peak_at_ns,
		.has_capacity = client,
		.capacity = client ? occupancy->port_capacity : 0,
		.forecast = client ? use->forecast : (struct tally_forecast){.present = false},
	};
	memcpy(told.addr, entry->key.addr, sizeof told.addr);
	return told;
}

/* The most TIME-WAITs held at once. */
static uint64_t peak_of(const struct entry *entry, enum who holder)
{
	uint64_t held = 0, peak = 0;

	if (entry->use != NULL)
		return entry->use->holding[holder].peak;
	for (unsigned i = 0; i < entry->note_count; i++) {
		unsigned event = entry->note[i].event;

		held += event == (holder == WHO_CLIENT ? CLIENT_WAITS : SERVER_WAITS);
		held -= event == (holder == WHO_CLIENT ? CLIENT_WAITED : SERVER_WAITED) && held > 0;
		peak = held > peak ? held : peak;
	}
	return peak;
}

/* By peak; what is equal, by key, so that the order is always the same. */
static bool ranks_before(const struct row *a, const struct row *b)
{
	int by_key;

	if (a->peak != b->peak)
		return a->peak > b->peak;
	by_key = memcmp(&a->entry->key, &b->entry->key, sizeof a->entry->key);
	return by_key != 0 ? by_key < 0 : a->holder < b->holder;
}

static bool is_told(const struct row *row)
{
	const struct service_use *use = row->entry->use;

	return row->peak > 0 || (row->holder == WHO_CLIENT && use != NULL &&
				 (use->forecast.present || use->exhausted));
}

/* The rows that rank before all others; how many. */
static unsigned find_top(const struct occupancy *occupancy, struct row top[TALLY_TOP + 1])
{
	unsigned count = 0;

	for (uint32_t i = 0; i < 2 * occupancy->services.count; i++) {
		const struct entry *entry = entry_at(occupancy, i / 2);
		enum who holder = i % 2 == 0 ? WHO_CLIENT : WHO_SERVER;
		struct row row = {entry, holder, peak_of(entry, holder)};
		unsigned at = count;

		if (!is_told(&row))
			continue;
		for (; at > 0 && ranks_before(&row, &top[at - 1]); at--)
			top[at] = top[at - 1];
		top[at] = row;
		if (count < TALLY_TOP)
			count++;
	}
	return count;
}

void occupancy_view(const struct occupancy *occupancy, struct tally_view *view)
{
	struct row top[TALLY_TOP + 1];
	unsigned count = find_top(occupancy, top);

	view->occupancy_count = count;
	for (unsigned i = 0; i < count; i++)
		view->occupancy[i] = describe(occupancy, &top[i]);
	view->occupancy_left_out = occupancy->left_out;
	view->port_capacity = occupancy->port_capacity;
	view->time_waits_peak = occupancy->all.peak;
	view->time_waits_peak_at_ns = occupancy->all.peak_at_ns;
	view->time_waits_timeline = occupancy->all.timeline;
}

static void entry_archive(struct archive *archive, void *item)
{
	struct entry *entry = item;
	unsigned notes;

	ARCHIVE_BYTES(archive, entry->key.addr);
	end_word_archive(archive, "entry->key.server_port", "entry->key.ip_version",
			 &entry->key.server);
	ARCHIVE_UPTO(archive, entry->note_count, NOTES_MAX);
	notes = archive->way == ARCHIVE_DESCRIBES ? 1 : entry->note_count;
	for (unsigned i = 0; i < notes; i++) {
		ARCHIVE_TIME(archive, entry->note[i].now_ns);
		ARCHIVE(archive, entry->note[i].port);
		ARCHIVE_UPTO(archive, entry->note[i].event, SERVER_WAITED);
	}
}

/* What is more than notes. */
static void uses_archive(struct archive *archive, struct occupancy *occupancy)
{
	struct service_use described = {.in_use = 0};

	if (archive->way == ARCHIVE_DESCRIBES)
		service_use_archive(archive, &described);
	for (uint32_t i = 0; archive_is_well(archive) && i < occupancy->services.count; i++) {
		struct entry *entry = keymap_obtain(&occupancy->services, entry_at(occupancy, i));

		if (!archive_present(archive, "service", entry->use != NULL))
			continue;
		if (archive->way == ARCHIVE_READS && entry->note_count == 0)
			entry->use = make_use(occupancy, i);
		if (entry->use == NULL)
			archive_refuse(archive, entry->note_count == 0 ? "no memory" : "notes");
		else
			service_use_archive(archive, entry->use);
	}
}

static void ports_archive(struct archive *archive, void *entry)
{
	struct ports_entry *ports = entry;

	ARCHIVE(archive, ports->key.service);
	ARCHIVE(archive, ports->key.block);
	ARCHIVE(archive, ports->met);
}

/* Blocks of ports that are only noted take their places. */
static void reserve_noted_blocks(struct archive *archive, struct occupancy *occupancy)
{
	uint32_t room = occupancy->ports.entries_max - occupancy->ports.count;

	for (uint32_t i = 0; i < occupancy->services.count; i++) {
		uint32_t blocks = count_noted(entry_at(occupancy, i), BLOCK_SHIFT);

		if (blocks > room) {
			archive_refuse(archive, "blocks");
			return;
		}
		room -= blocks;
	}
	occupancy->ports.entries_max = occupancy->ports.count + room;
}

void occupancy_archive(struct archive *archive, struct occupancy *occupancy)
{
	keymap_archive(archive, &occupancy->services, entry_archive);
	uses_archive(archive, occupancy);
	keymap_archive(archive, &occupancy->ports, ports_archive);
	if (archive->way == ARCHIVE_READS)
		reserve_noted_blocks(archive, occupancy);
	holding_archive(archive, &occupancy->all);
	ARCHIVE(archive, occupancy->now_ns);
	ARCHIVE(archive, occupancy->left_out);
}
