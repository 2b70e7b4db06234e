#pragma once

// Finds a command by name, whatever its case, with one multiplication and usually one compare.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "keyspace/command.h"

namespace octavo::keyspace {

class CommandTable {
 public:
  CommandTable() = default;
  explicit CommandTable(std::span<const std::span<const CommandSpec>> families);

  // What a client may name.
  const CommandSpec* find(std::string_view name) const {
    const CommandSpec* spec = find_logged(name);
    return spec == nullptr || spec->has(kInternal) ? nullptr : spec;
  }
  // Internal commands as well.
  const CommandSpec* find_logged(std::string_view name) const {
    if (name.empty() || name.size() > kMaxNameBytes) return nullptr;
    for (std::size_t slot = hash_of(name) & mask_;; slot = (slot + 1) & mask_) {
      const CommandSpec* spec = slots_[slot];
      if (spec == nullptr) return nullptr;
      if (same_name(spec->name, name)) return spec;
    }
  }
  // In the order of the families. Internal commands are there too.
  std::span<const CommandSpec* const> all() const { return all_; }

 private:
  static constexpr std::size_t kMaxNameBytes = 32;

  // Letters differ from their other case in one bit, which is left out.
  static std::uint64_t hash_of(std::string_view name);
  static bool same_name(std::string_view lower, std::string_view name);

  std::vector<const CommandSpec*> all_;
  std::vector<const CommandSpec*> slots_;
  std::size_t mask_ = 0;
};

// Defined above this folder, in keyspace/command/table.cc: one span per family, for tables that add
// families of their own.
std::span<const std::span<const CommandSpec>> keyspace_families();
// All of their commands.
const CommandTable& keyspace_commands();

// The read-only form (SORT_RO, …) of a command that may store its result and does not; else the
// command itself.
const CommandSpec& reading_form(const CommandSpec& spec, Args args);

}  // namespace octavo::keyspace
