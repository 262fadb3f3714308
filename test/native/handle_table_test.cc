// The numbers by which JavaScript names bursts and queues in a burst call: whatever number comes, there is an
// entry behind it or nothing.
#include "binding/handle_table.h"

#include <memory>
#include <set>

#include "check.h"

using pmd::binding::HandleTable;

namespace {

struct Table : HandleTable<std::unique_ptr<int>> {
  Table() : HandleTable("numbers") {}
};

/// What stands behind a handle; -1: nothing, -2: there never was such a handle.
int behind(Table& table, uint32_t handle) {
  const auto* const entry = table.find(handle);
  if (entry == nullptr) return -2;
  return *entry == nullptr ? -1 : **entry;
}

}  // namespace

TEST(handles_name_their_entries_while_others_are_added_and_looked_for) {
  Table table;
  for (int n = 0; n < 100; ++n) {
    CHECK_EQ(table.add(std::make_unique<int>(n)), static_cast<uint32_t>(n));
    for (int i = 0; i <= n; ++i) CHECK_EQ(behind(table, static_cast<uint32_t>(i)), i);
    for (int i = n; i >= 0; --i) CHECK_EQ(behind(table, static_cast<uint32_t>(i)), i);
  }
}

TEST(a_removed_handle_names_nothing_any_more) {
  Table table;
  for (int n = 0; n < 8; ++n) table.add(std::make_unique<int>(n));
  for (uint32_t handle = 0; handle < 8; ++handle) CHECK_EQ(behind(table, handle), static_cast<int>(handle));
  CHECK_EQ(*table.remove(6), 6);
  CHECK_EQ(behind(table, 6), -2);
  CHECK_EQ(behind(table, 7), 7);
  const uint32_t next = table.add(std::make_unique<int>(60));
  CHECK(next != 6u);
  CHECK_EQ(behind(table, 6), -2);
  CHECK_EQ(behind(table, next), 60);
}

TEST(a_handle_is_not_used_twice_however_many_entries_come_and_go) {
  Table table;
  std::set<uint32_t> seen;
  for (int n = 0; n < 30'000; ++n) {
    const uint32_t handle = table.add(std::make_unique<int>(n));
    CHECK(seen.insert(handle).second);
    CHECK(static_cast<int32_t>(handle) >= 0);
    CHECK_EQ(behind(table, handle), n);
    CHECK_EQ(*table.remove(handle), n);
  }
  for (const uint32_t handle : seen) CHECK_EQ(behind(table, handle), -2);
}

TEST(a_full_table_refuses_and_takes_the_place_of_one_that_goes) {
  Table table;
  for (uint32_t n = 0; n < Table::kPlaces; ++n) CHECK_EQ(table.add(nullptr), n);
  CHECK_THROWS(table.add(nullptr), pmd::Error, error.code == pmd::ErrorCode::kNoMemory);
  table.remove(77);
  const uint32_t handle = table.add(std::make_unique<int>(1));
  CHECK_EQ(behind(table, handle), 1);
  CHECK_THROWS(table.add(nullptr), pmd::Error, error.code == pmd::ErrorCode::kNoMemory);
}

TEST(numbers_that_were_never_given_name_nothing) {
  Table table;
  CHECK_EQ(behind(table, 0), -2);
  CHECK_EQ(behind(table, UINT32_MAX), -2);
  for (int n = 0; n < 8; ++n) table.add(std::make_unique<int>(n));
  for (uint32_t handle = 0; handle < 8; ++handle) behind(table, handle);
  CHECK_EQ(behind(table, 8), -2);
  CHECK_EQ(behind(table, UINT32_MAX), -2);
}
