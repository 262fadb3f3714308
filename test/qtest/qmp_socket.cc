#include "qtest/qmp_socket.h"

#include <poll.h>
#include <sys/socket.h>

#include <stdexcept>

#include "support/limits.h"

namespace pmd::qtest {

namespace {
const auto kPatienceMs = static_cast<int>(test::limit(std::chrono::seconds(60)).count());
}

QmpSocket::QmpSocket(UniqueFd fd) : fd_(std::move(fd)) {
  read_line();
  execute(R"({"execute":"qmp_capabilities"})");
}

void QmpSocket::execute(const std::string& command_json) {
  if (send(fd_.get(), command_json.data(), command_json.size(), MSG_NOSIGNAL) < 0)
    throw std::runtime_error("QEMU's monitor is gone");
  for (;;) {
    const std::string line = read_line();
    if (line.find("\"return\"") != std::string::npos) return;
    if (line.find("\"error\"") != std::string::npos) throw std::runtime_error("QEMU refused: " + line);
  }
}

std::string QmpSocket::read_line() {
  for (;;) {
    if (const size_t end = buffered_.find('\n'); end != std::string::npos) {
      std::string line = buffered_.substr(0, end);
      buffered_.erase(0, end + 1);
      return line;
    }
    char text[512];
    pollfd waiting{fd_.get(), POLLIN, 0};
    const ssize_t got = poll(&waiting, 1, kPatienceMs) == 1 ? recv(fd_.get(), text, sizeof(text), 0) : -1;
    if (got <= 0) throw std::runtime_error("QEMU's monitor does not answer");
    buffered_.append(text, static_cast<size_t>(got));
  }
}

}  // namespace pmd::qtest
