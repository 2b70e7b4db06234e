#pragma once

// What SQL keeps of a view in its definition (docs/formats/catalog.md).

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/model.h"

namespace octavo::sql {

// Under which SQL keeps what definitions have for it alone (catalog::PerProtocol).
inline constexpr std::string_view kFormsName = "mysql";

struct ViewForms {
  std::string query;                 // canonical text, with names in full
  std::vector<std::string> columns;  // empty: they are called as the query has them
  std::string algorithm = "UNDEFINED";
  std::string definer;  // 'user'@'host', as it is shown: `user`@`host`
  std::string charset, collation;
};

value::Value to_value(const ViewForms& forms);
// 1356 of a view that is not SQL's.
Result<ViewForms> forms_of(const catalog::ViewDefinition& view, std::string_view database);

}  // namespace octavo::sql
