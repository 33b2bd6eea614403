#include "sink/histogram.h"

static unsigned magnitude(uint64_t value)
{
	unsigned bits = 0;
	while (value >= HISTOGRAM_STEPS) {
		value >>= 1;
		bits++;
	}
	return bits;
}

/* Bucket 0 to 127: the value itself; then, for each doubling, its top 8 bits without the leading
 * one. */
static unsigned bucket_of(uint64_t value)
{
	unsigned shift = magnitude(value);
	if (shift == 0)
		return (unsigned)value;
	unsigned step = (unsigned)(value >> (shift - 1)) & (HISTOGRAM_STEPS - 1);
	return shift * HISTOGRAM_STEPS + step;
}

static uint64_t middle_of(unsigned bucket)
{
	unsigned shift = bucket / HISTOGRAM_STEPS;
	if (shift == 0)
		return bucket;
	uint64_t width = (uint64_t)1 << (shift - 1);
	return (HISTOGRAM_STEPS + bucket % HISTOGRAM_STEPS) * width + width / 2;
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
	if (histogram->count == 0 || value < histogram->min)
		histogram->min = value;
	if (value > histogram->max)
		histogram->max = value;
	histogram->count++;
	histogram->bucket[bucket_of(value)]++;
}

uint64_t histogram_percentile(const struct histogram *histogram, unsigned percent)
{
	if (histogram->count == 0)
		return 0;
	uint64_t rank =
		histogram->count / 100 * percent + (histogram->count % 100 * percent + 99) / 100;
	uint64_t passed = 0;
	unsigned bucket = 0;
	while (bucket < HISTOGRAM_BUCKETS - 1 && passed + histogram->bucket[bucket] < rank)
		passed += histogram->bucket[bucket++];
	uint64_t middle = middle_of(bucket);
	if (middle < histogram->min)
		return histogram->min;
	return middle > histogram->max ? histogram->max : middle;
}

uint64_t histogram_below(const struct histogram *histogram, uint64_t value)
{
	const unsigned end = bucket_of(value);
	uint64_t below = 0;

	for (unsigned bucket = 0; bucket < end; bucket++)
		below += histogram->bucket[bucket];
	return below;
}

/* Most buckets are empty. */
void histogram_archive(struct archive *archive, struct histogram *histogram)
{
	uint64_t bucket = 0;

	ARCHIVE(archive, histogram->count);
	ARCHIVE(archive, histogram->min);
	ARCHIVE(archive, histogram->max);
	while (archive_is_well(archive)) {
		while (archive->way == ARCHIVE_WRITES && bucket < HISTOGRAM_BUCKETS &&
		       histogram->bucket[bucket] == 0)
			bucket++;
		bucket = archive_value(archive, "bucket", bucket, HISTOGRAM_BUCKETS);
		if (bucket == HISTOGRAM_BUCKETS || archive->way == ARCHIVE_DESCRIBES)
			return;
		ARCHIVE(archive, histogram->bucket[bucket]);
		bucket++;
	}
}
