#pragma once

// Names of collections, and which of them are copied.

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace octavo::mongodb::transfer {

// Where the target keeps how far a copy is (ledger.h).
constexpr std::string_view kLedgerDatabase = "octavo_import";

struct CollectionName {
  std::string database;
  std::string collection;

  std::string full() const { return database + "." + collection; }
  friend auto operator<=>(const CollectionName&, const CollectionName&) = default;
};

// Neither the databases that a server keeps for itself nor its collections `system.…`.
class Selection {
 public:
  // Lists of databases and collections, separated by commas. `include` empty: everything.
  static Result<Selection> parse(std::string_view include, std::string_view exclude);

  bool takes(const CollectionName& name) const;
  // Whether there may be something to take in it.
  bool takes_some_of(std::string_view database) const;

 private:
  struct Pattern {
    std::string database;
    std::string collection;  // empty: all of them
  };
  static Result<std::vector<Pattern>> patterns(std::string_view list);
  static bool has(const std::vector<Pattern>& patterns, const CollectionName& name);

  std::vector<Pattern> include_;
  std::vector<Pattern> exclude_;
};

}  // namespace octavo::mongodb::transfer
