#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace pmd {

// The one list of error codes: name, and what it means in one line. JavaScript sees the names as
// `PmdError.code`.
#define PMD_ERROR_CODES(X)                                                                                 \
  X(kInvalidArgument, "ERR_PMD_INVALID_ARGUMENT", "An argument has the wrong type or is out of range")     \
  X(kAddress, "ERR_PMD_ADDRESS", "The address is malformed or no scheme accepts it")                       \
  X(kNoDevice, "ERR_PMD_NO_DEVICE", "No such PCI device, or it is not there any more")                     \
  X(kUnsupportedDevice, "ERR_PMD_UNSUPPORTED_DEVICE", "No driver knows the device")                        \
  X(kNotBound, "ERR_PMD_NOT_BOUND", "The device is not bound to vfio-pci")                                 \
  X(kGroupNotViable, "ERR_PMD_GROUP_NOT_VIABLE", "Another device of the IOMMU group has a kernel driver")  \
  X(kNoIommu, "ERR_PMD_NO_IOMMU", "There is no IOMMU, or not one that isolates; no-IOMMU mode is refused") \
  X(kAccess, "ERR_PMD_ACCESS", "The process may not open the device")                                      \
  X(kBusy, "ERR_PMD_BUSY", "The device or queue is in use")                                                \
  X(kMemlock, "ERR_PMD_MEMLOCK", "The locked-memory limit is too small to map the memory for the device")  \
  X(kNoMemory, "ERR_PMD_NO_MEMORY", "Packet memory could not be reserved")                                 \
  X(kThreads, "ERR_PMD_THREADS", "The system grants the process no further thread")                        \
  X(kDescriptors, "ERR_PMD_DESCRIPTORS", "The process has no file descriptor left")                        \
  X(kDma, "ERR_PMD_DMA", "Memory could not be mapped for the device")                                      \
  X(kVfio, "ERR_PMD_VFIO", "A VFIO call failed")                                                           \
  X(kPeerSilent, "ERR_PMD_PEER_SILENT", "The control peer (a PF's driver) does not answer")                \
  X(kPeerRefused, "ERR_PMD_PEER_REFUSED", "The control peer (a PF's driver) refused a request")            \
  X(kDeviceTimeout, "ERR_PMD_DEVICE_TIMEOUT", "The device did not reach the state asked for in time")      \
  X(kPoolTooSmall, "ERR_PMD_POOL_TOO_SMALL", "The pool has too few buffers for the port's rings")          \
  X(kPoolMismatch, "ERR_PMD_POOL_MISMATCH", "The burst holds frames of another pool than the port's")      \
  X(kNotOwner, "ERR_PMD_NOT_OWNER",                                                                        \
    "The buffer is not owned by this thread: released, sent or never received")                            \
  X(kFrameLength, "ERR_PMD_FRAME_LENGTH", "A frame is too short, too long or leaves its buffer")           \
  X(kClosed, "ERR_PMD_CLOSED", "The port, pool or queue is closed")                                        \
  X(kRemoved, "ERR_PMD_REMOVED", "The device was taken away")                                              \
  X(kCaptureFile, "ERR_PMD_CAPTURE_FILE",                                                                  \
    "A capture file cannot be read or written, or is not what it says it is")                              \
  X(kInternal, "ERR_PMD_INTERNAL", "Something that cannot happen did; please report it")

enum class ErrorCode : uint8_t {
#define PMD_X(id, name, summary) id,
  PMD_ERROR_CODES(PMD_X)
#undef PMD_X
};

std::string_view error_name(ErrorCode code) noexcept;
std::string_view error_summary(ErrorCode code) noexcept;

/// What control-path code throws. `hint` is the next thing to do, for the person reading it; `sys_errno` and
/// `syscall` are set when the kernel said no; `address` is the port's.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode error_code, const std::string& message, std::string hint_text = {})
      : std::runtime_error(message), code(error_code), hint(std::move(hint_text)) {}

  Error&& from(const char* call, int err) && {
    syscall = call;
    sys_errno = err;
    return std::move(*this);
  }
  Error&& at(std::string_view port_address) && {
    address = port_address;
    return std::move(*this);
  }

  ErrorCode code;
  std::string hint;
  std::string address;
  std::string syscall;
  int sys_errno = 0;
};

/// Describes an errno value as strerror does, safely from any thread.
std::string errno_text(int err);

}  // namespace pmd
