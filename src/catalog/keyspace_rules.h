#pragma once

// What a user may do with the keyspace over the Redis protocol, beyond what grants say: rules in
// the words of Redis's ACL, which only that protocol reads. They are kept as an option of the
// database that the keyspace is, for all users, and go with their user (docs/security.md).

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "catalog/change.h"
#include "catalog/model.h"

namespace octavo::catalog {

struct KeyspaceRules {
  std::string text;
  // The user was made together with them, and its grants follow them.
  bool owns_grants = false;

  friend bool operator==(const KeyspaceRules&, const KeyspaceRules&) = default;
};

// nullopt: grants alone decide.
std::optional<KeyspaceRules> keyspace_rules(const CatalogState& state, std::string_view user);
// Of all users.
bool same_keyspace_rules(const CatalogState& one, const CatalogState& other);

// Changes of them, for several users at a time.
class KeyspaceRulesEdit {
 public:
  explicit KeyspaceRulesEdit(const CatalogState& state);

  void put(std::string_view user, KeyspaceRules rules);
  void drop(std::string_view user);
  void rename(std::string_view from, std::string_view to);
  // nullopt: nothing has changed.
  std::optional<Change> change() const;

 private:
  using Users = std::map<std::string, KeyspaceRules, std::less<>>;
  const CatalogState& state_;
  const Users before_;
  Users users_;
};

}  // namespace octavo::catalog
