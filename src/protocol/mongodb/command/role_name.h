#pragma once

#include <string>

namespace octavo::mongodb {

// A role is named within a database, whether that is there or not.
struct RoleName {
  std::string role;
  std::string database;

  std::string full() const { return role + "@" + database; }  // as messages name it
  friend bool operator==(const RoleName&, const RoleName&) = default;
};

}  // namespace octavo::mongodb
