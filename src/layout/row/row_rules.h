#pragma once

// What holds for the rows of a table that declares columns, whichever protocol writes them.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "catalog/model.h"
#include "catalog/violation.h"
#include "function/family.h"

namespace octavo::layout {

using TableDefinitionPtr = std::shared_ptr<const catalog::TableDefinition>;

// The numbers of AUTO_INCREMENT columns. Nobody gets one twice, also after a restart. Both may wait
// for the log.
class Numbers {
 public:
  virtual ~Numbers() = default;
  // The first of `count` that follow each other; `out_of_range` when the column's type has no more.
  virtual Result<std::uint64_t> take(const catalog::TableDefinition& table,
                                     const catalog::ColumnDefinition& column,
                                     std::uint64_t count) = 0;
  // A row has this one: it is not given any more, nor any below it.
  virtual Status passed(const catalog::TableDefinition& table,
                        const catalog::ColumnDefinition& column, std::uint64_t number) = 0;
};

// A row that breaks a rule: what is told in plain words, and the same as data.
struct Broken {
  Error error;
  std::optional<catalog::Violation> violation;  // none: an expression of the definition failed
};

// Whether a row of the table may be refused, or completed, for what it is: by its columns, by a
// condition or by a unique index, which tables without columns have, too.
bool has_rules(const catalog::TableDefinition& table);

// Made once for a definition, and immutable.
class RowRules {
 public:
  // `unsupported` and `corrupt` when an expression cannot be opened.
  static Result<std::shared_ptr<const RowRules>> make(TableDefinitionPtr table);

  // The row that is to be stored: with what fills columns that are missing (a default, a number, or
  // null), values in the form that their columns have, and columns computed that are. `before`:
  // null for a row that is new. `waived`: the name of a condition that it need not fulfil.
  Expected<value::Value, Broken> apply(const value::Value* before, value::Value after,
                                       function::EvalContext& context, Numbers* numbers,
                                       std::string_view waived = {}) const;

  const TableDefinitionPtr& table() const { return table_; }

 private:
  explicit RowRules(TableDefinitionPtr table) : table_(std::move(table)) {}

  struct ColumnRule {
    const catalog::ColumnDefinition* column = nullptr;
    algebra::ExprPtr fallback;  // of what is missing; null: none
    algebra::ExprPtr generated;
  };
  struct CheckRule {
    const catalog::CheckDefinition* check = nullptr;
    algebra::ExprPtr condition;
  };

  class Draft;

  std::optional<Broken> fill_and_fit(const ColumnRule& rule, Draft& row,
                                     function::EvalContext& context, Numbers* numbers) const;
  std::optional<Broken> compute(const ColumnRule& rule, Draft& row,
                                function::EvalContext& context) const;
  void note_time(const ColumnRule& rule, const value::Value& before, Draft& row,
                 const function::EvalContext& context) const;
  Expected<value::Value, Broken> filled(const ColumnRule& rule, const value::Value& row,
                                        function::EvalContext& context, Numbers* numbers) const;
  Expected<value::Value, Broken> fitting(const ColumnRule& rule, value::Value given) const;
  std::optional<Broken> pass_number(const ColumnRule& rule, const value::Value& given,
                                    Numbers* numbers) const;
  std::optional<Broken> check_names(const value::Value& row) const;
  std::optional<Broken> check_conditions(const value::Value& row, function::EvalContext& context,
                                         std::string_view waived) const;
  bool differs(const value::Value& before, const value::Value& after,
               const catalog::ColumnDefinition& but) const;
  std::unexpected<Broken> broken(const catalog::ColumnDefinition& column,
                                 catalog::Violation::Kind kind, value::Value given) const;

  TableDefinitionPtr table_;
  std::vector<ColumnRule> columns_;
  std::vector<CheckRule> checks_;
};

// The same made for those who write: null for a table without rules. Thread-safe.
class RuleSets {
 public:
  Result<std::shared_ptr<const RowRules>> of(const TableDefinitionPtr& table);

 private:
  Mutex mutex_;
  std::unordered_map<std::uint64_t, std::shared_ptr<const RowRules>> made_
      OCTAVO_GUARDED_BY(mutex_);
};

// The key that a row of the table is stored under; null: it has none.
const value::Value* key_of(const catalog::TableDefinition& table, const value::Value& row);

}  // namespace octavo::layout
