#define _GNU_SOURCE
#include "shim.h"
#include <sys/xattr.h>
#include "result.h"

int sw_setxattr(const char *path, const char *name, const void *value, size_t size) {
  RESULT(setxattr(path, name, value, size, 0));
}
