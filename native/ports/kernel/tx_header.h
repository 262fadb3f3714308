#pragma once

#include "port/tx_gatherer.h"
#include "ports/kernel/vnet_header.h"

namespace pmd::kernel {

/// What the kernel has to do on a frame that is to be sent: nothing, or to cut it into segments.
VnetHeader header_for(const TxGatherer::Frame& frame) noexcept;

}  // namespace pmd::kernel
