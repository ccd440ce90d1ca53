/* A disk that forgets: loaded below a process (LD_PRELOAD), it writes down every change to files under
 * LOSTWRITES_ROOT that has not been made durable, so that `power_cut.py` can take it back afterwards.
 *
 * For tests only. It sees what libc sees: open, write, pwrite, ftruncate, rename, unlink, fsync and fdatasync (of files
 * and of folders). It does not see memory maps; SQLite maps its -shm file only, which is no part of what must last.
 *
 * Journal (LOSTWRITES_JOURNAL): records of one kind byte, three 64-bit numbers, two lengths, and bytes.
 *   W  device inode offset, old size   | old bytes | new bytes     a write
 *   T  device inode new size, old size | old tail  |               a truncation
 *   S  device inode                                                fsync of a file or of a folder
 *   C  folder's device inode           | path      |               a file was made
 *   R  folder's device inode           | from      | to            a rename
 *   U  folder's device inode           | path      | kept copy     a removal; a hard link keeps the bytes
 * The journal is written with plain write(2) and outlives SIGKILL, as the page cache of a living kernel does.
 * lostwrites_kill_at(n): from now on, the process kills itself instead of making its n-th call that changes or syncs
 * something.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))real(#name))
#define FILES 4096

static pthread_mutex_t turn = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static char root[PATH_MAX], graves[PATH_MAX];
static size_t root_length;
static int journal = -1;
static long calls, kill_at;
static unsigned char tracked[FILES];

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

static void settle(void) {
    const char *given = getenv("LOSTWRITES_ROOT"), *path = getenv("LOSTWRITES_JOURNAL");
    if (journal != -1 || !given || !path) return;
    snprintf(root, sizeof root, "%s/", given);
    snprintf(graves, sizeof graves, "%s.kept", path);
    root_length = strlen(root);
    journal = REAL(open)(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* Absolute path of `path`, or NULL where it is not below the root. */
static const char *below(int folder, const char *path, char *whole) {
    settle();
    if (journal == -1 || !path) return NULL;
    if (path[0] == '/') snprintf(whole, PATH_MAX, "%s", path);
    else {
        char link[64], base[PATH_MAX];
        ssize_t length;
        if (folder == AT_FDCWD) snprintf(link, sizeof link, "/proc/self/cwd");
        else snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        length = readlink(link, base, sizeof base - 1);
        if (length < 0) return NULL;
        base[length] = 0;
        if (snprintf(whole, PATH_MAX, "%s/%s", base, path) >= PATH_MAX) return NULL;
    }
    return strncmp(whole, root, root_length) == 0 ? whole : NULL;
}

static int watched(int fd) { return journal != -1 && fd >= 0 && fd < FILES && tracked[fd]; }

static void strike(void) {
    if (kill_at && ++calls == kill_at) kill(getpid(), SIGKILL);
}

void lostwrites_kill_at(long number) {
    calls = 0;
    kill_at = number;
}

static void record(char kind, uint64_t a, uint64_t b, uint64_t c, uint64_t d, const void *one, uint64_t n, const void *two, uint64_t m) {
    uint64_t head[6] = {a, b, c, d, n, m};
    struct iovec parts[4] = {{&kind, 1}, {head, sizeof head}, {(void *)one, n}, {(void *)two, m}};
    if (REAL(writev)(journal, parts, 4) < 0) abort();
}

static void record_in_folder(char kind, const char *path, const char *one, const char *two) {
    char folder[PATH_MAX];
    struct stat there;
    snprintf(folder, sizeof folder, "%s", path);
    *strrchr(folder, '/') = 0;
    if (stat(folder, &there) == 0)
        record(kind, there.st_dev, there.st_ino, 0, 0, one, strlen(one), two, two ? strlen(two) : 0);
}

static void record_write(int fd, const void *bytes, size_t count, off_t offset) {
    struct stat now;
    char *old;
    ssize_t had;
    if (fstat(fd, &now) != 0 || !S_ISREG(now.st_mode)) return;
    old = malloc(count ? count : 1);
    had = old ? REAL(pread)(fd, old, count, offset) : -1;
    if (had < 0) { /* opened for writing only */
        char link[64];
        int again;
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        again = REAL(open)(link, O_RDONLY | O_CLOEXEC);
        had = again < 0 ? 0 : REAL(pread)(again, old, count, offset);
        if (again >= 0) REAL(close)(again);
        if (had < 0) had = 0;
    }
    record('W', now.st_dev, now.st_ino, offset, now.st_size, old, had, bytes, count);
    free(old);
}

static int opened(int fd, const char *path, int existed) {
    if (fd >= 0 && fd < FILES) tracked[fd] = 1;
    if (fd >= 0 && !existed) record_in_folder('C', path, path, NULL);
    return fd;
}

static int open_any(int folder, const char *path, int flags, mode_t mode) {
    char whole[PATH_MAX];
    const char *name;
    int fd, existed;
    pthread_mutex_lock(&turn);
    name = below(folder, path, whole);
    if (!name) {
        pthread_mutex_unlock(&turn);
        fd = REAL(openat)(folder, path, flags, mode);
        if (fd >= 0 && fd < FILES) tracked[fd] = 0;
        return fd;
    }
    existed = access(name, F_OK) == 0;
    if (!existed || (flags & O_TRUNC)) strike();
    if (existed && (flags & O_TRUNC)) {
        int before = REAL(open)(name, O_RDWR | O_CLOEXEC);
        if (before >= 0) {
            tracked[before] = 1;
            if (ftruncate(before, 0) != 0) abort();
            tracked[before] = 0;
            REAL(close)(before);
        }
    }
    fd = opened(REAL(openat)(folder, path, flags, mode), name, existed);
    pthread_mutex_unlock(&turn);
    return fd;
}

#define MODE(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); }

int open(const char *path, int flags, ...) { MODE(flags) return open_any(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return open_any(AT_FDCWD, path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE(flags) return open_any(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { MODE(flags) return open_any(folder, path, flags, mode); }

int close(int fd) {
    if (fd >= 0 && fd < FILES) tracked[fd] = 0;
    return REAL(close)(fd);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
    ssize_t done;
    if (!watched(fd)) return REAL(pwrite)(fd, bytes, count, offset);
    pthread_mutex_lock(&turn);
    strike();
    record_write(fd, bytes, count, offset);
    done = REAL(pwrite)(fd, bytes, count, offset);
    pthread_mutex_unlock(&turn);
    return done;
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t offset) { return pwrite(fd, bytes, count, offset); }

ssize_t write(int fd, const void *bytes, size_t count) {
    ssize_t done;
    struct stat now;
    off_t offset;
    if (!watched(fd)) return REAL(write)(fd, bytes, count);
    pthread_mutex_lock(&turn);
    strike();
    offset = lseek(fd, 0, SEEK_CUR);
    if ((fcntl(fd, F_GETFL) & O_APPEND) && fstat(fd, &now) == 0) offset = now.st_size;
    if (offset >= 0) record_write(fd, bytes, count, offset);
    done = REAL(write)(fd, bytes, count);
    pthread_mutex_unlock(&turn);
    return done;
}

int ftruncate(int fd, off_t size) {
    struct stat now;
    int done;
    if (!watched(fd)) return REAL(ftruncate)(fd, size);
    pthread_mutex_lock(&turn);
    strike();
    if (fstat(fd, &now) == 0) {
        off_t lost = now.st_size > size ? now.st_size - size : 0;
        char *old = malloc(lost ? lost : 1);
        ssize_t had = lost ? REAL(pread)(fd, old, lost, size) : 0;
        record('T', now.st_dev, now.st_ino, size, now.st_size, old, had < 0 ? 0 : had, NULL, 0);
        free(old);
    }
    done = REAL(ftruncate)(fd, size);
    pthread_mutex_unlock(&turn);
    return done;
}
int ftruncate64(int fd, off_t size) { return ftruncate(fd, size); }

static int synced(int fd, int done) {
    struct stat now;
    if (done == 0 && fstat(fd, &now) == 0) record('S', now.st_dev, now.st_ino, 0, 0, NULL, 0, NULL, 0);
    return done;
}

/* Nothing is really synced: that the kernel lives on is the point, and a thousand runs take a tenth of the time. */
int fsync(int fd) {
    int done;
    if (!watched(fd)) return REAL(fsync)(fd);
    pthread_mutex_lock(&turn);
    strike();
    done = synced(fd, 0);
    pthread_mutex_unlock(&turn);
    return done;
}
int fdatasync(int fd) { return fsync(fd); }

static int rename_any(int a, const char *from, int b, const char *to) {
    char one[PATH_MAX], two[PATH_MAX], kept[PATH_MAX + 32];
    int done;
    static long number;
    pthread_mutex_lock(&turn);
    if (below(a, from, one) && below(b, to, two)) {
        strike();
        if (access(two, F_OK) == 0) {
            snprintf(kept, sizeof kept, "%s.%d.%ld", graves, getpid(), ++number);
            if (link(two, kept) == 0) record_in_folder('U', two, two, kept);
        }
        record_in_folder('R', two, one, two);
    }
    done = REAL(renameat)(a, from, b, to);
    pthread_mutex_unlock(&turn);
    return done;
}
int rename(const char *from, const char *to) { return rename_any(AT_FDCWD, from, AT_FDCWD, to); }
int renameat(int a, const char *from, int b, const char *to) { return rename_any(a, from, b, to); }

static int unlink_any(int folder, const char *path, int flags) {
    char whole[PATH_MAX], kept[PATH_MAX + 32];
    int done;
    static long number;
    pthread_mutex_lock(&turn);
    if (!(flags & AT_REMOVEDIR) && below(folder, path, whole)) {
        strike();
        snprintf(kept, sizeof kept, "%s.u%d.%ld", graves, getpid(), ++number);
        if (link(whole, kept) == 0) record_in_folder('U', whole, whole, kept);
    }
    done = REAL(unlinkat)(folder, path, flags);
    pthread_mutex_unlock(&turn);
    return done;
}
int unlink(const char *path) { return unlink_any(AT_FDCWD, path, 0); }
int unlinkat(int folder, const char *path, int flags) { return unlink_any(folder, path, flags); }
