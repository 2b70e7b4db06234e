#pragma once

// Names of databases and tables, and the database that a query means.

#include <string>
#include <string_view>

#include "dialect/reql/read/term.h"

namespace octavo::reql {

// «Table name `b@d` invalid (Use A-Z, a-z, 0-9, _ and - only).»
Status check_name(std::string_view name, std::string_view what);
Result<std::string> name_argument(Args& args, std::size_t i, std::string_view what);

// The first argument when `explicit_first`, else the query's `db` option, else `test`.
Result<DatabasePtr> database_argument(Env& env, Args& args, bool explicit_first);
Result<DatabasePtr> to_database(Env& env, const Val& val);

}  // namespace octavo::reql
