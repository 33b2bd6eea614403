#include "sink/twins.h"

#include "core/report_archive.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS = 8192, PLACES = 4 };

static const int64_t apart_ns_max = 50 * INT64_C(1000000);

/* A connection that is remembered. flow_id 0: none. */
struct twin {
	uint64_t flow_id;
	struct report_birth birth;
	uint8_t addr[2][16];
	uint8_t ip_version;
};

/*
 * By the numbers; in each row the latest ones, in turn. What the numbers come to stands apart too:
 * nearly every connection has no twin, and that is seen there.
 */
struct twins {
	uint32_t mix[ROWS][PLACES];
	struct twin twin[ROWS][PLACES];
	uint8_t next[ROWS];
};

struct twins *twins_create(void)
{
	return calloc(1, sizeof(struct twins));
}

void twins_destroy(struct twins *twins)
{
	free(twins);
}

/* The numbers are random already. */
static uint32_t mix_of(const struct report_birth *birth)
{
	return birth->iss[0] * UINT32_C(2654435769) ^ birth->iss[1];
}

static unsigned row_of(uint32_t mix)
{
	return mix % ROWS;
}

static bool same_addresses(const struct twin *twin, const struct report_envelope *envelope)
{
	return twin->ip_version == envelope->ip_version &&
	       memcmp(twin->addr, envelope->addr, sizeof twin->addr) == 0;
}

static bool is_twin(const struct twin *twin, const struct report_envelope *envelope)
{
	const struct report_birth *a = &twin->birth, *b = &envelope->birth;
	int64_t apart_ns = a->ts_ns - b->ts_ns;

	return twin->flow_id != 0 && twin->flow_id != envelope->flow_id && a->iss[0] == b->iss[0] &&
	       a->iss[1] == b->iss[1] && apart_ns <= apart_ns_max && apart_ns >= -apart_ns_max &&
	       (a->ttl[0] != b->ttl[0] || a->ttl[1] != b->ttl[1]) &&
	       !same_addresses(twin, envelope);
}

uint64_t twins_find(const struct twins *twins, const struct report_envelope *envelope)
{
	uint32_t mix;
	unsigned row;

	if (twins == NULL || !envelope->birth.seen)
		return 0;
	mix = mix_of(&envelope->birth);
	row = row_of(mix);
	for (unsigned i = 0; i < PLACES; i++) {
		if (twins->mix[row][i] == mix && is_twin(&twins->twin[row][i], envelope))
			return twins->twin[row][i].flow_id;
	}
	return 0;
}

uint64_t twins_meet(struct twins *twins, const struct report_envelope *envelope)
{
	uint64_t found = twins_find(twins, envelope);
	uint32_t mix = mix_of(&envelope->birth);
	unsigned row = row_of(mix), place = twins->next[row];
	struct twin *twin = &twins->twin[row][place];

	if (!envelope->birth.seen || found != 0)
		return found;
	twins->next[row] = (uint8_t)((place + 1) % PLACES);
	twins->mix[row][place] = mix;
	*twin = (struct twin){
		.flow_id = envelope->flow_id,
		.birth = envelope->birth,
		.ip_version = envelope->ip_version,
	};
	memcpy(twin->addr, envelope->addr, sizeof twin->addr);
	return 0;
}

static void twin_archive(struct archive *archive, struct twin *twin)
{
	ARCHIVE(archive, twin->flow_id);
	report_birth_archive(archive, &twin->birth);
	ARCHIVE_BYTES(archive, twin->addr);
	ARCHIVE(archive, twin->ip_version);
}

/* Most rows are empty. */
void twins_archive(struct archive *archive, struct twins *twins)
{
	unsigned rows = archive->way == ARCHIVE_DESCRIBES ? 1 : ROWS;

	for (unsigned row = 0; row < rows; row++) {
		bool met = twins->next[row] != 0 || twins->twin[row][0].flow_id != 0;

		if (!archive_present(archive, "row", met))
			continue;
		ARCHIVE_UPTO(archive, twins->next[row], PLACES - 1);
		for (unsigned i = 0; i < PLACES; i++)
			twin_archive(archive, &twins->twin[row][i]);
		for (unsigned i = 0; archive->way == ARCHIVE_READS && i < PLACES; i++)
			twins->mix[row][i] = mix_of(&twins->twin[row][i].birth);
	}
}
