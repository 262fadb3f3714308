#pragma once

#include <string>
#include <vector>

#include "util/error.h"

namespace pmd::pci {

/// One thing to run as root: text to write to a file of the kernel's, or a program with its arguments. It is
/// data, so that nobody needs a shell to run it.
struct Command {
  std::string path;
  std::string text;
  std::vector<std::string> program;  ///< empty: write
};

Command write_to(std::string path, std::string text);
Command run(std::vector<std::string> program);
/// As a person types it: "echo 2 | sudo tee /sys/…", "sudo modprobe vfio-pci".
std::string to_shell(const Command& command);

/// One step of the cure. Its commands, if any, follow the text.
struct Step {
  Step(std::string words, std::vector<Command> what = {})
      : text(std::move(words)), commands(std::move(what)) {}
  Step(const char* words) : text(words) {}

  std::string text;
  std::vector<Command> commands;
};

/// A step in one line: its text, and its commands for a shell.
std::string to_string(const Step& step);

/// Something that keeps a device from being used, as data: errors and commands render it.
struct Finding {
  ErrorCode code;
  std::string id;           ///< stable, such as "not-bound"
  std::string subject;      ///< the device: its PCI address
  std::string evidence;     ///< what was seen, in one sentence
  std::string why;          ///< why that matters, in one sentence
  std::vector<Step> steps;  ///< what to do about it, in order
};

/// The error that an attempt to open the device ends with.
Error to_error(const Finding& finding);

}  // namespace pmd::pci
