#pragma once

// The columns of a batch. Immutable, shared by all batches of an operator and by all threads.
//
// The rows of a document dialect are one dynamic column without a name. A column that a schema
// calls dynamic may hold a vector of any type, in every batch another; a declared one holds its
// own.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "value/column_type.h"

namespace octavo::value {

struct ColumnInfo {
  std::string name;
  ColumnType type;
};

class Schema {
 public:
  explicit Schema(std::vector<ColumnInfo> columns);
  Schema(const Schema&) = delete;
  Schema& operator=(const Schema&) = delete;

  std::span<const ColumnInfo> columns() const { return columns_; }
  // The first column of that name: a query may have several.
  std::optional<std::size_t> find(std::string_view name) const;
  bool is_documents() const;

 private:
  std::vector<ColumnInfo> columns_;
  std::unordered_map<std::string_view, std::size_t> by_name_;
};

using SchemaPtr = std::shared_ptr<const Schema>;

}  // namespace octavo::value
