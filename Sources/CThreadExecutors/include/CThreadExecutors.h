// What Glibc's module map hides from Swift: eventfd(2), the name of a thread, mallopt(3).
#ifndef PROMO_CTHREADEXECUTORS_H
#define PROMO_CTHREADEXECUTORS_H

/// A non-blocking, close-on-exec eventfd, or -1 (errno says why).
int promo_eventfd_new(void);
/// Adds one to it. Never blocks.
void promo_eventfd_signal(int descriptor);
/// Sets it back to zero. Never blocks.
void promo_eventfd_drain(int descriptor);
/// Names the calling thread; at most 15 bytes.
void promo_thread_set_name(const char *name);
/// Bounds malloc's arenas; before further threads start.
void promo_malloc_set_arenas(int count);

// Bytes at the end of an arena that are kept when freed, and bytes above which a block is mapped by itself.
void promo_malloc_keep(int freed, int largest);

#endif
