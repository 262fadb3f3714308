#include "binding/layout.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "binding/env_data.h"
#include "port/tx_request.h"

namespace pmd::binding {

namespace {

using CallBlock = EnvData::CallBlock;
struct Number {
  const char* name;
  double value;
};

napi_value table(Js js, std::span<const Number> numbers) {
  std::vector<Property> properties;
  for (const auto& [name, value] : numbers) properties.push_back({name, js.number(value)});
  return js.object(properties);
}

/// Words from the beginning of a structure, of as many bytes as the member has.
#define PMD_WORD(type, member) (offsetof(type, member) / sizeof(type::member))

constexpr Number kCallBlock[] = {
    {"burst", PMD_WORD(CallBlock, burst)},     {"count", PMD_WORD(CallBlock, count)},
    {"result", PMD_WORD(CallBlock, result)},   {"entry", PMD_WORD(CallBlock, entry)},
    {"reading", PMD_WORD(CallBlock, reading)}, {"rx", PMD_WORD(CallBlock, rx)},
    {"tx", PMD_WORD(CallBlock, tx)},           {"sent", PMD_WORD(CallBlock, sent)},
    {"program", PMD_WORD(CallBlock, program)},
};

using DealBlock = EnvData::DealBlock;
constexpr Number kDealBlock[] = {
    {"by", PMD_WORD(DealBlock, by)},
    {"lanes", PMD_WORD(DealBlock, lanes)},
    {"lane", offsetof(DealBlock, lane) / sizeof(uint32_t)},
    {"laneWords", sizeof(DealBlock::Lane) / sizeof(uint32_t)},
    {"laneTx", PMD_WORD(DealBlock::Lane, tx)},
    {"laneBurst", PMD_WORD(DealBlock::Lane, burst)},
    {"laneDropped", PMD_WORD(DealBlock::Lane, dropped)},
    {"targets", offsetof(DealBlock, targets) / sizeof(uint32_t)},
};

constexpr Number kHeader[] = {
    {"count", PMD_WORD(Burst::Header, count)},
    {"chains", PMD_WORD(Burst::Header, chains)},
    {"timestamp", PMD_WORD(Burst::Header, timestamp_ns)},
    {"capacity", PMD_WORD(Burst::Header, capacity)},
    {"stride", PMD_WORD(Burst::Header, stride)},
    {"frames", PMD_WORD(Burst::Header, frames)},
    {"columns", offsetof(Burst::Header, columns) / sizeof(uint32_t)},
};

#undef PMD_WORD

constexpr Number kRxFlags[] = {
    {"vlan", rx_flag::kVlan},
    {"ipChecksumGood", rx_flag::kIpGood},
    {"ipChecksumBad", rx_flag::kIpBad},
    {"l4ChecksumGood", rx_flag::kL4Good},
    {"l4ChecksumBad", rx_flag::kL4Bad},
    {"loopback", rx_flag::kLoopback},
    {"more", rx_flag::kMore},
    {"ipv4", rx_flag::kIpv4},
    {"ipv6", rx_flag::kIpv6},
    {"tcp", rx_flag::kTcp},
    {"udp", rx_flag::kUdp},
    {"sctp", rx_flag::kSctp},
};

constexpr Number kTxRequests[] = {
    {"vlan", tx_request::kVlan},
    {"ipChecksum", tx_request::kIpChecksum},
    {"l4Checksum", tx_request::kL4Checksum},
};

constexpr Number kRefusals[] = {
    {"closed", refuse(Refusal::kClosed)},
    {"removed", refuse(Refusal::kRemoved)},
    {"poolMismatch", refuse(Refusal::kPoolMismatch)},
    {"notOwner", refuse(Refusal::kNotOwner)},
    {"frameLength", refuse(Refusal::kFrameLength)},
    {"request", refuse(Refusal::kRequest)},
    {"insideFrame", refuse(Refusal::kInsideFrame)},
};

constexpr Number kLimits[] = {
    {"burst", Burst::kMaxCapacity},
    {"minBuffers", PacketPool::kMinBuffers},
    {"maxBuffers", PacketPool::kMaxBuffers},
    {"headroom", kHeadroom},
    {"lanes", Dealer::kMaxLanes},
};

/// The optional columns, as bits.
napi_value columns(Js js) {
  std::vector<Property> bits;
  for (size_t i = 0; i < kColumns.size(); ++i)
    if (kColumns[i].optional) bits.push_back({kColumns[i].name, js.number(1u << i)});
  return js.object(bits);
}

/// Bytes of an element of each column, in the order in which a burst's header has their addresses.
napi_value column_bytes(Js js) {
  std::vector<Property> sizes;
  for (const ColumnSpec& column : kColumns) sizes.push_back({column.name, js.number(column.element)});
  return js.object(sizes);
}

/// The columns of parsed headers: name, and bytes of one element.
napi_value header_columns(Js js) {
  std::vector<Property> sizes;
  for (const HeaderColumnSpec& column : kHeaderColumns)
    sizes.push_back({column.name, js.number(column.bytes)});
  return js.object(sizes);
}

napi_value data_rooms(Js js) {
  std::vector<napi_value> rooms;
  for (const uint32_t room : kDataRooms) rooms.push_back(js.number(room));
  return js.array(rooms);
}

/// By data room.
napi_value strides(Js js) {
  std::vector<std::string> rooms;
  for (const uint32_t room : kDataRooms) rooms.push_back(std::to_string(room));
  std::vector<Property> numbers;
  for (size_t i = 0; i < kDataRooms.size(); ++i)
    numbers.push_back({rooms[i].c_str(), js.number(stride_of(kDataRooms[i]))});
  return js.object(numbers);
}

}  // namespace

napi_value layout(Call& call) {
  const Js js = call.js;
  return js.object({{"callBlock", table(js, kCallBlock)},
                    {"dealBlock", table(js, kDealBlock)},
                    {"header", table(js, kHeader)},
                    {"columns", columns(js)},
                    {"columnBytes", column_bytes(js)},
                    {"headerColumns", header_columns(js)},
                    {"rxFlags", table(js, kRxFlags)},
                    {"txRequests", table(js, kTxRequests)},
                    {"refusals", table(js, kRefusals)},
                    {"limits", table(js, kLimits)},
                    {"dataRooms", data_rooms(js)},
                    {"strides", strides(js)}});
}

}  // namespace pmd::binding
