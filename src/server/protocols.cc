#include "server/protocols.h"

#include <algorithm>

#include "protocol/mongodb/protocol.h"
#include "protocol/mongodb/transfer/settings.h"
#include "protocol/mysql/language/language.h"
#include "protocol/mysql/protocol.h"
#include "protocol/redis/protocol.h"
#include "protocol/rethinkdb/protocol.h"
#include "server/core_settings.h"
#include "server/http_service.h"

namespace octavo::server {
namespace {

// The protocol and its language know nothing of each other but what they say: they meet here.
constexpr protocol::Protocol kMysql{
    .name = "mysql",
    .ports = mysql::kPorts,
    .settings = mysql::kOwnSettings,
    .on_all_threads = true,
    .make = [](const protocol::ServiceContext& context, const protocol::Settings& settings) {
      return Result<std::unique_ptr<protocol::Service>>(
          mysql::make_service(context, settings, mysql::make_language));
    }};

constexpr const protocol::Protocol* kProtocols[] = {&rethinkdb::kProtocol, &redis::kProtocol,
                                                    &kMysql, &mongodb::kProtocol, &kHttp};

constexpr protocol::ServerImportRow kServerImports[] = {mongodb::transfer::kServerImport,
                                                        mongodb::transfer::kArchiveImport};

constexpr std::vector<SettingRow> settings_of_all() {
  std::vector<SettingRow> rows(std::begin(kCoreRows), std::end(kCoreRows));
  const std::vector<SettingRow> others = protocol::settings_of(kProtocols);
  rows.insert(rows.end(), others.begin(), others.end());
  return rows;
}

constexpr bool differ(std::vector<std::string_view> names) {
  std::ranges::sort(names);
  return std::ranges::adjacent_find(names) == names.end();
}

constexpr bool settings_differ() {
  std::vector<std::string_view> names;
  for (const SettingRow& row : settings_of_all()) names.push_back(row.name);
  return differ(std::move(names));
}

constexpr bool protocols_differ() {
  std::vector<std::string_view> names;
  for (const protocol::Protocol* protocol : kProtocols) names.push_back(protocol->name);
  return differ(std::move(names));
}

static_assert(protocols_differ());
static_assert(settings_differ());
static_assert(std::ranges::all_of(kProtocols, [](const protocol::Protocol* protocol) {
  return protocol::is_well_formed(*protocol);
}));

}  // namespace

std::span<const protocol::Protocol* const> protocols() { return kProtocols; }
std::span<const protocol::ServerImportRow> server_imports() { return kServerImports; }

std::vector<SettingRow> all_settings() { return settings_of_all(); }

}  // namespace octavo::server
