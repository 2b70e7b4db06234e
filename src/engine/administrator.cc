#include "engine/administrator.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "catalog/edit.h"
#include "catalog/scram.h"
#include "engine/engine.h"

namespace octavo::engine {

bool administrator_has_password(const Engine& engine) {
  const catalog::CatalogPtr catalog = engine.catalog();
  const catalog::User* admin = catalog->find_user(catalog::kAdminName);
  return admin != nullptr && !admin->credentials.empty_password;
}

namespace {

constexpr std::string_view kDefaultDatabase = "test";

std::unexpected<Error> open_to_others(std::span<const std::string> public_addresses) {
  return fail(Code::permission_denied,
              fmt::format("bind: {} can be reached from other machines, so that the administrator "
                          "must have a password",
                          fmt::join(public_addresses, ", ")));
}

}  // namespace

Result<std::vector<catalog::Change>> without_temporary(const catalog::CatalogState& state) {
  std::vector<catalog::Change> changes;
  for (const catalog::TableDefinition* table : state.all_tables()) {
    if (table->temporary) changes.emplace_back(catalog::DropTable{table->id});
  }
  return changes;
}

Result<std::vector<catalog::Change>> first_definitions(const catalog::CatalogState& state) {
  if (state.find_user(catalog::kAdminName) != nullptr) return std::vector<catalog::Change>();
  catalog::User admin;
  admin.name = catalog::kAdminName;
  admin.credentials = catalog::make_credentials("");
  TRY(auto changes, catalog::put_user(state, std::move(admin)));
  if (state.find_database(kDefaultDatabase) == nullptr) {
    TRY(auto database, catalog::create_database(state, kDefaultDatabase));
    changes.insert(changes.end(), database.begin(), database.end());
  }
  return changes;
}

Status check_administrator(const Engine& engine, std::span<const std::string> public_addresses) {
  if (public_addresses.empty() || administrator_has_password(engine)) return {};
  return open_to_others(public_addresses);
}

Status check_administrator(std::span<const catalog::Change> changes,
                           std::span<const std::string> public_addresses) {
  if (public_addresses.empty()) return {};
  for (const catalog::Change& change : changes) {
    const auto* put = std::get_if<catalog::PutUser>(&change);
    if (put == nullptr || put->user.name != catalog::kAdminName) continue;
    if (put->user.credentials.empty_password) return open_to_others(public_addresses);
  }
  return {};
}

Status set_initial_password(Engine& engine, std::string_view password) {
  if (administrator_has_password(engine)) return {};
  const catalog::Credentials credentials = catalog::make_credentials(password);
  const auto decide =
      [&](const catalog::CatalogState& state) -> Result<std::vector<catalog::Change>> {
    catalog::User admin;
    if (const catalog::User* present = state.find_user(catalog::kAdminName)) admin = *present;
    admin.name = catalog::kAdminName;
    admin.credentials = credentials;
    return std::vector<catalog::Change>{catalog::PutUser{std::move(admin)}};
  };
  TRY([[maybe_unused]] const Lsn lsn, engine.define(catalog::kAdminName, decide));
  return {};
}

}  // namespace octavo::engine
