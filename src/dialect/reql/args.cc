// Arguments and options as the types that kernels ask for.

#include "dialect/reql/context.h"
#include "dialect/reql/numbers.h"
#include "dialect/reql/purity.h"
#include "dialect/reql/read/term.h"
#include "dialect/reql/stream/stream.h"

namespace octavo::reql {
namespace {

// `result`, with argument or option `where` noted as the place of its error.
template <class Where, class T>
Result<T> placed(Args& args, Where where, Result<T> result) {
  if (!result) return args.at(where, std::unexpected(std::move(result).error()));
  return result;
}

template <class Where>
Result<Value> placed_check(Args& args, Where where, Value datum, Status (*check)(const Value&)) {
  if (Status checked = check(datum); !checked) {
    return args.at(where, std::unexpected(std::move(checked).error()));
  }
  return datum;
}

Status check_time(const Value& datum) {
  if (datum.type() == Type::timestamp) return {};
  // The two texts that clients know: other pseudotypes, and everything else.
  return fail_logic("Not a TIME pseudotype: `" + print_short(datum) + "`.");
}

Status check_binary(const Value& datum) {
  if (datum.type() != Type::bytes) return type_error("PTYPE<BINARY>", datum);
  return {};
}

}  // namespace

Result<double> Args::number(std::size_t i) {
  TRY(const Value value, datum(i));
  return placed(*this, i, to_number(value));
}

Result<std::int64_t> Args::integer(std::size_t i) {
  TRY(const Value value, datum(i));
  return placed(*this, i, to_integer(value));
}

Result<bool> Args::boolean(std::size_t i) {
  TRY(const Value value, datum(i));
  return truthy(value);
}

Result<Value> Args::string(std::size_t i) {
  TRY(Value value, datum(i));
  return placed_check(*this, i, std::move(value), check_string);
}

Result<Value> Args::array(std::size_t i) {
  TRY(Value value, datum(i));
  return placed_check(*this, i, std::move(value), check_array);
}

Result<Value> Args::object(std::size_t i) {
  TRY(Value value, datum(i));
  return placed_check(*this, i, std::move(value), check_object);
}

Result<Value> Args::time(std::size_t i) {
  TRY(Value value, datum(i));
  return placed_check(*this, i, std::move(value), check_time);
}

Result<Value> Args::binary(std::size_t i) {
  TRY(Value value, datum(i));
  return placed_check(*this, i, std::move(value), check_binary);
}

Result<Function> Args::function(std::size_t i, Shortcut shortcut) {
  TRY(const Val value, val(i));
  return placed(*this, i, to_function(env_, value, shortcut));
}

Result<StreamPtr> Args::sequence(std::size_t i) {
  TRY(const Val value, val(i));
  return placed(*this, i, to_sequence(env_, value));
}

Result<TablePtr> Args::table(std::size_t i) {
  TRY(const Val value, val(i));
  return placed(*this, i, to_table(env_, value));
}

bool Args::is_deterministic(std::size_t i) const {
  const std::size_t written = spliced_ ? static_cast<std::size_t>(items_[i].frame) : i;
  return reql::is_deterministic(call_.args[written], Now::constant);
}

bool Args::has_option(std::string_view name) const {
  for (const algebra::Option& option : call_.options) {
    if (option.name == name) return true;
  }
  return false;
}

Result<std::optional<Val>> Args::option(std::string_view name) {
  const auto find = [name](const std::vector<algebra::Option>& options) -> const algebra::Option* {
    for (const algebra::Option& option : options) {
      if (option.name == name) return &option;
    }
    return nullptr;
  };
  if (const algebra::Option* given = find(call_.options)) {
    const Place place{.outer = env_.place(), .option = given->name};
    Env inner(env_.query(), env_.scope(), &place);
    TRY(Val value, evaluate(inner, given->value));
    return std::optional<Val>(std::move(value));
  }
  if (env_.query().global_options == nullptr) return std::optional<Val>();
  const algebra::Option* global = find(*env_.query().global_options);
  if (global == nullptr) return std::optional<Val>();
  Env outermost(env_.query(), nullptr, nullptr);
  TRY(Val value, evaluate(outermost, global->value));
  return std::optional<Val>(std::move(value));
}

Result<std::optional<Value>> Args::option_datum(std::string_view name) {
  TRY(const std::optional<Val> given, option(name));
  if (!given) return std::optional<Value>();
  TRY(Value value, placed(*this, name, to_datum(env_, *given)));
  return std::optional<Value>(std::move(value));
}

Result<std::optional<Value>> Args::option_string(std::string_view name) {
  TRY(std::optional<Value> given, option_datum(name));
  if (!given) return given;
  TRY(Value value, placed_check(*this, name, *std::move(given), check_string));
  return std::optional<Value>(std::move(value));
}

Result<std::optional<double>> Args::option_number(std::string_view name) {
  TRY(const std::optional<Value> given, option_datum(name));
  if (!given) return std::optional<double>();
  TRY(const double value, placed(*this, name, to_number(*given)));
  return std::optional<double>(value);
}

Result<std::optional<std::int64_t>> Args::option_integer(std::string_view name) {
  TRY(const std::optional<Value> given, option_datum(name));
  if (!given) return std::optional<std::int64_t>();
  TRY(const std::int64_t value, placed(*this, name, to_integer(*given)));
  return std::optional<std::int64_t>(value);
}

Result<std::optional<bool>> Args::option_boolean(std::string_view name) {
  TRY(const std::optional<Value> given, option_datum(name));
  if (!given) return std::optional<bool>();
  return std::optional<bool>(truthy(*given));
}

}  // namespace octavo::reql
