#pragma once

#include <chrono>

namespace fuzz {

/// In a program that links virtual_time.cc, CLOCK_MONOTONIC stands still but for sleeps, and a sleep takes no
/// time: a second's deadline passes in microseconds, and the same input always does the same.
namespace virtual_time {

/// A sleep lasts this long at least: to get past the deadlines of who will not be answered any more.
void set_shortest_sleep(std::chrono::nanoseconds span) noexcept;

}  // namespace virtual_time
}  // namespace fuzz
