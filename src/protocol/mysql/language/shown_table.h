#pragma once

// A table by the name that a statement about it gives.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "catalog/model.h"

namespace octavo::mysql {

class SqlSession;

struct ShownName {
  std::string database, table;
  std::shared_ptr<const catalog::TableDefinition> definition;  // null: it is a computed one
  std::optional<catalog::ViewDefinition> view = {};            // it is a view, and no table
};
// `database` may be empty: the one in use. 1046, 1049, 1044, 1146, 1142.
Result<ShownName> shown_table(SqlSession& session, std::string_view database,
                              std::string_view table);

}  // namespace octavo::mysql
