/*
 * The whole way of a packet over damaged captures: each file as it is, compressed in every format,
 * cut at random places, and with random bytes changed.
 *
 *    campaign [--cuts N] [--flips N] [--seed S] FILE|DIRECTORY...
 *
 * Every input goes through the harness of tests/fuzz that reads, decodes, judges and writes, in a
 * process of its own per file, so that a crash, a broken promise, a sanitizer's report or 10 s on
 * one input are counted and the next input goes on. The same seed gives the same inputs. Exit
 * status: 0 nothing was found, 1 something was, 2 usage.
 */
#define _DEFAULT_SOURCE

#include "campaign/variants.h"
#include "fuzz/harness.h"

#include <dirent.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { INPUT_SECONDS = 10, PATH_BYTES = 4096 };

/* How far the child is: it lives in memory that the parent reads after the child's death. */
struct progress {
	unsigned next; /* the variant that is to come or at work */
	uint64_t done[VARIANT_KINDS];
};

struct campaign {
	struct variants_plan plan;
	struct progress *progress; /* shared with the child */
	uint64_t files, crashes, hangs;
	long peak_kib; /* of the memory of any child */
};

static void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

/* The whole file in memory; NULL, having said why, where it cannot be read. */
static uint8_t *read_file(const char *path, size_t *size_bytes)
{
	FILE *file = fopen(path, "rb");
	struct stat status;
	uint8_t *bytes = NULL;

	if (file == NULL || fstat(fileno(file), &status) != 0) {
		perror(path);
	} else {
		*size_bytes = (size_t)status.st_size;
		bytes = malloc(*size_bytes + 1);
		if (bytes == NULL)
			die("malloc");
		*size_bytes = fread(bytes, 1, *size_bytes, file);
	}
	if (file != NULL)
		fclose(file);
	return bytes;
}

/* An allocation of just its size, so that AddressSanitizer sees the first byte beyond. */
static void run_variant(const struct variants_plan *plan, const uint8_t *bytes, size_t size_bytes,
			unsigned number)
{
	struct variant variant;

	variant_make(plan, bytes, size_bytes, number, &variant);
	alarm(INPUT_SECONDS);
	LLVMFuzzerTestOneInput(variant.bytes, variant.size_bytes);
	alarm(0);
	variant_release(&variant);
}

/* The child: all variants from the one that is next on. */
static void run_variants(struct campaign *campaign, const uint8_t *bytes, size_t size_bytes)
{
	struct progress *progress = campaign->progress;

	signal(SIGALRM, SIG_DFL);
	for (; progress->next < variants_count(&campaign->plan); progress->next++) {
		run_variant(&campaign->plan, bytes, size_bytes, progress->next);
		progress->done[variant_kind(&campaign->plan, progress->next)]++;
	}
	exit(EXIT_SUCCESS);
}

static void tell_finding(struct campaign *campaign, const char *path, int status)
{
	unsigned number = campaign->progress->next;
	bool hung = WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM;
	char name[VARIANT_NAME_BYTES];

	variant_name(&campaign->plan, number, name, sizeof(name));
	printf("%s: %s, input %u (%s)\n", path, hung ? "HANGS" : "CRASHES", number, name);
	campaign->crashes += !hung;
	campaign->hangs += hung;
}

static void run_file(struct campaign *campaign, const char *path)
{
	struct progress *progress = campaign->progress;
	unsigned count = variants_count(&campaign->plan);
	size_t size_bytes;
	uint8_t *bytes = read_file(path, &size_bytes);

	if (bytes == NULL)
		return;
	campaign->files++;
	for (progress->next = 0; progress->next < count; progress->next++) {
		struct rusage usage;
		int status;

		fflush(stdout);
		pid_t child = fork();
		if (child == -1)
			die("fork");
		if (child == 0)
			run_variants(campaign, bytes, size_bytes);
		if (wait4(child, &status, 0, &usage) != child)
			die("wait4");
		if (usage.ru_maxrss > campaign->peak_kib)
			campaign->peak_kib = usage.ru_maxrss;
		if (status != 0)
			tell_finding(campaign, path, status);
	}
	free(bytes);
}

static int is_named(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* Every file at or below the path, by name. */
static void run_path(struct campaign *campaign, const char *path)
{
	struct dirent **entry;
	struct stat found;
	int entries;

	if (lstat(path, &found) != 0) {
		perror(path);
		return;
	}
	if (S_ISREG(found.st_mode))
		run_file(campaign, path);
	if (!S_ISDIR(found.st_mode))
		return;
	entries = scandir(path, &entry, is_named, alphasort);
	for (int i = 0; i < entries; i++) {
		char name[PATH_BYTES];

		if (snprintf(name, sizeof(name), "%s/%s", path, entry[i]->d_name) < PATH_BYTES)
			run_path(campaign, name);
		free(entry[i]);
	}
	if (entries >= 0)
		free(entry);
}

static int report(const struct campaign *campaign)
{
	uint64_t inputs = 0;

	for (unsigned kind = 0; kind < VARIANT_KINDS; kind++) {
		printf("%10llu %s\n", (unsigned long long)campaign->progress->done[kind],
		       variant_kind_word(kind));
		inputs += campaign->progress->done[kind];
	}
	printf("%10llu inputs passed, of %llu files; %llu crashes, %llu hangs; at most %ld MiB\n",
	       (unsigned long long)inputs, (unsigned long long)campaign->files,
	       (unsigned long long)campaign->crashes, (unsigned long long)campaign->hangs,
	       campaign->peak_kib / 1024);
	return campaign->files > 0 && campaign->crashes + campaign->hangs == 0 ? EXIT_SUCCESS
									       : EXIT_FAILURE;
}

static bool parse(struct variants_plan *plan, int argc, char **argv)
{
	static const struct option options[] = {{"cuts", required_argument, NULL, 'c'},
						{"flips", required_argument, NULL, 'f'},
						{"seed", required_argument, NULL, 's'},
						{NULL, 0, NULL, 0}};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		unsigned long value = optarg != NULL ? strtoul(optarg, NULL, 10) : 0;

		if (option == '?' || value > VARIANTS_MAX)
			return false;
		if (option == 'c')
			plan->cuts = (unsigned)value;
		else if (option == 'f')
			plan->flips = (unsigned)value;
		else
			plan->seed = value;
	}
	return optind < argc;
}

int main(int argc, char **argv)
{
	struct campaign campaign = {.plan = {.cuts = 200, .flips = 200, .seed = 1}};

	if (!parse(&campaign.plan, argc, argv)) {
		fputs("usage: campaign [--cuts N] [--flips N] [--seed S] FILE|DIRECTORY...\n",
		      stderr);
		return 2;
	}
	campaign.progress = mmap(NULL, sizeof(*campaign.progress), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (campaign.progress == MAP_FAILED)
		die("mmap");
	for (int i = optind; i < argc; i++)
		run_path(&campaign, argv[i]);
	return report(&campaign);
}
