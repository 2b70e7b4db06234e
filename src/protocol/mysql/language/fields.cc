// COM_FIELD_LIST: the columns of a table, for completion.

#include <utility>

#include "dialect/sql/state/words.h"
#include "protocol/mysql/language/shown_table.h"
#include "protocol/mysql/language/sql_session.h"

namespace octavo::mysql {
namespace {

// A name in the notation of LIKE, in which case does not count.
bool is_like(std::string_view name, std::string_view pattern) {
  while (!pattern.empty()) {
    if (pattern.front() == '%') {
      pattern.remove_prefix(1);
      for (std::size_t i = 0; i <= name.size(); ++i) {
        if (is_like(name.substr(i), pattern)) return true;
      }
      return false;
    }
    if (pattern.front() == '\\' && pattern.size() > 1) {
      pattern.remove_prefix(1);
    } else if (pattern.front() == '_' && !name.empty()) {
      name.remove_prefix(1);
      pattern.remove_prefix(1);
      continue;
    }
    if (name.empty() || sql::to_lower(name.front()) != sql::to_lower(pattern.front())) return false;
    name.remove_prefix(1);
    pattern.remove_prefix(1);
  }
  return name.empty();
}

std::string name_in_quotes(std::string_view name) {
  std::string out = "`";
  for (const char c : name) {
    if (c == '`') out.push_back(c);
    out.push_back(c);
  }
  out.push_back('`');
  return out;
}

}  // namespace

io::Task<Result<std::vector<Field>>> SqlSession::fields(std::string table, std::string pattern) {
  CO_TRY(const ShownName name, shown_table(*this, {}, table));
  std::string text =
      "SELECT * FROM " + name_in_quotes(name.database) + "." + name_in_quotes(name.table);
  auto kept = co_await read(std::move(text), false);
  if (!kept) co_return std::unexpected(std::move(kept).error());
  auto columns = co_await columns_of(**kept);
  if (!columns) co_return std::unexpected(std::move(columns).error());
  std::vector<Field> out;
  for (Column& column : *columns) {
    if (!pattern.empty() && !is_like(column.name, pattern)) continue;
    Field field;
    field.column = std::move(column);
    out.push_back(std::move(field));
  }
  co_return out;
}

}  // namespace octavo::mysql
