#pragma once

#include <cstdint>
#include <string>

#include "util/error.h"

namespace pmd::pcap {

/// What is wrong with a capture file. It is plain data, so that the packet path can note it.
struct Fault {
  enum class Kind : uint8_t {
    kNone,
    kTruncated,   ///< the file ends amid a record
    kFormat,      ///< no capture file's magic number
    kPacked,      ///< a compressed file
    kVersion,     ///< of the format; `found` is major << 16 | minor
    kByteOrder,   ///< a section's magic number
    kLinkType,    ///< no Ethernet
    kLength,      ///< of a frame or block: more than `expected`
    kBlock,       ///< the length of a block: no multiple of 4, or less than `expected`
    kTrailer,     ///< the length at a block's end is not `expected`
    kOption,      ///< `found` has a wrong length
    kInterface,   ///< a frame's interface is not one of `expected`
    kInterfaces,  ///< more than `expected`
    kRead,        ///< `found` is an errno
    kWrite,       ///< the same; `offset` bytes of the file are good
  };
  Kind kind = Kind::kNone;
  uint64_t offset = 0;  ///< in the file
  uint64_t found = 0;
  uint64_t expected = 0;
};

/// The fault in words, with what to do about it.
Error error_of(const std::string& file, const Fault& fault);

}  // namespace pmd::pcap
