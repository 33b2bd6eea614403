#define _POSIX_C_SOURCE 200809L

#include "run/selection.h"

#include "run/hint.h"
#include "source/filter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILTER_FILE_MAX_BYTES = 1024 * 1024 };

struct selection {
	char *text;            /* NULL: everything passes */
	struct filter *filter; /* NULL with it */
	uint64_t offered, passed;
	struct hint *hint; /* NULL without a filter, and once a frame has passed */
};

/* As in tcpdump, a # and what follows it on its line is a remark. */
static void blank_remarks(char *text)
{
	for (char *at = strchr(text, '#'); at != NULL; at = strchr(at, '#'))
		while (*at != '\0' && *at != '\n')
			*at++ = ' ';
}

/* Reads the whole file into `text`, which has room for one byte more than a filter may have; NULL,
 * or why not. */
static const char *read_whole(const char *path, char *text)
{
	FILE *file = fopen(path, "r");
	size_t size_bytes;
	const char *why = NULL;

	if (file == NULL)
		return strerror(errno);
	size_bytes = fread(text, 1, FILTER_FILE_MAX_BYTES + 1, file);
	if (ferror(file))
		why = strerror(errno);
	else if (size_bytes > FILTER_FILE_MAX_BYTES || memchr(text, '\0', size_bytes) != NULL)
		why = "this is no filter (write an expression of pcap-filter(7) into it)";
	else
		text[size_bytes] = '\0';
	fclose(file);
	return why;
}

/* The file's text; NULL, having said why, when it cannot be read. */
static char *read_text(const char *path, const struct talk *talk)
{
	char *text = malloc(FILTER_FILE_MAX_BYTES + 1);
	const char *why = text != NULL ? read_whole(path, text) : strerror(errno);

	if (why != NULL) {
		talk_error(talk, "--filter-file %s: %s", path, why);
		free(text);
		return NULL;
	}
	blank_remarks(text);
	return text;
}

/* The filter's text, or NULL without one or, then false, when it cannot be had. */
static bool find_text(const struct options *options, const struct talk *talk, char **text)
{
	const char *given = options->filter != NULL ? options->filter : options->word_filter;

	*text = NULL;
	if (options->filter_file != NULL) {
		*text = read_text(options->filter_file, talk);
		return *text != NULL;
	}
	if (given == NULL)
		return true;
	*text = strdup(given);
	if (*text == NULL)
		talk_error(talk, "not enough memory for the filter");
	return *text != NULL;
}

/* A word of the filter that names a file is most likely meant as a capture. */
static void tell_wrong(const struct options *options, const char *why, const struct talk *talk)
{
	struct stat status;

	for (unsigned i = 0; i < options->word_count; i++) {
		if (stat(options->word[i], &status) != 0 || !S_ISREG(status.st_mode))
			continue;
		talk_error(talk,
			   "%s (%s is a file: with -r, words are a filter; give each capture its "
			   "own -r)",
			   why, options->word[i]);
		return;
	}
	talk_error(talk, "%s", why);
}

struct selection *selection_create(const struct options *options, const struct talk *talk)
{
	struct selection *selection = calloc(1, sizeof(*selection));
	struct source_error error;

	if (selection == NULL) {
		talk_error(talk, "not enough memory to start");
		return NULL;
	}
	if (!find_text(options, talk, &selection->text)) {
		selection_destroy(selection);
		return NULL;
	}
	if (selection->text == NULL || options->interface_count > 0)
		return selection;
	selection->hint = hint_create(selection->text);
	if (selection->hint == NULL) {
		talk_error(talk, "not enough memory for the filter");
		selection_destroy(selection);
		return NULL;
	}
	selection->filter = filter_create(selection->text, &error);
	if (selection->filter == NULL) {
		tell_wrong(options, error.text, talk);
		selection_destroy(selection);
		return NULL;
	}
	return selection;
}

void selection_destroy(struct selection *selection)
{
	if (selection->filter != NULL)
		filter_destroy(selection->filter);
	hint_destroy(selection->hint);
	free(selection->text);
	free(selection);
}

static void forget_hint(struct selection *selection)
{
	hint_destroy(selection->hint);
	selection->hint = NULL;
}

static int match_filter(struct selection *selection, const struct frame *frame,
			const struct talk *talk)
{
	struct source_error error;
	int passes = filter_match(selection->filter, frame, &error);

	if (passes < 0)
		talk_error(talk, "%s", error.text);
	if (passes != 0)
		forget_hint(selection);
	else if (selection->hint != NULL)
		hint_look(selection->hint, frame);
	return passes;
}

int selection_match(struct selection *selection, const struct frame *frame, const struct talk *talk)
{
	int passes = selection->filter == NULL ? 1 : match_filter(selection, frame, talk);

	selection->offered++;
	selection->passed += passes > 0;
	return passes;
}

bool selection_has_filter(const struct selection *selection)
{
	return selection->filter != NULL;
}

void selection_pass(struct selection *selection, unsigned frames)
{
	selection->offered += frames;
	selection->passed += frames;
}

const char *selection_text(const struct selection *selection)
{
	return selection->text;
}

uint64_t selection_offered(const struct selection *selection)
{
	return selection->offered;
}

uint64_t selection_passed(const struct selection *selection)
{
	return selection->passed;
}

void selection_conclude(const struct selection *selection, const struct talk *talk)
{
	if (selection->hint != NULL)
		hint_tell(selection->hint, talk);
}
