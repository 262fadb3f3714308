#include "ports/pcap/reader.h"

namespace pmd::pcap {

Reader::Reader(const std::string& path) : window_(open_to_read(path)) {
  Fault fault;
  decoder_ = make_decoder(window_, fault);
  if (decoder_ == nullptr) throw error_of(path, fault);
  if (decoder_->begin() == Step::kFault) throw error_of(path, decoder_->fault());
  first_ = window_.offset();
}

}  // namespace pmd::pcap
