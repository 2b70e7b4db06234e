#include "dialect/reql/read/names.h"

#include <fmt/format.h>

#include "base/text.h"
#include "dialect/reql/context.h"

namespace octavo::reql {
namespace {

constexpr std::string_view kDefaultDatabase = "test";

}  // namespace

Status check_name(std::string_view name, std::string_view what) {
  if (is_name(name)) return {};
  return fail_logic(
      fmt::format("{} name `{}` invalid (Use A-Z, a-z, 0-9, _ and - only).", what, name));
}

Result<std::string> name_argument(Args& args, std::size_t i, std::string_view what) {
  TRY(const Value name, args.string(i));
  if (Status valid = check_name(name.as_string(), what); !valid) {
    return args.at(i, std::unexpected(std::move(valid).error()));
  }
  return std::string(name.as_string());
}

Result<DatabasePtr> to_database(Env& env, const Val& val) {
  if (val.kind() != Kind::database) return kind_error(env, Kind::database, val);
  return val.database();
}

Result<DatabasePtr> database_argument(Env& env, Args& args, bool explicit_first) {
  if (explicit_first) {
    TRY(const Val given, args.val(0));
    Result<DatabasePtr> database = to_database(env, given);
    if (!database) return args.at(0, std::unexpected(std::move(database).error()));
    return database;
  }
  TRY(const std::optional<Val> option, args.option("db"));
  if (option) return to_database(env, *option);
  TRY(Host* const host, env.need_host());
  TRY(DatabasePtr found, host->find_database(kDefaultDatabase));
  if (found == nullptr) return fail(database_missing(kDefaultDatabase));
  return found;
}

}  // namespace octavo::reql
