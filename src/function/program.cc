#include "function/program.h"

#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "function/kernel_terms.h"
#include "value/batch.h"
#include "value/decimal.h"

namespace octavo::function {
namespace {

std::optional<Shape> shape_of(const value::Value& constant) {
  if (constant.is_number()) return Shape::number;
  switch (constant.type()) {
    case value::Type::boolean: return Shape::boolean;
    case value::Type::string: return Shape::text;
    default: return std::nullopt;
  }
}

constexpr int kMostScale = 18;  // of decimals that lie in 64 bits

std::optional<std::int64_t> units_of(const value::Decimal& number) {
  const bool small = number.is_finite() && number.coefficient().size() <= 1 &&
                     number.coefficient().limbs[0] <= INT64_MAX;
  if (!small || number.scale() < 0 || number.scale() > kMostScale) return std::nullopt;
  if (number.is_zero() && number.is_negative()) return std::nullopt;
  const auto units = static_cast<std::int64_t>(number.coefficient().limbs[0]);
  return number.is_negative() ? -units : units;
}

// A constant as the rows of a typed operand lie; the text of a value is where that has it.
struct TypedConstant {
  Form form = Form::none;
  std::uint8_t scale = 0;
  TypedBytes bytes{};

  template <class T>
  static TypedConstant of(Form form, const T& raw, std::uint8_t scale = 0) {
    static_assert(sizeof(T) <= sizeof(TypedBytes));
    TypedConstant made{.form = form, .scale = scale};
    std::memcpy(made.bytes.of, static_cast<const void*>(&raw), sizeof raw);
    return made;
  }
};

std::optional<TypedConstant> typed_constant(const value::Value& constant) {
  using value::Type;
  switch (constant.type()) {
    case Type::null: return TypedConstant();
    case Type::boolean:
      return TypedConstant::of(Form::boolean, std::uint8_t{constant.as_boolean()});
    case Type::int64: return TypedConstant::of(Form::integer, constant.as_int64());
    case Type::float64: return TypedConstant::of(Form::real, constant.as_float64());
    case Type::decimal: {
      const auto units = units_of(constant.as_decimal());
      if (!units) return std::nullopt;
      return TypedConstant::of(Form::decimal, *units,
                               static_cast<std::uint8_t>(constant.as_decimal().scale()));
    }
    case Type::string: return TypedConstant::of(Form::text, value::StringRef(constant.as_string()));
    case Type::bytes: return TypedConstant::of(Form::bytes, value::StringRef(constant.as_bytes()));
    case Type::date: return TypedConstant::of(Form::date, constant.as_date());
    case Type::time_of_day: return TypedConstant::of(Form::time, constant.as_nanoseconds());
    case Type::timestamp: return TypedConstant::of(Form::instant, constant.as_timestamp());
    default: return std::nullopt;
  }
}

// How far apart the rows of a form lie.
std::size_t stride_of(Form form) {
  switch (form) {
    case Form::none:
    case Form::boolean: return sizeof(std::uint8_t);
    case Form::integer:
    case Form::decimal:
    case Form::time: return sizeof(std::int64_t);
    case Form::real: return sizeof(double);
    case Form::date: return sizeof(std::int32_t);
    case Form::text:
    case Form::bytes: return sizeof(value::StringRef);
    case Form::instant: return sizeof(value::Timestamp);
  }
  return 0;
}

}  // namespace

value::Value typed_value(const Operand& operand, std::size_t row) {
  using value::Value;
  switch (operand.form) {
    case Form::none: break;
    case Form::boolean: return Value::boolean(operand.as<std::uint8_t>()[row] != 0);
    case Form::integer: return Value::int64(operand.as<std::int64_t>()[row]);
    case Form::decimal: {
      const std::int64_t units = operand.as<std::int64_t>()[row];
      const auto magnitude =
          units < 0 ? 0 - static_cast<std::uint64_t>(units) : static_cast<std::uint64_t>(units);
      return Value::decimal(value::Decimal(units < 0, value::Uint256(magnitude), operand.scale));
    }
    case Form::real: return Value::float64(operand.as<double>()[row]);
    case Form::text: return Value::string(operand.as<value::StringRef>()[row].view());
    case Form::bytes: return Value::bytes(operand.as<value::StringRef>()[row].view());
    case Form::date: return Value::date(operand.as<std::int32_t>()[row]);
    case Form::time: return Value::time_of_day(operand.as<std::int64_t>()[row]);
    case Form::instant: return Value::timestamp(operand.as<value::Timestamp>()[row]);
  }
  return {};
}

std::size_t bytes_of(Shape shape) {
  switch (shape) {
    case Shape::boolean: return sizeof(std::uint8_t);
    case Shape::number: return sizeof(double);
    case Shape::text: return sizeof(value::StringRef);
    case Shape::any: return sizeof(value::Value);
    case Shape::typed: return sizeof(TypedBytes);
  }
  return 0;
}

std::optional<value::Value> value_of(const Operand& operand, Shape shape, std::size_t row) {
  switch (operand.state(row)) {
    case kNull: return value::Value();
    case kMissing:
    case kDeferred: return std::nullopt;
    case kPresent: break;
  }
  switch (shape) {
    case Shape::boolean: return value::Value::boolean(operand.as<std::uint8_t>()[row] != 0);
    case Shape::number: return value::Value::float64(operand.as<double>()[row]);
    case Shape::text: return value::Value::string(operand.as<value::StringRef>()[row].view());
    case Shape::any: return operand.as<value::Value>()[row];
    case Shape::typed: return typed_value(operand, row);
  }
  return std::nullopt;
}

std::optional<std::size_t> FieldList::add(Field field) {
  const auto found = std::ranges::find(fields_, field);
  if (found != fields_.end()) return static_cast<std::size_t>(found - fields_.begin());
  if (fields_.size() == kMaxFields) return std::nullopt;
  fields_.push_back(std::move(field));
  return fields_.size() - 1;
}

// Goes down the expression with the shape that is wanted of each part. The first kernel whose
// operands can all be had counts; what a try has added is taken back when it fails. The parameter
// of a lambda stands for the body of the one below it, that of the lowest for the document.
class Compiler {
 public:
  Compiler(std::vector<const algebra::Lambda*> chain, FieldList& fields)
      : chain_(std::move(chain)), fields_(fields) {}

  bool compile(std::optional<Shape> wanted) {
    return compile(chain_.back()->body, chain_.size() - 1, wanted);
  }

  std::vector<Program::Node> take_nodes() { return std::move(nodes_); }

 private:
  // Adds the nodes of `expression`, a part of that lambda; its own is the last.
  bool compile(const algebra::ExprPtr& expression, std::size_t level, std::optional<Shape> wanted) {
    if (nodes_.size() >= Program::kMaxNodes) return false;
    if (const auto* constant = std::get_if<algebra::Const>(&expression->node)) {
      return add_constant(constant->value, wanted);
    }
    if (std::holds_alternative<algebra::Var>(expression->node)) {
      return level > 0 && is_parameter(expression, level) &&
             compile(chain_[level - 1]->body, level - 1, wanted);
    }
    const auto* call = std::get_if<algebra::Call>(&expression->node);
    if (call == nullptr) return false;
    const Family* family = find_family(call->function.family);
    if (family == nullptr || family->kernels == nullptr) return false;
    if (family->field_of(*call)) return add_field(expression, level, wanted);
    const bool may_be_other = level == 0 || family->reads_plainly;
    if (const auto other = may_be_other ? in_kernel_terms(*call) : nullptr) {
      return compile(other, level, wanted);
    }
    return std::ranges::any_of(family->kernels(), [&](const KernelRow& row) {
      return row.number == call->function.number && add_call(row, *call, level, wanted);
    });
  }

  bool is_parameter(const algebra::ExprPtr& expression, std::size_t level) const {
    const auto* variable = std::get_if<algebra::Var>(&expression->node);
    return variable != nullptr && variable->id == chain_[level]->params.front();
  }

  // A boolean is typed as well.
  static bool fits(Shape shape, std::optional<Shape> wanted) {
    return !wanted || *wanted == shape || (*wanted == Shape::typed && shape == Shape::boolean);
  }

  bool add_constant(const value::Value& constant, std::optional<Shape> wanted) {
    std::optional<Shape> shape = wanted;
    if (wanted == Shape::typed) {
      if (!typed_constant(constant)) return false;
    } else if (wanted != Shape::any) {
      shape = shape_of(constant);
    }
    if (!shape || !fits(*shape, wanted)) return false;
    nodes_.push_back({.shape = *shape, .field = {}, .constant = constant});
    return true;
  }

  bool add_field(algebra::ExprPtr at, std::size_t level, std::optional<Shape> wanted) {
    std::vector<std::string> path;
    bool missing_is_null = false;
    while (level > 0 || !is_parameter(at, level)) {
      if (is_parameter(at, level)) {
        at = chain_[--level]->body;
        continue;
      }
      const auto* call = std::get_if<algebra::Call>(&at->node);
      const Family* family = call == nullptr ? nullptr : find_family(call->function.family);
      if (family == nullptr || family->field_of == nullptr) return false;
      const auto access = family->field_of(*call);
      if (!access) return false;
      path.emplace_back(access->name);
      missing_is_null = family->reads_plainly;
      at = algebra::ExprPtr(access->object);
    }
    std::ranges::reverse(path);
    const Shape shape = wanted.value_or(Shape::any);
    const auto place = fields_.add({std::move(path), shape, missing_is_null});
    if (place) nodes_.push_back({.shape = shape, .field = place});
    return place.has_value();
  }

  bool add_call(const KernelRow& row, const algebra::Call& call, std::size_t level,
                std::optional<Shape> wanted) {
    if (!fits(row.result, wanted)) return false;
    const std::size_t least = row.count + std::size_t{row.constants};
    if (call.args.size() < least || (call.args.size() > least && !row.folds)) return false;
    PreparedPtr prepared;
    if (row.prepare != nullptr) {
      prepared = row.prepare(call);
      if (prepared == nullptr) return false;
    }
    std::optional<double> setting = 0.0;
    if (row.accepts != nullptr) {
      setting = row.accepts(call);
    } else if (!call.options.empty()) {
      setting.reset();
    }
    if (!setting) return false;
    const std::size_t nodes = nodes_.size();
    const std::size_t fields = fields_.fields().size();
    if (add_operands(row, call, level, *setting, prepared)) return true;
    nodes_.resize(nodes);
    fields_.shrink(fields);
    return false;
  }

  bool add_operands(const KernelRow& row, const algebra::Call& call, std::size_t level,
                    double setting, const PreparedPtr& prepared) {
    std::array<std::size_t, kMaxOperands> operands{};
    for (std::size_t i = 0; i < call.args.size() - row.constants; ++i) {
      const std::size_t place = std::min<std::size_t>(i, row.count - 1U);
      if (!compile(call.args[i], level, row.operands[place])) return false;
      operands[place] = nodes_.size() - 1;
      if (i + 1 < row.count) continue;
      nodes_.push_back({.shape = row.result,
                        .field = {},
                        .constant = {},
                        .kernel = &row,
                        .setting = setting,
                        .prepared = prepared,
                        .operands = operands});
      operands[0] = nodes_.size() - 1;
    }
    return nodes_.size() <= Program::kMaxNodes;
  }

  std::vector<const algebra::Lambda*> chain_;
  FieldList& fields_;
  std::vector<Program::Node> nodes_;
};

std::shared_ptr<const Program> Program::compile(const algebra::ExprPtr& lambda,
                                                std::optional<Shape> wanted, FieldList& fields) {
  return compile(std::span(&lambda, 1), wanted, fields);
}

std::shared_ptr<const Program> Program::compile(std::span<const algebra::ExprPtr> chain,
                                                std::optional<Shape> wanted, FieldList& fields) {
  std::vector<const algebra::Lambda*> lambdas;
  for (const algebra::ExprPtr& lambda : chain) {
    const auto* node = std::get_if<algebra::Lambda>(&lambda->node);
    if (node == nullptr || node->params.size() != 1) return nullptr;
    lambdas.push_back(node);
  }
  const std::size_t size = fields.fields().size();
  Compiler compiler(std::move(lambdas), fields);
  if (!compiler.compile(wanted)) {
    fields.shrink(size);
    return nullptr;
  }
  auto program = std::make_shared<Program>();
  program->nodes_ = compiler.take_nodes();
  return program;
}

Result<ProgramState> ProgramState::make(std::shared_ptr<const Program> program,
                                        EvalContext& context) {
  value::Charge held(context.account);
  for (const Program::Node& node : program->nodes_) {
    if (!node.field) TRY_STATUS(held.add(value::kBatchRows * (bytes_of(node.shape) + 1)));
  }
  ProgramState state(std::move(program), std::move(held));
  state.registers_.resize(state.program_->nodes_.size());
  for (std::size_t i = 0; i < state.registers_.size(); ++i) {
    const Program::Node& node = state.program_->nodes_[i];
    if (node.kernel == nullptr && !node.field) state.fill_constant(node, state.registers_[i]);
  }
  return state;
}

void ProgramState::fill_constant(const Program::Node& node, Register& into) {
  switch (node.shape) {
    case Shape::boolean:
      into.booleans.assign(value::kBatchRows, node.constant.as_boolean() ? 1 : 0);
      into.operand.values = into.booleans.data();
      break;
    case Shape::number:
      into.numbers.assign(value::kBatchRows, node.constant.to_double());
      into.operand.values = into.numbers.data();
      break;
    case Shape::text:
      // The program's constant outlives the refs into it.
      into.texts.assign(value::kBatchRows, value::StringRef(node.constant.as_string()));
      into.operand.values = into.texts.data();
      break;
    case Shape::any:
      into.values.assign(value::kBatchRows, node.constant);
      into.operand.values = into.values.data();
      if (node.constant.is_null()) {
        into.states.assign(value::kBatchRows, kNull);
        into.operand.states = into.states.data();
      }
      break;
    case Shape::typed: break;  // when it is known of how many rows
  }
  if (node.shape == Shape::boolean) into.operand.form = Form::boolean;
}

// Most batches of most programs are small.
void ProgramState::fill_typed(const Program::Node& node, std::size_t rows, Register& into) {
  if (rows <= into.filled) return;
  const TypedConstant raw = *typed_constant(node.constant);
  const std::size_t stride = stride_of(raw.form);
  into.filled = rows;
  into.typed.resize((rows * stride + sizeof(TypedBytes) - 1) / sizeof(TypedBytes));
  auto* to = reinterpret_cast<std::byte*>(into.typed.data());
  for (std::size_t row = 0; row < rows; ++row, to += stride) {
    std::memcpy(to, static_cast<const void*>(raw.bytes.of), stride);
  }
  into.operand = {.values = into.typed.data(), .form = raw.form, .scale = raw.scale};
  if (node.constant.is_null()) {
    into.states.assign(rows, kNull);
    into.operand.states = into.states.data();
  }
}

Operand ProgramState::run(std::span<const Operand> fields, std::size_t rows) {
  ASSERT(rows <= value::kBatchRows);
  for (std::size_t i = 0; i < registers_.size(); ++i) {
    const Program::Node& node = program_->nodes_[i];
    if (node.field) {
      registers_[i].operand = fields[*node.field];
    } else if (node.kernel != nullptr) {
      run_kernel(node, rows, registers_[i]);
    } else if (node.shape == Shape::typed) {
      fill_typed(node, rows, registers_[i]);
    }
  }
  return registers_.back().operand;
}

void ProgramState::run_kernel(const Program::Node& node, std::size_t rows, Register& into) {
  std::array<Operand, kMaxOperands> operands;
  for (std::size_t i = 0; i < node.kernel->count; ++i) {
    operands[i] = registers_[node.operands[i]].operand;
  }
  into.states.assign(rows, kPresent);
  if (node.kernel->strict) {
    for (std::size_t i = 0; i < node.kernel->count; ++i) {
      const std::uint8_t* const states = operands[i].states;
      if (states == nullptr) continue;
      for (std::size_t row = 0; row < rows; ++row) {
        // What null means is the family's: as a number it may be an error, or missing.
        const std::uint8_t state = states[row] == kNull ? std::uint8_t{kDeferred} : states[row];
        into.states[row] = std::max(into.states[row], state);
      }
    }
  }
  KernelCall call{.operands = std::span(operands).first(node.kernel->count),
                  .rows = rows,
                  .out = nullptr,
                  .states = into.states.data(),
                  .setting = node.setting,
                  .prepared = node.prepared.get()};
  TypedOut typed;
  if (node.kernel->passes) {
    into.operand.values = operands[0].values;
  } else if (node.shape == Shape::number) {
    into.numbers.resize(value::kBatchRows);
    into.operand.values = call.out = into.numbers.data();
  } else if (node.shape == Shape::any) {
    into.values.resize(value::kBatchRows);
    into.operand.values = call.out = into.values.data();
  } else if (node.shape == Shape::typed) {
    if (into.typed.size() < rows) into.typed.resize(rows);
    if (into.arena == nullptr) into.arena = std::make_unique<value::StringArena>();
    into.arena->clear();
    typed.arena = into.arena.get();
    call.typed = &typed;
    call.out = into.typed.data();
  } else {
    ASSERT(node.shape == Shape::boolean);
    into.booleans.resize(value::kBatchRows);
    into.operand.values = call.out = into.booleans.data();
    into.operand.form = Form::boolean;
  }
  node.kernel->run(call);
  if (call.typed != nullptr) {
    into.operand.values = typed.values != nullptr ? typed.values : call.out;
    into.operand.form = typed.form;
    into.operand.scale = typed.scale;
  }
  const bool all = std::ranges::all_of(into.states, [](std::uint8_t state) { return state == 0; });
  into.operand.states = all ? nullptr : into.states.data();
}

}  // namespace octavo::function
