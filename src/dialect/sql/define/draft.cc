#include "dialect/sql/define/draft.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "dialect/sql/bind/names.h"
#include "dialect/sql/define/describe.h"
#include "dialect/sql/define/expressions.h"
#include "dialect/sql/define/forms.h"
#include "dialect/sql/define/table_options.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/operators.h"
#include "dialect/sql/function/store.h"
#include "dialect/sql/print/print.h"
#include "value/utf8.h"

namespace octavo::sql {
namespace {

using catalog::ColumnDefinition;
using catalog::TableDefinition;

constexpr std::size_t kMaxTableComment = 2048;

}  // namespace

TableDraft::TableDraft(std::string name, const catalog::DatabaseDefinition& database,
                       const catalog::CatalogState& state, const DefineContext& context)
    : state_(state),
      context_(context),
      database_(database.name),
      collation_(value::find_collation(database_collation(database))) {
  table_.id = TableId{state.next_id()};  // which it will get: it may refer to itself
  table_.name = std::move(name);
  table_.database = database.id;
  table_.open = false;
  if (collation_ == nullptr) collation_ = &context.server_collation;
  set_form(table_.options, table_form::kEngine, "InnoDB");
}

TableDraft::TableDraft(const TableDefinition& table, const catalog::DatabaseDefinition& database,
                       const catalog::CatalogState& state, const DefineContext& context)
    : state_(state),
      context_(context),
      table_(table),
      database_(database.name),
      collation_(value::find_collation(describe_table(table).collation)),
      before_(table.indexes) {
  for (const ColumnDefinition& column : table.columns) {
    if (column.hidden) hidden_key_ = column.id;
  }
  for (const ColumnId id : table.key_columns) {
    const ColumnDefinition* column = table.find_column(id);
    if (column == nullptr || column->hidden) continue;
    has_primary_ = true;
    primary_.push_back({.column = id, .prefix = 0, .descending = false});
  }
  std::erase_if(table_.columns, [](const auto& column) { return column.hidden; });
  // Those over columns are made again; others are another protocol's.
  std::erase_if(table_.indexes,
                [](const auto& index) { return index.hidden && !index.parts.empty(); });
  std::ranges::sort(table_.indexes, {}, [](const auto& index) { return index.id; });
}

Status TableDraft::add_element(const TableElement& element) {
  if (const auto* column = std::get_if<Ref<ColumnDef>>(&element)) return add_column(**column);
  if (const auto* key = std::get_if<Ref<KeyDef>>(&element)) return add_key(**key);
  if (const auto* check = std::get_if<Ref<CheckDef>>(&element)) return add_check(**check);
  return add_foreign_key(*std::get<Ref<ForeignKey>>(element));
}

Status TableDraft::set_charset() {
  TRY(collation_, collation_of(charset_said_, collation_said_));
  return {};
}

Status TableDraft::set_option(const TableOption& option) {
  const OptionRow* row = find_option(option.name);
  if (row == nullptr) return not_supported(option.name);
  switch (row->use) {
    case OptionUse::engine: {
      TRY(const std::string_view engine, engine_name(option.value));
      set_form(table_.options, table_form::kEngine, engine);
      return {};
    }
    case OptionUse::charset: charset_said_ = option.value; return set_charset();
    case OptionUse::collation: collation_said_ = option.value; return set_charset();
    case OptionUse::comment:
      if (value::count_code_points(option.value) > kMaxTableComment) {
        return error<1628>(table_.name, std::to_string(kMaxTableComment));
      }
      drop_form(table_.options, table_form::kComment);
      if (!option.value.empty()) set_form(table_.options, table_form::kComment, option.value);
      return {};
    case OptionUse::next_number: {
      const auto number = parse_number<std::uint64_t>(option.value);
      if (number) table_.first_number = std::max<std::uint64_t>(*number, 1);
      return {};
    }
    case OptionUse::shown:
    case OptionUse::shown_text:
      drop_form(table_.options, row->name);
      if (option.value != "DEFAULT") set_form(table_.options, row->name, option.value);
      return {};
    case OptionUse::passed_over: return {};
    case OptionUse::off: return is_off(option.value) ? Status() : not_supported(option.name);
    case OptionUse::refused: return not_supported(option.name);
  }
  std::unreachable();
}

Status TableDraft::convert_charset(const ConvertCharset& convert) {
  charset_said_ = convert.charset;
  collation_said_ = convert.collation;
  if (charset_said_.empty() && collation_said_.empty()) {
    collation_said_ = context_.server_collation.name;
  }
  TRY_STATUS(set_charset());
  for (ColumnDefinition& column : table_.columns) {
    if (column.type->collation == nullptr || column.type->kind == Kind::bytes) continue;
    value::LogicalType type = *column.type;
    type.collation = collation_;
    column.type = value::make_type(std::move(type));
    drop_form(column.forms, column_form::kCharset);
  }
  return {};
}

// Those of generated columns in the order of the columns, so that one may use those before it.
Status TableDraft::bind_pending() {
  const auto place_of = [&](const Pending& pending) {
    const auto at = std::ranges::find(table_.columns, pending.column, &ColumnDefinition::id);
    return std::tuple(pending.use, at - table_.columns.begin(), pending.check);
  };
  std::ranges::sort(pending_, {}, place_of);
  TableDefinition known = table_;  // without columns whose expression is not bound yet
  std::erase_if(known.columns, [](const ColumnDefinition& column) {
    return column.generated != catalog::Generated::no && column.generated_value.empty();
  });
  for (const Pending& pending : pending_) {
    TRY_STATUS(bind(pending, {known, database_}));
    if (pending.use != Pending::Use::generated) continue;
    known.columns.push_back(
        *std::ranges::find(table_.columns, pending.column, &ColumnDefinition::id));
  }
  return {};
}

Status TableDraft::bind(const Pending& pending, const ExpressionPlace& place) {
  const bool is_default = pending.use == Pending::Use::default_value;
  TRY(Typed bound, bind_over_row(*pending.expr, place,
                                 is_default ? Volatile::allowed : Volatile::refused, context_));
  const CallContext calls = context_.calls();
  if (pending.use == Pending::Use::check) {
    auto check = std::ranges::find(table_.checks, pending.check, &catalog::CheckDefinition::id);
    TRY(const Typed holds, bind_is(Truth::no, true, std::move(bound), calls));
    TRY(check->condition, row_function(holds.expression));
    return {};
  }
  auto column = std::ranges::find(table_.columns, pending.column, &ColumnDefinition::id);
  TRY(const Typed stored, bind_store(std::move(bound), column_type(column->type, true),
                                     column->name, StoreRule::strict, calls));
  Bytes& function = is_default ? column->default_value : column->generated_value;
  TRY(function, row_function(stored.expression));
  set_form(column->forms, is_default ? column_form::kExpression : column_form::kGenerated,
           print(*pending.expr));
  return {};
}

Status TableDraft::check_auto_increment() const {
  const ColumnDefinition* counted = nullptr;
  for (const ColumnDefinition& column : table_.columns) {
    if (!column.auto_increment) continue;
    if (counted != nullptr) return error<1075>();
    counted = &column;
  }
  if (counted == nullptr) return {};
  const auto begins_with = [&](const std::vector<catalog::IndexPart>& parts) {
    return !parts.empty() && parts.front().column == counted->id;
  };
  const bool is_key =
      begins_with(primary_) || std::ranges::any_of(table_.indexes, [&](const auto& index) {
        return begins_with(index.parts);
      });
  return is_key ? Status() : error<1075>();
}

Status TableDraft::check_whole() const {
  if (table_.columns.empty()) return error<1113>();
  if (table_.columns.size() > kMaxColumns) return error<1117>();
  return check_auto_increment();
}

Result<TableDefinition> TableDraft::finish() && {
  TRY_STATUS(check_whole());
  TRY_STATUS(bind_pending());
  TRY_STATUS(make_foreign_keys());
  TRY_STATUS(make_keys());
  TRY_STATUS(finish_foreign_keys());
  set_form(table_.options, table_form::kCollation, collation_->name);
  return std::move(table_);
}

}  // namespace octavo::sql
