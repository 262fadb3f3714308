// Opens VFIO's container and the node of a group, and hands both over a socket to a program that may open
// neither: they are its descriptors 3 and 4.
//
//   hand-over GROUP-NODE PROGRAM ARGUMENT…
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kFirst = 3, kCount = 2, kAside = 100 };

static void fail(const char* what) {
  perror(what);
  exit(1);
}

static int open_node(const char* path) {
  const int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) fail(path);
  return fd;
}

typedef union {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(kCount * sizeof(int))];
} Control;

static void send_descriptors(int to, const int* fds) {
  char byte = 0;
  struct iovec data = {&byte, 1};
  Control control;
  memset(&control, 0, sizeof(control));
  control.header.cmsg_len = CMSG_LEN(kCount * sizeof(int));
  control.header.cmsg_level = SOL_SOCKET;
  control.header.cmsg_type = SCM_RIGHTS;
  memcpy(CMSG_DATA(&control.header), fds, kCount * sizeof(int));
  const struct msghdr message = {
      .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
  if (sendmsg(to, &message, 0) != 1) fail("sendmsg");
}

static void receive_descriptors(int from) {
  char byte;
  struct iovec data = {&byte, 1};
  Control control;
  struct msghdr message = {
      .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
  if (recvmsg(from, &message, 0) != 1 || control.header.cmsg_type != SCM_RIGHTS) fail("recvmsg");
  int fds[kCount];
  memcpy(fds, CMSG_DATA(&control.header), sizeof(fds));
  // Out of the way first: a descriptor may have the other's number.
  for (int i = 0; i < kCount; ++i)
    if (dup2(fds[i], kAside + i) < 0) fail("dup2");
  for (int i = 0; i < kCount; ++i) {
    close(fds[i]);
    if (dup2(kAside + i, kFirst + i) < 0) fail("dup2");
    close(kAside + i);
  }
}

int main(int count, char** arguments) {
  if (count < 3) return 2;
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) fail("socketpair");
  const pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    close(ends[0]);
    const int from = fcntl(ends[1], F_DUPFD_CLOEXEC, 2 * kAside);
    close(ends[1]);
    receive_descriptors(from);
    execvp(arguments[2], arguments + 2);
    fail(arguments[2]);
  }
  close(ends[1]);
  const int fds[kCount] = {open_node("/dev/vfio/vfio"), open_node(arguments[1])};
  send_descriptors(ends[0], fds);
  for (int i = 0; i < kCount; ++i) close(fds[i]);
  int status;
  if (waitpid(child, &status, 0) != child) fail("waitpid");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
