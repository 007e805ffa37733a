// Standard error is /dev/null while the linked libraries initialise themselves. libmongoc writes a warning there, before
// `main` can set a handler, where its counters cannot be made in /dev/shm: a process that was killed left a file of the
// same process id, or there is no /dev/shm. With a standard error that is a full pipe, that would never end.
#ifdef __linux__

#include <fcntl.h>
#include <unistd.h>

static int standard_error = -1;

static void set_aside(void) {
    const int kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1); // fails where it is closed
    if (kept < 0) return;
    const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null < 0 || dup2(null, STDERR_FILENO) < 0) {
        close(kept);
        return;
    }
    close(null);
    standard_error = kept;
}

__attribute__((constructor)) static void restore(void) {
    if (standard_error < 0) return;
    dup2(standard_error, STDERR_FILENO);
    close(standard_error);
}

// Runs before the initialisers of all shared libraries, as `restore` does after them.
__attribute__((section(".preinit_array"), used)) static void (*const before_libraries)(void) = set_aside;

#endif
