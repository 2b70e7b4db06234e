#include "dialect/mongodb/type/namespace.h"

#include "dialect/mongodb/error/error.h"

namespace octavo::mongodb {

Status check_database_name(std::string_view name) {
  constexpr std::size_t kMostBytes = 63;
  constexpr std::string_view kForbidden("\0/\\. \"$", 7);
  if (name.size() > kMostBytes) {
    return error(ErrorCode::invalid_namespace, "db name must be at most {} characters, found: {}",
                 kMostBytes, name.size());
  }
  constexpr std::string_view kOutside = "$external";
  if (name.empty() || (name != kOutside && name.find_first_of(kForbidden) != name.npos)) {
    return error(ErrorCode::invalid_namespace, "Invalid database name: '{}'", name);
  }
  return {};
}

Status check_collection_name(std::string_view database, std::string_view name) {
  constexpr std::size_t kMostBytes = 255;
  if (name.empty()) {
    return error(ErrorCode::invalid_namespace, "Invalid namespace specified '{}.'", database);
  }
  if (name.front() == '.') {
    return error(ErrorCode::invalid_namespace, "Collection names cannot start with '.': {}", name);
  }
  if (name.find('\0') != name.npos) {
    return error(ErrorCode::invalid_namespace, "namespaces cannot have embedded null characters");
  }
  // getMore and killCursors name those of cursors over no collection.
  constexpr std::string_view kCommands = "$cmd.";
  if (name.find('$') != name.npos && !name.starts_with(kCommands)) {
    return error(ErrorCode::invalid_namespace, "Invalid collection name: {}", name);
  }
  if (database.size() + 1 + name.size() > kMostBytes) {
    return error(ErrorCode::invalid_namespace,
                 "Fully qualified namespace is too long. Namespace: {}.{} Max: {}", database, name,
                 kMostBytes);
  }
  return {};
}

}  // namespace octavo::mongodb
