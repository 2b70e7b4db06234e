#include "engine/administrator.h"

#include "catalog/scram.h"
#include "engine/engine.h"

namespace octavo::engine {

bool administrator_has_password(const Engine& engine) {
  const catalog::CatalogPtr catalog = engine.catalog();
  const catalog::User* admin = catalog->find_user(catalog::kAdminName);
  return admin != nullptr && !admin->credentials.empty_password;
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
  TRY([[maybe_unused]] const Lsn lsn, engine.define(decide));
  return {};
}

}  // namespace octavo::engine
