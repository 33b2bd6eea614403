/*
 * What becomes of a capture on its way: the same bytes compressed, cut, or damaged. Each is made
 * from its number alone, so that a finding can be made again.
 */
#ifndef TCPBYE_TESTS_CAMPAIGN_VARIANTS_H
#define TCPBYE_TESTS_CAMPAIGN_VARIANTS_H

#include <stddef.h>
#include <stdint.h>

enum { VARIANTS_MAX = 1000000, VARIANT_NAME_BYTES = 64 };

enum variant_kind {
	VARIANT_WHOLE,
	VARIANT_GZIP,
	VARIANT_ZSTD,
	VARIANT_LZ4,
	VARIANT_CUT,
	VARIANT_FLIP, /* 1 to 8 bytes changed */
	VARIANT_KINDS
};

struct variants_plan {
	unsigned cuts, flips;
	uint64_t seed;
};

struct variant {
	uint8_t *bytes;
	size_t size_bytes;
};

unsigned variants_count(const struct variants_plan *plan);
enum variant_kind variant_kind(const struct variants_plan *plan, unsigned number);
const char *variant_kind_word(unsigned kind);
void variant_name(const struct variants_plan *plan, unsigned number, char *name, size_t room_bytes);

/* Makes the variant of this number; aborts where memory is short. */
void variant_make(const struct variants_plan *plan, const uint8_t *bytes, size_t size_bytes,
		  unsigned number, struct variant *variant);
void variant_release(struct variant *variant);

#endif
