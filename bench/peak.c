// peak FILE COMMAND...: runs COMMAND and writes to FILE the largest resident set, in KiB, of any one process among
// COMMAND and the descendants that were waited for, as the kernel's ru_maxrss has it. Not a sum. It is a small
// static program because the memory of whatever calls execve counts until then. Build: cc -O2 -static
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  pid_t pid = fork();
  if (pid == 0) {
    execvp(argv[2], argv + 2);
    _exit(127);
  }
  int status;
  struct rusage usage;
  if (pid < 0 || waitpid(pid, &status, 0) < 0 || getrusage(RUSAGE_CHILDREN, &usage)) return 2;
  FILE *file = fopen(argv[1], "w");
  if (!file || fprintf(file, "%ld\n", usage.ru_maxrss) < 0 || fclose(file)) return 2;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
