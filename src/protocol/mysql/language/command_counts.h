#pragma once

// How often statements of each kind were run: what SHOW STATUS tells as Com_….

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "dialect/sql/ast/statement.h"

namespace octavo::mysql {

// What MySQL calls the kinds, in order.
std::span<const std::string_view> command_names();
// Behind the last one: the statement is of none.
std::size_t command_number(const sql::Statement& statement);
// One that the protocol has beside statements, by a name that there is: `stmt_prepare`.
std::size_t command_number(std::string_view name);

// Thread-safe.
class CommandCounts {
 public:
  CommandCounts() : counts_(command_names().size()) {}
  void add(std::size_t number) {
    if (number < counts_.size()) counts_[number].fetch_add(1, std::memory_order_relaxed);
  }
  std::uint64_t of(std::size_t number) const {
    return counts_[number].load(std::memory_order_relaxed);
  }
  void clear() {
    for (auto& count : counts_) count.store(0, std::memory_order_relaxed);
  }

 private:
  std::vector<std::atomic<std::uint64_t>> counts_;
};

}  // namespace octavo::mysql
