#include "protocol/mysql/language/shown_table.h"

#include <algorithm>

#include "dialect/sql/error/error.h"
#include "dialect/sql/state/words.h"
#include "protocol/mysql/language/grants.h"
#include "protocol/mysql/language/schema_tables.h"
#include "protocol/mysql/language/sql_session.h"

namespace octavo::mysql {

Result<ShownName> shown_table(SqlSession& session, std::string_view database,
                              std::string_view table) {
  const std::string used = session.state().database.value_or("");
  const std::string_view home = database.empty() ? std::string_view(used) : database;
  if (home.empty()) return sql::error<1046>();
  if (const SchemaDatabase* computed = find_schema_database(home)) {
    const auto found = std::ranges::find_if(computed->tables, [table](const SchemaTable& row) {
      return sql::same_word(row.name, table);
    });
    if (!sees(session, *computed)) {
      return sql::error<1142>("SELECT", session.client_user(), session.client_host(), table);
    }
    if (found == computed->tables.end()) return sql::error<1109>(table, computed->name);
    return ShownName{std::string(computed->name), std::string(found->name), nullptr};
  }
  const auto definitions = session.definitions();
  TRY(const auto* where, find_database(session, *definitions, home));
  if (const auto* view = definitions->find_view(where->id, table)) {
    if (!sees(*definitions, session.account(), *view)) {
      return sql::error<1142>("SELECT", session.client_user(), session.client_host(), table);
    }
    return ShownName{where->name, view->name, nullptr, *view};
  }
  const auto* found = definitions->find_table(where->id, table);
  if (found == nullptr) return sql::error<1146>(home, table);
  if (!sees(*definitions, session.account(), *found)) {
    return sql::error<1142>("SELECT", session.client_user(), session.client_host(), table);
  }
  return ShownName{where->name, found->name, definitions->share_table(found->id)};
}

}  // namespace octavo::mysql
