/*
 * Runs a harness without libFuzzer over the files, and the files of the directories, that are
 * named: kept inputs stay tests in every build.
 */
#define _POSIX_C_SOURCE 200809L

#include "fuzz/harness.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

enum { INPUT_MAX_BYTES = 1024 * 1024, PATH_MAX_BYTES = 4096 };

static unsigned inputs_run;

static bool complain(const char *path, const char *why)
{
	fprintf(stderr, "%s: %s\n", path, why);
	return false;
}

/* An allocation of just the input's size, so that AddressSanitizer sees the first byte beyond. */
static bool run_bytes(const uint8_t *bytes, size_t size_bytes)
{
	uint8_t *exact = malloc(size_bytes > 0 ? size_bytes : 1);

	if (exact == NULL)
		return false;
	memcpy(exact, bytes, size_bytes);
	LLVMFuzzerTestOneInput(exact, size_bytes);
	free(exact);
	inputs_run++;
	return true;
}

static bool run_file(const char *path)
{
	static uint8_t bytes[INPUT_MAX_BYTES + 1];
	FILE *file = fopen(path, "rb");
	size_t size_bytes;
	bool readable;

	if (file == NULL)
		return complain(path, strerror(errno));
	size_bytes = fread(bytes, 1, sizeof(bytes), file);
	readable = !ferror(file);
	fclose(file);
	if (!readable || size_bytes > INPUT_MAX_BYTES)
		return complain(path, readable ? "is larger than 1 MiB" : "cannot be read");
	return run_bytes(bytes, size_bytes) || complain(path, "not enough memory");
}

static bool run_directory(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	bool passed = true;

	if (directory == NULL)
		return complain(path, strerror(errno));
	while ((entry = readdir(directory)) != NULL) {
		char name[PATH_MAX_BYTES];

		if (entry->d_name[0] == '.')
			continue;
		if (snprintf(name, sizeof(name), "%s/%s", path, entry->d_name) >= (int)sizeof(name))
			passed = complain(path, "has a name that is too long");
		else
			passed = run_file(name) && passed;
	}
	closedir(directory);
	return passed;
}

int main(int argc, char **argv)
{
	bool passed = true;

	for (int i = 1; i < argc; i++) {
		struct stat found;
		bool directory = stat(argv[i], &found) == 0 && S_ISDIR(found.st_mode);

		passed = (directory ? run_directory(argv[i]) : run_file(argv[i])) && passed;
	}
	printf("%u inputs\n", inputs_run);
	return passed && inputs_run > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
