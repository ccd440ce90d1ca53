/* A slower disk: loaded below a process (LD_PRELOAD), it makes every fsync and fdatasync take SLOW_SYNC_MICROSECONDS
 * longer. The thread that syncs sleeps, as it would for a disk; all others run on. For benchmarks only.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static void wait_for_the_disk(void) {
    const char *given = getenv("SLOW_SYNC_MICROSECONDS");
    long microseconds = given ? atol(given) : 0;
    struct timespec left = {microseconds / 1000000, microseconds % 1000000 * 1000};
    while (nanosleep(&left, &left)) {
    }
}

static int slowly(const char *call, int file) {
    int (*sync)(int) = (int (*)(int))dlsym(RTLD_NEXT, call);
    wait_for_the_disk();
    return sync(file);
}

int fsync(int file) { return slowly("fsync", file); }

int fdatasync(int file) { return slowly("fdatasync", file); }
