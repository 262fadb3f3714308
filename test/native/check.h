#pragma once

#include <cstdio>
#include <exception>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

// A small test harness. A test file includes this once and is a program of its own:
//
//   TEST(ring_wraps) { CHECK(a < b); CHECK_EQ(a, b); }
//
// The program runs all its tests, or those whose names contain its first argument, prints one line per
// failing check, and ends with "N passed, N failed". Exit status 1 when one failed.

namespace check {

struct Test {
  const char* name;
  void (*run)();
};

inline std::vector<Test>& tests() {
  static std::vector<Test> list;
  return list;
}

struct State {
  const char* test = "";
  bool failed = false;
};
inline State state;

struct Register {
  Register(const char* name, void (*run)()) { tests().push_back({name, run}); }
};

inline void fail(const char* file, int line, const std::string& what) {
  state.failed = true;
  std::printf("failed: %s [%s:%d: %s]\n", state.test, file, line, what.c_str());
  std::fflush(stdout);
}

template <typename T>
std::string show(const T& value) {
  if constexpr (requires(std::ostringstream out) { out << +value; }) {
    return (std::ostringstream() << +value).str();  // + shows an uint8_t as a number
  } else if constexpr (requires(std::ostringstream out) { out << value; }) {
    return (std::ostringstream() << value).str();
  } else {
    return "(a value)";
  }
}

template <typename A, typename B>
void equal(const char* file, int line, const char* text, const A& a, const B& b) {
  if (!(a == b)) fail(file, line, std::string(text) + ": " + show(a) + " != " + show(b));
}

inline void run(const Test& test) {
  state = {test.name, false};
  try {
    test.run();
  } catch (const std::exception& problem) {
    fail(test.name, 0, std::string("threw: ") + problem.what());
  }
}

inline int main(const char* filter) {
  unsigned passed = 0;
  unsigned failed = 0;
  for (const Test& test : tests()) {
    if (std::string(test.name).find(filter) == std::string::npos) continue;
    run(test);
    ++(state.failed ? failed : passed);
  }
  std::printf("%u passed, %u failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}

}  // namespace check

#define TEST(name)                                                  \
  static void test_##name();                                        \
  static const check::Register register_##name(#name, test_##name); \
  static void test_##name()
#define CHECK(condition) ((condition) ? void() : check::fail(__FILE__, __LINE__, #condition))
#define CHECK_EQ(a, b) check::equal(__FILE__, __LINE__, #a " == " #b, (a), (b))
/// The statement throws an exception of that type for which `condition` (about `error`) holds.
#define CHECK_THROWS(statement, Type, condition)                     \
  try {                                                              \
    statement;                                                       \
    check::fail(__FILE__, __LINE__, #statement " did not throw");    \
  } catch (const Type& error) {                                      \
    if (!(condition)) check::fail(__FILE__, __LINE__, error.what()); \
  }

int main(int count, char** arguments) {
  return check::main(count > 1 ? arguments[1] : "");
}
