#include "protocol/mysql/language/kept_statement.h"

#include <algorithm>
#include <utility>

#include "dialect/sql/error/error.h"
#include "protocol/mysql/language/sql_session.h"
#include "protocol/mysql/language/statement_rows.h"
#include "protocol/mysql/language/wire_column.h"
#include "value/decimal.h"
#include "value/utf8.h"

namespace octavo::mysql {
namespace {

using value::Type;
using value::Value;

std::uint32_t characters(std::string_view text) {
  return static_cast<std::uint32_t>(value::count_code_points(text));
}

sql::Type type_of(const Value& value, const sql::Settings& settings) {
  switch (value.type()) {
    case Type::boolean: return sql::boolean_type();
    case Type::int64: return sql::big_integer();
    case Type::uint64: return sql::big_integer(true);
    case Type::float64: return sql::double_type();
    case Type::decimal: {
      const value::Decimal& number = value.as_decimal();
      return sql::decimal_type(std::max(number.digits(), number.scale()),
                               std::max(number.scale(), 0));
    }
    case Type::string: return sql::text_type(*settings.connection, characters(value.as_string()));
    case Type::bytes: return sql::bytes_type(static_cast<std::uint32_t>(value.as_bytes().size()));
    case Type::date: return sql::date_type();
    case Type::timestamp: return sql::datetime_type(sql::kMaxTimePrecision);
    case Type::time_of_day: return sql::time_type(sql::kMaxTimePrecision);
    default: return sql::null_type();
  }
}

std::vector<Column> parameter_columns(const std::vector<sql::Type>& types,
                                      const sql::Settings& settings) {
  std::vector<Column> columns;
  for (const sql::Type& type : types) {
    if (type.kind() == value::Kind::null) {
      columns.push_back(parameter_column());
      continue;
    }
    sql::OutputColumn column;
    column.name = "?";
    column.type = type;
    columns.push_back(wire_column(column, settings));
  }
  return columns;
}

}  // namespace

sql::Constant constant_of(const Parameter& parameter, const sql::Settings& settings) {
  sql::Type type = type_of(parameter.value, settings);
  type.nullable = parameter.value.is_null();
  return {parameter.value, std::move(type)};
}

io::Task<Result<std::unique_ptr<PreparedStatement>>> PreparedText::make(
    SqlSession& session, KeptStatementPtr statement) {
  const sql::Tree& tree = *statement->tree;
  if (statement_row(tree.statement()).has(statement_flag::kUnprepared))
    co_return sql::error<1295>();
  if (tree.parameters() > kMaxParameters) co_return sql::error<1390>();
  const bool is_view = std::holds_alternative<sql::Ref<sql::CreateView>>(tree.statement().node);
  if (is_view && tree.parameters() > 0) co_return sql::error<1351>();
  std::vector<sql::Type> types(tree.parameters(), sql::null_type());
  auto columns = co_await session.columns_of(*statement, types);
  if (!columns) co_return std::unexpected(std::move(columns).error());
  co_return std::make_unique<PreparedText>(session, std::move(statement),
                                           parameter_columns(types, session.state().settings()),
                                           *std::move(columns));
}

PreparedText::PreparedText(SqlSession& session, KeptStatementPtr statement,
                           std::vector<Column> parameters, std::vector<Column> columns)
    : session_(session),
      statement_(std::move(statement)),
      parameters_(std::move(parameters)),
      columns_(std::move(columns)) {}

io::Task<Result<Answer>> PreparedText::execute(std::vector<Parameter> parameters) {
  std::vector<sql::Constant> constants;
  constants.reserve(parameters_.size());
  for (std::size_t i = 0; i < std::min(parameters.size(), parameters_.size()); ++i) {
    constants.push_back(constant_of(parameters[i], session_.state().settings()));
  }
  static const std::size_t kExecute = command_number("stmt_execute");
  session_.count(kExecute);
  return session_.execute(*statement_, std::move(constants));
}

}  // namespace octavo::mysql
