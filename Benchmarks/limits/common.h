// What every program here needs: the clock, a whole file, and an end with a reason.
#pragma once

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

__attribute__((noreturn, format(printf, 1, 2))) static inline void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

static inline double seconds_of(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

static inline double seconds_now(void) { return seconds_of(CLOCK_MONOTONIC); }

/// Processor time of this process so far.
static inline double cpu_now(void) { return seconds_of(CLOCK_PROCESS_CPUTIME_ID); }

/// What a limit prints: items, and the seconds and seconds of processor time that they took.
static inline void print_measured(size_t items, double seconds, double cpu) {
    printf("{\"items\": %zu, \"seconds\": %.6f, \"cpu\": %.6f}\n", items, seconds, cpu);
}

typedef struct {
    char *bytes;
    size_t length;
} file_contents;

static inline file_contents read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0) fail("%s cannot be read", path);
    long length = ftell(file);
    rewind(file);
    char *bytes = malloc(length > 0 ? length : 1);
    if (length < 0 || !bytes || fread(bytes, 1, length, file) != (size_t)length) fail("%s cannot be read", path);
    fclose(file);
    return (file_contents){bytes, length};
}

static inline const char *environment(const char *name) {
    const char *value = getenv(name);
    if (!value) fail("%s is not set", name);
    return value;
}

static inline size_t positive(const char *text) {
    long number = strtol(text, NULL, 10);
    if (number < 1) fail("'%s' is not a positive number", text);
    return number;
}
