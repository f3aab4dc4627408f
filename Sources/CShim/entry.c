// Where the kernel enters the shipped executable (Makefile: -e sw_entry), before libc and the Swift runtime have started.
//
// A command that enters a container runs from a sealed executable (Runtime/ExecutableSeal.swift): it executes itself
// again, first thing. Done here, the first start costs eight system calls; libc alone would cost several times that, as
// each CPUID instruction by which it looks for vector units is emulated on a virtual machine. Whatever goes wrong here is
// left to ExecutableSeal, which does the same, has another way to do it, and can say what failed. `create`, `run`, `exec`
// and `restore` are looked for among all arguments: where one of them is not the command, the seal does no harm.
//
// Nothing of libc may be called: neither its functions nor the stack protector work yet.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

enum { PATH_SIZE = 4096, MAX_ENVIRONMENT = 2048 };

#if defined(__x86_64__)
__asm__(".section .text.sw_entry,\"ax\",@progbits\n.globl sw_entry\n.type sw_entry,@function\nsw_entry:\n"
        "mov %rsp,%rdi\nmov %rdx,%rbx\ncall sw_seal\nmov %rbx,%rdx\njmp _start\n.previous\n");
static inline long call(long number, long a, long b, long c, long d, long e) {
  register long r10 __asm__("r10") = d, r8 __asm__("r8") = e;
  __asm__ volatile("syscall" : "+a"(number) : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
  return number;
}
#elif defined(__aarch64__)
__asm__(".section .text.sw_entry,\"ax\",@progbits\n.globl sw_entry\n.type sw_entry,@function\nsw_entry:\n"
        "mov x19,x0\nmov x0,sp\nbl sw_seal\nmov x0,x19\nb _start\n.previous\n");
static inline long call(long number, long a, long b, long c, long d, long e) {
  register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c,
                x3 __asm__("x3") = d, x4 __asm__("x4") = e;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
  return x0;
}
#endif

#if defined(__x86_64__) || defined(__aarch64__)
#define CALL(number, a, b, c, d, e) call(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e))
#define EARLY __attribute__((no_stack_protector, no_builtin, used))

EARLY static int is(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

EARLY static int is_same_file(int file) {
  struct statx own, copy;
  if (CALL(SYS_statx, AT_FDCWD, "/proc/self/exe", 0, STATX_INO, &own) < 0) return 0;
  if (CALL(SYS_statx, file, "", AT_EMPTY_PATH, STATX_INO, &copy) < 0) return 0;
  return own.stx_ino == copy.stx_ino && own.stx_dev_major == copy.stx_dev_major && own.stx_dev_minor == copy.stx_dev_minor;
}

// As ExecutableSeal.readOnlyCopy. Returns only where it did not work, with all descriptors closed.
EARLY static void execute_sealed(char **arguments, char **environment) {
  char path[PATH_SIZE];
  long size = CALL(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", path, PATH_SIZE, 0), slash;
  if (size <= 0 || size == PATH_SIZE) return;
  path[size] = 0;
  for (slash = size - 1; slash > 0 && path[slash] != '/'; slash--) {}
  path[slash] = 0;
  long tree = CALL(SYS_open_tree, AT_FDCWD, slash ? path : "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC, 0, 0);
  if (tree < 0) return;
  struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV};
  if (CALL(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes) >= 0) {
    struct open_how how = {.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC, .resolve = RESOLVE_BENEATH};
    long file = CALL(SYS_openat2, tree, path + slash + 1, &how, sizeof how, 0);
    if (file >= 0) {
      if (is_same_file((int)file)) CALL(SYS_execveat, file, "", arguments, environment, AT_EMPTY_PATH);
      CALL(SYS_close, file, 0, 0, 0, 0);
    }
  }
  CALL(SYS_close, tree, 0, 0, 0, 0);
}

EARLY void sw_seal(uintptr_t *stack) {
  static char mark[] = "_SWIFTLET_SEALED=1";
  char **arguments = (char **)(stack + 1), **environment = arguments + stack[0] + 1, *marked[MAX_ENVIRONMENT + 2];
  int enters = 0;
  size_t count = 0;
  for (char **a = arguments; *a; a++) enters |= is(*a, "create") | is(*a, "run") | is(*a, "exec") | is(*a, "restore");
  if (!enters) return;
  for (; environment[count]; count++) {
    if (count == MAX_ENVIRONMENT || is(environment[count], mark)) return;
    marked[count] = environment[count];
  }
  marked[count] = mark;
  marked[count + 1] = NULL;
  execute_sealed(arguments, marked);
}
#endif
