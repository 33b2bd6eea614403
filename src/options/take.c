#include "options/take.h"

#include "core/profile.h"
#include "options/suggest.h"
#include "options/values.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { WORDS_MAX = 16, LARGEST_COUNT_BITS = 53 };

/* The largest integer that survives everywhere where JSON is read. */
static const uint64_t largest_count = (UINT64_C(1) << LARGEST_COUNT_BITS) - 1;

/* The words of an option's argument, as its row lists them. */
struct word_list {
	char text[128];
	const char *word[WORDS_MAX];
	unsigned count;
};

__attribute__((format(printf, 2, 3))) static bool wrong(const struct taking *taking,
							const char *why, ...)
{
	size_t size = sizeof(taking->error->text);
	int used = snprintf(taking->error->text, size, "--%s %.200s: ", taking->row->name,
			    taking->text[0] != '\0' ? taking->text : "\"\"");
	va_list arguments;

	va_start(arguments, why);
	if (used >= 0 && (size_t)used < size)
		vsnprintf(taking->error->text + used, size - (size_t)used, why, arguments);
	va_end(arguments);
	return false;
}

/* Cuts a text at the separators, in place; more than WORDS_MAX are an error in the table, which a
 * test would show. */
static void split(struct word_list *list, const char *text, const char *separators)
{
	snprintf(list->text, sizeof(list->text), "%s", text);
	list->count = 0;
	for (char *at = list->text; list->count < WORDS_MAX;) {
		size_t length = strcspn(at, separators);
		bool last = at[length] == '\0';

		list->word[list->count++] = at;
		at[length] = '\0';
		if (last)
			return;
		at += length + 1;
	}
}

/* The place of a word in its list; the list's count, with the error filled in, when it is not
 * there. */
static unsigned find_word(const struct taking *taking, const struct word_list *list,
			  const char *typed)
{
	const char *nearest;

	for (unsigned i = 0; i < list->count; i++)
		if (strcmp(list->word[i], typed) == 0)
			return i;
	nearest = suggest_word(typed, list->word, list->count);
	if (nearest != NULL)
		wrong(taking, "there is no %s (did you mean %s?)", typed, nearest);
	else
		wrong(taking, "there is no %.60s (it takes %s)", typed[0] != '\0' ? typed : "\"\"",
		      taking->row->argument);
	return list->count;
}

bool take_word(const struct taking *taking)
{
	struct word_list list;
	unsigned place;

	split(&list, taking->row->argument, "|");
	place = find_word(taking, &list, taking->text);
	if (place == list.count)
		return false;
	*(unsigned *)taking->field = place;
	return true;
}

bool take_words(const struct taking *taking)
{
	struct word_list known, typed;
	unsigned bits = 0;

	if (strlen(taking->text) >= sizeof(typed.text))
		return wrong(taking, "too long (it takes %s)", taking->row->argument);
	split(&known, taking->row->argument, ",");
	split(&typed, taking->text, ",");
	for (unsigned i = 0; i < typed.count; i++) {
		unsigned place = find_word(taking, &known, typed.word[i]);

		if (place == known.count)
			return false;
		bits |= 1U << place;
	}
	*(unsigned *)taking->field = bits;
	return true;
}

bool take_flag(const struct taking *taking)
{
	*(bool *)taking->field = true;
	return true;
}

bool take_step(const struct taking *taking)
{
	++*(unsigned *)taking->field;
	return true;
}

bool take_text(const struct taking *taking)
{
	if (taking->text[0] == '\0')
		return wrong(taking, "empty (write --%s %s)", taking->row->name,
			     taking->row->argument);
	*(const char **)taking->field = taking->text;
	return true;
}

bool take_source(const struct taking *taking)
{
	struct options *options = taking->options;

	if (taking->text[0] == '\0')
		return wrong(taking, "empty (write --%s FILE)", taking->row->name);
	options->source[options->source_count++] = taking->text;
	return true;
}

bool take_interface(const struct taking *taking)
{
	struct options *options = taking->options;

	if (taking->text[0] == '\0')
		return wrong(taking, "empty (write --%s IF; --list-interfaces lists them)",
			     taking->row->name);
	options->source[options->source_count++] = taking->text;
	options->interface_count++;
	return true;
}

bool take_list_interfaces(const struct taking *taking)
{
	taking->options->action = OPTIONS_INTERFACES;
	return true;
}

bool take_list_linktypes(const struct taking *taking)
{
	taking->options->action = OPTIONS_LINKTYPES;
	return true;
}

bool take_json(const struct taking *taking)
{
	taking->options->format = FORMAT_NDJSON;
	return true;
}

bool take_schema(const struct taking *taking)
{
	taking->options->action = OPTIONS_SCHEMA;
	return true;
}

bool take_help(const struct taking *taking)
{
	taking->options->action = OPTIONS_HELP;
	return true;
}

bool take_version(const struct taking *taking)
{
	taking->options->action = OPTIONS_VERSION;
	return true;
}

/* A whole number within bounds. */
static bool take_number(const struct taking *taking, uint64_t least, uint64_t most,
			uint64_t *number)
{
	enum value_status status = value_count(taking->text, number);

	if (status == VALUE_MALFORMED)
		return wrong(taking, "not a whole number (it takes %llu to %llu)",
			     (unsigned long long)least, (unsigned long long)most);
	if (status == VALUE_TOO_LARGE || *number > most)
		return wrong(taking, "too large (at most %llu)", (unsigned long long)most);
	if (*number < least)
		return wrong(taking, "too small (at least %llu)", (unsigned long long)least);
	return true;
}

bool take_count(const struct taking *taking)
{
	return take_number(taking, 1, largest_count, taking->field);
}

bool take_max_flows(const struct taking *taking)
{
	return take_number(taking, 1, UINT32_MAX, taking->field);
}

bool take_port_capacity(const struct taking *taking)
{
	return take_number(taking, 1, UINT16_MAX, taking->field);
}

bool take_threads(const struct taking *taking)
{
	uint64_t threads;

	if (!take_number(taking, 1, OPTIONS_THREADS_MAX, &threads))
		return false;
	taking->options->threads = (unsigned)threads;
	return true;
}

bool take_snaplen(const struct taking *taking)
{
	return take_number(taking, OPTIONS_SNAPLEN_MIN, OPTIONS_SNAPLEN_MAX, taking->field);
}

bool take_buffer(const struct taking *taking)
{
	return take_number(taking, 1, OPTIONS_BUFFER_KIB_MAX, taking->field);
}

bool take_first(const struct taking *taking)
{
	uint64_t first;

	if (!take_number(taking, 1, OPTIONS_FIRST_MAX, &first))
		return false;
	taking->options->first = (unsigned)first;
	return true;
}

bool take_flow(const struct taking *taking)
{
	if (!flow_choice_read(taking->text, &taking->options->flow))
		return wrong(taking, "neither a flow_id nor two ends (write 1482031870951425, "
				     "10.0.0.1:40000-10.0.0.2:80 or [::1]:40000-[::1]:80)");
	return true;
}

bool take_seed(const struct taking *taking)
{
	uint64_t seed;

	if (!take_number(taking, 0, UINT16_MAX, &seed))
		return false;
	taking->options->community_id_seed = (uint16_t)seed;
	return true;
}

bool take_width(const struct taking *taking)
{
	uint64_t width;

	if (!take_number(taking, OPTIONS_WIDTH_MIN, OPTIONS_WIDTH_MAX, &width))
		return false;
	taking->options->width_columns = (unsigned)width;
	return true;
}

bool take_size(const struct taking *taking)
{
	uint64_t *size_bytes = taking->field;
	enum value_status status = value_size(taking->text, size_bytes);

	if (status == VALUE_MALFORMED)
		return wrong(taking, "not a size (write 1048576, 256M or 2G)");
	if (status == VALUE_TOO_LARGE || *size_bytes > largest_count)
		return wrong(taking, "too large (at most %llu bytes)",
			     (unsigned long long)largest_count);
	if (*size_bytes == 0)
		return wrong(taking, "too small (write 1048576, 256M or 2G)");
	return true;
}

bool take_duration(const struct taking *taking)
{
	switch (value_duration(taking->text, taking->field)) {
	case VALUE_MALFORMED:
		return wrong(taking, "not a duration (write 90s, 3ms or 2h)");
	case VALUE_TOO_LARGE:
		return wrong(taking, "too long (at most %lldd)",
			     (long long)(VALUE_DURATION_MAX_NS / 1000000000 / 86400));
	case VALUE_OK:
		break;
	}
	return true;
}

bool take_timeout(const struct taking *taking)
{
	if (!take_duration(taking))
		return false;
	if (*(int64_t *)taking->field == 0)
		return wrong(taking, "too short (write 90s, 3ms or 2h)");
	return true;
}

/* A length of TIME-WAIT that is nobody's in particular. */
static bool take_custom_time_wait(const struct taking *taking, int64_t multiple)
{
	struct analyzer_config *analyzer = &taking->options->analyzer;
	struct taking duration = *taking;
	int64_t duration_ns;

	duration.field = &duration_ns;
	if (!take_duration(&duration))
		return false;
	analyzer->profile = PROFILE_CUSTOM;
	analyzer->time_wait_ns = multiple * duration_ns;
	return true;
}

bool take_time_wait(const struct taking *taking)
{
	return take_custom_time_wait(taking, 1);
}

bool take_msl(const struct taking *taking)
{
	return take_custom_time_wait(taking, 2);
}

bool take_profile(const struct taking *taking)
{
	struct analyzer_config *analyzer = &taking->options->analyzer;
	struct taking word = *taking;
	unsigned profile;

	word.field = &profile;
	if (!take_word(&word))
		return false;
	analyzer->profile = (enum profile)profile;
	analyzer->time_wait_ns = profile_time_wait_ns(analyzer->profile);
	return true;
}

/* One port of a list, up to a comma or the end of the text; moves `*at` there. */
static bool take_port(const struct taking *taking, const char **at)
{
	struct analyzer_config *analyzer = &taking->options->analyzer;
	char digits[8];
	size_t length = strcspn(*at, ",");
	uint64_t port = 0;

	if (length < sizeof(digits)) {
		memcpy(digits, *at, length);
		digits[length] = '\0';
		if (value_count(digits, &port) != VALUE_OK)
			port = 0;
	}
	if (port == 0 || port > UINT16_MAX)
		return wrong(taking, "not a list of ports (write 80,443; a port is 1 to 65535)");
	if (analyzer->server_port_count == ANALYZER_SERVER_PORTS_MAX)
		return wrong(taking, "too many ports (at most %d)", ANALYZER_SERVER_PORTS_MAX);
	analyzer->server_port[analyzer->server_port_count++] = (uint16_t)port;
	*at += length;
	return true;
}

bool take_ports(const struct taking *taking)
{
	const char *at = taking->text;

	taking->options->analyzer.server_port_count = 0;
	while (take_port(taking, &at)) {
		if (*at == '\0')
			return true;
		at++;
	}
	return false;
}

/* One network of a list, up to a comma or the end of the text; moves `*at` there. */
static bool take_net(const struct taking *taking, const char **at)
{
	struct analyzer_config *analyzer = &taking->options->analyzer;
	char text[64] = "";
	size_t length = strcspn(*at, ",");

	if (analyzer->server_net_count == ANALYZER_SERVER_NETS_MAX)
		return wrong(taking, "too many networks (at most %d)", ANALYZER_SERVER_NETS_MAX);
	if (length < sizeof(text))
		memcpy(text, *at, length);
	if (value_net(text, &analyzer->server_net[analyzer->server_net_count]) != VALUE_OK)
		return wrong(taking, "not a list of networks (write 10.0.0.0/8,2001:db8::/32)");
	analyzer->server_net_count++;
	*at += length;
	return true;
}

bool take_nets(const struct taking *taking)
{
	const char *at = taking->text;

	taking->options->analyzer.server_net_count = 0;
	while (take_net(taking, &at)) {
		if (*at == '\0')
			return true;
		at++;
	}
	return false;
}
