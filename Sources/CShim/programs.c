#define _GNU_SOURCE
#include "shim.h"
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "result.h"

#define BPF(command, attr) RESULT(syscall(SYS_bpf, command, &(attr), sizeof(attr)))

int sw_bpf_load(unsigned program_type, const uint64_t *instructions, unsigned count, const char *license, char *log,
                unsigned log_size) {
  union bpf_attr attr;
  memset(&attr, 0, sizeof attr);
  attr.prog_type = program_type;
  attr.insns = (uint64_t)(uintptr_t)instructions;
  attr.insn_cnt = count;
  attr.license = (uint64_t)(uintptr_t)license;
  if (log) {
    attr.log_buf = (uint64_t)(uintptr_t)log;
    attr.log_size = log_size;
    attr.log_level = 1;
  }
  BPF(BPF_PROG_LOAD, attr);
}
int sw_bpf_attach(unsigned attach_type, int cgroup, int program, unsigned flags, int replace) {
  union bpf_attr attr;
  memset(&attr, 0, sizeof attr);
  attr.attach_type = attach_type;
  attr.target_fd = (unsigned)cgroup;
  attr.attach_bpf_fd = (unsigned)program;
  attr.attach_flags = flags;
  if (replace >= 0) {
    attr.attach_flags |= BPF_F_REPLACE;
    attr.replace_bpf_fd = (unsigned)replace;
  }
  BPF(BPF_PROG_ATTACH, attr);
}
int sw_bpf_detach(unsigned attach_type, int cgroup, int program) {
  union bpf_attr attr;
  memset(&attr, 0, sizeof attr);
  attr.attach_type = attach_type;
  attr.target_fd = (unsigned)cgroup;
  attr.attach_bpf_fd = (unsigned)program;
  BPF(BPF_PROG_DETACH, attr);
}
int sw_bpf_query(unsigned attach_type, int cgroup, unsigned *ids, unsigned *count) {
  union bpf_attr attr;
  memset(&attr, 0, sizeof attr);
  attr.query.target_fd = (unsigned)cgroup;
  attr.query.attach_type = attach_type;
  attr.query.prog_ids = (uint64_t)(uintptr_t)ids;
  attr.query.prog_cnt = *count;
  if (syscall(SYS_bpf, BPF_PROG_QUERY, &attr, sizeof attr) < 0) return -errno;
  *count = attr.query.prog_cnt;
  return 0;
}
int sw_bpf_program_by_id(unsigned id) {
  union bpf_attr attr;
  memset(&attr, 0, sizeof attr);
  attr.prog_id = id;
  BPF(BPF_PROG_GET_FD_BY_ID, attr);
}

int sw_seccomp_set_filter(unsigned flags, const void *program, unsigned short count) {
  struct sock_fprog filter = {.len = count, .filter = (struct sock_filter *)(uintptr_t)program};
  RESULT(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter));
}
int sw_seccomp_action_available(unsigned action) {
  RESULT(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action));
}
