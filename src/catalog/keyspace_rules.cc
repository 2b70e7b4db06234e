#include "catalog/keyspace_rules.h"

#include "catalog/entry.h"
#include "catalog/reserved.h"

namespace octavo::catalog {
namespace {

using value::ObjectBuilder;
using value::Value;

// They are under the name that the database has.
constexpr std::string_view kOption = kKeyspace.name;
constexpr std::string_view kUsersField = "users";
constexpr std::string_view kTextField = "rules";
constexpr std::string_view kOwnsField = "owns_grants";

// Null: there are none.
const Value* all_users(const CatalogState& state) {
  const DatabaseDefinition* database = state.find_database(kKeyspace.database);
  if (database == nullptr) return nullptr;
  const Value& option = database->options.of(kOption);
  return option.is_object() ? option.find(kUsersField) : nullptr;
}

KeyspaceRules rules_of(const Value& stored) {
  KeyspaceRules out;
  if (!stored.is_object()) return out;
  const Value* rules = stored.find(kTextField);
  const Value* owns = stored.find(kOwnsField);
  if (rules != nullptr && rules->is_string()) out.text = rules->as_string();
  out.owns_grants = owns != nullptr && owns->type() == value::Type::boolean && owns->as_boolean();
  return out;
}

std::map<std::string, KeyspaceRules, std::less<>> rules_of_all(const CatalogState& state) {
  std::map<std::string, KeyspaceRules, std::less<>> out;
  const Value* users = all_users(state);
  if (users == nullptr || !users->is_object()) return out;
  for (const auto& field : users->as_object()) {
    out.emplace(std::string(field.name), rules_of(field.value));
  }
  return out;
}

}  // namespace

std::optional<KeyspaceRules> keyspace_rules(const CatalogState& state, std::string_view user) {
  const Value* users = all_users(state);
  if (users == nullptr || !users->is_object()) return std::nullopt;
  const Value* stored = users->find(user);
  if (stored == nullptr) return std::nullopt;
  return rules_of(*stored);
}

bool same_keyspace_rules(const CatalogState& one, const CatalogState& other) {
  return rules_of_all(one) == rules_of_all(other);
}

KeyspaceRulesEdit::KeyspaceRulesEdit(const CatalogState& state)
    : state_(state), before_(rules_of_all(state)), users_(before_) {}

void KeyspaceRulesEdit::put(std::string_view user, KeyspaceRules rules) {
  users_.insert_or_assign(std::string(user), std::move(rules));
}

void KeyspaceRulesEdit::drop(std::string_view user) {
  if (const auto found = users_.find(user); found != users_.end()) users_.erase(found);
}

void KeyspaceRulesEdit::rename(std::string_view from, std::string_view to) {
  const auto found = users_.find(from);
  if (found == users_.end()) return;
  KeyspaceRules rules = std::move(found->second);
  users_.erase(found);
  put(to, std::move(rules));
}

std::optional<Change> KeyspaceRulesEdit::change() const {
  const DatabaseDefinition* database = state_.find_database(kKeyspace.database);
  if (users_ == before_ || database == nullptr) return std::nullopt;
  ObjectBuilder users;
  for (const auto& [name, rules] : users_) {
    ObjectBuilder one;
    one.set(kTextField, text(rules.text));
    one.set(kOwnsField, Value::boolean(rules.owns_grants));
    users.append(name, std::move(one).build());
  }
  const Value& option = database->options.of(kOption);
  ObjectBuilder fields = option.is_object() ? ObjectBuilder(option) : ObjectBuilder();
  fields.set(kUsersField, std::move(users).build());
  DatabaseDefinition changed = *database;
  changed.options.set(std::string(kOption), std::move(fields).build());
  return Change{PutDatabase{std::move(changed)}};
}

}  // namespace octavo::catalog
