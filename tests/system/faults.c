/* A slow disk, a full disk and a clock that jumps, for the tests: preloaded, so that the real program meets them.
 *
 * LOA_FAULT_SYNC_MS: milliseconds that each flush to the disk takes longer.
 * LOA_FAULT_FULL: a file; while it is there, nothing can be written to files.
 * LOA_FAULT_FULL_IN: the folder whose files that is about; all without it.
 * LOA_FAULT_CLOCK: a file of eight bytes, the seconds by which the wall clock is wrong; the test
 * changes them while the program runs.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *wrong_by;
static long sync_ms;
static const char *full;
static const char *full_in;

__attribute__((constructor)) static void begin(void) {
    const char *clock = getenv("LOA_FAULT_CLOCK");
    const char *sync = getenv("LOA_FAULT_SYNC_MS");
    sync_ms = sync ? atol(sync) : 0;
    full = getenv("LOA_FAULT_FULL");
    full_in = getenv("LOA_FAULT_FULL_IN");
    if (clock) {
        int file = open(clock, O_RDONLY);
        void *mapped = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
        wrong_by = mapped == MAP_FAILED ? NULL : mapped;
        close(file);
    }
}

int clock_gettime(clockid_t which, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real)
        real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(which, now);
    if (result == 0 && which == CLOCK_REALTIME && wrong_by)
        now->tv_sec += *wrong_by;
    return result;
}

static void wait(void) {
    struct timespec time = {sync_ms / 1000, sync_ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

int fsync(int file) {
    static int (*real)(int);
    if (!real)
        real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    wait();
    return real(file);
}

int fdatasync(int file) {
    static int (*real)(int);
    if (!real)
        real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    wait();
    return real(file);
}

/* Whether an open file lies in the folder that it is about. */
static int is_meant(int file) {
    char link[32], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path);
    size_t prefix = full_in ? strlen(full_in) : 0;
    return length >= (ssize_t)prefix && strncmp(path, full_in ? full_in : "", prefix) == 0;
}

/* Whether the disk under an open file is full; sockets and pipes have none. */
static int has_no_room(int file) {
    struct stat about;
    return full && access(full, F_OK) == 0 && fstat(file, &about) == 0 &&
           S_ISREG(about.st_mode) && is_meant(file);
}

ssize_t write(int file, const void *bytes, size_t count) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real)
        real = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    if (has_no_room(file)) {
        errno = ENOSPC;
        return -1;
    }
    return real(file, bytes, count);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
    static ssize_t (*real)(int, const void *, size_t, off64_t);
    if (!real)
        real = (ssize_t(*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
    if (has_no_room(file)) {
        errno = ENOSPC;
        return -1;
    }
    return real(file, bytes, count, at);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) {
    return pwrite64(file, bytes, count, at);
}
