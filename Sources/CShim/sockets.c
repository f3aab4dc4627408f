#define _GNU_SOURCE
#include "shim.h"
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/nsfs.h>
#include <net/if.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>
#include "result.h"

int sw_socketpair(int type, int descriptors[2]) {
  RESULT(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, descriptors));
}
int sw_socket(int domain, int type, int protocol) { RESULT(socket(domain, type | SOCK_CLOEXEC, protocol)); }
static int unix_address(struct sockaddr_un *address, const char *path) {
  size_t size = strlen(path);
  // An empty name would be an abstract address, which anybody in the network namespace can listen on.
  if (!size) return -ENOENT;
  if (size >= sizeof address->sun_path) return -ENAMETOOLONG;
  *address = (struct sockaddr_un){.sun_family = AF_UNIX};
  memcpy(address->sun_path, path, size + 1);
  return 0;
}
int sw_bind_unix(int fd, const char *path) {
  struct sockaddr_un address;
  int error = unix_address(&address, path);
  if (error) return error;
  RESULT(bind(fd, (struct sockaddr *)&address, sizeof address));
}
int sw_connect_unix(int fd, const char *path) {
  struct sockaddr_un address;
  int error = unix_address(&address, path);
  if (error) return error;
  RESULT(connect(fd, (struct sockaddr *)&address, sizeof address));
}
int sw_connect_abstract(int fd, const char *name, size_t size) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (size >= sizeof address.sun_path) return -ENAMETOOLONG;
  memcpy(address.sun_path + 1, name, size);
  RESULT(connect(fd, (struct sockaddr *)&address, offsetof(struct sockaddr_un, sun_path) + 1 + size));
}
int sw_listen(int fd, int backlog) { RESULT(listen(fd, backlog)); }
int sw_bind_netlink(int fd) {
  struct sockaddr_nl address = {.nl_family = AF_NETLINK};
  RESULT(bind(fd, (struct sockaddr *)&address, sizeof address));
}
int sw_set_receive_timeout(int fd, int64_t milliseconds) {
  struct timeval limit = {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
  RESULT(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
}
int sw_shutdown(int fd, int how) { RESULT(shutdown(fd, how)); }

enum { MAX_DESCRIPTORS = 16 };

long sw_send_descriptors(int fd, const void *bytes, size_t size, const int *descriptors, size_t count, int flags) {
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int) * MAX_DESCRIPTORS)];
  } control = {0};
  struct iovec data = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = size};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
  if (count > MAX_DESCRIPTORS) return -EINVAL;
  if (count) {
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(sizeof(int) * count);
    memcpy(CMSG_DATA(&control.header), descriptors, sizeof(int) * count);
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
  }
  RESULT(sendmsg(fd, &message, flags | MSG_NOSIGNAL));
}

long sw_receive_descriptors(int fd, void *buffer, size_t size, int *descriptors, size_t *count, int flags) {
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int) * MAX_DESCRIPTORS)];
  } control = {0};
  struct iovec data = {.iov_base = buffer, .iov_len = size};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control,
                           .msg_controllen = sizeof control};
  size_t limit = *count, found = 0;
  int surplus = 0;
  *count = 0;
  long received = recvmsg(fd, &message, flags | MSG_CMSG_CLOEXEC);
  if (received < 0) return -errno;
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    size_t here = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < here; i++) {
      int one;
      memcpy(&one, CMSG_DATA(c) + i * sizeof one, sizeof one);
      if (found < limit) {
        descriptors[found++] = one;
      } else {
        close(one);
        surplus = 1;
      }
    }
  }
  if (surplus || (message.msg_flags & (MSG_CTRUNC | MSG_TRUNC))) {
    while (found) close(descriptors[--found]);
    return -EMSGSIZE;
  }
  *count = found;
  return received;
}

int sw_set_controlling_terminal(int fd) { RESULT(ioctl(fd, TIOCSCTTY, 0)); }
int sw_get_window_size(int fd, uint16_t rows_columns[2]) {
  struct winsize size;
  if (ioctl(fd, TIOCGWINSZ, &size)) return -errno;
  rows_columns[0] = size.ws_row;
  rows_columns[1] = size.ws_col;
  return 0;
}
int sw_set_window_size(int fd, uint16_t rows, uint16_t columns) {
  struct winsize size = {.ws_row = rows, .ws_col = columns};
  RESULT(ioctl(fd, TIOCSWINSZ, &size));
}
int sw_unlock_pty(int master) {
  int locked = 0;
  RESULT(ioctl(master, TIOCSPTLCK, &locked));
}
int sw_get_pty_number(int master, unsigned *number) { RESULT(ioctl(master, TIOCGPTN, number)); }
int sw_open_pty_peer(int master, int flags) { RESULT(ioctl(master, TIOCGPTPEER, flags)); }
int sw_make_terminal_raw(int fd, void *saved, size_t size) {
  struct termios mode;
  if (size < sizeof mode) return -EINVAL;
  if (tcgetattr(fd, &mode)) return -errno;
  memcpy(saved, &mode, sizeof mode);
  cfmakeraw(&mode);
  RESULT(tcsetattr(fd, TCSANOW, &mode));
}
int sw_restore_terminal(int fd, const void *saved, size_t size) {
  struct termios mode;
  if (size < sizeof mode) return -EINVAL;
  memcpy(&mode, saved, sizeof mode);
  RESULT(tcsetattr(fd, TCSANOW, &mode));
}
int sw_disable_onlcr(int fd) {
  struct termios mode;
  if (tcgetattr(fd, &mode)) return -errno;
  mode.c_oflag &= ~(tcflag_t)ONLCR;
  RESULT(tcsetattr(fd, TCSANOW, &mode));
}

int sw_namespace_type(int fd) { RESULT(ioctl(fd, NS_GET_NSTYPE)); }
int sw_namespace_parent(int fd) { RESULT(ioctl(fd, NS_GET_PARENT)); }
int sw_namespace_owner_userns(int fd) { RESULT(ioctl(fd, NS_GET_USERNS)); }
int sw_interface_up(int fd, const char *name) {
  struct ifreq request = {0};
  if (strlen(name) >= sizeof request.ifr_name) return -ENAMETOOLONG;
  strcpy(request.ifr_name, name);
  request.ifr_flags = IFF_UP;
  RESULT(ioctl(fd, SIOCSIFFLAGS, &request));
}
