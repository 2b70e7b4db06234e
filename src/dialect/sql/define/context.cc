#include "dialect/sql/define/context.h"

#include <algorithm>

#include "catalog/reserved.h"
#include "dialect/sql/error/error.h"
#include "value/utf8.h"

namespace octavo::sql {

void note(const DefineContext& context, const std::unexpected<Error>& error) {
  context.notes.add(function::NoteLevel::note, error.error().number, error.error().what);
}

template <std::uint16_t Number>
Status check_new_name(std::string_view name) {
  if (name.empty() || name.ends_with(' ') || name.find('\0') != name.npos) {
    return error<Number>(name);
  }
  if (value::count_code_points(name) > kMaxNameCharacters) return error<1059>(name);
  return {};
}
template Status check_new_name<1102>(std::string_view name);
template Status check_new_name<1103>(std::string_view name);
template Status check_new_name<1166>(std::string_view name);
template Status check_new_name<1280>(std::string_view name);

Result<NamedTable> find_table(const Path& path, const catalog::CatalogState& state,
                              const DefineContext& context) {
  std::string_view database;
  if (path.size() > 1) {
    database = path.front();
  } else if (context.session.database) {
    database = *context.session.database;
  } else {
    return error<1046>();
  }
  const auto* found = state.find_database(database);
  if (found == nullptr) return error<1049>(database);
  return NamedTable{found, path.back(), state.find_table(found->id, path.back()),
                    state.find_view(found->id, path.back())};
}

Status may_change(const catalog::DatabaseDefinition& database, const DefineContext& context) {
  if (!catalog::is_built_in(database.id)) return {};
  const std::string& user = context.session.current_user;
  const std::size_t at = user.rfind('@');
  const std::string_view host = at == user.npos ? "" : std::string_view(user).substr(at + 1);
  return error<1044>(std::string_view(user).substr(0, at), host, database.name);
}

Result<NamedTable> existing_table(const Path& path, const catalog::CatalogState& state,
                                  const DefineContext& context) {
  TRY(const NamedTable found, find_table(path, state, context));
  if (found.view != nullptr) return error<1347>(found.database->name, found.name, "BASE TABLE");
  if (found.table == nullptr) return error<1146>(found.database->name, found.name);
  TRY_STATUS(may_change(*found.database, context));
  return found;
}

}  // namespace octavo::sql
