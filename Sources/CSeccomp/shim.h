#include <seccomp.h>
#include <stdint.h>
#include <stdlib.h>

// The kernel's own numbers of the calls that an architecture also has behind socketcall(2) or ipc(2), by what those take
// as their first argument: 1 to 20 for socketcall, 101 to 124 for ipc; -1 for what has no number of its own.
// libseccomp answers for such names with a placeholder, -100 or -200 minus that argument, and has no call that gives
// the numbers; `base` is the lowest number of the architecture.
static inline void seccomp_own_numbers(uint32_t architecture, int base, int numbers[128]) {
  for (int index = 0; index < 128; index++) numbers[index] = -1;
  for (int number = 100; number < 460; number++) {
    char *name = seccomp_syscall_resolve_num_arch(architecture, number);
    if (!name) continue;
    int placeholder = seccomp_syscall_resolve_name_arch(architecture, name);
    if (placeholder <= -101 && placeholder >= -224) numbers[-placeholder - 100] = base + number;
    free(name);
  }
}
