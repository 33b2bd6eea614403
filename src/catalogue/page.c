#include "catalogue/page.h"

#include "core/anomaly.h"

#include <stddef.h>

#define PAGE(ID, seen, causes, checks, limits) [ANOMALY_##ID] = {seen, causes, checks, limits},
static const struct anomaly_page pages[ANOMALY_COUNT] = {
#include "catalogue/pages_capture.def"
#include "catalogue/pages_closing.def"
#include "catalogue/pages_data.def"
#include "catalogue/pages_opening.def"
#include "catalogue/pages_reset.def"
#include "catalogue/pages_time_wait.def"
};
#undef PAGE

const struct anomaly_page *anomaly_page(unsigned id)
{
	return id < ANOMALY_COUNT ? &pages[id] : NULL;
}
