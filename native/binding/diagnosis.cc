#include "binding/diagnosis.h"

#include <vector>

#include "binding/async_op.h"
#include "open/diagnose.h"
#include "open/drivers.h"

namespace pmd::binding {

namespace {

using pci::Command;
using pci::Finding;
using pci::Step;

napi_value to_js(Js js, const Command& command) {
  if (command.program.empty())
    return js.object({{"path", js.text(command.path)}, {"text", js.text(command.text)}});
  std::vector<napi_value> words;
  for (const std::string& word : command.program) words.push_back(js.text(word));
  return js.object({{"program", js.array(words)}});
}

napi_value to_js(Js js, const Step& step) {
  std::vector<napi_value> commands;
  for (const Command& command : step.commands) commands.push_back(to_js(js, command));
  return js.object({{"text", js.text(step.text)}, {"commands", js.array(commands)}});
}

napi_value to_js(Js js, const Finding& finding) {
  std::vector<napi_value> steps;
  for (const Step& step : finding.steps) steps.push_back(to_js(js, step));
  return js.object({{"code", js.text(error_name(finding.code))},
                    {"id", js.text(finding.id)},
                    {"subject", js.text(finding.subject)},
                    {"evidence", js.text(finding.evidence)},
                    {"why", js.text(finding.why)},
                    {"steps", js.array(steps)}});
}

}  // namespace

napi_value diagnose(Call& call) {
  const auto address = pci::PciAddress::parse(call.arguments.text(0, "address"));
  const std::string top = call.arguments.text(1, "root");
  const pci::SysfsRoot root{.sys = top + "/sys", .dev = top + "/dev", .proc = top + "/proc"};
  const auto bytes = static_cast<uint64_t>(call.arguments.integer(2, "bytes"));
  AsyncOp<std::vector<Finding>>::start(
      call.js, "pmd:diagnose", Completion(call.env, call.arguments.function(3, "done")),
      [address, root, bytes] { return pmd::diagnose(address, root, bytes); },
      [](Js js, std::vector<Finding>& findings) {
        std::vector<napi_value> list;
        for (const Finding& finding : findings) list.push_back(to_js(js, finding));
        return js.array(list);
      });
  return call.js.undefined();
}

napi_value supported_devices(Call& call) {
  std::vector<napi_value> ids;
  for (const PciId id : supported_ids()) ids.push_back(call.js.text(to_string(id)));
  return call.js.array(ids);
}

}  // namespace pmd::binding
