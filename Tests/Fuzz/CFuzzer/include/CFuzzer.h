// libFuzzer as a library (compiler-rt: FuzzerInterface.h has the callback, the driver is documented with it).
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));
