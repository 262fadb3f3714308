#include "ports/pcap/fault.h"

#include <cerrno>

namespace pmd::pcap {

namespace {

using Kind = Fault::Kind;

struct Words {
  std::string found;
  std::string hint;
};

std::string number(uint64_t value) {
  return std::to_string(value);
}

/// What was found, and what to do, for a fault in the file's contents.
Words words_for(const Fault& fault) {
  const std::string found = number(fault.found), expected = number(fault.expected);
  switch (fault.kind) {
    case Kind::kTruncated:
      return {"the file breaks off", "the frames before are whole; `editcap FILE NEW` saves them"};
    case Kind::kFormat:
      return {"no magic number of a capture file", "pass a file in pcap or pcapng format"};
    case Kind::kPacked:
      return {"a compressed file", "unpack it first: gunzip, zstd -d or lz4 -d"};
    case Kind::kVersion:
      return {"version " + number(fault.found >> 16) + '.' + number(fault.found & 0xFFFF) + " of the format",
              "convert the file with editcap"};
    case Kind::kByteOrder:
      return {"no byte order of a section", "the file is damaged"};
    case Kind::kLinkType:
      return {"frames of link type " + found + ", not Ethernet (1)",
              "pass a capture of an Ethernet interface"};
    case Kind::kLength:
      return {"a length of " + found + ", which is more than " + expected, "the file is damaged"};
    case Kind::kBlock:
      return {"a block of " + found + " bytes, not a multiple of 4 from " + expected + " on",
              "the file is damaged"};
    case Kind::kTrailer:
      return {"the length " + found + " at the end of a block of " + expected, "the file is damaged"};
    case Kind::kOption:
      return {"option " + found + ", of a wrong length", "the file is damaged"};
    case Kind::kInterface:
      return {"a frame of interface " + found + ", and " + expected + " were described",
              "the file is damaged"};
    case Kind::kInterfaces:
      return {"more than " + expected + " interfaces", "mergecap -I all makes one of those that are alike"};
    default:
      return {"something else", "please report it"};
  }
}

Error write_error(const std::string& file, const Fault& fault) {
  const int err = static_cast<int>(fault.found);
  const bool is_full = err == ENOSPC || err == EDQUOT || err == EFBIG;
  return Error(ErrorCode::kCaptureFile,
               file + ": cannot be written: " + errno_text(err) + "; its first " + number(fault.offset) +
                   " bytes are whole",
               is_full ? "make room, or write to another disk" : "see what the system says of the disk")
      .from("write", err);
}

}  // namespace

Error error_of(const std::string& file, const Fault& fault) {
  if (fault.kind == Kind::kWrite) return write_error(file, fault);
  if (fault.kind == Kind::kRead) {
    const int err = static_cast<int>(fault.found);
    return Error(ErrorCode::kCaptureFile, file + ": cannot be read: " + errno_text(err),
                 "see what the system says of the disk")
        .from("pread", err);
  }
  const Words words = words_for(fault);
  return Error(ErrorCode::kCaptureFile, file + ": byte " + number(fault.offset) + ": found " + words.found,
               words.hint);
}

}  // namespace pmd::pcap
