// first-calls FUNCTIONS OUT PROGRAM ARGUMENTS...: runs a static program and appends to OUT the address of each of its
// functions that is called, once, in the order of the first calls; processes that it forks count too. FUNCTIONS has the
// addresses of all functions in ascending order, a line each, in hexadecimal. Used by startup-order; x86-64 only.
//
// Each function begins with a breakpoint, which its first call removes.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX = 200000 };
static unsigned long function[MAX];
static unsigned char first_byte[MAX];
static int count;

static int compare(const void *a, const void *b) {
  unsigned long x = *(const unsigned long *)a, y = *(const unsigned long *)b;
  return x < y ? -1 : x > y;
}

static void set_breakpoints(pid_t pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/mem", pid);
  int memory = open(path, O_RDWR);
  for (int i = 0; i < count; i++) {
    if (pread(memory, &first_byte[i], 1, (off_t)function[i]) != 1) continue;
    if (pwrite(memory, "\xcc", 1, (off_t)function[i]) != 1) perror(path);
  }
  close(memory);
}

static void remove_breakpoint(pid_t pid, FILE *out) {
  struct user_regs_struct registers;
  ptrace(PTRACE_GETREGS, pid, 0, &registers);
  unsigned long address = registers.rip - 1;
  unsigned long *found = bsearch(&address, function, (size_t)count, sizeof *function, compare);
  if (!found) return;
  fprintf(out, "%lx\n", address);
  long word = ptrace(PTRACE_PEEKTEXT, pid, address, 0);
  ptrace(PTRACE_POKETEXT, pid, address, (word & ~0xffL) | first_byte[found - function]);
  registers.rip = address;
  ptrace(PTRACE_SETREGS, pid, 0, &registers);
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  FILE *list = fopen(argv[1], "r"), *out = fopen(argv[2], "a");
  if (!list || !out) return 1;
  while (count < MAX && fscanf(list, "%lx", &function[count]) == 1) count++;
  pid_t program = fork();
  if (!program) {
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGSTOP);
    execvp(argv[3], argv + 3);
    _exit(126);
  }
  int status;
  waitpid(program, &status, 0);
  ptrace(PTRACE_SETOPTIONS, program, 0,
         PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL);
  ptrace(PTRACE_CONT, program, 0, 0);
  setlinebuf(out);
  for (;;) {
    pid_t pid = waitpid(-1, &status, __WALL);
    if (pid < 0 && errno != EINTR) break;
    if (pid < 0 || !WIFSTOPPED(status)) continue;
    int signal = WSTOPSIG(status), event = status >> 16;
    if (signal == SIGTRAP && event == PTRACE_EVENT_EXEC) {
      // A child that executes something is the container's program by then.
      if (pid != program) {
        ptrace(PTRACE_DETACH, pid, 0, 0);
        continue;
      }
      set_breakpoints(pid);
    } else if (signal == SIGTRAP && !event) {
      remove_breakpoint(pid, out);
    }
    ptrace(PTRACE_CONT, pid, 0, signal == SIGTRAP || signal == SIGSTOP ? 0 : signal);
  }
  return fclose(out) != 0;
}
