#include "value/schema.h"

#include <utility>

namespace octavo::value {

Schema::Schema(std::vector<ColumnInfo> columns) : columns_(std::move(columns)) {
  by_name_.reserve(columns_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i) by_name_.emplace(columns_[i].name, i);
}

std::optional<std::size_t> Schema::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return std::nullopt;
  return found->second;
}

bool Schema::is_documents() const {
  return columns_.size() == 1 && columns_[0].name.empty() && columns_[0].type.is_dynamic();
}

}  // namespace octavo::value
