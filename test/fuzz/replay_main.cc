// Runs a target over files and directories of inputs: for compilers without libFuzzer, and for every test
// run.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "input.h"

namespace {

std::vector<std::filesystem::path> inputs_in(const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path)) return {path};
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(path)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  size_t count = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& file : inputs_in(argv[i])) {
      std::ifstream stream(file, std::ios::binary);
      if (!stream) {
        std::fprintf(stderr, "cannot read %s\n", file.c_str());
        return 1;
      }
      const std::vector<char> bytes((std::istreambuf_iterator<char>(stream)), {});
      // A copy of exactly its size, so that a read beyond its end is seen.
      const std::vector<uint8_t> exact(bytes.begin(), bytes.end());
      std::fprintf(stderr, "%s\n", file.c_str());  // the last line names the input that ended the program
      LLVMFuzzerTestOneInput(exact.data(), exact.size());
      ++count;
    }
  }
  if (count == 0) {
    std::fprintf(stderr, "no inputs\n");
    return 1;
  }
  std::printf("%zu inputs\n1 passed, 0 failed\n", count);
  return 0;
}
