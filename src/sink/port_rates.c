#include "sink/port_rates.h"

#include <string.h>

static const int64_t second_ns = 1000000000;

int64_t port_rates_second(int64_t ts_ns)
{
	return ts_ns / second_ns - (ts_ns % second_ns < 0);
}

static size_t bucket_of(int64_t second)
{
	return (size_t)((uint64_t)second % PORT_RATES_BUCKETS);
}

size_t port_rates_bucket(const struct port_rates *rates)
{
	return bucket_of(rates->second);
}

void port_rates_pass(struct port_rates *rates, int64_t second)
{
	if (second - rates->second >= PORT_RATES_BUCKETS) {
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

uint64_t port_rates_sum(const struct port_rates *rates, const uint32_t counts[PORT_RATES_BUCKETS])
{
	uint64_t total = 0;

	for (unsigned i = 0; i < PORT_RATES_BUCKETS; i++)
		total += counts[i];
	return total - counts[bucket_of(rates->second)];
}

void port_rates_archive(struct archive *archive, struct port_rates *rates)
{
	for (unsigned i = 0; i < PORT_RATES_BUCKETS; i++) {
		ARCHIVE(archive, rates->taken[i]);
		ARCHIVE(archive, rates->freed[i]);
		ARCHIVE(archive, rates->waits[i]);
	}
	ARCHIVE_TIME(archive, rates->second);
	ARCHIVE_TIME(archive, rates->first_second);
	ARCHIVE_FLAG(archive, rates->begun);
}
