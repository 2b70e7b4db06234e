#include "catalog/sha1_credentials.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "base/crypto.h"
#include "base/random.h"
#include "base/text.h"
#include "catalog/entry.h"
#include "catalog/reserved.h"
#include "catalog/scram.h"

namespace octavo::catalog {
namespace {

using value::ObjectBuilder;
using value::Value;

constexpr std::size_t kSaltBytes = 16;
constexpr DatabaseId kHome = kKeyspace.database;
constexpr std::string_view kOption = "scram_sha1";
constexpr std::string_view kUsersField = "users";
constexpr std::string_view kSalt = "salt", kIterations = "iterations", kStored = "stored_key",
                           kServer = "server_key", kMadeWith = "made_with";

struct Kept {
  Credentials sha1;
  Bytes made_with;  // which credentials of the user

  friend bool operator==(const Kept&, const Kept&) = default;
};
using KeptOfUsers = std::map<std::string, Kept, std::less<>>;

Bytes name_of(const Credentials& credentials) { return sha256(credentials.stored_key); }

const Value& option_of(const CatalogState& state) {
  static const Value none;
  const DatabaseDefinition* const database = state.find_database(kHome);
  return database == nullptr ? none : database->options.of(kOption);
}

const Value* kept_of_all(const CatalogState& state) {
  const Value& option = option_of(state);
  const Value* const users = option.is_object() ? option.find(kUsersField) : nullptr;
  return users != nullptr && users->is_object() ? users : nullptr;
}

std::optional<Kept> read(const Value& stored) {
  FieldReader fields(stored);
  Kept kept;
  kept.sha1.salt = fields.blob(kSalt);
  kept.sha1.iterations = static_cast<std::uint32_t>(fields.number(kIterations));
  kept.sha1.stored_key = fields.blob(kStored);
  kept.sha1.server_key = fields.blob(kServer);
  kept.sha1.empty_password = false;
  kept.made_with = fields.blob(kMadeWith);
  return kept.sha1.stored_key.size() == kSha1Size ? std::optional(std::move(kept)) : std::nullopt;
}

Value written(const Kept& kept) {
  ObjectBuilder fields;
  fields.set(kSalt, blob(kept.sha1.salt));
  fields.set(kIterations, number(kept.sha1.iterations));
  fields.set(kStored, blob(kept.sha1.stored_key));
  fields.set(kServer, blob(kept.sha1.server_key));
  fields.set(kMadeWith, blob(kept.made_with));
  return std::move(fields).build();
}

bool holds(const CatalogState& state, std::string_view user, const Kept& kept) {
  const User* const found = state.find_user(user);
  return found != nullptr && name_of(found->credentials) == kept.made_with;
}

}  // namespace

Credentials make_sha1_credentials(std::string_view user, std::string_view password) {
  const std::string digest =
      format_hex(hash_of(HashKind::md5, fmt::format("{}:mongo:{}", user, password)));
  Credentials out;
  out.salt = secure_random_bytes(kSaltBytes);
  out.iterations = kSha1Iterations;
  out.empty_password = false;
  const Bytes salted = pbkdf2_hmac_sha1(digest, out.salt, out.iterations);
  out.stored_key = sha1(hmac_sha1(salted, "Client Key"));
  out.server_key = hmac_sha1(salted, "Server Key");
  return out;
}

Credentials made_up_sha1_credentials(const Credentials& made_up) {
  Credentials out = made_up;
  out.iterations = kSha1Iterations;
  out.stored_key.resize(kSha1Size);
  out.server_key.resize(kSha1Size);
  return out;
}

std::optional<Credentials> sha1_credentials(const CatalogState& state, std::string_view user) {
  const Value* const users = kept_of_all(state);
  const Value* const stored = users == nullptr ? nullptr : users->find(user);
  auto kept = stored == nullptr ? std::nullopt : read(*stored);
  if (!kept || !holds(state, user, *kept)) return std::nullopt;
  return std::move(kept->sha1);
}

bool changes_sha1_credentials(const DatabaseDefinition& before, const DatabaseDefinition& after) {
  if (before.id != kHome || after.id != kHome) return false;
  const auto keeps_all_of = [](const DatabaseDefinition& one, const DatabaseDefinition& other) {
    return std::ranges::all_of(one.options.all(), [&](const auto& option) {
      return option.first == kOption || option.second == other.options.of(option.first);
    });
  };
  return before.uuid == after.uuid && before.name == after.name && keeps_all_of(before, after) &&
         keeps_all_of(after, before);
}

std::optional<Change> put_sha1_credentials(const CatalogState& state, const User& user,
                                           const std::optional<Credentials>& sha1) {
  const DatabaseDefinition* const database = state.find_database(kHome);
  if (database == nullptr) return std::nullopt;
  KeptOfUsers before;
  KeptOfUsers after;
  const Value* const users = kept_of_all(state);
  const auto fields = users == nullptr ? value::ObjectView() : users->as_object();
  for (const value::Field& field : fields) {
    auto kept = read(field.value);
    if (!kept) continue;
    if (holds(state, field.name, *kept)) after.emplace(field.name, *kept);
    before.emplace(field.name, *std::move(kept));
  }
  after.erase(user.name);
  if (sha1) after.emplace(user.name, Kept{*sha1, name_of(user.credentials)});
  if (before == after) return std::nullopt;
  ObjectBuilder kept_users;
  for (const auto& [name, kept] : after) kept_users.append(name, written(kept));
  const Value& option = option_of(state);
  ObjectBuilder all = option.is_object() ? ObjectBuilder(option) : ObjectBuilder();
  all.set(kUsersField, std::move(kept_users).build());
  DatabaseDefinition changed = *database;
  changed.options.set(std::string(kOption), std::move(all).build());
  return Change{PutDatabase{std::move(changed)}};
}

}  // namespace octavo::catalog
