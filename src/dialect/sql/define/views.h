#pragma once

// Views: what CREATE VIEW keeps, and the text that shows it.

#include <string>
#include <string_view>

#include "catalog/model.h"
#include "dialect/sql/bind/view_forms.h"
#include "dialect/sql/define/show_create.h"

namespace octavo::sql {

// The database is left out where it is `used`, of the query where it is over no other.
Result<std::string> show_create_view(const catalog::ViewDefinition& view,
                                     const catalog::CatalogState& state, std::string_view used,
                                     const ShowOptions& options);

}  // namespace octavo::sql
