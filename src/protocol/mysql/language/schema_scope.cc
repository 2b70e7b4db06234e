#include "protocol/mysql/language/schema_scope.h"

#include <optional>

#include "dialect/sql/state/words.h"

namespace octavo::mysql {
namespace {

std::optional<std::string_view> column_of(const sql::Expr& expression) {
  const auto* name = std::get_if<sql::ColumnName>(&expression.node);
  if (name == nullptr) return std::nullopt;
  return name->path.back();
}

// Names compare as if spaces followed without end, and have none themselves.
std::string_view without_padding(std::string_view text) {
  const std::size_t last = text.find_last_not_of(' ');
  return text.substr(0, last + 1);
}

// A text that is known before the query is bound.
std::optional<std::string_view> text_of(const sql::Expr& expression, std::string_view used) {
  if (const auto* literal = std::get_if<sql::Literal>(&expression.node)) {
    if (literal->kind == sql::LiteralKind::string) return without_padding(literal->text);
  }
  if (const auto* call = std::get_if<sql::Ref<sql::Call>>(&expression.node)) {
    const sql::Path& name = (*call)->name;
    const bool database =
        name.size() == 1 && (*call)->arguments.empty() &&
        (sql::same_word(name.back(), "database") || sql::same_word(name.back(), "schema"));
    if (database && !used.empty()) return used;
  }
  return std::nullopt;
}

class Conditions {
 public:
  explicit Conditions(std::string_view used) : used_(used) {}

  // Of what must hold.
  void add(const sql::Expr& condition) {
    if (const auto* junction = std::get_if<sql::Junction>(&condition.node)) {
      if (!junction->all) return;
      for (const sql::Expr& operand : junction->operands) add(operand);
      return;
    }
    const auto* binary = std::get_if<sql::Binary>(&condition.node);
    if (binary == nullptr || binary->op != sql::BinaryOperator::equal) return;
    if (!add(*binary->left, *binary->right)) add(*binary->right, *binary->left);
  }
  const SchemaScope& scope() const { return scope_; }

 private:
  bool add(const sql::Expr& left, const sql::Expr& right) {
    const auto column = column_of(left);
    const auto text = text_of(right, used_);
    if (!column || !text) return false;
    const bool schema = sql::same_word(*column, "table_schema");
    if (schema) scope_.database = *text;
    if (sql::same_word(*column, "table_name")) scope_.table = *text;
    return true;
  }

  const std::string_view used_;
  SchemaScope scope_;
};

}  // namespace

SchemaScope schema_scope_of(const sql::Query& query, std::string_view used) {
  const auto* select = std::get_if<sql::Ref<sql::Select>>(&query.body);
  if (select == nullptr || !(*select)->where || (*select)->from.size() != 1 || query.with)
    return {};
  const auto* table = std::get_if<sql::Ref<sql::BaseTable>>(&(*select)->from.front().node);
  if (table == nullptr) return {};
  Conditions conditions(used);
  conditions.add(*(*select)->where);
  return conditions.scope();
}

}  // namespace octavo::mysql
