#include "protocol/mongodb/transfer/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace octavo::mongodb::transfer {
namespace {

constexpr std::string_view kOwnDatabases[] = {"admin", "config", "local", kLedgerDatabase};
constexpr std::string_view kOwnCollections = "system.";

bool is_own(std::string_view database) {
  return std::ranges::find(kOwnDatabases, database) != std::end(kOwnDatabases);
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
  return text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

}  // namespace

Result<std::vector<Selection::Pattern>> Selection::patterns(std::string_view list) {
  std::vector<Pattern> out;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view name = trimmed(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
    const std::size_t dot = name.find('.');
    if (name.empty() || dot == 0 || dot + 1 == name.size()) {
      return fail(Code::invalid_argument,
                  fmt::format("'{}' is no name of a database or collection; allowed: shop, "
                              "shop.orders, separated by commas",
                              name));
    }
    const bool whole = dot == std::string_view::npos;
    out.push_back({.database = std::string(name.substr(0, dot)),
                   .collection = std::string(whole ? std::string_view() : name.substr(dot + 1))});
  }
  return out;
}

Result<Selection> Selection::parse(std::string_view include, std::string_view exclude) {
  Selection out;
  TRY(out.include_, patterns(include));
  TRY(out.exclude_, patterns(exclude));
  return out;
}

bool Selection::has(const std::vector<Pattern>& patterns, const CollectionName& name) {
  return std::ranges::any_of(patterns, [&name](const Pattern& pattern) {
    return pattern.database == name.database &&
           (pattern.collection.empty() || pattern.collection == name.collection);
  });
}

bool Selection::takes(const CollectionName& name) const {
  if (is_own(name.database) || name.collection.starts_with(kOwnCollections)) return false;
  return (include_.empty() || has(include_, name)) && !has(exclude_, name);
}

bool Selection::takes_some_of(std::string_view database) const {
  if (is_own(database)) return false;
  const auto named = [database](const Pattern& pattern) { return pattern.database == database; };
  const auto whole = [&named](const Pattern& pattern) {
    return named(pattern) && pattern.collection.empty();
  };
  return (include_.empty() || std::ranges::any_of(include_, named)) &&
         std::ranges::none_of(exclude_, whole);
}

}  // namespace octavo::mongodb::transfer
