#pragma once

#include <string>
#include <string_view>

namespace pmd::pcap {

/// `pcap:[FILE][,out=FILE][,loop][,original-time]`, taken apart.
struct Address {
  std::string text;
  std::string in;              ///< what is received; empty: nothing
  std::string out;             ///< where to what is sent goes; empty: nowhere
  bool loop = false;           ///< begins again after the last frame
  bool original_time = false;  ///< a frame comes as long after the first one as it did then
};

/// Throws Error(kAddress), with a hint that shows the right form.
Address parse_address(std::string_view text);

}  // namespace pmd::pcap
