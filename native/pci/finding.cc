#include "pci/finding.h"

namespace pmd::pci {

Command write_to(std::string path, std::string text) {
  return {.path = std::move(path), .text = std::move(text), .program = {}};
}

Command run(std::vector<std::string> program) {
  return {.path = {}, .text = {}, .program = std::move(program)};
}

std::string to_shell(const Command& command) {
  if (command.program.empty()) return "echo " + command.text + " | sudo tee " + command.path;
  std::string line = "sudo";
  for (const std::string& word : command.program) line += " " + word;
  return line;
}

std::string to_string(const Step& step) {
  std::string line = step.text;
  for (size_t i = 0; i < step.commands.size(); ++i)
    line += (i == 0 ? "" : " && ") + to_shell(step.commands[i]);
  return line;
}

Error to_error(const Finding& finding) {
  std::string hint;
  for (const Step& step : finding.steps) hint += (hint.empty() ? "" : "; ") + to_string(step);
  return Error(finding.code, finding.evidence, hint).at(finding.subject);
}

}  // namespace pmd::pci
