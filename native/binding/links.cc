#include "binding/links.h"

#include <vector>

#include "binding/async_op.h"
#include "netlink/links.h"
#include "netlink/usage.h"

namespace pmd::binding {

namespace {

using netlink::InterfaceUse;
using netlink::LinkInfo;
using netlink::VfSettings;

napi_value to_js(Js js, const std::optional<bool>& setting) {
  return setting ? js.boolean(*setting) : js.null();
}

napi_value to_js(Js js, const std::optional<VfSettings::LinkState>& state) {
  constexpr const char* kNames[] = {"auto", "enable", "disable"};
  return state ? js.text(kNames[static_cast<size_t>(*state)]) : js.null();
}

napi_value to_js(Js js, const VfSettings& settings) {
  return js.object({{"index", js.number(settings.index)},
                    {"mac", js.bytes(settings.mac)},
                    {"vlan", js.number(settings.vlan)},
                    {"vlanProtocol", js.number(settings.vlan_protocol)},
                    {"vlanPriority", js.number(settings.vlan_priority)},
                    {"spoofCheck", to_js(js, settings.spoof_check)},
                    {"trust", to_js(js, settings.trust)},
                    {"linkState", to_js(js, settings.link_state)},
                    {"minRateMbps", js.number(settings.min_rate)},
                    {"maxRateMbps", js.number(settings.max_rate)}});
}

napi_value to_js(Js js, const LinkInfo& link) {
  std::vector<napi_value> functions;
  for (const VfSettings& settings : link.functions) functions.push_back(to_js(js, settings));
  return js.object({{"index", js.number(link.index)},
                    {"name", js.text(link.name)},
                    {"up", js.boolean(link.is_up)},
                    {"carrier", js.boolean(link.has_carrier)},
                    {"mtu", js.number(link.mtu)},
                    {"maxMtu", js.number(link.max_mtu)},
                    {"mac", js.bytes(link.mac)},
                    {"kind", js.text(link.kind)},
                    {"master", js.number(link.master)},
                    {"lower", js.number(link.lower)},
                    {"device", js.text(link.device)},
                    {"functions", js.array(functions)}});
}

napi_value to_js(Js js, const std::vector<LinkInfo>& links) {
  std::vector<napi_value> list;
  for (const LinkInfo& link : links) list.push_back(to_js(js, link));
  return js.array(list);
}

napi_value to_js(Js js, const std::vector<InterfaceUse>& uses) {
  std::vector<napi_value> list;
  for (const InterfaceUse& use : uses)
    list.push_back(js.object({{"index", js.number(use.index)},
                              {"isRoute", js.boolean(use.kind == InterfaceUse::Kind::kRoute)},
                              {"text", js.text(use.text)}}));
  return js.array(list);
}

}  // namespace

napi_value list_links(Call& call) {
  // The kernel answers when nobody else changes an interface, which may take a while.
  AsyncOp<std::vector<LinkInfo>>::start(
      call.js, "pmd:listLinks", Completion(call.env, call.arguments.function(0, "done")), netlink::list_links,
      [](Js js, std::vector<LinkInfo>& links) { return to_js(js, links); });
  return call.js.undefined();
}

napi_value list_uses(Call& call) {
  AsyncOp<std::vector<InterfaceUse>>::start(
      call.js, "pmd:listUses", Completion(call.env, call.arguments.function(0, "done")), netlink::list_uses,
      [](Js js, std::vector<InterfaceUse>& uses) { return to_js(js, uses); });
  return call.js.undefined();
}

}  // namespace pmd::binding
