#include <errno.h>

// Returns what a call returned, or -errno.
#define RESULT(call)                 \
  do {                               \
    __typeof__(call) r_ = (call);    \
    return r_ < 0 ? -errno : r_;     \
  } while (0)
