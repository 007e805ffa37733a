#define _GNU_SOURCE
#include "CThreadExecutors.h"

#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

int promo_eventfd_new(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void promo_eventfd_signal(int descriptor) {
    const uint64_t one = 1;
    // Fails only when the counter is full, and then it is signalled already.
    ssize_t ignored = write(descriptor, &one, sizeof one);
    (void)ignored;
}

void promo_eventfd_drain(int descriptor) {
    uint64_t count;
    ssize_t ignored = read(descriptor, &count, sizeof count);
    (void)ignored;
}

void promo_thread_set_name(const char *name) { pthread_setname_np(pthread_self(), name); }

void promo_malloc_set_arenas(int count) { mallopt(M_ARENA_MAX, count); }

void promo_malloc_keep(int freed, int largest) {
    mallopt(M_TRIM_THRESHOLD, freed);
    mallopt(M_MMAP_THRESHOLD, largest);
}
