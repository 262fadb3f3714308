#include "programs/libpcap.h"

#include <dlfcn.h>

#include <memory>
#include <mutex>

namespace pmd {

namespace {

// As libpcap's headers have it, which are not needed to build.
constexpr int kEthernet = 1;  // DLT_EN10MB
constexpr int kSnapLength = 262'144;
constexpr int kOptimize = 1;
constexpr uint32_t kNetmaskUnknown = 0xFFFFFFFF;

struct Handle;
struct CompiledProgram {
  unsigned count = 0;
  bpf::Instruction* instructions = nullptr;
};

/// The library, or why it is not there.
class Libpcap {
 public:
  static const Libpcap& instance() {
    static const Libpcap library;
    return library;
  }

  const std::string& missing() const noexcept { return missing_; }

  Handle* (*open_dead)(int link_type, int snap_length) = nullptr;
  void (*close)(Handle*) = nullptr;
  int (*compile)(Handle*, CompiledProgram*, const char* expression, int optimize, uint32_t netmask) = nullptr;
  void (*free_code)(CompiledProgram*) = nullptr;
  char* (*error_of)(Handle*) = nullptr;

 private:
  Libpcap() {
    void* library = nullptr;
    // The name that upstream gives it, and Debian's.
    for (const char* const name : {"libpcap.so.1", "libpcap.so.0.8"}) {
      if (library == nullptr) library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
      if (library == nullptr && missing_.empty()) missing_ = dlerror();
    }
    if (library == nullptr) return;
    missing_.clear();
    find(library, "pcap_open_dead", open_dead);
    find(library, "pcap_close", close);
    find(library, "pcap_compile", compile);
    find(library, "pcap_freecode", free_code);
    find(library, "pcap_geterr", error_of);
  }

  template <typename Function>
  void find(void* library, const char* name, Function& function) {
    function = reinterpret_cast<Function>(dlsym(library, name));
    if (function == nullptr) missing_ = std::string("it has no ") + name;
  }

  std::string missing_;
};

}  // namespace

Compilation compile_filter(const std::string& expression) {
  static std::mutex one_at_a_time;  // before 1.8, the compiler had one state for the process
  const std::lock_guard lock(one_at_a_time);
  const Libpcap& pcap = Libpcap::instance();
  if (!pcap.missing().empty()) return {.missing = pcap.missing()};
  const std::unique_ptr<Handle, void (*)(Handle*)> handle(pcap.open_dead(kEthernet, kSnapLength), pcap.close);
  if (handle == nullptr) return {.refused = "there is no memory to compile it"};
  CompiledProgram program;
  if (pcap.compile(handle.get(), &program, expression.c_str(), kOptimize, kNetmaskUnknown) != 0)
    return {.refused = pcap.error_of(handle.get())};
  const std::unique_ptr<CompiledProgram, void (*)(CompiledProgram*)> owner(&program, pcap.free_code);
  return {.instructions = {program.instructions, program.instructions + program.count}};
}

}  // namespace pmd
